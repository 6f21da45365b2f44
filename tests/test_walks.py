"""Walks: fmap over one or several trees, paths, and the parameters of a model."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Adam, Chain, Dense, gradient, setup, withgradient
from minigrad.errors import MutabilityError, ShapeError
from minigrad.marking import functor
from minigrad.walks import (
    KeyPath,
    child_of,
    fmap,
    fmap_with_path,
    fmapstructure,
    getkeypath,
    haskeypath,
    setkeypath_,
    trainables,
)

from .unusual_classes import UNUSUAL, Behind, DataFrozen, DataFrozenSlots, ReadOnly

Point = namedtuple("Point", "x y")


@functor
class Affine:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias


@functor(trainable=("scale",))
class Norm:
    def __init__(self, scale, mean):
        self.scale, self.mean = scale, mean


TREES = st.recursive(
    st.integers(-9, 9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.sampled_from(["a", "b", "two words", 0]), inner, max_size=3
        )
        | st.builds(Point, inner, inner)
    ),
    max_leaves=10,
)


# --- Key paths -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ((), ""),
        (("layers", 0, "weight"), "layers[0].weight"),
        ((0, 1), "[0][1]"),
        ((0, "weight"), "[0].weight"),
        (("two words",), "['two words']"),
        (("a", (1, 2)), "a[(1, 2)]"),
    ],
)
def test_paths_read_like_code(keys, text):
    assert str(KeyPath(keys)) == text


def test_paths_grow_and_compare():
    path = KeyPath(("layers",)) / 0 / "weight"
    assert path == ("layers", 0, "weight")
    assert repr(path) == "KeyPath('layers', 0, 'weight')"
    assert {path: 1}["layers", 0, "weight"] == 1


def small_chain():
    return Chain(Dense(np.ones((3, 2)), np.ones(3)), Dense(np.ones((1, 3)), np.ones(1)))


@given(TREES)
def test_every_path_leads_to_its_leaf(tree):
    paths = []
    fmap_with_path(lambda path, x: paths.append((path, x)), tree)
    for path, x in paths:
        assert getkeypath(tree, path) == x
        assert haskeypath(tree, path)
        assert not haskeypath(tree, path / "deeper")
    assert getkeypath(tree, ()) is tree and haskeypath(tree, ())


def test_paths_of_a_model_lead_through_its_gradient_and_its_state():
    model = small_chain()
    x = np.array([1.0, 2.0])
    (g,) = gradient(lambda m: np.sum(m(x) ** 2), model)
    state = setup(Adam(), model)
    pairs = trainables(model, path=True)
    assert [str(path) for path, _ in pairs][-1] == "layers[1].bias"
    for path, array in pairs:
        assert getkeypath(model, path) is array
        assert getkeypath(state, path).shape == array.shape
    assert getkeypath(g, pairs[1][0]) is g.layers[0].bias
    assert getkeypath(state, ("layers", 0)) is state.layers[0]


def test_a_path_through_what_got_no_gradient_leads_nowhere():
    (g,) = gradient(lambda m: np.sum(m.layers[0].weight), small_chain())
    assert getkeypath(g, ("layers", 1)) is None
    assert not haskeypath(g, ("layers", 1, "weight"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("layer",), "no 'layer' at the root, which is a Chain and holds 'layers'"),
        (("layers", 2), r"no 2 at layers, which is a tuple and holds 0, 1\."),
        (("layers", -1), "no -1 at layers,"),
        (("layers", "0"), "no '0' at layers,"),
        (
            ("layers", 1, "wight", 0),
            r"no 'wight' at layers\[1\], which is a Dense and holds 'weight', 'bias', "
            r"'act'\. .*KeyPath\('layers', 1, 'wight', 0\)",
        ),
        (("layers", 0, "bias", 1), r"at layers\[0\]\.bias, .* holds nothing"),
    ],
)
def test_a_path_that_leads_nowhere_says_how_far_it_led(path, words):
    for attempt in (getkeypath, lambda *args: setkeypath_(*args, 0.0)):
        with pytest.raises(LookupError, match=words):
            attempt(small_chain(), path)
    assert haskeypath(small_chain(), path) is False


def test_a_string_is_no_path():
    for attempt in (getkeypath, haskeypath, lambda *a: setkeypath_(*a, 0.0)):
        with pytest.raises(TypeError, match=r"made of keys.* write \('layers',\)"):
            attempt(small_chain(), "layers")


@pytest.mark.parametrize("key", [0, 1, None, 2.0])
def test_a_key_is_no_path(key):
    for attempt in (getkeypath, haskeypath, lambda *a: setkeypath_(*a, 0.0)):
        with pytest.raises(TypeError, match=r"made of keys"):
            attempt([1.0, 2.0], key)


@pytest.mark.parametrize("key", [[0], {}, slice(0, 1), np.zeros(1)])
def test_a_key_that_cannot_be_hashed_leads_nowhere(key):
    assert haskeypath([1.0, 2.0], (key,)) is False
    for attempt in (getkeypath, lambda *a: setkeypath_(*a, 0.0)):
        with pytest.raises(LookupError, match="at the root, which is a list"):
            attempt([1.0, 2.0], (key,))


def test_a_path_may_be_any_sequence_of_keys():
    tree = [1, {"a": 2}]
    for path in (KeyPath((1, "a")), [1, "a"], (np.int64(1), "a")):
        assert getkeypath(tree, path) == 2
        setkeypath_(tree, path, 2)
    assert tree == [1, {"a": 2}]


def test_a_place_in_a_state_tree_can_be_changed_where_the_model_has_a_list():
    model = [np.ones(2), {"b": np.ones(3)}]
    state, other = setup(Adam(), model), setup(Adam(0.5), model)
    setkeypath_(state, (1, "b"), getkeypath(other, (1, "b")))
    assert [x.rule.eta for x in (state[0], state[1]["b"])] == [0.001, 0.5]


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        ({"a": {"b": 1}}, ("a", "b")),
        ([[1, 2], 3], (0, 1)),
        ({"a": ({"b": 1},)}, ("a", 0, "b")),
        ((Affine(1, 2), 3), (0, "bias")),
        ({0: 1}, (0,)),
    ],
)
def test_setting_changes_the_one_place(tree, path):
    others = fmap_with_path(lambda here, x: None if here == path else x, tree)
    assert setkeypath_(tree, path, 42) is None
    assert getkeypath(tree, path) == 42
    after = fmap_with_path(lambda here, x: None if here == path else x, tree)
    assert repr(after) == repr(others)


CANNOT_CHANGE = [ReadOnly, DataFrozen, DataFrozenSlots]


@pytest.mark.parametrize(
    "cls", [cls for cls in [*UNUSUAL, Behind] if cls not in CANNOT_CHANGE]
)
def test_setting_works_on_unusual_classes(cls):
    tree = [cls(1.0)]
    setkeypath_(tree, (0, "weight"), 0.0)
    assert getkeypath(tree, (0, "weight")) == 0.0


@pytest.mark.parametrize(
    ("tree", "path"),
    [((1, 2), (0,)), ([Point(1, 2)], (0, "x"))]
    + [(cls(1.0), ("weight",)) for cls in CANNOT_CHANGE],
)
def test_setting_in_what_cannot_be_changed_is_refused(tree, path):
    before = getkeypath(tree, path)
    with pytest.raises(MutabilityError, match=r"cannot be changed\. Build a new tree"):
        setkeypath_(tree, path, 42)
    assert getkeypath(tree, path) == before


def test_the_advice_in_that_sentence_works():
    tree, there, value = ((1, 2), 3), (0, 1), 42
    new = fmap_with_path(lambda path, x: value if path == there else x, tree)
    assert new == ((1, 42), 3)


def test_the_root_cannot_be_set():
    with pytest.raises(ValueError, match="write tree = value"):
        setkeypath_({"a": 1}, (), {"a": 2})


def test_the_running_mean_of_a_model():
    """After t steps it is (1 - 0.9**t) of what is constant."""
    model, mean = small_chain(), fmap(np.zeros_like, small_chain())
    for _ in range(5):
        for path, x in trainables(model, path=True):
            average = getkeypath(mean, path)
            average += 0.1 * (x - average)
    for x in trainables(mean):
        np.testing.assert_allclose(x, 1 - 0.9**5, rtol=1e-14)


# --- fmap ----------------------------------------------------------------------------


def test_fmap_keeps_the_structure():
    model = {"a": [1, (2, 3)], "b": Point(4, Affine(5, 6))}
    found = fmap(lambda x: -x, model)
    assert found["a"] == [-1, (-2, -3)]
    assert type(found["b"]) is Point
    assert (found["b"].x, found["b"].y.weight, found["b"].y.bias) == (-4, -5, -6)
    assert model["a"] == [1, (2, 3)]


def flat(tree):
    """The leaves of a tree, in order, by a recursion of its own."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, list | tuple):
        return [tree]
    return [leaf for part in tree for leaf in flat(part)]


