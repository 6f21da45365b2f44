"""Notebook 02, The chain rule is a graph walk: orders, and the way back."""

import math

import numpy as np

from ...autodiff.gradient import gradient
from ..calling import Attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import SHAPE, VALUE, Finding, require
from . import values  # noqa: F401  (the first exercise of this notebook)
from .nodes import GRAPHS, Node, doubling, everything, growth, many

# --- A counter-example -----------------------------------------------------------


def buggy(result):
    """The walk of the notebook that visits each value once, in any order."""
    gradients, waiting = {result: 1.0}, [result]
    while waiting:
        node = waiting.pop()
        for parent, slope in zip(node._parents, node.slopes, strict=True):
            if parent not in gradients:
                gradients[parent] = 0.0
                waiting.append(parent)
            gradients[parent] += gradients[node] * slope
    return gradients


@tests("02.3")
def counterexample(answer):
    """A program of at most four operations on which `buggy` is wrong."""
    x, Node.patience = Node(0.7), 1_000
    result = received("counterexample(x)", answer(x)).value
    if not isinstance(result, Node):
        raise Finding(
            SHAPE,
            f"`counterexample(x)` returned {shown(result)}, and should return a Value "
            f"that is made from `x` by `+` and `*`.",
        )
    order = everything(result)
    require(x in order, VALUE, "The result of `counterexample(x)` does not use `x`.")
    count = sum(bool(node._parents) for node in order)
    require(
        count <= 4,
        VALUE,
        f"`counterexample(x)` makes {count} operations. Four are enough: which of "
        f"them can go?",
    )
    (right,) = gradient(lambda x: _replayed(order, x), 0.7)
    if math.isclose(buggy(result)[x], right, rel_tol=1e-9):
        uses = [p for node in order for p in node._parents if p._parents]
        said = (
            "No value but `x` is used twice, and for `x` itself the turn does not "
            "matter: it has no parents to send anything to."
        )
        if len(uses) != len(set(uses)):
            said = (
                "Something is used twice, which is necessary. But its turn comes after "
                "all that use it, by luck. In which order does the stack give them "
                "out? Exchange the two sides of a `+`, or make one way longer."
            )
        raise Finding(VALUE, f"On this program, the walk is right. {said}")


def _replayed(order, x):
    """The same program on another kind of number."""
    found = {}
    for node in order:
        if not node._parents:
            found[node] = x if node is order[0] or node.data == 0.7 else node.data
        else:
            a, b = (found[parent] for parent in node._parents)
            found[node] = a + b if node.sign == "+" else a * b
    return found[order[-1]]


# --- Orders ----------------------------------------------------------------------


@tests("02.4")
def topological_order(answer):
    """Each value once, parents first, on small, deep and entangled graphs."""
    for f in (*GRAPHS, many(doubling, 60), many(growth, 10_000)):
        result = f(Node(0.8, name="x"))
        right = everything(result)
        Node.patience = 20 * len(right)
        text = f"topological_order({f.__name__}(Value(0.8)))"
        order = received(text, answer(result)).value
        require(
            isinstance(order, list | tuple),
            SHAPE,
            f"`{text}` returned {type(order).__name__}, and should return a list.",
        )
        strange = [x for x in order if not isinstance(x, Node)]
        require(
            not strange, SHAPE, f"`{text}` has {shown(strange[:1])} in it, no Value."
        )
        _check_order(text, list(order), right)


def _check_order(text, order, right):
    require(
        len(set(order)) == len(order),
        VALUE,
        f"`{text}` has {len(order)} entries, some of them twice. A value that is used "
        f"by two others is still one value.",
    )
    missing = set(right) - set(order)
    require(
        not missing,
        VALUE,
        f"`{text}` lacks {len(missing)} of the values. The inputs and the result "
        f"belong to it, and what constants became.",
    )
    place = {node: k for k, node in enumerate(order)}
    late = [
        (node, parent)
        for node in order
        for parent in node._parents
        if place[parent] > place[node]
    ]
    if late and len(late) == sum(len(node._parents) for node in order):
        raise Finding(VALUE, f"`{text}` is the wrong way round: the result comes last.")
    if late:
        node, parent = late[0]
        raise Finding(
            VALUE,
            f"In `{text}`, a value ({node!r}, made by {node.sign}) stands before one "
            f"that it was made from ({parent!r}). It may be written down when *all* of "
            f"its parents have been.",
        )


