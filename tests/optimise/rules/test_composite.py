"""Rules made of rules: chains, schedules, waiting, and copies in other precisions."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

from minigrad import DomainError, optimise
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
    RMSProp,
    Rprop,
    Scheduler,
    WeightDecay,
    adjust_,
    freeze_,
    setup,
    thaw_,
    update_,
)
from minigrad.optimise.schedules import Exp, Step

from ..recurrences import CHAINS, TWELVE, X0, follow, follow_mixed, named
from .all_rules import GRADIENTS, START, assert_same, by_apply, by_update


def steps_of(rule, gradients, x=0.0):
    """The steps that a rule makes of some gradients, one number each."""
    x, state, steps = np.full(1, x), rule.init(np.full(1, x)), []
    for dx in gradients:
        state, step = rule.apply(state, x, np.full(1, float(dx)))
        steps.append(None if step is None else step.item())
        x = x if step is None else x - step
    return steps


# --- Chains ------------------------------------------------------------------------


def test_an_empty_chain_hands_the_gradient_on():
    assert_same(
        by_update(OptimiserChain(), START, GRADIENTS)[0],
        by_update(Descent(1), START, GRADIENTS)[0],
    )
    assert OptimiserChain().init(START) == ()


def test_each_rule_is_given_the_step_of_the_one_before():
    assert steps_of(OptimiserChain(ClipGrad(1), Descent(10)), [5]) == [10]
    assert steps_of(OptimiserChain(Descent(10), ClipGrad(1)), [5]) == [1]
    assert steps_of(OptimiserChain(*[Descent(0.5)] * 3), [8]) == [1]


def test_the_state_is_the_tuple_of_the_states():
    rule = OptimiserChain(WeightDecay(), Momentum(1, 0.5), OptimiserChain(Descent()))
    x = np.ones(2)
    assert_same(rule.init(x), (None, np.zeros(2), (None,)))
    state, _ = rule.apply(rule.init(x), x, np.ones(2))
    assert_same(state, (None, 1 + 5e-4 * np.ones(2), (None,)))


def test_chains_in_chains_are_one_chain():
    rules = ClipGrad(0.5), WeightDecay(0.1), Adam(0.02)
    x, (one, two, three) = by_update(OptimiserChain(*rules), START, GRADIENTS)
    for nested, state in (
        (OptimiserChain(OptimiserChain(*rules[:2]), rules[2]), ((one, two), three)),
        (OptimiserChain(rules[0], OptimiserChain(*rules[1:])), (one, (two, three))),
        (OptimiserChain(OptimiserChain(), *rules), ((), one, two, three)),
    ):
        assert_same(by_update(nested, START, GRADIENTS), (x, state))


def test_decay_in_the_gradient_and_beside_it_are_different_rules():
    """Adam rescales a decay that comes with the gradient; AdamW does not."""
    inside, _ = by_update(OptimiserChain(WeightDecay(0.1), Adam(0.1)), START, GRADIENTS)
    beside, _ = by_update(AdamW(0.1, lambda_=0.1), START, GRADIENTS)
    assert np.abs(inside - beside).max() > 0.01


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ((Adam,), r"OptimiserChain\(rule, \.\.\.\).*class Adam.*Adam\(\)"),
        (([Adam()],), r"one by one.*OptimiserChain\(\*rules\)"),
        ((0.1, Adam()), "given a float"),
        ((None,), "given None"),
    ],
)
def test_what_is_no_chain(rules, sentence):
    with pytest.raises(TypeError, match=sentence):
        OptimiserChain(*rules)


def test_how_chains_are_printed():
    chain = OptimiserChain(ClipGrad(1), OptimiserChain(), Descent(0.1))
    assert (
        repr(chain) == "OptimiserChain(ClipGrad(1.0), OptimiserChain(), Descent(0.1))"
    )
    model = {"x": np.zeros(2)}
    text = "Leaf(OptimiserChain(ClipGrad(1.0), Momentum(eta=0.01, rho=0.9)), (None, "
    leaf = setup(OptimiserChain(ClipGrad(1), Momentum()), model)["x"]
    assert repr(leaf) == text + "[0.0, 0.0]))"


def test_a_new_rate_reaches_every_rule_of_a_chain_that_has_one():
    tree = setup(OptimiserChain(Descent(1), OptimiserChain(Momentum())), [START])
    adjust_(tree, 0.5)
    expected = OptimiserChain(Descent(0.5), OptimiserChain(Momentum(0.5)))
    assert tree[0].rule == expected


# --- Waiting -----------------------------------------------------------------------


def test_the_mean_of_three_gradients():
    steps = steps_of(AccumGrad(3), [3, 6, 9, -3, 0, 0])
    assert steps == [None, None, 6, None, None, -1]


def test_what_a_waiting_rule_holds_back_nobody_sees():
    """Neither the decay before nor the clock behind: the rules behind stand still."""
    rule = OptimiserChain(AccumGrad(2), WeightDecay(0.01), Descent(0.1))
    model = [np.array([1.0, 2.0])]
    tree = setup(rule, model)
    update_(tree, model, [[33.0, 0.0]])
    np.testing.assert_array_equal(model[0], [1, 2])
    update_(tree, model, [[0.0, 444.0]])
    np.testing.assert_allclose(model[0], [-0.651, -20.202], rtol=1e-14)

    chain = OptimiserChain(AccumGrad(2), Adam(), Scheduler(Momentum, Exp(0.1, 0.9)))
    found, state = by_update(chain, START, GRADIENTS[:5])
    means = (GRADIENTS[0:4:2] + GRADIENTS[1:4:2]) / 2
    expected, behind = by_update(OptimiserChain(*chain.rules[1:]), START, means)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert state[1][2] == behind[0][2] and state[2][0] == behind[1][0] == 3


def test_rules_before_a_waiting_one_see_every_gradient():
    rule = OptimiserChain(Momentum(1, 0.5), AccumGrad(2))
    assert steps_of(rule, [2, 0, 0, 0]) == [None, 1.5, None, 0.375]


def test_batches_in_parts_are_batches():
    """Up to rounding, as n dx / n is."""
    parts = GRADIENTS[:, :, None, :].repeat(4, 2) + np.arange(4)[:, None] - 1.5
    pieces = parts.transpose(0, 2, 1, 3).reshape(24, 4, 3)
    found, _ = by_update(OptimiserChain(AccumGrad(4), Adam(0.1)), START, pieces)
    expected, _ = by_update(Adam(0.1), START, GRADIENTS + 0.0)
    keep = np.abs(GRADIENTS).min(axis=0) > 0  # the others divide rounding by itself
    np.testing.assert_allclose(found[keep], expected[keep], rtol=1e-10)


def test_frozen_parameters_do_not_count():
    model = [np.zeros(1), np.zeros(1)]
    tree = setup(OptimiserChain(AccumGrad(2), Descent(1)), model)
    freeze_(tree[1])
    update_(tree, model, [[2.0], [2.0]])
    thaw_(tree)
    update_(tree, model, [[2.0], [2.0]])
    assert (model[0].item(), model[1].item()) == (-2, 0)


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None, True, np.inf])
def test_what_cannot_be_counted_to(n):
    with pytest.raises((TypeError, DomainError), match=rf"AccumGrad\(n={n!r}\)"):
        AccumGrad(n)


def test_numbers_of_numpy_can_be_counted_to():
    assert AccumGrad(np.int8(2)) == AccumGrad(n=2)
    assert type(AccumGrad(np.int8(2)).n) is int
    assert by_apply(AccumGrad(1), START, GRADIENTS)[0].tolist() == (
        by_apply(Descent(1), START, GRADIENTS)[0].tolist()
    )


# --- Scheduled ---------------------------------------------------------------------


def test_the_numbers_of_a_step_are_those_of_the_schedule():
    assert steps_of(Scheduler(Descent, eta=lambda t: 1 / t), [6] * 4) == [6, 3, 2, 1.5]
    assert steps_of(Scheduler(Descent(), Step(1, 0.5, 2)), [8] * 5) == [8, 8, 4, 4, 2]
    assert steps_of(Scheduler(Descent(), eta=0.5), [8] * 2) == [4, 4]


def test_schedules_by_place_follow_the_fields():
    rule = Scheduler(Momentum(), Exp(0.5, 0.5), Exp(0.8, 0.5))
    assert rule == Scheduler(Momentum(), rho=Exp(0.8, 0.5), eta=Exp(0.5, 0.5))
    v, steps = 0.0, []
    for t in (1, 2, 3):
        v = 0.8 * 0.5 ** (t - 1) * v + 0.5**t * 2.0
        steps.append(v)
    np.testing.assert_allclose(steps_of(rule, [2] * 3), steps, rtol=1e-15)


def test_a_constant_schedule_changes_nothing():
    for rule in (Adam(0.02), OptimiserChain(ClipGrad(0.5), Momentum(0.02))):
        x, state = by_update(rule, START, GRADIENTS)
        assert_same(
            by_update(Scheduler(rule, eta=0.02), START, GRADIENTS), (x, (7, state))
        )


def test_several_schedules_in_one_chain():
    rule = Scheduler(
        OptimiserChain(WeightDecay(), Momentum()),
        lambda_=lambda t: 0.1 / t,
        eta=lambda t: 0.5 / t,
        rho=lambda t: 0.9 - 0.1 * t,
    )
    x, v, path = 2.0, 0.0, []
    for t, dx in enumerate([1.0, -2.0, 0.5, 3.0], 1):
        v = (0.9 - 0.1 * t) * v + 0.5 / t * (dx + 0.1 / t * x)
        x -= v
        path.append(v)
    np.testing.assert_allclose(steps_of(rule, [1, -2, 0.5, 3], 2.0), path, rtol=1e-14)


def test_one_clock_for_each_parameter():
    """It stops with the parameter, when it is frozen or gets no gradient."""
    model = {name: np.zeros(1) for name in "abc"}
    tree = setup(Scheduler(Descent, eta=lambda t: 1 / t), model)
    update_(tree, model, {"a": [6.0], "b": None, "c": [6.0]})
    freeze_(tree["c"])
    update_(tree, model, {"a": [6.0], "b": [6.0], "c": [6.0]})
    thaw_(tree)
    update_(tree, model, {"a": [6.0], "b": [6.0], "c": [6.0]})
    assert [tree[name].state[0] for name in "abc"] == [4, 3, 3]
    assert [x.item() for x in model.values()] == [-6 - 3 - 2, -6 - 3, -6 - 3]


def test_schedules_around_a_rule_that_waits_count_every_gradient():
    """As in Optimisers.jl, where the schedule is outside: outside is every call."""
    inside = OptimiserChain(AccumGrad(2), Scheduler(Descent, eta=lambda t: 1 / t))
    assert steps_of(inside, [6] * 4) == [None, 6, None, 3]
    outside = Scheduler(OptimiserChain(AccumGrad(2), Descent()), eta=lambda t: 1 / t)
    assert steps_of(outside, [6] * 4) == [None, 3, None, 1.5]


def test_a_schedule_that_is_over_is_an_error_before_anything_changes():
    model = [np.zeros(2), np.zeros(2)]
    tree = setup(Scheduler(Descent, eta=lambda t: [0.5, 0.25][t - 1]), model)
    for _ in range(2):
        update_(tree, model, [np.ones(2), None])
    before = deepcopy((model, tree))
    with pytest.raises(IndexError):
        update_(tree, model, [np.ones(2), np.ones(2)])
    np.testing.assert_array_equal(model, before[0])
    assert [leaf.state for leaf in tree] == [leaf.state for leaf in before[1]]


def test_a_schedule_that_leaves_the_range_is_an_error_too():
    model = [np.zeros(2)]
    tree = setup(Scheduler(Descent, eta=lambda t: 1.5 - t), model)
    with pytest.raises(DomainError, match="learning rate"):
        Scheduler(Descent, eta=lambda t: -t)
    update_(tree, model, [np.ones(2)])
    with pytest.raises(DomainError, match=r"Descent\(eta=-0\.5\).*learning rate"):
        update_(tree, model, [np.ones(2)])
    np.testing.assert_array_equal(model[0], [-0.5, -0.5])


@pytest.mark.parametrize(
    ("arguments", "names", "error", "sentence"),
    [
        ((Adam(),), {}, TypeError, r"needs a schedule for at least one.*eta, beta"),
        ((Descent(), 0.1, 0.2), {}, TypeError, r"at most each.*eta"),
        ((Adam(),), {"rho": 0.1}, TypeError, r"no number rho; it has eta, beta"),
        ((Adam(),), {"eta": "fast"}, TypeError, r"Scheduler\(eta=\.\.\.\) needs a sch"),
        ((Adam(),), {"eta": Exp}, TypeError, r"class Exp.*is not a schedule yet"),
        ((Adam(),), {"eta": -1}, DomainError, r"Adam\(eta=-1\.0\).*learning rate"),
        ((0.1,), {"eta": 0.1}, TypeError, r"Scheduler\(rule, eta=schedule\).*a float"),
        ((Rprop(),), {"eta": 0.1}, TypeError, r"eta of Rprop.*cannot be adjusted"),
        ((RMSProp(),), {"centred": bool}, TypeError, "centred"),
    ],
)
def test_what_cannot_be_scheduled(arguments, names, error, sentence):
    with pytest.raises(error, match=sentence):
        Scheduler(*arguments, **names)


def test_how_schedulers_are_printed_and_kept():
    rule = Scheduler(Adam, eta=Exp(0.1, 0.9))
    assert repr(rule) == f"Scheduler({Adam()!r}, eta=Exp(start=0.1, decay=0.9))"
    by_update(rule, START, GRADIENTS)  # what it has worked out is not a part of it
    assert (
        pickle.loads(pickle.dumps(rule)) == rule == Scheduler(Adam, eta=Exp(0.1, 0.9))
    )
    assert rule != Scheduler(Adam, eta=Exp(0.1, 0.8))
    with pytest.raises(TypeError, match="unhashable"):
        hash(rule)


# --- In another precision ----------------------------------------------------------


@pytest.mark.parametrize("letter", ["e", "f"])
@pytest.mark.parametrize("rules", CHAINS, ids=named)
def test_parameters_are_the_rounded_copies(rules, letter):
    """Computed in float64, so the rounded numbers are the same to the last bit."""
    inner = OptimiserChain(*(getattr(optimise, name)(**given) for name, given in rules))
    model = [np.array(X0, letter)]
    tree = setup(MixedPrecision(np.float64, inner), model)
    gradients = np.array(TWELVE, letter)
    expected = follow_mixed(rules, X0, gradients.tolist(), letter)
    for dx, x in zip(gradients, expected, strict=True):
        update_(tree, model, [dx])
        np.testing.assert_array_equal(model[0], np.array(x, letter))
    exact = follow(rules, X0, gradients.tolist())[-1]
    np.testing.assert_allclose(tree[0].state[0], exact, rtol=1e-12)


def test_small_steps_are_not_lost():
    dx = np.full(1, 1e-4, np.float16)
    model = {"kept": np.ones(1, np.float16), "lost": np.ones(1, np.float16)}
    tree = {
        "kept": setup(MixedPrecision(np.float32, Descent(1)), model["kept"]),
        "lost": setup(Descent(1), model["lost"]),
    }
    for _ in range(100):
        update_(tree, model, {"kept": dx, "lost": dx})
    assert (model["kept"], model["lost"]) == (np.float16(0.99), 1)


def test_the_rule_inside_sees_the_copy_and_the_gradient_in_its_precision():
    seen = []

    class Looking(Descent):
        def apply(self, state, x, dx):
            seen.append((x.dtype.char, dx.dtype.char))
            return state, dx

    rule = MixedPrecision(np.float64, OptimiserChain(Looking(), Looking()))
    x, (copy, _) = by_update(rule, START.astype("f2"), GRADIENTS[:2])
    assert seen == [("d", "d")] * 4 and copy.dtype == "f8" and x.dtype == "f2"


def test_no_step_while_a_rule_inside_waits():
    rule = MixedPrecision(np.float64, OptimiserChain(AccumGrad(2), Descent(1)))
    assert steps_of(rule, [1, 3, 1]) == [None, 2, None]


def test_a_complex_copy_of_complex_numbers():
    rule, x = MixedPrecision(np.complex128, Adam(0.02)), START + 1j * START[::-1]
    found, state = by_update(rule, x.astype("c8"), GRADIENTS * 1j)
    exact = x.astype("c8").astype("c16")
    rounded = (GRADIENTS * 1j).astype("c8").astype("c16")
    expected, inner = by_update(Adam(0.02), exact, rounded)
    assert_same(state, (expected, inner))
    assert_same(found, expected.astype("c8"))
    for dtype in (np.float32, np.float64):
        with pytest.raises(DomainError, match=r"complex"):
            setup(MixedPrecision(dtype, Adam()), [x])


def test_the_precision_is_decided_by_setup():
    tree = setup(MixedPrecision(np.float32, Adam()), [np.zeros(1, "f2")])
    for dtype in (np.float16, "nonsense"):
        with pytest.raises(TypeError, match=r"dtype of MixedPrecision.*cannot be adj"):
            adjust_(tree, dtype=dtype)
    adjust_(tree, 0.5)
    assert tree[0].rule == MixedPrecision("f4", Adam(0.5))


@pytest.mark.parametrize(
    "around",
    [
        lambda mixed: mixed,
        lambda mixed: OptimiserChain(mixed),
        lambda mixed: OptimiserChain(OptimiserChain(ClipGrad(), mixed)),
        lambda mixed: Scheduler(mixed, eta=0.1),
    ],
)
def test_no_rule_may_follow_a_copy(around):
    """It would move the parameter away from the copy."""
    mixed = around(MixedPrecision(np.float32, Adam()))
    assert OptimiserChain(ClipGrad(), mixed).rules[1] is mixed
    with pytest.raises(TypeError, match=r"belongs inside: MixedPrecision\(dtype, Opt"):
        OptimiserChain(mixed, Descent())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((Adam(), np.float32), r"dtype comes first.*MixedPrecision\(np\.float32, Adam"),
        ((int, Adam()), "must be of floats"),
        (("nonsense", Adam()), "must be of floats"),
        ((np.float32, Adam), r"class Adam.*MixedPrecision\(dtype, Adam\(\)\)"),
        ((np.float32, 0.1), "given a float"),
    ],
)
def test_what_is_no_precision_or_no_rule(arguments, sentence):
    with pytest.raises(TypeError, match=sentence):
        MixedPrecision(*arguments)


def test_the_same_precision_in_other_words():
    rule = MixedPrecision(np.float32, Adam())
    for dtype in ("f4", "float32", np.dtype("f4")):
        assert (
            MixedPrecision(dtype, Adam())
            == rule
            == MixedPrecision(rule=Adam(), dtype=dtype)
        )
        assert hash(MixedPrecision(dtype, Adam())) == hash(rule)


# --- Rules that must see the whole gradient ----------------------------------------


@pytest.mark.parametrize(
    "make",
    [lambda rule: MixedPrecision(np.float32, rule), lambda rule: Muon(other=rule)],
)
def test_a_global_norm_is_not_measured_array_by_array(make):
    for rule in (
        ClipGlobalNorm(1),
        OptimiserChain(ClipGlobalNorm(1), Adam()),
        Scheduler(ClipGlobalNorm(1), omega=0.5),
    ):
        with pytest.raises(
            TypeError, match=r"looks at the whole gradient.*Put it befo"
        ):
            make(rule)
    make(ClipNorm(1))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rule: rule,
        lambda rule: OptimiserChain(OptimiserChain(rule), Descent(1)),
        lambda rule: OptimiserChain(ClipGrad(100), rule, Descent(1)),
        lambda rule: Scheduler(OptimiserChain(rule), omega=1),
        lambda rule: OptimiserChain(AccumGrad(1), rule),
        lambda rule: OptimiserChain(rule, MixedPrecision(np.float64, Descent(1))),
    ],
)
def test_a_global_norm_deep_inside_sees_all_arrays(wrap):
    model = {"x": np.zeros(1), "y": np.zeros((1, 1))}
    tree = setup(wrap(ClipGlobalNorm(1)), model)
    update_(tree, model, {"x": [3.0], "y": [[4.0]]})
    np.testing.assert_allclose([model["x"].item(), model["y"].item()], [-0.6, -0.8])
