"""Schedules seen otherwise: later, backwards, in other units, with changing numbers."""

from dataclasses import replace
from math import ceil, floor, inf
from numbers import Real

from ...errors import ShapeError, described
from ..schedule import Schedule, as_schedule, length_of, require, value_at


class Shifted(Schedule):
    """A schedule that starts in its step `offset`: schedule(t - 1 + offset).

    Args:
        schedule: a schedule, or any function of the step.
        offset: the step of it that comes first, at least 1; 1 changes nothing.

    Raises:
        DomainError: it is over before that step.

    Source: `Shifted` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Triangle
    >>> schedule = Shifted(Triangle(0.0, 1.0, period=4), offset=3)  # from the peak on
    >>> [schedule(t) for t in range(1, 6)]
    [1.0, 0.5, 0.0, 0.5, 1.0]
    """

    schedule: Schedule
    offset: int

    def __post_init__(self):
        super().__post_init__()
        require(self.schedule, self.offset, f"Shifted(offset={self.offset})")

    @property
    def length(self):
        """What is left of the schedule from `offset` on."""
        return length_of(self.schedule) - self.offset + 1

    def at(self, t):
        """That of the later step."""
        return value_at(self.schedule, t - 1 + self.offset)


class Interpolator(Schedule):
    """A schedule in other units of time: schedule(⌈t / rate⌉).

    A schedule for epochs, asked for in every batch, has `rate=len(loader)`. A schedule
    for steps, asked for in seconds, has the seconds of a step as its rate.

    Args:
        schedule: a schedule, or any function of the step.
        rate: how much `t` grows in one step of the schedule, above 0.
        ceil_fn: makes a step of `t / rate`. `round` is for times such as 0.1 + 0.2 that
            are not exact, `lambda x: x` for a schedule that takes fractions.

    Raises:
        DomainError: `t` is not above 0.

    Source: `Interpolator` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> schedule = Interpolator(Exp(start=0.4, decay=0.5), rate=3)
    >>> [schedule(batch) for batch in range(1, 8)]
    [0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]
    >>> Interpolator(Exp(start=0.4, decay=0.5), rate=0.01)(0.015)
    0.2
    """

    schedule: Schedule
    rate: float
    ceil_fn: object = ceil

    def __post_init__(self):
        super().__post_init__()
        _check_function(self.ceil_fn, "Interpolator(ceil_fn)")

    @property
    def length(self):
        """As many whole numbers `t` as the schedule has steps for."""
        steps = length_of(self.schedule)
        return steps if steps == inf else floor(steps * self.rate)

    def __call__(self, t):
        """The value at time t, a number above 0."""
        if isinstance(t, Real) and not isinstance(t, bool) and 0 < t < inf:
            return value_at(self.schedule, self.ceil_fn(t / self.rate))
        return super().__call__(t)  # which refuses it


class Reversed(Schedule):
    """A schedule backwards: f(period - t) for 1 <= t <= period - 1.

    A function of the step, which may have a value at 0, is asked for one at
    t = period too.

    Args:
        f: a schedule, or any function of the step.
        period: one step after the step of `f` that comes first, at least 1.

    Raises:
        DomainError: `f` is over before step period - 1.

    Source: `reverse` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> list(reverse(Exp(start=0.4, decay=0.5), period=4))
    [0.1, 0.2, 0.4]
    """

    f: Schedule
    period: int

    def __post_init__(self):
        super().__post_init__()
        require(self.f, self.period - 1, f"{type(self).__name__}(period={self.period})")

    @property
    def length(self):
        """The steps whose mirror image is at least 1, or 0 for a function."""
        return self.period - isinstance(self.f, Schedule)

    def at(self, t):
        """That of the mirror image."""
        return value_at(self.f, self.period - t)


class Symmetric(Reversed):
    """A schedule there and back: f(t) for t < period / 2, then f(period - t).

    Args:
        f: a schedule, or any function of the step.
        period: the step in which it would be back, at least 1; see `reverse`.

    Raises:
        DomainError: `f` is over before step period - 1.

    Source: `symmetric` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> list(symmetric(Exp(start=0.4, decay=0.5), period=6))
    [0.4, 0.2, 0.1, 0.2, 0.4]
    """

    def at(self, t):
        """That of the step, or of its mirror image."""
        return value_at(self.f, t) if t < self.period / 2 else super().at(t)


reverse = Reversed
"""The name of `Reversed` in ParameterSchedulers.jl."""

symmetric = Symmetric
"""The name of `Symmetric` in ParameterSchedulers.jl."""


class ComposedSchedule(Schedule):
    """A schedule whose own numbers follow schedules: schedule with p(t), in step t.

        p(t) = (p₁(t), p₂(t), ...)
        compose_fn(schedule, p(t))(t)

    Args:
        schedule: the schedule whose numbers change.
        parameters: what takes the place of its numbers, in the order of its fields:
            schedules, functions of the step, or numbers that stay. Fields at the end
            may be left out, and stay.
        compose_fn: `(schedule, values) -> schedule`; unless given, a schedule of the
            same class, with the values for its fields.

    Raises:
        TypeError: the parameters are no tuple, or one of them is a class.
        ShapeError: there are more parameters than fields.

    Source: `ComposedSchedule` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Cos, Step
    >>> peaks = Step(start=1.0, decay=0.1, step_sizes=2)
    >>> schedule = ComposedSchedule(Cos(0.0, 1.0, period=2), (0.0, peaks, 2))
    >>> [round(schedule(t), 3) for t in range(1, 7)]
    [1.0, 0.5, 0.1, 0.05, 0.01, 0.005]
    """

    schedule: Schedule
    parameters: tuple
    compose_fn: object = None

    def __post_init__(self):
        super().__post_init__()
        if self.compose_fn is not None:
            _check_function(self.compose_fn, "ComposedSchedule(compose_fn)")
        if not isinstance(self.parameters, tuple | list):
            raise TypeError(
                f"ComposedSchedule needs a tuple of parameters, one for each number of "
                f"{self.schedule!r}, not {described(self.parameters)}."
            )
        parameters = tuple(
            as_schedule(p, "ComposedSchedule(parameters)") if callable(p) else p
            for p in self.parameters
        )
        object.__setattr__(self, "parameters", parameters)
        names = getattr(self.schedule, "fields", ())
        if self.compose_fn is None and len(self.parameters) > len(names):
            raise ShapeError(
                f"ComposedSchedule was given {len(self.parameters)} parameters, and "
                f"{self.schedule!r} has {len(names)} numbers ({', '.join(names)}). For "
                f"another way to make a schedule of the parameters, give compose_fn."
            )

    @property
    def length(self):
        """That of the schedule as it was given."""
        return length_of(self.schedule)

    def at(self, t):
        """That of the schedule of this step."""
        given = self.parameters
        values = tuple(value_at(p, t) if callable(p) else p for p in given)
        if self.compose_fn is None:
            changed = dict(zip(self.schedule.fields, values, strict=False))
            return value_at(replace(self.schedule, **changed), t)
        made = self.compose_fn(self.schedule, values)
        return value_at(as_schedule(made, "What compose_fn returns"), t)


def _check_function(given, owner):
    if not callable(given):
        raise TypeError(f"{owner} must be a function, not {described(given)}.")
