"""Optimisers in a row, as one: `Optimiser(ClipValue(1.0), Adam())`."""

from operator import is_not

from ..optimise.rules import OptimiserChain
from ..optimise.state import Leaf
from .applying import applied, check_optimiser
from .optimiser import AbstractOptimiser, BuiltIn, rule_of
from .param import array_of


class Optimiser(AbstractOptimiser):
    """Several optimisers in a row: each is given the step of the one before.

    Args:
        os: optimisers, also your own; each keeps its own memory.

    Indexed and iterated over it gives them, so `opt[0].eta = 0.01` changes the first.

    Raises:
        TypeError: one of them is none.

    >>> import numpy as np
    >>> from minigrad.legacy import ClipValue, Descent
    >>> opt = Optimiser(ClipValue(1.0), Descent(0.1))
    >>> opt
    Optimiser(ClipValue(1.0), Descent(0.1))
    >>> opt.apply_(np.zeros(1), np.array([5.0]))
    array([0.1])
    """

    def __init__(self, *os):
        if len(os) == 1 and isinstance(os[0], list | tuple):
            raise TypeError(
                "Optimiser takes its optimisers one by one, without brackets: "
                "Optimiser(ClipValue(1), Adam())."
            )
        for opt in os:
            check_optimiser(opt, "Optimiser")
        self.os, self._chain = os, OptimiserChain()
        self._leaves, self._parts = {}, {}

    def apply_(self, x, dx):
        """The step of the last one."""
        for opt in self.os:
            dx = applied(opt, array_of(x), dx)
        return dx

    def __rule__(self):
        """A chain of their rules."""
        return OptimiserChain(*map(rule_of, self.os))

    def leaf(self, x):
        """A `Leaf` for the chain of rules as they are now, and what they remember."""
        self._parts[id(x)] = parts = [opt.leaf(x) for opt in self.os]
        rules = tuple(part.rule for part in parts)
        if len(rules) != len(self._chain.rules) or any(
            map(is_not, rules, self._chain.rules)
        ):
            self._chain = OptimiserChain(*rules)
        states = tuple(part.state for part in parts)
        _, leaf = self._leaves.get(id(x), (x, None))
        if leaf is None or any(map(is_not, states, leaf.state)):
            leaf = Leaf(self._chain, states, shape=x.shape)
            self._leaves[id(x)] = x, leaf
        if leaf.rule is not self._chain:
            leaf.rule = self._chain
        return leaf

    def stepped(self, x, leaf):
        """Give each part what it has to remember."""
        parts = self._parts.pop(id(x))
        for opt, part, state in zip(self.os, parts, leaf.state, strict=True):
            part.state = state
            opt.stepped(x, part)

    def __getitem__(self, position):
        return self.os[position]

    def __len__(self):
        return len(self.os)

    def __iter__(self):
        return iter(self.os)

    def __repr__(self):
        return f"Optimiser({', '.join(map(repr, self.os))})"


def is_built_in(opt):
    """Whether an optimiser, or all that it is made of, is one of those here."""
    if isinstance(opt, Optimiser):
        return all(map(is_built_in, opt.os))
    return isinstance(opt, BuiltIn) and type(opt).apply_ is BuiltIn.apply_
