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
