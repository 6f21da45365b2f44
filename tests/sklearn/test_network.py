"""What both estimators share: making, training, and what they refuse."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import moons
from minigrad.errors import DomainError
from minigrad.sklearn import NetClassifier, NetRegressor

X, Y = moons(60, rng=0)
ESTIMATORS = [NetClassifier, NetRegressor]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("hidden", "shapes"),
    [((), [(2,)]), ((5,), [(5, 2), (5,)]), ([5, 4], [(5, 2), (5,), (4, 5), (4,)])],
)
def test_hidden_layers(estimator, hidden, shapes):
    net = estimator(hidden, act=mg.tanh, epochs=1).fit(X, Y)
    arrays = mg.trainables(net.model_)
    assert [a.shape for a in arrays][: len(hidden) * 2] == shapes[: len(hidden) * 2]
    assert len(arrays) == 2 * len(hidden) + 2
    acts = [layer.act for layer in net.model_]
    assert acts == [mg.tanh] * len(hidden) + [mg.identity]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kind", ["f4", "f8", "i8"])
def test_the_table_decides_the_dtype(estimator, kind):
    net = estimator(epochs=1).fit((10 * X).astype(kind), Y)
    expected = np.float32 if kind == "f4" else np.float64
    assert {a.dtype for a in mg.trainables(net.model_)} == {np.dtype(expected)}
    assert net.predict(10 * X).shape == (60,)  # whatever it is asked with


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_it_is_the_loop_that_one_would_write(estimator):
    """The same weights, orders and steps as with `train_`, bit for bit."""
    net = estimator((4,), epochs=3, batchsize=25, random_state=5).fit(X, Y)
    classifies = estimator is NetClassifier
    rng = np.random.default_rng(5)
    layers = mg.Dense(2, 4, mg.relu, rng=rng), mg.Dense(4, 1 + classifies, rng=rng)
    model = mg.Chain(*layers)
    y = mg.onehotbatch(Y, [0, 1]) if classifies else Y.astype(np.float32)[:, None]
    compare = mg.logitcrossentropy if classifies else mg.mse
    opt_state = mg.setup(mg.Adam(0.01), model)
    data = mg.DataLoader((X, y), batchsize=25, shuffle=True, rng=rng)
    for _ in range(3):
        mg.train_(lambda m, x, y: compare(m(x), y), model, data, opt_state)
    found = mg.trainables(net.model_)
    for a, b in zip(found, mg.trainables(model), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_loss_of_an_epoch_is_the_mean_over_observations(estimator):
    """With a rule that changes nothing it is the loss of all at once."""
    net = estimator(rule=mg.Descent(1e-30), epochs=2, batchsize=25, random_state=0)
    net.fit(X, Y)
    y = mg.onehotbatch(Y, [0, 1]) if estimator is NetClassifier else Y[:, None]
    expected = net.default_loss(net.model_(X), y)
    np.testing.assert_allclose(net.loss_curve_, [expected] * 2, rtol=1e-6)
    assert net.n_iter_ == 2


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_another_loss(estimator):
    seen = []

    def loss(yhat, y):
        seen.append((yhat.shape, y.shape))
        return mg.mse(yhat, y)

    estimator(loss=loss, epochs=1, batchsize=60).fit(X, Y)
    outputs = 2 if estimator is NetClassifier else 1
    assert seen == [((60, outputs), (60, outputs))]


def test_verbose_prints_each_epoch(capsys):
    net = NetRegressor(epochs=2, verbose=True).fit(X, Y)
    first, second = net.loss_curve_
    expected = f"epoch   1   loss {first:.4f}\nepoch   2   loss {second:.4f}\n"
    assert capsys.readouterr().out == expected
    NetRegressor(epochs=2).fit(X, Y)
    assert capsys.readouterr().out == ""


def test_random_state_none_is_the_default_generator():
    curves = []
    for _ in range(2):
        mg.seed(3)
        curves.append(NetRegressor(epochs=1).fit(X, Y).loss_curve_)
    assert curves[0] == curves[1]
    assert curves[0] != NetRegressor(epochs=1).fit(X, Y).loss_curve_
    generator = np.random.default_rng(3)
    assert NetRegressor(epochs=1, random_state=generator).fit(X, Y).loss_curve_


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (dict(hidden=32), ValueError, r"hidden=32 must be a tuple .* \(32,\) for one"),
        (dict(hidden=(32, 0)), ValueError, r"hidden=\(32, 0\) must be a tuple"),
        (dict(hidden=(3.5,)), ValueError, r"hidden=\(3\.5,\) must be"),
        (dict(hidden="32"), ValueError, r"hidden='32' must be"),
        (dict(epochs=0), ValueError, r"epochs=0 must be a whole number from 1 on"),
        (dict(epochs=2.0), ValueError, r"epochs=2\.0 must be"),
        (dict(batchsize=0), ValueError, r"batchsize=0: a batch needs at least 1"),
        (dict(rule="adam"), TypeError, r"needs a rule, .* given a str"),
        (dict(rule=mg.Adam), TypeError, r"needs a rule, .* the class Adam"),
        (
            dict(loss="mse"),
            TypeError,
            r"loss='?mse'? must be a function|loss= is 'mse'",
        ),
        (
            dict(model=mg.Dense(2, 2)),
            TypeError,
            r"model= is a Dense, and must be a function that makes a new model.*lambda",
        ),
        (dict(model="deep"), TypeError, r"model= is a str, and must be a function"),
        (dict(random_state="x"), TypeError, r"'x' is of type str"),
        (dict(random_state=-1), ValueError, r"-1 is negative"),
    ],
)
def test_parameters_that_cannot_be_used(estimator, parameters, error, message):
    with pytest.raises(error, match=message):
        estimator(**parameters).fit(X, Y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_model_with_another_number_of_outputs(estimator):
    def make(features, outputs, rng):
        return mg.Dense(features, 7)

    with pytest.raises(ValueError, match=r"yhat has shape \(32, 7\), y has shape"):
        estimator(model=make).fit(X, Y)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_loss_that_explodes_says_what_helps(estimator):
    net = estimator((8, 8), rule=mg.Descent(1e30), random_state=0)
    with pytest.raises(DomainError, match=r"not finite|Loss is") as caught:
        net.fit(X * 1e6, Y)
    assert "StandardScaler() before the network" in caught.value.__notes__[0]
