"""Products against textbook formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from minigrad import gradient, pullback
from minigrad.autodiff.vjps.matrices import affine

RNG = np.random.default_rng(0)


def test_gradients_of_a_matrix_product():
    """Y = X W gives dX = dY Wᵀ and dW = Xᵀ dY."""
    x, w, g = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=(5, 2))
    to_x, to_w = pullback(np.matmul, x, w)[1](g)
    np.testing.assert_allclose(to_x, g @ w.T, rtol=1e-14)
    np.testing.assert_allclose(to_w, x.T @ g, rtol=1e-14)


def test_gradient_of_a_layer_weight_is_contiguous():
    x, weight = RNG.normal(size=(5, 3)), RNG.normal(size=(2, 3))
    (g,) = gradient(lambda w: (x @ w.T).sum(), weight)
    assert g.flags.c_contiguous
    np.testing.assert_allclose(g, np.ones((2, 5)) @ x, rtol=1e-14)


def test_quadratic_form_and_its_hessian():
    """The gradient of xᵀ A x is (A + Aᵀ) x; its Hessian A + Aᵀ."""
    a, x = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    f = lambda x: x @ a @ x
    np.testing.assert_allclose(gradient(f, x)[0], (a + a.T) @ x, rtol=1e-14)
    rows = [gradient(lambda x, i=i: gradient(f, x)[0][i], x)[0] for i in range(3)]
    np.testing.assert_allclose(rows, a + a.T, rtol=1e-14)


@given(
    mutually_broadcastable_shapes(signature="(n?,k),(k,m?)->(n?,m?)", max_side=3),
    st.integers(0, 99),
)
def test_any_matmul_against_a_sum_of_products(shapes, seed):
    """Compared with Einstein sums, taken batch by batch over stretched arrays."""
    rng = np.random.default_rng(seed)
    x, y = (rng.normal(size=shape) for shape in shapes.input_shapes)
    w = rng.normal(size=np.shape(x @ y))
    found = gradient(lambda x, y: np.sum((x @ y) * w), x, y)
    rows, columns = "n" * (x.ndim > 1), "m" * (y.ndim > 1)
    to_x = np.einsum(f"...{rows}{columns},...k{columns}->...{rows}k", w, y)
    to_y = np.einsum(f"...{rows}k,...{rows}{columns}->...k{columns}", x, w)
    for g, z, full in ((found[0], x, to_x), (found[1], y, to_y)):
        stretched = np.broadcast_shapes(full.shape, z.shape)
        full = np.broadcast_to(full, stretched)
        extra = tuple(range(full.ndim - z.ndim))
        ones = tuple(
            i + len(extra)
            for i, n in enumerate(z.shape)
            if full.shape[i + len(extra)] != n
        )
        expected = full.sum(axis=(*extra, *ones)).reshape(z.shape)
        np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-12)


def test_tensordot_against_einsum():
    x, y = RNG.normal(size=(2, 5, 3)), RNG.normal(size=(3, 4, 2))
    f = lambda x, y: np.tensordot(x, y, axes=([0, 2], [2, 0]))
    w = RNG.normal(size=(5, 4))
    to_x, to_y = pullback(f, x, y)[1](w)
    np.testing.assert_allclose(to_x, np.einsum("bd,cda->abc", w, y), rtol=1e-13)
    np.testing.assert_allclose(to_y, np.einsum("abc,bd->cda", x, w), rtol=1e-13)


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_affine_is_what_it_replaces(shape, dtype):
    """One entry or three: the same value, and the same derivatives to order 3."""
    rng = np.random.default_rng(0)
    x, weight, bias = (
        rng.normal(size=size).astype(dtype) for size in (shape, (4, 3), (4,))
    )
    plainly = lambda x, weight, bias: x @ weight.T + bias
    np.testing.assert_array_equal(affine(x, weight, bias), plainly(x, weight, bias))

    def slopes(f, order):
        """The derivative of a sum of powers, taken `order` times."""
        value = lambda *xs: (f(*xs) ** 3).sum()
        for _ in range(order):
            before = value
            value = lambda *xs, g=before: sum((d**2).sum() for d in gradient(g, *xs))
        return value(x, weight, bias)

    for order in (1, 2, 3):
        found, expected = slopes(affine, order), slopes(plainly, order)
        tolerance = 1e-10 if dtype == np.float64 else 1e-3
        np.testing.assert_allclose(found, expected, rtol=tolerance)


# --- Complex numbers ----------------------------------------------------------------


def test_gradients_of_a_complex_inner_product():
    """Re a*b is the inner product of real and imaginary parts: its slopes are b, a."""
    a, b = (RNG.normal(size=3) + 1j * RNG.normal(size=3) for _ in range(2))
    for product in (np.vdot, np.vecdot, np.linalg.vecdot):
        to_a, to_b = gradient(lambda a, b, f=product: f(a, b).real, a, b)
        np.testing.assert_allclose(to_a, b, rtol=1e-15)
        np.testing.assert_allclose(to_b, a, rtol=1e-15)


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="new in NumPy 2.2")
def test_products_of_vectors_and_matrices_are_einstein_sums():
    x, v = RNG.normal(size=(4, 2, 3)), RNG.normal(size=(4, 3)) + 1j
    w = RNG.normal(size=(4, 2))
    to_x, to_v = gradient(lambda x, v: np.sum(w * np.matvec(x, v).real), x, v)
    np.testing.assert_allclose(to_x, np.einsum("bi,bj->bij", w, v.real), rtol=1e-14)
    np.testing.assert_allclose(to_v, np.einsum("bi,bij->bj", w, x), rtol=1e-14)
    x = np.swapaxes(x, 1, 2)
    to_v, to_x = gradient(lambda v, x: np.sum(w * np.vecmat(v, x).imag), v, x)
    np.testing.assert_allclose(to_v, np.einsum("bi,bji->bj", -1j * w, x), rtol=1e-14)
    np.testing.assert_allclose(to_x, np.einsum("bi,bj->bji", w, -v.imag), rtol=1e-14)


# --- All pairs, cross products, sliding windows -------------------------------------


def test_gradient_of_a_kronecker_product_sums_over_blocks():
    a, b, w = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 5)), RNG.normal(size=(8, 15))
    to_a, to_b = gradient(lambda a, b: np.sum(w * np.kron(a, b)), a, b)
    blocks = w.reshape(2, 4, 3, 5)
    np.testing.assert_allclose(to_a, np.einsum("ikjl,kl->ij", blocks, b), rtol=1e-13)
    np.testing.assert_allclose(to_b, np.einsum("ikjl,ij->kl", blocks, a), rtol=1e-13)


def test_a_triple_product_is_the_same_in_turn():
    """c · (a x b) = a · (b x c) = b · (c x a)."""
    a, b, c = RNG.normal(size=(3, 3))
    to_a, to_b = gradient(lambda a, b: c @ np.cross(a, b), a, b)
    np.testing.assert_allclose(to_a, np.cross(b, c), rtol=1e-14)
    np.testing.assert_allclose(to_b, np.cross(c, a), rtol=1e-14)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors")
@pytest.mark.parametrize(("n", "m"), [(2, 2), (2, 3), (3, 2)])
def test_cross_products_of_plane_vectors(n, m):
    """They have a third component, 0."""
    a, b = RNG.normal(size=(4, n)), RNG.normal(size=(4, m))
    y, back = pullback(np.cross, a, b)
    np.testing.assert_array_equal(y, np.cross(a, b))
    w = RNG.normal(size=y.shape)
    space = np.zeros((4, 3))
    space[:, -w[0].size :] = w.reshape(4, -1)
    full_a, full_b = np.zeros((4, 3)), np.zeros((4, 3))
    full_a[:, :n], full_b[:, :m] = a, b
    to_a, to_b = back(w)
    np.testing.assert_allclose(to_a, np.cross(full_b, space)[:, :n], rtol=1e-14)
    np.testing.assert_allclose(to_b, np.cross(space, full_a)[:, :m], rtol=1e-14)


def test_cross_and_outer_products_of_what_they_do_not_take():
    x = np.ones((2, 4))
    with pytest.raises(ValueError, match="have 3 components"):
        gradient(lambda x: np.cross(x, x).sum(), x)
    with pytest.raises(ValueError, match="3-dimensional vectors"):
        gradient(lambda x: np.linalg.cross(x, x).sum(), x)
    with pytest.raises(ValueError, match="one-dimensional"):
        gradient(lambda x: np.linalg.outer(x, x).sum(), x)


def test_a_convolution_is_a_product_with_a_banded_matrix():
    x, v, w = RNG.normal(size=5), RNG.normal(size=3), RNG.normal(size=7)
    band = np.array([np.convolve(row, v) for row in np.eye(5)])
    (g,) = gradient(lambda x: w @ np.convolve(x, v), x)
    np.testing.assert_allclose(g, band @ w, rtol=1e-13)
    (g,) = gradient(lambda x: w[1:6] @ np.convolve(x, v, "same"), x)
    np.testing.assert_allclose(g, band[:, 1:6] @ w[1:6], rtol=1e-13)
    (g,) = gradient(lambda x: w[2:5] @ np.correlate(x, v[::-1]), x)
    np.testing.assert_allclose(g, band[:, 2:5] @ w[2:5], rtol=1e-13)


# --- Empty arrays ---------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (0,), (2, 0), (0, 4), (5,), (2, 3)])
@pytest.mark.parametrize(("features", "outputs"), [(3, 2), (0, 2), (3, 0), (0, 0)])
def test_affine_of_empty_batches_and_no_features(batch, features, outputs):
    """The sums over no samples are zero, and all shapes are kept."""
    shapes = (*batch, features), (outputs, features), (outputs,)
    x, weight, bias = (RNG.normal(size=shape) for shape in shapes)
    y, back = pullback(affine, x, weight, bias)
    assert y.shape == (*batch, outputs)
    g = RNG.normal(size=y.shape)
    to_x, to_weight, to_bias = back(g)
    np.testing.assert_allclose(to_x, np.einsum("...o,oi->...i", g, weight), rtol=1e-13)
    samples = [np.outer(g[i], x[i]) for i in np.ndindex(batch)]
    expected = np.sum([np.zeros(weight.shape), *samples], axis=0)
    np.testing.assert_allclose(to_weight, expected, rtol=1e-13, atol=1e-13)
    expected = g.sum(axis=tuple(range(len(batch))))
    np.testing.assert_allclose(to_bias, expected, rtol=1e-13, atol=1e-13)
    assert (to_x.shape, to_weight.shape) == (x.shape, weight.shape)


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (np.inner, [(0,), (0,)]),
        (np.inner, [(2, 0), (3, 0)]),
        (np.inner, [(0, 3), (2, 3)]),
        (np.inner, [(2, 0, 3), (3,)]),
        (np.dot, [(0,), (0,)]),
        (np.dot, [(2, 0), (0, 3)]),
        (np.dot, [(0, 2), (4, 2, 3)]),
        (np.vdot, [(0, 2), (0, 2)]),
        (np.outer, [(0,), (3,)]),
        (np.outer, [(3,), (0,)]),
        (np.matmul, [(2, 0), (0, 3)]),
        (np.matmul, [(0, 3), (3,)]),
        (np.matmul, [(0, 2, 3), (3, 1)]),
        (lambda x, y: np.tensordot(x, y, axes=1), [(2, 0), (0, 3)]),
        (lambda x, y: np.tensordot(x, y, axes=1), [(0, 4), (4, 0)]),
        (lambda x, y: np.tensordot(x, y, axes=2), [(2, 0, 3), (0, 3, 2)]),
        (lambda x, y: np.tensordot(x, y, axes=0), [(0,), (3,)]),
        (lambda x, y: np.tensordot(x, y, axes=([0, 2], [1, 0])), [(2, 5, 0), (0, 2)]),
    ],
)
def test_products_of_empty_arrays(f, shapes):
    x, y = (RNG.normal(size=shape) for shape in shapes)
    ans, back = pullback(f, x, y)
    expected = f(x, y)
    assert np.shape(ans) == np.shape(expected)
    np.testing.assert_array_equal(ans, expected)
    for g, z in zip(back(np.ones(np.shape(ans))), (x, y), strict=True):
        np.testing.assert_array_equal(g, np.zeros(z.shape), strict=True)
