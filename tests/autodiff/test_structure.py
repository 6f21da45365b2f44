"""Numbers go onto a tape and gradients come back, whatever `f` does on the way."""

from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest

from minigrad import functor, gradient, pullback, withgradient
from minigrad.autodiff.structure import structure, track
from minigrad.autodiff.tape import Tape
from minigrad.errors import NoGradientError

from ..unusual_classes import UNUSUAL, Behind

X = np.array([1.0, 2.0, 3.0])


def test_the_structure_of_an_argument_around_its_own_gradients():
    """Sent round, the number of an input comes back in the place of that input."""
    tape = Tape()
    x = {"a": [X, "text"], "b": (2.0, np.arange(3)), "c": {"none": None}}
    tracked, places = track(x, tape)
    assert [entry[1] for entry in tape[1:]] == [2.0]
    assert tape[0][1] is X
    assert tracked["a"][0].index == 0 and tracked["b"][0].index == 1
    assert tracked["a"][1] == "text" and tracked["b"][1] is x["b"][1]
    found = structure(places, [10 * X, 20.0], tape)
    np.testing.assert_array_equal(found["a"][0], 10 * X)
    assert found["a"][1] is None
    assert found["b"] == (20.0, None)
    assert found["c"] is None


# --- f changes the containers that it was given --------------------------------------


def reverse(items):
    items.reverse()
    return items[0] * 10 + items[1]


def pop(items):
    last = items.pop()
    return last * last + items[0]


def assign(items):
    items[0] = items[0] * 2
    return items[0] * items[1]


def insert(items):
    items.insert(0, 5.0)
    return items[0] * items[1] + items[2]


def clear(items):
    total = 3 * items[0] + items[1]
    items.clear()
    return total


def replace_by_text(items):
    total = items[0] + 7 * items[1]
    items[:] = ["text"] * 5
    return total


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (reverse, [1, 10]),
        (pop, [1, 8]),
        (assign, [8, 6]),
        (insert, [5, 1]),
        (clear, [3, 1]),
        (replace_by_text, [1, 7]),
    ],
)
def test_lists_that_f_changes(f, expected):
    """The gradient follows the argument as it was, and the argument stays so."""
    items = [3.0, 4.0]
    value = f(items.copy())
    assert gradient(f, items) == (expected,)
    assert withgradient(f, items) == (value, (expected,))
    y, back = pullback(f, items)
    assert (y, back(2.0)) == (value, ([2 * slope for slope in expected],))
    assert items == [3.0, 4.0]


def test_arrays_in_a_list_that_f_reverses():
    def f(layers):
        layers.reverse()
        return (layers[0] * np.array([1.0, 10.0])).sum() + (layers[1] ** 2).sum()

    x, y = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0])
    (g,) = gradient(f, [x, y])
    np.testing.assert_array_equal(g[0], [6, 8, 10])
    np.testing.assert_array_equal(g[1], [1, 10])


def test_dicts_that_f_changes():
    def f(d):
        a = d.pop("a")
        d["new"] = a * d["b"]
        d["b"] = d["new"] * a
        return d["b"]  # a² b

    d = {"a": 3.0, "b": 5.0, "c": 1.0}
    assert gradient(f, d) == ({"a": 30, "b": 9, "c": None},)
    assert d == {"a": 3.0, "b": 5.0, "c": 1.0}


def test_lists_below_a_tuple_that_f_changes():
    f = lambda pair: pair[0]["inner"].pop(0) * pair[1]
    assert gradient(f, ({"inner": [2.0, 7.0]}, 3.0)) == (({"inner": [3, None]}, 2),)


def test_second_derivatives_of_a_function_that_changes_its_list():
    f = lambda items: items.pop() ** 3 * items.pop()
    hessian_row = lambda items: gradient(f, items)[0][1]  # 3 b² a
    assert gradient(hessian_row, [5.0, 2.0]) == ([12, 60],)


@functor
class Memory:
    """A layer with a state that it changes when it is called."""

    def __init__(self):
        self.w, self.h = np.array([0.5, 0.25]), np.zeros(2)

    def __call__(self, x):
        self.h = np.tanh(self.w * x + self.h)
        self.calls = getattr(self, "calls", 0) + 1
        return self.h


def test_a_layer_that_changes_its_own_state():
    """h2 = tanh(2w + h1), h1 = tanh(w + h0): the chain rule by hand."""
    model = Memory()
    (g,) = gradient(lambda m: (m(1.0) * 0 + m(2.0)).sum(), model)
    h1 = np.tanh(model.w)
    h2 = np.tanh(2 * model.w + h1)
    to_h1 = 1 - h2**2
    to_h0 = to_h1 * (1 - h1**2)
    assert g._fields == ("w", "h")
    np.testing.assert_allclose(g.w, 2 * to_h1 + to_h0, rtol=1e-14)
    np.testing.assert_allclose(g.h, to_h0, rtol=1e-14)
    np.testing.assert_array_equal(model.h, [0, 0])
    assert not hasattr(model, "calls")


# --- What is handed out does not lead back to the tape -------------------------------


def test_the_value_may_be_changed_before_playing_back():
    y, back = pullback(np.exp, np.zeros(2))
    y *= 5
    np.testing.assert_array_equal(back(np.ones(2))[0], [1, 1])


def test_the_value_of_the_identity_is_not_the_argument():
    x = X.copy()
    y, _ = pullback(lambda x: x, x)
    y[:] = 0
    np.testing.assert_array_equal(x, X)


