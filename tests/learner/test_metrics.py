"""Metrics: their values, by hand, also when the last batch is short."""

from functools import partial

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    Loss,
    Metric,
    Metrics,
    Phase,
    Recorder,
    SmoothLoss,
    TrainingPhase,
    ValidationPhase,
    accuracy,
    epoch_,
    fit_,
    runstep,
    testlearner,
)
from minigrad.learner.metrics import observations

RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((23, 4)), RNG.integers(3, size=23)
Y = mg.onehotbatch(LABELS, range(3))


def classifier(*metrics, axis=0, x=X, y=Y, **options):
    model = mg.f64(mg.Dense(4, 3, rng=1))
    data = mg.DataLoader((x, y), batchsize=7, axis=axis)
    callbacks = Metrics(*metrics), Recorder()
    return testlearner(
        *callbacks,
        model=model,
        lossfn=mg.logitcrossentropy,
        data=(data, data),
        **options,
    )


def test_the_epoch_is_the_mean_over_all_observations():
    """23 in batches of 7: the last has 2, and must not count as much as the others."""
    learner = classifier(accuracy, lambda yhat, ys: np.abs(yhat - ys).mean())
    epoch_(learner, ValidationPhase())
    scores, history = learner.model(X), learner.history.validation
    by_hand = np.mean(scores.argmax(1) == LABELS)
    assert history.accuracy == pytest.approx([by_hand], rel=1e-12)
    assert history.loss == pytest.approx([mg.logitcrossentropy(scores, Y)], rel=1e-12)
    assert history.metric == pytest.approx([np.abs(scores - Y).mean()], rel=1e-12)
    plain = np.mean(history.per_step.accuracy)
    assert abs(plain - by_hand) > 1e-3  # what it would be without weights


def test_steps():
    learner = classifier(accuracy)
    epoch_(learner, ValidationPhase())
    per_step = learner.history.validation.per_step
    hits = learner.model(X).argmax(1) == LABELS
    expected = [hits[i : i + 7].mean() for i in range(0, 23, 7)]
    np.testing.assert_allclose(per_step.accuracy, expected, rtol=1e-12)
    assert learner.cbstate.metricsstep["accuracy"] == expected[-1]
    assert (
        learner.cbstate.metricsepoch["accuracy"] == learner.history.validation.accuracy
    )


def test_every_epoch_begins_anew():
    learner = classifier(accuracy, optimizer=mg.Descent(0.0))
    fit_(learner, 3)
    for phase in (learner.history.training, learner.history.validation):
        assert len(set(phase.accuracy.tolist())) == len(set(phase.loss.tolist())) == 1


def test_the_observations_may_be_on_the_last_axis():
    transposed = lambda m: lambda x: m(x.T).T
    model = mg.f64(mg.Dense(4, 3, rng=1))
    wide = mg.DataLoader((X.T, Y.T), batchsize=7, axis=-1)
    learner = testlearner(
        Metrics(lambda yhat, ys: np.mean(yhat.argmax(0) == ys.argmax(0))),
        Recorder(),
        model=mg.Chain(np.transpose, model, np.transpose),
        lossfn=lambda yhat, ys: mg.logitcrossentropy(yhat.T, ys.T),
        data=(wide, wide),
    )
    epoch_(learner, ValidationPhase())
    expected = np.mean(transposed(model)(X.T).argmax(0) == LABELS)
    assert learner.history.validation.metric == pytest.approx([expected], rel=1e-12)
    assert learner.history.validation.samples == 23


# --- Accuracy ----------------------------------------------------------------------


def test_accuracy():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]])
    assert accuracy(scores, np.array([1, 0, 1])) == 2 / 3
    assert accuracy(scores, mg.onehotbatch([1, 0, 1], range(2))) == 2 / 3
    assert accuracy(scores[None], np.array([[1, 0, 0]])) == 1.0


@pytest.mark.parametrize(
    ("yhat", "ys", "message"),
    [
        (
            np.ones((4, 3)),
            np.ones((4, 2)),
            r"\(4, 3\) does not fit ys of shape\s+\(4, 2",
        ),
        (np.ones((4, 3)), np.ones(4), "float64. ys has the shape of yhat"),
        (np.ones((4, 3)), np.ones(3, int), "does not fit"),
        (np.ones(4), np.ones(4, int), r"yhat\s+has the shape \(4,\)\. For one score"),
        (np.ones((4, 1)), np.zeros((4, 1)), r"the shape \(4, 1\)\. For one score"),
        (np.ones((4, 1)), np.zeros(4, int), r"the shape \(4, 1\)\. For one score"),
    ],
)
def test_accuracy_of_shapes_that_do_not_fit(yhat, ys, message):
    with pytest.raises(mg.ShapeError, match=message):
        accuracy(yhat, ys)


# --- Metrics of one's own ----------------------------------------------------------


def test_names():
    metrics = Metrics(accuracy, Metric(mg.mse, name="error"), SmoothLoss())
    assert [m.name for m in metrics.metrics] == [
        "loss",
        "accuracy",
        "error",
        "smooth_loss",
    ]
    assert Metric(partial(mg.mse)).name == "partial"
    own = Loss()
    assert Metrics(accuracy, own).metrics[1] is own


