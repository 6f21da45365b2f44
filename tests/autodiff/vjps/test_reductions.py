"""Reductions against closed forms, and their choices at ties and zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, valid_tuple_axes

from minigrad import gradient
from minigrad.errors import MutabilityError

ELEMENTS = st.floats(-10, 10, allow_subnormal=False)


@given(st.data(), st.booleans())
def test_sum_and_mean_copy_and_divide(data, keepdims):
    shape = data.draw(array_shapes(max_dims=4, max_side=3))
    axis = data.draw(st.none() | valid_tuple_axes(len(shape)))
    x = np.ones(shape)
    y = np.sum(x, axis=axis, keepdims=keepdims)
    w = np.random.default_rng(0).normal(size=np.shape(y))
    axes = tuple(range(x.ndim)) if axis is None else axis
    stretched = (w if keepdims else np.expand_dims(w, axes)) * x
    n = x.size / max(np.size(y), 1)
    for f, factor in ((np.sum, 1), (np.mean, 1 / n)):
        g = gradient(lambda x, f=f: (f(x, axis=axis, keepdims=keepdims) * w).sum(), x)
        np.testing.assert_allclose(g[0], stretched * factor, rtol=1e-14)


@given(arrays(float, array_shapes(max_dims=2, max_side=5), elements=ELEMENTS))
def test_variance_is_the_mean_square_deviation(x):
    found = gradient(np.var, x)[0]
    expected = gradient(lambda x: np.mean((x - np.mean(x)) ** 2), x)[0]
    np.testing.assert_allclose(found, 2 * (x - x.mean()) / x.size, atol=1e-13)
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_spread_of_equal_numbers_has_slope_zero():
    x = np.full((2, 3), 1.5)
    for f in (np.var, np.std):
        np.testing.assert_array_equal(gradient(f, x)[0], np.zeros((2, 3)))
    rows = np.array([[1.0, 1.0], [1.0, 3.0]])
    found = gradient(lambda x: np.std(x, axis=1).sum(), rows)[0]
    np.testing.assert_array_equal(found, [[0, 0], [-0.5, 0.5]])


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([2.0, 3.0, 4.0], [12, 8, 6]),
        ([0.0, 3.0, 4.0], [12, 0, 0]),
        ([0.0, 3.0, 0.0], [0, 0, 0]),
        ([5.0], [1]),
        ([], []),
    ],
)
def test_prod_is_the_product_of_all_others(x, expected):
    np.testing.assert_array_equal(gradient(np.prod, np.array(x))[0], expected)


def test_second_derivative_of_prod_at_two_zeros():
    """d2 (xyz) / dx dy = z, also where x = y = 0."""
    x = np.array([0.0, 0.0, 4.0])
    row = lambda i: gradient(lambda x: gradient(np.prod, x)[0][i], x)[0]
    np.testing.assert_array_equal(
        [row(i) for i in range(3)], [[0, 4, 0], [4, 0, 0], [0, 0, 0]]
    )


@pytest.mark.parametrize("f", [np.max, np.amax, np.min, np.amin])
def test_of_equal_extremes_the_first_gets_all(f):
    x = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(gradient(f, x)[0], [[1, 0, 0], [0, 0, 0]])
    along = gradient(lambda x: f(x, axis=0).sum(), x)[0]
    np.testing.assert_array_equal(along, [[1, 1, 1], [0, 0, 0]])
    over_both = gradient(lambda x: f(x, axis=(1, 0)), x)[0]
    np.testing.assert_array_equal(over_both, [[1, 0, 0], [0, 0, 0]])


@given(st.data())
def test_max_over_axes_finds_the_right_place(data):
    shape = data.draw(array_shapes(min_dims=1, max_dims=4, max_side=3))
    axis = data.draw(valid_tuple_axes(len(shape), min_size=1))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.permutation(int(np.prod(shape))).reshape(shape) * 1.0
    found = gradient(lambda x: np.max(x, axis=axis).sum(), x)[0]
    expected = x == np.max(x, axis=axis, keepdims=True)
    np.testing.assert_array_equal(found, expected)


def test_softmax_of_huge_numbers():
    def logsumexp(x):
        m = np.max(x)
        return m + np.log(np.sum(np.exp(x - m)))

    found = gradient(logsumexp, np.array([1e4, 1e4, -1e4]))[0]
    np.testing.assert_allclose(found, [0.5, 0.5, 0], rtol=1e-15)


# --- Where to look, and where to start -------------------------------------------

HOLES = np.array([[1.0, np.nan, 3.0], [np.inf, 5.0, -2.0]])
WHERE = np.isfinite(HOLES)


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.std])
@pytest.mark.parametrize("axis", [None, 1, (0, 1)])
def test_what_is_left_out_has_no_influence_at_any_order(f, axis):
    """As if it was not there: also of NaN and infinity nothing comes through."""
    whole = lambda x: np.sum(f(x, axis=axis, where=WHERE) ** 2)
    rows = [([0, 0], [0, 2]), ([1, 1], [1, 2])]
    if axis != 1:
        rows = [np.nonzero(WHERE)]
    parts = lambda x: sum(f(x[row]) ** 2 for row in rows)
    tame = np.where(WHERE, HOLES, 0.0)
    slope = lambda f: lambda x: (gradient(f, x)[0] * np.arange(6.0).reshape(2, 3)).sum()
    for _ in range(2):
        expected = gradient(parts, tame)[0]
        found = gradient(whole, HOLES)[0]
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
        assert (found[~WHERE] == 0).all()
        whole, parts = slope(whole), slope(parts)


@pytest.mark.parametrize(("f", "sign"), [(np.max, 1), (np.min, -1)])
def test_initial_competes_and_wins_ties(f, sign):
    """So `max(x, initial=0)` has slope 0 at 0, as `maximum(x, 0)` has."""
    x = np.array([[1.0, 4.0], [3.0, 2.0]])
    along = lambda initial: gradient(
        lambda x: f(sign * x, axis=1, initial=sign * initial).sum(), x
    )[0]
    np.testing.assert_array_equal(along(0.0), sign * np.array([[0, 1], [1, 0]]))
    np.testing.assert_array_equal(along(3.5), sign * np.array([[0, 1], [0, 0]]))
    np.testing.assert_array_equal(along(3.0), sign * np.array([[0, 1], [0, 0]]))
    np.testing.assert_array_equal(along(5.0), np.zeros((2, 2)))


def test_an_extreme_where_none_is_looked_at_is_initial():
    x = np.array([[1.0, 4.0], [3.0, 2.0]])
    where = np.array([[True, False], [False, False]])
    f = lambda x: np.max(x, axis=1, initial=-9.0, where=where).sum()
    np.testing.assert_array_equal(gradient(f, x)[0], [[1, 0], [0, 0]])
    f = lambda x: np.max(x[:, :0], axis=1, initial=-9.0).sum()
    np.testing.assert_array_equal(gradient(f, x)[0], np.zeros((2, 2)))


def test_initial_is_a_summand_and_a_factor():
    x = np.array([2.0, 0.0, 4.0])
    np.testing.assert_array_equal(
        gradient(lambda x: np.sum(x, initial=7.0) ** 2, x)[0], np.full(3, 26.0)
    )
    np.testing.assert_array_equal(
        gradient(lambda x: np.prod(x, initial=7.0), x)[0], [0, 56, 0]
    )


# --- Variances -------------------------------------------------------------------


def test_variance_about_a_mean_that_is_given():
    """It grows where the numbers move, and the mean does not: 2 (x - m) / n."""
    x, m = np.array([1.0, 2.0, 6.0]), 2.0
    to_x, to_m = gradient(lambda x, m: np.var(x, mean=m), x, m)
    np.testing.assert_allclose(to_x, 2 * (x - m) / 3, rtol=1e-15)
    assert to_m == pytest.approx(-2 * (x - m).mean(), rel=1e-15)


def test_variance_of_complex_numbers_is_the_mean_square_distance():
    """It has no complex derivative: it is the sum of two real variances."""
    z = np.array([1 + 2j, 3 - 1j, -2 + 0.5j])
    found = gradient(np.var, z)[0]
    expected = gradient(np.var, z.real)[0] + 1j * gradient(np.var, z.imag)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [np.var, np.std])
def test_too_few_numbers_have_no_slope(f):
    """Their variance is NaN, by a warning of NumPy's."""
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert np.isnan(f(x[:, :1], axis=1, ddof=1)).all()
    found = gradient(lambda x: f(x[:, :1], axis=1, ddof=1).sum(), x)[0]
    np.testing.assert_array_equal(found, np.zeros((2, 2)))


