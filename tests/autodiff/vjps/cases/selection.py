"""Choosing numbers, and moving them to other places."""

import numpy as np

from .table import MASK, moves, row

moves(
    np.rot90,
    np.rot90,
    lambda x: np.rot90(x, 3),
    lambda x: np.rot90(x, -2, axes=(1, 2)),
    shape=(2, 3, 4),
)
for function in (np.triu, np.tril):
    moves(
        function,
        function,
        lambda x, f=function: f(x, 1),
        lambda x, f=function: f(x, k=-1),
    )
    moves(function, function, shape=(2, 3, 3))
for shape in ((3,), (3, 4), (0,)):
    moves(
        np.diag,
        np.diag,
        lambda x: np.diag(x, 1),
        lambda x: np.diag(x, k=-2),
        shape=shape,
    )
moves(np.diagflat, np.diagflat, lambda x: np.diagflat(x, -1))
moves(
    np.diagonal,
    np.diagonal,
    lambda x: np.diagonal(x, 1),
    lambda x: np.diagonal(x, offset=-1, axis1=2, axis2=0),
    lambda x: x.diagonal(),
    shape=(3, 4, 2),
)
for call in (
    np.trace,
    lambda x: np.trace(x, -1),
    lambda x: np.trace(x, axis1=1, axis2=2),
    lambda x: x.trace(1, dtype=x.dtype),
):
    row(np.trace, call, (3, 4, 2), complex=True)
row(np.trace, np.trace, (3, 3))
moves(np.resize, lambda x: np.resize(x, (3, 5)), lambda x: np.resize(x, 4))
moves(
    np.delete,
    lambda x: np.delete(x, 1),
    lambda x: np.delete(x, [0, -1], axis=1),
    lambda x: np.delete(x, slice(0, 1), 0),
    lambda x: np.delete(x, np.array([True, False, True]), axis=1),
)
moves(
    np.take,
    lambda x: np.take(x, 4),
    lambda x: np.take(x, [[0, 5], [5, 1]]),
    lambda x: np.take(x, [0, 0, -1], axis=1),
    lambda x: np.take(x, [7, -8], mode="wrap"),
    lambda x: np.take(x, [7, -8], axis=0, mode="clip"),
    lambda x: x.take([1, 1], axis=-1),
)
ORDER = np.array([[2, 0, 0], [1, 1, 2]])
moves(
    np.take_along_axis,
    lambda x: np.take_along_axis(x, ORDER, axis=1),
    lambda x: np.take_along_axis(x, ORDER[:1] % 2, 0),
    lambda x: np.take_along_axis(x, ORDER[0], axis=None),
)
moves(np.compress, lambda x: np.compress([True, False, True], x, axis=1))
moves(np.compress, lambda x: np.compress([0, 1, 0, 1], x), lambda x: x.compress([1], 0))
moves(np.extract, lambda x: np.extract(MASK, x), lambda x: np.extract(x > 0, x))
LAYERS = [MASK, ~MASK & np.array([True, True, False])]
row(
    np.select,
    lambda x, y: np.select(LAYERS, [x, y], 0.5),
    (2, 3),
    (3,),
    exact=True,
    complex=True,
)
row(np.select, lambda x: np.select([x > 0, x < -1], [x, -x], x * x), (2, 3), exact=True)
row(np.choose, lambda x, y: np.choose(ORDER % 2, [x, y]), (2, 3), (3,), exact=True)
row(
    np.choose,
    lambda x, y, z: np.choose(ORDER + 1, (x, y, z), mode="wrap"),
    (2, 3),
    (3,),
    (),
    exact=True,
    complex=True,
)
moves(
    np.insert,
    lambda x: np.insert(x, 1, 7.0),
    lambda x: np.insert(x, [0, 2], 7.0, axis=1),
    lambda x: np.insert(x, slice(None), [1.0, 2.0, 3.0], axis=0),
)
row(np.insert, lambda x, y: np.insert(x, 1, y, axis=0), (2, 3), (3,), exact=True)
row(np.insert, lambda x, y: np.insert(x, [1, 4], y), (2, 3), (2,), exact=True)


def with_zeros(x):
    return np.trim_zeros(np.concatenate([0 * x, x, 0 * x]))


row(np.trim_zeros, with_zeros, (3,), exact=True, complex=True)
row(np.trim_zeros, lambda x: np.trim_zeros(0 * x, "f"), (3,), exact=True)
