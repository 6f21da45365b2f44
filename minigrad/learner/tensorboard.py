"""The numbers of a training for TensorBoard: the only module that imports tensorboardX.

It does so when a logger is made.
"""

import re
from pathlib import Path
from secrets import token_hex

from ..errors import importing
from .logging import Logger


class TensorBoardLogger(Logger):
    """Writes numbers for TensorBoard, by tensorboardX: of each step and each epoch.

    Args:
        folder: for the files; `tensorboard --logdir folder` shows them. Each phase has
            a folder in it, so that its curves stand in the same pictures.

    There are `step/loss` and so on, `epoch/loss`, and `gradient_norm/` with the path of
    each parameter. A resumed training writes some of its steps again: the same numbers
    at the same places. For fewer steps write `throttle(TensorBoardLogger("runs"),
    StepEnd, freq=10)`.

    Raises:
        ModuleNotFoundError: tensorboardX is not installed.
    """

    def __init__(self, folder):
        self.folder, self._writers = Path(folder), {}
        require_tensorboardx()

    def on_step_end(self, learner, phase):
        """Write the numbers of this step."""
        row = learner.history[phase].per_step[-1]
        self._write(phase, "step", row, row["step"])

    def on_epoch_end(self, learner, phase):
        """Write the numbers of this epoch, and bring all to the disk."""
        history = learner.history[phase]
        epoch = history.epochs
        self._write(phase, "epoch", history.per_epoch[-1], epoch)
        norms = history.gradient_norms
        if len(norms) and norms[-1]["epoch"] == epoch:
            self._write(phase, "gradient_norm", norms[-1], epoch)
        self._writer(phase).flush()

    def on_fit_end(self, learner, phase):
        """Close the files; another `fit_` begins new ones beside them."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _write(self, phase, group, row, place):
        writer = self._writer(phase)
        for name, value in row.items():
            if name not in ("epoch", "step"):
                writer.add_scalar(f"{group}/{tag(name)}", value, place)

    def _writer(self, phase):
        if phase.name not in self._writers:
            folder = str(self.folder / phase.name)
            # The library names a file by the second: two in one second were the same.
            writer = require_tensorboardx().SummaryWriter(
                folder, filename_suffix=f".{token_hex(4)}"
            )
            self._writers[phase.name] = writer
        return self._writers[phase.name]

    def __repr__(self):
        return f"TensorBoardLogger({str(self.folder)!r})"


def tag(name):
    """A name as TensorBoard takes it: letters, digits, `.`, `_`, `-`.

    >>> tag("layers[0].weight"), tag("top-5 error")
    ('layers.0.weight', 'top-5_error')
    """
    plain = re.sub(r"\[(\w+)\]", r".\1", name).removeprefix(".")
    return re.sub(r"[^\w.-]", "_", plain)


def require_tensorboardx():
    """The library, or a sentence that says how to get it.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    why = "TensorBoardLogger needs the library tensorboardX"
    instead = "; or log by CSVLogger, which needs nothing"
    with importing("tensorboardX", why, "log", instead):
        import tensorboardX
    return tensorboardX
