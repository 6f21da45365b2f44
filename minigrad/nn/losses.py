"""Losses: one number that says how far predictions are from their targets.

Each is called as `loss(yhat, y)`: the prediction first, then the target, of the
same shape. In training the prediction comes from the model,
`lambda m, x, y: mse(m(x), y)`. A loss is first computed for each observation, then
made one number by `agg`: the mean by default, `np.sum`, or `identity` to see all.

The definitions are those of Flux, "Loss Functions".
"""

import numpy as np

from ..arrays import plain
from ..autodiff.recording import primitive
from ..autodiff.registry import elementwise, vjp
from ..autodiff.tracked import Tracked
from ..autodiff.vjps.reductions import restore
from ..errors import DomainError, ShapeError
from .activations import logsoftmax, softplus
from .fused import mean_cross_entropy

# --- Regression ----------------------------------------------------------------


def mse(yhat, y, *, agg=np.mean):
    """The mean squared error: agg((yhat - y)²).

    Args:
        yhat: predictions, of any shape. The loss has their dtype.
        y: targets of the same shape: an array, a list of numbers, or one number
            that is the target everywhere.
        agg: makes one number of the array of losses.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError: the shapes differ. Nothing is broadcast: (N, 1) against (N,)
            would make N² differences.
        TypeError: the numbers are complex, or not numbers.

    >>> print(mse([0.9, 0.1, 0.1, 0.9], [1, 1, 0, 0]).round(12))
    0.41
    """
    yhat, y = _comparable("mse", yhat, y)
    return agg((yhat - y) ** 2)


def mae(yhat, y, *, agg=np.mean):
    """The mean absolute error: agg(|yhat - y|).

    Arguments and errors as `mse`. Where both are equal the slope is taken to be 0.

    >>> print(mae([1.1, 1.9, 3.0], [1, 2, 3], agg=np.sum).round(12))
    0.2
    """
    yhat, y = _comparable("mae", yhat, y)
    return agg(np.abs(yhat - y))


# --- Classification ------------------------------------------------------------


def crossentropy(yhat, y, *, axis=-1, agg=np.mean, epsilon=None):
    """The cross entropy of probabilities: agg(-sum(y log(yhat + epsilon))).

    Of scores before a softmax, `logitcrossentropy` computes the same more
    precisely; prefer it. Classes with y = 0 contribute 0, whatever yhat.

    Args:
        yhat: probabilities, (N, classes) for the default axis.
        y: their targets, of the same shape: one-hot (`onehotbatch`), or
            probabilities.
        axis: the axis of the classes, which is summed over.
        agg: makes one number of the losses, one per observation.
        epsilon: keeps the logarithm finite at yhat = 0; by default the machine
            epsilon of the dtype of `yhat`.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a probability is negative.

    >>> yhat, y = np.array([[0.3, 0.7], [0.3, 0.7]]), [[1, 0], [1, 0]]
    >>> print(crossentropy(yhat, y).round(12))  # -log(0.3)
    1.203972804326
    """
    yhat, y = _comparable("crossentropy", yhat, y, axis)
    epsilon = _epsilon(yhat, epsilon)
    _check_probabilities("crossentropy", yhat, -epsilon, np.inf)
    return agg(-np.sum(xlogy(y, yhat + epsilon), axis=axis))


def logitcrossentropy(yhat, y, *, axis=-1, agg=np.mean):
    """The cross entropy of scores: agg(-sum(y logsoftmax(yhat))).

    The same as `crossentropy(softmax(yhat), y)`, and precise for scores of any
    size. A score of -inf (a masked class) costs nothing where y = 0.

    Args:
        yhat: scores, (N, classes) for the default axis: the model's output without
            a softmax.
        y: targets, as in `crossentropy`.
        axis: the axis of the classes, which is summed over.
        agg: makes one number of the losses, one per observation.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.

    >>> print(logitcrossentropy([[1e4, -1e4]], [[0, 1]]))
    20000.0
    """
    mean = mean_cross_entropy(yhat, y, axis, agg)
    if mean is not None:
        return mean
    yhat, y = _comparable("logitcrossentropy", yhat, y, axis)
    return agg(surprise(y, logsoftmax(yhat, axis), axis))


def binarycrossentropy(yhat, y, *, agg=np.mean, epsilon=None):
    """agg(-y log(yhat + epsilon) - (1 - y) log(1 - yhat + epsilon)).

    Of scores before a sigmoid, `logitbinarycrossentropy` computes the same more
    precisely; prefer it.

    Args:
        yhat: probabilities of "yes", of any shape.
        y: targets of the same shape: 1 for "yes" and 0 for "no", or in between.
        agg: makes one number of the losses, one per prediction.
        epsilon: as in `crossentropy`.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a probability is negative or above 1.

    >>> print(binarycrossentropy([0.5, 0.75], [True, False]).round(12))  # log(8) / 2
    1.03972077084
    """
    yhat, y = _comparable("binarycrossentropy", yhat, y)
    epsilon = _epsilon(yhat, epsilon)
    _check_probabilities("binarycrossentropy", yhat, -epsilon, 1 + epsilon)
    return agg(-xlogy(y, yhat + epsilon) - xlogy(1 - y, 1 - yhat + epsilon))


