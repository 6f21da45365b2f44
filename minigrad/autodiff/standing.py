"""Arrays that stand for tracked values, without being handed to the function.

`gradient` hands tracked values to its function, and an array that the function finds
elsewhere is a constant. A class of arrays may want its objects to be more than that
for a while. It then has a method `__stand_in__()`, which returns what to compute with
now, a tracked value or a plain array; and as long as there is such an array,
`STANDING` is not empty. Whatever is recorded asks its arguments then.
"""

import numpy as np

STANDING = []
"""One entry for each running function that finds such arrays; empty nearly always."""

_PLAIN = frozenset((np.ndarray, float, int, bool, str, type(None), slice))


def stand_in(x):
    """What to compute with in the place of `x`, which is `x` for nearly everything.

    >>> class Double:
    ...     def __init__(self, x):
    ...         self.x = x
    ...
    ...     def __stand_in__(self):
    ...         return 2 * self.x
    >>> stand_in(3), stand_in(Double(3))
    (3, 6)
    """
    return x.__stand_in__() if hasattr(type(x), "__stand_in__") else x


def stand_ins(x):
    """The same for all that is in the lists, tuples and dicts of a call.

    >>> stand_ins(([1, 2.0], {"axis": (0, 1)}))
    ([1, 2.0], {'axis': (0, 1)})
    """
    if isinstance(x, (tuple, list)):
        make = getattr(x, "_make", type(x))
        return make([e if type(e) in _PLAIN else stand_ins(e) for e in x])
    if type(x) is dict:
        return {key: stand_ins(value) for key, value in x.items()}
    return stand_in(x)
