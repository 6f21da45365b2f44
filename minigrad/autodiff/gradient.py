"""Gradients of functions of anything: the calls that a user makes.

`gradient(f, *args)` calls `f` once with tracked arguments, then plays the tape
backwards. The gradient of a model has the model's structure and field names:
`gradient(loss, model)[0].layers[0].weight[1, 2]`. What `f` did not use is None.
"""

from typing import NamedTuple

import numpy as np

from ..errors import NoGradientError, ShapeError
from ..functors import children, is_leaf, is_object, mirror, rebuild
from .tape import Tape, backward, plain
from .tracked import Tracked


def gradient(f, *args):
    """The gradients of `f(*args)`, a real number, towards each of its arguments.

        gradient(f, x, y) == (df/dx, df/dy)

    Args:
        f: any function of `args` that returns one real number. It is called once.
        args: arrays, numbers, or trees of them (tuples, lists, dicts, named
            tuples, models). Integers given directly count as floats; integers
            inside a tree, integer arrays and strings are constants.

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
        As `gradient`.

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
            f"real one. Return np.abs(z), z.real or z.imag."
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
    return "None (is a return missing?)" if y is None else f"a {type(y).__name__}"


# --- Pullback ------------------------------------------------------------------


def pullback(f, *args):
    """The value of `f(*args)`, and the function that sends gradients back.

        y, back = pullback(f, *args);  back(ybar) == (xbar, ...)

    where `xbar` is the gradient of `sum(ybar * y)` towards the argument `x`.

    Args:
        f: a function whose result is a number, an array, or a tuple, list, dict,
            named tuple or model of them.
        args: as in `gradient`.

    Returns:
        `(y, back)`: `y` is plain; `back(ybar)` takes the structure of `y`, with
        None where nothing is asked, and may be called any number of times.

    Raises:
        NoGradientError: `f` uses something without a derivative.

    >>> import numpy as np
    >>> y, back = pullback(np.sin, np.array([0.0, np.pi]))
    >>> back(np.array([1.0, 1.0]))
    (array([ 1., -1.]),)
    """
    tape = Tape()
    tracked = tuple(_track(arg, tape, top=True) for arg in args)
    tape.inputs = len(tape)
    output = f(*tracked)
    return _untrack(output, tape), Pullback(tape, tracked, output)


class Pullback:
    """The second result of `pullback`: call it with the gradient of the output.

    Attributes:
        tape: the tape, for looking at.
    """

    __slots__ = ("_output", "_tracked", "tape")

    def __init__(self, tape, tracked, output):
        self.tape = tape
        self._tracked = tracked
        self._output = output

    def __call__(self, ybar):
        """The gradients of `sum(ybar * y)`, one per argument of the function."""
        seeds = []
        _collect_seeds(self._output, ybar, self.tape, seeds)
        gradients = backward(self.tape, seeds)
        taken = {id(_owner(seed)) for _, seed in seeds}
        gradients = [_own(gradient, taken) for gradient in gradients]
        return tuple(_structure(arg, gradients, self.tape) for arg in self._tracked)


def _track(x, tape, top=False):
    """`x` with every float in it tracked on `tape` as an input."""
    kind = type(x)
    if kind is np.ndarray or kind is Tracked or isinstance(x, (np.ndarray, np.generic)):
        code = x.dtype.kind
        if code == "f":
            return _new_input(x, tape)
        if code == "c":
            raise NoGradientError(
                f"A complex argument, of dtype {x.dtype}, cannot be differentiated "
                f"yet. Pass the real and the imaginary part as two float arrays."
            )
        return x
    if kind is float or (top and kind is int):
        return _new_input(float(x), tape)
    if is_leaf(x):
        return x
    return rebuild(x, {key: _track(child, tape) for key, child in children(x).items()})


def _new_input(x, tape):
    tape.append((None, x, (), {}, ()))
    return Tracked(x, tape, len(tape) - 1)


def _untrack(x, tape):
    """`x` with the plain values in place of those tracked on `tape`."""
    if type(x) is Tracked:
        return x.value if x.tape is tape else x
    if is_leaf(x):
        return x
    return rebuild(
        x, {key: _untrack(child, tape) for key, child in children(x).items()}
    )


def _own(gradient, taken):
    """`gradient` as a writable array that shares no memory with those `taken`."""
    if not isinstance(gradient, np.ndarray):
        return gradient
    if not gradient.flags.writeable or id(_owner(gradient)) in taken:
        gradient = gradient.copy()
    taken.add(id(_owner(gradient)))
    return gradient


def _owner(x):
    """The array whose memory `x` is a view of."""
    while getattr(x, "base", None) is not None:
        x = x.base
    return x


def _structure(x, gradients, tape):
    """The gradients in the structure of the argument `x`; None for an empty part."""
    if type(x) is Tracked:
        found = gradients[x.index] if x.tape is tape else None
        number = type(x.value) is float and not isinstance(found, Tracked)
        return float(found) if number and found is not None else found
    if is_leaf(x):
        return None
    parts = {
        key: _structure(part, gradients, tape) for key, part in children(x).items()
    }
    if all(part is None for part in parts.values()):
        return None
    return mirror(x, parts) if is_object(x) else rebuild(x, parts)


def _collect_seeds(output, ybar, tape, seeds):
    """Pair every output that lives on `tape` with its part of `ybar`."""
    if ybar is None:
        return
    if type(output) is Tracked and output.tape is tape:
        seeds.append((output.index, _fit_seed(ybar, output)))
    elif not is_leaf(output):
        parts = children(output)
        given = children(ybar)
        if parts.keys() != given.keys():
            raise ShapeError(
                f"The function returned a {type(output).__name__} with the entries "
                f"{list(parts)}, and back was given a {type(ybar).__name__} with "
                f"{list(given)}. Give it the same structure, with None where nothing "
                f"is asked."
            )
        for key, part in parts.items():
            _collect_seeds(part, given[key], tape, seeds)


def _fit_seed(ybar, output):
    if not hasattr(ybar, "dtype"):
        ybar = np.asarray(ybar, output.dtype)[()]
    if ybar.shape != output.shape:
        raise ShapeError(
            f"The output has shape {output.shape}, and back was given a gradient of "
            f"shape {ybar.shape}. They must be the same."
        )
    return ybar if ybar.dtype == output.dtype else ybar.astype(output.dtype)
