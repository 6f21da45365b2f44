"""Checkpoints: what is in the folder, and training that goes on, number for number."""

import errno
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    BackwardEnd,
    CancelFittingException,
    Checkpointer,
    ConditionalCallback,
    EarlyStopping,
    EpochEnd,
    Metric,
    Metrics,
    Recorder,
    Scheduler,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    fit_,
    testlearner,
    throttle,
)
from minigrad.serialise import writing

from . import killed
from .helpers import Raising


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def stopped_at(event, times):
    """A callback that ends the program, in a manner of speaking."""
    return Raising(event, KeyboardInterrupt(), times)


def scores(*values):
    """A metric with given values, one for each epoch of validation."""
    left = iter(values)
    return Metric(lambda yhat, ys: next(left), name="score", phase=ValidationPhase)


def ranked(folder, values, **options):
    """Train, with given values of a metric."""
    learner = testlearner(
        Metrics(scores(*values)),
        Checkpointer(folder, metric="score", **options),
        nbatches=1,
    )
    fit_(learner, len(values))
    return files(folder)


# --- The best models ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "best", "epochs"),
    [
        (None, min, [1, 2, 3, 4, 5]),
        (2, min, [2, 5]),
        (1, min, [5]),
        (1, max, [1]),
        (3, max, [1, 3, 4]),
        (0, min, []),
        (9, min, [1, 2, 3, 4, 5]),
    ],
)
def test_the_best_and_the_last_are_kept(tmp_path, keep, best, epochs):
    values = [0.9, 0.2, 0.7, 0.5, 0.125]
    found = ranked(tmp_path, values, keep_top_k=keep, best=best)
    names = [f"checkpoint_epoch_{n:03}_score_{values[n - 1]:g}.npz" for n in epochs]
    assert found == [*names, "last.npz"]


def test_nan_is_the_worst(tmp_path):
    found = ranked(tmp_path, [np.nan, 0.5, np.nan], keep_top_k=1, best=min)
    assert found == [
        "checkpoint_epoch_002_score_0.5.npz",
        "last.npz",
    ]


def test_a_kept_model_is_that_of_its_epoch(tmp_path):
    learner = testlearner(Metrics(), Checkpointer(tmp_path), nbatches=2)
    fit_(learner, 1)
    expected = learner.model.coefficient.copy()
    fit_(learner, 2)
    (path,) = tmp_path.glob("checkpoint_epoch_001_*")
    model = testlearner().model
    assert mg.load_into_(model, path) is model
    assert model.coefficient == expected != learner.model.coefficient


def test_whose_epochs_are_compared(tmp_path):
    learner = testlearner(Metrics(), Recorder(), Checkpointer(tmp_path / "usual"))
    fit_(learner, 1)
    value = learner.history.validation.loss[0]
    assert f"checkpoint_epoch_001_loss_{value:.6g}.npz" in files(tmp_path / "usual")
    learner = testlearner(Metrics(), Recorder(), Checkpointer(tmp_path / "training"))
    fit_(learner, 1, phases=TrainingPhase())
    value = learner.history.training.loss[0]
    assert f"checkpoint_epoch_001_loss_{value:.6g}.npz" in files(tmp_path / "training")
    asked = Checkpointer(tmp_path / "asked", phase=AbstractTrainingPhase)
    learner = testlearner(Metrics(), Recorder(), asked)
    fit_(learner, 1)
    value = learner.history.training.loss[0]
    assert f"checkpoint_epoch_001_loss_{value:.6g}.npz" in files(tmp_path / "asked")


def test_a_metric_that_there_is_not(tmp_path):
    checkpoints = Checkpointer(tmp_path, metric="accuracy", best=max)
    learner = testlearner(Metrics(), checkpoints)
    with pytest.raises(ValueError, match="looks at the metric accuracy, and there are"):
        fit_(learner, 1)
    assert learner.position.epoch == 0
    assert not files(tmp_path)


def test_without_metrics_it_says_so_before_the_first_step(tmp_path):
    learner = testlearner(Checkpointer(tmp_path / "folder"))
    with pytest.raises(ValueError, match=r"nobody computes it. Add Metrics\(\)"):
        fit_(learner, 1)
    assert "xs" not in learner.step
    assert not (tmp_path / "folder").exists()


def test_without_metrics_a_training_can_be_resumed(tmp_path):
    first = testlearner(Checkpointer(tmp_path, keep_top_k=0))
    fit_(first, 2)
    assert files(tmp_path) == ["last.npz"]
    again = testlearner(Checkpointer(tmp_path, keep_top_k=0))
    fit_(again, 2)
    np.testing.assert_array_equal(again.model.coefficient, first.model.coefficient)


