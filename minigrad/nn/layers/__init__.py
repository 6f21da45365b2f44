"""Layers: ordinary objects that are called with an array."""

from .chain import Chain
from .conv import Conv, ConvTranspose, CrossCor
from .dense import Dense
from .pool import GlobalMaxPool, GlobalMeanPool, MaxPool, MeanPool
from .windows import SamePad

__all__ = [
    "Chain",
    "Conv",
    "ConvTranspose",
    "CrossCor",
    "Dense",
    "GlobalMaxPool",
    "GlobalMeanPool",
    "MaxPool",
    "MeanPool",
    "SamePad",
]
