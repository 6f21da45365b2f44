"""What every rule promises, each of them: see `all_rules`."""

import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError
from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import optimise
from minigrad.optimise import OptimiserChain, kernels, setup, update_
from minigrad.optimise.contract import numbers_by_name
from minigrad.optimise.rules import RULES
from minigrad.optimise.schedules import Exp

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
    RNG,
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
ROOT = Path(__file__).parents[3]


def test_no_rule_is_missing():
    assert {type(rule) for rule in ALL} == set(RULES)
    assert len({name(rule) for rule in ALL}) == len(ALL)


# --- Numbers -----------------------------------------------------------------------


def made(rules):
    """One of our rules from pairs (name, arguments): a chain, unless it is one."""
    made = [getattr(optimise, kind)(**arguments) for kind, arguments in rules]
    return made[0] if len(made) == 1 else OptimiserChain(*made)


@pytest.mark.parametrize("steps", [by_apply, by_update])
@pytest.mark.parametrize(("rule", "arguments", "decimals", "expected"), QUOTED)
def test_quoted_numbers_after_three_steps(rule, arguments, decimals, expected, steps):
    found, _ = steps(made([(rule, arguments)]), np.array(X0), np.array(THREE))
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5 * 10**-decimals)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_against_independent_recurrences(row):
    model, x = [np.array(X0)], np.array(X0)
    rule = made(row.rules)
    tree, state = setup(rule, model), rule.init(x)
    for dx, expected in zip(row.gradients, row.expected(), strict=True):
        update_(tree, model, [np.array(dx)])
        state, step = rule.apply(state, x, np.array(dx))
        x = x if step is None else x - step
        np.testing.assert_allclose(model[0], expected, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(x, expected, rtol=1e-13, atol=1e-15)


def arrays_of(stored, dtype=float):
    """One array, or the arrays of a tuple."""
    return [x.astype(dtype) for x in (stored if type(stored) is tuple else (stored,))]


@pytest.mark.parametrize(("dtype", "near"), [("f8", 1e-13), ("f4", 3e-5)])
@pytest.mark.parametrize("stored", list(trajectories()), ids=lambda stored: stored.name)
def test_against_a_hundred_steps_of_pytorch_and_optax(stored, dtype, near):
    """Theirs are in double precision. Every step rounds a few times, by at most one
    in 2^53, or 2^24; a hundred steps add a few hundred such errors.
    """
    rule, model = made(stored.arguments), arrays_of(stored.x0, dtype)
    tree = setup(rule, model)
    largest = max(np.abs(x).max() for step in stored.expected for x in arrays_of(step))
    for gradients, expected in zip(stored.gradients, stored.expected, strict=True):
        update_(tree, model, arrays_of(gradients, dtype))
        for x, y in zip(model, arrays_of(expected), strict=True):
            assert x.dtype == dtype
            np.testing.assert_allclose(x, y, rtol=0, atol=near * largest)


# --- Shapes, dtypes, layouts --------------------------------------------------------


def is_complex(dtype):
    return np.dtype(dtype).kind == "c"


def for_complex(rule):
    """The same with a complex copy, if it has one."""
    if isinstance(rule, optimise.MixedPrecision):
        return optimise.MixedPrecision(np.result_type(rule.dtype, 1j), rule.rule)
    return rule


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (4, 3), (2, 1, 3, 2), (0, 2)])
@EACH
def test_shapes_and_dtypes_are_kept(rule, shape, dtype):
    if is_complex(dtype):
        if any(part.real_only for part in parts(rule)):
            return
        rule = for_complex(rule)
    x = RNG.standard_normal(shape).astype(dtype)
    gradients = [RNG.standard_normal(shape).astype(dtype) for _ in range(3)]
    inside = rule.dtype if isinstance(rule, optimise.MixedPrecision) else x.dtype
    model = [x.copy()]
    tree = setup(rule, model)
    for dx in gradients:
        update_(tree, model, [dx])
        for array in arrays_in(tree[0].state):
            assert (array.shape, array.dtype) == (shape, inside)
    assert model[0].shape == shape and model[0].dtype == dtype
    assert np.isfinite(model[0]).all()
    if x.size and type(rule) is not optimise.AccumGrad:
        assert not np.array_equal(model[0], x)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@EACH
