"""Running a step or an epoch: its events, its state, and the ways out of it.

    with runstep(learner, phase, xs=xs, ys=ys) as (handle, state):
        state.yhat = learner.model(state.xs)
        handle(LossBegin())
        ...

`handle` sends events, and `state` is what callbacks find as `learner.step`.
"""

from ..autodiff.tape import is_tracking, not_tracking
from ..autodiff.tracked import Tracked
from ..errors import described
from .cancelling import CancelEpochException, CancelStepException
from .events import BackwardEnd, EpochBegin, EpochEnd, StepBegin, StepEnd
from .propdict import StepState


def step_(learner, phase, batch):
    """One step with one batch: `phase.step_(learner, batch)`.

    Args:
        learner: the learner.
        phase: says what a step is: `TrainingPhase()`, or one of your own.
        batch: what the data gave, mostly a pair `(xs, ys)`.

    Raises:
        CancelFittingException: Ctrl-C was pressed during a `fit_`.

    A `CancelStepException` ends the step and nothing else.

    >>> from minigrad.learner import TrainingPhase, testlearner
    >>> learner = testlearner()
    >>> step_(learner, TrainingPhase(), learner.data.training[0])
    >>> list(learner.step)
    ['xs', 'ys', 'yhat', 'loss', 'grads']
    """
    learner.position.step += 1
    try:
        phase.step_(learner, batch)
    except CancelStepException:
        pass
    if learner.interrupted:
        learner.stop_if_interrupted()


def epoch_(learner, phase, dataiter=None):
    """One pass over data: `phase.epoch_(learner, dataiter)`.

    Args:
        learner: the learner.
        phase: says what an epoch and a step are.
        dataiter: anything to iterate over; `learner.data.training`, or
            `learner.data.validation`, by default.

    Raises:
        TypeError: `phase` is no phase, or there is no data for it.
        CancelFittingException: a callback, or the phase, has raised it.
        RuntimeError: another epoch of this learner has not ended.

    >>> from minigrad.learner import TrainingPhase, testlearner
    >>> learner = testlearner()
    >>> for epoch in range(10):
    ...     epoch_(learner, TrainingPhase())
    >>> bool(learner.step.loss < 0.1)
    True
    """
    if isinstance(phase, type) or not hasattr(phase, "epoch_"):
        raise TypeError(
            f"epoch_(learner, phase) takes a phase, an object such as TrainingPhase(), "
            f"and was given {described(phase)}. For a phase of your own write class "
            f"Mine(AbstractTrainingPhase), and then Mine()."
        )
    learner.batches = learner.data_for(phase) if dataiter is None else dataiter
    try:
        phase.epoch_(learner, learner.batches)
    except CancelEpochException:  # from on_epoch_begin, where no `with` can catch it
        pass
    except TypeError as error:
        learner.annotate(error)
        raise
    finally:
        learner.batches = None


# --- A step ------------------------------------------------------------------------


def runstep(first, second, *rest, **initial):
    """The context of one step: `StepBegin` before, `StepEnd` after, and the state.

        with runstep(learner, phase, xs=xs, ys=ys) as (handle, state): ...
        state = runstep(body, learner, phase, {"xs": xs, "ys": ys})

    In the second form the body is a function of `handle` and `state`.

    Args:
        first: the learner; or the body.
        second: the phase; or the learner.
        rest: with a body: the phase; then perhaps what the state begins with, a dict.
        initial: what the state begins with, by name.

    Returns:
        What `with` needs; in the second form the state.

    `handle(event)` calls the callbacks. While a gradient is computed it shows them
    plain values, and what they do is not recorded. `state` becomes `learner.step`;
    you can store any data in it.

    A `CancelStepException` ends the step without `StepEnd`. (Raised at `StepBegin`,
    it leaves the `with`, and is caught by `step_`.) Whatever is raised, what layers
    have recorded of this batch, as the mean of `BatchNorm`, is taken back: the model is
    as it was after the last whole step.

    Source: `runstep` of FluxTraining.jl.

    >>> from minigrad.learner import TrainingPhase, testlearner
    >>> learner = testlearner()
    >>> with runstep(learner, TrainingPhase(), xs=3.0) as (handle, state):
    ...     state.yhat = 2 * state.xs
    >>> learner.step.yhat
    6.0
    """
    if not callable(first):
        return Step(first, second, dict(*rest, **initial) if rest else initial)
    phase, *given = rest
    return Step(second, phase, dict(*given, **initial)).run(first)


