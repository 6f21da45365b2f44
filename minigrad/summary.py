"""A model as a table: what comes out of each layer, and what each layer holds."""

from html import escape
from typing import NamedTuple

from .arrays import is_parameter
from .autodiff.table import aligned
from .dryrun import dry_run
from .duplicated import model_of
from .errors import ShapeError
from .functors import children, is_leaf
from .optimise.state import Leaf
from .printing import byte_text, heading, prints_itself
from .sharing import Parameters
from .walks import KeyPath, getkeypath, haskeypath, trainables


def summary(model, *input_shapes, padbatch=False, state=None):
    """A table of a model: a row for each layer, and what all of them add up to.

    A row has the layer as it prints, its place in the model, the shape of its output,
    how many parameters it has, and the bytes of its float arrays. Layers that consist
    of layers have rows for these below them, and count what is in none of them. Remarks
    say what is special: arrays that are not trained (the recorded means of a
    `BatchNorm`), arrays that stand in several places, where they are counted once, and
    layers that were called several times, or never.

    Args:
        model: as in `outputsize`.
        *input_shapes: as in `outputsize`: shapes with the batch first, one for each
            argument of the model.
        padbatch: True if they are those of one sample, without the batch.
        state: the state tree from `setup`, to mark what is frozen in it.

    Returns:
        A `Summary`, which prints as a table, in notebooks too.

    Raises:
        ShapeError: a layer does not fit, as in `outputsize`; or `state` is that of
            another model.
        TypeError: as `outputsize`.

    Nothing is computed, and the model stays as it is: see `outputsize`.

    >>> from minigrad import BatchNorm, Chain, Dense, relu
    >>> model = Chain(Dense(4, 8, relu), BatchNorm(8), Dense(8, 3))
    >>> print(summary(model, (32, 4)))
    layer                  path       output   parameters      bytes  remarks
    input                             (32, 4)
    Chain                             (32, 3)
      Dense(4 => 8, relu)  layers[0]  (32, 8)          40  160 bytes
      BatchNorm(8)         layers[1]  (32, 8)          16  128 bytes  16 non-trainable
      Dense(8 => 3)        layers[2]  (32, 3)          27  108 bytes
    <BLANKLINE>
    parameters                                         83  332 bytes
    non-trainable                                      16   64 bytes
    total                                              99  396 bytes
    """
    model = model_of(model)
    run = dry_run("summary", model, input_shapes, padbatch)
    outputs = run.outputs | {KeyPath(): [run.output]}
    holdings = _holdings(model, _places(model, run.layers), state)
    rows = []
    for path in holdings:
        depth = sum(path[: len(row.path)] == row.path for row in rows)
        layer = heading(model if not path else run.layers[path])
        rows.append(_row(path, depth, layer, outputs[path], holdings[path]))
    return Summary(run.inputs, run.output, rows)


class Holding(NamedTuple):
    """An array of a model.

    Attributes:
        name: its place within its layer.
        numbers, bytes: how large it is; both are 0 if it is counted elsewhere.
        trained, frozen: whether it is a parameter, and whether that is frozen.
        twin: where the array stands as well, and is counted; or an empty string.
    """

    name: str
    numbers: int
    bytes: int
    trained: bool
    frozen: bool
    twin: str


class Row(NamedTuple):
    """A layer in a `Summary`.

    Attributes:
        path: where it is in the model, a `KeyPath`.
        depth: in how many rows above it is.
        layer: as it prints.
        output: the shape of its output, or a tree of shapes; None if it was not called.
        holdings: its arrays, without those of the rows below it.
        remarks: what is special about it, as text.
    """

    path: KeyPath
    depth: int
    layer: str
    output: object
    holdings: list
    remarks: str

    @property
    def parameters(self):
        """How many numbers of it are trained."""
        return sum(x.numbers for x in self.holdings if x.trained)

    @property
    def nontrainable(self):
        """How many are not."""
        return sum(x.numbers for x in self.holdings if not x.trained)

    @property
    def bytes(self):
        """How much memory both take."""
        return sum(x.bytes for x in self.holdings)


