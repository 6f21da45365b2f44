"""`fit_`: what it trains, what it refuses, and what Ctrl-C does."""

import copy
import os
import pickle
import signal
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    Checkpointer,
    CustomCallback,
    EpochEnd,
    FitEnd,
    LossBegin,
    Metrics,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    fit_,
    testlearner,
)

from .helpers import Log, Raising


def test_epochs_of_both_phases():
    log = Log()
    assert fit_(testlearner(log, nbatches=1), 3) is None
    phases = [phase for event, phase in log.seen if event == "EpochBegin"]
    assert phases == ["TrainingPhase", "ValidationPhase"] * 3


def test_without_validation_data_there_is_no_validation():
    log = Log()
    fit_(testlearner(log, data=[(np.ones(2), np.ones(2))]), 2)
    assert log.events.count("EpochBegin") == 2


def test_other_data_and_phases():
    log = Log()
    learner = testlearner(log)
    before, batch = learner.data, (np.ones(2), np.ones(2))
    fit_(learner, 1, ([batch], [batch] * 3))
    assert [log.events.count(name) for name in ("BackwardEnd", "StepEnd")] == [1, 4]
    assert learner.data is before
    log.seen.clear()
    fit_(learner, 2, phases=ValidationPhase())
    assert log.events.count("EpochBegin") == 2 and "LossBegin" not in log.events


def test_no_epochs():
    log = Log()
    fit_(testlearner(log), 0)
    assert log.events == ["FitBegin", "FitEnd"]


@pytest.mark.parametrize(
    ("nepochs", "error"),
    [(1.5, TypeError), ("10", TypeError), (True, TypeError), (-1, mg.DomainError)],
)
def test_how_many_epochs(nepochs, error):
    with pytest.raises(error, match="fit_"):
        fit_(testlearner(), nepochs)


def test_data_that_is_empty_after_one_epoch():
    learner, batches = testlearner(), [(np.ones(2), np.ones(2))]
    with pytest.raises(TypeError, match="a list_iterator, which is empty after one"):
        fit_(learner, 2, iter(batches))
    fit_(learner, 1, iter(batches))
    with pytest.raises(TypeError, match="a generator, which is empty"):
        fit_(learner, 2, (batches, (batch for batch in batches)))


def test_no_data():
    with pytest.raises(TypeError, match="There is no data for TrainingPhase"):
        fit_(testlearner(data=()), 1)


@pytest.mark.parametrize(
    "phases", [[TrainingPhase], ["training"], TrainingPhase, "training", 3]
)
def test_phases_that_are_none(phases):
    with pytest.raises(TypeError, match=r"write phases=\(TrainingPhase\(\),\)"):
        fit_(testlearner(), 1, phases=phases)


def test_no_phase():
    with pytest.raises(ValueError, match=r"one or more: write phases=\(Training"):
        fit_(testlearner(), 1, phases=[])


def test_phases_in_the_place_of_data():
    with pytest.raises(TypeError, match=r"Write fit_\(learner, 2, phases=TrainingPha"):
        fit_(testlearner(), 2, TrainingPhase())


def test_not_within_itself():
    again = CustomCallback(lambda learner: fit_(learner, 1), EpochEnd)
    with pytest.raises(RuntimeError, match="fit_ was called while it runs"):
        fit_(testlearner(again), 1)


@pytest.mark.parametrize("event", [StepEnd, EpochEnd, FitEnd])
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda learner: pickle.loads(pickle.dumps(learner))]
)
def test_a_copy_made_on_the_way_can_be_trained(event, copied):
    class Keep:
        pass

    def keep(self, learner, phase):
        callbacks, learner.callbacks = list(learner.callbacks), []
        copies.append(copied(learner))
        learner.callbacks = callbacks

    copies = []
    setattr(Keep, event.method, keep)
    learner = testlearner(Keep(), nbatches=2)
    fit_(learner, 1)
    assert not copies[0].plan
    fit_(copies[0], 3)
    assert copies[0].model.coefficient != learner.model.coefficient


def test_after_an_error_it_can_be_called_again():
    broken = Raising(StepEnd, ZeroDivisionError("once"), times=5)
    learner = testlearner(broken)
    with pytest.raises(ZeroDivisionError):
        fit_(learner, 3)
    assert learner.plan == () and learner.batches is None
    fit_(learner, 1)
    assert learner.stopped is None


# --- Ctrl-C ------------------------------------------------------------------------


def press_ctrl_c(learner):
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def usual_handler():
    """That of Python, before and after."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


class OnStep:
    """Calls a function at an event of one step."""

    def __init__(self, event, step, f):
        self.step, self.f = step, f
        setattr(self, event.method, self._look)

    def _look(self, learner, phase):
        if learner.position.step == self.step:
            self.f(learner)


@pytest.mark.parametrize("event", [LossBegin, StepEnd])
def test_ctrl_c_lets_the_step_end(event, usual_handler, capsys):
    log = Log()
    learner = testlearner(log, OnStep(event, 5, press_ctrl_c))
    fit_(learner, 3)
    assert log.events.count("BackwardEnd") == log.events.count("StepEnd") == 5
    assert log.events[-1] == "FitEnd"
    assert learner.stopped == "Interrupted by Ctrl-C, after step 5 of epoch 1."
    printed = capsys.readouterr().err
    assert "Ctrl-C: training ends after this step." in printed
    assert printed.endswith("Interrupted by Ctrl-C, after step 5 of epoch 1.\n")
    same = testlearner()
    fit_(same, 1, same.data.training[:5])
    assert learner.model.coefficient == same.model.coefficient


def test_ctrl_c_at_the_end_of_an_epoch(usual_handler, capsys):
    learner = testlearner(CustomCallback(press_ctrl_c, EpochEnd, ValidationPhase))
    fit_(learner, 3)
    assert learner.stopped == "Interrupted by Ctrl-C, after epoch 1."


def test_ctrl_c_twice_ends_at_once(usual_handler, capsys):
    def twice(learner):
        press_ctrl_c(learner)
        press_ctrl_c(learner)

    learner = testlearner(OnStep(LossBegin, 2, twice))
    with pytest.raises(KeyboardInterrupt):
        fit_(learner, 3)


def test_ctrl_c_with_a_checkpoint(usual_handler, capsys, tmp_path):
    make = lambda *more: testlearner(Checkpointer(tmp_path), Metrics(), *more)
    whole = testlearner()
    fit_(whole, 3)
    first = make(OnStep(StepEnd, 7, press_ctrl_c))
    fit_(first, 3)
    printed = capsys.readouterr().err
    assert f"{tmp_path / 'last.npz'} holds the training: start the program" in printed
    second = make()
    fit_(second, 3)
    assert "after step 7 of epoch 1" in capsys.readouterr().err
    assert second.model.coefficient == whole.model.coefficient
    assert first.model.coefficient != whole.model.coefficient
    assert second.stopped is None


def test_another_handler_of_ctrl_c_stays():
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        learner = testlearner(OnStep(StepEnd, 2, press_ctrl_c))
        fit_(learner, 1)
        assert set(seen) == {signal.SIGINT} and learner.stopped is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_done_about_signals(usual_handler):
    learner = testlearner()
    thread = threading.Thread(target=fit_, args=(learner, 2))
    thread.start()
    thread.join()
    np.testing.assert_allclose(learner.model.coefficient, [3.0], rtol=1e-6)
