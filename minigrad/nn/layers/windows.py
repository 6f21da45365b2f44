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


def per_axis(layer, name, value, axes, least=1):
    """A number for each axis of the window; of padding there may be two."""
    numbers = value if isinstance(value, tuple) else (value,) * axes
    pad = name == "pad"
    whole = all(isinstance(n, Integral) and n >= least for n in numbers)
    if not whole or len(numbers) not in ({axes, 2 * axes} if pad else {axes}):
        more = (
            ", two for each (before, after, before, ...), or SamePad()" if pad else ""
        )
        raise ShapeError(
            f"{layer}({name}={value!r}): {name} must be a whole number of {least} or "
            f"more, or a tuple with one for each axis of the window{more}. There "
            f"{'is 1 axis' if axes == 1 else f'are {axes} axes'}."
        )
    return tuple(map(int, numbers))


def spans(kernel, dilation):
    """From the first number of a window to its last, along each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def padding(layer, pad, kernel, same):
    """How much to pad before and after each axis: (before, after, before, ...).

    `same` is how much that is in all, axis by axis, for `SamePad`.
    """
    if isinstance(pad, SamePad):
        if min(same) < 0:
            raise ShapeError(
                f"{layer}(pad=SamePad()): its window must span as much as the stride, "
                f"and spans less."
            )
        return tuple(part for n in same for part in (ceil(n / 2), n // 2))
    numbers = per_axis(layer, "pad", pad, len(kernel), least=0)
    if len(numbers) > len(kernel):
        return numbers
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
            f"{layer!r}: its window spans {spans(kernel, dilation)}, more than the "
            f"input, which is {steps.space} with its padding. Pad more (pad=...), or "
            f"take a smaller window, or fewer layers that make the input smaller."
        )
    return steps
