"""Preparing data: splitting it, shuffling it, putting single observations together.

Everything here takes a data set as `DataLoader` does: an array whose first axis counts
the observations, a list of them, or a tuple, named tuple or dict of such columns side
by side, which are treated alike. What is returned has the same structure, in copies.

The names are those of MLUtils.jl, which Flux uses.
"""

from numbers import Integral, Real

import numpy as np

from .errors import ShapeError, described
from .functors import children, is_leaf, rebuild
from .observations import count, take
from .random import generator

# --- Parts of a data set --------------------------------------------------------------


def splitobs(data, *, at=0.7, shuffle=False, rng=None, axis=0):
    """The data in parts, one after the other: to train with, and to test with.

    Args:
        data: a data set of n observations.
        at: how large the parts are, but for the last, which gets the rest: a fraction
            between 0 and 1 (of n, rounded), a whole number of observations, or a tuple
            of either.
        shuffle: whether to take the observations in a random order.
        rng: where the order comes from, as in `DataLoader`.
        axis: the axis that counts the observations.

    Returns:
        A tuple of data sets, one more than there are numbers in `at`.

    Raises:
        ValueError: the parts would be larger than the data.
        TypeError, ShapeError: as `DataLoader`.

    >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> (x_train, y_train), (x_test, y_test) = splitobs((x, y), at=0.6)
    >>> y_train, y_test
    (array([0, 1, 2]), array([3, 4]))
    >>> [len(part) for part in splitobs(y, at=(0.4, 0.2))]
    [2, 1, 2]
    """
    n = count(data, axis, "splitobs")
    sizes = [_size(part, n) for part in (at if isinstance(at, tuple) else (at,))]
    if sum(sizes) > n:
        raise ValueError(
            f"splitobs(at={at!r}): the parts have {sum(sizes)} observations together, "
            f"and the data has {n}."
        )
    data = shuffleobs(data, rng=rng, axis=axis) if shuffle else data
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple(
        take(data, slice(start, end), axis)
        for start, end in zip(ends, [*ends[1:], n], strict=True)
    )


def _size(part, n):
    """The number of observations that an entry of `at` stands for."""
    if isinstance(part, Integral) and not isinstance(part, bool) and part >= 0:
        return int(part)
    if isinstance(part, Real) and not isinstance(part, Integral) and 0 <= part <= 1:
        return round(float(part) * n)
    raise ValueError(
        f"splitobs(at={part!r}): a part is a fraction between 0 and 1 (at=0.7), or a "
        f"number of observations (at=100)."
    )


def shuffleobs(data, *, rng=None, axis=0):
    """The observations in a random order, the same for all columns.

    Args:
        data: a data set.
        rng: None for the default generator, a seed, or a `numpy.random.Generator`.
        axis: the axis that counts the observations.

    Returns:
        A data set of the same structure.

    >>> x, y = shuffleobs((np.arange(5), np.arange(5) * 10), rng=0)
    >>> x, y
    (array([2, 4, 3, 0, 1]), array([20, 40, 30,  0, 10]))
    """
    order = generator(rng).permutation(count(data, axis, "shuffleobs"))
    return take(data, order, axis)


def kfolds(data, k=5, *, axis=0):
    """For each of k parts of the data: the other parts, and this one.

    Of n observations the first n mod k parts have one more than the others. The order
    stays; shuffle before (`shuffleobs`) where it means something.

    Args:
        data: a data set of at least k observations.
        k: the number of folds, 2 or more.
        axis: the axis that counts the observations.

    Returns:
        A list of k pairs `(training data, validation data)`.

    Raises:
        ValueError: k is below 2, or larger than the number of observations.

    >>> for train, validation in kfolds(np.arange(5), 3):
    ...     print(train, validation)
    [2 3 4] [0 1]
    [0 1 4] [2 3]
    [0 1 2 3] [4]
    """
    n = count(data, axis, "kfolds")
    if isinstance(k, bool) or not isinstance(k, Integral) or not 2 <= k <= n:
        raise ValueError(
            f"kfolds(data, k={k!r}): k must be a whole number between 2 and the number "
            f"of observations, {n}."
        )
    folds = np.array_split(np.arange(n), int(k))
    return [
        (take(data, np.setdiff1d(np.arange(n), fold), axis), take(data, fold, axis))
        for fold in folds
    ]


# --- One observation after the other, and back ------------------------------------


def eachobs(data, *, axis=0):
    """The observations one by one, without the axis that counts them.

    Args:
        data: a data set.
        axis: the axis that counts the observations.

    Returns:
        A generator of observations, in the structure of the data.

    >>> for x, y in eachobs((np.eye(2), [3, 4])):
    ...     print(x, y)
    [1. 0.] 3
    [0. 1.] 4
    """
    n = count(data, axis, "eachobs")
    return (_one(data, i, axis) for i in range(n))


def unbatch(data, *, axis=0):
    """The list of the observations of a batch: the inverse of `batch`.

    >>> unbatch(np.array([[1, 2], [3, 4]]))
    [array([1, 2]), array([3, 4])]
    """
    return list(eachobs(data, axis=axis))


def _one(data, i, axis):
    if isinstance(data, np.ndarray):
        return data.swapaxes(axis, 0)[i].copy() if axis == 0 else data.take(i, axis)
    if isinstance(data, list):
        return data[i]
    parts = children(data).items()
    return rebuild(data, {key: _one(part, i, axis) for key, part in parts})


def batch(observations, *, axis=0):
    """One batch of single observations: arrays are stacked along a new axis.

    Args:
        observations: a list of arrays or numbers of one shape; or of tuples, named
            tuples or dicts of them, which become one tuple or dict of batches.
        axis: where the new axis is put.

    Returns:
        A data set of as many observations.

    Raises:
        ValueError: the list is empty.
        ShapeError: the observations have different shapes or structures.

    >>> batch([np.array([1, 2]), np.array([3, 4])])
    array([[1, 2],
           [3, 4]])
    >>> batch([(1.0, "a"), (2.0, "b")])
    (array([1., 2.]), ['a', 'b'])
    """
    observations = list(observations)
    if not observations:
        raise ValueError("batch([]): a batch needs at least one observation.")
    first = observations[0]
    if is_leaf(first):
        return _stacked(observations, axis)
    keys = children(first).keys()
    for number, other in enumerate(observations):
        if type(other) is not type(first) or children(other).keys() != keys:
            raise ShapeError(
                f"batch: observation {number} is {described(other)} with "
                f"{list(children(other))}, and the first is {described(first)} with "
                f"{list(keys)}. All need the same structure."
            )
    parts = {key: [children(each)[key] for each in observations] for key in keys}
    return rebuild(first, {key: batch(part, axis=axis) for key, part in parts.items()})


def _stacked(observations, axis):
    if not all(isinstance(x, (np.ndarray, np.generic, Real)) for x in observations):
        return observations  # strings and other things stay in a list
    shapes = [np.shape(x) for x in observations]
    for number, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ShapeError(
                f"batch: observation {number} has shape {shape}, and the first has "
                f"{shapes[0]}. Cut or pad them to one shape, or keep a list."
            )
    return np.stack(observations, axis)
