"""Jacobians against closed forms, finite differences, and each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import minigrad
from minigrad import gradient, jacobian, pullback
from minigrad.autodiff.tracked import Tracked
from minigrad.errors import NoGradientError

X = np.array([0.5, -1.5, 2.0])
A = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])


# --- Closed forms ---------------------------------------------------------------


def test_of_a_matrix_product_it_is_the_matrix():
    (found,) = jacobian(lambda x: A @ x, X)
    np.testing.assert_array_equal(found, A)


def test_of_an_elementwise_function_it_is_diagonal():
    (found,) = jacobian(np.sin, X)
    np.testing.assert_allclose(found, np.diag(np.cos(X)), rtol=1e-15)


def test_of_a_number_it_is_the_gradient():
    f = lambda x: (x**3).sum()
    (found,) = jacobian(f, A)
    assert found.shape == A.shape
    np.testing.assert_array_equal(found, gradient(f, A)[0])


def test_axes_of_the_output_come_first():
    """d(B X)_ij / dX_kl = B_ik δ_jl."""
    b, x = np.arange(8.0).reshape(4, 2), np.ones((2, 3))
    (found,) = jacobian(lambda x: b @ x, x)
    assert found.shape == (4, 3, 2, 3)
    np.testing.assert_array_equal(found, np.einsum("ik,jl->ijkl", b, np.eye(3)))


def test_of_a_transpose_it_is_a_permutation():
    (found,) = jacobian(np.transpose, A)
    expected = np.einsum("il,jk->ijkl", np.eye(3), np.eye(2))
    np.testing.assert_array_equal(found, expected)


def test_polar_coordinates():
    f = lambda r, t: np.stack([r * np.cos(t), r * np.sin(t)])
    to_r, to_t = jacobian(f, 2.0, 0.3)
    assert np.shape(to_r) == np.shape(to_t) == (2,)
    np.testing.assert_allclose(to_r, [np.cos(0.3), np.sin(0.3)], rtol=1e-15)
    np.testing.assert_allclose(to_t, [-2 * np.sin(0.3), 2 * np.cos(0.3)], rtol=1e-15)


def test_of_the_softmax():
    """diag(p) - p pᵀ."""
    p = minigrad.softmax(X)
    (found,) = jacobian(minigrad.softmax, X)
    np.testing.assert_allclose(found, np.diag(p) - np.outer(p, p), rtol=1e-12)


def test_numbers_to_numbers():
    found = jacobian(lambda x, y: x**2 * y, 3.0, 2.0)
    assert found == (12.0, 9.0)
    assert all(np.shape(part) == () for part in found)


def test_every_argument_has_its_own():
    f = lambda a, x, s: s * (a @ x)
    to_a, to_x, to_s = jacobian(f, A, X, 2.0)
    np.testing.assert_allclose(to_a, 2 * np.einsum("ik,l->ikl", np.eye(2), X))
    np.testing.assert_allclose(to_x, 2 * A)
    np.testing.assert_allclose(to_s, A @ X)


# --- Against other ways to find it ------------------------------------------------


def mixed(x, y):
    return np.tanh(x[:, None] @ y[None, :]) + np.exp(x).sum() * y[0]


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_against_the_complex_step(n, m, seed):
    """Column by column: Im f(x + i h e) / h, exact to rounding."""
    rng = np.random.default_rng(seed)
    args = rng.normal(size=n), rng.normal(size=m)
    found = jacobian(mixed, *args)
    for position, x in enumerate(args):
        assert found[position].shape == (n, m, len(x))
        for k in range(len(x)):
            moved = [arg.astype(complex) for arg in args]
            moved[position][k] += 1e-30j
            column = np.imag(mixed(*moved)) / 1e-30
            np.testing.assert_allclose(
                found[position][..., k], column, rtol=1e-12, atol=1e-14
            )


def test_against_finite_differences():
    f = lambda x: np.cumsum(np.sqrt(x**2 + 1)) / (1 + x[::-1] ** 2)
    (found,) = jacobian(f, X)
    h = 1e-6
    columns = [(f(X + h * e) - f(X - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(found, np.transpose(columns), rtol=1e-8, atol=1e-9)


@given(array_shapes(max_dims=3, max_side=3), array_shapes(max_dims=2, max_side=3))
def test_shapes_and_the_pullback(shape, other):
    """Contracted with any ybar it is what the pullback gives."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=shape), rng.normal(size=(*other, *shape))
    f = lambda x: np.tensordot(w, np.sin(x), axes=x.ndim)
    (found,) = jacobian(f, x)
    y, back = pullback(f, x)
    assert found.shape == y.shape + x.shape
    ybar = rng.normal(size=y.shape)
    expected = np.tensordot(ybar, found, axes=y.ndim)
    np.testing.assert_allclose(back(ybar)[0], expected, rtol=1e-12, atol=1e-12)


