"""Taking models apart and putting them together again."""

import pickle
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

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

from .unusual_classes import UNUSUAL, Behind, Slots

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


def test_a_field_that_a_record_has_not():
    inner = record_type("Dense", ("weight", "bias"))(1.0, 2.0)
    layers = record_type("layers", ("body", "head"))(inner, None)
    chain = record_type("Chain", ("layers",))(layers)
    with pytest.raises(AttributeError, match=r"body. layers has it: write .layers"):
        _ = chain.body
    with pytest.raises(AttributeError, match=r"Dense has no field wait. It has weight"):
        _ = chain.layers.body.wait
    assert not hasattr(inner, "shape")
    assert getattr(inner, "shape", None) is None


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


# --- Fields in every way that Python keeps them --------------------------------------


@pytest.mark.parametrize("cls", UNUSUAL)
def test_the_fields_of_unusual_classes(cls):
    x = cls(1.0)
    found = children(x)
    assert found["weight"] == 1.0
    assert found.keys() <= {"weight", "other"}
    assert "other" not in found or found["other"] == 3


@pytest.mark.parametrize("cls", UNUSUAL)
def test_rebuilding_unusual_classes(cls):
    x = cls(1.0)
    y = rebuild(x, children(x) | {"weight": 2.0})
    assert type(y) is cls
    assert (x.weight, y.weight) == (1.0, 2.0)
    assert children(y) == children(x) | {"weight": 2.0}


def test_what_is_not_walked_is_carried_along_in_slots_too():
    y = rebuild(Slots(1.0), {"weight": 2.0})
    assert (y._hidden, y.secret()) == ("carried along", "and this")
    assert not hasattr(y, "unset")


# --- Subclasses of dict -------------------------------------------------------------


class Named(dict):
    """A dict with an attribute and a constructor of its own."""

    def __init__(self, name, **entries):
        super().__init__(entries)
        self.name = name


def test_a_counter_is_rebuilt_and_not_added_to():
    y = rebuild(Counter(a=2.0), {"a": 5.0})
    assert (type(y), y["a"], len(y)) == (Counter, 5.0, 1)


@pytest.mark.parametrize("transform", [rebuild, mirror])
def test_a_dict_of_ones_own_keeps_class_and_attributes(transform):
    x = Named("mine", b=1, a=2)
    y = transform(x, {"b": 3, "a": 4})
    assert (type(y), y.name, list(y.items())) == (Named, "mine", [("b", 3), ("a", 4)])
    assert dict(x) == {"b": 1, "a": 2}


# --- Remembered results -------------------------------------------------------------


@functor
class Remembering:
    calls = 0

    def __init__(self, weight):
        self.weight = weight

    @cached_property
    def total(self):
        type(self).calls += 1
        return self.weight + 1


class RememberingMore(Remembering):
    @cached_property
    def double(self):
        return 2 * self.total


@pytest.mark.parametrize("cls", [Remembering, RememberingMore])
def test_a_cached_property_is_no_child_and_is_computed_anew(cls):
    x = cls(1.0)
    assert x.total == 2.0
    if cls is RememberingMore:
        assert x.double == 4.0
    assert children(x) == {"weight": 1.0}
    y = rebuild(x, {"weight": 5.0})
    assert (y.total, x.total) == (6.0, 2.0)
    if cls is RememberingMore:
        assert y.double == 12.0


# --- Properties as children ---------------------------------------------------------


def test_a_child_may_be_a_property():
    x = Behind(1.0)
    assert children(x) == {"weight": 1.0}
    y = rebuild(x, {"weight": 2.0})
    assert (x.weight, y.weight, y.name) == (1.0, 2.0, "carried along")
    assert children(y) == {"weight": 2.0}


# --- More sentences -----------------------------------------------------------------


@pytest.mark.parametrize("base", [tuple, list, dict, namedtuple("P", "w"), Counter])
def test_what_is_walked_anyway_needs_no_mark(base):
    class Special(base):
        pass

    expected = r"Special is a (tuple|list|dict).*walked without a mark.*Remove @functor"
    with pytest.raises(TypeError, match=expected):
        functor(Special)
    with pytest.raises(TypeError, match=expected):
        functor(trainable=("w",))(Special)


def test_a_typed_named_tuple_needs_no_mark():
    with pytest.raises(TypeError, match="Pair is a tuple"):

        @functor
        class Pair(NamedTuple):
            weight: object


@pytest.mark.parametrize("option", ["children", "trainable"])
def test_a_field_that_is_not_there(option):
    @functor(**{option: ("weigth",)})
    class Layer:
        def __init__(self):
            self.weight, self.bias = 1.0, 2.0

    ask = {"children": children, "trainable": trainable}[option]
    with pytest.raises(AttributeError, match=r"'weigth'.* Layer.*: weight, bias"):
        ask(Layer())


def test_a_field_that_is_not_there_in_slots():
    @functor(children=("weigth",))
    class Layer:
        __slots__ = ("bias", "weight")

        def __init__(self):
            self.weight = 1.0

    with pytest.raises(AttributeError, match=r"'weigth'.* Layer.*: weight\."):
        children(Layer())


@pytest.mark.parametrize("name", ["class", "lambda", "_w", "two words", "0", ""])
@pytest.mark.parametrize("option", ["children", "trainable"])
def test_names_that_a_gradient_cannot_have(option, name):
    expected = rf"Unmarked.*{option}=.*{name!r} cannot be a field of a named tuple"
    with pytest.raises(ValueError, match=expected):
        functor(Unmarked, **{option: (name,)})
    assert not hasattr(Unmarked, "__functor__")
