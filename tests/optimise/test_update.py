"""One step on models: what moves, what stays, and what is refused untouched."""

from collections import namedtuple
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import (
    Chain,
    Dense,
    DomainError,
    NoGradientError,
    ShapeError,
    functor,
    gradient,
    optimise,
    update,
    update_,
    withgradient,
)
from minigrad.optimise import Adam, Descent, Momentum, setup

from ..unusual_classes import UNUSUAL

XY = namedtuple("XY", "x y")
RULES = pytest.mark.parametrize("rule", [Descent(), Momentum(), Adam()])


def snapshot(model, state):
    """Copies of all that an update may touch, to compare with later."""
    return deepcopy(mg.trainables(model)), deepcopy(state)


def assert_untouched(model, state, before):
    arrays, tree = before
    for x, copy in zip(mg.trainables(model), arrays, strict=True):
        np.testing.assert_array_equal(x, copy, strict=True)
    assert state == tree


# --- In place ----------------------------------------------------------------------


@RULES
def test_update_in_place_returns_the_same_objects(rule):
    model = {"a": np.ones(2), "b": (np.ones((2, 3), "f4"), np.tanh)}
    state = setup(rule, model)
    arrays = mg.trainables(model)
    memories = [leaf.state for leaf in (state["a"], state["b"][0])]
    tree, new = update_(state, model, {"a": np.ones(2), "b": (np.ones((2, 3)), None)})
    assert tree is state and new is model
    assert all(x is y for x, y in zip(mg.trainables(model), arrays, strict=True))
    assert all((x < 1).all() for x in arrays)
    if type(rule) is Momentum:
        assert memories[0] is state["a"].state and memories[1] is state["b"][0].state


def test_an_object_is_updated_field_by_field():
    model = Chain(Dense(2, 3, np.tanh), Dense(3, 1))
    before = deepcopy(model)
    state = setup(Descent(0.5), model)
    x = np.ones((4, 2), np.float32)
    grads = gradient(lambda m: (m(x) ** 2).sum(), model)
    update_(state, model, grads[0])
    for layer, old, g in zip(model.layers, before.layers, grads[0].layers, strict=True):
        half = np.float32(0.5)
        np.testing.assert_array_equal(layer.weight, old.weight - half * g.weight)
        np.testing.assert_array_equal(layer.bias, old.bias - half * g.bias)


def test_a_bare_array_is_a_model():
    x = np.array([1.0, 2.0])
    _, new = update_(setup(Descent(), x), x, np.array([25.0, 33.0]))
    assert new is x
    np.testing.assert_allclose(x, [-1.5, -1.3])


# --- Without changing the inputs ---------------------------------------------------


@RULES
def test_the_pure_update_changes_neither_input(rule):
    model = {"x": np.arange(3.0), "f": np.tanh, "n": [np.ones((2, 2), "f4"), 3]}
    state = setup(rule, model)
    gradients = {"x": np.ones(3), "f": None, "n": [np.ones((2, 2)), None]}
    update_(state, model, gradients)
    before = snapshot(model, state)
    new_state, new = update(state, model, gradients)
    assert_untouched(model, state, before)
    assert new["f"] is np.tanh and new["n"][1] == 3
    arrays = zip(mg.trainables(model), mg.trainables(new), strict=True)
    assert not any(np.shares_memory(x, y) for x, y in arrays)
    same = deepcopy(model)
    tree, _ = update_(deepcopy(state), same, gradients)
    assert_untouched(new, new_state, (mg.trainables(same), tree))


def test_the_pure_update_keeps_types_and_ties():
    w = np.ones(2, np.float32)
    model = XY(w, Chain(lambda x: x, Dense(np.ones((2, 2), np.float32))))
    model.y.layers[1].bias = w
    state = setup(Momentum(), model)
    grads = gradient(lambda m: (m.y(m.x) * 2).sum(), model)
    tree, new = update(state, model, grads[0])
    assert type(new) is XY and type(new.y) is Chain
    assert new.x is new.y.layers[1].bias and tree.x is tree.y.layers[1].bias
    assert new.x is not w and (w == 1).all()


def test_the_pure_update_of_a_leaf_with_a_rule_of_ones_own():
    class Remembering:
        def init(self, x):
            return []

        def apply(self, state, x, dx):
            state.append(dx.copy())
            return state, dx

    model = {"x": np.ones(1)}
    state = setup(Remembering(), model)
    tree, _ = update(state, model, {"x": [2]})
    assert state["x"].state == [] and tree["x"].state == [[2.0]]


# --- Read-only arrays --------------------------------------------------------------


def read_only(*args):
    x = np.array(*args)
    x.flags.writeable = False
    return x


def half_writable():
    return XY(np.array([1, 2], np.float32), read_only([4, 5], np.float32))


def test_a_read_only_array_is_replaced_and_a_writable_one_reused():
    model = half_writable()
    state = optimise.setup(Momentum(1 / 30, 0.9), model)
    ((grads),) = gradient(lambda m: ((m.x + m.y) ** 2).sum(), model)
    np.testing.assert_array_equal(grads.x, np.array([10, 14], "f4"), strict=True)
    np.testing.assert_array_equal(grads.y, np.array([10, 14], "f4"), strict=True)
    tree, new = update_(state, model, grads)
    assert tree is state and new is not model and type(new) is XY
    assert new.x is model.x
    np.testing.assert_allclose(new.x, [0.6666666, 1.5333333], rtol=2e-7)
    np.testing.assert_allclose(new.y, [3.6666667, 4.5333333], rtol=2e-7)
    np.testing.assert_array_equal(model.y, [4, 5])
    assert new.y.dtype == np.float32


@RULES
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_read_only_arrays_end_up_where_writable_ones_do(rule, shape, dtype):
    dx = np.full(shape, 0.25, dtype)
    writable = {"x": np.full(shape, 2, dtype)}
    state = setup(rule, writable)
    fixed = {"x": read_only(writable["x"])}
    tree = setup(rule, fixed)
    for _ in range(3):
        update_(state, writable, {"x": dx})
        tree, fixed = update_(tree, fixed, {"x": dx})
    assert type(fixed["x"]) is np.ndarray
    np.testing.assert_array_equal(fixed["x"], writable["x"], strict=True)
    assert tree == state


