"""Functions of NumPy that choose, number by number, and that call functions on parts.

All are rewritten with `np.where`, indexing and joining. Those that would write the
numbers into an array are refused, with what to write instead.
"""

import numpy as np

from ...arrays import plain
from ...errors import MutabilityError
from ..operations import Refused
from ..recording import astype
from ..registry import OPERATIONS, composite
from .indexing import add_at

# --- Choices, number by number -------------------------------------------------------


def pick(which, choices):
    """At each place the number of `choices[i]`, where `i` stands in `which`."""
    choices = [np.asarray(x) if isinstance(x, list) else x for x in choices]
    kinds = [getattr(plain(x), "dtype", plain(x)) for x in choices]
    result = np.zeros((), np.result_type(*kinds))
    for i, choice in enumerate(choices):
        result = np.where(np.equal(which, i), choice, result)
    return result


@composite(np.select)
def select(condlist, choicelist, default=0):
    """The number of the first choice whose condition holds."""
    conditions = [plain(condition) for condition in condlist]
    which = np.select(conditions, range(1, len(choicelist) + 1), 0)
    return pick(which, [default, *choicelist])


@composite(np.choose)
def choose(a, choices, out=None, mode="raise"):
    """`choices[a]`, number by number; the mode is for an `a` out of range."""
    return pick(np.choose(plain(a), range(len(choices)), mode=mode), choices)


# --- Functions that are called on parts ----------------------------------------------


@composite(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    """Each function (or number) at its own places: where its condition is the last."""
    shape, values = np.shape(x), np.arange(1, len(funclist) + 1).tolist()
    which = np.piecewise(np.zeros(shape, int), plain(condlist), values).reshape(-1)
    x = np.reshape(x, -1)
    y = np.zeros_like(x)
    for value, f in zip(values, funclist, strict=True):
        mine = which == value
        if np.any(mine):
            part = f(x[mine], *args, **kw) if callable(f) else f
            part = np.broadcast_to(astype(part, y.dtype), np.count_nonzero(mine))
            y = y + add_at(part, mine, y.shape)
    return np.reshape(y, shape)


@composite(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """`func1d` of each vector along `axis`; what it returns stands in their place."""
    vectors = np.moveaxis(arr, axis, -1)
    others = np.shape(vectors)[:-1]
    found = np.stack([func1d(vectors[i], *args, **kwargs) for i in np.ndindex(others)])
    new = np.ndim(found) - 1
    found = np.reshape(found, others + np.shape(found)[1:])
    axis = axis % np.ndim(arr)
    return np.moveaxis(found, range(-new, 0), range(axis, axis + new))


@composite(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    """`func(a, axis)` for one axis after the other, all of which stay."""
    for axis in np.atleast_1d(axes).tolist():
        axis = axis % np.ndim(a)
        found = func(a, axis)
        a = found if np.ndim(found) == np.ndim(a) else np.expand_dims(found, axis)
    return a


# --- What changes an array in place --------------------------------------------------


def refused(function, instead):
    """Register a function of NumPy that writes numbers into an array."""

    def refuse(*args, **kwargs):
        raise MutabilityError(
            f"np.{function.__name__} changes an array in place, and an array that "
            f"changes has no gradient. Build a new one, with {instead}; or write into "
            f"a minigrad.Buffer."
        )

    OPERATIONS[function] = Refused(refuse)


for _function in (np.put, np.put_along_axis, np.place, np.putmask):
    refused(_function, "np.where(mask, values, x)")
refused(np.fill_diagonal, "np.where(np.eye(n, dtype=bool), values, x)")
# np.full and np.full_like copy their number, and so arrive here, too.
refused(np.copyto, "np.where(mask, x, y), or np.broadcast_to(x, shape) for np.full")
