"""From a text and arrays back to the tree: see `coding`.

Whatever is read may come from anywhere. It is taken apart by `match`, and what is not
exactly as `coding` writes it is refused. Nothing is looked up by a name from a file
but NumPy's own generators and minigrad's own rules.
"""

import re
from math import prod

import numpy as np

from ..errors import FileError
from ..optimise.state import Leaf
from ..walks import KeyPath
from .coding import DEPTH, SCHEMA, Kinds, name_of
from .generators import decode_generator
from .numbers import decode_number
from .rules import decode_rule

DTYPE = re.compile(r"[<>|][biufcUS][1-9][0-9]{0,9}")
"""How NumPy writes the dtypes that can be saved."""


class StoredRule:
    """A rule as the file has it.

    Attributes:
        rules: all rules of the file.
        place: its place among them.
    """

    def __init__(self, rules, place):
        self.rules, self.place = rules, place

    def rule(self, like=None):
        """The rule; what a user has written in it is taken from `like`."""
        return self.rules.rule(self.place, like)


class Stored(StoredRule):
    """A `Leaf` as the file has it, whose rule is made when it is asked for.

    Attributes:
        state, frozen, shape: as in `Leaf`.
    """

    def __init__(self, rules, place, state, frozen, shape):
        super().__init__(rules, place)
        self.state, self.frozen, self.shape = state, frozen, shape


class Rules:
    """The rules of a file; each is made once, so leaves share it as they did."""

    def __init__(self, texts):
        self._texts, self._made = texts, {}

    def rule(self, place, like=None):
        """The rule at a place, made with the help of `like`."""
        if type(place) is not int or not 0 <= place < len(self._texts):
            raise FileError(f"there is no rule {str(place)[:40]}.")
        key = place, id(like)
        if key not in self._made:  # `like` is kept, so that its id stays taken
            self._made[key] = decode_rule(self._texts[place], like), like
        return self._made[key][0]


def decode(text, parts):
    """The trees in a file, by name; `Stored` stands for `Leaf`, `StoredRule` for rules.

    Args:
        text: what was read as JSON.
        parts: from names of arrays to functions that give `(dtype, shape, order,
            bytes)`.

    Raises:
        FileError: it is not as minigrad writes it.
    """
    match text:
        case {"format": "minigrad", "schema": int(schema)} if schema > SCHEMA:
            raise FileError(
                f"it is from a newer minigrad: it has the schema {schema}, and this "
                f"one reads {SCHEMA}. Update minigrad."
            )
        case {
            "format": "minigrad",
            "schema": 1,
            "rules": list(rules),
            "tree": dict(tree),
        }:
            decoder = Decoder(Rules(rules), parts)
        case _:
            raise FileError("minigrad has not written it.")
    things = {k: decoder.decode(node, KeyPath((k,))) for k, node in tree.items()}
    left = [name for name in parts if name not in decoder.known]
    if left:
        raise FileError(f"it has arrays that belong nowhere, such as {left[0][:60]!r}.")
    return things


