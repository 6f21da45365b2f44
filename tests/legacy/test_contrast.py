"""The same model, data, seed and rule, trained both ways: the same bits."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy

STEPS = 200
RNG = np.random.default_rng(0)
X = RNG.standard_normal((160, 6)).astype(np.float32)
Y = mg.onehotbatch(RNG.integers(3, size=160), range(3))

RULES = {
    "Descent": (legacy.Descent, lambda: mg.Descent()),
    "Momentum": (legacy.Momentum, lambda: mg.Momentum()),
    "Adam": (legacy.Adam, lambda: mg.Adam()),
    "a chain": (
        lambda: legacy.Optimiser(
            legacy.ClipNorm(0.5), legacy.WeightDecay(1e-3), legacy.Adam(0.01)
        ),
        lambda: mg.OptimiserChain(
            mg.ClipNorm(0.5), mg.WeightDecay(1e-3), mg.Adam(0.01)
        ),
    ),
}


def new_model():
    mg.seed(1)
    return mg.Chain(
        mg.Dense(6, 8, mg.tanh),
        mg.Dropout(0.2),
        mg.Dense(8, 8, mg.relu),
        mg.Dense(8, 3),
    )


def batches():
    """200 batches of a shuffled loader; then the masks of dropout, from one seed."""
    loader = mg.DataLoader((X, Y), batchsize=16, shuffle=True, rng=2)
    found = [batch for _ in range(STEPS // len(loader)) for batch in loader]
    assert len(found) == STEPS
    mg.seed(3)
    return found


def explicitly(rule, frozen=()):
    model = new_model()
    state = mg.setup(rule, model)
    for place in frozen:
        mg.freeze_(state.layers[place])
    loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
    mg.train_(loss, model, batches(), state)
    return mg.trainables(model)


def implicitly(opt, trained=slice(None)):
    model = new_model()
    loss = lambda x, y: mg.logitcrossentropy(model(x), y)
    legacy.train_(loss, legacy.params(model[trained]), batches(), opt)
    return mg.trainables(model)


def same(found, expected):
    pairs = zip(found, expected, strict=True)
    return [x.tobytes() == y.tobytes() for x, y in pairs]


@pytest.mark.parametrize("name", RULES)
def test_200_steps_give_the_same_parameters_bit_for_bit(name):
    opt, rule = RULES[name]
    found, expected = implicitly(opt()), explicitly(rule())
    assert all(same(found, expected))
    assert not any(same(found, mg.trainables(new_model())))


@pytest.mark.parametrize("name", RULES)
def test_a_frozen_part_and_partial_params_are_the_same(name):
    opt, rule = RULES[name]
    found = implicitly(opt(), slice(2, None))
    assert all(same(found, explicitly(rule(), frozen=[0])))
    assert same(found, mg.trainables(new_model())) == [True] * 2 + [False] * 4


def test_steps_by_hand_are_those_of_train():
    model, opt = new_model(), legacy.Adam()
    ps = legacy.params(model)
    for x, y in batches():

        @legacy.gradient_of(ps)
        def gs():
            return mg.logitcrossentropy(model(x), y)  # noqa: B023

        legacy.update_(opt, ps, gs)
    assert all(same(mg.trainables(model), explicitly(mg.Adam())))


def test_without_fast_paths_they_agree_as_well():
    with mg.plain():
        assert all(same(implicitly(legacy.Adam()), explicitly(mg.Adam())))
