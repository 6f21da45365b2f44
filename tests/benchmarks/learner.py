"""What a learner costs: an epoch of the digits, with callbacks, without, and by hand.

The network is that of `python -m minigrad`. All contestants draw the same batches from
the same seed and begin with the same weights; the loop by hand is the one of README.md.
"""

from contextlib import redirect_stdout
from functools import partial
from io import StringIO

from .contest import Row, Target, in_turns, ratio

EPOCHS = 5
"""How many a call of `fit_` does."""


def problem():
    """The model, and the data in batches."""
    import minigrad as mg

    train, _ = mg.datasets.digits()
    x, y = train.images.reshape(len(train.images), -1), train.labels
    data = mg.DataLoader(
        (x, mg.onehotbatch(y, range(10))), batchsize=64, shuffle=True, rng=0
    )
    layers = mg.Dense(64, 128, mg.relu, rng=1), mg.Dense(128, 10, rng=2)
    return mg.Chain(*layers), data


def by_hand():
    """The plain loop: `withgradient` and `update_`."""
    import minigrad as mg

    model, data = problem()
    state = mg.setup(mg.Adam(), model)

    def run():
        for _ in range(EPOCHS):
            for x, y in data:
                loss, grads = mg.withgradient(
                    lambda m, x=x, y=y: mg.logitcrossentropy(m(x), y), model
                )
                mg.update_(state, model, grads[0])
        return loss

    return run


def with_learner(usedefaultcallbacks):
    """A learner; what it prints is thrown away."""
    import minigrad as mg

    model, data = problem()
    learner = mg.Learner(
        model,
        mg.logitcrossentropy,
        data=data,
        usedefaultcallbacks=usedefaultcallbacks,
    )

    def run():
        with redirect_stdout(StringIO()):
            mg.fit_(learner, EPOCHS)
        return learner.step.loss

    return run


PLAIN, DEFAULT = "learner, no callbacks", "learner, default callbacks"

MAKERS = {
    "by hand": by_hand,
    PLAIN: partial(with_learner, False),
    DEFAULT: partial(with_learner, True),
}


def adds_at_most(part, name):
    """The target that a contestant takes so much longer than the loop by hand."""
    return Target(
        f"{name}: at most {part:.0%} more than by hand",
        lambda times: ratio(times, name, "by hand"),
        1 + part,
    )


ROW = Row(
    name="learner",
    title="an epoch of the digits, batch 64, Adam",
    unit="ms",
    scale=1e3 / EPOCHS,
    contestants=MAKERS,
    targets=[adds_at_most(0.03, PLAIN), adds_at_most(0.15, DEFAULT)],
    times=in_turns,
)