@given(TREES)
def test_fmap_of_the_identity_and_of_a_composition(tree):
    assert fmap(lambda x: x, tree) == tree
    once = fmap(lambda x: 2 * (x + 1), tree)
    assert once == fmap(lambda x: 2 * x, fmap(lambda x: x + 1, tree))
    assert flat(once) == [2 * (x + 1) for x in flat(tree)]


@given(TREES)
def test_fmap_with_path_names_every_leaf(tree):
    def follow(path, x):
        here = tree
        for key in path:
            here = getattr(here, key) if isinstance(here, Point) else here[key]
        assert here == x
        return str(path)

    names = flat(fmap_with_path(follow, tree))
    assert len(set(names)) == len(names) == len(flat(tree))


@given(TREES)
def test_fmap_over_two_trees(tree):
    other = fmap(lambda x: 10 * x, tree)
    assert fmap(lambda x, y: x + y, tree, other) == fmap(lambda x: 11 * x, tree)


def test_a_none_reaches_all_leaves_below():
    found = fmap(lambda x, y: (x, y), {"a": [1, 2], "b": 3}, {"a": None, "b": 4})
    assert found == {"a": [(1, None), (2, None)], "b": (3, 4)}


def test_a_model_and_its_gradient_go_together():
    model = {"layer": Affine(np.ones(2), np.zeros(2)), "act": abs}
    (g,) = gradient(lambda m: (m["layer"].weight * 3).sum(), model)
    step = lambda x, dx: x if dx is None else x - dx
    new = fmap(step, model, g)
    np.testing.assert_array_equal(new["layer"].weight, [-2, -2])
    np.testing.assert_array_equal(new["layer"].bias, [0, 0])
    assert new["act"] is abs


