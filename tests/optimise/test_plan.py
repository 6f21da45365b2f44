"""What an update will do: in which order, with which gradients, and what is wrong."""

import numpy as np
import pytest

from minigrad import Chain, Dense, KeyPath, ShapeError, gradient
from minigrad.optimise import Adam, Descent, Momentum, setup, update, update_
from minigrad.optimise.plan import make_plan


def listed(plan):
    return [(str(KeyPath(path)), dx.tolist()) for _, _, dx, _, path in plan]


def test_parameters_stand_in_the_order_of_the_model():
    model = {"b": [np.ones(2), np.tanh], "a": (np.ones(1), 3.0)}
    state = setup(Descent(), model)
    plan = make_plan(state, model, {"a": ([5], None), "b": [[1, 2], None]})
    assert listed(plan) == [("b[0]", [1, 2]), ("a[0]", [5])]
    assert [leaf for leaf, *_ in plan] == [state["b"][0], state["a"][0]]
    assert plan[0][0] is state["b"][0] and plan[1][0] is state["a"][0]
    assert plan[0][1] is model["b"][0] and plan[1][1] is model["a"][0]


def test_a_shared_array_is_listed_once_with_the_sum():
    w = np.ones(2)
    model = {"enc": w, "dec": [w, w], "more": np.ones(1)}
    grads = {"enc": [1.0, 2.0], "dec": [None, [10.0, 20.0]], "more": [7.0]}
    plan = make_plan(setup(Momentum(), model), model, grads)
    assert listed(plan) == [("enc", [11, 22]), ("more", [7])]


def test_frozen_parameters_and_those_without_a_gradient_are_left_out():
    model = {"a": np.ones(1), "b": np.ones(1), "c": np.ones(1)}
    state = setup(Descent(), model)
    state["b"].frozen = True
    assert listed(make_plan(state, model, {"a": None, "b": [1], "c": [2]})) == [
        ("c", [2])
    ]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_gradients_come_in_the_type_of_their_parameter(dtype):
    model = [np.ones(2, dtype)]
    ((_, x, dx, _, _),) = make_plan(setup(Descent(), model), model, [[1, 2]])
    assert x.dtype == dx.dtype == np.dtype(dtype)


def test_planning_changes_nothing():
    model = {"a": np.ones(2)}
    state, g = setup(Momentum(), model), np.ones(2)
    make_plan(state, model, {"a": g})
    np.testing.assert_array_equal((model["a"], g), np.ones((2, 2)))
    np.testing.assert_array_equal(state["a"].state, [0, 0])


# --- State and model exchanged -----------------------------------------------------


MODELS = [
    {"a": np.ones(2)},
    [np.ones(2), np.tanh],
    {"deep": ({"w": np.ones(2)},)},
    Chain(Dense(2, 1)),
    np.ones(2),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("rule", [Descent(), Momentum(), Adam()])
@pytest.mark.parametrize("function", [update_, update])
def test_state_and_model_exchanged(function, rule, model):
    state = setup(rule, model)
    total = lambda m: sum((x**2).sum() for x in arrays_of(m))
    grads = gradient(total, model)
    expected = r"given the model where the state.*exchange.*update_\(state, model, "
    with pytest.raises((TypeError, ShapeError), match=expected):
        function(model, state, grads[0])


def arrays_of(m):
    if isinstance(m, Chain):
        return [m[0].weight, m[0].bias]
    if isinstance(m, dict):
        return [x for part in m.values() for x in arrays_of(part)]
    if isinstance(m, list | tuple):
        return [x for part in m for x in arrays_of(part)]
    return [m] if hasattr(m, "sum") else []


def test_another_model_is_no_exchange():
    state = setup(Descent(), {"a": np.ones(3)})
    with pytest.raises(ShapeError, match="another model: at a it has") as caught:
        make_plan(state, {"a": np.ones(2)}, {"a": [1, 1]})
    assert "exchange" not in str(caught.value)


# --- Gradients along the axes of the first place -----------------------------------


def test_the_gradient_of_a_transposed_place_is_turned_before_it_is_added():
    w = np.zeros((2, 3))
    model = [w, w.T]
    first, second = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2)
    for grads, total in (
        ([first, second], first + second.T),
        ([None, second], second.T),
        ([first, None], first),
    ):
        ((leaf, x, dx, _, path),) = make_plan(setup(Descent(), model), model, grads)
        assert x is w and path == (0,) and leaf.shape == (2, 3)
        np.testing.assert_array_equal(dx, total)


