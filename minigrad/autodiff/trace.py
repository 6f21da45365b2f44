"""Looking at a tape: `print(trace(f, x))`, play it back, see where a NaN began.

A `Trace` is a tape that keeps all values, and knows for each entry the line of the
user's program that made it. `debugging` lets every `gradient` use one.
"""

from contextlib import contextmanager
from inspect import Parameter, signature
from pathlib import Path

import numpy as np

from ..arrays import plain
from ..errors import DomainError, ShapeError
from ..walks import KeyPath
from .captions import arguments, line_that_runs
from .drawing import dot, svg
from .gradient import played, seed_first
from .nonfinite import (
    cause_of_gradient,
    first_cause,
    forward_sentence,
    is_finite,
    went_wrong,
)
from .operations import short_name
from .structure import input_names
from .table import aligned
from .tape import Entry, Tape, kind_of_tape

HEADINGS = "step operation inputs shape dtype bytes |gradient| line".split()


class Trace(Tape):
    """A tape that keeps everything, for looking at.

    Printed, it is a table with a row for each entry: the inputs by name, then the
    operations; the arguments that stand on the tape as `#step`.

    Attributes:
        lines: for each entry the `Line` of the user's program that made it.
        names: from the index of an input to its path, `model.layers[0].weight`.
        value: what the function returned.
        result: the index of its entry, if it is one number or array.
        gradients: from the index of an entry to its gradient, once played back.
        cuts: pairs (index, function, line) for what went into a function that
            carries no gradient.

    >>> import numpy as np
    >>> from minigrad import trace
    >>> tape = trace(lambda x: np.sin(x) * x, 1.0)
    >>> [tape.name(step) for step in range(len(tape))]
    ['x', 'numpy.sin', 'numpy.multiply']
    >>> round(tape.backward()[0], 4)
    1.3818
    """

    __slots__ = ("back", "cuts", "gradients", "lines", "names", "result", "value")
    complete = True

    def __init__(self):
        super().__init__()
        self.lines, self.names, self.gradients, self.cuts = [], {}, {}, []
        self.value = self.back = self.result = None

    def twin(self):
        """The same entries, and all that is known about them, as another list.

        A pullback holds its tape. The twin can hold the pullback without holding
        itself, so that a trace is gone as soon as nobody uses it.
        """
        twin = type(self)()
        list.extend(twin, self)  # with the lines that are known
        for name in "cuts gradients lines names inputs closed".split():
            setattr(twin, name, getattr(self, name))
        return twin

    def append(self, entry):
        """Add an entry, made by the line of the user's program that runs now."""
        super().append(Entry._make(entry))
        self.lines.append(line_that_runs())

    def extend(self, entries):
        """Add several, one by one."""
        for entry in entries:
            self.append(entry)

    def watch(self, index, g):
        """Remember the gradient of an entry."""
        self.gradients[index] = g

    def cut(self, function, index):
        """Remember that a value went where no gradient comes from."""
        self.cuts.append((index, function, line_that_runs()))

    def backward(self, ybar=None):
        """Play the tape back: the gradients towards the arguments, as a tuple.

        Args:
            ybar: the gradient of the result; 1 where it is a number.
        """
        self.gradients.clear()
        return self.back(self._seed() if ybar is None else ybar)

    def _seed(self):
        try:
            return seed_first(self.value)
        except ShapeError as error:
            if isinstance(self.value, tuple):
                raise
            shape = np.shape(self.value)
            ones = f"np.ones({shape[0] if len(shape) == 1 else shape})"
            raise ShapeError(
                f"{error} Or give the gradient of the result: tape.backward({ones})."
            ) from None

    def steps(self):
        """Step through the last playing back: pairs (index, gradient), last first."""
        yield from sorted(self.gradients.items(), key=lambda step: -step[0])

    def nonfinite(self):
        """A sentence on where the first NaN or infinity came up, or None.

        Forward first; then, if the tape has been played back, backward.
        """
        return first_cause(self)

    def show(self):
        """The picture, for a notebook: the last line of a cell may be `tape.show()`."""
        return _Picture(svg(self))

    def _repr_svg_(self):
        return svg(self)

    def to_dot(self):
        """The graph as text for Graphviz."""
        return dot(self)

    def name(self, index):
        """What an entry is: the name of an input, or of the operation."""
        operation = self[index].operation
        if operation is None:
            return str(self.names.get(index, f"input {index}"))
        name = short_name(operation.function)
        return f"{name}.{operation.output}" if operation.output else name

    def __repr__(self):
        rows = [HEADINGS, *map(self._cells, range(len(self)))]
        if not self.gradients:
            rows = [(*row[:6], row[7]) for row in rows]
        size = sum(getattr(plain(entry.ans), "nbytes", 8) for entry in self)
        n = len(self) - self.inputs
        summary = (
            f"{self.inputs} input{'s' * (self.inputs != 1)}, "
            f"{n} operation{'s' * (n != 1)}, {size:,} bytes"
        )
        return f"{aligned(rows)}\n{summary}"

    __str__ = __repr__

    def _cells(self, index):
        operation, ans, *_ = self[index]
        value, g = plain(ans), self.gradients.get(index)
        value = value[0] if isinstance(value, tuple) else value
        return (
            str(index),
            self.name(index),
            ", ".join(self.arguments(index)),
            str(np.shape(value)),
            str(getattr(value, "dtype", type(value).__name__)),
            f"{getattr(value, 'nbytes', 8):,}",
            "None" if g is None else f"{np.linalg.norm(plain(g)):.4g}",
            "" if operation is None else str(self.lines[index]),
        )

    def arguments(self, index):
        """The arguments of an entry, as short texts."""
        return map(str, arguments(self[index]))