# --- Going on ----------------------------------------------------------------------


def whole_run(folder):
    learner = killed.make(folder)
    fit_(learner, 4)
    return killed.result(learner), files(folder)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return whole_run(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize(
    ("event", "times"),
    [
        (StepEnd, 1),
        (StepEnd, 2),
        (StepEnd, 8),  # in the first epoch
        (StepEnd, 12),  # in the first validation
        (StepEnd, 20),
        (BackwardEnd, 15),
        (EpochEnd, 1),
        (EpochEnd, 2),
        (EpochEnd, 3),
        (EpochEnd, 8),
    ],
)
def test_it_goes_on_to_the_same_bits(tmp_path, expected, event, times, capsys):
    """The same as in `test_killed`, at chosen places: with every number of steps."""
    learner = killed.make(tmp_path, [stopped_at(event, times)])
    with pytest.raises(KeyboardInterrupt):
        fit_(learner, 4)
    again = killed.make(tmp_path)
    fit_(again, 4)
    assert (killed.result(again), files(tmp_path)) == expected


def test_again_and_again_within_the_same_epoch(tmp_path, expected):
    for times in (5, 3, 4, 2, 9):
        with pytest.raises(KeyboardInterrupt):
            fit_(killed.make(tmp_path, [stopped_at(StepEnd, times)]), 4)
    again = killed.make(tmp_path)
    fit_(again, 4)
    assert (killed.result(again), files(tmp_path)) == expected


def test_more_epochs_later(tmp_path, expected):
    fit_(killed.make(tmp_path), 2)
    again = killed.make(tmp_path)
    fit_(again, 4)
    assert killed.result(again) == expected[0]


def test_a_program_with_two_fits(tmp_path):
    def program(*callbacks):
        learner = killed.make(tmp_path / name, callbacks)
        fit_(learner, 2)
        between.append(learner.model[0].weight.copy())
        fit_(learner, 2)
        return killed.result(learner)

    between, name = [], "whole"
    expected = program()
    for times in (5, 30, 36, 50):
        name = f"run {times}"
        with pytest.raises(KeyboardInterrupt):
            program(stopped_at(StepEnd, times))
        assert program() == expected
    assert program() == expected  # and once more, when all is done


def test_a_training_that_was_stopped_stays_so(tmp_path, capsys):
    def make():
        callbacks = Metrics(), Recorder(), EarlyStopping(3), Checkpointer(tmp_path)
        return testlearner(*callbacks, optimizer=mg.Descent(0.0))

    learner = make()
    fit_(learner, 50)
    message = learner.stopped
    assert message.startswith("loss has not become better")
    again = make()
    fit_(again, 50)
    assert again.stopped == message
    assert again.history.training.epochs == learner.history.training.epochs == 4
    assert f"It was stopped: {message}" in capsys.readouterr().err


def test_killed_just_when_it_was_to_stop(tmp_path):
    """Between the last checkpoint of an epoch and that of the end."""
    make = lambda *more: testlearner(
        Metrics(),
        Recorder(),
        EarlyStopping(3),
        Checkpointer(tmp_path),
        *more,
        optimizer=mg.Descent(0.0),
    )
    learner = make(Raising(mg.learner.FitEnd, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        fit_(learner, 50)
    again = make()
    fit_(again, 50)
    assert again.history.training.epochs == 4
    assert again.stopped.startswith("loss has not become better for 3 epochs")


def test_what_was_cancelled_by_hand_can_go_on_in_the_same_program(tmp_path):
    stop = Raising(EpochEnd, CancelFittingException("Enough."), times=2)
    learner = testlearner(Metrics(), Recorder(), stop, Checkpointer(tmp_path))
    fit_(learner, 5)
    assert learner.stopped == "Enough."
    fit_(learner, 3)
    assert learner.history.training.epochs == 4 and learner.stopped is None


def test_callbacks_of_ones_own_take_part(tmp_path):
    class Counter:
        count = 0

        def on_step_end(self, learner, phase):
            self.count += 1

        def state_dict(self):
            return {"count": self.count}

        def load_state_dict_(self, state):
            self.count = state["count"]

    def make(*more):
        counter = throttle(Counter(), StepEnd, freq=3)
        return testlearner(Metrics(), counter, Checkpointer(tmp_path), *more), counter

    learner, counter = make()
    fit_(learner, 1)
    first = counter.callback.count
    learner, counter = make()
    fit_(learner, 1)
    assert counter.callback.count == first == 11
    assert isinstance(counter, ConditionalCallback)


def test_schedules_go_on(tmp_path):
    def make():
        scheduler = Scheduler(eta=lambda t: 0.5 / t)
        return testlearner(Metrics(), Recorder(), scheduler, Checkpointer(tmp_path))

    fit_(make(), 2)
    learner = make()
    fit_(learner, 3)
    rates = learner.history.training.per_step.eta.tolist()
    assert rates == [0.5 / t for t in range(1, 49)]


def test_a_function_in_a_rule_is_the_same_one_in_the_next_program(tmp_path):
    """Elsewhere in memory, which is nothing to be warned about."""

    def make():
        rule = mg.Scheduler(mg.Descent, eta=lambda t: 0.5 / t)
        return testlearner(Metrics(), Checkpointer(tmp_path), optimizer=rule)

    fit_(make(), 1)
    fit_(make(), 2)
    plain = testlearner(optimizer=mg.Scheduler(mg.Descent, eta=lambda t: 0.5 / t))
    fit_(plain, 2)
    again = make()
    fit_(again, 2)
    assert again.model.coefficient == plain.model.coefficient


# --- What does not fit -------------------------------------------------------------


def test_another_model_in_the_same_folder(tmp_path):
    fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)
    model = mg.Chain(mg.Dense(8, 8))
    other = testlearner(Metrics(), Checkpointer(tmp_path), model=mg.f64(model))
    with pytest.raises(mg.ShapeError, match="does not fit") as caught:
        fit_(other, 1)
    assert "write another folder, or delete this one" in caught.value.__notes__[0]


def test_another_kind_of_rule_and_other_numbers(tmp_path):
    make = lambda rule: testlearner(Metrics(), Checkpointer(tmp_path), optimizer=rule)
    fit_(make(mg.Descent(0.5)), 1)
    with pytest.raises(mg.ShapeError, match=r"Descent.* in the file and Adam"):
        fit_(make(mg.Adam()), 1)
    learner = make(mg.Descent(0.25))
    with pytest.warns(
        UserWarning, match=r"has the optimizer Descent\(0.5\), and goes on"
    ):
        fit_(learner, 1)
    assert learner.params.coefficient.rule == mg.Descent(0.5)


def test_less_data(tmp_path):
    checkpoints = lambda: Checkpointer(tmp_path, every=1)
    learner = testlearner(Metrics(), checkpoints(), stopped_at(StepEnd, 9))
    with pytest.raises(KeyboardInterrupt):
        fit_(learner, 1)
    learner = testlearner(Metrics(), checkpoints(), nbatches=4)
    with (
        pytest.warns(UserWarning, match="had 16 and 16 batches .* this one has 4 and"),
        pytest.raises(mg.ShapeError, match="step 8 of an epoch, and the data has 4"),
    ):
        fit_(learner, 1)


def test_another_size_of_batches(tmp_path):
    """It is not wrong, and not the training that was begun, either."""
    x = np.linspace(0, 1, 64)
    data = lambda size: mg.DataLoader((x, 3 * x), batchsize=size)
    make = lambda size: testlearner(Metrics(), Checkpointer(tmp_path), data=data(size))
    fit_(make(8), 1)
    with pytest.warns(UserWarning, match="had 8 batches in an epoch, and this one has"):
        fit_(make(4), 2)
    fit_(make(4), 3)


def test_other_phases(tmp_path):
    fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)
    learner = testlearner(Metrics(), Checkpointer(tmp_path))
    with pytest.raises(mg.ShapeError, match="has the phases TrainingPhase, Validation"):
        fit_(learner, 1, phases=TrainingPhase())


def test_a_damaged_file(tmp_path):
    fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)
    path = tmp_path / "last.npz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(mg.FileError, match="cannot be loaded"):
        fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)


