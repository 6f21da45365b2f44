"""Schedules made of schedules: one after the other, over and over, or cut."""

from math import inf

from ...errors import ShapeError, described
from ..schedule import Schedule, as_schedule, length_of, require, value_at, whole


class Sequence(Schedule):
    """One schedule after the other, each from its own first step on.

        s₁(t) for t <= n₁,  s₂(t - n₁) for the next n₂ steps, ...,  the last for ever

    Warm-up is a sequence: half a `Triangle`, then the schedule itself. In the same
    way `Sin` warms up along a sine.

    Args:
        stages: pairs `(schedule, steps)`, one or more; or one iterable of such pairs;
            or a list of schedules and a list of their steps. Schedules may be
            functions of the step, or numbers. An iterator, such as a generator, is
            read as far as steps are asked for and may be endless.

    Returns:
        A schedule, which is finite if the last one is: then that one is not cut, and
        the lengths before it are added to its own.

    Raises:
        TypeError: a stage is no pair of a schedule and a whole number.
        DomainError: a number of steps is below 1, or more than the schedule has.
        ShapeError: the two lists are not of the same length.

    Source: `Sequence` of ParameterSchedulers.jl, which writes pairs as `s => n`;
    `SequentialLR` of PyTorch.

    >>> from minigrad.optimise.schedules import Exp, Triangle
    >>> warm = Sequence((Triangle(0.0, 0.4, period=8), 4), (Exp(0.4, decay=0.5), 16))
    >>> [round(warm(t), 3) for t in range(1, 8)]
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.2, 0.1]
    >>> by_hand = Sequence([0.1, 0.01], [2, 1])
    >>> by_hand, [by_hand(t) for t in range(1, 5)]
    (Sequence((Constant(0.1), 2), (Constant(0.01), 1)), [0.1, 0.1, 0.01, 0.01])

    Restarts after 1, 2, 4, 8, ... steps:

    >>> from itertools import count
    >>> from minigrad.optimise.schedules import Cos
    >>> longer = Sequence((Cos(0.0, 1.0, 2**i), 2**i) for i in count())
    >>> [round(longer(t), 2) for t in range(1, 9)]
    [1.0, 1.0, 0.5, 1.0, 0.85, 0.5, 0.15, 1.0]
    """

    stages: object
    fractions = False

    def __init__(self, *stages):
        if len(stages) == 2 and isinstance(stages[0], list):
            stages = _paired(*stages)
        elif len(stages) == 1 and not _is_pair(stages[0]):
            (stages,) = stages
            if callable(stages) or not hasattr(stages, "__iter__"):
                raise TypeError(_needed(described(stages)))
        if hasattr(stages, "__next__"):
            stages = _Remembered(map(_stage, stages))
        else:
            stages = tuple(map(_stage, stages))
        if not any(True for stage in stages):
            raise TypeError(_needed("nothing"))
        object.__setattr__(self, "stages", stages)

    def __repr__(self):
        if isinstance(self.stages, tuple):
            return f"Sequence({', '.join(map(repr, self.stages))})"
        return f"Sequence({next(iter(self.stages))!r}, ...)"

    @property
    def length(self):
        """The steps of all stages but the last, and the length of that one."""
        if not isinstance(self.stages, tuple):
            return inf
        *others, (last, _) = self.stages
        return sum(steps for _, steps in others) + length_of(last)

    def at(self, t):
        """That of the stage in which step t falls."""
        before = 0
        for schedule, steps in self.stages:
            if t <= before + steps:
                return value_at(schedule, t - before)
            before += steps
        return value_at(schedule, t - before + steps)


class _Remembered:
    """What an iterator yields, kept, so that it can be gone through many times."""

    def __init__(self, iterator):
        self.iterator, self.kept = iterator, []

    def __iter__(self):
        place = 0
        while True:
            if place == len(self.kept):
                try:
                    self.kept.append(next(self.iterator))
                except StopIteration:
                    return
            yield self.kept[place]
            place += 1

    def __deepcopy__(self, memo):
        return self  # the same stages for ever; and iterators cannot be copied


def _is_pair(given):
    return isinstance(given, tuple) and len(given) == 2 and type(given[1]) is not tuple


def _paired(schedules, step_sizes):
    """Two lists as pairs."""
    if not isinstance(step_sizes, list | tuple | range):
        raise TypeError(
            f"Sequence([schedules], {step_sizes!r}): a list of schedules needs a list "
            f"of their steps, as in Sequence([0.1, 0.01], [20, 10])."
        )
    if len(schedules) != len(step_sizes):
        raise ShapeError(
            f"Sequence was given {len(schedules)} schedules and {len(step_sizes)} "
            f"numbers of steps: each schedule needs one."
        )
    return tuple(zip(schedules, step_sizes, strict=True))


def _stage(given):
    """One stage, checked."""
    if not _is_pair(given):
        raise TypeError(_needed(f"{given!r} among them"))
    schedule = as_schedule(given[0], "Sequence((schedule, steps))")
    steps = whole(given[1], "Sequence", "the second part of a stage")
    require(schedule, steps, "Sequence")
    return schedule, steps


def _needed(given):
    return (
        f"Sequence needs pairs (schedule, steps), and was given {given}. Write "
        f"Sequence((Triangle(0, 0.1, period=10), 5), (Exp(0.1, decay=0.9), 95))."
    )


class Loop(Schedule):
    """The first `period` steps of `f`, over and over: f((t - 1) mod period + 1).

    Args:
        f: a schedule, or any function of the step.
        period: how many of its steps, at least 1.

    Raises:
        DomainError: `f` is over before it has made so many steps.

    Source: `Loop` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> schedule = Loop(Exp(start=0.4, decay=0.5), period=3)
    >>> [schedule(t) for t in range(1, 8)]
    [0.4, 0.2, 0.1, 0.4, 0.2, 0.1, 0.4]
    """

    f: Schedule
    period: int
    fractions = False

    def __post_init__(self):
        super().__post_init__()
        require(self.f, self.period, f"Loop(period={self.period})")

    def at(self, t):
        """That of `f` in the same step of its first period."""
        return value_at(self.f, (t - 1) % self.period + 1)


class Shortened(Schedule):
    """The first `nsteps` steps of a schedule: schedule(t) for t <= nsteps.

    Args:
        schedule: a schedule, or any function of the step.
        nsteps: how many steps it is cut to, at least 1.

    Raises:
        DomainError: it is shorter than that already.
        IndexError: a step after `nsteps` is asked for.

    Source: `Shortened` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> schedule = Shortened(Exp(start=0.4, decay=0.5), nsteps=3)
    >>> len(schedule), list(schedule)
    (3, [0.4, 0.2, 0.1])
    """

    schedule: Schedule
    nsteps: int

    def __post_init__(self):
        super().__post_init__()
        require(self.schedule, self.nsteps, f"Shortened(nsteps={self.nsteps})")

    @property
    def length(self):
        """`nsteps`."""
        return self.nsteps

    def at(self, t):
        """That of the schedule."""
        return value_at(self.schedule, t)
