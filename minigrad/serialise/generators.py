"""Generators of random numbers as text: their kind and the numbers of their state.

NumPy sets the state of a generator without a look at it, and some numbers in it are
places in memory. So everything that a file says is checked here.
"""

import numpy as np

from ..errors import FileError

KINDS = "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"
"""The bit generators of NumPy."""

LIMITS = {
    "state": 2**128,
    "inc": 2**128,
    "has_uint32": 2,
    "uinteger": 2**32,
    "pos": 625,  # in the 624 numbers of MT19937
    "buffer_pos": 5,  # in the 4 numbers of Philox
}
"""What the whole numbers in a state are below."""


def encode_generator(rng, place):
    """A `numpy.random.Generator` as numbers, lists and dicts.

    Raises:
        TypeError: its bit generator is not one of NumPy's.

    >>> encode_generator(np.random.default_rng(0), "rng")["bit_generator"]
    'PCG64'
    """
    kind = type(rng.bit_generator).__name__
    if kind not in KINDS or type(rng.bit_generator) is not getattr(np.random, kind):
        raise TypeError(
            f"save: the generator at {place} has the bit generator {kind}, and only "
            f"those of NumPy can be saved: {', '.join(KINDS)}."
        )
    return _as_lists(rng.bit_generator.state)


def _as_lists(x):
    if isinstance(x, dict):
        return {key: _as_lists(part) for key, part in x.items()}
    return x.tolist() if isinstance(x, np.ndarray) else x


def decode_generator(state):
    """A new generator in the state that `encode_generator` has written down.

    Raises:
        FileError: that is no state of a generator.

    >>> rng = decode_generator(encode_generator(np.random.default_rng(7), "rng"))
    >>> rng.random() == np.random.default_rng(7).random()
    True
    """
    kind = state.get("bit_generator")
    if kind not in KINDS:
        raise FileError(f"the kind of a generator is {kind!r}.")
    fresh = getattr(np.random, kind)(0)
    fresh.state = _checked(state, fresh.state, "bit_generator")
    return np.random.Generator(fresh)


def _checked(given, like, name):
    """What is given, in the form of `like`: dicts, arrays, numbers and strings."""
    if isinstance(like, dict):
        if not isinstance(given, dict) or given.keys() != like.keys():
            raise FileError(f"the state of a generator has the wrong parts in {name}.")
        return {key: _checked(given[key], like[key], key) for key in like}
    if isinstance(like, np.ndarray):
        return _array(given, like, name)
    if isinstance(like, str):
        return like
    if type(given) is not int or not 0 <= given < LIMITS[name]:
        raise FileError(f"the state of a generator has {name}={str(given)[:40]}.")
    if name == "inc" and given % 2 == 0:
        raise FileError("the state of a generator has an even increment.")
    return given


def _array(given, like, name):
    limit = 2 ** (8 * like.itemsize)
    whole = isinstance(given, list) and len(given) == len(like)
    if not whole or any(type(n) is not int or not 0 <= n < limit for n in given):
        raise FileError(f"the state of a generator has other numbers in {name}.")
    if like.size == 624 and not any(given):
        raise FileError("the state of a generator is zero, and would stay so.")
    return np.array(given, like.dtype)
