"""The fully connected layer."""

import warnings

import numpy as np

from ...arrays import is_parameter
from ...autodiff.tracked import Tracked
from ...autodiff.vjps.matrices import affine, linear
from ...errors import ShapeError
from ...marking import functor
from ..activations import identity
from ..fused import dense
from ..initialisers import glorot_uniform


@functor
class Dense:
    """A fully connected layer: `y = act(x @ weight.T + bias)`.

    It can be made in three ways:

        Dense(in, out, act)       random weights; Dense((in, out), act) is the same
        Dense(weight, act)        from a matrix of shape (out, in)
        Dense(weight, bias, act)  from a matrix and a vector of shape (out,)

    Args:
        act: a function of arrays, applied to every output. Default: `identity`.
        bias: True for zeros, False for none, or a vector of shape (out,).
        init: makes the weights from the shape `(out, in)`, given as a tuple:
            `glorot_uniform`, `np.ones`, `rng.standard_normal`. What it returns
            decides the dtype of the layer.
        rng: a `numpy.random.Generator` or a seed, handed on to `init`.

    Called with an array of shape (in,) or (..., in), it returns (out,) or
    (..., out). Numbers of another type are converted to the type of the weights,
    with one warning for float64 into float32.

    Attributes:
        weight: of shape (out, in).
        bias: of shape (out,), or False.
        act: the activation function.

    Raises:
        ShapeError: called with another number of features; weight and bias differ.
        TypeError: arguments of no known form.

    >>> layer = Dense(2, 1, np.tanh, init=np.ones)
    >>> layer
    Dense(2 => 1, tanh)
    >>> layer(np.array([[0.5, -0.5], [1.0, 1.0]])).shape
    (2, 1)
    """

    def __init__(self, *args, act=None, bias=None, init=glorot_uniform, rng=None):
        weight, given_bias, given_act = _parse(args, init, rng)
        if given_bias is not None and bias is not None:
            raise TypeError("Dense was given two biases. Give it one.")
        if given_act is not None and act is not None:
            raise TypeError("Dense was given two activation functions. Give it one.")
        bias = given_bias if bias is None else bias
        self.weight = weight
        bias = True if bias is None else bias
        self.bias = make_bias("Dense", weight, weight.shape[:1], bias)
        self.act = check_act(given_act or act or identity, "Dense(2, 1, relu)")

    def __call__(self, x):
        """`act(x @ weight.T + bias)`."""
        y = dense(x, (self,))
        if y is not None:
            return y
        x = convert(x, self.weight)
        features = self.weight.shape[1]
        if x.shape[-1:] != (features,):
            raise ShapeError(self._wrong_features(x.shape, features))
        if self.bias is False:
            return self.act(linear(x, self.weight))
        return self.act(affine(x, self.weight, self.bias))

    def _wrong_features(self, shape, features):
        fits = [axis for axis, n in enumerate(shape[:-1]) if n == features]
        hint = ""
        if len(shape) == 2 and fits:
            hint = " The other axis fits: did you mean x.T?"
        elif shape[1:] and features == int(np.prod(shape[1:])):
            hint = f" Flatten each sample first: x.reshape({shape[0]}, -1)."
        return (
            f"{self!r} expects {features} features on the last axis, and was given an "
            f"array of shape {shape}.{hint}"
        )

    def __repr__(self):
        features_out, features_in = self.weight.shape
        bias = ", bias=False" if self.bias is False else ""
        return f"Dense({features_in} => {features_out}{shown(self.act)}{bias})"


def shown(act):
    """The activation as the last argument of a printed layer; `identity` is left out.

    >>> print(f"Dense(2 => 1{shown(np.tanh)}{shown(identity)})")
    Dense(2 => 1, tanh)
    """
    name = getattr(act, "__name__", None) or repr(act)
    return "" if act is identity else f", {name}"


