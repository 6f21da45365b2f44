"""Calling a student's code: on copies, and finding the line that went wrong."""

import linecache
import sysconfig
from copy import deepcopy
from pathlib import Path
from traceback import walk_tb
from typing import NamedTuple

import numpy as np

from ..functors import children
from .showing import call_text, shown
from .states import STILL_MISSING, VALUE, Finding

PACKAGE = str(Path(__file__).parent.parent)
OTHERS = (
    PACKAGE,
    sysconfig.get_path("purelib"),
    sysconfig.get_path("stdlib"),
    "<frozen",
    "<__array_function__",
)
"""Where code stands that no student wrote."""


class Attempt(NamedTuple):
    """A call of a student's function, and what it returned.

    Attributes:
        text: the call, as it is spoken of.
        value: the result.
    """

    text: str
    value: object

    def part(self, key):
        """An entry of the result, spoken of as `call[key]`."""
        return Attempt(f"{self.text}[{key!r}]", self.value[key])


def attempt(f, *args, **kwargs):
    """Call `f` on copies of the arguments, which it must leave as they are.

    Args:
        f: a student's function.
        args: its arguments, arrays or trees of them.
        kwargs: those given by name.

    Returns:
        An `Attempt`.

    Raises:
        Finding: the arguments were changed; or `f` returned `...` or nothing.
        Exception: whatever `f` raises.

    >>> attempt(np.hypot, 3.0, 4.0).value
    np.float64(5.0)
    """
    text = call_text(f, args, kwargs)
    given = deepcopy((args, kwargs))
    try:
        value = f(*given[0], **given[1])
    except Exception as error:
        error.add_note(f"The call was `{text}`.")
        raise
    got = received(text, value)
    unchanged(text, (args, kwargs), given)
    return got


def received(text, value):
    """An `Attempt` of a call that has been made; raises a `Finding` as `attempt`."""
    if value is ...:
        raise Finding(STILL_MISSING, f"`{text}` returned `...`.")
    if value is None:
        raise Finding(VALUE, f"`{text}` returned None. Is a `return` missing?")
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        raise Finding(
            VALUE, f"`{text}` returned an array of Python objects: {shown(value)}."
        )
    return Attempt(text, value)


def unchanged(text, before, after):
    """Raise a `Finding` if the arrays of two trees are not the same any more."""
    for old, new in zip(_arrays(before), _arrays(after), strict=True):
        if not np.array_equal(old, new, equal_nan=old.dtype.kind in "fc"):
            raise Finding(
                VALUE,
                f"`{text}` changed one of its arguments, an array of shape "
                f"{old.shape}. Whoever called it still needs that: compute a new "
                f"array (`x = x + dx`, `x.copy()`) instead of writing into it.",
            )


def _arrays(tree):
    if isinstance(tree, np.ndarray):
        yield tree
    for child in children(tree).values():
        yield from _arrays(child)


# --- The line that went wrong ---------------------------------------------------


class Line(NamedTuple):
    """A line of a student's code: where it stands, and what it says."""

    place: str
    text: str


def line_of(error):
    """The last line of the student's own code that led to an error, or None."""
    own = [
        (frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(OTHERS)
    ]
    if not own:
        return None
    file, number = own[-1]
    cell = "ipykernel" in file or file.startswith("<")
    place = f"Line {number} of your cell" if cell else f"{Path(file).name}:{number}"
    return Line(place, linecache.getline(file, number).strip())


def described_error(error):
    """An error and its line, in sentences."""
    name, line = type(error).__name__, line_of(error)
    said = str(error).strip()
    what = f"{name}: {said}" if said else name
    if isinstance(error, RecursionError):
        what = "RecursionError: functions called each other too deep"
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    if line is None:
        return f"The call itself failed: {what}{notes}"
    code = f"\n`{line.text}`" if line.text else ""
    return f"{line.place} raised {what}{code}{notes}"
