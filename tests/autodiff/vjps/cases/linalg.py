"""Inverses, equations, powers, chains."""

from functools import partial

import numpy as np

from minigrad.autodiff.vjps.linalg import chain

from .table import CONSTANTS, moves, row


def regular(shape):
    """Square matrices that are far from singular."""
    return lambda rng: rng.normal(size=shape) / 2 + 2 * np.eye(shape[-1])


def full_rank(shape):
    """Matrices whose singular values are all different and far from 0."""
    return lambda rng: (
        rng.uniform(-0.3, 0.3, shape)
        + np.diag([1, 2, 3])[tuple(slice(n) for n in shape[-2:])]
    )


SQUARE = (3, 3), (1, 1), (2, 3, 3), (0, 0), (0, 2, 2)

# --- Inverses and equations ------------------------------------------------------

for shape in SQUARE:
    row(np.linalg.inv, np.linalg.inv, regular(shape), complex=True, name=shape)
for shape in ((3, 2), (2, 3), (3, 3), (2, 3, 2)):
    row(np.linalg.pinv, np.linalg.pinv, full_rank(shape), complex=True, name=shape)
for cutoff in ({"rcond": 1e-4}, {"rtol": 1e-4}):
    row(
        np.linalg.pinv,
        lambda x, y, cutoff=cutoff: np.linalg.pinv(x @ y, **cutoff),
        *(full_rank((3, 2)), full_rank((2, 3))),
        name=f"rank 2, {cutoff}",
    )
row(
    np.linalg.pinv,
    lambda x: np.linalg.pinv(x + np.conj(x.T), hermitian=True),
    full_rank((3, 3)),
    complex=True,
)
for ind, shape in ((1, (3, 3)), (2, (2, 3, 3, 2)), (1, (4, 2, 2))):
    call = partial(np.linalg.tensorinv, ind=ind)
    row(np.linalg.tensorinv, call, shape, name=f"{shape}")
for shape_a, shape_b in (
    ((3, 3), (3,)),
    ((3, 3), (3, 2)),
    ((2, 3, 3), (3,)),
    ((2, 3, 3), (3, 2)),
    ((3, 3), (2, 3, 2)),
    ((2, 1, 3, 3), (4, 3, 1)),
    ((0, 0), (0,)),
    ((3, 3), (3, 0)),
):
    draws = regular(shape_a), shape_b
    name = f"{shape_a}{shape_b}"
    row(np.linalg.solve, np.linalg.solve, *draws, complex=True, name=name)
row(np.linalg.tensorsolve, np.linalg.tensorsolve, (2, 3, 6), (2, 3), complex=True)
row(np.linalg.tensorsolve, np.linalg.tensorsolve, (4, 2, 2), (4,))
row(
    np.linalg.tensorsolve,
    lambda a, b: np.linalg.tensorsolve(a, b, axes=(0, 2)),
    *((2, 6, 3), (6,)),
)


def least_squares(a, b):
    """All that `lstsq` returns, except the rank."""
    x, residuals, _, values = np.linalg.lstsq(a, b)
    return x, residuals, values


for shape_a, shape_b in (
    ((3, 2), (3,)),
    ((3, 2), (3, 2)),
    ((2, 3), (2, 2)),
    ((3, 3), (3,)),
):
    draws = full_rank(shape_a), shape_b
    row(np.linalg.lstsq, least_squares, *draws, complex=True)

# --- Powers and chains -----------------------------------------------------------

for n in (1, 2, 3, 6, -1, -2, -3):
    call = partial(np.linalg.matrix_power, n=n)
    row(np.linalg.matrix_power, call, regular((2, 2)), complex=True, name=n)
row(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 3), (2, 3, 3))
for shapes in (
    ((2, 3), (3, 4)),
    ((2, 3), (3, 4), (4, 2)),
    ((2, 3), (3, 1), (1, 4), (4, 2)),
    ((3,), (3, 2), (2, 4)),
    ((2, 3), (3, 4), (4,)),
    ((3,), (3, 2), (2,)),
    ((3,), (3,)),
):
    call = lambda *xs: np.linalg.multi_dot(xs)
    row(np.linalg.multi_dot, call, *shapes, complex=True, name=shapes)
    row(chain, chain, *shapes, name=shapes)

# --- Diagonals, condition, rank --------------------------------------------------

moves(
    np.linalg.diagonal,
    np.linalg.diagonal,
    partial(np.linalg.diagonal, offset=1),
    partial(np.linalg.diagonal, offset=-1),
    shape=(2, 3, 4),
)
for offset in (0, 1, -2):
    call = partial(np.linalg.trace, offset=offset)
    row(np.linalg.trace, call, (2, 3, 4), complex=True, name=offset)
for p in (None, 2, -2, 1, -1, np.inf, "fro", "nuc"):
    call = partial(np.linalg.cond, p=p)
    row(np.linalg.cond, call, full_rank((3, 3)), complex=True, name=p)
row(np.linalg.cond, np.linalg.cond, full_rank((2, 3, 2)))
CONSTANTS[np.linalg.matrix_rank] = (
    np.linalg.matrix_rank,
    partial(np.linalg.matrix_rank, tol=1.0),
)