class _Picture:
    """An SVG that notebooks show; `save` writes it to a file."""

    def __init__(self, text):
        self.text = text

    def _repr_svg_(self):
        return self.text

    def save(self, path):
        """Write the picture to a file, `tape.svg` for instance."""
        Path(path).write_text(self.text, encoding="utf-8")

    def __repr__(self):
        return (
            "A picture, shown in notebooks. Elsewhere, tape.show().save('tape.svg') "
            "writes a file for a browser, and print(tape) a table."
        )


class _Strict(Trace):
    """A trace that stops at the first number that is not finite."""

    __slots__ = ()

    def append(self, entry):
        super().append(entry)
        if went_wrong(self, len(self) - 1):
            raise DomainError(forward_sentence(self, len(self) - 1))

    def watch(self, index, g):
        super().watch(index, g)
        sentence = None if is_finite(g) else cause_of_gradient(self, index)
        if sentence:
            raise DomainError(sentence)


def trace(f, *args):
    """The tape of `f(*args)`, to be printed, drawn and played back.

    Args:
        f: any function, as in `gradient`; its result may also be an array.
        args: as in `gradient`.

    Returns:
        A `Trace`. `print` shows a table; `backward()` plays it back, after which the
        table has the norm of each gradient; `show()` draws it.

    >>> x, y = np.array([1.0, 2.0]), 3.0
    >>> tape = trace(lambda x, y: (x * y).sum(), x, y)
    >>> tape.backward()
    (array([3., 3.]), 3.0)
    >>> [entry.operation.name for entry in tape[tape.inputs:]]
    ['numpy.multiply', 'numpy.sum']
    """
    recorded = Trace()
    value, back = played(recorded, f, args)
    tape = recorded.twin()
    tape.value, tape.back = value, back
    tape.result = getattr(tape.back.output, "index", None)
    tape.names = dict(input_names(tape.back.places, _labels(f, args)))
    return tape


@contextmanager
def debugging():
    """Stop at the first NaN or infinity, forward or backward, and say where.

    Within `with debugging():`, every `gradient` (and so `train_`) raises a
    `DomainError` that names the operation and the line of your program. It is slow:
    every value is kept and looked at.

    >>> from minigrad import gradient
    >>> with debugging(), np.errstate(divide="ignore"):
    ...     gradient(lambda x: np.log(x * 0.0), 1.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    minigrad.errors.DomainError: The first operation whose result is not finite is ...
    """
    token = kind_of_tape.set(_Strict)
    try:
        yield
    finally:
        kind_of_tape.reset(token)


def _labels(f, args):
    """The names of the parameters of `f`; `args[0]` where it does not tell."""
    labels = [KeyPath(("args", i)) for i in range(len(args))]
    try:
        parameters = signature(f).parameters.values()
    except (TypeError, ValueError):
        return labels
    kinds = Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD
    names = [KeyPath((p.name,)) for p in parameters if p.kind in kinds][: len(args)]
    return names + labels[len(names) :]