def test_shared_arrays_are_mapped_once():
    w = np.ones(2)
    calls = []
    found = fmap(lambda x: calls.append(x) or 2 * x, {"a": w, "b": [w, np.ones(2)]})
    assert len(calls) == 2
    assert found["a"] is found["b"][0]
    assert found["a"] is not found["b"][1]


def test_shared_objects_and_containers_stay_shared():
    layer, pair = Affine(np.ones(2), 1), [np.ones(3)]
    found = fmap(lambda x: 2 * x, (layer, pair, layer, pair))
    assert found[0] is found[2]
    assert found[1] is found[3]


def test_an_array_with_two_partners_is_mapped_for_each():
    w = np.ones(2)
    found = fmap(lambda x, y: x * y, [w, w], [2.0, 3.0])
    np.testing.assert_array_equal(found, [[2, 2], [3, 3]])


def test_equal_numbers_are_not_shared():
    calls = []
    fmap(lambda x: calls.append(x) or x, [1, 1, "a", "a"])
    assert calls == [1, 1, "a", "a"]


def test_exclude_stops_the_walk():
    model = {"a": (1, 2), "b": [(3,), (4, 5)]}
    found = fmap(sum, model, exclude=lambda x: isinstance(x, tuple))
    assert found == {"a": 3, "b": [3, 9]}


def test_fmapstructure_makes_plain_records():
    found = fmapstructure(lambda x: x * 2, {"m": Affine(1, Point(2, 3))})
    assert repr(found) == "{'m': (weight=2, bias=(x=4, y=6))}"


# --- Parameters ----------------------------------------------------------------------


