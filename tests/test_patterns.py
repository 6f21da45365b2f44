"""A pattern does what the general walks do, or says that it cannot."""

from collections import OrderedDict, namedtuple
from functools import cached_property

import numpy as np
import pytest

import minigrad as mg
from minigrad.functors import children, is_leaf, rebuild, record_type
from minigrad.patterns import MOST, WORTH, NoPattern, Pattern, taken_apart

Point = namedtuple("Point", "x y")


@mg.functor
class Affine:
    def __init__(self, weight, bias, **more):
        self.weight, self.bias = weight, bias
        self._hidden = "carried along"
        vars(self).update(more)


@mg.functor(children=("scale",))
class Scaled:
    def __init__(self, scale):
        self.size, self.scale = 3, scale

    @property
    def double(self):
        return 2 * self.scale


def a(*shape):
    return np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)


TREES = {
    "tuple": (a(2), a(1)),
    "list": [a(2), "text", 3, None],
    "dict": {"w": a(2), 0: a(3), (1, 2): np.tanh},
    "named": Point(a(2), None),
    "object": Affine(a(2), False),
    "children": Scaled(a(3)),
    "nested": Affine([(a(2), {"deep": Point(a(1), "y")}), ()], Scaled(a(2)), act=abs),
    "one array twice": (lambda x: (x, [x]))(a(2)),
    "no arrays": Affine(False, ["text", {}]),
    "integers": (np.arange(3), a(2)),
    "chain": mg.Chain(mg.Dense(2, 3, np.tanh), abs, mg.Dense(3, 1, bias=False)),
}


def general_leaves(tree):
    if type(tree) is np.ndarray:
        return [tree]
    return [leaf for part in children(tree).values() for leaf in general_leaves(part)]


def general_rebuilt(tree, leaves):
    if type(tree) is np.ndarray:
        return next(leaves)
    parts = children(tree).items()
    return rebuild(tree, {key: general_rebuilt(part, leaves) for key, part in parts})


def same(x, y):
    """Equal in structure, with the very same leaves."""
    if is_leaf(x):
        return x is y
    assert type(x) is type(y)
    assert vars(x).keys() == vars(y).keys() if hasattr(x, "__dict__") else True
    both = children(x), children(y)
    assert [*both[0]] == [*both[1]]
    return all(same(both[0][key], both[1][key]) for key in both[0])


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_leaves_and_copies(tree):
    pattern = Pattern(tree, np.ndarray)
    leaves = pattern.leaves(tree)
    assert [*map(id, leaves)] == [*map(id, general_leaves(tree))]
    new = [object() for _ in leaves]
    copy = pattern.rebuilt(tree, new)
    assert same(copy, general_rebuilt(tree, iter(new)))
    assert is_leaf(tree) or (copy is not tree) or tree == ()


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_places(tree):
    pattern = Pattern(tree, np.ndarray)
    for place, leaf in zip(pattern.places, pattern.leaves(tree), strict=True):
        at = tree
        for key in place:
            at = children(at)[key]
        assert at is leaf


def test_mirror_images_are_what_gradient_returns():
    """Objects as named tuples, the type of a named tuple kept, None for the rest."""
    pattern = Pattern(TREES["nested"], np.ndarray)
    affine, scaled = (
        record_type("Affine", ("weight", "bias", "act")),
        record_type("Scaled", ("scale",)),
    )
    expected = affine([(1, {"deep": Point(2, None)}), None], scaled(3), None)
    found = pattern.mirrored((1, 2, 3))
    assert found == expected and type(found) is affine
    assert type(found.weight[0][1]["deep"]) is Point
    assert pattern.mirrored((1, None, 3)) == affine([(1, None), None], scaled(3), None)
    assert pattern.mirrored((None, None, 3)) == affine(None, scaled(3), None)
    assert pattern.mirrored((None, None, None)) is None
    assert Pattern(TREES["no arrays"], np.ndarray).mirrored(()) is None


