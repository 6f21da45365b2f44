"""What every rule promises, each of them: see `all_rules`.

The numbers of single rules stand in the files of their families.
"""

import pickle
from copy import deepcopy
from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import DomainError, optimise
from minigrad.optimise import (
    AdaGrad,
    AMSGrad,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Lion,
    MixedPrecision,
    OptimiserChain,
    Rprop,
    Scheduler,
    schedules,
    setup,
    update_,
)
from minigrad.optimise.contract import numbers_by_name
from minigrad.optimise.kernels import kernel_for
from minigrad.optimise.rules import RULES

from ..recurrences import ROWS, THREE, X0, trajectories
from ..test_recurrences import QUOTED
from .all_rules import (
    ALL,
    ALONE,
    COMPOSITE,
    FORMULAS,
    FUSED,
    GRADIENTS,
    MODIFIERS,
    NUMERIC,
    START,
    arrays_in,
    assert_same,
    by_apply,
    by_update,
    digests,
    has,
    measures,
    name,
    parts,
)

EACH = pytest.mark.parametrize("rule", ALL, ids=name)
STEPS = by_apply, by_update
SINGLE_AND_DOUBLE = pytest.mark.parametrize("dtype", ["f4", "f8"])


def assert_agrees(rule, found, expected):
    """Bit by bit; but sums over an array, in another order, are rounded otherwise."""
    if measures(rule):
        for x, y in zip(arrays_in(found), arrays_in(expected), strict=True):
            scale = np.abs(y).max()
            tolerance = 100 * np.finfo(y.dtype).eps * scale
            np.testing.assert_allclose(x, y, rtol=0, atol=tolerance)
    else:
        assert_same(found, expected)


def test_no_rule_is_missing():
    assert {type(rule) for rule in ALL} == set(RULES)
    assert len(set(map(name, ALL))) == len(ALL)


def test_every_field_has_a_value_that_is_not_its_default():
    """So that a number that a rule forgets to use shows in some test."""
    for kind in RULES:
        mine = [part for rule in ALL for part in parts(rule) if type(part) is kind]
        for field in kind.fields:
            default = getattr(kind, field, None)
            given = [getattr(rule, field) for rule in mine]
            if field != "epsilon":  # for which see the recurrences
                assert any(value != default for value in given), (kind, field)


# --- Numbers -----------------------------------------------------------------------


def made(rules):
    """One of our rules from pairs (name, arguments): a chain, unless it is one."""
    made = [getattr(optimise, kind)(**arguments) for kind, arguments in rules]
    return made[0] if len(made) == 1 else OptimiserChain(*made)


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize(("kind", "arguments", "decimals", "expected"), QUOTED)
def test_three_steps(kind, arguments, decimals, expected, steps):
    found, _ = steps(made([(kind, arguments)]), np.array(X0), np.array(THREE))
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5 * 10**-decimals)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_against_independent_recurrences(row):
    """Twelve steps of some thirty operations, each rounded to 1e-16 of its size."""
    model = [np.array(X0)]
    tree = setup(made(row.rules), model)
    for dx, expected in zip(row.gradients, row.expected(), strict=True):
        update_(tree, model, [np.array(dx)])
        np.testing.assert_allclose(model[0], expected, rtol=1e-13, atol=1e-14)


def arrays_of(stored):
    """One array, or the arrays of a tuple."""
    return [x.copy() for x in (stored if isinstance(stored, tuple) else (stored,))]


@pytest.mark.parametrize("stored", list(trajectories()), ids=lambda stored: stored.name)
def test_against_a_hundred_steps_of_pytorch_and_optax(stored):
    """In double precision, to rounding: a thousand operations, each of 1e-16."""
    rule, model = made(stored.arguments), arrays_of(stored.x0)
    tree = setup(rule, model)
    for gradients, expected in zip(stored.gradients, stored.expected, strict=True):
        update_(tree, model, arrays_of(gradients))
        for x, y in zip(model, arrays_of(expected), strict=True):
            np.testing.assert_allclose(x, y, rtol=0, atol=1e-12 * np.abs(y).max())


# --- Shapes and dtypes -------------------------------------------------------------

SHAPES = [(), (0,), (3, 0), (3,), (4, 3), (2, 1, 3, 2)]
KINDS = ["f2", "f4", "f8", "c8", "c16"]


