"""A schedule that counts its steps itself, and may wait before it goes on."""

from ...errors import described
from ..schedule import as_schedule, value_at


def always(step):
    """True, whatever the step."""
    return True


class Stateful:
    """A schedule and the step it is in: `next_` gives the value and goes on.

        next_(stateful) = schedule(step), then step <- step + 1 if advance(step)

    Every other schedule is a function of the step, and can be shared. This one has a
    memory, and belongs to one training run.

    Args:
        schedule: a schedule, or any function of the step.
        advance: `step -> bool`, called once by every `next_`; always True unless
            given.

    Attributes:
        step: the step to come, at first 1.

    Raises:
        TypeError: the schedule or `advance` is none.

    Source: `Stateful` of ParameterSchedulers.jl.

    >>> from minigrad.optimise.schedules import Exp
    >>> schedule = Stateful(Exp(start=0.4, decay=0.5))
    >>> next_(schedule), next_(schedule), schedule
    (0.4, 0.2, Stateful(Exp(start=0.4, decay=0.5), step=3))
    >>> next_(reset_(schedule))
    0.4

    With `plateau` it is what PyTorch calls `ReduceLROnPlateau`: the rate falls once
    the loss has stopped to.

    >>> from minigrad.pacing import plateau
    >>> losses = iter([1.0, 0.5, 0.5, 0.5, 0.3, 0.2])
    >>> stuck = plateau(lambda step: next(losses), 2)
    >>> schedule = Stateful(Exp(start=0.1, decay=0.1), advance=stuck)
    >>> [round(next_(schedule), 3) for epoch in range(6)]
    [0.1, 0.1, 0.1, 0.1, 0.01, 0.01]
    """

    def __init__(self, schedule, advance=always):
        if not callable(advance):
            raise TypeError(
                f"Stateful(advance=...) needs a function of the step that returns "
                f"whether to go on, not {described(advance)}."
            )
        self.schedule = as_schedule(schedule, "Stateful(schedule)")
        self.advance = advance
        self.step = 1

    def __repr__(self):
        return f"Stateful({self.schedule!r}, step={self.step})"


def next_(stateful):
    """The value of the step that a `Stateful` is in; then it goes on, if it may.

    Raises:
        TypeError: it is no `Stateful`.
        IndexError: its schedule is finite, and over.

    >>> from minigrad.optimise.schedules import Exp
    >>> eta = Stateful(Exp(start=1.0, decay=0.5))
    >>> next_(eta), next_(eta), next_(eta)
    (1.0, 0.5, 0.25)
    """
    _check(stateful, "next_")
    value = value_at(stateful.schedule, stateful.step)
    if stateful.advance(stateful.step):
        stateful.step += 1
    return value


def reset_(stateful):
    """The same `Stateful`, back at step 1.

    What `advance` may remember, as `plateau` does, is not its own and is not reset.

    Raises:
        TypeError: it is no `Stateful`.

    >>> from minigrad.optimise.schedules import Exp
    >>> eta = Stateful(Exp(start=1.0, decay=0.5))
    >>> next_(eta), next_(eta), next_(reset_(eta))
    (1.0, 0.5, 1.0)
    """
    _check(stateful, "reset_")
    stateful.step = 1
    return stateful


def _check(stateful, caller):
    if not isinstance(stateful, Stateful):
        raise TypeError(
            f"{caller} needs a schedule that counts its steps, not "
            f"{described(stateful)}: make one by stateful = Stateful(schedule), once, "
            f"before the training."
        )
