"""Products of matrices, and norms."""

import numpy as np

from minigrad.autodiff.vjps.matrices import affine, euclidean_norm

from .table import (
    away_from_zero,
    of_different_size,
    row,
)

for shape_x, shape_y in (
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((1, 1), (1, 1)),
):
    row(np.matmul, np.matmul, shape_x, shape_y, name=f"{shape_x}{shape_y}")
row(np.matmul, lambda x, w: x @ w.T, (2, 3), (4, 3))
row(np.matmul, lambda x: x @ x.T, (2, 3))
for shape in ((3,), (5, 3), (2, 5, 3), (0, 3)):
    row(affine, affine, shape, (4, 3), (4,), name=f"{shape}")
row(affine, lambda x: affine(x, x, x[0]), (3, 3))
for shape_x, shape_y in (
    ((), ()),
    ((), (3,)),
    ((2, 3), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((3,), (5, 3, 2)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (4, 3, 2)),
):
    row(np.dot, np.dot, shape_x, shape_y, name=f"{shape_x}{shape_y}")
for shape_x, shape_y in (((), (2,)), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,))):
    row(np.inner, np.inner, shape_x, shape_y)
row(np.inner, np.inner, (2, 3, 4), (5, 4))
row(np.vdot, np.vdot, (2, 3), (2, 3))
row(np.vdot, np.vdot, (3,), (3,))
row(np.outer, np.outer, (2,), (3,))
row(np.outer, np.outer, (2, 2), ())
for axes, shape_x, shape_y in (
    (2, (2, 3), (2, 3)),
    (2, (4, 2, 3), (2, 3, 2)),
    (1, (2, 3), (3, 4)),
    (0, (2, 3), (2,)),
    ((1, 0), (2, 3), (3, 4)),
    ((-1, -2), (2, 3), (5, 3, 4)),
    (([1, 0], [0, 1]), (2, 3), (3, 2, 4)),
    (([0, 2], [2, 0]), (2, 5, 3), (3, 4, 2)),
):
    row(
        np.tensordot,
        lambda x, y, axes=axes: np.tensordot(x, y, axes=axes),
        shape_x,
        shape_y,
        name=axes,
    )

for axis in (None, 0, -1, (0, 1)):
    for keepdims in (False, True):
        for function in (np.linalg.norm, euclidean_norm):
            row(
                function,
                lambda x, f=function, axis=axis, keepdims=keepdims: f(
                    x, axis=axis, keepdims=keepdims
                ),
                away_from_zero((2, 3)),
                name=f"{axis}{keepdims}",
            )
for order in (1, 2, 3, 2.5, 0.5, -1, np.inf, -np.inf):
    row(
        np.linalg.norm,
        lambda x, order=order: np.linalg.norm(x, order),
        of_different_size((5,)),
    )
    row(
        np.linalg.norm,
        lambda x, order=order: np.linalg.norm(x, ord=order, axis=1, keepdims=True),
        of_different_size((2, 3)),
    )
row(np.linalg.norm, lambda x: np.linalg.norm(x, "fro"), (2, 3))
row(np.linalg.norm, lambda x: np.linalg.norm(x, "fro", axis=(0, 2)), (2, 3, 2))
row(np.linalg.norm, np.linalg.norm, (2, 3, 2))
