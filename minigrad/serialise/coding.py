"""From a tree to a text and arrays: what stands in a file, whatever its format.

The text (JSON) says how the tree is built; the arrays have names, which say where in
the tree they stand. `decoding` is the way back.

    number, string, None   as JSON has it, or see `numbers`
    list                   [...]
    tuple, dict            {"tuple": [...]}, {"dict": [[key, ...], ...]}
    object, named tuple    {"record": class, "fields": [[name, ...], ...]}
    array                  {"array": dtype, "shape": [...], "order": "C" or "F"}
    what stood before      {"same": name of the first place}, and "axes" if transposed
    generator              {"generator": state}
    rule, schedule         {"rule": place in the list of rules}
    Leaf                   {"leaf": the same, "state": ..., "frozen": ..., "shape": ...}
    anything else          {"tuple": []}
"""

import warnings
from numbers import Integral
from types import ModuleType
from urllib.parse import quote

import numpy as np

from ..arrays import plain
from ..duplicated import model_of
from ..errors import described
from ..functors import children, fields_of, is_leaf, is_object, record_type
from ..optimise.contract import is_rule
from ..optimise.numbers import Numbered
from ..optimise.state import Leaf
from ..sharing import Parameters
from ..walks import KeyPath, trainables
from .generators import encode_generator
from .numbers import encode_number, is_number
from .rules import encode_rule

SCHEMA = 1
"""The number of this way to write trees. A file of a larger one is not read."""

NAMES, DEPTH, FIELDS = 60_000, 100, 10_000
"""How long a name may be, how deep a tree, and how many fields its objects may have."""


def name_of(path):
    """The name of what stands at a place; of use in a file system, come what may.

    >>> name_of(KeyPath(("model", "layers", 0, "weight"))), name_of(KeyPath(("/..",)))
    ('model.layers[0].weight', "['%2F..']")
    """
    return quote(str(path), safe="[]'")


def parts_of(x):
    """The children of `x`, and the generators among the fields of an object.

    The children are what is trained. But training goes on as it would have only if
    the numbers that a layer draws do, too.
    """
    found = children(x)
    if is_object(x):
        found |= {
            name: value
            for name, value in fields_of(x).items()
            if isinstance(value, np.random.Generator) and name[0] != "_"
        }
    return found


def encode(things):
    """Things of a file by name, as `(text, arrays)`.

    Args:
        things: a dict from names to trees.

    Returns:
        What is to be written as JSON, and a dict from names to arrays.

    Raises:
        TypeError: there is something that cannot be saved; the message says where.
        ValueError: a tree contains itself.
    """
    encoder = Encoder()
    tree = {
        name: encoder.encode(model_of(x), KeyPath((name,)))
        for name, x in things.items()
    }
    text = {"format": "minigrad", "schema": SCHEMA, "rules": encoder.rules}
    return text | {"tree": tree}, encoder.arrays


class Kinds:
    """The kinds of named tuples in a file. They stay in memory, so they are counted."""

    def __init__(self):
        self._made, self._fields = {}, 0

    def kind(self, name, fields):
        """The named tuple of a name and fields.

        Raises:
            ValueError: these are no names, or there are too many.
        """
        key = name, tuple(fields)
        if key not in self._made:
            self._fields += len(key[1])
            if len(self._made) >= 1000 or self._fields > FIELDS:
                raise ValueError("There are too many kinds of objects for one file.")
            self._made[key] = record_type(*key)
        return self._made[key]


