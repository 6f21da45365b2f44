"""Losses: values, gradients, extremes, dtypes, and the sentences of their errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from minigrad import gradient, onehotbatch
from minigrad.errors import DomainError, ShapeError
from minigrad.nn import losses
from minigrad.nn.activations import identity, sigmoid, softmax
from minigrad.nn.losses import (
    binary_focal_loss,
    binarycrossentropy,
    comparing,
    crossentropy,
    dice_coeff_loss,
    focal_loss,
    hinge_loss,
    huber_loss,
    kldivergence,
    label_smoothing,
    logitbinarycrossentropy,
    logitcrossentropy,
    mae,
    mse,
    msle,
    poisson_loss,
    siamese_contrastive_loss,
    squared_hinge_loss,
    tversky_loss,
)

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())["losses"]

OVER_CLASSES = [crossentropy, logitcrossentropy, kldivergence, focal_loss]
REGRESSION = [mse, mae, huber_loss, msle, poisson_loss]
BINARY = [binarycrossentropy, logitbinarycrossentropy, binary_focal_loss]
MARGINS = [hinge_loss, squared_hinge_loss, siamese_contrastive_loss]
OVERLAPS = [dice_coeff_loss, tversky_loss]  # have no agg: they are one number
ALL = [*OVER_CLASSES, *REGRESSION, *BINARY, *MARGINS, *OVERLAPS]
WARN = {"logitcrossentropy", "hinge_loss", "squared_hinge_loss"}
OF_PROBABILITIES = [crossentropy, kldivergence, focal_loss, *BINARY[::2]]


@pytest.fixture(autouse=True)
def labels_of_any_sign(monkeypatch):
    """As if the warning about 0 as a label had been given."""
    monkeypatch.setattr(comparing, "_doubted", WARN - {"logitcrossentropy"})


PREDICTION = np.array([[0.2, 0.3, 0.4], [0.7, 0.1, 0.3]])
TARGET = np.array([[0.0, 1.0, 0.0], [0.6, 0.3, 0.1]])


# --- Values and gradients ---------------------------------------------------------


def of_reference(name):
    """The loss of that name, with the options that may follow it."""
    name, *options = name.split()
    loss = getattr(losses, name)
    options = {key: float(x) for key, x in (pair.split("=") for pair in options)}
    if "alpha" in options:
        return lambda yhat, y: loss(yhat, label_smoothing(y, options["alpha"]))
    return lambda yhat, y: loss(yhat, y, **options)


def test_every_loss_has_a_reference():
    assert {name.split()[0] for name in REFERENCE} == {loss.__name__ for loss in ALL}
    assert sorted({*losses.__all__} - {"label_smoothing"}) == sorted(
        loss.__name__ for loss in ALL
    )


@pytest.mark.parametrize("name", REFERENCE)
def test_value_and_gradient_agree_with_pytorch(name):
    case, loss = REFERENCE[name], of_reference(name)
    yhat, y = np.array(case["yhat"]), np.array(case["y"])
    np.testing.assert_allclose(loss(yhat, y), case["loss"], rtol=1e-14)
    (found,) = gradient(lambda yhat: loss(yhat, y), yhat)
    np.testing.assert_allclose(found, case["gradient"], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("loss", ALL)
def test_both_gradients_against_finite_differences(loss):
    h, rng = 1e-6, np.random.default_rng(0)
    dyhat, dy = rng.normal(size=(2, 2, 3))
    y = 0.8 * TARGET + 0.05  # not on the border of what is allowed
    slopes = gradient(loss, PREDICTION, y)
    slope = np.sum(dyhat * slopes[0]) + np.sum(dy * slopes[1])
    ahead = loss(PREDICTION + h * dyhat, y + h * dy)
    behind = loss(PREDICTION - h * dyhat, y - h * dy)
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


# What the documentation of Flux prints, and what its tests demand.
Y_MODEL = softmax(np.arange(-7.0, 8).reshape(5, 3))
Y_LABEL = np.eye(3)[[0, 1, 2, 1, 0]]
YES_NO = np.array([[0, 1], [1, 0], [0, 1]])
P = np.array([[0.268941, 0.731059], [0.5, 0.5], [0.268941, 0.731059]])
SCORES = np.array([*range(-9, 1), *range(10), 7.5]).reshape(7, 3)
HALVES, CERTAIN = np.full((2, 2), 0.5), np.eye(2)
SIZES, GUESSES = [1, 0.5, 0.3, 2.4], [0, 1.4, 0.5, 1.2]
DOCUMENTED = [
    (mse, [1.1, 1.9, 3.1], [1, 2, 3], {}, 0.010000000000000018),
    (mae, [1.1, 1.9, 3.1], [1, 2, 3], {}, 0.10000000000000009),
    (huber_loss, [1.1, 2.1, 3.1], [1, 2, 3], {}, 0.005000000000000009),
    (huber_loss, [1.1, 2.1, 3.1], [1, 2, 3], {"delta": 0.05}, 0.003750000000000005),
    (kldivergence, HALVES, CERTAIN, {}, np.log(2)),
    (kldivergence, HALVES, CERTAIN, {"agg": np.sum}, 2 * np.log(2)),
    (kldivergence, HALVES, HALVES, {"epsilon": 0}, 0.0),
    (kldivergence, [[4], [5], [6]], [[1], [2], [3]], {}, -1.7661057888493457),
    (poisson_loss, [1, 3, 3], [1, 2, 3], {}, 0.5023128522198171),
    (poisson_loss, [0.4, 0.5, 0.6], [0.1, 0.2, 0.3], {}, 0.6278353988097339),
    (poisson_loss, [0.1, 0.2, 0.3], [0.1, 0.2, 0.3], {}, 0.5044459776946685),
    (hinge_loss, [0.1, 0.3, 1, 1.5], [1, -1, 1, 1], {}, 0.55),
    (hinge_loss, [1, 2, 3, 4], [0.5, 1, 1.5, 2], {}, 0.125),
    (squared_hinge_loss, [0.1, 0.3, 1, 1.5], [1, -1, 1, 1], {}, 0.625),
    (squared_hinge_loss, [1, 2, 3, 4], [0.5, 1, 1.5, 2], {}, 0.0625),
    (dice_coeff_loss, [1.1, 2.1, 3.1], [1, 2, 3], {}, 0.000992391663909964),
    (dice_coeff_loss, GUESSES, SIZES, {}, 0.2799999999999999),
    (dice_coeff_loss, SIZES, SIZES, {}, 0.0),
    (tversky_loss, GUESSES, SIZES, {}, 0.028747433264887046),
    (tversky_loss, GUESSES, SIZES, {"beta": 0.8}, 0.050200803212851364),
    (binary_focal_loss, P, YES_NO, {}, 0.0728675615927385),
    (binary_focal_loss, [[0.6, 0.4], [0.3, 0.7]], CERTAIN, {}, 0.05691642237852222),
    (siamese_contrastive_loss, [0.5, 1.5, 2.5], [1, 2, 3], {}, -4.833333333333333),
    (siamese_contrastive_loss, [0.5, 1.5, 2.5], [1, 2, 3], {"margin": 2}, -4.0),
]


PRINTED_AS_FLOAT32 = [
    (msle, [1.1, 2.2, 3.3], [1, 2, 3], 0.009084041),
    (msle, [0.9, 1.8, 2.7], [1, 2, 3], 0.011100831),
    (crossentropy, Y_MODEL, Y_LABEL, 1.6076053),
    (crossentropy, Y_MODEL, label_smoothing(Y_LABEL, 0.15), 1.5776052),
    (crossentropy, P, YES_NO, 0.43989),
    (binarycrossentropy, P[:, 1], YES_NO[:, 1], 0.43989),
    (logitbinarycrossentropy, [2, -1, np.pi], [1, 0, 1], 0.160832),
    (logitcrossentropy, SCORES, np.eye(3)[[0, 1, 2, 0, 1, 0, 0]], 1.5791205),
    (focal_loss, Y_MODEL, Y_LABEL, 1.1277571935622628),
]


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case[0].__name__)
def test_numbers_of_the_documentation(case):
    loss, yhat, y, options, printed = case
    found = loss(yhat, y, **options)
    np.testing.assert_allclose(found, printed, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("case", PRINTED_AS_FLOAT32, ids=lambda case: case[0].__name__)
def test_numbers_that_the_documentation_prints_as_float32(case):
    loss, yhat, y, printed = case
    np.testing.assert_allclose(loss(yhat, y), printed, rtol=2e-6)


def test_kldivergence_of_what_cannot_happen_of_the_documentation():
    assert round(kldivergence(CERTAIN, HALVES), 1) == 17.3


def test_what_cannot_happen_costs_infinitely_much_without_epsilon():
    with np.errstate(divide="ignore"):
        assert kldivergence(CERTAIN, HALVES, epsilon=0) == np.inf


def test_kldivergence_does_not_see_classes_that_never_happen():
    three = kldivergence([0.2, 0.0, 0.8], [0.1, 0.0, 0.9])
    assert three == kldivergence([0.2, 0.8], [0.1, 0.9])


@pytest.mark.parametrize("agg", [np.mean, np.max, lambda each: np.mean(each**2)])
def test_kldivergence_aggregates_whole_divergences(agg):
    each = kldivergence(PREDICTION, TARGET, agg=identity)
    assert kldivergence(PREDICTION, TARGET, agg=agg) == agg(each)


@pytest.mark.parametrize("p", [PREDICTION, TARGET[1], np.array([[1.0, 0.0]])])
def test_kldivergence_of_equals_is_0_and_flat(p):
    assert kldivergence(p, p, epsilon=0) == 0
    assert abs(kldivergence(p, p)) <= 4 * np.finfo(float).eps  # what epsilon adds
    p = p / p.sum(axis=-1, keepdims=True)
    scores = np.log(p + 1e-300)
    (slope,) = gradient(lambda s: kldivergence(softmax(s), p), scores)
    np.testing.assert_allclose(slope, 0 * p, atol=1e-15)


def test_focal_losses_without_focus_are_cross_entropies():
    np.testing.assert_allclose(
        focal_loss(Y_MODEL, Y_LABEL, gamma=0),
        crossentropy(Y_MODEL, Y_LABEL),
        rtol=1e-15,
    )
    np.testing.assert_allclose(
        binary_focal_loss(P, YES_NO, gamma=0), binarycrossentropy(P, YES_NO), rtol=1e-15
    )


def test_focal_losses_look_at_what_is_hard():
    easy, hard = focal_loss([[0.9, 0.1], [0.1, 0.9]], [[1, 0]] * 2, agg=identity)
    assert hard / easy == pytest.approx(0.9**2 / 0.1**2 * np.log(0.1) / np.log(0.9))


def test_tversky_weighs_what_was_missed_by_beta():
    y = np.array([0, 1, 0, 1, 1, 1])
    false_alarms, one_of_each = np.ones(6), np.array([1, 1, 0, 1, 1, 0])
    assert tversky_loss(one_of_each, y) == pytest.approx(0.2)
    assert tversky_loss(false_alarms, y) == pytest.approx(1 - 5 / 5.6)
    assert tversky_loss(false_alarms, y, beta=0.2) > tversky_loss(one_of_each, y)


def test_huber_has_a_parabola_within_delta_and_lines_outside():
    d = np.array([-3.0, -0.5, -0.1, 0.0, 0.1, 0.5, 3.0])
    each = huber_loss(d, 0 * d, delta=0.5, agg=identity)
    expected = [1.375, 0.125, 0.005, 0, 0.005, 0.125, 1.375]
    np.testing.assert_allclose(each, expected, rtol=1e-15)

    def slopes(d):
        return gradient(lambda d: huber_loss(d, 0 * d, delta=0.5, agg=np.sum), d)[0]

    np.testing.assert_array_equal(slopes(d), [-0.5, -0.5, -0.1, 0, 0.1, 0.5, 0.5])
    (curvature,) = gradient(lambda d: np.sum(slopes(d)), d)
    np.testing.assert_array_equal(curvature[[0, 2, 3, 4, 6]], [0, 1, 1, 1, 0])


def test_short_names():
    for loss in ALL:
        short = getattr(losses, loss.__name__.removesuffix("_loss"), None)
        assert short is (None if loss is dice_coeff_loss else loss)
    assert losses.dice is dice_coeff_loss


# --- Keywords -----------------------------------------------------------------------


@pytest.mark.parametrize("loss", [loss for loss in ALL if loss not in OVERLAPS])
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
    for loss in OF_PROBABILITIES:
        assert loss(nothing, one) == expected
    for loss in (binarycrossentropy, binary_focal_loss):
        assert loss(one, nothing) == expected
    for yhat, y in ((nothing, one), (one, nothing)):
        np.testing.assert_allclose(msle(yhat, y), expected**2, rtol=1e-6)
        assert msle(yhat, y).dtype == dtype


@pytest.mark.parametrize("loss", OF_PROBABILITIES)
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
        (huber_loss, [[9998.5, 9999.5], [10000.5, 9999.5]], [[1, -1], [-1, 1]]),
        (hinge_loss, [[0, 1], [10001, 1]], [[0, 0], [-1, 0]]),
        (squared_hinge_loss, [[0, 1], [10001.0**2, 1]], [[0, 0], [-20002, 0]]),
        (
            siamese_contrastive_loss,
            [[0, 1e8], [10001.0**2, 1e8]],
            [[0, -2e4], [-20002, 2e4]],
        ),
    ):
        found = loss(scores, y, agg=identity)
        np.testing.assert_array_equal(found, np.array(each, dtype), strict=True)
        (found,) = gradient(lambda s, loss=loss: loss(s, y, agg=np.sum), scores)
        np.testing.assert_array_equal(found, np.array(slopes, dtype), strict=True)


@pytest.mark.parametrize("loss", OF_PROBABILITIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_and_wrong_or_right(loss, dtype):
    certain = np.array([[0, 1]], dtype)
    for yhat, y in ((certain, [[1, 0]]), (certain, [[0, 1]])):
        (found,) = gradient(lambda yhat, y=y: loss(yhat, y), yhat)
        assert np.isfinite(loss(yhat, y)) and np.all(np.isfinite(found))


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2])
@pytest.mark.parametrize("loss", [focal_loss, binary_focal_loss])
def test_focal_losses_of_rounded_certainty(loss, gamma):
    one = np.nextafter(np.float32([1]), np.float32(2))
    (slope,) = gradient(lambda p: loss(p, [1], gamma=gamma), one)
    assert np.isfinite(loss(one, [1], gamma=gamma)) and np.isfinite(slope)


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
    same = {"epsilon": 1e-3} if loss is msle else {}  # log(0 + epsilon) shows it
    expected = loss(PREDICTION, np.asarray(y, float), **same)
    np.testing.assert_allclose(loss(yhat, y, **same), expected, rtol=1e-6)


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
    yhat, y = np.array([[1, 1]]), np.array([[0.25, 0.75]])
    assert loss(yhat, y) == loss(yhat.astype(float), y)


def test_numbers():
    assert mse(1.5, 1) == 0.25
    assert gradient(mse, 1.5, 1.0) == (1.0, -1.0)


@pytest.mark.parametrize("loss", ALL)
def test_one_number_as_target_everywhere(loss):
    yhat = np.array([[0.25, 0.5], [0.5, 0.5]])
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


@pytest.mark.parametrize(
    ("loss", "advice"),
    [
        (crossentropy, "Of scores, take logitcrossentropy"),
        (binarycrossentropy, "Of scores, take logitbinarycrossentropy"),
        (kldivergence, "Of scores, take logitcrossentropy"),
        (focal_loss, "Of scores, take the softmax first."),
        (binary_focal_loss, "Of scores, take the sigmoid first."),
    ],
)
def test_scores_in_place_of_probabilities(loss, advice):
    sentence = (
        f"{loss.__name__} takes probabilities, and yhat has values from -1.5 to 0.5. "
        f"{advice}"
    )
    with pytest.raises(DomainError, match=re.escape(sentence)):
        gradient(lambda yhat: loss(yhat, [[1, 0]]), np.array([[-1.5, 0.5]]))


def test_targets_of_kldivergence_are_probabilities():
    with pytest.raises(DomainError, match="probabilities, and y has values from -1"):
        kldivergence([[0.5, 0.5]], [[-1, 1]])


@pytest.mark.parametrize("loss", [msle, poisson_loss])
def test_what_is_negative_and_should_not_be(loss):
    sentence = f"{loss.__name__} takes .*, from 0, and {{}} has values from -1.0 to 2.0"
    with pytest.raises(DomainError, match=sentence.format("yhat")):
        loss([-1, 2], [1, 1])
    with pytest.raises(DomainError, match=sentence.format("y")):
        gradient(lambda yhat: loss(yhat, [2, -1]), np.ones(2))


def test_options_outside_of_their_range():
    for delta in (0, -1, np.nan):
        with pytest.raises(DomainError, match=f"delta={delta}. It is the size of"):
            huber_loss([1.0], [1], delta=delta)
    with pytest.raises(DomainError, match=r"margin=-1\. It is a distance"):
        siamese_contrastive_loss([1.0], [1], margin=-1)


def test_binary_probability_above_one():
    with pytest.raises(DomainError, match=r"values from 0.5 to 1.5"):
        binarycrossentropy([0.5, 1.5], [1, 0])
    rounded = np.nextafter(np.float32(1), np.float32(2))
    assert np.isfinite(binarycrossentropy([rounded], [1]))


@pytest.mark.parametrize("loss", ALL)
def test_a_prediction_that_is_nan_gives_nan(loss):
    assert np.isnan(loss(np.array([[np.nan, 0.5]]), [[1, 0]]))


# --- Warnings ----------------------------------------------------------------------


@pytest.fixture
def not_yet_warned(monkeypatch):
    monkeypatch.setattr(comparing, "_doubted", set())


@pytest.mark.parametrize("fast", [True, False])
def test_probabilities_in_place_of_scores_warn_once(not_yet_warned, fast):
    scores = np.array([[1.0, 2.0], [0.0, -1.0]], np.float32)
    y, axis = np.eye(2, dtype=np.float32), -1 if fast else 0
    p = softmax(scores, axis)
    sentence = (
        "logitcrossentropy takes scores, and yhat looks like probabilities: it has no "
        f"negative number, and sums to 1 along axis {axis}. Leave out the softmax "
        "before logitcrossentropy, which has its own; or take crossentropy. (This is "
        "said once.)"
    )
    logitcrossentropy(scores, y, axis=axis)
    with pytest.warns(UserWarning, match=f"^{re.escape(sentence)}$") as said:
        gradient(lambda p: logitcrossentropy(p, y, axis=axis), p)
    assert said[0].filename == __file__
    logitcrossentropy(p, y, axis=axis)  # a second warning would be an error here


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((4, 3)),  # before the first step, if the last layer starts at 0
        np.full((4, 3), 0.5),
        np.array([[0.5, -0.5, 1.0]]),
        np.array([[0.5, 0.4, 0.2]]),
        np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.5]]),
        np.array([[0.5, np.nan, 0.5]]),
        np.empty((2, 0, 3)),
        np.zeros((3, 1)),
    ],
)
def test_scores_that_are_no_probabilities(not_yet_warned, scores):
    y = np.zeros_like(scores)
    logitcrossentropy(scores, y, agg=np.sum)
    logitcrossentropy(scores, y, agg=np.sum, axis=None) if scores.size else None


@pytest.mark.parametrize("loss", [hinge_loss, squared_hinge_loss])
def test_labels_0_and_1_in_place_of_signs_warn_once(not_yet_warned, loss):
    loss([0.5, 2.0], [1, -1])
    sentence = f"{loss.__name__} takes the labels 1 and -1, and y contains 0, which"
    with pytest.warns(UserWarning, match=sentence) as said:
        loss([0.5, 2.0], [1, 0])
    assert said[0].filename == __file__
    loss([0.5, 2.0], [1, 0])


# --- Smoothed labels ---------------------------------------------------------------


def test_label_smoothing_of_the_documentation():
    y = onehotbatch([1, 1, 1, 0, 1, 0], [0, 1])
    smooth = label_smoothing(y, 0.2)
    expected = [[0.1, 0.9]] * 3 + [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1]]
    np.testing.assert_allclose(smooth, np.array(expected, "f4"), rtol=1e-6, strict=True)
    similar = softmax(y * np.log(2))
    different = similar[:, ::-1]
    assert crossentropy(similar, y) < crossentropy(similar, smooth)
    assert crossentropy(different, y) > crossentropy(different, smooth)


def test_label_smoothing_of_numbers_and_of_any_axis():
    assert label_smoothing(1, 0.2, axis=None) == 0.9
    assert label_smoothing(0.5, 0.2, axis=None) == 0.5
    y = np.eye(3)[[0, 2, 1, 1]]
    smooth = label_smoothing(y, 0.3)
    np.testing.assert_allclose(smooth.sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_allclose(np.unique(smooth), [0.1, 0.8], rtol=1e-15)
    np.testing.assert_array_equal(label_smoothing(y.T, 0.3, axis=0), smooth.T)
    np.testing.assert_array_equal(label_smoothing(y[0], 0.3), smooth[0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_label_smoothing_keeps_the_dtype(dtype):
    for axis in (-1, None):
        smooth = label_smoothing(np.eye(2, dtype=dtype), np.float64(0.2), axis=axis)
        assert smooth.dtype == dtype
        assert label_smoothing(np.eye(2) > 0, 0.2, axis=axis).dtype == np.float64


def test_label_smoothing_that_makes_no_sense():
    for alpha in (0, 1, -0.1, 2, np.nan):
        with pytest.raises(DomainError, match=f"given alpha={alpha}. It is the part"):
            label_smoothing(np.eye(2), alpha)
    sentence = r"along axis -1, and y, of shape \(3,\), does not sum to 1 .* axis=None"
    with pytest.raises(DomainError, match=sentence):
        label_smoothing([0, 1, 1], 0.1)
    with pytest.raises(DomainError, match=r"of shape \(\), does not sum to 1"):
        label_smoothing(1, 0.1)
