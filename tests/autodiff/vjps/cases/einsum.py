"""Einstein sums."""

from functools import partial

import numpy as np

from minigrad.autodiff.vjps.einsum import product

from .table import CONSTANTS, row

for subscripts, *shapes in (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba", (2, 3)),
    ("aB", (2, 3)),
    (" ij, kj -> k i ", (2, 3), (4, 3)),
    # Summed by itself
    ("ij->", (2, 3)),
    ("i,j->", (2,), (3,)),
    # Diagonals
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iii->i", (2, 2, 2)),
    ("ijji->j", (2, 3, 3, 2)),
    ("ii,i,j->", (3, 3), (3,), (2,)),
    ("iij,jki->k", (2, 2, 3), (3, 4, 2)),
    # Any number of operands
    ("->", ()),
    (",->", (), ()),
    ("a,b,c,d->bd", (2,), (3,), (2,), (2,)),
    ("ij,jk,kl,li->", (2, 3), (3, 2), (2, 3), (3, 2)),
    # Ellipsis
    ("...ij,...jk->...ik", (5, 2, 3), (3, 4)),
    ("...i,...i", (2, 1, 3), (4, 3)),
    ("...->...", (2, 3)),
    ("i...->...", (2, 3)),
    ("i...,...j", (2, 3), (3, 4)),
    ("ii...", (2, 2, 3)),
    ("iij...->j...", (2, 2, 3, 4, 1)),
    # Stretched and empty axes
    ("i,i->i", (1,), (3,)),
    ("i,i->", (3,), (1,)),
    ("ij,ij->j", (1, 2), (3, 1)),
    ("ij,jk->ik", (0, 3), (3, 2)),
    ("ij,jk->ik", (2, 0), (0, 2)),
):
    call = partial(np.einsum, subscripts)
    name = f"{subscripts}{shapes}"
    row(np.einsum, call, *shapes, exact=True, complex=True, name=name)
row(np.einsum, lambda x: np.einsum("ij,kj->ik", x, x), (2, 3), complex=True)
PATH = ["einsum_path", (1, 2), (0, 1)]
for optimize in (True, "optimal", ("greedy", 1000), PATH):
    row(
        np.einsum,
        lambda x, y, z, how=optimize: np.einsum("ij,jk,kl", x, y, z, optimize=how),
        *((2, 3), (3, 4), (4, 2)),
        exact=True,
    )
for call in (
    lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]),
    lambda x, y: np.einsum(x, [0, 30], y, [30, 1]),
    lambda x, y: np.einsum(x, [5, 1], y, [1, 2]),
    lambda x, y: np.einsum(x, [..., 1], y, [1, 3], [3, ...]),
    lambda x, y: np.einsum("ij,jk", x, y, dtype=np.float64, order="F"),
):
    row(np.einsum, call, (2, 3), (3, 4))
row(product, lambda x, y: product(x, y, subscripts="i,i"), (3,), (3,))
CONSTANTS[np.einsum_path] = (lambda x: np.einsum_path("ij,kj", x, x)[1],)
