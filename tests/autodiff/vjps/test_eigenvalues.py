"""Eigenvalues and eigenvectors against what is known of them."""

import numpy as np
import pytest

from minigrad import gradient, pullback

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 4))
SYMMETRIC = A + A.T
HERMITIAN = SYMMETRIC + 1j * (A - A.T)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("eigenvalues", [np.linalg.eigvalsh, np.linalg.eigvals])
def test_sums_of_powers_of_eigenvalues_are_traces_of_powers(eigenvalues):
    """The gradient of trace(Aⁿ) is n (Aⁿ⁻¹)ᵀ."""
    for x in (SYMMETRIC, HERMITIAN, np.eye(4), np.zeros((4, 4))):
        for n in (1, 2, 3):
            (g,) = gradient(lambda x, n=n: np.sum(eigenvalues(x) ** n).real, x)
            close(g, n * np.linalg.matrix_power(x, n - 1).conj().T)


@pytest.mark.parametrize("x", [SYMMETRIC, HERMITIAN])
@pytest.mark.parametrize("triangle", ["L", "U"])
def test_what_was_decomposed_can_be_put_together(x, triangle):
    """V λ V* is the matrix, if it is Hermitian: so the gradient is `g`, symmetric."""

    def together(x):
        values, vectors = np.linalg.eigh(x, triangle)
        return vectors * values @ np.conj(vectors.T)

    y, back = pullback(together, x)
    close(y, x)
    g = RNG.normal(size=x.shape) + (1j * A if np.iscomplexobj(x) else 0)
    close(back(g)[0], (g + g.conj().T) / 2)


@pytest.mark.parametrize("x", [A, SYMMETRIC, HERMITIAN, A + 1j * SYMMETRIC])
def test_any_matrix_can_be_put_together(x):
    def together(x):
        values, vectors = np.linalg.eig(x)
        return (vectors * values) @ np.linalg.inv(vectors)

    y, back = pullback(together, x)
    close(y, x)
    g = RNG.normal(size=x.shape) + (1j * A if np.iscomplexobj(y) else 0)
    close(back(g)[0], g if np.iscomplexobj(x) else g.real)


def test_one_triangle_is_read_but_the_gradient_is_that_of_the_whole():
    lower = np.tril(SYMMETRIC)
    for decomposed in (lower, SYMMETRIC):
        (g,) = gradient(lambda x: np.linalg.eigvalsh(x)[0], decomposed)
        v = np.linalg.eigh(SYMMETRIC).eigenvectors[:, 0]
        close(g, np.outer(v, v))


def test_eigenvectors_have_length_one():
    for f in (np.linalg.eigh, np.linalg.eig):
        length = lambda x, f=f: np.sum(np.abs(f(x).eigenvectors) ** 2, axis=0)
        y, back = pullback(length, SYMMETRIC)
        close(y, np.ones(4))
        close(back(RNG.normal(size=4))[0], np.zeros((4, 4)))


# --- Equal eigenvalues -----------------------------------------------------------


@pytest.mark.parametrize("f", [np.linalg.eigh, np.linalg.eig])
def test_eigenvectors_of_equal_eigenvalues_get_no_gradient(f):
    """Not infinite, not NaN, and without a warning."""
    w = RNG.normal(size=(4, 4))
    for x in (np.eye(4), np.zeros((4, 4))):
        (g,) = gradient(lambda x: np.sum(w * f(x).eigenvectors), x)
        np.testing.assert_array_equal(g, np.zeros((4, 4)))
    nearly = np.diag([1, 1 + 1e-16, 1 - 1e-16, 2])
    (g,) = gradient(lambda x: np.sum(w * f(x).eigenvectors), nearly)
    assert np.max(np.abs(g)) < 10


def test_the_space_of_equal_eigenvectors_has_a_derivative():
    """The projector onto it moves only towards the other eigenvectors."""
    x = np.diag([1.0, 1.0, 3.0])

    def projector(x):
        vectors = np.linalg.eigh(x).eigenvectors[:, :2]
        return vectors @ vectors.T

    g = RNG.normal(size=(3, 3))
    expected = np.zeros((3, 3))
    expected[:2, 2] = expected[2, :2] = (g + g.T)[:2, 2] / 2 / (1 - 3)
    close(pullback(projector, x)[1](g)[0], expected)


def test_defective_matrices_say_so():
    for f in (np.linalg.eigvals, lambda x: abs(np.linalg.eig(x).eigenvectors)):
        with pytest.raises(TypeError, match="defective matrix has no derivative"):
            gradient(lambda x, f=f: f(x).sum(), np.array([[1.0, 1.0], [0.0, 1.0]]))
