"""Elementwise functions against independent formulas, and what happens at kinks."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from minigrad import gradient, pullback


def slope(f, x):
    return gradient(f, x)[0]


def derivative(f, order):
    """The derivative of that order of a function of one number."""
    for _ in range(order):
        f = lambda x, f=f: slope(f, x)
    return f


# --- The complex step: f'(x) = Im f(x + ih) / h, without any cancellation -------

ANALYTIC = {
    np.negative: 0.7,
    np.reciprocal: 0.7,
    np.square: 0.7,
    np.sqrt: 0.7,
    np.exp: -1.3,
    np.exp2: 0.7,
    np.expm1: 1e-5,
    np.log: 0.7,
    np.log2: 0.7,
    np.log10: 0.7,
    np.log1p: 1e-5,
    np.sin: 0.7,
    np.cos: 0.7,
    np.tan: 0.7,
    np.arcsin: 0.7,
    np.arccos: 0.7,
    np.arctan: 0.7,
    np.sinh: 0.7,
    np.cosh: 0.7,
    np.tanh: 0.7,
    np.arcsinh: 0.7,
    np.arccosh: 1.7,
    np.arctanh: 0.7,
}


@pytest.mark.parametrize("f", ANALYTIC, ids=lambda f: f.__name__)
def test_against_the_complex_step(f):
    x, h = ANALYTIC[f], 1e-20
    assert slope(f, x) == pytest.approx(np.imag(f(x + 1j * h)) / h, rel=1e-14)


@pytest.mark.parametrize("f", [np.add, np.subtract, np.multiply, np.divide, np.power])
def test_two_arguments_against_the_complex_step(f):
    x, y, h = 1.7, 0.6, 1e-20
    found = gradient(f, x, y)
    expected = [np.imag(f(x + 1j * h, y)) / h, np.imag(f(x, y + 1j * h)) / h]
    assert found == pytest.approx(expected, rel=1e-14)


# --- Closed forms ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "first", "second", "third"),
    [
        (np.sin, 0.7, np.cos(0.7), -np.sin(0.7), -np.cos(0.7)),
        (np.exp, 0.7, np.exp(0.7), np.exp(0.7), np.exp(0.7)),
        (np.log, 0.5, 2, -4, 16),
        (np.reciprocal, 0.5, -4, 16, -96),
        (np.sqrt, 0.25, 1, -2, 12),
        (np.square, -3.0, -6, 2, None),
        (np.tanh, 0.0, 1, 0, -2),
        (np.arctan, 0.0, 1, 0, -2),
        (np.cbrt, 8.0, 1 / 12, -1 / 144, 5 / 3456),
        (lambda x: x**3, -2.0, 12, -12, 6),
        (lambda x: x**-1, -2.0, -1 / 4, -1 / 4, -3 / 8),
        (lambda x: x**0.5, 0.25, 1, -2, 12),
        (lambda x: 2**x, 3.0, 8 * np.log(2), 8 * np.log(2) ** 2, 8 * np.log(2) ** 3),
        (lambda x: x**x, 1.0, 1, 2, 3),
        (lambda x: x * x * x, 5.0, 75, 30, 6),
        (lambda x: np.hypot(x, 4.0), 3.0, 3 / 5, 16 / 125, -144 / 3125),
        (lambda x: np.logaddexp(x, 0.0), 0.0, 1 / 2, 1 / 4, 0),
        (lambda x: np.arctan2(x, 1.0), 0.0, 1, 0, -2),
    ],
)
def test_three_derivatives(f, x, first, second, third):
    found = [derivative(f, order)(x) for order in (1, 2)]
    assert found == pytest.approx([first, second], rel=1e-13, abs=1e-15)
    if third is not None:
        expected = pytest.approx(third, rel=1e-12, abs=1e-15)
        assert derivative(f, 3)(x) == expected


def test_accuracy_near_zero_where_naive_formulas_cancel():
    assert slope(np.expm1, 1e-12) == pytest.approx(1 + 1e-12, rel=1e-15)
    assert slope(np.log1p, 1e-12) == pytest.approx(1 - 1e-12, rel=1e-15)
    assert gradient(np.logaddexp, 1000.0, -1000.0) == (1.0, 0.0)


# --- Kinks and edges: the choices that the tables document ----------------------


@pytest.mark.parametrize(
    "f",
    [
        abs,
        np.abs,
        np.fabs,
        np.sqrt,
        np.cbrt,
        lambda x: x**0.5,
        lambda x: np.hypot(x, 0.0),
        lambda x: np.maximum(x, 0),
        lambda x: np.minimum(x, 0),
        lambda x: np.clip(x, 0, 1),
        lambda x: np.clip(x, -1, 0),
        lambda x: x**0,
        lambda x: x**0.0,
        lambda x: x ** np.zeros(()),
        lambda x: 0.0 ** (x + 2),
        lambda x: np.sign(x) * 1.0 + 0 * x,
    ],
)
def test_slope_at_the_kink_is_zero(f):
    assert slope(f, 0.0) == 0


@pytest.mark.parametrize("choose", [np.maximum, np.minimum])
def test_of_two_equal_numbers_the_second_is_chosen(choose):
    # as in Julia; so that relu is np.maximum(x, 0), and max(x, x) has slope 1
    assert gradient(choose, 3.0, 3.0) == (0.0, 1.0)
    assert slope(lambda x: choose(0, x), 0.0) == 1
    assert slope(lambda x: choose(x, x), 2.0) == 1


def test_powers_at_zero():
    assert slope(lambda x: x**1, 0.0) == 1
    assert slope(lambda x: x**2, 0.0) == 0
    assert derivative(lambda x: x**2.0, 2)(0.0) == 2
    assert derivative(lambda x: x**3, 3)(0.0) == 6
    x = np.array([0.0, 0.0, 2.0])
    found = slope(lambda x: (x ** np.array([0, 1, 3])).sum(), x)
    np.testing.assert_array_equal(found, [0, 1, 12])


def test_negative_numbers_to_whole_powers():
    assert slope(lambda x: x**3, -2.0) == 12
    assert slope(lambda x: x**-2, -2.0) == 1 / 4
    assert slope(lambda x: x**3.0, -2.0) == 12


def test_where_ignores_the_branch_not_taken():
    x = np.array([-1.0, 4.0])
    f = lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0).sum()
    np.testing.assert_array_equal(slope(f, x), [0, 0.25])


def test_clip_has_a_gradient_towards_its_bounds():
    x = np.array([-3.0, 0.0, 5.0, 6.0])
    f = lambda x, low, high: np.clip(x, low, high).sum()
    towards_x, low, high = gradient(f, x, -1.0, 2.0)
    np.testing.assert_array_equal(towards_x, [0, 1, 0, 0])
    assert (low, high) == (1, 2)


# --- Broadcasting ---------------------------------------------------------------


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3), st.data())
def test_broadcast_gradient_is_the_sum_over_the_copies(shapes, data):
    """Compared with the formula applied to arrays that were stretched by hand."""
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    f = data.draw(st.sampled_from([np.add, np.subtract, np.multiply, np.divide]))
    x, y = (rng.uniform(1, 2, shape) for shape in shapes.input_shapes)
    w = rng.normal(size=shapes.result_shape)
    found = gradient(lambda x, y: np.sum(w * f(x, y)), x, y)
    partials = {
        np.add: (w, w),
        np.subtract: (w, -w),
        np.multiply: (w * y, w * x),
        np.divide: (w / y, -w * x / y**2),
    }[f]
    for g, z, partial in zip(found, (x, y), partials, strict=True):
        assert g.shape == z.shape
        expected = np.zeros(z.shape)
        places = np.broadcast_to(np.arange(z.size).reshape(z.shape), w.shape)
        np.add.at(expected.reshape(-1), places, partial)
        np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-12)


# --- Exponents of every type --------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i8", "f4", "f8"])
def test_powers_of_exponents_of_every_type(dtype):
    """y x**(y - 1), where y - 1 must not wrap around."""
    y = np.array([0, 1, 2], dtype)
    f = lambda x: (x**y).sum()
    np.testing.assert_array_equal(slope(f, np.full(3, 3e3)), [0, 1, 6000])
    np.testing.assert_array_equal(slope(f, np.zeros(3)), [0, 1, 0])
    np.testing.assert_array_equal(slope(f, np.full(3, -2.0)), [0, 1, -4])
    second = slope(lambda x: slope(f, x).sum(), np.full(3, 7.0))
    np.testing.assert_array_equal(second, [0, 0, 2])
    assert slope(lambda x: x ** y[2], 5.0) == 10
    assert slope(lambda x: x ** y[0], 5.0) == 0


@pytest.mark.parametrize("power", [np.power, np.float_power])
def test_the_smallest_exponent_of_its_type(power):
    y = np.array([-128], np.int8)
    found = slope(lambda x: power(x, y).sum(), np.array([1.5]))
    np.testing.assert_allclose(found, -128 * 1.5**-129, rtol=1e-13)


# --- What is at the edges ------------------------------------------------------------

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize("function", [np.fmax, np.fmin])
def test_what_is_not_a_number_gets_no_gradient(function):
    x, y = np.array([NAN, 1.0, 2.0, 3.0, NAN]), np.array([1.0, NAN, 2.0, 3.5, NAN])
    to_x, to_y = gradient(lambda x, y: np.nansum(function(x, y)), x, y)
    np.testing.assert_array_equal(to_x + to_y, [1, 1, 1, 1, 0])
    larger = 1.0 if function is np.fmax else 0.0
    np.testing.assert_array_equal(to_x[[0, 1, 3]], [0, 1, 1 - larger])


@pytest.mark.parametrize("x", [0.0, 1e-9, 1e-3, 0.0999, 0.1001, 1.0, 2.5, -0.05])
def test_sinc_to_the_third_order(x):
    """Its power series, sum of (-1)ᵏ (πx)²ᵏ / (2k + 1)!, differentiated by term."""

    def series(order):
        total = 0.0
        for k in range(30):
            if 2 * k >= order:
                falling = factorial(2 * k) / factorial(2 * k - order)
                term = falling * np.pi ** (2 * k) * x ** (2 * k - order)
                total += (-1) ** k * term / factorial(2 * k + 1)
        return total

    f = np.sinc
    for order, atol in ((1, 1e-14), (2, 1e-13), (3, 1e-11)):
        f = lambda x, f=f: gradient(f, x)[0]
        np.testing.assert_allclose(f(x), series(order), rtol=1e-12, atol=atol)


def test_the_origin_has_no_angle_and_no_slope():
    """The warning-free 0 of PyTorch; a NaN would spoil all other gradients."""
    x, y = np.array([0.0, 0.0, 3.0]), np.array([0.0, -2.0, 4.0])
    to_x, to_y = gradient(lambda x, y: np.arctan2(x, y).sum(), x, y)
    np.testing.assert_allclose(to_x, [0, -0.5, 4 / 25])
    np.testing.assert_allclose(to_y, [0, 0, -3 / 25])
    z = np.array([1 + 1j, -1 + 0j, 0j])
    (found,) = gradient(lambda z: np.angle(z).sum(), z)
    np.testing.assert_allclose(found, [-0.5 + 0.5j, -1j, 0], atol=1e-16)
    huge = gradient(np.arctan2, 1e200, 1e200)
    np.testing.assert_allclose(huge, (5e-201, -5e-201))


@pytest.mark.parametrize("function", [np.logaddexp, np.logaddexp2])
def test_logarithms_of_nothing(function):
    x, y = np.array([-INF, 0.0, INF, -INF]), np.array([0.0, -INF, 0.0, -INF])
    to_x, to_y = pullback(function, x, y)[1](np.ones(4))
    np.testing.assert_array_equal(to_x, [0, 1, 1, 1])
    np.testing.assert_array_equal(to_y, [1, 0, 0, 1])


def test_remainders_have_the_slopes_of_their_line():
    """x mod y = x - y floor(x / y), and fmod the same with the whole part."""
    x, y = np.array([7.0, -7.0, 7.0, -7.0]), np.array([3.0, 3.0, -3.0, -3.0])
    for f, whole in ((np.remainder, np.floor), (np.fmod, np.trunc)):
        to_x, to_y = gradient(lambda x, y, f=f: f(x, y).sum(), x, y)
        np.testing.assert_array_equal(to_x, np.ones(4))
        np.testing.assert_array_equal(to_y, -whole(x / y))
    to_x, to_y = gradient(lambda x, y: np.divmod(x, y)[1].sum(), x, y)
    np.testing.assert_array_equal(to_y, -np.floor(x / y))


def test_powers_towards_base_and_exponent_at_zero():
    x, y = np.array([0.0, 2.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 2.0])
    to_x, to_y = gradient(lambda x, y: (x**y).sum(), x, y)
    np.testing.assert_array_equal(to_x, [0, 0, 1, 0])
    np.testing.assert_array_equal(to_y, [0, np.log(2.0), 0, 0])


def test_parts_of_a_number():
    x = np.array([3.5, -2.25, 0.0])
    (found,) = gradient(lambda x: np.modf(x)[0].sum(), x)
    np.testing.assert_array_equal(found, [1, 1, 1])
    assert gradient(lambda x: np.modf(x)[1].sum(), x) == (None,)
    (found,) = gradient(lambda x: np.frexp(x)[0].sum(), x)
    np.testing.assert_array_equal(found, [1 / 4, 1 / 4, 1])
    (found,) = gradient(lambda x: np.unwrap(3 * x) @ [1, 2, 4], x)
    np.testing.assert_array_equal(found, [3, 6, 12])


def test_kinks_have_finite_slopes():
    at_zero = lambda f: gradient(f, 0.0)[0]
    slopes = [at_zero(f) for f in (np.abs, np.cbrt, np.sqrt, np.sinc)]
    assert slopes == [0.0, 0.0, 0.0, 0.0]
    assert gradient(np.hypot, 0.0, 0.0) == (0.0, 0.0)
    (found,) = gradient(lambda z: np.abs(z).sum(), np.array([0j, 3 + 4j]))
    np.testing.assert_allclose(found, [0, 0.6 + 0.8j])


def test_quotients_are_counted_exactly():
    """1 / 0.1 rounds to 10, but 0.1 goes into 1 only nine times: 0.1 is a bit more."""
    assert np.fmod(1, 0.1) > 0.09
    assert gradient(lambda y: np.fmod(1.0, y), 0.1) == (-9.0,)
    assert gradient(lambda y: np.remainder(1.0, y), 0.1) == (-9.0,)


def test_zero_to_a_negative_power_is_flat_towards_the_power():
    with np.errstate(divide="ignore"):
        assert gradient(lambda y: np.power(0.0, y), -1.0) == (0.0,)
