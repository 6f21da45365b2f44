"""Complex gradients against PyTorch's numbers, Zygote's examples, and mathematics.

The gradient of a real L towards z = x + iy is dL/dx + i dL/dy. Where L is the real
part of a function with a complex derivative f', that is the conjugate of f'.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import gradient, pullback

from .test_every_vjp import assert_slopes

# --- PyTorch --------------------------------------------------------------------------


def iterated(c):
    z = 0 * c
    for _ in range(4):
        z = z * z / 2 + c
    return np.abs(z).sum()


def shifted(x, distance):
    phase = np.exp(-2j * np.pi * np.fft.fftfreq(5) * distance)
    return (np.fft.ifft(np.fft.fft(x) * phase).real ** 3).sum()


def attention(q, k):
    scores = np.abs(q @ np.conj(k).T)
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.imag(weights @ k).sum()


PROGRAMS = {  # as in data/make_complex.py
    "squared sizes": lambda z: (np.abs(z) ** 2).sum(),
    "sizes": lambda z, x: (x * np.abs(z)).sum(),
    "angles": lambda z, x: (x * np.angle(z)).sum(),
    "conjugates": lambda z, u: np.imag(z.conj() * u * u).sum(),
    "parts": lambda z: (z.real**2 * z.imag).sum(),
    "a polynomial": lambda z, x: np.real((1 + 2j) * z**3 - x * z).sum(),
    "exp and log": lambda z, u: np.real(np.exp(z) * np.log(u)).sum(),
    "complex powers": lambda z, u: np.imag(z**u).sum(),
    "real powers": lambda z, x: np.real(z**x).sum(),
    "sines and cosines": lambda z, u: np.imag(np.sin(z) * np.cos(u) + np.tan(z)).sum(),
    "hyperbolic": lambda z, u: np.real(np.sinh(z) * np.cosh(u) + np.tanh(z)).sum(),
    "roots": lambda z, x: np.log(np.abs(np.sqrt(z) * np.sqrt(x))).sum(),
    "quotients": lambda z, u, x: np.real(z / u + x / z).sum(),
    "phases": lambda x, z: np.abs((np.exp(1j * x) * z).sum()),
    "a mean": lambda z, x: np.abs(z.mean() * x).sum(),
    "a product": lambda z: np.real(np.prod(z)),
    "real times complex": lambda a, v: np.abs(a @ v).sum(),
    "matrix products": lambda m, n: (np.abs(m @ n) ** 2).sum(),
    "a quadratic form": lambda v, m: np.real(np.conj(v) @ m @ v),
    "einsum": lambda m, a, v: np.imag(np.einsum("ij,kj,k->i", m, a, v)).sum(),
    "solve": lambda m, v: (np.abs(np.linalg.solve(m, v)) ** 2).sum(),
    "solve, a real matrix": lambda a, v: np.abs(np.linalg.solve(a, v)).sum(),
    "an inverse": lambda m, u: np.imag(u @ np.linalg.inv(m)).sum(),
    "a determinant": lambda m: np.abs(np.linalg.det(m)),
    "a norm": lambda z, x: np.linalg.norm(z) + np.linalg.norm(x * z),
    "a norm of order 3": lambda z: np.linalg.norm(z, 3),
    "fft": lambda x, z: np.real(np.fft.fft(x) * z).sum(),
    "a power spectrum": lambda x: (np.abs(np.fft.rfft(x, 7)) ** 4).sum(),
    "a filter": lambda x, z: (np.abs(np.fft.ifft(np.fft.fft(x) * z)) ** 2).sum(),
    "irfft": lambda z: (np.fft.irfft(z, 5) ** 3).sum(),
    "hfft": lambda z, x: (np.fft.hfft(z, 4, norm="ortho") * x).sum(),
    "fft2": lambda m, a: np.abs(np.fft.fft2(m, norm="ortho") * a).sum(),
    "a shift": shifted,
    "iterations": iterated,
    "attention": attention,
}
PATH = Path(__file__).parents[1] / "data" / "complex.json"
STORED = json.loads(PATH.read_text())


def test_every_program_is_stored():
    assert STORED.keys() == PROGRAMS.keys()


def read(x):
    """An array from lists: complex ones have two parts."""
    if isinstance(x, dict):
        return np.asarray(x["real"]) + 1j * np.asarray(x["imag"])
    return np.asarray(x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_against_pytorch(name):
    args, value, expected = STORED[name].values()
    args = [read(x) for x in args]
    y, back = pullback(PROGRAMS[name], *args)
    assert y == pytest.approx(value, rel=1e-13)
    for x, g, e in zip(args, back(1.0), map(read, expected), strict=True):
        assert (g.shape, g.dtype) == (x.shape, x.dtype)
        np.testing.assert_allclose(g, e, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_derivatives_of_the_same_programs(name):
    args = [read(x) for x in STORED[name]["args"]]
    assert_slopes(PROGRAMS[name], args, 2, np.random.default_rng(0))


# --- Zygote ---------------------------------------------------------------------------

# The examples of Zygote's page on complex differentiation.


def test_zygote_gradient_of_a_real_function():
    assert gradient(lambda c: np.abs(c) ** 2, 1 + 2j)[0] == pytest.approx(2 + 4j)
    assert gradient(lambda x: np.real(np.log(x)), 1 + 1j)[0] == pytest.approx(
        0.5 + 0.5j
    )


def derivatives(f, z):
    """f' as found from its real part, and as found from its imaginary part."""
    (by_real,) = gradient(lambda z: np.real(f(z)), z)
    (by_imag,) = gradient(lambda z: np.imag(f(z)), z)
    assert type(by_real) is type(by_imag) is complex
    return by_real.conjugate(), (-1j * by_imag).conjugate()


