"""Targets that are a little less certain."""

import numpy as np

from ...arrays import plain
from ...errors import DomainError
from .comparing import as_array, number


def label_smoothing(y, alpha, *, axis=-1):
    """label_smoothing(y, alpha) = y (1 - alpha) + alpha / classes.

    A model that may not be certain keeps finite scores, and errs with less
    confidence. From Szegedy et al., "Rethinking the inception architecture" (2016).

    Args:
        y: targets that sum to 1 along `axis`: one-hot (`onehotbatch`), or
            probabilities. With `axis=None`, numbers from 0 for "no" to 1 for "yes".
        alpha: how much of the certainty is spread over all classes, between 0 and 1.
        axis: the axis of the classes; None for "yes" and "no" in one number, which
            are two classes.

    Returns:
        An array of the shape of `y`; floats keep their dtype, and others become
        float64.

    Raises:
        DomainError: `alpha` is not between 0 and 1; or `y` does not sum to 1.

    >>> label_smoothing([[0, 1, 0, 0], [1, 0, 0, 0]], 0.2)
    array([[0.05, 0.85, 0.05, 0.05],
           [0.85, 0.05, 0.05, 0.05]])
    >>> label_smoothing([0, 1, 1], 0.2, axis=None)
    array([0.1, 0.9, 0.9])
    """
    if not 0 < alpha < 1:
        raise DomainError(
            f"label_smoothing was given alpha={alpha}. It is the part of the certainty "
            f"that is spread over all classes: between 0, none, and 1, all of it."
        )
    y = as_array(y)
    if y.dtype.kind != "f":
        y = y.astype(np.float64)
    classes = 2 if axis is None else _count(y, axis)
    alpha = number(y, alpha)
    return y * (1 - alpha) + alpha / classes


def _count(y, axis):
    """How many classes there are along `axis`, if it can be an axis of classes."""
    if not y.ndim or np.any(np.abs(plain(y).sum(axis=axis) - 1) > 1e-3):
        raise DomainError(
            f"label_smoothing(y, alpha) spreads over the classes along axis {axis}, "
            f"and y, of shape {y.shape}, does not sum to 1 there. Name the axis of the "
            f"classes; for labels that are 0 or 1 by themselves, write axis=None."
        )
    return y.shape[axis]
