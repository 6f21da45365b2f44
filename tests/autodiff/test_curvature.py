"""Hessians against closed forms and each other; forward mode against jacobians."""

import numpy as np
import pytest

from minigrad import Chain, Dense, gradient, mse, tanh
from minigrad.autodiff import (
    diaghessian,
    hessian,
    hvp,
    jacobian,
    pullback,
    pushforward,
    withjacobian,
)
from minigrad.errors import NoGradientError, ShapeError

X = np.array([0.5, -1.5, 2.0])
A = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0], [2.0, 0.25, -1.0]])


def quadratic(x):
    return x @ A @ x / 2


def test_hessian_of_a_quadratic_form():
    found = hessian(quadratic, X)
    np.testing.assert_allclose(found, (A + A.T) / 2, rtol=1e-15)


def test_hessian_of_a_matrix_has_four_axes():
    """d²(tr XᵀX X₀₀)/dX² by hand, for 2 × 2."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = hessian(lambda x: np.sum(x**2) * x[0, 0], x)
    expected = np.zeros((2, 2, 2, 2))
    for i in np.ndindex(2, 2):
        expected[i + i] = 2 * x[0, 0]
        expected[(*i, 0, 0)] += 2 * x[i]
        expected[(0, 0, *i)] += 2 * x[i]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_hessian_of_a_number():
    assert hessian(lambda x: x**3, 2.0) == 12.0
    assert hessian(lambda x: x**3, 2) == 12.0
    assert diaghessian(lambda x, y: x**3 * y**2, 2.0, 3.0) == (108.0, 16.0)


@pytest.mark.parametrize("f", [lambda x: 3 * x.sum(), lambda x: 1.0])
def test_without_curvature_it_is_zero(f):
    np.testing.assert_array_equal(hessian(f, X), np.zeros((3, 3)))
    np.testing.assert_array_equal(hvp(f, X, X), np.zeros(3))
    np.testing.assert_array_equal(diaghessian(f, X)[0], np.zeros(3))
    assert hvp(lambda x: 1.0, 2.0, 1.0) == 0.0


def test_parts_agree_with_the_whole():
    f = lambda x: np.sum(np.tanh(A @ x) ** 2) * np.exp(x[0] / 3)
    whole = hessian(f, X)
    np.testing.assert_allclose(whole, whole.T, rtol=1e-13)
    np.testing.assert_allclose(diaghessian(f, X)[0], np.diag(whole), rtol=1e-13)
    for v in np.eye(3):
        np.testing.assert_allclose(hvp(f, X, v), whole @ v, rtol=1e-13)
    slope = (jacobian(lambda x: gradient(f, x)[0], X))[0]
    np.testing.assert_allclose(whole, slope, rtol=1e-13)
    h = 1e-5
    differences = [
        (gradient(f, X + h * e)[0] - gradient(f, X - h * e)[0]) / (2 * h)
        for e in np.eye(3)
    ]
    np.testing.assert_allclose(whole, differences, rtol=1e-7, atol=1e-9)


def test_shapes_and_dtypes():
    x = np.ones((2, 3), np.float32)
    f = lambda x: (x**3).sum()
    assert hessian(f, x).shape == (2, 3, 2, 3) and hessian(f, x).dtype == np.float32
    assert hvp(f, x, x).dtype == diaghessian(f, x)[0].dtype == np.float32
    empty = np.zeros((0, 2))
    assert hessian(f, empty).shape == (0, 2, 0, 2)
    assert diaghessian(f, empty)[0].shape == (0, 2)
    assert diaghessian(f, np.array(2.0))[0].shape == ()


def test_hvp_of_a_model():
    rng = np.random.default_rng(0)
    model = Chain(Dense(2, 3, tanh), Dense(3, 1))
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
    model = [(layer.weight.astype(float), layer.bias + 0.1) for layer in model.layers]

    def loss(model):
        (w, b), (v, c) = model
        return mse(np.tanh(x @ w.T + b) @ v.T + c, y)

    v = [tuple(rng.normal(size=p.shape) for p in layer) for layer in model]
    shift = lambda t: [
        tuple(p + t * d for p, d in zip(*pair, strict=True))
        for pair in zip(model, v, strict=True)
    ]
    h = 1e-5
    right, left = gradient(loss, shift(h))[0], gradient(loss, shift(-h))[0]
    for found, a, b in zip(hvp(loss, model, v), right, left, strict=True):
        for one, p, q in zip(found, a, b, strict=True):
            np.testing.assert_allclose(one, (p - q) / (2 * h), rtol=1e-6, atol=1e-8)


def test_derivatives_of_hessians():
    cube = lambda z: hessian(lambda x: np.sum(z * x**3), X).sum()
    assert gradient(cube, 2.0)[0] == pytest.approx(6 * X.sum(), rel=1e-14)
    product = lambda x: hvp(lambda y: np.sum(y**4), x, X).sum()
    np.testing.assert_allclose(gradient(product, X)[0], 24 * X * X, rtol=1e-14)


# --- Forward mode ------------------------------------------------------------------


def test_push_is_the_jacobian_times_the_direction():
    f = lambda x, y: np.tanh(A @ x) * y
    y, push = pushforward(f, X, 2.0)
    np.testing.assert_array_equal(y, f(X, 2.0))
    towards_x, towards_y = jacobian(f, X, 2.0)
    u = np.array([1.0, 0.5, -2.0])
    np.testing.assert_allclose(push(u, 3.0), towards_x @ u + 3 * towards_y, rtol=1e-13)
    np.testing.assert_allclose(push(None, 1.0), towards_y, rtol=1e-13)
    np.testing.assert_allclose(push(u, None), push(u, 0.0), rtol=1e-15)


def test_forward_and_backward_are_adjoint():
    """<v, J u> = <Jᵀ v, u>."""
    f = lambda x: np.cumsum(np.sin(x) * x[::-1]) / (1 + x @ x)
    rng = np.random.default_rng(1)
    for _ in range(5):
        x, u, v = rng.normal(size=(3, 6))
        forward = v @ pushforward(f, x)[1](u)
        assert forward == pytest.approx(pullback(f, x)[1](v)[0] @ u, rel=1e-12)


def test_push_of_numbers_constants_and_complex_ones():
    assert pushforward(lambda x: x**3, 2.0)[1](0.5) == pytest.approx(6.0)
    assert pushforward(lambda x: 5.0, 1.0)[1](1.0) == 0.0
    _, push = pushforward(np.exp, 1j)
    assert push(2.0 + 1j) == pytest.approx(np.exp(1j) * (2 + 1j), rel=1e-15)


def test_push_of_models():
    model = {"w": X, "b": (2.0, "name")}
    _, push = pushforward(lambda m: (m["w"] * m["b"][0]).sum(), model)
    assert push({"w": X, "b": (1.0, None)}) == pytest.approx(3 * X.sum())


def test_derivative_of_a_pushforward():
    f = lambda z: pushforward(lambda x: np.sin(x * z), 1.0)[1](1.0)
    expected = np.cos(2.0) - 2 * np.sin(2.0)
    assert gradient(f, 2.0)[0] == pytest.approx(expected, rel=1e-14)


# --- The value as well -------------------------------------------------------------


def test_withjacobian():
    (y, (j,)) = withjacobian(lambda x: A @ x, X)
    np.testing.assert_array_equal(y, A @ X)
    np.testing.assert_array_equal(j, A)


# --- What is refused ---------------------------------------------------------------

PUSH = pushforward(lambda x, y: x * y, X, 2.0)[1]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: hessian(quadratic, {"a": X}), NoGradientError, "a dict.*destructure"),
        (lambda: hessian(quadratic, X * 1j), NoGradientError, "hessian needs a real"),
        (lambda: diaghessian(np.sum, [X]), NoGradientError, "diaghessian needs a real"),
        (lambda: hessian(lambda x: x, X), ShapeError, "array of shape"),
        (
            lambda: hvp(quadratic, X, X[:2]),
            ShapeError,
            r"\(3,\).*direction shape \(2,\)",
        ),
        (lambda: PUSH(X), TypeError, "each of the 2 arguments.*given 1"),
        (lambda: PUSH(X[:1], 1.0), ShapeError, r"args\[0\] has shape \(3,\)"),
        (lambda: pushforward(lambda x: (x, x), X), NoGradientError, "a tuple"),
    ],
)
def test_what_is_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


@pytest.mark.parametrize(
    ("v", "error", "match"),
    [
        (
            {"w": np.ones(3)},
            ShapeError,
            r"hvp\(f, x, v\): x\.w has shape \(2,\).*\(3,\)",
        ),
        ({"u": np.ones(2)}, ShapeError, r"x is a dict with \['w'\].*\['u'\]"),
        (np.ones(2), ShapeError, "no parts"),
        (
            {"w": np.ones(2) * 1j},
            TypeError,
            r"x\.w is real, and its direction is complex",
        ),
    ],
)
def test_directions_that_do_not_fit(v, error, match):
    f = lambda m: (m["w"] ** 3).sum()
    with pytest.raises(error, match=match):
        hvp(f, {"w": np.ones(2)}, v)
    assert hvp(f, {"w": np.ones(2)}, {"w": None}) is None
