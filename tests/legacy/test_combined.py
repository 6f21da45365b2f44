import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import (
    Adam,
    ClipValue,
    Descent,
    Momentum,
    Optimiser,
    WeightDecay,
    update_,
)

DXS = np.random.default_rng(0).standard_normal((8, 3))


def test_each_is_given_the_step_of_the_one_before():
    x = np.ones(1)
    step = lambda *os: float(legacy.apply_(Optimiser(*os), x, np.full(1, 5.0))[0])
    np.testing.assert_allclose(step(ClipValue(1.0), Descent(0.1)), 0.1)
    np.testing.assert_allclose(step(Descent(0.1), ClipValue(1.0)), 0.5)
    np.testing.assert_allclose(step(WeightDecay(0.5), Descent(0.1)), 0.55)


def chains():
    yield (
        Optimiser(ClipValue(0.5), Adam(0.1)),
        mg.OptimiserChain(mg.ClipGrad(0.5), mg.Adam(0.1)),
    )
    yield (
        Optimiser(legacy.ClipNorm(0.5), Momentum(), Descent(0.5)),
        mg.OptimiserChain(
            mg.ClipNorm(0.5, throw=False), mg.Momentum(), mg.Descent(0.5)
        ),
    )
    yield (
        Optimiser(Optimiser(WeightDecay(0.1)), legacy.AdamW(0.1, decay=0.2)),
        (
            mg.OptimiserChain(
                mg.OptimiserChain(mg.WeightDecay(0.1)),
                mg.OptimiserChain(mg.Adam(1.0), mg.WeightDecay(0.2), mg.Descent(0.1)),
            )
        ),
    )


@pytest.mark.parametrize(("opt", "rule"), [*chains()])
def test_a_chain_is_the_chain_of_the_rules_bit_for_bit(opt, rule):
    x, model = np.ones(3), {"x": np.ones(3)}
    tree = mg.setup(rule, model)
    for dx in DXS:
        update_(opt, x, dx)
        mg.update_(tree, model, {"x": dx})
    assert np.array_equal(x, model["x"])
    assert repr(mg.setup(opt, model)["x"].rule) == repr(rule)


def test_with_ones_own_among_them_the_steps_are_the_same():
    class Own:
        def apply_(self, x, dx):
            return dx

    x, y = np.ones(3), np.ones(3)
    one, other = Optimiser(Adam(0.1)), Optimiser(Own(), Adam(0.1))
    for dx in DXS:
        update_(one, x, dx)
        update_(other, y, dx)
    np.testing.assert_allclose(x, y, rtol=1e-14)


def test_each_part_keeps_its_own_memory_and_its_numbers_can_change():
    adam, x = Adam(0.1), np.ones(3)
    opt = Optimiser(ClipValue(0.5), adam)
    update_(opt, x, DXS[0])
    mean = adam.state[x][0].copy()
    np.testing.assert_allclose(mean, 0.1 * np.clip(DXS[0], -0.5, 0.5))
    opt[1].eta, before = 0.0, x.copy()
    update_(opt, x, DXS[1])
    assert np.array_equal(x, before)
    np.testing.assert_allclose(adam.state[x][2], (0.9**3, 0.999**3))


def test_a_part_that_is_used_alone_in_between_goes_on():
    parts = lambda: (Momentum(0.1), Descent(1.0))
    x, y = np.zeros(3), np.zeros(3)
    (alone, _), (part, rest) = parts(), parts()
    chain = Optimiser(part, rest)
    for step, dx in enumerate(DXS):
        update_(alone, x, dx)
        update_(chain if step % 2 else part, y, dx)
    np.testing.assert_allclose(x, y, rtol=1e-14)


def test_it_is_indexed_iterated_over_and_printed():
    clip, adam = ClipValue(0.5), Adam()
    opt = Optimiser(clip, adam)
    assert opt[0] is clip
    assert opt[-1] is adam
    assert [*opt] == [clip, adam]
    assert len(opt) == 2
    assert repr(opt) == (
        "Optimiser(ClipValue(0.5), Adam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08))"
    )


def test_without_any_part_the_step_is_the_gradient():
    x = np.zeros(3)
    update_(Optimiser(), x, DXS[0])
    assert np.array_equal(x, -DXS[0])


def test_brackets_are_refused():
    with pytest.raises(TypeError, match="one by one, without brackets"):
        Optimiser([ClipValue(1), Adam()])
