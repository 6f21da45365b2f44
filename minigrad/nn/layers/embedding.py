"""Embedding: a vector for each word, class or other thing that has a number."""

import numpy as np

from ...autodiff.standing import stand_in
from ...autodiff.tracked import Tracked
from ...errors import ShapeError
from ...marking import functor
from ...random import generator
from .dense import check_weight, convert, initial


def normal(shape, rng=None):
    """Random numbers of the standard normal distribution, in float32."""
    return generator(rng).standard_normal(shape).astype(np.float32)


@functor
class Embedding:
    """A table of vectors, read by number: `y = weight[index]`.

    It can be made in two ways:

        Embedding(in, out)   a random vector of `out` numbers for each of 0 ... in - 1
        Embedding(weight)    from a matrix of shape (in, out)

    Args:
        init: makes the table from the shape `(in, out)`, given as a tuple. Default:
            numbers of the standard normal distribution.
        rng: a `numpy.random.Generator` or a seed, handed on to `init`.

    Called with an array of integers of any shape (...), or one integer, it returns an
    array (..., out). Called with floats or booleans, it takes them for one-hot rows of
    shape (..., in) and computes `x @ weight`, which picks the same vectors.

    Numbers begin at 0, as all indices do in Python, and negative ones do not count from
    the end. The gradient is 0 in the rows that were not read; a row that was read
    several times gets the sum.

    Attributes:
        weight: of shape (in, out). (Flux keeps its transpose.)

    Raises:
        IndexError: a number is negative, or too large.
        ShapeError: one-hot rows are of another length.
        TypeError: arguments of no known form.

    >>> layer = Embedding(np.array([[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]))
    >>> layer
    Embedding(3 => 2)
    >>> layer(np.array([2, 0]))
    array([[2. , 2.5],
           [0. , 0.5]])
    >>> layer(np.array([[False, False, True]]))
    array([[2. , 2.5]])
    """

    def __init__(self, *args, init=normal, rng=None):
        match args:
            case [np.ndarray() as weight] if weight.ndim == 2:
                self.weight = check_weight("Embedding", weight)
            case [int() | np.integer(), int() | np.integer()] if min(args) >= 0:
                self.weight = initial("Embedding", init, tuple(map(int, args)), rng)
            case _:
                given = ", ".join(type(arg).__name__ for arg in args) or "nothing"
                raise TypeError(
                    f"Embedding was given {given}. Write Embedding(in, out), two whole "
                    f"numbers, or Embedding(weight) with a matrix of shape (in, out)."
                )

    def __call__(self, x):
        """`weight[x]` of indices, `x @ weight` of one-hot rows."""
        x = stand_in(x)
        x = x if isinstance(x, (np.ndarray, Tracked)) else np.asarray(x)
        if x.dtype.kind in "iu":
            self._check_range(x)
            return self.weight[x]
        size = self.weight.shape[0]
        if x.shape[-1:] != (size,):
            raise ShapeError(
                f"{self!r} takes an array of dtype {x.dtype} for one-hot rows of "
                f"length {size}, and was given the shape {x.shape}. If it holds "
                f"indices, write x.astype(int)."
            )
        return convert(x, self.weight) @ self.weight

    def _check_range(self, index):
        size = self.weight.shape[0]
        wrong = (index < 0) | (index >= size)
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0].tolist())
            at = f" at {place if len(place) > 1 else place[0]}" if place else ""
            raise IndexError(
                f"{self!r} was given the index {index[place]}{at}, and has {size} "
                f"vectors, numbered from 0 to {size - 1}."
            )

    def __repr__(self):
        size, features = self.weight.shape
        return f"Embedding({size} => {features})"
