"""Layers: ordinary objects that are called with an array."""

from .batchnorm import BatchNorm
from .chain import Chain
from .conv import Conv, CrossCor
from .dense import Dense
from .dropout import Dropout
from .embedding import Embedding
from .normalise import GroupNorm, LayerNorm
from .pool import Flatten, GlobalMaxPool, GlobalMeanPool, MaxPool, MeanPool
from .scale import Scale
from .transposed import ConvTranspose
from .windows import SamePad

__all__ = [
    "BatchNorm",
    "Chain",
    "Conv",
    "ConvTranspose",
    "CrossCor",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalMaxPool",
    "GlobalMeanPool",
    "GroupNorm",
    "LayerNorm",
    "MaxPool",
    "MeanPool",
    "SamePad",
    "Scale",
]
