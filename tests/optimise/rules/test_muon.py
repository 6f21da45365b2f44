"""Muon: a rule that looks at a matrix as a whole, and not at its numbers."""

import numpy as np
import pytest

from minigrad.optimise import (
    Adam,
    AdamW,
    ClipGlobalNorm,
    Descent,
    MixedPrecision,
    Momentum,
    Muon,
    OptimiserChain,
    adjust_,
    setup,
    update_,
)
from minigrad.optimise.rules.muon import orthogonalised

from .. import recurrences
from .all_rules import assert_same, by_apply, by_update

RNG = np.random.default_rng(11)
SHAPES = [(4, 3), (3, 4), (5, 5), (1, 6), (6, 1), (1, 1)]


def matrices(shape, count=8):
    return RNG.normal(size=(count, *shape))


# --- Orthogonalisation --------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 5, 8])
@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_go_through_a_polynomial(shape, steps):
    """The independent way takes a singular value decomposition."""
    for matrix in matrices(shape):
        found = orthogonalised(matrix, steps)
        expected = recurrences.orthogonalised(matrix, steps)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_come_near_one(shape):
    for matrix in matrices(shape):
        values = np.linalg.svd(orthogonalised(matrix, 5), compute_uv=False)
        assert 0.6 < values.min() <= values.max() < 1.3


def test_transposed_and_turned_matrices():
    matrix = matrices((4, 3), 1)[0]
    turn, _ = np.linalg.qr(RNG.normal(size=(4, 4)))
    found = orthogonalised(matrix, 5)
    np.testing.assert_allclose(orthogonalised(matrix.T, 5), found.T, atol=1e-13)
    np.testing.assert_allclose(
        orthogonalised(turn @ matrix, 5), turn @ found, atol=1e-12
    )
    np.testing.assert_allclose(orthogonalised(1e3 * matrix, 5), found, atol=1e-12)


def test_complex_matrices_become_nearly_unitary():
    matrix = matrices((3, 4), 1)[0] + 1j * matrices((3, 4), 1)[0]
    found = orthogonalised(matrix, 5)
    values = np.linalg.svd(found, compute_uv=False)
    assert 0.6 < values.min() <= values.max() < 1.3
    turn = np.exp(0.7j)
    np.testing.assert_allclose(
        orthogonalised(turn * matrix, 5), turn * found, atol=1e-12
    )


# --- Steps --------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [{}, {"eta": 0.1, "rho": 0.5, "steps": 3}])
@pytest.mark.parametrize("shape", SHAPES)
def test_against_independent_recurrences(shape, numbers):
    x, gradients = RNG.normal(size=shape), matrices(shape)
    *_, expected = recurrences.follow_muon(x, gradients, **numbers)
    for steps in (by_apply, by_update):
        found, _ = steps(Muon(**numbers), x, gradients)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


def test_tall_matrices_make_longer_steps():
    """√(rows / columns), so that steps of all shapes change outputs by as much."""
    tall, wide = np.ones((8, 2)), np.ones((2, 8))
    x, y = (Muon(1).apply(np.zeros_like(dx), dx, dx)[1] for dx in (tall, wide))
    np.testing.assert_allclose(x, 2 * y.T, rtol=1e-12)


def test_kernels_of_convolutions_count_as_matrices():
    x, gradients = RNG.normal(size=(4, 2, 3, 3)), matrices((4, 2, 3, 3))
    found, state = by_update(Muon(), x, gradients)
    flat, expected = by_update(Muon(), x.reshape(4, 18), gradients.reshape(-1, 4, 18))
    np.testing.assert_allclose(found.reshape(4, 18), flat, rtol=0, atol=1e-13)
    np.testing.assert_allclose(state.reshape(4, 18), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("other", [AdamW(), Momentum(0.1), Descent(0.2)])
@pytest.mark.parametrize("shape", [(), (3,), (0,)])
def test_what_is_no_matrix_follows_the_other_rule(shape, other):
    x, gradients = np.asarray(RNG.normal(size=shape)), matrices(shape)
    gradients = [np.asarray(dx) for dx in gradients]
    found = by_update(Muon(0.5, other=other), x, gradients)
    assert_same(found, by_update(other, x, gradients))


def test_matrices_and_others_in_one_model():
    model = {"weight": RNG.normal(size=(3, 2)), "bias": np.zeros(3)}
    tree = setup(Muon(0.1, other=Descent(1)), model)
    assert tree["bias"].state is None and tree["weight"].state.shape == (3, 2)
    update_(tree, model, {"weight": np.ones((3, 2)), "bias": np.ones(3)})
    np.testing.assert_array_equal(model["bias"], [-1, -1, -1])


def test_a_zero_gradient_makes_no_step():
    x = RNG.normal(size=(3, 2))
    for dtype in ("f2", "f4", "f8", "c8"):
        found, state = by_update(Muon(), x.astype(dtype), np.zeros((3, 3, 2)))
        assert_same(found, x.astype(dtype))
        assert not state.any()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3)])
