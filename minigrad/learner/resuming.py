"""Going on where a training was killed: what is kept of it, and how it begins again.

What decides over the numbers to come is the model, the state tree, the generators,
what callbacks remember, and how far the data have been gone through. Within an epoch
the order of the data was drawn at its beginning. So the generators are kept twice, as
they were then and as they are now: the data are begun with the former, as many batches
are left out as have been seen, and training goes on with the latter.
"""

import re
from copy import deepcopy
from itertools import islice

import numpy as np

from ..errors import ShapeError
from ..random import default_rng
from ..serialise.files import load_into_, read, save
from .conditional import name_of, restore_, state_of


def generators(learner):
    """The generators outside of the model: the default one, and those of the data."""
    found = {"default": default_rng()}
    for name, data in learner.data._asdict().items():
        rng = getattr(data, "rng", None)
        if isinstance(rng, np.random.Generator):
            found[name] = rng
    return found


def set_generators_(learner, states):
    """Let the generators outside of the model go on from others.

    Raises:
        ShapeError: one is of another kind.
    """
    for name, generator in generators(learner).items():
        if name not in states:
            continue
        state = states[name].bit_generator.state
        kind = type(generator.bit_generator).__name__
        if state["bit_generator"] != kind:
            raise ShapeError(
                f"The generator of the {name} data is a {kind} in the program, and a "
                f"{state['bit_generator']} in the file."
            )
        generator.bit_generator.state = state


def write_run(path, learner, position, begin):
    """Write all that is needed to go on into a file.

    Args:
        path: of the file.
        learner: the learner.
        position: where it stands, as `Position.as_dict` gives it.
        begin: the generators at the beginning of the epoch.

    Raises:
        OSError: the file cannot be written; an old one is whole.
    """
    stopped = "" if learner.interrupted else learner.stopped or ""
    run = {
        "position": position,
        "stopped": stopped,
        "optimizer": told(learner.optimizer),
        "batches": lengths(learner),
        "callbacks": [[name_of(one), state_of(one)] for one in learner.callbacks],
    }
    save(
        path,
        model=learner.model,
        params=learner.params,
        rng=generators(learner),
        begin=begin,
        run=run,
    )


def told(rule):
    """How a rule prints, but for the places of its functions in memory.

    >>> told(lambda t: 1 / t)
    '<function <lambda>>'
    """
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(rule))


def lengths(learner):
    """How many batches each phase has in an epoch of this `fit_`; -1 if none knows."""
    return [
        len(batches) if hasattr(batches, "__len__") else -1
        for _, batches in learner.plan
    ]


class Run:
    """A training that was written into a file.

    Attributes:
        path: of the file.
        position: where it stood, as `Position.as_dict` gives it.
        stopped: why it ended before its time; empty if it did not.
        optimizer: how its rule is printed.
        batches: how many batches each phase had.
    """

    def __init__(self, path):
        self.path, things = path, read(path)
        if "run" not in things:
            raise ShapeError(f"{path} holds no training, but {', '.join(things)}.")
        run = things["run"]
        self.position, self.stopped = run["position"], run["stopped"]
        self.optimizer, self._callbacks = run["optimizer"], run["callbacks"]
        self.batches = list(run.get("batches", ()))
        self.begin, self._rng = things["begin"], things["rng"]

    def load_into_(self, learner):
        """Put model and state tree into a learner.

        Raises:
            ShapeError: they do not fit; nothing has changed.
        """
        load_into_(learner.model, self.path, params=learner.params)

    def restore_(self, learner):
        """Let the generators and the callbacks of a learner go on."""
        set_generators_(learner, self._rng)
        left = list(learner.callbacks)
        for name, state in self._callbacks:
            for callback in left:
                if name_of(callback) == name:
                    restore_(callback, deepcopy(state))
                    left = [one for one in left if one is not callback]
                    break

    def of(self, learner, batches):
        """The batches that are left of the epoch in which it stood."""
        return Rest(self, learner, batches)


class Rest:
    """What is left of an epoch: all its batches but those that have been seen.

    When the first of them is asked for, `EpochBegin` is over; then the generators and
    the callbacks are what they were.
    """

    def __init__(self, run, learner, batches):
        self._run, self._learner, self._batches = run, learner, batches

    def __len__(self):
        return len(self._batches)

    def __getattr__(self, name):
        return getattr(self._batches, name)

    def __iter__(self):
        run, learner = self._run, self._learner
        set_generators_(learner, run.begin)
        seen, batches = run.position["step"], iter(self._batches)
        found = sum(1 for _ in islice(batches, seen))
        if found < seen:
            raise ShapeError(
                f"{run.path} was written after step {seen} of an epoch, and the data "
                f"has {found} batches. Go on with the same data."
            )
        run.restore_(learner)
        learner.position.step = seen
        return batches
