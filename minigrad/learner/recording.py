"""What happens in a training, written down: `Metrics`, `Traces` and `Recorder`."""

from time import perf_counter

from ..errors import described
from ..functors import children
from ..optimise.contract import numbers_by_name
from ..optimise.rules.modifiers import norm
from ..optimise.state import Leaf
from ..walks import float_arrays
from .history import TAKEN, History
from .metrics import Loss, Metric, observations, one_number
from .phases import AbstractTrainingPhase, Phase


class Metrics:
    """Computes metrics in every step, and their mean over every epoch.

    The mean is weighted by the number of observations in each batch, so that it is
    that over all observations also when the last batch is short.

    Args:
        metrics: functions `f(yhat, ys)`, or `Metric`s. The loss is always there.

    Others find them in `learner.cbstate.metricsstep` and `metricsepoch`: dicts of those
    of the last step, and of the last epoch.

    Raises:
        TypeError: something is no metric.
        ValueError: two have the same name, or one that the history needs, as `epoch`.

    Source: `Metrics` of FluxTraining.jl.

    >>> from minigrad.learner import accuracy
    >>> Metrics(accuracy)
    Metrics(loss, accuracy)
    """

    single = True

    def __init__(self, *metrics):
        found = [m if isinstance(m, Metric) else Metric(m) for m in metrics]
        if not any(type(metric) is Loss for metric in found):
            found.insert(0, Loss())
        names = [metric.name for metric in found]
        for name in names:
            if names.count(name) > 1 or name in TAKEN:
                raise ValueError(
                    f"Metrics: the name {name} is taken. Give another one: "
                    f"Metric(f, name='...')."
                )
        self.metrics, self.axis = found, 0

    def on_epoch_begin(self, learner, phase):
        """Begin anew."""
        self.axis = getattr(learner.batches, "axis", 0)
        for metric in self.metrics:
            metric.reset_()

    def on_step_end(self, learner, phase):
        """Compute the metrics of this step."""
        step, found = learner.step, {}
        weight = observations(vars(step).get("xs"), self.axis)
        for metric in self.metrics:
            if metric.applies(step, phase):
                metric.step_(step, weight)
                found[metric.name] = metric.last
        learner.cbstate.metricsstep = found

    def on_epoch_end(self, learner, phase):
        """Tell the metrics of this epoch."""
        found = {metric.name: metric.value for metric in self.metrics}
        found = {name: value for name, value in found.items() if value is not None}
        learner.cbstate.metricsepoch = found

    def state_dict(self):
        """What has been added up in this epoch."""
        return {metric.name: vars(metric._seen) for metric in self.metrics}

    def load_state_dict_(self, state):
        """Go on from what `state_dict` gave."""
        for metric in self.metrics:
            vars(metric._seen).update(state.get(metric.name, {}))

    def __repr__(self):
        return f"Metrics({', '.join(metric.name for metric in self.metrics)})"


class Traces:
    """Numbers of your own, written down after every step.

    Args:
        phase: in which phases: a class, or a tuple of classes.
        functions: by name; each is called with the learner and returns a number.

    `Recorder` puts them into the history, under their names.

    Raises:
        TypeError: something is no function, or what it returns no number.
        ValueError: a name is taken.

    Source: `Traces` of FluxTraining.jl.

    >>> Traces(loss2=lambda learner: learner.step.loss**2)
    Traces(loss2)
    """

    def __init__(self, phase=Phase, **functions):
        if not isinstance(phase, type | tuple):
            raise TypeError(
                f"Traces(phase, name=function) begins with a class of phases, or with "
                f"nothing, and not with {described(phase)}: write "
                f"Traces(name=lambda learner: ...)."
            )
        for name, function in functions.items():
            if not callable(function):
                raise TypeError(
                    f"Traces({name}=...) needs a function of the learner, not "
                    f"{described(function)}."
                )
            if name in ("epoch", "step"):
                raise ValueError(f"Traces({name}=...): the name {name} is taken.")
        self.phase, self.functions = phase, functions

    def on_fit_begin(self, learner, phase):
        """Refuse the name of a metric, which the history would lose."""
        if Metrics in learner.callbacks:
            for metric in learner.callbacks[Metrics].metrics:
                if metric.name in self.functions:
                    raise ValueError(
                        f"Traces({metric.name}=...): there is a metric of this name. "
                        f"Take another one."
                    )

    def on_step_end(self, learner, phase):
        """Evaluate the functions."""
        if isinstance(phase, self.phase):
            traces = learner.cbstate.setdefault("traces", {})
            for name, function in self.functions.items():
                traces[name] = one_number(function(learner), f"trace {name}")

    def __repr__(self):
        return f"Traces({', '.join(self.functions)})"


