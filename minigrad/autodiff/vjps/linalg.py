"""Vjps of linear algebra: inverses, equations, powers, chains.

The formulas are derived in Giles, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008). All of them work on stacks of
matrices, which stand in the last two axes.
"""

import operator
from functools import wraps
from math import prod

import numpy as np

from ...arrays import plain
from ...errors import NoGradientError
from ..operations import Each
from ..recording import primitive
from ..registry import composite, constant, vjp
from .matrices import conjugate, transposed
from .norms import matrix_norm

# --- Complex matrices ------------------------------------------------------------


def adjoint(x):
    """The conjugate transpose."""
    return conjugate(transposed(x))


def hermitian_part(x):
    """The Hermitian matrix that is nearest to `x`; of real ones the symmetric."""
    return (x + adjoint(x)) / 2


def of_gradients(written):
    """A vjp written for the gradients themselves, as the literature has them.

    Gradients travel conjugated on a tape. Functions with a complex derivative need
    not know (see `registry.py`); those that use conjugates of their argument do.
    """

    @wraps(written)
    def conjugated(g, *args, **kwargs):
        return conjugate(written(conjugate(g), *args, **kwargs))

    return conjugated


# --- Inverses --------------------------------------------------------------------


def inv_vjp(g, ans, a):
    """From `d(A⁻¹) = -A⁻¹ dA A⁻¹`."""
    return -(transposed(ans) @ g @ transposed(ans))


vjp(np.linalg.inv, inv_vjp)


@of_gradients
def pinv_vjp(g, ans, a, rcond=None, hermitian=False, *, rtol=None):
    """Golub and Pereyra (1973), equation 4.12, for a rank that does not change."""
    cut = rcond is not None or rtol is not None
    if cut and np.any(np.linalg.matrix_rank(ans) < np.linalg.matrix_rank(a)):
        raise NoGradientError(
            "np.linalg.pinv left out singular values that are not 0, by its rcond or "
            "rtol, and then its derivative is not that of the pseudo-inverse. Give a "
            "smaller rtol."
        )
    p, p_adjoint, g_adjoint = ans, adjoint(ans), adjoint(g)
    rows, columns = (np.eye(n, dtype=ans.dtype) for n in a.shape[-2:])
    found = (
        (rows - a @ p) @ g_adjoint @ p @ p_adjoint
        + p_adjoint @ p @ g_adjoint @ (columns - p @ a)
        - p_adjoint @ g @ p_adjoint
    )
    return hermitian_part(found) if hermitian else found


vjp(np.linalg.pinv, pinv_vjp)


@composite(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    """The inverse of the matrix whose rows are the first `ind` axes."""
    rows, columns = np.shape(a)[:ind], np.shape(a)[ind:]
    matrix = np.reshape(a, (prod(rows), prod(columns)))
    return np.reshape(np.linalg.inv(matrix), columns + rows)


# --- Equations -------------------------------------------------------------------


def solve_a(g, ans, a, b):
    """From `A dx = -dA x`: minus the outer product of the gradient of b and x."""
    towards_b = solve_b(g, ans, a, b)
    if np.ndim(b) == 1:
        towards_b, ans = np.expand_dims(towards_b, -1), np.expand_dims(ans, -1)
    return -(towards_b @ transposed(ans))


def solve_b(g, ans, a, b):
    """The transposed equation, `Aᵀ y = g`."""
    if np.ndim(b) == 1:
        return np.linalg.solve(transposed(a), np.expand_dims(g, -1))[..., 0]
    return np.linalg.solve(transposed(a), g)


vjp(np.linalg.solve, solve_a, solve_b, broadcasts=True)


@composite(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    """The equation whose unknowns are the last axes of `a`, flattened."""
    if axes is not None:
        a = np.moveaxis(a, axes, range(np.ndim(a) - len(axes), np.ndim(a)))
    unknowns = np.shape(a)[np.ndim(b) :]
    matrix = np.reshape(a, (np.size(b), prod(unknowns)))
    return np.reshape(np.linalg.solve(matrix, np.reshape(b, -1)), unknowns)


@composite(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    """The least squares solution `A⁺ b`; its residuals; the rank; singular values."""
    _, residuals, rank, _ = np.linalg.lstsq(plain(a), plain(b), rcond)
    if rank < min(np.shape(a)):
        raise NoGradientError(
            f"np.linalg.lstsq of a matrix of shape {np.shape(a)} and rank {rank} has "
            f"no derivative: its solution jumps when the rank changes. Add a small "
            f"multiple of the identity instead: "
            f"np.linalg.solve(a.T @ a + 1e-6 * np.eye({np.shape(a)[1]}), a.T @ b)."
        )
    x = np.linalg.pinv(a, 0) @ b
    if np.size(residuals):
        residuals = np.sum(np.abs(b - a @ x) ** 2, axis=0, keepdims=np.ndim(b) == 1)
    return x, residuals, rank, np.linalg.svd(a, compute_uv=False)


# --- Powers and chains -----------------------------------------------------------


@composite(np.linalg.matrix_power)
def matrix_power(a, n):
    """Repeated squaring; negative powers are those of the inverse."""
    n = operator.index(n)
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return np.linalg.matrix_power(plain(a), 0)
    if n == 1:
        return np.positive(a)
    half = matrix_power(np.matmul(a, a), n // 2)
    return np.matmul(half, a) if n % 2 else half


@primitive
def chain(*arrays):
    """`np.linalg.multi_dot`, with each matrix an argument of its own."""
    return np.linalg.multi_dot(arrays)


def chain_vjp(g, ans, position, *arrays):
    """`g` between the transposed factors on its left and on its right.

    Which product is taken first is again left to NumPy.
    """
    row, *matrices, column = arrays  # either may be a vector, or a matrix
    row = np.reshape(row, (-1, np.shape(row)[-1]))
    column = np.reshape(column, (np.shape(column)[0], -1))
    factors = [transposed(x) for x in (row, *matrices, column)]
    left, right = factors[:position], factors[position + 1 :]
    g = np.reshape(g, (len(row), np.shape(column)[1]))
    found = np.linalg.multi_dot([*reversed(left), g, *reversed(right)])
    return np.reshape(found, np.shape(arrays[position]))


vjp(chain, Each(chain_vjp))
composite(np.linalg.multi_dot)(lambda arrays: chain(*arrays))


# --- Diagonals, condition, rank --------------------------------------------------


@composite(np.linalg.diagonal)
def diagonal(x, offset=0):
    """Of the matrices in the last two axes."""
    return np.diagonal(x, offset, -2, -1)


@composite(np.linalg.trace)
def trace(x, offset=0, dtype=None):
    """Of the matrices in the last two axes."""
    return np.sum(np.linalg.diagonal(x, offset=offset), axis=-1, dtype=dtype)


@composite(np.linalg.cond)
def cond(x, p=None):
    """How much larger the largest stretch of a matrix is than the smallest."""
    if p is None or p in (2, -2):
        values = np.linalg.svd(x, compute_uv=False)
        large, small = values[..., 0], values[..., -1]
        if np.any(np.equal(small, 0)):
            raise NoGradientError(
                "np.linalg.cond of a singular matrix is infinite, and has no "
                "derivative. Keep the matrix away from there, for instance with "
                "a + 1e-6 * np.eye(len(a))."
            )
        return small / large if p == -2 else large / small
    return matrix_norm(x, ord=p) * matrix_norm(np.linalg.inv(x), ord=p)


constant(np.linalg.matrix_rank)
