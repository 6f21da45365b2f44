"""The state tree: where it has a Leaf, how it prints, and what it warns about."""

import copy as copy_module
import pickle
import warnings
from collections import namedtuple
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest

import minigrad as mg
from minigrad import Chain, Dense, MutabilityError, functor, leakyrelu, optimise
from minigrad.optimise import Adam, Descent, Leaf, Momentum, setup, update_

from ..unusual_classes import UNUSUAL

XY = namedtuple("XY", "x y")
MatVec = namedtuple("MatVec", "lay vec")


def leaves(tree):
    """All leaves of a state tree, in order, each as often as it stands there."""
    if isinstance(tree, Leaf):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree
    return [leaf for part in parts for leaf in leaves(part)]


# --- As printed in the documentation of Flux and Optimisers ------------------------


def test_the_tree_of_a_dense_layer():
    model = Dense(2, 1, leakyrelu, init=np.ones)
    state = mg.setup(Momentum(0.1), model)
    assert repr(state) == (
        "(weight=Leaf(Momentum(eta=0.1, rho=0.9), [[0.0, 0.0]]), "
        "bias=Leaf(Momentum(eta=0.1, rho=0.9), [0.0]), act=())"
    )
    assert state.act == ()
    assert state.weight.state.tolist() == [[0, 0]]
    assert state.weight.state.dtype == np.float64


def test_a_rule_without_memory_and_a_function():
    state = setup(Descent(0.1), XY(np.array([1, 2, 3], "f4"), np.tanh))
    assert repr(state) == "(x=Leaf(Descent(0.1), None), y=())"


def test_partly_writable_models_get_a_leaf_everywhere():
    y = np.array([4, 5], np.float32)
    y.flags.writeable = False
    model = XY(np.array([1, 2], np.float32), y)
    state = setup(Momentum(1 / 30, 0.9), model)
    leaf = "Leaf(Momentum(eta=0.0333333, rho=0.9), [0.0, 0.0])"
    assert repr(state) == f"(x={leaf}, y={leaf})"
    for part in state:
        assert part.state.dtype == np.float32 and part.state.flags.writeable


def test_booleans_have_no_state():
    model = {"x": np.random.default_rng(0).random(3), "y": (True, False), "z": np.tanh}
    state = setup(Momentum(), model)
    assert state["y"] == ((), ())
    assert repr(state) == (
        "{'x': Leaf(Momentum(eta=0.01, rho=0.9), [0.0, 0.0, 0.0]), "
        "'y': ((), ()), 'z': ()}"
    )


def layer_class():
    class Layer:
        def __init__(self):
            self.mat = np.array([[1, 2], [3, 4]], np.float32)
            self.fun = np.tanh

    return Layer


def test_an_unmarked_class_and_the_same_one_marked():
    Layer = layer_class()
    model = MatVec(Layer(), np.array([5, 6], np.float32))
    vec = "Leaf(Momentum(eta=0.01, rho=0.9), [0.0, 0.0])"
    with pytest.warns(UserWarning, match="Layer"):
        state = setup(Momentum(), model)
    assert repr(state) == f"(lay=(), vec={vec})"
    functor(Layer)
    state = setup(Momentum(), model)
    mat = "Leaf(Momentum(eta=0.01, rho=0.9), [[0.0, 0.0], [0.0, 0.0]])"
    assert repr(state) == f"(lay=(mat={mat}, fun=()), vec={vec})"
    assert state.lay.mat.state.dtype == np.float32


def test_freezing_prints_and_thawing_ends_it():
    state = setup(Momentum(), XY((np.array([1.0]), 2.0), np.array([3.0])))
    state.x[0].frozen = True
    leaf = "Leaf(Momentum(eta=0.01, rho=0.9), [0.0]"
    assert repr(state) == f"(x=({leaf}, frozen=True), ()), y={leaf}))"
    state.x[0].frozen = False
    assert repr(state.x) == f"({leaf}), ())"


