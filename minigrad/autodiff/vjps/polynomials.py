"""Vjps of polynomials, given by their coefficients, that of the highest power first.

All are said with other operations.
"""

import numpy as np

from ...arrays import plain
from ...errors import NoGradientError
from ..recording import astype
from ..registry import composite
from .indexing import add_at

# --- Values ------------------------------------------------------------------------


@composite(np.polyval)
def polyval(p, x):
    """The value at `x`, by Horner's rule."""
    y = np.zeros_like(x)
    for coefficient in np.atleast_1d(p):
        y = y * x + coefficient
    return y


@composite(np.vander)
def vander(x, N=None, increasing=False):
    """The matrix of all powers of `x`, one a column."""
    powers = np.arange(len(x) if N is None else N)
    return np.expand_dims(x, 1) ** (powers if increasing else powers[::-1])


# --- Arithmetic ----------------------------------------------------------------------


@composite(np.polyadd)
def polyadd(a1, a2):
    """The sum."""
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    return led_by_zeros(a1, len(a2)) + led_by_zeros(a2, len(a1))


@composite(np.polysub)
def polysub(a1, a2):
    """The difference."""
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    return led_by_zeros(a1, len(a2)) - led_by_zeros(a2, len(a1))


def led_by_zeros(p, length):
    """`p` with as many leading zeros as it needs to be that long."""
    zeros = np.zeros(max(0, length - len(p)), plain(p).dtype)
    return np.concatenate([zeros, p]) if len(zeros) else p


@composite(np.polymul)
def polymul(a1, a2):
    """The product: `a1[i] a2[j]` counts for the power i + j."""
    a1, a2 = (without_zeros(np.atleast_1d(p)) for p in (a1, a2))
    powers = np.add.outer(np.arange(len(a1)), np.arange(len(a2)))
    return add_at(np.outer(a1, a2), powers, (len(a1) + len(a2) - 1,))


def without_zeros(p):
    """`p` from its first coefficient that is not 0; of zeros only, the last."""
    first = np.flatnonzero(p)
    return p[int(first[0]) if len(first) else -1 :]


@composite(np.polydiv)
def polydiv(u, v):
    """Quotient and remainder, by long division."""
    u, v = np.multiply(1.0, np.atleast_1d(u)), np.multiply(1.0, np.atleast_1d(v))
    steps = len(u) - len(v) + 1
    quotient, rest = [], u
    for _ in range(steps):
        quotient.append(rest[0] / v[0])
        rest = np.concatenate([rest[1 : len(v)] - quotient[-1] * v[1:], rest[len(v) :]])
    first = len(np.polydiv(plain(u), plain(v))[1])  # NumPy leaves out what is nearly 0
    rest = rest if len(rest) else u[:1] * 0
    return np.stack(quotient) if quotient else u[:1] * 0, rest[len(rest) - first :]


# --- Calculus ------------------------------------------------------------------------


@composite(np.polyder)
def polyder(p, m=1):
    """The derivative of order `m`."""
    if m < 0:
        return np.polyder(plain(p), m)  # which says what is wrong
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composite(np.polyint)
def polyint(p, m=1, k=None):
    """The antiderivative of order `m`, with the constants of integration `k`."""
    if m < 0:
        return np.polyint(plain(p), m)  # which says what is wrong
    k = np.broadcast_to(0.0 if k is None else k, m) if np.size(k) == 1 else k
    for i in range(m):
        whole = p / np.arange(len(p), 0, -1)
        p = np.concatenate([whole, np.atleast_1d(k[i])])
    return p


# --- Roots, and the way back -------------------------------------------------------


@composite(np.poly)
def poly(seq_of_zeros):
    """The product of all `x - zero`; of a matrix, whose eigenvalues are the zeros."""
    zeros = seq_of_zeros
    if not isinstance(zeros, (list, tuple)):
        zeros = np.atleast_1d(zeros)
        zeros = np.linalg.eigvals(zeros) if np.ndim(zeros) == 2 else zeros
    p = np.ones(1)
    for zero in zeros:
        p = np.convolve(p, np.stack([np.ones_like(zero), -1 * zero]))
    known = np.poly([plain(zero) for zero in zeros])  # real for conjugate pairs
    return astype(p if np.iscomplexobj(known) else np.real(p), known.dtype)


@composite(np.roots)
def roots(p):
    """The eigenvalues of the companion matrix, and 0 for each last coefficient 0."""
    p = np.atleast_1d(p)
    if np.ndim(p) != 1:
        return np.roots(plain(p))  # which says what is wrong
    found = np.flatnonzero(p)
    if len(found) == 0:
        return np.zeros(0)
    zeros = len(p) - 1 - int(found[-1])
    p = p[int(found[0]) : int(found[-1]) + 1]
    row = -p[1:] / p[0]
    if len(row) == 0:
        return np.zeros(zeros)
    below = np.eye(len(row) - 1, len(row))
    found = np.linalg.eigvals(np.concatenate([row[None], below]))
    found = np.concatenate([found, np.zeros(zeros, plain(found).dtype)])
    return astype(found, np.roots(plain(p)).dtype)


@composite(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, cov=False, w=None):
    """Least squares: the columns of `np.vander` are brought to length 1 before."""
    if full or cov:
        raise NoGradientError(
            "np.polyfit(full=True) and cov=True are not differentiated. Leave them "
            "out, and compute what you need from y - np.polyval(p, x)."
        )
    x, y = np.multiply(1.0, x), np.multiply(1.0, y)
    powers = np.vander(x, int(deg) + 1)
    if w is not None:
        powers = powers * np.expand_dims(w, 1)
        y = y * (np.expand_dims(w, 1) if np.ndim(y) == 2 else w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    if rcond is None:
        rcond = len(x) * np.finfo(x.dtype).eps
    found = np.linalg.lstsq(powers / scale, y, rcond)[0]
    return (found.T / scale).T
