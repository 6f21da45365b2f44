"""The numbers that the documentation of Flux and Optimisers prints.

`seed_facts.json` holds each with its inputs, its source and its tolerance; here is
one function for each, which recomputes it with minigrad.
"""

import json
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy, optimise

FACTS = {
    fact["id"]: fact
    for fact in json.loads(
        Path(__file__).with_name("seed_facts.json").read_text(encoding="utf-8")
    )
}
CHECKS = {}


def recomputes(name):
    """Register the decorated function: inputs of the fact -> what to expect of it."""

    def register(function):
        CHECKS[name] = function
        return function

    return register


def assert_agree(found, expected, tolerance):
    """Whatever the fact states has been found, to its own tolerance."""
    if isinstance(expected, dict):
        for key, part in expected.items():
            assert_agree(found[key], part, tolerance)
    elif expected is None or isinstance(expected, str):
        assert found == expected
    elif isinstance(expected, list) and isinstance(found, tuple):
        assert len(found) == len(expected)
        for one, part in zip(found, expected, strict=True):
            assert_agree(one, part, tolerance)
    else:
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, **tolerance)


def test_every_fact_is_recomputed():
    assert CHECKS.keys() == FACTS.keys()


@pytest.mark.parametrize("name", FACTS)
def test_fact(name):
    fact = FACTS[name]
    found = CHECKS[name](fact["inputs"])
    assert_agree(found, fact["expected"], fact["tolerance"])


# --- Training a layer on one sample, twice -------------------------------------------


def loss(model, x, y):
    return 100 * np.sum(np.abs(model(x) - y))


def layer_and_data(inputs):
    model = mg.Dense(2, 1, mg.leakyrelu, init=np.ones)
    data = [(np.array(d["x"]), np.array(d["y"])) for d in inputs["data"]]
    return model, data, mg.setup(mg.Momentum(eta=0.1, rho=0.9), model)


@recomputes("seed.dense.bias")
@recomputes("seed.dense.weight")
@recomputes("seed.dense.velocity")
def trained_layer(inputs):
    model, data, opt_state = layer_and_data(inputs)
    mg.train_(loss, model, data, opt_state)
    return {
        "weight": model.weight,
        "bias": model.bias,
        "weight_state": opt_state.weight.state,
        "bias_state": opt_state.bias.state,
    }


@recomputes("seed.dense.grads")
def gradients_on_the_way(inputs):
    model, data, opt_state = layer_and_data(inputs)
    found = {}
    for step, d in enumerate(data, 1):
        grads = mg.gradient(loss, model, *d)[0]
        found[f"step{step}"] = {"weight": grads.weight, "bias": grads.bias}
        mg.update_(opt_state, model, grads)
    return found


# --- Trees ---------------------------------------------------------------------------

XY = namedtuple("XY", "x y")


@recomputes("seed.update.descent_f32")
def pure_update(inputs):
    model = XY(np.array([1, 2, 3], np.float32), np.tanh)
    grads = XY(inputs["gradient"]["x"], inputs["gradient"]["y"])
    state, new = mg.update(mg.setup(mg.Descent(0.1), model), model, grads)
    assert new.x.dtype == np.float32 and new.y is np.tanh and state.y == ()
    return {"x": new.x}


@recomputes("seed.static.gradient")
def structural_gradient(inputs):
    model = XY(*(np.array(inputs["model"][key], np.float32) for key in "xy"))
    grads = mg.gradient(lambda m: np.sum((m.x + m.y) ** 2), model)[0]
    assert grads.x.dtype == grads.y.dtype == np.float32
    return {"x": grads.x, "y": grads.y}


@recomputes("seed.static.momentum")
def half_writable_model(inputs):
    model = XY(np.array([1, 2], np.float32), np.array([4, 5], np.float32))
    model.y.flags.writeable = False
    state = optimise.setup(mg.Momentum(1 / 30, 0.9), model)
    tree, new = mg.update_(state, model, inputs["gradient"])
    assert tree is state and new.x is model.x
    return {
        "new": {"x": new.x, "y": new.y},
        "old_model_after_update_": {"x": model.x, "y": model.y},
    }


