"""Norms against textbook formulas, and at their kinks."""

import numpy as np
import pytest

from minigrad import gradient

RNG = np.random.default_rng(0)

# --- Of vectors ------------------------------------------------------------------


def test_norm_is_a_unit_vector():
    x = np.array([3.0, 4.0])
    np.testing.assert_allclose(gradient(np.linalg.norm, x)[0], [0.6, 0.8], rtol=1e-15)


@pytest.mark.parametrize("order", [None, 1, 2, 3, 2.5, np.inf])
def test_norm_at_the_origin_has_slope_zero(order):
    f = lambda x: np.linalg.norm(x, order)
    np.testing.assert_array_equal(gradient(f, np.zeros(3))[0], np.zeros(3))
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    (g,) = gradient(lambda x: np.linalg.norm(x, order, axis=1).sum(), rows)
    np.testing.assert_array_equal(g[0], [0, 0])
    np.testing.assert_allclose(g[1], gradient(f, rows[1])[0], rtol=1e-14)


@pytest.mark.parametrize(
    "norm",
    [
        lambda x: np.sqrt((x**2).sum()),
        lambda x: np.sqrt(np.sum(x * x)),
        lambda x: (x**2).sum() ** 0.5,
        lambda x: np.sqrt(x @ x),
    ],
)
def test_norms_written_out_are_safe_at_the_origin(norm):
    np.testing.assert_array_equal(gradient(norm, np.zeros(3))[0], np.zeros(3))


def test_counting_norm_is_constant():
    assert gradient(lambda x: np.linalg.norm(x, 0), np.array([0.0, 2.0])) == (None,)


@pytest.mark.parametrize("order", [1, 3, 2.5, np.inf, -np.inf, -1])
def test_slope_of_a_norm_is_the_dual_vector(order):
    """It is sign(x) (|x| / norm)**(order - 1); its product with x is the norm."""
    x = np.array([3.0, -4.0, 1.0])
    value = np.linalg.norm(x, order)
    (g,) = gradient(lambda x: np.linalg.norm(x, order), x)
    if np.isinf(order):
        expected = np.sign(x) * (np.abs(x) == value)
    else:
        expected = np.sign(x) * (np.abs(x) / value) ** (order - 1)
    np.testing.assert_allclose(g, expected, rtol=1e-14)
    np.testing.assert_allclose(g @ x, value, rtol=1e-14)


def test_norm_of_complex_numbers_is_that_of_their_parts():
    z = RNG.normal(size=4) + 1j * RNG.normal(size=4)
    (g,) = gradient(np.linalg.norm, z)
    parts = np.concatenate([z.real, z.imag])
    expected = parts / np.linalg.norm(parts)
    np.testing.assert_allclose(np.concatenate([g.real, g.imag]), expected, rtol=1e-14)


# --- Of matrices -----------------------------------------------------------------

A = RNG.normal(size=(4, 3))
U, S, VH = np.linalg.svd(A, full_matrices=False)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (2, np.outer(U[:, 0], VH[0])),
        (-2, np.outer(U[:, 2], VH[2])),
        ("nuc", U @ VH),
        ("fro", A / np.sqrt((A**2).sum())),
        (1, np.sign(A) * (np.arange(3) == np.abs(A).sum(0).argmax())),
        (-np.inf, np.sign(A) * (np.arange(4) == np.abs(A).sum(1).argmin())[:, None]),
    ],
)
def test_gradients_of_matrix_norms(order, expected):
    for f in (
        lambda x: np.linalg.norm(x, order),
        lambda x: np.linalg.matrix_norm(x, ord=order),
        lambda x: np.linalg.norm(x.T[None], order, axis=(2, 1))[0],
    ):
        np.testing.assert_allclose(gradient(f, A)[0], expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("order", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_matrix_norms_of_zeros_have_slope_zero(order):
    zeros = np.zeros((3, 2))
    (g,) = gradient(lambda x: np.linalg.norm(x, order), zeros)
    np.testing.assert_array_equal(g, zeros)


# --- What is wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda x: np.linalg.norm(x, 3), "Invalid norm order for matrices"),
        (lambda x: np.linalg.norm(x[0], "fro"), "Invalid norm order 'fro' for vectors"),
        (lambda x: np.linalg.norm(x, 2, axis=(0, 0)), "Duplicate axes"),
        (lambda x: np.linalg.norm(x[None], 2), "Improper number of dimensions"),
    ],
)
def test_what_is_wrong_is_said_as_numpy_says_it(call, sentence):
    for f in (call, lambda x: gradient(call, x)):
        with pytest.raises(ValueError, match=sentence):
            f(np.ones((2, 2)))
