"""What is written down: tables, attributes, files, and pictures of them."""

import csv

import numpy as np
import pytest

import minigrad as mg
from minigrad import plots
from minigrad.learner import (
    History,
    Metrics,
    Recorder,
    Traces,
    TrainingPhase,
    ValidationPhase,
    accuracy,
    epoch_,
    fit_,
    testlearner,
)
from minigrad.learner.history import Table

from .helpers import Log


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    plots.require_matplotlib().close("all")


def trained(epochs=3, *callbacks, **options):
    learner = testlearner(Metrics(), Recorder(), *callbacks, **options)
    fit_(learner, epochs)
    return learner


# --- Tables ------------------------------------------------------------------------


def test_a_table_by_attribute_name_and_row():
    table = Table()
    table.append({"epoch": 1, "loss": 0.5})
    table.append({"epoch": 2, "accuracy": 1.0})
    np.testing.assert_array_equal(table.loss, [0.5, np.nan])
    np.testing.assert_array_equal(table["accuracy"], [np.nan, 1.0])
    assert table[1]["accuracy"] == 1.0 and table[-1]["epoch"] == 2
    assert table.names == ["epoch", "loss", "accuracy"] and len(table) == 2
    assert [row["epoch"] for row in table] == [1, 2]
    assert repr(table).splitlines() == [
        "epoch       loss   accuracy",
        "    1     0.5000",
        "    2                1.0000",
    ]


def test_columns_that_there_are_not():
    table = Table({"loss": [1.0]})
    with pytest.raises(AttributeError, match="no column accuracy, only loss"):
        table.accuracy  # noqa: B018
    with pytest.raises(KeyError, match="no column accuracy, only loss"):
        table["accuracy"]
    assert not len(Table()) and Table().names == []


