"""Gradients of functions of anything: the calls that a user makes.

`gradient(f, *args)` calls `f` once with tracked arguments, then plays the tape
backwards. The gradient of a model has the model's structure and field names:
`gradient(loss, model)[0].layers[0].weight[1, 2]`. What `f` did not use is None.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import plain
from ..duplicated import kept, models_of
from ..errors import (
    MutabilityError,
    NoGradientError,
    ShapeError,
    described,
    refuse_foreign,
)
from ..functors import children, rebuild
from .structure import (
    collect_seeds,
    own_memory,
    structure,
    track,
    untrack,
)
from .tape import backward, new_tape
from .tracked import Tracked


def gradient(f, *args):
    """The gradients of `f(*args)`, a real number, towards each of its arguments.

        gradient(f, x, y) == (df/dx, df/dy)

    Args:
        f: any function of `args` that returns one real number. It is called once,
            with copies of the containers and models among `args`.
        args: arrays, numbers, or trees of them (tuples, lists, dicts, named
            tuples, models, `Duplicated` models). Integers given directly count as
            floats; integers inside a tree, integer arrays and strings are constants
            (and one of the arguments must be more than that).

    Returns:
        A tuple with one gradient per argument, always a tuple. Each gradient has
        the structure of its argument, with None for what `f` did not use; an
        array's gradient has that array's shape and dtype.

    Raises:
        NoGradientError: `f` uses something without a derivative, or its result
            is complex.
        ShapeError: the result is an array and not a number.

    See Baydin et al., "Automatic differentiation in machine learning: a survey"
    (2018), section 3.2, for the method.

    >>> import numpy as np
    >>> gradient(lambda x, y: x**2 + 3 * y, 2.0, 5.0)
    (4.0, 3.0)
    >>> gradient(lambda m: (m["w"] ** 2).sum(), {"w": np.array([1.0, 2.0]), "n": 3})
    ({'w': array([2., 4.]), 'n': None},)
    """
    y, back = pullback(f, *args)
    if isinstance(y, tuple):
        raise NoGradientError(
            "The function returned a tuple, and a gradient is that of one number. To "
            "return more beside the loss, use withgradient: it differentiates the "
            "first and hands the others through."
        )
    return back(_one(y))


class WithGradient(NamedTuple):
    """The result of `withgradient`.

    Attributes:
        val: what the function returned.
        grad: the tuple of gradients, one per argument.
    """

    val: object
    grad: tuple


def withgradient(f, *args):
    """The value of `f(*args)` together with its gradients, from one call.

    `f` may return a tuple or named tuple: its first entry is differentiated, the
    others come along as plain values in `val`.

    Args:
        f: as in `gradient`, or returning a tuple that begins with the number.
        args: as in `gradient`.

    Returns:
        A named tuple `(val, grad)`; `grad` is what `gradient` returns.

    Raises:
        NoGradientError, ShapeError: as `gradient`.

    >>> withgradient(lambda x: x**2, 3.0)
    WithGradient(val=9.0, grad=(6.0,))
    >>> (loss, twice), grads = withgradient(lambda x: (x**2, 2 * x), 3.0)
    >>> loss, twice, grads
    (9.0, 6.0, (6.0,))
    """
    y, back = pullback(f, *args)
    return WithGradient(y, back(seed_first(y)))


def seed_first(y):
    """The `ybar` that differentiates the number `y`, or the first of a tuple."""
    if not isinstance(y, tuple):
        return _one(y)
    if not y:
        raise NoGradientError("The function returned an empty tuple: no number.")
    seeds = dict.fromkeys(children(y))
    seeds[next(iter(seeds))] = _one(y[0])
    return rebuild(y, seeds)


def _one(y):
    """The gradient of a number towards itself, or a sentence why `y` is none."""
    if isinstance(y, np.floating):
        return type(y)(1)
    if isinstance(y, Tracked):
        return _one(plain(y))
    if not isinstance(y, (np.ndarray, np.generic, int, float, complex)):
        raise NoGradientError(
            f"The function returned {_describe(y)}, and a gradient needs one number. "
            f"Return the loss itself."
        )
    if np.iscomplexobj(y):
        raise NoGradientError(
            f"The function returned the complex number {y}, and a gradient needs a "
            f"real one. Compute with real numbers: np.cos(x) and np.sin(x) are the "
            f"parts of np.exp(1j * x)."
        )
    if np.ndim(y):
        raise ShapeError(
            f"The function returned an array of shape {np.shape(y)}, and a gradient "
            f"needs one number. Sum it or take its mean (np.mean(...)); if you wanted "
            f"the derivative of every output, you wanted jacobian; for a weighted sum "
            f"of them, pullback."
        )
    dtype = getattr(y, "dtype", None)
    return 1.0 if dtype is None or dtype.kind != "f" else dtype.type(1)


def _describe(y):
    return "None (is a return missing?)" if y is None else described(y)


# --- Pullback ------------------------------------------------------------------


def pullback(f, *args):
    """The value of `f(*args)`, and the function that sends gradients back.

        y, back = pullback(f, *args);  back(ybar) == (xbar, ...)

    where `xbar` is the gradient of `sum(ybar * y)` towards the argument `x`. It is
    that at the values which `f` saw: arrays that it saw must not be changed in
    place before the last call of `back`.

    Args:
        f: a function whose result is a number, an array, or a tuple, list, dict,
            named tuple or model of them.
        args: as in `gradient`.

    Returns:
        `(y, back)`: `y` is plain; `back(ybar)` takes the structure of `y`, with
        None where nothing is asked, and may be called any number of times.

    Raises:
        NoGradientError: `f` uses something without a derivative.
        MutabilityError: `f` writes into an array.

    >>> import numpy as np
    >>> y, back = pullback(np.sin, np.array([0.0, np.pi]))
    >>> back(np.array([1.0, 1.0]))
    (array([ 1., -1.]),)
    """
    if not callable(f):
        raise TypeError(
            f"gradient and its like need a function first, and were given "
            f"{described(f)}. Write gradient(lambda m: loss(m(x), y), model): the "
            f"function is called with tracked arguments, so it must not be called "
            f"before."
        )
    return played(new_tape(), f, args)


def played(tape, f, args):
    """`pullback(f, *args)` on a new tape."""
    try:
        tracked = [track(arg, tape, top=True) for arg in models_of(args)]
    except RecursionError:
        raise ValueError(
            "An argument contains itself, and so its gradient would have no end. "
            "Models are trees: take the reference that leads back out of it."
        ) from None
    tape.inputs = len(tape)
    if args and not tape:
        raise _nothing_to_differentiate(args)
    try:
        output = tape.call(f, [arg for arg, _ in tracked])
    except ValueError as error:
        if isinstance(error.__cause__, NoGradientError):  # NumPy hid our sentence
            raise MutabilityError(
                "A tracked number was written into a plain array, as in out[i] = x or "
                "by an option like np.sum(y, initial=x), where its gradient would be "
                "lost. Collect the numbers in a list and write np.stack(numbers), or "
                "compute them all at once (np.sum(y) + x)."
            ) from error
        raise
    places = [place for _, place in tracked]
    return untrack(output, tape), Pullback(tape, args, places, output)


def _nothing_to_differentiate(args):
    """A sentence why, where no argument holds a float."""
    refuse_foreign(*args)
    for position, x in enumerate(args):
        if isinstance(x, np.ndarray):
            what = "Python objects" if x.dtype.kind == "O" else f"the dtype {x.dtype}"
            return NoGradientError(
                f"There is nothing to differentiate: argument {position} is an array "
                f"of {what}, and a gradient is that of floats. Write x.astype(float), "
                f"or 2.0 for 2, where the array is made."
            )
    given = ", ".join(map(described, args))
    return NoGradientError(
        f"There is nothing to differentiate: not one float is in {given}. Integers in "
        f"lists and models are constants: write 2.0 for 2. Is a class of yours a model "
        f"that is not marked with @minigrad.functor?"
    )


class Pullback:
    """The second result of `pullback`: call it with the gradient of the output.

    Attributes:
        tape: the tape, for looking at.
        places: where the numbers of each argument stand on it.
        output: what the function returned, tracked.
    """

    __slots__ = ("_args", "output", "places", "tape")

    def __init__(self, tape, args, places, output):
        self.tape = tape
        self._args = args
        self.places = places
        self.output = output

    def __call__(self, ybar):
        """The gradients of `sum(ybar * y)`, one per argument of the function."""
        seeds = collect_seeds(self.output, ybar, self.tape)
        gradients = own_memory(backward(self.tape, seeds), seeds)
        pairs = zip(self._args, self.places, strict=True)
        return tuple(kept(x, structure(at, gradients, self.tape)) for x, at in pairs)
