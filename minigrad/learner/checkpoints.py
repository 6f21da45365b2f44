"""Checkpoints: a training that is killed goes on, and the best models are kept."""

import re
import sys
import warnings
from contextlib import suppress
from copy import deepcopy
from math import inf
from numbers import Integral
from pathlib import Path

from ..errors import DomainError, FileError, ShapeError
from ..serialise.files import save
from .conditional import check_classes
from .logging import FULL
from .phases import AbstractTrainingPhase, AbstractValidationPhase
from .resuming import Run, generators, lengths, told, write_run
from .stopping import checked_best, metric_of_epoch, require_metric

LAST = "last.npz"


class Checkpointer:
    """Writes the training into a folder, from which `fit_` goes on.

    At the end of each epoch `last.npz` is replaced, by all that is needed to go on:
    model, state tree, generators, history. A program that is killed, at any moment, and
    started again arrives at the same parameters, bit for bit. And the model goes into a
    file `checkpoint_epoch_003_loss_0.25.npz`, of which the best are kept; write
    `load_into_(model, path)` to have it back.

    Args:
        folder: is made if it is not there. Each training needs its own.
        keep_top_k: of how many epochs the models are kept; None for all, 0 for none:
            then no metric is needed.
        every: after how many steps of an epoch `last.npz` is replaced, too.
        metric: the name of the metric that says which models are the best.
        best: `min` if a lower number is better, `max` if a higher one is; of a loss it
            is known.
        phase: whose epochs are compared, a class; by default validation, or training
            where there is no validation.
        resume: False to refuse a folder in which there is a training.

    What is random must come from `minigrad`'s default generator, from generators in the
    model, or from the `rng` of the data; and the data must be the same. A callback of
    your own takes part with two methods, `state_dict()` and `load_state_dict_(state)`.

    If a file cannot be written, as on a full disk, it warns, and the training goes on.
    A folder in which nothing can be written is an error before the first step.

    Raises:
        TypeError, DomainError: an argument is something else than what is meant.
        ValueError: nobody computes the metric.
        ShapeError: the training in the folder does not fit.
        FileError: `last.npz` is damaged.
        FileExistsError: there is a training in the folder, and `resume` is False.
        OSError: the folder is a file, or nothing may be written in it.

    Source: `Checkpointer` of FluxTraining.jl, which keeps models.

    >>> import os, tempfile
    >>> from minigrad.learner import Metrics, fit_, testlearner
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoints = Checkpointer(folder, keep_top_k=1)
    ...     fit_(testlearner(Metrics(), checkpoints), 2)
    ...     print(len(os.listdir(folder)))
    2
    """

    single = True
    runafter = (object,)

    def __init__(
        self,
        folder,
        *,
        keep_top_k=None,
        every=None,
        metric="loss",
        best=None,
        phase=None,
        resume=True,
    ):
        _check_count("keep_top_k", keep_top_k, 0)
        _check_count("every", every, 1)
        if phase is not None:
            check_classes(phase, "Checkpointer")
        best = min if best is None and keep_top_k == 0 else best
        self.best = checked_best(best, metric, "Checkpointer")
        self.folder, self.keep_top_k, self.every = Path(folder), keep_top_k, every
        self.metric, self.phase, self.resume = metric, phase, resume
        self.epochs, self.kept = 0, []
        self._begin, self._run = {}, None

    @property
    def path(self):
        """Of the file from which a training goes on."""
        return self.folder / LAST

    def on_fit_begin(self, learner, phase):
        """Go on from the file, if there is one; otherwise write the first."""
        if self.keep_top_k != 0:
            require_metric(learner, self.metric, self)
        if self.folder.exists() and not self.folder.is_dir():
            raise NotADirectoryError(
                f"{self!r}: that is a file. Write the name of a folder."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(".minigrad-*.tmp"):  # of a run that was killed
            with suppress(OSError):
                left.unlink()
        self._begin, self._run = deepcopy(generators(learner)), None
        if not self.path.exists():
            self._write(learner, learner.position.as_dict(), first=True)
        elif not self.resume and learner.position.fit == 1:
            raise FileExistsError(
                f"There is a training in {self.folder}. Write another folder, or "
                f"resume=True to go on with it."
            )
        else:
            self._go_on(learner)

    def on_epoch_begin(self, learner, phase):
        """Note the generators, before the order of the data is drawn."""
        run, self._run = self._run, None
        self._begin = run.begin if run else deepcopy(generators(learner))

    def on_step_end(self, learner, phase):
        """Write the file after so many steps."""
        if self.every and isinstance(phase, AbstractTrainingPhase):
            if learner.position.step % self.every == 0:
                self._write(learner, learner.position.as_dict())

    def on_epoch_end(self, learner, phase):
        """Keep the model, if it is one of the best; write the file."""
        if self.keep_top_k != 0 and isinstance(phase, self.phase or _compared(learner)):
            self.epochs += 1
            self._keep(learner)
        self._write(learner, learner.position.after_phase())

    def on_fit_end(self, learner, phase):
        """Write the file once more, if the training has been ended."""
        if learner.stopped and not learner.position.done:
            written = self._write(learner, learner.position.as_dict())
            if learner.interrupted and written:
                learner.stopped += (
                    f" {self.path} holds the training: start the program again to go "
                    f"on with it."
                )

    def state_dict(self):
        """Which models are kept."""
        return {"epochs": self.epochs, "kept": [list(pair) for pair in self.kept]}

    def load_state_dict_(self, state):
        """Go on with these."""
        self.epochs = state["epochs"]
        self.kept = [tuple(pair) for pair in state["kept"]]

    def __repr__(self):
        return f"Checkpointer({str(self.folder)!r})"

    # --- The training --------------------------------------------------------------

    def _write(self, learner, position, first=False):
        with warned(self.path, first=first) as done:
            write_run(self.path, learner, position, self._begin)
        return done.well

    def _go_on(self, learner):
        position = learner.position
        try:
            run = Run(self.path)
            later = run.position["fit"] - position.fit
            if later < 0:
                return  # of an earlier fit_ of this program, whose model is here
            if later == 0:
                position.load_(run.position)
            run.load_into_(learner)
        except (FileError, ShapeError) as error:
            error.add_note(
                f"Checkpointer wanted to go on with the training in {self.folder}. To "
                f"begin another one, write another folder, or delete this one."
            )
            raise
        self._say(run, learner)
        if later == 0 and run.batches not in ([], lengths(learner)):
            warnings.warn(
                f"The training in {self.path} had {_listed(run.batches)} batches in an "
                f"epoch, and this one has {_listed(lengths(learner))}: it will not be "
                f"the same as if it had never ended.",
                stacklevel=2,
            )
        if later or run.stopped:
            position.done, learner.stopped = True, run.stopped or None
        if run.position["step"] and not position.done:
            learner.rest = self._run = run
        else:
            run.restore_(learner)

    def _say(self, run, learner):
        epoch, step = run.position["epoch"], run.position["step"]
        where = f"step {step} of epoch {epoch + 1}" if step else f"epoch {epoch}"
        end = f" It was stopped: {run.stopped}" if run.stopped else ""
        print(
            f"Checkpointer goes on from {self.path}, after {where}.{end}",
            file=sys.stderr,
            flush=True,
        )
        if run.optimizer != told(learner.optimizer):
            warnings.warn(
                f"The training in {self.path} has the optimizer {run.optimizer}, and "
                f"goes on with it, not with {learner.optimizer!r}. To begin another "
                f"training, write another folder.",
                stacklevel=2,
            )

    # --- The best models -----------------------------------------------------------

    def _keep(self, learner):
        value = metric_of_epoch(learner, self.metric, self)
        metric = re.sub(r"[^\w.-]", "_", self.metric)  # "top 5/all" is no file's name
        name = f"checkpoint_epoch_{self.epochs:03}_{metric}_{value:.6g}.npz"
        kept = sorted([*self.kept, (name, value)], key=self._order)[: self.keep_top_k]
        if (name, value) in kept:
            with warned(self.folder / name) as done:
                save(self.folder / name, model=learner.model, epoch=self.epochs)
            if not done.well:
                return
        for old, _ in self.kept:
            if old not in [name for name, _ in kept]:
                with suppress(OSError):
                    (self.folder / old).unlink()
        self.kept = kept

    def _order(self, pair):
        value = pair[1] if self.best is min else -pair[1]
        return value if value == value else inf


class warned:
    """What cannot be written in here is warned about, and nothing else.

    Args:
        path: of the file.
        first: whether nothing is lost yet. Then only a full disk is warned about.

    Attributes:
        well: whether it was written.
    """

    def __init__(self, path, *, first=False):
        self.path, self.first, self.well = path, first, True

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.well = kind is None
        if kind is not None and issubclass(kind, OSError):
            if self.first and error.errno not in FULL:
                error.add_note(
                    f"Checkpointer cannot write into {self.path.parent}, and nothing "
                    f"has been trained yet. Write another folder."
                )
                return False
            warnings.warn(
                f"{self.path} could not be written ({error}). The training goes on; a "
                f"file that was there before is whole.",
                stacklevel=2,
            )
            return True
        return False


def _compared(learner):
    """Whose epochs tell which model is better."""
    for phase, _ in learner.plan:
        if isinstance(phase, AbstractValidationPhase):
            return AbstractValidationPhase
    return AbstractTrainingPhase


def _listed(numbers):
    return " and ".join(map(str, numbers))


def _check_count(name, given, least):
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(
            f"Checkpointer({name}={given!r}): that is a whole number, or None."
        )
    if given < least:
        raise DomainError(f"Checkpointer({name}={given}): it is at least {least}.")
