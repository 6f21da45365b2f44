"""A file against what it is loaded into: models, state trees, generators."""

from copy import deepcopy
from numbers import Number

import numpy as np

from ..errors import DomainError, FileError
from ..optimise.contract import arrays_in, rules_within
from ..optimise.state import Leaf
from ..sharing import Parameters
from .coding import parts_of
from .decoding import Stored, is_alike
from .matching import Matching
from .rules import KNOWN


class Resuming(Matching):
    """A file and what it is loaded into, compared place by place.

    Attributes:
        leaves: by the id of a `Leaf`: the leaf, what was stored of it, and its rule.
        generators: `(generator, that of the file, place)` for each generator.
        settings: what differs and stays as it is, as text.
    """

    here, there = "the program", "the file"

    def __init__(self):
        super().__init__()
        self.leaves, self.generators, self.settings = {}, [], []
        self._sources = Parameters()  # arrays of the file, with their places

    def parts(self, x):
        """Children, and generators."""
        return parts_of(x)

    def fits(self, dst, src):
        """Only the very same dtype: otherwise training would not go on as before."""
        return dst.dtype == src.dtype

    def takes(self, x):
        """Whether something without parts can be loaded into."""
        return isinstance(x, np.ndarray | Leaf | np.random.Generator)

    def counts(self, x):
        """Arrays, and leaves of state trees."""
        return super().counts(x) or isinstance(x, Leaf | Stored)

    def match_leaves(self, dst, src, path):
        """The same for leaves of state trees, generators and settings."""
        if isinstance(dst, Leaf) and isinstance(src, Stored):
            self._match_states(dst, src, path)
        elif isinstance(dst, np.random.Generator) or _is_generator(src):
            self._match_generators(dst, src, path)
        else:
            self._match_others(dst, src, path)

    def _match_others(self, dst, src, path):
        if _what(dst) != _what(src) and _what(dst) and _what(src):
            self.other.append(
                f"{path.place} is {_what(src)} in the file and {_what(dst)} in the "
                f"program"
            )
            return
        super().match_leaves(dst, src, path)
        if _is_setting(dst) and _is_setting(src) and not _alike(dst, src):
            if path[-1:] != ("active",):  # the mode that the model is in by chance
                self.settings.append(f"{path.place} is {src!r}, and here {dst!r}")

    def _match_arrays(self, dst, src, path):
        before = len(self.copies)
        super()._match_arrays(dst, src, path)
        for _, new, place in self.copies[before:]:
            known = self._sources.find(new)
            if known:
                self._untied(known[0], place, "array")
            else:
                self._sources.add(new, place)

    def _untied(self, first, second, what):
        self.settings.append(
            f"{first.place} and {second.place} are one {what}, and here two"
        )

    def lacking(self, x, path, places):
        """A generator on one side only is a setting that differs."""
        if _is_generator(x):
            one = "the model" if places is self.missing else "the file"
            self.settings.append(f"{path.place}, a generator, is only in {one}")
        else:
            super().lacking(x, path, places)

    def _match_generators(self, dst, src, path):
        if not (_is_generator(dst) and _is_generator(src)):
            if len(path) == 1:
                self.other.append(f"{path.place} is a generator on one side only")
            self.lacking(src, path, self.extra)
            self.lacking(dst, path, self.missing)
            return
        kinds = [type(rng.bit_generator).__name__ for rng in (src, dst)]
        if kinds[0] != kinds[1]:
            self.other.append(
                f"{path.place} is a {kinds[0]} in the file and a {kinds[1]} in the "
                f"program"
            )
        for one, other, place in self.generators:
            if one is dst and other is not src:
                self.other.append(
                    f"{place.place} and {path.place} are one generator in the program "
                    f"and two in the file"
                )
            elif one is not dst and other is src:
                self._untied(place, path, "generator")
        self.generators.append((dst, src, path))

    def _match_states(self, leaf, stored, path):
        if id(leaf) in self.leaves:
            if self.leaves[id(leaf)][1] is not stored:
                self.other.append(f"{path.place} is shared only in the program")
            return
        try:
            rule = stored.rule(leaf.rule)
        except (FileError, TypeError, DomainError) as error:
            self.other.append(f"the rule at {path.place}: {error}")
            return
        self.leaves[id(leaf)] = leaf, stored, rule
        kinds = [_kinds(rule), _kinds(leaf.rule)]
        if kinds[0] != kinds[1]:
            self.other.append(
                f"the rule at {path.place} is {rule!r} in the file and {leaf.rule!r} "
                f"in the program"
            )
        elif stored.shape != leaf.shape or not _remembers(leaf, stored):
            self.other.append(
                f"the state at {path.place} is {_form(stored)} in the file and "
                f"{_form(leaf)} in the program"
            )

    def carry_out(self):
        """Copy arrays, put rules and states in place, set generators."""
        super().carry_out()
        for leaf, stored, rule in self.leaves.values():
            leaf.rule, leaf.state = rule, deepcopy(stored.state)
            leaf.frozen = stored.frozen
        for dst, src, _ in self.generators:
            dst.bit_generator.state = src.bit_generator.state


def _is_generator(x):
    return isinstance(x, np.random.Generator)


def _what(x):
    """What must be on both sides, by its kind; or None."""
    if isinstance(x, np.ndarray):
        return "an array"
    return "the Leaf of a state tree" if isinstance(x, Leaf | Stored) else None


def _is_setting(x):
    return x is None or isinstance(x, Number | np.generic | str)


def _alike(x, y):
    """Whether two settings are equal; so is what is no number to itself."""
    return x == y or (x != x and y != y)


def _kinds(rule):
    """What a rule is made of, without its numbers."""
    return [type(part).__name__ for part in rules_within(rule)]


def _form(leaf):
    """The shape of a parameter, and the dtypes of what is remembered of it."""
    dtypes = sorted({array.dtype.name for array in arrays_in(leaf.state)})
    return f"of shape {leaf.shape} ({', '.join(dtypes) or 'no arrays'})"


def _remembers(leaf, stored):
    """Whether a state is one that the rule of a leaf can go on from.

    What the rule of a user remembers is known to it alone.
    """
    if any(KNOWN.get(type(p).__name__) is not type(p) for p in rules_within(leaf.rule)):
        return True
    if not is_alike(stored.state, leaf.state):
        return False
    pairs = zip(arrays_in(stored.state), arrays_in(leaf.state), strict=True)
    return all(a.dtype == b.dtype for a, b in pairs)
