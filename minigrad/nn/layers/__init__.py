"""Layers: ordinary objects that are called with an array."""

from .batchnorm import BatchNorm
from .chain import Chain
from .conv import Conv, ConvTranspose, CrossCor
from .dense import Dense
from .dropout import Dropout
from .embedding import Embedding
from .normalise import GroupNorm, LayerNorm
from .pool import GlobalMaxPool, GlobalMeanPool, MaxPool, MeanPool
from .scale import Scale
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
    "GlobalMaxPool",
    "GlobalMeanPool",
    "GroupNorm",
    "LayerNorm",
    "MaxPool",
    "MeanPool",
    "SamePad",
    "Scale",
]
