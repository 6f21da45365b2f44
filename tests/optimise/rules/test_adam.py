"""Adam, and the rules that differ from it in a line."""

from math import sqrt

import numpy as np
import pytest

from minigrad.optimise import (
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    NAdam,
    OptimiserChain,
    WeightDecay,
    adjust_,
    setup,
    update_,
)

from .all_rules import GRADIENTS, START, assert_same, by_apply, by_update


def follow(rule, gradients):
    """`(x, state)` after steps for one number, from 0."""
    return by_apply(rule, np.zeros(1), np.array(gradients).reshape(-1, 1))


# --- Adam ---------------------------------------------------------------------------


@pytest.mark.parametrize("g", [1e-3, 1.0, -250.0])
@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_a_constant_gradient_makes_steps_of_eta(kind, g):
    """Then m̂ = g and v̂ = g², so every step is eta g / (|g| + epsilon)."""
    found, _ = follow(kind(0.01), [g] * 500)
    np.testing.assert_allclose(found, [-5 * g / (abs(g) + 1e-8)], rtol=1e-11)


def test_adam_without_memory_steps_by_the_sign():
    found, _ = by_update(Adam(0.1, (0, 0), 1e-12), START, GRADIENTS[:3])
    expected = START - 0.1 * np.sign(GRADIENTS[:3]).sum(0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", [Adam, AdamW, AdaMax, NAdam])
def test_the_state_counts_by_powers_of_beta(kind):
    rule, x = kind(beta=(0.75, 0.5)), np.zeros(1)
    assert rule.init(x)[2] == (0.75, 0.5)
    _, state = follow(rule, [1.0, 2.0, 3.0])
    assert state[2] == (0.75**4, 0.5**4)
    model = [x]
    tree = setup(rule, model)
    for dx in (1.0, 2.0, 3.0):
        update_(tree, model, [np.array([dx])])
    assert tree[0].state[2] == (0.75**4, 0.5**4)


def test_another_beta_comes_in_with_the_steps_that_follow():
    """The powers are memory: those that are stored stay those of the old beta."""
    model = [np.zeros(1)]
    tree = setup(Adam(), model)
    update_(tree, model, [np.ones(1)])
    adjust_(tree, beta=(0.5, 0.25))
    assert tree[0].state[2] == (0.9**2, 0.999**2)
    update_(tree, model, [np.ones(1)])
    assert tree[0].state[2] == (0.9**2 * 0.5, 0.999**2 * 0.25)


@pytest.mark.parametrize("dx", [0.0, 1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("kind", [Adam, AdamW, AdaMax, AMSGrad, NAdam])
def test_in_half_precision_steps_stay_finite(kind, dx):
    """1e-8 is no number of float16: alone it would let 0 / 0 through."""
    rule, x = kind(), np.zeros(2, np.float16)
    for steps in (by_apply, by_update):
        found, state = steps(rule, x, np.full((3, 2), dx))
        assert found.dtype == np.float16 and np.isfinite(found).all()
        assert np.isfinite(state[0]).all() and np.isfinite(state[1]).all()
        assert dx or not np.abs(found).max() > 1e-3


def plain_adam(x, gradients, eta, beta, epsilon):
    """Kingma and Ba's recurrences for one complex number, with |g|² for the square."""
    mean = square = 0.0
    for t, g in enumerate(gradients, 1):
        mean = beta[0] * mean + (1 - beta[0]) * g
        square = beta[1] * square + (1 - beta[1]) * (g.real**2 + g.imag**2)
        unbiased = mean / (1 - beta[0] ** t), square / (1 - beta[1] ** t)
        x -= eta * unbiased[0] / (sqrt(unbiased[1]) + epsilon)
    return x


def test_adam_on_complex_numbers_against_plain_numbers():
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(30, 3)) + 1j * rng.normal(size=(30, 3))
    start, numbers = np.array([1 + 1j, 2j, -1.0]), (0.02, (0.7, 0.95), 1e-3)
    columns = zip(start.tolist(), gradients.T.tolist(), strict=True)
    expected = [plain_adam(x, column, *numbers) for x, column in columns]
    for steps in (by_apply, by_update):
        found, _ = steps(Adam(*numbers), start, gradients)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_the_first_step_of_adam_has_the_direction_of_the_gradient(dtype):
    rule, x = Adam(0.01), np.zeros(4, dtype)
    dx = np.array([1j, 1, -2 + 2j, -5], dtype)
    (m, v, _), step = rule.apply(rule.init(x), x, dx)
    assert m.dtype == v.dtype == step.dtype == np.dtype(dtype)
    np.testing.assert_allclose(step, 0.01 * dx / np.abs(dx), rtol=1e-5)
    np.testing.assert_allclose(v, 0.001 * np.abs(dx) ** 2, rtol=1e-5)


# --- AdamW --------------------------------------------------------------------------


def test_adamw_without_decay_is_adam():
    for couple in (True, False):
        found = by_update(AdamW(0.02, couple=couple), START, GRADIENTS)
        assert_same(found, by_update(Adam(0.02), START, GRADIENTS))


@pytest.mark.parametrize("steps", [by_apply, by_update])
@pytest.mark.parametrize(("couple", "kept"), [(True, 1 - 0.1 * 0.5), (False, 0.5)])
def test_without_gradients_only_the_decay_is_left(couple, kept, steps):
    found, _ = steps(AdamW(0.1, lambda_=0.5, couple=couple), START, np.zeros((5, 4, 3)))
    np.testing.assert_allclose(found, START * kept**5, rtol=1e-14)


def test_the_decay_of_adamw_is_not_divided_and_that_of_a_chain_is():
    """Large parameters lose more by AdamW; in the chain all lose steps of eta."""
    x, still = np.array([1.0, 100.0]), np.zeros((1, 2))
    apart, _ = by_update(AdamW(0.1, lambda_=0.5), x, still)
    inside, _ = by_update(OptimiserChain(WeightDecay(0.5), Adam(0.1)), x, still)
    np.testing.assert_allclose(x - apart, [0.05, 5.0], rtol=1e-12)
    np.testing.assert_allclose(x - inside, [0.1, 0.1], rtol=1e-6)


def test_adamw_is_adam_after_which_the_old_parameter_decays():
    rule, x = AdamW(0.02, (0.8, 0.95), 0.3), START
    state, other = rule.init(x), Adam(0.02, (0.8, 0.95)).init(x)
    for dx in GRADIENTS:
        state, step = rule.apply(state, x, dx)
        other, expected = Adam(0.02, (0.8, 0.95)).apply(other, x, dx)
        np.testing.assert_allclose(step, expected + 0.02 * 0.3 * x, rtol=1e-12)
        x = x - step


# --- AdaMax -------------------------------------------------------------------------


def test_adamax_divides_by_the_largest_gradient_of_late():
    """u is 8, and loses a quarter in each step, until 5 is larger."""
    _, (_, u, _) = follow(AdaMax(beta=(0.9, 0.75)), [8.0])
    assert u == [8.0]
    _, (_, u, _) = follow(AdaMax(beta=(0.9, 0.75)), [8.0, -1.0])
    assert u == [6.0]
    _, (_, u, _) = follow(AdaMax(beta=(0.9, 0.75)), [8.0, -1.0, -5.0])
    assert u == [5.0]


def test_steps_of_adamax_are_at_most_eta():
    """With beta1² < beta2, as the paper says, but for rounding."""
    x, state, rule = START, AdaMax(0.02).init(START), AdaMax(0.02)
    for dx in np.random.default_rng(4).standard_cauchy((200, 4, 3)):
        state, step = rule.apply(state, x, dx)
        assert np.abs(step).max() <= 0.02 * (1 + 1e-12)


# --- AMSGrad ------------------------------------------------------------------------


def test_amsgrad_starts_at_epsilon_three_times():
    for array in AMSGrad(epsilon=1e-4).init(START):
        assert (array == 1e-4).all() and array.shape == START.shape
    for array in AMSGrad().init(START.astype("f2")):
        assert (array == np.float16(1e-7)).all()


def test_the_largest_mean_square_never_shrinks():
    rule, x, past = AMSGrad(0.02, (0.5, 0.5)), START, np.zeros_like(START)
    state = rule.init(x)
    for dx in [100 * GRADIENTS[0], *GRADIENTS, 1000 * GRADIENTS[2]]:
        state, _ = rule.apply(state, x, dx)
        _, v, h = state
        np.testing.assert_array_equal(h, np.maximum(past, v))
        past = h


def online(rule, count=6000):
    """Reddi's example: the loss is 3 x at every third step and -x otherwise.

    The best x between -1 and 1 is -1, as 3 - 1 - 1 > 0.
    """
    x, state = np.zeros(1), rule.init(np.zeros(1))
    for t in range(count):
        state, step = rule.apply(state, x, np.array([3.0 if t % 3 == 0 else -1.0]))
        x = np.clip(x - step / sqrt(t + 1), -1, 1)
    return x


def test_amsgrad_converges_where_adam_goes_the_wrong_way():
    """With beta1 = 0 and beta2 = 1 / (1 + 3²), as in section 3 of the paper."""
    assert online(Adam(0.5, (0.0, 0.1))) > 0.9
    assert online(AMSGrad(0.5, (0.0, 0.1))) < -0.9
