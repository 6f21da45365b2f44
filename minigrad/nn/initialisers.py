"""Initialisers: the numbers that a layer starts from.

A layer calls `init((out, in))` and gets an array. The spread of the random ones
shrinks with the size of the layer, so that signals neither grow nor fade from
layer to layer. Called without a shape an initialiser takes options and returns an
initialiser: `Dense(4, 3, init=kaiming_normal(gain=1.0, rng=0))`.

The formulas and names are those of Flux, "Weight Initialisation". There is a
formula for each pair of (uniform, normal) and (glorot, kaiming): a uniform
distribution on [-b, b] has the standard deviation b / sqrt(3).
"""

from functools import partial, wraps
from inspect import signature
from math import prod, sqrt
from operator import index

import numpy as np

from ..random import generator


def initialiser(function):
    """Let `function(*shape, **options)` be called without a shape as well.

    Its shape arrives as whole numbers, whether given one by one or as a tuple.

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


# --- Constants -----------------------------------------------------------------


@initialiser
def zeros(*shape, rng=None, dtype=np.float32):
    """All 0. `rng` is taken, as every initialiser does, and left alone.

    >>> zeros(2)
    array([0., 0.], dtype=float32)
    """
    return np.zeros(shape, dtype)


@initialiser
def ones(*shape, rng=None, dtype=np.float32):
    """All 1. `rng` is taken, as every initialiser does, and left alone.

    >>> ones(1, 2)
    array([[1., 1.]], dtype=float32)
    """
    return np.ones(shape, dtype)


# --- Random numbers ------------------------------------------------------------

# Drawn in float64 and rounded, so that one seed gives one model in every dtype.

RELU_GAIN = sqrt(2)
"""Makes up for the half of the numbers that `relu` sets to 0."""


@initialiser
def glorot_uniform(*shape, gain=1.0, rng=None, dtype=np.float32):
    """Uniform on [-x, x] with x = gain sqrt(6 / (fan_in + fan_out)).

    Keeps the size of signals and of gradients the same, on average, through
    layers that act like straight lines (`identity`, `tanh` near 0). From Glorot
    and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010); in PyTorch, `xavier_uniform_`.

    Args:
        shape: sizes, one by one or as a tuple; without them, an initialiser with
            these options is returned.
        gain: a factor for all numbers.
        rng: None for the default generator (see `minigrad.seed`), a whole number
            as a seed, or a `numpy.random.Generator`.
        dtype: of the result.

    Returns:
        An array of that shape and dtype.

    Raises:
        TypeError: a size is not a whole number, or an option is unknown.
        ValueError: a size is negative.

    >>> weight = glorot_uniform(3, 2, rng=0)
    >>> weight.shape, weight.dtype, bool((abs(weight) <= np.sqrt(6 / 5)).all())
    ((3, 2), dtype('float32'), True)
    """
    fan_in, fan_out = nfan(*shape)
    return _uniform(gain * sqrt(6 / (fan_in + fan_out)), shape, rng, dtype)


@initialiser
def glorot_normal(*shape, gain=1.0, rng=None, dtype=np.float32):
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)).

    Arguments, results, errors and source as `glorot_uniform`; in PyTorch,
    `xavier_normal_`.

    >>> print(glorot_normal(400, 100, rng=0).std().round(2))  # sqrt(2 / 500)
    0.06
    """
    fan_in, fan_out = nfan(*shape)
    return _normal(gain * sqrt(2 / (fan_in + fan_out)), shape, rng, dtype)


@initialiser
def kaiming_uniform(*shape, gain=RELU_GAIN, rng=None, dtype=np.float32):
    """Uniform on [-x, x] with x = gain sqrt(3 / fan_in).

    Keeps the size of signals the same through layers with `relu`; the default
    gain, sqrt(2), makes up for the half that is set to 0. From He et al., "Delving
    deep into rectifiers" (2015). Arguments, results and errors as
    `glorot_uniform`.

    >>> weight = kaiming_uniform(3, 6, rng=0)
    >>> bool((abs(weight) <= 1).all())
    True
    """
    fan_in, _ = nfan(*shape)
    return _uniform(gain * sqrt(3 / fan_in), shape, rng, dtype)


@initialiser
def kaiming_normal(*shape, gain=RELU_GAIN, rng=None, dtype=np.float32):
    """Normal with standard deviation gain / sqrt(fan_in).

    Source and gain as `kaiming_uniform`; arguments, results and errors as
    `glorot_uniform`.

    >>> print(kaiming_normal(gain=1.0, rng=0)(400, 100).std().round(2))
    0.1
    """
    fan_in, _ = nfan(*shape)
    return _normal(gain / sqrt(fan_in), shape, rng, dtype)


def _uniform(bound, shape, rng, dtype):
    return generator(rng).uniform(-bound, bound, shape).astype(dtype)


def _normal(deviation, shape, rng, dtype):
    return generator(rng).normal(0, deviation, shape).astype(dtype)
