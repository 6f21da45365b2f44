"""`History`: all numbers of a training, as attributes, as tables, and as curves."""

import csv
import io
from itertools import chain
from math import isfinite

import numpy as np

from ..serialise.writing import write

COUNTS = "epochs", "steps", "stepsepoch", "samples"
TAKEN = *COUNTS, "epoch", "phase", "step", "eta", "seconds"
"""Names of which a history makes use itself."""
MISSING = float("nan")
"""What a row has not got: this very object, which is told from other NaNs."""


class Table:
    """Rows of numbers, whose columns have names; what a row has not got is NaN.

    `table.loss` and `table["loss"]` are a column, an array; `table[-1]` is the last
    row, a dict; iterating gives the rows.

    >>> table = Table()
    >>> table.append({"epoch": 1, "loss": 0.5})
    >>> table.append({"epoch": 2, "loss": 0.25, "accuracy": 1.0})
    >>> table.loss, len(table)
    (array([0.5 , 0.25]), 2)
    >>> table
    epoch  loss    accuracy
        1  0.5000
        2  0.2500    1.0000
    """

    def __init__(self, columns=None):
        self._made = {name: list(part) for name, part in (columns or {}).items()}
        self._length = max(map(len, self._made.values()), default=0)
        self._new = []  # rows that are not yet in the columns: in a step, time is short

    def append(self, row):
        """Add a row, a dict; new names make new columns."""
        self._new.append(row)

    @property
    def _columns(self):
        self.gather()
        return self._made

    def gather(self):
        """Put new rows into the columns, where numbers take less memory."""
        new, self._new = self._new, []
        made = self._made
        for name in dict.fromkeys(chain.from_iterable(new)):
            if name not in made:
                made[name] = [MISSING] * self._length
        for name, column in made.items():
            column.extend([row.get(name, MISSING) for row in new])
        self._length += len(new)

    @property
    def names(self):
        """The names of the columns."""
        return list(self._columns)

    def to_csv(self, path):
        """Write the table into a file, with a line of names at its top.

        What is not known is empty, and NaN is `nan`.

        Args:
            path: of the file; an old one is replaced.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.names)
        for row in self:
            writer.writerow(["" if x is MISSING else x for x in row.values()])
        write(path, text.getvalue().encode())

    def __len__(self):
        return self._length + len(self._new)

    def __iter__(self):
        for row in zip(*self._columns.values(), strict=True):
            yield dict(zip(self._columns, row, strict=True))

    def __getitem__(self, key):
        if isinstance(key, str):
            if key not in self._columns:
                raise KeyError(_missing(key, self.names))
            return np.array(self._columns[key])
        return {name: column[key] for name, column in self._columns.items()}

    def __getattr__(self, name):
        columns = self._columns if "_new" in vars(self) else {}
        if name not in columns:
            raise AttributeError(_missing(name, columns))
        return np.array(columns[name])

    def __repr__(self):
        wide = width(self._columns.get("phase", ()))
        known = ({k: x for k, x in row.items() if x is not MISSING} for row in self)
        shown = [line(row, self.names, wide) for row in known]
        if len(shown) > 40:
            shown[10:-10] = [f"... {len(shown) - 20} more ..."]
        return "\n".join([headline(self.names, wide), *shown])


class PhaseHistory:
    """What happened in one phase. `history.training.loss` is a column of `per_epoch`.

    Attributes:
        epochs, steps: how many are complete.
        stepsepoch: how many steps there are in this epoch so far.
        samples: how many observations were seen.
        per_epoch: a `Table` with a row for each epoch: metrics; `eta`, the learning
            rate, where all parameters have the same; `seconds`.
        per_step: a `Table` with a row for each step: metrics, what `Scheduler` set,
            and `Traces`.
        gradient_norms: a `Table` of the norms in the last step of each epoch, with a
            column for each parameter.
    """

    tables = "per_epoch", "per_step", "gradient_norms"

    def __init__(self):
        for name in COUNTS:
            setattr(self, name, 0)
        for name in self.tables:
            setattr(self, name, Table())

    def __getattr__(self, name):
        if name.startswith("__") or "per_epoch" not in vars(self):
            raise AttributeError(name)
        return getattr(self.per_epoch, name)

    def __getitem__(self, key):
        return self.per_epoch[key]

    def __repr__(self):
        return repr(self.per_epoch)

    def as_dict(self):
        """What a file keeps of it."""
        counts = {name: getattr(self, name) for name in COUNTS}
        tables = {name: getattr(self, name) for name in self.tables}
        return counts | {
            name: {column: table[column] for column in table.names}
            for name, table in tables.items()
        }

    def load_(self, state):
        """Become what `as_dict` was called of."""
        for name in COUNTS:
            setattr(self, name, state[name])
        for name in self.tables:
            columns = {k: column.tolist() for k, column in state[name].items()}
            setattr(self, name, Table(columns))


class History:
    """The numbers of a training, phase by phase.

    `history.training`, or `history[TrainingPhase()]`, is a `PhaseHistory`; the name is
    that of the phase. Printed, it is the table of all epochs.

    >>> from minigrad.learner import Recorder, Metrics, fit_, testlearner
    >>> learner = testlearner(Metrics(), Recorder())
    >>> fit_(learner, 2)
    >>> learner.history.training.loss.shape, learner.history.training.per_step.names
    ((2,), ['step', 'epoch', 'loss'])
    >>> learner.history.table().names
    ['epoch', 'phase', 'loss', 'eta', 'seconds']
    """

    def __init__(self):
        self._phases = {}

    def __getitem__(self, phase):
        """That of a phase, which may be new; or of a name, which may not."""
        if isinstance(phase, str):
            if phase not in self._phases:
                raise KeyError(_no_phase(phase, self._phases))
            return self._phases[phase]
        return self._of(phase.name)

    def _of(self, name):
        if name not in self._phases:
            self._phases[name] = PhaseHistory()
        return self._phases[name]

    def __getattr__(self, name):
        phases = vars(self).get("_phases", {})
        if name not in phases:
            raise AttributeError(_no_phase(name, phases))
        return phases[name]

    def __iter__(self):
        """The names of the phases."""
        return iter(self._phases)

    def table(self):
        """All epochs of all phases, in the order in which they ended, as a `Table`."""
        rows = [
            {"epoch": row["epoch"], "phase": name} | row
            for name, phase in self._phases.items()
            for row in phase.per_epoch
        ]
        table = Table()
        for row in sorted(rows, key=lambda row: row["epoch"]):
            table.append(row)
        return table

    def to_csv(self, path):
        """Write the table of all epochs into a file.

        Args:
            path: of the file; an old one is replaced. For the steps of a phase write
                `history.training.per_step.to_csv(path)`.
        """
        self.table().to_csv(path)

    def plot(self, name="loss", *, ax=None):
        """The curves of a metric, one for each phase.

        Args:
            name: of the metric.
            ax: the axes to draw on; by default new ones.

        Returns:
            The axes.

        Raises:
            KeyError: no phase has this metric.
            ModuleNotFoundError: matplotlib is not installed.
        """
        from .pictures import metric_curves

        return metric_curves(self, name, ax=ax)

    def as_dict(self):
        """What a file keeps of it."""
        return {name: phase.as_dict() for name, phase in self._phases.items()}

    def load_(self, state):
        """Become what `as_dict` was called of."""
        for name, phase in state.items():
            self._of(name).load_(phase)

    def __repr__(self):
        return repr(self.table()) if self._phases else "Nothing has happened yet."


# --- As text -----------------------------------------------------------------------


def width(phases):
    """The width of the column with the names of phases."""
    return max(len("validation"), *(len(str(name)) for name in phases), 0)


def headline(names, wide=10):
    """The names of columns, each over its numbers; `wide` is that of the phases.

    >>> headline(["epoch", "phase", "loss"])
    'epoch  phase         loss'
    """
    return "  ".join(_aligned(name, name, wide) for name in names).rstrip()


def line(row, names, wide=10):
    """A row as text, in the columns of `headline`; empty where it has nothing."""
    cells = (_aligned(name, _cell(row.get(name, "")), wide) for name in names)
    return "  ".join(cells).rstrip()


def _aligned(name, text, wide):
    if name == "phase":
        return f"{text:<{wide}}"
    least = 0 if name in ("epoch", "step") else 9
    return f"{text:>{max(len(name), least)}}"


def _cell(value):
    if isinstance(value, str):
        return value
    if isinstance(value, int) or not isfinite(value):
        return "NaN" if value != value else f"{value}"
    small = value == int(value) or 1e-3 <= abs(value)
    return f"{value:.4f}" if small and abs(value) < 1e4 else f"{value:.2e}"


def _no_phase(name, phases):
    return f"There was no phase {name} so far, only {', '.join(phases) or 'nothing'}."


def _missing(name, names):
    return f"There is no column {name}, only {', '.join(names) or 'nothing'}."
