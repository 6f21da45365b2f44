"""Numbers that change while a model is trained: learning rates, and all others."""

from ..errors import described
from ..optimise.adjust import adjust_
from ..optimise.contract import numbers_by_name
from ..optimise.schedule import as_schedule, require
from ..optimise.schedules import OneCycle
from .conditional import unwrapped
from .phases import AbstractTrainingPhase
from .recording import rules_of


class HyperParameter:
    """A number that influences the training and is no parameter of the model.

    Args:
        name: that of a field of the rules.

    A subclass with a method `set_(learner, value, where)` is a number of any other
    kind, as the size of the batches.

    >>> LearningRate
    HyperParameter('eta')
    """

    def __init__(self, name):
        self.name = name

    def set_(self, learner, value, where=None):
        """Give the number a value, in the rules of the state tree."""
        adjust_(learner.params, where=where, **{self.name: value})

    def check(self, learner):
        """Refuse a name that no rule has.

        Raises:
            ValueError: no rule in the state tree has such a number.
        """
        rules = [rule for rule, _ in rules_of(learner.params)]
        known = {name for rule in rules for name in numbers_by_name(rule)}
        if self.name not in known:
            raise ValueError(
                f"Scheduler({self.name}=...): no rule has a number of this name. There "
                f"are: {', '.join(sorted(known)) or 'none'}."
            )

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


LearningRate = HyperParameter("eta")
"""The learning rate: the field `eta` of the rules."""


class Scheduler:
    """Sets numbers of the rules in every step of training, as schedules say.

        Scheduler({LearningRate: onecycle(1000, 0.01)})
        Scheduler(eta=onecycle(1000, 0.01), beta=lambda t: (0.9, 0.999))

    Steps of training are counted from 1, over all epochs. Validation is no training.

    Args:
        schedules: a dict from `HyperParameter`s to schedules.
        where: called as `where(path, leaf)`, as in `adjust_`: for which parameters. Of
            several models it is that of one: `where=lambda path, x: path[0] == "net"`.
        name: in front of the names in the history, if there is more than one
            `Scheduler`: with "head" it is `head.eta`.
        by_name: schedules for fields of the rules.

    The values are in `learner.cbstate.hyperparams`, and in the history.

    Raises:
        TypeError: there is no schedule, it is not for a number, or the number follows
            a schedule of its rule.
        ValueError: no rule has a number of that name; two are called the same.
        DomainError: a schedule is over before the end of `fit_`.

    Source: `Scheduler` of FluxTraining.jl, where the new value does not reach the
    state of the rules. `minigrad.Scheduler` is a rule that does the same by itself.

    >>> from minigrad.learner import Metrics, Recorder, fit_, testlearner
    >>> schedule = Scheduler({LearningRate: lambda t: 0.5 / t})
    >>> learner = testlearner(Metrics(), Recorder(), schedule)
    >>> fit_(learner, 1)
    >>> learner.history.training.per_step.eta[:4].round(3)
    array([0.5  , 0.25 , 0.167, 0.125])
    >>> learner.params.coefficient.rule
    Descent(0.03125)
    """

    def __init__(self, schedules=None, /, *, where=None, name="", **by_name):
        if schedules is not None and not isinstance(schedules, dict):
            raise TypeError(
                f"Scheduler needs a dict, or schedules by name, and was given "
                f"{described(schedules)}: write Scheduler(eta=schedule)."
            )
        found = {**(schedules or {}), **by_name}
        if not found:
            raise TypeError(
                "Scheduler was given no schedule. Write Scheduler(eta=schedule)."
            )
        self.schedules = {}
        for number, schedule in found.items():
            number = HyperParameter(number) if isinstance(number, str) else number
            if not isinstance(number, HyperParameter):
                raise TypeError(
                    f"Scheduler: schedules are for numbers such as LearningRate, or "
                    f"for fields of rules by name, and not for {described(number)}: "
                    f"write Scheduler({{LearningRate: schedule}})."
                )
            owner = f"Scheduler({number.name}=...)"
            self.schedules[number] = as_schedule(schedule, owner)
        self.where, self.name, self.step = where, name, 0

    def on_fit_begin(self, learner, phase):
        """See whether there is such a number, and a value for every step to come."""
        self._check_names(learner)
        steps = self.step + learner.nepochs * sum(
            len(batches)
            for phase, batches in learner.plan
            if isinstance(phase, AbstractTrainingPhase) and hasattr(batches, "__len__")
        )
        for number, schedule in self.schedules.items():
            number.check(learner)
            require(schedule, steps, f"Scheduler({number.name}=...) in this fit_")

    def _check_names(self, learner):
        """Refuse another Scheduler that would write down its numbers as these."""
        for other in map(unwrapped, learner.callbacks):
            if isinstance(other, Scheduler) and other is not self:
                both = {self._called(n) for n in self.schedules}
                both &= {other._called(n) for n in other.schedules}
                if both:
                    raise ValueError(
                        f"There are two Schedulers for {', '.join(sorted(both))}. If "
                        f"they are for different parameters, say for which, and give "
                        f"one a name: Scheduler(..., where=..., name='head')."
                    )

    def _called(self, number):
        return f"{self.name}.{number.name}" if self.name else number.name

    def on_step_begin(self, learner, phase):
        """Set the numbers of this step."""
        if not isinstance(phase, AbstractTrainingPhase):
            return
        self.step += 1
        told = learner.cbstate.setdefault("hyperparams", {})
        for number, schedule in self.schedules.items():
            value = schedule(self.step)
            number.set_(learner, value, self.where)
            name = self._called(number)
            parts = enumerate(value, 1) if isinstance(value, tuple) else [("", value)]
            told |= {f"{name}{place}": float(part) for place, part in parts}

    def state_dict(self):
        """How many steps there were."""
        return {"step": self.step}

    def load_state_dict_(self, state):
        """Go on from what `state_dict` gave."""
        self.step = state["step"]

    def __repr__(self):
        pairs = (f"{n.name}={schedule!r}" for n, schedule in self.schedules.items())
        return f"Scheduler({', '.join(pairs)})"


def onecycle(nsteps, max_val, *, start_val=None, end_val=None, pct_start=0.25):
    """A schedule that rises to `max_val` and falls again, over `nsteps` steps.

    Another name of `minigrad.schedules.OneCycle`, with the names of FluxTraining.jl.

    Args:
        nsteps: the number of steps: epochs times the number of batches.
        max_val: the largest value.
        start_val: the first value; `max_val / 25` by default.
        end_val: the value after the last; `max_val / 1e5` by default.
        pct_start: the part of the steps in which it rises, a fraction from 0 to 1.

    Returns:
        A `OneCycle`.

    >>> onecycle(100, 0.01)(26)
    0.01
    """
    return OneCycle(nsteps, max_val, start_val, end_val, pct_start)