def fits(rule, dtype):
    """Whether a rule can be used for numbers of that type."""
    if np.dtype(dtype).kind != "c":
        return True
    return not has(rule, Rprop, ClipGrad, MixedPrecision)


def of_copies(rule):
    """The type in which `MixedPrecision` keeps what it remembers, if it is that."""
    return rule.dtype if isinstance(rule, MixedPrecision) else None


@pytest.mark.parametrize("dtype", KINDS)
@EACH
def test_shapes_and_dtypes_are_kept(rule, dtype):
    if not fits(rule, dtype):
        return
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        x, *gradients = rng.standard_normal((4, *shape)).astype(dtype)
        x, gradients = np.asarray(x), list(map(np.asarray, gradients))
        for state in (rule.init(x), *(f(rule, x, gradients)[1] for f in STEPS)):
            for array in map(np.asarray, arrays_in(state)):
                assert array.shape == shape
                assert array.dtype == (of_copies(rule) or dtype)
        for steps in STEPS:
            new = np.asarray(steps(rule, x, gradients)[0])
            assert new.shape == shape and new.dtype == dtype
            assert np.isfinite(new).all()


@EACH
def test_zero_gradients_in_half_precision(rule):
    """Safeguards such as 1e-8 are no numbers of float16; 0 / 0 would be NaN."""
    x, state = by_update(rule, START.astype("f2"), np.zeros((3, 4, 3)))
    assert all(np.isfinite(array).all() for array in (x, *arrays_in(state)))


@SINGLE_AND_DOUBLE
@EACH
def test_in_place_gives_the_bits_of_out_of_place(rule, dtype):
    x = START.astype(dtype)
    assert_same(by_update(rule, x, GRADIENTS), by_apply(rule, x, GRADIENTS))


@EACH
def test_apply_changes_nothing(rule):
    """Arrays that cannot be written to are enough for it, and stay as they are."""
    x, state = START.copy(), rule.init(START)
    for dx in GRADIENTS.copy():
        for array in (x, dx, *arrays_in(state)):
            array.flags.writeable = False
        given = deepcopy((state, x, dx))
        new, _ = rule.apply(state, x, dx)
        assert_same((state, x, dx), given)
        state = new


@EACH
def test_what_is_remembered_is_no_array_of_somebody_else(rule):
    model, dx = [START.copy()], GRADIENTS[0].copy()
    tree = setup(rule, model)
    for _ in range(3):
        update_(tree, model, [dx])
        held = [model[0], dx, *arrays_in(tree[0].state)]
        for place, array in enumerate(held):
            assert not any(np.shares_memory(array, one) for one in held[:place])


# --- Layouts -----------------------------------------------------------------------


def in_a_frame(x):
    """A view of every other column, inside of a larger array."""
    frame = np.full((x.shape[0] + 2, 2 * x.shape[1] + 1), 77, x.dtype)
    frame[1:-1, 1::2] = x
    return frame[1:-1, 1::2]


