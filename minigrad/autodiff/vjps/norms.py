"""Vjps of the norms of vectors and of matrices.

A norm has a kink wherever the number it measures is 0, like |x|: there the slope 0
is taken. Where a maximum is attained several times, the first one moves.
"""

import numpy as np

from ...arrays import plain
from ..recording import primitive
from ..registry import composite, vjp
from .arithmetic import divide_or_zero
from .matrices import conjugate
from .reductions import restore

# --- Of vectors ------------------------------------------------------------------


@primitive
def euclidean_norm(x, axis=None, keepdims=False):
    """`sqrt(sum(|x|**2))` over `axis`."""
    if isinstance(axis, tuple) and len(axis) > 2:
        return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims)
    return np.linalg.norm(x, axis=axis, keepdims=keepdims)


def euclidean_norm_vjp(g, ans, x, axis=None, keepdims=False):
    """d |x| / dx = x / |x|, and 0 at the origin."""
    return restore(g, x, axis, keepdims) * divide_or_zero(
        conjugate(x), restore(ans, x, axis, keepdims)
    )


vjp(euclidean_norm, euclidean_norm_vjp)


@composite(np.linalg.vector_norm)
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """`sum(|x|**ord) ** (1 / ord)`, and its limits."""
    if ord is None or ord == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if ord == 0 or isinstance(ord, str):  # a constant; an error
        return np.linalg.vector_norm(plain(x), axis=axis, keepdims=keepdims, ord=ord)
    size = np.abs(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


# --- Of matrices -----------------------------------------------------------------

SPECTRAL = {"nuc": np.sum, 2: np.max, -2: np.min}
"""What becomes of the singular values."""

SUMS = {
    1: (np.max, -2),
    -1: (np.min, -2),
    np.inf: (np.max, -1),
    -np.inf: (np.min, -1),
}
"""What becomes of the sums of absolute values, and along which axis they are taken."""


@composite(np.linalg.matrix_norm)
def matrix_norm(x, keepdims=False, ord="fro"):
    """Of the matrices in the last two axes."""
    if ord is None or ord == "fro":
        return euclidean_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in SPECTRAL:
        values = np.linalg.svd(x, compute_uv=False)
        found = SPECTRAL[ord](values, axis=-1)
    elif ord in SUMS:
        extreme, axis = SUMS[ord]
        found = extreme(np.sum(np.abs(x), axis=axis), axis=-1)
    else:
        return np.linalg.matrix_norm(plain(x), ord=ord)  # an error
    return np.expand_dims(found, (-2, -1)) if keepdims else found


# --- Of both ---------------------------------------------------------------------


@composite(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """Of a vector along one axis, of a matrix along two; the Euclidean of anything."""
    if ord is None and axis is None:
        return euclidean_norm(x, keepdims=keepdims)
    axes = range(np.ndim(x)) if axis is None else axis
    axes = (axes,) if np.ndim(axes) == 0 else tuple(axes)
    if len(axes) == 1:
        return vector_norm(x, axes[0], keepdims, 2 if ord is None else ord)
    if len(axes) != 2 or axes[0] % np.ndim(x) == axes[1] % np.ndim(x):
        return np.linalg.norm(plain(x), ord, axis, keepdims)  # an error
    if ord is None or ord == "fro":
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    found = matrix_norm(np.moveaxis(x, axes, (-2, -1)), keepdims, ord)
    return np.moveaxis(found, (-2, -1), axes) if keepdims else found
