"""Padding in all modes."""

import numpy as np

from minigrad.autodiff.vjps.padding import framed

from .table import drawn, row, spaced

WIDTHS = 2, (1, 0), ((1, 0), (0, 2)), ((3, 4), (7, 9))  # the last beyond the array
REAL = "maximum", "minimum", "median"


def check(mode, *options):
    """Rows for every width with no option, and for one width with each option."""
    calls = [(width, {}) for width in WIDTHS]
    calls += [((2, 9), option) for option in options]
    for width, option in calls:
        call = lambda x, w=width, o=option: np.pad(x, w, mode, **o)
        draw = spaced(0) if mode in REAL else drawn
        row(np.pad, call, draw((2, 3)), complex=mode not in REAL)


check(
    "constant",
    {"constant_values": 0.5},
    {"constant_values": ((1.0, 2.0), (3.0, 4.0))},
)
check("edge")
check("wrap")
check("reflect", {"reflect_type": "odd"}, {"reflect_type": "even"})
check("symmetric", {"reflect_type": "odd"})
check("linear_ramp", {"end_values": (1.0, -2.0)}, {"end_values": ((1,), (2,))})
check("mean", {"stat_length": 2}, {"stat_length": ((1, 2), (2, 9))})
check("maximum", {"stat_length": 2})
check("minimum", {"stat_length": (2, 1)})
check("median", {"stat_length": 2})

for shape in ((), (2,), (1, 2), (2, 1), (2, 2)):
    call = lambda x, c: np.pad(x, ((1, 2), (0, 3)), constant_values=c)
    row(np.pad, call, (2, 3), shape)
    call = lambda x, c: np.pad(x, ((1, 2), (0, 3)), "linear_ramp", end_values=c)
    row(np.pad, call, (2, 3), shape)
for mode in ("reflect", "symmetric"):
    for n in (1, 2, 3):
        call = lambda x, m=mode: np.pad(x, (4, 7), m, reflect_type="odd")
        row(np.pad, call, (n,), complex=True)
for mode in ("constant", "edge", "mean", "linear_ramp"):
    row(np.pad, lambda x, m=mode: np.pad(x, {-1: (1, 2)}, m), (2, 3))
    row(np.pad, lambda x, m=mode: np.pad(x, 0, m), (2, 3))
    row(np.pad, lambda x, m=mode: np.pad(x, 1, m), ())
    row(np.pad, lambda x, m=mode: np.pad(x, ((0, 0), (1, 2)), m), (0, 3))
row(np.pad, lambda x: np.pad(x, 2), (0, 3))
row(framed, lambda x: framed(x, 2), (2, 3), complex=True)
row(framed, lambda x: framed(x, {0: 1}, constant_values=7.0), (2, 3))
