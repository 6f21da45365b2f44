"""Vjps of functions that move numbers without changing them.

Moving is linear, and its adjoint is moving back. What can be said exactly with
other operations is rewritten (`composite`) instead of having a rule of its own.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...arrays import plain
from ..recording import astype
from ..registry import composite, constant, vjp
from ..tape import sum_to_shape
from ..tracked import Tracked

# --- The same numbers in another shape -------------------------------------------

vjp(np.reshape, lambda g, ans, a, shape=None, order="C", copy=None:
    np.reshape(g, np.shape(a), order=_resolve(order, a)))  # fmt: skip
vjp(np.expand_dims, lambda g, ans, x, axis: np.reshape(g, np.shape(x)))
vjp(np.squeeze, lambda g, ans, x, axis=None: np.reshape(g, np.shape(x)))
vjp(np.copy, lambda g, ans, a, order="K", subok=False: g)
vjp(astype, lambda g, ans, x, dtype: g)


def _resolve(order, x):
    """The order "A" means Fortran's, for arrays that are stored so."""
    return ("F" if np.isfortran(plain(x)) else "C") if order == "A" else order


@composite(np.ravel)
def ravel(a, order="C"):
    """`a.reshape(-1)`; the orders "A" and "K" follow the memory of `a`."""
    if order == "K":
        like = np.nditer((plain(a), None), ["zerosize_ok"]).operands[1]  # laid out so
        a, order = np.transpose(a, np.argsort(np.abs(like.strides))[::-1]), "C"
    return np.reshape(a, -1, order=_resolve(order, a))


@composite(np.astype)
def astype_(x, dtype, /, *, copy=True, device=None):
    """The same numbers as another type; of integers no gradient comes back."""
    return x.astype(dtype)


# --- The same numbers in another order -------------------------------------------


def transpose_vjp(g, ans, x, axes=None):
    """The inverse permutation of the axes."""
    if axes is not None:
        axes = np.argsort(normalize_axis_tuple(axes, np.ndim(x)))
    return np.transpose(g, axes)


vjp(np.transpose, transpose_vjp)
vjp(np.swapaxes, lambda g, ans, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
vjp(np.moveaxis, lambda g, ans, x, source, destination:
    np.moveaxis(g, destination, source))  # fmt: skip
vjp(np.flip, lambda g, ans, x, axis=None: np.flip(g, axis))
vjp(np.roll, lambda g, ans, x, shift, axis=None:
    np.roll(g, np.negative(shift), axis))  # fmt: skip


@composite(np.matrix_transpose)
def matrix_transpose(x):
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


@composite(np.rollaxis)
def rollaxis(a, axis, start=0):
    """One axis moved in front of another."""
    axis, ndim = normalize_axis_tuple(axis, np.ndim(a))[0], np.ndim(a)
    start = start + ndim if start < 0 else start
    return np.moveaxis(a, axis, start - (axis < start))


@composite(np.fliplr)
def fliplr(m):
    """Columns in reverse order."""
    return np.flip(m, 1)


@composite(np.flipud)
def flipud(m):
    """Rows in reverse order."""
    return np.flip(m, 0)


# --- Copies: their adjoint is a sum ----------------------------------------------

vjp(np.broadcast_to, lambda g, ans, x, shape: sum_to_shape(g, np.shape(x)))


def tile_vjp(g, ans, x, reps):
    """Each copy is a block of the result: split every axis, sum the copies."""
    reps = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    shape = np.shape(x)
    ndim = max(len(shape), len(reps))
    reps = (1,) * (ndim - len(reps)) + reps
    blocks = (1,) * (ndim - len(shape)) + shape
    split = [n for pair in zip(reps, blocks, strict=True) for n in pair]
    g = np.sum(np.reshape(g, split), axis=tuple(range(0, 2 * ndim, 2)))
    return np.reshape(g, shape)


vjp(np.tile, tile_vjp)


@composite(np.repeat)
def repeat(a, repeats, axis=None):
    """Each part several times in a row: stretched, or the same index again."""
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    axis = normalize_axis_index(axis, np.ndim(a))
    before, n, behind = a.shape[:axis], a.shape[axis], a.shape[axis + 1 :]
    if np.size(repeats) == 1:
        times = np.zeros(1).repeat(repeats).size
        a = np.broadcast_to(np.expand_dims(a, axis + 1), (*before, n, times, *behind))
        return np.reshape(a, (*before, n * times, *behind))
    return a[(slice(None),) * axis + (np.arange(n).repeat(repeats),)]


@composite(np.broadcast_arrays)
def broadcast_arrays(*args, subok=False):
    """All arrays stretched to their common shape."""
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composite(np.meshgrid)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Vectors as the axes of a grid, each stretched over all the others."""
    places = [np.arange(np.size(x)) for x in xi]
    places = np.meshgrid(*places, sparse=True, indexing=indexing)
    axes = [np.reshape(x, at.shape) for x, at in zip(xi, places, strict=True)]
    return tuple(axes) if sparse else broadcast_arrays(*axes)


@composite(np.full_like)
def full_like(
    a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None
):
    """One value in every place; only that value has a gradient."""
    like = np.empty_like(a, dtype, order, subok, shape)
    if not isinstance(fill_value, Tracked):
        return np.full_like(like, fill_value)
    return np.broadcast_to(fill_value, like.shape).astype(like.dtype)


# --- Constants ---------------------------------------------------------------------

constant(np.unravel_index, np.ravel_multi_index, np.broadcast_shapes, np.ix_)
constant(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
constant(np.array2string, np.array_repr, np.array_str)
