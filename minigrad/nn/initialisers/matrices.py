"""Matrices whose rows and columns know of each other."""

from math import ceil, prod

import numpy as np

from ...errors import DomainError, ShapeError
from ...random import generator
from .shapes import initialiser


@initialiser
def orthogonal(*shape, gain=1.0, rng=None, dtype=np.float32):
    """Orthogonal times `gain`: W Wᵀ = gain² I if W has no more rows than columns.

    Otherwise Wᵀ W = gain² I. Such a layer neither stretches nor shrinks. Drawn
    uniformly from all orthogonal matrices, as the Q of W = Q R for normal W, where R
    has a positive diagonal. From Saxe et al., "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks" (2014).

    Args:
        shape: (out, in), or (out, in, *window) of a convolution, which is the matrix
            (out, all others).
        gain: a factor for all numbers.
        rng: as in `glorot_uniform`.
        dtype: of the result.

    Returns, raises: as `glorot_uniform`, and

    Raises:
        ShapeError: the shape has less than two axes.

    >>> weight = orthogonal(2, 3, rng=0)
    >>> np.allclose(weight @ weight.T, np.eye(2), atol=1e-6)
    True
    """
    if len(shape) < 2:
        raise ShapeError(
            f"orthogonal makes matrices, and was given the shape {shape}. It needs "
            f"(out, in), or (out, in, *window)."
        )
    rows, columns = shape[0], prod(shape[1:])
    tall = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(generator(rng).normal(size=tall))
    q = gain * q * np.copysign(1, np.diagonal(r))
    return (q if rows >= columns else q.T).reshape(shape).astype(dtype, order="C")


@initialiser
def sparse_init(*shape, sparsity, std=0.01, rng=None, dtype=np.float32):
    """Normal with deviation `std`, but 0 for the part `sparsity` of each column.

    So each input starts with few connections, and as many as all others. From
    Martens, "Deep learning via Hessian-free optimization" (2010).

    Args:
        shape: (out, in).
        sparsity: from 0 to 1, rounded up to a whole number of zeros in a column.
        std: the standard deviation of the others.
        rng: as in `glorot_uniform`.
        dtype: of the result.

    Returns, raises: as `glorot_uniform`, and

    Raises:
        ShapeError: the shape is not that of a matrix.
        DomainError: `sparsity` is not between 0 and 1.

    >>> weight = sparse_init(10, 3, sparsity=0.25, rng=0)
    >>> (weight == 0).sum(axis=0)
    array([3, 3, 3])
    """
    if len(shape) != 2:
        raise ShapeError(
            f"sparse_init makes matrices, and was given the shape {shape}. It needs "
            f"(out, in)."
        )
    if not 0 <= sparsity <= 1:
        raise DomainError(
            f"sparse_init was given sparsity={sparsity}. It is the part of each column "
            f"that is 0: between 0, nothing, and 1, all."
        )
    rng, rows = generator(rng), shape[0]
    x = rng.normal(0, std, shape)
    x[: ceil(round(sparsity * rows, 9))] = 0  # 0.07 * 100 is a little more than 7
    return rng.permuted(x, axis=0).astype(dtype)
