"""Initialisers: the numbers that a layer starts from.

A layer calls `init((out, in))` and gets an array. The spread of the random ones
shrinks with the size of the layer, so that signals neither grow nor fade from
layer to layer. Called without a shape an initialiser takes options and returns an
initialiser: `Dense(4, 3, init=kaiming_normal(gain=1.0, rng=0))`.

The formulas and names are those of Flux, "Weight Initialisation". There is a
formula for each pair of (uniform, normal) and (glorot, kaiming): a uniform
distribution on [-b, b] has the standard deviation b / sqrt(3).
"""

from .constants import identity_init, ones, zeros
from .draws import (
    RELU_GAIN,
    glorot_normal,
    glorot_uniform,
    kaiming_normal,
    kaiming_uniform,
    lecun_normal,
    truncated_normal,
)
from .matrices import orthogonal, sparse_init
from .shapes import initialiser, nfan

__all__ = [
    "RELU_GAIN",
    "glorot_normal",
    "glorot_uniform",
    "identity_init",
    "initialiser",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "nfan",
    "ones",
    "orthogonal",
    "sparse_init",
    "truncated_normal",
    "zeros",
]