def test_a_read_only_array_in_two_places_is_replaced_in_both():
    x = read_only([1.0])
    model = [x, {"again": x}]
    tree, new = update_(setup(Descent(), model), model, [[1.0], {"again": [2.0]}])
    assert new[0] is new[1]["again"]
    np.testing.assert_allclose(new[0], 0.7)
    assert tree[0] is tree[1]["again"]


def test_the_pure_update_of_read_only_arrays():
    model = half_writable()
    state = optimise.setup(Momentum(1 / 30, 0.9), model)
    tree, new = update(state, model, XY([10, 14], [10, 14]))
    np.testing.assert_array_equal(model.x, [1, 2])
    np.testing.assert_allclose(new.y, [3.6666667, 4.5333333], rtol=2e-7)
    assert tree != state


# --- Shared arrays -----------------------------------------------------------------


@RULES
def test_gradients_of_a_shared_array_are_summed_and_applied_once(rule):
    w = np.array([1.0, 2.0])
    model, alone = {"a": w, "b": (w, np.ones(1))}, {"w": w.copy()}
    state, single = setup(rule, model), setup(rule, alone)
    for k in (1.0, -2.0, 0.5):
        ones = np.ones(2)
        update_(state, model, {"a": k * ones, "b": (3 * k * ones, None)})
        update_(single, alone, {"w": 4 * k * ones})
        np.testing.assert_array_equal(w, alone["w"])
    assert state["a"] == single["w"]


@pytest.mark.parametrize("gradients", [{"a": [1], "b": None}, {"a": None, "b": [1]}])
def test_a_shared_array_with_a_gradient_in_one_place(gradients):
    w = np.ones(1)
    model = {"a": w, "b": w}
    update_(setup(Descent(), model), model, gradients)
    np.testing.assert_allclose(w, 0.9)


def test_the_gradients_given_are_left_alone():
    w = np.ones(2)
    model, grads = {"a": w, "b": w}, {"a": np.ones(2), "b": np.ones(2)}
    state = setup(Momentum(), model)
    for _ in range(2):
        update_(state, model, grads)
    np.testing.assert_array_equal([grads["a"], grads["b"]], np.ones((2, 2)))
    state["a"].state += 5
    np.testing.assert_array_equal(grads["a"], 1)


@pytest.mark.parametrize("a", [[1, 1], None])
def test_a_tie_broken_after_setup(a):
    w = np.ones(2)
    model = {"a": w, "b": w}
    state = setup(Descent(), model)
    model["a"] = w.copy()
    before = snapshot(model, state)
    with pytest.raises(ShapeError, match="one Leaf for two arrays, the second at b"):
        update_(state, model, {"a": a, "b": [1, 1]})
    assert_untouched(model, state, before)


def test_a_tie_made_after_setup():
    model = {"a": np.ones(2), "b": np.ones(2)}
    state = setup(Descent(), model)
    model["b"] = model["a"]
    before = snapshot(model, state)
    with pytest.raises(ShapeError, match="stands in two places"):
        update_(state, model, {"a": [1, 1], "b": [1, 1]})
    assert_untouched(model, state, before)


# --- What is passed by -------------------------------------------------------------


@RULES
def test_none_skips_the_parameter_and_keeps_its_state(rule):
    model = {"a": np.ones(2), "b": {"c": np.ones(2), "d": np.ones(1)}}
    state = setup(rule, model)
    update_(state, model, {"a": [1, 2], "b": {"c": [1, 2], "d": [3]}})
    inner = deepcopy((state["b"], model["b"]))
    update_(state, model, {"a": [1, 2], "b": None})
    assert inner[0] == state["b"]
    np.testing.assert_array_equal(model["b"]["c"], inner[1]["c"])
    c = model["a"].copy(), state["b"]["c"].state
    update_(state, model, {"a": None, "b": {"c": None, "d": [3]}})
    np.testing.assert_array_equal(model["a"], c[0])


def test_a_zero_gradient_is_a_gradient():
    """Momentum rolls on with a zero, and Adam's count goes on."""
    model = {"x": np.ones(1)}
    state = setup(Momentum(0.1, 0.5), model)
    update_(state, model, {"x": [1.0]})
    update_(state, model, {"x": [0.0]})
    np.testing.assert_allclose(model["x"], 1 - 0.1 - 0.05)


def test_frozen_leaves_and_bare_numbers_do_not_move():
    model = XY((np.array([1.0]), 2.0), np.array([3.0]))
    state = setup(Momentum(), model)
    state.x[0].frozen = True
    grads = XY(([np.pi], 10 * np.pi), [100 * np.pi])
    tree, new = update_(state, model, grads)
    assert new.y == [-0.14159265358979312]
    assert new.x[0] == [1.0] and new.x[1] == 2.0
    leaf = "Leaf(Momentum(eta=0.01, rho=0.9), [0.0], frozen=True)"
    y = "Leaf(Momentum(eta=0.01, rho=0.9), [3.14159])"
    assert repr(tree) == f"(x=({leaf}, ()), y={y})"
    state.x[0].frozen = False
    update_(state, model, grads)
    assert new.x[0] == [1 - 0.01 * np.pi] and new.x[1] == 2.0


def test_freezing_goes_with_the_leaf_of_a_shared_array():
    w = np.ones(1)
    model = {"a": w, "b": w, "c": np.ones(1)}
    state = setup(Descent(), model)
    state["b"].frozen = True
    update_(state, model, {"a": [1], "b": [1], "c": [1]})
    assert w == [1] and model["c"] == [0.9]


def test_fields_that_are_not_trainable_stay():
    @functor(trainable=("scale",))
    class Norm:
        def __init__(self):
            self.scale, self.mean = np.ones(2), np.zeros(2)

    model = Norm()
    grads = gradient(lambda m: (m.scale + m.mean).sum(), model)
    update_(setup(Descent(), model), model, grads[0])
    np.testing.assert_allclose(model.scale, 0.9)
    np.testing.assert_array_equal(model.mean, 0)


# --- Gradients of other kinds ------------------------------------------------------


