"""Finding the `...` that an answer still has in place of code."""

import ast
import inspect
import textwrap
from typing import NamedTuple


class Blank(NamedTuple):
    """A `...` that was left: in which function, and in which line of it."""

    name: str
    line: int


def is_blank(answer):
    """Whether an answer is `...`, or a container that holds one.

    >>> is_blank(...), is_blank({"a": 1, "b": ...}), is_blank(0)
    (True, True, False)
    """
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, tuple | list):
        return any(map(is_blank, answer))
    return answer is ...


def find_blank(answer):
    """The first blank of a function, or of the methods of a class; or None."""
    for function in _functions(answer):
        try:
            source = textwrap.dedent(inspect.getsource(function))
            tree = ast.parse(source)
        except (OSError, TypeError, SyntaxError):
            continue
        lines = sorted(node.lineno for node in _placeholders(tree))
        if lines:
            return Blank(function.__qualname__.rpartition(".<locals>.")[2], lines[0])
    return None


def _functions(answer):
    if inspect.isfunction(answer):
        yield inspect.unwrap(answer)
    elif inspect.isclass(answer):
        for member in vars(answer).values():
            member = getattr(member, "__func__", None) or getattr(
                member, "fget", member
            )
            if inspect.isfunction(member):
                yield member
    elif hasattr(answer, "py_func"):  # compiled by numba
        yield answer.py_func


def _placeholders(tree):
    """Every `...` that is a statement, or stands where a value should.

    Within an index, as in `x[..., 0]`, it means something.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr | ast.Assign | ast.Return | ast.AnnAssign):
            values = [node.value]
            if isinstance(node.value, ast.Tuple):
                values = node.value.elts
            yield from (x for x in values if _is_ellipsis(x))


def _is_ellipsis(node):
    return isinstance(node, ast.Constant) and node.value is ...
