"""Notebook 10, what survives a power cut, and a phase with two models."""

from collections import namedtuple
from contextlib import redirect_stderr
from copy import deepcopy
from io import StringIO
from tempfile import TemporaryDirectory

import numpy as np

from ...autodiff.gradient import gradient
from ...destructure import destructure
from ...learner import AbstractTrainingPhase, Checkpointer, Learner, Metrics, fit_
from ...nn import Chain, Dense, logitbinarycrossentropy, mse, tanh
from ...optimise import Adam, Momentum, update_
from ...train import setup
from ..calling import Attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require

# --- A memory that survives ------------------------------------------------------


class Places:
    """Writes down the parameters after every step of training."""

    def __init__(self):
        self.flats = []

    def on_step_end(self, learner, phase):
        """Note them."""
        if isinstance(phase, AbstractTrainingPhase):
            self.flats.append(destructure(learner.model)[0].copy())


def trained(*callbacks, epochs):
    """A small model after some epochs of three batches, with validation."""
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(3, 8, 2)).astype(np.float32)
    batches = [(x, x[:, :1] * x[:, 1:]) for x in xs]
    learner = Learner(
        Chain(Dense(2, 4, tanh, rng=1), Dense(4, 1, rng=2)),
        mse,
        data=(batches, batches[:2]),
        optimizer=Momentum(0.05),
        callbacks=[Metrics(), *callbacks],
        usedefaultcallbacks=False,
    )
    fit_(learner, epochs)


def averaged(flats, decay, start=None):
    """The running mean of some arrays."""
    average = flats[0] if start is None else decay * start + (1 - decay) * flats[0]
    for flat in flats[1:]:
        average = decay * average + (1 - decay) * flat
    return average


@tests("10.5")
def WeightAverage(answer):
    """The mean, in training only; then the same bits with an interruption."""
    for decay, epochs in ((0.5, 1), (0.9, 2)):
        callback, places = answer(decay), Places()
        trained(callback, places, epochs=epochs)
        text = f"average of WeightAverage({decay}), after {3 * epochs} steps"
        flats = places.flats
        got = received(text, callback.average)
        twice = [f for k in range(0, len(flats), 3)
                 for f in (*flats[k : k + 3], flats[k + 2], flats[k + 2])]  # fmt: skip
        suspects = [
            (flats[-1], "Those are the parameters of the last step."),
            (averaged(twice, decay), "Steps of validation count as well."),
            (averaged(flats, 1 - decay), "`decay` and `1 - decay` are swapped."),
            (averaged(flats, decay, 0 * flats[0]), "It begins with zeros. It is to "
             "begin with the model after the first step."),
            (np.mean(flats, 0), "That is the plain mean of all steps."),
        ]  # fmt: skip
        matches(got, averaged(flats, decay), rtol=1e-6, suspects=suspects)
    _survives(answer)


def _survives(answer):
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        straight = answer(0.9)
        trained(straight, Checkpointer(one, keep_top_k=0), epochs=4)
        trained(answer(0.9), Checkpointer(two, keep_top_k=0), epochs=2)
        resumed = answer(0.9)
        with redirect_stderr(StringIO()):
            trained(resumed, Checkpointer(two, keep_top_k=0), epochs=4)
    text = "The average of a training that was interrupted after 2 of 4 epochs"
    require(resumed.average is not None, VALUE, f"{text} is None.")
    if np.array_equal(straight.average, resumed.average):
        return
    near = np.allclose(straight.average, resumed.average, rtol=1e-3, atol=1e-4)
    raise Finding(
        ALMOST if near else VALUE,
        f"{text} is {shown(resumed.average)}: not to the last bit what it is without "
        f"an interruption. Does `state_dict` return all that is remembered, and does "
        f"`load_state_dict_` put it back?",
    )


# --- Two models ------------------------------------------------------------------

Pair = namedtuple("Pair", "generator critic")


def new_pair():
    """A generator and a critic, the same every time."""
    return Pair(
        Chain(Dense(1, 3, tanh, rng=1), Dense(3, 1, rng=2)),
        Chain(Dense(1, 4, tanh, rng=3), Dense(4, 1, rng=4)),
    )


def verdict(critic, x, real):
    """The loss of a critic that should say 1, or 0."""
    return logitbinarycrossentropy(critic(x), np.full((len(x), 1), real, np.float32))


