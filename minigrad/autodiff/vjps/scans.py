"""Vjps of running sums and products, differences, and integrals of samples."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ...arrays import plain
from ..recording import astype
from ..registry import composite, vjp

# --- Running sums and products --------------------------------------------------


def cumsum_vjp(g, ans, x, axis=None, dtype=None, out=None):
    """x_i enters every later sum: the gradient is summed from the far end."""
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def cumprod_vjp(g, ans, x, axis=None, dtype=None, out=None):
    """d y_j / dx_i is the product of the other x up to j, also where some are 0.

    It is what comes before x_i, times what comes after it:

        after_i = sum_j g_j x_(i+1) ... x_j = g_i + x_(i+1) after_(i+1)
    """
    if axis is None:
        return np.reshape(cumprod_vjp(g, ans, np.reshape(x, -1), 0), np.shape(x))
    g, ans, x = (np.moveaxis(part, axis, -1) for part in (g, ans, x))
    after = sum_from_the_end(g, moved(x, -1))
    return np.moveaxis(one_later(ans) * after, -1, axis)


def sum_from_the_end(g, factor):
    """`s` with `s[i] = g[i] + factor[i] s[i + 1]`, along the last axis.

    In log(n) steps: each doubles how many terms of every sum are in it. With sums
    and products alone it can be differentiated everywhere.
    """
    step = 1
    while step < np.shape(g)[-1]:
        g = g + factor * moved(g, -step)
        factor = factor * moved(factor, -step)
        step *= 2
    return g


def moved(x, places, fill=0):
    """`x` moved along its last axis; those that leave it are gone."""
    shape = (*np.shape(x)[:-1], min(abs(places), np.shape(x)[-1]))
    filled = np.full(shape, fill, x.dtype)
    if places > 0:
        return np.concatenate([filled, x[..., :-places]], axis=-1)
    return np.concatenate([x[..., -places:], filled], axis=-1)


def one_later(products):
    """Running products, each without its last factor."""
    return moved(products, 1, fill=1)


vjp(np.cumsum, cumsum_vjp)
vjp(np.cumprod, cumprod_vjp)


@composite(np.cumulative_sum)
def cumulative_sum(x, *, axis=None, dtype=None, include_initial=False):
    """`cumsum` of the array standard, which may begin with the empty sum."""
    return _running(np.cumsum, x, axis, dtype, include_initial, 0)


@composite(np.cumulative_prod)
def cumulative_prod(x, *, axis=None, dtype=None, include_initial=False):
    """`cumprod` of the array standard, which may begin with the empty product."""
    return _running(np.cumprod, x, axis, dtype, include_initial, 1)


def _running(scan, x, axis, dtype, include_initial, first):
    x = np.atleast_1d(x)
    if axis is None and np.ndim(x) > 1:
        np.cumulative_sum(plain(x))  # which says what is wrong
    axis = 0 if axis is None else axis
    scanned = scan(x, axis, dtype)
    if not include_initial:
        return scanned
    shape = list(np.shape(x))
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, scanned.dtype), scanned], axis)


@composite(np.nancumsum)
def nancumsum(a, axis=None, dtype=None, out=None):
    """Running sums in which NaN counts as 0."""
    return np.cumsum(np.where(np.isnan(a), 0, a), axis, dtype)


@composite(np.nancumprod)
def nancumprod(a, axis=None, dtype=None, out=None):
    """Running products in which NaN counts as 1."""
    return np.cumprod(np.where(np.isnan(a), 1, a), axis, dtype)


# --- Differences ----------------------------------------------------------------


@composite(np.diff)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Each number minus the one before it, `n` times over."""
    if n < 0 or np.ndim(a) == 0:
        np.diff(plain(a), n, axis)  # which says what is wrong
    axis = normalize_axis_index(axis, np.ndim(a))
    shape = list(np.shape(a))
    shape[axis] = 1
    a = as_array(a)
    ends = [
        np.broadcast_to(end, shape) if end is not None and np.ndim(end) == 0 else end
        for end in (prepend, append)
    ]
    if n and any(end is not None for end in ends):
        parts = [part for part in (ends[0], a, ends[1]) if part is not None]
        a = np.concatenate(parts, axis)
    for _ in range(n):
        a = _part(a, axis, 1, None) - _part(a, axis, None, -1)
    return a


def as_array(x):
    """`x` itself, tracked or not; a list as an array."""
    return x if hasattr(x, "dtype") else np.asarray(x)


def _part(x, axis, start, stop):
    """`x[start:stop]` along `axis`."""
    before = normalize_axis_index(axis, np.ndim(x))
    return x[(slice(None),) * before + (slice(start, stop),)]


@composite(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of neighbours, between two ends."""
    ary = np.ravel(ary)
    parts = (to_begin, ary[1:] - ary[:-1], to_end)
    parts = [np.ravel(part) for part in parts if part is not None]
    return np.concatenate([astype(part, ary.dtype) for part in parts])


# --- Derivatives and integrals of samples ---------------------------------------


@composite(np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The sum of the areas of trapezia between the `x`, which are `dx` apart."""
    if x is not None:
        dx = np.diff(x, axis=axis if np.ndim(x) > 1 else -1)
        if np.ndim(x) == 1:
            dx = _along(dx, axis, np.ndim(y))
    y = as_array(y)
    heights = _part(y, axis, 1, None) + _part(y, axis, None, -1)
    return np.sum(dx * heights / 2.0, axis)


def _along(x, axis, ndim):
    """The vector `x` as an array of `ndim` axes that lies along `axis`."""
    return np.reshape(x, [-1 if i == axis % ndim else 1 for i in range(ndim)])


@composite(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """The slope at every point of the parabola through it and its neighbours."""
    values = [plain(h) for h in varargs]
    np.gradient(plain(f), *values, axis=axis, edge_order=edge_order)  # is all right?
    axes = range(np.ndim(f)) if axis is None else axis
    axes = normalize_axis_tuple(axes, np.ndim(f))
    spacings = varargs or (1.0,)
    if len(spacings) == 1:
        spacings *= len(axes)
    slopes = [
        _slopes(f, h, axis, edge_order) for h, axis in zip(spacings, axes, strict=True)
    ]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slopes(f, spacing, axis, edge_order):
    """Of two neighbouring slopes between points, the nearer one counts more.

    `spacing` is one distance, or the places of all points.
    """
    f = np.moveaxis(as_array(f), axis, 0)
    h = np.diff(spacing) if np.ndim(spacing) else spacing * np.ones(len(f) - 1)
    h = np.reshape(h, (-1,) + (1,) * (np.ndim(f) - 1))
    s = (f[1:] - f[:-1]) / h
    inside = (h[1:] * s[:-1] + h[:-1] * s[1:]) / (h[1:] + h[:-1])
    first, last = s[:1], s[-1:]
    if edge_order == 2:
        first = first + (s[:1] - s[1:2]) * h[:1] / (h[:1] + h[1:2])
        last = last + (s[-1:] - s[-2:-1]) * h[-1:] / (h[-1:] + h[-2:-1])
    slopes = np.concatenate([first, inside, last])
    return np.moveaxis(astype(slopes, np.result_type(f.dtype, np.float16)), 0, axis)
