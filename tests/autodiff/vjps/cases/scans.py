"""Running sums and products, differences, derivatives and integrals of samples."""

import numpy as np

from .table import X, between, row

# --- Running sums and products --------------------------------------------------

for function in (np.cumsum, np.cumprod, np.nancumsum, np.nancumprod):
    for axis in (None, 0, 1, -1):
        row(
            function,
            lambda x, f=function, axis=axis: f(x, axis=axis),
            (3, 4),
            complex=True,
        )
    row(function, function, (0,))
    row(function, function, ())
    row(function, lambda x, f=function: f(x, 0), (0, 3))
    row(function, lambda x, f=function: f(x, 0), (1, 3))
    row(function, lambda x, f=function: f(x, 1, np.float64), (2, 3))
for function in (np.nancumsum, np.nancumprod):
    call = lambda x, f=function: f(np.where([0, 1, 0, 1], np.nan, x), axis=1)
    row(function, call, (2, 4), name="with NaN")
row(np.cumprod, lambda x: np.cumprod(x * [1, 0, 1, 0, 1]), (5,), order=3, name="zeros")
row(np.cumprod, lambda x: x.cumprod(1), (2, 5), order=3)
for function in (np.cumulative_sum, np.cumulative_prod):
    for axis in (0, -1):
        for first in (False, True):
            row(
                function,
                lambda x, f=function, a=axis, i=first: f(x, axis=a, include_initial=i),
                (2, 3),
                complex=True,
            )
    row(function, function, (3,))
    row(function, function, ())
    row(function, lambda x, f=function: f(x, include_initial=True), (0,))
    row(function, lambda x, f=function: f(x, dtype=np.float64), (3,))

# --- Differences ----------------------------------------------------------------

for n in (0, 1, 2, 3):
    for axis in (0, -1):
        row(np.diff, lambda x, n=n, axis=axis: np.diff(x, n, axis), (3, 4))
row(np.diff, np.diff, (4,), complex=True)
row(np.diff, np.diff, (1,))
row(np.diff, np.diff, (0, 3))
row(np.diff, lambda x, y: np.diff(x, prepend=y), (2, 3), (), complex=True)
row(np.diff, lambda x, y: np.diff(x, 2, append=y), (2, 3), (2, 2))
row(np.diff, lambda x, y: np.diff(x, axis=0, append=y), (2, 3), (1, 3))
row(np.diff, lambda x, y, z: np.diff(x, prepend=y, append=z), (3,), (2,), ())
row(np.diff, lambda y: np.diff([1, 4, 2], prepend=y), ())
row(np.ediff1d, np.ediff1d, (2, 3), complex=True)
row(np.ediff1d, np.ediff1d, (1,))
row(np.ediff1d, lambda x, y, z: np.ediff1d(x, y, z), (4,), (), (2, 2))
row(np.ediff1d, lambda x: np.ediff1d(x, to_begin=[0.5, 1]), (4,))

# --- Derivatives and integrals of samples ---------------------------------------


def increasing(*shape):
    return lambda rng: np.cumsum(rng.uniform(0.5, 1.5, shape), -1)


row(np.trapezoid, np.trapezoid, (5,), complex=True)
row(np.trapezoid, np.trapezoid, (2, 4))
row(np.trapezoid, np.trapezoid, (1,))
row(np.trapezoid, lambda y, h: np.trapezoid(y, dx=h), (2, 4), (), complex=True)
row(np.trapezoid, lambda y, x: np.trapezoid(y, x), (2, 4), (4,), complex=True)
row(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=0), (4, 2), (4,))
row(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=1), (2, 4, 3), (2, 4, 3))
row(np.trapezoid, lambda x: np.trapezoid([1, 4, 2], x), (3,))
row(np.trapezoid, lambda y: np.trapezoid(y, [0, 1, 3]), (2, 3))

for order in (1, 2):
    row(np.gradient, lambda f, o=order: np.gradient(f, edge_order=o), (3,))
    row(np.gradient, lambda f, o=order: np.gradient(f, edge_order=o), (3, 4))
    row(
        np.gradient,
        lambda f, h, o=order: np.gradient(f, h, edge_order=o),
        *((5,), between(0.5, 1)(())),
    )
    call = lambda f, o=order: np.gradient(f, [0, 1, 3, 3.5], edge_order=o)
    row(np.gradient, call, (4,), complex=True)
    row(
        np.gradient,
        lambda f, x, o=order: np.gradient(f, x, axis=-1, edge_order=o),
        *((2, 5), increasing(5)),
    )
    row(
        np.gradient,
        lambda f, x, h, o=order: np.gradient(f, h, x, axis=(2, 0), edge_order=o),
        *((4, 2, 3), increasing(4), between(0.5, 1)(())),
    )
row(np.gradient, lambda f: np.gradient(f, 0.5, axis=0), (2, 3))
row(np.gradient, lambda f: np.gradient(f, 0.5, 2), (2, 3))
row(np.gradient, lambda f: np.gradient(f, [0, 1, 3]), (3,))
row(np.gradient, lambda x: np.gradient(X[0], x.astype(float)), increasing(3))
row(np.gradient, lambda h: np.gradient([1, 4, 2], h), between(0.5, 1)(()))
