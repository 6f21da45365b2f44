"""Normalisation: mean 0 and variance 1, over the batch or within each observation.

    y = gamma (x - mean) / sqrt(var + epsilon) + beta

The layers differ in the numbers of `x` over which `mean` and `var` are taken:

    BatchNorm    those of one channel, in the whole batch (in its own file)
    LayerNorm    those of one observation, over its last axes
    GroupNorm    those of one observation and one group of channels

Channels (features) are the last axis. The variance is that of deviations from the
mean, so a large mean costs little precision. Its gradient is that of the formula.
"""

from math import prod

import numpy as np

from ...errors import ShapeError
from ...marking import functor
from ..activations import identity
from ..initialisers import ones, zeros
from .dense import check_act, convert, shown
from .scale import Scale, split_sizes


def standardised(x, axes, epsilon):
    """(x - mean) / sqrt(var + epsilon), with the mean and variance over some axes."""
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(var + epsilon)


@functor(children=("diag",))
class LayerNorm:
    """Layer normalisation: mean 0 and variance 1 for each observation.

        y = act(scale (x - mean) / sqrt(var + epsilon) + bias)

    `mean` and `var` are taken over the last k axes, of the given sizes. There is no
    difference between training and testing.

    Args:
        sizes: of the last k axes, one by one or as a tuple: `LayerNorm(64)`,
            `LayerNorm(28, 28)`.
        act: a function of arrays, applied to every output, given last. Default:
            `identity`.
        affine: whether there is a `Scale`, which is trained.
        epsilon: keeps the root away from 0.

    Called with an array of shape (..., *sizes), it returns one of the same shape, in
    the dtype of its parameters.

    Attributes:
        diag: `Scale(*sizes, act)`, ones and zeros at first; without it, `act`.
        sizes, affine, epsilon: as given.

    Raises:
        ShapeError: called with last axes of other sizes.
        TypeError: the sizes are no whole numbers.

    Source: Ba et al., "Layer normalization" (2016).

    >>> layer = LayerNorm(2)
    >>> layer(np.array([[1.0, 3.0], [-200.0, 200.0]], np.float32)).round(3)
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    >>> layer
    LayerNorm(2)
    """

    def __init__(self, *sizes, affine=True, epsilon=1e-5):
        self.sizes, act = split_sizes(sizes)
        if not self.sizes:
            given = ", ".join(map(repr, sizes)) or "nothing"
            raise TypeError(
                f"LayerNorm was given {given}. Write the sizes of the last axes: "
                f"LayerNorm(64), LayerNorm(28, 28) or LayerNorm(64, relu)."
            )
        act = check_act(act or identity, "LayerNorm(64, relu)")
        self.diag = Scale(self.sizes, act) if affine else act
        self.affine, self.epsilon = affine, float(epsilon)

    def __call__(self, x):
        """`diag((x - mean) / sqrt(var + epsilon))`."""
        x = convert(x, self.diag.scale if self.affine else None)
        check_last(self, x, self.sizes)
        axes = tuple(range(-len(self.sizes), 0))
        return self.diag(standardised(x, axes, self.epsilon))

    def __repr__(self):
        sizes = ", ".join(map(str, self.sizes))
        act = shown(self.diag.act if self.affine else self.diag)
        affine = "" if self.affine else ", affine=False"
        return f"LayerNorm({sizes}{act}{affine})"


@functor(children=("beta", "gamma", "act"))
class GroupNorm:
    """Group normalisation: mean 0 and variance 1 for each group of channels.

        y = act(gamma (x - mean) / sqrt(var + epsilon) + beta)

    `mean` and `var` are those of one observation and one group of C / groups channels
    that are neighbours, over all places. There is no difference between training and
    testing, and none between large and small batches.

    Args:
        channels: the size C of the last axis.
        groups: how many groups; a divisor of C. With 1 group it is layer normalisation
            over all axes but the first, with C groups instance normalisation.
        act: a function of arrays, applied to every output. Default: `identity`.
        affine: whether there are `beta` and `gamma`, which are trained.
        epsilon: keeps the root away from 0.

    Called with an array of shape (N, ..., C), it returns one of the same shape, in the
    dtype of its parameters.

    Attributes:
        beta, gamma: of shape (C,), trained, zeros and ones at first; or None.
        channels, groups, act, epsilon: as given.

    Raises:
        ShapeError: `groups` does not divide `channels`; called with another number of
            channels, or without a batch axis.
        TypeError: `channels` is no whole number.

    Source: Wu and He, "Group normalization" (2018).

    >>> layer = GroupNorm(4, 2)
    >>> layer(np.array([[1, 3, 0, 80]], np.float32)).round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    >>> layer
    GroupNorm(4, 2)
    """

    def __init__(self, channels, groups, act=identity, *, affine=True, epsilon=1e-5):
        self.channels = check_channels("GroupNorm", channels)
        if not isinstance(groups, int | np.integer) or groups < 1 or channels % groups:
            raise ShapeError(
                f"GroupNorm({channels}, {groups}): {channels} channels cannot be "
                f"divided into {groups} groups of one size."
            )
        self.groups = groups
        self.beta = zeros(channels) if affine else None
        self.gamma = ones(channels) if affine else None
        self.act = check_act(act, "GroupNorm(4, 2, relu)")
        self.epsilon = float(epsilon)

    def __call__(self, x):
        """`act(gamma (x - mean) / sqrt(var + epsilon) + beta)`."""
        x = convert(x, self.gamma)
        check_last(self, x, (self.channels,))
        if len(x.shape) < 2:
            raise ShapeError(
                f"{self!r} expects a batch, (N, ..., {self.channels}), and was given "
                f"an array of shape {x.shape}. For one observation write x[None]."
            )
        n, places, each = len(x), prod(x.shape[1:-1]), self.channels // self.groups
        # The numbers of one group beside each other: so NumPy is quick to sum them.
        split = x.reshape(n, places, self.groups, each).swapaxes(1, 2)
        rows = split.reshape(n, self.groups, places * each)
        y = standardised(rows, -1, self.epsilon)
        y = y.reshape(split.shape).swapaxes(1, 2).reshape(x.shape)
        return self.act(y if self.gamma is None else self.gamma * y + self.beta)

    def __repr__(self):
        affine = "" if self.gamma is not None else ", affine=False"
        return f"GroupNorm({self.channels}, {self.groups}{shown(self.act)}{affine})"


# --- What the layers ask for -------------------------------------------------------


def check_channels(layer, channels):
    """The number of channels, or a sentence about what is not one."""
    if not isinstance(channels, int | np.integer) or channels < 1:
        raise TypeError(
            f"{layer} was given {channels!r} for the number of channels, which is the "
            f"size of the last axis: {layer}(16, ...)."
        )
    return int(channels)


def check_last(layer, x, sizes):
    """Refuse an array whose last axes have other sizes than the layer needs."""
    if x.shape[-len(sizes) :] != sizes:
        what = f"size {sizes[0]}" if len(sizes) == 1 else f"sizes {sizes}"
        axes = "axis" if len(sizes) == 1 else "axes"
        hint = ""
        if len(sizes) == 1 and sizes[0] in x.shape[1:-1]:
            first = x.shape.index(sizes[0], 1)
            hint = (
                f" Axis {first} fits: channels come last here, so write "
                f"np.moveaxis(x, {first}, -1)."
            )
        raise ShapeError(
            f"{layer!r} expects {what} on the last {axes}, and was given an array of "
            f"shape {x.shape}.{hint}"
        )
