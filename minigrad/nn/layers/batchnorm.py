"""Batch normalisation, the one layer that remembers what it has seen."""

from math import prod

import numpy as np

from ...arrays import plain
from ...errors import ShapeError
from ...marking import functor
from ..activations import identity
from ..initialisers import ones, zeros
from ..modes import activity, is_active
from .dense import check_act, convert, shown
from .normalise import check_channels, check_last


@functor(
    children=("beta", "gamma", "mean", "var", "act"),
    trainable=("beta", "gamma", "act"),
)
class BatchNorm:
    """Batch normalisation: mean 0 and variance 1 for each channel.

        y = act(gamma (x - mean) / sqrt(var + epsilon) + beta)

    While a model is trained, `mean` and `var` are those of the batch (with the factor
    1/n), and gradients pass through them. Each such call also moves the recorded ones:

        self.mean = (1 - momentum) self.mean + momentum mean
        self.var  = (1 - momentum) self.var  + momentum var n / (n - 1)

    Where the layer is not active, outside `gradient`, it uses the recorded ones, and
    observations do not depend on each other.

    Args:
        channels: the size C of the last axis.
        act: a function of arrays, applied to every output. Default: `identity`.
        affine: whether there are `beta` and `gamma`, which are trained.
        track_stats: whether to record statistics; without them, those of the batch are
            used always.
        epsilon: keeps the root away from 0.
        momentum: the weight of a new batch in the recorded statistics, from 0 to 1.
        active: None for automatic, True or False: see `minigrad.trainmode_`.

    Called with an array of shape (..., C), for instance (N, C) or (N, H, W, C), it
    returns one of the same shape, in the dtype of its parameters.

    Every active call counts: a part that is `checkpointed` is computed twice in a step
    and moves the recorded statistics twice, by the same batch; so does each `gradient`
    within a `gradient` that calls the layer. What they are does not change a gradient
    or a result of an active call. A batch with NaN or infinite statistics is not
    recorded.

    Attributes:
        beta, gamma: of shape (C,), trained, zeros and ones at first; or None.
        mean, var: the recorded statistics, of shape (C,), changed in place and not
            trained, zeros and ones at first; or None.
        act, epsilon, momentum, active: as given.

    Raises:
        ShapeError: called with another number of channels; or active, with one value
            per channel or none, which have no variance.
        ValueError: `momentum` or `active` is none.
        TypeError: `channels` is no whole number, or `act` no function.

    Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training
    by reducing internal covariate shift" (2015).

    >>> from minigrad import gradient
    >>> layer, x = BatchNorm(1), np.array([[1.0], [3.0]], np.float32)
    >>> grads = gradient(lambda m: m(x).sum(), layer)
    >>> layer.mean, layer.var  # 0.1 * 2 of the mean, 0.9 * 1 + 0.1 * 2 of the variance
    (array([0.2], dtype=float32), array([1.1], dtype=float32))
    >>> layer
    BatchNorm(1)
    """

    def __init__(
        self,
        channels,
        act=identity,
        *,
        affine=True,
        track_stats=True,
        epsilon=1e-5,
        momentum=0.1,
        active=None,
    ):
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"BatchNorm(momentum={momentum!r}): the weight of a new batch lies "
                f"between 0 and 1."
            )
        self.channels = check_channels("BatchNorm", channels)
        self.beta = zeros(channels) if affine else None
        self.gamma = ones(channels) if affine else None
        self.mean = zeros(channels) if track_stats else None
        self.var = ones(channels) if track_stats else None
        self.act = check_act(act, "BatchNorm(3, relu)")
        self.epsilon, self.momentum = float(epsilon), float(momentum)
        self.active = activity("BatchNorm(active=...)", active)

    def __call__(self, x):
        """`act(gamma (x - mean) / sqrt(var + epsilon) + beta)`."""
        x = convert(x, self.mean if self.gamma is None else self.gamma)
        check_last(self, x, (self.channels,))
        mean, var = self._statistics(x)
        # One factor for each channel, and not one division for each number.
        factor = (1 if self.gamma is None else self.gamma) / np.sqrt(var + self.epsilon)
        y = factor * (x - mean)
        return self.act(y if self.beta is None else y + self.beta)

    def _statistics(self, x):
        """The mean and variance of each channel: of `x`, or those recorded."""
        active = is_active(self)
        if self.mean is not None and not active:
            return plain(self.mean), plain(self.var)
        axes = tuple(range(len(x.shape) - 1))
        n = prod(x.shape[:-1])
        if n < 2:
            raise ShapeError(
                f"{self!r} needs at least two values per channel in training, to take "
                f"their mean and variance, and an array of shape {x.shape} has {n}. "
                f"Use larger batches (DataLoader(..., partial=False) leaves out a "
                f"small last one), or testmode_(model)."
            )
        mean, var = x.mean(axis=axes), x.var(axis=axes)
        if self.mean is not None:
            self._record(plain(mean), plain(var) * (n / (n - 1)))
        return mean, var

    def _record(self, mean, var):
        """Move the recorded statistics, in the arrays that the original model has."""
        if not (np.isfinite(mean).all() and np.isfinite(var).all()):
            return  # one bad batch would spoil them for ever
        for recorded, new in ((plain(self.mean), mean), (plain(self.var), var)):
            recorded[...] = (1 - self.momentum) * recorded + self.momentum * new

    def __repr__(self):
        affine = "" if self.gamma is not None else ", affine=False"
        track_stats = "" if self.mean is not None else ", track_stats=False"
        active = "" if self.active is None else f", active={self.active}"
        options = f"{shown(self.act)}{affine}{track_stats}{active}"
        return f"BatchNorm({self.channels}{options})"
