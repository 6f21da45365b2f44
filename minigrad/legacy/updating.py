"""`update_`: the step that changes arrays, whichever way it is asked for."""

import warnings

import numpy as np

from .. import optimise
from ..autodiff.tape import is_tracking
from ..errors import MutabilityError, NoGradientError, described
from .applying import applied, check_optimiser
from .combined import is_built_in
from .deprecation import deprecated
from .grads import Grads, check_gradient, named
from .param import array_of
from .params import Params

FORMS = (
    "Write update_(opt, ps, gs) after gs = gradient(lambda: loss(x, y), ps); for one "
    "array update_(opt, W, gs[W]), or without an optimiser update_(W, eta * gs[W])."
)


def update_(*args):
    """One step: arrays change in place.

        update_(opt, ps, gs)    every array of `ps` that has a gradient, by an optimiser
        update_(opt, W, dW)     one array, by an optimiser
        update_(W, dW)          W <- W - dW

    Args:
        *args: two or three of the following, in these orders.
        opt: an optimiser, from here or your own (see `apply_`); its memory changes.
        ps: `Params`; those whose gradient is None are passed by.
        gs: the `Grads` of these arrays, or of more.
        W: an array.
        dW: its gradient.

    Returns:
        None.

    Raises:
        TypeError: an argument is something else than what is meant.
        NoGradientError: no gradient arrived at any of the arrays.
        MutabilityError: an array is read-only, or this happens inside of a gradient.
        ValueError: a model has other arrays than when it was given to `params`.
        ShapeError: a gradient has another shape than its array.

    Warns when the gradients were applied before, or when an array has changed since
    they were computed: then they are not its gradients any more.

    >>> x = np.array([1.0, 2.0])
    >>> update_(x, np.array([0.1, 0.2]))
    >>> x
    array([0.9, 1.8])
    """
    if is_tracking():
        raise MutabilityError(
            "update_ was called inside of a gradient, and an array that changes has no "
            "gradient. Call it afterwards."
        )
    match args:
        case [opt, Params() as ps, gs]:
            check_optimiser(opt, "update_")
            _update_all(opt, ps, gs)
        case [opt, x, dx]:
            check_optimiser(opt, "update_")
            _update_one(opt, x, dx)
        case [x, dx]:
            deprecated("update_(x, dx)", "write x -= dx.")
            _update_one(None, x, dx)
        case _:
            raise TypeError(f"update_ takes two or three arguments. {FORMS}")


def _update_one(opt, x, dx):
    if isinstance(x, Params):
        raise TypeError(f"update_ needs an optimiser for Params. {FORMS}")
    if not isinstance(x, np.ndarray):
        raise TypeError(
            f"update_ changes an array, and was given {described(x)} in its place. "
            f"{FORMS}"
        )
    x, dx = array_of(x), array_of(dx)
    dx = check_gradient(x, dx).astype(x.dtype, copy=False)
    if not x.flags.writeable or x.dtype.kind not in "fc":
        raise _unchangeable(x, named(x))
    if opt is None:
        np.subtract(x, dx, out=x)
    else:
        step_(opt, [x], [dx])


def _update_all(opt, ps, gs):
    if not isinstance(gs, Grads):
        raise TypeError(
            f"update_(opt, ps, gs) needs Grads as its last argument, and was given "
            f"{described(gs)}. Write gs = gradient(lambda: loss(x, y), ps)."
        )
    listing = ps.listing
    listing.check_places()
    positions, dxs = gs.positions(listing), gs.along(listing)
    there = [i for i, dx in enumerate(dxs) if dx is not None]
    if not there:
        raise NoGradientError(
            "Not one parameter got a gradient: all are None. Does the function use "
            "them: the result of W = param(W), and the model that was given to params? "
            "Not np.asarray(W), or an array that took its place (W = W - dW)?"
        )
    arrays = [listing.entries[i].array for i in there]
    for i, x in zip(there, arrays, strict=True):
        if not x.flags.writeable or x.dtype.kind not in "fc":
            raise _unchangeable(x, listing.entries[i].name)
    applied = [positions[i] for i in there]
    _warn_if_stale(gs, applied)
    step_(opt, arrays, [dxs[i] for i in there])
    gs.applied.update(applied)


def step_(opt, arrays, gradients):
    """One step of an optimiser for each of the arrays, all of which change."""
    if is_built_in(opt):
        leaves = tuple(map(opt.leaf, arrays))
        optimise.update_(leaves, tuple(arrays), tuple(gradients))
        for x, leaf in zip(arrays, leaves, strict=True):
            opt.stepped(x, leaf)
    else:
        for x, dx in zip(arrays, gradients, strict=True):
            np.subtract(x, applied(opt, x, dx), out=x)


def _unchangeable(x, name):
    if not x.flags.writeable:
        return MutabilityError(
            f"{name} is read-only, and update_ changes arrays in place. Put a copy in "
            f"its place: x.copy()."
        )
    return TypeError(
        f"{name} has dtype {x.dtype}, and a step leads from one float to another. "
        f"Write x.astype(float) where it is made."
    )


def _warn_if_stale(gs, positions):
    marks = gs.listing.marks()
    if not gs.applied and marks == gs.marks:
        return
    name = lambda position: gs.listing.entries[position].name
    again = [name(i) for i in positions if i in gs.applied]
    same = lambda i: np.array_equal(marks[i], gs.marks[i], equal_nan=True)
    changed = [name(i) for i in positions if i not in gs.applied and not same(i)]
    if again:
        warnings.warn(
            f"These Grads were applied to {', '.join(again)} before. A gradient holds "
            f"for one step: compute it again, gs = gradient(lambda: loss(x, y), ps). "
            f"(To go twice as far, apply 2 * gs once.)",
            stacklevel=4,
        )
    if changed:
        warnings.warn(
            f"Since these Grads were computed, {', '.join(changed)} changed, and so "
            f"they are gradients at another place. Compute them again, gs = "
            f"gradient(lambda: loss(x, y), ps); to apply several at once, add them up.",
            stacklevel=4,
        )