class Decoder:
    """What has been read so far.

    Attributes:
        known: arrays, generators and leaves, by the name of their first place.
    """

    def __init__(self, rules, parts):
        self.rules, self.parts, self.known = rules, parts, {}
        self._kinds = Kinds()

    def decode(self, node, path):
        """The tree that a text stands for."""
        if len(path) > DEPTH:
            raise FileError("it is nested too deeply.")
        match node:
            case list():
                return [self.decode(part, path / i) for i, part in enumerate(node)]
            case {"tuple": list(nodes)}:
                return tuple(self.decode(p, path / i) for i, p in enumerate(nodes))
            case {"dict": list(pairs)}:
                return self._pairs(pairs, path, (str, int, bool, type(None)))
            case {"record": str(name), "fields": list(pairs)}:
                found = self._pairs(pairs, path, (str,))
                return self._kinds.kind(name, found)._make(found.values())
            case {"array": str(dtype), "shape": list(shape), "order": "C" | "F"}:
                x = self._array(name_of(path), dtype, shape, node["order"])
                return self._note(path, x)
            case {"same": str(name)}:
                return self._same(name, node.get("axes"))
            case {"generator": dict(state)}:
                return self._note(path, decode_generator(state))
            case {"rule": place}:
                return StoredRule(self.rules, place)
            case {"leaf": place, "state": state, "frozen": bool(frozen)}:
                shape = _shape(node.get("shape"))
                state = self.decode(state, path / "state")
                leaf = Stored(self.rules, place, state, frozen, shape)
                return self._note(path, leaf)
        return decode_number(node)

    def _note(self, path, x):
        self.known[name_of(path)] = x
        return x

    def _same(self, name, axes):
        if name not in self.known:
            raise FileError(f"it repeats {name[:60]!r}, which does not stand before.")
        x = self.known[name]
        return x if axes is None else x.transpose(axes)

    def _pairs(self, pairs, path, kinds):
        found = {}
        for key, node in pairs:
            if type(key) not in kinds or key in found:
                raise FileError(f"it has the key {str(key)[:60]!r} in {path.place}.")
            found[key] = self.decode(node, path / key)
        return found

    def _array(self, name, dtype, shape, order):
        if name not in self.parts:
            raise FileError(f"the array {name[:60]!r} is missing.")
        if not DTYPE.fullmatch(dtype):
            raise FileError(f"the array {name[:60]!r} has the dtype {dtype[:40]!r}.")
        dtype, shape = np.dtype(dtype), _shape(shape)
        found, found_shape, found_order, data = self.parts[name]()
        announced = found_shape == shape and len(data) == found.itemsize * prod(shape)
        if not announced or dtype not in (found, found.newbyteorder()):
            raise FileError(f"the array {name[:60]!r} is not as announced.")
        x = np.frombuffer(data, found).reshape(shape, order=found_order)
        _check_values(x, name)
        return x.astype(dtype, order=order)


def _shape(sizes):
    if sizes is None:
        return None
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise FileError("it has an array whose shape is none.")
    return tuple(sizes)


def _check_values(x, name):
    """Refuse bytes that stand for no value of their dtype."""
    if x.dtype.kind == "b":
        wrong = x.view(np.uint8) > 1
    elif x.dtype.kind == "U":
        wrong = np.frombuffer(x.tobytes(), x.dtype.str[0] + "u4") > 0x10FFFF
    else:
        return
    if wrong.any():
        raise FileError(f"the array {name[:60]!r} has values that there are not.")


# --- Leaves ---------------------------------------------------------------------------


def with_leaves(tree, leaves):
    """The tree with a new `Leaf` for each that is stored; shared ones stay so.

    Args:
        tree: what `decode` returned, or a part of it.
        leaves: those made so far, by the id of what was stored.

    Raises:
        FileError: a rule is not one of minigrad's, or does not remember such things.
    """
    if isinstance(tree, Stored):
        if id(tree) not in leaves:
            leaves[id(tree)] = _leaf(tree), tree
        return leaves[id(tree)][0]
    if isinstance(tree, StoredRule):
        return tree.rule()
    if isinstance(tree, dict):
        return {key: with_leaves(part, leaves) for key, part in tree.items()}
    if isinstance(tree, list):
        return [with_leaves(part, leaves) for part in tree]
    if isinstance(tree, tuple):
        parts = (with_leaves(part, leaves) for part in tree)
        return tree._make(parts) if hasattr(tree, "_fields") else tuple(parts)
    return tree


def _leaf(stored):
    rule = stored.rule()
    if stored.shape is not None:
        one = rule.init(np.ones((1,) * len(stored.shape)))
        if not is_alike(stored.state, one, lambda x: stored.shape):
            raise FileError(f"{rule!r} does not remember such things.")
    return Leaf(rule, stored.state, stored.frozen, stored.shape)


def is_alike(state, other, shape_of=np.shape):
    """Whether the states of two rules have the same form.

    Args:
        state: what a rule remembers.
        other: what it should look like.
        shape_of: gives the shape of an array in `state` for that in `other`.
    """
    if isinstance(other, tuple):
        same = isinstance(state, tuple) and len(state) == len(other)
        pairs = zip(state, other, strict=True) if same else ()
        return same and all(is_alike(a, b, shape_of) for a, b in pairs)
    if isinstance(other, np.ndarray):
        return isinstance(state, np.ndarray) and state.shape == shape_of(other)
    if other is None:
        return state is None
    return isinstance(state, int | float) and not isinstance(state, bool)
