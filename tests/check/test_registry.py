import re

import pytest

from minigrad.check import registry
from minigrad.check.registry import NOTEBOOKS, all_exercises, exercises_of, find


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        ("01.99", ValueError, r"no exercise '01.99'. Notebook 01 has 01.1, 01.2"),
        ("99.1", ValueError, "no notebook '99'.*01"),
        ("one", ValueError, "no notebook 'one'"),
        (1.1, TypeError, "was given 1.1. Write it in quotation marks"),
        (len, TypeError, "quotation marks"),
    ],
)
def test_what_is_no_exercise_is_said(number, error, message):
    with pytest.raises(error, match=message):
        find(number)


def test_exercises_are_numbered_by_notebook_in_order():
    for notebook in NOTEBOOKS:
        numbers = list(exercises_of(notebook))
        places = [*range(1, len(numbers)), "recap"]
        assert numbers == [f"{notebook}.{place}" for place in places]
        assert all(find(number).number == number for number in numbers)


@pytest.mark.parametrize("number", all_exercises())
def test_the_words_of_exercises_are_sentences(number):
    entry = find(number)
    for text in (*entry.hints, entry.moral):
        assert not text or re.search(r"[.?!)`]$", text), text
        assert "  " not in text and "\n" not in text, text
        assert text.count("`") % 2 == 0, text
    assert len(entry.title) <= 44


def test_recaps_name_a_section_for_each_question():
    for notebook in NOTEBOOKS:
        with pytest.raises(AssertionError, match="for question 5: section"):
            find(f"{notebook}.recap").test("zzzzz")
        with pytest.raises(AssertionError, match="one letter for each of the 5"):
            find(f"{notebook}.recap").test(5)


def test_every_test_belongs_to_an_exercise():
    numbers = set(all_exercises())
    assert set(registry._tests) <= numbers
