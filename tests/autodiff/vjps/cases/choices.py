"""Choosing number by number, and calling functions on parts."""

import numpy as np

from .table import MASK, away_from_zero, moves, row

LAYERS = [MASK, ~MASK & np.array([True, True, False])]
WHICH = np.array([[2, 0, 0], [1, 1, 2]])

PAIR = (2, 3), (3,)
row(np.select, lambda x, y: np.select(LAYERS, [x, y], 0.5), *PAIR, complex=True)
row(np.select, lambda x, y: np.select(LAYERS, [y, 1.0], default=x), *PAIR, complex=True)
row(np.select, lambda x, y: np.select([MASK[0], MASK[:, :1]], (x, y)), (), (3,))
row(np.select, lambda x: np.select([x > 0, x < -1], [x, -x], x * x), (2, 3))
row(np.select, lambda x: np.select([x > 0], [1.0], [1.0, 2.0, 3.0]) * x, (2, 3))
row(np.select, lambda x: np.select([MASK[:0]], [x]), (3,))

row(np.choose, lambda x, y: np.choose(WHICH % 2, [x, y]), *PAIR, complex=True)
row(np.choose, lambda x, y: np.choose(WHICH, [x, 2.0, y]), *PAIR)
row(np.choose, lambda x: np.choose([2, 0, 1], x), (3, 3), complex=True)
row(np.choose, lambda x: np.choose(1, [7.0, x]), (2, 3))
for mode in ("wrap", "clip"):
    call = lambda x, y, z, m=mode: np.choose(WHICH + 1, (x, y, z), mode=m)
    row(np.choose, call, (2, 3), (3,), (), complex=True)


def cases(x):
    return np.piecewise(x, [x < 0, x > 1], [np.sinh, lambda x: x * x, 3.0])


def power(x, c, d):
    return d * x**c


row(np.piecewise, cases, away_from_zero((2, 3)))
row(np.piecewise, cases, away_from_zero(()))
row(np.piecewise, cases, (0, 3))
row(
    np.piecewise,
    lambda x: np.piecewise(x, [MASK], [lambda x: x**3]),
    (2, 3),
    complex=True,
)
row(np.piecewise, lambda x: np.piecewise(x, LAYERS, [2, lambda x: -x]), (2, 3))
row(
    np.piecewise,
    lambda x: np.piecewise(x, [MASK], [lambda x, c, d: c * x + d, power], 2, d=3),
    (2, 3),
)

for axis in (0, 1, -1):
    for f in (
        np.sum,
        np.cumsum,
        lambda v: v[:, None, None] * [[1, 2, 3]],
        lambda v: v[:2],
        lambda v: v[0] * v[1],
    ):
        call = lambda x, f=f, axis=axis: np.apply_along_axis(f, axis, x)
        row(np.apply_along_axis, call, (2, 3, 2), complex=True)
moves(
    np.apply_along_axis,
    lambda x: np.apply_along_axis(np.roll, 0, x, 2),
    lambda x: np.apply_along_axis(np.roll, axis=0, arr=x, shift=1),
    shape=(3,),
)
for axes in (0, -1, (0, 2), [1, 0]):
    row(
        np.apply_over_axes,
        lambda x, a=axes: np.apply_over_axes(np.sum, x, a),
        (2, 3, 2),
    )
moves(np.apply_over_axes, lambda x: np.apply_over_axes(np.flip, x, [0, 1]))
