"""The tables of a report: metrics, epochs, parameters, and the configuration.

Each function returns HTML, in which everything that comes from outside is escaped.
"""

import platform
from html import escape
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from ..duplicated import model_of
from ..optimise.rules.modifiers import norm
from ..optimise.state import Leaf
from ..printing import model_html
from ..walks import getkeypath, haskeypath, trainables
from .history import MISSING
from .metrics import observations
from .scales import number

ROWS, LETTERS = 200, 300
"""How many rows of epochs, and how many letters of a name, are shown at most."""


def table(head, rows, numbers=()):
    """Rows of texts as an HTML table; the columns `numbers` are flush right.

    Without a head, the rows are names and what stands for them.

    >>> table(["a"], [["<b>"]])[18:]
    '<table><tr><th>a</th></tr><tr><td>&lt;b&gt;</td></tr></table></div>'
    """

    def line(row, tag):
        kinds = [' class="n"' if k in numbers else "" for k in range(len(row))]
        cells = zip(kinds, map(str, row), strict=True)
        return "".join(f"<{tag}{kind}>{escape(x)}</{tag}>" for kind, x in cells)

    lines = [line(head, "th")] if head else []
    lines += [line(row, "td") for row in rows]
    body = "".join(f"<tr>{one}</tr>" for one in lines)
    kind = "wide" if head else "wide pairs"
    return f'<div class="{kind}"><table>{body}</table></div>'


def metrics_table(history):
    """The last, the lowest and the highest value of each metric, with their epochs."""
    rows = []
    for phase in history:
        found = history[phase].per_epoch
        for name in found.names:
            values = found[name]
            if name in ("epoch", "eta", "seconds") or not np.isfinite(values).any():
                continue
            at = found["epoch"]
            finite = np.isfinite(values)
            low = np.argmin(np.where(finite, values, np.inf))
            high = np.argmax(np.where(finite, values, -np.inf))
            extremes = [f"{number(values[k])} ({at[k]})" for k in (low, high)]
            rows.append([name, phase, number(values[-1]), *extremes])
    if not rows:
        return ""
    order = [row[0] for row in rows]  # the same metric of several phases together
    rows.sort(key=lambda row: order.index(row[0]))
    head = ["metric", "phase", "last", "lowest (epoch)", "highest (epoch)"]
    return table(head, rows, (2, 3, 4))


def epochs_table(history):
    """Every epoch, folded away; of very many the last ones."""
    found = history.table()
    if not len(found):
        return ""
    names, rows = found.names, list(found)[-ROWS:]
    shown = [
        [x if isinstance(x, str | int) else _known(x) for x in row.values()]
        for row in rows
    ]
    left_out = len(found) - len(rows)
    title = f"The last {ROWS} rows" if left_out else "All epochs"
    title += ", as a table"
    body = table(names, shown, range(2, len(names)))
    return f"<details><summary>{title}</summary>{body}</details>"


def _known(x):
    return "" if x is MISSING else number(x, 5)


def parameters_table(learner, norms):
    """The arrays that are trained: how large they are, and how large their gradients.

    Args:
        learner: the learner.
        norms: by the path of a parameter, as text, the norm of its last gradient.
    """
    rows = []
    for path, x in trainables(model_of(learner.model), path=True):
        last = number(norms[str(path)]) if str(path) in norms else ""
        shape = "×".join(map(str, x.shape)) or "a number"
        frozen = " (frozen)" if _is_frozen(learner.params, path) else ""
        rows.append([f"{path.place}{frozen}", shape, number(norm(x)), last])
    if not rows:
        return "<p>It has no parameters.</p>"
    head = ["parameter", "shape", "norm", "gradient norm"]
    return table(head, rows, (1, 2, 3))


def _is_frozen(params, path):
    leaf = getkeypath(params, path) if haskeypath(params, path) else None
    return isinstance(leaf, Leaf) and leaf.frozen


def model_table(learner):
    """The model as it prints: its layers, and what they hold."""
    return f'<div class="wide model">{model_html(model_of(learner.model))}</div>'


def configuration(learner, phases):
    """What was trained, with what, on what, by which versions."""
    rows = [
        ("loss", called(learner.lossfn)),
        ("rule", shown(learner.optimizer)),
        ("phases", ", ".join(phases) or "not known before the first epoch"),
        ("callbacks", ", ".join(map(shown, learner.callbacks)) or "none"),
        ("training data", data_text(learner.data.training)),
        ("validation data", data_text(learner.data.validation)),
        ("versions", ", ".join(versions())),
        ("machine", platform.platform()),
    ]
    return table([], rows)


def called(function):
    """The name of a function, or how an object prints."""
    return getattr(function, "__name__", None) or shown(function)


def shown(x):
    """How something prints; of a long text, the beginning."""
    text = repr(x)
    return text if len(text) <= LETTERS else f"{text[:LETTERS]} ..."


def data_text(data):
    """What data consists of, without its numbers.

    >>> data_text([(np.ones((8, 2)), np.ones(8))])
    'a list of 1 batch; the first has 8 observations'
    """
    if data is None:
        return "none"
    if not isinstance(data, list | tuple):
        return shown(data)
    text = f"a {type(data).__name__} of {counted(len(data), 'batch', 'batches')}"
    if data and isinstance(data[0], tuple | list) and len(data[0]) == 2:
        count = counted(observations(data[0][0]), "observation")
        text += f"; the first has {count}"
    return text


def counted(n, noun, nouns=None):
    """A number and what there is of it.

    >>> counted(1, "step"), counted(1200, "batch", "batches")
    ('1 step', '1,200 batches')
    """
    return f"{n:,} {noun if n == 1 else nouns or f'{noun}s'}"


def versions():
    """The versions of minigrad, and of what it stands on."""
    from .. import __version__

    found = [f"minigrad {__version__}", f"Python {platform.python_version()}"]
    for name in ("numpy", "numba"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # it came without a description of itself
            continue
    return found
