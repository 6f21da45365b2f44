"""Mutable optimisers: numbers that may change, and a memory that they keep themselves.

A rule of the new style is given its memory and returns it. An optimiser of the old
style keeps one for every array that it meets, told apart by identity, and its numbers
are attributes: `opt.eta = 0.001` holds from the next step on. What it computes, it
leaves to the rule of the same name.
"""

from dataclasses import dataclass, fields

from ..errors import described
from ..optimise.contract import apply_rule, unshared
from ..optimise.printing import show_call
from ..optimise.state import Leaf
from .identity import IdMapping
from .param import array_of


class AbstractOptimiser:
    """The base of the optimisers here; one of your own needs `apply_`, and no base.

    >>> from minigrad.legacy import Momentum, apply_
    >>> isinstance(Momentum(), AbstractOptimiser)
    True

    See `apply_` for one of your own.
    """

    def apply_(self, x, dx):
        """The step for an array, as its gradient is turned into it.

        Args:
            x: the array.
            dx: its gradient; it may be changed.

        Returns:
            What is to be subtracted from `x`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method apply_(self, x, dx) that returns "
            f"what is to be subtracted from x."
        )

    def __rule__(self):
        """The rule of the new style that does the same, for `setup`."""
        raise TypeError(
            f"setup does not know how to translate {described(self)}, which is an "
            f"optimiser of yours. Write it as a rule: init(x) returns what it "
            f"remembers, apply(state, x, dx) the new state and the step."
        )


def rule_of(opt):
    """The rule of the new style that does the same as an optimiser."""
    return getattr(type(opt), "__rule__", AbstractOptimiser.__rule__)(opt)


class BuiltIn(AbstractOptimiser):
    """What the optimisers here share: each is a rule, whose numbers can be changed.

    A subclass states its numbers as annotated fields, and the rule by `__rule__`.

    Attributes:
        numbers: the names of the numbers.
        state: what is remembered, by array; empty until the first step.

    Raises:
        TypeError, DomainError: a number is none, or out of its range, also when it is
            changed later: it stays as it was then.
        AttributeError: there is no number of that name.
    """

    numbers = ()

    def __init_subclass__(cls):
        dataclass(eq=False, repr=False)(cls)
        cls.numbers = tuple(field.name for field in fields(cls))

    def __post_init__(self):
        self._leaves, self._rule = {}, self.__rule__()

    def __setattr__(self, name, value):
        if name[0] != "_" and name not in self.numbers:
            raise AttributeError(
                f"{type(self).__name__} has no number {name}; it has "
                f"{', '.join(self.numbers) or 'none'}."
            )
        before = self.__dict__.get(name)
        object.__setattr__(self, name, value)
        if name in self.numbers and "_rule" in self.__dict__:
            try:
                self._rule = self.__rule__()
            except (TypeError, ValueError):
                object.__setattr__(self, name, before)
                raise

    def apply_(self, x, dx):
        """The step of the rule; what it remembers is kept here."""
        x = array_of(x)
        leaf = self.leaf(x)
        leaf.state, step = apply_rule(leaf.rule, leaf.state, x, dx)
        self.stepped(x, leaf)
        return step

    def leaf(self, x):
        """The `Leaf` of an array: the rule as it is now, and what it remembers."""
        rule, held = self.rule_for(x), self._leaves.get(id(x))
        if held is None:
            leaf = Leaf(rule, unshared(rule.init(x), x), shape=x.shape)
            self._leaves[id(x)] = x, leaf
            return leaf
        leaf = held[1]
        if leaf.rule is not rule:
            leaf.rule = rule
        return leaf

    def rule_for(self, x):
        """The rule for the step to come of an array."""
        return self._rule

    def stepped(self, x, leaf):
        """Note that a step has been made with a leaf."""

    @property
    def state(self):
        """What is remembered, by array, as the old style has it."""
        pairs = ((x, leaf.state) for x, leaf in self._leaves.values())
        return IdMapping((x, self.shown(s)) for x, s in pairs if s is not None)

    def shown(self, state):
        """What the rule remembers, as the old style has it."""
        return state

    def __repr__(self):
        return show_call(self, self.numbers)
