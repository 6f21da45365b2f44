"""Tracked values: what a user's function sees in place of its arguments.

A `Tracked` holds a value and remembers on which tape it lives. It speaks NumPy's
own protocols, so inside `gradient` one writes plain `numpy`; what each operator
and protocol does is said in `operators.py`.
"""

from math import prod

import numpy as np

from ..arrays import plain
from .refusals import Refusals


def dtype_of(x):
    """The dtype of an array or number."""
    return x.dtype if hasattr(x, "dtype") else np.dtype(type(x))


class Tracked(Refusals):
    """A value on a tape: it looks like the NumPy array or number it stands for.

    Attributes:
        value: the array or number (itself tracked, if an outer tape records too).
        tape: the tape it lives on.
        index: the place of the entry that made it.
    """

    __slots__ = ("index", "tape", "value")
    __hash__ = None
    __array_priority__ = 1000.0

    def __init__(self, value, tape, index):
        self.value = value
        self.tape = tape
        self.index = index

    __tracked_value__ = property(lambda self: self.value)

    # --- What an array knows about itself: constants -----------------------------

    shape = property(lambda self: getattr(self.value, "shape", ()))
    dtype = property(lambda self: dtype_of(self.value))
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))
    itemsize = property(lambda self: self.dtype.itemsize)
    strides = property(lambda self: plain(self).strides)
    flags = property(lambda self: plain(self).flags)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)

    def __len__(self):
        return len(plain(self))

    def __bool__(self):
        return bool(plain(self))

    def __int__(self):
        return int(plain(self))

    def __copy__(self):
        return self  # a copy is the same value from the same place

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"Tracked({self.value!r})"

    def __str__(self):
        return str(plain(self))

    def __format__(self, spec):
        return format(plain(self), spec)
