"""Decompositions: what was taken apart can be put together."""

import numpy as np
import pytest

from minigrad import gradient, pullback

RNG = np.random.default_rng(0)


def normal(shape, kind):
    """Random numbers, real or complex."""
    x = RNG.normal(size=shape)
    return x + 1j * RNG.normal(size=shape) if kind is complex else x


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


kinds = pytest.mark.parametrize("kind", [float, complex])
shapes = pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 4, 3)])

# --- Cholesky --------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("upper", [False, True])
def test_factor_of_cholesky_squared(kind, upper):
    x = normal((3, 3), kind)
    x = x @ x.conj().T + np.eye(3)
    factor = lambda x: np.linalg.cholesky(x, upper=upper)
    if upper:
        squared = lambda x: np.conj(factor(x).T) @ factor(x)
    else:
        squared = lambda x: factor(x) @ np.conj(factor(x).T)
    y, back = pullback(squared, x)
    g = normal((3, 3), kind)
    close(y, x)
    close(back(g)[0], (g + g.conj().T) / 2)


def test_diagonal_of_cholesky_gives_the_determinant():
    x = RNG.normal(size=(2, 3, 3))
    x = x @ np.swapaxes(x, 1, 2) + np.eye(3)
    logarithm = lambda x: (
        2 * np.sum(np.log(np.einsum("bii->bi", np.linalg.cholesky(x))))
    )
    close(gradient(logarithm, x)[0], np.linalg.inv(x))


# --- QR --------------------------------------------------------------------------


@kinds
@shapes
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_factors_of_qr_multiplied(kind, shape, mode):
    x, g = normal(shape, kind), normal(shape, kind)

    def product(x):
        q, r = np.linalg.qr(x, mode)
        return q @ r

    y, back = pullback(product, x)
    close(y, x)
    close(back(g)[0], g)


@kinds
@shapes
def test_r_alone(kind, shape):
    """R*R = A*A."""
    x, g = normal(shape, kind), normal((*shape[:-2], shape[-1], shape[-1]), kind)
    square = lambda x: np.conj(np.swapaxes(x, -1, -2)) @ x
    y, back = pullback(lambda x: square(np.linalg.qr(x, mode="r")), x)
    z, expected = pullback(square, x)
    close(y, z)
    close(back(g)[0], expected(g)[0])


def test_q_stays_orthogonal():
    x = RNG.normal(size=(5, 3))
    for mode in ("reduced", "complete"):
        q = lambda x, mode=mode: np.linalg.qr(x, mode).Q
        y, back = pullback(lambda x, q=q: q(x).T @ q(x), x)
        close(back(RNG.normal(size=y.shape))[0], np.zeros((5, 3)))


def test_qr_without_a_derivative_says_so():
    with pytest.raises(TypeError, match=r"mode='raw'.*'reduced', 'complete' and 'r'"):
        gradient(lambda x: np.linalg.qr(x, mode="raw")[0].sum(), np.eye(2))
    with pytest.raises(TypeError, match="depend on each other linearly"):
        gradient(lambda x: np.linalg.qr(x).R.sum(), np.diag([0.0, 1.0]))


# --- Singular values -------------------------------------------------------------


@kinds
@shapes
@pytest.mark.parametrize("full", [False, True])
def test_factors_of_svd_multiplied(kind, shape, full):
    x, g = normal(shape, kind), normal(shape, kind)

    def product(x):
        u, s, vh = np.linalg.svd(x, full_matrices=full)
        k = s.shape[-1]
        return u[..., :k] * s[..., None, :] @ vh[..., :k, :]

    y, back = pullback(product, x)
    close(y, x)
    close(back(g)[0], g)


@kinds
def test_the_null_space_is_what_svd_completes_with(kind):
    """Its projector is I - A⁺A."""
    x, g = normal((2, 4), kind), normal((4, 4), kind)

    def by_svd(x):
        rest = np.linalg.svd(x).Vh[2:]
        return np.conj(rest.T) @ rest

    y, back = pullback(by_svd, x)
    z, expected = pullback(lambda x: np.eye(4) - np.linalg.pinv(x) @ x, x)
    close(y, z)
    close(back(g)[0], expected(g)[0])


def test_sum_of_squares_of_singular_values_is_that_of_the_numbers():
    x = RNG.normal(size=(2, 3, 4))
    for values in (np.linalg.svdvals, lambda x: np.linalg.svd(x, compute_uv=False)):
        (g,) = gradient(lambda x, f=values: np.sum(f(x) ** 2), x)
        close(g, 2 * x)


@pytest.mark.parametrize(
    "x", [np.eye(3), np.zeros((3, 3)), np.zeros((2, 3)), -np.eye(4)]
)
def test_equal_and_zero_singular_values_are_safe(x):
    """Not infinite, not NaN, and without a warning."""
    u, _, vh = np.linalg.svd(x)
    w, v = RNG.normal(size=u.shape), RNG.normal(size=vh.shape)

    def f(x):
        u, _, vh = np.linalg.svd(x)
        return np.sum(w * u) + np.sum(v * vh)

    np.testing.assert_array_equal(gradient(f, x)[0], np.zeros(x.shape))
    (g,) = gradient(lambda x: np.linalg.svd(x).S.sum(), x)
    close(g, x)  # which is orthogonal, or 0


def test_svd_of_hermitian_matrices_says_what_to_write():
    with pytest.raises(TypeError, match="Leave hermitian out"):
        gradient(lambda x: np.linalg.svd(x, hermitian=True).S.sum(), np.eye(2))
