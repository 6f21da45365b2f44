"""Vjps of indexing: reading at places, and its adjoint, adding at places."""

import numpy as np

from ..recording import getitem, primitive
from ..registry import vjp


@primitive
def add_at(g, index, shape):
    """Zeros of `shape`, with `g` added at `index`: the adjoint of `x[index]`.

    A place that the index names several times receives several contributions.
    """
    g = np.asarray(g)
    total = np.zeros(shape, g.dtype)
    if _is_basic(index):
        total[index] = g
    else:
        np.add.at(total, index, g)
    return total


def _is_basic(index):
    """Whether `index` is made of integers, slices, None and `...` only."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(None), type(...))
    return all(isinstance(p, basic) and not isinstance(p, bool) for p in parts)


vjp(getitem, lambda g, ans, x, index: add_at(g, index, np.shape(x)))
vjp(add_at, lambda g, ans, values, index, shape: g[index])
