"""Batch normalisation: numbers, statistics, both modes, and its sentences."""

from copy import deepcopy

import numpy as np
import pytest

from minigrad import (
    Adam,
    BatchNorm,
    Chain,
    Dense,
    Duplicated,
    check_gradient,
    checkpointed,
    children,
    gradient,
    hvp,
    plain,
    rebuild,
    relu,
    setup,
    testmode_,
    trace,
    train_,
    trainmode_,
)
from minigrad.errors import ShapeError
from minigrad.nn.initialisers import ones

from .reference import (
    CASES,
    Comparison,
    check_against,
    in_dtype,
    names_of_trainables,
)

RNG = np.random.default_rng(0)
X = RNG.normal(2.0, 3.0, (5, 3))
LAYERS = {
    "BatchNorm of a matrix": BatchNorm(3),
    "BatchNorm of images": BatchNorm(3),
    "BatchNorm, tested": BatchNorm(3, active=False),
    "BatchNorm without statistics": BatchNorm(3, track_stats=False),
    "BatchNorm of other settings": BatchNorm(3, epsilon=0.1, momentum=0.3),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LAYERS)
def test_value_gradient_and_statistics_agree_with_pytorch(name, dtype):
    case, layer = CASES[name], in_dtype(LAYERS[name], dtype)
    if case["before"]:
        layer.mean[...], layer.var[...] = case["before"]
    layer = check_against(case, layer, lambda m: (m.gamma, m.beta), dtype)
    if case["after"]:
        Comparison(dtype)(layer.mean, case["after"][0])
        Comparison(dtype)(layer.var, case["after"][1])


# --- Modes -----------------------------------------------------------------------


def test_outside_gradient_the_recorded_statistics_count():
    layer = in_dtype(BatchNorm(3), float)
    layer.mean[...], layer.var[...] = [1, 2, 3], [4, 5, 6]
    layer.gamma[...], layer.beta[...] = [1, -1, 2], [0, 0.5, 1]
    standard = (X - [1, 2, 3]) / np.sqrt(np.add([4, 5, 6], 1e-5))
    expected = np.add([1, -1, 2] * standard, [0, 0.5, 1])
    np.testing.assert_allclose(layer(X), expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(layer(X[0]), layer(X)[0], rtol=1e-14)  # one by one
    assert layer.mean.tolist() == [1, 2, 3]
    assert layer.var.tolist() == [4, 5, 6]


def test_active_everywhere():
    layer = in_dtype(BatchNorm(3, active=True), float)
    y = layer(X)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(layer.mean, 0.1 * X.mean(axis=0), rtol=1e-14)
    expected = 0.9 + 0.1 * X.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.var, expected, rtol=1e-14)


def test_without_statistics_those_of_the_batch_count_always():
    layer = in_dtype(BatchNorm(3, track_stats=False), float)
    seen = []
    gradient(lambda m: seen.append(m(X)) or 0.0 * m.beta.sum(), layer)
    np.testing.assert_array_equal(layer(X), seen[0].value)
    assert layer.mean is None


def test_many_batches_lead_to_the_statistics_of_the_data():
    layer, rng = BatchNorm(2, active=True), np.random.default_rng(0)
    for _ in range(200):
        layer(rng.normal([3, -1], [2, 0.5], (500, 2)).astype(np.float32))
    np.testing.assert_allclose(layer.mean, [3, -1], atol=0.05)
    np.testing.assert_allclose(layer.var, [4, 0.25], rtol=0.03)


# --- Statistics inside gradient ----------------------------------------------------


def test_statistics_are_recorded_once_in_the_original_and_have_no_gradient():
    layer = in_dtype(BatchNorm(3), float)
    mean = layer.mean
    grads = gradient(lambda m: (m(X) ** 2 * X).sum(), layer)[0]
    assert layer.mean is mean
    np.testing.assert_allclose(mean, 0.1 * X.mean(axis=0), rtol=1e-14)
    assert grads.mean is None and grads.var is None
    grads = gradient(lambda m: (m(X) ** 2).sum(), testmode_(layer))[0]
    assert grads.mean is None and grads.var is None
    assert grads.gamma is not None


@pytest.mark.parametrize("wrap", [lambda m: m, Duplicated])
def test_training_changes_parameters_by_the_rule_and_statistics_by_the_data(wrap):
    model = Chain(Dense(3, 4, rng=0), BatchNorm(4, relu))
    before = deepcopy(model)
    loss = lambda m, x: (m(x) ** 2).sum()
    x, model_or_pair = X.astype(np.float32), wrap(model)
    opt_state = setup(Adam(0.01), model_or_pair)
    train_(loss, model_or_pair, [(x,)] * 3, opt_state)
    for name in ("beta", "gamma", "mean", "var"):
        assert (getattr(model[1], name) != getattr(before[1], name)).all()
        assert getattr(model[1], name).dtype == np.float32
    testmode_(model)
    tested = deepcopy(model)
    train_(loss, model_or_pair, [(x,)] * 20, opt_state)
    assert (model[1].gamma != tested[1].gamma).all()
    assert (model[1].mean == tested[1].mean).all()
    assert (model[1].var == tested[1].var).all()


def test_what_is_trained():
    assert names_of_trainables(BatchNorm(2)) == ["beta", "gamma"]
    assert names_of_trainables(BatchNorm(2, affine=False)) == []
    assert setup(Adam(), BatchNorm(2)).mean == ()


