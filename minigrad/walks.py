"""Walks over models: mapping a function over trees, and naming every place.

`fmap` is the `map` of models: it visits the leaves of one tree, or of several of
the same shape at once, and rebuilds what it walked. A `KeyPath` names a place in
a tree, as in `layers[0].weight`. Arrays that stand in two places are mapped once,
so what was shared stays shared.
"""

import numpy as np

from .arrays import is_parameter, plain
from .errors import MutabilityError, ShapeError, described
from .functors import children, is_leaf, mirror, rebuild, trainable
from .sharing import Parameters


class KeyPath(tuple):
    """A place in a tree: the keys that lead there from the root.

    >>> path = KeyPath(("layers", 0, "weight"))
    >>> path
    KeyPath('layers', 0, 'weight')
    >>> str(path)
    'layers[0].weight'
    """

    __slots__ = ()

    def __truediv__(self, key):
        """The place one step further down.

        >>> str(KeyPath(("layers",)) / 0)
        'layers[0]'
        """
        return KeyPath((*self, key))

    @property
    def place(self):
        """The path as messages say it.

        >>> KeyPath().place
        'the root'
        """
        return str(self) or "the root"

    def __str__(self):
        text = ""
        for key in self:
            named = isinstance(key, str) and key.isidentifier()
            text += f".{key}" if named else f"[{key!r}]"
        return text.removeprefix(".")

    def __repr__(self):
        return f"KeyPath({', '.join(map(repr, self))})"


def fmap(f, x, *others, exclude=is_leaf):
    """`f` applied to every leaf of `x`, in a tree of the same structure.

    An array, list, dict or object that stands in several places is mapped once,
    and its image stands in the same places.

    Args:
        f: called as `f(leaf)`, or `f(leaf, *others_there)` with several trees.
        x: the tree whose structure is walked.
        others: trees with (at least) the keys of `x`; a `None` in their place
            is passed on to all leaves below it.
        exclude: called on every node; where it is true the node counts as a
            leaf and is not walked further.

    Returns:
        A new tree; `x` is left as it is.

    Raises:
        ShapeError: another tree lacks a part of `x`; the message names the path.

    >>> fmap(lambda x: 10 * x, {"a": 1, "b": (2, 3)})
    {'a': 10, 'b': (20, 30)}
    >>> fmap(lambda x, y: x + y, [1, 2], [10, 20])
    [11, 22]
    """
    return _walk(lambda path, *xs: f(*xs), (x, *others), exclude, rebuild, {})


def fmap_with_path(f, x, *others, exclude=is_leaf):
    """Like `fmap`, with the `KeyPath` of the leaf as first argument of `f`.

    A shared leaf is mapped once, with the first of its paths.

    >>> fmap_with_path(lambda path, x: str(path), {"a": 1, "b": (2, 3)})
    {'a': 'a', 'b': ('b[0]', 'b[1]')}
    """
    return _walk(f, (x, *others), exclude, rebuild, {})


def fmapstructure(f, x, *others, exclude=is_leaf):
    """Like `fmap`, but the result is a tree of plain containers.

    Objects and named tuples become named tuples with the same field names, as
    in gradients and state trees.

    >>> from collections import namedtuple
    >>> fmapstructure(abs, namedtuple("Point", "x y")(-1, 2))
    (x=1, y=2)
    """
    return _walk(lambda path, *xs: f(*xs), (x, *others), exclude, mirror, {})


def trainables(model, path=False):
    """The parameters of a model: its float arrays, each once, in order.

    An array in two places is one parameter, and so are `w` and `w.T`. Works inside
    `gradient` too, where they are tracked: a penalty on all parameters is
    `sum((p**2).sum() for p in trainables(model))`.

    Args:
        model: any tree; fields outside `trainable` are passed over.
        path: whether to give pairs `(KeyPath, array)`.

    Returns:
        A list.

    >>> import numpy as np
    >>> weight = np.ones(2)
    >>> trainables({"a": weight, "b": (weight, "text", 3)})
    [array([1., 1.])]
    >>> trainables({"a": weight}, path=True)
    [(KeyPath('a'), array([1., 1.]))]
    """
    found, known = [], Parameters()
    for here, x in float_arrays(model):
        if known.find(x) is None:
            known.add(x, here)
            found.append((here, x))
    return found if path else [x for _, x in found]


def float_arrays(model):
    """Pairs `(KeyPath, array)` of all float arrays that may be trained, each once.

    A transposed view of one is another array here, though the same parameter.
    """
    found = {}

    def visit(here, x):
        if is_parameter(x):
            found.setdefault(id(plain(x)), (here, x))
        elif not is_leaf(x):
            for key, child in trainable(x).items():
                visit(here / key, child)

    visit(KeyPath(), model)
    return list(found.values())


