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

from .fastpaths import are_on
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

    In the code, node number 3 is `t3`, its copy `c3`, and its mirror image `m3`. What
    is no name or number is a constant, `k0`, `k1`, ...
    """

    def __init__(self, wanted):
        self.wanted, self.places, self.leaves, self.nodes = wanted, [], [], 1
        self.names = {"new": object.__new__, "make": tuple.__new__}
        self.apart, self.copies, self.images = [], [], []

    def walk(self, tree, me, path):
        """Write what is done with `tree`, called `me`; the names of copy and image."""
        cls, kind = type(tree), kind_of(type(tree))
        if kind is None:
            return self._leaf(cls, me, path)
        if not path:
            self.apart.append(f"if type({me}) is not {self._constant(cls)}: return")
        names, copies, images = self._unpacked(tree, kind, me), {}, {}
        for key, child in children(tree).items():
            copies[key], images[key] = self.walk(child, names[key], (*path, key))
        self.copies += self._copy(f"c{me[1:]}", tree, kind, names | copies)
        if set(images.values()) <= {"None"}:
            return f"c{me[1:]}", "None"
        empty = " is ".join(i for i in images.values() if i != "None") + " is None"
        image = f"None if {empty} else {self._image(tree, kind, images)}"
        self.images.append(f"m{me[1:]} = {image}")
        return f"c{me[1:]}", f"m{me[1:]}"

    def _leaf(self, cls, me, path):
        if cls is self.wanted:
            self.places.append(path)
            self.leaves.append(me)
            return f"x{me[1:]}", f"x{me[1:]}"
        if hasattr(cls, "__tracked_value__") or issubclass(cls, NUMBERS):
            raise NoPattern
        return me, "None"

    def _unpacked(self, tree, kind, me):
        """Write what looks at the children and names them; return the names, by key."""
        if kind is OBJECT:
            if not has_plain_fields(tree) or children(tree).keys() - vars(tree):
                raise NoPattern
            found, held = vars(tree), f"{me}.__dict__"
        elif kind is NAMED or type(tree) in (tuple, list, dict):
            found, held = children(tree), me
        else:
            raise NoPattern
        names = {key: f"t{n}" for n, key in enumerate(found, self.nodes)}
        self.nodes += len(names)
        if not names:
            self.apart.append(f"if {held}: return")
            return names
        parts = children(tree)
        types = self._constant([type(part) for part in parts.values()])
        if kind is OBJECT or type(tree) is dict:
            keys, values = self._constant([*found]), f"{held}.values()"
            mine = self._sequence({key: names[key] for key in parts}, "()")
            self._unpack(f"[*{held}] != {keys}", names, values)
            self.apart.append(f"if [*map(type, {mine})] != {types}: return")
        else:
            self._unpack(f"[*map(type, {held})] != {types}", names, held)
        return names

    def _unpack(self, unlike, names, values):
        # Children are compared at once: `map` does it in C, node by node takes Python.
        self.apart.append(f"if {unlike}: return")
        self.apart.append(f"{self._sequence(names, '  ')[1:-1]}= {values}")

    def _copy(self, copy, tree, kind, parts):
        """The lines that make the tree with other parts, as `rebuild` does."""
        if kind is OBJECT:
            made = f"{copy} = new({self._constant(type(tree))})"
            return [made, f"{copy}.__dict__ = {self._mapping(parts)}"]
        return [f"{copy} = {self._container(tree, kind, parts)}"]

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
        old = "".join(f"{leaf}, " for leaf in self.leaves)
        bind = [old.replace("t", "x") + "= leaves"] if old else []
        takes = [line for line in self.apart if not line.startswith("if")]
        bodies = {
            "leaves(t0)": [*self.apart, f"return ({old})"],
            "rebuilt(t0, leaves)": [*takes, *bind, *self.copies, f"return {copy}"],
            "mirrored(leaves)": [*bind, *self.images, f"return {image}"],
        }
        functions = (
            f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)
            for head, lines in bodies.items()
        )
        return "\n\n".join(functions)


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
    if kind_of(cls) is None or not are_on():
        return None
    known = _known(cls, wanted)
    for pattern in known.patterns:
        leaves = pattern.leaves(tree)
        if leaves is not None:
            return pattern, leaves
    known.add(tree, wanted)
    return None
