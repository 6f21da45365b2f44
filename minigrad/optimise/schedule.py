"""What all schedules share: callables of the step, with named numbers.

A schedule answers one question: which value has a number, such as the learning
rate, in step t? Subclass `Schedule` for a schedule of your own; any function of the
step will do as well.
"""

from itertools import count
from math import inf, isfinite
from numbers import Integral, Real
from types import MappingProxyType
from typing import ClassVar

from ..errors import DomainError, described
from .numbers import AT_LEAST_0, COUNT, FRACTION, Numbered


class Schedule(Numbered):
    """The base of all schedules: `schedule(t)` is the value in step t = 1, 2, ...

    A subclass states its numbers as annotated fields, is made a dataclass by that,
    and says by `at(self, t)` what it is. Nothing is remembered between calls:
    `Stateful` does that. Schedules are iterable, endlessly unless `length` is finite.

    Attributes:
        fields: the names of the numbers.
        spellings: Greek letters that stand for fields, as in Julia's older versions.
        fractions: whether steps such as 1.5 have a meaning.

    Raises:
        TypeError: a number of it is not a number.
        DomainError: it is outside its range, such as a period 0.

    Source: ParameterSchedulers.jl.

    >>> class Root(Schedule):
    ...     start: float
    ...
    ...     def at(self, t):
    ...         return self.start / t**0.5
    >>> schedule = Root(0.4)
    >>> schedule, schedule(1), schedule(4)
    (Root(0.4), 0.4, 0.2)
    >>> for eta, epoch in zip(schedule, range(1, 4)):
    ...     print(epoch, round(eta, 3))
    1 0.4
    2 0.283
    3 0.231
    """

    spellings = MappingProxyType(
        {"λ": "start", "γ": "decay", "p": "degree", "λ0": "l0", "λ1": "l1"}
    )
    ranges = MappingProxyType(
        {
            "period": COUNT,
            "max_iter": COUNT,
            "nsteps": COUNT,
            "offset": COUNT,
            "rate": (lambda x: x > 0, "a rate is above 0"),
            "decay": (AT_LEAST_0, "it is at least 0, and finite"),
            "degree": (AT_LEAST_0, "it is at least 0, and finite"),
            "percent_start": FRACTION,
        }
    )
    fractions: ClassVar[bool] = True

    @classmethod
    def checked(cls, field, given):
        """Also takes schedules, and whole floats such as 1e3 for counts of steps."""
        if field.type is Schedule:
            return as_schedule(given, f"{cls.__name__}({field.name}=...)")
        if field.type is int and isinstance(given, float) and given.is_integer():
            given = int(given)
        number = super().checked(field, given)
        if isinstance(number, int | float) and not isfinite(number):
            raise DomainError(
                f"{cls.__name__}({field.name}={given!r}): it must be finite."
            )
        return number

    def __call__(self, t):
        """The value in step t.

        Args:
            t: the step, at least 1; a fraction only where the formula allows it.

        Returns:
            A float.

        Raises:
            TypeError: `t` is not a number; arrays of steps are not served.
            DomainError: it is below 1, NaN or infinite, or a fraction of no meaning.
            IndexError: the schedule is finite, and over before this step.
        """
        t = checked_step(t, self)
        if t > self.length:
            raise IndexError(
                f"{self!r} has {self.length} steps, and step {t} was asked for. "
                f"Train for fewer steps, or let another schedule follow: "
                f"Sequence((this, {self.length}), (other, n))."
            )
        try:
            return value_at(self.at, t)
        except OverflowError:
            raise DomainError(
                f"The value of {self!r} in step {t} is too large for a float."
            ) from None

    def __iter__(self):
        steps = range(1, self.length + 1) if self.length < inf else count(1)
        return map(self, steps)

    def __len__(self):
        if self.length == inf:
            raise TypeError(
                f"{self!r} has no length: it goes on for ever. Take the first values "
                f"by zip(schedule, range(1, 101)), or cut it: Shortened(schedule, 100)."
            )
        return self.length

    def __bool__(self):
        return True

    @property
    def length(self):
        """How many steps there are, `math.inf` if it goes on for ever."""
        return inf

    def at(self, t):
        """The value in step t, which has been checked."""
        raise NotImplementedError(f"{type(self).__name__} needs a method at(self, t)")


