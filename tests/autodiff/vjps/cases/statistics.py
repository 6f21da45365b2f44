"""Averages, covariances, histograms, and reductions that skip NaN."""

import numpy as np

from .table import ANY, CONSTANTS, MASK, POSITIVE, X, between, row, spaced

SPACED = spaced(0.07)

# --- Without NaN ----------------------------------------------------------------

HOLES = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]])


def with_nan(x, holes=HOLES):
    return np.where(holes, np.nan, x)


COMPLEX = (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd)

for function in (*COMPLEX, np.nanmax, np.nanmin):
    for axis in (None, 0, -1, (1, 0)):
        for holes in (False, HOLES):
            row(
                function,
                lambda x, f=function, a=axis, h=holes: f(with_nan(x, h), axis=a),
                SPACED((3, 4)),
                complex=function in COMPLEX and axis is None,
            )
    row(
        function,
        lambda x, f=function: f(with_nan(x, HOLES[0]), axis=1, keepdims=True),
        SPACED((2, 4)),
    )
    row(function, lambda x, f=function: f(x, axis=1), (0, 3))
for function in (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd):
    call = lambda x, f=function: f(with_nan(x, HOLES[:2, 1:]), where=MASK | MASK[::-1])
    row(function, call, SPACED((2, 3)))
for function, start in ((np.nansum, 2.5), (np.nanprod, -1.5), (np.nanmax, 0.01),
                        (np.nanmin, 0.01)):  # fmt: skip
    call = lambda x, f=function, i=start: f(with_nan(x), axis=1, initial=i)
    row(function, call, SPACED((3, 4)))
    call = lambda x, f=function, i=start: f(x, 1, initial=i, where=MASK)
    row(function, call, SPACED((2, 3)))
for function in (np.nanvar, np.nanstd):
    row(function, lambda x, f=function: f(with_nan(x), 0, ddof=1), (3, 4))
    row(function, lambda x, f=function: f(with_nan(x), correction=1), (3, 4))
    row(function, lambda x, m, f=function: f(with_nan(x), mean=m), (3, 4), ())

# --- Averages -------------------------------------------------------------------

for axis in (None, 0, -1, (0, 2)):
    for keepdims in (False, True):
        call = lambda x, a=axis, k=keepdims: np.average(x, a, keepdims=k)
        row(np.average, call, (2, 3, 4))
        call = lambda x, w, a=axis, k=keepdims: np.average(x, a, w, keepdims=k)
        row(np.average, call, (2, 3, 4), POSITIVE((2, 3, 4)), complex=axis is None)
for axis, shape in ((1, (3,)), (-1, (4,)), ((0, 2), (2, 4)), ((2, 0), (4, 2))):
    call = lambda x, w, a=axis: np.average(x, a, w, returned=True)
    row(np.average, call, (2, 3, 4), POSITIVE(shape))
row(np.average, lambda x: np.average(x, axis=1, returned=True), (2, 3), complex=True)
row(np.average, lambda w: np.average([1, 5, 2], weights=w), POSITIVE((3,)))
row(np.average, lambda x: np.average(x, weights=[1, 0, 3]), (3,))

# --- Covariances ----------------------------------------------------------------

for function in (np.cov, np.corrcoef):
    row(function, function, (3, 5), complex=True)
    row(function, lambda x, f=function: f(x, rowvar=False), (5, 3))
    row(function, lambda x, y, f=function: f(x, y), (5,), (5,), complex=True)
    row(function, lambda x, y, f=function: f(x, y, False), (5, 2), (5,))
    row(function, lambda x, y, f=function: f(x, y, False), (5, 2), (1, 5))
    row(function, lambda y, f=function: f(X, y), (2, 3))
row(np.cov, np.cov, (5,), complex=True)
row(np.corrcoef, np.corrcoef, (5,))
row(np.corrcoef, lambda x: np.corrcoef(x, dtype=np.float64), (2, 5))
row(np.cov, lambda x: np.cov(x, bias=True), (2, 5))
row(np.cov, lambda x: np.cov(x, ddof=2, dtype=np.float64), (2, 5))
row(np.cov, lambda x: np.cov(x, fweights=[1, 0, 2, 1, 3]), (2, 5))
row(np.cov, lambda x, w: np.cov(x, aweights=w), (2, 5), POSITIVE((5,)))
row(np.cov, lambda x: np.cov(x, aweights=[1, 2, 0.5]), (2, 3), complex=True)
row(
    np.cov,
    lambda x, w: np.cov(x, ddof=2, fweights=[1, 1, 2, 1, 3], aweights=w),
    *((2, 5), POSITIVE((5,))),
)

# --- Histograms -----------------------------------------------------------------

row(np.bincount, lambda w: np.bincount([0, 2, 1, 2], w, 5), (4,))
row(np.bincount, lambda w: np.bincount(np.array([1, 1]), weights=w), (2,))
EDGES = [-0.6, -0.1, 0.3, 0.5]
PLACES = np.array([-0.6, 0.2, 0.5, 0.4, 0.6, 0.1, -0.7])
row(np.histogram_bin_edges, np.histogram_bin_edges, SPACED((2, 3)), exact=True)
row(np.histogram_bin_edges, lambda b: np.histogram_bin_edges(X, np.sort(b)), (3,))
row(np.histogram, lambda x: np.histogram(x, 4)[1], SPACED((7,)), exact=True)
row(np.histogram, lambda x: np.histogram(x, 4, density=True), SPACED((2, 3)))
row(
    np.histogram,
    lambda b: np.histogram(X, b + np.arange(-2.3, 1), density=True)[0],
    between(-0.1, 0.1)((4,)),
)
for bins in (EDGES, 4):
    row(
        np.histogram, lambda w, b=bins: np.histogram(PLACES, b, None, False, w)[0], (7,)
    )
row(
    np.histogram,
    lambda x, w: np.histogram(x, 3, (-0.52, 0.52), True, w)[0],
    *(SPACED((2, 4)), POSITIVE((2, 4))),
)
row(
    np.histogram,
    lambda w: np.histogram(PLACES, 5, (-1, 1), weights=w)[0],
    ANY((7,)),
    complex=True,
)

# --- Constants ------------------------------------------------------------------

for function in (np.nanargmax, np.nanargmin):
    CONSTANTS[function] = (function, lambda x, f=function: f(x, axis=1))
