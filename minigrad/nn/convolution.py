"""Convolution as one matrix product: three operations, each the derivative of another.

A window slides over the input and is multiplied with the weights at every place. Laid
out as rows of one matrix, all windows are multiplied at once. The result is linear in
the input x and in the weights w, so there are three operations that know each other:

    y = correlate(x, w)       what a layer computes
    x = scatter(y, w)         its adjoint towards x: each y is spread over its window
    w = compare(x, y)         its adjoint towards w: which input goes with which output

Shapes: x is (N, *space, channels), w is (out, in / groups, *kernel), y is
(N, *places, out), for a space of any number of axes. `Steps` says where windows are.
"""

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..autodiff.recording import primitive
from ..autodiff.registry import vjp
from ..hollow import hollow, sized


class Steps(NamedTuple):
    """Where the windows are: all but `groups` are tuples, with a number per axis.

    Attributes:
        space: how large the input is, padding included.
        stride: from one window to the next.
        dilation: from one number of a window to the next.
        groups: into how many parts the channels are cut, each with weights of its own.
    """

    space: tuple
    stride: tuple
    dilation: tuple
    groups: int = 1

    def places(self, kernel):
        """How many windows there are along each axis.

        >>> Steps((5, 6), (2, 1), (1, 2)).places((3, 3))
        (2, 2)
        """
        axes = zip(self.space, self.stride, self.dilation, kernel, strict=True)
        return tuple((n - d * (k - 1) - 1) // s + 1 for n, s, d, k in axes)


def correlated(x, w, steps):
    """What `correlate` makes of hollow arrays."""
    shape = (len(x), *steps.places(w.shape[2:]), len(w))
    return hollow(shape, np.result_type(x, w))


def scattered(y, w, steps):
    """What `scatter` makes of hollow arrays."""
    shape = (len(y), *steps.space, w.shape[1] * steps.groups)
    return hollow(shape, np.result_type(y, w))


@primitive
@sized(correlated)
def correlate(x, w, steps):
    """y[n, p, o] = sum over k and c of x[n, stride p + dilation k, c] w[o, c, k]."""
    (outputs, _, *kernel), groups = w.shape, steps.groups
    weights = np.moveaxis(w, 1, -1).reshape(
        groups, outputs // groups, prod(w.shape[1:])
    )
    y = rows(x, kernel, steps) @ weights.swapaxes(1, 2)
    return together(y, (len(x), *steps.places(kernel)))


@primitive
@sized(scattered)
def scatter(y, w, steps):
    """x[n, stride p + dilation k, c] += y[n, p, o] w[o, c, k], for all p, k and o.

    Number by number of the window: so all that is added lies in a row in memory.
    """
    n, *places, outputs = y.shape
    _, channels, *kernel = w.shape
    groups = steps.groups
    y = apart(y, groups)
    w = w.reshape(groups, outputs // groups, channels, prod(kernel))
    w = np.moveaxis(w, -1, 0).copy()
    x = np.zeros((groups, n, *steps.space, channels), np.result_type(y, w))
    for weights, at in zip(w, np.ndindex(*kernel), strict=True):
        part = (y @ weights).reshape(groups, n, *places, channels)
        x[:, *window(at, places, steps)] += part
    return together(x, (n, *steps.space))


@primitive
def compare(x, y, steps, kernel):
    """w[o, c, k] = sum over n and p of x[n, stride p + dilation k, c] y[n, p, o]."""
    w = apart(y, steps.groups).swapaxes(1, 2) @ rows(x, kernel, steps)
    w = w.reshape(y.shape[-1], *kernel, x.shape[-1] // steps.groups)
    return np.ascontiguousarray(np.moveaxis(w, -1, 1))


# --- The matrices of the product ------------------------------------------------------


def rows(x, kernel, steps):
    """Every window of `x` as a row: (groups, windows, kernel * channels of a group)."""
    n, *space, channels = x.shape
    groups, places = steps.groups, steps.places(kernel)
    channels //= groups
    x = apart(x, groups).reshape(groups, n, *space, channels)
    group, image, *axes, channel = x.strides
    along = [a * s for a, s in zip(axes, steps.stride, strict=True)]
    inside = [a * d for a, d in zip(axes, steps.dilation, strict=True)]
    windows, within = (n, *places), (*kernel, channels)
    shape, strides = (
        (groups, *windows, *within),
        (group, image, *along, *inside, channel),
    )
    view = as_strided(x, shape, strides, writeable=False)
    if channels > 1:
        return view.reshape(groups, prod(windows), prod(within))
    # The numbers of one window are far apart: it is faster to copy the same number of
    # all windows, as a column.
    middle = len(windows) + 1
    view = view.transpose(0, *range(middle, view.ndim), *range(1, middle))
    return view.reshape(groups, prod(within), prod(windows)).swapaxes(1, 2)


def apart(x, groups):
    """`x` as a matrix for each group: (groups, N * places, channels of a group)."""
    *shape, channels = x.shape
    parts = x.reshape(prod(shape), groups, channels // groups)
    return np.ascontiguousarray(parts.swapaxes(0, 1))


def together(x, shape):
    """The inverse of `apart`: the groups side by side, as (N, *places, channels)."""
    groups, channels = len(x), x.shape[-1]
    parts = x.reshape(groups, prod(shape), channels).swapaxes(0, 1)
    return parts.reshape(*shape, groups * channels)


def window(at, places, steps):
    """The index of the number `at` of every window in an input."""
    axes = zip(at, places, steps.stride, steps.dilation, strict=True)
    slices = (slice(k * d, k * d + s * p, s) for k, p, s, d in axes)
    return slice(None), *slices


# --- Derivatives: each is one of the others ---------------------------------------

# fmt: off
vjp(correlate, lambda g, ans, x, w, steps: scatter(g, w, steps),
               lambda g, ans, x, w, steps: compare(x, g, steps, np.shape(w)[2:]),
               None)
vjp(scatter,   lambda g, ans, y, w, steps: correlate(g, w, steps),
               lambda g, ans, y, w, steps: compare(g, y, steps, np.shape(w)[2:]),
               None)
vjp(compare,   lambda g, ans, x, y, steps, kernel: scatter(y, g, steps),
               lambda g, ans, x, y, steps, kernel: correlate(x, g, steps),
               None, None)
# fmt: on


# --- Pooling ----------------------------------------------------------------------


@primitive
def largest(x, kernel, steps):
    """The largest number of each window, channel by channel."""
    places = steps.places(kernel)
    parts = [x[window(at, places, steps)] for at in np.ndindex(kernel)]
    y = parts[0].copy()
    for part in parts[1:]:
        np.maximum(y, part, out=y)
    return y


@primitive
def send_to_largest(g, x, y, kernel, steps):
    """Each `g` at the place of the first number of its window that is the largest."""
    sent = np.zeros(x.shape, g.dtype)
    for here, first in firsts(x, y, kernel, steps):
        sent[here] += g * first
    return sent


@primitive
def take_at_largest(h, x, y, kernel, steps):
    """From each window the number of `h` where that of `x` is the first largest."""
    taken = np.zeros(y.shape, h.dtype)
    for here, first in firsts(x, y, kernel, steps):
        taken += h[here] * first
    return taken


def firsts(x, y, kernel, steps):
    """For each number of a window: where it is, and whether it is the first largest.

    Of windows with a NaN, which `y` is then, it is the first NaN.
    """
    free, some_nan = np.ones(y.shape, bool), np.isnan(y).any()
    for at in np.ndindex(kernel):
        here = window(at, y.shape[1:-1], steps)
        first = x[here] == y
        if some_nan:
            first |= np.isnan(x[here])
        first &= free
        free ^= first
        yield here, first


@primitive
def total(x, kernel, steps):
    """The sum of each window, channel by channel."""
    places = steps.places(kernel)
    return sum(x[window(at, places, steps)] for at in np.ndindex(kernel))


@primitive
def spread(y, kernel, steps):
    """Each `y` added to every number of its window: the adjoint of `total`."""
    x = np.zeros((len(y), *steps.space, y.shape[-1]), y.dtype)
    for at in np.ndindex(kernel):
        x[window(at, y.shape[1:-1], steps)] += y
    return x


# fmt: off
vjp(largest, lambda g, ans, x, kernel, steps: send_to_largest(g, x, ans, kernel, steps),
    None, None)
vjp(send_to_largest, lambda g, ans, h, x, y, *where: take_at_largest(g, x, y, *where),
    None, None, None, None)
vjp(take_at_largest, lambda g, ans, h, x, y, *where: send_to_largest(g, x, y, *where),
    None, None, None, None)
vjp(total,  lambda g, ans, x, kernel, steps: spread(g, kernel, steps), None, None)
vjp(spread, lambda g, ans, y, kernel, steps: total(g, kernel, steps), None, None)
# fmt: on