@pytest.mark.parametrize(
    "grads",
    [
        {"x": [1, 1, 1], "y": None},
        {"y": None, "x": (np.ones(3, int))},
        XY([1, 1, 1], None),
        XY(np.ones(3, "f8"), None),
        XY([True, True, True], None),
    ],
)
def test_dicts_named_tuples_lists_and_integers(grads):
    model = XY(np.array([1, 2, 3], np.float32), np.tanh)
    tree, new = update(setup(Descent(0.1), model), model, grads)
    np.testing.assert_allclose(new.x, [0.9, 1.9, 2.9], rtol=1e-6)
    assert new.x.dtype == np.float32 and new.y is np.tanh
    assert repr(tree) == "(x=Leaf(Descent(0.1), None), y=())"


@RULES
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("given", ["float16", "float32", "float64", "int64"])
def test_the_parameter_decides_the_type(rule, dtype, given):
    model = {"x": np.ones(3, dtype)}
    tree, new = setup(rule, model), model
    for step in (update, update_):
        tree, new = step(tree, new, {"x": np.ones(3, given)})
        assert new["x"].dtype == np.dtype(dtype)
        state = tree["x"].state
        parts = state[:2] if isinstance(state, tuple) else (state,)
        assert {np.dtype(dtype)} >= {part.dtype for part in parts if part is not None}


def test_a_model_of_nothing_is_no_error():
    with pytest.warns(UserWarning, match="no trainable"):
        state = setup(Adam(), {"n": 3})
    assert update_(state, {"n": 3}, None) == ({"n": ()}, {"n": 3})


# --- Errors, each of which leaves model and state untouched ------------------------


def two_layers(rule=None):
    model = Chain(Dense(2, 3, np.tanh), Dense(3, 1))
    state = setup(rule or Momentum(), model)
    x = np.ones((4, 2), np.float32)
    loss = lambda m: (m(x) ** 2).sum()
    update_(state, model, gradient(loss, model)[0])
    return model, state, loss


def refused(error, message, model, state, *arguments):
    before = snapshot(model, state)
    for function in (update_, update):
        with pytest.raises(error, match=message):
            function(*arguments)
        assert_untouched(model, state, before)


def test_the_tuple_from_gradient():
    model, state, loss = two_layers()
    grads = gradient(loss, model)
    message = r"always returns a tuple.*write update_\(state, model, grads\[0\]\)"
    refused(TypeError, message, model, state, state, model, grads)


def test_the_tuple_from_a_gradient_of_several_arguments():
    model, state, _ = two_layers()
    x = np.ones((4, 2), np.float32)
    grads = gradient(lambda m, x: m(x).sum(), model, x)
    refused(
        (TypeError, ShapeError), r"gradient.*\[0\]", model, state, state, model, grads
    )


@pytest.mark.parametrize("model", [np.ones(2), (np.ones(2),), [np.ones(2)]])
def test_the_tuple_from_gradient_for_small_models(model):
    state = setup(Descent(), model)
    grads = gradient(lambda m: m[0].sum(), model)
    refused((TypeError, ShapeError), "tuple", model, state, state, model, grads)


def test_all_that_withgradient_returns():
    model, state, loss = two_layers()
    result = withgradient(loss, model)
    refused(ShapeError, "WithGradient", model, state, state, model, result)


def test_a_rule_where_the_state_is_meant():
    model, state, loss = two_layers()
    (grads,) = gradient(loss, model)
    message = r"given the rule Adam\(eta=0.001.*Write state = setup\(Adam\("
    refused(TypeError, message, model, state, Adam(), model, grads)


def test_a_class_of_rules_where_the_state_is_meant():
    model, state, loss = two_layers()
    (grads,) = gradient(loss, model)
    message = r"setup\(Adam\(\), model\)"
    refused(TypeError, message, model, state, Adam, model, grads)


def test_the_state_tree_of_another_model():
    model, state, loss = two_layers()
    (grads,) = gradient(loss, model)
    other = setup(Momentum(), Chain(Dense(2, 3, np.tanh), Dense(3, 2)))
    message = r"another model: at layers\[1\].weight .*\(2, 3\).*\(1, 3\)"
    refused(ShapeError, message, model, state, other, model, grads)


@pytest.mark.parametrize(
    ("other", "path"),
    [
        ({"a": np.ones(1)}, "the root"),
        ({"a": np.ones(1), "b": [np.ones(2)]}, "b"),
        ({"a": np.ones(1), "b": (np.ones(3), np.ones(2))}, r"b\[0\]"),
        ({"a": np.ones(1), "b": (np.tanh, np.ones(2))}, r"b\[0\]"),
        ({"a": np.array(1.0), "b": (np.ones(2), np.ones(2))}, "a"),
        ({"a": np.ones(1), "b": np.ones(2)}, "b"),
    ],
)
def test_the_first_path_that_differs(other, path):
    model = {"a": np.ones(1), "b": (np.ones(2), np.ones(2))}
    state = setup(Descent(), other)
    grads = {"a": [1], "b": ([1, 1], [1, 1])}
    refused(
        ShapeError,
        f"another model: at {path} it has",
        model,
        state,
        state,
        model,
        grads,
    )


@pytest.mark.parametrize("tree", [(), None, [], {}, 3])
def test_what_is_not_a_state_tree(tree):
    model = {"x": np.ones(1)}
    state = setup(Descent(), model)
    refused((ShapeError, TypeError), "setup", model, state, tree, model, {"x": [1]})


def test_state_and_model_exchanged():
    model, state, loss = two_layers()
    (grads,) = gradient(loss, model)
    message = "state"
    refused((ShapeError, TypeError), message, model, state, model, state, grads)


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (3,), (2, 3, 1), ()])
def test_a_gradient_of_the_wrong_shape(shape):
    model = {"a": np.ones(2), "b": [np.ones((3, 2))]}
    state = setup(Momentum(), model)
    grads = {"a": np.ones(2), "b": [np.ones(shape)]}
    message = rf"gradient at b\[0\] has shape \({', '.join(map(str, shape))}"
    refused(ShapeError, message, model, state, state, model, grads)


