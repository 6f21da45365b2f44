import numpy as np
import pytest

from minigrad.check import Finding
from minigrad.check.calling import attempt, described_error, line_of, unchanged


def test_a_call_is_spoken_of_as_it_was_made():
    got = attempt(np.hypot, 3.0, np.array([4.0, 0.5]))
    assert got.text == "hypot(3.0, np.array([4., 0.5]))"
    np.testing.assert_allclose(got.value, [5, np.hypot(3, 0.5)])
    assert got.part(0).text == "hypot(3.0, np.array([4., 0.5]))[0]"
    assert attempt(np.full, 2, fill_value=7).text == "full(2, fill_value=7)"


@pytest.mark.parametrize(
    ("returned", "state", "message"),
    [
        (..., "still_missing", r"returned `\.\.\.`"),
        (None, "value", "`return` missing"),
        (np.array([None, 1]), "value", "Python objects"),
    ],
)
def test_what_is_no_result_is_said_at_once(returned, state, message):
    with pytest.raises(Finding, match=message) as caught:
        attempt(lambda: returned)
    assert caught.value.state == state


def test_arguments_must_stay_as_they_are():
    x = np.zeros(3)

    def careless(model):
        model["w"] += 1
        return 0.0

    with pytest.raises(Finding, match=r"changed one of its arguments.*shape \(3,\)"):
        attempt(careless, {"w": x})
    assert not x.any(), "only a copy was changed"
    attempt(lambda x: x + 1, np.array([np.nan]))


def test_unchanged_compares_all_arrays_of_a_tree():
    unchanged("f(x)", {"a": [np.ones(2)]}, {"a": [np.ones(2)]})
    with pytest.raises(Finding, match="f"):
        unchanged("f(x)", {"a": [np.ones(2)]}, {"a": [np.zeros(2)]})


def wrong(x):
    return np.zeros(2) @ x


def deep(x):
    return np.apply_along_axis(wrong, 0, x)


def test_errors_name_the_line_of_the_student_not_of_numpy():
    with pytest.raises(ValueError, match="matmul") as caught:
        deep(np.ones((3, 2)))
    line = line_of(caught.value)
    assert line.text == "return np.zeros(2) @ x"
    assert line.place.startswith("test_calling.py:")
    message = described_error(caught.value)
    assert message.startswith(line.place + " raised ValueError: matmul")
    assert "`return np.zeros(2) @ x`" in message


def test_an_error_in_the_call_itself_has_no_line():
    with pytest.raises(TypeError) as caught:
        attempt(lambda x: x, 1, 2)
    assert "The call was `<lambda>(1, 2)`." in described_error(caught.value)
    assert line_of(caught.value).place.startswith("test_calling.py")
    caught.value.__traceback__ = None
    assert described_error(caught.value).startswith("The call itself failed: TypeError")


def test_notes_of_errors_are_told():
    error = ValueError("too large")
    error.add_note("Write less.")
    assert described_error(error).endswith("ValueError: too large\nWrite less.")


def test_too_deep_a_recursion_is_told_in_words():
    def endless(x):
        return endless(x)

    with pytest.raises(RecursionError) as caught:
        attempt(endless, 1)
    assert "called each other too deep" in described_error(caught.value)


def test_lines_of_cells_are_counted_within_the_cell():
    namespace = {}
    code = compile("def f(x):\n    return x / 0\n", "/tmp/ipykernel_7/123.py", "exec")
    exec(code, namespace)
    with pytest.raises(ZeroDivisionError) as caught:
        attempt(namespace["f"], 1)
    assert line_of(caught.value).place == "Line 2 of your cell"
