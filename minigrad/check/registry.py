"""The exercises: what each is called, how it is tested, and its hints.

For each notebook there are two files in `exercises`: one of words (`slopes.toml`:
titles, hints, the seals of short answers) and one of tests (`slopes.py`: functions of
the answer that raise a `Finding`). Both are read when first asked for.
"""

import tomllib
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import NamedTuple

from .sealing import check_sealed, is_sealed
from .states import SHAPE, VALUE, Finding

NOTEBOOKS = {
    "01": "slopes",
    "02": "graphs",
    "03": "arrays",
    "04": "structures",
    "05": "rules",
    "06": "training",
    "07": "classes",
    "08": "health",
    "09": "steering",
    "10": "learners",
    "11": "derivatives",
    "12": "shipping",
}
"""What the files of each notebook are called."""

_tests = {}  # from the number of an exercise to its test


class Exercise(NamedTuple):
    """What `check` knows of an exercise.

    Attributes:
        number: of the notebook and within it, as in "03.2".
        title: what it is about, in a few words.
        name: what its answer is called in the notebook.
        test: called with the answer; raises a `Finding` where it is not right.
        hints: three sentences, each nearer to the solution than the last.
        moral: what to take away, said once all is right.
    """

    number: str
    title: str
    name: str
    test: object
    hints: tuple
    moral: str


def tests(number):
    """Make the function below the test of an exercise.

    Args:
        number: as in "03.2".

    Returns:
        A decorator. The function is called like the answer, in the notebook.
    """

    def register(function):
        _tests[number] = function
        return function

    return register


@cache
def exercises_of(notebook):
    """The exercises of a notebook, by number, in order.

    Args:
        notebook: its number, as in "03".

    Raises:
        ValueError: there is no such notebook.
    """
    if notebook not in NOTEBOOKS:
        raise ValueError(
            f"There is no notebook {notebook!r}. Exercises are numbered by notebook, "
            f"{', '.join(NOTEBOOKS)}, and place, as in 01.2."
        )
    name = NOTEBOOKS[notebook]
    import_module(f".exercises.{name}", __package__)
    text = (files(__package__) / "exercises" / f"{name}.toml").read_text("utf-8")
    return {
        number: _exercise(number, words)
        for number, words in tomllib.loads(text).items()
    }


def _exercise(number, words):
    """An exercise, from its words and its test."""
    if "sections" in words:
        words = {"title": "The recap", "name": "recap", "hints": RECAP_HINTS, **words}
        test, name = _letters(number, words), words["name"]
    elif "seal" in words:
        test, name = _short_answer(number, words), words["name"]
    else:
        test = _tests[number]
        name = test.__name__
    moral = words.get("moral", "")
    return Exercise(number, words["title"], name, test, tuple(words["hints"]), moral)


def _short_answer(number, words):
    """The test of a number or a word, of which only seals are known."""

    def test(answer):
        known = words.get("known", {})
        check_sealed(number, answer, words["seal"], words.get("digits"), known)

    return test


def _letters(number, words):
    """The test of a word like "abcab": the letters of the answers to questions."""
    sections, seals, name = words["sections"], words["seals"], words["name"]
    example = (words.get("letters", "abc") * len(sections))[: len(sections)]

    def test(answer):
        if not isinstance(answer, str) or len(answer) != len(sections):
            raise Finding(
                SHAPE,
                f"Write one letter for each of the {len(sections)} questions, as in "
                f'`{name} = "{example}"`.',
            )
        answers = zip(answer, sections, seals, strict=True)
        wrong = [
            f"question {k}: section {section}"
            for k, (letter, section, right) in enumerate(answers, 1)
            if not is_sealed(f"{number}.{k}", letter, right)
        ]
        if wrong:
            raise Finding(
                VALUE,
                f"{len(sections) - len(wrong)} of {len(sections)} are right. Read "
                f"again, for {'; for '.join(wrong)}.",
            )

    return test


RECAP_HINTS = (
    "Every answer is in the text; the sections are named once you have answered.",
    "An empty cell is the quickest way to decide between two answers: try it out.",
    "Change one letter at a time, and see which questions are still named.",
)


def find(number):
    """The exercise of that number.

    Raises:
        ValueError: there is none; the message lists those of the notebook.
        TypeError: `number` is no text.
    """
    if not isinstance(number, str):
        raise TypeError(
            f'check("01.2", answer) takes the number of an exercise as text, and was '
            f"given {number!r}. Write it in quotation marks."
        )
    notebook = number.partition(".")[0]
    found = exercises_of(notebook)
    if number not in found:
        raise ValueError(
            f"There is no exercise {number!r}. Notebook {notebook} has "
            f"{', '.join(found)}."
        )
    return found[number]


def all_exercises():
    """The exercises of all notebooks, by number."""
    found = {}
    for notebook in NOTEBOOKS:
        found |= exercises_of(notebook)
    return found
