"""What several tests share."""

import os
import subprocess
import sys

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=50
)
hypothesis.settings.load_profile("repeatable")

# Of processes that tests start: two threads of the BLAS, on a machine that is busy with
# other things, spend more time waiting for each other than computing.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# They need the frameworks whose numbers they store.
collect_ignore_glob = ["**/data/make_*.py"]


@pytest.fixture
def run_python():
    """Run code in a new process and return what it prints, without line ends."""

    def run(*code, env=None, check=True):
        arguments = [sys.executable, *(("-c", *code) if len(code) == 1 else code)]
        found = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(env or {})},
        )
        assert not check or found.returncode == 0, found.stderr
        return (found.stdout if check else found.stdout + found.stderr).strip()

    return run
