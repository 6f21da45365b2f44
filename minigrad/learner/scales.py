"""Axes of charts, and long curves made short: the arithmetic behind `charts`."""

from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np

LARGEST, SMALLEST = 1e290, 1e-290
"""What lies beyond them is drawn there, so that no difference overflows."""


class Axis(NamedTuple):
    """Numbers from `low` to `high`, drawn from the place `start` to the place `end`.

    >>> axis = Axis(0, 10, 100, 300)
    >>> axis.places([0, 5, 10])
    array([100., 200., 300.])
    >>> axis.ticks()
    [(0.0, '0'), (2.0, '2'), (4.0, '4'), (6.0, '6'), (8.0, '8'), (10.0, '10')]
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False

    def places(self, values):
        """Where numbers are drawn; what is beyond the ends, at the ends."""
        values = np.clip(np.asarray(values, float), self.low, self.high)
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log10(values), log10(low), log10(high)
        return self.start + (values - low) / (high - low) * (self.end - self.start)

    def ticks(self):
        """Pairs of a number and its text, some four to eight of them."""
        if self.log and self.high / self.low >= 4:
            return log_ticks(self.low, self.high)
        return linear_ticks(self.low, self.high, self.whole)


def axis_of(values, start, end, *, log=False, whole=False):
    """The axis on which all these numbers have their places.

    >>> axis_of(np.array([3.0, 3.0]), 0, 1)
    Axis(low=1.5, high=4.5, start=0, end=1, log=False, whole=False)
    """
    low, high = float(values.min()), float(values.max())
    if high - low <= max(1e-9 * max(abs(low), abs(high)), SMALLEST):  # all the same
        margin = 0.5 if whole else 0.5 * max(abs(low), abs(high)) or 1.0
        low, high = low - margin, high + margin
    elif log:
        margin = (high / low) ** 0.04
        low, high = low / margin, high * margin
    elif not whole:
        margin = 0.04 * (high - low)
        low, high = low - margin, high + margin
    return Axis(low, high, start, end, log and low > 0, whole)


def is_wide(values):
    """Whether most of these numbers would lie at the foot of a linear axis.

    >>> is_wide(np.array([2.0, 0.1, 0.05])), is_wide(np.array([0.1, 0.9, 0.95]))
    (True, False)
    """
    return bool(values.min() >= 0 and np.median(values) < values.max() / 5)


def linear_ticks(low, high, whole=False):
    """Multiples of 1, 2 or 5 times a power of ten.

    >>> [text for _, text in linear_ticks(0.26, 1.0)]
    ['0.4', '0.6', '0.8', '1.0']
    """
    rough = (high - low) / 6
    power = 10.0 ** floor(log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough * 0.999)
    step = max(step, 1.0) if whole else step
    multiples = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    return [(k * step, _text(k * step, step)) for k in multiples]


def log_ticks(low, high):
    """Powers of ten, some of them if there are many, and more between if few.

    >>> [text for _, text in log_ticks(0.0002, 3)]
    ['0.001', '0.01', '0.1', '1']
    >>> [text for _, text in log_ticks(0.2, 4)]
    ['0.2', '0.5', '1', '2']
    """
    first, last = floor(log10(low)), ceil(log10(high))
    between = (1, 2, 5) if high / low < 300 else (1,)
    every = max(1, ceil((last - first) / 7))
    found = [n * 10.0**k for k in range(first, last + 1, every) for n in between]
    return [(x, number(x)) for x in found if low <= x <= high]


def _text(value, step):
    if value == 0:
        return "0"
    if 1e-4 <= step and abs(value) < 1e6:
        return f"{value:.{max(0, -floor(log10(step) + 1e-9))}f}"
    digits = floor(log10(abs(value)) + 1e-9) - floor(log10(step) + 1e-9) + 1
    return number(value, max(1, digits))


def number(value, digits=4):
    """A number as text, as short as charts and tables need it.

    >>> number(0.123456), number(1e-5), number(2500.0), number(float("nan"))
    ('0.1235', '1e-5', '2500', 'NaN')
    """
    if value != value:
        return "NaN"
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


# --- Long curves -------------------------------------------------------------------


class Thinned(NamedTuple):
    """A curve of which each point stands for `size` neighbouring ones.

    Attributes:
        xs, ys: the mean place and the mean number of each group; NaN where all of a
            group are NaN or infinite.
        low, high: the smallest and the largest number of each group.
        size: how many points are in a group.
    """

    xs: np.ndarray
    ys: np.ndarray
    low: np.ndarray
    high: np.ndarray
    size: int


def thinned(xs, ys, most=160):
    """A curve with no more than so many points.

    Args:
        xs: where its points are, an array of shape (N,).
        ys: how high they are, an array of shape (N,); NaN where they are not known.
        most: how many points there may be.

    Returns:
        A `Thinned`.

    >>> curve = thinned(np.arange(4), np.array([1.0, 3.0, np.nan, 5.0]), most=2)
    >>> curve.ys, curve.high
    (array([2., 5.]), array([3., 5.]))
    """
    size = max(1, ceil(len(ys) / most))
    begins = np.arange(0, len(ys), size)
    finite = np.isfinite(ys)
    counts = np.add.reduceat(finite.astype(int), begins)
    sums = np.add.reduceat(np.where(finite, ys, 0.0), begins)
    lengths = np.diff(np.append(begins, len(ys)))
    nothing = np.where(counts, 1.0, np.nan)
    return Thinned(
        np.add.reduceat(np.asarray(xs, float), begins) / lengths,
        sums / np.maximum(counts, 1) * nothing,
        np.minimum.reduceat(np.where(finite, ys, np.inf), begins) * nothing,
        np.maximum.reduceat(np.where(finite, ys, -np.inf), begins) * nothing,
        size,
    )
