"""Starting: how long `import` takes, and the first step, in fresh processes.

A notebook restarts often. numba takes most of a second to import, so minigrad
leaves that to the first update; its kernels are compiled once and kept on disk.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from .contest import Row, Target, difference, fresh_processes

ROOT = Path(__file__).parents[2]

TIMED = """
from time import perf_counter
{before}
start = perf_counter()
{work}
print(perf_counter() - start)
"""

IMPORT_MINIGRAD = """
import sys, minigrad
assert "numba" not in sys.modules, "import minigrad imported numba"
"""

FIRST_STEP = """
from tests.benchmarks import network
network.{maker}(network.problem(*network.SMALL))()
"""

BEFORE_UPDATE = """
import numpy as np, minigrad as mg
from minigrad import optimise as o
model = {{"x": np.ones(100, np.float32)}}
state = mg.setup({rule}, model)
"""

UPDATE = """
mg.update_(state, model, {"x": np.ones(100, np.float32)})
"""

RULES = {
    "minigrad": "o.Adam()",
    "minigrad, chain": "o.OptimiserChain(o.ClipGrad(1), o.WeightDecay(1e-4), o.Adam())",
}


def seconds(work, cache=None, before=""):
    """The seconds that the statements `work` take in a fresh process.

    Args:
        work: Python source.
        cache: the folder of numba's compiled kernels; by default numba's choice.
        before: what is done first, and not timed.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-c", TIMED.format(work=work, before=before)]
    output = subprocess.check_output(command, env=environment, text=True)
    return float(output.split()[-1])  # after what minigrad says about compiling


def importing(work):
    """Make the function that times the import statement `work`."""
    return partial(seconds, work)


def first_step(maker):
    """Imports, making a small network, and one training step of it."""
    return partial(seconds, FIRST_STEP.format(maker=maker))


def cached(work, before=""):
    """The same for minigrad, with the kernels in a folder of their own."""
    folder = TemporaryDirectory()

    def start():
        return seconds(work, folder.name, before)

    return start


def uncached(work, before=""):
    """The same with an empty folder every time, so that the kernels are compiled."""

    def start():
        with TemporaryDirectory() as folder:
            return seconds(work, folder, before)

    return start


FIRST_STEP_OF_MINIGRAD = FIRST_STEP.format(maker="with_minigrad")


def first_updates():
    """The contestants of the row about `update_`: each rule, cached and not."""
    made = {}
    for name, rule in RULES.items():
        before = BEFORE_UPDATE.format(rule=rule)
        made[name] = partial(cached, UPDATE, before)
        made[f"{name}, not cached"] = partial(uncached, UPDATE, before)
    return made


def within(limit, name):
    """The target that `name` takes at most `limit` seconds."""
    return Target(
        f"{name}: at most {limit} s", lambda times: median(times[name]), limit
    )


ROWS = [
    Row(
        name="import",
        title="import in a fresh process",
        unit="s",
        scale=1,
        contestants={
            "NumPy": partial(importing, "import numpy"),
            "minigrad": partial(importing, IMPORT_MINIGRAD),
            "PyTorch": partial(importing, "import torch"),
            "JAX": partial(importing, "import jax"),
            "autograd": partial(importing, "import autograd.numpy"),
        },
        targets=[
            Target(
                "at most NumPy + 0.1 s, numba not imported",
                lambda times: difference(times, "minigrad", "NumPy"),
                0.1,
            )
        ],
        times=fresh_processes,
    ),
    Row(
        name="first",
        title="import and first step of the small network in a fresh process",
        unit="s",
        scale=1,
        contestants={
            "NumPy": partial(first_step, "by_hand"),
            "minigrad": partial(cached, FIRST_STEP_OF_MINIGRAD),
            "minigrad, not cached": partial(uncached, FIRST_STEP_OF_MINIGRAD),
            "PyTorch": partial(first_step, "with_torch"),
            "JAX": partial(first_step, "with_jax"),
        },
        targets=[
            Target(
                "for information: minigrad beyond NumPy, in s",
                lambda times: difference(times, "minigrad", "NumPy"),
            )
        ],
        times=fresh_processes,
    ),
    Row(
        name="adam-first",
        title="first update_ in a fresh process",
        unit="s",
        scale=1,
        contestants=first_updates(),
        targets=[
            within(limit, name + how)
            for name in RULES
            for how, limit in [("", 1.0), (", not cached", 6.0)]
        ],
        times=fresh_processes,
        most=5,
    ),
]
