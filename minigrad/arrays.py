"""The sources of truth about arrays: what is one, what it stands for, whose it is.

Nobody else asks `isinstance(x, np.ndarray)` to find out what can be trained.
"""

import numpy as np


def is_parameter(x):
    """Whether `x` is an array that can be trained: real or complex floats.

    Numbers, and arrays of integers or booleans, are not parameters.

    >>> is_parameter(np.zeros(2)), is_parameter(np.arange(2)), is_parameter(0.5)
    (True, False, False)
    """
    if not isinstance(x, np.ndarray):
        x = plain(x)
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def plain(x):
    """What `x` stands for inside `gradient`: the value behind all its tapes.

    >>> plain(2.0)
    2.0
    """
    while hasattr(x, "__tracked_value__"):
        x = x.__tracked_value__
    return x


def memory_owner(x):
    """The array whose memory `x` is a view of: `x` itself if it is no view.

    >>> x = np.zeros((2, 3))
    >>> memory_owner(x.T[1:]) is x
    True
    """
    while True:
        base = x.obj if isinstance(x, memoryview) else getattr(x, "base", None)
        if base is None:
            return x
        x = base


def axes_between(x, y):
    """The axes for which `x.transpose(axes)` is `y`, number for number in memory.

    Args:
        x: an array.
        y: an array; a view of the whole of `x`, perhaps transposed, or not.

    Returns:
        A tuple, or None where `y` is something else.

    >>> x = np.zeros((2, 3))
    >>> axes_between(x, x.T), axes_between(x, x[:]), axes_between(x, x[::-1])
    ((1, 0), (0, 1), None)
    """
    if x.dtype != y.dtype or x.ndim != y.ndim or _start(x) != _start(y):
        return None
    free, axes = list(range(x.ndim)), []
    for size, stride in zip(y.shape, y.strides, strict=True):
        found = [
            axis
            for axis in free
            if x.shape[axis] == size and (size == 1 or x.strides[axis] == stride)
        ]
        if not found:
            return None
        axes.append(found[0])
        free.remove(found[0])
    return tuple(axes)


def overlaps_itself(x):
    """Whether one number in memory may stand at several places of `x`.

    >>> from numpy.lib.stride_tricks import as_strided
    >>> x = np.zeros((2, 3))
    >>> overlaps_itself(x.T[::-1]), overlaps_itself(as_strided(x, (2, 3), (0, 8)))
    (False, True)
    """
    axes = sorted(
        (abs(step), size) for step, size in zip(x.strides, x.shape, strict=True)
    )
    reach = x.itemsize
    for step, size in axes:
        if size > 1:
            if step < reach:
                return x.size > 0
            reach += step * (size - 1)
    return False


def _start(x):
    return x.__array_interface__["data"][0]
