"""Layers: ordinary objects that are called with an array."""

from .batchnorm import BatchNorm
from .chain import Chain
from .dense import Dense
from .dropout import Dropout
from .embedding import Embedding
from .normalise import GroupNorm, LayerNorm
from .scale import Scale

__all__ = [
    "BatchNorm",
    "Chain",
    "Dense",
    "Dropout",
    "Embedding",
    "GroupNorm",
    "LayerNorm",
    "Scale",
]
