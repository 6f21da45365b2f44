"""The old way: implicit Params, mutable optimisers, and `train_` with callbacks.

Flux's pages of 2021 and 2022 can be followed here line by line, with `name_` for
`name!`. Nothing else in minigrad knows this package; its derivatives and rules are
those of the new style, to which `docs/legacy.md` compares it.
"""

from ..pacing import throttle
from .applying import apply_
from .combined import Optimiser
from .deprecation import allow_deprecated
from .descents import (
    ADAM,
    ADAMW,
    NADAM,
    OADAM,
    RADAM,
    AdaBelief,
    ADADelta,
    AdaDelta,
    ADAGrad,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Descent,
    Momentum,
    NAdam,
    Nesterov,
    OAdam,
    RAdam,
    RMSProp,
)
from .gradient import gradient, gradient_of, pullback, withgradient
from .grads import Grads, copy_
from .identity import IdDict
from .modifying import ClipNorm, ClipValue, ExpDecay, InvDecay, WeightDecay
from .optimiser import AbstractOptimiser
from .param import Param, param
from .params import Params, params
from .training import SkipException, StopException, epochs, skip, stop, train_
from .updating import update_

__all__ = [
    "ADAM",
    "ADAMW",
    "NADAM",
    "OADAM",
    "RADAM",
    "ADADelta",
    "ADAGrad",
    "AMSGrad",
    "AbstractOptimiser",
    "AdaBelief",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "ClipNorm",
    "ClipValue",
    "Descent",
    "ExpDecay",
    "Grads",
    "IdDict",
    "InvDecay",
    "Momentum",
    "NAdam",
    "Nesterov",
    "OAdam",
    "Optimiser",
    "Param",
    "Params",
    "RAdam",
    "RMSProp",
    "SkipException",
    "StopException",
    "WeightDecay",
    "allow_deprecated",
    "apply_",
    "copy_",
    "epochs",
    "gradient",
    "gradient_of",
    "param",
    "params",
    "pullback",
    "skip",
    "stop",
    "throttle",
    "train_",
    "update_",
    "withgradient",
]
