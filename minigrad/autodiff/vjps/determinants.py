"""Vjps of determinants and of their logarithms.

Both follow from Jacobi's formula, `d det A = trace(adj(A) dA)`, in which adj(A), the
adjugate, is `det(A) A⁻¹` for every regular matrix A. A singular matrix has no inverse,
but it has an adjugate, and its determinant has a gradient.
"""

import numpy as np

from ...errors import NoGradientError
from ..registry import outputs, vjp
from .matrices import transposed

# --- The determinant -------------------------------------------------------------


def det_vjp(g, ans, a):
    """Jacobi's formula: the gradient of the determinant are the cofactors."""
    return np.expand_dims(g, (-2, -1)) * transposed(adjugate(a, ans))


def adjugate(a, det):
    """`det(A) A⁻¹`, which singular matrices have too."""
    singular = np.expand_dims(np.equal(det, 0), (-2, -1))
    det = np.expand_dims(det, (-2, -1))
    if not np.any(singular):
        return det * np.linalg.inv(a)
    identity = np.eye(a.shape[-1], dtype=a.dtype)
    inverse = np.linalg.inv(np.where(singular, identity, a))
    return np.where(singular, _adjugate_by_products(a), det * inverse)


def _adjugate_by_products(a):
    """The algorithm of Faddeev and Le Verrier, slow, but it divides by no pivot."""
    n = a.shape[-1]
    identity = np.eye(n, dtype=a.dtype)
    found = np.broadcast_to(identity, a.shape)
    for k in range(1, n):
        product = a @ found
        trace = np.sum(product * identity, axis=(-2, -1), keepdims=True)
        found = product - identity * trace / k
    return (-1) ** (n - 1) * found


vjp(np.linalg.det, det_vjp)


# --- Its sign and logarithm ------------------------------------------------------


def slogdet_sign(g, ans, a):
    """Of complex matrices the sign turns with the imaginary part of log det A."""
    turn = 1j * np.imag(g * ans.sign)
    return np.expand_dims(turn, (-2, -1)) * transposed(_inverse(a, ans))


def slogdet_logabsdet(g, ans, a):
    """From `d log det A = trace(A⁻¹ dA)`."""
    return np.expand_dims(g, (-2, -1)) * transposed(_inverse(a, ans))


def _inverse(a, slogdet):
    if np.any(np.equal(slogdet.sign, 0)):
        raise NoGradientError(
            "np.linalg.slogdet of a singular matrix is -inf, where it has no "
            "derivative. Keep the matrix away from there, for instance with "
            "a + 1e-6 * np.eye(len(a)); np.linalg.det has a derivative there."
        )
    return np.linalg.inv(a)


outputs(np.linalg.slogdet, sign=slogdet_sign, logabsdet=slogdet_logabsdet)
