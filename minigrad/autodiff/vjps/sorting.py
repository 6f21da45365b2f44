"""Vjps of sorting, and of what is read off sorted numbers: medians and quantiles.

Sorting moves numbers without changing them, and its adjoint moves them back. Of equal
numbers the first stays the first.
"""

import numpy as np

from ...arrays import plain
from ..recording import astype
from ..registry import composite, constant, vjp
from ..tracked import Tracked
from .reductions import axes_of, flatten_axes

# --- Sorting --------------------------------------------------------------------


def sorted_vjp(g, ans, a, axis):
    """Each number gets the gradient from the place to which it moved."""
    if axis is None:
        return np.reshape(sorted_vjp(g, ans, np.reshape(a, -1), 0), np.shape(a))
    rank = _order(_order(a, axis), axis)  # the inverse of a permutation sorts it
    place = np.take_along_axis(_order(ans, axis), rank, axis)
    return g[along(place, axis)]


def _order(x, axis):
    return np.argsort(plain(x), axis=axis, stable=True)


def along(index, axis):
    """The index for which `x[along(index, axis)]` is `np.take_along_axis`."""
    places = list(np.indices(np.shape(index), sparse=True))
    places[axis] = index
    return tuple(places)


# fmt: off
vjp(np.sort,      lambda g, ans, a, axis=-1, kind=None, order=None, stable=None:
                  sorted_vjp(g, ans, a, axis))
vjp(np.partition, lambda g, ans, a, kth, axis=-1, kind=None, order=None:
                  sorted_vjp(g, ans, a, axis))
# fmt: on


# --- Medians and quantiles ------------------------------------------------------

# All of them read sorted numbers at a place that may lie between two. NumPy says where
# it is: it is the same quantile, or median, of the places 0, 1, 2, ... themselves.


def sorted_rows(a, axis):
    """Rows of what a reduction over `axis` combines, in order; and their places.

    NaN, at the end of a row, has no place (NaN), and is never read (a 0 is there).
    """
    rows = np.sort(flatten_axes(a, axes_of(a, axis)), axis=-1)
    unknown = np.isnan(rows)
    n, dtype = np.shape(rows)[-1], plain(rows).real.dtype
    places = np.where(unknown, np.nan, np.arange(n, dtype=dtype))
    return np.where(unknown, 0, rows) if unknown.any() else rows, places


def read(rows, places):
    """The numbers at `places` of every row; at 0 in place of NaN."""
    places = np.nan_to_num(places).astype(int)
    return rows[(*np.indices(np.shape(rows)[:-1], sparse=True), places)]


def finished(found, place, a, axis, keepdims):
    """With NaN where there is no place, and with axes kept that were reduced."""
    if np.isnan(place).any():
        found = np.where(np.isnan(place), np.nan, found)
    if keepdims:
        axes = axes_of(a, axis)
        shape = [1 if i in axes else n for i, n in enumerate(np.shape(a))]
        several = np.shape(found)[: np.ndim(found) + len(axes) - np.ndim(a)]
        found = np.reshape(found, (*several, *shape))
    return found


def median_like(function):
    """`function` is `np.median`, or the one that knows no NaN."""

    @composite(function)
    def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
        """The number in the middle, or the mean of the two that share it."""
        rows, places = sorted_rows(a, axis)
        place = function(places, axis=-1)
        found = (read(rows, np.floor(place)) + read(rows, np.ceil(place))) / 2
        return finished(found, place, a, axis, keepdims)


