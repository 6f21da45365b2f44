"""The numbers of a training for other programs: as CSV, and as JSON.

A logger gets a row of numbers after each epoch of each phase, and keeps it at once:
what has been logged is there even if the program is killed in the next moment.
"""

import csv
import errno
import io
import json
import warnings
from math import isfinite
from pathlib import Path

from ..errors import FileError
from ..serialise.writing import write
from .recording import Recorder

FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
"""The errors of a full disk, which may be over when the next file is written."""


class Logger:
    """The base of all loggers. A subclass says what is done with a row:

        class WandbLogger(Logger):
            def log(self, row):
                wandb.log(row)

    A row is a dict: `epoch`, `phase` (the name of it), the metrics, and `eta` and
    `seconds`, as in `learner.history`.

    >>> from minigrad.learner import Metrics, Recorder, fit_, testlearner
    >>> class Shout(Logger):
    ...     def log(self, row):
    ...         print(row["phase"].upper(), sorted(row))
    >>> fit_(testlearner(Metrics(), Recorder(), Shout()), 1)
    TRAINING ['epoch', 'eta', 'loss', 'phase', 'seconds']
    VALIDATION ['epoch', 'loss', 'phase', 'seconds']
    """

    runafter = (Recorder,)

    def log(self, row):
        """What is done with a row: the method to write in a logger of your own.

        Raises:
            NotImplementedError: it has not been written.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not say what is done with the numbers of an "
            f"epoch. Write a method log(self, row) in it; row is a dict."
        )

    def on_fit_begin(self, learner, phase):
        """See whether there will be numbers.

        Raises:
            ValueError: there is no `Recorder`.
        """
        if Recorder not in learner.callbacks:
            raise ValueError(
                f"{self!r} needs the callbacks Metrics and Recorder, which write down "
                f"the numbers. Add Metrics() and Recorder() to the callbacks."
            )

    def on_epoch_end(self, learner, phase):
        """Log the numbers of this epoch."""
        row = learner.history[phase].per_epoch[-1]
        self.log({"epoch": row["epoch"], "phase": phase.name} | row)


def require_place(path, owner):
    """Refuse a path in a folder that does not exist, or of a folder.

    Raises:
        FileNotFoundError: says which folder that is.
        IsADirectoryError: there is a folder of this name.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(
            f"{owner}: {str(path)!r} is a folder. Name a file in it."
        )
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{owner}: there is no folder {folder}. Make it first, by "
            f"os.makedirs({str(folder)!r})."
        )


class FileLogger(Logger):
    """What `CSVLogger` and `JSONLogger` share: each row is a line at the end of a file.

    A file that is there already goes on. If a training is resumed from a checkpoint,
    lines that were written after the checkpoint are taken away first, since what they
    tell of happens again.

    Attributes:
        path: of the file.
        lines: how many lines it has.
    """

    def __init__(self, path):
        self.path = Path(path)
        require_place(self.path, self)
        self.lines = len(self._read())
        self._checked = self._longer = False
        self._waiting = []

    def log(self, row):
        """Add a line.

        Where that is not possible, as on a full disk, there is a warning, and training
        goes on; the line will be written together with the next one.
        """
        self._waiting.append(row)
        try:
            if not self._checked or not self.path.exists():
                self._begin()
            while self._waiting:
                self._add(self._waiting[0])
                self._waiting.pop(0)
        except OSError as error:
            self._checked, self._longer = False, True  # by a part of a line
            warnings.warn(
                f"{self!r} could not write the numbers of epoch {row['epoch']}: "
                f"{error}. Training goes on.",
                stacklevel=2,
            )

    def _begin(self):
        """Let the file end where the training goes on, and with a whole line."""
        lines = self._read()
        kept = lines[: self.lines] if self._longer else lines
        if kept != lines or (kept and not kept[-1].endswith("\n")):
            self._replace(kept)
        self.lines, self._checked, self._longer = len(kept), True, False

    def _replace(self, lines):
        write(self.path, "".join(line.rstrip("\n") + "\n" for line in lines).encode())

    def _append(self, text):
        with open(self.path, "ab", buffering=0) as file:
            file.write(text.encode())
        self.lines += text.count("\n")

    def _read(self):
        """The lines of the file, once it is known to be one of this kind.

        Raises:
            FileError: it is not, and stays as it is.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
            lines = list(io.StringIO(text, newline="\n"))
            if lines and not {"epoch", "phase"} <= set(self.names(lines[0])):
                raise ValueError("no names")
        except FileNotFoundError:
            return []
        except ValueError as error:  # it is no text, or no line of this kind
            raise FileError(
                f"{self!r}: the file there holds something else than the numbers of a "
                f"training, and stays as it is. Give another path."
            ) from error
        return lines

    def state_dict(self):
        """How many lines there are."""
        return {"lines": self.lines}

    def load_state_dict_(self, state):
        """Go on after that many lines."""
        self.lines, self._checked, self._longer = state["lines"], False, True

    def __repr__(self):
        return f"{type(self).__name__}({str(self.path)!r})"


class CSVLogger(FileLogger):
    """Adds a row to a table in a CSV file, after each epoch of each phase.

    The columns are `epoch`, `phase`, the metrics, `eta`, `seconds`. They stay where
    they are; a new one comes last. What is not known is empty, and NaN is `nan`.

    Args:
        path: of the file. One that is there goes on.

    Raises:
        FileNotFoundError: there is no such folder.
        FileError: the file holds something else.

    A resumed training takes away what was written after its checkpoint, and goes on.

    >>> CSVLogger("run.csv")
    CSVLogger('run.csv')
    """

    def names(self, line):
        """The names of the columns, in the first line."""
        return next(csv.reader([line]))

    def _add(self, row):
        with open(self.path, "a+", encoding="utf-8", newline="") as file:
            file.seek(0)
            old = self.names(file.readline() or "\n")
        names = [*old, *(name for name in row if name not in old)]
        if names != old:
            rows = csv.reader(self._read()[1:])
            blank = [""] * (len(names) - len(old))
            table = [names, *(cells + blank for cells in rows)]
            self._replace([_csv(cells) for cells in table])
            self.lines = len(table)
        self._append(_csv([row.get(name, "") for name in names]))


class JSONLogger(FileLogger):
    """Adds a line of JSON to a file `.jsonl`, after each epoch of each phase.

    Each line is an object: `epoch`, `phase`, the metrics, `eta`, `seconds`. Numbers
    that are NaN or infinite are null, since JSON has no word for them.

    Args:
        path: of the file. One that is there goes on.

    Raises:
        FileNotFoundError: there is no such folder.
        FileError: the file holds something else.

    A resumed training takes away what was written after its checkpoint, and goes on.

    >>> JSONLogger("run.jsonl")
    JSONLogger('run.jsonl')
    """

    def names(self, line):
        """The names in a line."""
        found = json.loads(line)
        return found if isinstance(found, dict) else ()

    def _add(self, row):
        spelled = {
            name: value if isinstance(value, str) or isfinite(value) else None
            for name, value in row.items()
        }
        self._append(f"{json.dumps(spelled, ensure_ascii=False)}\n")


def _csv(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
