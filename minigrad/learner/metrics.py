"""Metrics: numbers that say how good a model is, in every step and every epoch."""

import numpy as np

from ..errors import ShapeError, described
from ..functors import children
from ..labels import onecold
from .conditional import check_classes
from .events import words
from .phases import Phase


def accuracy(yhat, ys):
    """The part of the observations whose largest score is at the right class.

        accuracy(yhat, ys) = mean(argmax yhat == class)

    Args:
        yhat: scores of shape (N, C): logits or probabilities.
        ys: one-hot vectors of shape (N, C), or the numbers of the classes, integers of
            shape (N,).

    Returns:
        A float from 0 to 1.

    Raises:
        ShapeError: the shapes do not fit.

    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]])
    >>> accuracy(scores, np.array([1, 0, 1]))
    0.6666666666666666
    """
    yhat, ys = np.asarray(yhat), np.asarray(ys)
    if yhat.ndim < 2 or yhat.shape[-1] == 1:  # of one class, it would always be right
        raise ShapeError(
            f"accuracy compares scores of shape (N, C), one for each class, and yhat "
            f"has the shape {yhat.shape}. For one score per observation write a metric "
            f"of your own: lambda yhat, ys: np.mean((yhat > 0.5) == ys)."
        )
    labels = ys if ys.ndim == yhat.ndim - 1 and ys.dtype.kind in "iub" else None
    if labels is None and ys.shape == yhat.shape:
        labels = onecold(ys)
    if labels is None or labels.shape != yhat.shape[:-1]:
        raise ShapeError(
            f"accuracy: yhat of shape {yhat.shape} does not fit ys of shape "
            f"{ys.shape} and dtype {ys.dtype}. ys has the shape of yhat (one-hot "
            f"vectors), or that without the last axis (classes, as integers)."
        )
    return float(np.mean(onecold(yhat) == labels))


# --- How the numbers of the steps become that of the epoch -------------------------


class Mean:
    """The mean of the values, each with the size of its batch as weight.

    >>> mean = Mean()
    >>> mean.add(1.0, 30)
    >>> mean.add(2.0, 10)
    >>> mean.value
    1.25
    """

    def __init__(self):
        self.total, self.weight = 0.0, 0

    def add(self, value, weight):
        """Take in the value of one batch."""
        self.total += value * weight
        self.weight += weight

    @property
    def value(self):
        """The sum of weight times value, over the sum of the weights."""
        return self.total / self.weight


class ExponentialMean:
    """A mean that forgets: `mean <- mean + beta (value - mean)`, from the first value.

    >>> mean = ExponentialMean(0.5)
    >>> for value in (1.0, 3.0):
    ...     mean.add(value, 1)
    >>> mean.value
    2.0
    """

    def __init__(self, beta=0.02):
        self.beta, self.value, self.weight = beta, 0.0, 0

    def add(self, value, weight):
        """Take in the value of one batch."""
        self.value += (self.beta if self.weight else 1.0) * (value - self.value)
        self.weight += weight


FLOATS = float, np.floating


# --- Metrics -----------------------------------------------------------------------


