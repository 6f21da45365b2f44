"""Walks over models that list the arrays in them, each once, with all its places."""

import numpy as np

from ..arrays import overlaps_itself, plain
from ..functors import is_leaf, is_object, trainable
from ..optimise.state import doubt_if_unmarked
from ..sharing import Parameters
from ..walks import KeyPath
from .param import Param, array_of
from .places import Place, Step, is_changeable


class Entry:
    """One parameter.

    Attributes:
        given: the array as the user has it: plain, a `Param`, or a tracked value of an
            explicit gradient.
        array: the same, but never a `Param`.
        places: where it stands in models, and where transposed views of it do.
    """

    __slots__ = ("array", "given", "places")

    def __init__(self, given):
        self.given, self.array, self.places = given, array_of(given), []

    @property
    def name(self):
        """How messages call it: by its first place, or by its shape."""
        path = next((place.path for place in self.places if place.path), "")
        return str(path) or f"the array of shape {self.array.shape}"


class Collector:
    """Notes each array once.

    Attributes:
        entries: a list of `Entry`.
        known: a `Parameters` that finds the entry of an array.
        doubts: sentences on what may not have been meant.
    """

    def __init__(self):
        self.entries, self.known, self.doubts = [], Parameters(), []

    def collect(self, x):
        """Note all that is in one of the things given to `params`."""
        if type(x) is list and x and all(map(np.isscalar, x)):
            self.doubts.append(
                f"params was given the list {x!r} of numbers, which is no array, so it "
                f"is left out. Write param({x!r})."
            )
        try:
            self._walk(x, KeyPath(), (), True)
        except RecursionError:
            raise ValueError(
                "The model contains itself, and models are trees: take the reference "
                "that leads back out of it."
            ) from None

    def _walk(self, x, path, steps, loose):
        if isinstance(plain(x), np.ndarray):
            if plain(x).dtype.kind in "fciub":
                self.add(x, Place(path, steps, isinstance(x, Param), loose))
        elif is_leaf(x):
            self.doubts += doubt_if_unmarked(x, path)
        else:
            loose = loose and not is_object(x)
            for key, child in trainable(x).items():
                below = steps
                if is_changeable(x):
                    below = (*steps, Step(x, key, path / key))
                    child = below[-1].child
                self._walk(child, path / key, below, loose)

    def add(self, x, place):
        """Note an array, or one more place of it."""
        found = self.known.find(x)
        entry = self._new(x, place) if found is None else found[0]
        if isinstance(x, Param) and x.array is entry.array:
            entry.given = x
        entry.places.append(place)

    def _new(self, x, place):
        if overlaps_itself(plain(x)):
            raise ValueError(
                f"The array at {place.path.place} has numbers that share memory with "
                f"each other, as broadcasting makes them. Take a copy: x.copy()."
            )
        partly = self.known.overlapping(x)
        if partly is not None:
            raise ValueError(
                f"The array at {place.path.place} shares memory with another one, "
                f"{partly.name}, so an update of one would change the other. Give one "
                f"of them, or a copy: x.copy()."
            )
        entry = Entry(x)
        self.known.add(x, entry)
        self.entries.append(entry)
        return entry