def test_a_file_of_something_else(tmp_path):
    mg.save(tmp_path / "last.npz", model={"x": np.ones(1)})
    with pytest.raises(mg.ShapeError, match="holds no training, but model"):
        fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)


def test_no_resuming(tmp_path):
    checkpoints = lambda: Checkpointer(tmp_path, resume=False)
    learner = testlearner(Metrics(), checkpoints())
    fit_(learner, 1)
    fit_(learner, 1)  # of the same program
    with pytest.raises(FileExistsError, match="There is a training in"):
        fit_(testlearner(Metrics(), checkpoints()), 1)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"keep_top_k": -1}, mg.DomainError),
        ({"keep_top_k": "3"}, TypeError),
        ({"every": 0}, mg.DomainError),
        ({"every": 2.5}, TypeError),
        ({"best": "min"}, TypeError),
        ({"metric": "accuracy"}, TypeError),
        ({"metric": mg.mse}, TypeError),
        ({"phase": TrainingPhase()}, TypeError),
    ],
)
def test_bad_arguments(tmp_path, options, error):
    with pytest.raises(error, match=r"Checkpointer\("):
        Checkpointer(tmp_path, **options)


def test_a_folder_that_is_a_file(tmp_path):
    path = tmp_path / "model.npz"
    path.write_text("precious")
    with pytest.raises(NotADirectoryError, match=r"that is a file\. Write the name of"):
        fit_(testlearner(Metrics(), Checkpointer(path)), 1)
    assert path.read_text() == "precious"


