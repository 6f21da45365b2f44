"""Linear algebra against textbook formulas, and what has no derivative."""

import numpy as np
import pytest

from minigrad import gradient, pullback

RNG = np.random.default_rng(0)


def close(found, expected, tolerance=1e-12):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


# --- Inverses and equations ------------------------------------------------------


def test_inverse_of_an_inverse_is_where_one_began():
    a, g = RNG.normal(size=(2, 3, 3))
    _, back = pullback(lambda x: np.linalg.inv(np.linalg.inv(x)), a)
    close(back(g)[0], g, 1e-11)


def test_solving_is_multiplying_by_the_inverse():
    a, b = RNG.normal(size=(2, 3, 3)), RNG.normal(size=(3, 2))
    g = RNG.normal(size=(2, 3, 2))
    y, back = pullback(np.linalg.solve, a, b)
    z, expected = pullback(lambda a, b: np.linalg.inv(a) @ b, a, b)
    close(y, z)
    for found, wanted in zip(back(g), expected(g), strict=True):
        close(found, wanted, 1e-11)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (3, 3), (2, 5, 3)])
def test_pseudo_inverse_of_full_rank_is_that_of_the_normal_equations(shape):
    x = RNG.normal(size=shape)

    def normal(x):
        xt = np.swapaxes(x, -1, -2)
        if x.shape[-2] >= x.shape[-1]:
            return np.linalg.inv(xt @ x) @ xt
        return xt @ np.linalg.inv(x @ xt)

    y, back = pullback(np.linalg.pinv, x)
    g = RNG.normal(size=y.shape)
    close(back(g)[0], pullback(normal, x)[1](g)[0], 1e-10)


def test_pseudo_inverse_that_cuts_off_says_so():
    x = np.diag([1.0, 0.1])
    for cutoff in ({"rcond": 0.5}, {"rtol": 0.5}):
        with pytest.raises(TypeError, match="left out singular values"):
            gradient(lambda x, c=cutoff: np.linalg.pinv(x, **c).sum(), x)


def test_least_squares_is_the_projection():
    """The residuals of b are those of any b + a x, so the slope is orthogonal to a."""
    a, b = RNG.normal(size=(5, 2)), RNG.normal(size=5)
    (g,) = gradient(lambda b: np.linalg.lstsq(a, b)[1].sum(), b)
    x, residuals, rank, values = np.linalg.lstsq(a, b)
    close(g, 2 * (b - a @ x))
    y, _ = pullback(lambda a: np.linalg.lstsq(a, b), a)
    for found, expected in zip(y, (x, residuals, rank, values), strict=True):
        assert np.shape(found) == np.shape(expected)
        close(found, expected)


def test_least_squares_without_full_rank_says_so():
    with pytest.raises(TypeError, match=r"rank 1 has no derivative.*np.eye\(2\)"):
        gradient(lambda a: np.linalg.lstsq(a, np.ones(3))[0].sum(), np.ones((3, 2)))


def test_tensor_equations_are_equations_of_flattened_tensors():
    a, b = RNG.normal(size=(2, 3, 3, 2)), RNG.normal(size=(2, 3))
    found = gradient(lambda a, b: np.linalg.tensorsolve(a, b).sum(), a, b)
    inverse = lambda a, b: np.tensordot(np.linalg.tensorinv(a), b).sum()
    for g, expected in zip(found, gradient(inverse, a, b), strict=True):
        close(g, expected, 1e-10)


# --- Powers and chains -----------------------------------------------------------


@pytest.mark.parametrize("n", [-3, -1, 1, 2, 5, 8])
def test_power_of_a_matrix_is_a_repeated_product(n):
    a, g = RNG.normal(size=(2, 3, 3))
    base = np.linalg.inv if n < 0 else np.positive

    def repeated(x):
        x = base(x)
        y = x
        for _ in range(abs(n) - 1):
            y = y @ x
        return y

    y, back = pullback(lambda x: np.linalg.matrix_power(x, n), a)
    z, expected = pullback(repeated, a)
    np.testing.assert_allclose(y, z, rtol=1e-9)
    np.testing.assert_allclose(back(g)[0], expected(g)[0], rtol=1e-8)


def test_power_zero_is_the_identity_and_constant():
    y, back = pullback(lambda x: np.linalg.matrix_power(x, 0), np.ones((2, 3, 3)))
    np.testing.assert_array_equal(y, [np.eye(3)] * 2)
    assert back(np.ones((2, 3, 3))) == (None,)


def test_a_chain_is_a_product():
    shapes = (3,), (3, 4), (4, 2), (2, 5), (5,)
    arrays = [RNG.normal(size=shape) for shape in shapes]
    found = gradient(lambda *xs: np.linalg.multi_dot(xs), *arrays)
    expected = gradient(lambda a, b, c, d, e: a @ b @ c @ d @ e, *arrays)
    for g, e in zip(found, expected, strict=True):
        close(g, e)


# --- Condition and trace ---------------------------------------------------------


def test_condition_of_a_diagonal_matrix():
    a = np.diag([4.0, 3.0, 2.0])
    (g,) = gradient(np.linalg.cond, a)
    close(g, np.diag([1 / 2, 0, -4 / 2**2]))


def test_condition_of_a_singular_matrix_says_so():
    with pytest.raises(TypeError, match="singular matrix is infinite"):
        gradient(np.linalg.cond, np.diag([1.0, 0.0]))


def test_gradient_of_a_trace_is_the_identity():
    a = RNG.normal(size=(2, 3, 3))
    (g,) = gradient(lambda x: np.linalg.trace(x).sum(), a)
    np.testing.assert_array_equal(g, [np.eye(3)] * 2)
    assert gradient(lambda x: np.linalg.trace(x, offset=3).sum(), a)[0].any() == 0
