"""Layers: ordinary objects that are called with an array."""

from .chain import Chain
from .dense import Dense

__all__ = ["Chain", "Dense"]
