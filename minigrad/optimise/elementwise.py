"""Rules that are nothing but formulas, alone or in chains: taken apart for a loop.

What such a rule remembers falls into two: the memory, arrays that the loop writes
to, and the clock, which is all the rest and the same for most parameters. These
functions take a state apart into the two, put it together again, and look through
chains and schedulers at the rules inside.
"""

from .rule import Rule, numbers_of, split
from .rules.composite import Composite
from .source import definition


def anatomy(rule, state):
    """What a loop needs to know of a rule, or None if it is not only formulas.

    Returns:
        `(formulas, memory, clock)`: pairs `(formula, how many arrays)`, the arrays in
        the same order, and what else the state holds.
    """
    if isinstance(rule, Composite):
        states, clock = rule.split(state)
        parts = [anatomy(*pair) for pair in zip(rule.inner(clock), states, strict=True)]
        if None in parts:
            return None
        formulas = tuple(pair for part in parts for pair in part[0])
        memory = tuple(array for part in parts for array in part[1])
        return formulas, memory, (clock, tuple(part[2] for part in parts))
    if not is_formula(rule):
        return None
    memory, clock = split(state)
    return ((rule.formula, len(memory)),), memory, clock


def is_formula(rule):
    """Whether a rule is its formula, and has no `apply` of its own."""
    known = isinstance(rule, Rule) and type(rule).apply is Rule.apply
    return known and rule.formula is not None and definition(rule.formula) is not None


def numbers_at(rule, counts, clock, dtype):
    """The numbers of all formulas at a clock, one after the other.

    Args:
        rule: of which `clock` is the clock.
        counts: an iterator over how many arrays each formula remembers.
        clock: as `anatomy` gives it.
        dtype: of the parameter.
    """
    if isinstance(rule, Composite):
        own, clocks = clock
        pairs = zip(rule.inner(own), clocks, strict=True)
        return [n for part, c in pairs for n in numbers_at(part, counts, c, dtype)]
    return numbers_of(rule, next(counts), clock, dtype)


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
