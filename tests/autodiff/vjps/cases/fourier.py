"""Discrete Fourier transforms."""

import numpy as np

from .table import moves, row

NORMS = "backward", "ortho", "forward"
REAL_INPUT = np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn
ONE_AXIS = np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft
TWO_AXES = np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2
ANY_AXES = np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn


def check(function, *shape, **keywords):
    """A row of that call, with complex numbers where NumPy takes them."""
    row(
        function,
        lambda a: function(a, **keywords),
        shape,
        complex=function not in REAL_INPUT,
        name=f"{shape}{keywords}",
    )


for function in ONE_AXIS:
    for n in (None, 1, 3, 4, 6, 9):  # odd and even; cut off and padded
        check(function, 5, n=n)
    for norm in NORMS:
        check(function, 2, 4, norm=norm)
        check(function, 4, 3, n=7, axis=0, norm=norm)
    for axis in (0, 1, -2):
        check(function, 2, 3, 4, axis=axis)
    check(function, 3, 2, 2, n=2, axis=-3)
    check(function, 0, 3)
    check(function, 3, 0, axis=0)
    row(function, lambda a, f=function: f(a, 4, 0, "ortho"), (3, 2))
for function in TWO_AXES:
    check(function, 3, 4)
    check(function, 2, 3, 3, norm="ortho")
    check(function, 3, 4, s=(2, 6), norm="forward")
    check(function, 2, 3, 3, s=(-1, 4), axes=(2, 0))
    row(function, lambda a, f=function: f(a, (3, 4), (0, 1), "ortho"), (4, 3))
for function in ANY_AXES:
    for norm in NORMS:
        check(function, 2, 3, 4, norm=norm)
    check(function, 5)
    check(function, 2, 3, 4, axes=(0,))
    check(function, 2, 3, 4, axes=(2, 0), norm="ortho")
    check(function, 2, 3, 4, s=(3, 3), axes=(1, -3))
    check(function, 3, 4, s=(3, -1), axes=(0, 1))
    check(function, 3, 4, axes=(1, 1, 0))
    check(function, 0, 3, axes=(1,))
for function in (np.fft.fftshift, np.fft.ifftshift):
    moves(
        function,
        function,
        lambda x, f=function: f(x, 1),
        lambda x, f=function: f(x, axes=-2),
        lambda x, f=function: f(x, axes=(0, 2)),
        shape=(2, 3, 5),
    )
    moves(function, function, shape=(0, 3))
