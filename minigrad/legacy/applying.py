"""What every optimiser of the old style does, also one's own: `apply_(opt, x, dx)`."""

import numpy as np

from ..errors import ShapeError, described
from ..optimise.contract import is_rule
from ..train import holds_leaf
from .param import array_of


def check_optimiser(opt, where):
    """Refuse what is no optimiser of the old style, with what to write instead."""
    if isinstance(opt, type):
        raise TypeError(
            f"{where} needs an optimiser, and was given {described(opt)}. Write "
            f"{opt.__name__}()."
        )
    if not callable(getattr(opt, "apply_", None)):
        raise TypeError(f"{where} {_instead(opt)}")


def _instead(opt):
    if is_rule(opt):
        return (
            f"was given {opt!r}, a rule of the new style, which cannot be mixed with "
            f"implicit Params. Write the optimiser of the old style, "
            f"legacy.{type(opt).__name__}(...); or stay in the new one, setup(rule, "
            f"model) and update_(opt_state, model, grads[0])."
        )
    if holds_leaf(opt):
        return (
            "was given a state tree of the new style, from setup, which cannot be "
            "mixed with implicit Params. Write minigrad.train_(loss, model, data, "
            "opt_state) with it; or give an optimiser of the old style, legacy.Adam()."
        )
    return (
        f"needs an optimiser, such as legacy.Adam(), and was given {described(opt)}. "
        f"One of your own has a method apply_(self, x, dx)."
    )


def apply_(opt, x, dx):
    """The step that an optimiser makes of a gradient; what it remembers changes.

    Args:
        opt: an optimiser of the old style, or any object with a method
            `apply_(self, x, dx)`, which `update_` and `train_` then take as well.
        x: the array.
        dx: its gradient.

    Returns:
        An array of the shape of `x`, which is to be subtracted from it.

    Raises:
        TypeError: `opt` is no optimiser, or its `apply_` returns nothing.
        ShapeError: the step has another shape than `x`.

    The example of the old page, in Python:

    >>> from minigrad.legacy import IdDict, update_
    >>> class Momentum:
    ...     def __init__(self, eta, rho):
    ...         self.eta, self.rho, self.velocity = eta, rho, IdDict()
    ...
    ...     def apply_(self, x, dx):
    ...         v = self.velocity.setdefault(x, np.zeros_like(x))
    ...         v[...] = self.rho * v - self.eta * dx
    ...         return -v
    >>> opt, w = Momentum(0.1, 0.9), np.array([0.0])
    >>> update_(opt, w, np.array([1.0]))
    >>> update_(opt, w, np.array([1.0]))
    >>> opt.velocity[w], w
    (array([-0.19]), array([-0.29]))
    """
    check_optimiser(opt, "apply_")
    return applied(opt, array_of(x), dx)


def applied(opt, x, dx):
    """The step of one optimiser, checked; it gets a gradient that it may change."""
    step = opt.apply_(x, np.array(dx))
    if step is None:
        raise TypeError(
            f"{type(opt).__name__}.apply_(x, dx) returned None. It must return what is "
            f"to be subtracted from x, also if it has changed dx in place: return dx."
        )
    step = np.asarray(step)
    if step.shape != x.shape:
        raise ShapeError(
            f"{type(opt).__name__}.apply_(x, dx) returned an array of shape "
            f"{step.shape} for one of shape {x.shape}. They must be the same."
        )
    return step.astype(x.dtype, copy=False)
