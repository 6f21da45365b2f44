import numpy as np
import pytest

import minigrad as mg
from minigrad import Dense, Maxout, Parallel, SkipConnection

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))


def dense(features_out, features_in=3, act=np.tanh, seed=0):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(features_out, features_in))
    return Dense(weight, rng.normal(size=features_out), act)


concatenated = lambda *ys: np.concatenate(ys, axis=-1)


# --- Values ------------------------------------------------------------------------


def test_a_way_around():
    layer = dense(3)
    np.testing.assert_array_equal(SkipConnection(layer, np.add)(X), layer(X) + X)
    skip = SkipConnection(layer, lambda y, x: np.concatenate([y, 2 * x], axis=-1))
    np.testing.assert_array_equal(skip(X), np.concatenate([layer(X), 2 * X], axis=-1))


def test_one_input_for_all_layers():
    f, g = dense(2), dense(4, seed=1)
    found = Parallel(concatenated, f, g)(X)
    np.testing.assert_array_equal(found, np.concatenate([f(X), g(X)], axis=-1))


def test_one_input_each():
    f, g, other = dense(2), dense(2, 5, seed=1), RNG.normal(size=(4, 5))
    both = Parallel(np.subtract, f, g)
    np.testing.assert_array_equal(both((X, other)), f(X) - g(other))
    np.testing.assert_array_equal(both(X, other), f(X) - g(other))


def test_one_layer_for_all_inputs():
    f = dense(2)
    np.testing.assert_array_equal(Parallel(np.subtract, f)(X, 2 * X), f(X) - f(2 * X))


def test_in_a_chain_a_tuple_is_one_input_each():
    chain = mg.Chain(lambda x: (x, -x), Parallel(np.add, np.exp, np.cos))
    np.testing.assert_array_equal(chain(X), np.exp(X) + np.cos(-X))


def test_names():
    both = Parallel(np.add, enc=dense(2), dec=dense(2, seed=1))
    np.testing.assert_array_equal(both(X), both.layers.enc(X) + both.layers.dec(X))
    g = mg.gradient(lambda m: m(X).sum(), both)[0]
    assert g.layers.enc.weight.shape == (2, 3)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_function_of_two_arrays_goes_through_all_outputs(n):
    """np.add(a, b, c) would write into c."""
    layers = [dense(2, seed=seed) for seed in range(n)]
    outputs = [layer(X) for layer in layers]
    for connection, total in ((np.add, np.sum), (np.maximum, np.max)):
        found = Parallel(connection, *layers)(X)
        np.testing.assert_allclose(found, total(outputs, axis=0), rtol=1e-14)


def test_the_largest():
    layers = [dense(2, seed=seed) for seed in range(3)]
    found = Maxout(*layers)(X)
    np.testing.assert_array_equal(found, np.max([f(X) for f in layers], axis=0))
    np.testing.assert_array_equal(Maxout(layers)(X), found)
    np.testing.assert_array_equal(Maxout(layers[0])(X), layers[0](X))


def test_a_function_that_makes_layers_is_called_for_each():
    maxout = Maxout(lambda: Dense(5, 7, np.tanh), 3)
    assert [repr(layer) for layer in maxout.layers] == ["Dense(5 => 7, tanh)"] * 3
    first, second, _ = maxout.layers
    assert (first.weight != second.weight).any()
    assert maxout(np.ones((2, 5), np.float32)).shape == (2, 7)


# --- Gradients ---------------------------------------------------------------------

MODELS = {
    "skip": lambda: SkipConnection(dense(3), np.multiply),
    "parallel": lambda: Parallel(concatenated, dense(2), dense(3, seed=1)),
    "maxout": lambda: Maxout(dense(2), dense(2, seed=1), dense(2, seed=2)),
}


@pytest.mark.parametrize("name", MODELS)
def test_gradients_of_orders_1_and_2(name):
    loss = lambda m, x: (m(x) ** 2).sum()
    slope = lambda m, x: (mg.gradient(loss, m, x)[1] ** 2).sum()
    for f in (loss, slope):
        report = mg.check_gradient(f, MODELS[name](), X)
        assert report, str(report)


def test_only_the_largest_gets_a_gradient():
    maxout = Maxout(np.negative, lambda x: 3 * x)
    np.testing.assert_array_equal(
        mg.gradient(lambda x: maxout(x).sum(), np.array([-2.0, 5.0]))[0], [-1, 3]
    )