def test_the_constructor_of_leaf():
    leaf = Leaf(Momentum(), np.zeros(1))
    assert leaf.frozen is False
    assert Leaf(Momentum(), np.zeros(1), frozen=True).frozen is True


# --- The shape of the tree ---------------------------------------------------------


def test_every_kind_of_container():
    x = lambda: np.zeros(2)
    model = {
        "tuple": (x(), 1.0),
        "list": [x(), "text"],
        "named": XY(x(), None),
        "chain": Chain(Dense(2, 2), np.tanh),
        "empty": ((), [], {}),
    }
    state = setup(Descent(), model)
    assert isinstance(state["tuple"], tuple) and isinstance(state["list"], list)
    assert state["tuple"][1] == state["list"][1] == state["named"].y == ()
    assert state["chain"].layers[0]._fields == ("weight", "bias", "act")
    assert state["chain"].layers[1] == ()
    assert state["empty"] == ((), [], {})
    assert len(leaves(state)) == 5


def test_a_bare_array_has_a_bare_leaf():
    assert repr(setup(Descent(), np.ones(2))) == "Leaf(Descent(0.1), None)"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_states_have_the_type_and_shape_of_their_parameter(dtype):
    x = np.ones((3, 0, 2), dtype)
    m, v, powers = setup(Adam(), x).state
    assert m.dtype == v.dtype == x.dtype and m.shape == v.shape == x.shape
    assert powers == (0.9, 0.999)
    assert not np.shares_memory(m, v)


@pytest.mark.parametrize("x", [np.arange(3), np.ones(2, bool), 2.0, np.float32(1)])
def test_what_is_not_a_float_array_is_not_trained(x):
    state = setup(Descent(), {"x": x, "y": np.ones(1)})
    assert state["x"] == ()


def test_only_trainable_fields_get_a_leaf():
    @functor(trainable=("scale",))
    class Norm:
        def __init__(self):
            self.scale, self.mean = np.ones(2), (np.zeros(2), [np.zeros(2)])

    state = setup(Momentum(), {"norm": Norm()})
    assert state["norm"].mean == ()
    assert repr(state["norm"].scale) == "Leaf(Momentum(eta=0.01, rho=0.9), [0.0, 0.0])"


# --- Shared arrays -----------------------------------------------------------------


def tied():
    w = np.ones((2, 2))
    return setup(Momentum(), {"enc": w, "dec": (w, np.ones((2, 2)))})


def test_a_shared_array_has_one_leaf_in_both_places():
    state = tied()
    assert state["enc"] is state["dec"][0]
    assert state["enc"] is not state["dec"][1]


@pytest.mark.parametrize(
    "copy", [deepcopy, lambda state: pickle.loads(pickle.dumps(state))]
)
def test_copies_of_the_tree_keep_ties_and_share_nothing(copy):
    state = tied()
    state["enc"].frozen = True
    new = copy(state)
    assert new == state
    assert new["enc"] is new["dec"][0] is not state["enc"]
    assert not np.shares_memory(new["enc"].state, state["enc"].state)
    new["enc"].state += 1
    assert new != state


def test_trees_of_objects_are_pickled_too():
    state = setup(Adam(), Chain(Dense(2, 3), Dense(3, 1)))
    new = pickle.loads(pickle.dumps(state))
    assert new == state
    assert new.layers[0].weight.shape == (3, 2)
    assert type(new) is type(state)


def test_a_copied_tree_trains_as_the_original():
    one, two = {"x": np.ones(3)}, {"x": np.ones(3)}
    state = setup(Adam(0.1), one)
    copies = deepcopy(state), pickle.loads(pickle.dumps(state))
    for tree, model in ((state, one), (copies[0], two)):
        for _ in range(3):
            update_(tree, model, {"x": model["x"] ** 2})
    np.testing.assert_array_equal(one["x"], two["x"])
    assert state == copies[0] != copies[1]


