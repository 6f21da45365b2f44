"""Loggers: what is in their files, also after a resumed training and a full disk."""

import csv
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad import Chain, Dense
from minigrad.errors import FileError
from minigrad.learner import (
    CSVLogger,
    CustomCallback,
    EpochEnd,
    JSONLogger,
    Logger,
    Metric,
    Metrics,
    Recorder,
    StepEnd,
    TensorBoardLogger,
    TrainingPhase,
    ValidationPhase,
    fit_,
    testlearner,
    throttle,
)


def learner(*callbacks, **options):
    return testlearner(Metrics(), Recorder(), *callbacks, **options)


def rows_of(path):
    """The rows of either kind of file, as dicts of numbers and texts."""
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        rows = list(csv.DictReader(file))
    spell = lambda text: float(text) if text[-1:].isdigit() else text
    return [{k: spell(v) for k, v in row.items() if v != ""} for row in rows]


@pytest.fixture(params=[CSVLogger, JSONLogger])
def logger(request, tmp_path):
    """A function that makes a logger, always for the same file."""
    name = {CSVLogger: "run.csv", JSONLogger: "run.jsonl"}[request.param]
    return lambda: request.param(tmp_path / name)


# --- Files -------------------------------------------------------------------------


def test_each_epoch_of_each_phase_is_a_line_with_all_digits(logger):
    log = logger()
    one = learner(log)
    fit_(one, 3)
    assert rows_of(log.path) == [
        {name: value for name, value in row.items() if value == value}
        for row in one.history.table()
    ]


def test_a_line_is_there_at_once(logger):
    log, found = logger(), []
    count = CustomCallback(
        lambda learner: found.append(len(rows_of(log.path))), EpochEnd
    )
    fit_(learner(log, count), 2)
    assert found == [1, 2, 3, 4]


def test_the_columns_stay_where_they_are(tmp_path):
    log = CSVLogger(tmp_path / "run.csv")
    late = Metric(lambda yhat, ys: 0.5, name="late, and quoted", phase=ValidationPhase)
    one = testlearner(Metrics(late), Recorder(), log)
    fit_(one, 2)
    lines = log.path.read_text().splitlines()
    assert lines[0] == 'epoch,phase,loss,eta,seconds,"late, and quoted"'
    assert {len(cells) for cells in csv.reader(lines)} == {6}
    found = [row.get("late, and quoted") for row in rows_of(log.path)]
    assert found == [None, 0.5, None, 0.5]


def test_numbers_that_are_not_finite(tmp_path):
    for bad, text in ((np.nan, "nan"), (-np.inf, "-inf")):
        table = CSVLogger(tmp_path / f"{text}.csv")
        lines = JSONLogger(tmp_path / f"{text}.jsonl")
        one = learner(table, lines, lossfn=lambda yhat, ys, bad=bad: bad)
        fit_(one, 1, phases=ValidationPhase())
        assert table.path.read_text().splitlines()[1].split(",")[2] == text
        assert rows_of(lines.path)[0]["loss"] is None


def test_another_fit_goes_on(logger):
    log = logger()
    one = learner(log)
    fit_(one, 1)
    fit_(one, 1)
    assert [row["epoch"] for row in rows_of(log.path)] == [1, 1, 2, 2]


def test_another_program_goes_on(logger):
    fit_(learner(logger()), 1)
    before = logger().path.read_bytes()
    fit_(learner(logger()), 1)
    after = logger().path.read_bytes()
    assert after.startswith(before) and len(rows_of(logger().path)) == 4


def test_a_resumed_training_takes_back_what_happens_again(logger):
    first = logger()
    one = learner(first)
    fit_(one, 2)
    state = first.state_dict()  # as a checkpoint keeps it
    fit_(one, 2)  # which is lost
    with open(first.path, "a") as file:
        file.write("3,trai")  # the program was killed here
    second = logger()
    second.load_state_dict_(state)
    two = learner(second)
    two.callbacks[Recorder].load_state_dict_(one.callbacks[Recorder].state_dict())
    fit_(two, 1)
    assert [row["epoch"] for row in rows_of(first.path)] == [1, 1, 2, 2, 5, 5]


def test_a_resumed_training_without_its_file(logger):
    log = logger()
    log.load_state_dict_({"lines": 7})
    fit_(learner(log), 1)
    assert len(rows_of(log.path)) == 2
    log.path.unlink()
    fit_(learner(log), 1)
    assert len(rows_of(log.path)) == 2


def test_a_line_without_an_end_gets_one(logger):
    fit_(learner(logger()), 1)
    path = logger().path
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    fit_(learner(logger()), 1)
    assert len(rows_of(path)) == 4


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"[1]\n", b"3\n", b"\xff\xfe\n"])
def test_a_file_of_something_else_stays(logger, tmp_path, content):
    path = logger().path
    path.write_bytes(content)
    with pytest.raises(
        FileError, match=r"Logger\(.*holds something else.*another path"
    ):
        logger()
    assert path.read_bytes() == content


def test_there_must_be_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"CSVLogger\(.*no folder .*makedirs"):
        CSVLogger(tmp_path / "none" / "run.csv")


