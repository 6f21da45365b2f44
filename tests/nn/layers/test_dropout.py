"""Dropout: its masks, their source, both modes, gradients, and its sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import (
    Adam,
    Chain,
    Dense,
    Dropout,
    checkpointed,
    gradient,
    setup,
    train_,
)
from minigrad.errors import NoGradientError, ShapeError

X = np.arange(1, 13, dtype=np.float32).reshape(3, 4)


def test_switches_on_inside_gradient_only():
    layer, seen = Dropout(0.5, rng=0), []
    assert layer(X) is X
    gradient(lambda x: seen.append(layer(x)) or seen[0].sum(), X)
    dropped = seen[0].value == 0
    assert 0 < dropped.sum() < X.size
    np.testing.assert_array_equal(seen[0].value, np.where(dropped, 0, 2 * X))
    assert layer(X) is X


def test_forced():
    assert (Dropout(0.5, active=True, rng=0)(X) != X).any()
    silent = Dropout(0.5, active=False)
    np.testing.assert_array_equal(gradient(lambda x: silent(x).sum(), X)[0], 1)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_share_of_zeros_and_the_mean(p):
    y = Dropout(p, active=True, rng=0)(np.ones(100_000, np.float32))
    assert abs((y == 0).mean() - p) < 0.005  # three deviations
    assert abs(y.mean() - 1) < 0.02
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - p)], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_extremes_are_exact(dtype):
    x = X.astype(dtype)
    assert Dropout(0, active=True)(x) is x
    assert Dropout(0.0, active=True)(x) is x
    everything = Dropout(1, active=True)
    np.testing.assert_array_equal(everything(x), 0 * x)
    assert everything(x).dtype == dtype
    np.testing.assert_array_equal(gradient(lambda x: everything(x).sum(), x)[0], 0 * x)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_and_one_mask_for_all_of_them(dtype):
    y = Dropout(0.5, active=True, rng=0)(X.astype(dtype))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, Dropout(0.5, active=True, rng=0)(X))


@given(shape=st.lists(st.integers(0, 4), max_size=4))
def test_any_shape(shape):
    x = np.ones(shape, np.float32)
    y = Dropout(0.5, active=True, rng=0)(x)
    assert y.shape == x.shape
    assert set(np.ravel(y).tolist()) <= {0.0, 2.0}


def test_a_probability_computed_by_numpy_leaves_float32_alone():
    assert Dropout(np.float64(0.5), active=True)(X).dtype == np.float32
    assert Dropout(np.float32(0.5), active=True)(X.astype(float)).dtype == float


def test_lists_and_integers():
    assert Dropout(0.5)([1, 2]) == [1, 2]
    y = Dropout(0.5, active=True, rng=0)([1, 2, 3, 4])
    assert set((y / [1, 2, 3, 4]).tolist()) <= {0.0, 2.0}


# --- Axes that share a mask --------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "reduced"), [((1, 2), (1, 2)), (-1, (3,)), ([0, -2], (0, 2)), ((), ())]
)
def test_shared_axes(axes, reduced):
    x = np.ones((6, 5, 4, 7), np.float32)
    y = Dropout(0.5, shared_axes=axes, active=True, rng=0)(x)
    assert y.shape == x.shape
    assert np.unique(y).tolist() == [0, 2]
    assert (y.max(axis=reduced) == y.min(axis=reduced)).all()
    for axis in set(range(4)) - set(reduced):
        assert (y.max(axis=axis) != y.min(axis=axis)).any()


# --- Where the randomness comes from -----------------------------------------------


def test_a_seed_makes_masks_repeatable_and_different_from_call_to_call():
    first, second = (Dropout(0.5, active=True, rng=7) for _ in range(2))
    y = first(X)
    np.testing.assert_array_equal(y, second(X))
    assert (first(X) != y).any()


def test_without_rng_the_default_generator_draws():
    layer, x = Dropout(0.5, active=True), np.ones(100)
    minigrad.seed(0)
    y = layer(x)
    assert (layer(x) != y).any()
    minigrad.seed(0)
    np.testing.assert_array_equal(layer(x), y)


def test_a_generator_is_used_and_not_copied():
    rng = np.random.default_rng(0)
    layer = Dropout(0.5, rng=rng)
    before = rng.bit_generator.state
    layer(X)
    assert rng.bit_generator.state == before  # an idle layer draws nothing
    gradient(lambda m: m[0](X).sum() * m[1], (layer, 1.0))
    assert rng.bit_generator.state != before


# --- Gradients ---------------------------------------------------------------------


def test_the_gradient_is_the_mask():
    layer, seen = Dropout(0.5, rng=0), []

    def loss(x):
        seen.append(layer(x))
        return (seen[0] ** 2).sum()

    (found,) = gradient(loss, X)
    mask = seen[0].value / X
    np.testing.assert_array_equal(found, 2 * mask**2 * X)
    assert found.dtype == np.float32


def test_second_order():
    layer = Dropout(0.5)

    def slope(x):
        minigrad.seed(0)
        return gradient(lambda x: (layer(x) ** 3).sum(), x)[0]

    minigrad.seed(0)
    mask = Dropout(0.5, active=True)(np.ones_like(X))
    assert set(mask.ravel().tolist()) == {0, 2}
    found = gradient(lambda x: slope(x).sum(), X)[0]
    np.testing.assert_allclose(found, 6 * mask**3 * X, rtol=1e-6)


def test_checkpointed_parts_draw_the_same_mask_again():
    layer, x = Dropout(0.5), np.linspace(1, 2, 50)
    part = lambda x: np.sin(layer(x)).sum()
    minigrad.seed(0)
    (direct,) = gradient(part, x)
    minigrad.seed(0)
    (found,) = gradient(lambda x: checkpointed(part, x), x)
    np.testing.assert_allclose(found, direct, rtol=1e-14)
    own = Dropout(0.5, rng=0)
    with pytest.raises(NoGradientError, match="something else when it was called"):
        gradient(lambda x: checkpointed(lambda x: np.sin(own(x)).sum(), x), x)


def test_in_a_model_that_is_trained():
    model = Chain(Dense(4, 8, rng=0), Dropout(0.5, rng=0), Dense(8, 1, rng=1))
    opt_state = setup(Adam(), model)
    assert opt_state.layers[1] == ()
    before = model[0].weight.copy()
    train_(lambda m, x: (m(x) ** 2).sum(), model, [(X,)] * 20, opt_state)
    assert (model[0].weight != before).all()
    np.testing.assert_array_equal(model(X), model(X))


# --- How it looks, and what it refuses ---------------------------------------------


def test_printed():
    assert repr(Dropout(0.3)) == repr(Dropout(np.float64(0.3))) == "Dropout(0.3)"
    assert repr(Dropout(0.3, active=False)) == "Dropout(0.3, active=False)"
    assert repr(Dropout(0.3, shared_axes=(1, 2))) == "Dropout(0.3, shared_axes=(1, 2))"
    assert repr(Dropout(0.3, shared_axes=-1)) == "Dropout(0.3, shared_axes=(-1,))"
    assert "  Dropout(0.3)" in repr(Chain(Dropout(0.3), Dense(2, 2)))


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: Dropout(1.5), ValueError, r"Dropout\(1\.5\): p is the probability"),
        (lambda: Dropout(-0.1), ValueError, r"Dropout\(-0\.1\)"),
        (lambda: Dropout(np.nan), ValueError, r"between 0 and 1"),
        (lambda: Dropout("half"), ValueError, r"Dropout\('half'\)"),
        (lambda: Dropout(0.5, active=1), ValueError, r"was given 1, .*three modes"),
        (lambda: Dropout(0.5, rng="a"), TypeError, r"rng='a'"),
        (
            lambda: Chain(Dropout(0.5, shared_axes=2, active=True))(X),
            ShapeError,
            r"layers\[0\] Dropout\(.*along axis 2, .*shape \(3, 4\)",
        ),
    ],
)
def test_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
