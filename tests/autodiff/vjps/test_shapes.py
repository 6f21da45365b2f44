"""Functions that move numbers: what arrives is sent back to where it came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, broadcastable_shapes

from minigrad import gradient, pullback

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
