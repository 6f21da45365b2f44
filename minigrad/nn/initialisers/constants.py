"""Initialisers without chance: zeros, ones, and the identity."""

from operator import index

import numpy as np

from .shapes import initialiser


@initialiser
def zeros(*shape, rng=None, dtype=np.float32):
    """All 0. `rng` is taken, as every initialiser does, and left alone.

    >>> zeros(2)
    array([0., 0.], dtype=float32)
    """
    return np.zeros(shape, dtype)


@initialiser
def ones(*shape, rng=None, dtype=np.float32):
    """All 1. `rng` is taken, as every initialiser does, and left alone.

    >>> ones(1, 2)
    array([[1., 1.]], dtype=float32)
    """
    return np.ones(shape, dtype)


@initialiser
def identity_init(*shape, gain=1.0, shift=0, rng=None, dtype=np.float32):
    """The identity times `gain`: a layer that starts by handing on what it gets.

    With `gain=1` and as many outputs as inputs; else the rest is 0. Useful where
    layers are added to a model that is trained already.

    Args:
        shape: (out, in) of a matrix gives ones on the diagonal; (out, in, *window) of
            a convolution, whose window has odd sizes and is padded to keep the size,
            ones in the middle of the window; (n,) of a bias, zeros.
        gain: the number in place of 1.
        shift: a whole number, by how much the result is rolled along its first axis,
            or a tuple of them, one for each of the first axes.
        rng: taken, as every initialiser does, and left alone.
        dtype: of the result.

    Returns, raises: as `glorot_uniform`.

    >>> identity_init(2, 3)
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    >>> identity_init(2, 3, shift=(0, 1))
    array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    x = np.zeros(shape, dtype)
    if len(shape) > 1:
        diagonal = np.arange(min(shape[:2]))
        middle = tuple((size - 1) // 2 for size in shape[2:])
        x[diagonal, diagonal, *middle] = gain
    for axis, by in enumerate(shift if isinstance(shift, tuple) else (shift,)):
        x = np.roll(x, index(by), axis) if index(by) else x
    return x