LAYOUTS = {
    "C": np.copy,
    "Fortran": np.asfortranarray,
    "every other column": in_a_frame,
    "from the last row": lambda x: x[::-1].copy()[::-1],
    "from the last number": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "one in eight bytes": lambda x: np.rec.fromarrays([x, x]).f0,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@EACH
def test_every_layout_gives_the_same_numbers(rule, layout):
    x, gradients = START.astype("f4"), GRADIENTS[:3]
    expected = by_update(rule, x, gradients)
    for of_gradients in LAYOUTS.values():
        found, state = by_update(rule, x, gradients, layout, of_gradients)
        assert_agrees(rule, (found, state), expected)
        if layout is in_a_frame:
            found[...] = 77
            assert (found.base == 77).all()


@EACH
def test_apply_takes_every_layout(rule):
    expected = by_apply(rule, START, GRADIENTS[:2])
    for layout in LAYOUTS.values():
        x, state = layout(START), rule.init(layout(START))
        for dx in GRADIENTS[:2]:
            state, step = rule.apply(state, x, layout(dx))
            x = x if step is None else x - step
        assert_agrees(rule, (x, state), expected)


# --- Trees -------------------------------------------------------------------------


@EACH
def test_a_tie_is_one_parameter_with_the_sum_of_its_gradients(rule):
    """1 + 1 + 2 = 4, which no rounding disturbs."""
    x, alone = START.copy(), [START.copy()]
    model = {"a": x, "b": x, "c": x.T}
    tree, other = setup(rule, model), setup(rule, alone)
    assert tree["a"] is tree["b"] is tree["c"]
    for dx in GRADIENTS:
        update_(tree, model, {"a": dx, "b": dx, "c": 2 * dx.T})
        update_(other, alone, [4 * dx])
    assert_agrees(rule, (model["a"], tree["a"].state), (alone[0], other[0].state))
    assert model["a"] is model["b"] is x and np.shares_memory(x, model["c"])


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
        update_(tree, model, [dx, dx, None])
    assert_agrees(rule, (model[0], tree[0].state), (model[1], tree[1].state))
    assert not np.array_equal(model[0], before[0][0])


@EACH
def test_zero_is_a_gradient_and_none_is_not(rule):
    """What is remembered fades with zeros; AdaGrad never forgets."""
    model, other = [START.copy()], [START.copy(), np.zeros(1)]
    tree, twin = setup(rule, model), setup(rule, other)
    update_(tree, model, [GRADIENTS[0]])
    update_(twin, other, [GRADIENTS[0], [0.0]])
    before = deepcopy((other[0], twin[0].state))
    update_(tree, model, [np.zeros((4, 3))])
    update_(twin, other, [None, [1.0]])
    assert_same((other[0], twin[0].state), before)
    if arrays_in(before[1]) and not isinstance(rule, AdaGrad):
        with pytest.raises(AssertionError):
            assert_same(tree[0].state, before[1])
    expected = by_apply(rule, START, [GRADIENTS[0], np.zeros((4, 3))])
    assert_same((model[0], tree[0].state), expected)


@pytest.mark.parametrize("copied", [deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@EACH
def test_to_resume_from_a_copy_is_to_go_on(rule, copied):
    model = {"w": START.astype("f4"), "b": START[0].astype("f4")}
    tree = setup(rule, model)
    steps = [{"w": dx.astype("f4"), "b": dx[0].astype("f4")} for dx in GRADIENTS]
    for grads in steps[:3]:
        update_(tree, model, grads)
    other, twin = copied((tree, model))
    assert other == tree
    for grads in steps[3:]:
        update_(tree, model, grads)
        update_(other, twin, grads)
    for key, x in model.items():
        assert_same((twin[key], other[key].state), (x, tree[key].state))


@EACH
def test_a_copy_goes_its_own_way(rule):
    model = [START.copy()]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0]])
    before = deepcopy((model[0], tree[0].state))
    new_tree, new = optimise.update(tree, model, [GRADIENTS[2]])
    assert_same((model[0], tree[0].state), before)
    update_(tree, model, [GRADIENTS[2]])
    assert_same((new[0], new_tree[0].state), (model[0], tree[0].state))


# --- Values with names -------------------------------------------------------------

NAMES = {**vars(optimise), **vars(schedules), "inf": inf}
NAMES |= {"float32": np.float32, "float64": np.float64}


@EACH
def test_printed_as_it_is_written(rule):
    assert eval(repr(rule), NAMES) == rule
    assert str(rule) == repr(rule)
    leaf = setup(rule, [np.zeros(1, np.float32)])[0]
    assert repr(leaf).startswith(f"Leaf({rule!r}, ")
    optimise.freeze_(leaf)
    assert repr(leaf).endswith(", frozen=True)")


@EACH
def test_rules_are_equal_by_their_numbers(rule):
    for twin in (deepcopy(rule), pickle.loads(pickle.dumps(rule))):
        assert twin == rule and type(twin) is type(rule)
        if not has(rule, Scheduler):  # its schedules may be anything, as lists may
            assert hash(twin) == hash(rule)
    assert [other for other in ALL if other == rule] == [rule]
    assert rule != "rule" and rule != rule.fields


@EACH
def test_rules_do_not_change(rule):
    for field in rule.fields:
        with pytest.raises(AttributeError, match=field):
            setattr(rule, field, getattr(rule, field))


def another(value):
    """A value of the same kind, inside the range of all numbers."""
    if isinstance(value, tuple):
        return tuple(map(another, value))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return 2.5 if value >= 1 else value / 2


def anchored(rule):
    """The numbers of a rule that cannot be adjusted while it is in use."""
    fixed = {name for part in parts(rule) for name in part.not_adjusted}
    timed = {k for p in parts(rule) for k in getattr(p, "schedules", ())}
    return (fixed | timed) & numbers_by_name(rule).keys()


