"""One list of all rules: every promise about rules is checked for each of them."""

import numpy as np

from minigrad import optimise
from minigrad.optimise import (
    AccumGrad,
    AdaBelief,
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Descent,
    Lion,
    MixedPrecision,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    OAdam,
    OptimiserChain,
    RAdam,
    RMSProp,
    Rprop,
    Scheduler,
    SignDecay,
    WeightDecay,
)
from minigrad.optimise.schedules import Exp

ALONE = [
    Descent(0.1),
    Momentum(0.02, 0.8),
    Nesterov(0.02),
    Rprop(0.02),
    Lion(0.02),
    AdaGrad(0.1),
    RMSProp(0.02),
    RMSProp(0.02, centred=True),
    AdaDelta(0.9, 1e-6),
    Adam(0.02, (0.8, 0.95)),
    AdamW(0.02, lambda_=0.1),
    AdamW(0.02, lambda_=0.01, couple=False),
    AdaMax(0.02),
    AMSGrad(0.02),
    NAdam(0.02),
    RAdam(0.02),
    OAdam(0.02),
    AdaBelief(0.02),
    Muon(0.02),
]
"""Rules that make steps by themselves."""

MODIFIERS = [
    WeightDecay(0.1),
    SignDecay(0.1),
    ClipGrad(0.5),
    ClipNorm(0.5),
    ClipNorm(0.5, 1),
    ClipNorm(0.5, np.inf),
    ClipGlobalNorm(0.5),
]
"""Rules that change the gradient on its way to another rule."""

COMPOSITE = [
    OptimiserChain(),
    OptimiserChain(ClipGrad(0.5), WeightDecay(0.1), Adam(0.02)),
    OptimiserChain(OptimiserChain(SignDecay(0.1)), OptimiserChain(Momentum(0.02))),
    OptimiserChain(ClipNorm(0.5), Adam(0.02)),
    OptimiserChain(WeightDecay(0.1), ClipNorm(0.5, 1), Nesterov(0.02)),
    OptimiserChain(ClipGlobalNorm(0.5), Adam(0.02)),
    OptimiserChain(AccumGrad(2), Adam(0.02)),
    Scheduler(Adam(), eta=Exp(0.05, 0.99)),
    Scheduler(OptimiserChain(ClipGrad(0.5), Momentum()), eta=Exp(0.05, 0.99)),
    OptimiserChain(WeightDecay(0.1), Scheduler(Adam, Exp(0.05, 0.99))),
    MixedPrecision(np.float64, OptimiserChain(ClipGrad(0.5), Adam(0.02))),
]

ALL = [*ALONE, *MODIFIERS, AccumGrad(3), *COMPOSITE]

FORMULAS = [rule for rule in ALONE if type(rule).apply is optimise.Rule.apply]
"""Those of the first list that are nothing but their formulas."""


def name(rule):
    """For the names of tests."""
    return repr(rule).replace(" ", "")