class Metric:
    """A function of `yhat` and `ys` that is evaluated in every step.

    Args:
        fn: called as `fn(yhat, ys)`; returns one number, a mean over the batch.
        name: under which `History` keeps it; by default that of the function.
        statistic: makes the number of an epoch out of those of the steps: `Mean`, or
            another class with a method `add(value, weight)` and `value` and `weight`.
        phase: in which phases: a class, or a tuple of classes.

    A subclass with a method `compute(step)` is a metric of anything in a step.

    Attributes:
        last: its value in the last step.
        value: that of the epoch so far.

    Raises:
        TypeError: `fn` is no function, what it returns no number, `name` no text, or
            `phase` no class.

    Source: `Metric` of FluxTraining.jl, where every batch has the same weight.

    >>> Metric(accuracy)
    Metric(accuracy)
    """

    def __init__(self, fn, *, name=None, statistic=Mean, phase=Phase):
        if not callable(fn) or isinstance(fn, type):
            raise TypeError(
                f"A metric is a function of yhat and ys, or a Metric, and not "
                f"{described(fn)}: write Metrics(accuracy)."
            )
        name = _name_of(fn) if name is None else name
        if not isinstance(name, str) or not name:
            raise TypeError(
                f"Metric(name={name!r}): a name is a text, as name='error rate'."
            )
        check_classes(phase, "Metric")
        self.fn, self.statistic, self.phase = fn, statistic, phase
        self.name = name
        self.reset_()

    def reset_(self):
        """Begin an epoch."""
        self.last, self._seen = None, self.statistic()

    @property
    def value(self):
        """The number of the epoch so far; None without a step."""
        return self._seen.value if self._seen.weight else None

    def step_(self, step, weight):
        """Take in a step of so many observations."""
        value = self.compute(step)
        if not isinstance(value, FLOATS):
            value = one_number(value, f"metric {self.name}")
        self.last = float(value)
        self._seen.add(self.last, weight)

    def compute(self, step):
        """The value in a step, which is a `learner.step`."""
        return self.fn(step.yhat, step.ys)

    def applies(self, step, phase):
        """Whether there is something to compute."""
        if not isinstance(phase, self.phase):
            return False
        if "yhat" in step and "ys" in step:
            return True
        raise TypeError(
            f"The metric {self.name} is computed from yhat and ys, and a step of "
            f"{phase!r} has {', '.join(step) or 'nothing'}. Write state.yhat = ... and "
            f"state.ys = ... in it, or Metric({self.name}, phase=...) for the phases "
            f"that have both."
        )

    def __repr__(self):
        return f"{type(self).__name__}({self.name})"


class Loss(Metric):
    """The loss of every step that has one: `learner.step.loss`.

    >>> Loss()
    Loss(loss)
    """

    def __init__(self, *, name="loss", statistic=Mean, phase=Phase):
        super().__init__(self.compute, name=name, statistic=statistic, phase=phase)

    def compute(self, step):
        """`step.loss`."""
        return step.loss

    def applies(self, step, phase):
        """Whether the step has a loss."""
        return "loss" in vars(step) and isinstance(phase, self.phase)


class SmoothLoss(Loss):
    """The loss without its noise: `mean <- mean + beta (loss - mean)`.

    That of a step is the mean so far, and that of an epoch the one after its last step.

    Args:
        beta: how much a step counts; about the last `1 / beta` steps are seen.
        name: under which `History` keeps it.
        phase: in which phases.

    >>> SmoothLoss()
    SmoothLoss(smooth_loss)
    """

    def __init__(self, beta=0.02, *, name="smooth_loss", phase=Phase):
        statistic = lambda: ExponentialMean(beta)
        super().__init__(name=name, statistic=statistic, phase=phase)

    def step_(self, step, weight):
        """Take in the loss of a step, and tell the mean."""
        super().step_(step, weight)
        self.last = self.value


def _name_of(fn):
    name = getattr(fn, "__name__", "")
    if name.isidentifier():
        return name
    return words(type(fn).__name__) if name == "" else "metric"


def one_number(value, source):
    """What a function returned, as a float.

    Args:
        value: what it is.
        source: the word for the function, and its name: "metric accuracy".

    Raises:
        ShapeError: it is an array.
        TypeError: it is no number.
    """
    noun = source.split()[0]
    if np.ndim(value) or np.iscomplexobj(value):
        raise ShapeError(
            f"The {source} returned an array of shape {np.shape(value)}, and a {noun} "
            f"is one number: take its mean."
        )
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"The {source} returned {described(value)}, and a {noun} is one number."
        ) from None


def observations(xs, axis=0):
    """How many observations a batch has: the size of its first array.

    Without an array, it is the length of its first list.

    >>> observations((np.ones((5, 2)), np.ones(5))), observations("text")
    (5, 1)
    >>> observations([[1.0], [2.0], [3.0]])
    3
    """
    if isinstance(xs, np.ndarray) and xs.ndim:  # mostly, and in every step
        return xs.shape[axis]
    of_array = lambda x: x.shape[axis] if isinstance(x, np.ndarray) and x.ndim else None
    of_list = lambda x: len(x) if isinstance(x, list) and x else None
    for size in (of_array, of_list):
        found = _first(xs, size)
        if found is not None:
            return found
    return 1


def _first(x, size):
    """The first answer of `size` that is not None, of `x` or of what is in it."""
    found = size(x)
    if found is not None:
        return found
    found = (_first(part, size) for part in children(x).values())
    return next((n for n in found if n is not None), None)
