"""Vjps of functions that join arrays, split them, and lay them out together.

All are said with one operation, `join`, and with slices, whose adjoints are each
other: what was joined is sliced, what was sliced is joined.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...arrays import plain
from ..operations import Each
from ..recording import primitive
from ..registry import composite, vjp

# --- Joining -----------------------------------------------------------------------


@primitive
def join(*arrays, axis):
    """`np.concatenate`, with each array an argument of its own."""
    return np.concatenate(arrays, axis=axis)


def join_vjp(g, ans, position, *arrays, axis):
    """Each array gets back the slice of `g` that it filled."""
    start = sum(np.shape(array)[axis] for array in arrays[:position])
    stop = start + np.shape(arrays[position])[axis]
    return g[along(axis, ans, slice(start, stop))]


def along(axis, x, index):
    """The index that takes `index` along one axis of `x`, and all of the others."""
    return (slice(None),) * normalize_axis_index(axis, np.ndim(x)) + (index,)


vjp(join, Each(join_vjp))


@composite(np.concatenate)
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """The arrays one after the other along `axis`."""
    if axis is None:
        arrays, axis = [np.reshape(array, -1) for array in arrays], 0
    joined = join(*arrays, axis=axis)
    return joined if dtype is None else joined.astype(dtype)


@composite(np.stack)
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Joined along a new axis."""
    arrays = [np.expand_dims(array, axis) for array in arrays]
    return concatenate(arrays, axis, dtype=dtype)


@composite(np.vstack)
def vstack(tup, *, dtype=None, casting="same_kind"):
    """Rows on top of each other."""
    return concatenate(_each(np.atleast_2d, tup), 0, dtype=dtype)


@composite(np.hstack)
def hstack(tup, *, dtype=None, casting="same_kind"):
    """Columns beside each other (numbers and vectors: end to end)."""
    arrays = _each(np.atleast_1d, tup)
    return concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1, dtype=dtype)


@composite(np.dstack)
def dstack(tup):
    """Matrices behind each other."""
    return concatenate(_each(np.atleast_3d, tup), 2)


@composite(np.column_stack)
def column_stack(tup):
    """Matrices and, as columns, vectors beside each other."""
    columns = [x if np.ndim(x) > 1 else np.reshape(x, (-1, 1)) for x in tup]
    return concatenate(columns, 1)


def _each(function, arrays):
    return [function(array) for array in arrays]


@composite(np.append)
def append(arr, values, axis=None):
    """`values` behind `arr`."""
    return concatenate([arr, values], axis)


@composite(np.block)
def block(arrays):
    """A nested list of blocks: the innermost are joined along the last axis."""
    return _block(arrays, depth := _depth(arrays), max(depth, _most_axes(arrays)))


def _block(arrays, depth, ndim):
    if depth == 0:
        return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))
    parts = [_block(part, depth - 1, ndim) for part in arrays]
    return join(*parts, axis=-depth)


def _depth(arrays):
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _most_axes(arrays):
    if isinstance(arrays, list):
        return max(map(_most_axes, arrays))
    return np.ndim(arrays)


# --- Splitting ---------------------------------------------------------------------


def slices(split):
    """A function that splits `ary` at the places where NumPy's `split` cuts."""

    def sliced(ary, indices_or_sections, axis=0):
        places = split(np.arange(np.shape(ary)[axis]), indices_or_sections)
        return [ary[along(axis, ary, _range(place))] for place in places]

    return sliced


def _range(place):
    start = int(place[0]) if len(place) else 0
    return slice(start, start + len(place))


composite(np.array_split)(slices(np.array_split))
composite(np.split)(split := slices(np.split))


@composite(np.hsplit)
def hsplit(ary, indices_or_sections):
    """Groups of columns (of a vector: of numbers)."""
    return _split(np.hsplit, ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)
