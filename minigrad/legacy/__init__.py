"""The old way: implicit Params, mutable optimisers, and `train_` with callbacks.

Flux's pages of 2021 and 2022 can be followed here line by line, with `name_` for
`name!`. Nothing else in minigrad knows this package; its derivatives and rules are
those of the new style, to which `docs/legacy.md` compares it.
"""

from .deprecation import allow_deprecated
from .gradient import gradient, gradient_of, pullback, withgradient
from .grads import Grads, copy_
from .param import Param, param
from .params import Params, params

__all__ = [
    "Grads",
    "Param",
    "Params",
    "allow_deprecated",
    "copy_",
    "gradient",
    "gradient_of",
    "param",
    "params",
    "pullback",
    "withgradient",
]
