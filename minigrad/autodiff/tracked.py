"""Tracked values: what a user's function sees in place of its arguments.

A `Tracked` holds a value and remembers on which tape it lives. It speaks NumPy's
own protocols, so inside `gradient` one writes plain `numpy`.

Its methods are in three files. Here: what an array knows about itself (`shape`,
`len`), texts and copies. In `refusals.py`: what only raises (`__array__`, `__float__`,
`__setitem__`). In `operators.py`, which adds them to the class: NumPy's protocols, the
operators (`__add__`, `__radd__`, `__iadd__` and so on, from tables of their names), the
methods (`x.sum()`), indexing and `astype`.
"""

from math import prod

import numpy as np

from ..arrays import plain
from ..errors import NoGradientError
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

    >>> from minigrad import gradient
    >>> def f(x):
    ...     print(type(x).__name__, x.value, x.shape, x.tape.inputs, x.index)
    ...     return x * x
    >>> gradient(f, 3.0)
    Tracked 3.0 () 1 0
    (6.0,)
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
        return bool(cut_off(self, bool))

    def __int__(self):
        return int(cut_off(self, int))

    def __copy__(self):
        return self  # a copy is the same value from the same place

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        raise NoGradientError(
            "A tracked value cannot be pickled: what comes back would not be on its "
            "tape, and its gradient would be lost. Pickle after gradient has returned; "
            "other processes can compute gradients of their own."
        )

    def __repr__(self):
        return f"Tracked({self.value!r})"

    def __str__(self):
        return str(plain(self))

    def __format__(self, spec):
        return format(plain(self), spec)


def cut_off(x, function):
    """The value behind `x`, which leaves its tapes here: a `trace` notes where."""
    while type(x) is Tracked:
        if x.tape.complete:
            x.tape.cut(function, x.index)
        x = x.value
    return x
