"""When to stop: at a loss that is not finite, and when nothing gets better."""

import sys
from math import isfinite, ulp
from numbers import Integral

from ..autodiff.nonfinite import is_finite
from ..causes import all_finite, cause_of_step, spelled
from ..errors import described
from ..pacing import early_stopping
from ..patterns import taken_apart
from ..walks import float_arrays
from .cancelling import CancelFittingException
from .conditional import check_classes
from .phases import (
    AbstractTrainingPhase,
    AbstractValidationPhase,
    TrainingPhase,
)
from .recording import Metrics


class StopOnNaNLoss:
    """Ends the training before an update that would spoil the model.

    That is one with a loss, or a gradient, that is NaN or infinite. What callbacks and
    phases find then is the model of the last good step.

    Source: `StopOnNaNLoss` of FluxTraining.jl, which looks for a loss of NaN only.

    >>> from minigrad.learner import fit_, testlearner
    >>> learner = testlearner(StopOnNaNLoss(), lossfn=lambda yhat, ys: (yhat / 0).sum())
    >>> import numpy as np
    >>> with np.errstate(divide="ignore"):
    ...     fit_(learner, 1)
    >>> learner.stopped[:62]
    'Loss is Inf in step 1 of epoch 1 (TrainingPhase), and training'
    >>> learner.model.coefficient
    array([0.5])
    """

    single = True

    def on_backward_end(self, learner, phase):
        """Look at the loss and at the gradient."""
        if not isinstance(phase, AbstractTrainingPhase):
            return
        step = vars(learner.step)
        loss, grads = step.get("loss"), step.get("grads")
        if loss is not None and not isfinite(loss):
            self._stop(f"Loss is {spelled(loss)}", learner, phase)
        apart = taken_apart(grads)
        if not all_finite(apart[1] if apart else [dx for _, dx in float_arrays(grads)]):
            found = float_arrays(grads)
            where = next(path.place for path, dx in found if not is_finite(dx))
            self._stop(f"The gradient at {where} is not finite", learner, phase)

    def _stop(self, problem, learner, phase):
        cause = ""
        if isinstance(phase, TrainingPhase):
            lossof = lambda model, xs, ys: learner.lossfn(model(xs), ys)
            batch = learner.step.xs, learner.step.ys
            cause = f" {cause_of_step(lossof, learner.model, batch)}"
        raise CancelFittingException(
            f"{problem}{learner.position.where(phase)}, and training stops before the "
            f"update: the model is as it was before this step.{cause}"
        )

    def __repr__(self):
        return "StopOnNaNLoss()"


WORST = sys.float_info.max
"""What NaN and infinity count as: infinity minus itself would be no number."""


