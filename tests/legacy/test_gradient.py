"""Implicit gradients, each beside the explicit one of the same function."""

from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import gradient, gradient_of, param, params, pullback, withgradient

RNG = np.random.default_rng(0)
VECTORS = RNG.standard_normal((6, 4)).astype(np.float32)
SEQUENCES = RNG.standard_normal((2, 5, 4)).astype(np.float32)
IMAGES = RNG.standard_normal((2, 6, 6, 2)).astype(np.float32)

LAYERS = {
    "dense": (mg.Chain(mg.Dense(4, 5, mg.tanh), mg.Dense(5, 3)), VECTORS),
    "one vector": (mg.Dense(4, 5, mg.gelu), VECTORS[0]),
    "without bias": (mg.Dense(4, 5, bias=False), VECTORS),
    "convolution": (mg.Chain(mg.Conv((3, 3), (2, 3), mg.relu), mg.Flatten()), IMAGES),
    "transposed": (mg.ConvTranspose((3, 3), (2, 3)), IMAGES),
    "LSTM": (mg.LSTM(4, 3), SEQUENCES),
    "GRU": (mg.GRU(4, 3), SEQUENCES),
    "RNN": (mg.RNN(4, 3), SEQUENCES),
    "attention": (mg.MultiHeadAttention(4, nheads=2), SEQUENCES),
    "normalisation": (mg.Chain(mg.BatchNorm(4, mg.relu), mg.LayerNorm(4)), VECTORS),
    "groups": (mg.GroupNorm(4, 2), IMAGES.repeat(2, -1)),
    "embedding": (mg.Embedding(7, 3), np.array([1, 2, 3, 1])),
    "branches": (mg.SkipConnection(mg.Dense(4, 4), np.add), VECTORS),
    "maxout": (mg.Maxout(lambda: mg.Dense(4, 4), 3), VECTORS),
    "scale": (mg.Scale(4), VECTORS),
}


def loss_of(model, x):
    y = model(x)
    return sum((part**2).sum() for part in (y if type(y) is tuple else (y,)))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("fast", [True, False])
def test_layers_have_the_gradients_of_the_explicit_style_bit_for_bit(name, fast):
    model, x = LAYERS[name]
    arrays = mg.trainables(model)

    def compare():
        expected = mg.gradient(loss_of, model, x)[0]
        gs = gradient(lambda: loss_of(model, x), params(model))
        for path, array in mg.trainables(model, path=True):
            assert np.array_equal(gs[array], mg.getkeypath(expected, path))

    if fast:
        compare()
    else:
        with mg.plain():
            compare()
    assert [*map(id, mg.trainables(model))] == [*map(id, arrays)]


# --- What is asked for ---------------------------------------------------------------


@pytest.fixture
def model():
    return mg.Chain(mg.Dense(4, 5, mg.tanh, rng=0), mg.Dense(5, 3, rng=1))


def test_the_page_of_linear_regression():
    """Page 003: gradients of bare arrays, by finite differences (A003-02)."""
    rng = np.random.default_rng(1)
    W, b = param(rng.random((2, 5))), param(rng.random(2))
    x, y = rng.random(5), rng.random(2)
    loss = lambda: (((W @ x + b) - y) ** 2).sum()
    gs = gradient(loss, params(W, b))
    for p in (W, b):
        numeric = np.zeros_like(p.array)
        for place in np.ndindex(p.shape):
            kept = p.array[place]
            p[place] = kept + 1e-6
            above = loss()
            p[place] = kept - 1e-6
            numeric[place] = (above - loss()) / 2e-6
            p[place] = kept
        np.testing.assert_allclose(gs[p], numeric, rtol=1e-7)


def test_only_a_part_of_a_chain(model):
    whole = gradient(lambda: loss_of(model, VECTORS), params(model))
    part = gradient(lambda: loss_of(model, VECTORS), params(model[1:]))
    first, last = model.layers
    assert first.weight not in part
    assert np.array_equal(part[last.weight], whole[last.weight])


def test_only_a_named_layer():
    model = mg.Chain(enc=mg.Dense(4, 5), dec=mg.Dense(5, 3))
    gs = gradient(lambda: loss_of(model, VECTORS), params(model.layers.enc))
    assert len(gs) == 2
    assert model.layers.enc.bias in gs
    assert model.layers.dec.bias not in gs