@pytest.mark.parametrize(
    "grads",
    [
        {"a": [1, 1]},
        {"a": [1, 1], "b": [[1]], "c": [1]},
        {"a": [1, 1], "b": {"wrong": [1]}},
        {"a": [1, 1], "b": [1, 1, 1]},
        {"a": ([1, 1],), "b": [[1]]},
        {"a": {"x": [1, 1]}, "b": [[1]]},
        np.ones(2),
        3.0,
    ],
)
def test_a_gradient_of_another_structure(grads):
    model = {"a": np.ones(2), "b": [np.ones(1)]}
    state = setup(Momentum(), model)
    refused((ShapeError, TypeError), "gradient", model, state, state, model, grads)


@pytest.mark.parametrize("grads", [None, {"a": None, "b": (None, None)}])
def test_all_gradients_none(grads):
    model = {"a": np.ones(2), "b": (np.ones(1), np.tanh)}
    state = setup(Momentum(), model)
    message = "all are None.*lambda m: loss"
    refused(NoGradientError, message, model, state, state, model, grads)


def test_a_loss_that_uses_the_model_outside():
    model, state, loss = two_layers()
    (grads,) = gradient(lambda m: loss(model), model)
    refused(NoGradientError, "all are None", model, state, state, model, grads)


def test_a_complex_gradient():
    model = {"a": np.ones(2), "b": np.ones(1)}
    state = setup(Momentum(), model)
    grads = {"a": [1, 1], "b": [1j]}
    refused(DomainError, "at b is complex", model, state, state, model, grads)


@pytest.mark.parametrize("b", [[1, None], ["x", "y"], [object(), 1]])
def test_gradients_that_are_no_numbers(b):
    """None in a list would become NaN in silence."""
    model = {"a": np.ones(1), "b": np.ones(2)}
    state = setup(Momentum(), model)
    grads = {"a": [1], "b": b}
    refused(TypeError, "at b.*array of numbers", model, state, state, model, grads)


# --- A user's rule that fails ------------------------------------------------------


class Failing:
    """Works for vectors of two numbers, and returns `answer` or raises for others."""

    def __init__(self, answer):
        self.answer = answer

    def init(self, x):
        return 0

    def apply(self, state, x, dx):
        if x.size == 2:
            return state + 1, dx
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def __eq__(self, other):
        return type(self) is type(other)

    def __deepcopy__(self, memo):
        return self


def step_of(dtype, shape=(3,)):
    return 1, np.ones(shape, dtype)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (RuntimeError("out of luck"), RuntimeError, "out of luck"),
        (step_of("f8", (1,)), ShapeError, r"shape \(1,\).*\(3,\)"),
        (step_of("f8", (3, 3)), ShapeError, r"shape \(3, 3\).*\(3,\)"),
        ((1, 0.5), ShapeError, r"shape \(\).*\(3,\)"),
        (step_of("c16"), ShapeError, "complex128"),
        (step_of("O"), ShapeError, "object"),
        (np.ones(3), TypeError, "new state and the step"),
        (np.ones(2), TypeError, "new state and the step"),
        (None, TypeError, "new state and the step"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_users_rule_that_fails_in_the_middle(answer, error, message, order):
    entries = {"a": np.ones(2), "b": np.ones(3), "c": np.ones(2)}
    model = dict(list(entries.items())[::order])
    state = setup(Failing(answer), model)
    state["c"].rule, state["c"].state = Momentum(), np.zeros(2)  # one with a kernel
    grads = {key: np.ones_like(x) for key, x in model.items()}
    refused(error, message, model, state, state, model, grads)


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (Adam(), np.zeros(3)),
        (Momentum(), None),
        (Momentum(), Adam().init(np.zeros(3))),
        (Adam(), (np.zeros(3), np.zeros(3))),
        (Adam(), None),
    ],
)
def test_a_rule_put_into_a_leaf_with_the_memory_of_another(rule, state):
    model = {"a": np.ones(3), "b": np.ones(3)}
    tree = setup(Momentum(), model)
    tree["b"].rule, tree["b"].state = rule, state
    before = snapshot(model, tree)
    with pytest.raises((TypeError, ValueError, IndexError)):
        update_(tree, model, {"a": np.ones(3), "b": np.ones(3)})
    assert_untouched(model, tree, before)


def test_a_step_that_is_one_number_for_an_array_without_axes():
    class Constant:
        def init(self, x):
            return None

        def apply(self, state, x, dx):
            return None, 0.5

    model = {"x": np.array(2.0, np.float32)}
    update_(setup(Constant(), model), model, {"x": 1})
    assert model["x"] == 1.5 and model["x"].dtype == np.float32


# --- Objects of unusual classes ----------------------------------------------------


@RULES
@pytest.mark.parametrize("cls", UNUSUAL)
def test_objects_of_unusual_classes_are_trained(rule, cls):
    start = np.array([1.0, -2.0])
    plain, model = {"w": start.copy()}, [cls(start.copy())]
    weight = model[0].weight
    states = setup(rule, plain), setup(rule, model)
    for _ in range(3):
        update_(states[0], plain, gradient(lambda m: (m["w"] ** 2).sum(), plain)[0])
        grads = gradient(lambda m: (m[0].weight ** 2).sum(), model)
        update_(states[1], model, grads[0])
    assert model[0].weight is weight
    np.testing.assert_array_equal(weight, plain["w"])
    assert not np.array_equal(weight, start)


@pytest.mark.parametrize("cls", UNUSUAL)
def test_the_pure_update_of_objects_of_unusual_classes(cls):
    model = cls(np.ones(2))
    grads = dict.fromkeys(mg.children(model)) | {"weight": [1, 2]}
    _, new = update(setup(Descent(0.5), model), model, grads)
    assert type(new) is cls
    np.testing.assert_array_equal(new.weight, [0.5, 0])
    np.testing.assert_array_equal(model.weight, [1, 1])


# --- Inside gradient ---------------------------------------------------------------


def test_the_pure_update_inside_gradient():
    """Either the step is differentiated, d(x - eta x)²/dx; or it is refused."""
    model, state = {"x": np.array([1.0, 2.0])}, None
    state = setup(Descent(0.1), model)

    def after_one_step(m):
        (inner,) = gradient(lambda m: (m["x"] ** 2).sum() / 2, m)
        _, new = update(state, m, inner)
        return (new["x"] ** 2).sum()

    try:
        (g,) = gradient(after_one_step, model)
    except (TypeError, mg.MutabilityError) as error:
        assert "update" in str(error) and "np.array([a, b])" not in str(error)
    else:
        np.testing.assert_allclose(g["x"], 2 * 0.9**2 * model["x"], rtol=1e-14)


