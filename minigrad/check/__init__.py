"""Exercises that check themselves: `check("01.2", my_function)`.

The notebooks of the course in `tutorials/` ask it after each exercise. It answers in
one of seven states, says what kind of mistake a wrong answer looks like, and never
what would be right. `exercises` has two files for each notebook: words, and tests.
"""

from .checker import check, progress, solved
from .states import STATES, Finding

__all__ = [
    "STATES",
    "Finding",
    "check",
    "progress",
    "solved",
]
