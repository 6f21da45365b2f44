"""Sorting, medians and quantiles, different numbers."""

import numpy as np

from .table import CONSTANTS, between, row, spaced

SPACED = spaced(0.07)
AXES = (None, 0, -1, (0, 2))

# --- Sorting --------------------------------------------------------------------

for axis in (None, 0, 1, -1):
    row(np.sort, lambda x, a=axis: np.sort(x, a), SPACED((3, 4)), complex=True)
    row(np.partition, lambda x, a=axis: np.partition(x, 1, a), SPACED((3, 4)))
row(np.sort, np.sort, (0, 3))
row(np.sort, np.sort, (3, 0))
row(np.sort, lambda x: np.sort(x, kind="stable"), SPACED((5,)))
row(np.sort, lambda x: np.sort(x, stable=True), SPACED((2, 3, 2)))
row(np.partition, lambda x: np.partition(x, (2, 4)), SPACED((3, 7)), complex=True)
row(np.partition, lambda x: np.partition(x, kth=-3, axis=0), SPACED((9, 2)))

# --- Medians and quantiles ------------------------------------------------------

for function in (np.median, np.nanmedian):
    for axis in (*AXES, [2, 1]):
        for keepdims in (False, True):
            call = lambda x, f=function, a=axis, k=keepdims: f(x, a, keepdims=k)
            row(function, call, SPACED((2, 3, 4)))
    row(function, lambda x, f=function: f(x, axis=0), SPACED((3, 2)), complex=True)
    row(function, lambda x, f=function: f(x, axis=1), (0, 3))
    row(function, function, ())

METHODS = (
    "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf "
    "hazen weibull linear median_unbiased normal_unbiased lower higher midpoint nearest"
).split()

for function, unit in (
    (np.quantile, 1),
    (np.nanquantile, 1),
    (np.percentile, 100),
    (np.nanpercentile, 100),
):
    for axis in AXES:
        call = lambda x, f=function, u=unit, a=axis: f(x, 0.3 * u, a)
        row(function, call, SPACED((2, 3, 4)))
        shares = np.array([0.6, 0.23]) * unit
        call = lambda x, q=shares, f=function, a=axis: f(x, q, a, keepdims=True)
        row(function, call, SPACED((2, 3, 4)))
    share = lambda shape, u=unit: between(0.51 * u, 0.54 * u)(shape)
    for method in METHODS if unit == 1 else ("linear", "hazen", "lower"):
        call = lambda x, q, f=function, m=method: f(x, q, axis=0, method=m)
        row(function, call, SPACED((5, 2)), share(()), name=method)
    row(function, function, SPACED((2, 3)), share((2,)))
    row(function, lambda q, f=function: f([3, 1, 2, 5], q), share(()))
    row(function, lambda x, f=function: f(x, 0.5, axis=1), (0, 3))
    row(function, lambda x, f=function, u=unit: f(x, [0, u]), SPACED((4,)))
    row(function, lambda x, f=function: f(x, 0.5), ())
    row(function, lambda x, q, f=function: f(x, q, 0), SPACED((3, 2)), share((1, 2)))
    row(
        function,
        lambda x, w, f=function, u=unit: f(
            x, [0.3 * u, 0.7 * u], axis=1, method="inverted_cdf", weights=w
        ),
        *(SPACED((2, 4)), between(1, 1.1)((2, 4))),
    )

HOLES = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0]])
for function, arguments in (
    (np.nanmedian, ()),
    (np.nanquantile, (1.0,)),
    (np.nanquantile, (0.3,)),
    (np.nanpercentile, ([0, 70],)),
):
    for axis in (None, 0, 1):
        call = lambda x, f=function, args=arguments, a=axis: f(
            np.where(HOLES, np.nan, x), *args, a
        )
        row(function, call, SPACED((3, 4)), name=f"NaN{arguments}{axis}")

# --- Different numbers ----------------------------------------------------------

TWICE = np.array([[0, 1, 0], [2, 1, 2]])
row(np.unique, np.unique, SPACED((2, 3)))
row(np.unique, lambda x: np.unique(x[TWICE]), SPACED((3,)))
row(np.unique, lambda x: np.unique(x[TWICE], return_index=True)[0], SPACED((3,)))
row(np.unique, lambda x: np.unique(x[TWICE], False, True, True)[0], SPACED((3,)))
row(np.unique, lambda x: np.unique(x[TWICE, :], axis=0), SPACED((3, 2)))
row(np.unique, lambda x: np.unique(x[:, [1, 0, 1]], axis=-1), SPACED((3, 2)))
row(np.unique, lambda x: np.unique(x, equal_nan=False, sorted=False), SPACED((3,)))
row(np.unique_values, lambda x: np.unique_values(x[TWICE]), SPACED((3,)))
for function in (np.unique_all, np.unique_counts, np.unique_inverse):
    row(function, lambda x, f=function: f(x[TWICE]).values, SPACED((3,)))

SOME = [-0.3, 0.0, 7.0, 0.0]
for function in (np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d):
    row(function, lambda x, f=function: f(x[TWICE], SOME), SPACED((3,)))
    row(function, lambda x, f=function: f(SOME, x), SPACED((2, 3)))
for function in (np.intersect1d, np.setdiff1d, np.setxor1d):
    call = lambda x, f=function: f(x, [0.0, 7.0], assume_unique=True)
    row(function, call, SPACED((3,)))
row(np.union1d, np.union1d, SPACED((3,)), spaced(0.05)((2,)))
row(np.sort_complex, np.sort_complex, SPACED((3,)), complex=True)

# --- Constants ------------------------------------------------------------------

CONSTANTS.update(
    {
        np.argsort: (np.argsort, lambda x: x.argsort(axis=0)),
        np.argpartition: (lambda x: np.argpartition(x, 1), lambda x: x.argpartition(1)),
        np.lexsort: (np.lexsort, lambda x: np.lexsort((x[0], x[1]))),
        np.searchsorted: (
            lambda x: np.searchsorted([-1, 0, 1], x),
            lambda x: np.searchsorted(x[0, ::2], 1.0, side="right"),
        ),
        np.digitize: (lambda x: np.digitize(x, [-1, 0, 1]),),
    }
)