@EACH
def test_every_number_can_be_adjusted(rule):
    numbers = numbers_by_name(rule)
    for field in numbers.keys() - anchored(rule):
        model = [START.copy()]
        tree = setup(rule, model)
        update_(tree, model, [GRADIENTS[0]])
        x, state = deepcopy((model[0], tree[0].state))
        new = another(numbers[field])
        optimise.adjust_(tree, **{field: new})
        assert numbers_by_name(tree[0].rule) == {**numbers, field: new}
        assert numbers_by_name(rule) == numbers
        assert_same((model[0], tree[0].state), (x, state))
        update_(tree, model, [GRADIENTS[2]])
        state, step = tree[0].rule.apply(state, x, GRADIENTS[2])
        x = x if step is None else x - step
        assert_same((model[0], tree[0].state), (x, state))


@EACH
def test_what_is_remembered_for_a_number_anchors_it(rule):
    tree = setup(rule, [START.copy()])
    for field in anchored(rule):
        with pytest.raises(TypeError, match=rf"^{field} of .*cannot be adjusted"):
            optimise.adjust_(tree, **{field: 0.5})
    assert tree[0].rule == rule


NUMBERS = pytest.mark.parametrize("rule", NUMERIC, ids=name)


@NUMBERS
def test_made_by_place_and_by_name(rule):
    kind, values = type(rule), [getattr(rule, field) for field in rule.fields]
    assert kind(*values) == kind(**dict(zip(kind.fields, values, strict=True))) == rule


@NUMBERS
def test_whole_numbers_become_floats(rule):
    kind = type(rule)
    for field in kind.fields:
        value = getattr(rule, field)
        if isinstance(value, tuple):
            whole = {"beta": (0, 0), "ell": (1, 2), "gamma": (0, 50)}[field]
            for given in (whole, list(whole)):
                taken = getattr(kind(**{field: given}), field)
                assert taken == whole and set(map(type, taken)) == {float}
        elif not isinstance(value, bool):
            for given in (1, np.int8(1), np.float32(1)):
                taken = getattr(kind(**{field: given}), field)
                assert taken == 1 and type(taken) is float


@NUMBERS
def test_numbers_outside_of_their_range(rule):
    kind = type(rule)
    for field, wrong in product(kind.fields, [-1, -0.1, np.nan, -inf]):
        value = getattr(rule, field)
        given = (value[0], wrong) if isinstance(value, tuple) else wrong
        if not isinstance(value, bool):
            with pytest.raises(DomainError, match=rf"^{kind.__name__}\(.*{field}"):
                kind(**{field: given})


NOT_NUMBERS = ["0.1", None, 1j, [0.1], np.ones(2), {}, float]