def test_models_of_all_kinds_of_containers():
    Pair = namedtuple("Pair", "a b")
    model = {
        "dict": np.array([1.0]),
        "list": [np.array([2.0]), [np.array([3.0])]],
        "tuple": (np.array([4.0]), 7, (np.array([5.0]), np.sin)),
        "named": Pair(np.array([6.0]), None),
    }

    def f():
        return (
            model["dict"] * model["list"][0] * model["list"][1][0]
            + model["tuple"][0] * model["tuple"][2][0] * model["named"].a
        ).sum()

    before = [*map(id, (*model.values(), *model["list"]))]
    gs = gradient(f, params(model))
    found = [float(g[0]) for g in gs.values()]
    assert found == [6, 3, 2, 30, 24, 20]
    assert [*map(id, (*model.values(), *model["list"]))] == before


def test_classes_of_ones_own_with_slots_frozen_and_with_properties():
    from dataclasses import dataclass

    @mg.functor
    class Slots:
        __slots__ = ("w",)

        def __init__(self):
            self.w = np.array([1.0])

    @mg.functor
    @dataclass(frozen=True)
    class Frozen:
        w: np.ndarray

    @mg.functor(children=("w",))
    class Computed:
        def __init__(self):
            self._w = np.array([3.0])

        @property
        def w(self):
            return self._w

        @w.setter
        def w(self, value):
            self._w = value

    models = [Slots(), Frozen(np.array([2.0])), Computed()]
    arrays = [model.w for model in models]
    gs = gradient(lambda: np.prod([1.0]) * _product(models), params(models))
    assert [float(g[0]) for g in gs.values()] == [6, 3, 2]
    assert all(model.w is x for model, x in zip(models, arrays, strict=True))


def _product(models):
    a, b, c = (model.w for model in models)
    return (a * b * c).sum()


def test_tied_weights_add_up():
    W = np.arange(6.0).reshape(2, 3)
    tied = [W, {"decoder": W.T}]
    expected = mg.gradient(lambda w: (w * 2).sum() + (w.T**2).sum(), W)[0]
    f = lambda: (tied[0] * 2).sum() + (tied[1]["decoder"] ** 2).sum()
    assert np.array_equal(gradient(f, params(tied))[W], expected)


def test_withgradient_gives_the_value_and_what_comes_beside_it():
    W = param([3.0])
    val, gs = withgradient(lambda: ((W**2).sum(), W, {"twice": 2 * W}), params(W))
    assert val[0] == 9
    assert type(val[1]) is np.ndarray
    assert not np.shares_memory(val[1], W)
    assert np.array_equal(val[2]["twice"], [6])
    assert np.array_equal(gs[W], [6])
    assert withgradient(lambda: (W**2).sum(), params(W)).val == 9


def test_pullback_sends_any_gradient_back_any_number_of_times():
    W = param([1.0, 2.0])
    y, back = pullback(lambda: {"cube": W**3, "itself": W}, params(W))
    assert np.array_equal(y["cube"], [1, 8])
    one, zero = np.ones(2), None
    assert np.array_equal(back({"cube": one, "itself": zero})[W], [3, 12])
    assert np.array_equal(back({"cube": one, "itself": 5 * one})[W], [8, 17])


def test_the_decorator_is_the_do_block():
    W = param([3.0])

    @gradient_of(params(W))
    def gs():
        return (W**2).sum()

    assert np.array_equal(gs[W], [6])


def test_a_loss_that_is_a_parameter_itself():
    W = param(np.array(2.0))
    assert gradient(lambda: W, params(W))[W] == 1


def test_complex_parameters():
    W = param(np.array([3.0 + 4.0j]))
    gs = gradient(lambda: (np.abs(W) ** 2).sum(), params(W))
    np.testing.assert_allclose(gs[W], [6 + 8j])


def test_dropout_is_active_and_statistics_stay_with_the_model():
    dropout, norm = mg.Dropout(0.5, rng=0), mg.BatchNorm(4)
    zeros = []
    model = mg.Chain(norm, dropout, lambda x: zeros.append((x == 0).any()) or x)
    mean = norm.mean
    gradient(lambda: model(VECTORS).sum(), params(model))
    assert zeros == [True]
    assert norm.mean is mean
    assert mean.any()


# --- Gradients within gradients ------------------------------------------------------


def test_implicit_within_implicit():
    """The sum of (w³)' over w is 3 w², whose gradient is 6 w."""
    W = param([1.0, 2.0])
    ps = params(W)
    f = lambda: gradient(lambda: (W**3).sum(), ps)[W].sum()
    assert np.array_equal(gradient(f, ps)[W], [6, 12])


def test_implicit_within_implicit_by_others():
    W, V = param([1.0, 2.0]), param([3.0, 4.0])
    f = lambda: (gradient(lambda: (W**2 * V).sum(), params(W))[W] * W).sum()
    gs = gradient(f, params(V, W))
    assert np.array_equal(gs[V], 2 * W.array**2)
    assert np.array_equal(gs[W], 4 * W.array * V.array)


