"""Steps and epochs: which events come, in which order, and the three ways out."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    BackwardBegin,
    BackwardEnd,
    CancelEpochException,
    CancelFittingException,
    CancelStepException,
    CustomCallback,
    EpochBegin,
    EpochEnd,
    Event,
    FitBegin,
    FitEnd,
    LossBegin,
    Metrics,
    Phase,
    Recorder,
    StepBegin,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    runepoch,
    runstep,
    step_,
    testlearner,
    withepoch,
)

from .helpers import Log, Raising

STEP = ["StepBegin", "LossBegin", "BackwardBegin", "BackwardEnd", "StepEnd"]
LOOK = ["StepBegin", "StepEnd"]


def epoch_of(step, n):
    return ["EpochBegin", *(step * n), "EpochEnd"]


# --- Order and counts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "step"), [(TrainingPhase(), STEP), (ValidationPhase(), LOOK)], ids=repr
)
def test_events_of_an_epoch(phase, step):
    log = Log()
    epoch_(testlearner(log, nbatches=3), phase)
    assert log.events == epoch_of(step, 3)
    assert {name for _, name in log.seen} == {type(phase).__name__}


def test_events_of_a_fit():
    log = Log()
    fit_(testlearner(log, nbatches=2), 2)
    epoch = epoch_of(STEP, 2) + epoch_of(LOOK, 2)
    assert log.events == ["FitBegin", *epoch, *epoch, "FitEnd"]
    assert log.seen[0][1] == log.seen[-1][1] == "NoneType"


def test_an_empty_epoch_has_a_beginning_and_an_end():
    """It warns: mostly it is a generator that has been gone through already."""
    log, batches = Log(), (batch for batch in testlearner(nbatches=1).data.training)
    learner = testlearner(log)
    epoch_(learner, TrainingPhase(), batches)
    log.seen.clear()
    with pytest.warns(UserWarning, match=r"no batch for TrainingPhase\(\).*generator"):
        epoch_(learner, TrainingPhase(), batches)
    assert log.events == ["EpochBegin", "EpochEnd"]


STATE = {
    StepBegin: {"xs", "ys"},
    LossBegin: {"xs", "ys", "yhat"},
    BackwardBegin: {"xs", "ys", "yhat", "loss"},
    BackwardEnd: {"xs", "ys", "yhat", "loss", "grads"},
    StepEnd: {"xs", "ys", "yhat", "loss", "grads"},
}


@pytest.mark.parametrize("event", STATE, ids=lambda event: event.__name__)
def test_what_a_step_has_at_each_event(event):
    found = []
    look = CustomCallback(lambda learner: found.append(dict(learner.step)), event)
    learner = testlearner(look, nbatches=1)
    before = learner.model.coefficient.copy()
    epoch_(learner, TrainingPhase())
    (state,) = found
    assert state.keys() == STATE[event]
    x, y = learner.data.training[0]
    if "yhat" in state:
        assert type(state["yhat"]) is np.ndarray
        np.testing.assert_array_equal(state["yhat"], before * x)
    if "loss" in state:
        assert float(state["loss"]) == np.mean((before * x - y) ** 2)
    if "grads" in state:
        expected = np.mean(2 * (before * x - y) * x)
        np.testing.assert_allclose(state["grads"].coefficient, [expected], rtol=1e-12)


def test_the_model_changes_between_backward_end_and_step_end():
    found = []
    note = lambda learner: found.append(learner.model.coefficient.item())
    learner = testlearner(
        CustomCallback(note, BackwardEnd), CustomCallback(note, StepEnd), nbatches=1
    )
    epoch_(learner, TrainingPhase())
    assert found[0] == 0.5 != found[1] == learner.model.coefficient


# --- Callbacks within gradient -----------------------------------------------------


class Meddler:
    """Calls the model and changes values at the events within `gradient`."""

    def on_loss_begin(self, learner, phase):
        assert not mg.autodiff.is_tracking()
        self.looked = learner.model(learner.step.yhat) ** 2 + learner.step.yhat.sum()

    on_backward_begin = on_loss_begin


def test_gradients_do_not_see_the_callbacks():
    plain, watched = testlearner(), testlearner(Meddler())
    for learner in (plain, watched):
        epoch_(learner, TrainingPhase())
    np.testing.assert_array_equal(
        plain.model.coefficient, watched.model.coefficient, strict=True
    )
    assert "looked" in vars(watched.callbacks[Meddler])


def test_a_callback_may_compute_a_gradient_of_its_own():
    found = []
    own = lambda learner: found.append(mg.gradient(lambda x: x * x, 3.0)[0])
    learner = testlearner(CustomCallback(own, LossBegin), nbatches=2)
    epoch_(learner, TrainingPhase())
    assert found == [6.0, 6.0]


def test_dropout_rests_while_a_callback_looks_on():
    found = []
    layer = mg.Dropout(0.5, rng=0)
    look = lambda learner: found.append(layer(np.ones(100)).min())
    learner = testlearner(CustomCallback(look, LossBegin), nbatches=1)
    epoch_(learner, TrainingPhase())
    assert found == [1.0]


def test_models_with_several_outputs_leave_plain_ones():
    class Two(TrainingPhase):
        def step_(self, learner, batch):
            xs, ys = batch
            with runstep(learner, self, xs=xs, ys=ys) as (handle, state):

                def loss(model):
                    state.yhat = {"once": model(xs), "twice": [2 * model(xs)]}
                    handle(LossBegin())
                    state.loss = (state.yhat["twice"][0] ** 2).sum()
                    return state.loss

                state.grads = mg.gradient(loss, learner.model)[0]

    found = []
    look = lambda learner: found.append(learner.step.yhat)
    learner = testlearner(CustomCallback(look, LossBegin), nbatches=1)
    epoch_(learner, Two())
    for yhat in (found[0], learner.step.yhat):
        assert type(yhat["once"]) is type(yhat["twice"][0]) is np.ndarray
    assert learner.step.grads.coefficient > 0
    assert isinstance(float(learner.step.loss), float)


# --- Ways out ----------------------------------------------------------------------


def test_cancel_step_leaves_out_the_rest_of_the_step_and_its_end():
    log = Log()
    skip = Raising(BackwardEnd, CancelStepException("too noisy"), times=2)
    learner = testlearner(log, skip, nbatches=3)
    epoch_(learner, TrainingPhase())
    assert log.events == [
        *epoch_of(STEP, 1)[:-1],
        *STEP[:-1],
        *STEP,
        "EpochEnd",
    ]
    other = testlearner()
    data = learner.data.training
    epoch_(other, TrainingPhase(), [data[0], data[2]])
    assert learner.model.coefficient == other.model.coefficient


def test_a_cancelled_step_leaves_no_trace_in_batch_norm():
    """Else a batch that is skipped since it is far off would spoil the statistics."""
    x = np.random.default_rng(0).normal(5, 1, (3, 8, 3)).astype(np.float32)
    bad = np.full_like(x[0], 1e3)

    class SkipOutliers:
        def on_backward_begin(self, learner, phase):
            if learner.step.loss > 1e3:
                raise CancelStepException

    means = []
    for batches in ([x[0], bad, x[1], x[2]], x):
        model = mg.Chain(mg.BatchNorm(3), mg.Dense(3, 1, rng=0))
        data = [(batch, batch[:, :1]) for batch in batches]
        epoch_(testlearner(SkipOutliers(), model=model, data=data), TrainingPhase())
        means.append(model[0].mean)
    np.testing.assert_array_equal(*means)


@pytest.mark.parametrize("event", [FitBegin, EpochBegin, EpochEnd, FitEnd])
def test_where_no_step_is_the_cancellation_of_one_says_who_wanted_it(event):
    learner = testlearner(Raising(event, CancelStepException("too noisy")))
    with pytest.raises(CancelStepException, match="too noisy") as caught:
        fit_(learner, 1)
    (note,) = caught.value.__notes__
    assert f"in the callback Raising at {event.__name__}" in note


def test_at_the_end_of_a_fit_there_is_nothing_left_to_be_cancelled():
    log = Log()
    learner = testlearner(Raising(FitEnd, CancelFittingException("Enough.")), log)
    fit_(learner, 1)
    assert (log.events[-1], learner.stopped) == ("FitEnd", None)


@pytest.mark.parametrize("event", [StepBegin, LossBegin, BackwardBegin, StepEnd])
def test_a_step_is_cancelled_at_any_event(event):
    log = Log()
    learner = testlearner(log, Raising(event, CancelStepException()), nbatches=2)
    epoch_(learner, TrainingPhase())
    seen = STEP[: STEP.index(event.__name__) + 1]
    assert log.events == ["EpochBegin", *seen, *STEP, "EpochEnd"]


@pytest.mark.parametrize("event", [EpochBegin, StepBegin, BackwardEnd, EpochEnd])
def test_a_cancelled_epoch_has_one_end(event):
    log = Log()
    learner = testlearner(log, Raising(event, CancelEpochException()), nbatches=2)
    epoch_(learner, TrainingPhase())
    assert log.events.count("EpochEnd") == 1
    assert log.events[-1] == "EpochEnd"
    steps = {EpochBegin: 0, StepBegin: 1, BackwardEnd: 1, EpochEnd: 2}
    assert log.events.count("StepBegin") == steps[event]


def test_after_a_cancelled_epoch_the_next_phase_follows():
    log = Log()
    learner = testlearner(log, Raising(StepEnd, CancelEpochException()), nbatches=2)
    fit_(learner, 1)
    expected = ["FitBegin", *epoch_of(STEP, 1), *epoch_of(LOOK, 2), "FitEnd"]
    assert log.events == expected


@pytest.mark.parametrize("call", [epoch_, step_])
def test_cancelled_fitting_goes_through_what_is_below_fit(call):
    log, stop = Log(), CancelFittingException("Low loss reached.")
    learner = testlearner(log, Raising(BackwardEnd, stop))
    data = learner.data.training
    given = data[0] if call is step_ else data
    with pytest.raises(CancelFittingException, match=r"Low loss reached\."):
        call(learner, TrainingPhase(), given)
    assert log.events[-1] == "BackwardEnd"
    assert learner.model.coefficient == 0.5


def test_fit_catches_it_and_keeps_the_message():
    log, stop = Log(), CancelFittingException("Low loss reached.")
    learner = testlearner(log, Raising(StepEnd, stop, times=3))
    fit_(learner, 10)
    assert learner.stopped == "Low loss reached."
    assert log.events[-1] == "FitEnd"
    assert log.events.count("StepEnd") == 3
    fit_(learner, 1)
    assert learner.stopped is None


def test_all_callbacks_see_the_end_of_an_epoch_that_one_ends():
    """So what they write down is complete, whoever comes first."""
    stop, log = Raising(EpochEnd, CancelFittingException("Enough.")), Log()
    learner = testlearner(stop, log)
    fit_(learner, 2)
    assert log.events.count("EpochEnd") == 1


class Other(ValidationPhase):
    pass


@pytest.mark.parametrize("event", [EpochBegin, StepEnd])
def test_an_epoch_does_not_begin_within_another(event):
    """Their metrics would be mixed up."""
    look = lambda learner: epoch_(learner, Other(), learner.data.validation)
    learner = testlearner(Recorder(), CustomCallback(look, event))
    with pytest.raises(RuntimeError, match=r"in the middle of another one.*epoch_end"):
        epoch_(learner, TrainingPhase())
    learner.callbacks = []
    epoch_(learner, TrainingPhase())


def test_after_an_epoch_there_may_be_another():
    look = lambda learner: epoch_(learner, Other(), learner.data.validation[:3])
    callback = CustomCallback(look, EpochEnd, TrainingPhase)
    learner = testlearner(Metrics(), Recorder(), callback)
    plain = testlearner(Metrics(), Recorder())
    for one in (learner, plain):
        fit_(one, 2)
    assert learner.history.other.steps == 6
    for phase in ("training", "validation"):
        one, other = (x.history[phase].loss for x in (learner, plain))
        np.testing.assert_array_equal(one, other)


# --- Loops of one's own ------------------------------------------------------------


def test_runstep_gives_the_state_and_makes_it_that_of_the_learner():
    log = Log()
    learner = testlearner(log)

    def body(handle, state):
        assert learner.step is state
        state.anything = state.xs + state.ys
        handle(LossBegin())

    state = runstep(body, learner, TrainingPhase(), {"xs": 1, "ys": 2})
    assert state.anything == 3 and learner.step is state
    assert log.events == ["StepBegin", "LossBegin", "StepEnd"]
    with runstep(learner, TrainingPhase(), xs=1) as (_, inner):
        inner.ŷs = 5
    assert learner.step is inner and inner.yhat == 5
    with runstep(learner, TrainingPhase(), {"xs": 1}, ys=2) as (_, inner):
        assert (inner.xs, inner.ys) == (1, 2)


def test_runstep_as_a_function_ends_quietly_when_cancelled():
    def body(handle, state):
        state.before = True
        raise CancelStepException

    log = Log()
    state = runstep(body, testlearner(log), TrainingPhase())
    assert state.before and log.events == ["StepBegin"]
    cancelled = testlearner(Raising(StepBegin, CancelStepException()))
    assert "before" not in runstep(body, cancelled, TrainingPhase())


def test_runepoch_and_its_other_name():
    assert withepoch is runepoch
    log = Log()
    learner = testlearner(log)
    with withepoch(learner, ValidationPhase()) as handle:
        handle(LossBegin())
    assert log.events == ["EpochBegin", "LossBegin", "EpochEnd"]
    log.seen.clear()
    runepoch(lambda handle: handle(LossBegin()), learner, ValidationPhase())
    assert log.events == ["EpochBegin", "LossBegin", "EpochEnd"]


def test_a_loop_that_stops_at_a_low_loss():
    """The example of the page: the exception leaves a loop of one's own."""
    learner, phase = testlearner(), TrainingPhase()
    with (
        pytest.raises(CancelFittingException, match=r"Low loss reached\."),
        withepoch(learner, phase),
    ):
        for batch in learner.data.training:
            step_(learner, phase, batch)
            if learner.step.loss < 0.1:
                raise CancelFittingException("Low loss reached.")
    assert learner.step.loss < 0.1


