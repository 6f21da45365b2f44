"""Functions that give back what they are given, and mark it for the way back."""

import numpy as np

from ..errors import ShapeError, described
from ..walks import fmap
from .recording import primitive
from .registry import constant, vjp
from .structure import conjugate


def stop_gradient(x):
    """`x` itself, from which no gradient comes back: a constant from here on.

    Args:
        x: an array, a number, or a tree of them, such as a model.

    Returns:
        The same values, plain, and no longer tracked by any `gradient`.

    >>> from minigrad import gradient
    >>> gradient(lambda x: x * stop_gradient(x), 3.0)
    (3.0,)
    """
    return fmap(_stopped, x)


@primitive
def _stopped(x):
    return x


_stopped.__name__ = "stop_gradient"  # for reports
constant(_stopped)


def hook(f, x):
    """`x` itself, whose gradient goes through `f` on its way back.

        gradient(lambda x: g(hook(f, x)), x) == f(gradient(g, x))

    `hook(print, x)` shows a gradient, `hook(np.negative, x)` turns it round, and
    `hook(lambda g: np.clip(g, -1, 1), x)` clips it.

    Args:
        f: a function of the gradient that returns another of the same shape, or None,
            after looking at it or changing it in place: it gets a copy, which counts
            then. For a tree it is called with that of each leaf.
        x: an array, a number, or a tree of them, such as a model.

    Returns:
        The same values.

    Source: Zygote, `hook`.

    >>> import numpy as np
    >>> from minigrad import gradient
    >>> gradient(lambda x: hook(np.negative, x) ** 2, 3.0)
    (-6.0,)
    """
    if not callable(f):
        raise TypeError(
            f"hook(f, x) takes the function first, and was given {described(f)} there. "
            f"Write hook(print, x)."
        )
    return fmap(lambda leaf: hooked(leaf, f), x)


@primitive
def hooked(x, f):
    """`x`, with `f` to be applied to its gradient."""
    return x


def hooked_vjp(g, ans, x, f):
    """`f` of the gradient; `f` sees it as users do, not conjugated."""
    given = conjugate(g)
    given = given.copy() if type(given) is np.ndarray else given
    found = f(given)
    if found is None:
        found = given
    if not hasattr(found, "dtype") and not isinstance(found, (int, float, complex)):
        raise TypeError(
            f"hook(f, x): f returned {described(found)}; it must return an array of "
            f"shape {np.shape(x)}, or None."
        )
    if np.shape(found) != np.shape(x):
        raise ShapeError(
            f"hook(f, x): f was given a gradient of shape {np.shape(x)}, and returned "
            f"{described(found)} of shape {np.shape(found)}. It must keep the shape."
        )
    return conjugate(found)


vjp(hooked, hooked_vjp, None)
