"""Walks over trees that always look the same, written down as Python.

A model in training is taken apart and put together again in every step, and has the
same classes, fields and places for arrays each time. To ask every node what it is
takes longer than the arithmetic of a small network. So the pattern of a tree that
comes again is written down as straight code, which asks only whether the tree still
has this pattern. If it does not, the general walks (`functors`) do the work, with the
same result: a reader can leave this module out. `print(pattern.text)` shows the code.
"""

from functools import cache

import numpy as np

from .functors import (
    MAPPING,
    NAMED,
    OBJECT,
    children,
    has_plain_fields,
    kind_of,
    record_type,
)

WORTH, MOST = 3, 8
"""Of every type the third tree that has no pattern gets one; so many are kept."""

NUMBERS = float, complex, np.generic, np.ndarray
"""Leaves that `gradient` may differentiate, and that are no plain arrays."""


class Pattern:
    """What trees with the same containers, and leaves of the same types, share.

    Attributes:
        text: the three functions, as Python.
        places: the path of each wanted leaf, as a tuple of keys.
        leaves: takes a tree, and returns the tuple of its wanted leaves; None if the
            tree has another pattern.
        rebuilt: takes a tree and new leaves; returns a copy with these.
        mirrored: takes new leaves; returns them in the structure of the tree, objects
            as named tuples, with None for other leaves and for what holds no wanted.
    """

    __slots__ = ("leaves", "mirrored", "places", "rebuilt", "text")

    def __init__(self, tree, wanted):
        writer = Writer(wanted)
        copy, image = writer.walk(tree, "t0", ())
        self.places = tuple(writer.places)
        self.text = writer.text(copy, image)
        exec(compile(self.text, "<a pattern of minigrad>", "exec"), writer.names)
        self.leaves, self.rebuilt, self.mirrored = (
            writer.names[name] for name in ("leaves", "rebuilt", "mirrored")
        )


class NoPattern(Exception):
    """A tree has something that only the general walks can handle."""


