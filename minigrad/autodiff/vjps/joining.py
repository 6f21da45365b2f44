"""Vjps of functions that join arrays, split them, and lay them out together.

All are said with one operation, `join`, and with slices, whose adjoints are each
other: what was joined is sliced, what was sliced is joined.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...arrays import plain
from ..operations import Each
from ..recording import primitive
from ..registry import OPERATIONS, composite, together, vjp
from ..tape import fit

# --- Joining -----------------------------------------------------------------------


@primitive
def join(*arrays, axis, ends):
    """`np.concatenate`, with each array an argument of its own.

    Array number k fills the places from `ends[k]` to `ends[k + 1]` along `axis`.
    """
    return np.concatenate(arrays, axis=axis)


def join_vjp(g, ans, position, *arrays, axis, ends):
    """Each array gets back the slice of `g` that it filled."""
    return g[along(axis, ans, slice(ends[position], ends[position + 1]))]


def along(axis, x, index):
    """The index that takes `index` along one axis of `x`, and all of the others."""
    return (slice(None),) * normalize_axis_index(axis, np.ndim(x)) + (index,)


vjp(join, Each(join_vjp))


@together(join)
def join_vjps(wanted, g, ans, *arrays, axis, ends):
    """The same in one go: a thousand arrays are not handed on a thousand times."""
    operation = OPERATIONS[join]
    slices = (along(axis, ans, slice(ends[k], ends[k + 1])) for k in wanted)
    parts = zip(wanted, (g[index] for index in slices), strict=True)
    return [fit(part, arrays[k], operation, k) for k, part in parts]


@composite(np.concatenate)
def concatenate(arrays, /, axis=0, *, dtype=None, casting="same_kind"):
    """The arrays one after the other along `axis`."""
    if axis is None:
        arrays, axis = [np.reshape(array, -1) for array in arrays], 0
    joined = join(*arrays, axis=axis, ends=_ends(arrays, axis))
    return joined if dtype is None else joined.astype(dtype, casting=casting)


def _ends(arrays, axis):
    """Where each array begins along `axis`, and where the last one ends."""
    ends = [0]
    for array in arrays:
        shape = np.shape(array)
        fits = -len(shape) <= axis < len(shape)  # if not, NumPy will say so
        ends.append(ends[-1] + (shape[axis] if fits else 0))
    return ends


@composite(np.stack)
def stack(arrays, axis=0, **keywords):
    """Joined along a new axis."""
    return concatenate([np.expand_dims(x, axis) for x in arrays], axis, **keywords)


@composite(np.vstack)
def vstack(tup, **keywords):
    """Rows on top of each other."""
    return concatenate([np.atleast_2d(x) for x in tup], 0, **keywords)


@composite(np.hstack)
def hstack(tup, **keywords):
    """Columns beside each other (numbers and vectors: end to end)."""
    arrays = [np.atleast_1d(x) for x in tup]
    axis = 0 if np.ndim(arrays[0]) == 1 else 1
    return concatenate(arrays, axis, **keywords)


@composite(np.dstack)
def dstack(tup):
    """Matrices behind each other."""
    return concatenate([np.atleast_3d(x) for x in tup], 2)


@composite(np.column_stack)
def column_stack(tup):
    """Columns beside each other; a vector is a column."""
    return concatenate([_columns(x) for x in tup], 1)


def _columns(x):
    return x if np.ndim(x) > 1 else np.reshape(x, (-1, 1))


@composite(np.append)
def append(arr, values, axis=None):
    """`values` behind `arr`; without an `axis`, all in one row."""
    return concatenate([arr, values], axis)


@composite(np.block)
def block(arrays):
    """Blocks in nested lists: the innermost are joined along the last axis."""
    depth, ndim = _depth_and_axes(arrays)
    return _block(arrays, depth, max(depth, ndim))


def _block(arrays, depth, ndim):
    if isinstance(arrays, list) != (depth > 0):
        raise ValueError("The lists of np.block must be nested equally deep.")
    if depth == 0:
        return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))
    return concatenate([_block(part, depth - 1, ndim) for part in arrays], -depth)


def _depth_and_axes(arrays):
    """How deep the lists are nested, and how many axes the arrays in them have."""
    if not isinstance(arrays, list):
        return 0, np.ndim(arrays)
    depths, axes = zip(*map(_depth_and_axes, arrays), strict=True)
    return 1 + max(depths), max(axes)


# --- At least so many axes -----------------------------------------------------------


def each(function):
    """`function` of one array as NumPy's `atleast` functions are: of any number."""

    def of_each(*arrays):
        found = tuple(map(function, arrays))
        return found[0] if len(found) == 1 else found

    return of_each


@composite(np.atleast_1d)
@each
def atleast_1d(x):
    """A number as a vector of one."""
    return x if np.ndim(x) else np.reshape(x, 1)


@composite(np.atleast_2d)
@each
def atleast_2d(x):
    """A vector as one row."""
    return x if np.ndim(x) > 1 else np.reshape(x, (1, -1))


@composite(np.atleast_3d)
@each
def atleast_3d(x):
    """A matrix with an axis behind, a vector with one on either side."""
    return x if np.ndim(x) > 2 else np.expand_dims(atleast_2d(x), -1)


# --- Splitting ---------------------------------------------------------------------


def slices(split):
    """`split` of tracked values: slices at the places where NumPy's cuts."""

    def sliced(ary, indices_or_sections, axis=0):
        places = split(np.arange(np.shape(ary)[axis]), indices_or_sections)
        starts = [int(place[0]) if len(place) else 0 for place in places]
        return [
            ary[along(axis, ary, slice(start, start + len(place)))]
            for start, place in zip(starts, places, strict=True)
        ]

    return sliced


array_split = composite(np.array_split)(slices(np.array_split))
split = composite(np.split)(slices(np.split))


def split_along(axis, function):
    """`split` along an axis that depends on how many axes the array has."""

    def splitted(ary, indices_or_sections):
        function(plain(ary), indices_or_sections)  # says what is wrong, if anything is
        return split(ary, indices_or_sections, min(axis, np.ndim(ary) - 1))

    composite(function)(splitted)


split_along(0, np.vsplit)
split_along(1, np.hsplit)  # of a vector, along its only axis
split_along(2, np.dsplit)


@composite(np.unstack)
def unstack(x, /, *, axis=0):
    """The parts along `axis`, which they no longer have."""
    return tuple(np.moveaxis(x, axis, 0))
