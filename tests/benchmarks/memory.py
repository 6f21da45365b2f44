"""How much memory an update takes for itself: no more than some numbers.

A temporary array of the size of the model would be 1.0 in this row. What the rule
remembers is made by `setup` and does not count.
"""

import tracemalloc
from functools import partial

from .adam import RULES, with_minigrad
from .contest import Row, Target

SIZE = 10_000_000
CALLS = 3


def extra_memory(run):
    """The most bytes that are held at any time during `run`, beyond those before.

    NumPy tells `tracemalloc` of its arrays. The first call is not traced: it
    imports numba, and may compile.
    """
    run()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(CALLS):
            run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def shares(runs, rounds, size=SIZE):
    """The extra memory of each run, in bytes per byte of its float32 parameters."""
    return {
        name: [extra_memory(run) / (4 * size) for _ in range(rounds)]
        for name, run in runs.items()
    }


def row(size=SIZE):
    """The row for a model of one array."""
    names = {"minigrad": "Adam", "minigrad, chain": "chain"}
    return Row(
        name="adam-memory",
        title=f"peak extra memory of update_ on {size:,} float32",
        unit="bytes per byte of the model",
        scale=1,
        contestants={
            name: partial(with_minigrad, 1, size, RULES[rule])
            for name, rule in names.items()
        },
        targets=[
            Target(
                f"{rule}: below 0.01 of the model",
                lambda times, name=name: max(times[name]),
                0.01,
            )
            for name, rule in names.items()
        ],
        times=partial(shares, size=size),
        most=1,
    )
