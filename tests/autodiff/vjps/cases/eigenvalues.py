"""Eigenvalues and eigenvectors, in functions that do not depend on signs and phases."""

from functools import partial

import numpy as np

from .table import row


def hermitian(x):
    """A Hermitian matrix from any; the eigenvalues of what is drawn lie apart."""
    return x + np.conj(np.swapaxes(x, -1, -2))


def apart(shape):
    """Square matrices with eigenvalues near 1, 2, 3."""
    return lambda rng: (
        rng.uniform(-0.3, 0.3, shape) + np.diag(1.0 + np.arange(shape[-1]))
    )


def turning(shape):
    """Real matrices with a complex pair of eigenvalues."""
    turn = np.array([[1.0, -2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    return lambda rng: rng.uniform(-0.2, 0.2, shape) + turn


def projectors(v):
    """The matrices `v v*` of the columns of `v`."""
    columns = np.swapaxes(v, -1, -2)
    return columns[..., :, None] * np.conj(columns)[..., None, :]


def hermitian_projectors(x, **keywords):
    """Of the eigenvectors of a Hermitian matrix."""
    values, vectors = np.linalg.eigh(hermitian(x), **keywords)
    return values, projectors(vectors)


def all_projectors(x):
    """Of the eigenvectors of any matrix."""
    values, vectors = np.linalg.eig(x)
    return values, projectors(vectors)


SHAPES = (3, 3), (1, 1), (2, 3, 3), (0, 0)

for shape in SHAPES:
    draw = apart(shape)
    values = lambda x, **keywords: np.linalg.eigvalsh(hermitian(x), **keywords)
    row(np.linalg.eigh, hermitian_projectors, draw, complex=True, name=shape)
    row(np.linalg.eigvalsh, values, draw, complex=True, name=shape)
    row(np.linalg.eig, all_projectors, draw, complex=True, name=shape)
    row(np.linalg.eigvals, np.linalg.eigvals, draw, complex=True, name=shape)
for function, call in (
    (np.linalg.eigh, hermitian_projectors),
    (np.linalg.eigvalsh, values),
):
    row(function, partial(call, UPLO="U"), apart((3, 3)), complex=True, name="upper")
row(np.linalg.eigh, lambda x: np.linalg.eigh(hermitian(x))[0], apart((3, 3)))
row(np.linalg.eigh, lambda x: abs(np.linalg.eigh(hermitian(x))[1]), apart((3, 3)))
row(np.linalg.eig, all_projectors, turning((3, 3)), name="complex pair")
row(np.linalg.eig, lambda x: abs(np.linalg.eig(x)[1]), turning((2, 3, 3)))
row(np.linalg.eigvals, np.linalg.eigvals, turning((3, 3)), name="complex pair")
