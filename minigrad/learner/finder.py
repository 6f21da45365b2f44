"""Which learning rate? Try all of them, from too small to too large, in one short run.

While the rate grows from step to step, the loss falls, and rises again when the rate is
too large. A good rate is somewhat below the one at which the loss is lowest.
"""

from copy import deepcopy
from math import isfinite
from numbers import Integral, Real

import numpy as np

from ..errors import DomainError
from ..optimise.adjust import adjust_
from ..random import default_rng
from .cancelling import CancelFittingException
from .fitting import fit_
from .learner import Learner
from .metrics import ExponentialMean
from .phases import AbstractTrainingPhase, TrainingPhase


class LRFinder:
    """A callback that raises the learning rate in every step, and notes the loss.

        eta_t = start (stop / start)^((t - 1) / (steps - 1))

    It ends the training after `steps`, or when the loss is far above its lowest. The
    model is spoilt afterwards: `lrfind` trains a copy.

    Args:
        start, stop: the first and the last rate.
        steps: how many rates are tried, at least 2.
        divergence: it ends when the smooth loss is so many times its lowest.
        beta: of the smooth loss: see `SmoothLoss`.

    Attributes:
        rates: those that were tried.
        losses: the smooth loss in the step with each rate.

    Raises:
        DomainError: a number is outside its range.
        TypeError: it is no number.

    Source: Smith, "Cyclical learning rates for training neural networks" (2017).

    >>> LRFinder(steps=3)
    LRFinder(start=1e-07, stop=10.0, steps=3)
    """

    def __init__(self, start=1e-7, stop=10.0, *, steps=100, divergence=4.0, beta=0.1):
        for name, given in (("start", start), ("stop", stop), ("steps", steps)):
            kind = Integral if name == "steps" else Real
            if isinstance(given, bool) or not isinstance(given, kind):
                word = "whole number" if kind is Integral else "number"
                raise TypeError(
                    f"LRFinder({name}={given!r}): a {word} is needed: write "
                    f"LRFinder(1e-7, 10.0, steps=100)."
                )
        if not 0 < start < stop < float("inf") or steps < 2:
            raise DomainError(
                f"LRFinder(start={start}, stop={stop}, steps={steps}): it goes from a "
                f"rate above 0 to a larger one, in 2 steps or more."
            )
        self.start, self.stop, self.steps = start, stop, steps
        self.divergence, self.beta = divergence, beta
        self.on_fit_begin(None, None)

    @property
    def rates(self):
        """Those that were tried, as an array."""
        return np.array(self._rates)

    @property
    def losses(self):
        """The smooth loss with each rate, as an array."""
        return np.array(self._losses)

    @property
    def suggestion(self):
        """A tenth of the rate at which the loss was lowest, where it still falls.

        Raises:
            DomainError: no rate was tried.
        """
        if not self._mean.weight:
            raise DomainError(
                "LRFinder has tried no rate yet. Write finder = lrfind(learner), which "
                "tries them on a copy of the model."
            )
        if not self._losses:
            raise DomainError(
                "LRFinder has tried no rate with which the loss is finite. Look at the "
                "data and the loss, or begin with a smaller rate: start=1e-9."
            )
        return float(self.rates[self.losses.argmin()]) / 10

    def on_fit_begin(self, learner, phase):
        """Begin with the first rate."""
        self._rates, self._losses = [], []
        self._mean = ExponentialMean(self.beta)

    def on_step_begin(self, learner, phase):
        """Set the next rate."""
        if isinstance(phase, AbstractTrainingPhase):
            t = len(self._rates)
            rate = self.start * (self.stop / self.start) ** (t / (self.steps - 1))
            adjust_(learner.params, rate)
            self._rates.append(rate)

    def on_backward_end(self, learner, phase):
        """Note the loss; end the training if it is high."""
        if not isinstance(phase, AbstractTrainingPhase):
            return
        self._mean.add(float(learner.step.loss), 1)
        if not isfinite(self._mean.value):
            self._rates.pop()
            raise CancelFittingException("The loss is not finite any more.")
        self._losses.append(self._mean.value)
        if self._mean.value > self.divergence * min(self._losses):
            raise CancelFittingException("The loss rises.")
        if len(self._rates) == self.steps:
            raise CancelFittingException("All rates have been tried.")

    def plot(self, ax=None):
        """The loss over the rate, with the suggestion.

        Args:
            ax: the axes to draw on; by default new ones.

        Returns:
            The axes.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        from .pictures import rate_curve

        return rate_curve(self, ax=ax)

    def __repr__(self):
        return f"LRFinder(start={self.start}, stop={self.stop}, steps={self.steps})"


def lrfind(learner, data=None, *, phase=None, **options):
    """Try learning rates on a copy of the model; the learner stays as it is.

    Args:
        learner: whose model, loss, rule and data are used.
        data: other data to train with.
        phase: another phase of training than `TrainingPhase()`.
        options: for `LRFinder`.

    Returns:
        A `LRFinder`: see its `suggestion`, and `plot()`.

    Random numbers go on afterwards as if nothing had happened.

    Raises:
        TypeError: there is no data, or `phase` is no phase of training.

    >>> from minigrad import DataLoader, Dense, mse
    >>> from minigrad.learner import Learner
    >>> x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    >>> data = DataLoader((x, 3 * x), batchsize=16, rng=0, shuffle=True)
    >>> finder = lrfind(Learner(Dense(1, 1, rng=0), mse, data=data))
    >>> 0.001 < finder.suggestion < 10
    True
    """
    finder = LRFinder(**options)
    phase = TrainingPhase() if phase is None else phase
    if not isinstance(phase, AbstractTrainingPhase):
        raise TypeError(
            f"lrfind(phase=...) is a phase of training, in which rates matter, and was "
            f"given {phase!r}. Write phase=TrainingPhase()."
        )
    data = learner.data_for(phase) if data is None else data
    trial = Learner(
        deepcopy(learner.model),
        learner.lossfn,
        data=data,
        optimizer=learner.optimizer,
        callbacks=[finder],
        usedefaultcallbacks=False,
    )
    generators = [default_rng(), getattr(data, "rng", None)]
    before = [g and g.bit_generator.state for g in generators]
    try:
        with np.errstate(all="ignore"):
            fit_(trial, finder.steps, phases=[phase])
    finally:
        for generator, state in zip(generators, before, strict=True):
            if generator is not None:
                generator.bit_generator.state = state
    return finder
