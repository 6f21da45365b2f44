"""Rules made of other rules: chained, scheduled, in another precision, or waiting."""

import numpy as np

from ...errors import DomainError
from ..contract import (
    apply_rule,
    check_alone,
    check_rule,
    is_rule,
    numbers_by_name,
    rules_within,
    with_numbers,
)
from ..numbers import COUNT
from ..rule import Rule
from ..schedule import as_schedule


class Composite(Rule):
    """A rule that hands the gradient on to other rules, one after the other.

    A subclass says which, and what they remember. `update_` then carries them out
    together, in one pass over memory where it can.
    """

    def inner(self, clock):
        """The rules, as they are in this step, in the order the gradient takes."""
        raise NotImplementedError

    def split(self, state):
        """`(the states of the rules, the clock)`: what it remembers beside them."""
        raise NotImplementedError

    def join(self, states, clock):
        """The state that `split` takes apart."""
        raise NotImplementedError

    def apply(self, state, x, dx, *more):
        """The step of the last rule; None once a rule holds it back."""
        states, clock = self.split(state)
        new = list(states)
        for place, rule in enumerate(self.inner(clock)):
            if dx is None:
                break
            new[place], dx = apply_rule(rule, states[place], x, dx, more)
        return self.join(new, self.advance(*clock)), dx


class OptimiserChain(Composite):
    """Several rules in a row: each is given the step of the one before.

    `OptimiserChain(WeightDecay(0.42), Adam(0.1))` trains as with the penalty
    `0.42 / 2 ‖x‖²` added to the loss. The state is the tuple of the states. Without
    any rule the step is the gradient itself, as in `Descent(1)`.

    Args:
        rules: two or more, as a rule; chains may stand in chains.

    Raises:
        TypeError: one of them is not a rule, or one but the last is `MixedPrecision`.

    >>> from minigrad.optimise import ClipGrad, Descent
    >>> chain = OptimiserChain(ClipGrad(1), Descent(0.1))
    >>> chain
    OptimiserChain(ClipGrad(1.0), Descent(0.1))
    >>> chain.apply(chain.init(np.zeros(1)), np.zeros(1), np.array([5.0]))
    ((None, None), array([0.1]))
    """

    rules: tuple = ()

    def __init__(self, *rules):
        if len(rules) == 1 and isinstance(rules[0], list | tuple):
            raise TypeError(
                "OptimiserChain takes its rules one by one, without brackets: "
                "OptimiserChain(ClipGrad(1), Adam()), or OptimiserChain(*rules)."
            )
        for rule in rules:
            check_rule(rule, "OptimiserChain({}, ...)")
        before = [part for rule in rules[:-1] for part in rules_within(rule)]
        if any(isinstance(part, MixedPrecision) for part in before):
            raise TypeError(
                "OptimiserChain(..., MixedPrecision(...), ...): the copy in another "
                "precision must see the last step, so what follows belongs inside: "
                "MixedPrecision(dtype, OptimiserChain(...))."
            )
        object.__setattr__(self, "rules", rules)

    def __repr__(self):
        return f"OptimiserChain({', '.join(map(repr, self.rules))})"

    def init(self, x):
        """What each rule remembers."""
        return tuple(rule.init(x) for rule in self.rules)

    def inner(self, clock):
        """The rules."""
        return self.rules

    def split(self, state):
        """The states; there is nothing beside them."""
        return state, ()

    def join(self, states, clock):
        """The tuple of the states."""
        return tuple(states)


class Scheduler(Composite):
    """A rule whose numbers follow schedules: `eta = schedule(t)` in step t.

    The count of the steps is kept in the state, so it is counted for each parameter
    by itself, saved with the state, and stops while a parameter is frozen.

    Args:
        rule: a rule, or its class for its defaults.
        schedules: callables of the step, which starts at 1, for the fields of the
            rule in their order.
        by_name: the same by the names of the fields: `eta=...`.

    Raises:
        TypeError: there is no rule, no schedule, or no field of that name.

    Source: `Scheduler` of ParameterSchedulers.jl.

    >>> from minigrad.optimise import Descent
    >>> rule = Scheduler(Descent, eta=lambda t: 1 / t)
    >>> state, x, dx = rule.init(np.zeros(1)), np.zeros(1), np.ones(1)
    >>> for _ in range(3):
    ...     state, step = rule.apply(state, x, dx)
    ...     print(state, step.round(3))
    (2, None) [1.]
    (3, None) [0.5]
    (4, None) [0.333]
    """

    rule: Rule
    schedules: dict

    _now = None, ()

    def __init__(self, rule, *schedules, **by_name):
        rule = rule() if isinstance(rule, type) and issubclass(rule, Rule) else rule
        check_rule(rule, "Scheduler({}, eta=schedule)")
        fields = numbers_by_name(rule)
        by_name = dict(zip(fields, schedules, strict=False)) | by_name
        if not by_name or len(schedules) > len(fields):
            raise TypeError(
                f"Scheduler({rule!r}) needs a schedule for at least one, and at most "
                f"each, of the numbers {', '.join(fields)}: write Scheduler({rule!r}, "
                f"{next(iter(fields), 'eta')}=schedule)."
            )
        for name, schedule in by_name.items():
            if name not in fields:
                raise TypeError(
                    f"Scheduler: {rule!r} has no number {name}; it has "
                    f"{', '.join(fields) or 'none'}."
                )
            by_name[name] = as_schedule(schedule, f"Scheduler({name}=...)")
        with_numbers(rule, {name: schedule(1) for name, schedule in by_name.items()})
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "schedules", by_name)

    __hash__ = None

    def __repr__(self):
        pairs = (f"{name}={schedule!r}" for name, schedule in self.schedules.items())
        return f"Scheduler({self.rule!r}, {', '.join(pairs)})"

    def init(self, x):
        """The step to come, 1, and what the rule remembers."""
        return 1, self.rule.init(x)

    def inner(self, clock):
        """The rule as it is in this step; made once for all parameters."""
        known = self._now
        if known[0] != clock:
            now = {name: schedule(*clock) for name, schedule in self.schedules.items()}
            known = clock, (with_numbers(self.rule, now),)
            object.__setattr__(self, "_now", known)
        return known[1]

    def split(self, state):
        """What the rule remembers, and the step to come."""
        return state[1:], state[:1]

    def join(self, states, clock):
        """The step to come, and what the rule remembers."""
        return *clock, *states

    def advance(self, t):
        """The next step."""
        return (t + 1,)