class Summary:
    """What `summary` returns: a table when printed.

    Attributes:
        inputs: a list of the shapes that the model was called with.
        output: the shape of what it returned.
        rows: a `Row` for each layer.
        totals: by name, pairs of how many numbers and how many bytes there are:
            "parameters", "of them frozen", "non-trainable" and "total".
    """

    def __init__(self, inputs, output, rows):
        self.inputs, self.output, self.rows = inputs, output, rows
        every = [x for row in rows for x in row.holdings]
        parts = {
            "parameters": [x for x in every if x.trained],
            "of them frozen": [x for x in every if x.frozen],
            "non-trainable": [x for x in every if not x.trained],
            "total": every,
        }
        self.totals = {
            name: (sum(x.numbers for x in part), sum(x.bytes for x in part))
            for name, part in parts.items()
        }

    def __repr__(self):
        rows = [
            ("  " * depth + layer, *cells) for depth, layer, *cells in self._cells()
        ]
        sums = [(name, "", "", *cells, "") for name, *cells in self._sums()]
        table = [_HEAD, *rows, [""] * len(_HEAD), *sums]
        if not any(row.remarks for row in self.rows):
            table = [cells[:-1] for cells in table]
        return aligned(table, right=_NUMBERS)

    __str__ = __repr__

    def _repr_html_(self):
        head = _html_row(_HEAD, "th")
        rows = [_html_row(cells, "td", depth) for depth, *cells in self._cells()]
        total = [
            _html_row((name, "", "", *sums, ""), "th") for name, *sums in self._sums()
        ]
        return f"<table>{head}{''.join(rows)}{''.join(total)}</table>"

    def _cells(self):
        """The texts of each row, after its depth."""
        yield 0, "input", "", ", ".join(map(str, self.inputs)), "", "", ""
        for row in self.rows:
            output = "" if row.output is None else str(row.output)
            numbers = f"{row.parameters:,}" if row.parameters else ""
            size = byte_text(row.bytes) if row.bytes else ""
            yield (
                row.depth,
                row.layer,
                str(row.path),
                output,
                numbers,
                size,
                row.remarks,
            )

    def _sums(self):
        """What stands below the rows, as texts; what there is none of is left out."""
        for name, (numbers, size) in self.totals.items():
            is_sum = name == "total" and self.totals["non-trainable"][0]
            if name == "parameters" or is_sum or (numbers and name != "total"):
                yield name, f"{numbers:,}", byte_text(size)


_HEAD = "layer", "path", "output", "parameters", "bytes", "remarks"
_NUMBERS = 3, 4


def _html_row(cells, tag, depth=0):
    texts = []
    for k, cell in enumerate(cells):
        side = "right" if k in _NUMBERS else "left"
        left = 2 * depth + 0.5 if k == 0 else 0.5
        text = f"<code>{escape(cell)}</code>" if k < 2 and tag == "td" else escape(cell)
        style = f"text-align:{side};padding:0 0.5em 0 {left}em"
        texts.append(f'<{tag} style="{style}">{text}</{tag}>')
    return f'<tr style="white-space:nowrap">{"".join(texts)}</tr>'


# --- Rows -----------------------------------------------------------------------------


def _places(model, layers):
    """The paths that get a row: those of layers that are in none that prints itself."""
    found = [KeyPath()]
    whole = [] if not is_leaf(model) and not prints_itself(model) else [KeyPath()]
    for path, layer in layers.items():
        if path and not any(path[: len(above)] == above for above in whole):
            found.append(path)
            if is_leaf(layer) or prints_itself(layer):
                whole.append(path)
    return found


def _holdings(model, places, state):
    """By place, a list of the arrays there."""
    found, known, trained = {path: [] for path in places}, Parameters(), Parameters()
    for x in trainables(model):
        trained.add(x, True)
    for path, x in _arrays(model, KeyPath()):
        home = max((p for p in places if path[: len(p)] == p), key=len)
        twin, is_trained = known.find(x), trained.find(x) is not None
        known.add(x, path) if twin is None else None
        numbers, size = (x.size, x.nbytes) if twin is None else (0, 0)
        frozen = is_trained and state is not None and _leaf(state, path).frozen
        name = str(KeyPath(path[len(home) :]))
        twin = "" if twin is None else str(twin[0])
        found[home].append(Holding(name, numbers, size, is_trained, frozen, twin))
    return found


def _arrays(x, path):
    if is_parameter(x):
        yield path, x
    for key, part in children(x).items():
        yield from _arrays(part, path / key)


def _leaf(state, path):
    leaf = getkeypath(state, path) if haskeypath(state, path) else None
    if not isinstance(leaf, Leaf):
        raise ShapeError(
            f"summary(state=...) is not the state tree of this model: at {path.place} "
            f"it has no Leaf. Give it what setup(rule, model) returned."
        )
    return leaf


def _row(path, depth, layer, outputs, holdings):
    frozen = [x.name for x in holdings if x.frozen]
    whole = all(x.frozen for x in holdings if x.trained)
    fixed = sum(x.numbers for x in holdings if not x.trained)
    twins = [x.twin for x in holdings if x.twin]
    remarks = [
        ("frozen" if whole else f"frozen: {', '.join(frozen)}") if frozen else "",
        f"{fixed:,} non-trainable" if fixed else "",
        f"shared with {', '.join(twins)}" if twins else "",
        _calls(outputs),
    ]
    output = outputs[0] if outputs else None
    return Row(path, depth, layer, output, holdings, ", ".join(filter(None, remarks)))


def _calls(outputs):
    if len(outputs) == 1:
        return ""
    if not outputs:
        return "not called"
    others = [str(y) for y in outputs if y != outputs[0]]
    last = f", {others[-1]} the last" if others else ""
    return f"called {len(outputs)} times{last}"
