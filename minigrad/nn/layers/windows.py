"""Windows: their steps, and the padding around what they slide over."""

from math import ceil
from numbers import Integral

import numpy as np

from ...errors import ShapeError
from ..convolution import Steps


class SamePad:
    """As much padding as keeps the size: `pad=SamePad()`.

    With a stride of 1 the output is as large as the input; with another, it is the
    input divided by the stride, rounded up. Of an odd padding, more is put before.

    >>> from minigrad import Conv
    >>> Conv((3, 3), 1, 8, pad=SamePad())(np.ones((1, 28, 28, 1), np.float32)).shape
    (1, 28, 28, 8)
    """

    def __repr__(self):
        return "SamePad()"


def per_axis(layer, name, value, kernel, least=1):
    """A number for each axis of the window."""
    numbers = value if isinstance(value, tuple) else (value,) * len(kernel)
    whole = all(isinstance(n, Integral) and n >= least for n in numbers)
    if not whole or len(numbers) != len(kernel):
        raise ShapeError(
            f"{layer}({name}={value!r}): {name} must be a whole number of {least} or "
            f"more, or a tuple with one for each axis of the window {kernel}."
        )
    return tuple(map(int, numbers))


def padding(layer, pad, kernel, dilation):
    """How much to pad before and after each axis: (before, after, before, ...)."""
    if isinstance(pad, SamePad):
        missing = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple(part for n in missing for part in (ceil(n / 2), n // 2))
    if isinstance(pad, tuple) and len(pad) == 2 * len(kernel):
        return per_axis(layer, "pad", pad, kernel * 2, least=0)
    numbers = per_axis(layer, "pad", pad, kernel, least=0)
    return tuple(part for n in numbers for part in (n, n))


def padded(x, pad, value=0):
    """`x` with numbers around it: (before, after) for each of the inner axes."""
    if not any(pad):
        return x
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    return np.pad(x, [(0, 0), *pairs, (0, 0)], constant_values=value)


def uniform(numbers):
    """One number for a tuple of equal ones."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def steps_over(layer, x, kernel, stride, dilation, groups=1):
    """Where the windows of a layer are in `x`, or a sentence that there are none."""
    steps = Steps(x.shape[1:-1], stride, dilation, groups)
    if min(steps.places(kernel)) < 1:
        raise ShapeError(
            f"{layer!r}: its window is larger than the input, which is {x.shape[1:-1]} "
            f"with its padding."
        )
    return steps
