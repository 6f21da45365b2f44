"""Notebook 06, The training loop: the loop itself."""

from copy import deepcopy

import numpy as np

from ...arrays import plain
from ...nn import Chain, Dense, mse, tanh
from ...optimise import Adam, Descent, Momentum
from ...train import setup, train_
from ...walks import trainables
from ..calling import Attempt, received, unchanged
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require
from . import dealing  # noqa: F401  (the other exercises of this notebook)


def small_model():
    """A model that is the same every time."""
    return Chain(Dense(2, 4, tanh, rng=1), Dense(4, 1, rng=2))


def points(n, seed=0):
    """Random inputs (n, 2), and targets (n, 1) that follow from them."""
    x = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    return x, x[:, :1] * x[:, 1:] + x[:, :1]


def error(model, x, y):
    """The loss of the exercises."""
    return mse(model(x), y)


# --- Steps -----------------------------------------------------------------------


@tests("06.1")
def train(answer):
    """Bit by bit the same model as by `train_`; the losses; one item and many."""
    for rule in (Descent(0.1), Momentum(0.05), Adam(0.01)):
        x, y = points(24)
        data = [(x[k : k + 8], y[k : k + 8]) for k in (0, 8, 16)]
        mine, ours, start = small_model(), small_model(), small_model()
        text = f"train(loss, model, data, setup({rule!r}, model))"
        state, given = setup(rule, mine), deepcopy(data)
        losses = received(text, answer(error, mine, given, state)).value
        unchanged(text, data, given)
        right = []
        opt_state = setup(rule, ours)
        for item in data:
            right.append(float(error(ours, *item)))
            train_(error, ours, [item], opt_state, progress=False)
        _compare(text, mine, ours, start)
        _check_losses(text, losses, right)


def _compare(text, mine, ours, start):
    pairs = [trainables(model, path=True) for model in (mine, ours, start)]
    before_and_after = zip(pairs[0], pairs[2], strict=True)
    if all(np.array_equal(a, b) for (_, a), (_, b) in before_and_after):
        raise Finding(
            VALUE,
            f"`{text}` left the model as it was. `update_` changes it; `update`, "
            f"without the underscore, returns another one.",
        )
    for (path, a), (_, b) in zip(*pairs[:2], strict=True):
        if np.array_equal(a, b):
            continue
        near = np.allclose(a, b, rtol=1e-4, atol=1e-6)
        said = (
            "The numbers are nearly right, but not to the last bit. Is anything "
            "computed in another order, or another dtype?"
            if near
            else "One update for each item: the gradient at the model as it is then, "
            "and one call of `update_`."
        )
        raise Finding(
            ALMOST if near else VALUE,
            f"After `{text}`, `model.{path}` is {shown(a)}. {said}",
        )


def _check_losses(text, losses, right):
    require(
        isinstance(losses, list | tuple) and len(losses) == len(right),
        SHAPE,
        f"The model is right, but `{text}` returned {shown(losses)}. There were "
        f"{len(right)} items, and each had a loss.",
    )
    losses = [float(plain(loss)) for loss in losses]
    said = "The loss of an item is that before its update, as `withgradient` gives it."
    suspects = [(losses, said)]
    matches(Attempt(text, losses), right, rtol=1e-5, suspects=suspects)


# --- A loop with bugs ------------------------------------------------------------


class Spy:
    """A loss and a rule that remember how they were used."""

    def __init__(self):
        self.batches, self.losses, self.setups, self.steps = [], [], 0, 0

    def loss(self, model, x, y):
        """The mean square error."""
        self.batches.append((np.array(x), np.array(y)))
        value = error(model, x, y)
        self.losses.append(float(plain(value)))
        return value

    def init(self, x):
        """Called once for each of the four arrays by `setup`."""
        self.setups += 1
        return None

    def apply(self, state, x, dx):
        """A step of descent."""
        self.steps += 1
        return state, 0.05 * dx


@tests("06.4")
def fit(answer):
    """Pairs, batches, one setup, one update for each batch, the means."""
    x, y = points(14, seed=1)
    spy, model, epochs, size = Spy(), small_model(), 3, 4
    given = x.copy(), y.copy()
    text = "fit(model, loss, rule, x, y, epochs=3, size=4, rng) for 14 samples"
    history = received(
        text,
        answer(model, spy.loss, spy, *given, epochs, size, np.random.default_rng(0)),
    ).value
    unchanged(text, (x, y), given)
    target_of = {tuple(row): float(target[0]) for row, target in zip(x, y, strict=True)}
    for a, b in spy.batches:
        paired = all(
            target_of[tuple(row)] == t for row, t in zip(a, b.ravel(), strict=True)
        )
        require(
            paired,
            VALUE,
            f"`{text}`: the loss was called with samples that have the targets of "
            f"other samples. One order for both.",
        )
    per_epoch = -(-len(x) // size)
    seen = sum(len(a) for a, _ in spy.batches)
    require(
        seen >= epochs * len(x),
        VALUE,
        f"`{text}`: the loss has seen {seen} samples in {epochs} epochs of {len(x)}. "
        f"Some are left out.",
    )
    require(
        len(spy.batches) == epochs * per_epoch and seen == epochs * len(x),
        VALUE,
        f"`{text}`: the loss was computed {len(spy.batches)} times, for {seen} "
        f"samples. Once for each batch is enough: `withgradient` gives both.",
    )
    require(
        spy.setups == 4,
        VALUE,
        f"`{text}`: the memory of the rule was set up {spy.setups // 4} times. What is "
        f"remembered is lost each time.",
    )
    require(
        spy.steps == 4 * epochs * per_epoch,
        VALUE,
        f"`{text}`: there were {spy.steps // 4} updates of the model, for "
        f"{len(spy.batches)} batches.",
    )
    _check_history(text, history, spy.losses, epochs, per_epoch)


def _check_history(text, history, losses, epochs, per_epoch):
    require(
        isinstance(history, list | tuple) and len(history) == epochs,
        SHAPE,
        f"`{text}` returned {shown(history)}: one number for each epoch, in a list.",
    )
    table = np.reshape(losses, (epochs, per_epoch))
    suspects = [
        (list(table[:, -1]), "Those are the losses of the last batch of each epoch."),
        (list(table.sum(axis=1)), "Those are sums."),
    ]
    got = Attempt(text, list(history))
    matches(
        got, list(table.mean(axis=1)), rtol=1e-5, suspects=suspects, check_dtype=False
    )