def test_in_place_gives_the_bits_of_out_of_place(rule, dtype):
    x = START.astype(dtype)
    assert_same(by_update(rule, x, GRADIENTS), by_apply(rule, x, GRADIENTS))


def transposed(x):
    return x.T.copy().T


LAYOUTS = {
    "C": np.copy,
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "transposed": transposed,
}


@pytest.mark.parametrize("of_gradients", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@EACH
def test_every_layout_gives_the_same_numbers(rule, layout, of_gradients):
    found = by_update(rule, START.astype("f4"), GRADIENTS, layout, of_gradients)
    expected = by_update(rule, START.astype("f4"), GRADIENTS)
    if measures(rule):  # sums in another order are rounded otherwise
        np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=2e-6)
    else:
        assert_same(found, expected)


@EACH
def test_apply_changes_nothing(rule):
    x, dx = START.copy(), GRADIENTS[0].copy()
    state, _ = rule.apply(rule.init(x), x, dx)
    given = deepcopy((state, x, dx, rule))
    rule.apply(state, x, dx)
    assert_same((state, x, dx, rule), given)


def test_without_compilation_the_bits_are_the_same(run_python):
    code = (
        "from tests.optimise.rules.all_rules import digests; print(*digests(), sep='|')"
    )
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"
    other = "0" if numba.config.DISABLE_JIT else "1"
    found = run_python(code, env={"NUMBA_DISABLE_JIT": other})
    assert found.split("|") == list(digests())


# --- Trees --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@EACH
def test_a_tie_is_one_parameter_with_the_sum_of_its_gradients(rule, dtype):
    x = START.astype(dtype)
    model = {"a": x, "b": [x], "c": x.T}
    tree = setup(rule, model)
    assert tree["a"] is tree["b"][0] is tree["c"]
    alone = [START.astype(dtype)]
    other = setup(rule, alone)
    for dx in GRADIENTS.astype(dtype):
        update_(tree, model, {"a": dx, "b": [dx], "c": 2 * dx.T})
        update_(other, alone, [4 * dx])  # exact, as powers of two are
    assert_same((model["a"], tree["a"].state), (alone[0], other[0].state))
    assert model["a"] is model["b"][0] is x and model["c"].base is x


@EACH
def test_what_is_frozen_or_has_no_gradient_stays(rule):
    model = [START.copy(), START.copy(), START.copy()]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0]] * 3)
    optimise.freeze_(tree[0])
    assert repr(tree[0]).endswith(", frozen=True)")
    before = deepcopy([(x, leaf.state) for x, leaf in zip(model, tree, strict=True)])
    for dx in GRADIENTS:
        update_(tree, model, [dx, None, dx])
    for place in (0, 1):
        assert_same((model[place], tree[place].state), before[place])
    optimise.thaw_(tree)
    for dx in GRADIENTS:
        update_(tree, model, [dx, dx, None])
    assert_same((model[0], tree[0].state), (model[1], tree[1].state))
    if not has(rule, optimise.ClipGlobalNorm):  # which sees the others
        whole = by_update(rule, START, [GRADIENTS[0], *GRADIENTS])
        for place in range(3):
            assert_same((model[place], tree[place].state), whole)


@pytest.mark.parametrize(
    "rule", [r for r in ALL if r.init(START) is not None and r.fields], ids=name
)
def test_a_zero_gradient_is_a_number(rule):
    """It is averaged, counted, or compared with; None is not."""
    if type(rule) is OptimiserChain and not arrays_in(rule.init(START)):
        return
    model = [START.copy(), START.copy()]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0]] * 2)
    update_(tree, model, [np.zeros_like(START), None])
    kinds = optimise.AdaGrad  # the sum of all squares is what it was
    assert (repr(tree[0]) == repr(tree[1])) is isinstance(rule, kinds)