def test_values_in_trees_may_be_changed_before_playing_back():
    f = lambda x: {"a": np.exp(x), "b": [np.tanh(x), np.sqrt(x)[1:]]}
    y, back = pullback(f, X)
    for part in (y["a"], *y["b"]):
        part[:] = 0
    (found,) = back({"a": np.ones(3), "b": [np.ones(3), np.ones(2)]})
    expected = np.exp(X) + 1 - np.tanh(X) ** 2
    expected[1:] += 0.5 / np.sqrt(X[1:])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_two_outputs_are_two_arrays():
    (one, two), _ = pullback(lambda x: (2 * x,) * 2, X)
    one[:] = 0
    np.testing.assert_array_equal(two, 2 * X)


# --- Containers of one's own ----------------------------------------------------------


class Named(dict):
    """A dict with an attribute and a constructor of its own."""

    def __init__(self, name, **entries):
        super().__init__(entries)
        self.name = name


@pytest.mark.parametrize(
    "x",
    [
        Counter(a=2.0, b=3.0),
        OrderedDict(b=3.0, a=2.0),
        defaultdict(float, a=2.0, b=3.0),
        Named("mine", a=2.0, b=3.0),
    ],
    ids=lambda x: type(x).__name__,
)
def test_subclasses_of_dict(x):
    seen, before = [], dict(x)
    f = lambda d: seen.append(type(d)) or d["a"] ** 2 * d["b"]
    (g,) = gradient(f, x)
    assert seen == [type(x)]
    assert type(g) is type(x)
    assert dict(g) == {"a": 12.0, "b": 4.0}
    assert list(g) == list(x)
    assert all(type(slope) is float for slope in g.values())
    assert dict(x) == before


def test_attributes_and_factories_of_dicts_reach_the_function():
    f = lambda d: d["a"] * (2 if d.name == "mine" else 0)
    assert gradient(f, Named("mine", a=1.0)) == ({"a": 2.0},)
    f = lambda d: d["a"] * (d["missing"] + 5)
    assert gradient(f, defaultdict(float, a=1.0)) == ({"a": 5.0},)


@pytest.mark.parametrize("cls", UNUSUAL)
def test_objects_of_unusual_classes(cls):
    model = cls(X)
    (g,) = gradient(lambda m: (m.weight**2).sum() / 2, model)
    np.testing.assert_array_equal(g.weight, X)
    assert model.weight is X
    y, back = pullback(lambda x: cls(2 * x), X)
    assert type(y) is cls
    np.testing.assert_array_equal(y.weight, 2 * X)
    (g,) = back(cls(np.ones(3)))
    np.testing.assert_array_equal(g, [2, 2, 2])


def test_a_remembered_result_is_computed_anew():
    from functools import cached_property

    @functor
    class Layer:
        def __init__(self):
            self.weight = X.copy()

        @cached_property
        def norm(self):
            return (self.weight**2).sum() / 2

    for remembered in (False, True):
        model = Layer()
        if remembered:
            assert model.norm == 7
        value, (g,) = withgradient(lambda m: 3 * m.norm, model)
        assert value == 21
        assert g._fields == ("weight",)
        np.testing.assert_array_equal(g.weight, 3 * X)
        assert ("norm" in vars(model)) is remembered


def test_a_property_as_a_child_reaches_the_function():
    (g,) = gradient(lambda m: (m.weight**2).sum(), Behind(X))
    np.testing.assert_array_equal(g.weight, 2 * X)


# --- Numbers and arrays of every kind -------------------------------------------------


@pytest.mark.parametrize("n", [3, np.int64(3), np.int8(3), np.uint8(3)])
def test_integers_of_every_kind_given_directly_count_as_floats(n):
    (g,) = gradient(lambda x: x * x, n)
    assert (g, type(g)) == (6.0, float)
    (g, h) = gradient(lambda x, y: x**2 * y, n, 300.0)  # 9 * 300 is more than 255
    assert (g, h) == (1800.0, 9.0)
    assert gradient(lambda m: m["x"] * m["n"], {"x": 2.0, "n": n}) == (
        {"x": 3.0, "n": None},
    )


@pytest.mark.parametrize("flag", [True, np.True_])
def test_truth_values_are_no_numbers(flag):
    assert gradient(lambda x, flag: x * flag, 2.0, flag) == (1.0, None)


class Masked(np.ma.MaskedArray):
    """A subclass is no more at home here."""


SPECIAL = [
    np.ones((2, 2)).view(np.matrix),
    np.ma.array([1.0, 2.0], mask=[True, False]),
    np.ones(2).view(Masked),
    np.ma.array([1, 2], mask=[True, False]),
]


@pytest.mark.parametrize("x", SPECIAL, ids=lambda x: f"{type(x).__name__} {x.dtype}")
@pytest.mark.parametrize("place", [lambda x: x, lambda x: {"w": [x]}])
def test_arrays_with_rules_of_their_own_are_refused(x, place):
    calls = []
    expected = rf"{type(x).__name__}.*np\.asarray\(x\)"
    with pytest.raises(NoGradientError, match=expected):
        gradient(lambda m: calls.append(m) or 1.0, place(x))
    assert not calls


def test_the_way_out_of_a_matrix_works():
    x = np.asarray(SPECIAL[0])
    np.testing.assert_array_equal(gradient(lambda x: (x * x).sum(), x)[0], 2 * x)


def test_the_gradient_of_an_unchanged_subclass_of_arrays():
    class Labelled(np.ndarray):
        label = "mine"

    (g,) = gradient(lambda x: (x**2).sum(), X.view(Labelled))
    np.testing.assert_array_equal(g, 2 * X)
