"""How the cost of a gradient grows with its length: it should be in proportion.

Per operation, a long tape should take no more time or memory than a short one: there
is no graph to search, nothing is visited twice, and nothing is copied on the way.
"""

from functools import partial

import numpy as np

from .contest import Row, at_most, round_robin, time_turn
from .memory import extra_memory
from .network import problem, with_minigrad

OPERATIONS = 10_000, 1_000_000
STEPS = 100, 1_000
LAYERS = 1, 2, 4, 8, 16, 32, 64
BATCHES = 1, 4, 16, 64, 256, 1024, 4096
WIDTH, SAMPLES = 32, 16


def chained(length):
    """The gradient of `length` chained operations, on one number."""
    import minigrad as mg

    def chain(x):
        for _ in range(length // 2):
            x = x * 0.999 + 0.001
        return x

    return lambda: mg.gradient(chain, 2.0)[0]


def recurrent(length):
    """The gradient of a recurrent network, over `length` steps in time."""
    import minigrad as mg

    rng = np.random.default_rng(0)
    model = {
        "input": rng.normal(size=(WIDTH, WIDTH)).astype(np.float32) / WIDTH,
        "hidden": rng.normal(size=(WIDTH, WIDTH)).astype(np.float32) / WIDTH,
        "bias": np.zeros(WIDTH, np.float32),
    }
    inputs = rng.normal(size=(length, SAMPLES, WIDTH)).astype(np.float32)

    def loss(model):
        state, states = np.zeros((SAMPLES, WIDTH), np.float32), []
        for x in inputs:
            both = x @ model["input"] + state @ model["hidden"]
            state = np.tanh(both + model["bias"])
            states.append(state)
        return (np.stack(states) ** 2).mean()

    return lambda: mg.gradient(loss, model)[0]["bias"]


def deep(layers):
    """A training step of a network of `layers` layers of 16, and a last one."""
    return with_minigrad(problem((16, *[16] * layers, 2), "tanh", 32))


def wide(batch):
    """A training step of 64-64-10 with `batch` samples."""
    pairs = problem((64, 64, 10), "tanh", max(batch, 2))
    cut = {name: getattr(pairs, name)[:batch] for name in ("x", "labels", "targets")}
    return with_minigrad(pairs._replace(**cut))


def per_part(measure, lengths, runs, rounds):
    """What `measure` finds of each run, per operation or step."""
    turns = {
        name: lambda run=run, length=length: measure(run) / length
        for (name, run), length in zip(runs.items(), lengths, strict=True)
    }
    return round_robin(turns, rounds)


def row(name, title, work, lengths, part, measure, unit, scale):
    """A row that compares short and long ones, per operation, step or layer."""
    names = [f"{length:,} {part}{'s' * (length > 1)}" for length in lengths]
    return Row(
        name=name,
        title=title,
        unit=f"{unit} per {part}",
        scale=scale,
        contestants={
            name: partial(work, length)
            for name, length in zip(names, lengths, strict=True)
        },
        targets=[at_most(1.5, names[0], names[-1])],
        times=partial(per_part, measure, lengths),
        most=5,
    )


once = partial(time_turn, number=1)
often = partial(time_turn, number=50)

ROWS = [
    row(
        "growth-chain",
        "gradient of a chain of operations on one number",
        chained,
        OPERATIONS,
        "operation",
        once,
        "us",
        1e6,
    ),
    row(
        "growth-time",
        f"gradient of a recurrent network of {WIDTH}, batch {SAMPLES}",
        recurrent,
        STEPS,
        "step",
        once,
        "us",
        1e6,
    ),
    row(
        "growth-memory",
        f"peak memory of the same, where {4 * WIDTH * SAMPLES / 1000:.1f} kB is one "
        f"state",
        recurrent,
        STEPS,
        "step",
        extra_memory,
        "kB",
        1e-3,
    ),
    row(
        "growth-layers",
        "whole step of layers of 16 and a last one, tanh, batch 32",
        deep,
        LAYERS,
        "layer",
        often,
        "us",
        1e6,
    ),
    row(
        "growth-batch",
        "whole step of 64-64-10, tanh",
        wide,
        BATCHES,
        "sample",
        often,
        "us",
        1e6,
    ),
]
