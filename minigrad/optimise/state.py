"""The state tree: what the rules remember, in the shape of the model.

`setup` makes it: a `Leaf` where the model has a parameter, `()` where it has
anything else, with the model's own field names in between. The tree knows
structure and no maths; the rules know one array and no structure.
"""

import warnings
from types import ModuleType

import numpy as np

from ..arrays import is_parameter, memory_owner
from ..errors import described
from ..functors import children, fields_of, is_leaf, mirror, trainable
from ..walks import KeyPath, trainables
from .printing import show


class Leaf:
    """One parameter's entry in the state tree: its rule and what it remembers.

    Leaves change as training goes on. An array that stands in several places of
    the model has one `Leaf`, which stands in the same places of the tree.

    Attributes:
        rule: for instance `Adam()`.
        state: what `rule.init` returned, or the last `rule.apply`.
        frozen: whether updates pass this parameter by.

    >>> from minigrad.optimise import Momentum
    >>> Leaf(Momentum(), np.zeros(1), frozen=True)
    Leaf(Momentum(eta=0.01, rho=0.9), [0.0], frozen=True)
    """

    __slots__ = ("frozen", "rule", "shape", "state")
    __hash__ = None

    def __init__(self, rule, state, frozen=False, shape=None):
        self.rule = rule
        self.state = state
        self.frozen = frozen
        self.shape = shape  # of the array it was made for; None if unknown

    def __eq__(self, other):
        if not isinstance(other, Leaf):
            return NotImplemented
        mine, theirs = (self.rule, self.frozen), (other.rule, other.frozen)
        return mine == theirs and _same(self.state, other.state)

    def __repr__(self):
        frozen = ", frozen=True" if self.frozen else ""
        return f"Leaf({self.rule!r}, {show(self.state)}{frozen})"


def _same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    return np.array_equal(a, b)


# --- setup -------------------------------------------------------------------------


def setup(rule, model):
    """The state tree of `model` for training by `rule`.

    Args:
        rule: for instance `Momentum(0.1)`.
        model: a tree whose float arrays are to be trained.

    Returns:
        A tree in the shape of the model (objects become named tuples): `Leaf` for
        each trainable parameter, `()` for each other leaf.

    Raises:
        TypeError: `rule` is not a rule.
        ValueError: the model contains itself.

    Warns when there is nothing to train, and when an object that is not marked
    with `@functor` holds float arrays, which will not be trained.

    >>> from minigrad.optimise import Momentum
    >>> setup(Momentum(0.1), {"x": np.zeros(2), "y": np.tanh})
    {'x': Leaf(Momentum(eta=0.1, rho=0.9), [0.0, 0.0]), 'y': ()}
    """
    tree, doubts = make_tree(rule, model)
    warn(doubts)
    return tree


def warn(doubts):
    """Warn at the line that called the caller of this function."""
    for doubt in doubts:
        warnings.warn(doubt, stacklevel=3)


def make_tree(rule, model):
    """The state tree, and a list of sentences on what may not have been meant."""
    if isinstance(rule, type) or not is_rule(rule):
        hint = f"{rule.__name__}()" if isinstance(rule, type) else "Adam()"
        raise TypeError(
            f"setup(rule, model) needs a rule first, an object with the methods init "
            f"and apply, and was given {described(rule)}. Write setup({hint}, model)."
        )
    leaves, doubts = {}, []
    try:
        tree = _make(rule, model, leaves, doubts, KeyPath())
    except RecursionError:
        raise ValueError(
            "The model contains itself, and models are trees: take the reference that "
            "leads back out of it."
        ) from None
    if not leaves:
        doubts.append(
            f"setup found no trainable parameters in {described(model)}: there are no "
            f"float arrays that the walk over it reaches. Is its class marked with "
            f"@functor? Are its arrays of integers? (Use 2.0 for 2.)"
        )
    return tree, doubts + _doubt_overlaps(model)


def is_rule(x):
    """Whether `x` has what a rule needs: the methods `init` and `apply`."""
    return callable(getattr(x, "init", None)) and callable(getattr(x, "apply", None))


def _make(rule, x, leaves, doubts, path):
    if is_parameter(x):
        if id(x) not in leaves:
            leaves[id(x)] = Leaf(rule, rule.init(x), shape=x.shape)
        return leaves[id(x)]
    if is_leaf(x):
        doubts += _doubt_if_unmarked(x, path)
        return ()
    allowed = trainable(x)
    return mirror(
        x,
        {
            key: _make(rule, child, leaves, doubts, path / key)
            if key in allowed
            else ()
            for key, child in children(x).items()
        },
    )


def _doubt_if_unmarked(x, path):
    if isinstance(x, (type, ModuleType)):
        return
    fields = fields_of(x).items()
    held = [field for field, value in fields if trainables(value)]
    if held:
        yield (
            f"An object of class {type(x).__name__} at {path.place} holds "
            f"float arrays ({', '.join(held)}) and is not marked as a model, so they "
            f"will not be trained. Write @functor above class {type(x).__name__}."
        )


def _overlap(x, y):
    try:
        return np.shares_memory(x, y, max_work=10_000)
    except np.exceptions.TooHardError:  # strides that are hard to tell apart
        return True


def _doubt_overlaps(model):
    """Sentences on parameters that are views of the same memory."""
    doubts, seen = [], {}
    for path, x in trainables(model, path=True):
        for other, y in seen.setdefault(id(memory_owner(x)), []):
            if _overlap(x, y):
                doubts.append(
                    f"The parameters at {other.place} and {path.place} share memory, "
                    f"so an update of one changes the other behind its rule. Put the "
                    f"same array in both places (a tie), or a copy in one."
                )
        seen[id(memory_owner(x))].append((path, x))
    return doubts
