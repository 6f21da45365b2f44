"""Training: the numbers of the documentation, the plain loop, and the way out."""

import re
import sys
import warnings
from collections import namedtuple
from copy import deepcopy

import numpy as np
import pytest

import minigrad as mg
from minigrad import (
    Adam,
    Chain,
    DataLoader,
    Dense,
    Descent,
    DomainError,
    Momentum,
    MutabilityError,
    NoGradientError,
    ShapeError,
    functor,
    gradient,
    leakyrelu,
    mse,
    setup,
    train_,
    trainables,
    trainstep_,
    update_,
    withgradient,
)

RULES = pytest.mark.parametrize("rule", [Descent(0.05), Momentum(0.05), Adam(0.05)])


def small_problem(dtype=np.float32, items=5):
    """A model, a loss, and a list of pairs."""
    rng = np.random.default_rng(7)
    model = Chain(Dense(3, 4, np.tanh, rng=1), Dense(4, 2, rng=2))
    for layer in model.layers:
        layer.weight, layer.bias = layer.weight.astype(dtype), layer.bias.astype(dtype)
    batches = [
        (rng.normal(size=(6, 3)).astype(dtype), rng.normal(size=(6, 2)).astype(dtype))
        for _ in range(items)
    ]
    return model, lambda m, x, y: mse(m(x), y), batches


