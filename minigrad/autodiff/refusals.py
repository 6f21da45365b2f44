"""What a tracked value refuses, and what to write instead.

Whatever would cut a value off its tape, or change an array that the tape still
needs, is refused here in a sentence. Nothing is silently ignored.
"""

from inspect import Parameter, signature

import numpy as np

from ..errors import MutabilityError, NoGradientError
from .operations import full_name
from .registry import OPERATIONS


class Refusals:
    """The methods of `Tracked` that only raise."""

    __slots__ = ()

    def __array__(self, *args, **kwargs):
        raise NoGradientError(
            f"A tracked value of shape {self.shape} cannot become a plain array: its "
            "gradient would be lost. Instead of np.array([a, b]) write "
            "np.stack([a, b]), instead of a matrix of numbers np.block([[a, b], "
            "[c, d]]); instead of np.asarray(x) or np.float64(x) use x itself; instead "
            "of np.r_[x, y] or y[i] = x build y with np.where, np.concatenate or "
            "np.stack."
        )

    def __float__(self, *args):
        raise NoGradientError(
            "float(x) and the functions of math would cut x off the tape: its gradient "
            "would be lost. Keep x as it is and use NumPy's functions (np.exp, not "
            "math.exp). To see a number, print(x) or f'{x:.3f}', or return it beside "
            "the loss from withgradient."
        )

    __complex__ = item = tolist = __float__

    def __index__(self):
        raise NoGradientError(
            "A tracked number cannot be an index or a count: integers that are given "
            "to gradient become floats. Let the function use the integer directly "
            "(gradient(lambda x: f(x, n), x)) instead of passing it as an argument."
        )

    def __setitem__(self, index, new):
        raise MutabilityError(
            f"x[{index!r}] = ... changes an array in place, and an array that changes "
            f"has no gradient. Build a new one: np.where(mask, new, x), "
            f"np.concatenate, np.stack, or x * keep + new."
        )

    def __getattr__(self, name):
        if name in ("fill", "itemset", "partition", "put", "resize", "sort"):
            raise MutabilityError(
                f"x.{name}(...) changes an array in place, and an array that changes "
                f"has no gradient. Build a new one: x[np.argsort(x)] for x.sort(), "
                f"np.where(mask, new, x) for x.put(...), np.full_like for x.fill(...)."
            )
        function = getattr(np, name, None) if hasattr(np.ndarray, name) else None
        if name == "flat":
            advice = "Write x.ravel()."
        elif callable(function) and function in OPERATIONS:
            advice = f"Write np.{name}(x, ...)."
        elif hasattr(np.ndarray, name):
            advice = "It has no derivative here; write it with functions that have one."
        else:
            advice = "An array of NumPy has none either."
        raise AttributeError(f"A tracked array has no attribute {name!r}. {advice}")


def in_place(symbol):
    """`x += y` and its like: of a number it is `x = x + y`, of an array refused."""

    def refuse(self, other):
        if self.ndim == 0:
            return NotImplemented  # Python then computes x + y, and rebinds x
        raise MutabilityError(
            f"x {symbol}= y changes an array in place, and an array that changes has "
            f"no gradient. Write x = x {symbol} y."
        )

    return refuse


# --- Sentences about calls -------------------------------------------------------


def writes_into_an_array(name):
    """For `out=`, which is also what becomes of `y += x` for a plain `y`."""
    return MutabilityError(
        f"{name}(..., out=...), as in y += x, writes into an array, and an array that "
        f"changes has no gradient. Write y = {name}(...), or y = y + x; with where=, "
        f"np.where(mask, {name}(...), other)."
    )


def has_own_rules(x):
    """Whether an array is a matrix or masked, whose operators do something else."""
    return any(base.__name__ in ("matrix", "MaskedArray") for base in type(x).__mro__)


def own_rules(x):
    """For a matrix or a masked array, as an argument or beside a tracked value."""
    return NoGradientError(
        f"A numpy {type(x).__name__} has rules of its own for * and @, which are not "
        f"differentiated. Pass a plain array: np.asarray(x), and np.where for what is "
        f"masked."
    )


def no_plain_array(operation, ans):
    """For a result that is no array of numbers: what came in, or several arrays."""
    name = operation.name
    if isinstance(ans, (tuple, list)):
        return TypeError(
            f"{name} returned a {type(ans).__name__}, and an operation returns one "
            f"array. For several, register it with minigrad.outputs instead of vjp."
        )
    return NoGradientError(
        f"{name} was given an array of Python objects, which hold tracked numbers or "
        f"become such, and their gradient would be lost. Of a list of numbers write "
        f"np.stack(numbers), of an array y of objects np.stack(list(y))."
    )


def no_vjp(operation, argument):
    """For a tracked value where an operation has no vjp: a position, or a keyword."""
    counted = "" if isinstance(argument, str) else " (counting from 0)"
    return NoGradientError(
        f"{operation.name} has no vjp towards its argument {argument}{counted}, and "
        f"was given a tracked value there. Pass a plain number: one that the function "
        f"uses without receiving it as an argument, or minigrad.stop_gradient(x)."
    )


def ufunc_method(ufunc, method):
    """For `np.add.reduce`, `np.add.at` and their like."""
    return NoGradientError(
        f"{full_name(ufunc)}.{method} has no derivative here. Use the function or the "
        f"plain ufunc instead (np.sum for np.add.reduce, x[:, None] + y for "
        f"np.add.outer)."
    )


def escaped():
    """For a tracked value that outlived the call of the function it was made for."""
    return NoGradientError(
        "A tracked value was used after its gradient, or pullback, had called the "
        "function: nothing records it any more. Keep plain values instead: return "
        "them beside the loss, withgradient(lambda m: (loss, beside), m), or keep "
        "minigrad.stop_gradient(x)."
    )


def unknown_keyword(function, known, key, ignored=frozenset()):
    """For a keyword argument that the vjps do not take."""
    try:
        parameters = signature(function).parameters.values()
    except ValueError:  # a ufunc that does not tell
        parameters = ()
    optional = {p.name for p in parameters if p.default is not Parameter.empty}
    offered = sorted((optional & known | ignored) - {"out"})
    where = ""
    if key == "where":
        where = (
            " Write np.where(mask, f(np.where(mask, x, 1)), other): f sees 1 where it "
            "must not look."
        )
    return NoGradientError(
        f"{full_name(function)}(..., {key}=...) has no derivative here. The keywords "
        f"that its vjps know: {', '.join(offered) or 'none'}.{where}"
    )