def test_a_folder_that_is_read_only(tmp_path, monkeypatch):
    """It will be so in an hour, too; better to hear it now."""

    def forbidden(*args, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(writing.os, "fsync", forbidden)
    learner = testlearner(Metrics(), Checkpointer(tmp_path))
    with pytest.raises(PermissionError) as caught:
        fit_(learner, 1)
    assert "nothing has been trained yet" in "".join(caught.value.__notes__)
    assert learner.model.coefficient == 0.5


def test_a_disk_that_is_full_from_the_beginning(tmp_path, monkeypatch):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    learner = testlearner(Metrics(), Checkpointer(tmp_path))
    with pytest.warns(UserWarning, match="could not be written"):
        fit_(learner, 1)
    assert learner.model.coefficient != 0.5
    monkeypatch.undo()
    fit_(learner, 1)
    assert "last.npz" in files(tmp_path)


def test_the_name_of_a_metric_may_be_no_name_of_a_file(tmp_path):
    metric = Metric(lambda yhat, ys: 0.5, name="top 5/all")
    checkpoints = Checkpointer(tmp_path, metric="top 5/all", best=max)
    fit_(testlearner(Metrics(metric), checkpoints), 1)
    assert files(tmp_path) == ["checkpoint_epoch_001_top_5_all_0.5.npz", "last.npz"]


def test_what_cannot_be_saved_is_found_at_once(tmp_path):
    @mg.functor
    class Odd:
        def __init__(self):
            self.w = np.ones(1)
            self.words = np.array(["a", None], object)

        def __call__(self, x):
            return self.w * x

    with pytest.raises(TypeError, match="of Python objects"):
        fit_(testlearner(Metrics(), Checkpointer(tmp_path), model=Odd()), 1)


# --- When nothing can be written ---------------------------------------------------


def test_a_full_disk(tmp_path, monkeypatch):
    """The training goes on and warns; the last good file is whole."""
    learner = testlearner(Metrics(), Checkpointer(tmp_path), nbatches=2)
    fit_(learner, 1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.warns(UserWarning, match=r"npz could not be written.*No space left"):
        fit_(learner, 2)
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    mg.load(tmp_path / "last.npz")
    plain = testlearner(nbatches=2)
    fit_(plain, 3)
    assert learner.model.coefficient == plain.model.coefficient
    fit_(learner, 1)
    assert (tmp_path / "last.npz").read_bytes() != before[tmp_path / "last.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_files_that_may_not_grow(tmp_path, run_python):
    """As above, by a limit of the operating system."""
    code = f"""
import resource, warnings
from minigrad.learner import *
warnings.simplefilter("always")
learner = testlearner(Metrics(), Checkpointer({str(tmp_path)!r}), nbatches=2)
fit_(learner, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
fit_(learner, 2)
print("done", learner.model.coefficient)
"""
    printed = run_python(code, check=False)
    assert "done [" in printed and "could not be written" in printed
    assert (
        mg.serialise.files.read(tmp_path / "last.npz")["run"]["position"]["epoch"] == 1
    )
    assert not list(tmp_path.glob(".minigrad-*"))


def test_what_a_killed_program_left_is_cleared_away(tmp_path):
    (tmp_path / ".minigrad-0123.tmp").write_bytes(b"half")
    fit_(testlearner(Metrics(), Checkpointer(tmp_path)), 1)
    assert len(files(tmp_path)) == 2


def test_a_callback_that_raises_leaves_the_last_checkpoint(tmp_path, expected):
    broken = Raising(StepEnd, ZeroDivisionError("oh"), times=17)
    with pytest.raises(ZeroDivisionError):
        fit_(killed.make(tmp_path, [broken]), 4)
    again = killed.make(tmp_path)
    fit_(again, 4)
    assert killed.result(again) == expected[0]