class Recorder:
    """Writes down what happens, into a `History`: `learner.history`.

    Each step: the metrics, what `Scheduler` has set, and `Traces`. Each epoch: the
    metrics, the learning rate, the seconds it took, and, in training phases, the norms
    of the gradients in its last step.

    Source: `Recorder` of FluxTraining.jl.

    >>> from minigrad.learner import TrainingPhase, epoch_, testlearner
    >>> learner = testlearner(Recorder())
    >>> epoch_(learner, TrainingPhase())
    >>> learner.history.training.epochs, learner.history.training.steps
    (1, 16)
    """

    single = True
    runafter = Metrics, Traces

    def __init__(self):
        self.history, self._began, self._axis = History(), 0.0, 0

    def on_fit_begin(self, learner, phase):
        """Let others find the history."""
        learner.cbstate.history = self.history

    def on_epoch_begin(self, learner, phase):
        """Begin to count the steps of an epoch."""
        learner.cbstate.history = self.history
        self.history[phase].stepsepoch = 0
        self._began, self._axis = perf_counter(), getattr(learner.batches, "axis", 0)

    def on_step_end(self, learner, phase):
        """Count the step, and write down its numbers."""
        history, told = self.history[phase], vars(learner.cbstate)
        history.steps += 1
        history.stepsepoch += 1
        history.samples += observations(vars(learner.step).get("xs"), self._axis)
        row = {"step": history.steps, "epoch": history.epochs + 1}
        if "metricsstep" in told:
            row |= told["metricsstep"]
        if "hyperparams" in told and isinstance(phase, AbstractTrainingPhase):
            row |= told["hyperparams"]
        if "traces" in told:
            row |= told.pop("traces")
        history.per_step.append(row)

    def on_epoch_end(self, learner, phase):
        """Count the epoch, and write down its numbers."""
        history = self.history[phase]
        history.epochs += 1
        row = {"epoch": history.epochs} | learner.cbstate.get("metricsepoch", {})
        if isinstance(phase, AbstractTrainingPhase):
            rate = learning_rate(learner.params)
            row |= {} if rate is None else {"eta": rate}
            norms = gradient_norms(learner.step.get("grads"))
            if norms:
                history.gradient_norms.append({"epoch": history.epochs} | norms)
        history.per_epoch.append(row | {"seconds": perf_counter() - self._began})
        history.per_step.gather()

    def state_dict(self):
        """The history."""
        return self.history.as_dict()

    def load_state_dict_(self, state):
        """Go on with that history."""
        self.history.load_(state)

    def __repr__(self):
        return "Recorder()"


def rules_of(params):
    """The rules in a state tree, each once, with a leaf that has it."""
    found = {}

    def visit(x):
        if isinstance(x, Leaf):
            found.setdefault(id(x.rule), (x.rule, x))
        else:
            for part in children(x).values():
                visit(part)

    visit(params)
    return list(found.values())


def learning_rate(params):
    """The `eta` of the rules, now; None if there is none, or more than one.

    >>> from minigrad import Adam, setup
    >>> import numpy as np
    >>> learning_rate(setup(Adam(0.1), [np.ones(1), np.ones(2)]))
    0.1
    """
    rates = {_rate(rule, leaf) for rule, leaf in rules_of(params)}
    return rates.pop() if len(rates) == 1 else None


def _rate(rule, leaf):
    schedule = getattr(rule, "schedules", {}).get("eta")
    if schedule is not None:
        return float(schedule(max(1, leaf.state[0] - 1)))
    return numbers_by_name(rule).get("eta")


def gradient_norms(grads):
    """The Euclidean norms of the arrays of a gradient, by their paths.

    >>> import numpy as np
    >>> gradient_norms({"w": np.array([3.0, 4.0]), "n": None})
    {'w': 5.0}
    """
    return {str(path): norm(dx) for path, dx in float_arrays(grads)}
