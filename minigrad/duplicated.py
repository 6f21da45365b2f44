"""A model paired with memory for its gradient, which is used again in every step.

`gradient` returns new arrays in every step. With a `Duplicated` model the gradient is
always found in the same arrays, and an update needs no further argument.
"""

import numpy as np

from .arrays import is_parameter, plain
from .errors import MutabilityError
from .functors import children, is_leaf, mirror, rebuild
from .marking import functor


@functor(children=("val",))
class Duplicated:
    """A model, and its gradient in arrays of its own: for training in place.

    Wherever a model is an argument, this may stand in its place: `setup` looks at the
    model alone; `gradient` and its like call their function with the model, write the
    gradient into the arrays kept here, and return it as `dval`; `train_` does both.
    `update_(state, duplicated)` needs no further gradient.

    Args:
        model: any tree; it is not copied.

    Attributes:
        val: the model.
        dval: the last gradient, zeros at first, in the structure of the model: None
            for what is no parameter, or was not used. Its arrays are always the same;
            the next gradient overwrites them. Another model in `val`, or a copy made
            by `fmap`, begins with zeros of its own.

    Source: `Duplicated` of Enzyme.jl, as Flux uses it.

    >>> from minigrad import gradient
    >>> pair = Duplicated({"x": np.array([1.0, 2.0])})
    >>> array = pair.dval["x"]
    >>> grads = gradient(lambda m: (m["x"] ** 2).sum(), pair)
    >>> pair.dval, grads[0] is pair.dval, pair.dval["x"] is array
    ({'x': array([2., 4.])}, True, True)
    """

    def __init__(self, model):
        if isinstance(model, Duplicated):
            raise TypeError("Duplicated was given a model that is duplicated already.")
        self.val = model
        self._begin()

    def _begin(self):
        self._buffers_of = self.val
        self._buffers = self._dval = zeros_like(self.val)

    @property
    def dval(self):
        """The last gradient."""
        if self._buffers_of is not self.val:  # somebody has put in another model
            self._begin()
        return self._dval

    def keep(self, gradient):
        """Write a gradient of the model into the arrays kept here.

        Args:
            gradient: in the structure of the model, as `gradient` makes it.

        Returns:
            `dval`: the same gradient, in those arrays.
        """
        if self._buffers_of is not self.val:
            self._begin()
        self._dval = _kept(self._buffers, gradient)
        return self._dval

    def __call__(self, *args, **kwargs):
        """What the model gives."""
        return self.val(*args, **kwargs)

    def __repr__(self):
        return f"Duplicated({self.val!r})"


def model_of(x):
    """The model in a `Duplicated`; anything else as it is."""
    return x.val if isinstance(x, Duplicated) else x


def models_of(args):
    """The models in `args`, with one sentence more: each pair may stand there once."""
    pairs = [id(x) for x in args if isinstance(x, Duplicated)]
    if not pairs:
        return args
    if len(set(pairs)) < len(pairs):
        raise ValueError(
            "The same Duplicated model was given as two arguments, and it has memory "
            "for one gradient. Give pair.val in one place, or each time."
        )
    return [model_of(x) for x in args]


def kept(x, gradient):
    """A gradient towards `x`, kept by it if it is `Duplicated`."""
    return x.keep(gradient) if isinstance(x, Duplicated) else gradient


def zeros_like(model):
    """A gradient of zeros: an array for each parameter, None for other leaves.

    >>> zeros_like({"x": np.ones(2), "f": np.tanh})
    {'x': array([0., 0.]), 'f': None}
    """
    if is_parameter(model):
        return np.zeros_like(model)
    if is_leaf(model):
        return None
    parts = children(model).items()
    return mirror(model, {key: zeros_like(part) for key, part in parts})


def _kept(buffer, gradient):
    if gradient is None:
        return None
    if plain(gradient) is not gradient:
        raise MutabilityError(
            "The gradient of a Duplicated model is written into its arrays, and that "
            "is not differentiated. Inside gradient use the model itself: pair.val."
        )
    if is_leaf(gradient):
        if not _fits(buffer, gradient):
            return gradient  # of a number, or of an array that was put in later
        np.copyto(buffer, gradient)
        return buffer
    held = children(buffer)
    parts = children(gradient).items()
    return rebuild(gradient, {key: _kept(held.get(key), part) for key, part in parts})


def _fits(buffer, gradient):
    same = lambda name: getattr(buffer, name, None) == getattr(gradient, name, None)
    return buffer is not None and same("shape") and same("dtype")
