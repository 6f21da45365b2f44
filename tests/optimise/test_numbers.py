"""Numbers that do not change: what they take, refuse, and print."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from types import MappingProxyType

import numpy as np
import pytest

from minigrad import DomainError
from minigrad.optimise.numbers import AT_LEAST_0, Numbered, is_numbers, safeguard


class Pair(Numbered):
    ranges = MappingProxyType({"eta": (AT_LEAST_0, "a rate is at least 0")})
    spellings = MappingProxyType({"colour": "color", "Eta": "eta"})

    eta: float = 0.1
    parts: tuple = (0.5, 0.25)
    count: int = 2
    color: bool = False
    label: object = "none"


class Needed(Numbered):
    eta: float
    count: int


# --- What is taken -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "taken"),
    [(1, 1.0), (np.float32(0.5), 0.5), (np.int8(3), 3.0), (0, 0.0), (-0.0, 0.0)],
)
def test_real_numbers_become_floats(given, taken):
    made = Pair(given)
    assert made.eta == taken and type(made.eta) is float


def test_whole_numbers_stay_whole():
    made = Pair(count=np.int64(7))
    assert made.count == 7 and type(made.count) is int
    assert type(Needed(1, 2).eta) is float and type(Needed(1, 2).count) is int


def test_tuples_may_be_given_as_lists_and_become_tuples_of_floats():
    for given in ([1, 0], (1, 0), [np.float32(1), True - 1]):
        made = Pair(parts=given)
        assert made.parts == (1.0, 0.0) and type(made.parts) is tuple
        assert {type(part) for part in made.parts} == {float}


def test_switches():
    assert Pair(color=np.True_).color is True
    assert Pair(color=False).color is False


def test_other_fields_take_anything():
    for anything in (None, "text", [1], np.tanh):
        assert Pair(label=anything).label is anything


def test_positions_and_names_and_other_spellings():
    assert Pair(1, (2, 3), 4, True) == Pair(parts=(2, 3), Eta=1, colour=True, count=4)


def test_the_names_of_the_fields():
    assert Pair.fields == ("eta", "parts", "count", "color", "label")
    assert Needed.fields == ("eta", "count") and Numbered.fields == ()


def test_a_subclass_adds_fields_and_changes_defaults():
    class More(Pair):
        eta: float = 5.0
        last: float = 1.0

    assert More.fields == (*Pair.fields, "last")
    assert More().eta == 5 and Pair().eta == 0.1
    assert More(1, last=2) == More(1.0, last=2.0) != Pair(1)


# --- What is refused ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"eta": "x"},
            TypeError,
            r"Pair\(eta='x'\): eta must be a real number such as",
        ),
        ({"eta": None}, TypeError, "a real number such as 0.1, not None"),
        ({"eta": True}, TypeError, "not a bool"),
        ({"eta": [0.1]}, TypeError, "not a list"),
        ({"eta": 1j}, TypeError, "not a complex"),
        ({"eta": np.ones(1)}, TypeError, "not an ndarray"),
        ({"eta": np.array(0.1)}, TypeError, "not an ndarray"),
        ({"eta": -1}, DomainError, r"Pair\(eta=-1\): a rate is at least 0\."),
        ({"eta": np.nan}, DomainError, "a rate is at least 0"),
        ({"eta": np.inf}, DomainError, "a rate is at least 0"),
        ({"eta": 10**400}, DomainError, "a rate is at least 0"),
        ({"parts": 0.5}, TypeError, r"parts=0.5\): parts is 2 numbers, such as \(0.5"),
        ({"parts": (1, 2, 3)}, TypeError, "parts is 2 numbers"),
        ({"parts": "ab"}, TypeError, "parts is 2 numbers"),
        ({"parts": np.ones(2)}, TypeError, "parts is 2 numbers"),
        ({"parts": (1, "x")}, TypeError, r"parts=\(1, 'x'\)\): parts must be a real"),
        (
            {"parts": (1, np.nan)},
            DomainError,
            r"parts=\(1, nan\)\): it must not be NaN",
        ),
        ({"count": 1.5}, TypeError, "a whole number such as 2, not a float"),
        ({"count": 2.0}, TypeError, "a whole number such as 2, not a float"),
        ({"count": True}, TypeError, "not a bool"),
        ({"color": 1}, TypeError, "color is a switch, True or False, not an int"),
        ({"color": "yes"}, TypeError, "color is a switch"),
        ({"color": None}, TypeError, "color is a switch"),
    ],
)
def test_what_is_refused(given, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        Pair(**given)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "make",
    [lambda: Pair(rate=1), lambda: Pair(*range(6)), lambda: Pair(1, eta=1), Needed],
)  # fmt: skip
def test_wrong_names_are_answered_with_the_names_there_are(make):
    with pytest.raises(TypeError) as caught:
        make()
    (note,) = caught.value.__notes__
    names = "eta=..., parts=..., count=..., color=..., label=..."
    assert note in (
        f"The numbers of Pair: {names}", "The numbers of Needed: eta=..., count=..."
    )  # fmt: skip


def test_a_name_in_both_spellings_is_refused():
    """One of the two values would be lost in silence."""
    with pytest.raises(TypeError, match="eta"):
        Pair(eta=1, Eta=2)


def test_a_number_without_annotation_would_be_shared():
    with pytest.raises(
        TypeError, match=r"To make it a number of each write eta: float"
    ):

        class Shared(Numbered):
            eta = 0.5

    with pytest.raises(TypeError, match=r"beta: tuple = \(0.5, 0.25\)"):

        class SharedPair(Numbered):
            beta = 0.5, 0.25


def test_numbers_do_not_change():
    made = Pair()
    with pytest.raises(FrozenInstanceError):
        made.eta = 1.0
    with pytest.raises(FrozenInstanceError):
        del made.eta


# --- As values ---------------------------------------------------------------------


def test_equal_numbers_are_equal_objects_with_equal_hashes():
    assert Pair(1) == Pair(1.0) and hash(Pair(1)) == hash(Pair(1.0))
    assert Pair(1) != Pair(2) and Pair() != Needed(0.1, 2)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_are_equal(again):
    made = Pair(0.5, (1, 2), 3, True, "x")
    assert again(made) == made and repr(again(made)) == repr(made)


def test_printing():
    class Lone(Numbered):
        eta: float = 1 / 3

    class Nothing(Numbered):
        pass

    assert repr(Lone()) == "Lone(0.333333)"
    assert repr(Nothing()) == "Nothing()"
    assert repr(Needed(1e-8, 3)) == "Needed(eta=1e-08, count=3)"
    assert repr(Pair()).startswith(
        "Pair(eta=0.1, parts=(0.5, 0.25), count=2, color=False"
    )


# --- Helpers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "answer"),
    [(1, True), (0.5, True), (True, True), ((1, 0.5), True), ((), False), ("1", False),
     ((1, "2"), False), (None, False), (1j, False), ([1.0], False), (((1,), 2), True),
     (np.float32(1), True), (np.ones(1), False)],
)  # fmt: skip
def test_is_numbers(value, answer):
    assert is_numbers(value) is answer


@pytest.mark.parametrize(
    ("epsilon", "dtype", "safe"),
    [(1e-8, "f2", 1e-7), (1e-3, "f2", 1e-3), (0.0, "f2", 0.0), (1e-8, "f4", 1e-8),
     (1e-20, "f8", 1e-20), (1e-7, ">f2", 1e-7), (1e-9, ">f2", 1e-7)],
)  # fmt: skip
def test_safeguard(epsilon, dtype, safe):
    assert safeguard(epsilon, np.dtype(dtype)) == safe
    assert not epsilon or np.dtype(dtype).type(safe) > 0
