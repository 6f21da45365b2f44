"""Numbers that are not finite: whether there are any, and where the first came up."""

from math import isfinite

import numpy as np

from .autodiff.nonfinite import is_finite
from .autodiff.trace import trace
from .duplicated import model_of
from .walks import trainables


def of_the_model(loss, batch):
    """The loss as a function of the model alone, for one item of the data."""
    arguments = batch if type(batch) is tuple else (batch,)
    return lambda model: loss(model, *arguments)


def spelled(number):
    """A number that is not finite, in words: NaN, Inf or -Inf.

    >>> spelled(float("inf"))
    'Inf'
    """
    return "NaN" if np.isnan(number) else ("Inf" if number > 0 else "-Inf")


def all_finite(arrays):
    """Whether all arrays are finite.

    This is asked in every step: the squares of an array are summed first, which is
    faster than a look at each number.

    >>> all_finite([np.ones(3), np.zeros(1)]), all_finite([np.array([np.inf])])
    (True, False)
    """
    vdot = np.vdot
    for x in arrays:
        if not (x.dtype.char in "fd" and isfinite(vdot(x, x))):
            if not np.isfinite(x).all():
                return False
    return True


def cause_of_step(loss, model, batch):
    """A sentence on where the first number came up that is not finite."""
    for path, x in trainables(model_of(model), path=True):
        if not is_finite(x):
            return f"The parameter at {path.place} is not finite itself."
    return first_cause(of_the_model(loss, batch), model)


def first_cause(f, *args):
    """A sentence on where in `f(*args)` the first number came up that is not finite.

    The step is done once more, on a tape that keeps all values: so the tapes of
    steps without a problem need not.
    """
    with np.errstate(all="ignore"):
        tape = trace(f, *args)
        tape.backward()
    return tape.nonfinite() or (
        "Done a second time, the step gave finite numbers only: the loss draws random "
        "numbers, or its data changed."
    )