def test_the_formula_is_the_same_without_fast_paths():
    model = in_dtype(Chain(Dense(3, 3, rng=0), BatchNorm(3)), float)
    loss = lambda m: (m(X) ** 3).sum()
    (fast,) = gradient(loss, model)
    with plain():
        (slow,) = gradient(loss, model)
    np.testing.assert_allclose(fast.layers[0].weight, slow.layers[0].weight, rtol=1e-9)


def test_each_active_call_counts():
    once, twice, traced = (in_dtype(BatchNorm(3), float) for _ in range(3))
    gradient(lambda m, x: m(x).sum(), once, X)
    gradient(lambda m, x: checkpointed(lambda m, x: m(x).sum(), m, x), twice, X)
    np.testing.assert_allclose(twice.mean, 1.9 * once.mean, rtol=1e-14)
    trace(lambda m: m(X).sum(), traced)
    np.testing.assert_array_equal(traced.mean, once.mean)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_batch_that_is_not_finite_is_not_recorded(bad):
    layer = BatchNorm(2, active=True)
    x = np.array([[1, 2], [bad, 3]], np.float32)
    with np.errstate(invalid="ignore"):
        assert np.isnan(layer(x)[:, 0]).any()
    assert layer.mean.tolist() == [0, 0]
    assert layer.var.tolist() == [1, 1]


# --- Derivatives and precision -----------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"affine": False}, {"track_stats": False}])
@pytest.mark.parametrize("shape", [(4, 3), (2, 2, 2, 3)])
@pytest.mark.parametrize("active", [True, False])
def test_gradients_against_finite_differences(options, shape, active):
    layer = in_dtype(BatchNorm(3, np.tanh, **options, active=active), float)
    x = RNG.normal(size=shape)

    def loss(affine, x):
        y = rebuild(layer, children(layer) | affine)(x)
        return (y * (1 + x)).sum()

    affine = {"gamma": layer.gamma, "beta": layer.beta}
    report = check_gradient(loss, affine, x)
    assert report, str(report)


def test_second_order_against_differences_of_gradients():
    layer, h = in_dtype(BatchNorm(3, np.tanh), float), 1e-5
    direction = RNG.normal(size=X.shape)
    loss = lambda x: (layer(x) * np.sin(x)).sum()
    slope = lambda x: gradient(loss, x)[0]
    difference = (slope(X + h * direction) - slope(X - h * direction)) / (2 * h)
    found = hvp(loss, X, direction)
    np.testing.assert_allclose(found, difference, rtol=1e-6, atol=1e-8)


def test_a_large_mean_costs_little_precision_in_float32():
    x = RNG.normal(1000, 1, (1000, 2)).astype(np.float32)
    exact = (x - x.mean(axis=0, dtype=float)) / x.std(axis=0, dtype=float)
    y = BatchNorm(2, active=True)(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, exact, atol=2e-3)


def test_a_constant_channel_becomes_beta():
    layer = BatchNorm(1, active=True)
    layer.beta[...] = 0.5
    assert layer(np.full((4, 1), 7, np.float32)).tolist() == [[0.5]] * 4


# --- How it looks, and what it refuses ---------------------------------------------


def test_printed():
    assert repr(BatchNorm(2, relu)) == "BatchNorm(2, relu)"
    assert repr(BatchNorm(2, affine=False)) == "BatchNorm(2, affine=False)"
    bare = BatchNorm(2, affine=False, track_stats=False, active=False)
    assert repr(bare) == "BatchNorm(2, affine=False, track_stats=False, active=False)"
    line = repr(Chain(BatchNorm(2, relu))).splitlines()[1].strip()
    assert line == "BatchNorm(2, relu),  # 4 parameters, plus 4 non-trainable"


@pytest.mark.parametrize("shape", [(1, 3), (3,), (0, 3), (1, 1, 1, 3)])
@pytest.mark.parametrize("track_stats", [True, False])
def test_one_value_per_channel_is_refused(shape, track_stats):
    layer, x = BatchNorm(3, track_stats=track_stats), np.ones(shape, np.float32)
    sentence = r"layers\[0\] BatchNorm\(3.*at least two values per channel.* has [01]\."
    with pytest.raises(ShapeError, match=sentence):
        gradient(lambda m: m(x).sum(), Chain(layer))
    if track_stats:
        assert layer(x).shape == shape  # no batch is needed outside


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: BatchNorm(3)(ones(2, 4)), ShapeError, r"size 3 .*\(2, 4\)\.$"),
        (lambda: BatchNorm(3)(np.float32(1)), ShapeError, r"size 3 .*shape \(\)\.$"),
        (lambda: BatchNorm(3)(ones(2, 3, 4)), ShapeError, r"Axis 1 .*moveaxis"),
        (lambda: BatchNorm(0), TypeError, r"BatchNorm was given 0"),
        (lambda: BatchNorm(2.0), TypeError, r"BatchNorm was given 2\.0"),
        (lambda: BatchNorm(2, 3), TypeError, r"activation of BatchNorm .* 3 is of"),
        (lambda: BatchNorm(2, momentum=2), ValueError, r"momentum=2\): .* 0 and 1"),
        (lambda: BatchNorm(2, active="on"), ValueError, r"'on'.*three modes"),
    ],
)
def test_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_both_modes_in_both_words():
    layer = BatchNorm(1)
    assert trainmode_(layer).active is True
    assert testmode_(layer).active is False