@pytest.mark.parametrize("copied", [deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@EACH
def test_to_resume_from_a_copy_is_to_go_on(rule, copied):
    model = {"w": START.astype("f4"), "b": START[0].astype("f4")}
    tree = setup(rule, model)
    steps = [{"w": dx.astype("f4"), "b": dx[0].astype("f4")} for dx in GRADIENTS]
    for grads in steps[:3]:
        update_(tree, model, grads)
    other, twin = copied((tree, model))
    assert other == tree and repr(other) == repr(tree)
    for grads in steps[3:]:
        update_(tree, model, grads)
    for grads in steps[3:]:
        update_(other, twin, grads)
    for key, x in model.items():
        assert_same((twin[key], other[key].state), (x, tree[key].state))


# --- As values ----------------------------------------------------------------------

NAMES = {**vars(optimise), "Exp": Exp, "inf": np.inf}
NAMES |= {"float32": np.float32, "float64": np.float64}


@EACH
def test_printed_as_it_is_written(rule):
    assert eval(repr(rule), NAMES) == rule
    assert str(rule) == repr(rule)
    leaf = setup(rule, {"x": np.zeros(1, np.float32)})["x"]
    assert repr(leaf).startswith(f"Leaf({rule!r}, ")


PRINTED = [
    "Descent(0.1)",
    "Momentum(eta=0.01, rho=0.9)",
    "Nesterov(eta=0.001, rho=0.9)",
    "Rprop(eta=0.001, ell=(0.5, 1.2), gamma=(1e-06, 50.0))",
    "Lion(eta=0.001, beta=(0.9, 0.999))",
    "AdaGrad(eta=0.1, epsilon=1e-08)",
    "RMSProp(eta=0.001, rho=0.9, epsilon=1e-08, centred=False)",
    "AdaDelta(rho=0.9, epsilon=1e-08)",
    "Adam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)",
    "AdamW(eta=0.001, beta=(0.9, 0.999), lambda_=0.0, epsilon=1e-08, couple=True)",
    "AdaMax(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)",
    "AMSGrad(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)",
    "NAdam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)",
    "RAdam(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)",
    "OAdam(eta=0.001, beta=(0.5, 0.9), epsilon=1e-08)",
    "AdaBelief(eta=0.001, beta=(0.9, 0.999), epsilon=1e-16)",
    "WeightDecay(0.0005)",
    "SignDecay(0.001)",
    "ClipGrad(10.0)",
    "ClipNorm(omega=10.0, p=2.0, throw=True)",
    "ClipGlobalNorm(omega=10.0, p=2.0, throw=True)",
    "OptimiserChain()",
]


@pytest.mark.parametrize("text", PRINTED)
def test_the_defaults(text):
    rule = getattr(optimise, text.partition("(")[0])
    assert repr(rule()) == text


@EACH
def test_rules_are_equal_by_their_numbers(rule):
    assert rule == deepcopy(rule) and pickle.loads(pickle.dumps(rule)) == rule
    assert [other for other in ALL if other == rule] == [rule]
    assert not any(rule == other for other in (None, 0.1, repr(rule), type(rule)))


@pytest.mark.parametrize("rule", ALL, ids=name)
def test_equal_rules_have_equal_hashes(rule):
    if has(rule, optimise.Scheduler):
        with pytest.raises(TypeError, match="unhashable"):
            hash(rule)
    else:
        assert len({rule, deepcopy(rule), pickle.loads(pickle.dumps(rule))}) == 1


@EACH
def test_rules_do_not_change(rule):
    for field in rule.fields:
        with pytest.raises(FrozenInstanceError):
            setattr(rule, field, 0.5)


# --- Construction -------------------------------------------------------------------

FIELDS = [(rule, field) for rule in NUMERIC for field in rule.fields]
FLOATS = [
    (rule, field) for rule, field in FIELDS if type(rule.__dict__[field]) is float
]
PAIRS = [(rule, field) for rule, field in FIELDS if type(rule.__dict__[field]) is tuple]
WHOLE = {"ell": (1, 2), "gamma": (0, 1), "beta": (0, 0)}


def given_for(rule, field, value):
    """The constructor of a rule with one number replaced."""
    numbers = {name: getattr(rule, name) for name in rule.fields}
    return type(rule)(**{**numbers, field: value})


@pytest.mark.parametrize("rule", NUMERIC, ids=name)
def test_numbers_by_place_and_by_name(rule):
    numbers = {field: getattr(rule, field) for field in rule.fields}
    assert type(rule)(*numbers.values()) == type(rule)(**numbers) == rule


@pytest.mark.parametrize(("rule", "field"), FLOATS, ids=str)
@pytest.mark.parametrize("one", [1, np.int64(1), np.float32(1), np.float64(1)])
def test_all_kinds_of_numbers_become_floats(rule, field, one):
    made = given_for(rule, field, one)
    assert type(getattr(made, field)) is float
    assert made == given_for(rule, field, 1.0) and "1.0" in repr(made)


@pytest.mark.parametrize(("rule", "field"), PAIRS, ids=str)
def test_pairs_become_tuples_of_floats(rule, field):
    for given in (WHOLE[field], list(WHOLE[field])):
        found = getattr(given_for(rule, field, given), field)
        assert found == WHOLE[field] and type(found) is tuple
        assert {type(number) for number in found} == {float}


@pytest.mark.parametrize(("rule", "field"), FLOATS, ids=str)
@pytest.mark.parametrize(
    "wrong", ["0.1", None, True, np.bool_(1), 1j, np.complex64(1), [0.1], np.ones(1)]
)
def test_what_is_no_number_is_refused(rule, field, wrong):
    with pytest.raises(TypeError) as caught:
        given_for(rule, field, wrong)
    message = str(caught.value)
    assert message.startswith(f"{type(rule).__name__}({field}=")
    assert f"{field} must be a real number such as " in message
    assert message.endswith(".") and "\n" not in message


@pytest.mark.parametrize(("rule", "field"), PAIRS, ids=str)
@pytest.mark.parametrize("wrong", [0.9, (0.9,), (0.1, 0.5, 0.9), "ab", None, 0.5j])
def test_what_is_no_pair_is_refused(rule, field, wrong):
    with pytest.raises(TypeError, match=rf"\({field}=.*{field} is 2 numbers, such as"):
        given_for(rule, field, wrong)


@pytest.mark.parametrize(("rule", "field"), PAIRS, ids=str)
def test_a_pair_with_something_else_in_it_is_shown_whole(rule, field):
    message = rf"{type(rule).__name__}\({field}=\(0\.9, 'a'\)\).*real number"
    with pytest.raises(TypeError, match=message):
        given_for(rule, field, (0.9, "a"))


SWITCHES = [(rule, f) for rule, f in FIELDS if type(rule.__dict__[f]) is bool]


@pytest.mark.parametrize(("rule", "field"), SWITCHES, ids=str)
@pytest.mark.parametrize("wrong", [1, 0.0, None, "yes", np.ones(1, bool)])
def test_a_switch_is_true_or_false(rule, field, wrong):
    with pytest.raises(TypeError, match=rf"\({field}=.*a switch, True or False"):
        given_for(rule, field, wrong)


OUTSIDE = {
    "eta": (-0.1, -1, np.inf, "learning rate"),
    "rho": (-0.1, 1.5, "between 0 and 1"),
    "beta": ((0.9, 1.0), (1, 0.5), [-0.5, 0.9], (0.9, np.nan), "between 0 and 1"),
    "epsilon": (-1e-8, np.inf, "at least 0"),
    "lambda_": (-0.1, np.inf, "at least 0"),
    "delta": (-1, "at least 0"),
    "omega": (-1, "at least 0"),
    "p": (0.5, -1, "at least 1"),
    "n": (0, -1, "at least 1"),
    "ell": ((0.5, np.nan),),
    "gamma": ((np.nan, 50),),
    "throw": (),
    "couple": (),
    "centred": (),
}


@pytest.mark.parametrize(("rule", "field"), FIELDS, ids=str)
def test_numbers_outside_of_their_range(rule, field):
    *wrong, reason = (
        OUTSIDE[field] if len(OUTSIDE[field]) > 1 else (*OUTSIDE[field], "")
    )
    if type(getattr(rule, field)) is float:
        wrong.append(np.nan)
    for value in wrong:
        with pytest.raises(mg.DomainError) as caught:
            given_for(rule, field, value)
        message = str(caught.value)
        assert message.startswith(f"{type(rule).__name__}({field}={value!r})")
        assert reason in message and message.endswith(".")


@pytest.mark.parametrize("rule", NUMERIC, ids=name)
@pytest.mark.parametrize("wrong", ["lr", "learning_rate", "Eta"])
def test_unknown_names_get_a_note_with_the_known_ones(rule, wrong):
    for call in (lambda: type(rule)(**{wrong: 0.1}), lambda: type(rule)(*[0.5] * 9)):
        with pytest.raises(TypeError) as caught:
            call()
        (note,) = caught.value.__notes__
        assert type(rule).__name__ in note
        assert all(f"{field}=" in note for field in rule.fields)


# --- Adjusting ----------------------------------------------------------------------


def other_value(field, value):
    """Another value of the same kind, within its range."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return tuple(number * 0.75 for number in value)
    if field == "ell":
        return (0.25, 1.5)
    return value + 1 if isinstance(value, int) or field == "p" else value * 0.75


def is_fixed(rule, field):
    """Whether a number follows a schedule, or decides what the rule remembers."""
    return any(
        field in part.not_adjusted or field in getattr(part, "schedules", ())
        for part in parts(rule)
        if not isinstance(part, optimise.Muon)
    )


NUMBERS = [(rule, field) for rule in ALL for field in numbers_by_name(rule)]


@pytest.mark.parametrize(("rule", "field"), NUMBERS, ids=str)
def test_every_number_can_be_adjusted(rule, field):
    model = [START.copy()]
    tree = setup(rule, model)
    for dx in GRADIENTS[:2]:
        update_(tree, model, [dx])
    state, x = deepcopy(tree[0].state), model[0].copy()
    value = numbers_by_name(rule)[field]
    if is_fixed(rule, field):
        with pytest.raises(TypeError, match=rf"{field} of .* cannot be adjusted"):
            optimise.adjust_(tree, **{field: value})
        assert tree[0].rule is rule
        return
    new = (0.25, 1.5) if field == "ell" else other_value(field, value)
    optimise.adjust_(tree, **{field: new})
    assert numbers_by_name(tree[0].rule) == numbers_by_name(rule) | {field: new}
    assert_same((model[0], tree[0].state), (x, state))
    expected = by_apply_from(tree[0].rule, state, x, GRADIENTS[2:])
    for dx in GRADIENTS[2:]:
        update_(tree, model, [dx])
    assert_same((model[0], tree[0].state), expected)


def by_apply_from(rule, state, x, gradients):
    """Where steps out of place lead to."""
    for dx in gradients:
        state, step = rule.apply(state, x, dx)
        x = x if step is None else x - step
    return x, state


# --- What is not finite -------------------------------------------------------------

WRONG = pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
IN_ALL_PRECISIONS = pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])


@WRONG
@IN_ALL_PRECISIONS
@pytest.mark.parametrize("steps", [by_apply, by_update])
@pytest.mark.parametrize("rule", FUSED, ids=name)
def test_what_is_not_finite_stays_where_it_is(rule, dtype, wrong, steps):
    x, gradients = START.astype(dtype), GRADIENTS.astype(dtype).copy()
    expected, state = steps(rule, x, gradients)
    gradients[2, 1, 1] = wrong
    with np.errstate(all="ignore"):
        found, new = steps(rule, x, gradients)
    elsewhere = np.ones(x.shape, bool)
    elsewhere[1, 1] = False
    for one, other in zip(
        [found, *arrays_in(new)], [expected, *arrays_in(state)], strict=True
    ):
        np.testing.assert_array_equal(one[elsewhere], other[elsewhere])
    bounded = has(rule, optimise.Lion, optimise.Rprop, optimise.ClipGrad)
    if np.isnan(wrong):
        assert np.isnan(found[1, 1])
    else:  # a sign, or a bound, of infinity is a number
        assert np.isfinite(found[1, 1]) == bounded


@WRONG
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("rule", FUSED, ids=name)
def test_loops_and_numpy_agree_on_what_is_not_finite(rule, dtype, wrong):
    x, gradients = START.astype(dtype), GRADIENTS.astype(dtype).copy()
    gradients[2, 1, 1] = wrong
    x[3, 2] = wrong
    with np.errstate(all="ignore"):
        assert_same(by_update(rule, x, gradients), by_apply(rule, x, gradients))


@WRONG
@pytest.mark.parametrize("rule", [r for r in ALL if measures(r)], ids=name)
def test_what_looks_at_whole_arrays_never_makes_it_a_number(rule, wrong):
    model, gradients = [START.copy()], GRADIENTS.copy()
    tree = setup(rule, model)
    gradients[0, 1, 1] = wrong
    throws = any(getattr(part, "throw", False) for part in parts(rule))
    if throws:
        with pytest.raises(mg.DomainError, match=r"norm of the gradient is (nan|inf)"):
            update_(tree, model, [gradients[0]])
        assert_same((model[0], tree[0].state), (START, rule.init(START)))
    else:
        with np.errstate(all="ignore"):
            update_(tree, model, [gradients[0]])
        assert np.isnan(model[0][1, 1])


# --- Chains -------------------------------------------------------------------------


def one_by_one(rules, x, gradients):
    """What the rules of a chain do, each by itself."""
    x, states = x.copy(), [rule.init(x) for rule in rules]
    for dx in gradients:
        step = dx.astype(x.dtype)
        for place, rule in enumerate(rules):
            states[place], step = rule.apply(states[place], x, step)
        x = x - step
    return x, tuple(states)


ANY = st.lists(st.sampled_from([*FORMULAS, *MODIFIERS]), max_size=5)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([*FORMULAS, *MODIFIERS]), max_size=3))
def test_a_chain_gives_the_bits_of_its_rules_one_by_one(rules):
    for dtype in ("f4", "f8"):
        found = by_update(OptimiserChain(*rules), START.astype(dtype), GRADIENTS)
        assert_same(found, one_by_one(rules, START.astype(dtype), GRADIENTS))


@pytest.fixture
def without_compilation(monkeypatch):
    """Loops are stepped through in Python, which suits chains that come up once."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    monkeypatch.setattr(kernels, "kernel_for", cache(kernels.Kernel))


@pytest.mark.usefixtures("without_compilation")
def test_many_chains_give_the_bits_of_their_rules_one_by_one():
    @settings(max_examples=100, deadline=None)
    @given(ANY, st.integers(0, 4))
    def check(rules, cut):
        x = START.astype("f4")
        expected = one_by_one(rules, x, GRADIENTS)
        assert_same(by_update(OptimiserChain(*rules), x, GRADIENTS), expected)
        inner = OptimiserChain(*rules[cut:])
        found, state = by_update(OptimiserChain(*rules[:cut], inner), x, GRADIENTS)
        assert_same((found, (*state[:-1], *state[-1])), expected)

    check()


@pytest.mark.parametrize("rule", FUSED, ids=name)
def test_a_rule_of_formulas_is_one_loop(rule):
    model = [START.astype("f4")]
    tree = setup(rule, model)
    update_(tree, model, [GRADIENTS[0].astype("f4")])
    assert tree[0].ready is not None
    loop = tree[0].ready.kernel.text
    assert loop.count("for i in range(") == 1


# --- Training -----------------------------------------------------------------------

TRAINS = [*ALONE, *COMPOSITE[1:]]


@pytest.mark.parametrize("rule", TRAINS, ids=name)
def test_every_rule_finds_the_bottom_of_a_bowl(rule):
    """An elongated quadratic around (1, -2)."""
    target, steepness = np.array([[1.0, -2.0]]), np.array([[1.0, 4.0]])
    model = {"x": np.zeros((1, 2))}
    loss = lambda m: np.sum(steepness * (m["x"] - target) ** 2)
    tree, first = mg.setup(rule, model), loss(model)
    for _ in range(3000 if has(rule, optimise.AdaDelta) else 400):
        update_(tree, model, mg.gradient(loss, model)[0])
    print("RATIO", loss(model) / first, name(rule))
    assert loss(model) < 0.05 * first


POINTS = np.linspace(-1.5, 1.5, 16).reshape(-1, 1)


def sine(model):
    hidden = np.tanh(POINTS @ model["w1"].T + model["b1"])
    return np.mean((hidden @ model["w2"].T + model["b2"] - np.sin(2 * POINTS)) ** 2)


@pytest.mark.parametrize("rule", TRAINS, ids=name)
def test_every_rule_fits_a_sine(rule):
    """With four hidden units; a straight line leaves 0.33 of the first loss."""
    rng = np.random.default_rng(2)
    model = {"w1": rng.normal(size=(4, 1)), "b1": np.zeros(4)}
    model |= {"w2": rng.normal(size=(1, 4)) / 2, "b2": np.zeros(1)}
    tree, first = mg.setup(rule, model), sine(model)
    for _ in range(2000 if has(rule, optimise.AdaDelta) else 400):
        update_(tree, model, mg.gradient(sine, model)[0])
    print("RATIO", sine(model) / first, name(rule))
    assert sine(model) < 0.1 * first


# --- Complex numbers ----------------------------------------------------------------

COMPLEX = [r for r in ALL if not any(part.real_only for part in parts(r))]
REAL_ONLY = [r for r in ALL if r not in COMPLEX]


@pytest.mark.parametrize("rule", COMPLEX, ids=name)
def test_real_numbers_among_complex_ones_move_as_real_ones(rule):
    real, expected = by_update(rule, START, GRADIENTS)
    found, state = by_update(for_complex(rule), START.astype(complex), GRADIENTS)
    near = {"rtol": 1e-6 if has(rule, optimise.MixedPrecision) else 1e-11}
    np.testing.assert_allclose(found, real, atol=1e-13, **near)
    for one, other in zip(arrays_in(state), arrays_in(expected), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-13, **near)


LINEAR = [r for r in ALL if all(
    isinstance(part, optimise.Descent | optimise.Momentum | optimise.Nesterov
               | optimise.WeightDecay | optimise.AccumGrad | OptimiserChain)
    for part in parts(r))]  # fmt: skip


@pytest.mark.parametrize("rule", LINEAR, ids=name)
def test_what_is_linear_treats_a_complex_number_as_two_real_ones(rule):
    turned = GRADIENTS[::-1]
    real, _ = by_update(rule, START, GRADIENTS)
    imaginary, _ = by_update(rule, -START, turned)
    found, _ = by_update(rule, START - 1j * START, GRADIENTS + 1j * turned)
    np.testing.assert_allclose(found, real + 1j * imaginary, rtol=1e-14)


# These know directions, start at epsilon, which is one, or round otherwise.
DIRECTED = optimise.SignDecay, optimise.AMSGrad, optimise.MixedPrecision


@pytest.mark.parametrize(
    "rule", [r for r in COMPLEX if not has(r, *DIRECTED)], ids=name
)
def test_a_turned_problem_has_turned_steps(rule):
    """Moments are of |dx|², so the plane has no preferred direction."""
    turn = np.exp(0.7j)
    x, _ = by_update(rule, START.astype(complex), GRADIENTS)
    y, _ = by_update(rule, START * turn, GRADIENTS * turn)
    np.testing.assert_allclose(y, x * turn, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", REAL_ONLY, ids=name)
def test_what_complex_numbers_have_not(rule):
    rule, model = for_complex(rule), [START.astype(complex)]
    tree = setup(rule, model)
    for _ in range(2):
        with pytest.raises(mg.DomainError, match="given complex numbers: complex"):
            update_(tree, model, [GRADIENTS[0]])
    assert_same(model[0], START.astype(complex))
