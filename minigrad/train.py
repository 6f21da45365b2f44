"""Training: a gradient and an update for each item of the data.

`train_` is this loop, and the checks around it:

    for d in data:
        grads = gradient(lambda m: loss(m, *d), model)
        update_(opt_state, model, grads[0])
"""

import warnings

import numpy as np

from .autodiff.gradient import pullback, seed_first
from .autodiff.nonfinite import is_finite
from .causes import all_finite, cause_of_step, of_the_model, spelled
from .duplicated import model_of
from .errors import DomainError, MutabilityError, described, refuse_foreign
from .optimise.contract import as_rule, is_rule
from .optimise.plan import make_plan
from .optimise.state import Leaf, make_tree, warn
from .optimise.update import prepared
from .screen import watched
from .walks import KeyPath, trainables


def setup(rule, model):
    """The state tree of `model` for training by `rule`, for `train_` and `update_`.

    As `minigrad.optimise.setup`, with one more check: training changes arrays in
    place, so all of them must be writable.

    Args:
        rule: for instance `Adam()`.
        model: a tree whose float arrays are to be trained.

    Returns:
        A tree in the shape of the model: `Leaf` for each parameter, `()` elsewhere.

    Raises:
        MutabilityError: a parameter is read-only.
        TypeError: `rule` is not a rule.

    >>> from minigrad import Dense, Momentum, leakyrelu
    >>> setup(Momentum(0.1), Dense(2, 1, leakyrelu, init=np.ones))
    (weight=Leaf(Momentum(eta=0.1, rho=0.9), [[0.0, 0.0]]),
     bias=Leaf(Momentum(eta=0.1, rho=0.9), [0.0]), act=())
    """
    for path, x in trainables(model_of(model), path=True):
        if not x.flags.writeable:
            raise MutabilityError(
                f"A model must be fully mutable for train_ to work, and the "
                f"{type(x).__name__} at {path.place} is read-only. Put a "
                f"copy in its place (x.copy()), or train with the pure "
                f"optimise.setup and update."
            )
    tree, doubts = make_tree(rule, model)
    warn(doubts)
    return tree


def train_(loss, model, data, opt_state, *, progress=None, cb=None):
    """One pass over `data`: an update of the model for each of its items.

    Args:
        loss: called as `loss(model, *d)` for a tuple `d` in `data`, and as
            `loss(model, d)` for anything else; returns one number.
        model: its arrays change; it may be `Duplicated`.
        data: anything to iterate over: a list of batches, a `DataLoader`, a `zip`.
        opt_state: the state tree from `setup`; it changes.
        progress: True for a progress bar, False for none. By default there is one
            in terminals and notebooks once a pass has taken a second.
        cb: callbacks belonged to the old style; there are none here.

    Returns:
        None.

    Raises:
        DomainError: the loss or its gradient is NaN or infinite. Model and state
            are then as they were before that item. The loss is called once more,
            on a `trace`, so that the error can tell where it began.
        TypeError: an argument is something else than what is meant.

    >>> from minigrad import Dense, Momentum, leakyrelu
    >>> model = Dense(2, 1, leakyrelu, init=np.ones)
    >>> x, y = np.array([0.2, -0.3]), np.array([0.4])
    >>> opt_state = setup(Momentum(0.1), model)
    >>> train_(lambda m, x, y: np.sum(np.abs(m(x) - y)) * 100,
    ...        model, [(x, y), (x, y)], opt_state)
    >>> model.bias
    array([10.19])
    """
    opt_state = as_rule(opt_state)
    _check_arguments(loss, model, data, opt_state, cb)
    if is_rule(opt_state):
        opt_state = _setup_for_one_pass(opt_state, model)
    try:
        for item, batch in enumerate(with_progress(data, progress), 1):
            _, problem, carry_out = _differentiate(loss, model, batch, opt_state)
            if problem:
                raise DomainError(
                    f"{problem} on data item {item}, stopping training before the "
                    f"update: the model is as it was before this item. "
                    f"{cause_of_step(loss, model, batch)}"
                )
            carry_out()
    except TypeError as error:
        note_on_calls(
            error,
            data,
            "train_ calls loss(model, *d) for a tuple d in data, and loss(model, d) "
            "otherwise: the model comes first.",
        )
        raise


def note_on_calls(error, data, calls):
    """Add to a TypeError of the loss how it is called, if that may be the reason."""
    if isinstance(data, dict) or _is_one_batch(data):
        error.add_note(
            f"train_ iterates over data, here over the {len(data)} entries of "
            f"{described(data)}. For one batch write [(x, y)], for many "
            f"DataLoader((x, y))."
        )
    elif "positional argument" in str(error) and "given" in str(error):
        error.add_note(calls)


