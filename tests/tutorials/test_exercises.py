"""Every solution passes its check, and every typical wrong answer fails as it should.

The wrong answers are data: `mutants/01.toml` for notebook 01. Each has the state that
it must be given, why it is typical, and what a student would have written: `code`, or
`edits` of the solution; `says` is a part of what must be said.
"""

import re
from collections import Counter

import pytest

from minigrad.check import STATES
from minigrad.check.checker import examine
from minigrad.check.registry import NOTEBOOKS, all_exercises, exercises_of, find

from .sources import SOURCES, asked, mutants, mutated, number_of, solved_names

MUTANTS = list(mutants())


def every_exercise():
    return [(source, number) for source in SOURCES for number in asked(source)]


@pytest.mark.parametrize(
    ("source", "number"), every_exercise(), ids=lambda x: str(x)[-9:]
)
def test_solutions_pass(source, number):
    name, _ = asked(source)[number]
    state, message = examine(find(number), solved_names(source)[name])
    assert state == "correct", message


@pytest.mark.parametrize(
    ("number", "entry"), MUTANTS, ids=[f"{n}-{e['why'][:40]}" for n, e in MUTANTS]
)
def test_typical_mistakes_are_found(number, entry):
    state, message = examine(find(number), mutated(number, entry))
    assert state == entry["state"], message
    assert re.search(entry.get("says", ""), message, re.IGNORECASE), message


def test_every_exercise_has_three_typical_mistakes():
    counts = Counter(number for number, _ in MUTANTS)
    few = {n: counts[n] for n in all_exercises() if counts[n] < 3}
    assert not few
    assert {entry["state"] for _, entry in MUTANTS} <= set(STATES) - {"correct"}


def test_notebooks_and_exercises_belong_together():
    assert [number_of(source) for source in SOURCES] == list(NOTEBOOKS)
    for source in SOURCES:
        assert list(asked(source)) == list(exercises_of(number_of(source)))
        for number, (name, _) in asked(source).items():
            assert find(number).name == name


def test_answers_have_names_of_their_own():
    names = Counter(e.name for e in all_exercises().values() if e.name != "recap")
    assert max(names.values()) == 1


def test_hints_are_three_and_the_last_says_most():
    for entry in all_exercises().values():
        assert len(entry.hints) == len(set(entry.hints)) == 3, entry.number
