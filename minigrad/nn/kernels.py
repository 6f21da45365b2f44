"""Loops, compiled by numba, for what takes many short passes in NumPy."""

from functools import partial
from types import FunctionType

import numpy as np

from ..compiling import compiled, compiled_now


def _cross_entropy(scores, y, slope):
    """The mean cross entropy of scores; its slope towards them goes to `slope`.

    One row after the other: softmax(s) = exp(s - max(s)) / sum(exp(s - max(s))), the
    loss is -sum(y log(softmax(s))), and its slope softmax(s) sum(y) - y.

    The second result is whether the scores may be probabilities: none is negative, and
    each row sums to 1, or nearly so. `doubt_scores` looks closer then.
    """
    n, classes = scores.shape
    total, suspicious = 0.0, True
    for i in range(n):
        top, together = scores[i, 0], 0.0
        for j in range(classes):
            top = max(top, scores[i, j])
            together += scores[i, j]
            suspicious &= scores[i, j] >= 0
        suspicious &= abs(together - 1) < 0.01
        exponentials = weights = 0.0
        for j in range(classes):
            slope[i, j] = np.exp(scores[i, j] - top)
            exponentials += slope[i, j]
            weights += y[i, j]
        log = np.log(exponentials)
        for j in range(classes):
            total += y[i, j] * (log - (scores[i, j] - top))
            slope[i, j] = (slope[i, j] * (weights / exponentials) - y[i, j]) / n
    return total / n, suspicious


def cross_entropy(dtype):
    """The loop above, compiled for arrays of a dtype that are C-contiguous.

    Without numba it warns no more of infinite numbers than when it is compiled: the
    caller looks at the result.
    """
    make, row = partial(compiled, _cross_entropy), np.zeros((1, 1), dtype)
    function = compiled_now(make, "the cross entropy", row, row, row)
    if isinstance(function, FunctionType):
        return np.errstate(all="ignore")(function)
    return function
