"""Cases for an implementation of an optimisation rule: `init` and `apply`.

The class is called like the rule that it implements, and takes the same numbers:
`Adam(eta=0.01, beta=(0.9, 0.999))`. It need not be made from minigrad's `Rule`.
"""

import numpy as np

from ..check.calling import Attempt, attempt, unchanged
from ..check.comparing import matches
from ..check.showing import shown
from ..check.states import SHAPE, VALUE, Finding, require
from ..optimise import rules
from ..optimise.contract import is_rule
from .cases import Case

OTHER_NUMBERS = {
    "eta": 0.05,
    "rho": 0.7,
    "beta": (0.8, 0.95),
    "epsilon": 1e-3,
    "lambda_": 0.02,
    "delta": 0.5,
}

STEPS = 20


def known_rules():
    """The rules that can be made without numbers and remember only arrays."""
    return {rule.__name__: rule for rule in rules.RULES if rule.formula is not None}


def cases_of(name):
    """The cases for a class that implements the rule of this name."""
    reference = known_rules()[name]
    numbers = {k: v for k, v in OTHER_NUMBERS.items() if k in reference.fields}

    def case(title, numbers, shape, dtype=np.float64, scale=1.0):
        def test(rule):
            compare(rule, reference, numbers, shape, dtype, scale)

        return Case(title, test)

    return [
        case("one number, first step", {}, (), scale=3.0),
        case("a vector", {}, (4,)),
        case("other numbers", numbers, (4,)),
        case("a matrix", numbers, (3, 2)),
        case("large gradients", {}, (4,), scale=1e4),
        case("tiny gradients", {}, (4,), scale=1e-6),
        case("gradients of zero", {}, (4,), scale=0.0),
        case("float32", {}, (4,), np.float32),
        Case("two arrays do not share a memory", _apart),
    ]


def compare(rule, reference, numbers, shape=(4,), dtype=np.float64, scale=1.0,
            suspects=()):  # fmt: skip
    """Raise a `Finding` unless a rule takes the same 20 steps as the reference.

    Args:
        rule: the class that is tested.
        reference: the class that is right.
        numbers: what both are made with, by name.
        shape: of the parameter.
        dtype: of the parameter.
        scale: of the gradients.
        suspects: pairs (class, sentence): wrong rules, and how to speak of them.
    """
    mine, right = made(rule, numbers), reference(**numbers)
    others = [right, *(other(**numbers) for other, _ in suspects)]
    rng = np.random.default_rng(0)
    x = np.asarray(rng.normal(size=shape).round(1), dtype)
    state, states = _started(mine, x), [other.init(x) for other in others]
    rtol = 1e-9 if dtype == np.float64 else 1e-4
    for number in range(1, STEPS + 1):
        dx = np.asarray(scale * rng.normal(size=shape).round(2), dtype)
        state, got = _stepped(mine, state, x, dx, number)
        taken = [o.apply(s, x, dx) for o, s in zip(others, states, strict=True)]
        states, (step, *wrong) = zip(*taken, strict=True)
        said = [(s, text) for s, (_, text) in zip(wrong, suspects, strict=True)]
        matches(got, step, rtol=rtol, suspects=said,
                about_shape="The step has the shape of the parameter.")  # fmt: skip
        x = x - step


def made(rule, numbers):
    """The rule with these numbers, which must have `init` and `apply`."""
    one = attempt(rule, **numbers).value
    require(
        is_rule(one),
        SHAPE,
        f"{shown(rule)} makes {shown(one)}, which lacks a method: a rule has "
        f"`init(self, x)` and `apply(self, state, x, dx)`.",
    )
    return one


def _started(rule, x):
    given = x.copy()
    state = rule.init(given)
    unchanged(f"init({shown(x)})", x, given)
    if state is ...:
        raise Finding(VALUE, "`init` returned `...`.")
    return state


def _stepped(rule, state, x, dx, number):
    """The new state, and an `Attempt` with the step."""
    text = f"apply(state, {shown(x)}, {shown(dx)})"
    call = attempt(rule.apply, state, x, dx).value
    if not isinstance(call, tuple) or len(call) != 2:
        raise Finding(
            SHAPE,
            f"`{text}` returned {shown(call)}. It returns two things, the new state "
            f"and the step: `return state, step`.",
        )
    state, step = call
    return state, Attempt(f"step {number} of {text}", step)


def _apart(rule):
    """Two arrays in turns, by one rule, and each by a rule of its own."""
    shared, alone = made(rule, {}), [made(rule, {}) for _ in range(2)]
    rng = np.random.default_rng(1)
    xs = [rng.normal(size=3), rng.normal(size=2)]
    held = [shared.init(x) for x in xs]
    states = [one.init(x) for one, x in zip(alone, xs, strict=True)]
    for number in range(1, 7):
        k = number % 2
        dx = rng.normal(size=xs[k].shape)
        states[k], right = _stepped(alone[k], states[k], xs[k], dx, number)
        held[k], got = _stepped(shared, held[k], xs[k], dx, number)
        same = np.shape(got.value) == np.shape(right.value)
        if not same or not np.allclose(got.value, right.value):
            raise Finding(
                VALUE,
                f"`{got.text}` returned {shown(got.value)}, another step than for this "
                f"array alone. Here two take turns: what is remembered belongs into "
                f"the state, which each array has for itself, and not into the rule.",
            )
