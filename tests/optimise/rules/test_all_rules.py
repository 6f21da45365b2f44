"""What every rule promises, each of them: see `all_rules`."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import optimise
from minigrad.optimise import OptimiserChain, setup, update_
from minigrad.optimise.contract import numbers_by_name
from minigrad.optimise.rules import RULES

from ..recurrences import ROWS, X0, trajectories
from .all_rules import ALL, ALONE, COMPOSITE, FORMULAS, MODIFIERS, name

EACH = pytest.mark.parametrize("rule", ALL, ids=name)
RNG = np.random.default_rng(7)
GRADIENTS = RNG.standard_normal((6, 4, 3))
START = RNG.standard_normal((4, 3))


def by_apply(rule, x, gradients):
    """The parameter and the state after some steps, out of place."""
    x, state = x.copy(), rule.init(x)
    for dx in gradients:
        state, step = rule.apply(state, x, dx.astype(x.dtype))
        if step is not None:
            x = x - step
    return x, state


def by_update(rule, x, gradients, layout=np.copy):
    """The same in place, through the state tree; `layout` makes the arrays."""
    model = [layout(x)]
    tree = setup(rule, model)
    for dx in gradients:
        update_(tree, model, [layout(dx.astype(x.dtype))])
    return model[0], tree[0].state


def arrays_in(state):
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
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected


def test_no_rule_is_missing():
    kinds = {type(rule) for rule in ALL}
    assert kinds == set(RULES)


# --- Numbers -----------------------------------------------------------------------


def made(rules):
    """One of our rules from pairs (name, arguments): a chain, unless it is one."""
    made = [getattr(optimise, kind)(**arguments) for kind, arguments in rules]
    return made[0] if len(made) == 1 else OptimiserChain(*made)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_against_independent_recurrences(row):
    model = [np.array(X0, float)]
    tree = setup(made(row.rules), model)
    for dx, expected in zip(row.gradients, row.expected(), strict=True):
        update_(tree, model, [np.array(dx, float)])
        np.testing.assert_allclose(model[0], expected, rtol=1e-12, atol=1e-14)


def arrays_of(stored):
    """One array, or the arrays of a tuple."""
    return [x.copy() for x in (stored if isinstance(stored, tuple) else (stored,))]


@pytest.mark.parametrize("stored", list(trajectories()), ids=lambda stored: stored.name)
def test_against_a_hundred_steps_of_pytorch_and_optax(stored):
    """In double precision, to rounding: 100 steps of about 10 operations each."""
    rule, model = made(stored.arguments), arrays_of(stored.x0)
    tree = setup(rule, model)
    for gradients, expected in zip(stored.gradients, stored.expected, strict=True):
        update_(tree, model, arrays_of(gradients))
        for x, y in zip(model, arrays_of(expected), strict=True):
            np.testing.assert_allclose(x, y, rtol=0, atol=1e-11 * np.abs(y).max())


# --- Shapes, dtypes, layouts --------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (4, 3), (2, 1, 3, 2)])
@EACH
def test_shapes_and_dtypes_are_kept(rule, shape, dtype):
    x = RNG.standard_normal(shape).astype(dtype)
    gradients = [RNG.standard_normal(shape).astype(dtype) for _ in range(3)]
    new, state = by_update(rule, x, gradients)
    assert new.shape == shape and new.dtype == dtype and np.isfinite(new).all()
    precise = isinstance(rule, optimise.MixedPrecision)
    for array in arrays_in(state):
        assert array.shape == shape
        assert array.dtype == (np.float64 if precise else dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@EACH
def test_in_place_gives_the_bits_of_out_of_place(rule, dtype):
    x = START.astype(dtype)
    assert_same(by_update(rule, x, GRADIENTS), by_apply(rule, x, GRADIENTS))


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "transposed": lambda x: x.T.copy().T,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@EACH
def test_every_layout_gives_the_same_numbers(rule, layout):
    x, state = by_update(rule, START.astype("f4"), GRADIENTS, layout)
    y, expected = by_update(rule, START.astype("f4"), GRADIENTS)
    clips = (
        "ClipNorm" in repr(rule) or "GlobalNorm" in repr(rule) or "Muon" in repr(rule)
    )
    if clips:  # sums in another order are rounded otherwise
        np.testing.assert_allclose(x, y, rtol=2e-6)
    else:
        assert_same((x.copy(), state), (y, expected))


@EACH
def test_apply_changes_nothing(rule):
    x, dx = START.copy(), GRADIENTS[0].copy()
    state, _ = rule.apply(rule.init(x), x, dx)
    given = deepcopy((state, x, dx))
    rule.apply(state, x, dx)
    assert_same((state, x, dx), given)


# --- Trees --------------------------------------------------------------------------


@EACH
def test_a_tie_is_one_parameter_with_the_sum_of_its_gradients(rule):
    x = START.copy()
    model = {"a": x, "b": x, "c": x.T}
    tree = setup(rule, model)
    alone = [START.copy()]
    other = setup(rule, alone)
    for dx in GRADIENTS:
        update_(tree, model, {"a": dx, "b": dx, "c": 2 * dx.T})
        update_(other, alone, [dx + dx + 2 * dx])
    np.testing.assert_allclose(model["a"], alone[0], rtol=1e-12)
    assert model["a"] is model["b"] and np.shares_memory(x, model["c"])


@EACH
def test_what_is_frozen_or_has_no_gradient_stays(rule):
    model = [START.copy(), START.copy(), START.copy()]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0]] * 3)
    optimise.freeze_(tree[0])
    before = deepcopy([(x, leaf.state) for x, leaf in zip(model, tree, strict=True)])
    for dx in GRADIENTS:
        update_(tree, model, [dx, None, dx])
    for place in (0, 1):
        assert_same((model[place], tree[place].state), before[place])
    optimise.thaw_(tree)
    for dx in GRADIENTS:
        update_(tree, model, [dx, dx, dx])
    assert not np.array_equal(model[0], before[0][0])


@EACH
def test_printed_as_it_is_written(rule):
    text = repr(rule)
    assert text.startswith(type(rule).__name__ + "(") and text.count("(") == text.count(
        ")"
    )
    leaf = setup(rule, [np.zeros(1, np.float32)])[0]
    assert repr(leaf).startswith(f"Leaf({text}, ")


@EACH
def test_rules_are_equal_by_their_numbers(rule):
    assert rule == deepcopy(rule) and pickle.loads(pickle.dumps(rule)) == rule
    assert sum(rule == other for other in ALL) == 1


@EACH
def test_every_number_can_be_adjusted(rule):
    tree = setup(rule, [START.copy()])
    update_(tree, [START.copy()], [GRADIENTS[0]])
    state = deepcopy(tree[0].state)
    for field, value in numbers_by_name(rule).items():
        fixed = {"centred", "throw", "couple", "dtype", "n", "steps"}
        scheduled = isinstance(rule, optimise.Scheduler) and field == "eta"
        inner = "Scheduler" in repr(rule) and field == "eta"
        anchored = isinstance(rule, optimise.Rprop) and field == "eta"
        if field in fixed or scheduled or inner or anchored:
            continue
        new = tuple(v / 2 for v in value) if isinstance(value, tuple) else value / 2
        new = max(new, 1.0) if field == "p" else new
        optimise.adjust_(tree, **{field: new})
        assert numbers_by_name(tree[0].rule)[field] == new
    assert_same(tree[0].state, state)


@pytest.mark.parametrize("copied", [deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@EACH
def test_to_resume_from_a_copy_is_to_go_on(rule, copied):
    model = {"w": START.astype("f4"), "b": START[0].astype("f4")}
    tree = setup(rule, model)
    steps = [{"w": dx.astype("f4"), "b": dx[0].astype("f4")} for dx in GRADIENTS]
    for grads in steps[:3]:
        update_(tree, model, grads)
    other, twin = copied((tree, model))
    for grads in steps[3:]:
        update_(tree, model, grads)
        update_(other, twin, grads)
    for key, x in model.items():
        assert_same((x, tree[key].state), (twin[key], other[key].state))


# --- What is not finite -------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("rule", [*FORMULAS, *COMPOSITE[1:3]], ids=name)
def test_nan_stays_where_it_is_and_does_not_become_a_number(rule, dtype, wrong):
    x, gradients = START.astype(dtype), GRADIENTS.astype(dtype).copy()
    expected, _ = by_update(rule, x, gradients)
    gradients[2, 1, 1] = wrong
    with np.errstate(all="ignore"):
        found, _ = by_update(rule, x, gradients)
    elsewhere = np.ones(x.shape, bool)
    elsewhere[1, 1] = False
    assert_same(found[elsewhere], expected[elsewhere])
    if np.isnan(wrong):
        assert np.isnan(found[1, 1])


# --- Chains -------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*FORMULAS, *MODIFIERS[:3]]), max_size=4))
def test_a_chain_gives_the_bits_of_its_rules_one_by_one(rules):
    x = START.astype("f4")
    chain = by_update(OptimiserChain(*rules), x, GRADIENTS[:3])
    y, states = x.copy(), [rule.init(x) for rule in rules]
    for dx in GRADIENTS[:3]:
        step = dx.astype("f4")
        for place, rule in enumerate(rules):
            states[place], step = rule.apply(states[place], y, step)
        y = y - step
    assert_same(chain, (y, tuple(states)))


# --- Training -----------------------------------------------------------------------


SLOW = {"AdaDelta": 3000, "AdaGrad": 1000}


@pytest.mark.parametrize("rule", [*ALONE, *COMPOSITE[1:]], ids=name)
def test_every_rule_finds_the_bottom_of_a_bowl(rule):
    """An elongated quadratic around (1, -2): from far away to a tenth of the way."""
    target, steepness = np.array([[1.0, -2.0]]), np.array([[1.0, 4.0]])
    decays = "Decay" in repr(rule) or "AdamW(eta=0.02, " in repr(rule)
    model = {"x": np.zeros((1, 2))}
    loss = lambda m: np.sum(steepness * (m["x"] - target) ** 2)
    tree, first = mg.setup(rule, model), loss(model)
    for _ in range(SLOW.get(type(rule).__name__, 400)):
        update_(tree, model, mg.gradient(loss, model)[0])
    assert loss(model) < (0.25 if decays else 0.05) * first


# --- Complex numbers ----------------------------------------------------------------


COMPLEX = [
    rule for rule in ALL if "Rprop" not in repr(rule) and "ClipGrad" not in repr(rule)
]


@pytest.mark.parametrize("rule", COMPLEX, ids=name)
def test_real_numbers_among_complex_ones_move_as_real_ones(rule):
    if isinstance(rule, optimise.MixedPrecision):
        rule = optimise.MixedPrecision(np.complex128, rule.rule)
    real, _ = by_apply(rule, START, GRADIENTS)
    found, state = by_update(rule, START.astype(complex), GRADIENTS)
    np.testing.assert_allclose(found, real, rtol=1e-9, atol=1e-12)
    assert all(array.dtype == complex for array in arrays_in(state))


@pytest.mark.parametrize("rule", [r for r in COMPLEX if "1.0" not in repr(r)], ids=name)
def test_a_turned_problem_has_turned_steps(rule):
    """Moments are of |dx|², so the plane has no preferred direction."""
    turning = ("SignDecay", "AMSGrad", "inf", "MixedPrecision")
    if any(word in repr(rule) for word in turning):
        pytest.skip("starts at epsilon, which is real, or knows directions")
    turn = np.exp(0.7j)
    x, _ = by_update(rule, START.astype(complex), GRADIENTS)
    y, _ = by_update(rule, START * turn, GRADIENTS * turn)
    np.testing.assert_allclose(y, x * turn, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("rule", [optimise.Rprop(), optimise.ClipGrad()], ids=name)
def test_what_complex_numbers_have_not(rule):
    model = [START.astype(complex)]
    with pytest.raises(mg.DomainError, match="complex numbers"):
        update_(setup(rule, model), model, [GRADIENTS[0]])
    assert_same(model[0], START.astype(complex))
