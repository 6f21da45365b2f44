import numpy as np
import pytest

from minigrad.legacy import Descent, IdDict, param
from minigrad.legacy.identity import IdMapping


def test_equal_arrays_are_different_keys():
    x, y, held = np.zeros(2), np.zeros(2), IdDict()
    held[x], held[y] = "x", "y"
    assert (held[x], held[y], len(held)) == ("x", "y", 2)
    assert [key is x for key in held] == [True, False]


def test_a_parameter_and_its_array_are_one_key():
    x, held = np.zeros(2), IdDict()
    held[param(x)] = 1
    assert held[x] == 1
    assert param(x) in held


def test_it_is_a_dictionary_otherwise():
    x, held = np.zeros(2), IdDict()
    assert held.get(x) is None
    assert held.setdefault(x, 3) == held.setdefault(x, 4) == 3
    assert [*held.values()] == [3]
    del held[x]
    assert len(held) == 0
    assert repr(IdDict([(x, 1)])) == "IdDict({array([0., 0.]): 1})"


def test_a_missing_key_is_explained():
    for change in (lambda: IdDict()[np.zeros(2)], lambda: IdDict().pop(np.zeros(2))):
        with pytest.raises(KeyError, match=r"array of shape \(2,\).* is another key"):
            change()
    with pytest.raises(KeyError, match="about a str"):
        IdDict()["x"]


def test_keys_stay_alive_as_long_as_the_dictionary():
    """Else another array could get the same id, and find what is not its own."""
    held = IdDict()
    for n in range(50):
        held[np.full(1, float(n))] = n
    assert [(float(x[0]), n) for x, n in held.items()] == [(n, n) for n in range(50)]


def test_the_state_of_an_optimiser_is_only_read():
    assert isinstance(Descent().state, IdMapping)
    with pytest.raises(TypeError):
        Descent().state[np.zeros(1)] = 1
