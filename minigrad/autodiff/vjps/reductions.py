"""Vjps of sums, means, extremes, spreads and scans.

A reduction forgets axes; its vjp puts them back with `restore`, after which
broadcasting does the rest: the adjoint of summing is copying.
"""

from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...arrays import plain
from ..registry import constant, vjp
from .arithmetic import divide_or_zero


def restore(g, x, axis, keepdims=False):
    """`g` of a reduction over `axis`, with the forgotten axes back as ones."""
    if keepdims or axis is None:
        return g
    shape = list(np.shape(x))
    for forgotten in axis if isinstance(axis, tuple) else (axis,):
        shape[forgotten] = 1
    return np.reshape(g, shape)


def spread(g, x, axis, keepdims):
    """`g` of a reduction over `axis`, copied back to the shape of `x`."""
    zeros = np.zeros(np.shape(x), getattr(x, "dtype", float))
    return restore(g, x, axis, keepdims) + zeros


def count(x, axis):
    """How many numbers a reduction over `axis` combines into one."""
    if axis is None:
        return np.size(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return prod(np.shape(x)[i] for i in axes)


# --- Sums and means ------------------------------------------------------------


def sum_vjp(g, ans, x, axis=None, dtype=None, out=None, keepdims=False):
    """d sum(x) / dx_i = 1."""
    return spread(g, x, axis, keepdims)


def mean_vjp(g, ans, x, axis=None, dtype=None, out=None, keepdims=False):
    """d mean(x) / dx_i = 1 / n."""
    return spread(g / count(x, axis), x, axis, keepdims)


vjp(np.sum, sum_vjp)
vjp(np.mean, mean_vjp)


# --- Spreads -------------------------------------------------------------------


def var_vjp(g, ans, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """d var(x) / dx_i = 2 (x_i - mean) / (n - ddof)."""
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    scale = 2 / (count(x, axis) - ddof)
    return restore(g, x, axis, keepdims) * scale * deviation


def std_vjp(g, ans, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """std = sqrt(var), so d std = d var / (2 std); 0 where all x are equal."""
    g = divide_or_zero(g, ans + ans)
    return var_vjp(g, ans, x, axis=axis, ddof=ddof, keepdims=keepdims)


vjp(np.var, var_vjp)
vjp(np.std, std_vjp)


# --- Products ------------------------------------------------------------------


def prod_vjp(g, ans, x, axis=None, dtype=None, out=None, keepdims=False):
    """d prod(x) / dx_i = the product of all others, also where some x are 0."""
    axes = _axes(x, axis)
    rows = _flatten_axes(x, axes)
    others = _product_before(rows) * np.flip(_product_before(np.flip(rows, -1)), -1)
    return restore(g, x, axis, keepdims) * _unflatten_axes(others, x, axes)


def _product_before(rows):
    """Along the last axis, the product of everything in front of each number.

    Built in log(n) doubling steps of products alone: unlike a division of the
    whole by each part, it can be differentiated at zeros.
    """
    n = rows.shape[-1]
    ones = np.ones((*rows.shape[:-1], min(n, 1)), rows.dtype)
    before = np.concatenate([ones, rows[..., :-1]], axis=-1)
    step = 1
    while step < n:
        shifted = np.concatenate(
            [np.ones((*rows.shape[:-1], step), rows.dtype), before[..., :-step]],
            axis=-1,
        )
        before = before * shifted
        step *= 2
    return before


vjp(np.prod, prod_vjp)


# --- Extremes ------------------------------------------------------------------


def extreme_vjp(pick):
    """The vjp of max and min: all goes to the first number that attains it."""

    def extreme(g, ans, x, axis=None, out=None, keepdims=False):
        axes = _axes(x, axis)
        rows = _flatten_axes(plain(x), axes)
        chosen = np.arange(rows.shape[-1]) == np.expand_dims(pick(rows, -1), -1)
        return restore(g, x, axis, keepdims) * _unflatten_axes(chosen, x, axes)

    return extreme


for _name, _pick in (("max", np.argmax), ("min", np.argmin)):
    vjp(getattr(np, _name), extreme_vjp(_pick))
    vjp(getattr(np, f"a{_name}"), extreme_vjp(_pick))


def _axes(x, axis):
    """The axes of a reduction as a tuple of numbers that are not negative."""
    axis = tuple(range(np.ndim(x))) if axis is None else axis
    return normalize_axis_tuple(axis, np.ndim(x))


def _flatten_axes(x, axes):
    """`x` with the reduced `axes` flattened into one, which comes last."""
    kept = tuple(n for i, n in enumerate(np.shape(x)) if i not in axes)
    n = prod(np.shape(x)[i] for i in sorted(axes))
    last = tuple(range(-len(axes), 0))
    return np.reshape(np.moveaxis(x, sorted(axes), last), (*kept, n))


def _unflatten_axes(rows, x, axes):
    """The inverse of `_flatten_axes`."""
    axes = sorted(axes)
    kept = tuple(n for i, n in enumerate(np.shape(x)) if i not in axes)
    rows = np.reshape(rows, (*kept, *(np.shape(x)[i] for i in axes)))
    return np.moveaxis(rows, tuple(range(-len(axes), 0)), axes)


# --- Scans ---------------------------------------------------------------------


def cumsum_vjp(g, ans, x, axis=None, dtype=None, out=None):
    """x_i enters every later sum: the gradient is summed from the far end."""
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


vjp(np.cumsum, cumsum_vjp)

# --- Constants -----------------------------------------------------------------

constant(np.argmax, np.argmin, np.argsort, np.all, np.any, np.count_nonzero)
