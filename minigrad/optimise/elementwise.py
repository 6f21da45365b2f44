"""Rules that are nothing but formulas, alone or in chains: taken apart for a loop.

What such a rule remembers falls into two: the memory, arrays that the loop writes
to, and the clock, which is all the rest and the same for most parameters. These
functions take a state apart into the two, put it together again, and look through
chains and schedulers at the rules inside.
"""

from typing import NamedTuple

from .rule import Rule, numbers_of, split
from .rules.composite import Composite
from .rules.modifiers import ClipNorm, Scale
from .source import definition


class Anatomy(NamedTuple):
    """What a loop needs to know of a rule and its state.

    Attributes:
        formulas: pairs `(formula, how many arrays it remembers)`.
        memory: those arrays, in the same order.
        clock: what else the state holds.
        looks: whether its first rule must look at the gradient before, as `ClipNorm`
            does; in the loop it is the `Scale` that it calls for.
    """

    formulas: tuple
    memory: tuple
    clock: tuple
    looks: bool


def anatomy(rule, state):
    """The `Anatomy` of a rule, or None if it cannot be carried out by one loop."""
    if isinstance(rule, Composite):
        states, clock = rule.split(state)
        pairs = zip(rule.inner(clock), states, strict=True)
        parts = [anatomy(*pair) for pair in pairs]
        if None in parts or any(part.looks for part in parts[1:]):
            return None
        return Anatomy(
            tuple(pair for part in parts for pair in part.formulas),
            tuple(array for part in parts for array in part.memory),
            (clock, tuple(part.clock for part in parts)),
            bool(parts) and parts[0].looks,
        )
    if isinstance(rule, ClipNorm):
        return Anatomy(((Scale.formula, 0),), (), (), True)
    if not is_formula(rule):
        return None
    memory, clock = split(state, rule)
    return Anatomy(((rule.formula, len(memory)),), memory, clock, False)


def is_formula(rule):
    """Whether a rule is its formula, and has no `apply` of its own."""
    known = isinstance(rule, Rule) and type(rule).apply is Rule.apply
    return known and rule.formula is not None and definition(rule.formula) is not None


def numbers_at(rule, counts, clock, dtype, seen):
    """The numbers of all formulas at a clock, one after the other.

    Args:
        rule: of which `clock` is the clock.
        counts: an iterator over how many arrays each formula remembers.
        clock: as `anatomy` gives it.
        dtype: of the parameter.
        seen: the `Scale` in the place of a rule that has looked at the gradient.
    """
    if isinstance(rule, Composite):
        own, clocks = clock
        pairs = zip(rule.inner(own), clocks, strict=True)
        parts = [numbers_at(part, counts, c, dtype, seen) for part, c in pairs]
        return [number for part in parts for number in part]
    rule = seen if isinstance(rule, ClipNorm) else rule
    return numbers_of(rule, next(counts), clock, dtype)


def looking(rule, clock):
    """The first of the rules in a rule, as it is in this step."""
    while isinstance(rule, Composite):
        rule, clock = rule.inner(clock[0])[0], clock[1][0]
    return rule


def next_clock(rule, clock):
    """The clock of the step that follows."""
    if isinstance(rule, Composite):
        own, clocks = clock
        pairs = zip(rule.inner(own), clocks, strict=True)
        return rule.advance(*own), tuple(next_clock(*pair) for pair in pairs)
    return rule.advance(*clock)


def assembler(rule, state):
    """A function that makes a state like `state` for another clock.

    The arrays stay the same: loops change them in place.
    """
    if isinstance(rule, Composite):
        states, clock = rule.split(state)
        pairs = zip(rule.inner(clock), states, strict=True)
        parts = [assembler(*pair) for pair in pairs]
        return lambda clock: rule.join(
            [part(own) for part, own in zip(parts, clock[1], strict=True)], clock[0]
        )
    memory, clock = split(state)
    return (lambda clock: (*memory, *clock)) if clock else (lambda clock: state)
