"""Dictionaries whose keys are arrays, told apart by identity and not by numbers."""

from collections.abc import Mapping, MutableMapping

from ..errors import described
from .param import array_of


class IdMapping(Mapping):
    """A dictionary from arrays, by identity, that is only to be read."""

    def __init__(self, pairs=()):
        self._held = {id(array_of(x)): (x, value) for x, value in pairs}

    def __getitem__(self, x):
        try:
            return self._held[id(array_of(x))][1]
        except KeyError:
            shape = getattr(x, "shape", None)
            what = described(x) if shape is None else f"this array of shape {shape}"
            raise KeyError(
                f"There is nothing about {what}. Keys are arrays themselves: another "
                f"array with the same numbers is another key."
            ) from None

    def __contains__(self, x):
        return id(array_of(x)) in self._held

    def __iter__(self):
        return (x for x, _ in self._held.values())

    def __len__(self):
        return len(self._held)

    def __repr__(self):
        pairs = (f"{x!r}: {value!r}" for x, value in self._held.values())
        return f"{type(self).__name__}({{{', '.join(pairs)}}})"


class IdDict(IdMapping, MutableMapping):
    """A dictionary from arrays, by identity: what an optimiser remembers of each.

    Like a dictionary otherwise: `get`, `setdefault`, `items`, ... A `Param` and the
    array it is a view of are one key.

    Args:
        pairs: pairs of an array and a value.

    >>> import numpy as np
    >>> velocity, x = IdDict(), np.ones(2)
    >>> velocity.setdefault(x, np.zeros(2))
    array([0., 0.])
    >>> x in velocity, np.ones(2) in velocity
    (True, False)
    """

    def __setitem__(self, x, value):
        self._held[id(array_of(x))] = x, value

    def __delitem__(self, x):
        self[x]  # or the sentence
        del self._held[id(array_of(x))]
