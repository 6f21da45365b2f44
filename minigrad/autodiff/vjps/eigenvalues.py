"""Vjps of eigenvalues and eigenvectors.

Two conventions:

* Vectors that belong to equal eigenvalues may be turned among each other, and so have
  no derivative; the part of it that would be infinite is left out. Functions that do
  not depend on such a choice, nor on that of signs and phases, have the right
  gradients.
* A symmetric (or Hermitian) matrix is read from one triangle, but it is a function of
  the whole: gradients towards it are symmetric (or Hermitian).
"""

import numpy as np

from ...arrays import plain
from ...errors import NoGradientError
from ..registry import composite, outputs, vjp
from .arithmetic import divide_or_zero
from .linalg import adjoint, hermitian_part, of_gradients


def columns(values):
    """One number for each column of a matrix."""
    return np.expand_dims(values, -2)


def inverse_gaps(values):
    """`1 / (λⱼ - λᵢ)`, and 0 where both are equal up to rounding."""
    gaps = columns(values) - np.expand_dims(values, -1)
    size = np.max(np.abs(plain(values)), axis=-1, initial=0)
    rounding = np.expand_dims(size, (-2, -1)) * np.finfo(size.dtype).eps
    equal = np.abs(plain(gaps)) <= rounding * values.shape[-1]
    return divide_or_zero(1, np.where(equal, 0, gaps))


# --- Eigenvalues of symmetric and Hermitian matrices -----------------------------


def eigh_values(g, ans, a, UPLO="L"):
    """From `dλᵢ = vᵢ* dA vᵢ`."""
    return eigenvalues_back(g, ans.eigenvectors)


@of_gradients
def eigenvalues_back(g, v):
    """Each eigenvalue grows with the outer product of its eigenvector."""
    return v * columns(g) @ adjoint(v)


@of_gradients
def eigh_vectors(g, ans, a, UPLO="L"):
    """Each eigenvector is drawn towards the others by `1 / (λⱼ - λᵢ)`."""
    values, v = ans
    return hermitian_part(v @ (inverse_gaps(values) * (adjoint(v) @ g)) @ adjoint(v))


def eigvalsh_vjp(g, ans, a, UPLO="L"):
    """As for `eigh`; the eigenvectors are found now that they are needed."""
    return eigenvalues_back(g, np.linalg.eigh(a, UPLO).eigenvectors)


outputs(np.linalg.eigh, eigenvalues=eigh_values, eigenvectors=eigh_vectors)
vjp(np.linalg.eigvalsh, eigvalsh_vjp)


# --- Eigenvalues of any square matrix --------------------------------------------


@of_gradients
def eig_values(g, ans, a):
    """From `dλ = diag(V⁻¹ dA V)`."""
    inverse = inverse_vectors(ans.eigenvectors)
    return adjoint(inverse) * columns(g) @ adjoint(ans.eigenvectors)


@of_gradients
def eig_vectors(g, ans, a):
    """Boeddeker et al., "On the computation of complex-valued gradients" (2017).

    The eigenvectors have length 1: what would stretch them is left out.
    """
    values, v = ans
    towards = adjoint(v) @ g
    stretch = np.real(np.sum(np.conjugate(v) * g, axis=-2))
    towards = towards - adjoint(v) @ v * columns(stretch)
    inner = np.conjugate(inverse_gaps(values)) * towards
    return adjoint(inverse_vectors(v)) @ inner @ adjoint(v)


def inverse_vectors(v):
    """`V⁻¹`, or a sentence why the eigenvalues have no derivative."""
    singular_values = np.linalg.svd(plain(v), compute_uv=False)
    smallest = np.min(singular_values, axis=-1, initial=1)
    if np.any(smallest < v.shape[-1] * np.finfo(smallest.dtype).eps):
        raise NoGradientError(
            "np.linalg.eig of a defective matrix has no derivative: it has fewer "
            "eigenvectors than rows, and equal eigenvalues that part infinitely fast. "
            "Symmetric matrices are never defective: np.linalg.eigh."
        )
    return np.linalg.inv(v)


outputs(np.linalg.eig, eigenvalues=eig_values, eigenvectors=eig_vectors)
composite(np.linalg.eigvals)(lambda a: np.linalg.eig(a).eigenvalues)