def half_frozen(rule):
    model = XY((np.array([1.0]), 2.0), np.array([3.0]))
    state = mg.setup(rule, model)
    mg.freeze_(state.x)
    grads = XY(([np.pi], 10 * np.pi), [100 * np.pi])
    mg.update_(state, model, grads)
    assert state.x[1] == ()
    return {
        "y": model.y,
        "x0": model.x[0],
        "x1": model.x[1],
        "state_y": state.y.state,
        "state_x0": state.x[0].state,
    }


@recomputes("seed.freeze.f64")
def frozen_leaf(inputs):
    return half_frozen(mg.Momentum())


@recomputes("seed.freeze.f32rule")
def frozen_leaf_with_a_rate_of_float32(inputs):
    return half_frozen(mg.Momentum(np.float32(0.01)))


@recomputes("seed.nesterov.state")
def state_of_nesterov(inputs):
    rule, dx = mg.Nesterov(), np.array(inputs["gradient"], np.float32)
    state, step = rule.apply(rule.init(dx), np.zeros_like(dx), dx)
    return {"state": state, "step_subtracted": step}


CHAIN = mg.OptimiserChain(mg.ClipGrad(), mg.Adam())


@recomputes("seed.adjust.chain_state")
def state_of_a_chain(inputs):
    leaf = mg.setup(CHAIN, [np.zeros(2, np.float32)])[0]
    clip, adam = leaf.rule.rules
    return {
        "initial_state": leaf.state,
        "clip_delta": clip.delta,
        "adam": (adam.eta, adam.beta, adam.epsilon),
    }


@recomputes("seed.adjust.keywords")
def numbers_by_keyword(inputs):
    tree = mg.setup(CHAIN, [np.zeros(2, np.float32)])
    new = mg.adjust(tree, beta=(0.777, 0.909), delta=11.1)
    assert tree[0].rule == CHAIN
    clip, adam = new[0].rule.rules
    return {
        "clip_delta": clip.delta,
        "adam_beta": adam.beta,
        "adam_eta": adam.eta,
        "stored_beta_powers": new[0].state[1][2],
    }


class Unmarked:
    def __init__(self, mat):
        self.mat = mat


Marked = mg.functor(type("Marked", (Unmarked,), {}))


def flattened(layer, order):
    model = {
        "lay": layer(np.array([[1, 2], [3, 4]], np.float32)),
        "vec": np.array([5, 6], np.float32),
    }
    vector, restructure = mg.destructure(model, order=order)
    return {"flat": vector, "length": len(restructure)}


@recomputes("seed.destructure.colmajor")
def parameters_in_the_order_of_julia(inputs):
    return flattened(Marked, "F")


@recomputes("seed.destructure.unmarked")
def parameters_without_an_unmarked_layer(inputs):
    return flattened(Unmarked, "C")


@recomputes("seed.cos.period10")
def half_a_cosine_with_restarts(inputs):
    schedule = mg.schedules.Cos(l0=1e-4, l1=1e-2, period=10)
    return [schedule(t) for t in inputs["t"]]


# --- The old style ------------------------------------------------------------------

ALPHABET = namedtuple("Alphabet", "alpha beta gamma")


@recomputes("legacy.params_unpack")
def unpacked(inputs):
    array = lambda *numbers: np.array(numbers)
    given = [
        (array(1, 2, 3), array(4)),
        ([array(1, 2, 3), array(4)],),
        (1, np.array([[2, 2]]), ALPHABET(array(3, 3, 3), object(), np.sin)),
    ]
    assert len(given) == len(inputs["calls"])
    return tuple(tuple(legacy.params(*each)) for each in given)


@recomputes("legacy.params_order")
def params_of_layers(inputs):
    chain = mg.Chain(mg.Dense(np.ones((2, 3))), mg.softmax)
    return {
        "dense": tuple(legacy.params(chain)),
        "batchnorm": tuple(legacy.params(mg.BatchNorm(2, mg.relu))),
    }


