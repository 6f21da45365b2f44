"""Optimisation rules, in order of increasing complexity.

A rule turns the gradient `dx` of one array `x` into the step that is subtracted
from it. It is a few numbers and two methods, and knows nothing of models:

    init(x) -> state                     what the rule remembers of `x`
    apply(state, x, dx) -> (state, dx')  the new memory, and the step: x <- x - dx'

Most rules here give a `formula` in place of `apply`: the same, about the arrays
alone. Read `descent` first. Your own rule is a class like these: see `Rule`.
"""

from .descent import Descent, Lion, Momentum, Nesterov, Rprop

# isort: split
from .adaptive import AdaDelta, AdaGrad, RMSProp

# isort: split
from .adam import Adam, AdaMax, AdamW, AMSGrad

# isort: split
from .adam_variants import AdaBelief, NAdam, OAdam, RAdam

# isort: split
from .modifiers import ClipGlobalNorm, ClipGrad, ClipNorm, SignDecay, WeightDecay

# isort: split
from .muon import Muon

# isort: split
from .composite import AccumGrad, MixedPrecision, OptimiserChain, Scheduler

RULES = (
    Descent,
    Momentum,
    Nesterov,
    Rprop,
    Lion,
    AdaGrad,
    RMSProp,
    AdaDelta,
    Adam,
    AdamW,
    AdaMax,
    AMSGrad,
    NAdam,
    RAdam,
    OAdam,
    AdaBelief,
    WeightDecay,
    SignDecay,
    ClipGrad,
    ClipNorm,
    ClipGlobalNorm,
    Muon,
    OptimiserChain,
    AccumGrad,
    MixedPrecision,
    Scheduler,
)
"""All of them, in reading order."""

__all__ = [rule.__name__ for rule in RULES]
