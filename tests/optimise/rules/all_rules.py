"""One list of all rules: every promise about rules is checked for each of them.

Also what the checks share: steps out of place and in place, and comparisons.
"""

import hashlib

import numpy as np

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
    Rule,
    Scheduler,
    SignDecay,
    WeightDecay,
    setup,
    update_,
)
from minigrad.optimise.schedules import Exp

ALONE = [
    Descent(0.15),
    Momentum(0.02, 0.8),
    Nesterov(0.02, 0.8),
    Rprop(0.02),
    Rprop(0.02, (0.4, 1.5), (1e-3, 0.1)),
    Lion(0.02),
    Lion(0.02, (0.8, 0.95)),
    AdaGrad(0.2),
    RMSProp(0.02, 0.95),
    RMSProp(0.02, centred=True),
    AdaDelta(0.8, 1e-6),
    Adam(0.02, (0.8, 0.95)),
    AdamW(0.02, (0.8, 0.95), 0.1),
    AdamW(0.02, lambda_=0.001, couple=False),
    AdaMax(0.02, (0.8, 0.95)),
    AMSGrad(0.02, (0.8, 0.95)),
    NAdam(0.02, (0.8, 0.95)),
    RAdam(0.02),
    RAdam(0.02, (0.9, 0.8)),
    OAdam(0.02, (0.8, 0.95)),
    AdaBelief(0.02, (0.8, 0.95)),
    Muon(0.02, other=AdamW(0.02)),
    Muon(0.03, 0.8, 3, Momentum(0.02)),
]
"""Rules that make steps by themselves."""

MODIFIERS = [
    WeightDecay(0.1),
    SignDecay(0.1),
    ClipGrad(0.5),
    ClipNorm(0.5),
    ClipNorm(0.5, 1),
    ClipNorm(0.5, np.inf),
    ClipNorm(0.5, 3, throw=False),
    ClipGlobalNorm(0.5),
    ClipGlobalNorm(0.5, 1, throw=False),
]
"""Rules that change the gradient on its way to another rule."""

COMPOSITE = [
    OptimiserChain(),
    OptimiserChain(OptimiserChain(), Descent(0.1)),
    OptimiserChain(ClipGrad(0.5), WeightDecay(0.1), Adam(0.02)),
    OptimiserChain(OptimiserChain(SignDecay(0.1)), OptimiserChain(Momentum(0.02))),
    OptimiserChain(ClipNorm(0.5), Adam(0.02)),
    OptimiserChain(WeightDecay(0.1), ClipNorm(0.5, 1), Nesterov(0.02)),
    OptimiserChain(ClipGlobalNorm(0.5), Adam(0.02)),
    OptimiserChain(ClipNorm(0.5, np.inf), Muon(0.02, other=AdamW(0.02))),
    OptimiserChain(AccumGrad(2), Adam(0.02)),
    OptimiserChain(ClipGrad(0.5), AccumGrad(3), OptimiserChain(NAdam(0.02))),
    OptimiserChain(AccumGrad(2), Scheduler(RAdam(), eta=Exp(0.05, 0.99))),
    Scheduler(Adam(), eta=Exp(0.05, 0.99)),
    Scheduler(OptimiserChain(ClipGrad(0.5), Momentum()), eta=Exp(0.05, 0.99)),
    Scheduler(
        OptimiserChain(ClipNorm(), Momentum()),
        eta=Exp(0.05, 0.99),
        omega=Exp(0.5, 0.99),
    ),
    OptimiserChain(WeightDecay(0.1), Scheduler(Adam, Exp(0.05, 0.99))),
    MixedPrecision(np.float32, Adam(0.02)),
    MixedPrecision(np.float64, OptimiserChain(ClipGrad(0.5), Adam(0.02))),
]

ALL = [*ALONE, *MODIFIERS, AccumGrad(3), *COMPOSITE]


# --- What they are made of ---------------------------------------------------------


def parts(rule):
    """A rule and the rules in it."""
    held = (getattr(rule, name) for name in rule.fields)
    inner = [one for value in held for one in (value, *_each(value))]
    below = [part for one in inner if isinstance(one, Rule) for part in parts(one)]
    return [rule, *below]


def _each(value):
    return value if isinstance(value, tuple) else ()


def has(rule, *kinds):
    """Whether a rule is of one of these classes, or a rule in it is."""
    return any(isinstance(part, kinds) for part in parts(rule))


def measures(rule):
    """Whether it sums over an array, in an order that depends on the memory."""
    return has(rule, ClipNorm, Muon)


FORMULAS = [rule for rule in ALONE if type(rule).apply is Rule.apply]
"""Those that make steps, and are nothing but their formulas."""

NUMERIC = [rule for rule in [*ALONE, *MODIFIERS] if not has(rule, Muon)]
"""Those that are made of floats, pairs of floats, and switches."""

FUSED = [
    rule
    for rule in ALL
    if all(
        part.formula or isinstance(part, OptimiserChain | Scheduler)
        for part in parts(rule)
    )
]
"""Those that are carried out by one loop, number by number."""


def name(rule):
    """For the names of tests."""
    return repr(rule).replace(" ", "")


# --- Steps -------------------------------------------------------------------------

RNG = np.random.default_rng(7)
START = RNG.standard_normal((4, 3))
GRADIENTS = RNG.standard_normal((6, 4, 3))
GRADIENTS[1, :2] = 0.0
GRADIENTS[3] = 0.0


def by_apply(rule, x, gradients):
    """The parameter and the state after some steps, out of place."""
    x, state = x.copy(), rule.init(x)
    for dx in gradients:
        state, step = rule.apply(state, x, dx.astype(x.dtype))
        if step is not None:
            x = x - step
    return x, state


def by_update(rule, x, gradients, layout=np.copy, layout_of_gradients=np.copy):
    """The same in place, through the state tree; layouts make the arrays."""
    model = [layout(x)]
    tree = setup(rule, model)
    for dx in gradients:
        update_(tree, model, [layout_of_gradients(dx.astype(x.dtype))])
    return model[0], tree[0].state


def digests(count=5):
    """A line for each rule: what some steps in float32 and float64 have led to."""
    for rule in ALL:
        found = hashlib.sha256()
        for dtype in ("f4", "f8"):
            x, state = by_update(rule, START.astype(dtype), GRADIENTS[:count])
            found.update(b"".join(array.tobytes() for array in (x, *arrays_in(state))))
        yield f"{name(rule)} {found.hexdigest()}"


# --- States ------------------------------------------------------------------------


def arrays_in(state):
    """The arrays in a state, one after the other."""
    if isinstance(state, tuple):
        return [array for part in state for array in arrays_in(part)]
    return [state] if isinstance(state, np.ndarray) else []


def assert_same(found, expected):
    """Bit by bit: arrays, and numbers between them."""
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected, strict=True)
    else:
        assert found == expected and type(found) is type(expected)
