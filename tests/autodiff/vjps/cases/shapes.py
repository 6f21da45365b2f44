"""Functions that move numbers without changing them."""

import numpy as np

from minigrad.autodiff.recording import astype
from minigrad.autodiff.vjps.joining import join

from .table import (
    CONSTANTS,
    MASK,
    moves,
    row,
)

moves(
    np.reshape,
    lambda x: np.reshape(x, (3, 2)),
    lambda x: np.reshape(x, -1),
    lambda x: np.reshape(x, (3, -1), order="F"),
    lambda x: np.reshape(x, shape=(1, 6)),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((2, -1, 1)),
)
moves(np.reshape, lambda x: np.reshape(x, (1, 1)), shape=())
moves(np.reshape, lambda x: np.reshape(x, (3, 0)), shape=(0, 2))
moves(np.ravel, np.ravel, lambda x: np.ravel(x, "F"), lambda x: x.flatten())
moves(
    np.expand_dims,
    lambda x: np.expand_dims(x, 0),
    lambda x: np.expand_dims(x, -1),
    lambda x: np.expand_dims(x, (0, -1)),
)
moves(
    np.squeeze,
    np.squeeze,
    lambda x: np.squeeze(x, 0),
    lambda x: np.squeeze(x, axis=(0, -1)),
    shape=(1, 3, 1),
)
moves(np.copy, np.copy, lambda x: x.copy(), lambda x: np.copy(x, order="F"))
row(np.full_like, np.full_like, (2, 3), (), exact=True)
row(np.full_like, np.full_like, (4, 2, 3), (2, 1), exact=True)
row(np.full_like, lambda x: np.full_like(x, 7.0), (2, 3), exact=True)
row(astype, lambda x: x.astype(np.float64), (2, 3))
row(astype, lambda x: (x * 1j).astype(np.complex128) * 1j, (2, 3), exact=False)
moves(
    np.transpose,
    np.transpose,
    lambda x: np.transpose(x, (1, 2, 0)),
    lambda x: np.transpose(x, axes=(-1, 0, 1)),
    lambda x: x.T,
    lambda x: x.transpose(2, 0, 1),
    lambda x: x.transpose((2, 0, 1)),
    shape=(2, 3, 4),
)
moves(np.transpose, np.transpose, shape=())
for axis, start in ((0, 0), (2, 0), (1, 3), (0, -1), (-1, 1)):
    call = lambda x, axis=axis, start=start: np.rollaxis(x, axis, start)
    moves(np.rollaxis, call, shape=(2, 3, 4))
moves(np.astype, lambda x: np.astype(x, x.dtype))
row(np.broadcast_arrays, np.broadcast_arrays, (2, 1), (3,), exact=True, complex=True)
for keywords in ({}, {"indexing": "ij"}, {"sparse": True}):
    call = lambda x, y, z, k=keywords: list(np.meshgrid(x, y, z, **k))
    row(np.meshgrid, call, (2,), (3,), (1,), exact=True, complex=True)
row(np.meshgrid, np.meshgrid, (2,), (3,), exact=True)
row(np.meshgrid, np.meshgrid, (), (3,), exact=True)
moves(
    np.swapaxes,
    lambda x: np.swapaxes(x, 0, -1),
    lambda x: np.swapaxes(x, axis1=1, axis2=2),
    lambda x: x.mT,
    shape=(2, 3, 4),
)
moves(np.matrix_transpose, np.matrix_transpose, shape=(2, 3, 4))
moves(
    np.moveaxis,
    lambda x: np.moveaxis(x, 0, -1),
    lambda x: np.moveaxis(x, (0, 1), (2, 0)),
    lambda x: np.moveaxis(x, source=[-1, 0], destination=[0, 1]),
    shape=(2, 3, 4),
)
moves(
    np.flip,
    np.flip,
    lambda x: np.flip(x, 0),
    lambda x: np.flip(x, -1),
    lambda x: np.flip(x, (0, 1)),
)
moves(np.fliplr, np.fliplr)
moves(np.flipud, np.flipud)
moves(
    np.roll,
    lambda x: np.roll(x, 4),
    lambda x: np.roll(x, -1, axis=1),
    lambda x: np.roll(x, (1, 2), axis=(0, 1)),
    lambda x: np.roll(x, 2, axis=(0, -1)),
)
moves(
    np.broadcast_to,
    lambda x: np.broadcast_to(x, (2, 3)),
    lambda x: np.broadcast_to(x, (4, 2, 3)),
    lambda x: np.broadcast_to(x, shape=(2, 2, 3)),
    shape=(2, 1),
)
moves(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3)), shape=())
moves(np.broadcast_to, lambda x: np.broadcast_to(x, (0, 3)), shape=(1, 3))
moves(
    np.tile,
    lambda x: np.tile(x, 2),
    lambda x: np.tile(x, (2, 1, 3)),
    lambda x: np.tile(x, (2, 3)),
    lambda x: np.tile(x, reps=[3, 1]),
    lambda x: np.tile(x, 0),
)
moves(np.tile, lambda x: np.tile(x, 3), shape=())
moves(np.tile, lambda x: np.tile(x, 2), shape=(2, 3, 4))
moves(
    np.repeat,
    lambda x: np.repeat(x, 2),
    lambda x: np.repeat(x, 3, axis=0),
    lambda x: np.repeat(x, [1, 0, 2], axis=1),
    lambda x: np.repeat(x, np.array([2, 1]), axis=-2),
    lambda x: x.repeat(2, axis=-1),
)