# --- The short way notices all that has changed ------------------------------------


def stepped(rule, count=2):
    """A model and its tree after a few steps, when rules are ready for their loops."""
    model = {"a": np.ones(4, "f4"), "b": [np.full((2, 3), 2.0, "f4")]}
    state = setup(rule, model)
    for _ in range(count):
        update_(state, model, ones_like(model))
    return model, state


def ones_like(model):
    return {"a": np.ones_like(model["a"]), "b": [np.ones_like(model["b"][0])]}


def assert_goes_on(model, state):
    """The next steps are those of a copy, which nothing is known about."""
    twin, tree = deepcopy((model, state))
    for _ in range(2):
        update_(state, model, ones_like(model))
        update_(tree, twin, ones_like(twin))
        np.testing.assert_equal(model, twin)
        assert state == tree


CHANGES = {
    "rule": lambda model, leaf: setattr(leaf, "rule", Momentum(0.5, 0.25)),
    "rule and state": lambda model, leaf: (
        setattr(leaf, "rule", Adam(0.1)),
        setattr(leaf, "state", Adam().init(np.ones(4, "f4"))),
    ),
    "state": lambda model, leaf: setattr(leaf, "state", np.full(4, 9, "f4")),
    "strided state": lambda model, leaf: setattr(leaf, "state", np.ones(8, "f4")[::2]),
    "reversed state": lambda model, leaf: setattr(
        leaf, "state", np.arange(4, dtype="f4")[::-1]
    ),
    "state in place": lambda model, leaf: leaf.state.__setitem__(..., 5),
    "double state": lambda model, leaf: setattr(leaf, "state", np.ones(4)),
    "array": lambda model, leaf: model.update(a=np.full(4, 7, "f4")),
    "view": lambda model, leaf: model.update(a=np.full(8, 7, "f4")[2:6]),
    "strided array": lambda model, leaf: model.update(a=np.full(8, 7, "f4")[::2]),
    "double array": lambda model, leaf: model.update(a=np.full(4, 7.0)),
    "half array": lambda model, leaf: model.update(a=np.full(4, 7, "f2")),
    "values": lambda model, leaf: model["a"].__setitem__(..., 5),
    "frozen": lambda model, leaf: setattr(leaf, "frozen", True),
    "copied leaf": lambda model, leaf: setattr(leaf, "state", deepcopy(leaf.state)),
    "other list": lambda model, leaf: model.update(b=list(model["b"])),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_replaced_between_two_steps_is_used(change):
    model, state = stepped(Momentum(0.1, 0.5))
    change(model, state["a"])
    assert_goes_on(model, state)


def test_a_leaf_thawed_again_goes_on_where_it_stopped():
    model, state = stepped(Adam())
    kept, memory = model["a"].copy(), deepcopy(state["a"].state)
    mg.freeze_(state["a"])
    update_(state, model, ones_like(model))
    np.testing.assert_array_equal(model["a"], kept)
    np.testing.assert_equal(state["a"].state, memory)
    mg.thaw_(state)
    assert_goes_on(model, state)
    assert (model["a"] < kept).all()


def test_an_array_made_read_only_between_two_steps_is_replaced():
    model, state = stepped(Momentum())
    kept = model["a"]
    kept.flags.writeable = False
    before = kept.copy()
    _, new = update_(state, model, ones_like(model))
    np.testing.assert_array_equal(kept, before)
    assert (new["a"] < before).all() and new["b"][0] is model["b"][0]


def test_an_adjusted_rate_counts_from_the_next_step_on():
    model, state = stepped(Descent(0.1))
    mg.adjust_(state, 0.0)
    before = deepcopy(model)
    update_(state, model, ones_like(model))
    np.testing.assert_equal(model, before)
    mg.adjust_(state["a"], 1)
    update_(state, model, ones_like(model))
    np.testing.assert_array_equal(model["a"], before["a"] - 1)
    np.testing.assert_array_equal(model["b"][0], before["b"][0])


def test_a_state_of_another_size_put_in_later_is_refused():
    model, state = stepped(Momentum())
    for wrong in (
        np.ones(3, "f4"),
        np.ones((2, 2), "f4"),
        np.ones(2),
        np.ones(0, "f4"),
    ):
        state["a"].state = wrong
        before = snapshot(model, state)
        with pytest.raises((ShapeError, ValueError, TypeError)):
            update_(state, model, ones_like(model))
        assert_untouched(model, state, before)


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": np.ones(3), "b": [np.ones((2, 3))]},
        {"a": np.ones(4), "b": [np.ones((3, 2))]},
        {"a": np.ones(4), "b": (np.ones((2, 3)), 1)},
        {"a": np.ones(4), "b": [np.ones((2, 3)), None]},
        {"a": np.ones(4)},
        {"a": np.ones(4), "b": [np.ones((2, 3))], "c": np.ones(1)},
        ({"a": np.ones(4), "b": [np.ones((2, 3))]},),
        {"a": np.ones(4), "b": [np.ones((2, 3), complex)]},
        {"a": np.ones(4), "b": [np.full((2, 3), None)]},
        {"a": np.ones(4), "b": [[[1, 1, None], [1, 1, 1]]]},
        {"a": "text", "b": [np.ones((2, 3))]},
    ],
)
@pytest.mark.parametrize("rule", [Descent(), Momentum(), Adam()], ids=repr)
def test_a_gradient_that_does_not_fit_after_many_that_did(rule, wrong):
    model, state = stepped(rule)
    refused((TypeError, ValueError), "gradient", model, state, state, model, wrong)
    assert_goes_on(model, state)


