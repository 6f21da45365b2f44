"""The report: what it says, that it is safe and whole, and how a browser shows it."""

import errno
import os
import re
from collections import Counter
from datetime import datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad import Adam, Chain, Dense, Dropout, freeze_
from minigrad.learner import (
    AbstractTrainingPhase,
    CancelFittingException,
    CustomCallback,
    EpochEnd,
    Metric,
    Metrics,
    Recorder,
    Reporter,
    StepEnd,
    StopOnNaNLoss,
    Traces,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    testlearner,
)
from minigrad.learner.charts import Curve, chart
from minigrad.learner.curves import norms_by_layer
from minigrad.learner.report import page
from minigrad.learner.scales import axis_of, linear_ticks, log_ticks, number, thinned
from minigrad.learner.scheduling import Scheduler

from ..browser import BROWSER, opened

HOSTILE = '<script>alert("&")</script>'
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Parsed(HTMLParser):
    """A page taken apart; says whether all that is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links = [], Counter(), []
        self.texts, self.figures, self.paths = [], {}, []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        self.links += [attrs[key] for key in ("href", "src") if key in attrs]
        if tag == "path":
            self.paths.append(attrs["d"])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(self.texts)


def learner(*callbacks, **options):
    return testlearner(Metrics(), Recorder(), *callbacks, **options)


def parsed(one):
    return Parsed(page(one))


# --- What it says ------------------------------------------------------------------


def test_it_tells_the_numbers_of_the_history():
    one = learner(Scheduler(eta=lambda t: 0.5 / t))
    fit_(one, 3)
    text = parsed(one).text
    for name in ("training", "validation"):
        last = one.history[name].loss[-1]
        assert f"{last:.4g}".replace("e-0", "e-") in text
    assert "Training: 3 epochs, 48 steps, 384 observations" in text
    for title in ("loss by epoch", "loss by step", "learning rate", "gradient norms"):
        assert title in text
    assert "Trained for 3 epochs." in text


def test_it_tells_the_model_and_the_configuration():
    rng = np.random.default_rng(0)
    model = Chain(Dense(4, 8, np.tanh, rng=rng), Dropout(0.5), Dense(8, 2, rng=rng))
    batch = np.ones((5, 4), np.float32), np.ones((5, 2), np.float32)
    one = learner(model=model, data=[batch], optimizer=Adam(0.01))
    freeze_(one.params.layers[2])
    text = parsed(one).text
    for part in (
        "Dense(4 => 8, tanh)",
        "Dropout(0.5)",
        "40 parameters",
        "layers[0].weight",
        "8×4",
        "layers[2].bias (frozen)",
        "Adam(eta=0.01",
        "mse",
        "Metrics(loss), Recorder()",
        "a list of 1 batch; the first has 5 observations",
        f"numpy {np.__version__}",
        "Python 3.",
    ):
        assert part in text, part


def test_the_moment_is_on_it():
    text = page(learner(), now=datetime(2031, 2, 3, 4, 5, 6))
    assert "Written on 2031-02-03 04:05:06." in text


def test_norms_of_layers_are_those_of_all_their_parameters():
    rng = np.random.default_rng(0)
    model = Chain(Dense(4, 3, np.tanh, rng=rng), Dense(3, 2, rng=rng))
    batch = [rng.normal(size=shape).astype("f4") for shape in ((5, 4), (5, 2))]
    one = learner(model=model, data=[batch])
    epoch_(one, TrainingPhase())
    layers = norms_by_layer(one.history.training.gradient_norms)
    assert list(layers) == ["layers[0]", "layers[1]"]
    for k, norms in enumerate(layers.values()):
        grads = one.step.grads.layers[k]
        squares = (grads.weight**2).sum() + (grads.bias**2).sum()
        np.testing.assert_allclose(norms, [squares**0.5], rtol=1e-6)
        assert f"layers[{k}] {number(norms[0])}" in " ".join(parsed(one).text.split())


class CriticPhase(AbstractTrainingPhase):
    step_ = TrainingPhase.step_


def test_every_phase_has_a_curve():
    one = learner()
    for _ in range(2):
        for phase in (CriticPhase(), TrainingPhase()):
            epoch_(one, phase)
        epoch_(one, ValidationPhase(), one.data.training)
    text = page(one)
    assert 'aria-label="loss by epoch: critic, training, validation"' in text
    assert 'aria-label="loss by step: critic, training"' in text
    assert "gradient norms, critic" in text and "gradient norms, training" in text


def test_traces_and_other_numbers_of_the_rules_have_charts():
    traces = Traces(speed=lambda learner: 3.0)
    rates = Scheduler(eta=lambda t: 0.1, beta=lambda t: (0.9, 0.99))
    one = learner(traces, rates, optimizer=Adam())
    fit_(one, 1)
    text = parsed(one).text
    assert all(name in text for name in ("speed by step", "beta1 by step"))
    assert "eta by step" not in text


# --- At any time -------------------------------------------------------------------


def test_before_the_first_epoch():
    found = parsed(learner())
    assert "Not trained yet." in found.text
    assert found.tags["figure"] == 0 and "coefficient" in found.text


def test_without_a_recorder():
    one = testlearner()
    fit_(one, 1)
    assert "Recorder() is not among the callbacks" in parsed(one).text


def test_in_the_middle_of_an_epoch():
    found = []
    look = CustomCallback(lambda learner: found.append(page(learner)), StepEnd)
    fit_(learner(look, nbatches=2), 2)
    assert "Running: epoch 1 of 2." in Parsed(found[0]).text
    assert all(Parsed(text) for text in found)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of plain loops
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_losses_that_are_not_finite(bad):
    count = iter(range(1000))

    def lossfn(yhat, ys):
        return np.mean((yhat - ys) ** 2) * (bad if next(count) == 40 else 1.0)

    one = learner(lossfn=lossfn)
    fit_(one, 2)
    found = parsed(one)
    assert "×: NaN or infinite" in found.text
    assert not any("nan" in path or "inf" in path for path in found.paths)


def test_a_loss_that_was_never_finite():
    one = learner(lossfn=lambda yhat, ys: np.mean(yhat - ys) * np.nan)
    fit_(one, 2)
    text = parsed(one).text
    assert "No finite number yet." in text
    assert "The last loss of training is NaN." in text
    epochs = re.search("<details>.*</details>", page(one))[0]
    assert epochs.count(">NaN</td>") == 4


def test_why_it_stopped():
    one = learner(StopOnNaNLoss(), lossfn=lambda yhat, ys: np.mean(yhat) * np.nan)
    fit_(one, 2)
    assert "Stopped: Loss is NaN in step 1 of epoch 1" in parsed(one).text


def test_thousands_of_steps_make_a_small_page():
    one = learner(nbatches=4_000)
    epoch_(one, TrainingPhase())
    text = page(one)
    assert len(text) < 100_000
    assert "means of 25 neighbours" in Parsed(text).text


def test_all_from_outside_is_escaped():
    class Odd:
        def __init__(self):
            self.weight = np.ones(1)

        def __call__(self, x):
            return self.weight * x

        def on_epoch_end(self, learner, phase):
            raise CancelFittingException(HOSTILE)

        def __repr__(self):
            return HOSTILE

    metric = Metric(lambda yhat, ys: 1.0, name=HOSTILE)
    lossfn = lambda yhat, ys: np.mean((yhat - ys) ** 2)
    lossfn.__name__ = HOSTILE
    batch = np.ones(4), np.ones(4)

    class Phase(AbstractTrainingPhase):
        step_ = TrainingPhase.step_

    Phase.name = HOSTILE
    one = testlearner(
        Metrics(metric), Recorder(), Odd(), lossfn=lossfn, data=[batch, batch]
    )
    fit_(one, 1, phases=Phase())
    text = page(one)
    found = Parsed(text)
    assert "script" not in found.tags and "<script" not in text
    # Why it stopped, the metric, the phase, the loss, the callback: all are told.
    assert f"Stopped: {HOSTILE}" in found.text
    assert found.text.count(HOSTILE) >= 5


def test_nothing_comes_from_outside():
    one = learner()
    fit_(one, 2)
    text = page(one)
    found = Parsed(text)
    assert "http:" not in text and "https:" not in text and "//" not in text
    assert not found.links and "url(" not in text and "@import" not in text
    assert not {"script", "link", "img", "iframe"} & set(found.tags)


# --- The file ----------------------------------------------------------------------


def test_the_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    one, path = learner(), tmp_path / "report.html"
    one.report(path)
    before = path.read_text()
    assert before == page(one, now=_moment(before))
    fit_(one, 1)

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        one.report(path)
    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def _moment(text):
    found = re.search(r"Written on ([-\d]+ [:\d]+)\.", text)[1]
    return datetime.fromisoformat(found)


def test_there_must_be_a_folder(tmp_path):
    path = tmp_path / "none" / "report.html"
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none.*makedirs"):
        learner().report(path)
    with pytest.raises(FileNotFoundError, match=r"Reporter\(.*there is no folder"):
        Reporter(path)
    with pytest.raises(IsADirectoryError, match=r"is a folder\. Name a file in it"):
        learner().report(tmp_path)


def test_the_callback_writes_after_every_epoch(tmp_path):
    path, found = tmp_path / "report.html", []
    look = CustomCallback(lambda learner: found.append(path.read_text()), EpochEnd)
    look.runafter = (object,)
    one = learner(Reporter(path), look)
    fit_(one, 2)
    assert all('http-equiv="refresh"' in text for text in found)
    assert ["Running: epoch 2 of 2." in text for text in found] == [0, 0, 1, 1]
    assert "refresh" not in path.read_text()
    assert "Trained for 2 epochs." in path.read_text()


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch):
    one = learner(Reporter(tmp_path / "report.html"))

    def full(learner, phase=None):
        def fail(*args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("minigrad.learner.report.write", fail)

    one.callbacks = [*one.callbacks, CustomCallback(full, StepEnd)]
    with pytest.warns(UserWarning, match=r"report .* could not be written: .*No space"):
        fit_(one, 2)
    assert one.history.training.epochs == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_what_cannot_be_written_at_the_beginning(number, tmp_path, monkeypatch):
    """A disk may have room again; what is forbidden stays so."""

    def fail(*args):
        raise OSError(number, os.strerror(number))

    one = learner(Reporter(tmp_path / "report.html"))
    monkeypatch.setattr("minigrad.learner.report.write", fail)
    if number == errno.EACCES:
        with pytest.raises(PermissionError):
            fit_(one, 1)
    else:
        with pytest.warns(UserWarning, match="could not be written"):
            fit_(one, 1)


# --- Charts and axes ---------------------------------------------------------------


def points(text, style):
    """The places through which a line goes."""
    line = re.search(rf'class="line {style}"[^/]*? d="([^"]*)"', text.split("</ul>")[1])
    return np.array(re.findall(r"-?[\d.]+", line[1]), float).reshape(-1, 2)


def test_a_line_goes_through_its_points():
    xs, ys = np.array([1, 2, 3]), np.array([1.0, 3.0, 2.0])
    found = points(chart("loss", [Curve("a", xs, ys)]), "s0")
    assert found[:, 0].tolist() == [54, 212, 370]  # from LEFT to WIDTH - RIGHT
    heights = (found[0, 1] - found[:, 1]) / (found[0, 1] - found[1, 1])
    np.testing.assert_allclose(heights, [0, 1, 0.5], atol=1e-3)


def test_a_logarithmic_axis_puts_powers_at_equal_distances():
    ys = np.array([100.0, 10.0, 1.0, 0.1, 0.01])
    text = chart("loss", [Curve("a", np.arange(1, 6), ys)])
    np.testing.assert_allclose(np.diff(points(text, "s0")[:, 1], n=2), 0, atol=0.2)
    assert "logarithmic" in text
    assert "logarithmic" not in chart("loss", [Curve("a", np.arange(1, 6), -ys)])


def test_zeros_on_a_logarithmic_axis_lie_on_the_edge():
    text = chart("n", [Curve("a", np.arange(3), np.array([1.0, 0, 0.01]))], log=True)
    assert "what is 0 lies on the lower edge" in text


@pytest.mark.parametrize(
    "values",
    [
        [0.0],
        [0.0, 0.0],
        [0.3, 0.1 + 0.2],
        [1e308, -1e308],
        [5e-324, 1e-310],
        [np.inf, 1e308, np.nan],
        [1e-300, 1e300],
        [-0.0, 1e-9],
    ],
)
def test_odd_numbers_are_drawn_all_the_same(values):
    curve = Curve("a", np.arange(1, len(values) + 1), np.array(values))
    for log in (None, False, True):
        found = Parsed(chart("loss", [curve], log=log))
        assert not any(re.search("nan|inf|e", path) for path in found.paths)
        heights = [
            float(y) for p in found.paths[1:] for y in re.findall(r" ([\d.]+)", p)
        ]
        assert all(0 <= y <= 230 for y in heights)


def test_gaps_stay_gaps():
    ys = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    text = chart("loss", [Curve("a", np.arange(5), ys)])
    lines = re.findall(r'class="line s0" d="(M[^"]*)"', text.split("</ul>")[1])
    assert len(lines) == 2 and text.count('class="cross"') == 1


def test_many_curves_differ_in_colour_and_dashes():
    curves = [Curve(str(k), np.arange(2), np.arange(2.0)) for k in range(28)]
    lines = re.findall(
        r'class="line (s\d)"( stroke-dasharray="[^"]*")?', chart("", curves)
    )
    assert len(set(lines)) == 28


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 7.3, 1e6, 1e250])
def test_ticks_are_few_round_and_inside(scale):
    for low, high in ((0.0, 1.0), (-3.0, 8.0), (0.26, 0.31), (1.00001, 1.00004)):
        low, high = low * scale, high * scale
        values = [x for x, _ in linear_ticks(low, high)]
        texts = [text for _, text in linear_ticks(low, high)]
        assert 3 <= len(values) <= 8 and len(set(texts)) == len(texts)
        margin = 1e-9 * (high - low)
        assert low - margin <= values[0] and values[-1] <= high + margin
        np.testing.assert_allclose([float(t) for t in texts], values, atol=margin)


def test_log_ticks_are_few_and_inside():
    for high in (1e-3, 0.01, 0.1, 1.0, 1e10, 1e100, 1e280):
        values = [x for x, _ in log_ticks(1e-4, high)]
        assert 2 <= len(values) <= 9
        assert all(1e-4 <= x <= high for x in values)


def test_epochs_are_whole_numbers():
    for last in (2, 3, 7, 40):
        axis = axis_of(np.array([1.0, last]), 0, 1, whole=True)
        assert all(x == int(x) and "." not in text for x, text in axis.ticks())


def test_thinning_keeps_means_and_extremes():
    ys = np.random.default_rng(0).normal(size=1003)
    curve = thinned(np.arange(1003), ys, most=100)
    assert len(curve.ys) == 92 and curve.size == 11  # 91 groups of 11, and one of 2
    assert curve.low.min() == ys.min() and curve.high.max() == ys.max()
    assert curve.ys[0] == pytest.approx(ys[:11].mean())
    assert curve.ys[-1] == pytest.approx(ys[-2:].mean())


# --- In a browser ------------------------------------------------------------------


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_without_scrolling_sideways(tmp_path, width):
    model = Chain(*(Dense(np.eye(3), name, np.tanh) for name in (True, False, True)))
    batch = np.ones((4, 3)), np.zeros((4, 3))
    long = Metric(lambda yhat, ys: 0.5, name="a_rather_long_name_" * 6)
    one = testlearner(
        Metrics(long), Recorder(), model=model, data=([batch] * 30, [batch])
    )
    fit_(one, 12)
    one.report(tmp_path / "report.html")
    found = shown(tmp_path, width)
    assert found.width == width, (
        "the page was not shown at the width that was asked for"
    )
    assert found.scroll <= width
    assert found.charts == Parsed(page(one)).tags["figure"]
    assert 300 < found.chart <= width and found.drawn > 100


def shown(folder, width):
    """What a browser makes of the report: shown in a frame of that width."""
    (folder / "frame.html").write_text(
        f"""<!doctype html><title></title>
        <iframe src="report.html" width="{width}" height="900" frameborder="0"></iframe>
        <script>onload = () => {{
          const page = document.querySelector("iframe").contentDocument
          const svgs = [...page.querySelectorAll("figure > svg")]
          const line = page.querySelector("figure > svg .line")
          document.title = [
            page.documentElement.clientWidth, page.documentElement.scrollWidth,
            svgs.length, Math.round(svgs[0].getBoundingClientRect().width),
            Math.round(line.getBoundingClientRect().width)].join(" ")
        }}</script>"""
    )
    title, _ = opened(folder / "frame.html", folder, milliseconds=5000)
    names = "width", "scroll", "charts", "chart", "drawn"
    return SimpleNamespace(**dict(zip(names, map(int, title.split()), strict=True)))
