"""Losses: values, gradients, extremes, dtypes, and the sentences of their errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from minigrad import gradient
from minigrad.errors import DomainError, ShapeError
from minigrad.nn import losses
from minigrad.nn.activations import identity, sigmoid, softmax
from minigrad.nn.losses import (
    binarycrossentropy,
    crossentropy,
    logitbinarycrossentropy,
    logitcrossentropy,
    mae,
    mse,
)

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())["losses"]

OVER_CLASSES = [crossentropy, logitcrossentropy]
ALL = [mse, mae, *OVER_CLASSES, binarycrossentropy, logitbinarycrossentropy]


PREDICTION = np.array([[0.2, 0.3, 0.5], [0.7, 0.1, 0.2]])
TARGET = np.array([[0.0, 1.0, 0.0], [0.6, 0.3, 0.1]])


# --- Values and gradients ---------------------------------------------------------


@pytest.mark.parametrize("name", REFERENCE)
def test_value_and_gradient_agree_with_pytorch(name):
    case, loss = REFERENCE[name], getattr(losses, name)
    yhat, y = np.array(case["yhat"]), np.array(case["y"])
    np.testing.assert_allclose(loss(yhat, y), case["loss"], rtol=1e-14)
    (found,) = gradient(lambda yhat: loss(yhat, y), yhat)
    np.testing.assert_allclose(found, case["gradient"], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("loss", ALL)
def test_both_gradients_against_finite_differences(loss):
    h, rng = 1e-6, np.random.default_rng(0)
    dyhat, dy = rng.normal(size=(2, 2, 3))
    slopes = gradient(loss, PREDICTION, TARGET)
    slope = np.sum(dyhat * slopes[0]) + np.sum(dy * slopes[1])
    ahead = loss(PREDICTION + h * dyhat, TARGET + h * dy)
    behind = loss(PREDICTION - h * dyhat, TARGET - h * dy)
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * h), rtol=1e-8)


@pytest.mark.parametrize("loss", ALL)
def test_second_order_against_finite_differences(loss):
    h, direction = 1e-6, np.random.default_rng(0).normal(size=(2, 3))

    def steepness(yhat):
        return np.sum(gradient(lambda yhat: loss(yhat, TARGET), yhat)[0] ** 2)

    (found,) = gradient(steepness, PREDICTION)
    slope = 0.0 if found is None else np.sum(direction * found)
    ahead = steepness(PREDICTION + h * direction)
    behind = steepness(PREDICTION - h * direction)
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * h), rtol=1e-7, atol=1e-9)


def test_gradient_of_logitcrossentropy_is_probability_minus_target():
    scores = np.array([[0.5, -1.0, 2.0]])
    (found,) = gradient(lambda s: logitcrossentropy(s, [[0, 1, 0]]), scores)
    np.testing.assert_allclose(found, softmax(scores) - [[0, 1, 0]], rtol=1e-14)


def test_mse_of_the_guide():
    np.testing.assert_allclose(
        mse([0.9, 0.1, 0.1, 0.9], [1, 1, 0, 0]), 0.41, rtol=1e-15
    )


def test_crossentropy_of_the_guide():
    loss = crossentropy([[0.3, 0.7]], [[1, 0]])
    np.testing.assert_allclose(loss, 1.203972804325936, rtol=1e-15)


def test_mae():
    assert mae([1.0, 5.0], [3, 4]) == 1.5
    np.testing.assert_array_equal(
        gradient(lambda x: mae(x, [1, 2, 3], agg=np.sum), np.array([0.0, 2.0, 4.0]))[0],
        [-1, 0, 1],
    )


def test_logit_losses_are_the_losses_of_probabilities():
    scores = np.random.default_rng(0).normal(size=(4, 3))
    y = softmax(scores[::-1])
    for of_scores, of_probabilities, squash in (
        (logitcrossentropy, crossentropy, softmax),
        (logitbinarycrossentropy, binarycrossentropy, sigmoid),
    ):
        expected = of_probabilities(squash(scores), y)
        np.testing.assert_allclose(of_scores(scores, y), expected, rtol=1e-14)


# --- Keywords -----------------------------------------------------------------------


@pytest.mark.parametrize("loss", ALL)
def test_agg(loss):
    each = loss(PREDICTION, TARGET, agg=identity)
    assert each.shape == ((2,) if loss in OVER_CLASSES else (2, 3))
    assert loss(PREDICTION, TARGET) == np.mean(each)
    assert loss(PREDICTION, TARGET, agg=np.sum) == np.sum(each)
    if loss in OVER_CLASSES:
        assert loss(PREDICTION, TARGET, agg=sum) == sum(each)


@pytest.mark.parametrize("loss", OVER_CLASSES)
def test_axis(loss):
    across = loss(PREDICTION.T, TARGET.T, axis=0, agg=identity)
    np.testing.assert_array_equal(across, loss(PREDICTION, TARGET, agg=identity))
    assert loss(PREDICTION[0], TARGET[0]) == across[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_epsilon_is_that_of_the_dtype(dtype):
    nothing, one = np.zeros((1, 1), dtype), np.ones((1, 1), dtype)
    expected = -np.log(np.finfo(dtype).eps)
    assert crossentropy(nothing, one) == expected
    assert binarycrossentropy(nothing, one) == expected
    assert binarycrossentropy(one, nothing) == expected


@pytest.mark.parametrize("loss", [crossentropy, binarycrossentropy])
def test_epsilon(loss):
    found = loss(np.zeros((1, 1), "f4"), np.ones((1, 1)), epsilon=np.float64(0.25))
    assert found == np.log(np.float32(4)) and found.dtype == np.float32


def test_a_class_of_probability_zero_without_a_target_contributes_nothing():
    yhat, y = np.array([[0.0, 0.5, 0.5]]), np.array([[0.0, 1.0, 0.0]])

    def loss(yhat, y):
        return crossentropy(yhat, y, epsilon=0)

    np.testing.assert_allclose(loss(yhat, y), np.log(2), rtol=1e-15)
    towards_yhat, towards_y = gradient(loss, yhat, y)
    np.testing.assert_array_equal(towards_yhat, [[0, -2, 0]])
    np.testing.assert_allclose(towards_y, [[0, np.log(2), np.log(2)]], rtol=1e-15)
    certain = np.array([0.0, 1.0])
    assert binarycrossentropy(certain, certain, epsilon=0) == 0


def test_a_masked_score_without_a_target_contributes_nothing():
    scores, y = np.array([[-np.inf, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])
    np.testing.assert_allclose(logitcrossentropy(scores, y), np.log(2), rtol=1e-15)
    towards_scores, towards_y = gradient(logitcrossentropy, scores, y)
    np.testing.assert_allclose(towards_scores, [[0, -0.5, 0.5]], rtol=1e-15)
    np.testing.assert_allclose(towards_y, [[0, np.log(2), np.log(2)]], rtol=1e-15)


# --- Extremes -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores(dtype):
    scores = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    y = np.array([[1, 0], [1, 0]])
    for loss, each, slopes in (
        (logitcrossentropy, [0, 2e4], [[0, 0], [-1, 1]]),
        (logitbinarycrossentropy, [[0, 0], [1e4, 1e4]], [[0, 0], [-1, 1]]),
        (mse, [[9999.0**2, 1e8], [10001.0**2, 1e8]], [[19998, -2e4], [-20002, 2e4]]),
        (mae, [[9999, 1e4], [10001, 1e4]], [[1, -1], [-1, 1]]),
    ):
        found = loss(scores, y, agg=identity)
        np.testing.assert_array_equal(found, np.array(each, dtype), strict=True)
        (found,) = gradient(lambda s, loss=loss: loss(s, y, agg=np.sum), scores)
        np.testing.assert_array_equal(found, np.array(slopes, dtype), strict=True)


@pytest.mark.parametrize("loss", [crossentropy, binarycrossentropy])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_and_wrong(loss, dtype):
    yhat, y = np.array([[0, 1]], dtype), [[1, 0]]
    (found,) = gradient(lambda yhat: loss(yhat, y), yhat)
    assert np.isfinite(loss(yhat, y)) and np.all(np.isfinite(found))


@pytest.mark.parametrize(("dtype", "score"), [(np.float32, 80), (np.float64, 700)])
def test_small_losses_are_precise(dtype, score):
    precision = 4 * np.finfo(dtype).eps
    expected = np.exp(dtype([-score, -score]))
    scores = dtype([score, -score])
    found = logitbinarycrossentropy(scores, [1, 0], agg=identity)
    np.testing.assert_allclose(found, expected, rtol=precision)


# --- Dtypes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "y", [TARGET, TARGET > 0.5, TARGET.astype(int), TARGET.tolist()]
)
@pytest.mark.parametrize("loss", ALL)
def test_the_prediction_decides_the_dtype(loss, y):
    yhat = PREDICTION.astype(np.float32)
    assert loss(yhat, y).dtype == np.float32
    (found,) = gradient(lambda yhat: loss(yhat, y), yhat)
    assert found.dtype == np.float32
    expected = loss(PREDICTION, np.asarray(y, float))
    np.testing.assert_allclose(loss(yhat, y), expected, rtol=1e-6)


@pytest.mark.parametrize("loss", ALL)
def test_a_float32_target_of_a_float64_prediction(loss):
    found = loss(PREDICTION, (TARGET > 0.5).astype(np.float32))
    assert found.dtype == np.float64
    assert found == loss(PREDICTION, (TARGET > 0.5).astype(np.float64))


@pytest.mark.parametrize("loss", ALL)
def test_each_gradient_has_its_own_dtype(loss):
    slopes = gradient(loss, PREDICTION.astype(np.float32), TARGET)
    assert [slope.dtype for slope in slopes] == [np.float32, np.float64]


@pytest.mark.parametrize("loss", ALL)
def test_integer_predictions_count_as_float64(loss):
    yhat, y = np.array([[0, 1]]), np.array([[0.25, 0.75]])
    assert loss(yhat, y) == loss(yhat.astype(float), y)


def test_numbers():
    assert mse(1.5, 1) == 0.25
    assert gradient(mse, 1.5, 1.0) == (1.0, -1.0)


@pytest.mark.parametrize("loss", ALL)
def test_one_number_as_target_everywhere(loss):
    yhat = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert loss(yhat, 1) == loss(yhat, np.ones_like(yhat))
    assert loss(yhat.astype(np.float32), 1.0).dtype == np.float32


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yhat", "y", "advice"),
    [
        ((4, 1), (4,), "Write y.reshape(yhat.shape), or take yhat[..., 0]."),
        ((4,), (4, 1), "Write y.reshape(yhat.shape)."),
        ((2, 6), (3, 4), "Write y.reshape(yhat.shape)."),
        ((4, 3), (3, 4), "Did you mean y.T?"),
        ((1, 4), (4, 1), "Did you mean y.T?"),
        ((4, 3), (5, 3), "Bring both to the same shape."),
        ((), (3,), "Bring both to the same shape."),
    ],
)
@pytest.mark.parametrize("loss", ALL)
def test_shapes_that_differ(loss, yhat, y, advice):
    sentence = (
        f"{loss.__name__}(yhat, y) compares each prediction with its own target: "
        f"yhat has shape {yhat}, y has shape {y}. {advice}"
    )
    with pytest.raises(ShapeError, match=f"^{re.escape(sentence)}$"):
        loss(np.full(yhat, 0.5), np.full(y, 0.5))


@pytest.mark.parametrize("labels", [np.arange(4) % 3, list("abca")])
@pytest.mark.parametrize("loss", OVER_CLASSES)
def test_labels_in_place_of_one_hot_rows(loss, labels):
    advice = re.escape("For class labels, write onehotbatch(y, range(3)).")
    with pytest.raises(ShapeError, match=advice):
        loss(np.full((4, 3), 1 / 3), labels)
    with pytest.raises(ShapeError, match=advice):
        loss(np.full((3, 4), 1 / 3), labels, axis=0)


@pytest.mark.parametrize("loss", ALL)
def test_shapes_that_differ_inside_gradient(loss):
    with pytest.raises(
        ShapeError, match=r"yhat has shape \(4, 1\), y has shape \(4,\)"
    ):
        gradient(lambda yhat: loss(yhat, np.ones(4)), np.full((4, 1), 0.5))


@pytest.mark.parametrize("loss", ALL)
def test_what_is_not_a_real_number(loss):
    with pytest.raises(
        TypeError, match=r"real numbers, and yhat has the dtype complex"
    ):
        loss(PREDICTION + 1j, TARGET)
    with pytest.raises(TypeError, match=r"real numbers, and y has the dtype <U3"):
        loss(np.full(2, 0.5), ["cat", "dog"])
    with pytest.raises(TypeError, match=r"real numbers, and y has the dtype object"):
        loss(np.full(2, 0.5), [None, 1])


@pytest.mark.parametrize("loss", [crossentropy, binarycrossentropy])
def test_scores_in_place_of_probabilities(loss):
    sentence = (
        f"{loss.__name__} takes probabilities, and yhat has values from -1.5 to 0.5. "
        f"Of scores, take logit{loss.__name__}"
    )
    with pytest.raises(DomainError, match=re.escape(sentence)):
        gradient(lambda yhat: loss(yhat, [[1, 0]]), np.array([[-1.5, 0.5]]))


def test_binary_probability_above_one():
    with pytest.raises(DomainError, match=r"values from 0.5 to 1.5"):
        binarycrossentropy([0.5, 1.5], [1, 0])
    rounded = np.nextafter(np.float32(1), np.float32(2))
    assert np.isfinite(binarycrossentropy([rounded], [1]))


@pytest.mark.parametrize("loss", ALL)
def test_a_prediction_that_is_nan_gives_nan(loss):
    assert np.isnan(loss(np.array([[np.nan, 0.5]]), [[1, 0]]))