@pytest.mark.parametrize(
    "right",
    [
        {"a": [1, 2, 3, 4], "b": [np.ones((2, 3), "f8")]},
        {"a": np.arange(4), "b": [np.ones((3, 2), "f4").T]},
        {"a": np.ones((1, 4), "f4")[0], "b": [np.broadcast_to(np.float32(1), (2, 3))]},
        {"a": np.ones(8, "f4")[::-2], "b": None},
        {"a": None, "b": [np.ones((2, 3), ">f4")]},
        {"b": [np.ones((2, 3), "f4", order="F")], "a": np.ones(4, "f2")},
        {"a": np.ma.ones(4), "b": [np.asfortranarray(np.ones((2, 3)))]},
        {"a": np.ones(4, bool), "b": [None]},
    ],
)
def test_a_gradient_of_another_kind_after_many_usual_ones(right):
    """None, lists, other types and orders, among gradients that a loop reads as is."""
    model, state = stepped(Momentum(0.1, 0.5))
    twin, tree = deepcopy((model, state))
    update_(state, model, right)
    plain = {
        "a": None if right["a"] is None else np.array(right["a"], "f4"),
        "b": None if right["b"] is None else list(right["b"]),
    }
    update_(tree, twin, plain)
    np.testing.assert_equal(model, twin)
    assert state == tree


# --- Gradients in memory that changes ----------------------------------------------


def crossed(make):
    """For the loss a·b: da = b and db = a, with the values before the step."""
    model = make()
    state = setup(Momentum(1), model)
    for _ in range(3):  # the second and third take the short way
        before = {key: x.copy() for key, x in model.items()}
        memory = {key: leaf.state.copy() for key, leaf in state.items()}
        yield model, state
        for key, other in ("ab", "ba"):
            v = Momentum(1).rho * memory[key] + before[other]
            np.testing.assert_array_equal(state[key].state, v)
            np.testing.assert_array_equal(model[key], before[key] - v)


def halves(vector):
    return {"a": vector[:3], "b": vector[3:]}


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"a": np.arange(3.0), "b": np.ones(3)},
        lambda: halves(np.arange(6.0)),
        lambda: {"a": np.arange(6.0)[::2], "b": np.ones(6)[1::2]},
        lambda: {"a": np.arange(3.0)[:], "b": np.ones(3)[:]},
    ],
)
@pytest.mark.parametrize("view", [lambda x: x, lambda x: x[:], lambda x: x[::-1][::-1]])
def test_gradients_that_are_each_others_parameters(make, view):
    for model, state in crossed(make):
        update_(state, model, {"a": view(model["b"]), "b": view(model["a"])})


def test_a_gradient_that_owns_the_memory_of_another_parameter():
    first, second = np.ones(3), np.full(3, 2.0)
    for model, state in crossed(lambda: {"a": first[:], "b": second[:]}):
        update_(state, model, {"a": second, "b": first})


def test_one_gradient_for_two_parameters():
    model = {"a": np.zeros(3), "b": np.zeros(3)}
    state, g = setup(Momentum(1, 0), model), np.arange(3.0)
    for count in (1, 2, 3):
        update_(state, model, {"a": g, "b": g})
        np.testing.assert_array_equal([model["a"], model["b"]], [-count * g] * 2)
    np.testing.assert_array_equal(g, np.arange(3))


def test_a_gradient_that_is_its_own_parameter_in_another_order():
    """The loop must not read numbers that it has already written."""
    for order in "CF":
        x = np.array(np.arange(9.0).reshape(3, 3), order=order)
        state = setup(Descent(1), [x])
        for _ in range(3):
            before = x.copy()
            update_(state, [x], [x.T])
            np.testing.assert_array_equal(x, before - before.T)
        y = np.arange(5.0)
        state = setup(Descent(1), [y])
        for _ in range(3):
            before = y.copy()
            update_(state, [y], [y[::-1]])
            np.testing.assert_array_equal(y, before - before[::-1])


@pytest.mark.parametrize("rule", [Momentum(1), optimise.AccumGrad(2)], ids=repr)
def test_a_state_is_never_the_gradient_itself(rule):
    """So what the caller does to the gradient afterwards changes nothing."""
    model, g = [np.zeros(2)], np.ones(2)
    state = setup(rule, model)
    update_(state, model, [g])
    before = deepcopy(state)
    g[:] = 100
    assert state == before


# --- Tied by a transposed view -----------------------------------------------------


def encoder():
    w = np.arange(6.0).reshape(2, 3)
    return {"w": w, "t": w.T, "b": np.ones(2)}


@pytest.mark.parametrize("rule", [Descent(1), Momentum(), Adam(), optimise.Muon()])
def test_a_transposed_tie_is_one_parameter(rule):
    model, alone = encoder(), {"w": encoder()["w"].copy()}
    state, single = setup(rule, model), setup(rule, alone)
    rng = np.random.default_rng(0)
    for _ in range(3):
        g, h = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
        update_(state, model, {"w": g, "t": h, "b": None})
        update_(single, alone, {"w": g + h.T})
        np.testing.assert_array_equal(model["w"], alone["w"])
        assert np.shares_memory(model["w"], model["t"])
        np.testing.assert_array_equal(model["t"], model["w"].T)


@pytest.mark.parametrize("missing", ["w", "t"])
def test_a_transposed_tie_with_a_gradient_in_one_place(missing):
    model = encoder()
    before = model["w"].copy()
    grads = {"w": np.ones((2, 3)), "t": np.ones((3, 2)), "b": None, missing: None}
    update_(setup(Descent(1), model), model, grads)
    np.testing.assert_array_equal(model["w"], before - 1)
    np.testing.assert_array_equal(model["t"], before.T - 1)


@pytest.mark.parametrize("order", [("w", "t"), ("t", "w")])
def test_the_pure_update_keeps_a_transposed_tie(order):
    w = np.arange(6.0).reshape(2, 3)
    arrays = {"w": w, "t": w.T}
    model = {key: arrays[key] for key in order}
    state = setup(Momentum(1), model)
    grads = {"w": np.ones((2, 3)), "t": np.ones((3, 2))}
    for _ in range(3):
        old = model["w"].copy()
        state, new = update(state, model, grads)
        np.testing.assert_array_equal(model["w"], old)
        assert np.shares_memory(new["w"], new["t"])
        assert not np.shares_memory(new["w"], model["w"])
        np.testing.assert_array_equal(new["t"], new["w"].T)
        model = new
    np.testing.assert_allclose(w - model["w"], 2 * (1 + 1.9 + 2.71), rtol=1e-12)


