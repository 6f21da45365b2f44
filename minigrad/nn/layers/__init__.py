"""Layers: ordinary objects that are called with an array."""

from .attention import MultiHeadAttention
from .batchnorm import BatchNorm
from .branches import Maxout, Parallel, SkipConnection
from .cells import GRUCell, LSTMCell, RNNCell, initialstates
from .chain import Chain
from .conv import Conv, CrossCor
from .dense import Dense
from .dropout import Dropout
from .embedding import Embedding
from .normalise import GroupNorm, LayerNorm
from .pool import Flatten, GlobalMaxPool, GlobalMeanPool, MaxPool, MeanPool
from .recurrent import GRU, LSTM, RNN
from .scale import Scale
from .transposed import ConvTranspose
from .windows import SamePad

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BatchNorm",
    "Chain",
    "Conv",
    "ConvTranspose",
    "CrossCor",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GlobalMaxPool",
    "GlobalMeanPool",
    "GroupNorm",
    "LSTMCell",
    "LayerNorm",
    "MaxPool",
    "Maxout",
    "MeanPool",
    "MultiHeadAttention",
    "Parallel",
    "RNNCell",
    "SamePad",
    "Scale",
    "SkipConnection",
    "initialstates",
]