# --- Higher derivatives ---------------------------------------------------------------


def test_the_jacobian_of_the_gradient_is_the_hessian():
    a = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, -1.0], [4.0, 0.0, 1.0]])
    f = lambda x: x @ a @ x + (x**4).sum()
    (found,) = jacobian(lambda x: gradient(f, x)[0], X)
    np.testing.assert_allclose(found, a + a.T + np.diag(12 * X**2), rtol=1e-14)


def test_a_jacobian_inside_gradient():
    """|J|² of sin is sum cos², whose gradient is -sin 2x."""
    f = lambda x: (jacobian(np.sin, x)[0] ** 2).sum()
    np.testing.assert_allclose(gradient(f, X)[0], -np.sin(2 * X), rtol=1e-14)


def test_the_jacobian_of_a_jacobian():
    """The third axis holds the second derivative: 6 x on the diagonal."""
    (found,) = jacobian(lambda x: jacobian(lambda x: x**3, x)[0], X)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 6 * X
    np.testing.assert_allclose(found, expected, rtol=1e-14)


# --- Types, and what is not there ---------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_that_of_the_argument(dtype):
    x, a = X.astype(dtype), A.astype(np.float64)
    to_a, to_x = jacobian(lambda a, x: a @ x, a, x)
    assert (to_a.dtype, to_x.dtype) == (np.float64, dtype)
    (to_s,) = jacobian(lambda s: s * x, 2.0)
    np.testing.assert_allclose(to_s, x)
    assert not isinstance(to_x, Tracked)


def test_integers_given_directly_count_as_floats():
    (found,) = jacobian(lambda n: n * X, 3)
    np.testing.assert_array_equal(found, X)


def test_what_is_not_used_or_no_number_is_none():
    args = X, np.ones(2), "text", None, np.arange(3), np.tanh, True
    found = jacobian(lambda x, *rest: 2 * x, *args)
    np.testing.assert_array_equal(found[0], 2 * np.eye(3))
    assert found[1:] == (None,) * 6
    assert jacobian(lambda x: np.ones(3), X) == (None,)
    assert jacobian(lambda: 1.0) == ()


def test_used_with_slope_zero_is_zero_and_not_none():
    (found,) = jacobian(lambda x: 0 * x, X)
    np.testing.assert_array_equal(found, np.zeros((3, 3)))


@pytest.mark.parametrize(("n", "m"), [(0, 2), (2, 0), (0, 0)])
def test_empty_arrays(n, m):
    (found,) = jacobian(lambda x: np.ones((m, n)) @ x, np.ones(n))
    assert found is None or found.shape == (m, n)
    if m:
        assert found.shape == (m, n)


def test_the_function_is_called_once_and_the_arguments_stay():
    calls, x = [], X.copy()
    jacobian(lambda x: calls.append(1) or x * 2, x)
    assert calls == [1]
    np.testing.assert_array_equal(x, X)


def test_the_parts_are_arrays_of_their_own():
    to_x, to_y = jacobian(lambda x, y: x + y, X, X)
    to_x *= 7
    np.testing.assert_array_equal(to_y, np.eye(3))


# --- Sentences ------------------------------------------------------------------------


@pytest.mark.parametrize("f", [lambda x: None, lambda x: "text", lambda x: 1j * x])
def test_outputs_that_have_no_jacobian(f):
    with pytest.raises(NoGradientError, match=r"returned|[Cc]omplex"):
        jacobian(f, X)


@pytest.mark.parametrize("f", [lambda x: (x, x), lambda x: {"y": x}, lambda x: [x]])
def test_trees_as_outputs_are_refused(f):
    with pytest.raises(NoGradientError, match=r"tuple|dict|list"):
        jacobian(f, X)


def test_what_is_not_a_function():
    with pytest.raises(TypeError, match=r"need a function.*ndarray.*lambda"):
        jacobian(A @ X, X)


def test_a_jacobian_towards_a_model_is_refused():
    f = lambda x, p: x * p["w"] * p["b"]
    with pytest.raises(NoGradientError, match=r"argument 1 is a dict.*destructure"):
        jacobian(f, 2.0, {"w": np.ones(3), "b": 2.0})
    assert jacobian(lambda x, text: 2 * x, 1.0, "text")[1] is None


def test_jacobians_of_and_towards_nothing():
    for f, x, shape in (
        (lambda x: 2 * x, np.zeros(0), (0, 0)),
        (lambda x: x[:0], np.ones(2), (0, 2)),
        (lambda x: np.ones(3) * x.sum(), np.zeros((0, 2), np.float32), (3, 0, 2)),
    ):
        (found,) = jacobian(f, x)
        assert found.shape == shape and found.dtype == x.dtype