# --- The way back ----------------------------------------------------------------


@tests("02.5")
def backward(answer):
    """The gradients of small, deep and entangled graphs; twice the same."""
    for f in (*GRAPHS, many(doubling, 60), many(growth, 10_000)):
        x = Node(0.8, name="x")
        result = f(x)
        (right,) = gradient(f, 0.8)
        for time in ("", ", called again,"):
            text = f"backward({f.__name__}(x)){time}"
            Node.patience = 40 * len(everything(result))
            got = received(text, answer(result)).value
            require(
                isinstance(got, dict),
                SHAPE,
                f"`{text}` returned {shown(got)}, and should return a dict from values "
                f"to numbers.",
            )
            require(
                x in got,
                VALUE,
                f"`{text}` has no entry for `x`: nothing arrived there.",
            )
            said = "The result towards itself has the slope 1."
            kept = "It was kept from last time."
            itself = Attempt(f"{text}[result]", got.get(result, 0.0))
            matches(itself, 1.0, suspects=[(0.0, said), (2.0, kept)])
            wrong = _assigned(result)[x]
            said = "What arrives at a value is added to what is there: is it replaced?"
            suspects = [(wrong, said)] if not np.isclose(wrong, right) else []
            matches(Attempt(f"{text}[x]", got[x]), right, rtol=1e-8, suspects=suspects)


def _assigned(result):
    """The mistake of keeping only what came last."""
    gradients = {result: 1.0}
    for node in reversed(everything(result)):
        for parent, slope in zip(node._parents, node.slopes, strict=True):
            gradients[parent] = gradients[node] * slope
    return gradients


@tests("02.6")
def play_back(answer):
    """Tapes with values used twice, with constants, and with what nobody used."""
    for f in GRAPHS:
        result = f(Node(0.8))
        order = everything(result)
        at = {node: k for k, node in enumerate(order)}
        tape = [(tuple(at[p] for p in node._parents), node.slopes) for node in order]
        _check_tape(answer, f.__name__, tape, _gradients(order))
    tape = [((), ()), ((), ()), ((0, 0), (2.0, 3.0)), ((1,), (7.0,)), ((2,), (0.5,))]
    _check_tape(
        answer, "with an entry that nobody used", tape, [2.5, 0.0, 0.5, 0.0, 1.0]
    )


def _gradients(order):
    found = dict.fromkeys(order, 0.0)
    found[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in zip(node._parents, node.slopes, strict=True):
            found[parent] += found[node] * slope
    return [found[node] for node in order]


def _check_tape(answer, name, tape, right):
    text, of = "play_back(tape)", f"` for the tape of `{name}"
    copy = list(tape)
    got = received(text, answer(copy)).value
    got = list(got) if isinstance(got, np.ndarray) and got.ndim == 1 else got
    require(copy == tape, VALUE, f"`{text}` changed the tape.")
    require(
        isinstance(got, list | tuple) and len(got) == len(tape),
        SHAPE,
        f"`{text}{of}` returned {shown(got)}. There are {len(tape)} entries on the "
        f"tape, and a gradient for each.",
    )
    for index in reversed(range(len(tape))):
        if got[index] is None and right[index] == 0:
            continue  # as minigrad says it
        attempt, suspects = Attempt(f"{text}[{index}]{of}", got[index]), []
        if index == len(tape) - 1:
            said = "The last entry is the result: its slope towards itself is 1."
            suspects = [(got[index], said)]
        matches(attempt, right[index], rtol=1e-9, suspects=suspects)
