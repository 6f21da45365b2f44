"""Layers and losses as one entry on the tape, instead of one for each operation.

In the small networks of courses it is not arithmetic that takes time but what happens
around it. So a layer, and the cross entropy, are one operation each, whose ways forward
and back are few calls of NumPy. Each stands beside the plain formula, which is taken
for everything but arrays of one dtype on one tape: for lists and numbers, in nested
gradients, on the tapes of `trace`, and within `minigrad.plain()`.
"""

from functools import cache, lru_cache, partial
from math import isfinite
from operator import attrgetter

import numpy as np

from ..autodiff.operations import Each, Operation
from ..autodiff.recording import note, primitive
from ..autodiff.registry import OPERATIONS, together, vjp
from ..autodiff.standing import STANDING, stand_in
from ..autodiff.tracked import Tracked
from ..fastpaths import are_on
from .activations import identity, logsoftmax, softmax

NOTHING = None, None, None


def on_one_tape(*args):
    """`(tape, values, parents)` of arrays of one dtype; None three times otherwise."""
    if STANDING:
        args = map(stand_in, args)
    tape, values, parents = None, [*args], []
    for position, arg in enumerate(values):
        if type(arg) is Tracked:
            if arg.tape is not tape:
                if tape is not None:
                    return NOTHING
                tape = arg.tape
            values[position] = arg.value
            parents.append((position, arg.index))
    if set(map(type, values)) != ARRAYS or not are_on():
        return NOTHING
    if tape is not None and (tape.closed or tape.complete):
        return NOTHING
    dtype = values[0].dtype
    alike = dtype.kind == "f" and len(set(map(DTYPE, values))) == 1
    return (tape, values, parents) if alike else NOTHING


ARRAYS, DTYPE, SHAPE = {np.ndarray}, attrgetter("dtype"), attrgetter("shape")


# --- Fully connected layers --------------------------------------------------------


def dense(x, layers):
    """`act(x @ weightᵀ + bias)`, layer after layer, as one entry.

    None if the formula must do it.
    """
    args, acts = [x], []
    for layer in layers:
        args += layer.weight, layer.bias
        acts.append(layer.act)
    tape, values, parents = on_one_tape(*args)
    if values is None or not fit(tuple(map(SHAPE, values))):
        return None
    if not all(map(slope_needs_result_only, set(acts))):
        return None
    *inputs, y = results(values, acts)
    operation, known = OPERATIONS[dense_layers], {"acts": acts, "inputs": inputs}
    return note(tape, operation, y, values, known, parents)


@lru_cache(1024)
def fit(shapes):
    """Whether these are the shapes of a batch of vectors, and of layers for it."""
    x, *parameters = shapes
    if len(x) != 2:
        return False
    features = x[1]
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        if len(weight) != 2 or weight[1] != features or bias != weight[:1]:
            return False
        features = weight[0]
    return True


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


def results(values, acts):
    """`x`, and what each layer makes of what the one before it has made.

    A layer computes in one piece of memory, if its activation allows that.
    """
    x, *parameters = values
    found = [x]
    pairs = zip(parameters[::2], parameters[1::2], strict=True)
    for (weight, bias), act in zip(pairs, acts, strict=True):
        x = x.dot(weight.T)
        x += bias
        if act is not identity:
            x = act(x, out=x) if type(act) is np.ufunc else act(x)
        found.append(x)
    return found


@primitive
def dense_layers(x, *parameters, acts):
    """`act(x @ weightᵀ + bias)`, layer after layer, of a matrix `x`, as one operation.

    The parameters are weight, bias, weight, bias and so on.
    """
    return results((x, *parameters), acts)[-1]


