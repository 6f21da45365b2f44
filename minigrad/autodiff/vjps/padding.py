"""Vjps of `np.pad`, in every mode that NumPy computes from the array itself.

NumPy pads one axis after the other; so a mode is a function that says what comes in
front of the first axis, and the rest is turning. The most common modes have short
cuts: a frame of constants, and copies of the array's own numbers.
"""

import numpy as np

from ...arrays import plain
from ...errors import NoGradientError
from ..recording import astype, primitive
from ..registry import composite, vjp
from ..tracked import Tracked


@composite(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    """`array` with more numbers before and after, along each of its axes."""
    if mode == "constant" and not isinstance(kwargs.get("constant_values"), Tracked):
        return framed(array, pad_width, **kwargs)
    if mode in COPYING and kwargs.get("reflect_type") != "odd":
        return copied(array, pad_width, mode, **kwargs)
    if mode not in FRONTS:
        raise NoGradientError(
            f"np.pad(..., mode={mode!r}) has no derivative here. The modes that have: "
            f"{', '.join(sorted({*COPYING, *FRONTS}))}. For any other padding, join "
            f"what you want: np.concatenate([before, x, after], axis)."
        )
    small = np.zeros(np.minimum(1, np.shape(array)))
    options = {key: plain(value) for key, value in kwargs.items()}
    np.pad(small, pad_width, mode, **options)  # says what is wrong, if anything is
    front, keyword, default = FRONTS[mode]
    values = pairs(kwargs.get(keyword, default), array.ndim)
    for axis, (before, after) in enumerate(pairs(pad_width, array.ndim)):
        if before or after:
            x = np.moveaxis(array, axis, 0)
            left = front(x, before, values[axis][0])
            right = np.flip(front(np.flip(x, 0), after, values[axis][1]), 0)
            parts = astype(left, x.dtype), x, astype(right, x.dtype)
            array = np.moveaxis(np.concatenate(parts), 0, axis)
    return array


def pairs(given, ndim):
    """Two values for each axis, from all that NumPy takes for that."""
    if isinstance(given, dict):
        widths = np.zeros((ndim, 2), int)
        for axis, pair in given.items():
            widths[axis] = pair
        return widths
    return np.broadcast_to(given, (ndim, 2))


# --- Short cuts ----------------------------------------------------------------------


@primitive
def framed(array, pad_width, constant_values=0):
    """`array` in a frame of constant numbers."""
    return np.pad(array, pad_width, constant_values=constant_values)


def framed_vjp(g, ans, array, pad_width, constant_values=0):
    """What lies inside of the frame."""
    inside = zip(pairs(pad_width, np.ndim(array)), np.shape(array), strict=True)
    return g[tuple(slice(before, before + n) for (before, _), n in inside)]


vjp(framed, framed_vjp)


def copied(array, pad_width, mode, **kwargs):
    """Copies are found by padding the places 0, 1, 2, ... of all numbers."""
    places = np.arange(np.size(array)).reshape(np.shape(array))
    return np.reshape(array, -1)[np.pad(places, pad_width, mode, **kwargs)]


COPYING = "edge", "reflect", "symmetric", "wrap"

# --- What comes in front of the first axis: modes, with NumPy's keyword for them ------


def constants(x, width, value):
    """The same number everywhere."""
    return np.broadcast_to(value, (width, *np.shape(x)[1:]))


def ramp(x, width, end):
    """Straight from the end value to the first number."""
    steps = np.reshape(np.arange(width) / max(width, 1), (-1,) + (1,) * (x.ndim - 1))
    return end + (x[:1] - end) * steps


def statistic(function):
    """A mode that repeats the mean, or another statistic, of the numbers there."""

    def repeated(x, width, length):
        value = function(x[:length], axis=0, keepdims=True)
        return np.broadcast_to(value, (width, *np.shape(x)[1:]))

    return repeated


def turned(between):
    """A mode that continues the numbers turned about the end: `2 x[0] - x[k]`."""

    def continued(x, width, reflect_type):
        start = 0 if between or len(x) == 1 else 1
        reach = min(width, len(x) - start)
        near = 2 * x[:1] - np.flip(x[start : start + reach], 0)
        if reach == width:
            return near
        longer = np.concatenate([near, x])
        return np.concatenate([continued(longer, width - reach, reflect_type), near])

    return continued


FRONTS = {
    "constant": (constants, "constant_values", 0),
    "linear_ramp": (ramp, "end_values", 0),
    "reflect": (turned(between=False), "reflect_type", "odd"),
    "symmetric": (turned(between=True), "reflect_type", "odd"),
    "mean": (statistic(np.mean), "stat_length", None),
    "maximum": (statistic(np.max), "stat_length", None),
    "minimum": (statistic(np.min), "stat_length", None),
    "median": (statistic(np.median), "stat_length", None),
}
