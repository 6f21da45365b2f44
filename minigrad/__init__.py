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
update, tqdm by the first progress bar.
"""

from . import printing  # noqa: F401  (gives marked classes their __repr__)
from .errors import DomainError, MutabilityError, NoGradientError, ShapeError

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
# Gradients
from .autodiff import (
    Buffer,
    Tape,
    Trace,
    Tracked,
    check_gradient,
    checkpointed,
    composite,
    constant,
    debugging,
    diaghessian,
    elementwise,
    explain,
    gradient,
    hessian,
    hook,
    hvp,
    is_tracking,
    jacobian,
    outputs,
    primitive,
    pullback,
    pushforward,
    stop_gradient,
    trace,
    vjp,
    withgradient,
    withjacobian,
)

# isort: split
# Layers, activations, losses, initial weights
from .nn import (
    Chain,
    Dense,
    binarycrossentropy,
    crossentropy,
    elu,
    gelu,
    glorot_normal,
    glorot_uniform,
    identity,
    kaiming_normal,
    kaiming_uniform,
    leakyrelu,
    logitbinarycrossentropy,
    logitcrossentropy,
    logsoftmax,
    logsumexp,
    losses,
    mae,
    mse,
    nfan,
    relu,
    sigmoid,
    softmax,
    softplus,
    swish,
    tanh,
)

# isort: split
# Optimisation rules, the state tree, schedules
from . import optimise
from .optimise import (
    AccumGrad,
    AdaBelief,
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Descent,
    Leaf,
    Lion,
    MixedPrecision,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    OAdam,
    OptimiserChain,
    RAdam,
    RMSProp,
    Rprop,
    Rule,
    Scheduler,
    SignDecay,
    WeightDecay,
    adjust,
    adjust_,
    freeze_,
    schedules,
    thaw_,
    update,
    update_,
)

# isort: split
# Training and data
from . import datasets
from .data import DataLoader
from .labels import onecold, onehot, onehotbatch
from .pacing import early_stopping, patience, plateau, throttle
from .random import seed
from .train import setup, train_, trainstep_

__version__ = "0.1.0"

__all__ = [
    "AMSGrad",
    "AccumGrad",
    "AdaBelief",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Buffer",
    "Chain",
    "ClipGlobalNorm",
    "ClipGrad",
    "ClipNorm",
    "DataLoader",
    "Dense",
    "Descent",
    "DomainError",
    "Duplicated",
    "KeyPath",
    "Leaf",
    "Lion",
    "MixedPrecision",
    "Momentum",
    "Muon",
    "MutabilityError",
    "NAdam",
    "Nesterov",
    "NoGradientError",
    "OAdam",
    "OptimiserChain",
    "RAdam",
    "RMSProp",
    "Restructure",
    "Rprop",
    "Rule",
    "Scheduler",
    "ShapeError",
    "SignDecay",
    "Tape",
    "Trace",
    "Tracked",
    "WeightDecay",
    "adjust",
    "adjust_",
    "binarycrossentropy",
    "check_gradient",
    "checkpointed",
    "children",
    "composite",
    "constant",
    "crossentropy",
    "datasets",
    "debugging",
    "destructure",
    "diaghessian",
    "early_stopping",
    "elementwise",
    "elu",
    "explain",
    "fmap",
    "fmap_with_path",
    "fmapstructure",
    "freeze_",
    "functor",
    "gelu",
    "getkeypath",
    "glorot_normal",
    "glorot_uniform",
    "gradient",
    "haskeypath",
    "hessian",
    "hook",
    "hvp",
    "identity",
    "is_leaf",
    "is_parameter",
    "is_tracking",
    "jacobian",
    "kaiming_normal",
    "kaiming_uniform",
    "leakyrelu",
    "logitbinarycrossentropy",
    "logitcrossentropy",
    "logsoftmax",
    "logsumexp",
    "losses",
    "mae",
    "mse",
    "nfan",
    "onecold",
    "onehot",
    "onehotbatch",
    "optimise",
    "outputs",
    "patience",
    "plain",
    "plateau",
    "primitive",
    "pullback",
    "pushforward",
    "rebuild",
    "relu",
    "schedules",
    "seed",
    "setkeypath_",
    "setup",
    "sigmoid",
    "softmax",
    "softplus",
    "stop_gradient",
    "swish",
    "tanh",
    "thaw_",
    "throttle",
    "trace",
    "train_",
    "trainable",
    "trainables",
    "trainstep_",
    "update",
    "update_",
    "vjp",
    "withgradient",
    "withjacobian",
]
