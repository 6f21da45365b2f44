"""Chains taken apart: the same as `apply`, wherever norms and plain rules stand."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad import DomainError
from minigrad.optimise import (
    AccumGrad,
    Adam,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Descent,
    MixedPrecision,
    Momentum,
    Muon,
    OptimiserChain,
    Rprop,
    Scheduler,
    WeightDecay,
    freeze_,
    setup,
    update,
    update_,
)


class Halving:
    """A plain rule of a user, without a formula."""

    def init(self, x):
        return 0

    def apply(self, state, x, dx):
        return state + 1, dx / 2

    def __eq__(self, other):
        return type(other) is Halving


def chain(*rules):
    return OptimiserChain(*rules)


def model_of(dtype="float32", order="C"):
    rng = np.random.default_rng(0)
    array = lambda *shape: np.asarray(rng.normal(size=shape), dtype, order=order)
    return {"a": array(3, 4), "b": (array(5), {"c": array()})}


def gradients(count, dtype="float32", scale=1.0):
    rng = np.random.default_rng(1)
    array = lambda *shape: np.asarray(scale * rng.normal(size=shape), dtype)
    return [{"a": array(3, 4), "b": (array(5), {"c": array()})} for _ in range(count)]


def flat(tree):
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    return (
        [x for part in tree for x in flat(part)] if isinstance(tree, tuple) else [tree]
    )


def one_by_one(rule, model, steps):
    """What `apply` of the rule makes of every array by itself."""
    xs = [x.copy() for x in flat(model)]
    states = [rule.init(x) for x in xs]
    for gradient in steps:
        for place, dx in enumerate(flat(gradient)):
            x = xs[place]
            states[place], step = rule.apply(states[place], x, np.asarray(dx))
            xs[place] = x if step is None else np.asarray(x - step, x.dtype)
    return xs, states


def assert_same(found, expected, rtol=0.0):
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, rtol)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=rtol)
    else:
        assert found == expected


# --- Chains in chains --------------------------------------------------------------

CHAINS = [
    chain(),
    chain(chain()),
    chain(Descent(0.5), chain()),
    chain(chain(chain(Momentum()))),
    chain(ClipGrad(0.5), chain(WeightDecay(0.1), Adam()), Descent(3)),
    chain(chain(Halving(), ClipGrad(0.5)), chain(Momentum(), Halving())),
    chain(Halving(), Adam(), Halving()),
    chain(Adam(), Halving(), Adam()),
    chain(Momentum(), Momentum()),
    chain(ClipNorm(0.5), Momentum()),
    chain(Momentum(), ClipNorm(0.01)),
    chain(ClipNorm(0.5)),
    chain(ClipNorm(0.5), ClipNorm(0.25)),
    chain(ClipNorm(0.5), Adam(), ClipNorm(0.001), Descent()),
    chain(WeightDecay(0.1), ClipNorm(0.5), ClipGrad(0.1), Adam()),
    chain(ClipNorm(0.5), Halving(), Momentum()),
    chain(Halving(), ClipNorm(0.5), Momentum()),
    chain(AccumGrad(2), Adam()),
    chain(AccumGrad(2), ClipNorm(0.25), Adam()),
    chain(WeightDecay(0.1), AccumGrad(3), ClipGrad(0.1), Momentum(), ClipNorm(0.01)),
    chain(Momentum(), AccumGrad(2)),
    chain(AccumGrad(2), AccumGrad(2), Momentum()),
    chain(AccumGrad(1), Descent()),
    chain(chain(AccumGrad(2)), chain(ClipGrad(0.2), Rprop())),
    Scheduler(
        chain(ClipNorm(), Momentum()), omega=lambda t: 0.1 * t, eta=lambda t: 1 / t
    ),
    chain(Scheduler(ClipGrad, delta=lambda t: t / 9), Scheduler(Adam, lambda t: 1 / t)),
    chain(Halving(), Descent()),
    chain(AccumGrad(2), Scheduler(Momentum, eta=lambda t: 1 / t)),
    Scheduler(chain(AccumGrad(2), Momentum()), eta=lambda t: 1 / t),
    Scheduler(Scheduler(Momentum, eta=lambda t: 1 / t), rho=lambda t: t / 10),
    chain(ClipGrad(0.5), Muon(0.1)),
    MixedPrecision(np.float64, chain(ClipNorm(0.2), Adam())),
    ClipNorm(0.5),
    ClipNorm(0.5, p=1),
    ClipNorm(0.25, p=np.inf),
]


@pytest.mark.parametrize("rule", CHAINS, ids=repr)
@pytest.mark.parametrize("order", "CF")
def test_a_chain_is_its_apply(rule, order):
    steps = gradients(5)
    expected, states = one_by_one(rule, model_of(), steps)
    model = model_of(order=order)
    tree = setup(rule, model)
    for gradient in steps:
        update_(tree, model, gradient)
    assert_same(tuple(flat(model)), tuple(expected), rtol=3e-7)
    assert_same(tuple(leaf.state for leaf in flat(tree)), tuple(states), rtol=3e-7)


@pytest.mark.parametrize("rule", CHAINS, ids=repr)
def test_going_on_from_a_copy_is_going_on(rule):
    """Bit for bit, wherever the copy is taken."""
    steps, model = gradients(6), model_of()
    tree = setup(rule, model)
    for place, gradient in enumerate(steps):
        copies = deepcopy((tree, model))
        update_(tree, model, gradient)
        again, twin = copies
        update_(again, twin, gradient)
        assert again == tree
        assert_same(tuple(flat(twin)), tuple(flat(model)))
        if place % 2:
            tree, model = again, twin


@pytest.mark.parametrize("rule", CHAINS, ids=repr)
def test_out_of_place_is_in_place(rule):
    model = other = model_of()
    tree = state = setup(rule, model)
    for gradient in gradients(4):
        before = deepcopy((state, other))
        new = update(state, other, gradient)
        assert before[0] == state
        assert_same(tuple(flat(other)), tuple(flat(before[1])))
        state, other = new
    copied, tree = deepcopy(model), setup(rule, model)
    for gradient in gradients(4):
        update_(tree, copied, gradient)
    assert state == tree
    assert_same(tuple(flat(other)), tuple(flat(copied)))


# --- The norm of the whole model ---------------------------------------------------


def scaled(gradient, omega, skip=()):
    """The gradient, shrunk to the norm `omega`, measured without some places."""
    parts = flat(gradient)
    measured = [dx for place, dx in enumerate(parts) if place not in skip]
    norm = np.sqrt(sum(float((dx.astype("f8") ** 2).sum()) for dx in measured))
    factor = np.float32(min(1, omega / norm))
    return [dx * factor for dx in parts]


def by_hand(model, steps, rule, omega, decay=0.0):
    xs = [x.copy() for x in flat(model)]
    states = [rule.init(x) for x in xs]
    for gradient in steps:
        parts = [dx + np.float32(decay) * x for dx, x in zip(gradient, xs, strict=True)]
        for place, dx in enumerate(scaled(tuple(parts), omega)):
            states[place], step = rule.apply(states[place], xs[place], np.asarray(dx))
            xs[place] = np.asarray(xs[place] - step, xs[place].dtype)
    return xs


@pytest.mark.parametrize(
    ("rule", "inner", "decay"),
    [
        (chain(ClipGlobalNorm(0.5)), Descent(1), 0),
        (ClipGlobalNorm(0.5), Descent(1), 0),
        (chain(ClipGlobalNorm(0.5), Adam()), Adam(), 0),
        (chain(WeightDecay(0.5), ClipGlobalNorm(0.5), Adam()), Adam(), 0.5),
        (
            chain(WeightDecay(0.5), chain(chain(ClipGlobalNorm(0.5)), Adam())),
            Adam(),
            0.5,
        ),
        (chain(ClipGlobalNorm(0.5), ClipGlobalNorm(0.5), Momentum()), Momentum(), 0),
        (chain(ClipGlobalNorm(7), ClipGlobalNorm(0.5), Momentum()), Momentum(), 0),
        (Scheduler(chain(ClipGlobalNorm(), Adam()), omega=lambda t: 0.5), Adam(), 0),
        (chain(Scheduler(ClipGlobalNorm, omega=lambda t: 0.5), Adam()), Adam(), 0),
        (chain(AccumGrad(1), ClipGlobalNorm(0.5), Adam()), Adam(), 0),
    ],
    ids=repr,
)
def test_the_norm_of_the_model_anywhere_in_a_chain(rule, inner, decay):
    steps, model = gradients(4), model_of()
    expected = by_hand(model, [flat(step) for step in steps], inner, 0.5, decay)
    tree = setup(rule, model)
    for gradient in steps:
        update_(tree, model, gradient)
    assert_same(tuple(flat(model)), tuple(expected), rtol=2e-5)


def test_the_norm_of_the_model_after_the_rule_that_makes_the_step():
    """It then limits how far all parameters move together."""
    model = model_of("float64")
    before = [x.copy() for x in flat(model)]
    tree = setup(chain(Momentum(1), ClipGlobalNorm(0.01)), model)
    (gradient,) = gradients(1)
    update_(tree, model, gradient)
    moved = [old - x for old, x in zip(before, flat(model), strict=True)]
    assert np.sqrt(sum((each**2).sum() for each in moved)) == pytest.approx(0.01)
    ratio = moved[0] / gradient["a"]
    np.testing.assert_allclose(moved[1] / gradient["b"][0], ratio[0, 0], rtol=1e-6)


def test_gradients_below_the_norm_pass_as_they_are():
    model, twin = model_of(), model_of()
    tree, other = setup(chain(ClipGlobalNorm(1e3), Adam()), model), setup(Adam(), twin)
    for gradient in gradients(3):
        update_(tree, model, gradient)
        update_(other, twin, gradient)
    assert_same(tuple(flat(model)), tuple(flat(twin)))


def test_frozen_parameters_and_those_without_a_gradient_are_not_measured():
    (gradient,) = gradients(1, scale=10)
    model = model_of()
    before = deepcopy(model)
    tree = setup(ClipGlobalNorm(0.5), model)
    freeze_(tree["a"])
    gradient["b"] = gradient["b"][0], None
    update_(tree, model, gradient)
    moved = before["b"][0] - model["b"][0]
    assert np.linalg.norm(moved) == pytest.approx(0.5, rel=1e-5)
    np.testing.assert_array_equal(model["a"], before["a"])
    np.testing.assert_array_equal(model["b"][1]["c"], before["b"][1]["c"])


def test_two_different_norms_in_one_tree():
    model = {key: np.zeros(1) for key in "abcd"}
    tree = setup(ClipGlobalNorm(1), model)
    for key in "cd":
        tree[key].rule = chain(ClipGlobalNorm(10), Descent(1))
        tree[key].state = None, None
    update_(tree, model, {"a": [3.0], "b": [4.0], "c": [30.0], "d": [40.0]})
    found = [float(-x[0]) for x in model.values()]
    np.testing.assert_allclose(found, [0.6, 0.8, 6, 8], rtol=1e-12)


def test_equal_norms_at_different_depths_of_chains_see_each_other():
    model = {key: np.zeros(1) for key in "ab"}
    tree = setup(chain(ClipGlobalNorm(1), Descent(1)), model)
    tree["b"].rule = chain(chain(Descent(2), ClipGlobalNorm(1)))
    tree["b"].state = ((None, None),)
    update_(tree, model, {"a": [3.0], "b": [2.0]})
    np.testing.assert_allclose([-model["a"][0], -model["b"][0]], [0.6, 0.8], rtol=1e-12)


def test_a_tied_array_is_measured_once_with_the_sum():
    w = np.zeros((1, 2))
    model = {"w": w, "t": w.T, "b": np.zeros(1)}
    tree = setup(ClipGlobalNorm(1), model)
    update_(tree, model, {"w": [[1.0, 1.0]], "t": [[2.0], [-1.0]], "b": [4.0]})
    np.testing.assert_allclose(w, [[-0.6, 0]], rtol=1e-12)
    np.testing.assert_allclose(model["b"], [-0.8], rtol=1e-12)


def test_after_accumgrad_the_mean_is_measured():
    model = {"a": np.zeros(1), "b": np.zeros(1)}
    tree = setup(chain(AccumGrad(2), ClipGlobalNorm(1), Descent(1)), model)
    update_(tree, model, {"a": [300.0], "b": [0.0]})
    assert model == {"a": [0], "b": [0]}
    update_(tree, model, {"a": [-294.0], "b": [8.0]})
    np.testing.assert_allclose([model["a"][0], model["b"][0]], [-0.6, -0.8], rtol=1e-12)


def test_parameters_that_still_accumulate_are_not_measured():
    model = {"a": np.zeros(1), "b": np.zeros(1)}
    tree = setup(chain(AccumGrad(2), ClipGlobalNorm(1), Descent(1)), model)
    update_(tree, model, {"a": [6.0], "b": None})
    update_(tree, model, {"a": [0.0], "b": [1000.0]})
    np.testing.assert_allclose([model["a"][0], model["b"][0]], [-1, 0], rtol=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, np.inf])
def test_other_norms_of_the_whole(p):
    (gradient,) = gradients(1, "float64")
    model = model_of("float64")
    before = [x.copy() for x in flat(model)]
    update_(setup(ClipGlobalNorm(0.1, p=p), model), model, gradient)
    pairs = zip(before, flat(model), strict=True)
    moved = np.concatenate([(x - y).ravel() for x, y in pairs])
    assert np.linalg.norm(moved, p) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "around",
    [
        lambda rule: MixedPrecision(np.float64, rule),
        lambda rule: Muon(other=rule),
        lambda rule: chain(MixedPrecision(np.float64, chain(rule))),
    ],
)
def test_inside_a_rule_that_knows_one_array_it_is_refused_or_right(around):
    """Never clipped array by array in silence."""
    try:
        rule = around(chain(ClipGlobalNorm(1), Descent(1)))
        model = {"a": np.zeros(1), "b": np.zeros(1)}
        update_(setup(rule, model), model, {"a": [3.0], "b": [4.0]})
    except (TypeError, ValueError) as error:
        assert "ClipGlobalNorm" in str(error) or "MixedPrecision" in str(error)
    else:
        np.testing.assert_allclose([model["a"][0], model["b"][0]], [-0.6, -0.8])


# --- NaN and infinity: nothing changes ---------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "rule",
    [
        ClipNorm(),
        ClipGlobalNorm(),
        chain(ClipNorm(), Adam()),
        chain(Momentum(), ClipNorm()),
        chain(Momentum(), ClipGlobalNorm(), Descent()),
        chain(AccumGrad(1), ClipGlobalNorm(), Momentum()),
        Scheduler(chain(ClipNorm(), Momentum()), eta=lambda t: 1 / t),
    ],
    ids=repr,
)
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_norm_that_is_no_number_raises_before_anything_changes(rule, bad, place):
    first, second, third = gradients(3)
    model = model_of()
    tree = setup(rule, model)
    tree["b"][0].rule, tree["b"][0].state = Momentum(), np.zeros(5, "f4")
    update_(tree, model, first)
    before = deepcopy((tree, model))
    (second["a"] if place == "first" else second["b"][1]["c"])[...] = bad
    for function in (update_, update):
        with np.errstate(invalid="ignore"), pytest.raises(DomainError, match="norm"):
            function(tree, model, second)
        assert tree == before[0]
        assert_same(tuple(flat(model)), tuple(flat(before[1])))
    update_(tree, model, third)
    update_(*before, third)
    assert tree == before[0]


def test_without_throw_the_norm_lets_nan_through():
    model = [np.ones(2), np.ones(1)]
    with np.errstate(invalid="ignore"):
        update_(setup(ClipGlobalNorm(throw=False), model), model, [[np.nan, 1], [1]])
    assert np.isnan(model[0]).all() and np.isnan(model[1]).all()


# --- Further derivatives -----------------------------------------------------------


class Newton:
    """x <- x - dx / dx2, with a count."""

    def init(self, x):
        return 0

    def apply(self, state, x, dx, dx2):
        return state + 1, dx / dx2


class Taking:
    def init(self, x):
        return None

    def apply(self, state, x, dx, *more):
        return state, sum(more, dx)


def test_second_derivatives_reach_the_rules_that_take_them():
    w = np.full(2, 4.0, "f4")
    model = {"a": w, "t": w, "b": np.ones(2)}
    tree = setup(Newton(), model)
    g1, g2 = (
        {"a": [4, 8], "t": None, "b": [1, 1]},
        {"a": [1, 2], "t": [1, 2], "b": [2, 4]},
    )
    update_(tree, model, g1, g2)
    np.testing.assert_array_equal(w, np.array([2, 2], "f4"), strict=True)
    np.testing.assert_array_equal(model["b"], [0.5, 0.75])
    assert tree["a"].state == 1


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        (Newton(), 2.0),
        (chain(Newton()), 2.0),
        (chain(ClipGrad(4), chain(Newton(), Descent(0.5))), 0.5),
        (chain(Newton(), Momentum(0.5)), 1.0),
        (MixedPrecision(np.float64, Newton()), 2.0),
        (MixedPrecision(np.float64, chain(Newton(), Descent(0.5))), 1.0),
        (Descent(0.5), 4.0),
        (chain(ClipNorm(4), Newton()), 1.0),
        (chain(ClipGlobalNorm(4), Newton()), 1.0),
        (chain(AccumGrad(1), Newton()), 2.0),
        (Taking(), 12.0),
        (
            SimpleNamespace(init=lambda x: None, apply=lambda s, x, a, b: (s, a / b)),
            2.0,
        ),
        (SimpleNamespace(init=lambda x: None, apply=lambda s, x, a: (s, a)), 8.0),
    ],
    ids=repr,
)
def test_rules_are_given_what_they_take(rule, step):
    for dtype in ("float32", "float64"):
        model = [np.zeros(1, dtype)]
        update_(setup(rule, model), model, [[8.0]], [[4.0]])
        assert model[0] == -step and model[0].dtype == dtype
        _, new = update(setup(rule, model), model, [[8.0]], [[4.0]])
        assert new[0] == -2 * step


def test_a_third_derivative_too():
    model = [np.zeros(1)]
    update_(setup(Taking(), model), model, [[1.0]], [[2.0]], [[4.0]])
    assert model[0] == -7


def test_a_second_derivative_that_does_not_fit_is_refused():
    model = [np.zeros(2)]
    tree = setup(Newton(), model)
    for wrong in ([[1.0]], {"a": [1.0, 1]}, [[1j, 1]]):
        with pytest.raises((TypeError, ValueError), match="gradient"):
            update_(tree, model, [[1.0, 2]], wrong)
        assert (model[0] == 0).all() and tree[0].state == 0


def test_a_missing_second_derivative_is_said_in_a_sentence():
    model = [np.zeros(2)]
    tree = setup(Newton(), model)
    for more in ((), ([None],)):
        with pytest.raises(TypeError):
            update_(tree, model, [[1.0, 2]], *more)
        assert (model[0] == 0).all() and tree[0].state == 0
