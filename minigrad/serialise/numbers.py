"""Numbers as JSON has them, and those that it has not: NaN, infinity, complex ones."""

from math import isfinite
from numbers import Integral

import numpy as np

from ..errors import FileError

NOT_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
KINDS = "?bBhHiIlLqQefdFD"  # of NumPy's numbers


def is_number(x):
    """Whether `encode_number` has a way to write it."""
    if isinstance(x, np.generic):
        return x.dtype.char in KINDS
    return isinstance(x, Integral | float | complex)


def encode_number(x):
    """A number as JSON can hold it; strings and None as they are.

    >>> encode_number(0.5), encode_number(float("inf")), encode_number(np.float32(2))
    (0.5, {'float': 'inf'}, {'scalar': '<f4', 'value': 2.0})
    """
    if isinstance(x, np.generic) and not isinstance(x, np.str_):
        return {"scalar": x.dtype.str, "value": encode_number(x.item())}
    if x is None or isinstance(x, bool | str):
        return x
    if isinstance(x, complex):
        return {"complex": [encode_number(x.real), encode_number(x.imag)]}
    if isinstance(x, Integral):
        return int(x)
    x = float(x)
    return x if isfinite(x) else {"float": str(x)}


def decode_number(node):
    """The number that `encode_number` has written down.

    Raises:
        FileError: there is no number.

    >>> decode_number({"complex": [1.0, {"float": "-inf"}]})
    (1-infj)
    """
    match node:
        case None | bool() | int() | float() | str():
            return node
        case {"float": str(text)} if text in NOT_FINITE:
            return NOT_FINITE[text]
        case {"complex": [real, imag]}:
            return complex(decode_number(real), decode_number(imag))
        case {"scalar": str(text), "value": value} if len(text) <= 4:
            dtype = np.dtype(text)
            if dtype.char in KINDS:
                return dtype.type(decode_number(value))
    raise FileError(f"{str(node)[:60]} is no number.")
