"""Fourier transforms against the sums that define them, and theorems about them."""

import numpy as np
import pytest

from minigrad import gradient, pullback

RNG = np.random.default_rng(0)
FACTORS = {
    "backward": lambda n: 1,
    "ortho": lambda n: n**-0.5,
    "forward": lambda n: 1 / n,
}


def random(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def waves(n, sign=-1):
    """The matrix of `exp(-2πi jk / n)`."""
    return np.exp(sign * 2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("norm", FACTORS)
def test_gradient_is_the_adjoint_of_the_sum(n, norm):
    """Of `y = M z` it is `Mᴴ w`; for real `z`, the real part of that."""
    w, z, factor = random(n), random(n), FACTORS[norm](n)
    for f, matrix in (
        (np.fft.fft, waves(n) * factor),
        (np.fft.ifft, waves(n, +1) / n / factor),
    ):
        call = lambda z, f=f: f(z, norm=norm)
        y, back = pullback(call, z)
        np.testing.assert_allclose(y, matrix @ z, atol=1e-13)
        np.testing.assert_allclose(back(w)[0], matrix.conj().T @ w, atol=1e-13)
        (g,) = pullback(call, z.real)[1](w)
        np.testing.assert_allclose(g, np.real(matrix.conj().T @ w), atol=1e-13)
    half = waves(n)[: n // 2 + 1] * factor
    (g,) = pullback(lambda x: np.fft.rfft(x, norm=norm), z.real)[1](w[: len(half)])
    np.testing.assert_allclose(g, np.real(half.conj().T @ w[: len(half)]), atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("f", [np.fft.irfft, np.fft.hfft])
def test_each_middle_frequency_counts_twice(f, n):
    """The real results as sums of cosines and sines, written out."""
    size = n // 2 + 1
    z, w = random(size), RNG.normal(size=n)
    angles = 2 * np.pi * np.outer(np.arange(n), np.arange(size)) / n
    times = np.array([1 if k == 0 or 2 * k == n else 2 for k in range(size)])
    sign, scale = (-1, 1) if f is np.fft.hfft else (1, 1 / n)
    cosines, sines = (times * wave(angles) * scale for wave in (np.cos, np.sin))
    y, back = pullback(lambda z: f(z, n), z)
    np.testing.assert_allclose(y, cosines @ z.real - sign * sines @ z.imag, atol=1e-13)
    (g,) = back(w)
    np.testing.assert_allclose(g.real, w @ cosines, atol=1e-13)
    np.testing.assert_allclose(g.imag, -sign * w @ sines, atol=1e-13)


def test_what_is_ignored_gets_nothing():
    """The imaginary parts of the lowest and highest frequency, and what is cut off."""
    (g,) = gradient(lambda z: (np.fft.irfft(z, 4) ** 2).sum(), random(5))
    np.testing.assert_array_equal(g.imag[[0, 2]], [0, 0])
    np.testing.assert_array_equal(g[3:], [0, 0])
    (g,) = gradient(lambda z: np.sum(np.abs(np.fft.fft(z, 3)) ** 2), random(5))
    np.testing.assert_array_equal(g[3:], [0, 0])
    assert (np.abs(g[:3]) > 0.1).all()


@pytest.mark.parametrize(("n", "norm"), [(6, "backward"), (9, "ortho"), (6, "forward")])
def test_theorem_of_parseval(n, norm):
    """The energy of a spectrum is that of the signal, so its gradient is 2 z."""
    z, scale = random(6), n * FACTORS[norm](n) ** 2
    energy = lambda z: np.sum(np.abs(np.fft.fft(z, n, norm=norm)) ** 2)
    np.testing.assert_allclose(gradient(energy, z)[0], 2 * scale * z, rtol=1e-13)
    np.testing.assert_allclose(gradient(energy, z.real)[0], 2 * scale * z.real)


def test_a_product_of_spectra_is_a_convolution():
    x, kernel, w = RNG.normal(size=8), RNG.normal(size=3), RNG.normal(size=8)

    def around(x, kernel):
        spectra = np.fft.rfft(x) * np.fft.rfft(kernel, 8)
        return np.fft.irfft(spectra, 8)

    def written_out(x, kernel):
        return sum(kernel[i] * np.roll(x, i) for i in range(3))

    np.testing.assert_allclose(around(x, kernel), written_out(x, kernel), rtol=1e-12)
    for found, expected in zip(
        pullback(around, x, kernel)[1](w),
        pullback(written_out, x, kernel)[1](w),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_derivative_of_a_spectral_derivative():
    """exp(ikx)' = ik exp(ikx): the Hessian of ∫ u'² / 2 is minus the Laplacian."""
    n = 16
    x = np.arange(n) * 2 * np.pi / n
    frequencies = np.fft.rfftfreq(n, 1 / n)

    def energy(u):
        slope = np.fft.irfft(1j * frequencies * np.fft.rfft(u), n)
        return np.sum(slope**2) / 2

    u = np.sin(3 * x) + np.cos(2 * x)
    expected = 9 * np.sin(3 * x) + 4 * np.cos(2 * x)
    np.testing.assert_allclose(gradient(energy, u)[0], expected, atol=1e-12)
    along = lambda v: np.sum(gradient(energy, v)[0] * u)
    np.testing.assert_allclose(gradient(along, u)[0], expected, atol=1e-12)


def test_single_precision_stays_single():
    z = random(5).astype(np.complex64)
    y, back = pullback(np.fft.fft, z)
    assert (y.dtype, back(y)[0].dtype) == (np.complex64, np.complex64)
    (g,) = gradient(lambda x: np.abs(np.fft.rfft(x)).sum(), z.real)
    assert g.dtype == np.float32


def test_spacing_of_frequencies_can_be_learned():
    """fftfreq is made of operations: k / (n d) has slope -k / (n d**2)."""
    for f in (np.fft.fftfreq, np.fft.rfftfreq):
        y, back = pullback(lambda d, f=f: f(5, d), 0.5)
        np.testing.assert_allclose(y, f(5, 0.5), rtol=1e-15)
        np.testing.assert_allclose(back(y)[0], -np.sum(y**2) / 0.5, rtol=1e-14)


@pytest.mark.parametrize("f", [np.fft.fft, np.fft.hfft, np.fft.irfftn])
def test_bad_calls_are_numpys_to_refuse(f):
    with pytest.raises(ValueError, match="Invalid norm value"):
        gradient(lambda z: f(z, norm="none"), random(4))
    with pytest.raises(TypeError, match="changes has no gradient"):
        gradient(lambda z: f(z, out=np.zeros(4)), random(4))
