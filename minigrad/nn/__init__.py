"""Neural networks: layers, activations, initialisers, losses."""

from . import layers, losses
from .activations import (
    elu,
    gelu,
    identity,
    leakyrelu,
    logsoftmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
    swish,
    tanh,
)
from .initialisers import (
    glorot_normal,
    glorot_uniform,
    kaiming_normal,
    kaiming_uniform,
    nfan,
)
from .initialisers import (
    ones as ones,
)
from .initialisers import (
    zeros as zeros,
)
from .layers import *  # noqa: F403
from .losses import (
    binarycrossentropy,
    crossentropy,
    logitbinarycrossentropy,
    logitcrossentropy,
    mae,
    mse,
)
from .modes import testmode_, trainmode_

__all__ = [
    *layers.__all__,
    "binarycrossentropy",
    "crossentropy",
    "elu",
    "gelu",
    "glorot_normal",
    "glorot_uniform",
    "identity",
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
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "swish",
    "tanh",
    "testmode_",
    "trainmode_",
]
