"""Losses of regression: how far numbers are from numbers."""

import numpy as np

from ...errors import DomainError
from .comparing import check_values, comparable, epsilon_for, number
from .logarithms import xlogy

POSITIVE = "Softplus, as the last activation of a model, makes predictions positive."


def mse(yhat, y, *, agg=np.mean):
    """The mean squared error: agg((yhat - y)²).

    Args:
        yhat: predictions, of any shape. The loss has their dtype.
        y: targets of the same shape: an array, a list of numbers, or one number
            that is the target everywhere.
        agg: makes one number of the array of losses.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError: the shapes differ. Nothing is broadcast: (N, 1) against (N,)
            would make N² differences.
        TypeError: the numbers are complex, or not numbers.

    >>> print(mse([0.9, 0.1, 0.1, 0.9], [1, 1, 0, 0]).round(12))
    0.41
    """
    yhat, y = comparable("mse", yhat, y)
    return agg((yhat - y) ** 2)


def mae(yhat, y, *, agg=np.mean):
    """The mean absolute error: agg(|yhat - y|).

    Arguments and errors as `mse`. Where both are equal the slope is taken to be 0.

    >>> print(mae([1.1, 1.9, 3.0], [1, 2, 3], agg=np.sum).round(12))
    0.2
    """
    yhat, y = comparable("mae", yhat, y)
    return agg(np.abs(yhat - y))


def huber_loss(yhat, y, *, delta=1.0, agg=np.mean):
    """The Huber loss: agg(d²/2 if |d| <= delta, else delta (|d| - delta/2)).

    Here d = yhat - y. A square near 0 and straight far out, where outliers pull no
    harder than `delta`. See Huber, "Robust estimation of a location parameter" (1964).

    Args:
        yhat: predictions, as in `mse`.
        y: targets, as in `mse`.
        delta: where the square ends, larger than 0.
        agg: makes one number of the array of losses.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: `delta` is 0 or negative.

    >>> print(huber_loss([1.1, 2.1, 3.1], [1, 2, 3]).round(12))
    0.005
    >>> print(huber_loss([1.1, 2.1, 3.1], [1, 2, 3], delta=0.05).round(12))
    0.00375
    """
    if not delta > 0:
        raise DomainError(
            f"huber_loss was given delta={delta}. It is the size of error from which "
            f"the loss is a straight line, and larger than 0."
        )
    yhat, y = comparable("huber_loss", yhat, y)
    delta = number(yhat, delta)
    d = yhat - y
    near = np.clip(d, -delta, delta)
    return agg(near * (d - near / 2))


def msle(yhat, y, *, agg=np.mean, epsilon=None):
    """The mean squared logarithmic error: agg((log(yhat + e) - log(y + e))²).

    It compares factors: half as much costs the same as twice as much.

    Args:
        yhat: predictions, as in `mse`, none of them negative.
        y: targets, as in `mse`, none of them negative.
        agg: makes one number of the array of losses.
        epsilon: e, which keeps the logarithms finite at 0; by default the machine
            epsilon of the dtype of `yhat`.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a prediction or a target is negative.

    >>> print(msle([1.1, 2.2, 3.3], [1, 2, 3]).round(6))
    0.009084
    """
    yhat, y = comparable("msle", yhat, y)
    check_values("msle", "sizes, from 0", POSITIVE, yhat=yhat, y=y)
    epsilon = epsilon_for(yhat, epsilon)
    return agg((np.log(yhat + epsilon) - np.log(y + epsilon)) ** 2)


def poisson_loss(yhat, y, *, agg=np.mean):
    """The loss of counts: agg(yhat - y log(yhat)).

    It is least where yhat, the expected count, is the mean of the counts y: minus the
    logarithm of their probability in a Poisson distribution, but for a constant.

    Args:
        yhat: predictions, as in `mse`: expected counts, larger than 0 where y is.
        y: targets, as in `mse`: counts.
        agg: makes one number of the array of losses.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a prediction or a target is negative.

    >>> print(poisson_loss([1, 3, 3], [1, 2, 3]).round(12))
    0.50231285222
    """
    yhat, y = comparable("poisson_loss", yhat, y)
    check_values("poisson_loss", "counts, from 0", POSITIVE, yhat=yhat, y=y)
    return agg(yhat - xlogy(y, yhat))
