"""Activations: the functions that make a network more than one matrix.

Each takes a number or an array of any shape and returns the same shape (`logsumexp`
and `glu` a smaller one); floats keep their dtype, integers count as float64. Each is
safe: at inputs of +-10,000 neither value nor gradient overflows, in float32 and in
float64. Nearly each is one operation on the tape, and its derivative stands directly
below it, so these files are also the example to follow for a function of your own.

The definitions are those of Flux's NNlib, "Activation Functions".
"""

from .curves import (
    celu,
    elu,
    logcosh,
    logsigmoid,
    selu,
    softplus,
    tanhshrink,
)
from .gates import gelu, glu, hardswish, lisht, mish, swish
from .pieces import (
    hardsigmoid,
    hardtanh,
    identity,
    leakyrelu,
    relu,
    relu6,
    rrelu,
    softshrink,
    trelu,
)
from .probabilities import logsoftmax, logsumexp, softmax
from .steps import sigmoid, softsign, tanh

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "identity",
    "leakyrelu",
    "lisht",
    "logcosh",
    "logsigmoid",
    "logsoftmax",
    "logsumexp",
    "mish",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "swish",
    "tanh",
    "tanhshrink",
    "trelu",
]
