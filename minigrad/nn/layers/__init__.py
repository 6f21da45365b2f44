"""Layers: ordinary objects that are called with an array."""

from .attention import MultiHeadAttention
from .branches import Maxout, Parallel, SkipConnection
from .cells import GRUCell, LSTMCell, RNNCell, initialstates
from .chain import Chain
from .dense import Dense
from .recurrent import GRU, LSTM, RNN

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
    "initialstates",
]