class Writer:
    """Writes the functions of a pattern while it walks over an example.

    In the code, node number 3 is `t3`, its copy `c3`, its mirror image `m3`; the wanted
    leaves are `x0`, `x1`, ...; what is no name or number is a constant: `k0`, `k1`, ...
    """

    def __init__(self, wanted):
        self.wanted, self.places, self.nodes = wanted, [], 1
        self.names = {"twin": _twin, "make": tuple.__new__}
        self.apart, self.copies, self.images = [], [], []

    def walk(self, tree, me, path):
        """Write what is done with `tree`, called `me`; the names of copy and image."""
        cls, kind = type(tree), kind_of(type(tree))
        self.apart.append(f"if type({me}) is not {self._constant(cls)}: return")
        if cls is self.wanted:
            self.places.append(path)
            name = f"x{len(self.places) - 1}"
            self.apart.append(f"{name} = {me}")
            return name, name
        if kind is None:
            if hasattr(cls, "__tracked_value__") or issubclass(cls, NUMBERS):
                raise NoPattern
            return me, "None"
        source = self._source(tree, kind, me)
        copies, images = {}, {}
        for position, (key, child) in enumerate(children(tree).items()):
            name, self.nodes = f"t{self.nodes}", self.nodes + 1
            at = position if kind is NAMED else self._literal(key)
            self.apart.append(f"{name} = {source}[{at}]")
            copies[key], images[key] = self.walk(child, name, (*path, key))
        self.copies.append(f"c{me[1:]} = {self._copy(tree, kind, me, copies)}")
        if set(images.values()) <= {"None"}:
            return f"c{me[1:]}", "None"
        empty = " is ".join(i for i in images.values() if i != "None") + " is None"
        image = f"None if {empty} else {self._image(tree, kind, images)}"
        self.images.append(f"m{me[1:]} = {image}")
        return f"c{me[1:]}", f"m{me[1:]}"

    def _source(self, tree, kind, me):
        """What the children of `tree` are taken from; check that they are the same."""
        if kind is OBJECT:
            if not has_plain_fields(tree) or children(tree).keys() - vars(tree):
                raise NoPattern
            known = self._constant([*vars(tree)])
            self.apart.append(f"if [*{me}.__dict__] != {known}: return")
            return f"{me}.__dict__"
        if kind is not NAMED and type(tree) not in (tuple, list, dict):
            raise NoPattern
        if kind is MAPPING:
            self.apart.append(f"if [*{me}] != {self._constant([*tree])}: return")
        else:
            self.apart.append(f"if len({me}) != {len(tree)}: return")
        return me

    def _copy(self, tree, kind, me, parts):
        """The tree with other parts, as `rebuild` makes it."""
        if kind is OBJECT:
            return f"twin({me}, {self._mapping(parts)})"
        return self._container(tree, kind, parts)

    def _image(self, tree, kind, parts):
        """The parts in the structure of the tree, as gradients have it."""
        if kind is OBJECT:
            record = record_type(type(tree).__name__, tuple(parts))
            return f"make({self._constant(record)}, {self._sequence(parts, '()')})"
        return self._container(tree, kind, parts)

    def _container(self, tree, kind, parts):
        if kind is MAPPING:
            return self._mapping(parts)
        if kind is NAMED:
            return f"{self._constant(type(tree))}._make({self._sequence(parts, '()')})"
        return self._sequence(parts, "[]" if type(tree) is list else "()")

    def _mapping(self, parts):
        pairs = (f"{self._literal(key)}: {part}" for key, part in parts.items())
        return "{" + ", ".join(pairs) + "}"

    def _sequence(self, parts, brackets):
        return brackets[0] + "".join(f"{p}, " for p in parts.values()) + brackets[1]

    def _literal(self, key):
        return repr(key) if type(key) in (int, str) else self._constant(key)

    def _constant(self, value):
        for name, known in self.names.items():
            if known is value:
                return name
        said = getattr(value, "__name__", "")
        name = f"k{len(self.names)}" + (f"_{said}" if said.isidentifier() else "")
        self.names[name] = value
        return name

    def text(self, copy, image):
        """The three functions."""
        names = "".join(f"x{i}, " for i in range(len(self.places)))
        bind = [f"{names}= leaves"] if names else []
        takes = [line for line in self.apart if not line.startswith(("if", "x"))]
        bodies = {
            "leaves(t0)": [*self.apart, f"return ({names})"],
            "rebuilt(t0, leaves)": [*takes, *bind, *self.copies, f"return {copy}"],
            "mirrored(leaves)": [*bind, *self.images, f"return {image}"],
        }
        functions = (
            f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)
            for head, lines in bodies.items()
        )
        return "\n\n".join(functions)


_new = object.__new__


def _twin(x, fields):
    """A copy of an object with some other fields, as `rebuild` makes it."""
    twin = _new(type(x))
    twin.__dict__.update(x.__dict__)
    twin.__dict__.update(fields)
    return twin


# --- Patterns that are known -------------------------------------------------------


class Known:
    """The patterns of trees of one type."""

    __slots__ = ("misses", "patterns", "worth")

    def __init__(self):
        self.patterns, self.misses, self.worth = [], 0, WORTH

    def add(self, tree, wanted):
        """Count a tree without a pattern; write one if that has become worth it."""
        self.misses += 1
        if self.misses < self.worth:
            return
        # Where trees differ all the time, patterns are written ever less often.
        self.misses, self.worth = 0, 2 * self.worth
        try:
            self.patterns = [*self.patterns, Pattern(tree, wanted)][-MOST:]
        except (NoPattern, RecursionError):
            pass


@cache
def _known(cls, wanted):
    return Known()


def taken_apart(tree, wanted=np.ndarray):
    """`(pattern, leaves)` of a tree, or None where the general walks are needed."""
    cls = type(tree)
    if kind_of(cls) is None:
        return None
    known = _known(cls, wanted)
    for pattern in known.patterns:
        leaves = pattern.leaves(tree)
        if leaves is not None:
            return pattern, leaves
    known.add(tree, wanted)
    return None
