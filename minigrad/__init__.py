"""minigrad: Flux's training API on NumPy and numba, small enough to read.

A model is an ordinary object, a gradient has the model's own structure, and a
training step is three calls:

>>> import numpy as np, minigrad as mg
>>> model = mg.Chain(mg.Dense(2, 8, mg.tanh), mg.Dense(8, 1))
>>> opt_state = mg.setup(mg.Adam(0.01), model)
>>> x, y = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)
>>> grads = mg.gradient(lambda m: mg.mse(m(x), y), model)
>>> grads[0].layers[0].weight.shape
(8, 2)
>>> _ = mg.update_(opt_state, model, grads[0])

The names below are grouped in reading order. numba is imported by the first
update, tqdm by the first progress bar, matplotlib by the first picture,
scikit-learn with `minigrad.sklearn`, and `minigrad.learner` when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from . import printing  # noqa: F401  (gives marked classes their __repr__)
from .errors import (
    DomainError,
    FileError,
    MutabilityError,
    NoGradientError,
    ShapeError,
)

# isort: split
# Models as trees
from .arrays import is_parameter
from .functors import children, is_leaf, rebuild, trainable
from .marking import functor
from .walks import (
    KeyPath,
    fmap,
    fmap_with_path,
    fmapstructure,
    getkeypath,
    haskeypath,
    setkeypath_,
    trainables,
)

# isort: split
from .destructure import Restructure, destructure
from .duplicated import Duplicated
from .fastpaths import plain

# isort: split
# Gradients; layers, activations, losses, initial weights; rules, schedules, updates
from . import autodiff, nn, optimise
from .autodiff import *  # noqa: F403
from .nn import *  # noqa: F403
from .nn.layers.chain import activations  # `nn.activations` are relu and its like
from .optimise import *  # noqa: F403

# isort: split
# Training and data
from . import datasets
from .data import DataLoader
from .labels import onecold, onehot, onehotbatch
from .pacing import early_stopping, patience, plateau, throttle
from .random import seed
from .shaping import flatten, normalise, stack, unsqueeze
from .splits import batch, eachobs, kfolds, shuffleobs, splitobs, unbatch
from .train import setup as setup
from .train import train_, trainstep_

# isort: split
# Models seen as a whole, and files
from . import serialise
from .dryrun import outputsize
from .serialise import *  # noqa: F403
from .summary import summary

if TYPE_CHECKING:  # editors should know what `__getattr__` below imports
    from . import learner
    from .learner import Learner, fit_

__version__ = "0.1.0"

__all__ = [
    "DataLoader",
    "DomainError",
    "Duplicated",
    "FileError",
    "KeyPath",
    "Learner",
    "MutabilityError",
    "NoGradientError",
    "Restructure",
    "ShapeError",
    "activations",
    "batch",
    "children",
    "datasets",
    "destructure",
    "eachobs",
    "early_stopping",
    "fit_",
    "flatten",
    "fmap",
    "fmap_with_path",
    "fmapstructure",
    "functor",
    "getkeypath",
    "haskeypath",
    "is_leaf",
    "is_parameter",
    "kfolds",
    "learner",
    "normalise",
    "onecold",
    "onehot",
    "onehotbatch",
    "optimise",
    "outputsize",
    "patience",
    "plain",
    "plateau",
    "rebuild",
    "seed",
    "setkeypath_",
    "shuffleobs",
    "splitobs",
    "stack",
    "summary",
    "throttle",
    "train_",
    "trainable",
    "trainables",
    "trainstep_",
    "unbatch",
    "unsqueeze",
    *autodiff.__all__,
    *nn.__all__,
    *optimise.__all__,
    *serialise.__all__,
]


def __getattr__(name):
    """The modules that are imported when they are asked for; a word on old names."""
    if name in ("learner", "legacy", "plots", "sklearn"):
        return import_module(f".{name}", __name__)
    if name in ("Learner", "fit_"):
        return getattr(import_module(".learner", __name__), name)
    if name[0] != "_" and hasattr(import_module(".legacy", __name__), name):
        raise AttributeError(
            f"minigrad.{name} does not exist: it belongs to the old style of implicit "
            f"parameters, minigrad.legacy.{name}. In the new style, pass the model "
            f"itself: gradient(lambda m: loss(m(x), y), model). (trainables(model) "
            f"lists its arrays, setup(Adam(), model) makes the state for update_.)"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
