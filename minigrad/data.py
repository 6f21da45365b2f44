"""Feeding data to a model: batch after batch, in order or shuffled.

A *data set* is an array whose first axis counts the observations, or several such
arrays side by side in a tuple, named tuple or dict: `(images, labels)`. A
`DataLoader` cuts it into batches of the same structure, ready for
`for x, y in loader`.
"""

from numbers import Integral

from .observations import count, take
from .random import generator


class DataLoader:
    """The data in batches: `ceil(n / batchsize)` of them for `n` observations.

    Each pass (`for batch in loader`) goes through all observations once. Every
    batch is a fresh copy, so changing it in place never changes the data.

    Args:
        data: an array with the observations along `axis`, or a tuple, named
            tuple or dict (nested as you like) of arrays with the same number of
            observations each. A list counts as one column of observations, of
            any kind: its batches are lists. Arrays that belong side by side go
            into a tuple.
        batchsize: observations per batch, 1 or more.
        shuffle: whether each pass takes the observations in a new random order.
        partial: whether a last batch with fewer observations is kept.
        rng: where the order comes from: None for the default generator (at the
            time of the pass, see `minigrad.seed`), a whole number, or a
            `numpy.random.Generator`. Two loaders, or two passes at once, each
            have an order of their own.
        axis: the axis of the arrays that counts the observations: 0, or -1 for
            Flux's layout with the batch last.

    Raises:
        TypeError: a part of the data is not an array, or `batchsize` or `axis`
            is not a whole number.
        ValueError: `batchsize` is below 1.
        ShapeError: an array lacks the axis, or the numbers of observations
            differ.

    After `DataLoader` of MLUtils.jl, which Flux uses.

    >>> import numpy as np
    >>> x, y = np.arange(10.0).reshape(5, 2), np.array([0, 1, 0, 1, 1])
    >>> loader = DataLoader((x, y), batchsize=2)
    >>> loader
    DataLoader(3 batches of 2, 5 observations on axis 0)
    >>> for features, labels in loader:
    ...     print(features.shape, labels)
    (2, 2) [0 1]
    (2, 2) [0 1]
    (1, 2) [1]
    >>> next(iter(DataLoader({"x": x, "name": list("abcde")}, batchsize=2)))
    {'x': array([[0., 1.], [2., 3.]]), 'name': ['a', 'b']}
    """

    def __init__(
        self, data, *, batchsize=1, shuffle=False, partial=True, rng=None, axis=0
    ):
        self.data = data
        self.batchsize = _whole("batchsize", batchsize)
        self.shuffle = shuffle
        self.partial = partial
        self.rng = None if rng is None else generator(rng)
        self.axis = _whole("axis", axis)
        if batchsize < 1:
            raise ValueError(
                f"batchsize={batchsize}: a batch needs at least 1 observation. For "
                f"all of them at once write batchsize=len(x)."
            )
        self._observations = count(data, self.axis, "DataLoader")

    def __len__(self):
        full, left = divmod(self._observations, self.batchsize)
        return full + 1 if left and self.partial else full

    def __iter__(self):
        # The order is drawn here, not at the first batch: a second pass that
        # starts before this one has ended must not change it.
        order = None
        if self.shuffle:
            order = generator(self.rng).permutation(self._observations)
        return (self._batch(number, order) for number in range(len(self)))

    def _batch(self, number, order):
        start = number * self.batchsize
        index = slice(start, start + self.batchsize)
        return take(self.data, index if order is None else order[index], self.axis)

    def __repr__(self):
        left = self._observations - len(self) * self.batchsize
        return (
            f"DataLoader({_plural(len(self), 'batch', 'es')} of {self.batchsize}, "
            f"{_plural(self._observations, 'observation', 's')} on axis {self.axis}"
            f"{', shuffled' if self.shuffle else ''}"
            f"{f', the last {left} left out' if left > 0 else ''})"
        )


def _plural(n, noun, ending):
    return f"{n} {noun}{'' if n == 1 else ending}"


def _whole(name, n):
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(
            f"{name}={n!r} is of type {type(n).__name__}, and must be a whole number: "
            f"write {name}={32 if name == 'batchsize' else 0}, for instance."
        )
    return int(n)
