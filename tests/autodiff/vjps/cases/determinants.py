"""Determinants and their logarithms."""

import numpy as np

from .linalg import SQUARE, regular
from .table import row

for shape in SQUARE:
    row(np.linalg.det, np.linalg.det, regular(shape), complex=True, name=shape)
RANK_2 = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 1.0, 0.0]]
RANK_1 = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]]
for singular in (RANK_2, RANK_1, [RANK_2, np.eye(3), RANK_1], [[0.0]]):
    row(np.linalg.det, np.linalg.det, lambda rng, x=singular: x)
for shape in SQUARE:
    both = lambda x: tuple(np.linalg.slogdet(x))
    logarithm = lambda x: np.linalg.slogdet(x).logabsdet
    row(np.linalg.slogdet, both, regular(shape), complex=True, name=shape)
    row(np.linalg.slogdet, logarithm, regular(shape), complex=True)