class AccumGrad(Rule):
    """The mean of `n` gradients, every n-th step; nothing in the steps between.

    `OptimiserChain(AccumGrad(4), Adam())` is training with batches of four times
    the size, in the memory of one.

    Args:
        n: how many gradients make a step.

    Source: `AccumGrad` of Optimisers.jl.

    >>> rule, x = AccumGrad(2), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([1.0]))
    >>> step is None
    True
    >>> rule.apply(state, x, np.array([3.0]))[1]
    array([2.])
    """

    n: int

    ranges = Rule.with_ranges(n=COUNT)

    def init(self, x):
        """The sum so far, and the number of the gradient to come."""
        return np.zeros_like(x), 1

    def apply(self, state, x, dx):
        """The mean, or None while it is incomplete."""
        total, place = state
        total = dx / self.n if place == 1 else total + dx / self.n
        if place < self.n:
            return (total, place + 1), None
        return (total, 1), total


class MixedPrecision(Rule):
    """Trains a copy of the parameter in another precision, usually a higher one.

    A float16 parameter cannot take in steps of less than a thousandth of itself.
    The copy can; the parameter follows it, rounded.

    Args:
        dtype: of the copy: `np.float32`.
        rule: the whole rule; a chain belongs inside.

    Source: Micikevicius et al., "Mixed Precision Training", arXiv:1710.03740.

    >>> from minigrad.optimise import Descent
    >>> rule, x = MixedPrecision(np.float32, Descent(0.1)), np.ones(1, np.float16)
    >>> state = rule.init(x)
    >>> for _ in range(10):
    ...     state, step = rule.apply(state, x, np.full(1, 1e-3, np.float16))
    ...     x = x - step
    >>> x, state[0].round(5)
    (array([0.999], dtype=float16), array([0.999], dtype=float32))
    """

    dtype: object
    rule: Rule

    not_adjusted = ("dtype",)

    def __post_init__(self):
        if is_rule(self.dtype):
            raise TypeError(
                f"MixedPrecision(dtype, rule): the dtype comes first. Write "
                f"MixedPrecision(np.float32, {self.dtype!r})."
            )
        check_rule(self.rule, "MixedPrecision(dtype, {})")
        check_alone(self.rule, "MixedPrecision")
        try:
            dtype = np.dtype(self.dtype)
        except TypeError:
            dtype = None
        if dtype is None or dtype.kind not in "fc":
            raise TypeError(
                f"MixedPrecision({self.dtype!r}, ...): the copy must be of floats, as "
                f"np.float32 is."
            )
        object.__setattr__(self, "dtype", dtype)

    def __repr__(self):
        return f"MixedPrecision({self.dtype}, {self.rule!r})"

    def init(self, x):
        """The copy, and what the rule remembers of it."""
        if x.dtype.kind == "c" and self.dtype.kind != "c":
            raise DomainError(
                f"{self!r} was given complex numbers, whose copy must be complex, too: "
                f"MixedPrecision(np.complex128, rule)."
            )
        precise = x.astype(self.dtype)
        return precise, self.rule.init(precise)

    def apply(self, state, x, dx, *more):
        """What takes the parameter to where the copy is after its step."""
        precise, inner = state
        dxs = [each.astype(self.dtype) for each in (dx, *more)]
        inner, step = apply_rule(self.rule, inner, precise, dxs[0], dxs[1:])
        if step is None:
            return (precise, inner), None
        precise = precise - step
        return (precise, inner), x - precise.astype(x.dtype)
