"""Memory that is used again: scratch space for numbers that nobody is shown.

Fresh memory is not for free: the system hands it out page by page, at the first touch,
and for an array of a megabyte that takes longer than to fill it with products. Large
arrays that an operation needs in every step, and hands to nobody, are taken from here:
an LSTM of 32 steps takes two thirds of the time then.
"""

import sys

import numpy as np

KEPT, MOST = {}, 1 << 26
"""Arrays by shape and dtype; and how many bytes of them are kept at most."""


def scratch(shape, dtype):
    """An array like `np.empty(shape, dtype)`, in memory that may have been used before.

    It is handed out again only when there is no reference to it left, nor to a view of
    it: so whoever keeps it, in whatever thread, has it alone.

    Args:
        shape: a tuple.
        dtype: a `numpy.dtype` of floats.

    Returns:
        An array. Its numbers are arbitrary.

    >>> first = scratch((2, 3), np.dtype(np.float32))
    >>> view = first[0]
    >>> del first
    >>> second = scratch((2, 3), np.dtype(np.float32))
    >>> np.shares_memory(view, second)
    False
    """
    known = KEPT.setdefault((shape, dtype.char), [])
    found = _with_references(known, ALONE)
    if found is None:
        found = np.empty(shape, dtype)
        if (
            found.nbytes + sum(x.nbytes for part in [*KEPT.values()] for x in part)
            > MOST
        ):
            KEPT.clear()
        known.append(found)
    return found


def _with_references(arrays, number):
    """The first of the arrays to which there are so many references."""
    for array in arrays:
        if sys.getrefcount(array) == number:
            return array
    return None


def _alone():
    """How many references Python counts, in the loop above, where nobody has one."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None  # threads that run at once cannot ask: nothing is used again
    return next(n for n in range(9) if _with_references([np.empty(0)], n) is not None)


ALONE = _alone()
