"""The option of pytest, tried out in a pytest of its own."""

from importlib.metadata import entry_points

import pytest

GOOD = """
def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h

def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / h

def best_step(dtype):
    ...
"""


pytest_plugins = ["pytester"]


@pytest.fixture
def run_pytest(pytester, monkeypatch):
    """Run pytest on files, in an empty folder, and return what it prints."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(*arguments, **files):
        paths = [pytester.makepyfile(**{name: text}) for name, text in files.items()]
        result = pytester.runpytest("-p", "minigrad.testing.plugin", *arguments, *paths)
        return result.stdout.str()

    return run


def test_answers_are_checked_by_name(run_pytest):
    said = run_pytest("--minigrad-exercises", "-v", solutions=GOOD)
    assert "01.1 forward_difference PASSED" in said
    assert "01.2 central_difference FAILED" in said
    assert "value: `central_difference(cubic, 2.0, 0.125)` returned 24." in said
    assert "The run" in said or "the run is 2h" in said
    assert "still_missing: Line 2 of `best_step` is still `...`" in said
    assert "2 failed, 1 passed" in said
    assert "minigrad/check" not in said, "the inside of the checker is not shown"


def test_the_kit_is_part_of_it(run_pytest):
    code = "import minigrad as mg\nDense = mg.Dense\nfrom minigrad import Descent\n"
    said = run_pytest("--minigrad-exercises", "-v", mine=code)
    assert "Dense: the formula PASSED" in said
    assert "Descent: float32 PASSED" in said
    assert "failed" not in said


def test_errors_of_an_answer_name_its_line(run_pytest):
    code = "class Adam:\n    def __init__(self):\n        self.eta = eta\n"
    said = run_pytest("--minigrad-exercises", mine=code)
    assert "error: mine.py:3 raised NameError: name 'eta' is not defined" in said


def test_tests_of_the_student_run_too(run_pytest):
    said = run_pytest(
        "--minigrad-exercises", mine=GOOD + "def test_it(): assert True\n"
    )
    assert "2 failed, 2 passed" in said


def test_without_the_option_nothing_happens(run_pytest):
    said = run_pytest(test_mine=GOOD + "def test_it(): assert True\n")
    assert "1 passed" in said and "forward" not in said


def test_a_file_without_answers_is_said(run_pytest):
    said = run_pytest("--minigrad-exercises", mine="x = 1\n")
    assert "mine.py has no answer in it" in said
    assert "forward_difference" in said and "gradient, Dense" in said


def test_a_file_that_cannot_be_imported_is_said(run_pytest):
    said = run_pytest("--minigrad-exercises", mine="import nothing_like_it\n")
    assert "nothing_like_it" in said and "1 error" in said


def test_pytest_finds_the_plugin_where_minigrad_is_installed():
    found = {entry.value for entry in entry_points(group="pytest11")}
    if not any("minigrad" in value for value in found):
        pytest.skip("minigrad is on the path, and not installed")
    assert "minigrad.testing.plugin" in found