class Step:
    """One step, as a context: see `runstep`.

    Attributes:
        learner, phase: whose step it is.
        state: what is known of it.
        methods: by class of event, what is to be called.
        saved: what layers record, as it was before.
        settled: whether `state` has been untracked since the last event.
    """

    __slots__ = ("learner", "methods", "phase", "saved", "settled", "state")

    def __init__(self, learner, phase, initial):
        self.learner, self.phase = learner, phase
        self.methods = learner.callbacks.methods
        self.state = state = StepState()
        state.__dict__ = initial
        self.settled = False

    def run(self, body):
        """Call `body(handle, state)` within this context; the state."""
        try:
            with self as (handle, state):
                body(handle, state)
        except CancelStepException:
            pass
        return self.state

    def handle(self, event):
        """Call the callbacks that wait for an event, and show them plain values."""
        kind = type(event)
        if self.methods[kind]:
            self._send(event)
        elif kind is BackwardEnd:
            self.state.untrack()
        self.settled = kind is BackwardEnd

    def _send(self, event):
        learner = self.learner
        if is_tracking():
            with self.state.untracked(), not_tracking():
                learner.callbacks.handle(event, learner, self.phase)
        else:
            if not self.settled:
                self.state.untrack()
            learner.callbacks.handle(event, learner, self.phase)

    def __enter__(self):
        learner = self.learner
        recorded = learner.recorded
        self.saved = [(x, x.copy()) for x in recorded] if recorded else ()
        learner.__dict__["step"] = self.state  # what `learner.step = ...` does, faster
        if self.methods[StepBegin]:
            self._send(StepBegin())
        return self.handle, self.state

    def __exit__(self, kind, error, trace):
        state = self.state
        if not self.settled or Tracked in map(type, state.__dict__.values()):
            state.untrack()
        self.settled = True
        if kind is None:
            if self.methods[StepEnd]:
                try:
                    self._send(StepEnd())
                except CancelStepException:
                    pass
            return False
        for x, before in self.saved:
            x[...] = before
        return issubclass(kind, CancelStepException)


# --- An epoch ----------------------------------------------------------------------


def runepoch(*args):
    """The context of one epoch: `EpochBegin` before, and `EpochEnd` after.

        with runepoch(learner, phase) as handle: ...
        runepoch(body, learner, phase)

    In the second form the body is a function of `handle`. `withepoch` is another name.

    Args:
        args: the learner and the phase; before them the body, if it is a function.

    A `CancelEpochException` in it ends the epoch, which has its `EpochEnd` all the
    same. A `CancelFittingException` goes through, without `EpochEnd`, to `fit_`.

    Source: `runepoch` of FluxTraining.jl.

    >>> from minigrad.learner import CustomCallback, ValidationPhase, testlearner
    >>> seen = CustomCallback(lambda learner: print("the end"), EpochEnd)
    >>> learner = testlearner(seen)
    >>> with runepoch(learner, ValidationPhase()) as handle:
    ...     raise CancelEpochException("It has lasted long enough.")
    the end
    """
    if not callable(args[0]):
        return Epoch(*args)
    body, learner, phase = args
    return Epoch(learner, phase).run(body)


withepoch = runepoch


class Epoch:
    """One epoch, as a context: see `runepoch`."""

    __slots__ = ("learner", "phase")

    def __init__(self, learner, phase):
        self.learner, self.phase = learner, phase

    def run(self, body):
        """Call `body(handle)` within this context."""
        try:
            with self as handle:
                body(handle)
        except CancelEpochException:
            pass

    def handle(self, event):
        """Call the callbacks that wait for an event."""
        self.learner.handle(event, self.phase)

    def __enter__(self):
        learner = self.learner
        learner.position.begin_epoch()
        learner.find_recorded()
        try:
            self.handle(EpochBegin())
        except BaseException as error:
            learner.position.inside = False
            if isinstance(error, CancelEpochException):
                self._end()
            raise
        return self.handle

    def __exit__(self, kind, error, trace):
        self.learner.position.inside = False
        if kind is None or issubclass(kind, CancelEpochException):
            self._end()
            return True
        return False

    def _end(self):
        try:
            self.handle(EpochEnd())
        except CancelEpochException:
            pass