def first_steps(opt, n=1):
    """The steps that an optimiser makes of the gradient 1."""
    x = np.zeros(1)
    return [float(legacy.apply_(opt, x, np.ones(1))[0]) for _ in range(n)]


@recomputes("legacy.compose_adam_expdecay")
def learning_rates_multiply(inputs):
    opt = legacy.Optimiser(legacy.ADAM(), legacy.ExpDecay())
    return {"first_step": first_steps(opt)[0]}


@recomputes("legacy.compose_expdecay_descent")
def decay_first(inputs):
    decay = legacy.ExpDecay(0.001, 0.1, 1000, 1e-4)
    steps = first_steps(legacy.Optimiser(decay, legacy.Descent()), 1000)
    return {"step_1": steps[0], "step_1000": steps[-1]}


@recomputes("legacy.clipvalue")
def clipped_by_value(inputs):
    g = np.array(inputs["g"])
    return legacy.apply_(legacy.ClipValue(1e-3), np.zeros(3), g)


@recomputes("legacy.clipnorm")
def clipped_by_norm(inputs):
    g = np.array(inputs["g"], float)
    return legacy.apply_(legacy.ClipNorm(1.0), np.zeros(2), g)


class CustomMomentum:
    """That of the page, with an identity-keyed dictionary."""

    def __init__(self, eta, rho):
        self.eta, self.rho, self.velocity = eta, rho, legacy.IdDict()

    def apply_(self, x, dx):
        v = self.velocity.setdefault(x, np.zeros_like(x))
        v[...] = self.rho * v - self.eta * dx
        return -v


@recomputes("legacy.momentum_custom")
def custom_momentum(inputs):
    opt, w, found = CustomMomentum(inputs["eta"], inputs["rho"]), np.zeros(1), []
    w[0] = inputs["w0"]
    for _ in range(inputs["steps"]):
        legacy.update_(opt, w, np.array([inputs["g"]]))
        found.append((opt.velocity[w].item(), w.item()))
    v, w = zip(*found, strict=True)
    return {"v": list(v), "w": list(w)}


@recomputes("legacy.update_plain")
def subtracted(inputs):
    x = np.array([1.0, 2.0])
    legacy.update_(x, np.array([0.1, 0.2]))
    return x


@recomputes("legacy.epsilon_defaults")
def epsilons(inputs):
    return {
        "legacy_flux": legacy.ADAM().epsilon,
        "optimisers_0.2": float(np.finfo(np.float32).eps),  # as the page printed it
        "optimisers_0.4": mg.Adam().epsilon,
    }


@recomputes("seed.linear_regression_loss")
def losses_of_random_lines(inputs):
    rng = np.random.default_rng(0)
    W, b = rng.random((20000, 2, 5)), rng.random((20000, 2))
    x, y = rng.random((20000, 5)), rng.random((20000, 2))
    losses = (((W @ x[..., None])[..., 0] + b - y) ** 2).sum(axis=1)
    q10, q90 = np.quantile(losses, [0.1, 0.9])
    found = {"mean": losses.mean(), "median": np.median(losses), "q10": q10, "q90": q90}
    return found | {"comment_in_seed": "~ 3"}


# --- Data, penalties, activations ----------------------------------------------------


@recomputes("seed.dataloader.count")
def batches(inputs):
    n, shape = inputs["n"], inputs["shape"]
    pixels = np.broadcast_to(np.float32(0), (n, *shape))  # takes no memory
    loader = mg.DataLoader((pixels, np.arange(n)), batchsize=inputs["batchsize"])
    x, y = next(iter(loader))
    assert len(y) == inputs["batchsize"]
    return {"num_batches": len(loader), "first_batch_batchfirst": x.shape}


@recomputes("seed.regularisation.penalty_grad")
def penalty_gradient(inputs):
    penalty = lambda model: (
        inputs["coef"] * sum(np.sum(p**2) / 2 for p in mg.trainables(model))
    )
    return mg.gradient(penalty, {"theta": np.array(inputs["theta"])})[0]["theta"]


@recomputes("act.leakyrelu")
def leaky_side(inputs):
    return mg.leakyrelu(inputs["x"])
