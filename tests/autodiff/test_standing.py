import numpy as np
import pytest

import minigrad as mg
from minigrad.autodiff.standing import STANDING, stand_in, stand_ins


class Wrapped:
    """Stands for whatever it is given."""

    def __init__(self, x):
        self.x = x

    def __stand_in__(self):
        return self.x


@pytest.fixture
def standing():
    """The door is open, as while an implicit gradient runs."""
    STANDING.append(None)
    yield
    STANDING.remove(None)


def test_what_stands_for_nothing_is_itself():
    for x in (1.0, np.ones(2), "text", None, slice(1), mg.Dense(1, 1)):
        assert stand_in(x) is x


def test_lists_tuples_and_dicts_of_a_call_are_looked_through():
    one = Wrapped(1)
    found = stand_ins(([one, (one, "axis")], {"where": one}))
    assert found == ([1, (1, "axis")], {"where": 1})


def test_named_tuples_stay_what_they_are(standing):
    steps = mg.autodiff.gradient.__globals__["WithGradient"](Wrapped(1), 2)
    found = stand_ins(steps)
    assert type(found) is type(steps)
    assert found == (1, 2)


def test_operators_and_functions_record_what_an_argument_stands_for(standing):
    def f(x, w):
        return (x * Wrapped(w)).sum() + np.dot(x, Wrapped(w))

    x, w = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    dx, dw = mg.gradient(f, x, w)
    assert np.array_equal(dx, 2 * w)
    assert np.array_equal(dw, 2 * x)


@pytest.mark.parametrize("function", [mg.relu, mg.softmax, mg.gelu])
def test_primitives_are_given_what_stands_for_their_arguments(standing, function):
    weights, x = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    found = mg.gradient(lambda x: (function(Wrapped(x)) * weights).sum(), x)[0]
    expected = mg.gradient(lambda x: (function(x) * weights).sum(), x)[0]
    assert np.array_equal(found, expected)


def test_nothing_is_looked_through_while_the_door_is_closed():
    assert not STANDING
    with pytest.raises(TypeError):
        mg.gradient(lambda x: (x * Wrapped(2.0)).sum(), np.ones(2))
