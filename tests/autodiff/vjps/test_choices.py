"""Choices, functions that are called on parts, and what is refused."""

import numpy as np
import pytest

import minigrad
from minigrad import gradient, pullback
from minigrad.errors import MutabilityError

X = np.array([[0.5, -1.5, 2.0], [1.25, 0.25, -0.75]])


def test_select_takes_the_first_condition_that_holds():
    f = lambda x, y: np.select([x > 1, x > 0], [x, 10 * y], 100 * x).sum()
    to_x, to_y = gradient(f, X, np.ones(3))
    np.testing.assert_array_equal(to_x, [[0, 100, 1], [1, 0, 100]])
    np.testing.assert_array_equal(to_y, [10, 10, 0])


def test_choose_sends_each_choice_what_was_taken_from_it():
    f = lambda *xs: (np.choose([0, 1, 1, 0], xs) * [1, 2, 4, 8]).sum()
    to_x, to_y = gradient(f, np.ones(4), 1.0)
    np.testing.assert_array_equal(to_x, [1, 0, 0, 8])
    assert to_y == 6.0


def test_what_was_not_chosen_may_be_anything():
    """The slope of log at 0 is infinite, and not asked for."""
    x = np.array([0.0, 2.0])
    with np.errstate(divide="ignore"):
        value, back = pullback(lambda x: np.choose([0, 1], [x, 1 / (x + (x == 0))]), x)
    np.testing.assert_array_equal(value, [0, 0.5])
    np.testing.assert_array_equal(back(np.ones(2))[0], [1, -0.25])


@pytest.mark.parametrize("number", [-2.0, 0.5])
def test_piecewise_of_a_number(number):
    leaky = lambda x: np.piecewise(x, [x < 0], [lambda x: 0.1 * x, lambda x: x * x])
    assert gradient(leaky, number)[0] == (0.1 if number < 0 else 2 * number)


def test_piecewise_calls_each_function_on_its_own_places_only():
    seen = []

    def root(x):
        seen.append(x.shape)
        return np.sqrt(x)

    f = lambda x: np.piecewise(x, [x > 0, x > 9], [root, np.square]).sum()
    (g,) = gradient(f, X)
    assert seen == [(4,)]  # and `square` is not called on nothing
    np.testing.assert_allclose(g, np.where(X > 0, 0.5 / np.sqrt(np.abs(X)), 0))


def test_where_conditions_overlap_the_last_function_counts():
    f = lambda x: np.piecewise(x, [x > 0, x > 1], [lambda x: 2 * x, lambda x: 3 * x])
    (g,) = gradient(lambda x: f(x).sum(), X)
    np.testing.assert_array_equal(g, [[2, 0, 3], [3, 2, 0]])


def test_apply_along_axis_is_a_loop_over_vectors():
    softmax = lambda v: np.exp(v) / np.exp(v).sum()
    w = np.arange(6.0).reshape(2, 3)
    for axis in (0, 1):
        f = lambda x, axis=axis: np.apply_along_axis(softmax, axis, x)
        at_once = lambda x, axis=axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True)
        found = gradient(lambda x, f=f: (f(x) * w).sum(), X)[0]
        expected = gradient(lambda x, f=at_once: (f(x) * w).sum(), X)[0]
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_apply_over_axes_keeps_the_axes():
    x = np.ones((2, 3, 4))
    value, back = pullback(lambda x: np.apply_over_axes(np.sum, x, [0, -1]), x)
    np.testing.assert_array_equal(value, np.full((1, 3, 1), 8.0))
    w = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    np.testing.assert_array_equal(back(w)[0], x * w)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.select([], []),
        lambda x: np.select([x], [x]),
        lambda x: np.select([x > 0], [x, x]),
        lambda x: np.choose([0, 2, 1], [x, x]),
        lambda x: np.piecewise(x, [x > 0], [1, 2, 3]),
        lambda x: np.apply_along_axis(np.sum, 2, x),
        lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]),
    ],
)
def test_what_numpy_refuses_is_refused_here(call):
    with pytest.raises((ValueError, TypeError)) as expected:
        call(X)
    with pytest.raises(expected.type):
        gradient(lambda x: np.sum(call(x)), X)


IN_PLACE = {
    np.put: lambda x, v: np.put(x, [0], v),
    np.place: lambda x, v: np.place(x, X > 0, v),
    np.putmask: lambda x, v: np.putmask(x, X > 0, v),
    np.copyto: lambda x, v: np.copyto(x, v),
    np.put_along_axis: lambda x, v: np.put_along_axis(x, np.zeros((1, 3), int), v, 0),
    np.fill_diagonal: lambda x, v: np.fill_diagonal(x, v),
}


@pytest.mark.parametrize("function", IN_PLACE, ids=lambda f: f.__name__)
def test_functions_that_change_an_array_are_refused(function):
    name = rf"np\.{function.__name__} changes an array in place.*np\.where.*Buffer"
    with pytest.raises(MutabilityError, match=name):
        gradient(lambda x: IN_PLACE[function](x, 1.0), X)
    plain = X.copy()
    with pytest.raises((MutabilityError, minigrad.NoGradientError)):
        gradient(lambda v: IN_PLACE[function](plain, v), 1.0)
    np.testing.assert_array_equal(plain, X)
