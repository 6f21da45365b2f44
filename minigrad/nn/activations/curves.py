"""Smooth relatives of the straight lines."""

from math import log

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise
from .pieces import setting
from .steps import sigmoid

# --- Logarithms ----------------------------------------------------------------


@primitive
def softplus(x):
    """softplus(x) = log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(-|x|)).

    >>> softplus(np.array([-1e4, 1e4]))
    array([    0., 10000.])
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-1.0 * np.abs(x)))


elementwise(softplus, lambda g, ans, x: g * sigmoid(x))


@primitive
def logsigmoid(x):
    """logsigmoid(x) = log(sigmoid(x)) = -softplus(-x), without leaving the logarithm.

    >>> logsigmoid(np.array([-1e4, 1e4]))
    array([-10000.,     -0.])
    """
    return -softplus(-1.0 * x)


elementwise(logsigmoid, lambda g, ans, x: g * sigmoid(-x))


@primitive
def logcosh(x):
    """logcosh(x) = log(cosh(x)), like x²/2 near 0 and like |x| - log(2) far out.

    Computed as log(1 + 2 sinh²(x/2)) near 0, and |x| + log(1 + exp(-2|x|)) - log(2)
    elsewhere; each is precise where the other subtracts equal numbers or overflows.

    >>> logcosh(np.array([1e-8, -1e4]))
    array([5.00000000e-17, 9.99930685e+03])
    """
    size = np.abs(1.0 * x)
    near = np.log1p(2 * np.sinh(np.minimum(size, 1) / 2) ** 2)
    far = size + np.log1p(np.exp(-2 * size)) - log(2)
    return np.where(size < 1, near, far)[()]


elementwise(logcosh, lambda g, ans, x: g * np.tanh(x))


# --- Exponentials below 0 ------------------------------------------------------


def elu(x, alpha=1.0):
    """elu(x) = x for x > 0, and alpha (exp(x) - 1) elsewhere.

    Its slope at 0 is taken to be `alpha`, which for the default 1 is what it is.
    See Clevert et al., "Fast and accurate deep network learning by exponential
    linear units" (2015).

    Args:
        x: number or array.
        alpha: minus the value far below 0; it may be an array, and trained.

    >>> elu(np.array([-1e4, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """
    return _elu(x, setting(alpha))


@primitive
def _elu(x, alpha):
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0))


elementwise(_elu, lambda g, ans, x, alpha: g * ((x > 0) + (x <= 0) * (ans + alpha)),
                  lambda g, ans, x, alpha: g * np.expm1(np.minimum(x, 0)))  # fmt: skip


def celu(x, alpha=1.0):
    """celu(x) = x for x > 0, and alpha (exp(x / alpha) - 1) elsewhere.

    An `elu` whose slope is 1 at 0 for every alpha. See Barron, "Continuously
    differentiable exponential linear units" (2017).

    Args:
        x: number or array.
        alpha: minus the value far below 0, not 0; it may be an array, and trained.

    >>> celu(np.array([-1e4, 0.0, 2.0]), 0.5)
    array([-0.5,  0. ,  2. ])
    """
    return _celu(x, setting(alpha))


@primitive
def _celu(x, alpha):
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0) / alpha)


def celu_vjp_alpha(g, ans, x, alpha):
    """With u = min(x, 0) / alpha: exp(u) - 1 - u exp(u)."""
    u = np.minimum(x, 0) / alpha
    return g * (np.expm1(u) - u * np.exp(u))


elementwise(_celu, lambda g, ans, x, alpha: g * np.exp(np.minimum(x, 0) / alpha),
                   celu_vjp_alpha)  # fmt: skip


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
"""The numbers of `selu`, with which mean 0 and variance 1 are a fixed point."""


@primitive
def selu(x):
    """selu(x) = 1.0507 elu(x, 1.6733): layers of it keep mean 0 and variance 1.

    For weights from `lecun_normal`. Its slope at 0 is taken from below, 1.7581. See
    Klambauer et al., "Self-normalizing neural networks" (2017), for all digits.

    >>> selu(np.array([-1e4, 0.0, 2.0])).round(4)
    array([-1.7581,  0.    ,  2.1014])
    """
    return SCALE * _elu(x, ALPHA)


elementwise(
    selu,
    lambda g, ans, x: g * SCALE * ((ans > 0) + (ans <= 0) * (ans / SCALE + ALPHA)),
)


# --- Flat at 0 -----------------------------------------------------------------


@primitive
def tanhshrink(x):
    """tanhshrink(x) = x - tanh(x): flat at 0, and x moved by 1 towards 0 far out.

    >>> tanhshrink(np.array([-10.0, 0.0, 10.0])).round(4)
    array([-9.,  0.,  9.])
    """
    return x - np.tanh(1.0 * x)  # of small integers np.tanh would be float16


elementwise(tanhshrink, lambda g, ans, x: g * np.tanh(x) ** 2)
