"""Reading at places, and adding at places."""

import numpy as np

from minigrad.autodiff.recording import getitem
from minigrad.autodiff.vjps.indexing import add_at

from .table import (
    MASK,
    moves,
    row,
)

INDICES = (
    0,
    -1,
    np.int64(1),
    slice(None, None, -2),
    slice(1, None),
    slice(3, 3),
    ...,
    None,
    True,
    (1, 2),
    (1, slice(None), None, -1),
    (..., 1),
    (slice(None), [0, 0, 2]),
    ([0, 1, 0], [2, 2, 2]),
    (np.array([[0, 1], [1, 1]]), slice(None), np.array([3, 3])),
    (slice(None), None, [2, 0], slice(None, None, 2)),
    [1, 1, 0],
    [[0, 1], [1, 1]],
    np.array(1),
    [],
    MASK,
    (MASK, 1),
    (0, MASK[0]),
    (..., np.array([True, False, True, True])),
    np.array([False, True]),
    (1, 2, 3),
)
for index in INDICES:
    moves(getitem, lambda x, index=index: x[index], shape=(2, 3, 4))
    n = np.zeros((2, 3, 4))[index].shape
    row(add_at, lambda g, index=index: add_at(g, index, (2, 3, 4)), n)
