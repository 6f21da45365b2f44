"""Padding: `np.pad` in all modes that are linear, and those of a statistic."""

import numpy as np

from ...errors import NoGradientError
from ..registry import composite
from .selection import looked_up

STATISTICS = {
    "mean": np.mean,
    "maximum": np.max,
    "minimum": np.min,
    "median": np.median,
}


@composite(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    """More numbers at the ends of every axis."""
    widths = _pairs(pad_width, np.ndim(array))
    if mode == "constant":
        return _with_constants(array, widths, **kwargs)
    odd = kwargs.get("reflect_type", "even") == "odd"
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and not odd):
        return looked_up(np.pad, array, widths, mode, **kwargs)
    if callable(mode) or mode == "empty":
        raise NoGradientError(
            f"np.pad(..., mode={mode!r}) has no derivative: its numbers come from "
            f"elsewhere. Write the padding with np.concatenate."
        )
    for axis, (before, after) in enumerate(widths):
        array = np.moveaxis(array, axis, 0)
        left = _left(array, before, axis, 0, mode, kwargs)
        right = np.flip(_left(np.flip(array, 0), after, axis, 1, mode, kwargs), 0)
        array = np.moveaxis(np.concatenate([left, array, right]), 0, axis)
    return array


def _pairs(given, ndim):
    """`(before, after)` for each axis, from all that NumPy accepts."""
    if isinstance(given, dict):
        pairs = [(0, 0)] * ndim
        for axis, pair in given.items():
            pairs[axis] = pair if np.ndim(pair) else (pair, pair)
        return pairs
    return np.broadcast_to(given, (ndim, 2)).tolist()


def _with_constants(array, widths, constant_values=0):
    """Constants have places of their own, behind those of the numbers."""
    ndim = np.ndim(array)
    places = np.arange(np.size(array)).reshape(np.shape(array))
    ends = places.size + np.arange(2 * ndim).reshape(ndim, 2)
    found = np.pad(places, widths, constant_values=ends)
    constants = np.broadcast_to(constant_values, (ndim, 2)).astype(array.dtype)
    return np.concatenate([np.reshape(array, -1), np.reshape(constants, -1)])[found]


def _left(array, width, axis, side, mode, kwargs):
    """What comes in front of the first axis of `array`."""
    ends = lambda name: _pairs(kwargs.get(name), array.ndim)[axis]
    if mode in STATISTICS:
        length = ends("stat_length")[side] or len(array)
        part = STATISTICS[mode](array[:length], axis=0, keepdims=True)
        return np.repeat(part, width, axis=0)
    if mode == "linear_ramp":
        end = ends("end_values")[side] or 0
        steps = np.arange(width) / max(width, 1)
        steps = steps.astype(array.dtype).reshape(-1, *[1] * (array.ndim - 1))
        return end + (array[:1] - end) * steps
    if width >= len(array) + (mode == "symmetric"):
        raise NoGradientError(
            f"np.pad(..., mode={mode!r}, reflect_type='odd') has a derivative here for "
            f"widths below the length of the axis, {len(array)}, and was given "
            f"{width}. Pad in several steps."
        )
    start = 0 if mode == "symmetric" else 1
    return 2 * array[:1] - np.flip(array[start : start + width], 0)
