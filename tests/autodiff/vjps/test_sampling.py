"""Interpolation at points and beyond the ends; polynomials against their algebra."""

import numpy as np
import pytest

from minigrad import gradient, jacobian, pullback

# --- Interpolation -----------------------------------------------------------------

XP = np.array([0.0, 1.0, 3.0])
FP = np.array([5.0, 7.0, 1.0])


def slope_at(x, **keywords):
    return gradient(lambda x: np.interp(x, XP, FP, **keywords), x)[0]


@pytest.mark.parametrize(
    ("x", "expected"), [(0.5, 2), (1.5, -3), (2.9, -3), (-1.0, 0), (4.0, 0)]
)
def test_slope_is_that_of_the_piece(x, expected):
    assert slope_at(x) == expected


@pytest.mark.parametrize(("x", "expected"), [(0.0, 2), (1.0, -3), (3.0, 0)])
def test_slope_at_a_point_is_that_of_the_piece_on_its_right(x, expected):
    assert np.interp(x, XP, FP) == pullback(lambda x: np.interp(x, XP, FP), x)[0]
    assert slope_at(x) == expected


def test_weights_of_the_two_neighbours():
    x = np.array([0.25, 2.5, -1.0, 9.0, 1.0])
    (found,) = jacobian(lambda fp: np.interp(x, XP, fp), FP)
    expected = [[0.75, 0.25, 0], [0, 0.25, 0.75], [1, 0, 0], [0, 0, 1], [0, 1, 0]]
    np.testing.assert_array_equal(found, expected)


def test_moving_a_point_is_moving_x_the_other_way():
    """A shift of all points and of x changes nothing."""
    x = np.array([0.25, 2.5, -1.0, 1.5])
    to_x, to_xp = jacobian(lambda x, xp: np.interp(x, xp, FP), x, XP)
    np.testing.assert_allclose(to_x.sum(axis=1), -to_xp.sum(axis=1), atol=1e-15)
    np.testing.assert_allclose(to_xp[0], [-1.5, -0.5, 0], atol=1e-15)


def test_values_for_outside():
    """They are reached by x beyond the ends only, and do not depend on it."""
    x = np.array([-1.0, 0.5, 4.0, 5.0])
    f = lambda left, right: np.interp(x, XP * FP[0] / 5, FP, left, right).sum()
    found = gradient(lambda fp, z: np.interp(x, XP, fp, z[0], z[1]).sum(), FP, FP[:2])
    np.testing.assert_array_equal(found[0], [0.5, 0.5, 0])
    np.testing.assert_array_equal(found[1], [1, 2])
    assert f(1.0, 2.0) == 1 + 6 + 2 + 2
    with pytest.raises(TypeError, match="would cut x off the tape"):
        gradient(f, 1.0, 2.0)  # NumPy does not hand such a call to the tape


def test_period_wraps_round():
    """Between the last point and the first again there is one more line."""
    f = lambda x: np.interp(x, XP, FP, period=5.0)
    np.testing.assert_allclose(f(4.0), 3.0)
    for turns in (-2, 0, 3):
        assert gradient(f, 4.0 + 5 * turns)[0] == pytest.approx(2)
        assert gradient(f, 0.5 + 5 * turns)[0] == pytest.approx(2)
        assert gradient(f, 2.0 + 5 * turns)[0] == pytest.approx(-3)


def test_jumps_have_the_slopes_of_their_sides_and_no_warning():
    xp, fp = [0.0, 1.0, 1.0, 2.0, 2.0], [0.0, 1.0, 5.0, 7.0, 9.0]
    f = lambda x: np.interp(x, xp, fp)
    x = np.array([0.5, 1.0, 1.5, 2.0, 2.5])
    y, back = pullback(f, x)
    np.testing.assert_array_equal(y, f(x))
    np.testing.assert_array_equal(back(np.ones(5))[0], [1, 2, 2, 0, 0])


def test_complex_heights_and_single_precision():
    z = FP + 1j * FP[::-1]
    (g,) = gradient(lambda z: np.abs(np.interp(0.25, XP, z)) ** 2, z)
    y = np.interp(0.25, XP, z)
    np.testing.assert_allclose(g, 2 * y * np.array([0.75, 0.25, 0]), rtol=1e-15)
    (g,) = gradient(lambda x: np.real(y * np.interp(x, XP, z)), 0.25)
    assert g == pytest.approx(np.real(y * (z[1] - z[0])))
    f = lambda x, xp, fp: np.interp(x, xp, fp).sum()
    single = [v.astype(np.float32) for v in (XP / 2, XP, FP)]
    assert [g.dtype for g in gradient(f, *single)] == [np.float32] * 3


def test_infinity_is_outside():
    x = np.array([-np.inf, 0.5, np.inf])
    to_x, to_xp, to_fp = gradient(lambda *xs: np.interp(*xs).sum(), x, XP, FP)
    np.testing.assert_array_equal(to_x, [0, 2, 0])
    np.testing.assert_array_equal(to_xp, [-1, -1, 0])
    np.testing.assert_array_equal(to_fp, [1.5, 0.5, 1])


# --- Polynomials -------------------------------------------------------------------


def test_polyval_towards_x_is_polyder_and_towards_p_the_powers():
    p, x = np.array([2.0, -1.0, 3.0, 0.5]), np.array([0.0, 1.5, -2.0])
    to_p, to_x = jacobian(np.polyval, p, x)
    np.testing.assert_allclose(to_p, np.vander(x, 4), rtol=1e-15)
    np.testing.assert_allclose(np.diag(to_x), np.polyval(np.polyder(p), x), rtol=1e-15)


def test_second_derivative_of_polyval():
    p = np.array([2.0, -1.0, 3.0, 0.5])
    slope = lambda x: gradient(lambda x: np.polyval(p, x), x)[0]
    assert gradient(slope, 1.5)[0] == np.polyval(np.polyder(p, 2), 1.5)


def test_powers_at_zero():
    (g,) = gradient(lambda x: np.vander(x, 3).sum(), np.zeros(2))
    np.testing.assert_array_equal(g, [1, 1])


def test_derivative_and_antiderivative_undo_each_other():
    p = np.array([2.0, -1.0, 3.0])
    (found,) = jacobian(lambda p: np.polyder(np.polyint(p, 2, [4.0, 5.0]), 2), p)
    np.testing.assert_allclose(found, np.eye(3), rtol=1e-15)


def test_products_are_convolutions():
    """(p q)(x) = p(x) q(x), for whatever p, q and x."""
    p, q, x = np.array([1.0, -2.0, 3.0]), np.array([0.5, 4.0]), np.array([0.3, -1.2])
    by_coefficients = lambda p, q: np.polyval(np.polymul(p, q), x)
    by_values = lambda p, q: np.polyval(p, x) * np.polyval(q, x)
    for found, expected in zip(
        jacobian(by_coefficients, p, q), jacobian(by_values, p, q), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_leading_zeros_of_a_product_are_left_out_as_in_numpy():
    y, back = pullback(np.polymul, np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0]))
    np.testing.assert_array_equal(y, np.polymul([0, 1, 2], [3, 1]))
    to_p, to_q = back(np.array([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(to_p, [0, 13, 130])
    np.testing.assert_array_equal(to_q, [21, 210])


@pytest.mark.parametrize("f", [np.polyder, np.polyint])
def test_negative_orders_are_numpys_to_refuse(f):
    with pytest.raises(ValueError, match="must be positive"):
        gradient(lambda p: f(p, -1), np.ones(3))
