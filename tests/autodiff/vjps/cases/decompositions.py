"""Cholesky, QR, and singular values."""

from functools import partial

import numpy as np

from minigrad.arrays import plain
from minigrad.autodiff.vjps.decompositions import complement, factors, tall_qr

from .eigenvalues import projectors
from .linalg import full_rank
from .table import row

# --- Cholesky --------------------------------------------------------------------


def cholesky(x, **keywords):
    """The factor of a positive definite matrix made from any."""
    square = x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(x.shape[-2])
    return np.linalg.cholesky(square, **keywords)


for shape in ((3, 3), (2, 4), (1, 1), (2, 3, 3), (0, 0)):
    row(np.linalg.cholesky, cholesky, shape, complex=True, name=shape)
for upper in (False, True):
    call = partial(cholesky, upper=upper)
    row(np.linalg.cholesky, call, (2, 2), complex=True)

# --- QR --------------------------------------------------------------------------

for shape in ((3, 3), (3, 2), (2, 3), (2, 3, 2), (2, 2, 3), (3, 0), (0, 2), (1, 1)):
    both = lambda x: tuple(np.linalg.qr(x))
    row(np.linalg.qr, both, full_rank(shape), complex=True, name=shape)
for shape in ((3, 3), (3, 2), (2, 3)):
    call = partial(np.linalg.qr, mode="r")
    row(np.linalg.qr, call, full_rank(shape), complex=True)
row(np.linalg.qr, lambda x: np.linalg.qr(x)[0], full_rank((3, 2)))


def complete(x):
    """What does not depend on the choice of the columns that complete `q`."""
    q, r = np.linalg.qr(x, mode="complete")
    n = x.shape[-1]
    rest = q[..., n:]
    return q[..., :n], r, rest @ np.conj(np.swapaxes(rest, -1, -2))


for shape in ((3, 3), (3, 2), (2, 3, 1)):
    row(np.linalg.qr, complete, full_rank(shape), complex=True, name=f"{shape}complete")
row(np.linalg.qr, partial(np.linalg.qr, mode="complete"), full_rank((2, 3)))
row(tall_qr, lambda x: tall_qr(x, "reduced")[:2], full_rank((3, 2)), complex=True)

# --- Singular values -------------------------------------------------------------


def pieces(x, **keywords):
    """The singular values, and the terms that a matrix is the sum of."""
    u, s, vh = np.linalg.svd(x, **keywords)
    k = s.shape[-1]
    columns, rows = np.swapaxes(u[..., :k], -1, -2), vh[..., :k, :]
    rest = np.conj(np.swapaxes(u[..., k:], -1, -2)), vh[..., k:, :]
    spaces = [np.conj(np.swapaxes(x, -1, -2)) @ x for x in rest]
    terms = columns[..., :, None] * rows[..., None, :]
    return s, terms, projectors(np.swapaxes(rows, -1, -2)), *spaces


for shape in ((3, 3), (3, 2), (2, 3), (2, 3, 2), (3, 1), (0, 2), (3, 0)):
    draw = full_rank(shape)
    values = lambda x: np.linalg.svd(x, compute_uv=False)
    row(np.linalg.svd, pieces, draw, complex=True, name=f"{shape}")
    thin = partial(pieces, full_matrices=False)
    row(np.linalg.svd, thin, draw, complex=True, name=f"thin{shape}")
    row(np.linalg.svd, values, draw, complex=True, name=f"values{shape}")
    row(np.linalg.svdvals, np.linalg.svdvals, draw, complex=True, name=f"{shape}")
row(np.linalg.svd, lambda x: abs(np.linalg.svd(x)[0]), full_rank((3, 3)))
row(np.linalg.svd, lambda x: abs(np.linalg.svd(x)[2]), full_rank((2, 3)))
row(factors, lambda x: abs(factors(x, False)[0]), full_rank((3, 2)))


def null_space(x):
    """The projector onto what is orthogonal to all columns of `x`."""
    q, rest = np.linalg.qr(x).Q, np.linalg.qr(plain(x), mode="complete").Q[:, 2:]
    rest = complement(q, rest)
    return rest @ np.conj(rest.T)


row(complement, null_space, (4, 2), complex=True)
