"""From a rule to the loop that carries it out, for one parameter.

A chain is taken apart into its rules. The last of them, as far as they have
formulas, make one loop, which also changes the parameter. Those before it are
applied one after the other in NumPy, before anything is changed.
"""

import numpy as np

from ..fastpaths import are_on
from .contract import apply_rule
from .elementwise import is_formula, looking
from .rule import join, numbers_of, split
from .rules.composite import Composite


class Step:
    """What one update does to one parameter.

    Attributes:
        leaf: the entry of the parameter in the state tree.
        x: the parameter.
        dx: its gradient, as the rules up to `place` have left it; None where a rule
            waits for more gradients.
        more: further derivatives, for rules that take them.
        parts: pairs `(rule, state)`, in the order in which the gradient meets them.
        place: the part to come.
        tail: the place from which on a loop does it.
    """

    def __init__(self, leaf, x, dx, more):
        self.leaf, self.x, self.dx, self.more = leaf, x, dx, more
        self.parts, self.place = [], 0
        self._pack = _take_apart(leaf.rule, leaf.state, self.parts)
        self.new = [state for _, state in self.parts]
        self.tail = len(self.parts)
        if loops_fit(x, ()):
            while self.tail and _has_loop(x, *self.parts[self.tail - 1]):
                self.tail -= 1
                if _scope(self.parts[self.tail][0]):
                    break

    @property
    def waits(self):
        """The rule to come that must see the gradient of the whole model, if any."""
        here = self.dx is not None and self.place < len(self.parts)
        rule = self.parts[self.place][0] if here else None
        return rule if here and _scope(rule) == "tree" else None

    def go_on(self, seen=None):
        """Apply rules up to the loop, or up to one that must see the whole model.

        Args:
            seen: the rule that takes the place of the one it has waited for.
        """
        if seen is not None:
            self.parts[self.place] = seen, self.new[self.place]
        while self.place < self.tail and self.dx is not None and not self.waits:
            rule, state = self.parts[self.place]
            given = state, self.x, self.dx, self.more
            self.new[self.place], self.dx = apply_rule(rule, *given)
            self.place += 1
        if self.place < len(self.parts) and not self.waits:
            rule, state = self.parts[self.place]
            if _scope(rule) and self.dx is not None:
                self.parts[self.place] = rule.over([self.dx]), state

    @property
    def has_loop(self):
        """Whether the rest is done by a loop."""
        return self.dx is not None and self.tail < len(self.parts)

    def loop(self):
        """`(formulas, memory, numbers)` of the loop; the new states are noted."""
        formulas, arrays, numbers = [], [], []
        for place in range(self.tail, len(self.parts)):
            rule, state = self.parts[place]
            memory, clock = split(state, rule)
            formulas.append((rule.formula, len(memory)))
            arrays += memory
            numbers += numbers_of(rule, len(memory), clock, self.x.dtype)
            self.new[place] = join(state, memory, rule.advance(*clock))
        return tuple(formulas), arrays, numbers

    def state(self):
        """The state after the step."""
        reached = len(self.parts) if self.dx is not None else self.place
        return self._pack(self.new, reached)


def look(steps, found):
    """Take all steps to where a loop or a subtraction is left; let rules look.

    Args:
        steps: a list of `Step`.
        found: triples `(leaf, what is ready, gradient)` of parameters that need none.

    Returns:
        From the id of what is ready to the `Scale` that its rule calls for.
    """
    seen, together = {}, {}
    for _, ready, dx in found:
        if ready.looks:
            rule = looking(ready.clock.rule, ready.clock.now)
            if rule.scope == "array":
                seen[id(ready)] = rule.over([dx])
            else:
                together.setdefault(rule, []).append((ready, dx))
    for step in steps:
        step.go_on()
    while waiting := [step for step in steps if step.waits]:
        for rule in {step.waits for step in waiting}:
            mine = [step for step in waiting if step.waits == rule]
            pairs = together.pop(rule, [])
            scale = rule.over([step.dx for step in mine] + [dx for _, dx in pairs])
            seen |= {id(ready): scale for ready, _ in pairs}
            for step in mine:
                step.go_on(scale)
    for rule, pairs in together.items():
        scale = rule.over([dx for _, dx in pairs])
        seen |= {id(ready): scale for ready, _ in pairs}
    return seen


def loops_fit(x, memory):
    """Whether a loop may write to these arrays.

    This is the one place that decides. A loop checks no bounds, so everything it
    writes to must have the shape of `x`, its type (float32 or float64), and memory
    that is contiguous, in the same order.
    """
    if not are_on():
        return False
    if type(x) is not np.ndarray or x.dtype.char not in "fd" or not x.dtype.isnative:
        return False
    order = "C" if x.flags.c_contiguous else "F"
    return all(
        type(array) is np.ndarray
        and array.shape == x.shape
        and array.dtype == x.dtype
        and array.flags[order]
        and array.flags.behaved  # aligned and writable
        for array in (x, *memory)
    )


def _take_apart(rule, state, parts):
    """Note the rules in a rule, and return what makes its state of theirs.

    That is called with their new states, and with how many of them the gradient has
    reached: a composite rule that comes later has not made a step.
    """
    place = len(parts)
    if not isinstance(rule, Composite):
        parts.append((rule, state))
        return lambda new, reached: new[place]
    states, clock = rule.split(state)
    pairs = zip(rule.inner(clock), states, strict=True)
    packs = [_take_apart(part, inner, parts) for part, inner in pairs]
    after = rule.advance(*clock)

    def pack(new, reached):
        if place and place >= reached:
            return state
        return rule.join([part(new, reached) for part in packs], after)

    return pack


def _scope(rule):
    return getattr(rule, "scope", None)


def _has_loop(x, rule, state):
    """Whether a loop may carry out a rule, or what it becomes after looking."""
    if _scope(rule):
        return hasattr(rule, "over")
    return is_formula(rule) and loops_fit(x, split(state, rule)[0])