class Constant(Schedule):
    """`value` in every step. Where a schedule is expected, a number means this.

    Args:
        value: any finite number.

    >>> Constant(0.1)(1), Constant(0.1)(1000)
    (0.1, 0.1)
    """

    value: float

    def at(self, t):
        """The same in every step."""
        return self.value


def as_schedule(given, owner):
    """A schedule, or any other callable of the step; a number becomes `Constant`.

    Args:
        given: by the caller of a constructor.
        owner: the constructor and the argument, for messages, as `"Loop(f=...)"`.

    Raises:
        TypeError: it is neither, or a class where one of its objects is meant.
    """
    if isinstance(given, Real) and not isinstance(given, bool):
        return Constant(given)
    if isinstance(given, type):
        raise TypeError(
            f"{owner}: {described(given)} is not a schedule yet; call it with its "
            f"numbers first, as in Exp(start=0.1, decay=0.9)."
        )
    if not callable(given):
        raise TypeError(
            f"{owner} needs a schedule, a function of the step, or a number, not "
            f"{described(given)}."
        )
    return given


def value_at(schedule, t):
    """The value of a schedule, or of another callable, in step t: a float.

    Raises:
        TypeError: it returns something else than a real number.
    """
    value = schedule(t)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(
            f"{schedule!r} gave {described(value)} for step {t}: the value of a "
            f"schedule is a real number, such as 0.1."
        )
    return float(value)


def length_of(schedule):
    """How many steps a schedule has; other callables are taken to be endless."""
    return schedule.length if isinstance(schedule, Schedule) else inf


def require(schedule, steps, owner):
    """Refuse a schedule that is over before it has made so many steps.

    Raises:
        DomainError: it is.
    """
    if length_of(schedule) < steps:
        raise DomainError(
            f"{owner} asks for {steps} steps of {schedule!r}, which has "
            f"{length_of(schedule)}."
        )


def checked_step(t, schedule):
    """The step as an int, or as a float where fractions of steps have a meaning.

    Raises:
        TypeError: it is not a number.
        DomainError: it is below 1, NaN, infinite, or a fraction of no meaning.
    """
    if isinstance(t, bool) or not isinstance(t, Real):
        several = hasattr(t, "__len__") or hasattr(t, "__array__")
        hint = "For several write [schedule(t) for t in steps]." if several else ""
        raise TypeError(
            f"{schedule!r} takes one step at a time, a number such as 1, not "
            f"{described(t)}. {hint}".rstrip()
        )
    if not 1 <= t < inf:
        raise DomainError(
            f"{schedule!r} was asked for step {t}. Steps are counted from 1: "
            f"schedule(1) is the first value."
        )
    if t == int(t):
        return int(t)
    if not schedule.fractions:
        raise DomainError(
            f"{schedule!r} was asked for step {t}, but knows whole steps only. For "
            f"steps in other units, such as seconds, wrap it: Interpolator(schedule, "
            f"rate)."
        )
    return float(t)


def whole(given, owner, name):
    """A count of steps as an int, which may be given as a whole float.

    Raises:
        TypeError: it is not a whole number.
        DomainError: it is below 1.
    """
    is_whole = isinstance(given, Integral) and not isinstance(given, bool)
    if not is_whole and not (isinstance(given, float) and given.is_integer()):
        raise TypeError(
            f"{owner}: {name} is a whole number of steps, such as 10, not {given!r}."
        )
    if given < 1:
        raise DomainError(f"{owner}: {name}={given!r} must be at least 1.")
    return int(given)