for axis in (0, 1, -1, None):
    call = lambda x, y, axis=axis: np.concatenate([x, y, x], axis=axis)
    row(np.concatenate, call, (2, 3), (2, 3), exact=True)
row(np.concatenate, lambda x: np.concatenate((x, MASK, x)), (1, 3), exact=True)
row(np.concatenate, np.concatenate, (2, 3, 4), exact=True)
row(np.concatenate, lambda x, y: np.concatenate([x, y]), (0, 3), (2, 3), exact=True)
row(join, lambda x, y: join(x, y, x, axis=-1, ends=[0, 3, 4, 7]), (2, 3), (2, 1))
row(join, lambda x, y: join(x, MASK, y, axis=0, ends=[0, 1, 3, 5]), (1, 3), (2, 3))
for axis in (0, 1, 2, -1):
    call = lambda x, y, axis=axis: np.stack([x, y], axis=axis)
    row(np.stack, call, (2, 3), (2, 3), exact=True)
row(np.stack, lambda x, y: np.stack((x, 1.0, y)), (), (), exact=True)
for function in (np.vstack, np.hstack):
    for shape in ((3,), (2, 3)):
        call = lambda x, y, f=function: f([x, y])
        row(function, call, shape, shape, exact=True)
row(np.vstack, lambda x, y: np.vstack([x, y]), (2, 3), (3,), exact=True)
row(np.hstack, lambda x, y: np.hstack([x, y]), (), (2,), exact=True)
for shape in ((), (3,), (2, 3)):
    row(np.atleast_1d, np.atleast_1d, shape, exact=True)
    row(np.atleast_2d, np.atleast_2d, shape, exact=True)
row(np.atleast_1d, lambda x, y: np.atleast_1d(x, y), (), (2,), exact=True)
row(np.atleast_2d, lambda x, y: np.atleast_2d(x, y), (), (2,), exact=True)
for function in (np.split, np.array_split):
    moves(
        function,
        lambda x, f=function: f(x, 2),
        lambda x, f=function: f(x, [1, 3], axis=-1),
        lambda x, f=function: f(x, [1, 1, 9], axis=1),
        lambda x, f=function: f(x, np.array([-1])),
        shape=(2, 4),
    )
moves(np.array_split, lambda x: np.array_split(x, 3, axis=1), shape=(2, 4))

CONSTANTS.update(
    {
        np.unravel_index: (lambda x: np.unravel_index(np.argmax(x), x.shape),),
        np.ravel_multi_index: (lambda x: np.ravel_multi_index((0, 1), x.shape),),
        np.ix_: (lambda x: np.ix_(np.array([0, 1])),),
        np.broadcast_shapes: (lambda x: np.broadcast_shapes(x.shape, (1, 3)),),
        np.diag_indices_from: (lambda x: np.diag_indices_from(x[:, :2]),),
        np.tril_indices_from: (lambda x: np.tril_indices_from(x, k=-1),),
        np.triu_indices_from: (np.triu_indices_from,),
        np.array2string: (lambda x: np.array2string(x, precision=1),),
        np.array_repr: (np.array_repr,),
        np.array_str: (np.array_str,),
    }
)