@NUMBERS
def test_what_is_no_number(rule):
    kind = type(rule)
    for field, wrong in product(kind.fields, NOT_NUMBERS):
        value = getattr(rule, field)
        given = (value[0], wrong) if isinstance(value, tuple) else wrong
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\({field}=.*{field}"):
            kind(**{field: given})


@NUMBERS
def test_adjusting_checks_what_the_constructor_checks(rule):
    """Also what several numbers must be together, as a shorter and a longer step."""
    tree = setup(rule, [START.copy()])
    for field in set(rule.fields) - anchored(rule):
        value = getattr(rule, field)
        wrong = "0.1" if isinstance(value, bool) else -1.0
        wrong = (value[1] + 1, value[0]) if isinstance(value, tuple) else wrong
        with pytest.raises((TypeError, DomainError)):
            optimise.adjust_(tree, **{field: wrong})
        assert tree[0].rule == rule


@NUMBERS
def test_switches_are_no_numbers_and_numbers_no_switches(rule):
    kind = type(rule)
    for field in kind.fields:
        is_switch = isinstance(getattr(rule, field), bool)
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\({field}="):
            kind(**{field: 1 if is_switch else True})


@NUMBERS
def test_names_that_a_rule_has_not(rule):
    kind = type(rule)
    for make in (lambda: kind(lr=0.1), lambda: kind(*[0.5] * 9)):
        with pytest.raises(TypeError) as caught:
            make()
        (note,) = caught.value.__notes__
        assert kind.__name__ in note and all(f"{f}=" in note for f in kind.fields)


# --- What is not finite ------------------------------------------------------------


def with_one(value, gradients, dtype):
    """Gradients of which one number, in the third step, is another."""
    gradients = gradients.astype(dtype).copy()
    gradients[2, 1, 1] = value
    return gradients


ELSEWHERE = np.ones((4, 3), bool)
ELSEWHERE[1, 1] = False
IN_LOOPS_AND_IN_NUMPY = pytest.mark.parametrize("layout", [np.copy, in_a_frame])


@IN_LOOPS_AND_IN_NUMPY
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("rule", FUSED, ids=name)
def test_nan_stays_nan_where_it_is_and_nowhere_else(rule, dtype, layout):
    x = START.astype(dtype)
    expected, state = by_update(rule, x, GRADIENTS, layout)
    gradients = with_one(np.nan, GRADIENTS, dtype)
    found, other = by_update(rule, x, gradients, layout)
    assert np.isnan(found[~ELSEWHERE]).all()
    pairs = zip([found, *arrays_in(other)], [expected, *arrays_in(state)], strict=True)
    for one, twin in pairs:
        np.testing.assert_array_equal(one[ELSEWHERE], twin[ELSEWHERE])


@IN_LOOPS_AND_IN_NUMPY
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("rule", FUSED, ids=name)
def test_an_infinite_gradient_is_no_small_one(rule, dtype, layout):
    """It leads to no number; rules that look at its sign alone see a large one."""
    x, infinite = START.astype(dtype), with_one(inf, GRADIENTS, dtype)
    with np.errstate(all="ignore"):
        found, _ = by_update(rule, x, infinite, layout)
    assert np.isfinite(found[ELSEWHERE]).all()
    if has(rule, Lion, Rprop, ClipGrad):
        large = with_one(np.finfo(dtype).max / 8, GRADIENTS, dtype)
        assert_same(found.copy(), by_update(rule, x, large, layout)[0].copy())
    else:
        assert not np.isfinite(found[~ELSEWHERE]).any()


@pytest.mark.parametrize("wrong", [np.nan, inf, -inf])
@pytest.mark.parametrize("rule", [r for r in ALL if has(r, ClipNorm)], ids=name)
def test_norms_that_are_no_numbers(rule, wrong):
    """An error, before anything has changed, or NaN for all."""
    model = [START.copy(), START.copy()]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0]] * 2)
    before = deepcopy((*model, tree[0].state, tree[1].state))
    gradients = [GRADIENTS[2], with_one(wrong, GRADIENTS, "f8")[2]]
    if any(getattr(part, "throw", False) for part in parts(rule)):
        with pytest.raises(DomainError, match="Nothing was updated"):
            update_(tree, model, gradients)
        assert_same((*model, tree[0].state, tree[1].state), before)
    else:
        update_(tree, model, gradients)
        assert np.isnan(model[1]).all()
        assert np.isnan(model[0]).all() == has(rule, ClipGlobalNorm)


# --- Chains and loops --------------------------------------------------------------


def one_by_one(rules, x, gradients):
    """What a chain does: each rule is given the step of the one before."""
    x, states = x.copy(), [rule.init(x) for rule in rules]
    for dx in gradients:
        step = dx.astype(x.dtype)
        for place, rule in enumerate(rules):
            states[place], step = rule.apply(states[place], x, step)
        x = x - step
    return x, tuple(states)


@pytest.fixture
def uncompiled(monkeypatch):
    """Loops run as plain Python, which is quick where each runs but once."""
    kernel_for.cache_clear()
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    yield
    kernel_for.cache_clear()


LINKS = [rule for rule in [*FORMULAS, *MODIFIERS] if not has(rule, ClipNorm)]
CHAINS = st.lists(st.sampled_from([*LINKS, *MODIFIERS]), max_size=5)


def test_random_chains_give_the_bits_of_their_rules(uncompiled):
    @given(CHAINS, st.sampled_from(["f4", "f8"]), st.integers(0, 5))
    def check(rules, dtype, cut):
        x = START.astype(dtype)
        expected = one_by_one(rules, x, GRADIENTS[:3])
        with np.errstate(all="ignore"):
            assert_same(by_update(OptimiserChain(*rules), x, GRADIENTS[:3]), expected)
            nested = OptimiserChain(OptimiserChain(*rules[:cut]), *rules[cut:])
            found, _ = by_update(nested, x, GRADIENTS[:3])
        assert_same(found, expected[0])

    check()


