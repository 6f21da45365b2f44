"""What `check` returns: a panel in notebooks, a few lines of text elsewhere."""

import re
from html import escape
from typing import NamedTuple

from .states import ALMOST, CORRECT, DTYPE, ERROR, SHAPE, STILL_MISSING, VALUE

LOOKS = {
    STILL_MISSING: ("still missing", "○", "#8a8a8a"),
    ERROR: ("error at your line", "!", "#c2410c"),
    SHAPE: ("the shape is not right yet", "▭", "#b45309"),
    DTYPE: ("the dtype is not right yet", "#", "#b45309"),
    VALUE: ("the value is not right yet", "≠", "#b45309"),
    ALMOST: ("almost", "≈", "#2563eb"),
    CORRECT: ("correct", "✓", "#15803d"),
}
"""For each state: its words, its sign and its colour."""


class Report(NamedTuple):
    """The answer of a check: true if all is right; printed, it says what is not.

    Attributes:
        number: of the exercise.
        title: of the exercise.
        state: one of `minigrad.check.STATES`.
        message: what was found.
        hints: the hints that were asked for.
        note: about the progress file, where something is the matter with it.
    """

    number: str
    title: str
    state: str
    message: str
    hints: tuple = ()
    note: str = ""

    def __bool__(self):
        return self.state == CORRECT

    def __repr__(self):
        said = [self.message, *self._hints(), self.note]
        lines = [line for text in said if text for line in text.splitlines()]
        heading = f"{self.number} {self.title}: {LOOKS[self.state][0]}"
        return "\n".join([heading, *(f"    {line}" for line in lines)])

    __str__ = __repr__

    def _hints(self):
        return [f"Hint {k} of 3: {hint}" for k, hint in enumerate(self.hints, 1)]

    def _repr_html_(self):
        words, sign, colour = LOOKS[self.state]
        parts = [_paragraph(self.message)]
        parts += [_paragraph(hint, "opacity:.85") for hint in self._hints()]
        parts += (
            [_paragraph(self.note, "opacity:.7;font-size:90%")] if self.note else []
        )
        return (
            f'<div class="minigrad-check" data-state="{self.state}" style="'
            f"border-left:.35em solid {colour};background:{colour}14;"
            f"border-radius:.25em;padding:.55em .9em;margin:.3em 0;max-width:46em;"
            f'font-family:system-ui,sans-serif;line-height:1.45">'
            f'<div><span style="color:{colour};font-weight:700">{sign} {words}</span>'
            f' <span style="opacity:.75">· {escape(self.number)} '
            f"{escape(self.title)}</span></div>{''.join(parts)}</div>"
        )


def _paragraph(text, style=""):
    """Text as HTML; what stands in backticks is code."""
    html = escape(text).replace("\n", "<br>")
    html = re.sub(r"`([^`]+)`", r'<code style="white-space:pre-wrap">\1</code>', html)
    return f'<div style="margin-top:.35em;overflow-wrap:anywhere;{style}">{html}</div>'
