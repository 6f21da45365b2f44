"""Notebook 10, callbacks that stop and remember, by losses that are given."""

import numpy as np

from ...learner import (
    AbstractTrainingPhase,
    AbstractValidationPhase,
    Metrics,
    fit_,
    runstep,
    testlearner,
)
from ...learner.cancelling import NO_REASON
from ..calling import received
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, require

# --- Losses that are known beforehand --------------------------------------------


class Drill(AbstractTrainingPhase):
    """A step of training with a loss from a list, which adds 1 to the model."""

    def __init__(self, losses):
        self.losses = iter(losses)

    def step_(self, learner, batch):
        """The next loss."""
        with runstep(learner, self, xs=batch[0], ys=batch[1]) as (_, state):
            state.loss = next(self.losses)
            learner.model.coefficient += 1


class Exam(AbstractValidationPhase):
    """A step of validation with a loss from a list."""

    def __init__(self, losses):
        self.losses, self.passed = iter(losses), 0

    def step_(self, learner, batch):
        """The next loss."""
        with runstep(learner, self, xs=batch[0], ys=batch[1]) as (_, state):
            state.loss = next(self.losses)
        self.passed += 1


def drilled(callback, learned, judged):
    """A learner whose losses are given, after its epochs; and how many there were."""
    learner = testlearner(callback, Metrics(), nbatches=1)
    exam = Exam(judged)
    fit_(learner, len(judged), phases=[Drill(learned), exam])
    return learner, exam.passed


def said_of(losses):
    """Some losses, as text."""
    return ", ".join(f"{loss:g}" for loss in losses)


FALLING = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

STOPS = (
    (2, [5.0, 4.0, 4.5, 4.2, 1.0, 0.5], 4),
    (3, [5.0, 6.0, 4.0, 5.0, 3.0, 3.5, 3.2, 3.1, 1.0], 8),
    (1, [3.0, 2.0, 2.0, 1.0], 3),
    (4, [4.0, 3.0, 2.0, 1.0, 0.5], 5),
    (2, [4.0, 5.0, 4.5, 1.0], 3),
    (3, [4.0, 3.0, 5.0, 4.0, 3.5, 1.0], 5),
)
"""How long to wait, the losses of validation, and in which epoch it ends."""


@tests("10.3")
def EarlyStop(answer):
    """When it ends, for several lists of losses; what else resets the count; NaN."""
    for patience, judged, right in STOPS:
        learned = FALLING[: len(judged)]
        callback = answer(patience)
        learner, passed = drilled(callback, learned, judged)
        text = f"EarlyStop({patience})` with losses of validation {said_of(judged)}"
        ended = f"ended after epoch {passed}" if passed < len(judged) else "did not end"
        require(
            passed == right,
            VALUE,
            f"`{text} {ended}. {_why_not(callback, passed, right, judged)}",
        )
        require(
            passed == len(judged) or learner.stopped != NO_REASON,
            ALMOST,
            f"`{text} ends the training at the right time, but without a reason: "
            f'`learner.stopped` tells none. Write CancelFittingException("...").',
        )
    nan = [3.0, np.nan, np.nan, 1.0]
    _, passed = drilled(answer(2), FALLING[:4], nan)
    require(
        passed == 3,
        ALMOST,
        f"`EarlyStop(2)` with losses of validation {said_of(nan)} was not stopped by "
        f"the two that are no numbers. A NaN is neither lower nor higher than "
        f"anything: ask whether the loss *is* lower.",
    )


def _why_not(callback, passed, right, judged):
    if Metrics not in getattr(callback, "runafter", ()):
        return "Is it called after `Metrics`, which computes the loss? See `runafter`."
    if right == len(judged):
        return "There was a new lowest loss again and again."
    if passed > right and len(set(judged)) < len(judged):
        return "A loss that only equals the lowest is not lower."
    if passed > right:
        return (
            "It counts epochs of validation in a row without a new lowest loss. (The "
            "losses of training were all lower than these, and fell.)"
        )
    return "Its patience was not at an end: is each new lowest loss remembered?"


# --- The best --------------------------------------------------------------------


@tests("10.4")
def BestCheckpoint(answer):
    """A copy, of the right epoch, by the loss of validation."""
    for judged in ([3.0, 1.0, 2.0, 4.0], [4.0, 3.0, 3.5, 2.0, 2.5], [1.0, 1.0, 2.0]):
        callback = answer()
        learner, _ = drilled(callback, FALLING[: len(judged)], judged)
        text = f"After losses of validation {said_of(judged)}"
        best = callback.best
        require(best is not None, VALUE, f"{text}, `best` is None.")
        require(
            hasattr(best, "coefficient"),
            SHAPE,
            f"{text}, `best` is {shown(best)}, and should be a model.",
        )
        require(
            not np.shares_memory(best.coefficient, learner.model.coefficient),
            VALUE,
            f"{text}, the arrays of `best` are those of the model that is trained: "
            f"every further step changes them.",
        )
        epoch = int(np.argmin(judged)) + 1
        lowest = received("lowest", callback.lowest).value
        require(
            lowest == min(judged),
            VALUE,
            f"{text}, and losses of training {said_of(FALLING[: len(judged)])}, "
            f"`lowest` is {shown(lowest)}. It is to be the loss of validation.",
        )
        kept = float(best.coefficient[0])
        require(
            kept == 0.5 + epoch,
            VALUE,
            f"{text}, `lowest` is right, but `best` is the model of another epoch. "
            f"(Of several epochs that are equally good, the first.)",
        )
        require(
            callback.epoch == epoch,
            VALUE,
            f"{text}, the right model is kept, but `epoch` is {shown(callback.epoch)}. "
            f"Every epoch counts, also one without a new lowest loss, and the first "
            f"is number 1.",
        )
