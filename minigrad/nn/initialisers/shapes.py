"""How an initialiser is called, and what it asks of a shape."""

from functools import partial, wraps
from inspect import signature
from math import prod
from operator import index


def initialiser(function):
    """Let `function(*shape, **options)` be called without a shape as well.

    Its shape arrives as whole numbers, whether given one by one or as a tuple.

    >>> import numpy as np
    >>> @initialiser
    ... def full(*shape, value=0.5):
    ...     return np.full(shape, value)
    >>> full(value=2.0)(1, 2), full((1, 2))
    (array([[2., 2.]]), array([[0.5, 0.5]]))
    """

    @wraps(function)
    def call(*shape, **options):
        if not shape:
            signature(function).bind(**options)  # a misspelt option raises here
            return partial(call, **options)
        return function(*_sizes(function.__name__, shape), **options)

    return call


def _sizes(name, shape):
    """The shape as a tuple of whole numbers, or a sentence about what is not one."""
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    for size in sizes:
        if not hasattr(size, "__index__"):
            raise TypeError(
                f"{name} takes the sizes of an array as whole numbers, and was given "
                f"{size!r}, a {type(size).__name__}. Write {name}(3, 2) or "
                f"{name}((3, 2)), and options by keyword: {name}(3, 2, rng=rng)."
            )
        if index(size) < 0:
            raise ValueError(
                f"{name} was given the shape {tuple(sizes)}, and the size {size} is "
                f"negative. The size of an axis is 0 or larger."
            )
    return tuple(map(index, sizes))


def nfan(*shape):
    """(fan_in, fan_out): how many numbers a unit reads, and how many read it.

    Args:
        shape: (out, in) of a weight matrix; (out, in, *window) of a convolution,
            where each number is read once per place in the window. A vector
            (n,) counts as the matrix (n, 1), a number as (1, 1).

    Returns:
        A tuple of two whole numbers, each at least 1: the formulas below divide by
        them, for empty arrays too.

    >>> nfan(3, 2), nfan(3), nfan(3, 2, 5, 5)
    ((2, 3), (1, 3), (50, 75))
    """
    fan_out, fan_in, *window = shape if len(shape) > 1 else (*shape, 1, 1)
    return max(1, fan_in * prod(window)), max(1, fan_out * prod(window))