def test_a_full_disk_costs_no_line(logger, monkeypatch):
    log = logger()
    one = learner(log)
    fit_(one, 1)
    append = type(log)._append

    def half(self, text):  # as much of a line as there is room for
        append(self, text[:9])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(log), "_append", half)
        with pytest.warns(UserWarning, match=r"could not write .* epoch 2: .*No space"):
            fit_(one, 1)
    fit_(one, 1)
    assert [row["epoch"] for row in rows_of(log.path)] == [1, 1, 2, 2, 3, 3]


# --- All loggers -------------------------------------------------------------------


def test_a_logger_of_your_own():
    class Memory(Logger):
        def __init__(self):
            self.rows = []

        def log(self, row):
            self.rows.append(row)

    log = Memory()
    fit_(learner(log), 1)
    assert [row["phase"] for row in log.rows] == ["training", "validation"]
    assert set(log.rows[1]) >= {"epoch", "loss", "seconds"}


def test_a_logger_without_log():
    with pytest.raises(NotImplementedError, match=r"Write a method log\(self, row\)"):
        fit_(learner(Logger()), 1)


def test_a_logger_needs_a_recorder(logger):
    with pytest.raises(
        ValueError, match=r"Logger\(.*needs .* Recorder\(\) to the call"
    ):
        fit_(testlearner(Metrics(), logger()), 1)


# --- TensorBoard -------------------------------------------------------------------


class FakeWriter:
    """Takes the place of tensorboardX.SummaryWriter."""

    made = ()

    def __init__(self, folder, **options):
        self.folder, self.scalars, self.calls = folder, [], []
        FakeWriter.made.append(self)

    def add_scalar(self, tag, value, step):
        assert not self.calls or self.calls[-1] != "close"
        self.scalars.append((tag, value, step))

    def flush(self):
        self.calls.append("flush")

    def close(self):
        self.calls.append("close")


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(FakeWriter, "made", [])
    library = SimpleNamespace(SummaryWriter=FakeWriter)
    monkeypatch.setitem(sys.modules, "tensorboardX", library)
    return FakeWriter


def test_tensorboard_gets_every_step_and_every_epoch(fake, tmp_path):
    one = learner(TensorBoardLogger(tmp_path))
    fit_(one, 2)
    training, validation = fake.made
    assert training.folder == str(tmp_path / "training")
    assert validation.folder == str(tmp_path / "validation")
    history = one.history.training
    steps = [(value, at) for tag, value, at in training.scalars if tag == "step/loss"]
    assert steps == list(zip(history.per_step.loss, range(1, 33), strict=True))
    epochs = [(value, at) for tag, value, at in training.scalars if tag == "epoch/loss"]
    assert epochs == list(zip(history.loss, (1, 2), strict=True))
    assert "gradient_norm/coefficient" in {tag for tag, _, _ in training.scalars}
    assert training.calls == validation.calls == ["flush", "flush", "close"]


def test_paths_are_tags_that_tensorboard_takes(fake, tmp_path):
    model = Chain(Dense(np.ones((1, 8)), False))
    batch = np.ones((2, 8)), np.ones((2, 1))
    one = learner(TensorBoardLogger(tmp_path), model=model, data=[batch])
    fit_(one, 1)
    tags = {tag for tag, _, _ in fake.made[0].scalars}
    assert "gradient_norm/layers.0.weight" in tags


def test_tensorboard_less_often(fake, tmp_path):
    log = throttle(TensorBoardLogger(tmp_path), StepEnd, freq=10)
    fit_(learner(log), 1, phases=TrainingPhase())
    steps = [at for tag, _, at in fake.made[0].scalars if tag == "step/loss"]
    assert steps == [1, 11]


def test_tensorboardx_is_an_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install tensorboardX.*\[log\]"):
        TensorBoardLogger(tmp_path)


def test_tensorboardx_writes_files_that_hold_the_numbers(tmp_path):
    pytest.importorskip("tensorboardX")
    one = learner(TensorBoardLogger(tmp_path))
    fit_(one, 2)
    found = [
        (value.tag, event.step, value.simple_value)
        for event in events(tmp_path / "training")
        for value in event.summary.value
    ]
    losses = [value for tag, _, value in found if tag == "step/loss"]
    np.testing.assert_array_equal(
        np.float32(losses), np.float32(one.history.training.per_step.loss)
    )
    assert {tag for tag, step, _ in found if step == 2} >= {"epoch/loss", "step/loss"}


def test_two_fits_within_a_second_lose_no_numbers(tmp_path):
    pytest.importorskip("tensorboardX")
    one = learner(TensorBoardLogger(tmp_path), nbatches=1)
    fit_(one, 1)
    fit_(one, 1)
    steps = [event.step for event in events(tmp_path / "training")]
    assert {1, 2} <= set(steps)


def events(folder):
    """The events in a folder: each is its length, 4 bytes, itself, and 4 bytes."""
    from tensorboardX.proto.event_pb2 import Event

    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        while data:
            end = 12 + int.from_bytes(data[:8], "little")
            yield Event.FromString(data[12:end])
            data = data[end + 4 :]