def test_ptp_pulls_the_ends_apart():
    x = np.array([[3.0, 1.0, 7.0], [2.0, 2.0, 2.0]])
    found = gradient(lambda x: np.ptp(x, axis=1).sum(), x)[0]
    np.testing.assert_array_equal(found, [[0, -1, 1], [0, 0, 0]])


# --- What is refused -------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda x, out: np.sum(x, 0, None, out),
        lambda x, out: np.mean(x, 0, None, out),
        lambda x, out: np.max(x, 0, out),
        lambda x, out: np.var(x, 0, None, out),
        lambda x, out: np.std(x, 0, None, out),
        lambda x, out: np.ptp(x, 0, out),
        lambda x, out: np.median(x, 0, out),
        lambda x, out: np.quantile(x, 0.5, 0, out),
        lambda x, out: np.nansum(x, 0, None, out),
        lambda x, out: np.nanvar(x, 0, None, out),
        lambda x, out: np.cumprod(x[0], 0, None, out),
        lambda x, out: np.nancumsum(x[0], 0, None, out),
    ],
)
def test_out_in_its_place_is_refused(call):
    out = np.zeros(3)
    with pytest.raises(MutabilityError, match="writes into an array"):
        gradient(lambda x: call(x, out).sum(), np.ones((2, 3)))
    assert (out == 0).all()
