"""Checkpoints: less memory for more time, by computing a part a second time."""

from dataclasses import dataclass

import numpy as np

from ..arrays import plain
from ..errors import NoGradientError
from ..random import default_rng, drawn_again
from ..walks import fmap
from .gradient import pullback
from .operations import Each
from .recording import primitive
from .registry import vjp
from .standing import stand_in
from .structure import conjugate
from .tape import Tape, kind_of_tape
from .tracked import Tracked


def checkpointed(f, *args):
    """`f(*args)`, of which nothing stays on the tape but the arguments.

    On the way back, `f` is called once more to compute what its vjps need. A chain of
    n layers in groups of √n so needs memory for about 2√n instead of n of them, and
    its step takes about a third longer. Checkpoints may stand within checkpoints.

    Args:
        f: a function of `args`, or a model: whatever a gradient should reach must be
            in `f` itself, as its field, or among the arguments. It must compute the
            same when it is called again: random numbers of minigrad's own generator
            are drawn again, others must come in as arguments.
        args: arrays, numbers, or trees of them.

    Returns:
        What `f` returns.

    Raises:
        NoGradientError: `f` uses tracked values that it was not given, or computes
            something else the second time.

    Source: Chen et al., "Training deep nets with sublinear memory cost" (2016).

    >>> from minigrad import gradient
    >>> f = lambda x: np.sin(np.exp(x))
    >>> gradient(lambda x: checkpointed(f, x), 0.5) == gradient(f, 0.5)
    True
    """
    if kind_of_tape.get() is not Tape:
        return f(*args)  # while debugging: so that a NaN is found where it began
    values = []

    def slot(leaf):
        leaf = stand_in(leaf)
        if type(leaf) is not Tracked:
            return leaf
        values.append(leaf)
        return _Slot(len(values) - 1)

    call = fmap(slot, (f, *args))
    if not values:
        return f(*args)
    part = _Part(call, max(value.tape.born for value in values))
    numbers = computed_twice(part, *values)
    return fmap(lambda x: x.of(numbers) if type(x) is _Piece else x, part.result)


@dataclass
class _Slot:
    """The place of a tracked value in the call."""

    position: int


@dataclass
class _Piece:
    """The place of an array of the result among all its numbers."""

    at: slice
    shape: tuple
    dtype: np.dtype

    def of(self, numbers):
        part = np.reshape(numbers[self.at], self.shape)
        return part if part.dtype == self.dtype else part.astype(self.dtype)


class _Part:
    """A part of a function that is computed twice.

    Attributes:
        call: the function and its arguments, with a `_Slot` for each tracked value.
        born: the age of the tape that it is on.
        random: the state of the default generator before the part was computed.
        result: what the function returned, with a `_Piece` for each array.
        g: the gradient that arrived last.
        shares: the gradients of the arguments, until they are fetched.
    """

    def __init__(self, call, born):
        self.call, self.born = call, born
        self.random = default_rng().bit_generator.state
        self.result = self.g = None
        self.shares = {}

    def run(self, *values):
        """All numbers of the result, as one array: so it is one operation."""
        fill = lambda x: values[x.position] if type(x) is _Slot else x
        f, *args = fmap(fill, self.call)
        arrays, size = [], 0

        def piece(leaf):
            nonlocal size
            value = np.asarray(plain(leaf))
            if value.dtype.kind not in "fc":
                return leaf
            if type(leaf) is Tracked and leaf.tape.born == self.born:
                raise NoGradientError(
                    "checkpointed(f, ...): f uses tracked values that it was not "
                    "given, so their gradient would be lost. Give them as arguments: "
                    "checkpointed(lambda m, x: m(x), m, x)."
                )
            arrays.append(np.reshape(leaf, -1))
            size, start = size + value.size, size
            return _Piece(slice(start, size), value.shape, value.dtype)

        self.result = fmap(piece, f(*args))
        if not arrays:
            raise NoGradientError("checkpointed(f, ...): f returned no float arrays.")
        return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]

    def share(self, position, g, ans, values):
        """The gradient of an argument; all are computed when the first is asked for."""
        if self.g is not g:
            with drawn_again(self.random):
                y, back = pullback(self.run, *values)
            self.check(plain(y), plain(ans))
            shares = map(conjugate, back(conjugate(g)))
            self.g, self.shares = g, dict(enumerate(shares))
        found = self.shares.pop(position)
        if not self.shares:
            self.g = None
        return np.zeros_like(plain(values[position])) if found is None else found

    def check(self, y, before):
        """Compare both results; another order of summing is no difference."""
        near = 1e-3 * np.max(np.abs(before), initial=0)
        if y.shape != before.shape or not np.allclose(y, before, 0, near, True):
            raise NoGradientError(
                "checkpointed(f, ...): f gave something else when it was called again "
                "on the way back, so its gradient cannot be found. If it draws random "
                "numbers, give them to it as an argument."
            )


@primitive
def computed_twice(part, *values):
    """The numbers that a part of a function results in."""
    return part.run(*values)


vjp(computed_twice, Each(lambda g, ans, position, part, *values:
    part.share(position - 1, g, ans, values)))  # fmt: skip
