"""Starting: how long `import` takes, and the first step, in fresh processes.

A notebook restarts often. numba takes most of a second to import, so minigrad
leaves that to the first update; its kernels are compiled once and kept on disk.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .contest import Row, Target, difference, fresh_processes

ROOT = Path(__file__).parents[2]

TIMED = """
from time import perf_counter
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


def seconds(work, cache=None):
    """The seconds that the statements `work` take in a fresh process.

    Args:
        work: Python source.
        cache: the folder of numba's compiled kernels; by default numba's choice.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-c", TIMED.format(work=work)]
    output = subprocess.check_output(command, env=environment, text=True)
    return float(output)


def importing(work):
    """Make the function that times the import statement `work`."""
    return partial(seconds, work)


def first_step(maker):
    """Imports, making a small network, and one training step of it."""
    return partial(seconds, FIRST_STEP.format(maker=maker))


def first_step_cached():
    """The same for minigrad, with the kernels in a folder of their own."""
    folder = TemporaryDirectory()

    def start():
        return seconds(FIRST_STEP.format(maker="with_minigrad"), folder.name)

    return start


def first_step_uncached():
    """The same with an empty folder every time, so that the kernels are compiled."""

    def start():
        with TemporaryDirectory() as folder:
            return seconds(FIRST_STEP.format(maker="with_minigrad"), folder)

    return start


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
        target=Target(
            "at most NumPy + 0.1 s, numba not imported",
            lambda times: difference(times, "minigrad", "NumPy"),
            0.1,
        ),
        times=fresh_processes,
    ),
    Row(
        name="first",
        title="import and first step of the small network in a fresh process",
        unit="s",
        scale=1,
        contestants={
            "NumPy": partial(first_step, "by_hand"),
            "minigrad": first_step_cached,
            "minigrad, nothing cached": first_step_uncached,
            "PyTorch": partial(first_step, "with_torch"),
            "JAX": partial(first_step, "with_jax"),
        },
        target=Target(
            "for information: minigrad beyond NumPy, in s",
            lambda times: difference(times, "minigrad", "NumPy"),
        ),
        times=fresh_processes,
    ),
]
