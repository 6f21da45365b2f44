"""Vjps of indexing: reading at places, and its adjoint, adding at places."""

from math import prod

import numpy as np

from ..recording import getitem, primitive
from ..registry import vjp


@primitive
def add_at(g, index, shape):
    """Zeros of `shape`, with `g` added at `index`: the adjoint of `x[index]`.

    A place that the index names several times receives several contributions.
    """
    if isinstance(index, tuple) and len(index) == 1:
        (index,) = index
    g = np.asarray(g)
    total = np.zeros(shape, g.dtype)
    if names_no_place_twice(index):
        total[index] = g
    elif g.size >= MANY and names_rows(index, shape):
        np.add.at(total.reshape(-1), places_in_rows(index, shape), g.reshape(-1))
    else:
        np.add.at(total, index, g)
    return total


vjp(getitem, lambda g, ans, x, index: add_at(g, index, np.shape(x)))
vjp(add_at, lambda g, ans, values, index, shape: g[index])

# --- Short cuts: what np.add.at does number by number, and slowly --------------------

ONCE = int, np.integer, np.bool, slice, type(None), type(...)
"""The types that, as parts of an index, name every place once."""

MANY = 512
"""From so many numbers on, `np.add.at` is faster by place than by row."""


def names_no_place_twice(index):
    """Whether `index` is made of numbers, slices, None, `...` and masks only."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(part, ONCE) or _kind(part) == "b" for part in parts)


def names_rows(index, shape):
    """Whether `index` is an array of integers that picks rows of an array."""
    return len(shape) > 1 and _kind(index) in ("i", "u")


def places_in_rows(index, shape):
    """Where the numbers of `x[index]` stand in `x.reshape(-1)`."""
    rows, width = np.arange(shape[0])[index], prod(shape[1:])
    return (rows.reshape(-1, 1) * width + np.arange(width)).reshape(-1)


def _kind(index):
    return index.dtype.kind if isinstance(index, np.ndarray) else None
