"""Sums, means, products, extremes, spreads."""

import numpy as np

from minigrad.autodiff.vjps.reductions import variance

from .table import CONSTANTS, MASK, X, row, spaced

AXES = (None, 0, 1, -1, (0, 2), (-1, 0), (2, 1, 0), ())
COMPLEX = (np.sum, np.mean, np.prod, np.var, np.std)
SPACED = spaced(0.07)

for function in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.ptp):
    for axis in AXES:
        for keepdims in (False, True):
            if axis == () and function in (np.std, np.ptp):
                continue  # the spread of single numbers: a kink
            row(
                function,
                lambda x, f=function, axis=axis, keepdims=keepdims: f(
                    x, axis=axis, keepdims=keepdims
                ),
                SPACED((2, 3, 4)),
                complex=function in COMPLEX and axis in (None, 1, (-1, 0)),
                name=f"{axis}{keepdims}",
            )
    row(function, lambda x, f=function: f(x, axis=1), SPACED((2, 1)))
    row(function, lambda x, f=function: f(x, axis=1), (0, 3))
    row(function, lambda x, f=function: f(x, axis=0), (3, 0))
for function in (np.sum, np.mean, np.prod, np.max, np.min):
    row(function, function, (), name="number")
for function in (np.sum, np.prod):
    row(function, lambda x, f=function: f(x, axis=0), (0, 3), name="none of them")
for function in (np.max, np.min):
    row(function, lambda x, f=function: f(x, axis=0), SPACED((3, 2)), complex=True)
for function in (np.amax, np.amin):
    row(function, function, SPACED((2, 3)))
    row(function, lambda x, f=function: f(x, axis=(0, -1)), SPACED((2, 3, 2)))
row(np.sum, lambda x: np.sum(x, 0, None, None, True), (2, 3))
row(np.max, lambda x: np.max(x, 0, None, True), SPACED((2, 3)))
row(np.prod, lambda x: np.prod(x * [0, 1, 1, 0], axis=-1), (2, 4), name="zeros")

# --- Degrees of freedom, a mean that is known -----------------------------------

for function in (np.var, np.std):
    for axis in (None, 1, (0, 2)):
        row(function, lambda x, f=function, a=axis: f(x, axis=a, ddof=1), (2, 3, 4))
    row(function, lambda x, f=function: f(x, 1, None, None, 1, True), (2, 3, 4))
    row(function, lambda x, f=function: f(x, correction=1.5), (2, 3), complex=True)
    row(function, lambda x, m, f=function: f(x, mean=m, axis=0), (4, 3), (1, 3))
    row(function, lambda x, m, f=function: f(x, mean=m), (2, 3), ())
    row(function, lambda m, f=function: f(X, mean=m, ddof=1, keepdims=True), (2, 1))
    row(function, lambda m, f=function: f([1, 2, 5], mean=m), ())
    row(
        function,
        lambda x, f=function: f(x, mean=np.mean(x, 1, keepdims=True), axis=1),
        (2, 3),
        complex=True,
        name="with its own mean",
    )
row(variance, variance, (2, 3))
row(variance, lambda x, m: variance(x, m, axis=0, ddof=1), (2, 3), (1, 3))

# --- Where to look, and where to start ------------------------------------------

SOME = np.array([[True, False, True], [False, True, True]])

for function in (np.sum, np.mean, np.prod, np.var, np.std):
    for where, axes in (
        (SOME, (None, 0, 1)),
        (MASK[0], (None, 1)),
        ([[True], [False]], (None, 0)),
    ):
        for axis in axes:
            if function is np.std and axis == 0:
                continue  # of single numbers
            row(
                function,
                lambda x, f=function, w=where, axis=axis: f(x, axis=axis, where=w),
                (2, 3),
                complex=axis is None,
            )
    row(
        function,
        lambda x, f=function: f(x, where=MASK[0], axis=(0, -1), keepdims=True),
        (2, 2, 3),
    )
for function, start in ((np.sum, 2.5), (np.prod, -1.5)):
    for axis in (None, (0, 1)):
        row(
            function,
            lambda x, f=function, a=axis, i=start: f(x, a, initial=i),
            (2, 3),
            complex=True,
        )
    call = lambda x, f=function, i=start: f(x, axis=1, initial=i, where=MASK)
    row(function, call, (2, 3))
    row(function, lambda x, f=function, i=start: f(x, initial=i), (0,))
for function, worst in ((np.max, -9), (np.min, 9)):
    for start in (worst, 0.01, -worst):
        for keywords in ({}, {"axis": 1}, {"axis": (-1, 0), "keepdims": True}):
            row(
                function,
                lambda x, f=function, i=start, k=keywords: f(x, initial=i, **k),
                SPACED((2, 3)),
            )
        call = lambda x, f=function, i=start: f(x, axis=0, initial=i, where=MASK)
        row(function, call, SPACED((2, 3)))
    row(function, lambda x, f=function, i=worst: f(x, 1, initial=i), (3, 0))
for function in (np.sum, np.mean, np.prod, np.var, np.std):
    row(function, lambda x, f=function: f(x, axis=0, dtype=np.float64), (3, 2))

# --- Constants ------------------------------------------------------------------

for function in (np.argmax, np.argmin, np.all, np.any, np.count_nonzero):
    CONSTANTS[function] = (function,)
