"""Which arrays of a model are one parameter: the same memory, perhaps transposed."""

from collections import defaultdict

import numpy as np

from .arrays import axes_between, is_parameter, memory_owner, plain


class Parameters:
    """The parameters met so far on a walk, each with a value of the walker's own.

    An array that stands in several places is one parameter, and so is a view of the
    whole of it, in another order of the axes: a decoder that uses `weight.T`. The
    values say what became of a parameter when it was met first.

    >>> x, known = np.zeros((2, 3)), Parameters()
    >>> known.add(x, "first")
    >>> known.find(x.T), known.find(x), known.find(np.zeros(2))
    (('first', (1, 0)), ('first', (0, 1)), None)
    """

    def __init__(self):
        self._by_owner = defaultdict(list)

    def __bool__(self):
        return any(self._by_owner.values())

    def add(self, x, value):
        """Note a parameter that `find` does not know."""
        self._by_owner[id(memory_owner(plain(x)))].append((plain(x), value))

    def find(self, x):
        """`(value, axes)` if `x` is a known parameter, transposed by `axes`.

        Returns:
            The value given to `add`, and the axes for which `known.transpose(axes)` is
            `x`; None if `x` is new.
        """
        for other, value in self._by_owner[id(memory_owner(plain(x)))]:
            axes = axes_between(other, plain(x))
            if axes is not None:
                return value, axes
        return None

    def replace(self, x):
        """The value of a parameter, an array, transposed as `x` is; else `x` itself."""
        found = self.find(x) if is_parameter(x) else None
        if found is None:
            return x
        new, axes = found
        return new if axes == tuple(range(new.ndim)) else new.transpose(axes)

    def overlapping(self, x):
        """The value of a known parameter that shares memory with `x`, or None."""
        for other, value in self._by_owner[id(memory_owner(plain(x)))]:
            if _overlap(other, plain(x)):
                return value
        return None


def _overlap(x, y):
    try:
        return np.shares_memory(x, y, max_work=10_000)
    except np.exceptions.TooHardError:  # strides that are hard to tell apart
        return True
