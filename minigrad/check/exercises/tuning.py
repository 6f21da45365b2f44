"""Notebook 09, trainings that are steered: fine-tuning, and the finder of rates."""

from copy import deepcopy
from itertools import pairwise

import numpy as np

from ...arrays import plain
from ...autodiff.gradient import withgradient
from ...nn import Chain, Dense, mse, tanh
from ...optimise import Adam
from ...optimise.adjust import adjust_, freeze_, thaw_
from ...optimise.state import Leaf
from ...optimise.update import update_
from ...train import setup
from ...walks import trainables
from ..calling import Attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import SHAPE, VALUE, Finding, require


def small_model():
    """A model of three layers that is the same every time."""
    return Chain(Dense(2, 4, tanh, rng=1), Dense(4, 3, tanh, rng=2), Dense(3, 1, rng=3))


def small_batches(n):
    """Batches of 32 samples."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 32, 2)).astype(np.float32)
    return [(a, a[:, :1] * a[:, 1:]) for a in x]


def error(model, x, y):
    """The loss of the exercises."""
    return mse(model(x), y)


def step(opt_state, model, batch):
    """One update; the loss before it."""
    value, grads = withgradient(lambda m: error(m, *batch), model)
    update_(opt_state, model, grads[0])
    return float(value)


# --- Fine-tuning -----------------------------------------------------------------


class Film:
    """A loss that remembers the weights of each layer whenever it is computed."""

    def __init__(self):
        self.frames = []

    def loss(self, model, x, y):
        """The mean square error."""
        self.frames.append([np.array(plain(layer.weight)) for layer in model.layers])
        return error(model, x, y)

    def moves(self, layer):
        """Whether a layer has moved from each frame to the next."""
        weights = [frame[layer] for frame in self.frames]
        return [not np.array_equal(a, b) for a, b in pairwise(weights)]


@tests("09.3")
def fine_tune(answer):
    """What moves in which phase; the rates; one memory; the same as ours."""
    eta, data = 0.05, small_batches(5)
    film, model = Film(), small_model()
    text = f"fine_tune(model, loss, data, {eta}) for a model of 3 layers"
    state = received(text, answer(model, film.loss, data, eta)).value
    require(
        len(film.frames) == 2 * len(data),
        VALUE,
        f"`{text}` computed the loss {len(film.frames)} times. There are two phases, "
        f"and each goes over all {len(data)} batches once.",
    )
    film.frames.append([np.array(layer.weight) for layer in model.layers])
    _check_moves(text, film, len(data))
    layers = getattr(state, "layers", ())
    require(
        len(layers) == 3 and isinstance(layers[0].weight, Leaf),
        SHAPE,
        f"`{text}` returned {shown(type(state))}. It returns the state tree from "
        f"`mg.setup`.",
    )
    _check_tree(text, state, eta)
    twin = _tuned(data, eta)
    for (path, a), b in zip(
        trainables(model, path=True), trainables(twin), strict=True
    ):
        said = (
            "The layers have moved when they should, and have the right rates, but "
            "what Adam remembers is not the same. One state tree serves for both "
            "phases, and the first layer has rate eta / 10 from the first step of "
            "phase 2."
        )
        matches(Attempt(f"after {text}, model.{path}", a), b, rtol=1e-5,
                suspects=[(a, said)])  # fmt: skip


def _tuned(data, eta):
    model = small_model()
    state = setup(Adam(eta), model)
    for phase in (1, 2):
        for layer in state.layers[:-1]:
            if phase == 1:
                freeze_(layer)
            else:
                thaw_(layer)
                adjust_(layer, eta / 10)
        for batch in data:
            step(state, model, batch)
    return model


def _check_moves(text, film, n):
    for layer in (0, 1):
        moves = film.moves(layer)
        require(
            not any(moves[:n]),
            VALUE,
            f"`{text}`: in phase 1, layer {layer} has moved. Only the last layer "
            f"should. Is what was frozen the state tree that is trained with?",
        )
        require(
            all(moves[n:]),
            VALUE,
            f"`{text}`: in phase 2, layer {layer} has not moved. What is frozen stays "
            f"so until `mg.thaw_`.",
        )
    moves = film.moves(2)
    require(
        all(moves),
        VALUE,
        f"`{text}`: the last layer has rested in phase {1 if not moves[0] else 2}. It "
        f"is trained in both.",
    )


def _check_tree(text, state, eta):
    for k, layer in enumerate(state.layers):
        right = eta if k == 2 else eta / 10
        rate = layer.weight.rule.eta
        require(
            np.isclose(rate, right),
            VALUE,
            f"`{text}`: in the end, layer {k} has the rate {rate:g}. It is eta for the "
            f"last layer, and eta / 10 for the others.",
        )
        require(
            not layer.weight.frozen and not layer.bias.frozen,
            VALUE,
            f"`{text}`: in the end, a part of layer {k} is still frozen.",
        )


# --- The finder ------------------------------------------------------------------


def ours(model, batches, rates, *, fresh=False, after=False, late=False, one=False):
    """The losses; what is named is a mistake."""
    model = deepcopy(model)
    state, found = setup(Adam(), model), []
    for k, rate in enumerate(rates):
        if fresh:
            state = setup(Adam(), model)
        batch = batches[0 if one else k % len(batches)]
        if not late:
            adjust_(state, float(rate))
        value = float(error(model, *batch))
        found.append(value)
        if not np.isfinite(value) or value > 4 * min(found):
            break
        step(state, model, batch)
        if late:
            adjust_(state, float(rate))
        if after:
            found[-1] = float(error(model, *batch))
    return found


@tests("09.5")
def losses_by_rate(answer):
    """All losses, to the end and to an explosion; the model is unchanged."""
    batches = small_batches(4)
    for rates in (np.geomspace(1e-4, 1e-2, 11), np.geomspace(1e-3, 1e3, 40)):
        model, right = small_model(), ours(small_model(), batches, rates)
        text = f"losses_by_rate(model, loss, 4 batches, {len(rates)} rates)"
        found = received(text, answer(model, error, list(batches), rates)).value
        for (path, a), b in zip(
            trainables(model, path=True), trainables(small_model()), strict=True
        ):
            require(
                np.array_equal(a, b),
                VALUE,
                f"`{text}` has changed `model.{path}`. A run with rates that are too "
                f"large spoils a model: work with `deepcopy(model)`.",
            )
        _check_losses(text, found, right, rates, batches)
    x, y = batches[2]
    spoilt = [*batches[:2], (x, y * np.float32(np.nan)), batches[3]]
    found = received(text, answer(small_model(), error, spoilt, rates)).value
    require(
        len(found) == 3 and np.isnan(found[2]),
        VALUE,
        f"The third loss is NaN, and there were {len(found)} losses. It should stop "
        f"there. (A comparison with NaN is never true: ask `np.isfinite`.)",
    )


def _check_losses(text, found, right, rates, batches):
    require(
        isinstance(found, list | tuple),
        SHAPE,
        f"`{text}` returned {shown(found)}. It is a list of losses.",
    )
    found = [float(plain(value)) for value in found]
    mistakes = (
        (dict(fresh=True), "The state tree is made anew in each step, and Adam forgets "
         "everything. Set up once."),
        (dict(one=True), "It is the same batch in every step. Take the next."),
        (dict(after=True), "The loss of a step is that before its update."),
        (dict(late=True), "The rate of a step is adjusted before its update, not "
         "after it."),
    )  # fmt: skip
    for options, said in mistakes:
        wrong = ours(small_model(), batches, rates, **options)
        if _same(wrong, found) and not _same(wrong, right):
            raise Finding(VALUE, f"`{text}`: {said}")
    n = min(len(found), len(right))
    require(
        len(found) <= n or not np.allclose(found[:n], right, 1e-4),
        VALUE,
        f"`{text}` went on after a loss of {right[-1]:.3g}, where the smallest was "
        f"{min(right):.3g}. It stops when the loss is more than four times the "
        f"smallest.",
    )
    require(
        len(right) <= n or not np.allclose(found, right[:n], 1e-4),
        SHAPE,
        f"`{text}` returned {len(found)} losses. The run was not over yet, or the loss "
        f"at which it stops is left out.",
    )
    matches(Attempt(text, found[:n]), right[:n], rtol=1e-4)


def _same(a, b):
    return len(a) == len(b) and np.allclose(a, b, rtol=1e-5)