def test_a_read_only_transposed_tie_is_replaced_in_both_places():
    w = np.arange(6.0).reshape(2, 3)
    w.flags.writeable = False
    model = {"w": w, "t": w.T}
    state = setup(Descent(1), model)
    for _ in range(2):
        state, model = update_(state, model, {"w": np.ones((2, 3)), "t": None})
        np.testing.assert_array_equal(model["t"], model["w"].T)
        assert np.shares_memory(model["t"], model["w"])
    np.testing.assert_array_equal(model["w"], w - 2)


# --- Rules of one's own with a formula ---------------------------------------------


class Doubling(optimise.Rule):
    """Whose numbers are whatever it is told."""

    what: object = None

    def init(self, x):
        return None

    def numbers(self):
        return {"k": self.what}

    @staticmethod
    def formula(x, dx, k):
        return k * dx


@pytest.mark.parametrize("what", [None, "text", 1j, np.ones(2), (1.0, 2.0)])
def test_a_formula_whose_number_is_no_number_changes_nothing(what):
    model = {"a": np.ones(2, "f4"), "b": np.ones(3, "f4")}
    state = setup(Momentum(), model)
    state["b"].rule, state["b"].state = Doubling(what=what), None
    grads = {"a": np.ones(2), "b": np.ones(3)}
    refused(TypeError, "Doubling.*number", model, state, state, model, grads)


class Stepping(optimise.Rule):
    eta: float = 0.5

    def init(self, x):
        return None

    @staticmethod
    def formula(x, dx, eta):
        return eta / 2


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("part", [np.s_[:], np.s_[::2]])
def test_a_formula_whose_step_is_a_number(dtype, part):
    x = np.ones(4, dtype)[part]
    update_(setup(Stepping(), [x]), [x], [np.ones_like(x)])
    assert (x == 0.75).all()


class Anchored(optimise.Rule):
    """Pulls towards where it began."""

    eta: float = 0.5

    def init(self, x):
        return x

    @staticmethod
    def formula(x, dx, anchor, eta):
        return eta * (x - anchor) + dx, anchor


class AnchoredInNumPy:
    def init(self, x):
        return x

    def apply(self, state, x, dx):
        return state, 0.5 * (x - state) + dx


@pytest.mark.parametrize("rule", [Anchored(), AnchoredInNumPy()])
def test_an_init_that_returns_the_parameter_itself(rule):
    """It is refused, or what the rule remembers does not move with the parameter."""
    x = np.zeros(2)
    try:
        state = setup(rule, [x])
    except (TypeError, ValueError) as error:
        assert "copy" in str(error)
        return
    for expected in (-1, -1.5, -1.75):
        update_(state, [x], [np.full(2, 1.0 if expected == -1 else 0.0)])
        expected = {-1: -1, -1.5: -0.5, -1.75: -0.25}[expected]
        np.testing.assert_array_equal(x, [expected] * 2)
        np.testing.assert_array_equal(state[0].state, [0, 0])


class Listing(Stepping):
    def init(self, x):
        return [np.zeros_like(x)]

    @staticmethod
    def formula(x, dx, v, eta):
        return eta * dx + v, v + 1


def test_an_init_of_a_formula_that_returns_a_list():
    """Each needs a sentence; a list would be taken for one array."""
    model = [np.ones(2)]
    with pytest.raises(TypeError, match=r"Listing.*(tuple|array)"):
        state = setup(Listing(), model)
        update_(state, model, [np.ones(2)])
    assert (model[0] == 1).all()


class Asking(Stepping):
    @staticmethod
    def formula(x, dx, rate):
        return rate * dx


def test_a_formula_that_asks_for_a_number_that_there_is_not():
    model = [np.ones(2, "f4"), np.ones(2, "f2")]
    for x in model:
        state = setup(Asking(), [x])
        with pytest.raises(TypeError, match=r"Asking asks for rate.*numbers are eta"):
            update_(state, [x], [np.ones(2)])
        assert (x == 1).all()


# --- Numbers at the edge -----------------------------------------------------------


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@RULES
def test_complex_parameters(rule, dtype):
    x = np.array([1 + 2j, -3j], dtype)
    model, state = [x], setup(rule, [x])
    memory, y = rule.init(x), x.copy()
    for dx in (np.array([1j, 2]), np.array([3, 4]), np.array([0.5 + 0.5j, 0])):
        update_(state, model, [dx])
        memory, step = rule.apply(memory, y, dx.astype(dtype))
        y = y - step
    np.testing.assert_array_equal(x, y, strict=True)
    assert x.dtype == dtype


def test_a_gradient_with_nan_stays_visible():
    """Rules that do not look at norms let it through: it does not become a number."""
    for rule in (Descent(), Momentum(), Adam(), optimise.ClipGrad()):
        x = np.ones(3, "f4")
        update_(setup(rule, [x]), [x], [np.array([1, np.nan, 1], "f4")])
        assert np.isnan(x).tolist() == [False, True, False]


# --- Trees of every kind -----------------------------------------------------------


def test_every_kind_of_container_takes_the_short_way_too():
    @functor
    class Layer:
        def __init__(self):
            self.weight, self.act, self.size = np.ones(2), np.tanh, 3

    make = lambda: {
        "tuple": (np.ones(2), 1.0, "text"),
        "list": [np.ones(1), [np.ones(3), None]],
        "named": XY(np.ones(2), {"deep": np.ones((2, 2))}),
        "layer": Layer(),
        "empty": ((), [], {}),
        "integers": np.arange(3),
    }
    loss = lambda m: (
        (m["tuple"][0] ** 2).sum() + (m["list"][1][0] ** 2).sum() * 2
        + (m["named"].y["deep"] ** 2).sum() + (m["layer"].weight ** 3).sum()
        + m["list"][0].sum() + m["named"].x.sum()
    )  # fmt: skip
    model, twin = make(), make()
    state = setup(Momentum(0.01), model)
    other = setup(Momentum(0.01), twin)
    for _ in range(3):
        update_(state, model, gradient(loss, model)[0])
        other, twin = update(deepcopy(other), twin, gradient(loss, twin)[0])
    for x, y in zip(mg.trainables(model), mg.trainables(twin), strict=True):
        np.testing.assert_array_equal(x, y)
        assert (x < 1).all()
    assert state == other
    np.testing.assert_array_equal(model["integers"], [0, 1, 2])


