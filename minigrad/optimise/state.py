"""The state tree: what the rules remember, in the shape of the model.

`setup` makes it: a `Leaf` where the model has a parameter, `()` where it has
anything else, with the model's own field names in between. The tree knows
structure and no maths; the rules know one array and no structure.
"""

import math
import warnings
from types import ModuleType

import numpy as np

from ..arrays import is_parameter, overlaps_itself
from ..duplicated import model_of
from ..errors import described, refuse_foreign
from ..functors import children, fields_of, is_leaf, mirror, trainable
from ..sharing import Parameters
from ..walks import KeyPath, trainables
from .contract import as_rule, check_rule, unshared
from .numbers import Numbered
from .printing import show


class Leaf:
    """One parameter's entry in the state tree: its rule and what it remembers.

    Leaves change as training goes on. An array that stands in several places of
    the model, perhaps transposed, has one `Leaf`, which stands in the same places
    of the tree.

    Attributes:
        rule: for instance `Adam()`.
        state: what `rule.init` returned, or the last `rule.apply`.
        frozen: whether updates pass this parameter by.
        shape: of the parameter; `ndim` and `size` follow from it.

    >>> from minigrad.optimise import Momentum
    >>> Leaf(Momentum(), np.zeros(1), frozen=True)
    Leaf(Momentum(eta=0.01, rho=0.9), [0.0], frozen=True)
    """

    __slots__ = ("_rule", "_state", "frozen", "ready", "shape")
    __hash__ = None

    def __init__(self, rule, state, frozen=False, shape=None):
        self.ready = None  # what the last update found out: see batches.Ready
        self._rule = rule
        self._state = state
        self.frozen = frozen
        self.shape = shape  # of the array it was made for; None if unknown

    @property
    def rule(self):
        """The rule; another one begins with the state that there is."""
        return self._rule

    @rule.setter
    def rule(self, rule):
        self.forget()
        self._rule = rule

    @property
    def state(self):
        """What the rule remembers."""
        return self._state if self.ready is None else self.ready.state_now()

    @state.setter
    def state(self, state):
        self._state, self.ready = state, None

    def forget(self):
        """Let the next update find out anew what the last one knew."""
        self.state = self.state

    @property
    def ndim(self):
        """How many axes the parameter has."""
        return len(self.shape)

    @property
    def size(self):
        """How many numbers the parameter has."""
        return math.prod(self.shape)

    def __reduce__(self):
        return Leaf, (self.rule, self.state, self.frozen, self.shape)

    def __eq__(self, other):
        if not isinstance(other, Leaf):
            return NotImplemented
        if self.frozen != other.frozen or not _same_rule(self.rule, other.rule):
            return False
        return _same(self.state, other.state)

    def __repr__(self):
        frozen = ", frozen=True" if self.frozen else ""
        return f"Leaf({self.rule!r}, {show(self.state)}{frozen})"


def _same_rule(a, b):
    if a is b or type(a) is not type(b) or not isinstance(a, Numbered):
        return a is b or a == b
    return all(_same(getattr(a, name), getattr(b, name)) for name in a.fields)


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
        ValueError: the model contains itself, or two parameters share memory without
            being one: only the same array, or a transposed view of all of it, may
            stand in several places.

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
    refuse_foreign(model)
    rule = as_rule(rule)
    check_rule(rule, "setup({}, model)")
    model = model_of(model)
    leaves, doubts = _Leaves(rule), []
    try:
        tree = _make(model, leaves, doubts, KeyPath())
    except RecursionError:
        raise ValueError(
            "The model contains itself, and models are trees: take the reference that "
            "leads back out of it."
        ) from None
    if leaves.empty:
        doubts.append(
            f"setup found no trainable parameters in {described(model)}: there are no "
            f"float arrays that the walk over it reaches. Is its class marked with "
            f"@functor? Are its arrays of integers (write 2.0 for 2)? Are its numbers "
            f"bare (0.5 is a setting, np.array(0.5) a parameter)?"
        )
    return tree, doubts


class _Leaves:
    """The leaves made so far: one for each parameter, wherever it stands."""

    def __init__(self, rule):
        self.rule, self.known, self.empty = rule, Parameters(), True

    def leaf(self, x, path):
        """The leaf of `x`, or of the parameter that `x` is a transposed view of."""
        found = self.known.find(x)
        if found:
            return found[0][1]
        if overlaps_itself(x):
            raise ValueError(
                f"The parameter at {path.place} has numbers that share memory with "
                f"each other, as broadcasting makes them. Put a copy there: x.copy()."
            )
        partly = self.known.overlapping(x)
        if partly:
            raise ValueError(
                f"The parameters at {partly[0].place} and {path.place} share memory, "
                f"so an update of one would change the other behind its rule. Put "
                f"the same array in both places, whole or transposed, which makes "
                f"them one parameter (a tie), or a copy in one: x.copy()."
            )
        state = unshared(self.rule.init(x), x)
        leaf = Leaf(self.rule, state, shape=x.shape)
        self.known.add(x, (path, leaf))
        self.empty = False
        return leaf


def _make(x, leaves, doubts, path):
    if is_parameter(x):
        return leaves.leaf(x, path)
    if isinstance(x, Leaf):
        raise TypeError(
            f"setup(rule, model) was given a state tree and not the model: there "
            f"is a Leaf at {path.place}. For other numbers: adjust_(state, eta)."
        )
    if is_leaf(x):
        doubts += doubt_if_unmarked(x, path)
        return ()
    allowed = trainable(x)
    return mirror(
        x,
        {
            key: _make(child, leaves, doubts, path / key) if key in allowed else ()
            for key, child in children(x).items()
        },
    )


def doubt_if_unmarked(x, path):
    """A sentence, if a leaf of a model is an object whose arrays nobody will find."""
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
