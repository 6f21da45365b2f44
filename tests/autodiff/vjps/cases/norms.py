"""Norms of vectors and of matrices."""

from functools import partial

import numpy as np

from minigrad.autodiff.vjps.norms import euclidean_norm

from .table import away_from_zero, of_different_size, row

for axis in (None, 0, -1, (0, 1)):
    for keepdims in (False, True):
        for function in (np.linalg.norm, np.linalg.vector_norm, euclidean_norm):
            call = partial(function, axis=axis, keepdims=keepdims)
            draw = away_from_zero((2, 3))
            row(function, call, draw, complex=True, name=f"{axis}{keepdims}")
for order in (1, 2, 3, 2.5, 0.5, -1, -2, np.inf, -np.inf):
    along = partial(np.linalg.norm, ord=order, axis=1, keepdims=True)
    over_all = partial(np.linalg.vector_norm, ord=order)
    row(np.linalg.norm, along, of_different_size((2, 3)), complex=True, name=order)
    row(np.linalg.vector_norm, over_all, of_different_size((2, 1, 3)), name=order)
row(np.linalg.norm, lambda x: np.linalg.norm(x, 3), of_different_size((5,)))
for axis in ((0, 2), (0, 1, 2)):
    for order in (2, 3, -np.inf):
        call = partial(np.linalg.vector_norm, ord=order, axis=axis)
        row(np.linalg.vector_norm, call, of_different_size((2, 2, 3)))
for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    sums = order in (1, -1, np.inf, -np.inf)  # of which no two may be equal
    draws = away_from_zero if sums else of_different_size
    alone = lambda x, order=order: np.linalg.norm(x, order)
    row(np.linalg.norm, alone, draws((2, 3)), complex=True, name=order)
    for keepdims in (False, True):
        among = partial(np.linalg.norm, ord=order, axis=(-1, 0), keepdims=keepdims)
        last = partial(np.linalg.matrix_norm, ord=order, keepdims=keepdims)
        row(np.linalg.norm, among, draws((2, 2, 3)))
        row(np.linalg.matrix_norm, last, draws((2, 3, 2)))
row(np.linalg.norm, np.linalg.norm, (2, 3, 2), complex=True)
row(np.linalg.norm, np.linalg.norm, (0,))
row(np.linalg.matrix_norm, np.linalg.matrix_norm, (2, 3), complex=True)
