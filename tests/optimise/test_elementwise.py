"""Rules taken apart for a loop, and their states put together again."""

import numpy as np
import pytest

from minigrad.optimise import (
    AccumGrad,
    Adam,
    AdamW,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Descent,
    MixedPrecision,
    Momentum,
    Muon,
    OptimiserChain,
    Rprop,
    Rule,
    Scheduler,
    WeightDecay,
)
from minigrad.optimise.elementwise import (
    anatomy,
    assembler,
    is_formula,
    looking,
    next_clock,
    numbers_at,
)
from minigrad.optimise.rules.modifiers import Scale

X = np.full((2, 3), 0.5)
DX = np.linspace(-1, 1, 6).reshape(2, 3)
HALVING = Scheduler(Momentum(rho=0.5), eta=lambda t: 2.0**-t)
LOOPS = [
    Descent(0.25),
    Adam(),
    AdamW(),
    Rprop(),
    OptimiserChain(),
    OptimiserChain(OptimiserChain(OptimiserChain(Momentum()))),
    OptimiserChain(ClipGrad(0.5), WeightDecay(), Adam()),
    OptimiserChain(Momentum(), OptimiserChain(Adam(), ClipGrad(0.1)), Descent(2)),
    HALVING,
    OptimiserChain(HALVING, HALVING),
    Scheduler(OptimiserChain(HALVING, Adam()), beta=lambda t: (0.5, t / 9)),
    OptimiserChain(ClipNorm(0.5), Momentum()),
    Scheduler(OptimiserChain(ClipNorm(), Adam()), omega=lambda t: t / 9),
]


def anatomy_of(rule, x=X):
    return anatomy(rule, rule.init(x))


def arrays_in(state):
    if isinstance(state, tuple):
        return [array for part in state for array in arrays_in(part)]
    return [state] if isinstance(state, np.ndarray) else []


# --- What a loop can carry out -----------------------------------------------------


@pytest.mark.parametrize("rule", LOOPS, ids=repr)
def test_the_memory_of_formulas_is_all_arrays_in_their_order(rule):
    state = rule.init(X)
    found = anatomy(rule, state)
    assert [id(array) for array in found.memory] == list(map(id, arrays_in(state)))
    assert sum(count for _, count in found.formulas) == len(found.memory)


def test_formulas_stand_in_the_order_of_the_gradient():
    rule = OptimiserChain(ClipGrad(), OptimiserChain(WeightDecay(), Adam()), Descent())
    found = anatomy_of(rule)
    assert found.formulas == (
        (ClipGrad.formula, 0),
        (WeightDecay.formula, 0),
        (Adam.formula, 2),
        (Descent.formula, 0),
    )
    assert not found.looks


@pytest.mark.parametrize(
    "rule",
    [
        ClipNorm(),
        ClipGlobalNorm(),
        OptimiserChain(OptimiserChain(ClipGlobalNorm()), Adam()),
        Scheduler(OptimiserChain(ClipNorm(), Adam()), omega=lambda t: 1.0),
    ],
    ids=repr,
)
def test_a_norm_at_the_beginning_is_a_factor(rule):
    found = anatomy_of(rule)
    assert found.looks and found.formulas[0] == (Scale.formula, 0)


@pytest.mark.parametrize(
    "rule",
    [
        AccumGrad(2),
        Muon(),
        MixedPrecision(np.float64, Adam()),
        OptimiserChain(AccumGrad(2), Adam()),
        OptimiserChain(Adam(), OptimiserChain(AccumGrad(2))),
        OptimiserChain(Adam(), ClipNorm()),
        OptimiserChain(ClipNorm(), ClipNorm(), Adam()),
        OptimiserChain(WeightDecay(), OptimiserChain(ClipGlobalNorm(), Adam())),
        Scheduler(AccumGrad(2), n=lambda t: 2),
    ],
    ids=repr,
)
def test_what_is_not_one_loop(rule):
    assert anatomy_of(rule) is None


class Formula(Rule):
    eta: float = 0.5

    def init(self, x):
        return None

    @staticmethod
    def formula(x, dx, eta):
        return eta * dx


class Overridden(Formula):
    def apply(self, state, x, dx):
        return state, dx


class Inherited(Formula):
    rho: float = 0.5


class Duck:
    formula = staticmethod(Formula.formula)
    init, apply = Formula.init, Formula.apply


def test_a_formula_counts_only_where_it_is_what_apply_does():
    assert is_formula(Formula()) and is_formula(Inherited())
    assert not is_formula(Overridden()) and not is_formula(Duck())
    assert not is_formula(AccumGrad(2)) and not is_formula(OptimiserChain(Formula()))


# --- Clocks, numbers, and the rule that looks --------------------------------------


def numbers(rule, clock, seen=None):
    counts = iter([count for _, count in anatomy_of(rule).formulas])
    return numbers_at(rule, counts, clock, X.dtype, seen)


def test_the_numbers_of_a_chain_stand_one_after_the_other():
    rule = OptimiserChain(ClipGrad(3), WeightDecay(2), Descent(0.5))
    assert numbers(rule, anatomy_of(rule).clock) == [3, 2, 0.5]


def test_numbers_follow_the_clock():
    rule = OptimiserChain(HALVING, Descent(7))
    clock, found = anatomy_of(rule).clock, []
    for _ in range(3):
        found.append(sorted(numbers(rule, clock)))
        clock = next_clock(rule, clock)
    assert found == [[0.5, 0.5, 7], [0.25, 0.5, 7], [0.125, 0.5, 7]]


def test_what_was_seen_takes_the_place_of_the_norm():
    rule = OptimiserChain(ClipNorm(), Descent(0.5))
    clock = anatomy_of(rule).clock
    assert numbers(rule, clock, Scale(0.125)) == [0.125, 0.5]


def test_the_rule_that_looks_is_the_first_as_it_is_in_this_step():
    rule = Scheduler(OptimiserChain(ClipNorm(), Adam()), omega=lambda t: t / 2)
    clock = anatomy_of(rule).clock
    assert looking(rule, clock) == ClipNorm(0.5)
    assert looking(rule, next_clock(rule, clock)) == ClipNorm(1)
    assert looking(ClipNorm(3), ()) == ClipNorm(3)


@pytest.mark.parametrize("rule", LOOPS, ids=repr)
def test_clocks_are_those_of_apply(rule):
    """The state that is assembled for the next clock has all but the arrays of it."""
    state = rule.init(X)
    for _ in range(3):
        found = anatomy(rule, state)
        new = assembler(rule, state)(next_clock(rule, found.clock))
        same = zip(anatomy(rule, new).memory, found.memory, strict=True)
        assert all(one is other for one, other in same)
        state, _ = rule.apply(state, X, DX)
        assert anatomy(rule, state).clock == anatomy(rule, new).clock
        assert shape_of(state) == shape_of(new)


def shape_of(state):
    """A state with the shapes of its arrays in their places."""
    if isinstance(state, tuple):
        return tuple(map(shape_of, state))
    return state.shape if isinstance(state, np.ndarray) else state


def test_a_state_without_clock_stays_the_same_object():
    for rule in (Momentum(), Descent()):
        state = rule.init(X)
        assert assembler(rule, state)(anatomy(rule, state).clock) is state
