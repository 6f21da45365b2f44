"""Determinants against their expansion by minors."""

import numpy as np
import pytest

from minigrad import gradient

RNG = np.random.default_rng(0)


def cofactors(a):
    """Signed determinants of what is left without row i and column j."""
    n = len(a)
    found = np.zeros(a.shape, a.dtype)
    for i, j in np.ndindex(n, n):
        minor = np.delete(np.delete(a, i, axis=0), j, axis=1)
        found[i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return found


def of_rank(r, n):
    """Matrices of small integers, whose determinants are exactly 0 for r < n."""
    rows = RNG.integers(-3, 4, (r, n)).astype(float)
    return np.concatenate([rows, np.repeat(rows[:1], n - r, axis=0)])


@pytest.mark.parametrize(("r", "n"), [(1, 1), (2, 2), (4, 4), (1, 2), (4, 5), (3, 5)])
def test_gradient_of_a_determinant_are_the_cofactors(r, n):
    a = of_rank(r, n)
    (g,) = gradient(np.linalg.det, a)
    np.testing.assert_allclose(g, cofactors(a), atol=1e-11)


def test_singular_matrices_among_others():
    stack = np.stack([of_rank(3, 3), of_rank(2, 3), np.zeros((3, 3)), np.eye(3)])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    (g,) = gradient(lambda x: weights @ np.linalg.det(x), stack)
    expected = [w * cofactors(a) for w, a in zip(weights, stack, strict=True)]
    np.testing.assert_allclose(g, expected, atol=1e-12)


def test_logarithm_of_a_determinant_has_the_inverse_as_gradient():
    a = RNG.normal(size=(4, 4))
    (g,) = gradient(lambda x: np.linalg.slogdet(x).logabsdet, a)
    np.testing.assert_allclose(g, np.linalg.inv(a).T, rtol=1e-12)
    (g,) = gradient(lambda x: np.linalg.slogdet(x).sign, a)
    np.testing.assert_array_equal(g, np.zeros((4, 4)))


def test_sign_and_size_make_the_determinant():
    """Of complex matrices the sign turns, and its gradient is not 0."""
    z = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))

    def product(x):
        sign, logarithm = np.linalg.slogdet(x)
        return sign * np.exp(logarithm)

    for part in (np.real, np.imag):
        (found,) = gradient(lambda x, part=part: part(product(x)), z)
        (expected,) = gradient(lambda x, part=part: part(np.linalg.det(x)), z)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_logarithm_of_zero_says_so():
    with pytest.raises(TypeError, match="singular matrix is -inf"):
        gradient(lambda x: np.linalg.slogdet(x).logabsdet, np.ones((2, 2)))
