"""Why a parameter got no gradient: `print(explain(grad, model, loss))`."""

from typing import NamedTuple

import numpy as np

from ..arrays import is_parameter, plain
from ..errors import ShapeError, described
from ..functors import children, is_leaf, is_object
from ..walks import KeyPath, float_arrays
from .operations import short_name
from .structure import gradient_at
from .table import aligned
from .trace import trace


class Row(NamedTuple):
    """What happened to one array of a model.

    Attributes:
        path: where it is.
        shape: its shape.
        norm: the Euclidean norm of its gradient; None where none arrived.
        reason: why there is none, or no update; empty where all is well.
    """

    path: str
    shape: tuple
    norm: float | None
    reason: str


class Explanation:
    """The result of `explain`: a table when printed.

    Attributes:
        rows: a `Row` for each array of the model.
        missing: the paths of those that got no gradient.
    """

    def __init__(self, rows):
        self.rows = rows

    missing = property(lambda self: [row.path for row in self.rows if row.norm is None])

    def __repr__(self):
        if not self.rows:
            return "The model holds no arrays."
        cells = [
            (
                row.path,
                str(row.shape),
                "None" if row.norm is None else f"{row.norm:.4g}",
                row.reason,
            )
            for row in self.rows
        ]
        return aligned([("parameter", "shape", "|gradient|", "why"), *cells])

    __str__ = __repr__


def explain(grad, model, loss=None, *, state=None):
    """Path by path, which arrays of a model got no gradient, and why.

    Args:
        grad: the gradient of the model: `gradient(loss, model)[0]`.
        model: the model.
        loss: the function of the model whose gradient it is. It is called once more,
            on a `trace`, to tell parameters that it does not use from those that
            `stop_gradient` or a function without a derivative cuts off.
        state: the state tree from `setup`, to tell which parameters are frozen.

    Returns:
        An `Explanation`, to be printed. Its `missing` lists paths without gradient.

    Raises:
        ShapeError: `grad` has another structure than the model; or the two were
            swapped.

    >>> from minigrad import gradient
    >>> from minigrad.autodiff import stop_gradient
    >>> model = {"w": np.ones(2), "b": np.ones(2), "c": np.ones(2), "n": np.arange(2)}
    >>> loss = lambda m: (m["w"] * 3 + stop_gradient(m["b"])).sum()
    >>> print(explain(gradient(loss, model)[0], model, loss))  # doctest: +ELLIPSIS
    parameter  shape  |gradient|  why
    w          (2,)   4.243
    b          (2,)   None        cut off by stop_gradient (...)
    c          (2,)   None        the loss does not use it
    n          (2,)   None        int64: only arrays of floats have gradients
    """
    found = matched("explain", grad, model)
    trained = {id(x) for _, x in float_arrays(model)}
    causes = {} if loss is None else _causes(loss, model)
    rows = []
    for path, x, g in found:
        leaf = gradient_at(state, path)
        norm = None if g is None else float(np.linalg.norm(plain(g)))
        reason = _reason(x, norm, id(x) in trained, leaf, causes.get(path))
        rows.append(Row(path.place, x.shape, norm, reason))
    return Explanation(rows)


def matched(who, grad, model):
    """Each array of a model with its gradient.

    Args:
        who: the caller, for messages.
        grad: the gradient of the model.
        model: the model.

    Returns:
        A list of `(path, array, gradient)`; the gradient is None where none arrived.

    Raises:
        ShapeError: as `explain`.
    """
    if type(grad) is tuple and len(grad) == 1 and type(model) is not tuple:
        raise ShapeError(
            f"{who}(grad, model) was given the tuple that gradient returns. It has one "
            f"gradient per argument: write {who}(grads[0], model)."
        )
    _refuse_swapped(who, grad, model)
    found = []
    for path, x in _arrays(model, KeyPath()):
        g = gradient_at(grad, path)
        _check_shape(who, g, x, path)
        found.append((path, x, g))
    return found


def _arrays(x, path):
    if isinstance(x, np.ndarray):
        yield path, x
    elif not is_leaf(x):
        for key, child in children(x).items():
            yield from _arrays(child, path / key)


def _refuse_swapped(who, grad, model):
    """A gradient holds no objects, and no array where the model has nothing."""
    surplus = (p for p, _ in _arrays(grad, KeyPath()) if gradient_at(model, p) is None)
    if _holds_an_object(grad) or any(True for _ in surplus):
        raise ShapeError(
            f"{who}(grad, model) takes the gradient first and the model second. What "
            f"was given first ({described(grad)}) is no gradient of what was given "
            f"second ({described(model)}): it looks as if the two were swapped."
        )


def _holds_an_object(x):
    return is_object(x) or any(map(_holds_an_object, children(x).values()))


def _check_shape(who, g, x, path):
    if g is not None and np.shape(g) != x.shape:
        raise ShapeError(
            f"{who}(grad, model): at {path.place} the model has an array of shape "
            f"{x.shape}, and the gradient {described(g)} of shape {np.shape(g)}. Give "
            f"it the gradient of this model."
        )


def _reason(x, norm, trained, leaf, cause):
    if not is_parameter(x):
        return f"{x.dtype}: only arrays of floats have gradients"
    if norm is None:
        return cause or "unused, or cut off (explain(grad, model, loss) tells which)"
    if getattr(leaf, "frozen", False):
        return "frozen: it is not updated"
    if not trained:
        return "not trainable: it is not updated"
    if not np.isfinite(norm):
        return "not finite (print(trace(loss, model).nonfinite()) tells where)"
    return "" if norm else "zero in every place"


# --- Causes: where the way of a parameter through the loss ends --------------------


def _causes(loss, model):
    """From the path of each array to the reason why no gradient comes from there."""
    tape = trace(loss, model)
    uses = [[] for _ in tape]
    for index, entry in enumerate(tape):
        for _, parent in entry.parents:
            uses[parent].append(index)
    ends = [[] for _ in tape]
    for index, function, line in dict.fromkeys(tape.cuts):
        name = short_name(function).removeprefix("builtins.")
        ends[index].append(f"cut off by {name} ({line})")
    for index in reversed(range(len(tape))):
        if not uses[index] and not ends[index] and index >= tape.inputs:
            name, line = tape.name(index), tape.lines[index]
            ends[index].append(f"the result of {name} ({line}) is not used")
        for use in uses[index]:
            ends[index] += [end for end in ends[use] if end not in ends[index]]
    return {
        KeyPath(path[1:]): "; ".join(ends[index][:3]) or "the loss does not use it"
        for index, path in tape.names.items()
    }
