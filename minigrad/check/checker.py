"""`check`: from an exercise and an answer to a report."""

from html import escape
from typing import NamedTuple

import numpy as np

from . import records
from .blanks import find_blank, is_blank
from .calling import described_error
from .registry import all_exercises, exercises_of, find
from .report import LOOKS, Report
from .showing import shown
from .states import CORRECT, ERROR, STILL_MISSING, VALUE, Finding

_states = {}  # of this session: exercise to state


def check(exercise, answer=..., *, hint=0):
    """Whether an answer is right, and if not, what kind of thing is the matter.

    Args:
        exercise: its number, as in "03.2".
        answer: what the exercise asks for: a function, a class, a number, a word.
        hint: 1, 2 or 3 to be shown so many of the hints.

    Returns:
        A `Report`: true if all is right. In a notebook it is a panel, elsewhere
        text: `print(check(...))`. Its `state` is the first of these that holds:

            still_missing   there is a `...` left
            error           it raises; with the line of your code
            shape           a result has the wrong shape, or structure
            dtype           the numbers are of the wrong kind
            value           the numbers are wrong
            almost          right but for a small error, or a special case
            correct         all checks passed

        The state is kept, in a notebook in a file beside it: see `progress`.

    Raises:
        ValueError: there is no such exercise, or no such hint.
        TypeError: the number of the exercise is no text.

    >>> print(check("01.1", lambda f, x, h: (f(x + h) - f(x)) * h))
    ... # doctest: +ELLIPSIS
    01.1 The forward difference: the value is not right yet
        ...
    """
    entry = find(exercise)
    if not isinstance(hint, int) or not 0 <= hint <= 3:
        raise ValueError(f"hint={hint!r}: there are hints 1, 2 and 3 to each exercise.")
    state, message = examine(entry, answer)
    _states[exercise] = state
    note = records.record(records.file_here(), exercise, state, hint)
    return Report(exercise, entry.title, state, message, entry.hints[:hint], note)


def examine(entry, answer):
    """The state of an answer, and what to say of it."""
    if is_blank(answer):
        return STILL_MISSING, (
            f"`{entry.name}` is still `...`: write your answer in its place."
        )
    try:
        with np.errstate(all="ignore"):  # NaN and infinity are spoken of below
            entry.test(answer)
    except Finding as finding:
        state, message = finding.state, finding.message
    except Exception as error:
        state, message = ERROR, described_error(error)
        if isinstance(error, TypeError) and not callable(answer):
            state, message = VALUE, _not_called(entry, answer)
    else:
        return CORRECT, f"All checks passed. {entry.moral}".rstrip()
    blank = find_blank(answer)
    if blank is not None:
        return STILL_MISSING, (
            f"Line {blank.line} of `{blank.name}` is still `...`: write your code in "
            f"its place."
        )
    return state, message


def _not_called(entry, answer):
    return (
        f"`{entry.name}` is {shown(answer)}, where the function itself is asked for: "
        f'its name, without brackets, `check("{entry.number}", {entry.name})`. Has '
        f"the name been given to something else since?"
    )


def solved(*exercises):
    """Whether exercises have been checked and found correct since the start.

    For cells that use what a student has written; says what they wait for.

    Args:
        exercises: their numbers.

    Returns:
        A bool.

    >>> solved("01.1")
    This waits for exercise 01.1.
    False
    """
    missing = [
        number for number in exercises if _states.get(find(number).number) != CORRECT
    ]
    if missing:
        noun = "exercise" if len(missing) == 1 else "exercises"
        print(f"This waits for {noun} {', '.join(missing)}.")
    return not missing


# --- What has been solved so far --------------------------------------------------


class Row(NamedTuple):
    """One exercise in the overview."""

    number: str
    title: str
    state: str
    tries: int
    hint: int
    solved: bool


class Overview(NamedTuple):
    """The exercises and how far they are: a table, in a notebook or as text."""

    rows: tuple
    note: str = ""

    def _cells(self):
        for row in self.rows:
            state = CORRECT if row.solved else row.state
            words, sign, colour = LOOKS[state]
            tries = f"{row.tries} {'try' if row.tries == 1 else 'tries'}"
            hints = f"{row.hint} hint{'' if row.hint == 1 else 's'}" if row.hint else ""
            yield sign, f"{row.number} {row.title}", words, tries, hints, colour

    def _summary(self):
        done = sum(row.solved for row in self.rows)
        return f"{done} of {len(self.rows)} solved."

    def __repr__(self):
        lines = [
            f"{sign} {name:<44} {words:<28} {tries}{', ' * bool(hints)}{hints}"
            for sign, name, words, tries, hints, _ in self._cells()
        ]
        lines = [line.rstrip() for line in lines]
        return "\n".join([*lines, self._summary(), *([self.note] * bool(self.note))])

    __str__ = __repr__

    def _repr_html_(self):
        rows = "".join(
            f'<tr><td style="color:{colour};font-weight:700">{sign}</td>'
            + "".join(
                f'<td style="text-align:left">{escape(cell)}</td>'
                for cell in (name, words, tries, hints)
            )
            + "</tr>"
            for sign, name, words, tries, hints, colour in self._cells()
        )
        return f"<table>{rows}</table><p>{self._summary()} {escape(self.note)}</p>"


def progress(notebook=None):
    """What has been solved so far, as the file beside the notebook says.

    Args:
        notebook: its number, as in "03"; by default, all of them.

    Returns:
        An `Overview`, shown as a table.

    Raises:
        ValueError: there is no such notebook.

    >>> [row.number for row in progress("01").rows][:2]
    ['01.1', '01.2']
    """
    chosen = all_exercises() if notebook is None else exercises_of(notebook)
    path, note, known = records.file_here(), "", {}
    try:
        known = records.read(path)
    except (OSError, ValueError) as error:
        note = f"The file {path} cannot be used: {error}."
    rows = []
    for number, entry in chosen.items():
        state = _states.get(number, STILL_MISSING)
        row = {"state": state, "tries": 0, "hint": 0, "solved": state == CORRECT}
        row |= known.get(number, {})
        rows.append(Row(number, entry.title, **row))
    return Overview(tuple(rows), note)
