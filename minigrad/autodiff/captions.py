"""How an entry of a trace reads: its arguments, a title for its box, its line."""

import linecache
import os
import sys
from inspect import Parameter, signature
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..arrays import plain
from .recording import getitem

INFIX = {
    "numpy.add": "+",
    "numpy.subtract": "−",
    "numpy.multiply": "×",
    "numpy.divide": "÷",
    "numpy.matmul": "@",
    "numpy.power": "**",
}
SYMBOLS = {"numpy.square": "x²", "numpy.negative": "−x", "getitem": "x[…]"}
TRACKED = "·"
"""What stands in a title for a value that comes along an arrow."""
LONGEST = 26


class Argument(NamedTuple):
    """An argument of an entry.

    Attributes:
        step: the entry that it came from, or None for a constant.
        key: the name that it is given by, or None.
        text: its value as a short text.
    """

    step: int | None
    key: str | None
    text: str

    def __str__(self):
        text = self.text if self.step is None else f"#{self.step}"
        return text if self.key is None else f"{self.key}={text}"


def arguments(entry):
    """The arguments of an entry, without those that are left at their defaults."""
    operation, _, args, kwargs, parents = entry
    if operation is None:
        return
    on_tape, parameters = dict(parents), _parameters(operation.function)
    key = None
    for position, x in enumerate(args):
        step = on_tape.get(position)
        parameter = parameters[position] if position < len(parameters) else None
        if step is None and _is_left_out(operation.function, parameter, x):
            key = parameter.name  # whatever comes behind needs its name
            continue
        named = step is None and (key is not None or _is_option(parameter))
        key = parameter.name if named else None
        yield Argument(step, key, _short(x))
    known = {parameter.name: parameter for parameter in parameters}
    for key, x in kwargs.items():
        if not _is_left_out(operation.function, known.get(key), x):
            yield Argument(None, key, _short(x))


def title(entry, name):
    """What stands in the box of an operation: `1 − ·`, `sum axis=0`."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    found = list(arguments(entry))
    texts = [TRACKED if x.step is not None else str(x) for x in found]
    constants = [x for x in found if x.step is None]
    if name in INFIX and len(texts) == 2:
        text = f"{texts[0]} {INFIX[name]} {texts[1]}" if constants else INFIX[name]
    else:
        placed = any(x.key is None for x in constants)
        shown = texts if placed else map(str, constants)
        text = " ".join([_bare(entry, name), *shown])
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _bare(entry, name):
    """The name of an operation without its module, except `linalg` and its like."""
    module = getattr(entry.operation.function, "__module__", None)
    return name.removeprefix("numpy.").removeprefix(f"{module}.")


def _parameters(function):
    """The parameters by position; empty where the function does not tell."""
    try:
        return list(signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _is_option(parameter):
    if parameter is None or parameter.kind is Parameter.POSITIONAL_ONLY:
        return False
    return parameter.default is not Parameter.empty


def _is_left_out(function, parameter, x):
    """Whether an argument tells nothing: None, or what it is anyway."""
    if function is getitem:
        return False  # None is a new axis there
    if parameter is None or x is None:
        return x is None
    plainly = isinstance(x, bool | int | float | str)
    default = parameter.default
    return x is default or (plainly and type(x) is type(default) and x == default)


def _short(x):
    x = plain(x)
    if isinstance(x, np.ndarray) and x.ndim:
        return f"{x.dtype}{x.shape}"
    if isinstance(x, float | np.floating):
        return f"{x:.4g}"
    text = getattr(x, "__name__", None) or repr(x)
    return text if len(text) <= 20 else text[:19] + "…"


# --- Lines of the user's program ----------------------------------------------------


class Line(NamedTuple):
    """A line of a program: the file, its number, its text."""

    file: str
    number: int
    text: str

    def __str__(self):
        return f"{Path(self.file).name}:{self.number}"


_NOT_THE_USERS = (
    f"{Path(__file__).parents[1]}{os.sep}",
    f"{Path(np.__file__).parent}{os.sep}",
    "<__array_function__",
)


def line_that_runs():
    """The innermost line that runs now and is neither minigrad's nor NumPy's."""
    frame = here = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_NOT_THE_USERS):
            here = frame
            break
        frame = frame.f_back
    file, number = here.f_code.co_filename, here.f_lineno
    return Line(file, number, linecache.getline(file, number).strip())
