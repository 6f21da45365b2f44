"""First derivatives that are made of gradients: jacobian, and forward mode."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..arrays import plain
from ..duplicated import models_of
from ..errors import NoGradientError, ShapeError, described
from ..functors import children, is_leaf
from ..walks import KeyPath
from .gradient import pullback
from .tracked import dtype_of

NUMERIC = (np.ndarray, np.generic, int, float, complex)


# --- First derivatives -------------------------------------------------------------


def jacobian(f, *args):
    """The derivative of every output of `f` towards every entry of its arguments.

        jacobian(f, x)[0][i, j] == d f(x)[i] / d x[j]

    It plays the tape back once for each output: for one number, use `gradient`.

    Args:
        f: a function of `args` that returns an array or a number.
        args: arrays and numbers, as in `gradient`.

    Returns:
        A tuple with, for each argument, an array of shape `y.shape + x.shape` in the
        dtype of `x`; None for an argument that is not used.

    Raises:
        NoGradientError: `f` returns something else, or something complex; or an
            argument is a model.

    >>> jacobian(lambda x: x**2, np.array([1.0, 2.0]))
    (array([[2., 0.],
           [0., 4.]]),)
    """
    return withjacobian(f, *args).grad


class WithJacobian(NamedTuple):
    """The result of `withjacobian`.

    Attributes:
        val: what the function returned.
        grad: the tuple of jacobians, one per argument.
    """

    val: object
    grad: tuple


def withjacobian(f, *args):
    """The value of `f(*args)` together with its jacobians, from one call.

    Args:
        f: as in `jacobian`.
        args: as in `jacobian`.

    Returns:
        A named tuple `(val, grad)`; `grad` is what `jacobian` returns.

    Raises:
        NoGradientError: as `jacobian`.

    >>> withjacobian(lambda x: 3 * x, 2.0)
    WithJacobian(val=6.0, grad=(array(3.),))
    """
    args = models_of(args)  # a gradient for every row needs an array for each
    for position, x in enumerate(args):
        if not is_leaf(x):
            raise NoGradientError(
                f"jacobian needs arrays and numbers, and argument {position} is "
                f"{described(x)}. For a model, take jacobian of the vector that "
                f"destructure makes of it."
            )
    y, back = pullback(f, *args)
    value = plain(y)
    if not isinstance(value, NUMERIC) or np.asarray(value).dtype.kind not in "fiub":
        raise NoGradientError(
            f"The function returned {described(y)}, and a jacobian needs a real number "
            f"or an array of real numbers."
        )
    shape = np.shape(y)
    rows = [back(unit(shape, index)) for index in np.ndindex(shape)]
    towards = [[row[i] for row in rows] for i in range(len(args))]
    return WithJacobian(y, tuple(map(partial(_collected, shape), args, towards)))


def unit(shape, index):
    """Zeros of `shape`, with a one at `index`."""
    unit = np.zeros(shape)
    unit[index] = 1
    return unit


def _collected(shape, x, rows):
    """The gradients towards `x`, one per output, as one array."""
    if not isinstance(plain(x), NUMERIC):
        return None
    if 0 in (*shape, *np.shape(x)):
        return np.zeros(shape + np.shape(x), dtype_of(plain(x)))
    used = [row for row in rows if row is not None]
    if not used:
        return None
    # Some outputs may depend on x, and others not.
    rows = [np.zeros_like(used[0]) if row is None else row for row in rows]
    return np.reshape(np.stack(rows), shape + np.shape(x))


# --- Forward mode ------------------------------------------------------------------


def pushforward(f, *args):
    """The value of `f(*args)`, and the function that pushes small changes forward.

        y, push = pushforward(f, *args);  push(xdot, ...) == ydot

    where `ydot` is the slope of `f` along the direction `(xdot, ...)`: the product of
    the jacobian and a vector. The pullback is a linear function of `ybar`, so its own
    pullback is the pushforward: no rules of its own are needed. (Townsend, "A new
    trick for calculating Jacobian vector products", 2017.)

    Args:
        f: a function whose result is a number or an array.
        args: arrays and numbers, as in `gradient`.

    Returns:
        `(y, push)`. `push` takes one direction per argument, of its shape, or None
        for an argument that does not change; it returns an array of the shape of `y`.

    Raises:
        NoGradientError: as `gradient`; or the result is neither number nor array.
        ShapeError: a direction has another shape than its argument.

    >>> y, push = pushforward(lambda x: x**2, np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """
    y, back = pullback(f, *args)
    if not isinstance(plain(y), NUMERIC):
        raise NoGradientError(
            f"The function returned {described(y)}, and pushforward needs a number or "
            f"an array."
        )
    number = np.asarray(plain(y))
    kind = number.dtype if number.dtype.kind in "fc" else float
    zero = np.zeros(number.shape, kind)[()]
    _, push = pullback(back, zero)

    def pushed(*directions):
        if len(directions) != len(args):
            raise TypeError(
                f"push takes a direction for each of the {len(args)} arguments (None "
                f"for one that does not change), and was given {len(directions)}."
            )
        for position, pair in enumerate(zip(args, directions, strict=True)):
            check_direction(*pair, f"args[{position}]")
        found = push(directions)[0]
        return zero if found is None else found

    return y, pushed


def check_direction(x, direction, name, path=()):
    """Refuse a direction of another structure or shape than what it is for."""
    if direction is None:
        return
    at = f"{name}.{KeyPath(path)}".replace(".[", "[") if path else name
    if not is_leaf(x):
        parts, given = children(x), children(direction)
        if parts.keys() != given.keys():
            raise ShapeError(
                f"{at} is {described(x)} with {list(parts)}, and its direction "
                f"{described(direction)} with {list(given) or 'no parts'}. They have "
                f"the same parts, with None for one that does not change."
            )
        for key, part in parts.items():
            check_direction(part, given[key], name, (*path, key))
        return
    if not isinstance(plain(x), NUMERIC):
        return
    if np.iscomplexobj(plain(direction)) and not np.iscomplexobj(plain(x)):
        raise TypeError(f"{at} is real, and its direction is complex.")
    if np.shape(direction) != np.shape(x):
        raise ShapeError(
            f"{at} has shape {np.shape(x)}, and its direction shape "
            f"{np.shape(direction)}. A direction says how each of the numbers changes, "
            f"so it has the same shape."
        )
