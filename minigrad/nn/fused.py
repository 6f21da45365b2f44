"""Layers and losses as one entry on the tape, instead of one for each operation.

In the small networks of courses it is not arithmetic that takes time but what happens
around it. So a layer, and the cross entropy, are one operation each, whose ways forward
and back are few calls of NumPy. Each stands beside the plain formula, which is taken
for everything but arrays of one dtype on one tape: for lists and numbers, in nested
gradients, on the tapes of `trace`, and within `minigrad.plain()`.
"""

from functools import cache

import numpy as np

from ..autodiff.operations import Operation
from ..autodiff.recording import note, primitive
from ..autodiff.registry import OPERATIONS, together, vjp
from ..autodiff.standing import STANDING, stand_in
from ..autodiff.tracked import Tracked
from ..fastpaths import are_on
from .activations import identity, logsoftmax, softmax

NOTHING, NO_KEYWORDS = (None, None, None), {}


def on_one_tape(*args):
    """`(tape, values, parents)` of arrays of one dtype; None three times otherwise."""
    tape, values, parents, dtype = None, [], [], None
    for position, arg in enumerate(args):
        kind = type(arg)
        if kind is not Tracked and kind is not np.ndarray and STANDING:
            arg = stand_in(arg)
        if type(arg) is Tracked:
            if tape is None:
                tape = arg.tape
            elif arg.tape is not tape:
                return NOTHING
            parents.append((position, arg.index))
            arg = arg.value
        if type(arg) is not np.ndarray:
            return NOTHING
        if dtype is not arg.dtype:
            if dtype is not None:
                return NOTHING
            dtype = arg.dtype
        values.append(arg)
    if tape is not None and (tape.closed or tape.complete):
        return NOTHING
    return (tape, values, parents) if dtype.kind == "f" and are_on() else NOTHING


# --- A fully connected layer -------------------------------------------------------


def dense(x, weight, bias, act):
    """`act(x @ weightᵀ + bias)` as one entry; None if the formula must do it."""
    tape, values, parents = on_one_tape(x, weight, bias)
    if values is None or not fits(*values) or not slope_needs_result_only(act):
        return None
    y = _dense(*values, act)
    values.append(act)
    return note(tape, OPERATIONS[dense_layer], y, values, NO_KEYWORDS, parents)


def fits(x, weight, bias):
    """Whether the shapes are those of a batch of vectors, and of parameters for it."""
    rows, inputs = weight.shape
    return x.ndim == 2 and x.shape[1] == inputs and bias.shape == (rows,)


def slope_needs_result_only(act):
    """Whether the vjp of an activation looks at the result, and not at its argument.

    So it is with `tanh`, `sigmoid` and `relu`. What the layer is before its activation
    need not be kept then.
    """
    if act is identity:
        return True
    operation = OPERATIONS.get(act)
    known = type(operation) is Operation and operation.arity == 1
    return known and operation.uses[0] is not None and operation.uses[0] <= {0}


def _dense(x, weight, bias, act):
    """`act(x @ weightᵀ + bias)` in one piece of memory, if the activation allows."""
    y = x.dot(weight.T)
    y += bias
    if act is identity:
        return y
    return act(y, out=y) if type(act) is np.ufunc else act(y)


@primitive
def dense_layer(x, weight, bias, act):
    """`act(x @ weightᵀ + bias)` of a matrix `x`, as one operation."""
    return _dense(x, weight, bias, act)


def before(g, ans, act):
    """The gradient before the activation, from that after it."""
    return g if act is identity else OPERATIONS[act].vjps[0](g, ans, None)


vjp(dense_layer,
    lambda g, ans, x, weight, bias, act: before(g, ans, act) @ weight,
    lambda g, ans, x, weight, bias, act: before(g, ans, act).T @ x,
    lambda g, ans, x, weight, bias, act: before(g, ans, act).sum(axis=0),
    None)  # fmt: skip


@together(dense_layer)
def dense_layer_vjps(wanted, g, ans, x, weight, bias, act):
    """The same, where the gradient before the activation is computed once."""
    g = before(g, ans, act)
    if wanted == PARAMETERS:
        return g.T.dot(x), ones(len(g), g.dtype).dot(g)
    if wanted == ALL:
        return g.dot(weight), g.T.dot(x), ones(len(g), g.dtype).dot(g)
    vjps = OPERATIONS[dense_layer].vjps
    return [vjps[argument](g, None, x, weight, bias, identity) for argument in wanted]


PARAMETERS, ALL = [1, 2], [0, 1, 2]


# --- The cross entropy of scores ---------------------------------------------------


def mean_cross_entropy(scores, y, axis, agg):
    """`logitcrossentropy(scores, y)` as one entry; None if the formula must do it.

    That is, if there is more to say than the mean over the rows of a matrix; and if
    scores are infinite, of which the formula knows when they count as 0.
    """
    if axis not in (-1, 1) or agg is not np.mean or type(y) is not np.ndarray:
        return None
    tape, values, parents = on_one_tape(scores)
    if values is None or values[0].ndim != 2 or values[0].shape != y.shape:
        return None
    if y.dtype is not values[0].dtype:
        if y.dtype.kind not in "fiub":
            return None
        y = y.astype(values[0].dtype)
    values.append(y)
    loss, slope = cross_entropy_and_slope(*values, bool(parents))
    if not np.isfinite(loss):
        return None
    operation, known = OPERATIONS[cross_entropy_of_scores], {"slope": slope}
    return note(tape, operation, loss, values, known, parents)


@primitive
def cross_entropy_of_scores(scores, y):
    """The mean over the rows of `-sum(y log(softmax(scores)))`."""
    return cross_entropy_and_slope(scores, y, False)[0]


vjp(cross_entropy_of_scores,
    lambda g, ans, scores, y, slope=None:
        g * (slope_towards_scores(scores, y) if slope is None else slope),
    lambda g, ans, scores, y, slope=None: -g * logsoftmax(scores) / len(y))  # fmt: skip


def slope_towards_scores(scores, y):
    """(softmax(scores) sum(y) - y) / n."""
    return (softmax(scores) * y.sum(axis=1, keepdims=True) - y) / len(y)


def cross_entropy_and_slope(scores, y, sloping):
    """The mean cross entropy, and its slope towards the scores if asked for.

    Sums over rows are products with ones, which the BLAS does in less time.
    """
    n, classes = scores.shape
    one = ones(classes, scores.dtype)
    shifted = scores - np.maximum.reduce(scores, 1, None, None, True)
    exponentials = np.exp(shifted)
    total, weights = exponentials.dot(one), y.dot(one)
    loss = (weights.dot(np.log(total)) - np.vdot(shifted, y)) / scores.dtype.type(n)
    if not sloping:
        return loss, None
    exponentials *= (weights / total)[:, None]
    exponentials -= y
    exponentials *= scores.dtype.type(1 / n)
    return loss, exponentials


@cache
def ones(size, dtype):
    """A vector of ones that is made once."""
    found = np.ones(size, dtype)
    found.flags.writeable = False
    return found