def _parse(args, init, rng):
    """The weight, bias and activation that the positional arguments mean."""
    match args:
        case [int() | np.integer(), int() | np.integer(), *rest] if len(rest) <= 1:
            return _random(args[0], args[1], init, rng), None, _first(rest)
        case [(int() | np.integer(), int() | np.integer()) as sizes, *rest] if (
            isinstance(sizes, tuple) and len(rest) <= 1
        ):
            return _random(*sizes, init, rng), None, _first(rest)
        case [np.ndarray() as weight] if weight.ndim == 2:
            return check_weight("Dense", weight), None, None
        case [np.ndarray() as weight, (np.ndarray() | bool()) as bias, *rest] if (
            weight.ndim == 2 and len(rest) <= 1
        ):
            return check_weight("Dense", weight), bias, _first(rest)
        case [np.ndarray() as weight, act] if weight.ndim == 2:
            return check_weight("Dense", weight), None, act
    given = ", ".join(map(_given, args)) or "nothing"
    raise TypeError(
        f"Dense was given {given}. Write Dense(in, out, act), Dense((in, out), act), "
        f"Dense(weight, act) or Dense(weight, bias, act), with weight of shape "
        f"(out, in)."
    )


def _given(arg):
    shape = f" of shape {arg.shape}" if isinstance(arg, np.ndarray) else ""
    return f"{type(arg).__name__}{shape}"


def _first(rest):
    return rest[0] if rest else None


def _random(features_in, features_out, init, rng):
    if features_in < 0 or features_out < 0:
        raise ShapeError(
            f"Dense({features_in}, {features_out}): sizes are not negative."
        )
    return initial("Dense", init, (int(features_out), int(features_in)), rng)


# --- Parts of a layer --------------------------------------------------------------


def initial(layer, init, shape, rng=None):
    """The weights that `init` makes of a shape, or a sentence about it."""
    try:
        weight = init(shape) if rng is None else init(shape, rng=rng)
    except TypeError as error:
        error.add_note(
            f"{layer} called init({shape}): an initialiser takes the shape as a tuple, "
            f"as np.ones does, and rng= if {layer} is given one."
        )
        raise
    weight = np.asarray(weight)
    if weight.shape != shape:
        raise ShapeError(
            f"{layer}: init was asked for weights of shape {shape} and returned shape "
            f"{weight.shape}. An initialiser takes a shape tuple."
        )
    return check_weight(layer, weight)


def check_weight(layer, weight):
    """The weights of a layer, which must be floats."""
    if not is_parameter(weight):
        raise TypeError(
            f"The weights of {layer} have dtype {weight.dtype}, and only floats can be "
            f"trained. Write weight.astype(np.float32)."
        )
    return weight


def make_bias(layer, weight, shape, bias):
    """The bias that a user means by True, False or an array, in the weights' dtype."""
    if bias is False:
        return False
    if bias is True:
        return np.zeros(shape, weight.dtype)
    bias = np.asarray(bias)
    if bias.shape != shape:
        raise ShapeError(
            f"{layer}: the bias has shape {bias.shape}, and weights of shape "
            f"{weight.shape} need one of shape {shape}."
        )
    return bias if bias.dtype == weight.dtype else bias.astype(weight.dtype)


def check_act(act, example):
    """The activation of a layer, which must be a function; `example` shows one."""
    if not callable(act):
        layer = example.partition("(")[0]
        raise TypeError(
            f"The activation of {layer} must be a function, and {act!r} is of type "
            f"{type(act).__name__}. Write, for instance, {example}."
        )
    return act


# --- One dtype per layer ---------------------------------------------------------

_warned = False


def convert(x, weight):
    """`x` in the dtype of the weights, so that training does not drift to float64.

    The first float64 array that meets float32 weights is warned about. A layer
    without weights (None) takes numbers as they are.
    """
    global _warned
    if not isinstance(x, (np.ndarray, Tracked)):
        x = np.asarray(x)
    if weight is None or x.dtype == weight.dtype:
        return x
    if x.dtype.kind not in "fiub":
        raise TypeError(
            f"A layer was given an array of dtype {x.dtype}; it computes with real "
            f"numbers."
        )
    if x.dtype.kind == "f" and x.dtype.itemsize > weight.dtype.itemsize and not _warned:
        _warned = True
        warnings.warn(
            f"A layer with {weight.dtype} weights was given {x.dtype} data and "
            f"converts it each time. Convert it once: x = x.astype(np.{weight.dtype}). "
            f"(This is said once.)",
            stacklevel=3,
        )
    return x.astype(weight.dtype)
