"""Vjps of averages, covariances, histograms, and of reductions that skip NaN."""

from functools import wraps
from inspect import signature

import numpy as np

from ...arrays import plain
from ..recording import astype
from ..registry import composite, constant, vjp
from ..tracked import Tracked
from .indexing import add_at
from .reductions import axes_of, max_vjp, mean_vjp, min_vjp, prod_vjp, sum_vjp
from .scans import as_array

# --- Without NaN ----------------------------------------------------------------


def skipping_nan(vjp_of_all):
    """The vjp of a reduction that looks at no NaN, and sends it the gradient 0."""
    names = tuple(signature(vjp_of_all).parameters)[3:]  # behind g, ans and a

    @wraps(vjp_of_all)
    def vjp_of_some(g, ans, a, *args, **keywords):
        keywords.update(zip(names, args, strict=False))
        where = np.logical_and(keywords.pop("where", True), known(a))
        return vjp_of_all(g, ans, a, where=where, **keywords)

    return vjp_of_some


def known(a):
    """Where `a` is a number."""
    return ~np.isnan(plain(a))


# fmt: off
vjp(np.nansum,  skipping_nan(sum_vjp))
vjp(np.nanmean, skipping_nan(mean_vjp))
vjp(np.nanprod, skipping_nan(prod_vjp))
vjp(np.nanmax,  skipping_nan(max_vjp))
vjp(np.nanmin,  skipping_nan(min_vjp))
# fmt: on


@composite(np.nanvar)
def nanvar(a, *args, where=True, **keywords):
    """The variance of all that is not NaN."""
    return np.var(a, *args, where=np.logical_and(where, known(a)), **keywords)


@composite(np.nanstd)
def nanstd(a, *args, where=True, **keywords):
    """The standard deviation of all that is not NaN."""
    return np.std(a, *args, where=np.logical_and(where, known(a)), **keywords)


# --- Averages and covariances ---------------------------------------------------


@composite(np.average)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """`sum(weights * a) / sum(weights)`; with the sum of the weights if `returned`."""
    if weights is None:
        found = np.mean(a, axis, keepdims=keepdims)
        total = found.dtype.type(np.size(a) / np.size(found))
    else:
        a, weights = as_array(a), as_array(beside(a, weights, axis))
        least = np.float64 if a.dtype.kind in "biu" else a.dtype
        dtype = np.result_type(weights.dtype, least)
        total = np.sum(weights, axis, dtype, keepdims=keepdims)
        if np.any(np.equal(total, 0)):
            np.average(plain(a), axis, plain(weights))  # which says what is wrong
        found = np.sum(a * weights, axis, dtype, keepdims=keepdims) / total
    if not returned:
        return found
    return found, np.broadcast_to(astype(total, found.dtype), np.shape(found))


def beside(a, weights, axis):
    """The `weights` of places along `axis` in a shape that broadcasts against `a`."""
    if np.shape(weights) == np.shape(a):
        return weights
    axes = axes_of(a, axis)
    if axis is None or np.shape(weights) != tuple(np.shape(a)[i] for i in axes):
        np.average(plain(a), axis, plain(weights))  # which says what is wrong
    weights = np.transpose(weights, np.argsort(axes))
    return np.reshape(
        weights, [n if i in axes else 1 for i, n in enumerate(np.shape(a))]
    )


@composite(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *,
        dtype=None):  # fmt: skip
    """The mean product of the deviations of two variables, for all pairs of them."""
    if np.ndim(m) > 2 or np.ndim(y) > 2:
        np.cov(plain(m), plain(y))  # which says what is wrong
    if dtype is None:
        kinds = [x.dtype for x in (m, y) if hasattr(x, "dtype")]
        dtype = np.result_type(*kinds, np.float64)
    rows = rows_of(m, not rowvar and np.ndim(m) != 1)
    if y is not None:
        y = np.atleast_2d(y)
        rows = np.concatenate([rows, rows_of(y, not rowvar and np.shape(y)[0] != 1)])
    rows, n = astype(rows, dtype), np.shape(rows)[1]
    # Is all right with the rest? NumPy looks, at numbers in place of these.
    np.cov(np.zeros((1, n)), None, True, bias, ddof, plain(fweights), plain(aweights))
    ddof = (0 if bias else 1) if ddof is None else ddof
    importance = 1 if aweights is None else aweights
    weights = np.ones(n, rows.real.dtype) * importance
    weights = weights if fweights is None else weights * fweights
    total = np.sum(weights)
    deviation = rows - np.sum(rows * weights, 1, keepdims=True) / total
    other = np.conjugate(deviation) if np.iscomplexobj(rows) else deviation
    degrees = total - ddof * np.sum(weights * importance) / total
    return np.squeeze(deviation @ np.transpose(other * weights) / degrees)


def rows_of(x, transposed):
    """`x` as a matrix, turned so that its variables are the rows."""
    x = np.atleast_2d(x)
    return np.transpose(x) if transposed else x


@composite(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Covariances in units of both standard deviations: from -1 to 1."""
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    each = np.arange(len(c))
    deviation = np.sqrt(np.real(c[each, each]))
    c = c / deviation[:, None] / deviation
    if np.iscomplexobj(c):
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)


# --- Histograms -----------------------------------------------------------------

vjp(np.bincount, None, lambda g, ans, x, weights=None, minlength=0: g[np.asarray(x)])


@composite(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """Evenly from the smallest to the largest number, if nothing else is asked for."""
    if np.ndim(bins) == 1:
        return as_array(bins)
    edges = np.histogram_bin_edges(plain(a), plain(bins), range, plain(weights))
    if range is not None or np.size(a) == 0:
        return edges
    low, high = np.min(a), np.max(a)
    share = np.linspace(0, 1, len(edges), dtype=edges.dtype)
    moves = (low - plain(low)) * (1 - share) + (high - plain(high)) * share
    return edges + moves  # of value 0: the edges are bitwise NumPy's


@composite(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    """The count of each bin, or the sum of its weights; and the edges of the bins."""
    values = plain(a), plain(bins), range
    counts, edges = np.histogram(*values, weights=plain(weights))
    if isinstance(weights, Tracked):
        counts = sum_in_bins(np.ravel(weights), np.ravel(plain(a)), edges)
    edges = np.histogram_bin_edges(a, bins, range, weights)
    if density:
        counts = counts / astype(np.diff(edges), float) / np.sum(counts)
    return counts, edges


def sum_in_bins(weights, x, edges):
    """The sums of the `weights` of the `x` in each bin; the last has both its edges."""
    n = len(edges) - 1
    place = np.minimum(
        np.searchsorted(edges, x, side="right") - 1, n - (x <= edges[-1])
    )
    inside = (place >= 0) & (place < n)
    precise = astype(weights, np.result_type(weights.dtype, np.float64))
    return astype(add_at(precise[inside], place[inside], (n,)), weights.dtype)


constant(np.nanargmax, np.nanargmin)