def test_zygote_the_two_agree_on_a_holomorphic_function_only():
    holomorphic, other = np.log, lambda z: np.log(np.conj(z))
    same, opposite = (0.2 - 0.4j, 0.2 - 0.4j), (0.2 - 0.4j, -0.2 + 0.4j)
    assert derivatives(holomorphic, 1 + 2j) == pytest.approx(same)
    assert derivatives(other, 1 + 2j) == pytest.approx(opposite)


def wirtinger(f, z):
    """The derivatives towards z and its conjugate, from two calls of `back`."""
    _, back = pullback(f, z)
    (du,), (dv,) = back(1), back(1j)
    return (np.conj(du) + 1j * np.conj(dv)) / 2, (du + 1j * dv) / 2


def test_zygote_wirtinger_derivatives():
    polynomial = lambda z: 3 * z**2 + 2 * z + 1
    assert wirtinger(polynomial, 1 + 2j) == pytest.approx((8 + 12j, 0))
    size = lambda z: z * np.conj(z)
    assert wirtinger(size, 1 + 2j) == pytest.approx((1 - 2j, 1 + 2j))


# --- Mathematics ----------------------------------------------------------------------

HOLOMORPHIC = {
    np.exp: np.exp,
    np.log: lambda z: 1 / z,
    np.sin: np.cos,
    np.cos: lambda z: -np.sin(z),
    np.tan: lambda z: 1 / np.cos(z) ** 2,
    np.sinh: np.cosh,
    np.cosh: np.sinh,
    np.tanh: lambda z: 1 / np.cosh(z) ** 2,
    np.arctan: lambda z: 1 / (1 + z**2),
    np.arcsin: lambda z: 1 / np.sqrt(1 - z**2),
    np.sqrt: lambda z: 1 / (2 * np.sqrt(z)),
    np.square: lambda z: 2 * z,
    np.reciprocal: lambda z: -1 / z**2,
    np.log1p: lambda z: 1 / (1 + z),
}


@pytest.mark.parametrize("f", HOLOMORPHIC, ids=lambda f: f.__name__)
@pytest.mark.parametrize("z", [0.3 + 0.4j, -0.7 + 0.2j, 0.5 - 1.1j])
def test_gradient_of_the_real_part_is_the_conjugate_derivative(f, z):
    slope = HOLOMORPHIC[f](z)
    (g,) = gradient(lambda z: np.real(f(z)), z)
    assert g == pytest.approx(np.conj(slope), rel=1e-13)
    (g,) = gradient(lambda z: np.imag(f(z)), z)  # Cauchy and Riemann's equations
    assert g == pytest.approx(1j * np.conj(slope), rel=1e-13)


def test_complex_numbers_are_two_real_ones():
    """The same program on pairs of real numbers, without any complex one."""

    def complex_program(z, u):
        return np.real(np.exp(z * u) / (z + 2))

    def real_program(a, b, c, d):
        size, angle = np.exp(a * c - b * d), a * d + b * c
        real, imag = size * np.cos(angle), size * np.sin(angle)
        return (real * (a + 2) + imag * b) / ((a + 2) ** 2 + b**2)

    to_z, to_u = gradient(complex_program, 0.3 + 0.4j, -1.2 + 0.5j)
    a, b, c, d = gradient(real_program, 0.3, 0.4, -1.2, 0.5)
    assert (to_z, to_u) == pytest.approx((a + 1j * b, c + 1j * d), rel=1e-14)


def test_a_real_argument_gets_a_real_gradient():
    """It cannot move along the imaginary axis, whatever meets it on the way."""
    x, z = np.array([1.0, 2.0]), np.array([1 + 1j, 2 - 1j])
    to_x, to_z = gradient(lambda x, z: np.abs((x * z).sum()), x, z)
    assert (to_x.dtype, to_z.dtype) == (float, complex)
    (g,) = gradient(lambda t: np.imag(np.exp(1j * t)), 0.3)
    assert type(g) is float
    assert g == pytest.approx(np.cos(0.3))


def test_steepest_descent_finds_a_complex_minimum():
    """The reason for the convention: z - rate * gradient goes down."""
    goal, z = np.array([1 - 2j, 0.5j]), np.zeros(2, complex)
    loss = lambda z: (np.abs(z - goal) ** 2).sum()
    for _ in range(60):
        z = z - 0.2 * gradient(loss, z)[0]
    np.testing.assert_allclose(z, goal, rtol=1e-12)


def test_at_zero_the_size_is_flat_and_no_number_is_lost():
    z = np.array([0j, 3 + 4j])
    for f in (np.abs, lambda z: np.sqrt(np.real(z * np.conj(z)))):
        (g,) = gradient(lambda z, f=f: f(z).sum(), z)
        np.testing.assert_allclose(g, [0, 0.6 + 0.8j], rtol=1e-15)


@pytest.mark.parametrize("z", [-1 + 0.5j, -1 - 0.5j, -0.0 + 2j, 2 + 1j])
def test_arccosh_on_both_sides(z):
    """Its slope is 1 / (√(z-1) √(z+1)), and not 1 / √(z² - 1), left of the axis."""
    h = 1e-6
    numeric = (np.arccosh(z + h) - np.arccosh(z - h)) / (2 * h)
    (found,) = gradient(lambda z: np.real(np.arccosh(z)), z)
    np.testing.assert_allclose(np.conj(found), numeric, rtol=1e-8)
