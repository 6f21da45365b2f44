"""Decay and clipping: what they do to a gradient, and that they do no more."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from minigrad import DomainError, gradient
from minigrad.optimise import (
    AccumGrad,
    AdamW,
    ClipGlobalNorm,
    ClipGrad,
    ClipNorm,
    Descent,
    OptimiserChain,
    SignDecay,
    WeightDecay,
    adjust_,
    freeze_,
    setup,
    update,
    update_,
)
from minigrad.optimise.rules.modifiers import Scale, norm

from .all_rules import GRADIENTS, MODIFIERS, START, name


def clipped(rule, dx, x=None):
    """What a rule that remembers nothing makes of a gradient."""
    dx = np.asarray(dx)
    state, step = rule.apply(None, np.zeros_like(dx) if x is None else x, dx)
    assert state is None
    return step


@pytest.mark.parametrize("rule", MODIFIERS, ids=name)
def test_they_remember_nothing_and_leave_zero_gradients_of_zeros(rule):
    assert rule.init(START) is None
    np.testing.assert_array_equal(clipped(rule, np.zeros((2, 3))), np.zeros((2, 3)))
    leaf = setup(OptimiserChain(rule, Descent(0.1)), [START])[0]
    assert repr(leaf) == f"Leaf(OptimiserChain({rule!r}, Descent(0.1)), (None, None))"


# --- Decay -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "penalty"),
    [
        (WeightDecay(0.3), lambda x: 0.3 / 2 * np.sum(x**2)),
        (SignDecay(0.3), lambda x: 0.3 * np.sum(np.abs(x))),
    ],
)
def test_decay_is_the_gradient_of_a_penalty(rule, penalty):
    loss = lambda x: np.sum(np.sin(x) * START)
    (expected,) = gradient(lambda x: loss(x) + penalty(x), START)
    (dx,) = gradient(loss, START)
    np.testing.assert_allclose(clipped(rule, dx, START), expected, rtol=1e-14)


def test_decay_without_a_gradient():
    """None means that nobody asked for this parameter, zero that nothing follows."""
    model = [np.ones(1), np.ones(1)]
    tree = setup(OptimiserChain(WeightDecay(0.5), Descent(1)), model)
    update_(tree, model, [[0.0], None])
    assert [x.item() for x in model] == [0.5, 1]


def test_the_sign_of_zero_is_zero():
    x = np.array([3.0, -2.0, 0.0, -0.0])
    found = clipped(SignDecay(0.5), np.zeros(4), x)
    np.testing.assert_array_equal(found, [0.5, -0.5, 0, 0])


def test_complex_numbers_decay_towards_zero():
    z = np.array([3 + 4j, -2j, 0])
    found = clipped(SignDecay(0.5), np.zeros(3, complex), z)
    np.testing.assert_allclose(found, [0.3 + 0.4j, -0.5j, 0], rtol=1e-15)
    found = clipped(WeightDecay(0.5), np.zeros(3, complex), z)
    np.testing.assert_allclose(found, z / 2, rtol=1e-15)


# --- Number by number --------------------------------------------------------------


@given(arrays("f8", array_shapes(max_dims=2), elements=st.floats(-1e6, 1e6)))
def test_every_number_within_its_bounds(dx):
    np.testing.assert_array_equal(clipped(ClipGrad(3), dx), np.clip(dx, -3, 3))


def test_bounds_of_all_sizes():
    dx = np.array([-inf, -5, -0.0, 1e-300, 5, inf])
    np.testing.assert_array_equal(clipped(ClipGrad(0), dx), np.zeros(6))
    np.testing.assert_array_equal(clipped(ClipGrad(inf), dx), dx)
    np.testing.assert_array_equal(clipped(ClipGrad(1), dx), [-1, -1, 0, 1e-300, 1, 1])


# --- By the norm of an array -------------------------------------------------------

NORMS = [1, 1.5, 2, 3, inf]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("p", NORMS)
def test_norms_are_those_of_linear_algebra(p, dtype):
    rng, dtype = np.random.default_rng(2), np.dtype(dtype)
    for shape in ((1,), (7,), (3, 4), (2, 3, 2), ()):
        dx = np.asarray(rng.standard_normal(shape)).astype(dtype)
        if dtype.kind == "c":
            dx = dx + 1j * np.asarray(rng.standard_normal(shape)).astype(dtype)
        exact = np.linalg.norm(dx.astype("c16").ravel(), p)
        eps = float(np.finfo(dtype).eps)
        assert type(norm(dx, p)) is float
        assert norm(dx, p) == pytest.approx(exact, rel=8 * eps)


@given(
    arrays("f8", st.integers(1, 6), elements=st.floats(-1e3, 1e3)),
    st.sampled_from(NORMS),
    st.floats(1e-3, 1e3),
)
def test_clipping_shortens_and_keeps_the_direction(dx, p, omega):
    found, before = clipped(ClipNorm(omega, p), dx), np.linalg.norm(dx, p)
    if before <= omega:
        np.testing.assert_array_equal(found, dx)
    else:
        expected = dx * (omega / before)
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-300)
        assert np.linalg.norm(found, p) == pytest.approx(omega, rel=1e-13)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        ("f2", 6e4),
        ("f2", 6e-8),
        ("f4", 3e38),
        ("f4", 1e-44),
        ("f8", 2e307),
        ("f8", 5e-324),
        ("c8", 1e30),
        ("c16", 1e-200),
    ],
)
def test_squares_that_are_too_large_or_too_small_for_their_type(dtype, size, p):
    """The norm of equal numbers is their size, times a root of how many."""
    dx = np.full(4, size, dtype)
    exact = float(abs(dx[0])) * (4 ** (1 / p) if p < inf else 1)
    if exact < inf:
        assert norm(dx, p) == pytest.approx(exact, rel=1e-6, abs=0)
    rule = ClipNorm(float(abs(dx[0])), p)
    found = clipped(rule, dx)
    assert found.dtype == dx.dtype and np.isfinite(found).all()
    if size > 1e-30 and dtype != "f2":
        expected = size * 4 ** (-1 / p) if p < inf else size
        np.testing.assert_allclose(np.abs(found), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_gradient_that_is_short_enough_stays_to_the_last_bit(dtype):
    dx = GRADIENTS[0].astype(dtype)
    for p in NORMS:
        rule = ClipNorm(np.linalg.norm(dx.astype("f8").ravel(), p) * 1.01, p)
        found = clipped(rule, dx)
        np.testing.assert_array_equal(found, dx)
        assert found.dtype == dtype


def test_norms_of_nothing():
    assert norm(np.zeros((0, 3))) == norm(np.zeros(5), 1) == 0
    assert clipped(ClipNorm(0), np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(clipped(ClipNorm(0), [3.0, 4.0]), [0, 0])


def test_every_array_is_measured_by_itself():
    model = {"x": np.zeros(1), "y": np.zeros(1), "z": np.zeros(2)}
    _, new = update(
        setup(OptimiserChain(ClipNorm(1)), model),
        model,
        {"x": [0.5], "y": [-7.0], "z": [3.0, 4.0]},
    )
    np.testing.assert_allclose([*new["x"], *new["y"], *new["z"]], [-0.5, 1, -0.6, -0.8])


@pytest.mark.parametrize("rule", [ClipNorm, ClipGlobalNorm])
@pytest.mark.parametrize("wrong", [np.nan, inf, -inf])
def test_what_is_no_norm(rule, wrong):
    with pytest.raises(DomainError, match=rf"{rule.__name__}\(omega=2.*NaN or an inf"):
        clipped(rule(2), [1.0, wrong])
    for p in NORMS:
        with pytest.raises(DomainError):
            clipped(rule(2, p), [1.0, wrong])
        assert np.isnan(clipped(rule(2, p, throw=False), [1.0, wrong])).all()


@pytest.mark.parametrize("p", [0, 0.5, -2, np.nan])
def test_what_is_no_exponent_of_a_norm(p):
    with pytest.raises(DomainError, match=r"ClipNorm\(p=.*at least 1"):
        ClipNorm(1, p)


def test_a_factor_as_a_rule():
    assert repr(Scale(2)) == "Scale(2.0)"
    np.testing.assert_array_equal(clipped(Scale(-0.5), [3.0, 4.0]), [-1.5, -2])


# --- By the norm of the whole gradient ---------------------------------------------


def three():
    model = {"a": np.zeros(3), "b": np.zeros((2, 2)), "c": np.zeros(())}
    rng = np.random.default_rng(6)
    return model, {
        key: np.asarray(rng.normal(size=x.shape)) for key, x in model.items()
    }


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c16"])
@pytest.mark.parametrize("p", NORMS)
def test_one_norm_for_all_arrays(p, dtype):
    model, grads = three()
    model = {key: x.astype(dtype) for key, x in model.items()}
    grads = {key: x.astype(dtype) for key, x in grads.items()}
    together = np.concatenate([dx.ravel() for dx in grads.values()]).astype("c16")
    whole = np.linalg.norm(together, p)
    rule = OptimiserChain(ClipGlobalNorm(whole / 4, p), Descent(1))
    update_(setup(rule, model), model, grads)
    for key, x in model.items():
        expected = -grads[key].astype("c16") / 4
        np.testing.assert_allclose(x, expected, rtol=8 * np.finfo(dtype).eps)


def test_a_gradient_that_is_short_enough_as_a_whole_stays():
    model, grads = three()
    update_(setup(ClipGlobalNorm(100), model), model, grads)
    for key, x in model.items():
        np.testing.assert_array_equal(x, -grads[key])


def test_what_is_not_trained_is_not_measured():
    """Neither what is frozen, nor what has no gradient, nor what has another rule."""
    model = {key: np.zeros(1) for key in "xyzuv"}
    rule = OptimiserChain(ClipGlobalNorm(1), Descent(1))
    tree = setup(rule, model)
    tree["v"] = setup(Descent(1), model["v"])
    freeze_(tree["z"])
    grads = {"x": [3.0], "y": [4.0], "z": [100.0], "u": None, "v": [100.0]}
    update_(tree, model, grads)
    found = [model[key].item() for key in "xyzuv"]
    np.testing.assert_allclose(found, [-0.6, -0.8, 0, 0, -100])


def test_a_tie_is_measured_once_by_the_sum_of_its_gradients():
    x = np.zeros(2)
    model = {"x": x, "again": x, "y": np.zeros(1)}
    tree = setup(ClipGlobalNorm(1), model)
    update_(tree, model, {"x": [1.0, 0.0], "again": [2.0, 0.0], "y": [4.0]})
    np.testing.assert_allclose([*x, *model["y"]], [-0.6, 0, -0.8])


def test_two_norms_in_one_tree_are_measured_apart():
    model = {"x": np.zeros(1), "y": np.zeros(1), "z": np.zeros(1)}
    tree = setup(ClipGlobalNorm(1), model)
    adjust_(tree["z"], omega=2)
    update_(tree, model, {"x": [3.0], "y": [4.0], "z": [10.0]})
    np.testing.assert_allclose([x.item() for x in model.values()], [-0.6, -0.8, -2])


@pytest.mark.parametrize("behind", [Descent(0.5), AdamW(0.5), AccumGrad(1)])
def test_rules_before_and_behind_the_norm(behind):
    """It sees what the rule before it has made, and hands on what it has clipped."""
    model, grads = three()
    for x in model.values():
        x += 1.0
    chain = OptimiserChain(WeightDecay(0.1), ClipGlobalNorm(0.5), behind)
    decayed = {key: grads[key] + 0.1 * x for key, x in model.items()}
    whole = np.sqrt(sum(np.sum(dx**2) for dx in decayed.values()))
    clipped = {key: dx * (0.5 / whole) for key, dx in decayed.items()}
    _, expected = update(setup(behind, model), model, clipped)
    _, found = update(setup(chain, model), model, grads)
    for key, x in expected.items():
        np.testing.assert_allclose(found[key], x, rtol=1e-13)


def test_a_mean_of_gradients_is_measured_when_it_is_complete():
    model = {"x": np.zeros(1), "y": np.zeros(1)}
    tree = setup(OptimiserChain(AccumGrad(2), ClipGlobalNorm(1)), model)
    update_(tree, model, {"x": [6.0], "y": [0.0]})
    assert model == {"x": 0, "y": 0}
    update_(tree, model, {"x": [0.0], "y": [8.0]})
    np.testing.assert_allclose([x.item() for x in model.values()], [-0.6, -0.8])
