"""From scores to probabilities, along the axis of the classes.

Nothing here overflows, whatever the scores: all of it stays the same, or is shifted by
as much, when all scores are shifted; so the largest is made 0 first.
"""

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import vjp
from ...autodiff.vjps.reductions import restore
from ...hollow import Hollow


@primitive
def softmax(x, axis=-1):
    """softmax(x)_i = exp(x_i) / sum_j exp(x_j): positive, with sum 1 along `axis`.

    A score of -inf (a masked class) gets probability 0; where all are -inf there
    is no distribution, and the result is NaN.

    Args:
        x: scores, of shape (..., classes) for the default axis.
        axis: the axis, or tuple of axes, of the classes; None for all.

    Returns:
        An array of the shape of `x`.

    >>> softmax(np.array([[0.0, 0.0], [1e4, -np.inf]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    e = np.exp(_shifted(x, axis))
    return e / e.sum(axis=axis, keepdims=True)


def _shifted(x, axis):
    """`x` minus its largest: softmax is the same, and exp cannot overflow."""
    x = x if type(x) is Hollow else np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    return x - x.max(axis=axis, keepdims=True)


def softmax_vjp(g, ans, x, axis=-1):
    """d softmax_i / dx_j = softmax_i ([i = j] - softmax_j)."""
    return ans * (g - (g * ans).sum(axis=axis, keepdims=True))


vjp(softmax, softmax_vjp)


@primitive
def logsoftmax(x, axis=-1):
    """logsoftmax(x)_i = x_i - log(sum_j exp(x_j)), without leaving the logarithm.

    Where softmax would round to 0, its logarithm here is still exact.

    Args:
        x: scores, of shape (..., classes) for the default axis.
        axis: as in `softmax`.

    Returns:
        An array of the shape of `x`.

    >>> logsoftmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    x = _shifted(x, axis)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def logsoftmax_vjp(g, ans, x, axis=-1):
    """d logsoftmax_i / dx_j = [i = j] - softmax_j."""
    return g - np.exp(ans) * g.sum(axis=axis, keepdims=True)


vjp(logsoftmax, logsoftmax_vjp)


@primitive
def logsumexp(x, axis=-1, keepdims=False):
    """logsumexp(x) = log(sum_i exp(x_i)) along `axis`: a smooth maximum.

    Entries of -inf are ignored; of nothing but those the result is -inf.

    Args:
        x: an array.
        axis: the axis or tuple of axes to sum over; None for all.
        keepdims: whether the summed axes stay, with size 1.

    Returns:
        An array without these axes, or a number.

    >>> logsumexp(np.array([[1e4, -np.inf], [-1e4, -1e5]]))
    array([ 10000., -10000.])
    """
    largest = 1.0 * np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore"):  # log(0) = -inf is the answer then
        total = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True))
    result = total + largest
    return result if keepdims else np.squeeze(result, axis)[()]


def logsumexp_vjp(g, ans, x, axis=-1, keepdims=False):
    """d logsumexp / dx_i = softmax_i."""
    return restore(g, x, axis, keepdims) * softmax(x, axis)


vjp(logsumexp, logsumexp_vjp)
