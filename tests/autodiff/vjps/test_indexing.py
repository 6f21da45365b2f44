"""Reading at places, and its adjoint, adding at places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

from minigrad import gradient, pullback

X = np.arange(24.0).reshape(2, 3, 4)


def adjoint(x, index, w):
    """By NumPy's unbuffered addition: each place as often as it was read."""
    expected = np.zeros(x.shape)
    np.add.at(expected, index, w)
    return expected


def check(x, index):
    y, back = pullback(lambda x: x[index], x)
    np.testing.assert_array_equal(y, x[index])
    w = np.random.default_rng(0).normal(size=np.shape(y))
    np.testing.assert_allclose(back(w)[0], adjoint(x, index, w), rtol=1e-14)


@given(st.data())
def test_any_basic_index(data):
    shape = data.draw(array_shapes(max_dims=4, max_side=4))
    check(np.ones(shape), data.draw(basic_indices(shape, allow_newaxis=True)))


@given(st.data())
def test_any_integer_arrays(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    check(np.ones(shape), data.draw(integer_array_indices(shape)))


@given(st.data())
def test_any_mask(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=3))
    mask = np.random.default_rng(data.draw(st.integers(0, 99))).random(shape) < 0.5
    check(np.ones(shape), mask)
    check(np.ones((*shape, 2)), (mask, 1))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([0, 0, 2], [2, 0, 1]),
        (np.array([[0, 1], [1, 1]]), [1, 3, 0]),
        ([-1, 2], [0, 0, 2]),
        (slice(None, None, -2), [1, 0, 1]),
        ([], [0, 0, 0]),
    ],
)
def test_a_place_read_twice_gets_twice(index, expected):
    (g,) = gradient(lambda x: x[index].sum(), np.ones(3))
    np.testing.assert_array_equal(g, expected)


def test_tuples_that_mix_all_kinds():
    check(X, (0, [0, 0, 1], slice(None, None, -1)))
    check(X, (slice(None), None, [1, 1], ..., [True, False, True, False]))
    check(X, (..., np.newaxis, -1))


def test_mask_made_from_the_tracked_array_itself():
    x = np.array([-1.0, 2.0, 3.0])
    (g,) = gradient(lambda x: (x[x > 0] ** 2).sum(), x)
    np.testing.assert_array_equal(g, [0, 4, 6])
    (g,) = gradient(lambda x: x[np.argmax(x)] ** 2, x)
    np.testing.assert_array_equal(g, [0, 0, 6])


def test_index_of_a_plain_array_by_a_tracked_mask():
    w = np.array([1.0, 10.0, 100.0])
    (g,) = gradient(lambda x: (w[x > 0] * x[x > 0]).sum(), np.array([1.0, -1.0, 1.0]))
    np.testing.assert_array_equal(g, [1, 0, 100])


def test_second_derivative_through_repeated_places():
    x = np.array([1.0, 2.0])
    inner = lambda x: gradient(lambda x: (x[[0, 0, 1]] ** 3).sum(), x)[0]
    (g,) = gradient(lambda x: inner(x).sum(), x)
    np.testing.assert_array_equal(g, [12, 12])