# --- Equality of leaves ------------------------------------------------------------


def test_leaves_are_equal_by_rule_state_and_frozen():
    leaf = Leaf(Momentum(), np.zeros(2))
    assert leaf == Leaf(Momentum(0.01), np.zeros(2))
    assert leaf != Leaf(Momentum(0.1), np.zeros(2))
    assert leaf != Leaf(Momentum(), np.ones(2))
    assert leaf != Leaf(Momentum(), np.zeros(3))
    assert leaf != Leaf(Momentum(), None)
    assert leaf != Leaf(Momentum(), np.zeros(2), frozen=True)
    assert leaf != ()
    with pytest.raises(TypeError, match="unhashable"):
        hash(leaf)


def test_nested_states_are_compared_part_by_part():
    def make(last=0.9, start=0):
        return Leaf(Adam(), (np.zeros(2), np.full(2, start), (last, 0.99)))

    assert make() == make() != make(0.8)
    assert make() != make(start=1)


def test_a_users_state_may_be_a_dict_of_arrays():
    def make(value):
        return Leaf(Descent(), {"v": np.full(2, value), "n": [np.zeros(1)]})

    assert make(0) == make(0) != make(1)


# --- Warnings ----------------------------------------------------------------------


@pytest.mark.parametrize("model", [{}, (), (np.tanh, 1.0), {"x": np.arange(3)}])
@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_nothing_to_train_warns(function, model):
    with pytest.warns(UserWarning, match="no trainable parameters") as caught:
        function(Adam(), model)
    assert len(caught) == 1
    assert type(model).__name__ in str(caught[0].message)
    assert "np.array(0.5) a parameter" in str(caught[0].message)


def test_an_unmarked_object_with_float_arrays_is_named_with_its_place():
    model = {"layers": [np.ones(1), layer_class()()]}
    with pytest.warns(UserWarning) as caught:
        setup(Adam(), model)
    (warning,) = caught
    message = str(warning.message)
    assert "Layer at layers[1]" in message and "(mat)" in message
    assert "@functor above class Layer" in message


def test_unmarked_objects_without_float_arrays_are_no_reason_to_warn():
    class Settings:
        def __init__(self):
            self.n, self.names = np.arange(3), ["a"]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = {"s": Settings(), "f": np.ones(1), "c": Settings, "g": lambda x: x}
        setup(Adam(), model)


@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_warnings_point_at_the_line_that_called_setup(function):
    with pytest.warns(UserWarning) as caught:
        function(Adam(), {"lay": layer_class()(), "x": np.ones(1)})
        function(Adam(), {})
    assert [warning.filename for warning in caught] == [__file__] * 2


# --- Errors ------------------------------------------------------------------------


@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_a_class_instead_of_a_rule(function):
    with pytest.raises(TypeError, match=r"the class Adam\. Write setup\(Adam\(\), mod"):
        function(Adam, {"x": np.ones(1)})


@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
@pytest.mark.parametrize("model", [Dense(2, 1), {"x": np.ones(1)}, Chain(Dense(2, 1))])
def test_arguments_exchanged(function, model):
    message = rf"needs a rule,.* a {type(model).__name__}\. Write setup\(Adam\(\),"
    with pytest.raises(TypeError, match=message):
        function(model, Adam())


@pytest.mark.parametrize("rule", [0.1, None, "adam"])
def test_what_is_not_a_rule(rule):
    with pytest.raises(TypeError, match="needs a rule,"):
        setup(rule, {"x": np.ones(1)})


def test_training_in_place_needs_writable_arrays():
    model = {"layers": (np.ones(1), np.ones(2))}
    model["layers"][1].flags.writeable = False
    with pytest.raises(MutabilityError) as caught:
        mg.setup(Adam(), model)
    message = str(caught.value)
    assert "fully mutable" in message and "ndarray at layers[1]" in message
    assert isinstance(caught.value, TypeError)
    assert len(leaves(optimise.setup(Adam(), model))) == 2


