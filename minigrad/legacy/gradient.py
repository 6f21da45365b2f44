"""Implicit gradients: of a function without arguments, by arrays that it finds itself.

    gs = gradient(lambda: loss(x, y), ps)

is the explicit `gradient` towards all arrays in `ps`, of a function that calls
`loss(x, y)` while tracked values stand for them. So there is nothing about derivatives
here: only about letting the function find what it was not given.
"""

import warnings

from .. import autodiff
from ..arrays import is_parameter
from ..autodiff.gradient import WithGradient
from ..autodiff.standing import stand_ins
from ..errors import described
from ..functors import is_leaf
from .grads import Grads
from .params import Params


def gradient(f, ps):
    """The gradients of `f()`, a real number, by each array of `ps`.

    Args:
        f: a function without arguments that returns one real number, computed from
            arrays that it finds: `W` of `W = param(W)`, and those of models.
        ps: `Params`, from `params(model)`.

    Returns:
        `Grads`: `gs[W]` is the gradient by `W`, None if `f` did not use it.

    Raises:
        NoGradientError: there is an array in `ps` that cannot be recognised (a plain
            one, that needs `W = param(W)`), or `f` does what has no derivative.
        ShapeError: the result is an array and not a number.
        ValueError: a model has other arrays than when it was given to `params`.

    Unlike in the explicit style, `f` uses the model itself and not a copy: what it
    changes in it stays. Whatever happens in `f`, all arrays are as before afterwards.

    >>> import numpy as np
    >>> from minigrad.legacy import param, params
    >>> W, b = param(np.array([[1.0, 2.0]])), param(np.zeros(1))
    >>> gs = gradient(lambda: ((W @ np.array([3.0, 4.0]) + b) ** 2).sum(), params(W, b))
    >>> gs[W], gs[b]
    (array([[66., 88.]]), array([22.]))
    """
    check(f, ps, "gradient")
    return _grads(ps.listing, *autodiff.gradient(*explicitly(f, ps)))


def withgradient(f, ps):
    """The value of `f()` together with its gradients by each array of `ps`.

    Args:
        f: as in `gradient`, or returning a tuple that begins with the number.
        ps: as in `gradient`.

    Returns:
        A named tuple `(val, grad)`, of which `grad` is `Grads`.

    Raises:
        NoGradientError, ShapeError, ValueError: as `gradient`.

    >>> from minigrad.legacy import param, params
    >>> W = param([3.0])
    >>> loss, gs = withgradient(lambda: (W**2).sum(), params(W))
    >>> float(loss), gs[W]
    (9.0, array([6.]))
    """
    check(f, ps, "withgradient")
    val, gradients = autodiff.withgradient(*explicitly(f, ps))
    return WithGradient(val, _grads(ps.listing, *gradients))


def pullback(f, ps):
    """The value of `f()`, and the function that sends gradients back.

    Args:
        f: as in `gradient`; its result may be an array, or a tree of them.
        ps: as in `gradient`.

    Returns:
        `(y, back)`: `back(ybar)` gives the `Grads` of `sum(ybar * y)`, any number of
        times.

    Raises:
        NoGradientError, ValueError: as `gradient`.

    >>> import numpy as np
    >>> from minigrad.legacy import param, params
    >>> W = param([1.0, 2.0])
    >>> y, back = pullback(lambda: W**2, params(W))
    >>> y, back(np.array([1.0, 10.0]))[W]
    (array([1., 4.]), array([ 2., 40.]))
    """
    check(f, ps, "pullback")
    listing = ps.listing
    y, back = autodiff.pullback(*explicitly(f, ps))
    return y, lambda ybar: _grads(listing, *back(ybar))


def gradient_of(ps):
    """A decorator: the function below becomes its own gradient, as in a do-block.

        gs = gradient(ps) do            @gradient_of(ps)
            loss(x, y)                  def gs():
        end                                 return loss(x, y)

    Args:
        ps: as in `gradient`.

    Returns:
        A decorator that calls the function, once, and returns `Grads`.

    >>> from minigrad.legacy import param, params
    >>> W = param([3.0])
    >>> @gradient_of(params(W))
    ... def gs():
    ...     return (W**2).sum()
    >>> gs[W]
    array([6.])
    """
    return lambda f: gradient(f, ps)


def explicitly(f, ps):
    """The arguments of an explicit gradient that does the same: towards one list."""
    listing = ps.listing
    listing.check_visible()
    listing.check_places()

    def called():
        try:
            return stand_ins(f())
        except TypeError as error:
            if error.__traceback__.tb_next is None:  # it was the call that went wrong
                error.add_note(
                    "The function of an implicit gradient takes no arguments, and "
                    "finds what it uses: gradient(lambda: loss(x, y), ps)."
                )
            raise

    return lambda tracked: listing.call(called, tracked), listing.present()


def _grads(listing, gradients):
    """Grads of a list of gradients, or of None if not one arrived."""
    if gradients is None:
        gradients = [None] * len(listing.arrays)
    for gradient in gradients:
        if gradient is None:
            _warn_if_unseen(listing, gradients)
            break
    return Grads(listing, gradients)


def _warn_if_unseen(listing, gradients):
    unused = listing.unused(gradients)
    if unused:
        warnings.warn(
            f"No gradient arrived at {', '.join(unused)}. Either the function does "
            f"not use it; or in a way that cannot be seen: the plain array in "
            f"place of the result of param, np.asarray(W), np.array([W, V]) "
            f"instead of np.stack, out[:] = W. (This is said once.)",
            stacklevel=4,
        )


def check(f, ps, name):
    """Refuse what is no function, or no `Params`, with what to write instead."""
    if callable(f) and isinstance(ps, Params):
        return
    if isinstance(f, Params):
        raise TypeError(
            f"{name} takes the function first: {name}(lambda: loss(x, y), ps). To "
            f"write it below, as in a do-block: @gradient_of(ps)."
        )
    if not callable(f):
        raise TypeError(
            f"{name} needs a function without arguments first, and was given "
            f"{described(f)}. Write {name}(lambda: loss(x, y), ps): it must not be "
            f"called before."
        )
    if is_parameter(ps) or not is_leaf(ps):
        raise TypeError(
            f"{name} needs Params as its second argument, and was given "
            f"{described(ps)}. Write {name}(f, params(W, b)) for arrays, "
            f"{name}(f, params(model)) for a model; or, explicitly, "
            f"minigrad.{name}(lambda m: loss(m(x), y), model)."
        )
    raise TypeError(
        f"{name}(f, ps) needs Params, what to differentiate by, and was given "
        f"{described(ps)}. Write ps = params(model)."
    )
