"""Notebook 10, Learner, phases, callbacks: events, and logging."""

import numpy as np

from ...learner import (
    Learner,
    fit_,
)
from ...marking import functor
from ...nn import Chain, Dense, mse, tanh
from ...optimise import Descent
from ...walks import trainables
from ..calling import Attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, STILL_MISSING, VALUE, Finding, require
from . import drills, phases  # noqa: F401  (the other exercises of this notebook)

# --- Telling ---------------------------------------------------------------------


class Hears:
    """A callback that notes what it is told."""

    def __init__(self, name, heard):
        self.name, self.heard = name, heard

    def on_step_end(self, run):
        """Note it."""
        self.heard.append((self.name, run))


class Deaf:
    """A callback that does not listen to the end of a step."""

    def on_epoch_end(self, run):
        """Nobody should call it here."""
        raise Finding(VALUE, "`send('step_end', ...)` called a method `on_epoch_end`.")

    def step_end(self, run):
        """Nor this: its name is not that of an event."""
        raise Finding(
            VALUE, "`send('step_end', ...)` called `step_end`, and not `on_step_end`."
        )


class Fails:
    """A callback with a bug in it."""

    def on_step_end(self, run):
        """What a misspelt attribute raises."""
        raise AttributeError("a bug in the callback")


@tests("10.1")
def send(answer):
    """Those who listen, in order, once each; what they raise comes through."""
    heard, run = [], {"loss": 1.0}
    callbacks = [Hears("a", heard), Deaf(), Hears("b", heard), Hears("c", heard)]
    text = 'send("step_end", callbacks, run)'
    answer("step_end", callbacks, run)
    names = "".join(name for name, _ in heard)
    require(
        heard,
        VALUE,
        f"`{text}`: three of the callbacks have a method `on_step_end`, and none of "
        f"them was called.",
    )
    require(
        names == "abc",
        VALUE,
        f"`{text}`: of the callbacks a, b and c, which listen, were called, in this "
        f"order: {', '.join(names)}.",
    )
    require(
        all(given is run for _, given in heard),
        VALUE,
        f"`{text}`: the methods were called with {shown(heard[0][1])}, and not with "
        f"`run` itself.",
    )
    answer("step_begin", callbacks, run)
    require(len(heard) == 3, VALUE, "Another event was taken for the end of a step.")
    try:
        answer("step_end", [Fails()], run)
    except AttributeError:
        return
    raise Finding(
        ALMOST,
        "A callback has a bug: its method raises an AttributeError. `send` kept that "
        "to itself, and nobody will ever hear of it. Ask whether there is a method, "
        "and call it outside of any `try`.",
    )


# --- Logging ---------------------------------------------------------------------


@functor
class Spare:
    """A layer, and an array that nothing uses, so that its gradient is None."""

    def __init__(self):
        self.spare = np.ones(3, np.float32)
        self.layers = Chain(Dense(2, 4, tanh, rng=1), Dense(4, 1, rng=2))

    def __call__(self, x):
        """The layers of x."""
        return self.layers(x)


class Norms:
    """Writes down the parts of which the norm is made."""

    def __init__(self):
        self.parts = []

    def on_backward_end(self, learner, phase):
        """Note the gradient."""
        grads = trainables(learner.step.grads)
        self.parts.append([float(np.sum(g.astype(float) ** 2)) for g in grads])


@tests("10.2")
def GradientLogger(answer):
    """A float for each step of training; the root of all squares; None is left out."""
    require(
        any(name.startswith("on_") for name in dir(answer)),
        STILL_MISSING,
        "`GradientLogger` has no method that is named after an event.",
    )
    rng = np.random.default_rng(0)
    batches = [
        (x, x[:, :1] * x[:, 1:]) for x in rng.normal(size=(3, 8, 2)).astype(np.float32)
    ]
    logger, spy = answer(), Norms()
    options = {"optimizer": Descent(0.1), "usedefaultcallbacks": False}
    learner = Learner(
        Spare(), mse, data=(batches, batches), callbacks=[logger, spy], **options
    )
    fit_(learner, 2)
    text = "logger.norms, after 2 epochs of 3 batches each"
    norms = received(text, logger.norms).value
    require(
        isinstance(norms, list) and len(norms) == 6,
        SHAPE,
        f"`{text}`, is {shown(norms)}. One number for each step of training, in the "
        f"list that `__init__` has made.",
    )
    for norm in norms:
        require(
            isinstance(norm, float),
            VALUE,
            f"`{text}`, has an entry {shown(norm)}, of type {type(norm).__name__}, and "
            f"should have floats: write float(...).",
        )
    parts = np.array(spy.parts)
    suspects = [
        (list(parts.sum(1)), "That is the sum of the squares, without the root."),
        (list(np.sqrt(parts).sum(1)), "Those are the sums of the norms of the arrays. "
         "Sum the squares of all, and take the root once."),
        (list(np.sqrt(parts[:, 0])), "That is the norm of the first array alone."),
        (list(np.sqrt(parts).max(1)), "That is the norm of the largest array alone."),
    ]  # fmt: skip
    got = Attempt("logger.norms", norms)
    matches(got, list(np.sqrt(parts.sum(1))), rtol=1e-5, suspects=suspects)