def gradients_of(wanted, g, y, x, *parameters, acts, inputs=None, dot=np.dot):
    """The gradients towards those arguments whose positions are `wanted`.

    From the last layer to the first: `g` is the gradient before the activation, then
    that of the weight is `gᵀ x`, that of the bias the sum of `g` over the batch, and
    that of the layer's input `x` is `g weight`.
    """
    if inputs is None:
        inputs = [x, *formula(x, parameters, acts)[:-1]]
    found = {}
    for layer in range(len(acts) - 1, -1, -1):
        weight, bias = 2 * layer + 1, 2 * layer + 2
        if acts[layer] is not identity:
            g = OPERATIONS[acts[layer]].vjps[0](g, y, None)
        y = inputs[layer]
        if weight in wanted:
            found[weight] = dot(g.T, y)
        if bias in wanted:
            found[bias] = dot(ones(len(g), g.dtype), g)
        if layer or 0 in wanted:
            g = dot(g, parameters[weight - 1])
    found[0] = g
    return [found[position] for position in wanted]


vjp(dense_layers, Each(lambda g, ans, position, *args, **settings:
    gradients_of([position], g, ans, *args, **settings)[0]))  # fmt: skip
together(dense_layers)(partial(gradients_of, dot=np.ndarray.dot))


def formula(x, parameters, acts):
    """What each layer makes of what the one before it has made, differentiably."""
    found = []
    pairs = zip(parameters[::2], parameters[1::2], strict=True)
    for (weight, bias), act in zip(pairs, acts, strict=True):
        x = act(x @ weight.T + bias)
        found.append(x)
    return found


# --- The cross entropy of scores ---------------------------------------------------


def mean_cross_entropy(scores, y, axis, agg):
    """`logitcrossentropy(scores, y)` as one entry; None if the formula must do it.

    That is, if there is more to say than the mean over the rows of a matrix; if scores
    are infinite, of which the formula knows when they count as 0; and if there are so
    many that NumPy is faster than a loop.

    Returns:
        `(loss, suspicious)`: also whether the scores may be probabilities, which the
        loop sees in passing.
    """
    if axis not in (-1, 1) or agg is not np.mean or type(y) is not np.ndarray:
        return None
    tape, values, parents = on_one_tape(scores)
    if values is None or values[0].ndim != 2 or values[0].shape != y.shape:
        return None
    if values[0].dtype not in FOR_NUMBA:
        return None
    if not 0 < y.size <= MANY or y.dtype.kind not in "fiub":
        return None
    found = in_a_row(values[0], y)
    slope = np.empty(y.shape, found[0].dtype)
    loss, suspicious = cross_entropy(slope.dtype)(*found, slope)
    if not isfinite(loss):
        return None
    operation, known = OPERATIONS[cross_entropy_of_scores], {"slope": slope}
    loss = note(tape, operation, slope.dtype.type(loss), found, known, parents)
    return loss, suspicious


MANY, FOR_NUMBA = 1 << 13, {np.dtype(np.float32), np.dtype(np.float64)}


def in_a_row(scores, y):
    """Both as the loop needs them, of one dtype and C-contiguous."""
    return [
        x if x.flags.carray and x.dtype is scores.dtype
        else np.array(x, scores.dtype, order="C")
        for x in (scores, y)
    ]  # fmt: skip


@cache
def cross_entropy(dtype):
    """The compiled loop for arrays of a dtype."""
    from . import kernels  # imports numba: not before it is needed

    return kernels.cross_entropy(dtype)


@primitive
def cross_entropy_of_scores(scores, y):
    """The mean over the rows of `-sum(y log(softmax(scores)))`."""
    return -np.sum(y * logsoftmax(scores)) / len(y)


vjp(cross_entropy_of_scores,
    lambda g, ans, scores, y, slope=None:
        g * (slope_towards_scores(scores, y) if slope is None else slope),
    lambda g, ans, scores, y, slope=None: -g * logsoftmax(scores) / len(y))  # fmt: skip


def slope_towards_scores(scores, y):
    """(softmax(scores) sum(y) - y) / n."""
    return (softmax(scores) * y.sum(axis=1, keepdims=True) - y) / len(y)


@cache
def ones(size, dtype):
    """A vector of ones that is made once."""
    found = np.ones(size, dtype)
    found.flags.writeable = False
    return found
