"""The learner: all that a training consists of, in one place."""

from copy import copy
from inspect import signature

import numpy as np

from ..duplicated import model_of
from ..errors import described
from ..functors import children
from ..optimise.rules import Adam
from ..serialise.models import modules
from ..train import setup
from ..walks import float_arrays, trainables
from .callbacks import Callbacks
from .cancelling import CancelFittingException
from .conditional import unwrapped
from .defaults import default_callbacks
from .phases import AbstractTrainingPhase, AbstractValidationPhase
from .position import Position
from .propdict import PropDict
from .recording import Recorder
from .report import report
from .sources import as_data
from .tables import data_text


class Learner:
    """Holds and connects what a training needs; `fit_` trains it.

    Args:
        model: a callable tree. Or several: a named tuple, dict or tuple of models,
            for a phase of your own.
        lossfn: called as `lossfn(model(xs), ys)`; returns one number.
        data: what gives batches `(xs, ys)` when it is iterated over, again and again:
            a `DataLoader`, a list. Or a pair of them, for training and validation; or
            a dict with the keys "training" and "validation".
        optimizer: a rule, such as `Adam()`.
        callbacks: objects with methods named after events.
        usedefaultcallbacks: whether `Metrics`, `Recorder`, `StopOnNaNLoss`,
            `ProgressPrinter` and `MetricsPrinter` are there, too. One of yours takes
            the place of its kind.

    Attributes:
        model, lossfn, optimizer: as given. If you put in another model or another
            rule, `params` is made anew.
        data: `data.training` and `data.validation`.
        params: the state tree, in the structure of the model. (What FluxTraining calls
            so: it names the parameters that are updated.)
        callbacks: a `Callbacks`; prints the order in which they run. You can put in
            another list.
        step: what is known of the last step: `xs`, `ys`, `yhat`, `loss`, `grads`.
        cbstate: what callbacks tell each other: `history`, `metricsstep`,
            `metricsepoch`, `hyperparams`.
        plan, nepochs: of a `fit_`: pairs of a phase and its data, and how many epochs.
        stopped: why the last `fit_` ended before its time; None if it did not.

    Raises:
        TypeError: an argument is something else than what is meant.
        ValueError: the callbacks have no order.

    Source: `Learner` of FluxTraining.jl.

    >>> from minigrad import Chain, DataLoader, Dense, mse
    >>> x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    >>> learner = Learner(
    ...     Chain(Dense(1, 1)), mse, data=DataLoader((x, 3 * x)), callbacks=[]
    ... )
    >>> learner
    Learner(Chain, mse, Adam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08),
            data=(DataLoader(20 batches of 1, 20 observations on axis 0), None))
    """

    def __init__(
        self,
        model,
        lossfn,
        *,
        data=(),
        optimizer=None,
        callbacks=(),
        usedefaultcallbacks=True,
    ):
        _check_model_and_loss(model, lossfn)
        self.lossfn = lossfn
        self.data = as_data(data)
        vars(self)["model"] = model
        self.optimizer = Adam() if optimizer is None else optimizer
        self.find_recorded()
        self.callbacks = _with_defaults(callbacks, usedefaultcallbacks)
        self.step, self.cbstate = PropDict(), PropDict()
        self.position, self.batches, self.rest = Position(), None, None
        self.plan, self.nepochs = (), 0
        self.stopped, self.interrupted = None, False

    def __setattr__(self, name, value):
        """Of another model, rule or callbacks, make what follows from them."""
        if name in ("model", "optimizer"):
            optimizer = value if name == "optimizer" else self.optimizer
            model = value if name == "model" else self.model
            self.params = state_tree(optimizer, model)
        elif name == "callbacks":
            value = Callbacks(value)
        object.__setattr__(self, name, value)

    @property
    def history(self):
        """What `Recorder` has written down; the same as `cbstate.history`.

        Raises:
            AttributeError: there is no `Recorder`.
        """
        if "history" not in self.cbstate:  # as before the first epoch
            if Recorder not in self.callbacks:
                raise AttributeError(
                    "There is nothing called history here: no Recorder has written it "
                    "down. Write Learner(..., callbacks=[Metrics(), Recorder()]), or "
                    "leave out usedefaultcallbacks=False."
                )
            self.cbstate.history = self.callbacks[Recorder].history
        return self.cbstate.history

    def report(self, path):
        """Write what there is to know of the training into one HTML page.

        The curves of all metrics, learning rates and norms of gradients, the model, and
        the configuration. The page needs no network; it may be written at any time.

        Args:
            path: of the page, as "report.html"; an old one is replaced.

        Raises:
            OSError: it cannot be written there.
        """
        report(self, path)

    # --- For phases and callbacks --------------------------------------------------

    def handle(self, event, phase):
        """Call the callbacks that wait for an event."""
        self.callbacks.handle(event, self, phase)

    def data_for(self, phase):
        """What a phase iterates over.

        Raises:
            TypeError: there is nothing.
        """
        name = "validation" if isinstance(phase, AbstractValidationPhase) else ""
        name = "training" if isinstance(phase, AbstractTrainingPhase) else name
        found = getattr(self.data, name, None)
        if not name:
            raise TypeError(
                f"{phase!r} is a phase neither of training nor of validation, so it is "
                f"not known which data it takes. Let its class inherit from "
                f"AbstractTrainingPhase, or write epoch_(learner, phase, data)."
            )
        if found is None:
            raise TypeError(
                f"There is no data for {phase!r}. Write Learner(model, lossfn, "
                f"data=(training, validation)), or epoch_(learner, phase, data)."
            )
        return found

    def find_recorded(self):
        """Find the arrays that layers change while the model is called.

        These are statistics such as those of `BatchNorm`: arrays that are not trained,
        of layers that work differently in training.
        """
        self.recorded = _recorded(model_of(self.model))

    def rest_of(self, batches):
        """The batches of the next epoch: of a resumed one, those not yet seen."""
        rest, self.rest = self.rest, None
        return batches if rest is None else rest.of(self, batches)

    def stop_if_interrupted(self):
        """End the training if Ctrl-C has been pressed during a `fit_`.

        Raises:
            CancelFittingException: it has.
        """
        if self.interrupted:
            epoch, step = self.position.epoch, self.position.step
            where = f"step {step} of epoch {epoch + 1}" if step else f"epoch {epoch}"
            raise CancelFittingException(f"Interrupted by Ctrl-C, after {where}.")

    def annotate(self, error):
        """Add to an error what may have been meant by model and loss."""
        if not callable(self.model):
            error.add_note(
                f"The model is {described(self.model)}, which cannot be called with "
                f"xs. For several models write a phase of your own, whose step_ says "
                f"what is done with each."
            )
        elif not _takes_two(self.lossfn):
            error.add_note(
                "A learner calls lossfn(model(xs), ys), with two arguments. (The loss "
                "of train_ is another function: it takes the model, too.)"
            )

    def __getstate__(self):
        """A copy made in the middle of a `fit_` is in none."""
        position = copy(self.position)
        position.phases, position.inside = (), False
        return vars(self) | {"plan": (), "rest": None, "position": position}

    def __repr__(self):
        model = type(self.model).__name__
        lossfn = getattr(self.lossfn, "__name__", repr(self.lossfn))
        data = ", ".join(map(_in_short, self.data))
        return f"Learner({model}, {lossfn}, {self.optimizer!r}, data=({data}))"