OTHERS = {
    "an array became a number": (a(2), {"w": 1.0}, Affine(a(1), a(1))),
    "an array became a list": (a(2), {"w": [a(1)]}, Affine(a(1), a(1))),
    "one more": (a(2), {"w": a(1)}, Affine(a(1), a(1)), a(1)),
    "one less": (a(2), {"w": a(1)}),
    "another key": (a(2), {"v": a(1)}, Affine(a(1), a(1))),
    "one more key": (a(2), {"w": a(1), "v": 1}, Affine(a(1), a(1))),
    "another field": (a(2), {"w": a(1)}, Affine(a(1), a(1), act=1)),
    "another class": (a(2), {"w": a(1)}, Scaled(a(1))),
    "another dict": (a(2), OrderedDict(w=a(1)), Affine(a(1), a(1))),
    "a list for a tuple": [a(2), {"w": a(1)}, Affine(a(1), a(1))],
    "nothing": None,
    "a generator": (a(2), (k for k in "w"), Affine(a(1), a(1))),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_tree_is_noticed(other):
    pattern = Pattern((a(2), {"w": a(1)}, Affine(a(1), a(1))), np.ndarray)
    assert pattern.leaves((a(3), {"w": a()}, Affine(a(2), a(4)))) is not None
    assert pattern.leaves(other) is None


def test_fields_in_another_order_are_another_pattern():
    one, other = Affine(a(1), a(2)), Affine(a(1), a(2))
    del other.weight
    other.weight = a(1)
    assert Pattern(one, np.ndarray).leaves(other) is None
    assert Pattern(other, np.ndarray).places == (("bias",), ("weight",))


@mg.functor
class Slotted:
    __slots__ = ("weight",)

    def __init__(self):
        self.weight = a(2)


@mg.functor
class Remembering:
    def __init__(self):
        self.weight = a(2)

    @cached_property
    def norm(self):
        return 1.0


@pytest.mark.parametrize(
    "tree",
    [
        Slotted(),
        Remembering(),
        (1.0, a(2)),
        [1j],
        (np.float32(1), a(2)),
        OrderedDict(w=a(2)),
        (a(2).view(np.memmap),),
        type("Row", (tuple,), {})((a(2),)),
    ],
)
def test_what_only_the_general_walks_can_do(tree):
    with pytest.raises(NoPattern):
        Pattern(tree, np.ndarray)
    for _ in range(2 * WORTH):
        assert taken_apart(tree) is None


def test_a_pattern_is_written_for_what_comes_again():
    Fresh = namedtuple("Fresh", "x y")
    found = [taken_apart(Fresh(a(2), a(1))) for _ in range(WORTH + 1)]
    assert found[:WORTH] == [None] * WORTH
    pattern, leaves = found[WORTH]
    assert pattern.leaves(Fresh(*leaves)) == leaves
    with mg.plain():
        assert taken_apart(Fresh(*leaves)) is None


def test_trees_that_always_differ_do_not_fill_memory():
    Long = namedtuple("Long", "parts")
    written = set()
    for n in range(200):
        for _ in range(5):
            found = taken_apart(Long([a(1)] * n))
            if found:
                assert len(found[1]) == n
                written.add(found[0])
    assert 0 < len(written) <= MOST


def test_gradients_do_not_depend_on_what_came_before():
    """The same call, before there is a pattern and after, also with changed models."""
    Pair = namedtuple("Pair", "w b")

    def loss(m):
        return (m.w * 2).sum() + (m.b["x"] ** 2).sum()

    models = [
        Pair(a(3), {"x": a(2)}),
        Pair(a(2), {"x": a(2), "unused": a(1)}),
        Pair(a(2), {"x": 3.0 * a(1), "n": 3}),
        Pair(a(3), {"x": 2.0}),
        Pair(a(3).astype(np.float32), {"x": np.arange(3)}),
        Pair(a(3) * 1j, {"x": a(2)}),
    ]
    models[5] = models[5]._replace(w=a(4))
    first = [mg.gradient(loss, model)[0] for model in models]
    for _ in range(WORTH * len(models)):
        for model, expected in zip(models, first, strict=True):
            found = mg.gradient(loss, model)[0]
            assert type(found) is type(expected)
            assert repr(found) == repr(expected)


def test_nested_gradients_of_a_known_pattern():
    model = {"w": a(2), "b": (a(1),)}
    inner = lambda m: (m["w"] ** 3).sum() * (m["b"][0] ** 2).sum()
    outer = lambda m: (mg.gradient(inner, m)[0]["w"] ** 2).sum()
    expected = mg.gradient(outer, {"w": a(2), "b": (a(1),)})
    for _ in range(2 * WORTH):
        assert repr(mg.gradient(outer, model)) == repr(expected)


def test_a_loss_that_changes_its_model_changes_a_copy():
    model = {"w": a(2), "log": []}

    def loss(m):
        m["log"].append("seen")
        return m["w"].sum() * len(m["log"])

    for _ in range(2 * WORTH):
        assert mg.gradient(loss, model)[0]["w"].tolist() == [1.0, 1.0]
    assert model["log"] == []
