"""Activations: values and derivatives, extremes, dtypes, and where a slope jumps."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from minigrad import check_gradient, gradient, pullback
from minigrad.errors import ShapeError
from minigrad.nn import activations
from minigrad.nn.activations import (
    celu,
    elu,
    gelu,
    glu,
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    leakyrelu,
    lisht,
    logcosh,
    logsigmoid,
    logsoftmax,
    logsumexp,
    mish,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    softmax,
    softplus,
    softshrink,
    softsign,
    swish,
    tanh,
    tanhshrink,
    trelu,
)

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())

STEPS = [sigmoid, tanh, softsign, hardsigmoid, hardtanh]
RAMPS = [relu, leakyrelu, relu6, trelu, softplus, logsigmoid, elu, celu, selu]
GATED = [gelu, swish, mish, hardswish, lisht]
FLAT_AT_0 = [softshrink, tanhshrink, logcosh]
ELEMENTWISE = [identity, *STEPS, *RAMPS, *GATED, *FLAT_AT_0]
OVER_AN_AXIS = [softmax, logsoftmax, logsumexp]
FLOATS = [np.float32, np.float64]


def derivative(f):
    """The derivative of an elementwise function; where it is constant, zeros."""

    def slope(x):
        (found,) = gradient(lambda x: np.sum(f(x)), x)
        return np.zeros_like(x) if found is None else found

    return slope


def central_difference(f, x, direction, h=1e-5):
    return (f(x + h * direction) - f(x - h * direction)) / (2 * h)


# --- Values and derivatives ----------------------------------------------------


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("name", REFERENCE["activations"])
def test_elementwise_agree_with_pytorch_to_third_order(name, order):
    case = REFERENCE["activations"][name]
    f = getattr(activations, name)
    for _ in range(order):
        f = derivative(f)
    found = f(np.array(case["x"]))
    np.testing.assert_allclose(found, case["orders"][order], rtol=2e-14, atol=1e-15)


@pytest.mark.parametrize("name", REFERENCE["scores"])
def test_functions_over_an_axis_agree_with_pytorch_to_second_order(name):
    case = REFERENCE["scores"][name]
    function, axis = name.split()
    f, axis = getattr(activations, function), int(axis)
    x, w = np.array(case["x"]), np.array(case["w"])
    keep = {"keepdims": True} if f is logsumexp else {}

    def first(x):
        return gradient(lambda x: np.sum(w * f(x, axis=axis, **keep)), x)[0]

    second = gradient(lambda x: np.sum(w * first(x) ** 2), x)[0]
    np.testing.assert_allclose(f(x, axis), case["value"], rtol=1e-15)
    np.testing.assert_allclose(first(x), case["first"], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(second, case["second"], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), None])
@pytest.mark.parametrize("f", OVER_AN_AXIS)
def test_any_axis_against_finite_differences(f, axis):
    rng = np.random.default_rng(0)
    x, direction = rng.normal(size=(2, 2, 3, 4))
    weights = rng.normal(size=np.shape(f(x, axis=axis)))

    def weighted(x):
        return np.sum(weights * f(x, axis=axis))

    slope = np.sum(direction * gradient(weighted, x)[0])
    expected = central_difference(weighted, x, direction)
    np.testing.assert_allclose(slope, expected, rtol=1e-7)


@pytest.mark.parametrize("f", [softmax, logsoftmax])
def test_third_order_of_functions_over_an_axis(f):
    rng = np.random.default_rng(1)
    x, direction, w = rng.normal(size=(3, 2, 3))

    def first(x):
        return gradient(lambda x: np.sum(w * f(x) ** 2), x)[0]

    def second(x):
        return gradient(lambda x: np.sum(w * first(x) ** 2), x)[0]

    third = gradient(lambda x: np.sum(w * second(x)), x)[0]
    expected = central_difference(lambda x: np.sum(w * second(x)), x, direction)
    np.testing.assert_allclose(np.sum(direction * third), expected, rtol=1e-6)


def test_gelu_is_the_tanh_approximation_of_the_exact_one():
    from math import erf

    x = np.linspace(-5, 5, 101)
    exact = np.array([t / 2 * (1 + erf(t / 2**0.5)) for t in x])
    assert 1e-4 < np.max(np.abs(gelu(x) - exact)) < 5e-4


@pytest.mark.parametrize(
    ("f", "x", "printed"),
    [
        (lambda x: leakyrelu(x, 1 / 5), -10, "-2.0"),
        (lambda x: leakyrelu(x, 1 / 20), -10, "-0.5"),
        (elu, -10, "-0.9999546"),
        (lambda x: elu(x, 2), -10, "-1.9999092"),
        (celu, -10, "-0.9999546"),
        (selu, -10, "-1.7580194"),
        (softsign, 1, "0.5"),
        (softsign, 100, "0.990099"),
        (softplus, 16, "16.0"),
        (tanhshrink, -10, "-9.0"),
        (tanhshrink, 10, "9.0"),
        (softshrink, -10, "-9.5"),
        (softshrink, 10, "9.5"),
        (sigmoid, 0.2, "0.54983395"),
        (hardsigmoid, 0.2, "0.53333336"),
    ],
)
def test_numbers_that_nnlib_prints(f, x, printed):
    found = f(np.float32(x))
    np.testing.assert_allclose(found, float(printed), rtol=np.finfo(np.float32).eps)


def test_leakyrelu_of_the_documentation():
    assert leakyrelu(-0.1) == -0.001


# --- Where a slope jumps -------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        *((f, 0.0) for f in (relu, relu6, trelu, lisht, *FLAT_AT_0)),
        *((f, 0.5) for f in (swish, gelu, hardswish, logsigmoid, softplus)),
        *((f, 1.0) for f in (elu, celu, softsign, hardtanh)),
        (leakyrelu, 0.01),
        (selu, 1.0507009873554805 * 1.6732632423543772),
        (hardsigmoid, 1 / 6),
    ],
)
def test_slope_at_zero(f, slope):
    assert gradient(f, 0.0) == (slope,)


@pytest.mark.parametrize(
    ("f", "x", "slopes"),
    [
        (relu6, [0, 6], [0, 0]),
        (hardtanh, [-1, 1], [0, 0]),
        (hardsigmoid, [-3, 3], [0, 0]),
        (hardswish, [-3, 3], [0, 1]),
        (softshrink, [-0.5, 0.5], [0, 0]),
        (trelu, [1, np.nextafter(1, 2)], [0, 1]),
    ],
)
def test_slope_where_pieces_meet(f, x, slopes):
    np.testing.assert_array_equal(derivative(f)(np.array(x, float)), slopes)


def test_elu_takes_the_slope_from_below():
    assert gradient(lambda x: elu(x, alpha=3.0), 0.0) == (3.0,)


# --- Extremes ------------------------------------------------------------------

# Values and slopes at -10,000 and at 10,000.
LIMITS = {
    identity: ([-1e4, 1e4], [1, 1]),
    relu: ([0, 1e4], [0, 1]),
    leakyrelu: ([-100, 1e4], [0.01, 1]),
    sigmoid: ([0, 1], [0, 0]),
    tanh: ([-1, 1], [0, 0]),
    softplus: ([0, 1e4], [0, 1]),
    elu: ([-1, 1e4], [0, 1]),
    gelu: ([0, 1e4], [0, 1]),
    swish: ([0, 1e4], [0, 1]),
    celu: ([-1, 1e4], [0, 1]),
    hardsigmoid: ([0, 1], [0, 0]),
    hardswish: ([0, 1e4], [0, 1]),
    hardtanh: ([-1, 1], [0, 0]),
    lisht: ([1e4, 1e4], [-1, 1]),
    logcosh: ([1e4 - np.log(2), 1e4 - np.log(2)], [-1, 1]),
    logsigmoid: ([-1e4, 0], [1, 0]),
    mish: ([0, 1e4], [0, 1]),
    relu6: ([0, 6], [0, 0]),
    selu: (
        [-1.0507009873554805 * 1.6732632423543772, 1.0507009873554805e4],
        [0, 1.0507009873554805],
    ),
    softshrink: ([-9999.5, 9999.5], [1, 1]),
    tanhshrink: ([-9999, 9999], [1, 1]),
    trelu: ([0, 1e4], [0, 1]),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("f", LIMITS)
def test_elementwise_far_out(f, dtype):
    x = np.array([-1e4, 1e4], dtype)
    values, slopes = (np.array(limit, dtype) for limit in LIMITS[f])
    np.testing.assert_array_equal(f(x), values, strict=True)
    np.testing.assert_array_equal(derivative(f)(x), slopes, strict=True)
    np.testing.assert_array_equal(derivative(derivative(f))(x), 0 * x, strict=True)
    np.testing.assert_array_equal(
        derivative(derivative(derivative(f)))(x), 0 * x, strict=True
    )


@pytest.mark.parametrize("dtype", FLOATS)
def test_softsign_far_out_still_has_a_slope(dtype):
    x, precision = np.array([-1e4, 1e4], dtype), 4 * np.finfo(dtype).eps
    f, size = softsign, 10_001.0
    np.testing.assert_allclose(f(x), [1 / size - 1, 1 - 1 / size], rtol=precision)
    for slopes in ([size**-2] * 2, [2 * size**-3, -2 * size**-3], [6 * size**-4] * 2):
        f = derivative(f)
        np.testing.assert_allclose(f(x), slopes, rtol=precision)
        assert f(x).dtype == dtype


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_over_an_axis_far_out(dtype):
    x = np.array([[1e4, -1e4, 1e4], [-1e4, -1e4, -1e4]], dtype)
    half, third = [0.5, 0, 0.5], [1 / 3] * 3
    probabilities = np.array([half, third], dtype)
    logs = np.log(np.array([2, 3], dtype))
    np.testing.assert_array_equal(softmax(x), probabilities, strict=True)
    np.testing.assert_array_equal(logsumexp(x), x[:, 0] + logs, strict=True)
    lowered = np.array([[0, -2e4, 0], [0, 0, 0]], dtype) - logs[:, None]
    np.testing.assert_array_equal(logsoftmax(x), lowered, strict=True)

    weights = np.array([1, 2, 4], dtype)
    slopes = derivative(lambda x: weights * softmax(x))(x)
    expected = probabilities * (weights - probabilities @ weights[:, None])
    np.testing.assert_allclose(slopes, expected, rtol=1e-6, strict=True)
    slopes = derivative(lambda x: weights * logsoftmax(x))(x)
    np.testing.assert_allclose(
        slopes, weights - 7 * probabilities, atol=1e-6, strict=True
    )
    slopes = derivative(logsumexp)(x)
    np.testing.assert_allclose(slopes, probabilities, rtol=1e-6, strict=True)


@pytest.mark.parametrize(("dtype", "x"), [(np.float32, -80), (np.float64, -700)])
@pytest.mark.parametrize("f", [sigmoid, softplus])
def test_tiny_values_are_precise(f, dtype, x):
    x = dtype(x)  # exp(x) is small, but a normal number
    precision = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(f(x), np.exp(x), rtol=precision)
    np.testing.assert_allclose(gradient(f, x)[0], np.exp(x), rtol=precision)


@pytest.mark.parametrize("f", ELEMENTWISE + OVER_AN_AXIS)
def test_nan_stays_visible(f):
    assert np.isnan(np.ravel(f(np.array([np.nan, 1.0])))[0])


@pytest.mark.parametrize(("dtype", "x"), [(np.float32, 1e-3), (np.float64, 1e-5)])
def test_logcosh_is_precise_near_zero(dtype, x):
    found = logcosh(np.array([-x, x], dtype)) / dtype(x) ** 2
    np.testing.assert_allclose(
        found, 0.5, rtol=4 * max(np.finfo(dtype).eps, x * x / 24)
    )


def test_logcosh_has_no_step_between_its_formulas():
    x = np.array([np.nextafter(1, 0), 1.0])
    np.testing.assert_allclose(logcosh(x), np.log(np.cosh(1)), rtol=4e-16)


def test_masked_scores():
    x = np.array([0.0, -np.inf, np.log(3)])
    np.testing.assert_allclose(softmax(x), [0.25, 0, 0.75])
    np.testing.assert_allclose(logsoftmax(x), [np.log(0.25), -np.inf, np.log(0.75)])
    np.testing.assert_allclose(logsumexp(x), np.log(4))
    np.testing.assert_allclose(gradient(logsumexp, x)[0], [0.25, 0, 0.75])
    np.testing.assert_allclose(
        gradient(lambda x: softmax(x)[0], x)[0], [0.1875, 0, -0.1875]
    )


def test_logsumexp_of_nothing_but_minus_infinity():
    x = np.array([[-np.inf, -np.inf], [0.0, -np.inf]])
    np.testing.assert_array_equal(logsumexp(x), [-np.inf, 0])


# --- Types, shapes, names ------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, *FLOATS])
@pytest.mark.parametrize("f", ELEMENTWISE + OVER_AN_AXIS)
def test_the_dtype_of_floats_is_kept(f, dtype):
    x = np.array([[-2.0, 0.0, 3.0]], dtype)
    assert f(x).dtype == dtype
    slope = gradient(lambda x: np.sum(f(x)), x)[0]
    assert slope.dtype == dtype and slope.shape == x.shape


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int32, np.int64])
@pytest.mark.parametrize(
    "f", [f for f in (*ELEMENTWISE, *OVER_AN_AXIS) if f not in (identity, relu, tanh)]
)
def test_integers_count_as_float64(f, dtype):
    x = np.array([[0, 1, 100]], dtype)
    np.testing.assert_array_equal(f(x), f(x.astype(np.float64)), strict=True)


def test_gelu_of_integers_whose_cube_is_no_integer_of_theirs():
    assert gelu(np.array([10_000], np.int32)) == 10_000


def test_relu_of_integers_stays_integer():
    found = relu(np.array([-3, 0, 3]))
    np.testing.assert_array_equal(found, np.array([0, 0, 3]), strict=True)


@pytest.mark.parametrize("f", ELEMENTWISE)
def test_numbers_give_numbers(f):
    for x in (2.0, 2, np.float64(2)):
        assert np.ndim(f(x)) == 0 and not isinstance(f(x), np.ndarray)
        assert f(x) == f(np.array([2.0]))[0]
    assert isinstance(gradient(f, 2.0)[0], float)
    assert gradient(f, 2) == gradient(f, 2.0)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
@pytest.mark.parametrize("f", ELEMENTWISE)
def test_any_shape(f, shape):
    x = np.full(shape, 0.5)
    assert np.shape(f(x)) == shape
    assert derivative(f)(x).shape == shape


@pytest.mark.parametrize("f", OVER_AN_AXIS)
def test_no_rows_no_classes_and_no_such_axis(f):
    assert f(np.ones((0, 3)), axis=-1).shape == ((0,) if f is logsumexp else (0, 3))
    with pytest.raises(ValueError, match="zero-size array"):
        f(np.ones((3, 0)))
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        f(np.ones((3, 2)), axis=2)


def test_keepdims():
    x = np.arange(6.0).reshape(2, 3)
    assert logsumexp(x, axis=0, keepdims=True).shape == (1, 3)
    assert logsumexp(x, axis=None, keepdims=True).shape == (1, 1)
    assert isinstance(logsumexp(x, axis=None), np.float64)


@pytest.mark.parametrize("f", ELEMENTWISE[1:] + OVER_AN_AXIS)
def test_each_is_one_entry_on_the_tape(f):
    _, back = pullback(f, np.ones(3))
    assert len(back.tape) == 2


@pytest.mark.parametrize("name", activations.__all__)
def test_names_as_models_print_them(name):
    assert getattr(activations, name).__name__ == name


# --- Halves ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
def test_glu_far_out(dtype):
    x = np.array([[2, 3, -1e4, 1e4]], dtype)
    np.testing.assert_array_equal(glu(x), np.array([[0, 3]], dtype), strict=True)
    expected = np.array([[0, 1, 0, 0]], dtype)
    np.testing.assert_array_equal(derivative(glu)(x), expected, strict=True)


def test_glu_of_any_axis_and_of_integers():
    x = np.arange(12).reshape(2, 3, 2)
    np.testing.assert_array_equal(glu(x), glu(1.0 * x), strict=True)
    assert glu(x).shape == (2, 3, 1) and glu(x, axis=0).shape == (1, 3, 2)
    np.testing.assert_array_equal(glu(x.T, axis=0), glu(x).T)
    assert check_gradient(lambda x: np.sum(glu(x, axis=0) ** 2), 0.1 * x)


def test_glu_of_an_odd_size():
    with pytest.raises(ShapeError, match=r"axis -1, and x of shape \(2, 3\) has"):
        glu(np.ones((2, 3)))


# --- Random slopes ---------------------------------------------------------------


def test_slopes_of_rrelu():
    x = np.full((100, 200), -2.0)
    slopes = rrelu(x, rng=0) / x
    assert slopes.min() >= 1 / 8 and slopes.max() <= 1 / 3
    spread = (1 / 3 - 1 / 8) / np.sqrt(12 * x.size)
    assert abs(slopes.mean() - (1 / 3 + 1 / 8) / 2) < 4 * spread
    np.testing.assert_array_equal(rrelu(-x, rng=0), -x)
    np.testing.assert_array_equal(rrelu(x, rng=1), rrelu(x, rng=1))
    assert np.all(rrelu(x, 0.5, 0.5) == -1) and np.any(rrelu(x) != rrelu(x))


def test_the_gradient_of_rrelu_is_that_of_its_value():
    x = np.array([-1.0, -2.0, 3.0], np.float32)
    slopes = derivative(lambda x: rrelu(x, rng=0))(x)
    np.testing.assert_allclose(slopes, rrelu(x, rng=0) / x, rtol=1e-6)
    assert slopes.dtype == rrelu(x, rng=0).dtype == np.float32
    assert rrelu(-2, rng=0) == rrelu(-2.0, rng=0)


# --- Slopes that are trained ---------------------------------------------------


@pytest.mark.parametrize("f", [leakyrelu, elu, celu, softshrink])
def test_the_second_argument_can_be_trained(f):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3))
    slope = np.array([0.1, 0.25, 2.0])
    direction = rng.normal(size=3)

    def weighted(slope):
        return np.sum(x * f(x, slope))

    found = gradient(weighted, slope)[0]
    expected = central_difference(weighted, slope, direction)
    assert found.shape == (3,)
    np.testing.assert_allclose(np.sum(direction * found), expected, rtol=1e-8)


@pytest.mark.parametrize("f", [leakyrelu, elu, celu, softshrink, trelu])
def test_a_setting_computed_by_numpy_leaves_float32_alone(f):
    x = np.array([-2.0, 1.0], np.float32)
    for number in (np.float64(0.5), np.float32(0.5), np.int64(2)):
        expected = f(x, float(number))
        np.testing.assert_array_equal(f(x, number), expected, strict=True)
        assert derivative(lambda x, n=number: f(x, n))(x).dtype == np.float32


def test_the_threshold_of_trelu():
    x = np.array([-np.inf, 0.2, 0.3, np.inf])
    np.testing.assert_array_equal(trelu(x, theta=0.2), [0, 0, 0.3, np.inf])
    np.testing.assert_array_equal(
        trelu(x, np.array([-1, 0, 1, 1])), [0, 0.2, 0, np.inf]
    )
    assert gradient(lambda theta: trelu(2.0, theta), 1.0) == (None,)


def test_the_second_argument_by_keyword():
    x = np.array([-2.0, 1.0])
    np.testing.assert_array_equal(leakyrelu(x, a=0.5), [-1, 1])
    np.testing.assert_array_equal(
        derivative(lambda x: leakyrelu(x, a=0.5))(x), [0.5, 1]
    )
    assert gradient(lambda a: np.sum(leakyrelu(x, a=a)), 0.5) == (-2.0,)
    np.testing.assert_array_equal(derivative(lambda x: elu(x, alpha=0.0))(x), [0, 1])


# --- Properties ----------------------------------------------------------------

SCORES = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=1, max_dims=3, max_side=4),
    elements=st.floats(-1e4, 1e4),
)


@given(SCORES)
def test_softmax_is_a_distribution(x):
    p = softmax(x)
    assert np.all(p >= 0)
    np.testing.assert_allclose(np.sum(p, axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(logsoftmax(x)), p, rtol=1e-11, atol=1e-300)


@given(SCORES)
def test_logsumexp_is_a_smooth_maximum(x):
    largest = np.max(x, axis=-1)
    assert np.all(logsumexp(x) >= largest)
    assert np.all(logsumexp(x) <= largest + np.log(x.shape[-1]) + 1e-11)


@given(SCORES)
def test_symmetries(x):
    np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1, rtol=1e-15)
    np.testing.assert_allclose(softplus(x) - softplus(-x), x, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(swish(x) - swish(-x), x, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(gelu(x) - gelu(-x), x, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(relu(x) - relu(-x), x)
    np.testing.assert_array_equal(logsigmoid(x), -softplus(-x))
    for even in (lisht, logcosh):
        np.testing.assert_array_equal(even(-x), even(x))
    for odd in (softsign, hardtanh, softshrink, tanhshrink):
        np.testing.assert_array_equal(odd(-x), -odd(x))