class Encoder:
    """What has been written down so far.

    Attributes:
        arrays: by name, each once.
        rules: as text, each once.
    """

    def __init__(self):
        self.arrays, self.rules = {}, []
        self._known, self._kinds = Parameters(), Kinds()
        self._places = {}  # of generators, leaves and rules, by id, with the thing

    def encode(self, x, path, within=False):
        """The text of a tree; its arrays are noted.

        Args:
            x: the tree.
            path: where it stands.
            within: whether it is a field, or a part of a field, of an object.
        """
        if len(path) > DEPTH:
            raise ValueError(
                f"save: {str(path)[:60]}... is nested in more than {DEPTH} others, or "
                f"contains itself. Only trees can be saved."
            )
        x = plain(x)
        if isinstance(x, np.ndarray):
            return self._array(x, path)
        if x is None or isinstance(x, str) or is_number(x):
            return encode_number(x)
        if isinstance(x, np.random.Generator):
            state = lambda: {"generator": encode_generator(x, path.place)}
            return self._once(x, path, state)
        if isinstance(x, Leaf):
            return self._once(x, path, lambda: self._leaf(x, path))
        if not is_leaf(x):
            return self._container(x, path, within or is_object(x))
        if isinstance(x, Numbered) or (is_rule(x) and not isinstance(x, type)):
            return {"rule": self._rule(x)}
        if not within and not callable(x):
            raise TypeError(
                f"save: {path.place} is {described(x)}, which has no place in a file: "
                f"arrays, numbers, strings, None, generators, rules and schedules "
                f"have one, and trees of them. Save what it is made of."
            )
        _warn_if_lost(x, path)
        return {"tuple": []}

    def _container(self, x, path, within):
        parts = parts_of(x)
        nodes = {key: self.encode(p, path / key, within) for key, p in parts.items()}
        if isinstance(x, dict):
            pairs = [[_key(key, path), node] for key, node in nodes.items()]
            return {"dict": pairs}
        if is_object(x) or hasattr(x, "_fields"):
            self._kinds.kind(type(x).__name__, nodes)  # could it be made again?
            pairs = [[name, node] for name, node in nodes.items()]
            return {"record": type(x).__name__, "fields": pairs}
        nodes = list(nodes.values())
        return {"tuple": nodes} if isinstance(x, tuple) else nodes

    def _array(self, x, path):
        """An array, or the place where it, or what it is a transposed view of, is."""
        found = self._known.find(x)
        if found:
            name, axes = found
            turned = axes != tuple(range(x.ndim))
            return {"same": name} | ({"axes": list(axes)} if turned else {})
        name = name_of(path)
        _check_array(x, path, name)
        self._known.add(x, name)
        self.arrays[name] = np.asarray(x)
        only_f = x.flags.f_contiguous and not x.flags.c_contiguous
        order = "F" if only_f else "C"
        return {"array": x.dtype.str, "shape": list(x.shape), "order": order}

    def _leaf(self, leaf, path):
        state = self.encode(leaf.state, path / "state")
        shape = None if leaf.shape is None else list(leaf.shape)
        text = {"leaf": self._rule(leaf.rule), "state": state}
        return text | {"frozen": bool(leaf.frozen), "shape": shape}

    def _rule(self, rule):
        """The place of a rule in the list of them."""
        if id(rule) not in self._places:
            self.rules.append(encode_rule(rule))
            self._places[id(rule)] = len(self.rules) - 1, rule
        return self._places[id(rule)][0]

    def _once(self, x, path, text):
        if id(x) in self._places:
            return {"same": self._places[id(x)][0]}
        self._places[id(x)] = name_of(path), x
        return text()


def _key(key, path):
    if key is None or isinstance(key, str | bool):
        return key
    if isinstance(key, Integral):
        return int(key)
    raise TypeError(
        f"save: the dict at {path.place} has the key {key!r}, {described(key)}. Keys "
        f"that can be saved are strings, whole numbers, booleans and None."
    )


def _check_array(x, path, name):
    """Refuse an array that no file can hold without executing code, or not whole."""
    hint = ""
    if isinstance(x, np.ma.MaskedArray):
        hint = "has a mask. Save x.filled(), and x.mask beside it"
    elif x.dtype.kind == "O":
        hint = "is of Python objects. Make it an array of numbers: x.astype(float)"
    elif x.dtype.kind not in "biufcUS":
        hint = f"is of dtype {x.dtype}. Save its numbers, for instance x.view(np.int64)"
    elif len(name) > NAMES:
        raise ValueError(f"save: a name has {len(name)} letters, {name[:40]}... .")
    if hint:
        raise TypeError(f"save: the array at {path.place} {hint}.")


def _warn_if_lost(x, path):
    if isinstance(x, type | ModuleType):
        return
    held = [field for field, value in fields_of(x).items() if trainables(value)]
    if held:
        warnings.warn(
            f"An object of class {type(x).__name__} at {path.place} holds float arrays "
            f"({', '.join(held)}) and is not marked as a model, so they are not saved. "
            f"Write @functor above class {type(x).__name__}.",
            stacklevel=2,
        )
