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


@primitive
def correlate(x, w, steps):
    """y[n, p, o] = sum over k and c of x[n, stride p + dilation k, c] w[o, c, k]."""
    n, kernel, g = len(x), w.shape[2:], steps.groups
    y = rows(x, kernel, steps) @ columns(w, g)
    return merged(y, (n, *steps.places(kernel), len(w)))


@primitive
def scatter(y, w, steps):
    """x[n, stride p + dilation k, c] += y[n, p, o] w[o, c, k], for all p, k and o."""
    n, places, kernel = len(y), y.shape[1:-1], w.shape[2:]
    parts = split(y, steps.groups) @ columns(w, steps.groups).swapaxes(1, 2)
    channels = w.shape[1] * steps.groups
    parts = merged(parts, (n, *places, prod(kernel), channels), inner=prod(kernel))
    x = np.zeros((n, *steps.space, channels), parts.dtype)
    for number, at in enumerate(np.ndindex(kernel)):
        x[window(at, places, steps)] += parts[..., number, :]
    return x


@primitive
def compare(x, y, steps, kernel):
    """w[o, c, k] = sum over n and p of x[n, stride p + dilation k, c] y[n, p, o]."""
    g = steps.groups
    w = split(y, g).swapaxes(1, 2) @ rows(x, kernel, steps)
    return np.moveaxis(w.reshape(y.shape[-1], *kernel, -1), -1, 1)


# --- Rows and columns of the matrix product -------------------------------------------


def rows(x, kernel, steps):
    """Every window of `x` as a row: (groups, windows, kernel * channels of a group)."""
    n, *_, channels = x.shape
    first, *strides, last = x.strides
    places, g = steps.places(kernel), steps.groups
    along = [a * s for a, s in zip(strides, steps.stride, strict=True)]
    inside = [a * d for a, d in zip(strides, steps.dilation, strict=True)]
    view = as_strided(
        x,
        (g, n, *places, *kernel, channels // g),
        (last * (channels // g), first, *along, *inside, last),
        writeable=False,
    )
    return view.reshape(g, n * prod(places), -1)


def columns(w, groups):
    """The weights as columns: (groups, kernel * channels of a group, out / groups)."""
    w = np.moveaxis(w, 1, -1).reshape(groups, len(w) // groups, -1)
    return w.swapaxes(1, 2)


def split(y, groups):
    """`y` as (groups, windows, channels of a group)."""
    channels = y.shape[-1]
    return y.reshape(-1, groups, channels // groups).swapaxes(0, 1)


def merged(parts, shape, inner=1):
    """The groups (groups, windows, inner * channels of a group) put together again."""
    groups, windows, size = parts.shape
    parts = parts.reshape(groups, windows, inner, size // inner)
    return np.moveaxis(parts, 0, 2).reshape(shape)


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
    places = steps.places(kernel)
    sent, free = np.zeros(x.shape, g.dtype), np.ones(y.shape, bool)
    for at in np.ndindex(kernel):
        here = window(at, places, steps)
        first = free & (x[here] == y)
        sent[here] += g * first
        free &= ~first
    return sent


@primitive
def take_at_largest(h, x, y, kernel, steps):
    """From each window the number of `h` where that of `x` is the first largest."""
    places = steps.places(kernel)
    taken, free = np.zeros(y.shape, h.dtype), np.ones(y.shape, bool)
    for at in np.ndindex(kernel):
        here = window(at, places, steps)
        first = free & (x[here] == y)
        taken += h[here] * first
        free &= ~first
    return taken


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
