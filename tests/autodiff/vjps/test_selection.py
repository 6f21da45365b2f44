"""Selection: what arrives is sent back to the places that it was taken from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from numpy.lib.stride_tricks import sliding_window_view

from minigrad import gradient, pullback
from minigrad.errors import NoGradientError

from .test_shapes import origins

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.take(x, [5, 5, -1]),
        lambda x: np.take(x, [[0, 2], [2, 2]], axis=1),
        lambda x: np.take(x, [9, -9], axis=-1, mode="wrap"),
        lambda x: np.take(x, [9, -9], axis=-1, mode="clip"),
        lambda x: np.take_along_axis(x, np.array([[[0, 3, 3]]]), axis=2),
        lambda x: np.compress([False, True, True], x, axis=1),
        lambda x: np.extract(X % 3 == 0, x),
        lambda x: np.delete(x, [0, 2], axis=1),
        lambda x: np.delete(x, slice(1, 20, 3)),
        lambda x: np.insert(x, [0, 0, 2], x[:, 1:2], axis=1),
        lambda x: np.insert(x, 1, x[0], axis=0),
        lambda x: np.resize(x, (5, 7)),
        lambda x: np.rot90(x, 3, axes=(2, 1)),
        lambda x: np.diagonal(x, -1, 2, 0),
        lambda x: sliding_window_view(x, (2, 3), axis=(1, 2)),
    ],
)
def test_numbers_go_back_where_they_came_from(call):
    origins(call, X)


@given(st.data())
def test_take_in_any_mode(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    places = data.draw(st.lists(st.integers(-9, 9), max_size=5))
    mode = data.draw(st.sampled_from(["wrap", "clip"]))
    origins(
        lambda x: np.take(x, np.array(places, int), axis, mode=mode), np.ones(shape)
    )


@given(st.data())
def test_diagonals_of_any_offset(data):
    shape = data.draw(array_shapes(min_dims=2, max_dims=3, max_side=4))
    axes = data.draw(st.permutations(range(len(shape))))[:2]
    k = data.draw(st.integers(-5, 5))
    origins(lambda x: np.diagonal(x, k, *axes), np.ones(shape))
    w = np.random.default_rng(0).normal(size=np.trace(np.ones(shape), k, *axes).shape)
    g = gradient(lambda x: (np.trace(x, k, *axes) * w).sum(), np.ones(shape))[0]
    on = np.eye(shape[axes[0]], shape[axes[1]], k)
    expected = np.moveaxis(np.multiply.outer(on, w), (0, 1), axes)
    np.testing.assert_array_equal(g, expected)


@pytest.mark.parametrize("k", [-1, 0, 2])
def test_matrices_from_a_diagonal(k):
    w = np.random.default_rng(0).normal(size=(3 + abs(k), 3 + abs(k)))
    for f in (np.diag, np.diagflat):
        g = gradient(lambda x, f=f: (f(x, k) * w).sum(), np.ones(3))[0]
        np.testing.assert_array_equal(g, np.diag(w, k))


@pytest.mark.parametrize(("f", "k"), [(np.tril, 0), (np.triu, 1), (np.tril, -1)])
def test_triangles_keep_their_half_of_the_gradient(f, k):
    w = np.random.default_rng(0).normal(size=(2, 3, 4))
    (g,) = gradient(lambda x: (f(x, k) * w).sum(), X)
    np.testing.assert_array_equal(g, f(w, k))
    (g,) = gradient(lambda x: (f(x, k) * w[0, :, :3]).sum(), np.ones(3))
    np.testing.assert_array_equal(g, f(w[0, :, :3], k).sum(axis=0))


def test_a_triangle_does_not_see_what_it_leaves_out():
    x = np.array([[1.0, np.nan], [2.0, 3.0]])
    value, back = pullback(np.tril, x)
    np.testing.assert_array_equal(value, [[1, 0], [2, 3]])
    np.testing.assert_array_equal(back(np.ones((2, 2)))[0], [[1, 0], [1, 1]])


def test_insert_takes_on_the_type_of_the_array():
    x, y = np.ones(2, np.float32), np.array([2.0, 3.0])
    value, back = pullback(lambda x, y: np.insert(x, 1, y), x, y)
    np.testing.assert_array_equal(value, [1, 2, 3, 1])
    to_x, to_y = back(np.array([10, 20, 30, 40], np.float32))
    assert (value.dtype, to_x.dtype, to_y.dtype) == (np.float32, np.float32, np.float64)
    np.testing.assert_array_equal(to_x, [10, 40])
    np.testing.assert_array_equal(to_y, [20, 30])


def test_trimmed_zeros_have_gradient_zero():
    x = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 0.0])
    (g,) = gradient(lambda x: np.trim_zeros(x).sum(), x)
    np.testing.assert_array_equal(g, [0, 1, 1, 1, 0, 0])
    (g,) = gradient(lambda x: np.trim_zeros(x, "f").sum(), x)
    np.testing.assert_array_equal(g, [0, 1, 1, 1, 1, 1])


def test_a_moving_average_counts_each_number_in_all_its_windows():
    (g,) = gradient(lambda x: sliding_window_view(x, 3).mean(axis=1).sum(), np.ones(5))
    np.testing.assert_allclose(g, np.array([1, 2, 3, 2, 1]) / 3, rtol=1e-15)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.take(x, [3], axis=0),
        lambda x: np.compress([[True]], x),
        lambda x: np.compress([True] * 9, x),
        lambda x: np.delete(x, 7, axis=0),
        lambda x: np.insert(x, 9, 1.0, axis=0),
        lambda x: np.insert(x, [0, 1], np.ones(3)),
        lambda x: np.resize(x, -1),
        lambda x: np.diagonal(x, 0, 1, 1),
        lambda x: np.diag(x[None]),
        lambda x: np.trim_zeros(x[0], "x"),
        lambda x: np.rot90(x, axes=(0, 0)),
    ],
)
def test_what_numpy_refuses_is_refused_here(call):
    with pytest.raises((ValueError, IndexError, TypeError)) as expected:
        call(np.ones((2, 3)))
    with pytest.raises(expected.type):
        gradient(lambda x: call(x).sum(), np.ones((2, 3)))


@pytest.mark.parametrize(
    "call",
    [
        lambda x, i: np.take(x, i),
        lambda x, i: np.repeat(x, i),
        lambda x, i: np.take_along_axis(x, np.reshape(i, 1), 0),
        lambda x, i: np.tile(x, i),
        lambda x, i: np.roll(x, i),
        lambda x, i: np.broadcast_to(x, (i, 3)),
        lambda x, i: np.reshape(x, (i, 3)),
    ],
)
def test_places_and_counts_carry_no_gradient_and_may_not_be_tracked(call):
    with pytest.raises(NoGradientError, match=r"plain (array|number)|as an argument"):
        gradient(lambda x, i: call(x, i).sum(), np.ones(3), 1.0)
