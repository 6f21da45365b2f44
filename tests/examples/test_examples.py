"""Every script in this folder, as its readers run it."""

import pytest

from . import EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, run_python):
    """It ends without an error or a warning, and says what it has reached."""
    compiled = {"NUMBA_DISABLE_JIT": "0"}  # in plain Python they would take minutes
    assert run_python("-W", "error", str(path), env=compiled)