def _is_one_batch(data):
    return type(data) is tuple and not any(type(item) is tuple for item in data)


def trainstep_(loss, model, batch, opt_state):
    """One update of the model, with one item of the data.

    Args:
        loss: as in `train_`; it may return a tuple that begins with the loss.
        model: its arrays change.
        batch: one item: a tuple is handed to `loss` as several arguments.
        opt_state: the state tree from `setup`; it changes.

    Returns:
        What `loss` returned, computed before the update.

    Warns, and does not update, when the loss or its gradient is not finite.

    >>> from minigrad import Descent
    >>> model = {"x": np.array([3.0])}
    >>> float(trainstep_(lambda m: (m["x"] ** 2).sum(), model, (),
    ...                  setup(Descent(0.1), model)))
    9.0
    >>> model["x"].round(6)
    array([2.4])
    """
    y, problem, carry_out = _differentiate(loss, model, batch, opt_state)
    if problem:
        warnings.warn(
            f"{problem}, so this step does not update the model. "
            f"{cause_of_step(loss, model, batch)}",
            stacklevel=2,
        )
    else:
        carry_out()
    return y


def _differentiate(loss, model, batch, opt_state):
    """`(value, what is not finite or None, the update as a function)`."""
    y, back = pullback(of_the_model(loss, batch), model)
    seed = seed_first(y)
    number = y[0] if isinstance(y, tuple) else y
    if not np.isfinite(number):
        return y, f"Loss is {spelled(number)}", None
    dmodel = back(seed)[0]
    gradients, carry_out = prepared(opt_state, model_of(model), dmodel)
    if not all_finite(gradients):
        plan = make_plan(opt_state, model_of(model), dmodel)
        where = next(KeyPath(path) for *_, dx, _, path in plan if not is_finite(dx))
        problem = (
            f"Loss is {number:.6g}, but its gradient at {where.place} is not finite"
        )
        return y, problem, None
    return y, None, carry_out


def _check_arguments(loss, model, data, opt_state, cb):
    if cb is not None:
        raise TypeError(
            "train_ does not support callback functions (cb=...). Write the loop "
            "yourself and call anything in it: for d in data: trainstep_(loss, model, "
            "d, opt_state); callback()."
        )
    refuse_foreign(loss, model, data)
    if not callable(loss) or (trainables(loss) and not trainables(model)):
        raise TypeError(
            f"train_(loss, model, data, opt_state) needs the loss first, a function of "
            f"the model and the data, and was given {described(loss)}. Write "
            f"train_(lambda m, x, y: mse(m(x), y), model, data, opt_state)."
        )
    if isinstance(data, Leaf) or is_rule(data) or holds_leaf(data):
        raise TypeError(
            "train_(loss, model, data, opt_state): the third argument is the data, and "
            "was given an optimiser. Exchange the last two arguments."
        )
    check_data(data)


def check_data(data):
    """Refuse what cannot be iterated over."""
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        raise TypeError(
            f"train_ iterates over its data, and {described(data)} cannot be "
            f"iterated over. Write [(x, y)] for one batch, or DataLoader((x, y))."
        )


def holds_leaf(data):
    """Whether `data` is a state tree: its parts are leaves, trees or ()."""
    if isinstance(data, dict):
        data = tuple(data.values())
    if not isinstance(data, tuple | list):
        return False
    if isinstance(data, list):  # of batches it may be long: look at one
        data = [part for part in data[:100] if not _is_empty(part)][:1]
    return any(isinstance(part, Leaf) or holds_leaf(part) for part in data)


def _is_empty(part):
    return type(part) is tuple and not part


def _setup_for_one_pass(rule, model):
    opt_state = setup(rule, model)
    if any(rule.init(x) is not None for x in trainables(model)):
        warnings.warn(
            f"The rule {rule!r} has state, which is discarded when this call of train_ "
            f"finishes. Write opt_state = setup({rule!r}, model) once, and pass "
            f"opt_state to train_.",
            stacklevel=3,
        )
    return opt_state


def with_progress(data, progress):
    """`data`, behind a progress bar if somebody may want to see one."""
    if progress is False or (progress is None and not watched()):
        return data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have ipywidgets in notebooks
        from tqdm.auto import tqdm

    kept = progress is True
    return tqdm(data, desc="Training", leave=kept, delay=0 if kept else 1)
