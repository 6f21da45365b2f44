"""The learner: what it is made of, and what it refuses."""

import re
from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.learner import (
    EpochEnd,
    Learner,
    Metrics,
    MetricsPrinter,
    Phase,
    ProgressPrinter,
    Recorder,
    Scheduler,
    StopOnNaNLoss,
    TrainingPhase,
    accuracy,
    epoch_,
    fit_,
    testlearner,
    throttle,
)

X = np.ones((4, 2), np.float32)
DEFAULTS = [Metrics, Recorder, StopOnNaNLoss, ProgressPrinter, MetricsPrinter]


def learner(model=None, lossfn=mg.mse, **options):
    return Learner(mg.Dense(2, 1, rng=0) if model is None else model, lossfn, **options)


def test_fields():
    model, data = mg.Dense(2, 1), [(X, X[:, :1])]
    found = learner(model, data=(data, data))
    assert found.model is model and found.lossfn is mg.mse
    assert found.optimizer == mg.Adam(0.001)
    assert found.data.training is found.data.validation is data
    assert found.params == mg.setup(mg.Adam(), model)
    assert len(found.step) == len(found.cbstate) == 0
    assert [type(callback) for callback in found.callbacks] == DEFAULTS
    assert len(learner(usedefaultcallbacks=False).callbacks) == 0


Pair = namedtuple("Pair", "training validation")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((), (None, None)),
        (None, (None, None)),
        (([1],), ([1], None)),
        (([1], [2]), ([1], [2])),
        ([1], ([1], None)),
        ({"training": [1]}, ([1], None)),
        ({"training": [1], "validation": [2]}, ([1], [2])),
        (Pair([1], [2]), ([1], [2])),
        (([1], None), ([1], None)),
    ],
)
def test_data(data, expected):
    assert tuple(learner(data=data).data) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, X), r"the training data is an array, .* data=DataLoader\(\(x, y\)"),
        (X, "the training data is an array"),
        (((X, X), (X, X)), "the training data is a tuple of arrays"),
        (([1], [2], [3]), "was given 3 things"),
        ({"train": [1]}, "names are training and validation, and not 'train'"),
        (mg.Adam(), "the training data is an Adam, which cannot be iterated over"),
        (7, "the training data is an int"),
    ],
)
def test_data_that_is_none(data, message):
    with pytest.raises(TypeError, match=message):
        learner(data=data)


def test_model_and_loss_exchanged_or_missing():
    with pytest.raises(TypeError, match=r"Write Learner\(model, mse\)"):
        Learner(mg.mse, mg.Dense(2, 1))
    with pytest.raises(TypeError, match="was given a Dense and None"):
        Learner(mg.Dense(2, 1), None)


@pytest.mark.parametrize("optimizer", [mg.Adam, "adam", {"w": 1}])
def test_an_optimizer_that_is_none(optimizer):
    with pytest.raises(TypeError, match=r"setup.* needs a rule"):
        learner(optimizer=optimizer)


def test_another_optimizer_reaches_the_state_tree():
    """In FluxTraining, updates go on with the old one."""
    found = testlearner()
    found.optimizer = mg.Descent(0.0)
    epoch_(found, TrainingPhase())
    assert found.model.coefficient == 0.5
    assert found.params.coefficient.rule == mg.Descent(0.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda: legacy.Momentum(0.1, 0.8), lambda: mg.Momentum(0.1, 0.8)),
        (lambda: legacy.Adam(0.01), lambda: mg.Adam(0.01)),
        (
            lambda: legacy.Optimiser(legacy.WeightDecay(0.1), legacy.Descent(0.1)),
            lambda: mg.OptimiserChain(mg.WeightDecay(0.1), mg.Descent(0.1)),
        ),
    ],
)
def test_an_optimiser_of_the_old_style(old, new):
    models = []
    for optimizer in (old(), new()):
        found = testlearner(optimizer=optimizer)
        fit_(found, 2)
        models.append(found.model.coefficient)
    np.testing.assert_array_equal(*models)


def test_another_model_gets_a_state_tree():
    found, model = testlearner(), mg.Dense(8, 8, mg.relu, rng=0)
    found.model = model
    assert found.params == mg.setup(found.optimizer, model)
    with pytest.raises(TypeError, match="needs a rule"):
        found.optimizer = None
    assert found.optimizer == mg.Descent(0.5)


def test_ones_own_callback_takes_the_place_of_a_default():
    mine, printer = Metrics(accuracy), throttle(MetricsPrinter(), EpochEnd, freq=2)
    found = list(learner(callbacks=[printer, mine]).callbacks)
    assert len(found) == 5
    assert found[0] is mine and found[-1] is printer


def test_so_does_a_callback_of_a_subclass():
    """Else there would be two tables."""

    class OwnPrinter(MetricsPrinter):
        pass

    mine = OwnPrinter()
    found = list(learner(callbacks=[mine]).callbacks)
    assert len(found) == 5 and found[-1] is mine
    with pytest.raises(ValueError, match="two callbacks"):
        learner(callbacks=[mine, MetricsPrinter()])


def test_callbacks_can_be_changed():
    found = learner()
    extra = Scheduler(eta=0.1)
    found.callbacks = [*found.callbacks, extra]
    assert found.callbacks[Scheduler] is extra and Scheduler in found.callbacks
    found.callbacks = [c for c in found.callbacks if c is not extra]
    assert Scheduler not in found.callbacks
    with pytest.raises(KeyError, match="no callback Scheduler; there are: Metrics, Re"):
        found.callbacks[Scheduler]


@pytest.mark.parametrize("given", [Recorder(), 3])
def test_callbacks_that_are_no_list(given):
    with pytest.raises(TypeError, match=r"write\s+callbacks=\[" + type(given).__name__):
        learner(callbacks=given)


def test_no_data_for_a_phase():
    with pytest.raises(TypeError, match=r"no data for TrainingPhase\(\)\. Write Learn"):
        epoch_(learner(), TrainingPhase())


def test_a_phase_that_is_neither_training_nor_validation():
    """Whose data it takes is not known, so nobody is told that there are none."""

    class OwnPhase(Phase):
        def step_(self, learner, batch):
            seen.append(batch)

    seen = []
    with pytest.raises(TypeError, match=r"OwnPhase\(\).*inherit from AbstractTraining"):
        epoch_(learner(data=[1]), OwnPhase())
    epoch_(learner(data=[1]), OwnPhase(), [2])
    assert seen == [2]


def test_it_prints():
    text = repr(learner(data=[1]))
    assert text.startswith("Learner(Dense, mse, Adam(eta=0.001")
    assert text.endswith("data=(a list of 1 batch, None))")
    assert len(repr(testlearner(nbatches=1000))) < 200


def test_the_callbacks_print_their_order_and_events():
    lines = repr(learner().callbacks).splitlines()
    assert re.split("  +", lines[0]) == ["callback", "runs after", "events"]
    assert re.split("  +", lines[2]) == [
        "Recorder",
        "Metrics, Traces",
        "FitBegin, EpochBegin, StepEnd, EpochEnd",
    ]
    assert repr(testlearner().callbacks) == "No callbacks"


def test_before_the_first_step_nothing_is_known():
    with pytest.raises(AttributeError, match="called loss here, or anything else, so"):
        learner().step.loss  # noqa: B018
