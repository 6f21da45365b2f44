"""Vjps of functions that choose among numbers, or put them where they are told.

They move numbers without changing them, so most of them are said by indexing: what
NumPy's own function does with the places 0, 1, 2, ... of an axis is the index.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...arrays import plain
from ..recording import astype
from ..registry import composite, vjp
from .indexing import add_at
from .joining import along

# --- Some of the numbers -------------------------------------------------------------


def flat(x, axis):
    """`x` and `axis`; in place of None, the numbers in one row and its only axis."""
    return (np.reshape(x, -1), 0) if axis is None else (x, axis)


def places(x, axis):
    """0, 1, 2, ...: as many as `x` has along `axis`."""
    return np.arange(np.shape(x)[axis])


@composite(np.take)
def take(a, indices, axis=None, out=None, mode="raise"):
    """`a[..., indices, ...]`; the mode says what becomes of places out of range."""
    a, axis = flat(a, axis)
    return a[along(axis, a, places(a, axis).take(indices, mode=mode))]


@composite(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    """At each place of the other axes, the numbers at `indices` along `axis`."""
    arr, axis = flat(arr, axis)
    index = list(np.ix_(*map(np.arange, np.shape(arr))))
    index[axis] = indices
    return arr[tuple(index)]


@composite(np.compress)
def compress(condition, a, axis=None, out=None):
    """The parts along `axis` where the condition holds."""
    a, axis = flat(a, axis)
    return a[along(axis, a, np.compress(plain(condition), places(a, axis)))]


@composite(np.extract)
def extract(condition, arr):
    """The numbers where the condition holds, in one row."""
    return np.reshape(arr, -1)[np.flatnonzero(condition)]


@composite(np.trim_zeros)
def trim_zeros(filt, trim="fb", axis=None):
    """The smallest box with all numbers that are not 0."""
    np.trim_zeros(np.zeros(1), trim)  # says what is wrong, if anything is
    found, ndim = np.argwhere(filt), np.ndim(filt)
    starts = found.min(axis=0) if len(found) else (0,) * ndim
    stops = found.max(axis=0) + 1 if len(found) else (0,) * ndim
    index = [slice(None)] * ndim
    for i in range(ndim) if axis is None else np.atleast_1d(axis):
        index[i] = slice(
            starts[i] if "f" in trim.lower() or not len(found) else None,
            stops[i] if "b" in trim.lower() or not len(found) else None,
        )
    return filt[tuple(index)]


# --- All but some, and more than all -------------------------------------------------


@composite(np.delete)
def delete(arr, obj, axis=None):
    """All numbers but those at `obj`."""
    arr, axis = flat(arr, axis)
    return arr[along(axis, arr, np.delete(places(arr, axis), plain(obj)))]


@composite(np.insert)
def insert(arr, obj, values, axis=None):
    """`values` joined to `arr`, and all put in the order in which NumPy has them."""
    arr, axis = flat(arr, axis)
    old, obj = places(arr, axis), plain(obj)
    values = astype(values, plain(arr).dtype)
    values = np.reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = np.moveaxis(values, 0, axis)
    new = values.shape[axis]
    order = np.insert(old, obj, np.arange(len(old), len(old) + new))
    shape = [*arr.shape]
    shape[axis] = new
    joined = np.concatenate([arr, np.broadcast_to(values, shape)], axis)
    return joined[along(axis, joined, order)]


@composite(np.resize)
def resize(a, new_shape):
    """The numbers over and over again, until the new shape is full."""
    a, _ = flat(a, None)
    found = np.resize(places(a, 0), new_shape)
    return a[found] if len(a) else np.zeros(found.shape, plain(a).dtype)


@composite(sliding_window_view)
def windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    """All windows of that shape; a number counts once for each that it is in."""
    found = np.arange(np.size(x)).reshape(np.shape(x))
    return np.reshape(x, -1)[sliding_window_view(found, window_shape, axis)]


# --- Diagonals and triangles ---------------------------------------------------------

vjp(np.tril, lambda g, ans, m, k=0: np.tril(g, k), broadcasts=True)
vjp(np.triu, lambda g, ans, m, k=0: np.triu(g, k), broadcasts=True)
vjp(np.rot90, lambda g, ans, m, k=1, axes=(0, 1): np.rot90(g, -k, axes))


@composite(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    """The numbers whose column is their row plus `offset`."""
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    return a[(..., *on_diagonal(*np.shape(a)[-2:], offset))]


def on_diagonal(rows, columns, offset):
    """The rows and the columns of the numbers on a diagonal."""
    row = np.arange(max(0, -offset), min(rows, columns - offset))
    return row, row + offset


@composite(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sum of the diagonal."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@composite(np.diag)
def diag(v, k=0):
    """The diagonal of a matrix, or the matrix with that diagonal."""
    if np.ndim(v) not in (1, 2):
        np.diag(plain(v), k)  # says what is wrong
    return np.diagflat(v, k) if np.ndim(v) == 1 else np.diagonal(v, k)


@composite(np.diagflat)
def diagflat(v, k=0):
    """Zeros, and all numbers of `v` on a diagonal."""
    n = np.size(v) + abs(k)
    return add_at(np.reshape(v, -1), on_diagonal(n, n, k), (n, n))