class Contest:
    """The steps as they should be, and as they are with a mistake.

    Args:
        mistake: "old critic", "no critic", "no generator", "deceived" (the critic is
            updated by the generator's loss), or nothing.
    """

    def __init__(self, mistake=""):
        self.pair, self.mistake, self.losses = new_pair(), mistake, []
        self.state = setup(Adam(0.1), self.pair)

    def step(self, noise, real):
        """A step of both."""
        (generator, critic), state = self.pair, self.state
        fake, old = generator(noise), deepcopy(critic)
        judge = lambda m: verdict(m, real, 1) + verdict(m, fake, 0)
        if self.mistake == "deceived":
            judge = lambda m: verdict(m, fake, 1)
        if self.mistake != "no critic":
            update_(state.critic, critic, gradient(judge, critic)[0])
        against = old if self.mistake == "old critic" else critic
        fool = lambda m: verdict(against, m(noise), 1)
        self.losses.append(float(fool(generator)))
        if self.mistake != "no generator":
            update_(state.generator, generator, gradient(fool, generator)[0])


MISTAKES = {
    "no critic": "The critic is never updated.",
    "no generator": "The generator is never updated.",
    "old critic": "The generator was compared with the critic as it was before its "
    "update. Take its gradient after that.",
    "deceived": "The critic is trained to be deceived: its own loss is `critic_loss`.",
}


class Ears:
    """What a callback finds when the gradient is known, and when a step has ended."""

    def __init__(self):
        self.generators, self.grads, self.losses = [], [], []

    def on_backward_end(self, learner, phase):
        """Note the generator, which should be the old one."""
        self.generators.append(destructure(learner.model.generator)[0].copy())
        self.grads.append(learner.step.get("grads"))

    def on_step_end(self, learner, phase):
        """Note the loss."""
        self.losses.append(learner.step.get("loss"))


@tests("10.6")
def AdversarialPhase(answer):
    """Both models after some steps; the loss, the gradient and the event."""
    rng = np.random.default_rng(0)
    batches = rng.normal(size=(3, 2, 6, 1)).astype(np.float32)
    batches = [(noise, real + 2) for noise, real in batches]
    ears = Ears()
    learner = Learner(
        new_pair(), mse, optimizer=Adam(0.1), callbacks=[ears],
        usedefaultcallbacks=False,
    )  # fmt: skip
    before = destructure(learner.model.generator)[0].copy()
    fit_(learner, 1, batches, phases=answer())
    contests = {mistake: Contest(mistake) for mistake in ("", *MISTAKES)}
    for batch in batches:
        for contest in contests.values():
            contest.step(*batch)
    right = contests.pop("")
    suspects = [
        (_flats(contest.pair), MISTAKES[mistake])
        for mistake, contest in contests.items()
    ]
    suspects.append((_flats(new_pair()), "Neither of them is ever updated."))
    text = "the parameters of generator and critic, after 3 steps"
    got = Attempt(text, _flats(learner.model))
    matches(got, _flats(right.pair), rtol=1e-5, suspects=suspects)
    _check_told(ears, right.losses, before)


def _flats(pair):
    """All parameters of both, in one array."""
    return np.concatenate([destructure(model)[0] for model in pair])


def _check_told(ears, losses, before):
    said = "Both models are right, but"
    require(
        None not in ears.losses,
        VALUE,
        f"{said} callbacks find no `learner.step.loss` after a step: store it as "
        f"`state.loss`.",
    )
    matches(
        Attempt("learner.step.loss, in 3 steps", list(map(float, ears.losses))),
        losses, rtol=1e-5, check_dtype=False,
    )  # fmt: skip
    require(
        len(ears.generators) == 3,
        SHAPE,
        f"{said} there were {len(ears.generators)} events BackwardEnd in 3 steps. Send "
        f"one in each: `handle(BackwardEnd())`.",
    )
    require(
        None not in ears.grads,
        VALUE,
        f"{said} at BackwardEnd callbacks find no `learner.step.grads`: store them as "
        f"`state.grads`, before you send it.",
    )
    require(
        np.array_equal(ears.generators[0], before),
        ALMOST,
        f"{said} at BackwardEnd the generator has been updated already. A callback "
        f"that wants to prevent a bad update comes too late.",
    )