def test_a_transposed_tie_is_one_parameter():
    """As it is for `setup`: a penalty must not count it twice."""
    w = np.arange(6.0).reshape(2, 3)
    model = {"encoder": w, "decoder": w.T, "part": w[:1]}
    assert [str(path) for path, _ in trainables(model, path=True)] == [
        "encoder",
        "part",
    ]
    tied = {"encoder": w, "decoder": w.T}
    penalty = lambda m: sum((p**2).sum() for p in trainables(m)) / 2
    assert penalty(tied) == (w**2).sum() / 2
    grads = gradient(penalty, tied)[0]
    np.testing.assert_array_equal(grads["encoder"], w)


def test_trainables_are_the_float_arrays_each_once_in_order():
    w, b, c = np.ones((2, 2)), np.zeros(2, np.float32), np.ones(3)
    model = {
        "layers": [Affine(w, b), Affine(w, 3.0)],
        "norm": Norm(c, np.ones(3)),
        "other": (np.arange(3), "text", abs),
    }
    found = trainables(model, path=True)
    assert [str(path) for path, _ in found] == [
        "layers[0].weight",
        "layers[0].bias",
        "norm.scale",
    ]
    assert all(x is y for (_, x), y in zip(found, (w, b, c), strict=True))
    assert all(x is y for x, y in zip(trainables(model), (w, b, c), strict=True))
    assert trainables(w)[0] is w
    assert trainables(3.0) == []


def test_a_penalty_on_all_parameters_inside_gradient():
    model = {"a": np.array([1.0, 2.0]), "b": [np.array([3.0])], "n": 4}
    penalty = lambda m: sum((p**2).sum() for p in trainables(m)) / 2
    (g,) = gradient(penalty, model)
    np.testing.assert_array_equal(g["a"], [1, 2])
    np.testing.assert_array_equal(g["b"][0], [3])
    assert g["n"] is None


def test_a_tied_parameter_is_counted_once_inside_gradient_too():
    w = np.array([1.0, 2.0])
    model = {"a": w, "b": [w]}
    penalty = lambda m: sum((p**2).sum() for p in trainables(m)) / 2
    value, (g,) = withgradient(penalty, model)
    assert value == penalty(model) == 2.5
    places = g["a"], child_of(g["b"], 0, KeyPath())
    np.testing.assert_array_equal(sum(p for p in places if p is not None), w)


# --- Sentences -----------------------------------------------------------------------


def test_trees_of_different_structure_name_the_path():
    model = {"layers": [{"weight": 1, "bias": 2}]}
    other = {"layers": [{"weight": 1, "scale": 2}]}
    expected = r"at layers\[0\] one has 'bias', and the other, a dict, has .*'scale'"
    with pytest.raises(ShapeError, match=expected):
        fmap(lambda x, y: x, model, other)
    with pytest.raises(ShapeError, match=r"at the root one has 0.* no children"):
        fmap(lambda x, y: x, [1], 5)


def test_child_of_finds_fields_and_keys_alike():
    for tree in ({"x": 1}, Point(1, 2), Affine(1, 2), fmapstructure(abs, Point(1, 2))):
        key = "weight" if isinstance(tree, Affine) else "x"
        assert child_of(tree, key, KeyPath()) == 1
    assert child_of(None, "x", KeyPath()) is None


# --- Sharing of what is no parameter ------------------------------------------------


@pytest.mark.parametrize("dtype", [int, bool, np.uint8, "U1", np.float32])
def test_arrays_of_every_type_stay_shared(dtype):
    index, calls = np.zeros(3, dtype), []
    double = lambda x: calls.append(x) or np.copy(x)
    for walk in (fmap, fmapstructure):
        found = walk(double, {"a": index, "b": [index, np.zeros(3, dtype)]})
        assert found["a"] is found["b"][0]
        assert found["a"] is not found["b"][1]
        assert found["a"].dtype == index.dtype
    assert len(calls) == 4


def test_a_shared_table_of_numbers_stays_shared_with_paths():
    table = np.arange(3)
    found = fmap_with_path(lambda path, x: str(path), [table, {"again": table}])
    assert found == ["[0]", {"again": "[0]"}]