def test_nan_is_told_from_what_is_not_known(tmp_path):
    """A loss that is NaN must be seen."""
    table = Table()
    table.append({"epoch": 1, "loss": float("nan")})
    table.append({"epoch": 2, "eta": 0.5})
    assert [row.split() for row in repr(table).splitlines()[1:]] == [
        ["1", "NaN"],
        ["2", "0.5000"],
    ]
    table.to_csv(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == "epoch,loss,eta\n1,nan,\n2,,0.5\n"
    lossfn = lambda yhat, ys: np.mean(yhat) * np.nan
    learner = testlearner(Metrics(), Recorder(), lossfn=lossfn)
    epoch_(learner, ValidationPhase())
    assert "NaN" in repr(learner.history)


def test_long_tables_are_cut():
    lines = repr(Table({"step": list(range(1000))})).splitlines()
    assert len(lines) == 1 + 21 and "... 980 more ..." in lines


# --- The history -------------------------------------------------------------------


def test_counts():
    learner = trained(2, nbatches=5, batchsize=3)
    history = learner.history
    assert history is learner.cbstate.history is learner.callbacks[Recorder].history
    for phase in (TrainingPhase(), ValidationPhase()):
        found = history[phase]
        counts = found.epochs, found.steps, found.stepsepoch, found.samples
        assert counts == (2, 10, 5, 30)
    epoch_(learner, TrainingPhase(), learner.data.training[:2])
    assert history.training.stepsepoch == 2 and history.training.steps == 12


def test_attributes_and_tables():
    history = trained(3).history
    assert history["training"] is history.training
    assert history.training.loss.shape == (3,)
    assert history.training.per_step.loss.shape == (48,)
    np.testing.assert_array_equal(history.training.per_step.epoch, [1] * 16 + [2] * 16
                                  + [3] * 16)  # fmt: skip
    table = history.table()
    assert table.names == ["epoch", "phase", "loss", "eta", "seconds"]
    assert table.phase.tolist() == ["training", "validation"] * 3
    assert list(history) == ["training", "validation"]
    with pytest.raises(AttributeError, match="no phase testing so far, only training"):
        history.testing  # noqa: B018
    with pytest.raises(AttributeError, match="no column accuracy"):
        history.training.accuracy  # noqa: B018
    assert repr(history).splitlines()[0].split() == table.names
    assert repr(History()) == "Nothing has happened yet."


def test_a_phase_is_its_table_of_epochs():
    training = trained(2).history.training
    np.testing.assert_array_equal(training["loss"], training.loss)
    assert training[-1]["epoch"] == 2


def test_the_learning_rate_of_an_epoch():
    assert trained(1).history.training.eta == 0.5
    model = {"a": np.ones(1), "b": np.ones(1)}
    learner = testlearner(Recorder(), model=model)
    mg.adjust_(learner.params["a"], 0.1)
    with pytest.warns(UserWarning, match="There was no batch"):
        epoch_(learner, TrainingPhase(), [])
    assert "eta" not in learner.history.training.per_epoch.names
    scheduled = mg.Scheduler(mg.Descent, eta=lambda t: 1 / t)
    assert trained(1, optimizer=scheduled).history.training.eta == 1 / 16


def test_gradient_norms_are_those_of_the_last_step():
    learner = trained(2)
    norms = learner.history.training.gradient_norms
    assert norms.names == ["epoch", "coefficient"] and len(norms) == 2
    learner = testlearner(Recorder())
    epoch_(learner, TrainingPhase())
    expected = abs(learner.step.grads.coefficient.item())
    assert learner.history.training.gradient_norms.coefficient == expected


def test_without_a_recorder_there_is_no_history():
    with pytest.raises(AttributeError, match="history here: no Recorder"):
        testlearner().history  # noqa: B018


def test_before_the_first_epoch_the_history_is_empty():
    learner = testlearner(Recorder())
    assert repr(learner.history) == "Nothing has happened yet."
    fit_(learner, 1)
    assert learner.history.training.epochs == 1


def test_traces():
    traces = Traces(TrainingPhase, twice=lambda learner: 2 * learner.step.loss)
    learner = trained(1, traces)
    per_step = learner.history.training.per_step
    np.testing.assert_array_equal(per_step.twice, 2 * per_step.loss)
    assert "twice" not in learner.history.validation.per_step.names


@pytest.mark.parametrize("options", [((), {"x": 3}), ((lambda learner: 1,), {})])
def test_traces_that_are_none(options):
    positional, named = options
    with pytest.raises(TypeError, match="Traces"):
        Traces(*positional, **named)


def test_traces_of_a_phase():
    learner = trained(1, Traces(phase=TrainingPhase, one=lambda learner: 1.0))
    assert "one" in learner.history.training.per_step.names
    assert "one" not in learner.history.validation.per_step.names
    assert repr(Traces(phase=TrainingPhase, one=abs)) == "Traces(one)"


@pytest.mark.parametrize("name", ["step", "epoch"])
def test_traces_with_the_name_of_a_column(name):
    with pytest.raises(ValueError, match=f"the name {name} is taken"):
        Traces(**{name: lambda learner: 1.0})


def test_traces_with_the_name_of_a_metric():
    """Else the history would hold numbers of one under the name of the other."""
    with pytest.raises(ValueError, match=r"Traces\(loss=.*a metric of this name"):
        trained(1, Traces(loss=lambda learner: 1.0))


@pytest.mark.parametrize(
    ("value", "error"), [(np.ones(2), mg.ShapeError), (None, TypeError)]
)
def test_a_trace_is_one_number(value, error):
    with pytest.raises(error, match=r"The trace x returned .*trace is one number"):
        trained(1, Traces(x=lambda learner: value))


def test_a_name_that_no_phase_has():
    """Looking does not make one."""
    history = trained(1).history
    with pytest.raises(KeyError, match="no phase trainig so far, only training, val"):
        history["trainig"]
    assert list(history) == ["training", "validation"]


def test_csv(tmp_path):
    path = tmp_path / "history.csv"
    history = trained(2).history
    history.to_csv(path)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["phase"] for row in rows] == ["training", "validation"] * 2
    assert float(rows[2]["loss"]) == history.training.loss[1]  # every digit
    assert rows[1]["eta"] == "" and rows[0]["eta"] == "0.5"
    history.training.per_step.to_csv(path)
    assert len(path.read_text().splitlines()) == 33


def test_it_survives_a_file(tmp_path):
    history, twin = trained(2).history, History()
    mg.save(tmp_path / "h.npz", history=history.as_dict())
    twin.load_(mg.load(tmp_path / "h.npz")["history"])
    assert repr(twin) == repr(history)
    assert twin.training.steps == 32
    twin.training.per_step.append({"step": 33, "loss": 0.0})
    assert twin.training.per_step.step.dtype == int


def test_curves():
    history = trained(3).history
    ax = history.plot()
    assert [line.get_label() for line in ax.lines] == ["training", "validation"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), history.training.loss)
    assert ax.get_xlabel() == "epoch" and ax.get_yscale() == "log"
    left = plots.require_matplotlib().subplots(1, 2)[1][0]
    assert history.plot("eta", ax=left) is left
    assert left.get_yscale() == "linear" and len(left.lines) == 1
    with pytest.raises(KeyError, match="no metric accuracy, only epoch, eta, loss"):
        history.plot("accuracy")


def test_without_metrics_only_steps_are_counted():
    learner = testlearner(Recorder())
    epoch_(learner, TrainingPhase())
    assert learner.history.training.per_step.names == ["step", "epoch"]
    assert Log().events == []


def test_classification():
    x = np.eye(4)
    learner = trained(1, data=([(x, x)], [(x, x)]), lossfn=mg.mse)
    assert accuracy(learner.model(x), x) == 1.0
