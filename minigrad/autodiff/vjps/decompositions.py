"""Vjps of the decompositions of Cholesky, into Q and R, and by singular values.

The formulas are those of Seeger et al., "Auto-differentiating linear algebra" (2017),
where not said otherwise. What holds for eigenvectors (`eigenvalues.py`) holds for
singular vectors: those of equal singular values may be turned among each other, so
the part of their derivative that would be infinite is left out.
"""

import numpy as np

from ...errors import NoGradientError
from ..recording import primitive
from ..registry import composite, outputs, vjp
from .arithmetic import divide_or_zero
from .eigenvalues import columns, inverse_gaps
from .linalg import adjoint, of_gradients

# --- Cholesky --------------------------------------------------------------------


@of_gradients
def cholesky_vjp(g, ans, a, *, upper=False):
    """Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10.

    The matrix is read from one triangle, but it is a function of the whole: the
    gradient is symmetric (or Hermitian).
    """
    if upper:
        g, ans = adjoint(g), adjoint(ans)
    inverse = np.linalg.inv(ans)
    return adjoint(inverse) @ lower_mirrored(adjoint(ans) @ g) @ inverse / 2


def lower_mirrored(x):
    """The Hermitian matrix that has the lower triangle of `x`."""
    n = x.shape[-1]
    half = x * (np.tri(n, k=-1, dtype=x.dtype) + np.eye(n, dtype=x.dtype) / 2)
    return half + adjoint(half)


vjp(np.linalg.cholesky, cholesky_vjp)


# --- Orthonormal columns ---------------------------------------------------------


@primitive
def complement(q, rest):
    """`rest`: columns that complete the orthonormal columns `q` to a unitary matrix."""
    return rest


@of_gradients
def complement_vjp(g, ans, q, rest):
    """From `rest* q = 0`: where `q` leans towards `rest`, that leans back."""
    return -(ans @ adjoint(g) @ q)


vjp(complement, complement_vjp, None)


def completed(q, rest):
    """The matrix of all these columns."""
    return np.concatenate([q, complement(q, rest)], axis=-1) if rest.size else q


# --- QR --------------------------------------------------------------------------

QRResult = type(np.linalg.qr(np.eye(1)))


@composite(np.linalg.qr)
def qr(a, mode="reduced"):
    """Of a wide matrix, that of its leading square, which settles the rest."""
    if mode not in ("reduced", "complete", "r"):
        raise NoGradientError(
            f"np.linalg.qr(a, mode={mode!r}) has no derivative here; those that have "
            f"one are 'reduced', 'complete' and 'r'."
        )
    m, n = np.shape(a)[-2:]
    if m < n:
        q, r = qr(a[..., :m])
        r = np.concatenate([r, adjoint(q) @ a[..., m:]], axis=-1)
    else:
        q, r, rest = tall_qr(a, "complete" if mode == "complete" else "reduced")
        if rest.size:
            q = completed(q, rest)
            below = np.zeros((*np.shape(r)[:-2], m - n, n), r.dtype)
            r = np.concatenate([r, below], axis=-2)
    return r if mode == "r" else QRResult(q, r)


@primitive
def tall_qr(a, mode):
    """`q`, `r` of a matrix with no more columns than rows; what completes `q`."""
    q, r = np.linalg.qr(a, mode)
    n = np.shape(a)[-1]
    return q[..., :n], r[..., :n, :], q[..., n:]


@of_gradients
def qr_q(g, ans, a, mode):
    """Walter and Lehmann, "Algorithmic differentiation of linear algebra" (2010)."""
    q, r, _ = ans
    return (g - q @ lower_mirrored(adjoint(g) @ q)) @ adjoint(inverse_factor(r))


@of_gradients
def qr_r(g, ans, a, mode):
    """The same for the other factor."""
    q, r, _ = ans
    return q @ lower_mirrored(r @ adjoint(g)) @ adjoint(inverse_factor(r))


outputs(tall_qr, q=qr_q, r=qr_r, rest=None)


def inverse_factor(r):
    """`R⁻¹`, or a sentence why the factors have no derivative."""
    if np.any(np.equal(np.sum(r * np.eye(r.shape[-1]), axis=-1), 0)):
        raise NoGradientError(
            "np.linalg.qr of a matrix whose leading columns depend on each other "
            "linearly has no derivative: r is singular. Leave out columns that are "
            "combinations of those before them."
        )
    return np.linalg.inv(r)


# --- Singular values -------------------------------------------------------------

SVDResult = type(np.linalg.svd(np.eye(1)))


@composite(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """The factors that belong to singular values, and what completes them."""
    if hermitian:
        raise NoGradientError(
            "np.linalg.svd(..., hermitian=True) has no derivative here. Leave "
            "hermitian out: the singular values are the same."
        )
    if not compute_uv:
        return np.linalg.svdvals(a)
    u, s, vh, more_u, more_v = factors(a, full_matrices)
    return SVDResult(completed(u, more_u), s, adjoint(completed(adjoint(vh), more_v)))


@primitive
def factors(a, full_matrices):
    """`u, s, vh` with one vector per singular value; what completes u; and v."""
    u, s, vh = np.linalg.svd(a, full_matrices)
    k = s.shape[-1]
    return u[..., :k], s, vh[..., :k, :], u[..., k:], adjoint(vh[..., k:, :])


def svd_u(g, ans, a, full_matrices):
    """The left singular vectors."""
    u, s, vh, _, _ = ans
    return left_vectors_back(g, u, s, vh)


def svd_vh(g, ans, a, full_matrices):
    """The right singular vectors are the left ones of the transposed matrix."""
    u, s, vh, _, _ = ans
    u, vh, g = (np.swapaxes(x, -1, -2) for x in (u, vh, g))
    return np.swapaxes(left_vectors_back(g, vh, s, u), -1, -2)


@of_gradients
def left_vectors_back(g, u, s, vh):
    """Wan and Zhang, "Automatic differentiation for complex valued SVD" (2019)."""
    inside = adjoint(u) @ g
    sums = columns(s) + np.expand_dims(s, -1)
    pull = inverse_gaps(s) * divide_or_zero(columns(s), sums)
    phases = np.eye(s.shape[-1], dtype=s.dtype) * divide_or_zero(1, 4 * columns(s))
    back = u @ ((inside - adjoint(inside)) * (pull + phases))
    if u.shape[-2] > u.shape[-1]:
        back = back + divide_or_zero(g - u @ inside, columns(s))
    return back @ vh


def svd_s(g, ans, a, full_matrices):
    """From `dsᵢ = uᵢ* dA vᵢ`."""
    u, s, vh, _, _ = ans
    return singular_values_back(g, u, s, vh)


@of_gradients
def singular_values_back(g, u, s, vh):
    """At 0 a singular value has a kink, as |x| has; slope 0 is taken there."""
    return u * columns(np.where(np.equal(s, 0), 0, g)) @ vh


def svdvals_vjp(g, ans, x):
    """As for `svd`; the singular vectors are found now that they are needed."""
    return singular_values_back(g, *np.linalg.svd(x, full_matrices=False))


outputs(factors, u=svd_u, s=svd_s, vh=svd_vh, more_u=None, more_v=None)
vjp(np.linalg.svdvals, svdvals_vjp)
