"""Products with a logarithm, where 0 times -inf is 0."""

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise, vjp
from ...autodiff.vjps.reductions import restore


@primitive
def xlogy(x, y):
    """x log(y), and 0 where both are 0: the limit of x log(x).

    >>> xlogy(np.array([0.0, 1.0]), np.array([0.0, np.e]))
    array([0., 1.])
    """
    return x * np.log(_positive(x, y))


def _positive(x, y):
    """`y`, with 1 where `x` and `y` are both 0."""
    return np.where(np.logical_and(np.equal(x, 0), np.equal(y, 0)), 1, y)


elementwise(xlogy, lambda g, ans, x, y: g * np.log(_positive(x, y)),
                   lambda g, ans, x, y: g * x / _positive(x, y))  # fmt: skip


@primitive
def surprise(y, logp, axis):
    """-sum(y logp) along `axis`, where classes with y = 0 count as 0.

    >>> surprise(np.array([0.0, 2.0]), np.array([-np.inf, -3.0]), -1)
    np.float64(6.0)
    """
    return -(y * _finite(y, logp)).sum(axis=axis)


def _finite(y, logp):
    """`logp`, with 0 where `y` is 0 and `logp` is -inf."""
    masked = np.equal(logp, -np.inf)
    if not masked.any():
        return logp
    return np.where(np.logical_and(masked, np.equal(y, 0)), 0, logp)


vjp(surprise, lambda g, ans, y, logp, axis: -restore(g, y, axis) * _finite(y, logp),
              lambda g, ans, y, logp, axis: -restore(g, y, axis) * y)  # fmt: skip
