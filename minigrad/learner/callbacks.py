"""The callbacks of a learner: checked, put in order, called, and printed."""

from difflib import get_close_matches
from inspect import signature

from ..autodiff.table import aligned
from ..errors import described
from ..optimise.contract import is_rule
from .cancelling import CancelException
from .conditional import name_of, unwrapped
from .events import Event, known_events
from .ordering import in_order, runs_after


class Methods(dict):
    """By the class of an event, pairs of a callback and its method for it."""

    def __init__(self, callbacks):
        self.callbacks = callbacks

    def __missing__(self, event):
        """Find them, when the event comes for the first time."""
        if not issubclass(event, Event):
            raise TypeError(
                "handle is called with an event, which is an object: write "
                "handle(LossBegin())."
            )
        self[event] = [
            (callback, getattr(callback, event.method))
            for callback in self.callbacks
            if hasattr(callback, event.method)
        ]
        return self[event]


class Callbacks:
    """The callbacks of a learner, in the order in which they run.

    Printed, it is a table: who runs after whom, and at which events.

    Args:
        callbacks: a list of objects with methods named after events. A class may be
            there once if it says `single = True`.

    Attributes:
        methods: by the class of an event, pairs of a callback and its method for it.

    `callbacks[Metrics]` is the first of that class, `Metrics in callbacks` tells
    whether there is one, and iterating gives them one after the other.

    Raises:
        TypeError: something cannot be a callback; says what it lacks.
        ValueError: they wait for each other in a circle, or one is there twice.

    >>> class Printer:
    ...     def on_step_end(self, learner, phase):
    ...         print(learner.step.loss)
    >>> Callbacks([Printer()])
    callback  runs after  events
    Printer               StepEnd
    """

    def __init__(self, callbacks):
        callbacks = list(callbacks)
        for callback in callbacks:
            _check(callback)
        _check_once(callbacks)
        self._callbacks = in_order(callbacks)
        self.methods = Methods(self._callbacks)

    def handle(self, event, learner, phase):
        """Call all callbacks that have a method for an event.

        An error gets a note: which callback, which event, which step. So does a
        `CancelException`, which is an error where nothing is there to be cancelled.
        """
        cancelled = None
        for callback, method in self.methods[type(event)]:
            try:
                method(learner, phase)
            except Exception as error:
                error.add_note(
                    f"This happened in the callback {name_of(callback)} at "
                    f"{type(event).__name__}{learner.position.where(phase)}."
                )
                if not (event.ending and isinstance(error, CancelException)):
                    raise
                cancelled = cancelled or error
        if cancelled is not None:
            raise cancelled

    def __iter__(self):
        return iter(self._callbacks)

    def __len__(self):
        return len(self._callbacks)

    def __contains__(self, cls):
        return any(_is(callback, cls) for callback in self)

    def __getitem__(self, key):
        if not isinstance(key, type):
            return self._callbacks[key]
        for callback in self:
            if _is(callback, key):
                return unwrapped(callback)
        names = ", ".join(map(name_of, self)) or "none"
        raise KeyError(f"There is no callback {key.__name__}; there are: {names}.")

    def __repr__(self):
        if not self._callbacks:
            return "No callbacks"
        rows = [
            (
                name_of(callback),
                ", ".join(_says(cls) for cls in runs_after(callback)),
                ", ".join(_events(callback)),
            )
            for callback in self
        ]
        return aligned([("callback", "runs after", "events"), *rows])


def _is(callback, key):
    if isinstance(key, type):
        return isinstance(unwrapped(callback), key)
    return callback is key


def _says(cls):
    return "all others" if cls is object else cls.__name__


def _events(callback):
    return [e.__name__ for e in known_events() if hasattr(callback, e.method)]


def _check(callback):
    if isinstance(callback, type):
        raise TypeError(
            f"A callback is an object, and {callback.__name__} is a class: write "
            f"{callback.__name__}()."
        )
    known = [event.method for event in known_events()]
    methods = [
        name
        for name in dir(callback)
        if name.startswith("on_") and callable(getattr(callback, name))
    ]
    for name in methods:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise TypeError(
                f"{name_of(callback)}.{name} would never be called: no event has that "
                f"name. {hint}There are: {', '.join(known)}."
            )
        _check_signature(callback, name)
    _check_memory(callback)
    if not methods:
        raise TypeError(
            f"{described(callback)} cannot be a callback: it has no method named after "
            f"an event. {_instead(callback)}"
        )


def _check_memory(callback):
    """Both halves of what a checkpoint needs, or none."""
    kept, loaded = (hasattr(callback, x) for x in ("state_dict", "load_state_dict_"))
    if kept != loaded:
        there, lacking = "state_dict()", "load_state_dict_(state)"
        there, lacking = (there, lacking) if kept else (lacking, there)
        raise TypeError(
            f"{name_of(callback)} has a method {there} and none {lacking}: a training "
            f"that is resumed needs both."
        )


def _instead(thing):
    """What may have been meant by something that is no callback."""
    if is_rule(thing):
        return (
            "It is a rule: write Learner(..., optimizer=...). (A callback of the name "
            "Scheduler is in minigrad.learner.)"
        )
    if callable(thing):
        return (
            "A metric goes into Metrics(f); another function becomes a callback by "
            "CustomCallback(f, EpochEnd)."
        )
    return "Write, for instance, def on_epoch_end(self, learner, phase)."


def _check_signature(callback, name):
    try:
        signature(getattr(callback, name)).bind("learner", "phase")
    except TypeError:
        raise TypeError(
            f"{name_of(callback)}.{name} is called with the learner and the phase. "
            f"Write def {name}(self, learner, phase)."
        ) from None
    except ValueError:  # a function of C, which does not tell
        pass


def _related(one, other):
    """Whether both are of the same kind: one may be of a subclass."""
    return isinstance(one, type(other)) or isinstance(other, type(one))


def _check_once(callbacks):
    for position, callback in enumerate(callbacks):
        for other in callbacks[:position]:
            if callback is other:
                raise ValueError(
                    f"The callback {callback!r} was given twice: it would be called "
                    f"twice. Make another one."
                )
            single = getattr(unwrapped(callback), "single", False)
            if single and _related(unwrapped(callback), unwrapped(other)):
                raise ValueError(
                    f"There are two callbacks {name_of(callback)}, and both would "
                    f"write the same things down. Keep one of them."
                )
