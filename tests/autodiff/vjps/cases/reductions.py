"""Sums, products, extremes, spreads, scans."""

import numpy as np

from .table import (
    CONSTANTS,
    row,
    spaced,
)

AXES = (None, 0, 1, -1, (0, 2), (-1, 0), (2, 1, 0), ())
for function in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std):
    for axis in AXES:
        for keepdims in (False, True):
            if axis == () and function is np.std:
                continue  # the spread of single numbers: a kink
            row(
                function,
                lambda x, f=function, axis=axis, keepdims=keepdims: f(
                    x, axis=axis, keepdims=keepdims
                ),
                spaced(0.07)((2, 3, 4)),
                name=f"{axis}{keepdims}",
            )
    row(function, lambda x, f=function: f(x, axis=1), spaced(0.07)((2, 1)))
    row(function, lambda x, f=function: f(x, axis=1), (0, 3))
    row(function, lambda x, f=function: f(x, axis=0), (3, 0))
for function in (np.sum, np.mean, np.prod, np.max, np.min):
    row(function, function, (), name="number")
for function in (np.sum, np.prod):
    row(function, lambda x, f=function: f(x, axis=0), (0, 3), name="none of them")
for function in (np.var, np.std):
    for axis in (None, 1, (0, 2)):
        row(function, lambda x, f=function, a=axis: f(x, axis=a, ddof=1), (2, 3, 4))
    row(function, lambda x, f=function: f(x, 1, None, None, 1, True), (2, 3, 4))
for function in (np.amax, np.amin):
    row(function, function, spaced(0)((2, 3)))
    row(function, lambda x, f=function: f(x, axis=(0, -1)), spaced(0)((2, 3, 2)))
row(np.sum, lambda x: np.sum(x, 0, None, None, True), (2, 3))
row(np.max, lambda x: np.max(x, 0, None, True), spaced(0)((2, 3)))
for axis in (None, 0, 1, -1):
    row(np.cumsum, lambda x, axis=axis: np.cumsum(x, axis=axis), (2, 3))
row(np.cumsum, np.cumsum, (0,))
row(np.cumsum, lambda x: np.cumsum(x, 0), (0, 3))

# --- Constants -------------------------------------------------------------------

for function in (np.argmax, np.argmin, np.argsort, np.all, np.any, np.count_nonzero):
    CONSTANTS[function] = (function,)
