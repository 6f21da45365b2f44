"""Scale: one factor and one shift for each feature."""

import numpy as np

from ...errors import ShapeError
from ...marking import functor
from ..activations import identity
from ..initialisers import ones
from .dense import check_act, check_weight, convert, initial, make_bias, shown


@functor
class Scale:
    """A layer that is a diagonal matrix: `y = act(scale * x + bias)`.

    It can be made in two ways:

        Scale(*sizes, act)        ones and zeros of that shape
        Scale(scale, bias, act)   from arrays; without a bias it is zeros

    Args:
        act: a function of arrays, applied to every output. Default: `identity`.
        bias: True for zeros, False for none, or an array of the shape of `scale`.
        init: makes `scale` from the shape, given as a tuple.

    Called with an array whose last axes have the shape of `scale`, it returns an
    array of the same shape, in the dtype of `scale`. An axis of size 1 in `scale` fits
    every size.

    Attributes:
        scale: the factors.
        bias: of the shape of `scale`, or False.
        act: the activation function.

    Raises:
        ShapeError: called with axes of other sizes; scale and bias differ.
        TypeError: arguments of no known form.

    >>> layer = Scale(2)
    >>> layer
    Scale(2)
    >>> Scale(np.array([1.0, 10.0]), np.array([0.5, 0.0]))(np.ones((1, 2)))
    array([[ 1.5, 10. ]])
    """

    def __init__(self, *args, act=None, bias=None, init=ones):
        scale, given_bias, given_act = _parse(args, init)
        if given_bias is not None and bias is not None:
            raise TypeError("Scale was given two biases. Give it one.")
        if given_act is not None and act is not None:
            raise TypeError("Scale was given two activation functions. Give it one.")
        bias = given_bias if bias is None else bias
        self.scale = check_weight("Scale", scale)
        self.bias = make_bias("Scale", scale, scale.shape, bias is None or bias)
        self.act = check_act(given_act or act or identity, "Scale(3, relu)")

    def __call__(self, x):
        """`act(scale * x + bias)`."""
        x = convert(x, self.scale)
        if not _fits(self.scale.shape, x.shape):
            raise ShapeError(
                f"{self!r} has factors of shape {self.scale.shape} for the last axes, "
                f"and was given an array of shape {x.shape}."
            )
        y = self.scale * x
        return self.act(y if self.bias is False else y + self.bias)

    def __repr__(self):
        sizes = ", ".join(map(str, self.scale.shape))
        bias = ", bias=False" if self.bias is False else ""
        return f"Scale({sizes}{shown(self.act)}{bias})"


def _fits(small, large):
    """Whether broadcasting stretches an array of the first shape to the second."""
    last = large[len(large) - len(small) :]
    return len(small) <= len(large) and all(
        n in (1, m) for n, m in zip(small, last, strict=True)
    )


def _parse(args, init):
    """The scale, bias and activation that the positional arguments mean."""
    match args:
        case [np.ndarray() as scale]:
            return scale, None, None
        case [np.ndarray() as scale, np.ndarray() | bool() as bias]:
            return scale, bias, None
        case [np.ndarray() as scale, np.ndarray() | bool() as bias, act]:
            return scale, bias, act
        case [np.ndarray() as scale, act]:
            return scale, None, act
    sizes, act = split_sizes(args)
    if sizes is None:
        given = ", ".join(type(arg).__name__ for arg in args) or "nothing"
        raise TypeError(
            f"Scale was given {given}. Write Scale(3, act), Scale(2, 3, act), or "
            f"Scale(scale, bias, act) with arrays of one shape."
        )
    return initial("Scale", init, sizes), None, act


def split_sizes(args):
    """`(sizes, act)` of `(3, 5, act)` or `((3, 5), act)`; `(None, None)` of others."""
    if len(args) in (1, 2) and isinstance(args[0], tuple):
        args = (*args[0], *args[1:])
    whole = [isinstance(n, int | np.integer) and not isinstance(n, bool) for n in args]
    count = whole.index(False) if False in whole else len(args)
    if count == 0 or len(args) - count > 1 or min(args[:count]) < 0:
        return None, None
    act = args[count] if count < len(args) else None
    return tuple(map(int, args[:count])), act
