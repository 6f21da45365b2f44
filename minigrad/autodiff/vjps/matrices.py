"""Vjps of matrix products and norms."""

from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...arrays import plain
from ...errors import NoGradientError, ShapeError
from ..recording import primitive
from ..registry import composite, vjp
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


@primitive
def affine(x, weight, bias):
    """`x @ weightᵀ + bias`, with the samples of `x` as rows: the heart of a layer.

    One operation on the tape instead of three; a test compares both.
    """
    if bias.shape != weight.shape[:1]:
        raise ShapeError(
            f"A bias of shape {bias.shape} does not fit weights of shape "
            f"{weight.shape}, which need one of shape {weight.shape[:1]}."
        )
    return x @ weight.T + bias


def affine_weight(g, ans, x, weight, bias):
    """Every sample adds the product of its output's gradient and its input."""
    return _rows(g).T @ _rows(x)


vjp(affine, lambda g, ans, x, weight, bias: g @ weight,
            affine_weight,
            lambda g, ans, x, weight, bias: _rows(g).sum(axis=0))  # fmt: skip


def _rows(x):
    """`x` as a matrix with one sample per row, whatever the shape of the batch."""
    shape = x.shape
    return x if len(shape) == 2 else x.reshape(prod(shape[:-1]), shape[-1])


@composite(np.dot)
def dot(a, b):
    """The product of numbers, of vectors or of matrices, as NumPy defines it."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


@composite(np.outer)
def outer(a, b):
    """All products of a number of `a` with one of `b`."""
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composite(np.inner)
def inner(a, b):
    """Sums over the last axis of both."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


@composite(np.vdot)
def vdot(a, b):
    """The sum of all products of numbers in the same place."""
    return np.matmul(np.reshape(a, -1), np.reshape(b, -1))


@composite(np.tensordot)
def tensordot(a, b, axes=2):
    """Sums over pairs of axes, as one matrix product."""
    if np.ndim(axes) == 0:
        axes = range(np.ndim(a) - axes, np.ndim(a)), range(axes)
    summed_a, summed_b = (
        list(normalize_axis_tuple(part, np.ndim(x)))
        for x, part in zip((a, b), axes, strict=True)
    )
    kept_a = [axis for axis in range(np.ndim(a)) if axis not in summed_a]
    kept_b = [axis for axis in range(np.ndim(b)) if axis not in summed_b]
    shape = [np.shape(a)[i] for i in kept_a] + [np.shape(b)[i] for i in kept_b]
    n = prod(np.shape(a)[i] for i in summed_a)
    rows = np.transpose(a, kept_a + summed_a).reshape(prod(shape[: len(kept_a)]), n)
    columns = np.transpose(b, summed_b + kept_b)
    columns = columns.reshape(n, prod(shape[len(kept_a) :]))
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