def quantile_like(function, unit):
    """`function` is `np.quantile` or one of its kind, with shares `q` of `unit`."""

    @composite(function)
    def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear",
                 keepdims=False, *, weights=None):  # fmt: skip
        """The number that is larger than the share `q`, between two sorted ones."""
        rows, places = sorted_rows(a, axis)
        if weights is None:
            last = np.ndim(places) - 1
            place = function(places, plain(q), last, method=method)
        else:
            place = _place_of_weighted(function, a, q, axis, method, weights, rows)
        low, n = np.floor(place), np.sum(~np.isnan(places), axis=-1)
        part = np.where(np.isnan(place), 0, place - low)
        if isinstance(q, Tracked) and method in SPEED:
            inside = (place > 0) & (place < n - 1)
            shares = np.reshape(q - plain(q), (*np.shape(q), *[1] * (rows.ndim - 1)))
            speed = inside * (n + SPEED[method]) / unit
            part = part + shares * speed.astype(part.dtype)
        below, above = read(rows, low), read(rows, np.minimum(low + 1, n - 1))
        far = np.greater_equal(part, 0.5)  # rounded as NumPy does, from the nearer one
        found = np.where(far, above, below) + (above - below) * (part - far)
        return finished(found, place, a, axis, keepdims)


# How far the place moves with q, beyond n; other methods jump from place to place.
SPEED = {"linear": -1, "interpolated_inverted_cdf": 0, "hazen": 0, "weibull": 1,
         "median_unbiased": 1 / 3, "normal_unbiased": 1 / 4}  # fmt: skip


def _place_of_weighted(function, a, q, axis, method, weights, rows):
    """A weighted quantile is one of the numbers: the first that is equal to it."""
    found = function(
        plain(a), plain(q), axis, method=method, weights=plain(weights), keepdims=False
    )
    place = np.argmax(np.equal(rows, np.expand_dims(found, -1)), axis=-1)
    return np.where(np.isnan(found), np.nan, place.astype(found.dtype))


for _function in (np.median, np.nanmedian):
    median_like(_function)
for _function in (np.quantile, np.nanquantile):
    quantile_like(_function, unit=1)
for _function in (np.percentile, np.nanpercentile):
    quantile_like(_function, unit=100)


# --- Different numbers ----------------------------------------------------------


@composite(np.unique)
def unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    **keywords,
):
    """The different numbers in order; of equal ones the first is taken."""
    values, index, *others = np.unique(
        plain(ar), True, return_inverse, return_counts, axis, **keywords
    )
    ar, axis = (np.reshape(ar, -1), 0) if axis is None else (ar, axis)
    values = ar[(slice(None),) * (axis % np.ndim(ar)) + (index,)]
    found = (values, index, *others) if return_index else (values, *others)
    return found if len(found) > 1 else values


@composite(np.unique_values)
def unique_values(x):
    """The different numbers; no NaN is equal to another."""
    return np.unique(x, equal_nan=False)


for _function in (np.unique_all, np.unique_counts, np.unique_inverse):
    composite(_function)(lambda x, function=_function:
        function(plain(x))._replace(values=np.unique_values(x)))  # fmt: skip


# --- Sets of numbers ----------------------------------------------------------------


@composite(np.union1d)
def union1d(ar1, ar2):
    """What is in one of both; what is in both is taken from the first."""
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


@composite(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False):
    """What is in both, taken from the first."""
    known = np.intersect1d(plain(ar1), plain(ar2), assume_unique)
    values = np.sort(np.ravel(ar1)) if assume_unique else np.unique(ar1)
    return astype(values[np.isin(values, known)], known.dtype)


@composite(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    """What is in the first only."""
    values = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return values[np.isin(values, ar2, invert=True)]


@composite(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    """What is in one of both only."""
    ar1, ar2 = (np.ravel(x) if assume_unique else np.unique(x) for x in (ar1, ar2))
    parts = np.setdiff1d(ar1, ar2, True), np.setdiff1d(ar2, ar1, True)
    return np.sort(np.concatenate(parts))


@composite(np.sort_complex)
def sort_complex(a):
    """In order of the real parts, then of the imaginary ones."""
    return astype(np.sort(a), np.sort_complex(plain(a)).dtype)


# --- Constants: places and counts -----------------------------------------------

constant(np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize)
