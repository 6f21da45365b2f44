"""What one sees while a model is trained: a bar for each epoch, and a table."""

from time import monotonic

from ..screen import watched
from .history import headline, line, width
from .recording import Metrics, Recorder

PAUSE = 0.1
"""Seconds between two looks at the loss: nobody reads faster."""


class ProgressPrinter:
    """A bar for the epoch that runs, with the loss, in terminals and notebooks.

    Args:
        show: True for a bar also elsewhere, False for none.

    Source: `ProgressPrinter` of FluxTraining.jl.

    >>> ProgressPrinter()
    ProgressPrinter()
    """

    single = True
    runafter = (Recorder,)

    def __init__(self, show=None):
        self.show, self._bar, self._next = show, None, 0.0

    def on_epoch_begin(self, learner, phase):
        """Draw an empty bar."""
        self._close()
        if not (watched() if self.show is None else self.show):
            return
        from tqdm.auto import tqdm

        batches = learner.batches
        total = len(batches) if hasattr(batches, "__len__") else None
        epoch = (
            learner.history[phase].epochs + 1 if "history" in learner.cbstate else ""
        )
        text = f"{phase.name} {epoch}".strip()
        self._bar = tqdm(total=total, desc=text, leave=False, unit="step")

    def on_step_end(self, learner, phase):
        """Fill the bar a little more."""
        bar = self._bar
        if bar is None:
            return
        if learner.position.step > bar.n + 1:  # an epoch that was resumed
            bar.update(learner.position.step - 1 - bar.n)
        now = monotonic()
        if now >= self._next and "loss" in learner.step:
            self._next = now + PAUSE
            bar.set_postfix(loss=f"{float(learner.step.loss):.4g}", refresh=False)
        bar.update()

    def on_epoch_end(self, learner, phase):
        """Take the bar away."""
        self._close()

    def on_fit_end(self, learner, phase):
        """Take away the bar of an epoch that was cancelled."""
        self._close()

    def _close(self):
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __repr__(self):
        return "ProgressPrinter()"


class MetricsPrinter:
    """Prints the metrics of every epoch as the row of a table.

    At the end it says why the training ended before its time, if it did.

    Source: `MetricsPrinter` of FluxTraining.jl.

    >>> from minigrad.learner import fit_, testlearner
    >>> learner = testlearner(Metrics(), Recorder(), MetricsPrinter())
    >>> fit_(learner, 2)
    epoch  phase         loss
        1  training    0.2398
        1  validation  2.83e-07
        2  training    2.85e-08
        2  validation  3.36e-14
    """

    single = True
    runafter = Metrics, Recorder, ProgressPrinter

    def __init__(self):
        self._names = None

    def on_fit_begin(self, learner, phase):
        """Begin a new table."""
        self._names = None

    def on_epoch_end(self, learner, phase):
        """Print a row, and the names of the columns where they are new."""
        found = learner.cbstate.get("metricsepoch", {})
        names = ["epoch", "phase", *found]
        wide = width([phase.name, *(one.name for one, _ in learner.plan)])
        if self._names is None or not set(names) <= set(self._names):
            self._names = names
            print(headline(names, wide))
        row = {"epoch": _epoch(learner, phase), "phase": phase.name} | found
        print(line(row, self._names, wide), flush=True)

    def on_fit_end(self, learner, phase):
        """Say why the training ended, if it was not done."""
        if learner.stopped and not learner.interrupted:
            print(f"Stopped: {learner.stopped}", flush=True)

    def __repr__(self):
        return "MetricsPrinter()"


def _epoch(learner, phase):
    if "history" in learner.cbstate:
        return learner.cbstate.history[phase].epochs
    return learner.position.epoch + 1
