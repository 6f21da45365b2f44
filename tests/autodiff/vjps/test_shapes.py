"""Functions that move numbers: what arrives is sent back to where it came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, broadcastable_shapes

from minigrad import gradient, pullback
from minigrad.errors import MutabilityError, NoGradientError

X = np.arange(24.0).reshape(2, 3, 4)


def origins(call, x=X):
    """Send back the numbers 1, 2, ...: how `call` moved each entry of `x`.

    The adjoint of a function that only moves and copies is found without any
    calculus, by moving the entries' own places.
    """
    y, back = pullback(call, x)
    w = np.arange(1.0, np.size(y) + 1).reshape(np.shape(y))
    places = call(np.arange(x.size).reshape(x.shape))
    expected = np.bincount(places.reshape(-1), w.reshape(-1), minlength=x.size)
    np.testing.assert_array_equal(back(w)[0], expected.reshape(x.shape))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.reshape(x, (6, 4), order="F"),
        lambda x: np.ravel(x, order="F"),
        lambda x: np.transpose(x, (2, 0, 1)),
        lambda x: np.moveaxis(x, [0, 2], [1, 0]),
        lambda x: np.roll(x, (1, -2), (0, 2)),
        lambda x: np.roll(x, 5, axis=None),
        lambda x: np.flip(x, (0, 2)),
        lambda x: np.tile(x, (2, 1, 1, 3)),
        lambda x: np.tile(x, (2,)),
        lambda x: np.repeat(x, [2, 0, 1], axis=1),
        lambda x: np.repeat(x, 3),
        lambda x: np.broadcast_to(x, (2, 2, 3, 4)),
        lambda x: np.concatenate([x, x[:, :1]], axis=1),
        lambda x: np.stack([x, x], axis=-1),
        lambda x: np.hstack([x, x]),
        lambda x: np.vstack([x, x[:1]]),
        lambda x: np.split(x, [1, 3], axis=-1)[1],
        lambda x: np.array_split(x, 3, axis=2)[0],
        lambda x: x.T.reshape(-1)[::-2],
    ],
)
def test_numbers_go_back_where_they_came_from(call):
    origins(call)


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_order_is_that_of_the_array_in_memory(order):
    for x in (X, np.asfortranarray(X), X[:, ::-1]):
        y, back = pullback(lambda x: np.ravel(x, order=order), x)
        np.testing.assert_array_equal(y, np.ravel(x, order=order))
        np.testing.assert_array_equal(back(y)[0], x)


@given(array_shapes(max_dims=3, max_side=3), st.data())
def test_broadcast_to_sums_the_copies(shape, data):
    target = data.draw(broadcastable_shapes(shape, min_dims=len(shape), max_side=3))
    target = np.broadcast_shapes(shape, target)
    origins(lambda x: np.broadcast_to(x, target), np.zeros(shape))


def test_joining_mixes_tracked_and_plain_and_dtypes():
    x, y = np.ones((1, 2), np.float32), np.ones((1, 2))
    rows = [[5.0, 6.0]]
    f = lambda x, y: (np.concatenate([x, rows, y]) * [[1], [2], [3]]).sum()
    to_x, to_y = gradient(f, x, y)
    assert (to_x.dtype, to_y.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(to_x, [[1, 1]])
    np.testing.assert_array_equal(to_y, [[3, 3]])


def test_astype_carries_the_gradient_back_to_the_first_type():
    x = np.array([1.0, 2.0], np.float32)
    (g,) = gradient(lambda x: (x.astype(np.float64) ** 2).sum(), x)
    assert g.dtype == np.float32
    np.testing.assert_array_equal(g, [2, 4])
    assert gradient(lambda x: x.astype(int).sum() * 1.0, x) == (None,)


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
@pytest.mark.parametrize(
    "x",
    [
        X.transpose(1, 0, 2),
        X.transpose(2, 0, 1)[::-1, :, ::2],
        np.broadcast_to(X[:, :1], X.shape).T,
        X[:, :, 1:1],
        np.array(2.0),
    ],
    ids=lambda x: f"{x.shape}{x.strides}",
)
def test_order_of_turned_and_stretched_arrays(order, x):
    y, back = pullback(lambda x: np.ravel(x, order), x)
    np.testing.assert_array_equal(y, np.ravel(x, order))
    np.testing.assert_array_equal(back(y)[0], x)


@pytest.mark.parametrize("repeats", [0, 3, 2.0, [3], np.array(2), [2, 0, 1]])
@pytest.mark.parametrize("axis", [1, -2])
def test_repeat_by_one_number_or_by_many(repeats, axis):
    origins(lambda x: np.repeat(x, repeats, axis))


def test_full_like_of_another_shape_and_type():
    x = np.ones((2, 3))
    for keywords in ({}, {"shape": (3, 4)}, {"shape": 5}, {"order": "F"}):
        f = lambda x, c, k=keywords: np.full_like(x, c, np.float32, **k)
        value, back = pullback(f, x, 2.5)
        np.testing.assert_array_equal(value, np.full(value.shape, 2.5))
        assert (value.shape, value.dtype) == (f(x, 2.5).shape, np.float32)
        assert back(np.ones_like(value)) == (None, value.size)
    assert gradient(lambda x: np.full_like(x, 3.0).sum(), x) == (None,)


@pytest.mark.parametrize(
    "f",
    [lambda n, c: np.full(n, c, float), lambda n, c: np.full_like(np.ones(n), c)],
)
def test_a_plain_array_full_of_a_tracked_number_is_refused_with_what_to_write(f):
    with pytest.raises(
        MutabilityError, match=r"np\.broadcast_to\(x, shape\) for np\.full"
    ):
        gradient(lambda c: f(3, c).sum(), 2.0)


def test_grids():
    x, y, z = np.ones(2), np.ones(3), np.ones(4)
    for indexing in ("xy", "ij"):
        f = lambda x, y, z, i=indexing: sum(
            k * a.sum() for k, a in enumerate(np.meshgrid(x, y, z, indexing=i), 1)
        )
        found = gradient(f, x, y, z)
        for g, expected in zip(found, (12, 16, 18), strict=True):
            np.testing.assert_array_equal(g, np.full(g.shape, expected))
    with pytest.raises(ValueError, match="indexing"):
        gradient(lambda x: np.meshgrid(x, x, indexing="yx")[0].sum(), x)


def test_numbers_as_another_type():
    x = np.ones(2, np.float32)
    (g,) = gradient(lambda x: np.astype(x, np.float64).sum(), x)
    assert g.dtype == np.float32
    assert gradient(lambda x: np.astype(x, int).sum() * 1.0, x) == (None,)


@pytest.mark.parametrize(
    "function",
    [
        np.asarray,
        np.array,
        np.asanyarray,
        np.ascontiguousarray,
        np.asfortranarray,
        np.require,
        np.vectorize(lambda x: x),
        np.float64,
        lambda x: list(np.ndenumerate(x)),
        lambda x: np.broadcast(x, 1),
    ],
)
def test_what_makes_a_plain_array_is_refused(function):
    with pytest.raises(NoGradientError, match="gradient would be lost"):
        gradient(lambda x: np.sum(function(x)), X)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.reshape(x, (5, 5)),
        lambda x: np.squeeze(x, 1),
        lambda x: np.expand_dims(x, 9),
        lambda x: np.moveaxis(x, 0, (0, 1)),
        lambda x: np.rollaxis(x, 3),
        lambda x: np.rollaxis(x, 0, 4),
        lambda x: np.transpose(x, (0, 0, 1)),
        lambda x: np.broadcast_to(x, (3, 3)),
        lambda x: np.broadcast_arrays(x, np.ones(5))[0],
        lambda x: np.repeat(x, -1),
        lambda x: np.repeat(x, [1, 2], axis=1),
        lambda x: np.repeat(x, 2, axis=3),
        lambda x: np.ravel(x, "Z"),
    ],
)
def test_what_numpy_refuses_is_refused_here(call):
    with pytest.raises((ValueError, TypeError)) as expected:
        call(X)
    with pytest.raises(expected.type):
        gradient(lambda x: call(x).sum(), X)
