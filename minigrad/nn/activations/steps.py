"""Smooth steps between two values."""

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise


@primitive
def sigmoid(x):
    """sigmoid(x) = 1 / (1 + exp(-x)), the logistic function: between 0 and 1.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # exp(-x) = inf makes the right answer, 0
        return 1 / (1 + np.exp(-1.0 * x))  # -x would wrap around unsigned integers


elementwise(sigmoid, lambda g, ans, x: g * ans * (1 - ans))


tanh = np.tanh
"""tanh(x), between -1 and 1: NumPy's own function, which has its vjp already."""


@primitive
def softsign(x):
    """softsign(x) = x / (1 + |x|), between -1 and 1: a tanh with heavier tails.

    Its second derivative jumps at 0, and is taken to be 0 there. See Bergstra et al.,
    "Quadratic polynomials learn better image features" (2009).

    >>> softsign(np.array([-1.0, 0.0, 99.0]))
    array([-0.5 ,  0.  ,  0.99])
    """
    return x / (1 + np.abs(1.0 * x))


def softsign_vjp(g, ans, x):
    """softsign' = 1 / (1 + |x|)², by two divisions: no square that overflows."""
    size = 1 + np.abs(x)
    return g / size / size


elementwise(softsign, softsign_vjp)
