"""Events: the moments of a training at which callbacks are called.

    EpochBegin
        StepBegin
            LossBegin         the model has been called, the loss has not
            BackwardBegin     the loss is known, the gradient is not
            BackwardEnd       the gradient is known, the model is still the old one
        StepEnd
    EpochEnd

Around a `fit_` there are two more, `FitBegin` and `FitEnd`, whose phase is None. A
callback is called at `EpochBegin` if it has a method `on_epoch_begin`, and so on.
"""

import re


class Event:
    """The base of all events; a subclass is an event of your own.

    A phase sends it by `handle(AfterGenerator())`, and callbacks receive it in a
    method named after it.

    Attributes:
        method: the name of that method.
        ending: whether something has been done when it comes. Then all callbacks are
            called before a `CancelException` of one of them ends anything.

    >>> class AfterGenerator(Event):
    ...     pass
    >>> AfterGenerator.method, AfterGenerator()
    ('on_after_generator', AfterGenerator())
    """

    method, ending = "", False

    def __init_subclass__(cls):
        cls.method = f"on_{words(cls.__name__)}"

    def __repr__(self):
        return f"{type(self).__name__}()"


def words(name):
    """The name of a class as that of a function.

    >>> words("EpochBegin"), words("MyGANPhase")
    ('epoch_begin', 'my_gan_phase')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class FitBegin(Event):
    """A `fit_` begins. A phase is not there yet: callbacks get None."""


class EpochBegin(Event):
    """A pass over data begins, in some phase."""


class StepBegin(Event):
    """A step begins: `learner.step` holds `xs` and `ys`, and nothing else."""


class LossBegin(Event):
    """The model has been called: there is `learner.step.yhat` as well."""


class BackwardBegin(Event):
    """The loss has been computed: there is `learner.step.loss` as well."""


class BackwardEnd(Event):
    """There is `learner.step.grads`, with which the model will be updated."""


class StepEnd(Event):
    """A step has ended; in a training phase the model has been updated."""

    ending = True


class EpochEnd(Event):
    """A pass over data has ended, or was cancelled by `CancelEpochException`."""

    ending = True


class FitEnd(Event):
    """A `fit_` has ended: it was done, cancelled, or interrupted by Ctrl-C."""

    ending = True


def known_events():
    """All classes of events, also those made by users."""
    found, new = [], [Event]
    while new:
        new = [sub for event in new for sub in event.__subclasses__()]
        found += new
    return found
