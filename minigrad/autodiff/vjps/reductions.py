"""Vjps of sums, means, products, extremes and spreads.

A reduction forgets axes; its vjp puts them back with `restore`, after which
broadcasting does the rest: the adjoint of summing is copying. Two keywords mean the
same to all of them: what `where=` leaves out gets no gradient (`only`), and
`initial=` is one more number, which is a constant.
"""

from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...arrays import plain
from ..recording import primitive
from ..registry import composite, constant, vjp
from .scans import as_array, one_later


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


def only(where, x, otherwise=0):
    """`x` where a reduction looked, and a number that changes nothing elsewhere.

    It stands in front of the arithmetic of a vjp, too: what is left out may be NaN.
    """
    return x if where is True else np.where(where, x, otherwise)


def count(x, axis, where=True, keepdims=False):
    """How many numbers a reduction over `axis` combines into one."""
    if where is not True:
        where = np.broadcast_to(where, np.shape(x))
        return np.sum(where, axis=axis, keepdims=keepdims)
    if axis is None:
        return np.size(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return prod(np.shape(x)[i] for i in axes)


# --- Sums and means -------------------------------------------------------------


def sum_vjp(
    g, ans, x, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True
):
    """d sum(x) / dx_i = 1."""
    return only(where, spread(g, x, axis, keepdims))


def mean_vjp(g, ans, x, axis=None, dtype=None, out=None, keepdims=False, where=True):
    """d mean(x) / dx_i = 1 / n."""
    n = count(x, axis, where, keepdims)
    if where is not True:
        n = np.maximum(n, 1)  # the mean of nothing is NaN, but sends nothing back
    return only(where, spread(g / n, x, axis, keepdims))


vjp(np.sum, sum_vjp)
vjp(np.mean, mean_vjp)


# --- Spreads --------------------------------------------------------------------


@primitive
def variance(a, mean=None, axis=None, dtype=None, ddof=0, keepdims=False, **keywords):
    """`np.var`, with the `mean` (None: the mean of `a`) an argument of its own."""
    if mean is not None:
        keywords["mean"] = mean
    return np.var(a, axis, dtype, None, ddof, keepdims, **keywords)


def variance_a(
    g,
    ans,
    a,
    mean=None,
    axis=None,
    dtype=None,
    ddof=0,
    keepdims=False,
    where=True,
    correction=0,
):
    """d var(x) / dx_i = 2 conj(x_i - mean) / (n - ddof)."""
    g = restore(g, a, axis, keepdims)
    n = count(a, axis, where, keepdims=True) - ddof - correction
    if where is not True or n <= 0:
        enough = np.greater(n, 0)  # else it is NaN, and sends nothing back
        g, n = np.where(enough, g, 0), np.where(enough, n, 1)
    a = only(where, a)
    if mean is None:
        mean = np.mean(a, axis, keepdims=True, where=where)
    deviation = only(where, a - mean)
    if np.iscomplexobj(deviation):
        deviation = np.conjugate(deviation)
    return g * (2 / n) * deviation


def variance_mean(g, ans, a, mean, *args, **keywords):
    """The deviations grow by what the mean falls."""
    return -variance_a(g, ans, a, mean, *args, **keywords)


vjp(variance, variance_a, variance_mean, broadcasts=True)


@composite(np.var)
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, mean=None,
        **keywords):  # fmt: skip
    """The mean square deviation from `mean`."""
    return variance(as_array(a), mean, axis, dtype, ddof, keepdims, **keywords)


@composite(np.std)
def std(*args, **keywords):
    """The root of the variance; where that is 0, its slope is taken to be 0."""
    return np.sqrt(np.var(*args, **keywords))


# --- Products -------------------------------------------------------------------


def prod_vjp(
    g, ans, x, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True
):
    """d prod(x) / dx_i is the product of all others, also where some x are 0."""
    axes = axes_of(x, axis)
    rows = flatten_axes(only(where, x, 1), axes)
    before = one_later(np.cumprod(rows, axis=-1))
    after = np.flip(one_later(np.cumprod(np.flip(rows, -1), axis=-1)), -1)
    others = unflatten_axes(before * after, x, axes)
    return only(where, restore(g * initial, x, axis, keepdims) * others)


vjp(np.prod, prod_vjp)


# --- Extremes -------------------------------------------------------------------


def extreme_vjp(pick, worst):
    """The vjp of max and min: all goes to the first number that attains it.

    The very first is `initial`: it gets what belongs to it, and that is lost.
    """

    def extreme(
        g, ans, x, axis=None, out=None, keepdims=False, initial=None, where=True
    ):
        axes = axes_of(x, axis)
        rows = plain(x)
        if initial is None and where is True:
            place = pick(flatten_axes(rows, axes), -1)
        else:
            initial = worst if initial is None else initial
            rows = flatten_axes(only(where, rows, initial), axes)
            first = np.full((*rows.shape[:-1], 1), initial, rows.dtype)
            place = pick(np.concatenate([first, rows], -1), -1) - 1
        n = count(x, axes)
        chosen = np.arange(n) == np.expand_dims(place, -1)
        return restore(g, x, axis, keepdims) * unflatten_axes(chosen, x, axes)

    return extreme


max_vjp = extreme_vjp(np.argmax, -np.inf)
min_vjp = extreme_vjp(np.argmin, np.inf)
vjp(np.max, max_vjp)
vjp(np.amax, max_vjp)
vjp(np.min, min_vjp)
vjp(np.amin, min_vjp)


@composite(np.ptp)
def ptp(a, axis=None, out=None, keepdims=False):
    """From the smallest to the largest, "peak to peak"."""
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


# --- Axes as rows ---------------------------------------------------------------


def axes_of(x, axis):
    """The axes of a reduction as a tuple of numbers that are not negative."""
    axis = tuple(range(np.ndim(x))) if axis is None else axis
    return normalize_axis_tuple(axis, np.ndim(x))


def flatten_axes(x, axes):
    """`x` with the reduced `axes` flattened into one, which comes last."""
    kept = tuple(n for i, n in enumerate(np.shape(x)) if i not in axes)
    n = prod(np.shape(x)[i] for i in sorted(axes))
    last = tuple(range(-len(axes), 0))
    return np.reshape(np.moveaxis(x, sorted(axes), last), (*kept, n))


def unflatten_axes(rows, x, axes):
    """The inverse of `flatten_axes`."""
    axes = sorted(axes)
    kept = tuple(n for i, n in enumerate(np.shape(x)) if i not in axes)
    rows = np.reshape(rows, (*kept, *(np.shape(x)[i] for i in axes)))
    return np.moveaxis(rows, tuple(range(-len(axes), 0)), axes)


# --- Constants ------------------------------------------------------------------

constant(np.argmax, np.argmin, np.all, np.any, np.count_nonzero)
