"""Padding in all modes."""

import numpy as np

from .table import drawn, row, spaced

WIDTHS = 2, (1, 2), ((1, 0), (0, 2)), ((3, 3), (4, 5))


def pad(*shape_or_draw, **keywords):
    for width in WIDTHS:
        odd = keywords.get("reflect_type") == "odd"
        if not (odd and width == WIDTHS[-1]):
            call = lambda x, w=width: np.pad(x, w, **keywords)
            for draw in shape_or_draw:
                row(np.pad, call, draw, exact=False, complex=keywords.get("z", False))


for mode in ("edge", "wrap", "reflect", "symmetric", "mean", "linear_ramp"):
    pad(drawn((3, 4)), mode=mode)
for mode in ("maximum", "minimum", "median"):
    pad(spaced(0)((3, 4)), mode=mode)
    pad(spaced(0)((3, 4)), mode=mode, stat_length=2)
for mode in ("reflect", "symmetric"):
    pad(drawn((3, 4)), mode=mode, reflect_type="odd")
pad(drawn((3, 4)))
pad(drawn((3, 4)), constant_values=0.5)
pad(drawn((3, 4)), constant_values=((1.0, 2.0), (3.0, 4.0)))
pad(drawn((3, 4)), mode="linear_ramp", end_values=(1.0, -2.0))
pad(drawn((3, 4)), mode="mean", stat_length=((1, 2), (2, 3)))
row(np.pad, lambda x, c: np.pad(x, 1, constant_values=c), (2, 3), (), exact=True)
row(
    np.pad,
    lambda x, c: np.pad(x, (1, 2), constant_values=c),
    (2, 3),
    (2, 2),
    exact=True,
)
row(np.pad, lambda x: np.pad(x, {-1: (1, 2)}), (2, 3), exact=True, complex=True)
row(np.pad, lambda x: np.pad(x, 0, mode="mean"), (2, 3), exact=True)
row(np.pad, lambda x: np.pad(x, 2, mode="reflect"), (3,), exact=True, complex=True)