@pytest.mark.parametrize("place", range(8))
def test_compiled_chains_give_the_bits_of_their_rules(place):
    """Every rule with a formula stands in one of them."""
    rules = LINKS[place::8]
    x = START.astype("f4")
    expected = one_by_one(rules, x, GRADIENTS)
    assert_same(by_update(OptimiserChain(*rules), x, GRADIENTS), expected)


def test_loops_without_numba_give_the_same_bits(run_python):
    here = "from tests.optimise.rules.all_rules import digests; "
    show = "print(*digests(), sep=chr(10))"
    found = run_python(here + show, env={"NUMBA_DISABLE_JIT": "1"})
    assert found.splitlines() == list(digests())


# --- Training ----------------------------------------------------------------------

MAKES_STEPS = [*ALONE, *COMPOSITE[1:]]


def steps_until(rule, loss, model, aim, most=3000):
    """How many steps it takes to bring the loss below `aim`, or infinity."""
    tree = setup(rule, model)
    for count in range(most):
        value, grads = mg.withgradient(loss, model)
        if value < aim:
            return count
        update_(tree, model, grads[0])
    return inf


@pytest.mark.parametrize("rule", MAKES_STEPS, ids=name)
def test_every_rule_finds_the_bottom_of_a_bowl(rule):
    """An elongated one around (1, -2); decay and noise of signs keep some away."""
    target, steepness = np.array([[1.0, -2.0]]), np.array([[1.0, 4.0]])
    loss = lambda m: np.sum(steepness * (m["x"] - target) ** 2)
    assert loss({"x": np.zeros((1, 2))}) == 17
    assert steps_until(rule, loss, {"x": np.zeros((1, 2))}, 0.3) < inf


@pytest.mark.parametrize("rule", MAKES_STEPS, ids=name)
def test_every_rule_fits_a_curve(rule):
    """A small network learns a sine, better than any straight line could."""
    rng = np.random.default_rng(0)
    model = {"in": rng.normal(size=(1, 8)), "bias": rng.normal(size=8)}
    model["out"] = rng.normal(size=(8, 1)) / 3
    x = np.linspace(-3, 3, 32)[:, None]
    y = np.sin(x)
    slope = np.sum(x * y) / np.sum(x * x)
    line = np.mean((slope * x - y) ** 2)
    loss = lambda m: np.mean((np.tanh(x @ m["in"] + m["bias"]) @ m["out"] - y) ** 2)
    assert loss(model) > line
    assert steps_until(rule, loss, model, line / 2) < inf


# --- Complex numbers ---------------------------------------------------------------

COMPLEX = [rule for rule in ALL if fits(rule, "c16")]


@pytest.mark.parametrize("rule", COMPLEX, ids=name)
def test_real_numbers_among_complex_ones_move_as_real_ones(rule):
    real, _ = by_apply(rule, START, GRADIENTS)
    found, state = by_update(rule, START.astype(complex), GRADIENTS)
    np.testing.assert_allclose(found, real, rtol=1e-12, atol=1e-14)
    assert all(array.dtype == complex for array in arrays_in(state))


def has_no_directions(rule):
    """Whether nothing in a rule knows where the real axis is."""
    return not has(rule, AMSGrad)  # whose mean starts at epsilon, which is real


@pytest.mark.parametrize("rule", list(filter(has_no_directions, COMPLEX)), ids=name)
def test_a_turned_problem_has_turned_steps(rule):
    """Squares are |dx|², and signs dx / |dx|: no direction is another's better."""
    turn, rng = np.exp(0.7j), np.random.default_rng(5)
    gradients = GRADIENTS + 1j * rng.standard_normal(GRADIENTS.shape)
    x, _ = by_update(rule, START.astype(complex), gradients)
    y, _ = by_update(rule, START * turn, gradients * turn)
    np.testing.assert_allclose(y, x * turn, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("rule", [r for r in ALL if not fits(r, "c16")], ids=name)
def test_what_complex_numbers_have_not(rule):
    model = [START.astype(complex)]
    with pytest.raises(DomainError, match="complex"):
        update_(setup(rule, model), model, [GRADIENTS[0]])
    assert_same(model[0], START.astype(complex))
