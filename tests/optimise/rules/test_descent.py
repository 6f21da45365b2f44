"""Rules that go downhill by the gradient, by its mean, or by its sign alone."""

import numpy as np
import pytest

from minigrad import DomainError
from minigrad.optimise import (
    Adam,
    Descent,
    Lion,
    Momentum,
    Nesterov,
    Rprop,
    adjust_,
    setup,
    update_,
)

from .all_rules import GRADIENTS, START, assert_same, by_apply, by_update


def steps_of(rule, gradients, dtype=float):
    """Each step that a rule makes from 0."""
    x, found = np.zeros(1, dtype), []
    state = rule.init(x)
    for dx in gradients:
        state, step = rule.apply(state, x, np.array([dx], dtype))
        found.append(step[0])
    return found


# --- Descent ------------------------------------------------------------------------


def test_descent_by_hand():
    x = np.array([1.0, 2.0, 3.0], np.float32)
    found, state = by_update(Descent(0.1), x, np.ones((1, 3)))
    np.testing.assert_allclose(found, [0.9, 1.9, 2.9], rtol=1e-7)
    assert state is None


def test_a_rate_of_zero_changes_nothing():
    assert_same(by_update(Descent(0), START, GRADIENTS)[0], START)


# --- Momentum -----------------------------------------------------------------------


def test_momentum_stores_the_velocity_that_is_subtracted():
    rule = Momentum(0.1, 0.9)
    state, step = rule.apply(np.zeros(1), np.zeros(1), np.array([10.0]))
    assert state == step == [1.0]


def test_momentum_with_a_constant_gradient_reaches_its_final_speed():
    """The velocity is eta g (1 - rho^n) / (1 - rho): at last ten times eta g."""
    found = steps_of(Momentum(0.01, 0.9), [3.0] * 400)
    expected = 0.3 * (1 - 0.9 ** np.arange(1, 401))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_momentum_that_keeps_nothing_is_descent():
    found, _ = by_update(Momentum(0.1, 0), START, GRADIENTS)
    assert_same(found, by_update(Descent(0.1), START, GRADIENTS)[0])


def test_momentum_that_keeps_all_adds_up_every_gradient():
    steps = steps_of(Momentum(0.5, 1), [1.0, 2.0, -4.0])
    assert steps == [0.5, 1.5, -0.5]


# --- Nesterov -----------------------------------------------------------------------


def test_nesterov_stores_the_velocity_that_is_added():
    x, dx = np.zeros(2, np.float32), np.array([16, 88], np.float32)
    state, step = Nesterov().apply(Nesterov().init(x), x, dx)
    np.testing.assert_allclose(state, [-0.016, -0.088], rtol=1e-6)
    np.testing.assert_allclose(step, [0.0304, 0.1672], rtol=1e-6)