def test_arrays_that_are_not_trained_may_be_read_only():
    @functor(trainable=("scale",))
    class Norm:
        def __init__(self):
            self.scale, self.mean = np.ones(2), np.zeros(2)
            self.mean.flags.writeable = False

    assert mg.setup(Adam(), Norm()).mean == ()


def test_both_setups_make_the_same_tree():
    model = Chain(Dense(2, 3, np.tanh), Dense(3, 1))
    assert repr(mg.setup(Adam(), model)) == repr(optimise.setup(Adam(), model))


# --- Objects of unusual classes ----------------------------------------------------


@pytest.mark.parametrize("cls", UNUSUAL)
@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_marked_objects_of_unusual_classes_have_leaves(function, cls):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        state = function(Momentum(), {"layer": cls(np.ones(2))})
    assert repr(state["layer"].weight) == (
        "Leaf(Momentum(eta=0.01, rho=0.9), [0.0, 0.0])"
    )


@dataclass(slots=True)
class UnmarkedSlots:
    weight: object
    number: float = 1.0


class UnmarkedOneSlot:
    __slots__ = "weight"

    def __init__(self, weight):
        self.weight = weight


class UnmarkedBelow(UnmarkedOneSlot):
    def __init__(self, weight):
        super().__init__(weight)
        self.text = "text"


@pytest.mark.parametrize("cls", [UnmarkedSlots, UnmarkedOneSlot, UnmarkedBelow])
def test_unmarked_objects_with_slots_are_named(cls):
    model = {"layers": [np.ones(1), cls(np.ones(2))]}
    with pytest.warns(UserWarning) as caught:
        setup(Adam(), model)
    (warning,) = caught
    message = str(warning.message)
    assert f"{cls.__name__} at layers[1]" in message and "(weight)" in message
    assert f"@functor above class {cls.__name__}" in message


class Unmarked:
    def __init__(self, **fields):
        self.__dict__.update(fields)


@pytest.mark.parametrize(
    "layers",
    [
        [Dense(1, 1)],
        Dense(1, 1),
        {"first": (np.tanh, np.ones(2))},
        Chain(Dense(1, 1), np.tanh),
        [[np.ones(1)]],
    ],
)
def test_unmarked_objects_that_hold_layers_are_named(layers):
    model = {"net": Unmarked(name="text", layers=layers), "x": np.ones(1)}
    with pytest.warns(UserWarning) as caught:
        setup(Adam(), model)
    (warning,) = caught
    assert "Unmarked at net" in str(warning.message)
    assert "(layers)" in str(warning.message)


def test_an_unmarked_model_is_named_and_said_to_have_nothing_to_train():
    with pytest.warns(UserWarning) as caught:
        setup(Adam(), Unmarked(layers=[Dense(1, 1)]))
    messages = [str(warning.message) for warning in caught]
    assert any("Unmarked" in m and "(layers)" in m for m in messages)
    assert any("no trainable parameters" in m for m in messages)


# --- Two parameters on one memory --------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[0],
        lambda x: x.reshape(-1),
        lambda x: x[::-1, 1:],
        lambda x: x[::-1],
        lambda x: x[:, ::-1].T,
        lambda x: x.view(np.float32),
    ],
)
@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_parameters_that_overlap_are_refused_with_both_places(function, view):
    x = np.ones((3, 3))
    model = {"w": x, "layers": [np.ones(2), {"wt": view(x)}]}
    with pytest.raises(ValueError, match=r"w and layers\[1\]\.wt share memory"):
        function(Descent(), model)


