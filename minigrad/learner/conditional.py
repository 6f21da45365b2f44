"""Callbacks around callbacks: called only sometimes, and functions as callbacks."""

from functools import partial
from math import inf
from numbers import Integral, Real
from time import monotonic

from ..errors import DomainError, described
from .events import Event, known_events


class CustomCallback:
    """A function that is called at one event.

    Args:
        f: called as `f(learner)`.
        event: the class of the event, as `StepEnd`.
        phase: in which phases: a class, or a tuple of classes; all by default.

    Raises:
        TypeError: `f` is no function, `event` no event, or `phase` no class.

    >>> from minigrad.learner import CustomCallback, StepEnd
    >>> CustomCallback(lambda learner: print(learner.step.loss), StepEnd)
    CustomCallback(<lambda>, StepEnd)
    """

    def __init__(self, f, event, phase=object):
        if not callable(f) or isinstance(f, type):
            raise TypeError(
                f"CustomCallback needs a function of the learner, not {described(f)}: "
                f"write CustomCallback(lambda learner: ..., StepEnd)."
            )
        _check_event(event, "CustomCallback(f, event)")
        check_classes(phase, "CustomCallback")
        self.f, self.event, self.phase = f, event, phase
        setattr(self, event.method, self._call)

    def _call(self, learner, phase):
        if phase is None or isinstance(phase, self.phase):
            self.f(learner)

    def __repr__(self):
        name = getattr(self.f, "__name__", repr(self.f))
        return f"{type(self).__name__}({name}, {self.event.__name__})"


class ConditionalCallback:
    """A callback that is called only if a condition says so.

    Args:
        callback: any callback.
        condition: called as `condition(event, phase)`, with the class of the event,
            before every call of `callback`; returns whether it is to be called.

    Raises:
        TypeError: `callback` is a class, or `condition` no function.

    >>> from minigrad.learner import MetricsPrinter, TrainingPhase
    >>> ConditionalCallback(MetricsPrinter(), lambda event, phase: True)
    ConditionalCallback(MetricsPrinter())
    """

    def __init__(self, callback, condition):
        if isinstance(callback, type):
            raise TypeError(
                f"ConditionalCallback needs an object: write {callback.__name__}()."
            )
        if not callable(condition):
            raise TypeError(
                f"ConditionalCallback needs a function of the event and the phase, "
                f"not {described(condition)}."
            )
        self.callback, self.condition = callback, condition
        for event in known_events():
            if hasattr(callback, event.method):
                setattr(self, event.method, partial(self._call, event))

    def _call(self, event, learner, phase):
        if self.condition(event, phase):
            getattr(self.callback, event.method)(learner, phase)

    @property
    def runafter(self):
        """That of the callback."""
        return getattr(self.callback, "runafter", ())

    def state_dict(self):
        """What the condition has counted, and the state of the callback."""
        return {
            "condition": state_of(self.condition),
            "callback": state_of(self.callback),
        }

    def load_state_dict_(self, state):
        """Go on from what `state_dict` gave."""
        restore_(self.condition, state["condition"])
        restore_(self.callback, state["callback"])

    def __repr__(self):
        return f"{type(self).__name__}({self.callback!r})"


def state_of(callback):
    """What a callback remembers, if it says so by `state_dict`; None otherwise."""
    return callback.state_dict() if hasattr(callback, "state_dict") else None


def restore_(callback, state):
    """Let a callback go on from what `state_of` gave."""
    if state is not None and hasattr(callback, "load_state_dict_"):
        callback.load_state_dict_(state)


def name_of(callback):
    """What messages call a callback: its class; of a wrapped one, that of both."""
    name = type(callback).__name__
    if isinstance(callback, ConditionalCallback):
        return f"{name}({name_of(callback.callback)})"
    return name


def unwrapped(callback):
    """The callback within wrappers such as those of `throttle`."""
    while isinstance(callback, ConditionalCallback):
        callback = callback.callback
    return callback


# --- Less often --------------------------------------------------------------------


def throttle(callback, event, *, freq=None, seconds=None, clock=monotonic):
    """A callback that gets an event less often; the first time it always does.

    Args:
        callback: any callback; all other events reach it as before.
        event: the class of the event, as `StepEnd`.
        freq: a whole number: it is called every `freq`-th time. All phases count: with
            validation there are two `EpochEnd` in an epoch.
        seconds: it is called if so many seconds have passed since the last call.
        clock: a function that returns the seconds since some moment; for tests.

    Returns:
        A `ConditionalCallback`.

    Raises:
        TypeError: not exactly one of `freq` and `seconds` is given, or no number; the
            callback does not wait for the event.
        DomainError: it is not positive.

    Source: `throttle` of FluxTraining.jl. (`minigrad.throttle` is that of Flux, for
    functions.)

    >>> from minigrad.learner import CustomCallback, StepEnd
    >>> throttle(CustomCallback(print, StepEnd), StepEnd, freq=10)
    ConditionalCallback(CustomCallback(print, StepEnd))
    """
    _check_event(event, "throttle(callback, event)")
    if not hasattr(callback, event.method):
        raise TypeError(
            f"throttle(callback, {event.__name__}): {described(callback)} has no "
            f"method {event.method}, so there is nothing to be called less often. Name "
            f"an event that it waits for."
        )
    if (freq is None) == (seconds is None):
        raise TypeError(
            f"throttle needs either freq= or seconds=: write throttle(callback, "
            f"{event.__name__}, freq=10) for every tenth time."
        )
    given, kind = (seconds, Real) if freq is None else (freq, Integral)
    name = "seconds" if freq is None else "freq"
    if isinstance(given, bool) or not isinstance(given, kind):
        raise TypeError(f"throttle({name}={given!r}): that must be a number of times.")
    if not (given >= 1 if freq is not None else 0 <= given < inf):
        raise DomainError(
            f"throttle({name}={given!r}): it is at least {0 if freq is None else 1}."
        )
    if freq is None:
        return ConditionalCallback(callback, _Seconds(event, seconds, clock))
    return ConditionalCallback(callback, _Frequency(event, freq))


class _Frequency:
    """True every `freq`-th time that it is asked about an event."""

    def __init__(self, event, freq):
        self.event, self.freq, self.count = event, freq, 0

    def __call__(self, event, phase):
        if event is not self.event:
            return True
        self.count += 1
        return (self.count - 1) % self.freq == 0

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict_(self, state):
        self.count = state["count"]


class _Seconds:
    """True if the last time was long ago; never twice in `seconds`."""

    def __init__(self, event, seconds, clock):
        self.event, self.seconds, self.clock, self.last = event, seconds, clock, None

    def __call__(self, event, phase):
        if event is not self.event:
            return True
        if self.last is not None and self.clock() - self.last < self.seconds:
            return False
        self.last = self.clock()
        return True


def check_classes(phase, owner):
    """Refuse what is no class of phases, and no tuple of them.

    Raises:
        TypeError: it is an object, mostly.
    """
    classes = phase if isinstance(phase, tuple) else (phase,)
    if not all(isinstance(one, type) for one in classes):
        raise TypeError(
            f"{owner}(phase=...) is a class of phases, or a tuple of classes, and not "
            f"{described(phase)}: write phase=TrainingPhase, without brackets."
        )


def _check_event(event, usage):
    if not isinstance(event, type) or not issubclass(event, Event):
        given = described(event)
        raise TypeError(
            f"{usage}: the event is a class such as StepEnd, and not {given}."
        )
