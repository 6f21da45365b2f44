"""The implicit style beside the explicit one: the same step of the same network.

Both differentiate and update by the same machinery. What the implicit one adds is
finding the parameters that it was not given, and telling whether they are still there.
"""

from functools import partial

from .adam import ETA
from .contest import Row, at_most, in_turns
from .network import MEDIUM, chain_of, problem, with_minigrad


def implicitly(task):
    """minigrad.legacy: `withgradient` by Params, and a mutable Adam."""
    import minigrad as mg
    from minigrad import legacy

    legacy.allow_deprecated()
    model = chain_of(task)
    ps, opt = legacy.params(model), legacy.Adam(ETA)

    def run():
        loss, gs = legacy.withgradient(
            lambda: mg.logitcrossentropy(model(task.x), task.targets), ps
        )
        legacy.update_(opt, ps, gs)
        return loss

    return run


MAKERS = {"minigrad": with_minigrad, "minigrad, implicit": implicitly}


def row(name, task):
    """The row for a task, as `network.row`."""
    layers, activation, batch = "-".join(map(str, task[0])), *task[1:]
    return Row(
        name=name,
        title=f"whole step of {layers}, {activation}, batch {batch}, in both styles",
        unit="us",
        scale=1e6,
        contestants={each: partial(_make, make, task) for each, make in MAKERS.items()},
        targets=[at_most(1.3, "minigrad", "minigrad, implicit")],
        times=in_turns,
    )


def _make(make, task):
    return make(problem(*task))


ROW = row("implicit", MEDIUM)
