"""Captions of entries: where the constant stands, and only what was chosen."""

import numpy as np
import pytest

from minigrad import primitive, vjp
from minigrad.autodiff import trace
from minigrad.autodiff.captions import arguments, title

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@primitive
def scaled(x, factor, shift=0.0, mode=None):
    return x * factor + shift


vjp(scaled, lambda g, ans, x, factor, shift, mode: g * factor)

TITLES = {
    "1 − ·": lambda x: 1 - x,
    "· − 1": lambda x: x - 1,
    "−": lambda x: x - x,
    "2 ÷ ·": lambda x: 2 / x,
    "· ÷ 2": lambda x: x / 2,
    "2 ** ·": lambda x: 2**x,
    "· ** 2.5": lambda x: x**2.5,
    "x²": lambda x: x**2,
    "−x": lambda x: -x,
    "float64(2, 2) @ ·": lambda x: np.eye(2) @ x,
    "· @ float64(3, 3)": lambda x: x @ np.eye(3),
    "x[…]": lambda x: x[0, None],
    "arctan2 1 ·": lambda x: np.arctan2(1, x),
    "arctan2 · 1": lambda x: np.arctan2(x, 1),
    "arctan2": lambda x: np.arctan2(x, x),
    "where bool(2, 3) · 0": lambda x: np.where(X > 2, x, 0),
    "where bool(2, 3) 0 ·": lambda x: np.where(X > 2, 0, x),
    "sum": lambda x: np.sum(x, None),
    "sum axis=0": lambda x: np.sum(x, 0),
    "variance": lambda x: np.var(x),
    "variance axis=0 ddof=1": lambda x: np.var(x, 0, ddof=1),
    "transpose": lambda x: x.T,
    "reshape · (3, 2)": lambda x: x.reshape(3, 2),
    "scaled · 2": lambda x: scaled(x, 2, 0.0, None),
    "scaled · 2 mode='fast'": lambda x: scaled(x, 2, 0.0, "fast"),
    "scaled · bool(2, 3) shift…": lambda x: scaled(x, X > 2, 1.0),
}


@pytest.mark.parametrize("expected", TITLES)
def test_titles(expected):
    tape = trace(TITLES[expected], X)
    assert len(tape) == 2
    assert title(tape[1], tape.name(1)) == expected


def test_a_new_axis_is_no_default():
    tape = trace(lambda x: x[None], X)
    assert list(map(str, arguments(tape[1]))) == ["#0", "None"]


def test_of_modules_only_those_of_numpy_are_named():
    tape = trace(lambda x: scaled(np.linalg.inv(x), 2.0), np.eye(2))
    found = [title(tape[step], tape.name(step)) for step in (1, 2)]
    assert found == ["linalg.inv", "scaled · 2"]
