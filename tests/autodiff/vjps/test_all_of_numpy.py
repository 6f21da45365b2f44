"""All of NumPy: whatever has no derivative here is named, with the reason."""

import numpy as np
import pytest

from minigrad import NoGradientError, gradient
from minigrad.autodiff.operations import full_name
from minigrad.autodiff.registry import OPERATIONS

BITS = "works on the bits of whole numbers"
WHOLE = "works on whole numbers"
DATES = "works on dates"
COUNTS = "counts do not change smoothly; sums of weights are np.bincount's"
FILES = "writes files, which are done with plain numbers"

WITHOUT = {
    "numpy.bitwise_and": BITS,
    "numpy.bitwise_count": BITS,
    "numpy.bitwise_or": BITS,
    "numpy.bitwise_xor": BITS,
    "numpy.invert": BITS,
    "numpy.left_shift": BITS,
    "numpy.right_shift": BITS,
    "numpy.packbits": BITS,
    "numpy.unpackbits": BITS,
    "numpy.gcd": WHOLE,
    "numpy.lcm": WHOLE,
    "numpy.isnat": DATES,
    "numpy.busday_count": DATES,
    "numpy.busday_offset": DATES,
    "numpy.is_busday": DATES,
    "numpy.datetime_as_string": DATES,
    "numpy.save": FILES,
    "numpy.savetxt": FILES,
    "numpy.savez": FILES,
    "numpy.savez_compressed": FILES,
    "numpy.histogram2d": COUNTS,
    "numpy.histogramdd": COUNTS,
    "numpy.i0": "its derivative, the Bessel function I1, is not in NumPy",
}


def functions():
    """Every ufunc, and every function that asks its arguments before it works."""
    for module in (np, np.linalg, np.fft):
        for name in module.__all__:
            function = getattr(module, name)
            if isinstance(function, np.ufunc) or hasattr(function, "_implementation"):
                yield function


def test_what_has_no_derivative_is_known():
    missing = {full_name(f) for f in functions() if f not in OPERATIONS}
    assert missing == set(WITHOUT)


@pytest.mark.parametrize("function", [np.i0, np.packbits, np.invert])
def test_what_has_no_derivative_says_so(function):
    name = full_name(function)
    with pytest.raises(NoGradientError, match=f"{name} has no vjp here.*minigrad.vjp"):
        gradient(lambda x: function(x).sum(), np.ones(3))
