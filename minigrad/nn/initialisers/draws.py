"""Random numbers, each by itself, whose spread fits the size of a layer."""

from math import erf, exp, pi, prod, sqrt

import numpy as np

from ...errors import DomainError
from ...random import generator
from .shapes import initialiser, nfan

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


@initialiser
def lecun_normal(*shape, rng=None, dtype=np.float32):
    """Truncated normal with standard deviation 1 / sqrt(fan_in).

    Nothing lies further out than two deviations of the normal distribution before it
    was cut, which is wider by as much as cutting makes it narrower. For layers with
    `selu`. From LeCun et al., "Efficient backprop" (1998); arguments, results and
    errors as `glorot_uniform`.

    >>> print(lecun_normal(400, 100, rng=0).std().round(2))
    0.1
    """
    fan_in, _ = nfan(*shape)
    std = 1 / sqrt(fan_in) / STD_WITHIN_2
    return _truncated(0, std, -2 * std, 2 * std, shape, rng, dtype)


@initialiser
def truncated_normal(
    *shape, mean=0.0, std=1.0, lo=-2.0, hi=2.0, rng=None, dtype=np.float32
):
    """Normal with `mean` and `std`, but nothing below `lo` or above `hi`.

    `std` is the standard deviation before it is cut: within two of them, what is left
    has 0.88 of it.

    Args:
        shape: as in `glorot_uniform`.
        mean: of the normal distribution before it is cut.
        std: its standard deviation.
        lo: the smallest number that is kept.
        hi: the largest.
        rng: as in `glorot_uniform`.
        dtype: of the result.

    Returns, raises: as `glorot_uniform`, and

    Raises:
        DomainError: `std` is not positive, or hardly any normal numbers lie between
            `lo` and `hi`.

    >>> x = truncated_normal(1000, rng=0)
    >>> bool(abs(x).max() <= 2), round(float(x.std()), 1)
    (True, 0.9)
    """
    return _truncated(mean, std, lo, hi, shape, rng, dtype)


STD_WITHIN_2 = sqrt(1 - 4 * exp(-2) / sqrt(2 * pi) / erf(sqrt(2)))
"""The standard deviation of standard normal numbers between -2 and 2: 0.8796."""


def _uniform(bound, shape, rng, dtype):
    return generator(rng).uniform(-bound, bound, shape).astype(dtype)


def _normal(deviation, shape, rng, dtype):
    return generator(rng).normal(0, deviation, shape).astype(dtype)


def _truncated(mean, std, lo, hi, shape, rng, dtype):
    """Normal numbers; those outside are drawn again until all are inside."""
    if not std > 0:
        raise DomainError(
            f"truncated_normal was given std={std}, and needs one above 0."
        )
    low, high = (erf((x - mean) / std / sqrt(2)) / 2 for x in (lo, hi))
    if not high - low > 0.01:
        raise DomainError(
            f"truncated_normal: only {max(high - low, 0):.2g} of the normal numbers "
            f"with mean {mean} and std {std} lie between lo={lo} and hi={hi}. At least "
            f"0.01 should; move the bounds or the mean."
        )
    rng = generator(rng)
    x = rng.normal(mean, std, prod(shape))
    while (outside := np.flatnonzero((x < lo) | (x > hi))).size:
        x[outside] = rng.normal(mean, std, outside.size)
    return x.reshape(shape).astype(dtype)
