"""Products of matrices, of all pairs, of sliding windows."""

from functools import partial

import numpy as np

from minigrad.autodiff.vjps.matrices import affine, linear

from .table import moves, row

# --- Matrix products -------------------------------------------------------------

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
    row(
        np.matmul, np.matmul, shape_x, shape_y, complex=True, name=f"{shape_x}{shape_y}"
    )
row(np.matmul, lambda x, w: x @ w.T, (2, 3), (4, 3), complex=True)
row(np.matmul, lambda x: x @ x.T, (2, 3), complex=True)
row(np.linalg.matmul, np.linalg.matmul, (5, 2, 3), (3, 4), complex=True)
for shape in ((3,), (5, 3), (2, 5, 3), (0, 3)):
    row(affine, affine, shape, (4, 3), (4,), complex=True, name=f"{shape}")
    row(linear, linear, shape, (4, 3), complex=True, name=f"{shape}")
row(affine, lambda x: affine(x, x, x[0]), (3, 3))

# --- Matrix products in disguise -------------------------------------------------

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
    row(np.dot, np.dot, shape_x, shape_y, complex=True, name=f"{shape_x}{shape_y}")
for shape_x, shape_y in (((), (2,)), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,))):
    row(np.inner, np.inner, shape_x, shape_y, complex=True)
row(np.inner, np.inner, (2, 3, 4), (5, 4))
for shape in ((2, 3), (3,), (), (0, 2)):
    row(np.vdot, np.vdot, shape, shape, complex=True)
row(np.vdot, lambda x: np.vdot(x, x), (3,), complex=True)
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
    for function in (np.tensordot, np.linalg.tensordot):
        call = partial(function, axes=axes)
        row(function, call, shape_x, shape_y, complex=True, name=axes)
for shape_x, shape_y in (((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))):
    row(np.vecdot, np.vecdot, shape_x, shape_y, complex=True)
row(np.vecdot, lambda x, y: np.vecdot(x, y, axis=0), (3, 2), (3, 1), complex=True)
row(np.vecdot, lambda x, y: np.vecdot(x, y, axis=0, keepdims=True), (3, 2), (3, 2))
row(np.linalg.vecdot, partial(np.linalg.vecdot, axis=-2), (3, 2), (2, 3, 1))
if hasattr(np, "matvec"):
    for shape_x, shape_y in (((2, 3), (3,)), ((5, 2, 3), (3,)), ((2, 3), (4, 1, 3))):
        row(np.matvec, np.matvec, shape_x, shape_y, complex=True)
    for shape_x, shape_y in (((3,), (3, 2)), ((3,), (5, 3, 2)), ((4, 1, 3), (3, 2))):
        row(np.vecmat, np.vecmat, shape_x, shape_y, complex=True)
moves(np.linalg.matrix_transpose, np.linalg.matrix_transpose)
moves(np.linalg.matrix_transpose, np.linalg.matrix_transpose, shape=(2, 3, 4))

# --- Products of all pairs -------------------------------------------------------

row(np.outer, np.outer, (2,), (3,), complex=True)
row(np.outer, np.outer, (2, 2), ())
row(np.linalg.outer, np.linalg.outer, (2,), (3,), complex=True)
for shape_x, shape_y in (
    ((2, 3), (3, 2)),
    ((2,), (3, 2)),
    ((2, 3, 2), (4,)),
    ((), (2, 2)),
    ((), ()),
    ((0, 2), (2, 2)),
):
    row(np.kron, np.kron, shape_x, shape_y, complex=True, name=f"{shape_x}{shape_y}")

# --- The cross product -----------------------------------------------------------

for shape_x, shape_y in (((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))):
    for function in (np.cross, np.linalg.cross):
        row(function, function, shape_x, shape_y, complex=True)
row(np.linalg.cross, partial(np.linalg.cross, axis=0), (3, 2), (3, 1))
row(np.cross, partial(np.cross, axis=0), (3, 2), (3, 2), complex=True)
row(np.cross, partial(np.cross, axisa=0, axisb=1, axisc=0), (3, 2), (2, 3))
row(np.cross, partial(np.cross, axisa=1), (2, 3, 4), (4, 3))
row(np.cross, lambda x: np.cross(x, x[::-1]), (2, 3))

# --- Sliding windows -------------------------------------------------------------

for function in (np.convolve, np.correlate):
    for mode in ("full", "same", "valid"):
        call = partial(function, mode=mode)
        for sizes in ((5, 3), (2, 4), (1, 2)):
            shapes = [(n,) for n in sizes]
            row(function, call, *shapes, complex=True, name=f"{mode}{sizes}")
    row(function, function, (4,), (3,))
    row(function, lambda x, f=function: f(x, x[:2]), (4,), complex=True)
row(np.convolve, np.convolve, (3,), ())
row(np.convolve, np.convolve, (), (3,))
