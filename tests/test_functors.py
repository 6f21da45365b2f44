"""Taking models apart and putting them together again."""

import pickle
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.arrays import is_parameter
from minigrad.functors import (
    children,
    is_leaf,
    is_object,
    mirror,
    rebuild,
    record_type,
    trainable,
)
from minigrad.marking import functor

Point = namedtuple("Point", "x y")


@functor
class Affine:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        self._cache = "carried along"


@functor(children=("weight",))
class Tied:
    def __init__(self, weight, name):
        self.weight, self.name = weight, name


@functor(trainable=("scale",))
class Norm:
    def __init__(self, scale, mean):
        self.scale, self.mean = scale, mean


@functor
@dataclass(frozen=True)
class Frozen:
    x: object
    y: object = 2


@functor
class Slotted:
    __slots__ = ("_hidden", "a", "b")

    def __init__(self, a, b):
        self.a, self.b, self._hidden = a, b, 0


class Inherited(Affine):
    pass


class Unmarked:
    def __init__(self):
        self.weight = np.ones(2)


# --- children and rebuild ------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ((1, 2), {0: 1, 1: 2}),
        ([1, [2]], {0: 1, 1: [2]}),
        ({"a": 1, 3: 2}, {"a": 1, 3: 2}),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Affine(1, 2), {"weight": 1, "bias": 2}),
        (Inherited(1, 2), {"weight": 1, "bias": 2}),
        (Tied(1, "name"), {"weight": 1}),
        (Norm(1, 2), {"scale": 1, "mean": 2}),
        (Frozen(1), {"x": 1, "y": 2}),
        (Slotted(1, 2), {"a": 1, "b": 2}),
        ((), {}),
    ],
)
def test_children(x, expected):
    assert children(x) == expected
    assert list(children(x)) == list(expected)
    assert not is_leaf(x)


@pytest.mark.parametrize(
    "x",
    [np.ones(2), 1.5, 2, "text", b"bytes", None, abs, np.float32(1), {1}, Unmarked()],
)
def test_leaves(x):
    assert is_leaf(x)
    assert children(x) == {}
    assert rebuild(x, {}) is x
    assert mirror(x, {}) is x


def test_a_class_is_a_leaf_and_its_objects_are_not():
    assert is_leaf(Affine)
    assert is_object(Affine(1, 2))
    assert is_object(Inherited(1, 2))
    assert not is_object((1, 2))
    assert not is_object(Point(1, 2))


@pytest.mark.parametrize(
    "x",
    [
        (1, 2),
        [1, 2],
        {"b": 1, "a": 2},
        OrderedDict(b=1, a=2),
        Point(1, 2),
        Affine(1, 2),
        Inherited(1, 2),
        Tied(1, "name"),
        Frozen(1, 2),
        Slotted(1, 2),
    ],
)
def test_rebuild_keeps_type_and_settings(x):
    new = {key: 10 * child for key, child in children(x).items()}
    y = rebuild(x, new)
    assert type(y) is type(x)
    assert children(y) == new
    assert children(x) != new
    for setting in ("_cache", "name", "_hidden"):
        if hasattr(x, setting):
            assert getattr(y, setting) == getattr(x, setting)


def test_rebuild_keeps_the_factory_of_a_defaultdict():
    y = rebuild(defaultdict(list, a=1), {"a": 2})
    assert y["a"] == 2
    assert y["new"] == []


def test_rebuild_does_not_call_the_constructor():
    @functor
    class Counted:
        made = 0

        def __init__(self):
            Counted.made += 1
            self.x = 1.0

    y = rebuild(Counted(), {"x": 2.0})
    assert (y.x, Counted.made) == (2.0, 1)


def test_mirror_makes_named_tuples_of_objects():
    y = mirror(Affine(1, 2), {"weight": "w", "bias": None})
    assert repr(y) == "(weight='w', bias=None)"
    assert (y.weight, y.bias) == ("w", None)
    assert type(y).__name__ == "Affine"
    assert repr(mirror(Point(1, 2), {"x": 3, "y": 4})) == "(x=3, y=4)"
    assert mirror([1], {0: 2}) == [2]


LEAVES = st.integers() | st.text(max_size=2) | st.none() | st.floats(allow_nan=False)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Point, inner, inner)
        | st.builds(Frozen, inner, inner)
    ),
    max_leaves=10,
)


@given(TREES)
def test_rebuild_of_the_own_children_is_the_same(tree):
    assert rebuild(tree, children(tree)) == tree
    assert type(rebuild(tree, children(tree))) is type(tree)


# --- Records -----------------------------------------------------------------------


def test_record_types_are_made_once_and_travel():
    kind = record_type("Dense", ("weight", "bias"))
    assert record_type("Dense", ("weight", "bias")) is kind
    record = kind(np.float64(1.5), None)
    assert pickle.loads(pickle.dumps(record)) == record
    assert type(pickle.loads(pickle.dumps(record))) is kind
    assert record == (1.5, None)


# --- Sources of truth ----------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
def test_float_arrays_are_parameters(dtype):
    assert is_parameter(np.zeros(2, dtype))
    assert is_parameter(np.zeros((), dtype))
    assert is_parameter(np.zeros(0, dtype))


@pytest.mark.parametrize(
    "x",
    [np.arange(2), np.ones(2, bool), np.array(["a"]), 0.5, np.float32(1), [1.0], None],
)
def test_everything_else_is_not(x):
    assert not is_parameter(x)


def test_trainable_narrows_the_children():
    assert trainable(Norm(1, 2)) == {"scale": 1}
    assert trainable(Affine(1, 2)) == {"weight": 1, "bias": 2}
    assert trainable([1, 2]) == {0: 1, 1: 2}
    assert trainable(np.ones(2)) == {}


# --- Sentences -----------------------------------------------------------------------


def test_marking_an_object_is_refused():
    with pytest.raises(TypeError, match=r"marks a class.*Write functor\(Affine\)"):
        functor(Affine(1, 2))


@pytest.mark.parametrize("option", ["children", "trainable"])
def test_names_must_be_a_tuple(option):
    with pytest.raises(TypeError, match=rf'{option}=.*Write {option}=\("weight",\)'):
        functor(Unmarked, **{option: "weight"})
    with pytest.raises(TypeError, match="tuple of field names"):
        functor(Unmarked, **{option: (1,)})


def test_trainable_must_be_among_the_children():
    with pytest.raises(ValueError, match=r"trainable=\('b',\) must be a part"):
        functor(Unmarked, children=("a",), trainable=("b",))
