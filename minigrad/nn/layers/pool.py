"""Pooling: layers that make one number of each window, and have no parameters."""

from math import prod

import numpy as np

from ...errors import ShapeError
from ..convolution import largest, total
from .dense import convert
from .windows import padded, padding, per_axis, steps_over, uniform


class _Pool:
    """What pools share: a window, how far it moves, and padding."""

    def __init__(self, kernel, *, stride=None, pad=0):
        name = type(self).__name__
        if not isinstance(kernel, tuple):
            raise ShapeError(
                f"{name}({kernel!r}): the window is a tuple with a number for each "
                f"axis: {name}((2, 2)) for images, {name}((2,)) for sequences."
            )
        axes = len(kernel)
        self.kernel = per_axis(name, "kernel", kernel, axes)
        given = self.kernel if stride is None else stride
        self.stride = per_axis(name, "stride", given, axes)
        self.pad = padding(name, pad, self.kernel, [n - 1 for n in self.kernel])
        if any(
            n >= k for n, k in zip(self.pad, np.repeat(self.kernel, 2), strict=True)
        ):
            raise ShapeError(
                f"{name}({kernel}, pad={pad!r}): some windows would see nothing but "
                f"padding. It must be smaller than the window."
            )

    def _windows(self, x, value):
        """`x` with its padding, and where the windows are."""
        axes = len(self.kernel) + 2
        if x.ndim != axes:
            hint = " For a single one, write x[None]." if x.ndim == axes - 1 else ""
            raise ShapeError(
                f"{self!r} takes {axes} axes, the batch first and the channels last, "
                f"and was given an array of shape {x.shape}.{hint}"
            )
        x = padded(x, self.pad, value)
        near = (1,) * len(self.kernel)
        return x, steps_over(self, x, self.kernel, self.stride, near)

    def __repr__(self):
        stride = (
            "" if self.stride == self.kernel else f", stride={uniform(self.stride)}"
        )
        pad = f", pad={uniform(self.pad)}" if any(self.pad) else ""
        return f"{type(self).__name__}({self.kernel}{stride}{pad})"


class MaxPool(_Pool):
    """The largest number of each window, channel by channel.

    Its gradient goes to that number, to the first one if several are the largest.

    Args:
        kernel: the size of the window: (2, 2) for images (N, H, W, C).
        stride: how far it moves, a number or a tuple. Default: its own size.
        pad: as in `Conv`, or `SamePad()`; what is added never is the largest.

    Raises:
        ShapeError: called with another number of axes, or less than a window.

    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> MaxPool((2, 2))(x)[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """

    def __call__(self, x):
        """The largest number of each window."""
        x = convert(x, None)
        least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        x, steps = self._windows(x, least)
        return largest(x, self.kernel, steps)


class MeanPool(_Pool):
    """The mean of each window, channel by channel; padding counts as zeros.

    Arguments as `MaxPool`.

    >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> MeanPool((2, 2))(x)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def __call__(self, x):
        """The mean of each window."""
        x = convert(x, None)
        x, steps = self._windows(x if x.dtype.kind == "f" else x.astype(float), 0)
        return total(x, self.kernel, steps) / prod(self.kernel)


class GlobalMaxPool:
    """The largest number of each channel; the other axes stay, with size 1.

    >>> GlobalMaxPool()(np.ones((5, 7, 7, 3))).shape
    (5, 1, 1, 3)
    """

    def __call__(self, x):
        """The largest number of each channel."""
        x = convert(x, None)
        return np.max(x, axis=_inner(self, x), keepdims=True)

    def __repr__(self):
        return "GlobalMaxPool()"


class GlobalMeanPool:
    """The mean of each channel; the other axes stay, with size 1.

    >>> GlobalMeanPool()(np.ones((5, 7, 7, 3))).shape
    (5, 1, 1, 3)
    """

    def __call__(self, x):
        """The mean of each channel."""
        x = convert(x, None)
        return np.mean(x, axis=_inner(self, x), keepdims=True)

    def __repr__(self):
        return "GlobalMeanPool()"


class Flatten:
    """Everything but the batch in one axis: (N, H, W, C) becomes (N, H W C).

    It stands between the windows and the `Dense` layers of a network.

    Raises:
        ShapeError: called with a number, or an array without the axis of a batch.

    >>> Flatten()(np.ones((5, 4, 4, 16))).shape
    (5, 256)
    """

    def __call__(self, x):
        """`x` with one row for each sample."""
        x = convert(x, None)
        if not x.ndim:
            raise ShapeError("Flatten() needs a batch on the first axis; got a number.")
        return x.reshape(x.shape[0], prod(x.shape[1:]))

    def __repr__(self):
        return "Flatten()"


def _inner(layer, x):
    if x.ndim < 3:
        raise ShapeError(
            f"{layer!r} takes the batch first and the channels last, with axes between "
            f"them, and was given an array of shape {x.shape}."
        )
    return tuple(range(1, x.ndim - 1))
