"""The tape: a list of what happened, played backwards to get gradients.

While a function runs, every operation on tracked values appends one entry. The
order of happening is already an order in which each operation comes after
everything it depends on, so playing backwards needs no graph search and no
recursion: a chain of 100,000 operations is a list of 100,000 entries.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import NamedTuple

import numpy as np

from ..errors import ShapeError

_births = count(1)
_open = ContextVar("tape", default=None)


class Tape(list):
    """A list of entries, the oldest first; its first `inputs` are the inputs.

    An entry is a bare tuple with the fields of `Entry`.

    Each tape is younger than the tapes of the calls around it, so `born` tells
    which of two tapes belongs to the inner `gradient`. Nothing has to be undone
    when the user's function raises, and threads do not see each other's tapes.

    Attributes:
        born: how many tapes are older.
        closed: whether the function has returned: nothing is recorded any more.
        inputs: how many of the entries are inputs.
        complete: whether all values are kept, also those that no vjp will use.
        watch: called as `watch(index, g)` with the gradient of each entry, or None.

    >>> import numpy as np
    >>> from minigrad import pullback
    >>> y, back = pullback(lambda x: np.sin(x) * x, 1.0)
    >>> [entry[0].name for entry in back.tape[back.tape.inputs :]]
    ['numpy.sin', 'numpy.multiply']
    """

    __slots__ = ("born", "closed", "inputs")
    complete, watch = False, None

    def __init__(self):
        super().__init__()
        self.born = next(_births)
        self.closed = False
        self.inputs = 0

    def call(self, f, args):
        """Call `f` while this tape is the open one, and close it."""
        token = _open.set(self)
        try:
            return f(*args)
        finally:
            _open.reset(token)
            self.closed = True


kind_of_tape = ContextVar("kind of tape", default=Tape)


def new_tape():
    """A tape; while debugging, one that remembers where each entry came from."""
    return kind_of_tape.get()()


def is_tracking():
    """Whether a `gradient` (or `pullback`) is calling a function just now.

    Layers ask it that work differently while a model is trained, such as dropout.

    >>> from minigrad import gradient
    >>> is_tracking(), gradient(lambda x: x * is_tracking(), 3.0)
    (False, (1.0,))
    """
    return _open.get() is not None


@contextmanager
def not_tracking():
    """What is done in here is no part of the function that `gradient` calls.

    >>> from minigrad import gradient
    >>> def f(x):
    ...     with not_tracking():
    ...         return x * is_tracking()
    >>> gradient(f, 3.0)
    (0.0,)
    """
    token = _open.set(None)
    try:
        yield
    finally:
        _open.reset(token)


class Entry(NamedTuple):
    """How an entry reads. (On the tape it is a bare tuple, for speed.)

    Attributes:
        operation: what was called; None for an input.
        ans: its result; a `Shadow` where it is large and no vjp will use it.
        args: a list of the values it was called with, or their `Shadow`s.
        kwargs: its keyword arguments.
        parents: a list of pairs (argument number, index of the entry it came from),
            one for each argument that a gradient can be sent back to.
    """

    operation: object
    ans: object
    args: list
    kwargs: dict
    parents: list


class Shadow(NamedTuple):
    """What stays on the tape of an array that no vjp will use."""

    shape: tuple
    dtype: np.dtype


def backward(tape, seeds):
    """Play `tape` backwards: from gradients of outputs to gradients of inputs.

    Args:
        tape: as recorded.
        seeds: pairs (index of an entry, gradient that arrives there).

    Returns:
        A list with one gradient per input; None where none arrived.
    """
    gradients, watch = [None] * len(tape), tape.watch
    for index, seed in seeds:
        held = gradients[index]
        gradients[index] = seed if held is None else held + seed
    for index in range(len(tape) - 1, tape.inputs - 1, -1):
        g = gradients[index]
        if g is None:
            continue
        gradients[index] = None  # its memory is free from here on
        if watch is not None:
            watch(index, g)
        operation, ans, args, kwargs, parents = tape[index]
        if operation.together is not None and type(g) is type(ans) is np.ndarray:
            wanted = [argument for argument, _ in parents]
            shares = operation.together(wanted, g, ans, *args, **kwargs)
            for (_, parent), share in zip(parents, shares, strict=True):
                held = gradients[parent]
                gradients[parent] = share if held is None else held + share
            continue
        vjps = operation.vjps
        for argument, parent in parents:
            share = vjps[argument](g, ans, *args, **kwargs)
            value = args[argument]
            try:
                fits = share.shape == value.shape and share.dtype is value.dtype
            except AttributeError:  # a Python number has neither
                fits = False
            if not fits:
                share = fit(share, value, operation, argument)
            held = gradients[parent]
            gradients[parent] = share if held is None else held + share
    if watch is not None:
        for index in range(tape.inputs):
            if gradients[index] is not None:
                watch(index, gradients[index])
    return gradients[: tape.inputs]


# --- Shapes and dtypes: the one place that undoes broadcasting and promotion -----


def fit(gradient, value, operation, argument):
    """`gradient` in the shape and dtype of the `value` that it belongs to.

    The adjoint of copying is summing: where NumPy stretched `value` to a larger
    shape, the gradient is summed back. Where NumPy promoted float32 to float64,
    the gradient is rounded back. Where it made a real number complex, only the real
    part comes back.
    """
    if type(gradient) in (int, float, complex):
        gradient = np.asarray(gradient)[()]
    shape = getattr(value, "shape", ())
    found = getattr(gradient, "shape", None)
    if found is None:
        raise TypeError(
            f"The vjp of {operation.name} for argument {argument} returned "
            f"{gradient!r}; it must return an array of shape {shape}."
        )
    if found != shape:
        if not operation.broadcasts:
            raise ShapeError(
                f"The vjp of {operation.name} for argument {argument} returned a "
                f"gradient of shape {found}; it must have the shape of the argument, "
                f"{shape}."
            )
        gradient = sum_to_shape(gradient, shape)
    dtype = getattr(value, "dtype", np.dtype(type(value)))
    if gradient.dtype.kind == "c" and dtype.kind != "c":
        gradient = np.real(gradient)
    return gradient if gradient.dtype == dtype else gradient.astype(dtype)


def sum_to_shape(x, shape):
    """Undo broadcasting: sum `x` over the axes that were stretched from `shape`.

    >>> sum_to_shape(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    >>> sum_to_shape(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    new = len(x.shape) - len(shape)
    if new:
        x = x.sum(axis=tuple(range(new)))
    axes = [i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1]
    return x.sum(axis=tuple(axes), keepdims=True) if axes else x