@mg.functor
class Weighted:
    """A connection with a parameter."""

    def __init__(self):
        self.weight = np.ones(1, np.float32)

    def __call__(self, *ys):
        return self.weight * sum(ys)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SkipConnection(Dense(3, 3, rng=0), Weighted()),
        lambda: Parallel(Weighted(), Dense(3, 2, rng=0)),
    ],
)
def test_a_connection_may_be_trained(make):
    model = make()
    before = model.connection.weight.copy()
    state = mg.setup(mg.Descent(0.1), model)
    x = np.ones((2, 3), np.float32)
    mg.update_(state, model, mg.gradient(lambda m: m(x).sum(), model)[0])
    assert (model.connection.weight != before).all()
    assert model.connection.weight.dtype == np.float32


def test_a_step_trains_every_layer():
    model = Parallel(np.add, Dense(3, 2, rng=0), Maxout(Dense(3, 2, rng=1)))
    before = [x.copy() for x in mg.trainables(model)]
    state = mg.setup(mg.Descent(0.1), model)
    x = np.ones((2, 3), np.float32)
    mg.update_(state, model, mg.gradient(lambda m: m(x).sum(), model)[0])
    for new, old in zip(mg.trainables(model), before, strict=True):
        assert (new != old).any()


# --- Printed forms and mistakes ----------------------------------------------------


def test_printed_forms():
    assert str(Maxout(Dense(2, 1), Dense(2, 1))).splitlines() == [
        "Maxout(",
        "  Dense(2 => 1),  # 3 parameters",
        "  Dense(2 => 1),  # 3 parameters",
        ")                 # Total: 4 arrays, 6 parameters, 24 bytes",
    ]
    assert str(SkipConnection(Dense(2, 2), np.add)).splitlines() == [
        "SkipConnection(",
        "  layers = Dense(2 => 2),  # 6 parameters",
        "  connection = add,",
        ")                          # Total: 2 arrays, 6 parameters, 24 bytes",
    ]
    assert str(Parallel(np.add, a=Dense(2, 1))).splitlines() == [
        "Parallel(",
        "  connection = add,",
        "  layers = (",
        "    a = Dense(2 => 1),  # 3 parameters",
        "  ),",
        ")                       # Total: 2 arrays, 3 parameters, 12 bytes",
    ]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: Parallel(np.add, np.sin, np.cos, np.exp)(X, X), mg.ShapeError,
         "Parallel with 3 layers takes one input or 3 inputs, and was given 2"),
        (lambda: Parallel(np.add, np.sin, np.cos)(), mg.ShapeError, "was given 0"),
        (lambda: Parallel(np.add), TypeError, "no layers"),
        (lambda: Parallel(3, np.sin), TypeError, "connection is 3, and an int cannot"),
        (lambda: Parallel(np.add, 3), TypeError, r"Parallel: layers\[0\] is 3"),
        (lambda: Parallel(np.add, np.sin, a=np.cos), TypeError, "with and without"),
        (lambda: Parallel(np.add, layers=np.sin), TypeError, "'layers' is taken"),
        (lambda: Parallel(np.add, connection=np.sin), TypeError, "name is taken"),
        (lambda: SkipConnection(Dense(2, 2), None), TypeError, "connection is None"),
        (lambda: SkipConnection([np.sin], np.add), TypeError, "layers is .*a list can"),
        (lambda: Maxout(), TypeError, "at least one layer"),
        (lambda: Maxout(3, 2), TypeError, "make is 3"),
        (lambda: Maxout(np.sin, 0), TypeError, "at least one layer"),
        (lambda: Maxout(np.sin, "x"), TypeError, r"Maxout: layers\[1\] is 'x'"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_errors_say_where():
    x = np.ones((2, 3), np.float32)
    for model, place in (
        (
            mg.Chain(Parallel(np.add, a=np.sin, b=Dense(4, 3))),
            r"layers\[0\]\.layers\.b",
        ),
        (Maxout(Dense(3, 2), Dense(4, 2)), r"layers\[1\]"),
        (SkipConnection(mg.Chain(Dense(4, 2)), np.add), r"layers\.layers\[0\]"),
    ):
        with pytest.raises(
            mg.ShapeError, match=rf"^{place} Dense\(4 => \d\) expects 4"
        ):
            model(x)

    def fails(x):
        raise OSError

    with pytest.raises(OSError) as caught:
        Parallel(np.add, np.sin, fails)(x)
    assert caught.value.__notes__ == ["This happened in layers[1] of a Parallel."]
