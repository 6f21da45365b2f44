"""Polynomials by their coefficients."""

import numpy as np

from .table import ANY, POSITIVE, away_from_zero, row

# --- Values, sums, products, derivatives ---------------------------------------------

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

for shape_1, shape_2 in (((4,), (2,)), ((3,), (3,)), ((3,), ()), ((2,), (3,))):
    for part in (0, 1):
        call = lambda u, v, part=part: np.polydiv(u, v)[part]
        row(np.polydiv, call, shape_1, away_from_zero(shape_2))
row(np.polydiv, lambda u: np.polydiv(u, [2, 1])[0], (4,))

# --- Roots, and the way back ----------------------------------------------------------

row(np.poly, np.poly, (3,), complex=True)
row(np.poly, np.poly, (3, 3))
row(np.poly, lambda x: np.poly([x[0], 2.0]), (2,))


def apart(n):
    """Coefficients of a polynomial whose zeros are well apart, and not 0."""
    return lambda rng: np.poly(np.arange(1, n) + rng.uniform(-0.2, 0.2, n - 1))


row(np.roots, np.roots, apart(4))
row(np.roots, lambda p: np.roots(np.concatenate([[0.0], p, [0.0, 0.0]])), apart(3))
row(np.roots, np.roots, away_from_zero(1))
row(np.roots, lambda p: np.abs(np.roots(p * [1, 0, 1])), POSITIVE(3))
SPREAD = lambda rng: np.linspace(-1, 1, 6) + rng.uniform(-0.1, 0.1, 6)
for deg in (0, 1, 3):
    call = lambda x, y, deg=deg: np.polyfit(x, y, deg)
    row(np.polyfit, call, SPREAD, (6,))
row(np.polyfit, lambda x, y: np.polyfit(x, y, 2), SPREAD, (6, 2))
row(np.polyfit, lambda y: np.polyfit(np.arange(6), y, 2), (6,))
for shape in ((6,), (6, 2)):
    call = lambda y, w: np.polyfit(np.arange(6), y, 1, w=w)
    row(np.polyfit, call, shape, POSITIVE(6))
