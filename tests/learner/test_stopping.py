"""When training stops: at a bad loss, and when nothing gets better."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    EarlyStopping,
    Metric,
    Metrics,
    Recorder,
    StopOnNaNLoss,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    testlearner,
)

# --- NaN ---------------------------------------------------------------------------


def batches(*values):
    return [(np.full(4, value), np.ones(4)) for value in values]


@pytest.mark.parametrize(
    ("bad", "word"), [(np.nan, "NaN"), (np.inf, "Inf"), (-np.inf, "Inf")]
)
def test_it_stops_before_the_update(bad, word):
    learner = testlearner(StopOnNaNLoss(), data=batches(1.0, 0.5, bad, 1.0))
    whole = testlearner(data=batches(1.0, 0.5))
    fit_(whole, 1)
    with np.errstate(all="ignore"):
        fit_(learner, 3)
    assert learner.model.coefficient == whole.model.coefficient
    assert learner.stopped.startswith(
        f"Loss is {word} in step 3 of epoch 1 (TrainingPhase), and training stops "
        f"before the update: the model is as it was before this step. It came in with "
        f"the data: argument 1 of numpy.multiply"
    )


def test_a_finite_loss_with_a_gradient_that_is_not():
    lossfn = lambda yhat, ys: np.sum(yhat**0.5 * 0 + yhat)
    model = {"w": np.array([0.0, 1.0])}

    class Own(AbstractTrainingPhase):
        def step_(self, learner, batch):
            with mg.learner.runstep(learner, self) as (handle, state):
                state.loss = 1.0
                state.grads = {"w": np.array([np.inf, 1.0])}
                handle(mg.learner.BackwardEnd())
                mg.update_(learner.params, learner.model, state.grads)

    learner = testlearner(StopOnNaNLoss(), model=model, lossfn=lossfn, data=[1])
    fit_(learner, 1, phases=Own())
    assert learner.stopped.startswith(
        "The gradient at w is not finite in step 1 of epoch 1 (Own), and training"
    )
    np.testing.assert_array_equal(model["w"], [0.0, 1.0])


def test_validation_may_be_what_it_is():
    learner = testlearner(StopOnNaNLoss(), data=([], batches(np.nan)))
    epoch_(learner, ValidationPhase())
    assert learner.stopped is None


# --- Nothing gets better -----------------------------------------------------------


def stopping(values, criterion, best=min):
    """The epoch in which training stopped, for these values of a metric."""
    left = iter(values)
    metric = Metric(lambda yhat, ys: next(left), name="score", phase=ValidationPhase)
    stop = EarlyStopping(criterion, "score", best=best)
    data = batches(1.0)
    learner = testlearner(Metrics(metric), Recorder(), stop, data=(data, data))
    fit_(learner, len(values))
    return learner.history.validation.epochs, learner.stopped


@pytest.mark.parametrize(
    ("values", "n", "best", "epoch"),
    [
        ([3, 2, 1, 2, 3, 4], 2, min, 5),
        ([3, 2, 1, 2, 0, 1, 1], 2, min, 7),
        ([1, 1, 1, 1], 2, min, 3),  # as good as the best is not better
        ([3, 2, 1], 1, min, 3),
        ([1, 2, 3, 2, 1], 2, max, 5),
        ([5, 4, 3, 9], 2, max, 3),
        ([1, np.nan, np.nan, 1], 2, min, 3),
        ([np.nan, 1, 2, 3], 2, min, 4),
        ([np.inf, np.inf, np.inf, 1], 2, min, 3),
    ],
)
def test_patience(values, n, best, epoch):
    last, message = stopping(values, n, best=best)
    assert last == epoch
    if epoch < len(values):
        assert message.startswith(f"score has not become better for {n} epochs")


def test_the_message_tells_the_best_epoch():
    assert stopping([3, 1, 2, 2, 2], 3)[1] == (
        "score has not become better for 3 epochs, and was lowest in epoch 2."
    )
    assert "highest in epoch 3." in stopping([1, 2, 3, 2, 1], 2, best=max)[1]
    assert "lowest in epoch 2." in stopping([np.nan, 1, 2, 3], 2)[1]
    assert stopping([np.nan] * 9, 2)[1] == "score was NaN in all 3 epochs."


def test_a_criterion_of_ones_own():
    last, message = stopping([5, 4, 3, 3, 3, 3], mg.plateau(lambda loss: loss, 2))
    assert last == 5 and message == "score met the criterion, at 3."
    assert stopping([9, 5, 2], lambda loss: loss < 6, best=None)[0] == 2


def test_training_instead_of_validation():
    stop = EarlyStopping(2, phase=AbstractTrainingPhase)
    learner = testlearner(Metrics(), stop, data=batches(1.0), optimizer=mg.Descent(0.0))
    fit_(learner, 50)
    assert learner.stopped.endswith("lowest in epoch 1.")


def test_a_phase_that_never_comes():
    learner = testlearner(Metrics(), EarlyStopping(2), data=batches(1.0))
    with pytest.raises(ValueError, match=r"data=\(training, validation\), or Early"):
        fit_(learner, 5)


def test_metrics_that_there_are_not():
    with pytest.raises(ValueError, match=r"Write Metrics\(accuracy\) among the callb"):
        fit_(testlearner(Metrics(), EarlyStopping(2, "accuracy", best=max)), 1)
    with pytest.raises(ValueError, match=r"Add Metrics\(\) to the callbacks"):
        fit_(testlearner(EarlyStopping(2)), 1)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("3",), {}),
        ((True,), {}),
        ((3,), {"best": "min"}),
        ((2.5,), {}),
        ((3, np.mean), {}),
        ((3,), {"phase": ValidationPhase()}),
    ],
)
def test_bad_arguments(arguments, options):
    with pytest.raises(TypeError, match="EarlyStopping"):
        EarlyStopping(*arguments, **options)
    with pytest.raises(mg.DomainError):
        EarlyStopping(0)


def test_of_a_loss_it_is_known_which_is_better():
    """Of others it is not: an accuracy that rises would end the training."""
    assert EarlyStopping(2).best is EarlyStopping(2, "smooth_loss").best is min
    with pytest.raises(TypeError, match="best=max if a higher one is"):
        EarlyStopping(2, "accuracy")


def test_another_fit_goes_on():
    learner = testlearner(
        Metrics(), Recorder(), EarlyStopping(1), optimizer=mg.Descent(0.0)
    )
    fit_(learner, 9)
    assert learner.history.training.epochs == 2
    learner.optimizer = mg.Descent(0.3)
    fit_(learner, 2)
    assert learner.history.training.epochs == 4 and learner.stopped is None


def test_training_phases_only(capsys):
    learner = testlearner(StopOnNaNLoss())
    epoch_(learner, TrainingPhase())
    assert capsys.readouterr().out == ""