def assert_same_model(one, two):
    for x, y in zip(trainables(one), trainables(two), strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


# --- The example of the documentation ----------------------------------------------


def one_layer():
    model = Dense(2, 1, leakyrelu, init=np.ones)
    x, y = np.array([0.2, -0.3]), np.array([0.4])
    return model, x, y, setup(Momentum(0.1), model)


def absolute(m, x, y):
    return np.sum(np.abs(m(x) - y)) * 100


def test_one_layer_trained_on_one_sample_twice():
    model, x, y, opt_state = one_layer()
    weight, bias = model.weight, model.bias
    assert train_(absolute, model, [(x, y), (x, y)], opt_state) is None
    assert model.weight is weight and model.bias is bias
    exact = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(bias, [10.19], **exact)
    np.testing.assert_allclose(weight, [[3.038, -2.057]], **exact)
    np.testing.assert_allclose(opt_state.weight.state, [[-2.018, 3.027]], **exact)
    np.testing.assert_allclose(opt_state.bias.state, [-10.09], **exact)
    assert opt_state.act == ()


def test_the_two_gradients_on_the_way():
    model, x, y, opt_state = one_layer()
    found = []
    for _ in range(2):
        (grads, _, _) = gradient(absolute, model, x, y)
        found.append(grads)
        update_(opt_state, model, grads)
    expected = [([[-0.2, 0.3]], [-1]), ([[-20, 30]], [-100])]
    for grads, (weight, bias) in zip(found, expected, strict=True):
        np.testing.assert_allclose(grads.weight, weight, rtol=1e-9)
        np.testing.assert_allclose(grads.bias, bias, rtol=1e-9)
        assert grads.act is None


# --- The same as the loop ----------------------------------------------------------


@RULES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_train_is_the_plain_loop_to_the_last_bit(rule, dtype):
    model, loss, data = small_problem(dtype)
    start = deepcopy(model)
    opt_state = setup(rule, model)
    for _ in range(2):
        train_(loss, model, data, opt_state)

    by_gradient = deepcopy(start)
    state = setup(rule, by_gradient)
    for d in data * 2:
        grads = gradient(loss, by_gradient, *d)
        update_(state, by_gradient, grads[0])
    assert_same_model(model, by_gradient)
    assert state == opt_state

    with_lambda = deepcopy(start)
    state = setup(rule, with_lambda)
    for x, y in data * 2:
        value, grads = withgradient(lambda m, x=x, y=y: loss(m, x, y), with_lambda)
        update_(state, with_lambda, grads[0])
        assert np.isfinite(value)
    assert_same_model(model, with_lambda)

    by_step = deepcopy(start)
    state = setup(rule, by_step)
    for d in data * 2:
        trainstep_(loss, by_step, d, state)
    assert_same_model(model, by_step)

    assert not np.array_equal(trainables(model)[0], trainables(start)[0])


def test_a_hundred_epochs_keep_one_state():
    model, loss, data = small_problem(items=3)
    opt_state = setup(Adam(), model)
    first = loss(model, *data[0])
    for _ in range(100):
        train_(loss, model, data, opt_state)
    assert loss(model, *data[0]) < first
    powers = opt_state.layers[0].weight.state[2]
    np.testing.assert_allclose(powers, (0.9**301, 0.999**301), rtol=1e-12)


# --- What data may be --------------------------------------------------------------

Sample = namedtuple("Sample", "x y")


@pytest.mark.parametrize(
    ("item", "arguments"),
    [
        ((1.0, 2.0), (1.0, 2.0)),
        ((1.0,), (1.0,)),
        ((), ()),
        ([1.0, 2.0], ([1.0, 2.0],)),
        (3.0, (3.0,)),
        ({"x": 1.0}, ({"x": 1.0},)),
        (Sample(1.0, 2.0), (Sample(1.0, 2.0),)),
        ("text", ("text",)),
        (None, (None,)),
    ],
)
def test_only_tuples_are_splatted(item, arguments):
    model, seen = {"w": np.ones(1)}, []

    def loss(m, *given):
        seen.append(given)
        return m["w"].sum()

    train_(loss, model, [item], setup(Descent(), model))
    trainstep_(loss, model, item, setup(Descent(), model))
    assert seen == [arguments] * 2


def test_arrays_are_passed_whole():
    model, seen = {"w": np.ones(1)}, []

    def loss(m, x):
        seen.append(x.shape)
        return (m["w"] * x).sum()

    train_(loss, model, np.ones((4, 3, 2)), setup(Descent(), model))
    assert seen == [(3, 2)] * 4


@pytest.mark.parametrize("source", ["generator", "zip", "loader", "getitem"])
def test_anything_that_can_be_iterated_over_once(source):
    model, loss, data = small_problem()
    expected = deepcopy(model)
    train_(loss, expected, data, setup(Descent(0.1), expected))
    xs, ys = (np.stack(column) for column in zip(*data, strict=True))

    class Indexed:
        def __getitem__(self, i):
            return data[i]

    sources = {
        "generator": (pair for pair in data),
        "zip": zip(xs, ys, strict=True),
        "loader": DataLoader((xs.reshape(-1, 3), ys.reshape(-1, 2)), batchsize=6),
        "getitem": Indexed(),
    }
    train_(loss, model, sources[source], setup(Descent(0.1), model))
    assert_same_model(model, expected)


def test_no_data_is_no_step():
    model, loss, _ = small_problem()
    before = deepcopy(model)
    train_(loss, model, [], setup(Adam(), model))
    assert_same_model(model, before)


def test_the_loss_is_called_once_per_item():
    calls = []
    model = {"w": np.ones(1)}
    loss = lambda m, x: calls.append(x) or (m["w"] * x).sum()
    train_(loss, model, range(7), setup(Descent(), model))
    assert calls == list(range(7))


def test_a_model_of_any_kind():
    for model in (np.ones(2), [np.ones(2)], (np.ones(2), 3), {"w": [np.ones(2)]}):
        loss = lambda m, x: x * sum(p.sum() for p in trainables(m))
        train_(loss, model, [1.0, 2.0], setup(Descent(), model))
        np.testing.assert_allclose(trainables(model)[0], 0.7)


# --- Penalties ---------------------------------------------------------------------


def test_a_penalty_over_all_parameters_adds_its_multiple_to_the_gradient():
    model, loss, data = small_problem(np.float64)
    penalty = lambda m: sum((p**2).sum() / 2 for p in trainables(m))
    by_hand = lambda m: sum(
        (layer.weight**2).sum() / 2 + (layer.bias**2).sum() / 2 for layer in m.layers
    )
    (bare,) = gradient(lambda m: loss(m, *data[0]), model)
    for term in (penalty, by_hand):
        (full,) = gradient(lambda m, t=term: loss(m, *data[0]) + 0.42 * t(m), model)
        (alone,) = gradient(lambda m, t=term: 0.42 * t(m), model)
        arrays = map(trainables, (model, bare, full, alone))
        for theta, g, g_full, g_alone in zip(*arrays, strict=True):
            np.testing.assert_allclose(g_alone, 0.42 * theta, rtol=1e-14)
            np.testing.assert_allclose(g_full, g + 0.42 * theta, rtol=1e-12)


def test_a_penalty_over_the_model_outside_is_no_penalty():
    model, loss, data = small_problem()
    (bare,) = gradient(lambda m: loss(m, *data[0]), model)
    outside = lambda: sum((p**2).sum() for p in trainables(model))
    (full,) = gradient(lambda m: loss(m, *data[0]) + outside(), model)
    assert_same_model(bare, full)


# --- Types of numbers --------------------------------------------------------------


@RULES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_state_and_model_keep_the_type_of_the_parameter(rule, dtype):
    model, loss, data = small_problem(dtype)
    opt_state = setup(rule, model)
    (grads,) = gradient(lambda m: loss(m, *data[0]) * 2 + 1, model)
    assert {g.dtype for g in trainables(grads)} == {np.dtype(dtype)}
    train_(lambda m, x, y: loss(m, x, y) * 2 + 1, model, data, opt_state)
    assert {x.dtype for x in trainables(model)} == {np.dtype(dtype)}
    for layer in opt_state.layers:
        for leaf in (layer.weight, layer.bias):
            parts = leaf.state if isinstance(leaf.state, tuple) else (leaf.state,)
            arrays = [part for part in parts if isinstance(part, np.ndarray)]
            assert all(part.dtype == dtype for part in arrays)
    assert loss(model, *data[0]).dtype == dtype


def test_half_precision_trains():
    """300² is more than float16 can hold: finiteness is not to be judged by it."""
    model = {"x": np.full(3, 2, np.float16)}
    data = [np.float16(300)]
    train_(lambda m, k: (m["x"] * k).sum(), model, data, setup(Descent(0.001), model))
    np.testing.assert_allclose(model["x"], 1.7, rtol=1e-3)
    assert model["x"].dtype == np.float16


def test_huge_gradients_are_finite():
    """1e30² is more than float32 can hold."""
    model = {"x": np.ones(3, np.float32)}
    data = [np.float32(1e30)]
    train_(lambda m, k: (m["x"] * k).sum(), model, data, setup(Descent(1e-30), model))
    np.testing.assert_allclose(model["x"], 0, atol=1e-6)


# --- Losses that are not finite ----------------------------------------------------


def refused(loss, model, data, rule=None):
    """The message of the DomainError; all is as it was before the item."""
    opt_state = setup(rule or Momentum(0.1), model)
    good = deepcopy((model, opt_state))
    with np.errstate(all="ignore"), pytest.raises(DomainError) as caught:
        train_(loss, model, data, opt_state)
    return str(caught.value), good, (model, opt_state)


def assert_untouched(found, expected):
    assert_same_model(found[0], expected[0])
    assert found[1] == expected[1]


@pytest.mark.parametrize(
    ("bad", "name"), [(np.nan, "NaN"), (np.inf, "Inf"), (-np.inf, "-Inf")]
)
def test_item_51_of_100(bad, name):
    """Fifty steps of 0.1 lead from 0 to -5; the 51st is not made."""
    model, calls = {"w": np.zeros(1)}, []

    def loss(m, x):
        calls.append(x)
        return (m["w"] * 1.0).sum() + x

    data = [0.0] * 50 + [bad] + [0.0] * 49
    opt_state = setup(Descent(0.1), model)
    with pytest.raises(DomainError, match=f"^Loss is {name} on data item 51, stopping"):
        train_(loss, model, data, opt_state)
    assert len(calls) == 52  # once more, to see where it began
    np.testing.assert_allclose(model["w"], -5.0, rtol=1e-12)


@RULES
@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_the_bad_step_is_not_made(rule, where):
    model, loss, data = small_problem(np.float64)
    expected = deepcopy(model)
    state = setup(rule, expected)
    train_(loss, expected, data[:3], state)

    def spoilt(m, x, y):
        good = loss(m, x, y)
        if x is not data[3][0]:
            return good
        zero = (m.layers[0].weight * 0).sum()
        return good + (np.log(zero) if where == "loss" else np.arcsin(1 - zero))

    opt_state = setup(rule, model)
    with np.errstate(all="ignore"), pytest.raises(DomainError, match="data item 4"):
        train_(spoilt, model, data, opt_state)
    assert_untouched((model, opt_state), (expected, state))


def test_the_error_is_a_value_error_with_the_way_out():
    message, good, found = refused(lambda m, x: np.log(m).sum(), np.zeros(2), [1])
    assert "the model is as it was before this item" in message
    assert "numpy.log (step 1 of the tape, test_train.py:" in message
    assert "log of 0 is -Inf" in message
    assert issubclass(DomainError, ValueError)
    assert_untouched(found, good)


@pytest.mark.parametrize(
    ("loss", "operation"),
    [
        (lambda m, x: np.log(m - 1).sum(), "numpy.log"),
        (lambda m, x: (x / (m - m)).sum(), "numpy.divide"),
        (lambda m, x: np.sum(np.exp(1000 * m) - 1), "numpy.exp"),
        (lambda m, x: np.sum(np.tanh(np.sqrt(-m)) * 2), "numpy.sqrt"),
        (lambda m, x: ((m - 1) ** -1).sum(), "numpy.reciprocal"),
    ],
)
def test_the_first_operation_that_was_not_finite(loss, operation):
    message, good, found = refused(loss, np.ones(2), [1.0])
    assert f"first operation whose result is not finite is {operation} (" in message
    assert_untouched(found, good)


def test_steps_count_the_inputs_as_the_printed_tape_does():
    loss = lambda m, x: np.sum(np.log(m["w"] * 0.0))
    message, _, _ = refused(loss, {"w": np.ones(2)}, [1.0])
    assert "numpy.log (step 2 of the tape, test_train.py:" in message
    assert ': loss = lambda m, x: np.sum(np.log(m["w"] * 0.0)))' in message


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_is_not_finite(bad):
    model, loss, data = small_problem()
    data[1][0][2, 1] = bad
    opt_state = setup(Descent(), model)
    with np.errstate(all="ignore"), pytest.raises(DomainError) as caught:
        train_(loss, model, data, opt_state)
    message = str(caught.value)
    assert "data item 2" in message and "came in with the data" in message
    assert "argument 0 of affine (step 4 of the tape" in message
    assert "holds NaN or infinity" in message


def test_a_parameter_that_is_not_finite():
    model, loss, data = small_problem()
    model.layers[1].bias[0] = np.nan
    message, good, found = refused(loss, model, data)
    assert "The parameter at layers[1].bias is not finite itself" in message
    assert_untouched(found, good)


def test_a_parameter_at_the_root_that_is_not_finite():
    message, _, _ = refused(lambda m, x: m.sum(), np.array([1, np.inf]), [1])
    assert "The parameter at the root is not finite itself" in message


def test_a_number_of_the_model_that_is_not_finite():
    model = {"w": np.ones(1), "scale": float("inf")}
    message, _, _ = refused(lambda m, x: (m["w"] * m["scale"]).sum(), model, [1])
    assert "The argument model.scale is not finite itself" in message


def test_a_finite_loss_with_an_infinite_gradient():
    model = {"a": np.ones(2), "b": [np.zeros(2)]}
    loss = lambda m, x: m["a"].sum() + np.arcsin(1 - m["b"][0]).sum()
    message, good, found = refused(loss, model, [1])
    assert message.startswith(
        "Loss is 5.14159, but its gradient at b[0] is not finite on"
    )
    assert "Going back" in message and "is numpy.arcsin (step 4" in message
    assert_untouched(found, good)


def test_a_finite_loss_with_an_infinite_gradient_of_a_bare_array():
    message, _, _ = refused(lambda m, x: np.arcsin(m).sum(), np.ones(2), [1])
    assert "its gradient at the root is not finite" in message


def test_nothing_is_checked_for_parts_that_are_not_trained():
    """Their gradients are not used, so they do no harm."""

    @functor(trainable=("weight",))
    class Layer:
        def __init__(self):
            self.weight, self.fixed = np.ones(1), np.zeros(1)

    model = Layer()
    loss = lambda m, x: m.weight.sum() + np.arcsin(1 - m.fixed).sum()
    with np.errstate(all="ignore"):
        train_(loss, model, [1], setup(Descent(), model))
    np.testing.assert_allclose(model.weight, 0.9)


# --- A bare rule -------------------------------------------------------------------


@pytest.mark.parametrize("rule", [Momentum(0.1), Adam(0.1)])
def test_a_rule_with_memory_works_and_warns_once(rule):
    model, loss, data = small_problem()
    expected = deepcopy(model)
    train_(loss, expected, data, setup(rule, expected))
    with pytest.warns(UserWarning) as caught:
        train_(loss, model, data, rule)
    (warning,) = caught
    message = str(warning.message)
    assert f"The rule {rule!r} has state, which is discarded" in message
    assert f"opt_state = setup({rule!r}, model)" in message
    assert warning.filename == __file__
    assert_same_model(model, expected)


def test_a_rule_without_memory_is_silent():
    model, loss, data = small_problem()
    expected = deepcopy(model)
    train_(loss, expected, data, setup(Descent(), expected))
    train_(loss, model, data, Descent())
    assert_same_model(model, expected)


def test_a_bare_rule_still_wants_a_writable_model():
    model = {"w": np.ones(1)}
    model["w"].flags.writeable = False
    with pytest.raises(MutabilityError, match="at w is read-only"):
        train_(lambda m, x: m["w"].sum(), model, [1], Descent())


# --- Arguments that are not what is meant ------------------------------------------


def refuses(message, error=TypeError, **changes):
    """`train_` with one argument changed raises, and the model is untouched."""
    model, loss, data = small_problem()
    arguments = {"loss": loss, "model": model, "data": data}
    arguments["opt_state"] = setup(Momentum(), model)
    exchanged = {
        name: arguments[value] if isinstance(value, str) else value
        for name, value in changes.items()
    }
    before = deepcopy((model, arguments["opt_state"]))
    with pytest.raises(error, match=message) as caught:
        train_(**(arguments | exchanged))
    assert_untouched((model, arguments["opt_state"]), before)
    return caught.value


def test_callbacks():
    refuses(r"does not support callback functions \(cb=\.\.\.\).*trainstep_", cb=print)


def test_callbacks_in_a_list():
    refuses("callback", cb=[])


def test_loss_and_model_exchanged():
    refuses("needs the loss first.*given a Chain", loss="model", model="loss")


@pytest.mark.parametrize(
    ("loss", "name"),
    [(None, "None"), (3.0, "a float"), ([len], "a list"), ({"f": len}, "a dict")],
)
def test_a_loss_that_is_no_function(loss, name):
    refuses(rf"needs the loss first.*given {name}\.", loss=loss)


def test_data_and_state_exchanged():
    refuses("Exchange the last two", data="opt_state", opt_state="data")


@pytest.mark.parametrize(
    "model",
    [
        np.ones(1),
        [np.ones(1)],
        (np.tanh, np.ones(1)),
        {"w": [np.tanh, np.ones(1)]},
        Chain(np.tanh, np.tanh, np.tanh, Dense(1, 1)),
        [np.tanh, np.tanh, np.tanh, np.ones(1)],
    ],
)
def test_data_and_state_exchanged_for_models_of_all_kinds(model):
    with pytest.raises(TypeError, match="Exchange the last two"):
        train_(lambda m, x: 1.0, model, setup(Adam(), model), [1.0])


def test_data_and_a_rule_exchanged():
    refuses("Exchange the last two", data=Adam(), opt_state="data")


@pytest.mark.parametrize(
    ("data", "name"),
    [(3, "an int"), (None, "None"), (len, "a builtin_function_or_method")],
)
def test_data_that_cannot_be_iterated_over(data, name):
    refuses(f"{name} cannot be iterated over.*DataLoader", data=data)


def test_a_tuple_of_arrays_as_data_gets_a_note():
    pair = small_problem()[2][0]
    (note,) = refuses("argument", data=pair).__notes__
    assert "over the 2 entries of a tuple" in note
    assert "[(x, y)]" in note and "DataLoader((x, y))" in note


def test_errors_of_a_list_of_batches_get_no_note():
    error = refuses("missing", data=[(np.ones((1, 3), "f4"),)])
    assert not hasattr(error, "__notes__")


def test_errors_of_a_tuple_of_batches_get_no_note():
    error = refuses("missing", data=((np.ones((1, 3), "f4"),),) * 2)
    assert not hasattr(error, "__notes__")


def test_the_state_of_another_model():
    other = setup(Adam(), Dense(3, 4))
    refuses("another model", ShapeError, opt_state=other)


def test_a_class_of_rules():
    refuses(r"the class Adam\. Write setup\(Adam\(\), model\)", opt_state=Adam)


def test_a_loss_that_does_not_use_the_model():
    refuses("all are None", NoGradientError, loss=lambda m, x, y: 1.0)


def test_a_loss_that_is_an_array():
    refuses("array of shape", ShapeError, loss=lambda m, x, y: m(x) - y)


def test_a_loss_that_forgets_to_return():
    refuses("return missing", NoGradientError, loss=lambda m, x, y: None)


def test_errors_of_the_loss_come_through():
    def loss(m, x, y):
        raise KeyError("mine")

    refuses("mine", KeyError, loss=loss)


def test_a_loss_that_is_an_object_of_a_marked_class():
    """It is no model here, whatever its class."""

    @functor
    class Weighted:
        def __init__(self):
            self.factor = 2.0

        def __call__(self, m, x):
            return self.factor * (m["w"] * x).sum()

    model = {"w": np.ones(1)}
    train_(Weighted(), model, [1.0], setup(Descent(), model))
    np.testing.assert_allclose(model["w"], 0.8)


# --- Progress ----------------------------------------------------------------------


def test_a_progress_bar_on_demand(capfd):
    model, loss, data = small_problem()
    train_(loss, model, data, setup(Descent(), model), progress=True)
    out, err = capfd.readouterr()
    assert out == "" and "100%" in err and "5/5" in err


@pytest.mark.parametrize("progress", [None, False])
def test_silence_where_nobody_watches(capfd, progress):
    model, loss, data = small_problem()
    train_(loss, model, data, setup(Descent(), model), progress=progress)
    assert capfd.readouterr() == ("", "")


def test_silence_for_short_runs_in_a_terminal(capfd, monkeypatch):
    model, loss, data = small_problem()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    train_(loss, model, data, setup(Descent(), model))
    assert capfd.readouterr() == ("", "")


def test_a_program_without_a_terminal(monkeypatch):
    """Programs without a console have no stderr at all."""
    model, loss, data = small_problem()
    monkeypatch.setattr(sys, "stderr", None)
    train_(loss, model, data, setup(Descent(), model))


def test_the_bar_does_not_change_the_result(capfd):
    model, loss, data = small_problem()
    other = deepcopy(model)
    train_(loss, model, data, setup(Adam(), model), progress=True)
    train_(loss, other, data, setup(Adam(), other), progress=False)
    assert_same_model(model, other)


# --- One step ----------------------------------------------------------------------


def test_a_step_returns_the_loss_before_the_update():
    model, loss, data = small_problem()
    opt_state = setup(Descent(0.1), model)
    expected = loss(model, *data[0])
    found = trainstep_(loss, model, data[0], opt_state)
    assert found == expected and not isinstance(found, mg.Tracked)
    assert loss(model, *data[0]) < expected


Outputs = namedtuple("Outputs", "loss output note")


@pytest.mark.parametrize("kind", [lambda *parts: parts, Outputs])
def test_a_step_hands_auxiliary_outputs_through(kind):
    model = {"w": np.array([2.0])}
    loss = lambda m, x: kind((m["w"] * x).sum(), m["w"] * 10, "text")
    found = trainstep_(loss, model, 3.0, setup(Descent(0.1), model))
    assert type(found) is type(kind(1, 2, 3))
    assert found == (6.0, np.array([20.0]), "text")
    np.testing.assert_allclose(model["w"], 1.7)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda m, x: np.log(m["w"]).sum() * x, "Loss is -Inf, so this step does not"),
        (lambda m, x: (m["w"] * np.nan).sum(), "Loss is NaN, .*came in with the data"),
        (lambda m, x: np.arccos(1 - m["w"]).sum(), "Loss is 0, but its gradient at w"),
        (lambda m, x: (np.log(m["w"]).sum(), "aux"), "Loss is -Inf.*numpy.log"),
    ],
)
def test_a_step_that_is_not_finite_warns_and_changes_nothing(loss, message):
    model = {"w": np.zeros(1)}
    opt_state = setup(Momentum(), model)
    before = deepcopy((model, opt_state))
    with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = trainstep_(loss, model, 1.0, opt_state)
    (warning,) = caught
    assert re.match(message, str(warning.message))
    assert warning.filename == __file__
    assert_untouched((model, opt_state), before)
    number = value[0] if isinstance(value, tuple) else value
    assert number == 0 or not np.isfinite(number)


def test_a_step_with_a_bare_rule_is_refused():
    model = {"w": np.ones(1)}
    with pytest.raises(TypeError, match="where the state tree is meant"):
        trainstep_(lambda m: m["w"].sum(), model, (), Adam())


def test_a_loop_that_skips_what_is_not_finite():
    """The loop of the training guide: such items change nothing."""
    model = {"w": np.zeros(1)}
    opt_state, losses = setup(Descent(0.1), model), []
    for item in (1.0, np.nan, 1.0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            losses.append(
                trainstep_(lambda m, x: m["w"].sum() * x, model, item, opt_state)
            )
    assert len(losses) == 3 and np.isnan(losses[1])
    np.testing.assert_allclose(model["w"], -0.2)


# --- A loss without the model ------------------------------------------------------


def test_a_loss_that_lacks_the_model_gets_a_note():
    error = refuses("positional argument", loss=lambda x, y: mse(x, y))
    assert any("loss(model, " in note for note in error.__notes__)


def test_type_errors_from_inside_the_loss_get_no_note_about_the_model():
    error = refuses("add", loss=lambda m, x, y: mse(m(x), y) + "text")
    assert not any("loss(model" in note for note in getattr(error, "__notes__", []))
