"""`pytest --minigrad-exercises mine.py`: the answers of a student as tests.

pytest finds this by the entry point in `pyproject.toml`. Without the option it does
nothing.
"""

from functools import partial

import pytest

from ..check.calling import described_error
from ..check.checker import examine
from ..check.registry import all_exercises
from ..check.states import CORRECT, ERROR, Finding
from . import cases, names


def pytest_addoption(parser):
    """Add the option."""
    parser.addoption(
        "--minigrad-exercises",
        action="store_true",
        help="of the files that are named: check the answers to exercises of the "
        "course, and compare gradient, Dense, Adam and other rules with minigrad's",
    )


def pytest_pycollect_makemodule(module_path, parent):
    """Look for answers in the Python files that the command line names."""
    session = parent.session
    if parent.config.getoption("minigrad_exercises") and session.isinitpath(
        module_path
    ):
        return Answers.from_parent(parent, path=module_path)
    return None


class Answers(pytest.Module):
    """A file of answers: the functions and classes whose names are known."""

    def collect(self):
        """A test for each exercise that is answered, and for each case of the kit.

        Tests that the student has written are collected too.
        """
        yield from super().collect()
        known = vars(self.obj)
        tests = [*_exercises(known), *_kit(known)]
        if not tests:
            raise self.CollectError(_nothing(self.name))
        for name, test in tests:
            yield Answer.from_parent(self, name=name, test=test)


def _exercises(known):
    """For each exercise that is answered, a name and a test."""
    for number, entry in all_exercises().items():
        if entry.name in known and not number.endswith("recap"):
            yield f"{number} {entry.name}", partial(_examine, entry, known[entry.name])


def _examine(entry, answer):
    state, message = examine(entry, answer)
    if state != CORRECT:
        raise Finding(state, message)


def _kit(known):
    """For each case of what has a name of the kit, a name and a test."""
    for name in names():
        if name in known:
            for case in cases(name):
                yield f"{name}: {case}", partial(_try, case, known[name])


def _try(case, answer):
    try:
        case(answer)
    except Finding:
        raise
    except Exception as error:
        raise Finding(ERROR, described_error(error)) from error


def _nothing(file):
    known = sorted({entry.name for entry in all_exercises().values()} - {"recap"})
    return (
        f"{file} has no answer in it. Answers are found by their names: "
        f"those of the exercises ({', '.join(known)}), and {', '.join(names())}."
    )


class Answer(pytest.Item):
    """One exercise or case: passed if it is correct."""

    def __init__(self, *, test, **kwargs):
        super().__init__(**kwargs)
        self.test = test

    def runtest(self):
        """Check it."""
        self.test()

    def repr_failure(self, excinfo, style=None):
        """What was found, without the inside of the checker."""
        if isinstance(excinfo.value, Finding):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        """Where it stands, for the list of failures."""
        return self.path, None, f"{self.path.name}: {self.name}"
