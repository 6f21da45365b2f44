"""The text of a function, if it is still that of the function in memory."""

import ast
import dis
import inspect
import textwrap
from copy import copy
from functools import cache


@cache
def definition(formula):
    """How a formula is written, an `ast.FunctionDef`; None if nobody knows.

    That is so for what was typed at Python's plain prompt, and where a file has been
    edited since it was imported. Such formulas are carried out in NumPy.
    """
    try:
        source = textwrap.dedent(inspect.getsource(formula))
        (function,) = ast.parse(source).body
    except (OSError, SyntaxError, ValueError):
        return None
    return function if _is_of(function, formula) else None


def _is_of(function, formula):
    """Whether a text is that of a function: compiled again, it gives the same code."""
    if not isinstance(function, ast.FunctionDef):
        return True  # a lambda, which is refused later
    twin = copy(function)
    twin.decorator_list = []
    around = ast.parse(f"def around({', '.join(formula.__code__.co_freevars)}): pass")
    around.body[0].body = [twin]
    code = compile(around, "around", "exec")
    for _ in range(2):
        code = next(part for part in code.co_consts if hasattr(part, "co_code"))
    return _instructions(formula.__code__) == _instructions(code)


def _instructions(code):
    """What a code object does, but for how calls and jumps are laid out."""
    layout = "CALL NOP NULL PRECALL".split()
    return [
        (one.opname.replace("METHOD", "ATTR"), "JUMP" in one.opname or one.argval)
        for one in dis.get_instructions(code)
        if not any(name in one.opname for name in layout)
    ]