def test_an_event_of_ones_own():
    class HalfTime(Event):
        pass

    class Watcher:
        count = 0

        def on_half_time(self, learner, phase):
            self.count += 1

    class Halves(Phase):
        def step_(self, learner, batch):
            with runstep(learner, self) as (handle, _):
                handle(HalfTime())

    watcher = Watcher()
    epoch_(testlearner(watcher, nbatches=4), Halves(), range(4))
    assert watcher.count == 4


def test_a_class_is_no_event():
    learner = testlearner()
    with (
        pytest.raises(TypeError, match=r"which is an object: write handle\(LossBegin"),
        runstep(learner, TrainingPhase()) as (handle, _),
    ):
        handle(LossBegin)


# --- What layers record ------------------------------------------------------------


@pytest.mark.parametrize("event", [LossBegin, BackwardBegin, BackwardEnd])
def test_an_error_leaves_the_model_of_the_last_whole_step(event):
    """Weights, and also the statistics that BatchNorm had recorded meanwhile."""
    x = np.random.default_rng(0).normal(5, 1, (4, 8, 3)).astype(np.float32)
    data = [(batch, batch[:, :1]) for batch in x]
    make = lambda: mg.Chain(mg.BatchNorm(3), mg.Dense(3, 1, rng=0))
    whole = testlearner(model=make(), data=data)
    epoch_(whole, TrainingPhase(), data[:2])
    broken = testlearner(
        Raising(event, ZeroDivisionError("oh"), times=3), model=make(), data=data
    )
    with pytest.raises(ZeroDivisionError):
        epoch_(broken, TrainingPhase())
    for one, other in zip(
        mg.serialise.files.encode({"m": whole.model})[1].values(),
        mg.serialise.files.encode({"m": broken.model})[1].values(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other, strict=True)
    assert whole.model[0].mean.any()


def test_an_error_of_a_callback_says_where_it_was():
    error = KeyError("nothing here")
    learner = testlearner(Raising(StepEnd, error, times=20), nbatches=16)
    with pytest.raises(KeyError) as caught:
        fit_(learner, 3)
    (note,) = caught.value.__notes__
    assert note == (
        "This happened in the callback Raising at StepEnd in step 4 of epoch 1 "
        "(ValidationPhase)."
    )


def test_a_phase_without_events_trains_without_callbacks():
    """The first version of a step on the page."""

    class Silent(AbstractTrainingPhase):
        def step_(self, learner, batch):
            xs, ys = batch
            loss = lambda model: learner.lossfn(model(xs), ys)
            grads = mg.gradient(loss, learner.model)
            mg.update_(learner.params, learner.model, grads[0])

    log = Log()
    learner = testlearner(log)
    epoch_(learner, Silent())
    assert log.events == ["EpochBegin", "EpochEnd"]
    np.testing.assert_allclose(learner.model.coefficient, [3.0], rtol=1e-2)


class NoPhase:
    def step_(self, learner, batch):
        raise AssertionError("nobody calls this")


@pytest.mark.parametrize("phase", [TrainingPhase, NoPhase(), "training", None])
def test_an_epoch_of_what_is_no_phase(phase):
    with pytest.raises(TypeError, match=r"an object such as TrainingPhase.*was given"):
        epoch_(testlearner(), phase)
