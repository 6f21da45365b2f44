"""`train_` as it was: a loss of the data alone, Params, an optimiser, and callbacks."""

import logging
from numbers import Integral

import numpy as np

from ..autodiff.nonfinite import is_finite
from ..causes import first_cause, spelled
from ..errors import DomainError, described
from ..optimise.contract import is_rule
from ..train import check_data, holds_leaf, note_on_calls, with_progress
from .applying import check_optimiser
from .deprecation import deprecated
from .gradient import explicitly, withgradient
from .params import Params
from .updating import update_

CALLS = (
    "train_ calls loss(*d) for a tuple d in data, and loss(d) otherwise: without the "
    "model, which the loss finds by itself; and callbacks without arguments."
)

logger = logging.getLogger("minigrad.legacy")


class StopException(Exception):
    """Ends the pass of `train_` that it is raised in: see `stop`.

    >>> stop()
    Traceback (most recent call last):
        ...
    minigrad.legacy.training.StopException: stop() was called, and there is no train_
    that it could end.
    """


class SkipException(Exception):
    """Ends the item of `train_` that it is raised in: see `skip`.

    >>> skip()
    Traceback (most recent call last):
        ...
    minigrad.legacy.training.SkipException: skip() was called, and there is no train_
    that could go on.
    """


def stop():
    """End this pass of `train_`, quietly; called in a callback or in the loss.

    In the loss, this item makes no update any more.

    >>> from minigrad.legacy import Descent, param, params
    >>> W = param([1.0])
    >>> train_(lambda x: (x * W).sum(), params(W), [1.0, 1.0], Descent(), cb=stop)
    >>> W
    param([0.9])
    """
    raise StopException("stop() was called, and there is no train_ that it could end.")


def skip():
    """Go on with the next item of `train_`; called in a callback or in the loss.

    In the loss, this item makes no update.

    >>> from minigrad.legacy import Descent, param, params
    >>> W = param([1.0])
    >>> loss = lambda x: (x * W).sum() if x > 0 else skip()
    >>> train_(loss, params(W), [1.0, -1.0], Descent())
    >>> W
    param([0.9])
    """
    raise SkipException("skip() was called, and there is no train_ that could go on.")


def epochs(n):
    """Count from 1 to n, and log it: `for epoch in epochs(2): train_(...)`.

    The level is INFO: `logging.basicConfig(level="INFO")` shows it.

    Args:
        n: a whole number, at least 0.

    Returns:
        An iterator.

    >>> [epoch for epoch in epochs(2)]
    [1, 2]
    """
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(
            f"epochs needs a whole number, such as epochs(10), not {described(n)}."
        )
    if n < 0:
        raise DomainError(f"epochs({n}): there are at least 0 epochs.")
    deprecated("epochs", f"write an ordinary loop: for epoch in range(1, {n + 1}): ...")
    return _counted(n)


def _counted(n):
    for epoch in range(1, n + 1):
        logger.info("Epoch %d", epoch)
        yield epoch


def train_(loss, ps, data, opt, *, cb=(), progress=None):
    """One pass over `data`: an update of the parameters for each of its items.

        for d in data: gs = gradient(lambda: loss(*d), ps); update_(opt, ps, gs); cb()

    Args:
        loss: called as `loss(*d)` for a tuple `d` in `data`, as `loss(d)` otherwise; it
            finds the model by itself.
        ps: `Params`, from `params(model)`.
        data: anything to iterate over.
        opt: an optimiser of the old style, or one of your own with `apply_`.
        cb: a function without arguments, or a list of them, called in this order after
            each update.
        progress: as in `minigrad.train_`.

    Returns:
        None.

    Raises:
        DomainError: the loss or its gradient is NaN or infinite. All arrays are then as
            they were before that item.
        TypeError: an argument is something else than what is meant; also a rule or a
            state tree of the new style.

    >>> from minigrad import Dense, leakyrelu
    >>> from minigrad.legacy import Momentum, params
    >>> model = Dense(2, 1, leakyrelu, init=np.ones)
    >>> x, y = np.array([0.2, -0.3]), np.array([0.4])
    >>> train_(lambda x, y: np.sum(np.abs(model(x) - y)) * 100,
    ...        params(model), [(x, y), (x, y)], Momentum(0.1))
    >>> model.bias
    array([10.19])
    """
    callbacks = _check_arguments(loss, ps, data, opt, cb)
    deprecated(
        "train_",
        "pass the model itself: minigrad.train_(lambda m, x, y: loss(m(x), y), model, "
        "data, setup(rule, model)).",
    )
    for item, d in enumerate(with_progress(data, progress), 1):
        arguments = d if type(d) is tuple else (d,)
        try:
            _step(lambda: loss(*arguments), ps, opt, item)  # noqa: B023
            for callback in callbacks:
                callback()
        except StopException:
            break
        except SkipException:
            continue
        except TypeError as error:
            note_on_calls(error, data, CALLS)
            if "missing" in str(error) and not hasattr(error, "__notes__"):
                error.add_note(CALLS)
            raise


def _check_arguments(loss, ps, data, opt, cb):
    """The callbacks; or a sentence on what was given in the place of something else."""
    if not callable(loss) or isinstance(loss, Params):
        raise TypeError(
            f"train_(loss, ps, data, opt) needs the loss first, a function of the "
            f"data, and was given {described(loss)}. Write train_(lambda x, y: "
            f"mse(model(x), y), params(model), data, Adam())."
        )
    if not isinstance(ps, Params):
        raise TypeError(
            f"train_(loss, ps, data, opt) of the old style needs Params, and was given "
            f"{described(ps)}. Write params(model) there; or, in the new style, "
            f"minigrad.train_(lambda m, x, y: mse(m(x), y), model, data, "
            f"setup(rule, model))."
        )
    if hasattr(data, "apply_") or is_rule(data) or holds_leaf(data):
        raise TypeError(
            "train_(loss, ps, data, opt): the third argument is the data, and was "
            "given an optimiser. Exchange the last two arguments."
        )
    check_data(data)
    check_optimiser(opt, "train_")
    callbacks = list(cb) if isinstance(cb, list | tuple) else [cb]
    for callback in callbacks:
        if not callable(callback):
            raise TypeError(
                f"train_(cb=...) needs a function without arguments, or a list of "
                f"them, and was given {described(callback)}. Write cb=lambda: "
                f"print(loss(x, y)): it must not be called before."
            )
    return callbacks


def _step(f, ps, opt, item):
    value, gs = withgradient(f, ps)
    problem = _problem(value[0] if isinstance(value, tuple) else value, ps, gs)
    if problem:
        raise DomainError(
            f"{problem} on data item {item}, stopping training before the update: all "
            f"parameters are as they were before this item. "
            f"{_first_cause(f, ps)}"
        )
    update_(opt, ps, gs)


def _problem(number, ps, gs):
    """What is not finite, or None."""
    if not np.isfinite(number):
        return f"Loss is {spelled(number)}"
    for entry, gradient in zip(ps.listing.entries, gs.gradients, strict=True):
        if gradient is not None and not is_finite(gradient):
            return (
                f"Loss is {number:.6g}, but its gradient at {entry.name} is not finite"
            )
    return None


def _first_cause(f, ps):
    """A sentence on where the first number came up that is not finite."""
    for entry in ps.listing.entries:
        if not is_finite(entry.array):
            return f"{entry.name} is not finite itself."
    return first_cause(*explicitly(f, ps))