def test_a_transposed_place_wants_its_own_shape():
    w = np.zeros((2, 3))
    model = {"w": w, "t": w.T}
    state = setup(Descent(), model)
    with pytest.raises(ShapeError, match=r"gradient at t has shape \(2, 3\)"):
        make_plan(state, model, {"w": np.ones((2, 3)), "t": np.ones((2, 3))})


def test_a_transposed_tie_broken_after_setup():
    w = np.zeros((2, 3))
    model = {"w": w, "t": w.T}
    state = setup(Descent(), model)
    for other in (w.T.copy(), w, np.zeros((3, 2)), w[::-1].T):
        broken = {"w": w, "t": other}
        grads = {"w": np.ones((2, 3)), "t": np.ones(other.shape)}
        if other is w:  # still one parameter, only along other axes
            assert len(make_plan(state, broken, grads)) == 1
            continue
        with pytest.raises(
            ShapeError, match="one Leaf for two arrays, the second at t"
        ):
            make_plan(state, broken, grads)


def test_further_gradients_stand_beside_the_first():
    w = np.ones(2)
    model = {"a": w, "b": [w], "c": np.ones(1), "d": np.ones(1)}
    state = setup(Descent(), model)
    first = {"a": [1, 2], "b": None, "c": [3], "d": None}
    second = {"a": [5, 6], "b": [[10, 10]], "c": None, "d": [1]}
    (_, _, dx, more, _), (_, _, dy, others, _) = make_plan(state, model, first, second)
    assert dx.tolist() == [1, 2] and more[0].tolist() == [15, 16]
    assert dy.tolist() == [3] and others == (None,)


@pytest.mark.parametrize("function", [update_, update])
def test_no_gradient_at_all(function):
    model = {"a": np.ones(1)}
    with pytest.raises(
        TypeError, match=r"needs the gradient too: update_\(state, model"
    ):
        function(setup(Descent(), model), model)


# --- As students write it ----------------------------------------------------------


def trained():
    model = Chain(Dense(2, 3), Dense(3, 1))
    loss = lambda m, x: (m(x) ** 2).sum()
    return model, setup(Momentum(), model), loss, np.ones((4, 2), np.float32)


@pytest.mark.parametrize("function", [update_, update])
def test_common_slips_are_answered_with_what_to_write(function):
    model, state, loss, x = trained()
    (g,) = gradient(lambda m: loss(m, x), model)
    both = gradient(loss, model, x)
    other = setup(Momentum(), Chain(Dense(2, 3)))
    before = [array.copy() for array in (model[0].weight, model[1].weight)]
    slips = [
        ((state, model, both), r"gradient.*grads\[0\]|gradient\(loss, model\)\[0\]"),
        ((state, model, both[1]), "gradient"),
        ((state, model, g.layers), "gradient"),
        ((state, model, list(g.layers)), "gradient"),
        ((state, model, 0.1), "gradient"),
        ((state, model, "g"), "gradient"),
        ((state, model, state), "gradient"),
        ((state, model, lambda m: loss(m, x)), "gradient"),
        ((model, state, g), "exchange"),
        ((g, model, state), "state"),
        ((state, g, model), "model|state"),
        ((model, g), "gradient"),
        ((state.layers[0], model, g), "another model"),
        ((state, model.layers[0], g), "another model"),
        ((other, model, g), "another model"),
        ((Adam(), model, g), r"setup\(Adam\("),
        ((0.1, model, g), "setup"),
    ]
    for arguments, sentence in slips:
        with pytest.raises((TypeError, ValueError), match=sentence) as caught:
            function(*arguments)
        assert str(caught.value).endswith((".", ")"))
        np.testing.assert_array_equal(model[0].weight, before[0])
        np.testing.assert_array_equal(model[1].weight, before[1])


def test_a_gradient_of_objects_is_named_with_its_place():
    model = {"a": np.ones(2), "b": np.ones(2)}
    state = setup(Descent(), model)
    for wrong in (lambda x: x, object(), {"x": [1, 1]}, ([1, 1],), [[1, 1], [1]], "ab"):
        with pytest.raises((TypeError, ValueError), match="at b"):
            update_(state, model, {"a": [1, 1], "b": wrong})
        assert (model["a"] == 1).all()