@pytest.mark.parametrize(
    "metrics", [(accuracy, accuracy), (Metric(accuracy, name="loss"),), (steps := 1,)]
)
def test_names_that_are_taken(metrics):
    if metrics == (1,):
        metrics = (Metric(accuracy, name="steps"),)
    with pytest.raises(ValueError, match=r"taken\. Give another one: Metric\(f, name="):
        Metrics(*metrics)


@pytest.mark.parametrize("name", ["epoch", "phase", "step", "eta", "seconds"])
def test_columns_of_the_history_keep_their_names(name):
    with pytest.raises(ValueError, match=f"the name {name} is taken"):
        Metrics(Metric(accuracy, name=name))


@pytest.mark.parametrize("name", ["", 3])
def test_a_name_is_a_text(name):
    with pytest.raises(TypeError, match="a name is a text"):
        Metric(accuracy, name=name)


def test_phases_are_named_by_classes():
    with pytest.raises(TypeError, match="write phase=TrainingPhase, without brackets"):
        Metric(accuracy, phase=ValidationPhase())


@pytest.mark.parametrize("metric", [Metric, 3, None])
def test_what_is_no_metric(metric):
    with pytest.raises(TypeError, match=r"write Metrics\(accuracy\)"):
        Metrics(metric)


def test_smooth_loss():
    learner = testlearner(Metrics(SmoothLoss(0.3)), Recorder(), nbatches=5)
    epoch_(learner, TrainingPhase())
    per_step = learner.history.training.per_step
    first, *losses = per_step.loss
    means = [first]
    for loss in losses:
        means.append(0.7 * means[-1] + 0.3 * loss)
    assert per_step.smooth_loss == pytest.approx(means, rel=1e-12)
    assert learner.history.training.smooth_loss == per_step.smooth_loss[-1]


def test_a_statistic_of_ones_own():
    class Largest:
        value, weight = -np.inf, 0

        def add(self, value, weight):
            self.value, self.weight = max(value, self.value), self.weight + weight

    learner = classifier(Metric(accuracy, statistic=Largest))
    epoch_(learner, ValidationPhase())
    history = learner.history.validation
    assert history.accuracy == history.per_step.accuracy.max()


def test_a_metric_of_anything_in_a_step():
    class Norm(Metric):
        def __init__(self):
            super().__init__(self.compute, name="norm", phase=AbstractTrainingPhase)

        def compute(self, step):
            return np.abs(step.grads.coefficient).item()

    learner = testlearner(Metrics(Norm()), Recorder())
    fit_(learner, 1)
    assert "norm" not in learner.history.validation.per_epoch.names
    last = learner.history.training.per_step.norm[-1]
    assert last == abs(learner.history.training.gradient_norms.coefficient)


def test_only_in_some_phases():
    learner = classifier(Metric(accuracy, phase=ValidationPhase))
    fit_(learner, 1)
    assert "accuracy" not in learner.history.training.per_epoch.names
    assert "accuracy" in learner.history.validation.per_epoch.names


@pytest.mark.parametrize(
    ("value", "error"),
    [(np.ones(3), mg.ShapeError), (1j, mg.ShapeError), ("good", TypeError)],
)
def test_what_is_no_number(value, error):
    learner = testlearner(Metrics(lambda yhat, ys: value))
    with pytest.raises(error, match=r"a metric is\s+one number"):
        epoch_(learner, ValidationPhase())


@pytest.mark.parametrize("value", [1, True, np.float32(1), np.array(1.0), np.int64(1)])
def test_what_is_a_number(value):
    learner = testlearner(Metrics(lambda yhat, ys: value), Recorder())
    epoch_(learner, ValidationPhase())
    assert learner.history.validation.metric == 1.0


def test_steps_without_what_a_metric_needs():
    class Bare(Phase):
        def step_(self, learner, batch):
            with runstep(learner, self, xs=batch[0]):
                pass

    epoch_(testlearner(Metrics(), Recorder()), Bare(), [(X, Y)])  # no loss: left out
    with pytest.raises(
        TypeError, match=r"a step of Bare\(\) has xs\. Write state.yhat"
    ):
        epoch_(testlearner(Metrics(accuracy)), Bare(), [(X, Y)])


@pytest.mark.parametrize(
    ("xs", "count"),
    [
        (X, len(X)),
        ((1.0, X[:2]), 2),
        ([X[:3], X[:3]], 3),  # two inputs
        ([[1.0], [2.0], [3.0]], 3),
        (["a", "bb", "ccc", "d"], 4),
        ({"text": ["a", "b"], "n": 7}, 2),
        (np.array(1.0), 1),
        (np.zeros((0, 2)), 0),
        (3.0, 1),
        (None, 1),
    ],
)
def test_how_many_observations_there_are(xs, count):
    assert observations(xs) == count


def test_inputs_may_be_trees():
    class Silent(Phase):
        def step_(self, learner, batch):
            with runstep(learner, self, xs=batch) as (_, state):
                state.loss = float(len(batch["x"]))

    learner = testlearner(Metrics(), Recorder())
    batches = [{"name": "b", "x": X[:3]}, {"name": "a", "x": X[:1]}]
    epoch_(learner, Silent(), batches)
    history = learner.history["silent"]
    assert history.samples == 4
    assert history.loss == (3 * 3 + 1 * 1) / 4