class EarlyStopping:
    """Ends the training when a metric has not become better for `n` epochs in a row.

    Args:
        criterion: the number of epochs; or a function of the metric that is True when
            it is time to stop, as `plateau(lambda loss: loss, 5)` gives one.
        metric: the name of the metric.
        best: `min` if a lower number is better, `max` if a higher one is; of a loss it
            is known.
        phase: in whose epochs the metric is looked at: a class of phases.

    Raises:
        TypeError: an argument is something else than what is meant.
        ValueError: there is no such metric, or no such phase in a `fit_`.

    A metric that is NaN is not better than anything.

    Source: `EarlyStopping` of FluxTraining.jl.

    >>> from minigrad.learner import Metrics, Recorder, fit_, testlearner
    >>> learner = testlearner(Metrics(), Recorder(), EarlyStopping(3))
    >>> fit_(learner, 100)
    >>> learner.stopped[:60]
    'loss has not become better for 3 epochs, and was lowest in e'
    """

    runafter = (Metrics,)

    def __init__(
        self, criterion, metric="loss", *, best=None, phase=AbstractValidationPhase
    ):
        is_count = isinstance(criterion, Integral) and not isinstance(criterion, bool)
        if not is_count and not callable(criterion):
            raise TypeError(
                f"EarlyStopping needs a number of epochs, or a function of the metric, "
                f"not {described(criterion)}: write EarlyStopping(5)."
            )
        check_classes(phase, "EarlyStopping")
        best = min if best is None and callable(criterion) else best
        self.best = checked_best(best, metric, "EarlyStopping")
        self.criterion, self.metric, self.phase = criterion, metric, phase
        self._begin()

    def _begin(self):
        self.values, self.message, self._is_time = [], "", self.criterion
        if not callable(self.criterion):
            sign = 1 if self.best is min else -1
            score = lambda value: min(sign * value, WORST) if value == value else WORST
            self._is_time = early_stopping(score, self.criterion, min_dist=ulp(0.0))

    def on_fit_begin(self, learner, phase):
        """See whether the metric and the phase will come at all."""
        self.message = ""
        require_metric(learner, self.metric, self)
        if not any(isinstance(phase, self.phase) for phase, _ in learner.plan):
            name = self.phase.__name__
            raise ValueError(
                f"EarlyStopping looks at epochs of {name}, and there are none in this "
                f"fit_. Write data=(training, validation), or "
                f"EarlyStopping({self.criterion!r}, phase=AbstractTrainingPhase)."
            )

    def on_epoch_begin(self, learner, phase):
        """End a training that was killed just when it was to end."""
        if self.message:
            raise CancelFittingException(self.message)

    def on_epoch_end(self, learner, phase):
        """Look at the metric."""
        if not isinstance(phase, self.phase):
            return
        value = metric_of_epoch(learner, self.metric, self)
        self.values.append(value)
        if self._is_time(value):
            self.message = self._reason()
            raise CancelFittingException(self.message)

    def _reason(self):
        if callable(self.criterion):
            return f"{self.metric} met the criterion, at {self.values[-1]:.6g}."
        word = "lowest" if self.best is min else "highest"
        numbers = [value for value in self.values if value == value]
        if not numbers:
            return f"{self.metric} was NaN in all {len(self.values)} epochs."
        epoch = self.values.index(self.best(numbers)) + 1
        return (
            f"{self.metric} has not become better for {self.criterion} epochs, and was "
            f"{word} in epoch {epoch}."
        )

    def state_dict(self):
        """The values so far."""
        return {"values": list(self.values), "message": self.message}

    def load_state_dict_(self, state):
        """Look at the same values again."""
        self._begin()
        self.values, self.message = list(state["values"]), state["message"]
        for value in self.values:
            self._is_time(value)

    def __repr__(self):
        return f"EarlyStopping({self.criterion!r}, {self.metric!r})"


def checked_best(best, metric, owner):
    """Which of the numbers of a metric is the best: `min` or `max`.

    Args:
        best: as given; None if nothing was said, which is enough for a loss.
        metric: its name.
        owner: who asks, for messages.

    Raises:
        TypeError: it is not known, or `metric` is no name.
    """
    if not isinstance(metric, str):
        name = getattr(metric, "__name__", "accuracy")
        raise TypeError(
            f"{owner}(metric=...) is the name of a metric, and not "
            f"{described(metric)}: write metric={name!r}."
        )
    if best is None and metric.endswith("loss"):
        return min
    if best not in (min, max):
        raise TypeError(
            f"{owner}(metric={metric!r}, best={best!r}): write best=min if a lower "
            f"{metric} is better, and best=max if a higher one is."
        )
    return best


def require_metric(learner, name, callback):
    """Refuse, before the first step, a metric that nobody will compute.

    Raises:
        ValueError: there is no `Metrics`, or none of this name in it.
    """
    if Metrics not in learner.callbacks:
        raise ValueError(
            f"{callback!r} looks at the metric {name}, and nobody computes it. Add "
            f"Metrics() to the callbacks."
        )
    _require_name(name, [m.name for m in learner.callbacks[Metrics].metrics], callback)


def metric_of_epoch(learner, name, callback):
    """A metric of the epoch that has just ended.

    Raises:
        ValueError: it was not computed in this phase.
    """
    found = learner.cbstate.get("metricsepoch", {})
    _require_name(name, found, callback)
    return found[name]


def _require_name(name, found, callback):
    if name not in found:
        raise ValueError(
            f"{callback!r} looks at the metric {name}, and there are: "
            f"{', '.join(found) or 'none'}. Write Metrics({name}) among the callbacks."
        )
