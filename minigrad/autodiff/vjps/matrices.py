"""Vjps of matrix products and norms."""

import numpy as np

from ...errors import NoGradientError
from ..registry import composite, vjp
from ..tape import plain
from ..tracked import primitive
from .arithmetic import divide_or_zero
from .reductions import restore

# --- Products ------------------------------------------------------------------


def matmul_x(g, ans, x, y):
    """Towards the left factor of `x @ y`: `g @ yᵀ`."""
    g, _, y = _as_matrices(g, x, y)
    return g @ _transposed(y)


def matmul_y(g, ans, x, y):
    """Towards the right factor of `x @ y`: `xᵀ @ g`.

    For a `y` that is a transposed view, such as the `W.T` of a layer, the result
    is laid out in memory like `y`: then the gradient of `W` is contiguous.
    """
    vector = np.ndim(y) == 1
    flags = getattr(y, "flags", None)
    g, x, y = _as_matrices(g, x, y)
    if flags is not None and flags.f_contiguous:
        result = _transposed(_transposed(g) @ x)
    else:
        result = _transposed(x) @ g
    return result[..., 0] if vector else result


def _as_matrices(g, x, y):
    """`g`, `x`, `y` with the axis of one that matmul leaves out of vectors."""
    if np.ndim(y) == 1:
        g, y = np.expand_dims(g, -1), np.expand_dims(y, -1)
    if np.ndim(x) == 1:
        g, x = np.expand_dims(g, -2), np.expand_dims(x, -2)
    return g, x, y


def _transposed(x):
    return np.swapaxes(x, -1, -2)


vjp(np.matmul, matmul_x, matmul_y, broadcasts=True)


@composite(np.dot)
def dot(x, y):
    """The product of numbers, of vectors or of matrices, as NumPy defines it."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return x * y
    if np.ndim(y) <= 2:
        return np.matmul(x, y)
    return np.tensordot(x, y, axes=(-1, -2))


@composite(np.outer)
def outer(x, y):
    """All products of a number of `x` with one of `y`."""
    return np.reshape(x, (-1, 1)) * np.reshape(y, (1, -1))


@composite(np.inner)
def inner(x, y):
    """Sums over the last axis of both."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return x * y
    return np.tensordot(x, y, axes=(-1, -1))


@composite(np.vdot)
def vdot(x, y):
    """The sum of all products of numbers in the same place."""
    return np.sum(np.reshape(x, -1) * np.reshape(y, -1))


@composite(np.tensordot)
def tensordot(x, y, axes=2):
    """Sums over pairs of axes, as one matrix product."""
    if np.ndim(axes) == 0:
        axes = range(np.ndim(x) - axes, np.ndim(x)), range(axes)
    summed_x, summed_y = (
        [int(axis) % np.ndim(z) for axis in np.atleast_1d(list(np.atleast_1d(part)))]
        for z, part in zip((x, y), axes, strict=True)
    )
    kept_x = [axis for axis in range(np.ndim(x)) if axis not in summed_x]
    kept_y = [axis for axis in range(np.ndim(y)) if axis not in summed_y]
    shape = [np.shape(x)[a] for a in kept_x] + [np.shape(y)[a] for a in kept_y]
    n = int(np.prod([np.shape(x)[axis] for axis in summed_x], dtype=int))
    rows = np.reshape(np.transpose(x, kept_x + summed_x), (-1, n))
    columns = np.reshape(np.transpose(y, summed_y + kept_y), (n, -1))
    return np.reshape(rows @ columns, shape)


# --- Norms ---------------------------------------------------------------------


@primitive
def euclidean_norm(x, axis=None, keepdims=False):
    """`sqrt(sum(x**2))` over `axis`."""
    return np.linalg.norm(x, axis=axis, keepdims=keepdims)


def euclidean_norm_vjp(g, ans, x, axis=None, keepdims=False):
    """d |x| / dx = x / |x|, and 0 at the origin."""
    return restore(g, x, axis, keepdims) * divide_or_zero(
        x, restore(ans, x, axis, keepdims)
    )


vjp(euclidean_norm, euclidean_norm_vjp)


@composite(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """The norms that are sums, powers and extremes of absolute values."""
    axes = range(np.ndim(x)) if axis is None else np.atleast_1d(axis)
    if ord is None or ord == "fro" or (ord == 2 and len(axes) == 1):
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if len(axes) != 1:
        raise NoGradientError(
            f"np.linalg.norm(x, ord={ord!r}) of a matrix has no vjp here. The matrix "
            f"norm that has one is the Euclidean: np.linalg.norm(x)."
        )
    magnitude = np.abs(x)
    if ord in (np.inf, -np.inf):
        extreme = np.max if ord > 0 else np.min
        return extreme(magnitude, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.linalg.norm(plain(x), ord, axis, keepdims)
    return np.sum(magnitude**ord, axis=axis, keepdims=keepdims) ** (1 / ord)