@pytest.mark.parametrize("view", [lambda x: x.T, lambda x: x[:], lambda x: x[:].T])
@pytest.mark.parametrize("function", [mg.setup, optimise.setup])
def test_a_view_of_a_whole_parameter_is_the_same_parameter(function, view):
    x = np.ones((3, 3))
    tree = function(Descent(), {"w": x, "layers": [np.ones(2), {"wt": view(x)}]})
    assert tree["w"] is tree["layers"][1]["wt"]


def test_two_views_of_an_array_that_is_no_parameter():
    base = np.ones(4)
    with pytest.raises(ValueError, match="a and b share memory"):
        setup(Descent(), {"a": base[:3], "b": base[2:]})


@pytest.mark.parametrize(
    "parts",
    [
        lambda x: (x, x),
        lambda x: (x[:2], x[2:]),
        lambda x: (x[:, :2], x[:, 2:]),
        lambda x: (x[::2], x[1::2]),
        lambda x: (x, x.copy()),
        lambda x: (x[:0], x),
        lambda x: (x, x.astype(int)),
    ],
    ids=["tied", "rows", "columns", "alternating", "copy", "empty", "integers"],
)
def test_parameters_that_do_not_overlap_are_no_reason_to_warn(parts):
    """One array in two places is a tie, and disjoint parts of one array are fine."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        setup(Descent(), parts(np.ones((4, 4))))


def test_a_model_that_contains_itself_is_refused():
    model = [np.ones(1)]
    model.append(model)
    with pytest.raises(ValueError, match="contains itself"):
        optimise.setup(Descent(), model)


def test_what_is_not_trained_may_share_memory():
    @functor(trainable=("weight",))
    class Layer:
        def __init__(self):
            self.weight = np.ones((2, 2))
            self.transposed = self.weight.T

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        setup(Descent(), Layer())


# --- Leaves know their shape, and copies know nothing of loops ---------------------


def test_leaves_know_the_shape_of_their_parameter():
    model = {"a": np.zeros((2, 0, 3)), "b": np.array(1.0), "c": np.zeros(4, "f2")}
    tree = setup(Descent(), model)
    found = [(leaf.shape, leaf.ndim, leaf.size) for leaf in tree.values()]
    assert found == [((2, 0, 3), 3, 0), ((), 0, 1), ((4,), 1, 4)]


ALL = [
    Adam(),
    optimise.OptimiserChain(optimise.ClipGrad(1), optimise.WeightDecay(), Adam()),
    optimise.OptimiserChain(
        optimise.AccumGrad(2), optimise.ClipGlobalNorm(1), Momentum()
    ),
    optimise.MixedPrecision(np.float64, Adam()),
    optimise.Scheduler(Momentum(), eta=optimise.schedules.Exp(0.1, 0.5)),
    optimise.Muon(),
    optimise.Rprop(),
]


@pytest.mark.parametrize("rule", ALL, ids=repr)
@pytest.mark.parametrize(
    "copy", [deepcopy, lambda tree: pickle.loads(pickle.dumps(tree))]
)
def test_a_copied_tree_in_the_middle_of_training_goes_on_bit_for_bit(rule, copy):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(3, 2)).astype("f4")
    model = {"w": w, "t": w.T, "b": rng.normal(size=3)}
    tree = setup(rule, model)

    def gradients():
        return {"w": rng.normal(size=(3, 2)), "t": None, "b": rng.normal(size=3)}

    for _ in range(3):
        update_(tree, model, gradients())
    again, twin = copy((tree, {"w": w, "b": model["b"]}))
    again = {key: again[key] for key in ("w", "b")}
    for _ in range(4):
        g = gradients()
        update_(tree, model, g)
        update_(again, twin, {"w": g["w"], "b": g["b"]})
    for key, x in twin.items():
        np.testing.assert_array_equal(x, model[key], strict=True)
        assert again[key] == tree[key]


def test_a_shallow_copy_of_a_leaf_is_a_leaf_of_its_own():
    tree = setup(Momentum(), [np.ones(2)])
    update_(tree, [np.ones(2)], [[1.0, 1.0]])
    new = copy_module.copy(tree[0])
    assert new == tree[0] and new is not tree[0] and new.shape == (2,)
    new.frozen = True
    assert not tree[0].frozen


def test_a_tree_that_has_been_used_prints_and_compares_as_before():
    model = {"x": np.ones(2)}
    one, two = setup(Momentum(), model), setup(Momentum(), model)
    update_(one, model, {"x": [0.0, 0.0]})
    assert repr(one) == repr(two) and one == two


# --- Views of one memory -----------------------------------------------------------


def test_a_transposed_view_found_first():
    w = np.ones((2, 3))
    tree = setup(Momentum(), {"t": w.T, "w": w})
    assert tree["t"] is tree["w"] and tree["t"].shape == (3, 2)


def test_axes_in_any_order_are_one_parameter():
    w = np.ones((2, 3, 4))
    model = [w, w.transpose(2, 0, 1), w.swapaxes(0, 1), w[:]]
    tree = setup(Momentum(), model)
    assert len({id(leaf) for leaf in tree}) == 1
    before = w.copy()
    gradients = [np.arange(24.0).reshape(x.shape) for x in model]
    update_(tree, model, gradients)
    total = gradients[0] + gradients[1].transpose(1, 2, 0) + gradients[2].swapaxes(0, 1)
    step = Momentum().eta * (total + gradients[3])
    np.testing.assert_allclose(w, before - step, rtol=1e-13)


def test_memory_that_overlaps_without_sharing_a_number():
    """Columns that alternate, and a memory that two arrays own a half of."""
    base = np.zeros((4, 4))
    tree = setup(Momentum(), [base[::2, 1::2], base[1::2, ::2], base[::2, ::2]])
    assert len({id(leaf) for leaf in tree}) == 3


def test_arrays_around_one_buffer_of_another_owner():
    """As from np.frombuffer, which leads to no array in the end."""
    buffer = bytearray(64)
    x, y = np.frombuffer(buffer), np.frombuffer(buffer, count=4)
    with pytest.raises(ValueError, match="x and y share memory"):
        setup(Descent(), {"x": x, "y": y})
    same = setup(Descent(), {"x": x, "y": np.frombuffer(buffer)})
    assert same["x"] is same["y"]


# --- What a student may give -------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m: setup(Adam), "missing|needs a rule"),
        (lambda m: setup(m, Adam()), r"setup\(Adam\(\), model\)"),
        (lambda m: setup(Adam, m), r"the class Adam\. Write setup\(Adam\(\), model\)"),
        (lambda m: setup("adam", m), "an object with the methods init and apply"),
        (lambda m: setup([Adam(), Descent()], m), "needs a rule.*a list"),
        (lambda m: setup(Adam().apply, m), "needs a rule"),
        (lambda m: setup(lambda x, dx: dx, m), "needs a rule"),
    ],
)
def test_setup_with_something_else(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call({"x": np.ones(1)})


def test_the_state_tree_given_as_the_model():
    tree = setup(Adam(), {"x": np.ones(2)})
    with pytest.raises((TypeError, ValueError), match="state tree"):
        setup(Adam(), tree)


@pytest.mark.parametrize("kind", ["O", "S1", "U1", "M8[s]", "m8[s]", "V4"])
def test_arrays_of_anything_else_are_not_trained(kind):
    tree = setup(Adam(), {"x": np.zeros(2, kind), "y": np.ones(1)})
    assert tree["x"] == ()


def test_a_masked_array_is_no_reason_to_stop():
    model = {"x": np.ma.array([1.0, 2.0], mask=[False, True]), "y": np.ones(1)}
    try:
        tree = setup(Momentum(), model)
        update_(tree, model, {"x": np.ones(2), "y": np.ones(1)})
    except (TypeError, ValueError) as error:
        assert "mask" in str(error)
    else:
        assert model["x"].data[0] == 0.99 and model["y"] == 0.99