def test_empty_matrices(shape):
    x = np.zeros(shape, np.float32)
    found, state = by_update(Muon(), x, [x, x])
    assert found.shape == state.shape == shape


@pytest.mark.parametrize(("dtype", "near"), [("f2", 0.05), ("f4", 1e-4), ("c8", 1e-4)])
def test_less_precise_matrices_make_nearly_the_same_steps(dtype, near):
    x, gradients = RNG.normal(size=(4, 3)), matrices((4, 3), 3)
    found, _ = by_update(Muon(0.1), x.astype(dtype), gradients)
    expected, _ = by_update(Muon(0.1), x, gradients)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=near)


# --- The other rule -----------------------------------------------------------------


@pytest.mark.parametrize("other", [Adam, 0.1, None, "AdamW"])
def test_what_is_no_rule_is_refused(other):
    with pytest.raises(
        TypeError, match=r"Muon\(other=rule\) needs a rule.*Muon\(other="
    ):
        Muon(other=other)


def test_a_rule_that_must_see_all_gradients_is_refused():
    for other in (ClipGlobalNorm(1), OptimiserChain(ClipGlobalNorm(1), Adam())):
        with pytest.raises(TypeError, match=r"OptimiserChain\(ClipGlobalNorm.*Muon"):
            Muon(other=other)
    rule = OptimiserChain(ClipGlobalNorm(1), Muon(other=Descent(1)))
    model = {"bias": np.zeros(2), "scale": np.zeros(1)}
    update_(setup(rule, model), model, {"bias": np.array([2.0, 3]), "scale": [6.0]})
    np.testing.assert_allclose(model["bias"], [-2 / 7, -3 / 7], rtol=1e-14)
    np.testing.assert_allclose(model["scale"], [-6 / 7], rtol=1e-14)


def test_adjusting_changes_the_numbers_of_the_matrices_only():
    model = {"weight": np.zeros((2, 2)), "bias": np.zeros(2)}
    tree = setup(Muon(), model)
    adjust_(tree, 0.5, rho=0.8, steps=3)
    assert tree["bias"].rule == tree["weight"].rule == Muon(0.5, 0.8, 3)
    assert tree["bias"].rule.other == AdamW()


def test_the_other_rule_cannot_be_adjusted():
    tree = setup(Muon(), {"bias": np.zeros(2)})
    with pytest.raises(TypeError, match=r"other of Muon.*cannot be adjusted"):
        adjust_(tree, 0.5, other=Descent())
    assert tree["bias"].rule == Muon()


def test_printed_with_its_other_rule():
    text = "Muon(eta=0.02, rho=0.95, steps=5, other=Descent(0.1))"
    assert repr(Muon(other=Descent())) == text
    assert Muon().other == AdamW() and Muon() != Muon(other=AdamW(0.01))


@pytest.mark.parametrize("steps", [0, -1, 2.5, True, "5", None])
def test_how_many_rounds_is_a_whole_number_from_one_on(steps):
    with pytest.raises((TypeError, ValueError), match=r"Muon\(steps="):
        Muon(steps=steps)


def test_in_mixed_precision():
    x, gradients = RNG.normal(size=(4, 3)), matrices((4, 3), 5)
    half = gradients.astype("f2")
    found, state = by_update(
        MixedPrecision(np.float64, Muon(0.1)), x.astype("f2"), half
    )
    start = x.astype("f2").astype(float)
    expected, _ = by_update(Muon(0.1), start, half.astype(float))
    np.testing.assert_allclose(state[0], expected, rtol=1e-13)
    assert_same(found, expected.astype("f2"))
