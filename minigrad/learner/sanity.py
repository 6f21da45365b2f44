"""Mistakes that can be found before an hour of training, in one step of it."""

import warnings
from copy import deepcopy
from math import isfinite

import numpy as np

from ..autodiff.explain import explain
from ..autodiff.gradient import withgradient
from ..random import default_rng
from ..walks import float_arrays
from .phases import TrainingPhase, pair


class SanityCheck:
    """Tries one step on a copy of the model, before the first epoch of training.

    It raises where training could not work, and warns where it may not be what was
    meant:

    1. there is training data, and it gives batches that are pairs `(xs, ys)`;
    2. the model takes `xs`, and the loss is one finite number;
    3. there is a gradient, and it is finite;
    4. every parameter gets a gradient (warns, and tells why one does not);
    5. there is validation data (warns).

    The model, and the random numbers to come, stay as they are. Of a phase of your own
    it knows too little to check anything.

    Raises:
        ValueError: something cannot work; its cause is the error that came up.

    Source: `SanityCheck` of FluxTraining.jl, which prints its findings.

    >>> from minigrad.learner import fit_, testlearner
    >>> fit_(testlearner(SanityCheck()), 1)
    """

    def __init__(self):
        self._checked = False

    def on_epoch_begin(self, learner, phase):
        """Check, once."""
        if self._checked or not isinstance(phase, TrainingPhase):
            return
        data = learner.batches
        rng = getattr(data, "rng", None)
        generators = [default_rng(), *([] if rng is None else [rng])]
        states = [generator.bit_generator.state for generator in generators]
        try:
            _check(learner, phase, data)
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.bit_generator.state = state
        self._checked = True

    def __repr__(self):
        return "SanityCheck()"


def _check(learner, phase, data):
    if data is None or hasattr(data, "__next__"):
        return  # it is not known, or looking at it would use it up
    with _named("The training data does not give pairs (xs, ys)"):
        batch = next(iter(data), None)
        if batch is None:
            raise ValueError("It is empty.")
        xs, ys = pair(batch, phase)
    model = deepcopy(learner.model)
    loss = lambda m: learner.lossfn(m(xs), ys)
    with _named("The model and the loss do not fit the data"):
        value = loss(model)
        if np.ndim(value) or not isfinite(value):
            given = f"an array of shape {np.shape(value)}" if np.ndim(value) else value
            raise ValueError(f"The loss of the first batch is {given}.")
    with _named("The gradient of the loss cannot be computed"):
        with np.errstate(all="ignore"):
            grads = withgradient(loss, model).grad[0]
    found = explain(grads, model, loss, state=learner.params)
    infinite = [row.path for row in found.rows if not isfinite(row.norm or 0)]
    if infinite:
        raise ValueError(
            f"SanityCheck: the gradient at {', '.join(infinite)} is not finite."
        )
    trained = {path.place for path, _ in float_arrays(model)}
    missing = [path for path in found.missing if path in trained]
    if missing:
        warnings.warn(
            f"SanityCheck: {', '.join(missing)} got no gradient:\n{found}",
            stacklevel=2,
        )
    if learner.data.validation is None:
        warnings.warn(
            "SanityCheck: there is no validation data, so nothing tells whether the "
            "model does more than learn its data by heart. Write "
            "Learner(model, lossfn, data=(training, validation)).",
            stacklevel=2,
        )


class _named:
    """What goes wrong in here is raised as an error of `SanityCheck`, with a name."""

    def __init__(self, problem):
        self.problem = problem

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and issubclass(kind, Exception):
            raise ValueError(f"SanityCheck: {self.problem}. {error}") from error
        return False
