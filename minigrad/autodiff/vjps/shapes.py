"""Vjps of functions that move numbers without changing them.

Moving is linear, and its adjoint is moving back. What can be said exactly with
other operations is rewritten (`composite`) instead of having a rule of its own.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...arrays import plain
from ..operations import Each
from ..recording import astype, primitive
from ..registry import composite, constant, vjp
from ..tape import sum_to_shape
from ..tracked import Tracked

# --- The same numbers in another shape -------------------------------------------

vjp(np.reshape, lambda g, ans, a, shape=None, order="C", copy=None:
    np.reshape(g, np.shape(a), order=_resolve(order, a)))  # fmt: skip
vjp(np.expand_dims, lambda g, ans, x, axis: np.reshape(g, np.shape(x)))
vjp(np.squeeze, lambda g, ans, x, axis=None: np.reshape(g, np.shape(x)))
vjp(astype, lambda g, ans, x, dtype: g)


def _resolve(order, x):
    """The order "A" means Fortran's, for arrays that are stored so."""
    return ("F" if np.isfortran(plain(x)) else "C") if order == "A" else order


@composite(np.ravel)
def ravel(a, order="C"):
    """`a.reshape(-1)`; the orders "A" and "K" follow the memory of `a`."""
    order = "A" if order == "K" else order
    return np.reshape(a, -1, order=_resolve(order, a))


@composite(np.copy)
def copy(a, order="K"):
    """The same numbers; on a tape there is nothing to protect them from."""
    return np.positive(a)


@composite(np.full_like)
def full_like(a, fill_value, dtype=None):
    """One value in every place; only that value has a gradient."""
    dtype = dtype or plain(a).dtype
    if not isinstance(fill_value, Tracked):
        return np.full_like(plain(a), fill_value, dtype)
    return np.broadcast_to(fill_value, np.shape(a)).astype(dtype)


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
    """Taking the same index several times in a row."""
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    index = np.repeat(np.arange(np.shape(a)[axis]), repeats)
    return a[(slice(None),) * (axis % np.ndim(a)) + (index,)]


# --- Joining and splitting ---------------------------------------------------------


@primitive
def join(*arrays, axis):
    """`np.concatenate`, with each array an argument of its own."""
    return np.concatenate(arrays, axis=axis)


def join_vjp(g, ans, position, *arrays, axis):
    """Each array gets back the slice of `g` that it filled."""
    start = sum(np.shape(array)[axis] for array in arrays[:position])
    stop = start + np.shape(arrays[position])[axis]
    return g[(slice(None),) * (axis % np.ndim(ans)) + (slice(start, stop),)]


vjp(join, Each(join_vjp))


@composite(np.concatenate)
def concatenate(arrays, axis=0, dtype=None, casting="same_kind"):
    """The arrays one after the other along `axis`."""
    if axis is None:
        arrays, axis = [np.reshape(array, -1) for array in arrays], 0
    joined = join(*arrays, axis=axis)
    return joined if dtype is None else joined.astype(dtype)


@composite(np.stack)
def stack(arrays, axis=0, dtype=None):
    """Joined along a new axis."""
    return concatenate([np.expand_dims(array, axis) for array in arrays], axis, dtype)


@composite(np.vstack)
def vstack(tup, dtype=None):
    """Rows on top of each other."""
    return concatenate(_each(np.atleast_2d, tup), 0, dtype)


@composite(np.hstack)
def hstack(tup, dtype=None):
    """Columns beside each other (numbers and vectors: end to end)."""
    arrays = _each(np.atleast_1d, tup)
    return concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1, dtype)


def _each(function, arrays):
    return [function(array) for array in arrays]


@composite(np.atleast_1d)
def atleast_1d(*arrays):
    """Numbers as vectors of one."""
    found = [x if np.ndim(x) else np.reshape(x, 1) for x in arrays]
    return found[0] if len(found) == 1 else tuple(found)


@composite(np.atleast_2d)
def atleast_2d(*arrays):
    """Numbers and vectors as matrices of one row."""
    found = [x if np.ndim(x) > 1 else np.reshape(x, (1, -1)) for x in arrays]
    return found[0] if len(found) == 1 else tuple(found)


@composite(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    """Slices along `axis`, at the places where NumPy would cut."""
    places = np.array_split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    return _slices(ary, places, axis)


@composite(np.split)
def split(ary, indices_or_sections, axis=0):
    """As `array_split`; parts of equal size only, when a number is given."""
    places = np.split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    return _slices(ary, places, axis)


def _slices(x, places, axis):
    before = (slice(None),) * (axis % np.ndim(x))
    starts = [int(place[0]) if len(place) else 0 for place in places]
    return [
        x[(*before, slice(start, start + len(place)))]
        for start, place in zip(starts, places, strict=True)
    ]


constant(np.unravel_index, np.broadcast_shapes)
