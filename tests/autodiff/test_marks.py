"""stop_gradient and hook: the value stays, the way back changes."""

import numpy as np
import pytest

from minigrad import Dense, ShapeError, gradient, mse
from minigrad.autodiff import hook, stop_gradient
from minigrad.autodiff.tracked import Tracked

X = np.array([1.0, 2.0, 3.0])


def test_nothing_comes_back_through_stop_gradient():
    assert gradient(lambda x: (stop_gradient(x) ** 2).sum(), X) == (None,)
    np.testing.assert_array_equal(
        gradient(lambda x: (stop_gradient(x) * x).sum(), X)[0], X
    )


def test_it_stops_every_gradient_around():
    inner = lambda y, x: gradient(lambda z: (stop_gradient(z) * z * x).sum(), y)[
        0
    ].sum()
    f = lambda x: inner(x, x)
    np.testing.assert_array_equal(gradient(f, X)[0], X)  # not 2 X: y is stopped


def test_the_value_is_plain():
    found = []
    gradient(lambda x: found.append(stop_gradient(x)) or x.sum(), X)
    assert type(found[0]) is np.ndarray
    assert stop_gradient(X) is X


def test_a_tree_is_stopped_leaf_by_leaf():
    model = Dense(3, 2)
    x, y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)
    assert gradient(lambda m: mse(stop_gradient(m)(x), y), model) == (None,)
    found = gradient(lambda m: (stop_gradient(m).weight * m.weight).sum(), model)[0]
    np.testing.assert_array_equal(found.weight, model.weight)
    assert found.bias is None


def test_a_hook_turns_the_gradient_round():
    f = lambda x: (hook(np.negative, x) ** 2).sum()
    np.testing.assert_array_equal(gradient(f, X)[0], -2 * X)


def test_a_hook_that_only_looks():
    seen = []
    f = lambda x: (hook(seen.append, x * 2) ** 2).sum()
    np.testing.assert_array_equal(gradient(f, X)[0], 8 * X)
    np.testing.assert_array_equal(seen[0], 4 * X)


def test_a_hook_sees_the_sum_of_all_shares():
    seen = []

    def f(x):
        y = hook(lambda g: seen.append(g.copy()), x)
        return y.sum() + (y * y).sum()

    gradient(f, X)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], 1 + 2 * X)


def test_a_hook_sees_complex_gradients_as_users_do():
    seen, z = [], np.array([1 + 2j])
    gradient(lambda z: np.abs(hook(seen.append, z)).sum() ** 2, z)
    np.testing.assert_allclose(seen[0], 2 * z, rtol=1e-15)
    turned = gradient(lambda z: np.abs(hook(lambda g: 1j * g, z)).sum() ** 2, z)[0]
    np.testing.assert_allclose(turned, 2j * z, rtol=1e-15)


def test_hooks_on_a_model_and_outside_of_gradient():
    model = Dense(3, 2)
    assert hook(print, X) is X
    f = lambda m: (hook(lambda g: 0 * g, m).weight ** 2).sum() + m.bias.sum()
    found = gradient(f, model)[0]
    assert not found.weight.any() and found.bias.all()


def test_a_hook_is_on_the_way_back_of_every_gradient():
    """x² has the second derivative 2, and two gradients pass the hook."""
    kinds = []
    triple = lambda g: kinds.append(type(g)) or g * 3
    f = lambda x: gradient(lambda y: hook(triple, y) ** 2, x)[0]
    assert gradient(f, 2.0) == (2.0 * 3 * 3,)
    assert kinds == [Tracked, np.float64]


def test_a_hook_that_changes_the_shape():
    with pytest.raises(
        ShapeError, match=r"hook\(f, x\).*\(3,\).*float64 of shape \(\)"
    ):
        gradient(lambda x: hook(lambda g: g[0], x).sum(), X)


def test_a_hook_that_works_in_place_changes_its_own_gradient_only():
    def clip(g):
        g[g > 0.5] = 0.5

    x = np.array([1.5, -2.0, 3.0])
    for f in (clip, lambda g: np.clip(g, None, 0.5, out=g)):
        (found,) = gradient(lambda x, f=f: (x * x + hook(f, x)).sum(), x)
        np.testing.assert_array_equal(found, 2 * x + 0.5)


def test_hooks_that_are_none():
    with pytest.raises(TypeError, match=r"f returned a list; .*shape \(3,\), or None"):
        gradient(lambda x: hook(lambda g: [1, 2, 3], x).sum(), np.ones(3))
    with pytest.raises(TypeError, match=r"takes the function first.*hook\(print, x\)"):
        gradient(lambda x: hook(x, print).sum(), np.ones(3))
