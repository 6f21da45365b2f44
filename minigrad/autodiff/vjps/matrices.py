"""Vjps of products: of matrices and vectors, of all pairs, of sliding windows.

What is a matrix product in disguise is rewritten as one. Gradients travel
conjugated on a tape, so transposes are plain; only products that conjugate one of
their arguments (`vdot`, `vecdot`, `vecmat`, `correlate`) have to say so.
"""

from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...arrays import plain
from ...errors import ShapeError
from ..recording import primitive
from ..registry import composite, vjp

# --- The product of matrices -------------------------------------------------------


def matmul_x(g, ans, x, y):
    """Towards the left factor of `x @ y`: `g @ yᵀ`."""
    g, _, y = _as_matrices(g, x, y)
    return by_matrix(g, transposed(y))


def matmul_y(g, ans, x, y):
    """Towards the right factor of `x @ y`: `xᵀ @ g`.

    For a `y` that is a transposed view, such as the `W.T` of a layer, the result
    is laid out in memory like `y`: then the gradient of `W` is contiguous.
    """
    vector = np.ndim(y) == 1
    flags = getattr(y, "flags", None)
    g, x, y = _as_matrices(g, x, y)
    if len(y.shape) == 2:
        g, x = _rows(g), _rows(x)
    if flags is not None and flags.f_contiguous:
        result = transposed(transposed(g) @ x)
    else:
        result = transposed(x) @ g
    return result[..., 0] if vector else result


def _as_matrices(g, x, y):
    """`g`, `x`, `y` with the axis of one that matmul leaves out of vectors."""
    if np.ndim(y) == 1:
        g, y = np.expand_dims(g, -1), np.expand_dims(y, -1)
    if np.ndim(x) == 1:
        g, x = np.expand_dims(g, -2), np.expand_dims(x, -2)
    return g, x, y


def transposed(x):
    """Each matrix of a stack with its rows as columns."""
    return np.swapaxes(x, -1, -2)


vjp(np.matmul, matmul_x, matmul_y, broadcasts=True)


# --- The products of layers --------------------------------------------------------


@primitive
def linear(x, weight):
    """`x @ weightᵀ`, with the samples of `x` as rows."""
    return by_matrix(x, weight.T)


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
    return by_matrix(x, weight.T) + bias


def towards_weight(g, x):
    """Every sample adds the product of its output's gradient and its input."""
    return _rows(g).T @ _rows(x)


vjp(linear, lambda g, ans, x, weight: by_matrix(g, weight),
            lambda g, ans, x, weight: towards_weight(g, x))  # fmt: skip
vjp(affine, lambda g, ans, x, weight, bias: by_matrix(g, weight),
            lambda g, ans, x, weight, bias: towards_weight(g, x),
            lambda g, ans, x, weight, bias: _rows(g).sum(axis=0))  # fmt: skip


def by_matrix(x, y):
    """`x @ y`, of a stack `x` and one matrix `y` as a single product.

    NumPy multiplies the matrices of a stack one after the other, and to set the BLAS
    going takes longer than such a product.
    """
    if len(x.shape) > 2 and len(y.shape) == 2:
        return (_rows(x) @ y).reshape(*x.shape[:-1], y.shape[1])
    return x @ y


def _rows(x):
    """`x` as a matrix with one sample per row, whatever the shape of the batch."""
    shape = x.shape
    return x if len(shape) == 2 else x.reshape(prod(shape[:-1]), shape[-1])


# --- Matrix products in disguise ---------------------------------------------------


@composite(np.dot)
def dot(a, b):
    """The product of numbers, of vectors or of matrices, as NumPy defines it."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


@composite(np.inner)
def inner(a, b):
    """Sums over the last axis of both."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


@composite(np.vdot)
def vdot(a, b):
    """The sum of all products of numbers in the same place, those of `a` conjugated."""
    return np.matmul(np.reshape(conjugate(a), -1), np.reshape(b, -1))


def conjugate(x):
    """The complex conjugate; real numbers are left as they are."""
    return np.conjugate(x) if np.iscomplexobj(x) else x


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


