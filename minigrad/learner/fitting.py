"""`fit_`: epoch after epoch, until it is done, stopped, or interrupted."""

import signal
import sys
import threading
from contextlib import contextmanager, suppress
from numbers import Integral

from ..errors import DomainError
from .cancelling import NO_REASON, CancelFittingException
from .events import FitBegin, FitEnd
from .phases import Phase, TrainingPhase, ValidationPhase
from .running import epoch_
from .sources import as_data


def fit_(learner, nepochs, data=None, *, phases=None):
    """Train: `nepochs` times an epoch of each phase.

    Args:
        learner: the learner; its model changes.
        nepochs: a whole number, 0 or more.
        data: the data for training and validation, as in `Learner`; by default that of
            the learner. Where there is none for validation, there is no validation.
        phases: what an epoch consists of; by default `TrainingPhase()` and
            `ValidationPhase()`.

    Returns:
        None. `learner.stopped` says why it ended before its time, if it did.

    Raises:
        TypeError: there is no data, or it cannot be iterated over twice; `nepochs` is
            no whole number.
        DomainError: `nepochs` is negative.
        ValueError: there is no phase.
        RuntimeError: it is running already.

    A `CancelFittingException` ends it quietly. Ctrl-C ends it after the current step,
    a second Ctrl-C at once. With a `Checkpointer` it goes on where an earlier run of
    the same program was killed.

    Source: `fit!` of FluxTraining.jl, which lets `CancelFittingException` through.

    >>> from minigrad.learner import testlearner
    >>> learner = testlearner()
    >>> fit_(learner, 10)
    >>> learner.model.coefficient.round(1), learner.stopped
    (array([3.]), None)
    """
    _check_count(nepochs)
    if learner.plan:
        raise RuntimeError(
            "fit_ was called while it runs, as by a callback. Call it again after it "
            "has ended; phases=... says what else an epoch consists of."
        )
    phases = _checked_phases(phases)
    if isinstance(data, Phase):
        raise TypeError(
            f"fit_(learner, nepochs, data): the third argument is the data, and was "
            f"given {data!r}. Write fit_(learner, {nepochs}, phases={data!r})."
        )
    before = learner.data
    learner.data = before if data is None else as_data(data)
    try:
        learner.plan = _plan(learner, phases, nepochs)
        learner.position.begin([type(phase).__name__ for phase, _ in learner.plan])
        learner.nepochs, learner.stopped = nepochs, None
        with _deferring_ctrl_c(learner):
            _fit(learner, nepochs)
    finally:
        learner.data, learner.plan, learner.rest = before, (), None
        learner.position.end()


def _fit(learner, nepochs):
    position = learner.position
    try:
        learner.handle(FitBegin(), None)
        while position.epoch < nepochs and not position.done:
            phase, batches = learner.plan[position.phase]
            epoch_(learner, phase, learner.rest_of(batches))
            position.advance()
            learner.stop_if_interrupted()
    except CancelFittingException as reason:
        learner.stopped = str(reason) or NO_REASON
    with suppress(CancelFittingException):  # there is nothing left to be ended
        learner.handle(FitEnd(), None)
    if learner.interrupted:
        print(learner.stopped, file=sys.stderr, flush=True)


def _plan(learner, phases, nepochs):
    """Pairs of a phase and its data."""
    if phases is None:
        phases = [TrainingPhase()]
        phases += [ValidationPhase()] if learner.data.validation is not None else []
    plan = [(phase, learner.data_for(phase)) for phase in phases]
    for phase, batches in plan:
        if nepochs > 1 and hasattr(batches, "__next__"):
            raise TypeError(
                f"The data for {phase!r} is a {type(batches).__name__}, which is empty "
                f"after one epoch. Make it a list, list(data), or use a DataLoader."
            )
    return plan


def _checked_phases(phases):
    if phases is None:
        return None
    one = isinstance(phases, str) or not hasattr(phases, "__iter__")
    phases = [phases] if one else list(phases)
    if not phases:
        raise ValueError(
            "fit_(phases=...) was given no phase, and an epoch consists of one or "
            "more: write phases=(TrainingPhase(),)."
        )
    for phase in phases:
        if not isinstance(phase, Phase):
            name = phase.__name__ if isinstance(phase, type) else "TrainingPhase"
            raise TypeError(
                f"fit_(phases=...) takes phases, which are objects, and not {phase!r}: "
                f"write phases=({name}(),)."
            )
    return phases


def _check_count(nepochs):
    if isinstance(nepochs, bool) or not isinstance(nepochs, Integral):
        raise TypeError(
            f"fit_(learner, nepochs) needs a whole number of epochs, such as 10, not "
            f"{nepochs!r}."
        )
    if nepochs < 0:
        raise DomainError(f"fit_ cannot train for {nepochs} epochs.")


# --- Ctrl-C ------------------------------------------------------------------------


@contextmanager
def _deferring_ctrl_c(learner):
    """Ctrl-C lets the current step end; a second one ends the program as usual.

    Signals reach the main thread only, and where somebody has a handler of his own it
    stays.
    """
    usual = signal.default_int_handler
    mine = threading.current_thread() is threading.main_thread()
    learner.interrupted = False
    if not mine or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return

    def note(number, frame):
        learner.interrupted = True
        signal.signal(signal.SIGINT, usual)
        print("\nCtrl-C: training ends after this step.", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
