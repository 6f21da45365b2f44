"""Neural networks: layers, activations, initialisers, losses."""

from . import losses
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
from .attention import dot_product_attention, make_causal_mask
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
from .layers import (
    GRU,
    LSTM,
    RNN,
    Chain,
    Dense,
    GRUCell,
    LSTMCell,
    Maxout,
    MultiHeadAttention,
    Parallel,
    RNNCell,
    SkipConnection,
    initialstates,
)
from .losses import (
    binarycrossentropy,
    crossentropy,
    logitbinarycrossentropy,
    logitcrossentropy,
    mae,
    mse,
)

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Chain",
    "Dense",
    "GRUCell",
    "LSTMCell",
    "Maxout",
    "MultiHeadAttention",
    "Parallel",
    "RNNCell",
    "SkipConnection",
    "binarycrossentropy",
    "crossentropy",
    "dot_product_attention",
    "elu",
    "gelu",
    "glorot_normal",
    "glorot_uniform",
    "identity",
    "initialstates",
    "kaiming_normal",
    "kaiming_uniform",
    "leakyrelu",
    "logitbinarycrossentropy",
    "logitcrossentropy",
    "logsoftmax",
    "logsumexp",
    "losses",
    "mae",
    "make_causal_mask",
    "mse",
    "nfan",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "swish",
    "tanh",
]
