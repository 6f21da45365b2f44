"""What compiled loops read at the addresses of arrays is what NumPy says of them."""

import pickle
from itertools import product

import numba
import numpy as np
import pytest

from minigrad.heads import (
    ALIGNED,
    C_CONTIGUOUS,
    WRITEABLE,
    has_base,
    has_flags,
    length,
    same_dtype,
    same_shape,
    size,
    vector,
)

from .compiled import COMPILED

pytestmark = COMPILED

WHOLE = np.arange(24.0).reshape(4, 6)
READ_ONLY = np.zeros((4, 6))
READ_ONLY.flags.writeable = False
ARRAYS = {
    "whole": WHOLE,
    "transposed": WHOLE.T,
    "a part": WHOLE[1:3],
    "strided": WHOLE[::2, ::3],
    "read-only": READ_ONLY,
    "float32": np.ones((4, 6), np.float32),
    "another float32": np.ones((4, 6), np.float32),
    "bytes turned round": np.ones((4, 6), ">f8"),
    "not aligned": np.zeros(25 * 8, np.uint8)[1:-7].view(np.float64).reshape(4, 6),
    "a number": np.array(1.0),
    "nothing": np.empty((0, 3)),
    "five axes": np.ones((1, 2, 3, 2, 1)),
    "other memory": np.frombuffer(bytes(16)),
    "unpickled": pickle.loads(pickle.dumps(WHOLE)),
    "integers": np.ones((4, 6), int),
}


@pytest.mark.parametrize("x", ARRAYS.values(), ids=ARRAYS)
def test_of_one_array(x):
    at = id(x)
    assert size(at) == x.size
    assert tuple(length(at, axis) for axis in range(x.ndim)) == x.shape
    assert has_base(at) == (x.base is not None)
    assert has_flags(at, C_CONTIGUOUS) == x.flags.c_contiguous
    assert has_flags(at, ALIGNED) == x.flags.aligned
    assert has_flags(at, WRITEABLE) == x.flags.writeable
    both = x.flags.writeable and x.flags.c_contiguous
    assert has_flags(at, C_CONTIGUOUS | WRITEABLE) == both


def test_which_are_alike():
    assert ARRAYS["unpickled"].dtype is not WHOLE.dtype
    for x, y in product(ARRAYS.values(), repeat=2):
        assert same_shape(id(x), id(y)) == (x.shape == y.shape)
        assert same_dtype(id(x), id(y)) == (x.dtype == y.dtype)


def test_the_numbers():
    @numba.njit
    def total(x, start, count, like):
        return vector(x, start, count, like).sum()

    x = ARRAYS["whole"]
    assert total(id(x), 2, 5, np.empty(0)) == sum(range(2, 7))
