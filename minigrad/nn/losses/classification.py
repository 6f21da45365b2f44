"""Losses of classification: how surprising the targets are, given the predictions."""

import numpy as np

from ..activations import logsoftmax, softplus
from ..fused import mean_cross_entropy
from .comparing import check_values, comparable, doubt_scores, epsilon_for
from .logarithms import surprise, xlogy

PROBABILITIES = (
    "probabilities",
    "Of scores, take logitcrossentropy, without a softmax before it.",
)
PROBABILITY = (
    "probabilities",
    "Of scores, take logitbinarycrossentropy, without a sigmoid before it.",
)


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
    yhat, y = comparable("crossentropy", yhat, y, axis)
    epsilon = epsilon_for(yhat, epsilon)
    check_values("crossentropy", *PROBABILITIES, low=-epsilon, yhat=yhat)
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

    Warns, once, about scores that look like the probabilities after a softmax.

    >>> print(logitcrossentropy([[1e4, -1e4]], [[0, 1]]))
    20000.0
    """
    known = mean_cross_entropy(yhat, y, axis, agg)
    if known is None:
        yhat, y = comparable("logitcrossentropy", yhat, y, axis)
        known = agg(surprise(y, logsoftmax(yhat, axis), axis)), True
    loss, suspicious = known
    if suspicious:
        doubt_scores("logitcrossentropy", yhat, axis)
    return loss


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
    yhat, y = comparable("binarycrossentropy", yhat, y)
    epsilon = epsilon_for(yhat, epsilon)
    low, high = -epsilon, 1 + epsilon
    check_values("binarycrossentropy", *PROBABILITY, low=low, high=high, yhat=yhat)
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
    yhat, y = comparable("logitbinarycrossentropy", yhat, y)
    return agg(y * softplus(-yhat) + (1 - y) * softplus(yhat))


def kldivergence(yhat, y, *, axis=-1, agg=np.mean, epsilon=None):
    """The Kullback-Leibler divergence: agg(sum(y log(y) - y log(yhat + epsilon))).

    How many nats more it takes to tell what happened if one expects yhat where y is
    true. It is 0 where both are equal, and `crossentropy` minus the entropy of y: as
    a function of yhat, it has the same gradient.

    Args:
        yhat: probabilities, (N, classes) for the default axis.
        y: the true probabilities, of the same shape.
        axis: the axis of the classes, which is summed over.
        agg: makes one number of the divergences, one per observation.
        epsilon: as in `crossentropy`.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a probability is negative.

    >>> print(kldivergence([[0.5, 0.5]], [[1, 0]]).round(12))  # log(2)
    0.69314718056
    """
    yhat, y = comparable("kldivergence", yhat, y, axis)
    epsilon = epsilon_for(yhat, epsilon)
    check_values("kldivergence", *PROBABILITIES, low=-epsilon, yhat=yhat)
    check_values("kldivergence", *PROBABILITIES, y=y)
    return agg(np.sum(xlogy(y, y) - xlogy(y, yhat + epsilon), axis=axis))
