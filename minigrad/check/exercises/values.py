"""Notebook 02, a number that remembers how it was made."""

import math

from ..calling import Attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import SHAPE, VALUE, Finding, require


@tests("02.1")
def Value(answer):
    """Numbers and slopes of the product, the power and tanh; what follows from them."""
    for x, y in ((3.0, -2.0), (0.5, 4.0)):
        a, b = answer(x), answer(y)
        swapped = "The slopes are exchanged: nudge one factor, and see what happens."
        _made(answer, f"Value({x}) * Value({y})", a * b, x * y, {a: y, b: x},
              {a: x, b: y}, swapped)  # fmt: skip
    a = answer(3.0)
    twice = "Both factors are `a`: it is a parent twice, with a slope each."
    _made(answer, "a * a (with a = Value(3.0))", a * a, 9.0, {a: 6.0}, {a: 3.0}, twice)
    _made(answer, "a * 2.0 (with a = Value(3.0))", a * 2.0, 6.0, {a: 2.0})
    for n in (3, 2, -1.0):
        forgotten = "Has the exponent become one less in the slope?"
        _made(answer, f"Value(3.0) ** {n}", a**n, 3.0**n, {a: n * 3.0 ** (n - 1)},
              {a: n * 3.0**n}, forgotten)  # fmt: skip
    a, t = answer(0.5), math.tanh(0.5)
    raw = "Is that 1 - x²? It is the square of tanh x that is subtracted."
    _made(answer, "Value(0.5).tanh()", a.tanh(), t, {a: 1 - t**2}, {a: 0.75}, raw)

    rest = (
        ("a + 2.0", lambda a: a + 2.0, 2.5, 1.0),
        ("3.0 * a - a", lambda a: 3.0 * a - a, 1.0, 2.0),
        ("a / (a + 1.0)", lambda a: a / (a + 1.0), 1 / 3, 4 / 9),
    )
    for text, f, data, slope in rest:
        a = answer(0.5)
        result = f(a)
        said = (
            "This follows from what stands in the other methods. Has one been changed?"
        )
        matches(Attempt(f"({text}).data", result.data), data,
                suspects=[(result.data, said)])  # fmt: skip
        total = _along_all_paths(result, a)
        got = Attempt(f"the slope of {text}", total)
        matches(got, slope, suspects=[(total, said)])


def _along_all_paths(result, a):
    """The slope of a small result towards a, as in section 2 of the notebook."""
    pairs = zip(result.parents, result.slopes, strict=True)
    return float(result is a) + sum(s * _along_all_paths(p, a) for p, s in pairs)


def _made(cls, text, result, data, slopes, wrong=None, said=""):
    """A Finding unless a result has the right number, parents and slopes."""
    received(text, result)
    if not isinstance(result, cls):
        raise Finding(
            SHAPE,
            f"`{text}` is {shown(result)}. It should be a new Value: "
            f"`return Value(number, (self, ...), (slope, ...))`.",
        )
    matches(Attempt(f"({text}).data", result.data), data, rtol=1e-9)
    parents, given = result.parents, result.slopes
    for name, part in (("parents", parents), ("slopes", given)):
        require(
            isinstance(part, tuple | list),
            SHAPE,
            f"`({text}).{name}` is {shown(part)}, and should be a tuple, also if there "
            f"is only one: `(self,)`.",
        )
    require(
        len(parents) == len(given),
        SHAPE,
        f"`{text}` has {len(parents)} parents and {len(given)} slopes. Each parent has "
        f"its own.",
    )
    found = {}
    for parent, slope in zip(parents, given, strict=True):
        found[parent] = found.get(parent, 0.0) + slope
    lost = [value for value in slopes if value not in found]
    require(
        not lost,
        VALUE,
        f"{shown(lost[0]) if lost else ''} is not among the parents of `{text}`. They "
        f"are the values themselves, `self` and `other`, and not their numbers.",
    )
    for value, right in slopes.items():
        got = Attempt(f"the slope of {text} towards Value({value.data})", found[value])
        matches(got, right, rtol=1e-9, suspects=[(wrong[value], said)] if wrong else ())
