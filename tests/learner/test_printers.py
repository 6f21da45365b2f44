"""What one sees during a training."""

import time

import numpy as np
import pytest

from minigrad.learner import (
    CancelFittingException,
    CustomCallback,
    EpochEnd,
    Metric,
    Metrics,
    MetricsPrinter,
    ProgressPrinter,
    Recorder,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    accuracy,
    epoch_,
    fit_,
    testlearner,
)

from .helpers import Raising


def lines(capsys):
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_a_table_of_metrics(capsys):
    fit_(testlearner(usedefaultcallbacks=True), 2)
    found = lines(capsys)
    assert found[0] == ["epoch", "phase", "loss"]
    assert [row[:2] for row in found[1:]] == [
        ["1", "training"],
        ["1", "validation"],
        ["2", "training"],
        ["2", "validation"],
    ]
    assert float(found[2][2]) < float(found[1][2])


def test_columns_stand_over_each_other(capsys):
    x = np.eye(3)
    learner = testlearner(
        Metrics(accuracy), usedefaultcallbacks=True, data=([(x, x)], [(x, x)])
    )
    fit_(learner, 12)
    printed = capsys.readouterr().out.splitlines()
    ends = {len(line) for line in printed}
    assert len(ends) == 1
    assert printed[-1].split()[0] == "12"


def test_long_names_of_phases(capsys):
    """The page's own MyTrainingPhase is one."""

    class MyVeryOwnTrainingPhase(TrainingPhase):
        pass

    class Numbered(ValidationPhase):
        name = 3

    fit_(testlearner(usedefaultcallbacks=True), 1, phases=[Numbered()])
    assert lines(capsys)[1][1] == "3"
    learner = testlearner(usedefaultcallbacks=True)
    fit_(learner, 1, phases=[ValidationPhase(), MyVeryOwnTrainingPhase()])
    printed = capsys.readouterr().out.splitlines()
    assert len({len(line) for line in printed}) == 1
    names, *rows = (line.index(word) for line, word in zip(
        repr(learner.history).splitlines(), ("phase", "val", "my_"), strict=True
    ))  # fmt: skip
    assert rows == [names, names]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, "NaN"),
        (np.inf, "inf"),
        (-np.inf, "-inf"),
        (1e9, "1.00e+09"),
        (0.25, "0.2500"),
        (0.0, "0.0000"),
        (12.0, "12.0000"),
        (-2e-5, "-2.00e-05"),
    ],
)
def test_all_numbers_can_be_printed(capsys, value, text):
    """A loss that is infinite must not end the training through its own table."""
    metric = Metric(lambda yhat, ys: value, name="score")
    learner = testlearner(Metrics(metric), usedefaultcallbacks=True)
    fit_(learner, 1)
    assert [row[-1] for row in lines(capsys)] == ["score", text, text]
    assert np.isnan(value) or text in repr(learner.history)


def test_a_new_table_for_every_fit(capsys):
    learner = testlearner(usedefaultcallbacks=True)
    fit_(learner, 1)
    fit_(learner, 1)
    found = lines(capsys)
    assert [row[0] for row in found] == ["epoch", "1", "1", "epoch", "2", "2"]


def test_why_it_ended(capsys):
    stop = Raising(EpochEnd, CancelFittingException("It is good enough."))
    fit_(testlearner(stop, usedefaultcallbacks=True), 5)
    assert capsys.readouterr().out.endswith("Stopped: It is good enough.\n")


def test_it_ended_without_a_reason(capsys):
    learner = testlearner(
        Raising(EpochEnd, CancelFittingException()), usedefaultcallbacks=True
    )
    fit_(learner, 5)
    expected = "CancelFittingException was raised, without a reason."
    assert learner.stopped == expected
    assert capsys.readouterr().out.endswith(f"Stopped: {expected}\n")


def test_without_a_recorder(capsys):
    learner = testlearner(Metrics(), MetricsPrinter())
    fit_(learner, 2)
    assert lines(capsys)[-1][0] == "2"


def test_epochs_without_metrics(capsys):
    epoch_(testlearner(MetricsPrinter()), ValidationPhase())
    assert lines(capsys) == [["epoch", "phase"], ["1", "validation"]]


# --- The bar -----------------------------------------------------------------------


def test_a_bar_with_the_loss(capsys):
    slow = CustomCallback(lambda learner: time.sleep(0.06), StepEnd)
    learner = testlearner(Recorder(), slow, ProgressPrinter(show=True), nbatches=4)
    fit_(learner, 1)
    printed = capsys.readouterr().err
    assert "training 1" in printed and "validation 1" in printed
    assert "0/4" in printed and "loss=" in printed


def test_no_bar_where_nobody_watches(capsys):
    fit_(testlearner(usedefaultcallbacks=True), 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("times", [3, 99])
def test_the_bar_is_taken_away(times, capsys):
    end = Raising(StepEnd, CancelFittingException("x"), times)
    printer = ProgressPrinter(show=True)
    fit_(testlearner(printer, end), 1)
    assert printer._bar is None


def test_data_without_a_length(capsys):
    printer = ProgressPrinter(show=True)
    learner = testlearner(printer)
    epoch_(learner, TrainingPhase(), (batch for batch in learner.data.training))
    assert "0step" in capsys.readouterr().err
