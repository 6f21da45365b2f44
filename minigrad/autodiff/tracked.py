"""Tracked values: what a user's function sees in place of its arguments.

A `Tracked` holds a value and remembers on which tape it lives. It speaks NumPy's
own protocols, so inside `gradient` one writes plain `numpy`. Every operation
goes through `record`: compute with the values behind the arguments, append one
entry to the tape, return the result tracked.
"""

from functools import wraps
from inspect import signature
from math import prod

import numpy as np

from ..arrays import plain
from .refusals import (
    Refusals,
    no_vjp,
    ufunc_method,
    unknown_keyword,
    writes_into_an_array,
)
from .registry import OPERATIONS, Composite, Operation, full_name, operation_of


def record(function, args, kwargs):
    """Call `function` on the values behind `args`, and note it on their tape.

    Of several tapes (a `gradient` inside a `gradient`) the innermost takes its
    values first; the call on those values is then recorded by the next one out.
    """
    operation = OPERATIONS.get(function) or operation_of(function)
    if type(operation) is not Operation:
        return _unrecorded(operation, function, args, kwargs)
    if kwargs:
        args, kwargs = _check_keywords(operation, args, kwargs)
    tape = None
    for arg in args:
        if type(arg) is Tracked and (tape is None or arg.tape.born > tape.born):
            tape = arg.tape
    values, parents, vjps = [], [], operation.vjps
    try:
        for position, arg in enumerate(args):
            if type(arg) is Tracked and arg.tape is tape:
                if vjps[position] is not None:
                    parents.append((position, arg.index))
                arg = arg.value
            values.append(arg)
    except IndexError:
        raise no_vjp(operation, len(values)) from None
    if operation.out is not None and len(values) > operation.out:
        _without_out(function, {"out": values[operation.out]})
    ans = function(*values, **kwargs) if kwargs else function(*values)
    if type(ans) is np.float64 and not any(hasattr(x, "dtype") for x in values):
        ans = float(ans)  # of Python numbers only: like one, it promotes no array
    if not parents:
        return ans
    if kwargs:
        kwargs = {k: v for k, v in kwargs.items() if k not in operation.ignored}
    index = len(tape)
    tape.append((operation, ans, values, kwargs, parents))
    return Tracked(ans, tape, index)


def primitive(function):
    """Mark a function of arrays as one operation; register its vjps with `vjp`.

    Called with tracked arguments it is recorded as a single entry: what happens
    inside it is not traced.

    Args:
        function: of arrays and numbers; those that a gradient should reach must be
            arguments of their own, not entries of a list.

    Returns:
        The function to call in its place, and to hand to `vjp`.

    >>> from minigrad import gradient, vjp
    >>> @primitive
    ... def double(x):
    ...     return x + x
    >>> _ = vjp(double, lambda g, ans, x: g + g)
    >>> gradient(double, 1.0)
    (2.0,)
    """

    @wraps(function)
    def call(*args, **kwargs):
        for arg in args:
            if type(arg) is Tracked:
                return record(call, args, kwargs)
        if kwargs and _any_tracked(kwargs.values()):
            return record(call, args, kwargs)
        return function(*args, **kwargs)

    return call


def _any_tracked(values):
    return any(type(value) is Tracked for value in values)


def _unrecorded(operation, function, args, kwargs):
    kwargs = _without_out(function, kwargs)
    if type(operation) is Composite:
        return operation.rewritten(*args, **kwargs)
    args = [_plain_arguments(arg) for arg in args]
    return function(*args, **{key: plain(value) for key, value in kwargs.items()})


def _plain_arguments(arg):
    return type(arg)(map(plain, arg)) if type(arg) in (list, tuple) else plain(arg)


def _check_keywords(operation, args, kwargs):
    """Arguments and keywords as the vjps take them, or a sentence why not."""
    kwargs = _without_out(operation.function, kwargs)
    if _any_tracked(kwargs.values()):
        bound = signature(operation.function).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
    known = operation.keywords
    for key in kwargs:
        if known is not None and key not in known | operation.ignored:
            raise unknown_keyword(operation, key)
    return args, kwargs


def _without_out(function, kwargs):
    if kwargs.get("out") is not None:
        raise writes_into_an_array(full_name(function))
    return {key: value for key, value in kwargs.items() if key != "out"}


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

    # --- NumPy's protocols -------------------------------------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__":
            raise ufunc_method(ufunc, method)
        if len(inputs) > 1 and list in map(type, inputs):
            inputs = [np.asarray(x) if type(x) is list else x for x in inputs]
        return record(ufunc, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return record(function, args, kwargs)

    # --- What an array knows about itself: constants -----------------------------

    shape = property(lambda self: getattr(self.value, "shape", ()))
    dtype = property(lambda self: getattr(self.value, "dtype", np.dtype(float)))
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))
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

    # --- Indexing, shapes, types ---------------------------------------------------

    def __getitem__(self, index):
        return record(getitem, (self, index), {})

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("A tracked number cannot be iterated over.")
        return (self[i] for i in range(len(self)))

    def reshape(self, *shape, order="C"):
        """The same numbers in another shape, as `np.reshape`."""
        shape = shape[0] if len(shape) == 1 else shape
        return record(np.reshape, (self, shape), {"order": order})

    def transpose(self, *axes):
        """The axes in another order, as `np.transpose`; reversed by default."""
        axes = axes[0] if len(axes) == 1 else axes
        return record(np.transpose, (self, axes or None), {})

    def astype(self, dtype, **kwargs):
        """The numbers as another type; of integers no gradient comes back."""
        if np.dtype(dtype).kind not in "fc":
            return plain(self).astype(dtype, **kwargs)
        return record(astype, (self, dtype), {})

    T = property(transpose)
    mT = property(lambda self: self.swapaxes(-1, -2))


@primitive
def getitem(x, index):
    """`x[index]`: the one operation of arrays that has no NumPy function."""
    return x[index]


@primitive
def astype(x, dtype):
    """`x.astype(dtype)`, for numbers as well."""
    return x.astype(dtype) if hasattr(x, "astype") else np.dtype(dtype).type(x)
