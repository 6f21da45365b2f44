import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.check import Finding
from minigrad.check.calling import Attempt
from minigrad.check.comparing import matches, relative_error

RIGHT = np.array([[1.0, -2.0], [0.5, 3.0]])


def outcome(value, expected, **options):
    """The state and message of a comparison; None if it holds."""
    try:
        matches(Attempt("f(x)", value), expected, **options)
    except Finding as finding:
        return finding.state, finding.message
    return None, ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (RIGHT, RIGHT),
        (RIGHT.tolist(), RIGHT),
        (2, 2.0),
        (2.0, np.float64(2)),
        ((1.0, None), (1.0, None)),
        ({"a": 1.0}, {"a": 1.0}),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (np.arange(2), np.arange(2, dtype=np.int32)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
    ],
)
def test_what_is_right_is_found_right(value, expected):
    assert outcome(value, expected) == (None, "")


@pytest.mark.parametrize(
    ("value", "state", "said"),
    [
        ("text", "value", "should be numbers"),
        ((RIGHT, RIGHT), "shape", "2 things, and should be one"),
        (None, "value", "is None"),
        (RIGHT[0], "shape", r"shape \(2,\), which is not the right one. Why so."),
        (RIGHT.astype(np.float32), "dtype", "float32"),
        (RIGHT * 1j, "dtype", "complex"),
        (RIGHT.T, "value", "transpose"),
        (-RIGHT, "value", "signs are the wrong way round"),
        (RIGHT * 0, "value", "Nothing arrived"),
        (RIGHT * 3, "value", "wrong by the same factor"),
        (RIGHT * (1 + 1e-7), "almost", "nearly right"),
        (RIGHT * np.inf, "value", "NaN or infinity"),
        (RIGHT + np.eye(2)[1] * [[0], [1]], "value", r"One of its 4 .* \[1, 1\]"),
        (RIGHT + 1e-5, "almost", "nearly right"),
    ],
)
def test_what_is_wrong_is_told_by_kind(value, state, said):
    with pytest.raises(Finding, match=f"^{state}: .*{said}"):
        matches(Attempt("f(x)", value), RIGHT, about_shape="Why so.")


def test_the_structure_comes_first():
    assert outcome([1.0], (1.0, 2.0))[0] == "shape"
    assert outcome({"a": 1.0}, {"b": 1.0})[0] == "shape"
    assert outcome(RIGHT, (1.0, 2.0, 3.0))[0] == "shape"
    assert "f(x)[1]" in outcome((1.0, 5.0), (1.0, 2.0))[1]
    assert "f(x)['b']" in outcome({"a": 1.0, "b": 5.0}, {"a": 1.0, "b": 2.0})[1]


def test_known_mistakes_are_named():
    suspects = [(RIGHT + 1, "One is too many."), (RIGHT[0], "Only the first row?")]
    assert outcome(RIGHT + 1, RIGHT, suspects=suspects)[1].endswith("One is too many.")
    assert outcome(RIGHT[0], RIGHT, suspects=suspects)[1].endswith("first row?")
    assert outcome((RIGHT, 1.0), (RIGHT, 2.0), suspects=[((RIGHT, 1.0), "Why?")]) == (
        "value",
        "`f(x)[1]` returned 1.0. Why?",
    )


@given(
    hnp.arrays(np.float64, (2, 3), elements=st.floats(-9, 9).map(lambda v: v + 1e-3))
)
def test_messages_never_contain_the_right_numbers(right):
    wrong = np.full_like(right, 123.0)
    _, message = outcome(wrong, right)
    for number in right.ravel():
        assert f"{number:.6g}" not in message.replace("123.", "").replace("(2, 3)", "")


def test_errors_are_relative_to_the_largest_number():
    assert relative_error(np.array([1e-3, 1e6]), np.array([0.0, 1e6])) == 1e-9
    assert relative_error(np.array([np.nan]), np.array([1.0])) == np.inf
    assert relative_error(np.array([2e-9]), np.array([0.0]), atol=1e-8) == 0


def test_tolerance_is_as_asked():
    assert outcome(1.0 + 1e-5, 1.0, rtol=1e-4)[0] is None
    assert outcome(1.0 + 1e-5, 1.0, rtol=1e-6)[0] == "almost"
    assert outcome(np.float32(1), np.float64(1), check_dtype=False)[0] is None


def test_a_mistake_about_all_of_a_tuple_is_told_before_one_about_a_part():
    exchanged, doubled = (2.0, 1.0), (2.0, 2.0)
    suspects = [(doubled, "Both the same."), (exchanged, "Exchanged.")]
    assert outcome((2.0, 1.0), (1.0, 2.0), suspects=suspects)[1].endswith("Exchanged.")
    assert outcome((2.0, 9.0), (1.0, 2.0), suspects=suspects)[1].endswith("the same.")
