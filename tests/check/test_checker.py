import numpy as np
import pytest

from minigrad.check import check, checker, progress, solved


def right(f, x, h):
    return (f(x + h) - f(x)) / h


def unfinished(f, x, h):
    f(x + h)
    ...


def half(f, x, h):
    """Still has a blank, but is right."""
    ...
    return right(f, x, h)


def misspelt(f, x, h):
    return (f(x + h) - f(x)) / H  # noqa: F821


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        (..., "still_missing", "`forward_difference` is still `...`"),
        (unfinished, "still_missing", "Line 3 of `unfinished` is still `...`"),
        (half, "correct", "All checks passed."),
        (right, "correct", "All checks passed."),
        (misspelt, "error", "raised NameError: name 'H' is not defined"),
        (3.0, "value", "forward_difference` is 3.0, where the function itself is"),
        (np.ones(2), "value", 'without brackets, `check("01.1", forward_difference)`'),
        (lambda f, x: f(x), "error", "TypeError"),
        (lambda f, x, h: x, "value", "forward_difference|lambda"),
    ],
)
def test_states(answer, state, message):
    report = check("01.1", answer)
    assert report.state == state
    assert message.split("|")[-1] in report.message


def test_without_an_answer_there_are_hints():
    report = check("01.1", hint=2)
    assert report.state == "still_missing"
    assert len(report.hints) == 2
    assert "Hint 2 of 3" in repr(report) and "Hint 3" not in repr(report)


@pytest.mark.parametrize("hint", [4, -1, "1", 1.5, None])
def test_there_are_three_hints(hint):
    with pytest.raises(ValueError, match="there are hints 1, 2 and 3"):
        check("01.1", right, hint=hint)


def test_an_interrupt_is_not_an_error_of_the_student():
    def interrupted(f, x, h):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("01.1", interrupted)


def test_solved_waits_for_what_is_checked_in_this_session(monkeypatch, capsys):
    monkeypatch.setattr(checker, "_states", {})
    assert not solved("01.1", "01.2")
    assert capsys.readouterr().out == "This waits for exercises 01.1, 01.2.\n"
    check("01.1", right)
    assert solved("01.1")
    assert not solved("01.1", "01.2")
    assert "waits for exercise 01.2." in capsys.readouterr().out
    check("01.1", misspelt)
    assert not solved("01.1")
    with pytest.raises(ValueError, match="no exercise"):
        solved("01.77")


def test_outside_of_notebooks_progress_is_that_of_the_session(monkeypatch):
    monkeypatch.setattr(checker, "_states", {})
    monkeypatch.setattr(checker.records, "_session", {})
    check("01.1", right)
    overview = progress("01")
    assert [row.number for row in overview.rows if row.solved] == ["01.1"]
    assert repr(overview).endswith(f"1 of {len(overview.rows)} solved.")


def test_check_is_no_name_of_the_package(run_python):
    assert run_python("import minigrad as mg; print(hasattr(mg, 'check'))") == "False"
    code = "import minigrad.check, sys; print('matplotlib' in sys.modules)"
    assert run_python(code) == "False"


def test_gradients_of_a_tape_may_be_an_array():
    def play_back(tape):
        gradients = np.zeros(len(tape))
        gradients[-1] = 1.0
        for index in reversed(range(len(tape))):
            for parent, slope in zip(*tape[index], strict=True):
                gradients[parent] += gradients[index] * slope
        return gradients

    assert check("02.6", play_back)
    report = check("02.6", lambda tape: play_back(tape)[:1])
    assert report.state == "shape" and "a gradient for each" in report.message
