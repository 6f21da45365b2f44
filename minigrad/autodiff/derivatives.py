"""Derivatives that are made of gradients."""

from functools import partial

import numpy as np

from ..arrays import plain
from ..duplicated import models_of
from ..errors import NoGradientError, described
from .gradient import pullback

NUMERIC = (np.ndarray, np.generic, int, float)


def jacobian(f, *args):
    """The derivative of every output of `f` towards every entry of its arguments.

        jacobian(f, x)[0][i, j] == d f(x)[i] / d x[j]

    It plays the tape back once for each output: for one number, use `gradient`.

    Args:
        f: a function of `args` that returns an array or a number.
        args: arrays and numbers, as in `gradient`.

    Returns:
        A tuple with, for each argument, an array of shape `y.shape + x.shape` in the
        dtype of `x`; None for arguments that are not used, or are neither an array
        nor a number.

    Raises:
        NoGradientError: `f` returns something else, or something complex.

    >>> jacobian(lambda x: x**2, np.array([1.0, 2.0]))
    (array([[2., 0.],
           [0., 4.]]),)
    """
    args = models_of(args)  # a gradient for every row needs an array for each
    y, back = pullback(f, *args)
    value = plain(y)
    if not isinstance(value, NUMERIC) or np.asarray(value).dtype.kind not in "fiub":
        raise NoGradientError(
            f"The function returned {described(y)}, and a jacobian needs a real number "
            f"or an array of real numbers."
        )
    shape = np.shape(y)
    rows = [back(_unit(shape, index)) for index in np.ndindex(shape)]
    towards = [[row[i] for row in rows] for i in range(len(args))]
    return tuple(map(partial(_collected, shape), args, towards))


def _unit(shape, index):
    """Zeros of `shape`, with a one at `index`."""
    unit = np.zeros(shape)
    unit[index] = 1
    return unit


def _collected(shape, x, rows):
    """The gradients towards `x`, one per output, as one array."""
    if not isinstance(plain(x), NUMERIC):
        return None
    used = [row for row in rows if row is not None]
    if not used:
        return None
    # Some outputs may depend on x, and others not.
    rows = [np.zeros_like(used[0]) if row is None else row for row in rows]
    return np.reshape(np.stack(rows), shape + np.shape(x))