def state_tree(optimizer, model):
    """The state tree of a model: the one place where a rule becomes one.

    `minigrad.setup` says what a rule is. Whatever else it takes, as the
    optimisers of the old style, works in a learner too.
    """
    return setup(optimizer, model)


def _in_short(data):
    """How data prints; of a list, only what it is, since it may hold a million."""
    return data_text(data) if isinstance(data, list | tuple) else repr(data)


def _takes_two(function):
    try:
        signature(function).bind("yhat", "ys")
    except TypeError:
        return False
    except ValueError:  # a function of C, which does not tell
        pass
    return True


def _recorded(model):
    layers = [part for part in modules(model) if hasattr(part, "active")]
    if not layers:
        return []
    trained = {id(x) for _, x in float_arrays(model)}
    arrays = [x for layer in layers for x in children(layer).values()]
    return [x for x in arrays if isinstance(x, np.ndarray) and id(x) not in trained]


def _with_defaults(callbacks, usedefaultcallbacks):
    """The callbacks given, after those that nobody has to ask for."""
    if hasattr(callbacks, "__iter__"):
        callbacks = list(callbacks)
    else:
        raise TypeError(
            f"Learner(callbacks={callbacks!r}): a list of callbacks is needed: write "
            f"callbacks=[{type(callbacks).__name__}(...)]."
        )
    if not usedefaultcallbacks:
        return callbacks
    defaults = [_of_kind(type(one), callbacks, one) for one in default_callbacks()]
    return defaults + [c for c in callbacks if not any(c is one for one in defaults)]


def _of_kind(cls, callbacks, default):
    found = (one for one in callbacks if isinstance(unwrapped(one), cls))
    return next(found, default)


def _check_model_and_loss(model, lossfn):
    if not callable(lossfn) or (trainables(lossfn) and not trainables(model)):
        raise TypeError(
            f"Learner(model, lossfn) needs the model first, and then a function of "
            f"model(xs) and ys. It was given {described(model)} and "
            f"{described(lossfn)}. Write Learner(model, mse)."
        )
