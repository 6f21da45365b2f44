"""What only compiled code can be asked; CI also runs the suite without compilation."""

import numba
import pytest

COMPILED = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="nothing is compiled with NUMBA_DISABLE_JIT"
)
