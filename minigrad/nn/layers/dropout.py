"""Dropout: forgetting at random, so that no unit relies on another."""

from numbers import Real

import numpy as np

from ...autodiff.standing import stand_in
from ...autodiff.tracked import Tracked
from ...errors import ShapeError
from ...marking import functor
from ...random import generator
from ..modes import activity, is_active


@functor(children=())
class Dropout:
    """Sets numbers to 0 at random while a model is trained.

        y = x * mask / (1 - p),  mask = 0 with probability p, else 1

    The factor 1 / (1 - p) keeps the mean what it was. Where the layer is not active,
    outside `gradient`, `y` is `x` itself.

    Args:
        p: the probability of a number to become 0, from 0 to 1.
        shared_axes: an axis, or a tuple of axes, along which all numbers share one
            mask: `shared_axes=(1, 2)` drops whole channels of images (N, H, W, C).
            Default: none. (Flux's `dims` names the other axes, where masks differ.)
        rng: a `numpy.random.Generator` or a seed; None for the default generator.
        active: None for automatic, True or False: see `minigrad.trainmode_`.

    Called with an array of any shape, it returns one of the same shape and dtype.
    A function that is `checkpointed` must draw the same masks again, so there the
    layer needs the default generator.

    Attributes:
        p, shared_axes, rng, active: as given. Nothing here is trained.

    Raises:
        ValueError: `p` is no probability.
        ShapeError: called with an array that lacks one of the shared axes.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting" (2014).

    >>> layer, x = Dropout(0.5, rng=0), np.ones(5, np.float32)
    >>> layer(x)
    array([1., 1., 1., 1., 1.], dtype=float32)
    >>> from minigrad import trainmode_
    >>> sorted(set(trainmode_(layer)(np.ones(100)).tolist()))
    [0.0, 2.0]
    >>> layer
    Dropout(0.5, active=True)
    """

    def __init__(self, p, *, shared_axes=(), rng=None, active=None):
        check_probability(f"Dropout({p!r})", "p", p)
        self.p = float(p)  # a np.float64 would turn float32 into float64
        many = isinstance(shared_axes, tuple | list)
        self.shared_axes = tuple(shared_axes) if many else (shared_axes,)
        self.rng = None if rng is None else generator(rng)
        self.active = activity("Dropout(active=...)", active)

    def __call__(self, x):
        """`x` with some numbers set to 0; `x` itself where the layer is not active."""
        if self.p == 0 or not is_active(self):
            return x
        x = stand_in(x)
        x = x if isinstance(x, Tracked) else np.asarray(x)
        return x * self._mask(x)

    def _mask(self, x):
        """Zeros, and 1 / (1 - p) with probability 1 - p, in the dtype of `x`."""
        floats = x.dtype.kind in "fc"
        kept = self._kept(x.shape).astype(x.dtype if floats else np.float32)
        return kept / (1 - self.p) if self.p < 1 else kept

    def _kept(self, shape):
        shape = list(shape)
        for axis in self.shared_axes:
            if not -len(shape) <= axis < len(shape):
                raise ShapeError(
                    f"{self!r} shares its mask along axis {axis}, and was given an "
                    f"array of shape {tuple(shape)}, which has no such axis."
                )
            shape[axis] = 1
        # Always drawn in float32, so that one seed gives one mask in every dtype.
        return generator(self.rng).random(shape, np.float32) >= np.float32(self.p)

    def __repr__(self):
        shared = f", shared_axes={self.shared_axes}" if self.shared_axes else ""
        active = "" if self.active is None else f", active={self.active}"
        return f"Dropout({self.p}{shared}{active})"


def check_probability(where, name, p):
    """Refuse what is no probability; `where` is the call in which it is `name`."""
    if not isinstance(p, Real) or not 0 <= p <= 1:
        raise ValueError(
            f"{where}: {name} is the probability of a number to become 0, so it lies "
            f"between 0 and 1, as 0.5 does."
        )
