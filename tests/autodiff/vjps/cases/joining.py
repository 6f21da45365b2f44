"""Joining and splitting, beside what `shapes.py` has."""

import numpy as np

from .table import moves, row

for function in (np.dstack, np.column_stack):
    for shape in ((3,), (2, 3), (2, 3, 2)):
        if function is np.dstack or len(shape) < 3:
            call = lambda x, y, f=function: f([x, y])
            row(function, call, shape, shape, exact=True, complex=True)
row(np.column_stack, lambda x, y: np.column_stack((x, y)), (3,), (3, 2), exact=True)
row(np.dstack, lambda x, y: np.dstack([x, y]), (), (), exact=True)
for shape in ((), (3,), (2, 3), (2, 3, 4)):
    row(np.atleast_3d, np.atleast_3d, shape, exact=True)
row(np.atleast_3d, lambda x, y: np.atleast_3d(x, y), (2,), (2, 3), exact=True)
row(np.append, np.append, (2, 3), (2,), exact=True, complex=True)
row(np.append, lambda x, y: np.append(x, y, axis=1), (2, 3), (2, 1), exact=True)
row(np.append, lambda x: np.append(x, 1.0), (2, 3), exact=True)
row(np.block, lambda x, y: np.block([[x, y], [y, x]]), (2, 2), (2, 2), exact=True)
row(np.block, lambda x, y: np.block([x, y, 1.0]), (3,), (), exact=True, complex=True)
row(np.block, lambda x, y: np.block([[x], [y]]), (1, 2, 3), (2, 3), exact=True)
row(np.block, np.block, (2, 3), exact=True)
moves(
    np.hsplit, lambda x: np.hsplit(x, 2), lambda x: np.hsplit(x, [1, 3]), shape=(3, 4)
)
moves(np.hsplit, lambda x: np.hsplit(x, 2), shape=(4,))
moves(np.vsplit, lambda x: np.vsplit(x, 2), lambda x: np.vsplit(x, [1]), shape=(2, 3))
moves(np.dsplit, lambda x: np.dsplit(x, 2), shape=(1, 3, 4))
moves(np.unstack, np.unstack, lambda x: np.unstack(x, axis=-1))
