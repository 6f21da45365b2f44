"""Phases: who drives a step and an epoch. A subclass is a phase of your own.

The step of training is written out in `TrainingPhase.step_`, with the events where
they happen. Copy it, and change what you need.
"""

import warnings

import numpy as np

from ..autodiff.gradient import gradient
from ..errors import described
from ..optimise.update import update_
from .events import BackwardBegin, BackwardEnd, LossBegin, words
from .running import runepoch, runstep, step_


class Phase:
    """The base of all phases. A subclass says what a step is.

    Attributes:
        name: so `History` calls what happened in it. By default that of the class, in
            small letters and without `Phase`.

    >>> class MyTrainingPhase(AbstractTrainingPhase):
    ...     pass
    >>> MyTrainingPhase(), MyTrainingPhase().name
    (MyTrainingPhase(), 'my_training')
    """

    name = "phase"

    def __init_subclass__(cls):
        if "name" not in vars(cls):
            cls.name = words(cls.__name__.removesuffix("Phase") or "phase")

    def step_(self, learner, batch):
        """One step with one batch: the method to write in a phase of your own.

        Raises:
            NotImplementedError: it has not been written.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not say what a step is. Write a method "
            f"step_(self, learner, batch) in it, as TrainingPhase has one."
        )

    def epoch_(self, learner, dataiter):
        """A step with every batch of the data."""
        with runepoch(learner, self):
            for batch in dataiter:
                step_(learner, self, batch)
            if not learner.position.step:
                warnings.warn(
                    f"There was no batch for {self!r}, so nothing was done in this "
                    f"epoch. A generator or an iterator is empty once it has been gone "
                    f"through: use a list, or a DataLoader.",
                    stacklevel=2,
                )

    def __repr__(self):
        return f"{type(self).__name__}()"


class AbstractTrainingPhase(Phase):
    """What all phases have in common in which parameters change.

    Callbacks such as `Scheduler` work in these only.
    """


class AbstractValidationPhase(Phase):
    """What all phases have in common in which a model is only looked at."""


class TrainingPhase(AbstractTrainingPhase):
    """Training with pairs `(xs, ys)`: the loss, its gradient, an update.

    | event | `learner.step` has got |
    |---|---|
    | `EpochBegin` | |
    | `StepBegin` | `xs`, `ys` |
    | `LossBegin` | `yhat`, which is `learner.model(xs)` |
    | `BackwardBegin` | `loss`, which is `learner.lossfn(yhat, ys)` |
    | `BackwardEnd` | `grads`, in the structure of the model |
    | `StepEnd` | the model has been updated |
    | `EpochEnd` | |

    Raises:
        TypeError: a batch is no pair.

    Source: `TrainingPhase` of FluxTraining.jl.
    """

    def step_(self, learner, batch):
        """One update of the model."""
        xs, ys = pair(batch, self)
        with runstep(learner, self, xs=xs, ys=ys) as (handle, state):

            def loss(model):
                state.yhat = model(state.xs)
                handle(LossBegin())
                state.loss = learner.lossfn(state.yhat, state.ys)
                handle(BackwardBegin())
                return state.loss

            state.grads = gradient(loss, learner.model)[0]
            handle(BackwardEnd())
            update_(learner.params, learner.model, state.grads)


class ValidationPhase(AbstractValidationPhase):
    """The loss of pairs `(xs, ys)`, without a change of the model.

    | event | `learner.step` has got |
    |---|---|
    | `EpochBegin` | |
    | `StepBegin` | `xs`, `ys` |
    | `StepEnd` | `yhat` and `loss` |
    | `EpochEnd` | |

    Layers such as `Dropout` work as in testing, since there is no gradient.

    Raises:
        TypeError: a batch is no pair.

    Source: `ValidationPhase` of FluxTraining.jl.
    """

    def step_(self, learner, batch):
        """The loss of one batch."""
        xs, ys = pair(batch, self)
        with runstep(learner, self, xs=xs, ys=ys) as (_, state):
            state.yhat = learner.model(state.xs)
            state.loss = learner.lossfn(state.yhat, state.ys)


def pair(batch, phase):
    """A batch as `(xs, ys)`.

    Raises:
        TypeError: it is no pair; says what it is.
    """
    if type(batch) is tuple and len(batch) == 2:
        return batch
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch
    many = isinstance(batch, tuple | list)
    shape = f" of shape {batch.shape}" if isinstance(batch, np.ndarray) else ""
    given = f"{len(batch)} things" if many else f"{described(batch)}{shape}"
    raise TypeError(
        f"{phase!r} takes batches that are pairs (xs, ys), and got {given}. Write "
        f"data=DataLoader((x, y), batchsize=32), or a phase of your own whose step_ "
        f"takes such a batch apart."
    )
