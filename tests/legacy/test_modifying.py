import numpy as np
import pytest

import minigrad as mg
from minigrad.legacy import (
    Adam,
    ClipNorm,
    ClipValue,
    Descent,
    ExpDecay,
    InvDecay,
    Momentum,
    Optimiser,
    WeightDecay,
    apply_,
    update_,
)


def factors(opt, n, x=None):
    """By what an optimiser multiplies the gradient 1 in its first n steps."""
    x = np.zeros(1) if x is None else x
    return [float(apply_(opt, x, np.ones(1))[0]) for _ in range(n)]


def test_weight_decay_is_none_by_default():
    x, dx = np.array([1.0, -2.0]), np.array([0.5, 0.5])
    assert np.array_equal(apply_(WeightDecay(), x, dx), dx)
    assert np.array_equal(apply_(WeightDecay(0.5), x, dx), [1.0, -0.5])


def test_clip_value_and_clip_norm():
    found = apply_(ClipValue(1e-3), np.zeros(3), np.array([-0.5, 2e-4, 0.5]))
    assert np.array_equal(found, [-1e-3, 2e-4, 1e-3])
    found = apply_(ClipNorm(1.0), np.zeros(2), np.array([3.0, 4.0]))
    np.testing.assert_allclose(found, [0.6, 0.8], rtol=1e-15)
    for kind in (ClipValue, ClipNorm):
        with pytest.raises(TypeError, match="thresh"):
            kind()


def test_the_norm_is_that_of_each_array_and_a_nan_is_no_error():
    opt = Optimiser(ClipNorm(1.0), Descent(1.0))
    x, y = np.zeros(2), np.zeros(2)
    update_(opt, x, np.array([3.0, 4.0]))
    update_(opt, y, np.array([0.3, 0.4]))
    np.testing.assert_allclose((x, y), [[-0.6, -0.8], [-0.3, -0.4]])
    assert np.isnan(apply_(ClipNorm(1.0), x, np.array([np.nan, 1.0]))).all()


# --- Decays --------------------------------------------------------------------------


def test_inverse_decay_starts_with_step_one():
    expected = [1 / 1.01, 1 / 1.02, 1 / 1.03]
    np.testing.assert_allclose(factors(InvDecay(0.01), 3), expected, rtol=1e-15)
    assert InvDecay().gamma == 0.001


def test_inverse_decay_counts_for_each_array_and_leaves_the_rate_of_others_alone():
    decay, descent = InvDecay(1.0), Descent(0.1)
    opt, x, y = Optimiser(descent, decay), np.zeros(1), np.zeros(1)
    np.testing.assert_allclose(factors(opt, 2, x), [0.05, 0.1 / 3])
    np.testing.assert_allclose(factors(opt, 1, y), [0.05])
    assert descent.eta == 0.1
    assert (decay.state[x], decay.state[y]) == (3, 2)  # the steps to come


def test_exponential_decay_falls_every_thousand_steps_by_default():
    """The arguments that the page spells out are the defaults (A003-34)."""
    opt = ExpDecay()
    assert repr(opt) == repr(ExpDecay(0.001, 0.1, 1000, 1e-4))
    found = factors(opt, 2001)
    assert {*found[:999]} == {0.001}
    np.testing.assert_allclose({*found[999:]}.pop(), 1e-4)
    assert len({*found[999:]}) == 1  # 1e-4 is the least
    found = factors(ExpDecay(1.0, 0.1, 1000, 1e-4), 3000)
    places = [n + 1 for n in range(1, 3000) if found[n] != found[n - 1]]
    assert places == [1000, 2000, 3000]


def test_exponential_decay_falls_once_for_many_arrays():
    """Also with `decay_step=1`, where the original decays once only."""
    opt, x, y = ExpDecay(1.0, 0.5, 1, 0.0), np.zeros(1), np.zeros(1)
    assert [factors(opt, 1, each)[0] for each in (x, y, x, y, x, y)] == [
        *(0.5, 0.5, 0.25, 0.25, 0.125, 0.125)
    ]
    assert opt.eta == 0.125
    assert (opt.state[x], opt.state[y]) == (3, 3)


def test_the_rate_of_an_exponential_decay_can_be_set():
    opt = ExpDecay(1.0, 0.5, 2, 0.0)
    assert factors(opt, 2) == [1.0, 0.5]
    opt.eta, x = 8.0, np.zeros(1)
    opt = ExpDecay(1.0, 0.5, 2, 0.0)
    assert factors(opt, 1, x) == [1.0]
    opt.eta = 8.0
    assert factors(opt, 3, x) == [4.0, 4.0, 2.0]


def test_composed_with_a_rule_the_rates_multiply():
    """The first or the last of two: features.md, A003-33 and 46."""
    first = factors(Optimiser(ExpDecay(0.001, 0.1, 1000, 1e-4), Descent()), 1000)
    np.testing.assert_allclose([first[0], first[-1]], [1e-4, 1e-5], rtol=1e-12)
    last = factors(Optimiser(Adam(), ExpDecay()), 1)
    np.testing.assert_allclose(last, [1e-6], rtol=1e-6)
    both = factors(Optimiser(Adam(1e-3), InvDecay(1e-2)), 1)
    np.testing.assert_allclose(both, [1e-3 / 1.01], rtol=1e-6)


def test_wrong_numbers_are_refused():
    with pytest.raises(mg.DomainError, match=r"decay_step=0.*at least 1"):
        ExpDecay(decay_step=0)
    with pytest.raises(TypeError, match="decay_step must be a whole number"):
        ExpDecay(decay_step=1.5)
    with pytest.raises(mg.DomainError, match="at least 0"):
        WeightDecay(-1)
    with pytest.raises(mg.DomainError, match="bound is at least 0"):
        ClipValue(-1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Optimiser(ExpDecay(0.5, 0.5, 3, 0.1), Momentum(0.1)),
        lambda: Optimiser(Momentum(0.1), InvDecay(0.5)),
    ],
)
def test_translated_for_the_new_style_they_are_schedules(make):
    opt, x, model = make(), np.zeros(2), {"x": np.zeros(2)}
    tree = mg.setup(make(), model)
    for dx in np.random.default_rng(0).standard_normal((12, 2)):
        update_(opt, x, dx)
        mg.update_(tree, model, {"x": dx})
    np.testing.assert_allclose(x, model["x"], rtol=1e-14)