def test_nesterov_stands_where_the_velocity_will_have_carried_it():
    """As first stated, the gradient is taken at `y + rho v`, and `y` is what moves."""
    steepness, eta, rho = np.array([1.0, 20.0]), 0.02, 0.9
    y, v = np.array([3.0, -1.0]), np.zeros(2)
    model = [y.copy()]
    tree = setup(Nesterov(eta, rho), model)
    for _ in range(30):
        v = rho * v - eta * steepness * (y + rho * v)
        y = y + v
        update_(tree, model, [steepness * model[0]])
        np.testing.assert_allclose(tree[0].state, v, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(model[0], y + rho * v, rtol=1e-12, atol=1e-15)


def test_nesterov_without_inertia_is_descent():
    found, _ = by_update(Nesterov(0.1, 0), START, GRADIENTS)
    np.testing.assert_array_equal(found, by_update(Descent(0.1), START, GRADIENTS)[0])


# --- Lion ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_step_of_lion_is_as_long(dtype):
    gradients = np.where(GRADIENTS == 0, 1e-9, GRADIENTS)
    x = START.astype(dtype)
    for dx in gradients:
        new, _ = by_update(Lion(0.25), x, [dx])
        assert_same(new, x - 0.25 * np.sign(dx).astype(dtype))


def test_lion_steps_by_the_mean_from_before():
    """0.9 · 0.5 - 0.1 · 4 > 0; the new mean, 0.25 - 2, would point the other way."""
    assert steps_of(Lion(0.1, (0.9, 0.5)), [1.0, -4.0]) == [0.1, 0.1]
    _, state = by_apply(Lion(0.1, (0.9, 0.5)), np.zeros(1), np.array([[1.0], [-4.0]]))
    assert state == [-1.75]


def test_lion_keeps_still_where_nothing_has_ever_come():
    assert steps_of(Lion(), [0.0, 0.0]) == [0.0, 0.0]


def test_lion_does_not_see_the_size_of_the_gradient():
    found, _ = by_update(Lion(0.02), START, 1024 * GRADIENTS)
    assert_same(found, by_update(Lion(0.02), START, GRADIENTS)[0])


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_the_sign_of_a_complex_number_is_its_direction(dtype):
    x, dx = np.zeros(3, dtype), np.array([3 + 4j, -2j, 0], dtype)
    state, step = Lion(0.5, (0.5, 0.75)).apply(np.zeros_like(x), x, dx)
    np.testing.assert_allclose(step, [0.3 + 0.4j, -0.5j, 0], rtol=1e-6)
    np.testing.assert_allclose(state, dx / 4, rtol=1e-6)
    assert step.dtype == state.dtype == dtype


# --- Rprop --------------------------------------------------------------------------


def test_rprop_by_hand():
    """After a turn there is no step, and the next gradient is compared with none."""
    found = steps_of(Rprop(0.1), [1.0, 3.0, -2.0, -2.0, -2.0, 0.0, -2.0])
    np.testing.assert_allclose(found, [0.1, 0.12, 0, -0.06, -0.072, 0, -0.072])


def test_rprop_keeps_its_steps_within_bounds():
    rule = Rprop(0.1, gamma=(0.05, 0.11))
    found = steps_of(rule, [1, 1, 1, -1, -1, 1, 1])
    np.testing.assert_allclose(found, [0.1, 0.11, 0.11, 0, -0.055, 0, 0.05])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_rprop_compares_signs_however_small_the_gradients(dtype):
    """The product of two such numbers is 0."""
    tiny = np.finfo(dtype).tiny
    found = steps_of(Rprop(0.1), [tiny, tiny, -tiny, -tiny], dtype)
    np.testing.assert_allclose(found, [0.1, 0.12, 0, -0.06], rtol=2e-3)


def test_rprop_does_not_see_the_size_of_the_gradient():
    sizes = 10.0 ** np.arange(-3, 3).reshape(-1, 1, 1)
    found, _ = by_update(Rprop(0.02), START, sizes * GRADIENTS)
    assert_same(found, by_update(Rprop(0.02), START, GRADIENTS)[0])


def test_rprop_remembers_a_step_size_for_every_number():
    x = np.zeros(3)
    _, (last, size) = by_apply(Rprop(0.1), x, np.array([[1, 1, 1.0], [2, 0, -3]]))
    np.testing.assert_array_equal(last, [2, 0, 0])
    np.testing.assert_allclose(size, [0.12, 0.1, 0.05])


def test_the_first_step_size_of_rprop_cannot_be_adjusted_but_its_factors_can():
    model = [np.zeros(1)]
    tree = setup(Rprop(0.1), model)
    update_(tree, model, [np.ones(1)])
    with pytest.raises(TypeError, match=r"eta of Rprop.*cannot be adjusted"):
        adjust_(tree, 0.5)
    adjust_(tree, ell=(0.5, 2))
    update_(tree, model, [np.ones(1)])
    np.testing.assert_allclose(model[0], [-0.3])


@pytest.mark.parametrize(
    "numbers",
    [
        {"ell": (1.2, 0.5)},
        {"ell": (-1, 1.2)},
        {"ell": (0.5, 0.9)},
        {"gamma": (5, 1)},
        {"gamma": (-1, 1)},
    ],
)
def test_factors_and_bounds_that_make_no_sense(numbers):
    ((name, wrong),) = numbers.items()
    with pytest.raises(DomainError) as caught:
        Rprop(**numbers)
    message = str(caught.value)
    assert (
        message.startswith("Rprop(") and f"{name}={tuple(map(float, wrong))}" in message
    )
    assert "(0.5, 1.2)" in message and message.endswith(".")


# --- In comparison ------------------------------------------------------------------


@pytest.mark.parametrize("rule", [Momentum(0.02), Nesterov(0.02)])
def test_inertia_is_faster_along_a_narrow_valley(rule):
    steepness = np.array([1.0, 40.0])
    ends = []
    for used in (rule, Descent(0.02)):
        model = [np.array([1.0, 1.0])]
        tree = setup(used, model)
        for _ in range(150):
            update_(tree, model, [steepness * model[0]])
        ends.append(np.abs(model[0]).max())
    assert ends[0] < ends[1] / 10


def test_rules_of_other_kinds_are_not_equal():
    assert Momentum() == Momentum(0.01, 0.9) != Momentum(0.02)
    assert Descent(0.1) != Momentum(0.1) and Momentum() != Nesterov(0.01)
    assert len({Adam(), Adam(0.001), Adam(0.1), Descent()}) == 3
