"""Checkpoints: the same gradients, less on the tape, a second call."""

import tracemalloc

import numpy as np
import pytest

import minigrad
from minigrad import Chain, Dense, gradient, pullback, tanh
from minigrad.autodiff import checkpointed, is_tracking
from minigrad.errors import NoGradientError

X = np.array([0.5, -1.5, 2.0])


def f(x):
    return np.sin(np.exp(x))


def test_the_gradient_is_the_same():
    whole = gradient(lambda x: f(x).sum(), X)[0]
    found = gradient(lambda x: checkpointed(f, x).sum(), X)[0]
    np.testing.assert_array_equal(found, whole)
    assert gradient(lambda x: checkpointed(f, x), 0.5) == gradient(f, 0.5)


def test_outside_of_gradient_it_is_a_call():
    np.testing.assert_array_equal(checkpointed(f, X), f(X))


def test_one_entry_and_two_calls():
    calls = []
    g = lambda x: calls.append(is_tracking()) or f(x)
    _, back = pullback(lambda x: checkpointed(g, x).sum(), X)
    assert calls == [True]
    names = [entry[0].name.rpartition(".")[2] for entry in back.tape[1:]]
    assert names[0] == "computed_twice" and "exp" not in names
    back(1.0)
    assert calls == [True, True]
    back(1.0)
    assert len(calls) == 3


def test_several_arguments_are_computed_in_one_second_call():
    calls = []

    def g(x, y, n):
        calls.append(n)
        return np.sum(x * y["b"] * n)

    args = X, {"b": X + 1, "unused": X}, 3
    found = gradient(lambda *args: checkpointed(g, *args), *args)
    np.testing.assert_array_equal(found[0], 3 * (X + 1))
    np.testing.assert_array_equal(found[1]["b"], 3 * X)
    assert not found[1]["unused"].any() and len(calls) == 2


def test_layers_of_a_model():
    model = Chain(Dense(2, 3, tanh), Dense(3, 3, tanh), Dense(3, 1))
    x = np.ones((4, 2), np.float32)

    def loss(model):
        hidden = x
        for layer in model.layers:
            hidden = checkpointed(layer, hidden)
        return (hidden**2).sum()

    found = gradient(loss, model)[0]
    expected = gradient(lambda m: (m(x) ** 2).sum(), model)[0]
    for layer, other in zip(found.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(layer.weight, other.weight)
        np.testing.assert_array_equal(layer.bias, other.bias)


def test_checkpoints_within_checkpoints():
    calls = []

    def counted(x):
        calls.append(1)
        return f(x)

    pair = lambda x: checkpointed(counted, checkpointed(counted, x))
    found = gradient(lambda x: checkpointed(pair, x).sum(), X)[0]
    expected = gradient(lambda x: f(f(x)).sum(), X)[0]
    np.testing.assert_array_equal(found, expected)
    assert len(calls) == 6  # forward, the outer part again, each inner part again


def test_second_derivatives():
    second = lambda g: gradient(lambda x: gradient(g, x)[0].sum(), X)[0]
    found = second(lambda y: checkpointed(f, y).sum())
    np.testing.assert_allclose(found, second(lambda y: f(y).sum()), rtol=1e-15)


def test_results_of_any_structure():
    g = lambda h, c: {"h": h * c, "c": (c + 1, 3, "name")}

    def loss(h, c):
        out = checkpointed(g, h, c)
        assert out["c"][2] == "name"
        return (out["h"] * out["c"][0]).sum() * out["c"][1]

    found = gradient(loss, X, 2.0)
    np.testing.assert_allclose(found[0], np.full(3, 18.0), rtol=1e-15)
    assert found[1] == pytest.approx(3 * 5 * X.sum())


def test_dtypes_and_complex_numbers():
    x = X.astype(np.float32)
    assert gradient(lambda x: checkpointed(f, x).sum(), x)[0].dtype == np.float32
    g = lambda z: np.exp(1j * z)
    h = lambda z: np.abs(g(z) - 1).sum()
    found = gradient(lambda z: np.abs(checkpointed(g, z) - 1).sum(), X + 1j)[0]
    np.testing.assert_allclose(found, gradient(h, X + 1j)[0], rtol=1e-15)


def test_random_numbers_are_drawn_again():
    """The mask of the second call is that of the first; later draws do not repeat."""

    def dropout(x):
        return x * minigrad.random.default_rng().choice([0.0, 2.0], x.shape)

    x = np.ones(50)
    minigrad.seed(3)
    y, back = pullback(lambda x: checkpointed(dropout, x), x)
    after = minigrad.random.default_rng().random()
    minigrad.seed(3)
    dropout(x)
    assert minigrad.random.default_rng().random() == after
    np.testing.assert_array_equal(back(np.ones(50))[0], y)
    following = minigrad.random.default_rng().random()
    assert following != after


def test_values_that_were_not_given():
    with pytest.raises(NoGradientError, match=r"not given.*lambda m, x: m"):
        gradient(lambda x, w: checkpointed(lambda x: x * w, x).sum(), X, X)


def test_another_result_the_second_time():
    counter = iter(range(10))
    with pytest.raises(
        NoGradientError, match="something else when it was called again"
    ):
        gradient(lambda x: checkpointed(lambda x: x * next(counter), x).sum(), X)


def test_no_result():
    with pytest.raises(NoGradientError, match="returned no float arrays"):
        gradient(lambda x: checkpointed(lambda x: None, x), X)


def test_the_result_is_not_copied():
    """Of one array, that is all there is on the tape."""
    layers = [Dense(64, 64, np.tanh, rng=k) for k in range(8)]
    x = np.ones((500, 64), np.float32)

    def loss(call):
        def through(layers):
            y = x
            for layer in layers:
                y = call(layer, y)
            return y.sum()

        return through

    def peak(f):
        gradient(f, layers)
        tracemalloc.start()
        gradient(f, layers)
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    plain = peak(loss(lambda layer, y: layer(y)))
    assert peak(loss(checkpointed)) < plain + 5 * x.nbytes  # a layer, done again
