"""Interpolation, and polynomials by their coefficients."""

import numpy as np

from .table import ANY, away_from_zero, between, row

# --- Interpolation -----------------------------------------------------------------


def points(n):
    """Increasing, near whole numbers."""
    return lambda rng: np.arange(n) + rng.uniform(-0.1, 0.1, n)


def places(shape, low=-1, high=5):
    """Of any order, in the middle between whole numbers: a few are outside."""
    size = int(np.prod(shape))
    whole = np.resize(np.arange(low, high), size)
    return lambda rng: (rng.permutation(whole) + between(0.3, 0.7)(size)(rng)).reshape(
        shape
    )


for shape in ((), (9,), (2, 4), (0, 2)):
    row(np.interp, np.interp, places(shape), points(5), (5,), name=shape)
row(
    np.interp,
    lambda x, xp, fp, z: np.interp(x, xp, fp, left=z[0], right=z[1]),
    *(places((9,)), points(5), (5,), (2,)),
)
row(
    np.interp, lambda x, xp, fp: np.interp(x, xp, fp, 7, -1), places(9), points(5), (5,)
)
for period in (5, -6.0):
    row(
        np.interp,
        lambda x, xp, fp, p=period: np.interp(x, xp, fp, period=p, left=3.0),
        *(places(16, -7, 9), lambda rng: 3 + rng.permutation(points(5)(rng)), (5,)),
    )
row(np.interp, np.interp, places(4), points(1), (1,), name="one point")
row(np.interp, np.interp, places(4), points(2), (2,), name="two points")
row(np.interp, lambda x, fp: np.interp(x, [0, 1, 1, 1, 4], fp), places(6), (5,))
row(np.interp, lambda x: np.interp(x, [0, 1, 2], [1, 4, -2]), places(6))
row(np.interp, lambda xp: np.interp([0.5, 1.5], xp, [1, 4, -2]), points(3))
row(
    np.interp,
    lambda fp: np.interp([-1.0, 0.5, 3.2], np.arange(5), fp),
    (5,),
    complex=True,
)

# --- Polynomials -------------------------------------------------------------------

for shape in ((), (4,), (2, 3), (0, 2)):
    row(np.polyval, np.polyval, (3,), ANY(shape), complex=True, name=shape)
row(np.polyval, lambda x: np.polyval([2, 0, 1], x), (3,), complex=True)
row(np.polyval, lambda p: np.polyval(p, 2), (3,), complex=True)
row(np.polyval, np.polyval, (0,), (2,), name="no coefficients")
for n, increasing in ((None, False), (4, True), (2, False), (1, True), (0, False)):
    row(
        np.vander,
        lambda x, n=n, up=increasing: np.vander(x, n, up),
        away_from_zero((3,)),
        complex=True,
    )
for function in (np.polyadd, np.polysub, np.polymul):
    for shape_1, shape_2 in (((2,), (4,)), ((3,), (1,)), ((3,), (3,)), ((), (2,))):
        row(function, function, shape_1, shape_2, complex=True)
    row(function, lambda a1, f=function: f(a1, [1, 2]), (3,), complex=True)
    row(function, lambda a2, f=function: f([1, 0, 2], a2), (2,), complex=True)
row(np.polymul, lambda a1: np.polymul(a1, [0, 0, 1, 2]), (3,), complex=True)
row(np.polymul, lambda a1: np.polymul(a1, [0, 0]), (3,))
for order in (0, 1, 2, 4):
    row(np.polyder, lambda p, m=order: np.polyder(p, m), (4,), complex=True)
    row(np.polyint, lambda p, m=order: np.polyint(p, m), (3,), complex=True)
row(np.polyint, lambda p, k: np.polyint(p, k=k), (3,), (), complex=True)
row(np.polyint, lambda p, k: np.polyint(p, 2, k), (3,), (1,), complex=True)
row(np.polyint, lambda p, k: np.polyint(p, 2, k), (3,), (2,), complex=True)
row(np.polyint, lambda p, k: np.polyint(p, 2, k), (3,), (3,), complex=True)