def getkeypath(tree, path):
    """What stands at a place in a tree: a model, a gradient, or a state tree.

    Args:
        tree: any tree.
        path: keys that lead there, such as a `KeyPath` from `trainables(m, path=True)`.

    Returns:
        The part of the tree; the tree itself for an empty path.

    Raises:
        LookupError: the path leads nowhere; says how far it led, and what is there.
        TypeError: it is one key, and not a tuple of keys.

    >>> model = {"layers": [1.0, (2.0, 3.0)]}
    >>> getkeypath(model, ("layers", 1, 0))
    2.0

    The running mean of a model, updated without knowing its structure:

    >>> import numpy as np
    >>> model, mean = {"w": np.ones(2)}, {"w": np.zeros(2)}
    >>> for path, x in trainables(model, path=True):
    ...     average = getkeypath(mean, path)
    ...     average += 0.1 * (x - average)
    >>> mean
    {'w': array([0.1, 0.1])}
    """
    path, here = _path(path), KeyPath()
    for key in path:
        found = children(tree)
        if not _holds(found, key):
            keys = ", ".join(map(repr, found)) or "nothing"
            raise LookupError(
                f"There is no {key!r} at {here.place}, which is {described(tree)} and "
                f"holds {keys}. (The whole path was {path!r}.)"
            )
        tree, here = found[key], here / key
    return tree


def _path(keys):
    if isinstance(keys, str) or not hasattr(keys, "__iter__"):
        raise TypeError(
            f"A path is made of keys, as ('layers', 0) is: write ({keys!r},) for the "
            f"one key {keys!r}."
        )
    return KeyPath(keys)


def _holds(found, key):
    try:
        return key in found
    except TypeError:  # a key that cannot be one
        return False


def haskeypath(tree, path):
    """Whether a path leads to something.

    >>> haskeypath({"layers": [1.0]}, ("layers", 0)), haskeypath([1.0], (1,))
    (True, False)
    """
    try:
        getkeypath(tree, path)
    except LookupError:
        return False
    return True


def setkeypath_(tree, path, value):
    """Put something else at a place in a tree, which changes.

    Args:
        tree: any tree.
        path: keys that lead there, at least one.
        value: what is to stand there.

    Raises:
        LookupError: the path leads nowhere.
        MutabilityError: it ends in what cannot be changed: a tuple, a frozen object.
        ValueError: it is empty.

    >>> model = {"layers": [1.0, 2.0]}
    >>> setkeypath_(model, ("layers", 1), 3.0)
    >>> model
    {'layers': [1.0, 3.0]}
    """
    path = _path(path)
    if not path:
        raise ValueError(
            "setkeypath_ was given an empty path, which is the tree itself: write "
            "tree = value."
        )
    getkeypath(tree, path)
    *above, key = path
    parent = getkeypath(tree, above)
    try:
        if isinstance(parent, list | dict):
            parent[key] = value
        else:
            setattr(parent, key, value)
    except (AttributeError, TypeError) as error:  # a tuple, or a frozen dataclass
        raise MutabilityError(
            f"{key!r} of {described(parent)} at {KeyPath(above).place} cannot be "
            f"changed. Build a new tree: fmap_with_path(lambda path, x: value if path "
            f"== there else x, tree)."
        ) from error


def child_of(node, key, path):
    """The child of `node` (a tree, or None for an empty one) under `key`.

    Fields may be given by a named tuple, an object or a dict alike.
    """
    if node is None:
        return None
    found = children(node)
    if key in found:
        return found[key]
    keys = ", ".join(map(repr, found)) or "no children"
    raise ShapeError(
        f"Trees of different structure: at {path.place} one has {key!r}, and the "
        f"other, {described(node)}, has {keys}."
    )


def _walk(f, trees, exclude, build, seen, path=KeyPath()):  # noqa: B008
    x, *others = trees
    key = tuple(map(id, trees))
    if key in seen:
        return seen[key][0]
    if exclude(x) or is_leaf(x):
        result = f(path, *trees)
    else:
        new = {}
        for name, child in children(x).items():
            rest = (child_of(other, name, path) for other in others)
            new[name] = _walk(f, (child, *rest), exclude, build, seen, path / name)
        result = build(x, new)
    if isinstance(plain(x), np.ndarray) or not is_leaf(x):
        seen[key] = result, trees  # holding the trees keeps their ids taken
    return result
