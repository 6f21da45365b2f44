"""A report of a training, as one HTML page that needs nothing but a browser.

`Learner.report(path)` writes it; the callback `Reporter(path)` writes it again after
every epoch. `curves` and `tables` say what is in it.
"""

import warnings
from datetime import datetime
from html import escape
from importlib.resources import files
from math import isfinite

from ..duplicated import model_of
from ..serialise.writing import write
from .curves import gradient_charts, metric_charts, rate_charts
from .history import History
from .logging import FULL, require_place
from .recording import Recorder
from .scales import number
from .tables import (
    configuration,
    counted,
    epochs_table,
    metrics_table,
    model_table,
    parameters_table,
)

SECONDS = 5
"""After how long a page loads itself anew while training runs."""


class Reporter:
    """Writes the report of `Learner.report` after every epoch.

    Args:
        path: of the page. Open it in a browser: while training runs, it loads itself
            anew every five seconds.

    If the page cannot be written, as on a full disk, there is a warning, and training
    goes on.

    Raises:
        FileNotFoundError: there is no such folder.
        OSError: nothing may be written there, at the beginning.

    >>> Reporter("report.html")
    Reporter('report.html')
    """

    runafter = (object,)

    def __init__(self, path):
        self.path = path
        require_place(path, self)

    def on_fit_begin(self, learner, phase):
        """Write a page without curves."""
        self._report(learner, refresh=True, first=True)

    def on_epoch_end(self, learner, phase):
        """Write the page with this epoch."""
        self._report(learner, refresh=bool(learner.plan))

    def on_fit_end(self, learner, phase):
        """Write the last page, which stays as it is."""
        self._report(learner, refresh=False)

    def _report(self, learner, refresh, first=False):
        try:
            report(learner, self.path, refresh=refresh)
        except OSError as error:
            if first and error.errno not in FULL:
                raise
            warnings.warn(
                f"The report {self.path} could not be written: {error}. Training goes "
                f"on without it.",
                stacklevel=2,
            )

    def __repr__(self):
        return f"Reporter({str(self.path)!r})"


def report(learner, path, *, refresh=False):
    """Write the report of a learner into a file.

    Args:
        learner: the learner.
        path: of the page; an old one is replaced, at once and as a whole.
        refresh: whether the page loads itself anew in a browser.

    Raises:
        FileNotFoundError: there is no such folder.
        OSError: the file cannot be written.
    """
    require_place(path, f"report({str(path)!r})")
    write(path, page(learner, refresh=refresh).encode("utf-8", "replace"))


def page(learner, *, refresh=False, now=None):
    """The report of a learner as HTML.

    Args:
        learner: the learner, at any time.
        refresh: whether the page loads itself anew.
        now: the moment that stands on it.

    Returns:
        A text.
    """
    history = history_of(learner)
    now = f"{now or datetime.now():%Y-%m-%d %H:%M:%S}"
    name = escape(type(model_of(learner.model)).__name__)
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    again = f'<meta http-equiv="refresh" content="{SECONDS}">' if refresh else ""
    charts = metric_charts(history) + rate_charts(history) + gradient_charts(history)
    norms = {}
    for phase in history:
        rows = history[phase].gradient_norms
        norms |= rows[-1] if len(rows) else {}
    body = [
        f"<header><h1>Training of {name}</h1>{_status(learner, history)}",
        f'{_done(history)}<p class="muted">Written on {now}.</p></header>',
        _section("Metrics", metrics_table(history)),
        _section(
            "Curves", f'<div class="charts">{"".join(charts)}</div>' if charts else ""
        ),
        _section("Epochs", epochs_table(history)),
        _section("Model", model_table(learner)),
        _section("Parameters", parameters_table(learner, norms)),
        _section("Configuration", configuration(learner, _phases(learner, history))),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Training of {name}</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def history_of(learner):
    """The history of a learner, also before its first epoch; an empty one if none."""
    if Recorder in learner.callbacks:
        return learner.callbacks[Recorder].history
    return learner.cbstate.get("history", History())


def _phases(learner, history):
    return [repr(phase) for phase, _ in learner.plan] or list(history)


def _status(learner, history):
    """Where the training stands, in one sentence."""
    text, good = _standing(learner, history)
    return f'<p class="status{"" if good else " bad"}">{escape(text)}</p>'


def _standing(learner, history):
    position = learner.position
    if learner.stopped:
        return f"Stopped: {learner.stopped}", False
    if Recorder not in learner.callbacks:
        return "There are no numbers: Recorder() is not among the callbacks.", False
    for name in history:
        rows = history[name].per_epoch
        if "loss" in rows.names and not isfinite(rows.loss[-1]):
            return f"The last loss of {name} is {number(rows.loss[-1])}.", False
    if learner.plan and position.epoch < learner.nepochs:
        return f"Running: epoch {position.epoch + 1} of {learner.nepochs}.", True
    epochs = max((history[name].epochs for name in history), default=0)
    return (f"Trained for {counted(epochs, 'epoch')}." if epochs else UNTRAINED), True


UNTRAINED = "Not trained yet."


def _done(history):
    """How much was done, phase by phase."""
    texts = []
    for name in history:
        phase = history[name]
        if not phase.steps:
            continue
        rows = phase.per_epoch
        seconds = sum(rows["seconds"]) if "seconds" in rows.names else 0.0
        texts.append(
            f"<p>{escape(name.capitalize())}: {counted(phase.epochs, 'epoch')}, "
            f"{counted(phase.steps, 'step')}, "
            f"{counted(phase.samples, 'observation')}, {seconds:.3g} seconds.</p>"
        )
    return "".join(texts)


def _section(title, body):
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""