@composite(np.vecdot)
def vecdot(x1, x2, axis=-1, keepdims=False):
    """Sums of products along one axis of both, those of `x1` conjugated."""
    x1, x2 = np.moveaxis(conjugate(x1), axis, -1), np.moveaxis(x2, axis, -1)
    if not keepdims:
        return np.sum(x1 * x2, axis=-1)
    return np.moveaxis(np.sum(x1 * x2, axis=-1, keepdims=True), -1, axis)


def matvec(x1, x2):
    """Matrices `x1` times vectors `x2`, the vectors along the last axis."""
    return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]


def vecmat(x1, x2):
    """Vectors `x1`, conjugated, times matrices `x2`."""
    return np.matmul(np.expand_dims(conjugate(x1), -2), x2)[..., 0, :]


if hasattr(np, "matvec"):  # from NumPy 2.2 on
    composite(np.matvec)(matvec)
    composite(np.vecmat)(vecmat)


# --- Products of all pairs -----------------------------------------------------------


@composite(np.outer)
def outer(a, b):
    """All products of a number of `a` with one of `b`."""
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composite(np.kron)
def kron(a, b):
    """Blocks: each number of `a` times the whole of `b`."""
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    blocks = np.expand_dims(a, tuple(range(1, 2 * n, 2)))
    blocks = blocks * np.expand_dims(b, tuple(range(0, 2 * n, 2)))
    return np.reshape(blocks, np.multiply(np.shape(a), np.shape(b)))


# --- The cross product ---------------------------------------------------------------


@composite(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector that is orthogonal to both; the third component if both are plane."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    sizes = {np.shape(a)[-1], np.shape(b)[-1]}
    if not sizes <= {2, 3}:
        raise ShapeError(
            f"The vectors of a cross product have 3 components (or 2), and these have "
            f"{np.shape(a)[-1]} and {np.shape(b)[-1]}. Along which axis the vectors "
            f"lie is told by axis=."
        )
    if sizes == {2}:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = _in_space(a), _in_space(b)
    c = np.roll(a, -1, -1) * np.roll(b, 1, -1) - np.roll(a, 1, -1) * np.roll(b, -1, -1)
    return np.moveaxis(c, -1, axisc)


def _in_space(x):
    """Vectors of the plane with a third component, 0."""
    if np.shape(x)[-1] == 3:
        return x
    return np.concatenate([x, np.zeros_like(x[..., :1])], axis=-1)


# --- Sliding windows -----------------------------------------------------------------


def convolve_a(g, ans, a, v, mode="full"):
    """Each number of `a` met all of `v`, backwards: `g` meets `v` forwards.

    A `mode` other than "full" leaves out as many numbers at one end as at the other.
    """
    missing = np.size(a) + np.size(v) - 1 - len(g)
    before, after = np.zeros(missing // 2, g.dtype), np.zeros(-(-missing // 2), g.dtype)
    g = np.concatenate([before, g, after])
    return np.convolve(g, np.flip(np.reshape(v, -1)), "valid")


vjp(np.convolve, convolve_a,
                 lambda g, ans, a, v, mode="full": convolve_a(g, ans, v, a, mode),
                 broadcasts=True)  # fmt: skip


@composite(np.correlate)
def correlate(a, v, mode="valid"):
    """Convolution with the conjugate of `v`, which runs forwards here."""
    if np.size(a) >= np.size(v):
        return np.convolve(a, np.flip(conjugate(v)), mode)
    return np.flip(np.convolve(np.flip(a), conjugate(v), mode))


# --- The same functions under the names of np.linalg ---------------------------------

composite(np.linalg.matmul)(lambda x1, x2, /: np.matmul(x1, x2))
composite(np.linalg.tensordot)(tensordot)
composite(np.linalg.vecdot)(vecdot)
composite(np.linalg.matrix_transpose)(transposed)


@composite(np.linalg.outer)
def outer_of_vectors(x1, x2):
    """`np.outer` of vectors only."""
    if np.ndim(x1) == np.ndim(x2) == 1:
        return outer(x1, x2)
    return np.linalg.outer(plain(x1), plain(x2))  # says what is wrong


@composite(np.linalg.cross)
def cross_in_space(x1, x2, axis=-1):
    """`np.cross` of vectors with three components only."""
    if np.shape(x1)[axis] == np.shape(x2)[axis] == 3:
        return cross(x1, x2, axis=axis)
    return np.linalg.cross(plain(x1), plain(x2), axis=axis)  # says what is wrong
