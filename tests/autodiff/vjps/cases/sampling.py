"""Interpolation, and ranges from one number to another."""

import numpy as np

from .table import POSITIVE, between, row

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

# --- Ranges -------------------------------------------------------------------------

for keywords in ({}, {"num": 1}, {"num": 0}, {"endpoint": False}, {"num": 2}):
    options = {"num": 4} | keywords
    call = lambda x, y, options=options: np.linspace(x, y, **options)
    row(np.linspace, call, (), (), complex=True)
    call = lambda x, y, options=options: np.linspace(x, y, axis=-1, **options)
    row(np.linspace, call, (2, 1), (3,), complex=True)
    call = lambda x, y, options=options: np.logspace(x, y, **options)
    row(np.logspace, call, (), (2,))
    call = lambda x, y, options=options: np.geomspace(x, y, **options)
    row(np.geomspace, call, POSITIVE((2,)), POSITIVE(()))
    row(np.geomspace, lambda x, call=call: call(-x, -1 / x), POSITIVE(()))
row(np.linspace, lambda x: np.linspace(0, x, 5, dtype=float), ())
row(np.linspace, lambda x: np.linspace(x, 2 * x, 5, retstep=True)[1], (2,))
row(np.linspace, lambda x: np.linspace(x, [1, 2], 3), (), complex=True)
row(np.logspace, lambda x: np.logspace(0, x, 3, base=2), ())
row(np.logspace, lambda x, b: np.logspace(x, 2.0, 3, base=b), (), POSITIVE(()))
row(np.logspace, lambda x, b: np.logspace(x, 2.0, 3, base=b), (), POSITIVE((2,)))
row(np.geomspace, lambda x: np.geomspace(x, 9.0, 3, axis=1), POSITIVE((2, 2)))