def logitbinarycrossentropy(yhat, y, *, agg=np.mean):
    """agg(y softplus(-yhat) + (1 - y) softplus(yhat)).

    The same as `binarycrossentropy(sigmoid(yhat), y)`, since -log(sigmoid(x)) is
    softplus(-x), and as Flux's (1 - y) yhat - logsigmoid(yhat); but without
    subtracting large numbers from each other.

    Args:
        yhat: scores, of any shape: the model's output without a sigmoid.
        y: targets, as in `binarycrossentropy`.
        agg: makes one number of the losses, one per prediction.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.

    >>> print(logitbinarycrossentropy([-1e4, 1e4], [0, 0]))
    5000.0
    """
    yhat, y = _comparable("logitbinarycrossentropy", yhat, y)
    return agg(y * softplus(-yhat) + (1 - y) * softplus(yhat))


# --- Products with a logarithm, where 0 times -inf is 0 ------------------------


@primitive
def xlogy(x, y):
    """x log(y), and 0 where both are 0: the limit of x log(x).

    >>> xlogy(np.array([0.0, 1.0]), np.array([0.0, np.e]))
    array([0., 1.])
    """
    return x * np.log(_positive(x, y))


def _positive(x, y):
    """`y`, with 1 where `x` and `y` are both 0."""
    return np.where(np.logical_and(np.equal(x, 0), np.equal(y, 0)), 1, y)


elementwise(xlogy, lambda g, ans, x, y: g * np.log(_positive(x, y)),
                   lambda g, ans, x, y: g * x / _positive(x, y))  # fmt: skip


@primitive
def surprise(y, logp, axis):
    """-sum(y logp) along `axis`, where classes with y = 0 count as 0.

    >>> surprise(np.array([0.0, 2.0]), np.array([-np.inf, -3.0]), -1)
    np.float64(6.0)
    """
    return -(y * _finite(y, logp)).sum(axis=axis)


def _finite(y, logp):
    """`logp`, with 0 where `y` is 0 and `logp` is -inf."""
    masked = np.equal(logp, -np.inf)
    if not masked.any():
        return logp
    return np.where(np.logical_and(masked, np.equal(y, 0)), 0, logp)


vjp(surprise, lambda g, ans, y, logp, axis: -restore(g, y, axis) * _finite(y, logp),
              lambda g, ans, y, logp, axis: -restore(g, y, axis) * y)  # fmt: skip


def _epsilon(yhat, epsilon):
    """`epsilon` as a number of the dtype of `yhat`, which then stays what it is."""
    dtype = yhat.dtype
    return np.finfo(dtype).eps if epsilon is None else dtype.type(epsilon)


# --- What can be compared ------------------------------------------------------


def _comparable(loss, yhat, y, axis=None):
    """`yhat` and `y` as arrays of one shape and of the dtype of `yhat`.

    The prediction decides the dtype (integers count as float64): a float64 target
    must not turn loss and gradients of a float32 model into float64.
    """
    yhat, y = _array(yhat), _array(y)
    if yhat.shape != y.shape and y.ndim:
        raise ShapeError(
            f"{loss}(yhat, y) compares each prediction with its own target: yhat has "
            f"shape {yhat.shape}, y has shape {y.shape}. {_advice(yhat, y, axis)}"
        )
    for name, x in (("yhat", yhat), ("y", y)):
        if x.dtype.kind not in "fiub":
            raise TypeError(
                f"{loss}(yhat, y) compares real numbers, and {name} has the dtype "
                f"{x.dtype}. Compare the real and imaginary parts of complex numbers; "
                f"turn labels into numbers with onehotbatch."
            )
    if yhat.dtype.kind != "f":
        yhat = yhat.astype(np.float64)
    return yhat, y if y.dtype == yhat.dtype else y.astype(yhat.dtype)


def _array(x):
    return x if isinstance(x, (np.ndarray, Tracked)) else np.asarray(x)


def _advice(yhat, y, axis):
    """The line that makes the two shapes equal, as far as they tell."""
    if y.ndim == yhat.ndim > 1 and y.shape == yhat.shape[::-1]:
        return "Did you mean y.T?"
    if y.size == yhat.size and yhat.shape == (*y.shape, 1):
        return "Write y.reshape(yhat.shape), or take yhat[..., 0]."
    if y.size == yhat.size:
        return "Write y.reshape(yhat.shape)."
    if _are_labels(yhat, y, axis):
        return f"For class labels, write onehotbatch(y, range({yhat.shape[axis]}))."
    return "Bring both to the same shape."


def _are_labels(yhat, y, axis):
    """Whether `y` has one entry for each row of classes along `axis`."""
    if axis is None or y.ndim != yhat.ndim - 1:
        return False
    return y.shape == tuple(np.delete(yhat.shape, axis))


def _check_probabilities(loss, yhat, low, high):
    values = plain(yhat)
    if np.any((values < low) | (values > high)):
        raise DomainError(
            f"{loss} takes probabilities, and yhat has values from {np.min(values)} "
            f"to {np.max(values)}. Of scores, take logit{loss}, without a softmax or "
            f"sigmoid before it."
        )
