"""Three ways out of training, raised by callbacks or by the body of a phase."""

NO_REASON = "CancelFittingException was raised, without a reason."
"""What `learner.stopped` says if the exception says nothing."""


class CancelException(Exception):
    """What the three have in common: no error, but a decision.

    Args:
        message: why.
    """


class CancelStepException(CancelException):
    """Ends the step, without `StepEnd`; the next batch follows.

    Raised before the update, as in `on_backward_end`, it leaves the batch out.

    >>> from minigrad.learner import BackwardEnd, CustomCallback, fit_, testlearner
    >>> def leave_out(learner):
    ...     raise CancelStepException("not this batch")
    >>> learner = testlearner(CustomCallback(leave_out, BackwardEnd))
    >>> fit_(learner, 1)
    >>> learner.model.coefficient  # as it was
    array([0.5])
    """


class CancelEpochException(CancelException):
    """Ends the step and the epoch; `EpochEnd` follows, and then the next phase.

    >>> from minigrad.learner import CustomCallback, StepEnd, fit_, testlearner
    >>> def enough(learner):
    ...     raise CancelEpochException("enough")
    >>> learner = testlearner(CustomCallback(enough, StepEnd))
    >>> fit_(learner, 2)
    >>> learner.position.epoch  # one step each
    2
    """


class CancelFittingException(CancelException):
    """Ends the training. `fit_` ends quietly and keeps the message.

    It is found in `learner.stopped`. The calls below `fit_`, as `epoch_` and `step_`,
    let it through.

    >>> from minigrad.learner import CustomCallback, StepEnd, fit_, testlearner
    >>> def enough(learner):
    ...     raise CancelFittingException("enough")
    >>> learner = testlearner(CustomCallback(enough, StepEnd))
    >>> fit_(learner, 2)
    >>> learner.stopped
    'enough'
    """
