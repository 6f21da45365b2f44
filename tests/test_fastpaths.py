"""Whole training steps by the fast paths: nobody can tell them from the plain ones."""

from copy import deepcopy
from threading import Barrier, Thread

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype(np.float32)
Y = np.eye(4, dtype=np.float32)[RNG.integers(4, size=12)]


def network(seed=0):
    sizes = (3, 5, mg.tanh), (5, 6, mg.relu), (6, 4)
    return mg.Chain(*(mg.Dense(*size, rng=seed + i) for i, size in enumerate(sizes)))


def loss(model):
    return mg.logitcrossentropy(model(X), Y)


def step(model, state):
    value, grads = mg.withgradient(loss, model)
    mg.update_(state, model, grads[0])
    return value, grads[0]


def train(model, state, steps=8):
    return [float(step(model, state)[0]) for _ in range(steps)]


def bits(model):
    return [x.tobytes() for x in mg.trainables(model)]


def test_a_training_does_not_depend_on_those_before_it():
    """The first steps walk over the model node by node, later ones by its pattern."""
    first, second = network(), network()
    losses = [train(m, mg.setup(mg.Adam(0.1), m)) for m in (first, second)]
    assert losses[0] == losses[1] and bits(first) == bits(second)
    assert losses[0][-1] < losses[0][0]


def test_it_is_the_plain_training_up_to_rounding():
    fast, plain = network(), network()
    losses = train(fast, mg.setup(mg.Adam(0.1), fast))
    with mg.plain():
        expected = train(plain, mg.setup(mg.Adam(0.1), plain))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_gradients_that_somebody_keeps_stay_as_they_are():
    model = network()
    state = mg.setup(mg.Adam(0.1), model)
    kept = [step(model, state)[1] for _ in range(6)]
    then = deepcopy(kept)
    train(model, state)
    assert list(map(bits, kept)) == list(map(bits, then))
    arrays = [x for grads in kept for x in mg.trainables(grads)]
    assert not any(
        np.shares_memory(x, y) for i, x in enumerate(arrays) for y in arrays[:i]
    )


def test_two_threads_at_once():
    alone = [network(seed) for seed in (0, 50)]
    for model in alone:
        train(model, mg.setup(mg.Adam(0.1), model), steps=200)
    together, start = [network(seed) for seed in (0, 50)], Barrier(2)

    def work(model):
        state = mg.setup(mg.Adam(0.1), model)
        start.wait()
        train(model, state, steps=200)

    threads = [Thread(target=work, args=(model,)) for model in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(map(bits, together)) == list(map(bits, alone))


@pytest.mark.parametrize("place", ["the loss", "an activation", "the update"])
def test_an_exception_half_way_leaves_everything_as_it_was(place, monkeypatch):
    model, twin = network(), network()
    state, other = (mg.setup(mg.Adam(0.1), m) for m in (model, twin))
    train(model, state), train(twin, other)

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), monkeypatch.context() as patch:
        if place == "the update":
            patch.setattr("minigrad.optimise.kernels.Kernel.run", stop)
            step(model, state)
        elif place == "the loss":
            mg.gradient(lambda m: loss(m) + stop(), model)
        else:
            patch.setattr(model.layers[1], "act", stop)
            step(model, state)
    assert bits(model) == bits(twin) and state == other
    assert train(model, state) == train(twin, other)


def test_gradients_within_gradients():
    model = network()
    state = mg.setup(mg.Adam(0.01), model)

    def penalised(m):
        inner = mg.gradient(loss, m)[0]
        return loss(m) + sum((g**2).sum() for g in mg.trainables(inner))

    for _ in range(4):
        fast = mg.withgradient(penalised, model)
        with mg.plain():
            plain = mg.withgradient(penalised, model)
        np.testing.assert_allclose(fast.val, plain.val, rtol=1e-5)
        for x, y in zip(
            *(mg.trainables(each.grad) for each in (fast, plain)), strict=True
        ):
            np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-5)
        step(model, state)


def other_activation(model):
    model.layers[1].act = mg.sigmoid


def other_array(model):
    model.layers[0].weight = model.layers[0].weight * 2


def other_layer(model):
    model.layers = (*model.layers[:2], mg.Dense(6, 4, rng=9))


def one_more_layer(model):
    model.layers = (*model.layers, mg.Dense(4, 4, rng=9))


def another_precision(model):
    for layer in model.layers:
        layer.weight, layer.bias = layer.weight.astype(float), layer.bias.astype(float)


def a_tie(model):
    twice = mg.Dense(6, 6, rng=5)
    model.layers = mg.Dense(3, 6, rng=4), twice, twice, mg.Dense(6, 4, rng=6)


CHANGES = (
    other_activation,
    other_array,
    other_layer,
    one_more_layer,
    another_precision,
    a_tie,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_changes_between_two_steps(change):
    """The next gradient is that of the model as it is now."""
    model = network()
    train(model, mg.setup(mg.Adam(0.1), model))
    change(model)
    fast = mg.withgradient(loss, model)
    with mg.plain():
        plain = mg.withgradient(loss, model)
    np.testing.assert_allclose(fast.val, plain.val, rtol=1e-5)
    for x, y in zip(*(mg.trainables(each.grad) for each in (fast, plain)), strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)
    train(model, mg.setup(mg.Adam(0.1), model))


def test_plain_is_no_function_of_an_array():
    with pytest.raises(
        TypeError, match=r"write `with plain\(\): ...`. The numbers beh"
    ):
        mg.gradient(lambda x: mg.plain(x).sum(), np.ones(3))