# --- Whatever fails, fails before anything has changed ------------------------------


def failing_at(step, what):
    def schedule(t):
        if t == step and isinstance(what, Exception):
            raise what
        return what if t == step else 0.1

    return schedule


@pytest.mark.parametrize(
    ("what", "error"),
    [(RuntimeError("no"), RuntimeError), (-1.0, DomainError), (np.nan, DomainError),
     ("fast", TypeError), (None, TypeError)],
)  # fmt: skip
@pytest.mark.parametrize("where", ["a", "b", "both"])
@pytest.mark.parametrize("step", [2, 3])
def test_a_schedule_that_fails(what, error, where, step):
    model = {"a": np.ones(2, "f4"), "b": np.ones((2, 2), "f4")}
    state = setup(Momentum(), model)
    rule = optimise.Scheduler(Descent(), eta=failing_at(step, what))
    for key in "ab" if where == "both" else where:
        state[key].rule, state[key].state = rule, rule.init(model[key])
    grads = {"a": np.ones(2, "f4"), "b": np.ones((2, 2), "f4")}
    for _ in range(step - 1):
        update_(state, model, grads)
    before = snapshot(model, state)
    for _ in range(2):
        with pytest.raises(error):
            update_(state, model, grads)
        assert_untouched(model, state, before)


def test_a_gradient_that_is_what_a_rule_remembers_of_another_parameter():
    model = {"a": np.ones(2), "b": np.ones(2)}
    state = setup(Momentum(1, 0.5), model)
    for _ in range(3):
        twin, tree = deepcopy((model, state))
        update_(state, model, {"a": np.ones(2), "b": state["a"].state})
        update_(tree, twin, {"a": np.ones(2), "b": tree["a"].state.copy()})
        np.testing.assert_equal(model, twin)
        assert state == tree


def test_a_user_rule_at_the_end_of_a_chain_that_fails_after_others_went_on():
    """The count of AccumGrad, and of the schedule, stay where they were."""
    calls = []

    class Failing:
        def init(self, x):
            return None

        def apply(self, state, x, dx):
            calls.append(1)
            if len(calls) == 2:
                raise RuntimeError("once")
            return state, dx

    rule = optimise.OptimiserChain(
        optimise.AccumGrad(1),
        optimise.Scheduler(Momentum, eta=lambda t: 1 / t),
        optimise.ClipGlobalNorm(10),
        failing := Failing(),
    )
    Failing.__deepcopy__ = lambda self, memo: failing
    model = {"a": np.ones(2), "b": np.ones(2)}
    state = setup(rule, model)
    before = snapshot(model, state)
    grads = {"a": np.ones(2), "b": np.ones(2)}
    with pytest.raises(RuntimeError, match="once"):
        update_(state, model, grads)
    assert_untouched(model, state, before)
    update_(state, model, grads)
    np.testing.assert_array_equal(model["a"], [0, 0])
    assert state["a"].state[1][0] == 2


# --- Any model, any gradients: the short way is the careful way ---------------------

SOME_RULES = [
    Descent(0.5),
    Momentum(0.1, 0.5),
    Adam(0.1),
    optimise.OptimiserChain(optimise.ClipNorm(0.5), optimise.WeightDecay(0.1), Adam()),
    optimise.OptimiserChain(optimise.ClipGlobalNorm(1), Momentum()),
    optimise.OptimiserChain(optimise.AccumGrad(2), Momentum()),
    optimise.Scheduler(Momentum(), eta=lambda t: 1 / t),
]
FORMS = {
    "plain": lambda g: g,
    "Fortran": lambda g: np.array(g, order="F"),
    "strided": lambda g: np.repeat(g[..., None], 2, axis=-1)[..., 0],
    "double": lambda g: g.astype("f8"),
    "list": lambda g: g.tolist(),
    "fixed": lambda g: np.broadcast_to(g[..., None], (*g.shape, 1))[..., 0],
}


def random_array(draw, rng):
    shape = draw(st.sampled_from([(), (0,), (3,), (2, 3), (3, 1), (2, 1, 2)]))
    dtype = draw(st.sampled_from(["f4", "f4", "f8", "f2"]))
    order = draw(st.sampled_from("CF"))
    x = np.array(rng.normal(size=shape), dtype, order=order)
    return draw(st.sampled_from([x, x, x[::-1] if x.ndim else x]))


@settings(max_examples=60)
@given(data=st.data())
def test_any_steps_are_those_of_a_tree_that_knows_nothing(data):
    draw, rng = data.draw, np.random.default_rng(0)
    arrays = [random_array(draw, rng) for _ in range(draw(st.integers(1, 5)))]
    arrays += [arrays[0].T] * draw(st.integers(0, 1))
    half = len(arrays) // 2
    model = {"list": arrays[:half], "deep": {"pair": XY(tuple(arrays[half:]), np.tanh)}}
    state = setup(draw(st.sampled_from(SOME_RULES)), model)

    def gradient_of(x):
        form = draw(st.sampled_from([None, *["plain"] * 4, *FORMS]))
        return form and FORMS[form](rng.normal(size=x.shape).astype(x.dtype))

    for _ in range(4):
        parts = [gradient_of(x) for x in arrays]
        if all(g is None for g in parts):
            continue
        grads = {"list": parts[:half], "deep": {"pair": XY(tuple(parts[half:]), None)}}
        frozen = state["deep"]["pair"].x[0]
        frozen.frozen = draw(st.sampled_from([False, False, True]))
        new_state, new = update(state, model, grads)
        update_(state, model, grads)
        both = zip(arrays, [*new["list"], *new["deep"]["pair"].x], strict=True)
        for x, y in both:
            np.testing.assert_array_equal(x, y, strict=True)
        assert state == new_state
        if len(arrays) > 1 and arrays[-1].base is arrays[0]:
            np.testing.assert_array_equal(arrays[-1], arrays[0].T)


@pytest.mark.parametrize("what", [RuntimeError("no"), -1.0, np.nan, "fast", None])
def test_a_schedule_that_fails_in_the_first_step_is_refused_at_once(what):
    with pytest.raises((RuntimeError, DomainError, TypeError)):
        optimise.Scheduler(Descent(), eta=failing_at(1, what))
