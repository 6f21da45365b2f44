"""Three ways out of training, raised by callbacks or by the body of a phase."""


class CancelException(Exception):
    """What the three have in common: no error, but a decision.

    Args:
        message: why.
    """


class CancelStepException(CancelException):
    """Ends the step, without `StepEnd`; the next batch follows.

    Raised before the update, as in `on_backward_end`, it leaves the batch out.
    """


class CancelEpochException(CancelException):
    """Ends the step and the epoch; `EpochEnd` follows, and then the next phase."""


class CancelFittingException(CancelException):
    """Ends the training. `fit_` ends quietly and keeps the message.

    It is found in `learner.stopped`. The calls below `fit_`, as `epoch_` and `step_`,
    let it through.
    """
