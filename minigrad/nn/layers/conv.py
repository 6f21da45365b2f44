"""Convolutions: layers that look through a small window, everywhere alike."""

from numbers import Integral

import numpy as np

from ...errors import ShapeError, described
from ...marking import functor
from ..activations import identity
from ..convolution import correlate
from ..initialisers import glorot_uniform
from .dense import check_act, check_weight, convert, initial, make_bias, shown
from .windows import padded, padding, per_axis, spans, steps_over, uniform


@functor(children=("weight", "bias", "act"))
class Conv:
    """A convolution: `y = act(x * weight + bias)`, the same weights at every place.

        y[n, p, o] = act(b[o] + sum over k, c of x[n, s p - d k, c] w[o, c, k])

    with stride s and dilation d.

    The batch is the first axis and the channels are the last: (N, height, width, C)
    for images, (N, time, C) for sequences. As in mathematics, and in Flux, the window
    is turned round (`- d k`); `CrossCor` is the same without turning, which is
    what PyTorch and JAX call a convolution. Trained, both can do the same.

    It can be made in two ways:

        Conv(kernel, in, out, act)   random weights; Conv(kernel, (in, out), act), too
        Conv(weight, bias, act)      from arrays

    Args:
        kernel: the size of the window, a tuple with a number per axis: (3, 3), (5,).
        act: a function of arrays. Default: `identity`.
        stride: how far the window moves, a number or a tuple.
        pad: how many zeros are put around the input: a number, one per axis, two per
            axis (before, after, before, after), or `SamePad()`.
        dilation: how far the numbers of a window are apart, a number or a tuple.
        groups: into how many parts the channels are cut; each output channel sees one
            part. With groups=in it is a depthwise convolution.
        bias: True for zeros, False for none, or a vector of shape (out,).
        init, rng: as in `Dense`.

    Attributes:
        weight: of shape (out, in / groups, *kernel).
        bias: of shape (out,), or False.
        act: the activation function.

    Raises:
        ShapeError: called with an array of another number of axes or channels, or one
            that is smaller than the window; sizes that do not fit each other.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning"
    (2016), for stride, padding and dilation.

    >>> layer = Conv((5, 5), 3, 7, np.tanh, stride=2)
    >>> layer
    Conv((5, 5), 3 => 7, tanh, stride=2)
    >>> layer(np.ones((50, 100, 100, 3), np.float32)).shape
    (50, 48, 48, 7)
    """

    turned, layout = True, "(out, in / groups, *kernel)"

    def __init__(
        self,
        *args,
        act=None,
        stride=1,
        pad=0,
        dilation=1,
        groups=1,
        bias=None,
        init=glorot_uniform,
        rng=None,
    ):
        name = type(self).__name__
        self.groups = _whole(name, groups)
        self.weight, given_bias, given_act = self._parse(args, init, rng)
        if given_bias is not None and bias is not None:
            raise TypeError(f"{name} was given two biases. Give it one.")
        if given_act is not None and act is not None:
            raise TypeError(f"{name} was given two activation functions. Give it one.")
        self.act = check_act(
            given_act or act or identity, f"{name}((3, 3), 1, 8, relu)"
        )
        kernel = self.weight.shape[2:]
        axes = len(kernel)
        self.stride = per_axis(name, "stride", stride, axes)
        self.dilation = per_axis(name, "dilation", dilation, axes)
        self.pad = padding(name, pad, kernel, self._missing())
        bias = given_bias if bias is None else bias
        bias = True if bias is None else bias
        self.bias = make_bias(name, self.weight, self._channels()[1:], bias)

    def _parse(self, args, init, rng):
        """The weight, bias and activation that the positional arguments mean."""
        match args:
            case [np.ndarray() as weight]:
                return self._checked(weight), None, None
            case [np.ndarray() as weight, (np.ndarray() | bool()) as bias, *act] if (
                len(act) <= 1
            ):
                return self._checked(weight), bias, *(act or [None])
            case [np.ndarray() as weight, act]:
                return self._checked(weight), None, act
            case [tuple() as kernel, (Integral() as n, Integral() as m), *act] if (
                len(act) <= 1
            ):
                pass
            case [tuple() as kernel, Integral() as n, Integral() as m, *act] if (
                len(act) <= 1
            ):
                pass
            case _:
                name, given = type(self).__name__, ", ".join(map(described, args))
                raise TypeError(
                    f"{name} was given {given or 'nothing'}. Write {name}((3, 3), in, "
                    f"out, act) for images, {name}((3,), in, out, act) for sequences, "
                    f"or {name}(weight, bias, act)."
                )
        name = type(self).__name__
        kernel = per_axis(name, "kernel", kernel, len(kernel))
        shape = (*self._sizes(int(n), int(m)), *kernel)
        return self._checked(initial(name, init, shape, rng)), None, *(act or [None])

    def _sizes(self, n, m):
        """The first two axes of the weights from n to m channels."""
        if n % self.groups or m % self.groups:
            raise ShapeError(
                f"{type(self).__name__}: {self.groups} groups must divide the "
                f"channels, {n} and {m}."
            )
        return m, n // self.groups

    def _checked(self, weight):
        """The weights, with room for a window, and as many outputs as groups divide."""
        name = type(self).__name__
        if weight.ndim < 3 or 0 in weight.shape[2:]:
            raise ShapeError(
                f"The weights of {name} have a shape {self.layout}, and were given "
                f"with the shape {weight.shape}."
            )
        if len(weight) % self.groups:
            raise ShapeError(
                f"{name}: {self.groups} groups must divide the {len(weight)} channels "
                f"of the first axis of the weights, which have shape {weight.shape}."
            )
        return check_weight(name, weight)

    def _channels(self):
        """How many channels come in, and how many go out."""
        out, group = self.weight.shape[:2]
        return group * self.groups, out

    def _missing(self):
        """How much `SamePad` pads along each axis, before and after together."""
        return [span - 1 for span in spans(self.weight.shape[2:], self.dilation)]

    def __call__(self, x):
        """`act(x * weight + bias)`."""
        x = self._prepared(x)
        x, kernel = padded(x, self.pad), self.weight.shape[2:]
        steps = steps_over(self, x, kernel, self.stride, self.dilation, self.groups)
        return self._finished(correlate(x, self._window(), steps))

    def _prepared(self, x):
        """`x` in the right dtype, or a sentence about its shape."""
        x, axes = convert(x, self.weight), self.weight.ndim
        names = {3: "(batch, time, channels)", 4: "(batch, height, width, channels)"}
        if x.ndim != axes:
            hint = " For a single one, write x[None]." if x.ndim == axes - 1 else ""
            raise ShapeError(
                f"{self!r} takes {names.get(axes, f'{axes} axes')}, and was given an "
                f"array of shape {x.shape}.{hint}"
            )
        channels = self._channels()[0]
        if x.shape[-1] != channels:
            first = x.shape[1] == channels
            hint = " They seem to come first: np.moveaxis(x, 1, -1)." if first else ""
            raise ShapeError(
                f"{self!r} expects {channels} channels on the last axis, and was given "
                f"an array of shape {x.shape}.{hint}"
            )
        return x

    def _window(self):
        turn = tuple(range(2, self.weight.ndim))
        return np.flip(self.weight, turn) if self.turned else self.weight

    def _finished(self, y):
        return self.act(y if self.bias is False else y + self.bias)

    def __repr__(self):
        kernel, (n, m) = self.weight.shape[2:], self._channels()
        options = {
            "stride": (uniform(self.stride), 1),
            "pad": (uniform(self.pad), 0),
            "dilation": (uniform(self.dilation), 1),
            "groups": (self.groups, 1),
            **self._more_options(),
            "bias": (self.bias is not False, True),
        }
        said = [f", {key}={x}" for key, (x, usual) in options.items() if x != usual]
        said = shown(self.act) + "".join(said)
        return f"{type(self).__name__}({kernel}, {n} => {m}{said})"

    def _more_options(self):
        return {}


@functor(children=("weight", "bias", "act"))
class CrossCor(Conv):
    """A cross-correlation: `Conv` without turning the window round.

        y[n, p, o] = act(b[o] + sum over k, c of x[n, s p + d k, c] w[o, c, k])

    Arguments as `Conv`. It is PyTorch's `Conv2d`, with the channels last.

    >>> w, x = np.array([[[1.0, 2.0]]]), np.array([[[3.0], [5.0], [7.0]]])
    >>> CrossCor(w, False)(x).ravel(), Conv(w, False)(x).ravel()
    (array([13., 19.]), array([11., 17.]))
    """

    turned = False


def _whole(name, groups):
    if not isinstance(groups, Integral) or groups < 1:
        raise ShapeError(
            f"{name}(groups={groups!r}): groups must be a whole number of 1 or more."
        )
    return int(groups)