def test_implicit_within_explicit():
    W = param([1.0, 2.0])
    f = lambda x: gradient(lambda: (x**2 * W**2).sum(), params(W))[W].sum()
    dx = mg.gradient(f, np.array([3.0, 4.0]))[0]
    assert np.array_equal(dx, 4 * W.array * [3, 4])


def test_explicit_within_implicit(model):
    W = param([1.0, 2.0])
    x = np.array([3.0, 4.0])
    f = lambda: mg.gradient(lambda x: (x**2 * W**2).sum(), x)[0].sum()
    assert np.array_equal(gradient(f, params(W))[W], 4 * W.array * x)
    f = lambda: mg.gradient(lambda w: (w**3).sum(), W)[0].sum()
    assert np.array_equal(gradient(f, params(W))[W], 6 * W.array)


def test_an_explicit_gradient_of_the_same_model_inside():
    """A penalty on the gradient of the model: both ways to take the outer one."""
    model = mg.Dense(np.array([[1.0, 2.0]]))

    def penalty(m):
        g = mg.gradient(lambda m: (m.weight**3).sum(), m)[0]
        return (g.weight**2).sum()

    expected = mg.gradient(penalty, model)[0].weight
    gs = gradient(lambda: penalty(model), params(model))
    assert np.array_equal(gs[model.weight], expected)
    assert type(model.weight) is np.ndarray


def test_without_confusion_of_the_two():
    """d/dx of x · d/dw (w x) at x = 3 is 2 x, and not x."""
    W = param([1.0])
    f = lambda x: x * gradient(lambda: (W * x).sum(), params(W))[W].sum()
    assert mg.gradient(f, 3.0) == (6.0,)


# --- What is refused -----------------------------------------------------------------


def test_a_plain_array_says_what_to_write():
    x = np.ones((2, 5))
    for ps in (params(x), legacy.Params([x]), params(param(np.ones(1)), x)):
        with pytest.raises(mg.NoGradientError, match=r"\(2, 5\).*W = param\(W\)"):
            gradient(lambda: x.sum(), ps)


def test_an_array_in_a_tuple_says_what_to_write():
    pair = (np.ones(1), np.ones(1))
    with pytest.raises(mg.NoGradientError, match=r"at \[0\] stands in a tuple"):
        gradient(lambda: pair[0].sum(), params(pair))
    pair = (param(pair[0]), param(pair[1]))
    assert gradient(lambda: (pair[0] * pair[1]).sum(), params(pair))[pair[0]] == 1


def test_a_list_made_for_the_call_is_warned_about():
    W = np.ones(2)
    with pytest.warns(UserWarning, match=r"No gradient arrived at \[0\]"):
        gs = gradient(lambda: W.sum(), params([W]))
    assert gs[W] is None


def test_nothing_to_differentiate_by():
    for ps in (params(), params(np.array([1, 2]))):
        with pytest.raises(mg.NoGradientError, match="nothing to differentiate by"):
            gradient(lambda: 1.0, ps)


W = param([1.0])
MISTAKES = {
    "called before": (lambda: gradient(1.0, params(W)), "must not be called before"),
    "exchanged": (lambda: gradient(params(W), abs), "takes the function first"),
    "an array": (lambda: gradient(abs, W), r"given a Param.* params\(W, b\)"),
    "a list": (lambda: gradient(abs, [W]), r"given a list.* params\(model\)"),
    "a model": (
        lambda: gradient(abs, mg.Dense(1, 1)),
        r"given a Dense.* minigrad.grad",
    ),
    "a number": (lambda: gradient(abs, 1), r"an int. Write ps = params\(model\)"),
    "nothing": (lambda: gradient_of(None)(abs), "given None"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_explained(name):
    f, sentence = MISTAKES[name]
    with pytest.raises(TypeError, match=sentence):
        f()


def test_a_function_with_arguments_is_explained():
    with pytest.raises(TypeError, match="missing 1") as caught:
        gradient(lambda x: (W * x).sum(), params(W))
    assert "takes no arguments, and finds" in caught.value.__notes__[0]
    with pytest.raises(TypeError, match="missing 1") as caught:
        gradient(lambda: (lambda x: x)(), params(W))  # somebody else's mistake
    assert not hasattr(caught.value, "__notes__")


def test_results_that_are_no_number():
    with pytest.raises(mg.ShapeError, match=r"needs one number.*jacobian"):
        gradient(lambda: param([1.0, 2.0]) * 1, params(W))
    with pytest.raises(mg.NoGradientError, match="returned None"):
        gradient(lambda: None, params(W))


def test_a_value_that_escapes_is_refused_afterwards():
    kept = []
    gradient(lambda: kept.append(2 * W) or W.sum(), params(W))
    with pytest.raises(mg.NoGradientError, match="used after its gradient"):
        kept[0] + 1
