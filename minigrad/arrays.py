"""The sources of truth about arrays: what is one, what it stands for, whose it is.

Nobody else asks `isinstance(x, np.ndarray)` to find out what can be trained.
"""

import numpy as np


def is_parameter(x):
    """Whether `x` is an array that can be trained: real or complex floats.

    Numbers, and arrays of integers or booleans, are not parameters.

    >>> is_parameter(np.zeros(2)), is_parameter(np.arange(2)), is_parameter(0.5)
    (True, False, False)
    """
    if not isinstance(x, np.ndarray):
        x = plain(x)
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def plain(x):
    """What `x` stands for inside `gradient`: the value behind all its tapes.

    >>> plain(2.0)
    2.0
    """
    while hasattr(x, "__tracked_value__"):
        x = x.__tracked_value__
    return x


def memory_owner(x):
    """The array whose memory `x` is a view of: `x` itself if it is no view.

    >>> x = np.zeros((2, 3))
    >>> memory_owner(x.T[1:]) is x
    True
    """
    while getattr(x, "base", None) is not None:
        x = x.base
    return x
