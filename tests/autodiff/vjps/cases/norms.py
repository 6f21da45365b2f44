"""Norms of vectors and of matrices."""

from functools import partial

import numpy as np

from minigrad.autodiff.vjps.norms import euclidean_norm

from .table import away_from_zero, of_different_size, row

VECTOR_ORDERS = (1, 2, 3, 2.5, 0.5, -1, -2, np.inf, -np.inf)
MATRIX_ORDERS = ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)

for axis in (None, 0, -1, (0, 1)):
    for keepdims in (False, True):
        for function in (np.linalg.norm, np.linalg.vector_norm, euclidean_norm):
            call = partial(function, axis=axis, keepdims=keepdims)
            draw = away_from_zero((2, 3))
            row(function, call, draw, complex=True, name=f"{axis}{keepdims}")
for order in VECTOR_ORDERS:
    along = partial(np.linalg.norm, ord=order, axis=1, keepdims=True)
    row(
        np.linalg.norm, lambda x, p=order: np.linalg.norm(x, p), of_different_size((5,))
    )
    row(np.linalg.norm, along, of_different_size((2, 3)), complex=True)
    for axis in (None, (0, 2)):
        row(
            np.linalg.vector_norm,
            partial(np.linalg.vector_norm, ord=order, axis=axis),
            of_different_size((2, 1, 3)),
        )
row(np.linalg.vector_norm, partial(np.linalg.vector_norm, axis=(0, 1, 2)), (2, 2, 3))
for order in MATRIX_ORDERS:
    sums = order in (1, -1, np.inf, -np.inf)  # of which no two may be equal
    draws = away_from_zero if sums else of_different_size
    for shape in ((2, 3), (3, 2)):
        row(
            np.linalg.norm,
            lambda x, order=order: np.linalg.norm(x, order),
            draws(shape),
            complex=True,
        )
    for axes in ((0, 2), (-1, 0)):
        for keepdims in (False, True):
            row(
                np.linalg.norm,
                partial(np.linalg.norm, ord=order, axis=axes, keepdims=keepdims),
                draws((2, 2, 3)),
            )
    for keepdims in (False, True):
        row(
            np.linalg.matrix_norm,
            partial(np.linalg.matrix_norm, ord=order, keepdims=keepdims),
            draws((2, 3, 2)),
        )
row(np.linalg.norm, np.linalg.norm, (2, 3, 2), complex=True)
row(np.linalg.norm, np.linalg.norm, (0,))
row(np.linalg.matrix_norm, np.linalg.matrix_norm, (2, 3), complex=True)
