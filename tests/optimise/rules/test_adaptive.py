"""Rules that divide each number of the gradient by its usual size."""

from math import sqrt

import numpy as np
import pytest

from minigrad.optimise import AdaDelta, AdaGrad, RMSProp, adjust_, setup, update_

from .all_rules import GRADIENTS, START, assert_same, by_apply, by_update


def follow(rule, x, gradients):
    """`(x, state)` after steps with the same gradients for one number."""
    return by_apply(rule, np.array([x]), np.array(gradients).reshape(-1, 1))


# --- AdaGrad ------------------------------------------------------------------------


@pytest.mark.parametrize("g", [1e-3, 1.0, -250.0])
def test_adagrad_with_a_constant_gradient(g):
    """The sum of the squares is epsilon + t g² at step t."""
    x, state = follow(AdaGrad(0.1, 1e-6), 0.0, [g] * 50)
    steps = [0.1 * g / (sqrt(1e-6 + t * g * g) + 1e-6) for t in range(1, 51)]
    np.testing.assert_allclose(x, [-sum(steps)], rtol=1e-13)
    np.testing.assert_allclose(state, [1e-6 + 50 * g * g], rtol=1e-13)


def test_the_sum_of_adagrad_starts_at_epsilon():
    assert (AdaGrad(epsilon=1e-4).init(START) == 1e-4).all()
    assert (AdaGrad().init(START.astype("f2")) == np.float16(1e-7)).all()


# --- RMSProp ------------------------------------------------------------------------


def test_rmsprop_with_a_constant_gradient():
    """The mean square is (1 - rho^t) g² at step t."""
    x, state = follow(RMSProp(0.1, 0.8), 0.0, [-3.0] * 40)
    steps = [-0.3 / (3 * sqrt(1 - 0.8**t) + 1e-8) for t in range(1, 41)]
    np.testing.assert_allclose(x, [-sum(steps)], rtol=1e-12)
    np.testing.assert_allclose(state, [9 * (1 - 0.8**40)], rtol=1e-12)


def test_centred_rmsprop_divides_by_the_standard_deviation():
    """Gradients 1 and -1 in turn, with half of the means kept."""
    rule = RMSProp(0.1, 0.5, 0.0, centred=True)
    x, (square, mean) = follow(rule, 0.0, [1.0, -1.0, 1.0])
    squares, means = [0.5, 0.75, 0.875], [0.5, -0.25, 0.375]
    steps = [
        sign * 0.1 / sqrt(s - m * m)
        for sign, s, m in zip([1, -1, 1], squares, means, strict=True)
    ]
    np.testing.assert_allclose(x, [-sum(steps)], rtol=1e-14)
    assert (square, mean) == ([0.875], [0.375])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("steps", [by_apply, by_update])
def test_a_variance_that_rounding_makes_negative_counts_as_none(dtype, steps):
    """Once the mean has come near a constant gradient, nothing but rounding is left."""
    gradients = np.full((400, 3), [0.1, 1 / 3, -7.7])
    x, state = steps(
        RMSProp(1e-6, 0.9, 1e-3, centred=True), np.zeros(3, dtype), gradients
    )
    assert all(np.isfinite(array).all() for array in (x, *state))


def test_centred_may_be_spelled_in_american():
    assert RMSProp(centered=True) == RMSProp(centred=True) != RMSProp()
    with pytest.raises(TypeError, match="centered and centred are the same"):
        RMSProp(centered=True, centred=True)


def test_whether_it_is_centred_decides_what_is_remembered():
    x = np.zeros(2)
    assert type(RMSProp().init(x)) is np.ndarray
    assert len(RMSProp(centred=True).init(x)) == 2
    tree = setup(RMSProp(), [x])
    with pytest.raises(TypeError, match=r"centred of .* cannot be adjusted"):
        adjust_(tree, centred=True)
    assert tree[0].rule == RMSProp()


def test_centred_and_not_in_one_tree():
    model = {"a": START.copy(), "b": START.copy()}
    tree = setup(RMSProp(0.02), model)
    tree["b"] = setup(RMSProp(0.02, centred=True), {"b": model["b"]})["b"]
    for dx in GRADIENTS:
        update_(tree, model, {"a": dx, "b": dx})
    assert_same(model["a"], by_update(RMSProp(0.02), START, GRADIENTS)[0])
    centred = RMSProp(0.02, centred=True)
    assert_same(model["b"], by_update(centred, START, GRADIENTS)[0])


def test_centred_rmsprop_on_complex_numbers_against_plain_numbers():
    """The variance is the mean of |g|² without the |mean|²."""
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(30, 3)) + 1j * rng.normal(size=(30, 3))
    start = np.array([1 + 1j, 2j, -1.0])
    expected = []
    for x, column in zip(start.tolist(), gradients.T.tolist(), strict=True):
        square = mean = 0.0
        for g in column:
            square = 0.8 * square + 0.2 * (g.real**2 + g.imag**2)
            mean = 0.8 * mean + 0.2 * g
            variance = square - mean.real**2 - mean.imag**2
            x -= 0.02 * g / (sqrt(variance) + 1e-3)
        expected.append(x)
    found, _ = by_update(RMSProp(0.02, 0.8, 1e-3, centred=True), start, gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# --- AdaDelta -----------------------------------------------------------------------


@pytest.mark.parametrize("g", [1e-2, -4.0])
def test_the_first_step_of_adadelta(g):
    """No step has been made, so it is g √epsilon / √((1 - rho) g² + epsilon)."""
    x, (square, steps) = follow(AdaDelta(0.9, 1e-6), 0.0, [g])
    step = g * 1e-3 / sqrt(0.1 * g * g + 1e-6)
    np.testing.assert_allclose(x, [-step], rtol=1e-14)
    np.testing.assert_allclose(square, [0.1 * g * g], rtol=1e-14)
    np.testing.assert_allclose(steps, [0.1 * step * step], rtol=1e-14)


def test_adadelta_that_forgets_at_once_grows_by_epsilon():
    """With rho = 0 the step squared is that of before, plus epsilon."""
    _, (_, steps) = follow(AdaDelta(0, 1e-6), 0.0, [1e3] * 20)
    np.testing.assert_allclose(steps, [20e-6], rtol=1e-9)


def test_adadelta_has_no_rate_to_adjust():
    with pytest.warns(UserWarning, match="no rule in this tree has a number eta"):
        adjust_(setup(AdaDelta(), [START.copy()]), 0.1)


# --- Together -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", [AdaGrad(0.1, 1e-12), RMSProp(0.02), RMSProp(0.02, centred=True)]
)
@pytest.mark.parametrize("size", [1e-3, 1e4])
def test_steps_hardly_depend_on_the_size_of_the_gradients(rule, size):
    """Only epsilon keeps them from not depending on it at all."""
    found, _ = by_update(rule, START, size * GRADIENTS)
    expected, _ = by_update(rule, START, GRADIENTS)
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-3 * np.abs(START).max())
    assert not np.array_equal(found, expected)
