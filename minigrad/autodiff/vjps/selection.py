"""Functions that choose numbers, or move them to other places.

What NumPy does to the numbers it does to their places as well: so the function is
called on the places 1, 2, 3, ..., and then the numbers are looked up. Place 0 holds a
zero, which is what NumPy puts where no number is.
"""

from inspect import signature

import numpy as np

from ...arrays import plain
from ...errors import MutabilityError, NoGradientError
from ..operations import Composite, Refused
from ..registry import OPERATIONS, composite

# --- The same function, applied to places ------------------------------------------


def looked_up(function, x, *args, **kwargs):
    """`function(x, *args, **kwargs)`, for a function that only moves numbers."""
    places = np.arange(1, np.size(x) + 1).reshape(np.shape(x))
    found = function(places, *args, **kwargs)
    zero = np.zeros(1, getattr(x, "dtype", float))
    return np.concatenate([zero, np.reshape(x, -1)])[found]


def moves(function):
    """Register a function whose first argument is an array that it only moves."""
    name = next(iter(signature(function).parameters))

    def rewritten(*args, **kwargs):
        x, *others = args if args else (kwargs.pop(name),)
        return looked_up(function, x, *map(plain, others), **kwargs)

    rewritten.__signature__ = signature(function)
    OPERATIONS[function] = Composite(rewritten)


for _function in (
    np.rot90,
    np.triu,
    np.tril,
    np.diag,
    np.diagflat,
    np.diagonal,
    np.resize,
    np.delete,
    np.take,
    np.take_along_axis,
):
    moves(_function)


@composite(np.trim_zeros)
def trim_zeros(filt, trim="fb", axis=None):
    """Without the zeros at its ends."""
    places = np.argwhere(plain(filt) != 0)
    if len(places) == 0:
        return np.reshape(filt, -1)[:0] if np.ndim(filt) == 1 else filt[(slice(0),)]
    axes = range(np.ndim(filt)) if axis is None else np.atleast_1d(axis) % np.ndim(filt)
    index = [slice(None)] * np.ndim(filt)
    for k in axes:
        start = places[:, k].min() if "f" in trim.lower() else 0
        stop = places[:, k].max() + 1 if "b" in trim.lower() else None
        index[k] = slice(start, stop)
    return filt[tuple(index)]


@composite(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sum of the diagonal."""
    found = np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)
    return found if dtype is None else found.astype(dtype)


# --- Choosing ----------------------------------------------------------------------


@composite(np.compress)
def compress(condition, a, axis=None, out=None):
    """The slices along `axis` where `condition` is true."""
    a = np.reshape(a, -1) if axis is None else a
    axis = 0 if axis is None else axis % np.ndim(a)
    return a[(slice(None),) * axis + (np.flatnonzero(plain(condition)),)]


@composite(np.extract)
def extract(condition, arr):
    """The numbers where `condition` is true."""
    return np.reshape(arr, -1)[np.flatnonzero(plain(condition))]


@composite(np.select)
def select(condlist, choicelist, default=0):
    """Everywhere the first choice whose condition is true."""
    result = default
    pairs = zip(condlist, choicelist, strict=True)
    for condition, choice in reversed(list(pairs)):
        result = np.where(condition, choice, result)
    return result


@composite(np.choose)
def choose(a, choices, out=None, mode="raise"):
    """Everywhere the choice whose number stands in `a`."""
    a, choices = plain(a), np.broadcast_arrays(*choices)
    which = np.choose(a, np.arange(len(choices)).reshape(-1, *[1] * np.ndim(a)), None,
                      mode)  # fmt: skip
    which, first = np.broadcast_arrays(which, np.empty(np.shape(choices[0]), bool))
    return np.stack([np.broadcast_to(x, first.shape) for x in choices])[
        (which, *np.indices(first.shape))
    ]


@composite(np.insert)
def insert(arr, obj, values, axis=None):
    """`arr` with other numbers in between."""
    arr = np.reshape(arr, -1) if axis is None else arr
    axis = 0 if axis is None else axis % np.ndim(arr)
    # Where NumPy puts the places -1, -2, ... of `values`, and those of `arr`.
    n = np.size(values)
    places = np.arange(n, n + np.size(arr)).reshape(np.shape(arr))
    found = np.insert(places, obj, np.arange(n).reshape(np.shape(values)), axis)
    numbers = [np.reshape(values, -1), np.reshape(arr, -1)]
    return np.concatenate(numbers, dtype=arr.dtype)[found]


# --- What changes an array in place, and what calls back ---------------------------


def _refused(function, error, advice):
    def refuse(*args, **kwargs):
        raise error(f"np.{function.__name__} {advice}")

    OPERATIONS[function] = Refused(refuse)


for _function in (np.put, np.place, np.putmask, np.copyto, np.put_along_axis,
                  np.fill_diagonal):  # fmt: skip
    _refused(
        _function,
        MutabilityError,
        "changes an array in place, and an array that changes has no gradient. Build a "
        "new one: np.where(mask, new, x), np.concatenate, np.stack, or "
        "minigrad.Buffer.",
    )
for _function in (np.apply_along_axis, np.apply_over_axes, np.piecewise):
    _refused(
        _function,
        NoGradientError,
        "writes what your function returns into a plain array, where its gradient "
        "would be lost. Use np.where for cases, and np.stack([f(row) for row in x]) "
        "to call a function on every row.",
    )
