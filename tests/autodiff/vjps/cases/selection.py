"""Choosing some of the numbers, and moving them to other places."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .table import MASK, moves, row

# --- Some of the numbers ----------------------------------------------------------

moves(
    np.take,
    lambda x: np.take(x, 4),
    lambda x: np.take(x, [[0, 5], [5, 1]]),
    lambda x: np.take(x, [0, 0, -1], axis=1),
    lambda x: np.take(x, [True, False, True], axis=1),
    lambda x: np.take(x, np.uint8(1), axis=-2),
    lambda x: np.take(x, [7, -8], mode="wrap"),
    lambda x: np.take(x, [7, -8], axis=0, mode="clip"),
    lambda x: np.take(x, [], 0),
    lambda x: x.take([1, 1], axis=-1),
)
moves(np.take, lambda x: np.take(x, [0, 0]), shape=())
ORDER = np.array([[2, 0, 0], [1, 1, 2]])
moves(
    np.take_along_axis,
    lambda x: np.take_along_axis(x, ORDER, axis=1),
    lambda x: np.take_along_axis(x, ORDER),
    lambda x: np.take_along_axis(x, ORDER[:1] % 2, 0),
    lambda x: np.take_along_axis(x, ORDER[0], axis=None),
    lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
)
moves(np.take_along_axis, lambda x: np.take_along_axis(x, ORDER, 1), shape=(1, 3))
moves(np.take_along_axis, lambda x: np.take_along_axis(x, ORDER[:0], 1), shape=(0, 3))
moves(
    np.compress,
    lambda x: np.compress([True, False, True], x, axis=1),
    lambda x: np.compress([0, 1, 0, 1], x),
    lambda x: np.compress(x[0] > 0, x, axis=-1),
    lambda x: x.compress([1], 0),
)
moves(np.extract, lambda x: np.extract(MASK, x), lambda x: np.extract(x > 0, x))
moves(np.extract, lambda x: np.extract([[1, 0], [0, 1]], x), shape=(4,))


def with_zeros(x):
    return np.pad(x, 2) * 1.0


for trim in ("fb", "f", "B"):
    call = lambda x, trim=trim: np.trim_zeros(with_zeros(x), trim)
    row(np.trim_zeros, call, (3,), complex=True)
    row(np.trim_zeros, lambda x, trim=trim: np.trim_zeros(0 * x, trim), (3,))
if np.lib.NumpyVersion(np.__version__) >= "2.2.0":  # of more axes than one, and `axis`
    row(np.trim_zeros, lambda x: np.trim_zeros(with_zeros(x)), (2, 3))
    row(np.trim_zeros, lambda x: np.trim_zeros(with_zeros(x), "b", axis=-1), (2, 3))
    row(np.trim_zeros, lambda x: np.trim_zeros(0 * x, axis=(0, 1)), (2, 3))

# --- All but some, and more than all ------------------------------------------------

moves(
    np.delete,
    lambda x: np.delete(x, 1),
    lambda x: np.delete(x, [0, -1], axis=1),
    lambda x: np.delete(x, slice(0, 1), 0),
    lambda x: np.delete(x, np.array([True, False, True]), axis=1),
    lambda x: np.delete(x, [], axis=-1),
)
moves(
    np.insert,
    lambda x: np.insert(x, 1, 7.0),
    lambda x: np.insert(x, [0, 2], 7.0, axis=1),
    lambda x: np.insert(x, slice(None), [[1.0], [2.0]], axis=0),
    lambda x: np.insert(x, [2, 0, 2], [1.0, 2.0, 3.0], axis=1),
    lambda x: np.insert(x, -1, [1.0, 2.0], axis=-1),
)
for obj, axis, x, y in (
    (1, None, (2, 3), ()),
    (1, None, (2, 3), (4,)),
    (1, 0, (2, 3), (3,)),
    (1, 1, (2, 3), (2,)),
    (-1, 1, (2, 3), (4, 2)),
    ([1], 1, (2, 3), (2, 1)),
    ([1], 1, (2, 3), (2, 4)),
    ([1, 4], None, (2, 3), (2,)),
    ([1, 1, 0], 0, (2, 3), (3, 3)),
    ([0, 2], -1, (2, 3), (1, 2)),
    ([], 0, (2, 3), (3,)),
    (np.array([True, False, True]), 1, (2, 3), (2, 2)),
    (slice(0, 2), 1, (2, 3), (2, 1)),
    (0, None, (), (2,)),
):
    call = lambda x, y, obj=obj, axis=axis: np.insert(x, obj, y, axis)
    row(np.insert, call, x, y)
row(np.insert, lambda x: np.insert(x, [0, 2], x[:, ::2], 1), (2, 3), complex=True)
moves(
    np.resize,
    lambda x: np.resize(x, (3, 5)),
    lambda x: np.resize(x, 4),
    lambda x: np.resize(x, new_shape=(0, 2)),
)
moves(np.resize, lambda x: np.resize(x, (2, 2)), shape=(0, 3))
moves(np.resize, lambda x: np.resize(x, (2, 2)), shape=())
moves(
    sliding_window_view,
    lambda x: sliding_window_view(x, (2, 3)),
    lambda x: sliding_window_view(x, 2, axis=1),
    lambda x: sliding_window_view(x, (2, 2), axis=(1, 1)),
    shape=(3, 4),
)

# --- Diagonals and triangles --------------------------------------------------------

for function in (np.triu, np.tril):
    moves(
        function,
        function,
        lambda x, f=function: f(x, 1),
        lambda x, f=function: f(x, k=-1),
    )
    for shape in ((2, 3, 3), (3,), (0, 3)):
        moves(function, function, shape=shape)
moves(
    np.rot90,
    np.rot90,
    lambda x: np.rot90(x, 3),
    lambda x: np.rot90(x, -2, axes=(1, 2)),
    lambda x: np.rot90(x, k=0),
    shape=(2, 3, 4),
)
for shape in ((3,), (3, 4), (0,)):
    moves(
        np.diag,
        np.diag,
        lambda x: np.diag(x, 1),
        lambda x: np.diag(x, k=-2),
        shape=shape,
    )
moves(np.diagflat, np.diagflat, lambda x: np.diagflat(x, -1))
moves(np.diagflat, lambda x: np.diagflat(x, 2), shape=())
moves(
    np.diagonal,
    np.diagonal,
    lambda x: np.diagonal(x, 1),
    lambda x: np.diagonal(x, offset=-1, axis1=2, axis2=0),
    lambda x: np.diagonal(x, 4),
    lambda x: x.diagonal(),
    shape=(3, 4, 2),
)
for call in (
    np.trace,
    lambda x: np.trace(x, -1),
    lambda x: np.trace(x, axis1=1, axis2=2),
    lambda x: np.trace(x, 9),
    lambda x: x.trace(1, dtype=x.dtype),
):
    row(np.trace, call, (3, 4, 2), complex=True)
row(np.trace, np.trace, (3, 3))
