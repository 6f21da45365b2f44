"""Convolutions: layers that look through a small window, everywhere alike."""

import numpy as np

from ...arrays import is_parameter
from ...errors import ShapeError, described
from ...marking import functor
from ..activations import identity
from ..convolution import Steps, correlate, scatter
from ..initialisers import glorot_uniform
from .dense import check_act, convert, initial, make_bias, shown
from .windows import padded, padding, per_axis, steps_over, uniform


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

    turned = True

    def __init__(
        self,
        *args,
        act=None,
        stride=1,
        pad=0,
        dilation=1,
        groups=1,
        bias=True,
        init=glorot_uniform,
        rng=None,
    ):
        name = type(self).__name__
        self.weight, given_bias, given_act = self._parse(args, groups, init, rng)
        self.act = check_act(
            given_act or act or identity, f"{name}((3, 3), 1, 8, relu)"
        )
        kernel = self.weight.shape[2:]
        self.stride = per_axis(name, "stride", stride, kernel)
        self.dilation = per_axis(name, "dilation", dilation, kernel)
        self.pad = padding(name, pad, kernel, self.dilation)
        self.groups = groups
        bias = bias if given_bias is None else given_bias
        self.bias = make_bias(name, self.weight, self._channels()[1:], bias)

    def _parse(self, args, groups, init, rng):
        """The weight, bias and activation that the positional arguments mean."""
        match args:
            case [np.ndarray() as weight, (np.ndarray() | bool()) as bias, *act]:
                return _checked(weight), bias, *(act or [None])
            case [np.ndarray() as weight, *act] if len(act) <= 1:
                return _checked(weight), None, *(act or [None])
            case [tuple() as kernel, (n, m), *act] if len(act) <= 1:
                pass
            case [tuple() as kernel, int() as n, int() as m, *act] if len(act) <= 1:
                pass
            case _:
                name, given = type(self).__name__, ", ".join(map(described, args))
                raise TypeError(
                    f"{name} was given {given or 'nothing'}. Write {name}((3, 3), in, "
                    f"out, act), or {name}(weight, bias, act)."
                )
        shape = (*self._sizes(n, m, groups), *kernel)
        weight = initial(type(self).__name__, init, shape, rng)
        return _checked(weight), None, *(act or [None])

    def _sizes(self, n, m, groups):
        """The first two axes of the weights from n to m channels."""
        if n % groups or m % groups:
            raise ShapeError(
                f"{type(self).__name__}: {groups} groups must divide the channels, {n} "
                f"and {m}."
            )
        return m, n // groups

    def _channels(self):
        """How many channels come in, and how many go out."""
        out, group = self.weight.shape[:2]
        return group * self.groups, out

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


@functor(children=("weight", "bias", "act"))
class ConvTranspose(Conv):
    """A convolution backwards, from small to large: the adjoint of `Conv`.

    Every number of the input is multiplied with the window and added to the output
    there. What `Conv` with the same stride, padding and dilation makes smaller, this
    makes larger again.

        size = (n - 1) stride + dilation (kernel - 1) + 1 - all pad + outpad

    Args:
        args: as in `Conv`; the weights have the shape (in, out / groups, *kernel).
        outpad: how many rows more the output gets at its end, a number or a tuple:
            with a stride, several sizes lead to the same small one.
        options: as in `Conv`.

    >>> up = ConvTranspose((3, 3), 8, 1, stride=2, pad=1, outpad=1)
    >>> up(np.ones((5, 14, 14, 8), np.float32)).shape
    (5, 28, 28, 1)
    """

    def __init__(self, *args, outpad=0, **options):
        super().__init__(*args, **options)
        kernel = self.weight.shape[2:]
        self.outpad = per_axis(type(self).__name__, "outpad", outpad, kernel, least=0)

    def _sizes(self, n, m, groups):
        return super()._sizes(m, n, groups)

    def _channels(self):
        n, group = self.weight.shape[:2]
        return n, group * self.groups

    def __call__(self, x):
        """The adjoint of `Conv`, applied to `x`."""
        x, kernel = self._prepared(x), self.weight.shape[2:]
        axes = zip(
            x.shape[1:-1], self.stride, self.dilation, kernel, self.outpad, strict=True
        )
        space = tuple((n - 1) * s + d * (k - 1) + 1 + o for n, s, d, k, o in axes)
        y = scatter(
            x, self._window(), Steps(space, self.stride, self.dilation, self.groups)
        )
        before, after = self.pad[::2], self.pad[1::2]
        ends = (slice(b, n - a) for b, n, a in zip(before, space, after, strict=True))
        return self._finished(y[(slice(None), *ends)])

    def _more_options(self):
        return {"outpad": (uniform(self.outpad), 0)}


def _checked(weight):
    if not is_parameter(weight) or weight.ndim < 3:
        raise ShapeError(
            f"The weights of a convolution are floats of shape (out, in, *kernel), and "
            f"were given as {weight.dtype} of shape {weight.shape}."
        )
    return weight
