"""Reductions against closed forms, and their choices at ties and zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, valid_tuple_axes

from minigrad import gradient

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


def test_cumsum_sums_from_the_far_end():
    found = gradient(lambda x: (np.cumsum(x) * [1, 10, 100]).sum(), np.ones(3))[0]
    np.testing.assert_array_equal(found, [111, 110, 100])


def test_softmax_of_huge_numbers():
    def logsumexp(x):
        m = np.max(x)
        return m + np.log(np.sum(np.exp(x - m)))

    found = gradient(logsumexp, np.array([1e4, 1e4, -1e4]))[0]
    np.testing.assert_allclose(found, [0.5, 0.5, 0], rtol=1e-15)
