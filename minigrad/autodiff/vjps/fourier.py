"""Vjps of discrete Fourier transforms.

A transform multiplies by the matrix of all `exp(-2πi jk / n)`, which is symmetric:
its own transpose. Gradients travel conjugated on a tape, so the transpose is all
that a vjp has to apply, and the vjp of `fft` is `fft`. (Inverse transforms and the
factors of `norm` change nothing about this.)
"""

import numpy as np

from ..registry import composite, vjp

# --- Along one axis --------------------------------------------------------------

# fmt: off
vjp(np.fft.fft,   lambda g, ans, a, n=None, axis=-1, norm=None:
                  resized(np.fft.fft(g, None, axis, norm), a, axis))
vjp(np.fft.ifft,  lambda g, ans, a, n=None, axis=-1, norm=None:
                  resized(np.fft.ifft(g, None, axis, norm), a, axis))
vjp(np.fft.rfft,  lambda g, ans, a, n=None, axis=-1, norm=None:
                  resized(np.fft.fft(g, length(a, n, axis), axis, norm), a, axis))
vjp(np.fft.irfft, lambda g, ans, a, n=None, axis=-1, norm=None:
                  resized(np.fft.ifft(g, None, axis, norm) * halves(g, axis), a, axis))

vjp(np.fft.fftshift,  lambda g, ans, x, axes=None: np.fft.ifftshift(g, axes))
vjp(np.fft.ifftshift, lambda g, ans, x, axes=None: np.fft.fftshift(g, axes))
# fmt: on


def length(a, n, axis):
    """How many numbers are transformed: `n`, or all there are."""
    return np.shape(a)[axis] if n is None else n


def resized(g, a, axis):
    """`g` as long as `a` along `axis`: what `n` cut off `a` had no influence."""
    found, wanted = np.shape(g)[axis], np.shape(a)[axis]
    if found >= wanted:
        return g[(slice(None),) * (axis % np.ndim(g)) + (slice(wanted),)]
    shape = list(np.shape(g))
    shape[axis] = wanted - found
    return np.concatenate([g, np.zeros(shape, g.dtype)], axis)


def halves(g, axis):
    """How often `irfft` counts each frequency of its input.

    It is given half of the frequencies, and each stands for two of the n, as the
    other half are their conjugates; except 0, and the highest of an even n.
    """
    n = np.shape(g)[axis]
    k = np.arange(n)
    times = 2 * (2 * k < n) - (k == 0) + (2 * k == n)
    after = np.ndim(g) - 1 - axis % np.ndim(g)
    return np.reshape(times, (n, *[1] * after)).astype(g.dtype)


# A spectrum and its signal exchanged: the conjugate turns one direction into the other.
DIRECTION = {None: "forward", "backward": "forward", "ortho": "ortho",
             "forward": "backward"}  # fmt: skip


@composite(np.fft.hfft)
def hfft(a, n=None, axis=-1, norm=None):
    """The real spectrum of a signal of which one half is given."""
    return np.fft.irfft(np.conjugate(a), n, axis, DIRECTION.get(norm, norm))


@composite(np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None):
    """Half of the signal that has a real spectrum."""
    return np.conjugate(np.fft.rfft(a, n, axis, DIRECTION.get(norm, norm)))


# --- Along several axes: one after the other, in NumPy's order -------------------


@composite(np.fft.fftn)
def fftn(a, s=None, axes=None, norm=None):
    """`fft` along each of the axes."""
    for n, axis in reversed(sizes(a, s, axes)):
        a = np.fft.fft(a, n, axis, norm)
    return a


@composite(np.fft.ifftn)
def ifftn(a, s=None, axes=None, norm=None):
    """`ifft` along each of the axes."""
    for n, axis in reversed(sizes(a, s, axes)):
        a = np.fft.ifft(a, n, axis, norm)
    return a


@composite(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None):
    """`rfft` along the last of the axes, then `fft` along the others."""
    *others, (n, axis) = sizes(a, s, axes)
    a = np.fft.rfft(a, n, axis, norm)
    for n, axis in reversed(others):
        a = np.fft.fft(a, n, axis, norm)
    return a


@composite(np.fft.irfftn)
def irfftn(a, s=None, axes=None, norm=None):
    """`ifft` along all axes but the last, then `irfft`."""
    *others, (n, axis) = sizes(a, s, axes)
    for m, other in others:
        a = np.fft.ifft(a, m, other, norm)
    return np.fft.irfft(a, n, axis, norm)


def sizes(a, s, axes):
    """Pairs (n, axis) of an n-dimensional transform; an n of -1 means all there is."""
    if axes is None:
        axes = range(-(np.ndim(a) if s is None else len(s)), 0)
    if s is None:
        return [(None, axis) for axis in axes]
    return [
        (np.shape(a)[axis] if n == -1 else n, axis)
        for n, axis in zip(s, axes, strict=True)
    ]


# fmt: off
composite(np.fft.fft2)(  lambda a, s=None, axes=(-2, -1), norm=None:
                         np.fft.fftn(a, s, axes, norm))
composite(np.fft.ifft2)( lambda a, s=None, axes=(-2, -1), norm=None:
                         np.fft.ifftn(a, s, axes, norm))
composite(np.fft.rfft2)( lambda a, s=None, axes=(-2, -1), norm=None:
                         np.fft.rfftn(a, s, axes, norm))
composite(np.fft.irfft2)(lambda a, s=None, axes=(-2, -1), norm=None:
                         np.fft.irfftn(a, s, axes, norm))
# fmt: on
