"""A training that is killed again and again is one that never was, bit for bit.

`MINIGRAD_KILLS=30 pytest tests/learner/test_killed.py` kills more often than CI does.
"""

import random
import signal
import subprocess
import sys
import time

import pytest

import minigrad as mg
from minigrad.learner import fit_

from . import killed
from .killed import KILLS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What a training gives that nobody kills."""
    folder = tmp_path_factory.mktemp("whole")
    learner = killed.make(folder / "checkpoints")
    fit_(learner, killed.EPOCHS)
    fit_(learner, 2)
    files = sorted(path.name for path in (folder / "checkpoints").iterdir())
    return killed.result(learner), files


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.learner.killed", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_at_random_times(tmp_path, expected):
    last, chance = tmp_path / "checkpoints" / "last.npz", random.Random(KILLS)
    kills, positions = 0, []
    while not (tmp_path / "result").exists():
        process = start(tmp_path)
        while process.stdout.readline() not in ("trains\n", ""):
            pass
        if kills < KILLS:
            time.sleep(chance.uniform(0.0, 0.3))
            process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        if process.returncode == -signal.SIGKILL:
            kills += 1
        else:
            assert process.returncode == 0, errors
        if last.exists():  # and then it is whole
            position = mg.serialise.files.read(last)["run"]["position"]
            numbers = [position[name] for name in ("fit", "epoch", "phase", "step")]
            positions.append(numbers)
    assert kills == KILLS
    assert positions == sorted(positions)
    assert len({tuple(numbers) for numbers in positions}) >= 3
    bits, files = expected
    assert (tmp_path / "result").read_bytes() == bits
    assert sorted(path.name for path in last.parent.iterdir()) == files
