"""Scans, differences and integrals against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from minigrad import gradient, jacobian

WHOLE = st.integers(-3, 3).map(float)
VECTORS = arrays(float, array_shapes(max_dims=1, max_side=9), elements=WHOLE)


def test_cumsum_sums_from_the_far_end():
    found = gradient(lambda x: (np.cumsum(x) * [1, 10, 100]).sum(), np.ones(3))[0]
    np.testing.assert_array_equal(found, [111, 110, 100])


# --- Running products ------------------------------------------------------------


@given(VECTORS)
def test_cumprod_is_the_product_of_the_others_up_to_there(x):
    """Whole numbers, so that it must be exact; many of them are 0."""
    found = jacobian(np.cumprod, x)[0]
    for j in range(len(x)):
        for i in range(len(x)):
            others = np.prod(np.delete(x[: j + 1], i)) if i <= j else 0
            assert found[j, i] == others


def test_second_derivative_of_cumprod_at_zeros():
    """d2 (wxyz) / dx dz = wy, and every other zero stays finite."""
    x = np.array([3.0, 0.0, 5.0, 0.0])
    last = lambda x: np.cumprod(x)[-1]
    hessian = jacobian(lambda x: gradient(last, x)[0], x)[0]
    expected = np.zeros((4, 4))
    expected[1, 3] = expected[3, 1] = 15
    np.testing.assert_array_equal(hessian, expected)


def test_cumprod_of_many_numbers_neither_overflows_nor_divides():
    x = np.full(3000, 0.5)
    x[7] = 0
    found = gradient(lambda x: np.cumprod(x).sum(), x)[0]
    assert found[7] == pytest.approx(2 * 0.5**7)
    assert (found[8:] == 0).all()


def test_nan_counts_as_the_neutral_number_and_gets_nothing():
    x = np.array([2.0, np.nan, 3.0])
    np.testing.assert_array_equal(
        gradient(lambda x: np.nancumsum(x).sum(), x)[0], [3, 0, 1]
    )
    np.testing.assert_array_equal(
        gradient(lambda x: np.nancumprod(x).sum(), x)[0], [5, 0, 2]
    )


@pytest.mark.parametrize("f", [np.cumulative_sum, np.cumulative_prod])
def test_of_matrices_an_axis_is_needed(f):
    with pytest.raises(ValueError, match="argument is required"):
        gradient(lambda x: f(x).sum(), np.ones((2, 3)))


# --- Differences -----------------------------------------------------------------


def test_diff_is_the_matrix_of_plus_and_minus_one():
    np.testing.assert_array_equal(
        jacobian(np.diff, np.ones(4))[0],
        [[-1, 1, 0, 0], [0, -1, 1, 0], [0, 0, -1, 1]],
    )
    np.testing.assert_array_equal(
        jacobian(lambda x: np.diff(x, 3), np.ones(4))[0], [[-1, 3, -3, 1]]
    )


@pytest.mark.parametrize(
    "call",
    [lambda x: np.diff(x, -1), lambda x: np.diff(x[0]), lambda x: np.diff(x, 1, 5)],
)
def test_diff_says_what_is_wrong_as_numpy_does(call):
    with pytest.raises(ValueError) as expected:
        call(np.ones(3))
    with pytest.raises(ValueError) as found:
        gradient(lambda x: call(x).sum(), np.ones(3))
    assert str(found.value) == str(expected.value)


# --- Derivatives and integrals of samples -----------------------------------------


def test_trapezoid_moves_area_between_neighbours():
    """dA/dx_i = (y_(i-1) - y_(i+1)) / 2 inside, and -y, y at the ends' halves."""
    y, x = np.array([1.0, 4.0, 2.0, 8.0]), np.array([0.0, 1.0, 3.0, 3.5])
    to_y, to_x = gradient(np.trapezoid, y, x)
    np.testing.assert_allclose(to_y, [0.5, 1.5, 1.25, 0.25], rtol=1e-15)
    np.testing.assert_allclose(to_x, [-2.5, -0.5, -2, 5], rtol=1e-15)


@pytest.mark.parametrize("order", [1, 2])
def test_slopes_of_samples_are_exact_for_a_parabola(order):
    """So their derivative towards the coefficients is that of the parabola."""
    x = np.array([0.0, 1.0, 1.5, 4.0, 4.5])
    f = lambda c: np.gradient(c[0] + c[1] * x + c[2] * x**2, x, edge_order=order)
    found = jacobian(f, np.array([1.0, 2.0, 3.0]))[0]
    expected = np.stack([0 * x, 1 + 0 * x, 2 * x], axis=1)
    inside = slice(None) if order == 2 else slice(1, -1)
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-13)


def test_equal_distances_are_places_like_others():
    """NumPy takes a short cut for them; their derivative is not that of one number."""
    y, x = np.array([1.0, 4.0, 2.0]), np.array([0.0, 1.0, 2.0])
    found = jacobian(lambda x: np.gradient(y, x)[1], x)[0]
    np.testing.assert_allclose(found, [2.75, -5, 2.25], rtol=1e-14)
    near = jacobian(lambda x: np.gradient(y, x)[1], np.array([0, 1, 2 + 1e-9]))[0]
    np.testing.assert_allclose(found, near, atol=1e-7)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.gradient(x[:1]),
        lambda x: np.gradient(x[:2], edge_order=2),
        lambda x: np.gradient(x, [1.0, 2.0]),
        lambda x: np.gradient(x, edge_order=3),
    ],
)
def test_gradient_says_what_is_wrong_as_numpy_does(call):
    with pytest.raises(ValueError) as expected:
        call(np.ones(3))
    with pytest.raises(ValueError) as found:
        gradient(lambda x: call(x).sum(), np.ones(3))
    assert str(found.value) == str(expected.value)
