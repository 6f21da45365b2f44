"""Write complex.json: values and gradients of complex programs, by PyTorch.

    python make_complex.py        (needs torch; minigrad is not used)

PyTorch's `z.grad` of a real loss L is `dL/dx + i dL/dy`, as here. The same programs for
NumPy are in `test_complex.py`. Last written with torch 2.13.0.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import einsum, fft, linalg


def main():
    """Run every program and write all beside this file."""
    found = {name: run(*program) for name, program in PROGRAMS.items()}
    path = Path(__file__).with_name("complex.json")
    path.write_text(json.dumps(found) + "\n")


def run(f, *shapes):
    """The arguments, the value and the gradients of one program."""
    rng = np.random.default_rng(4)
    args = [torch.tensor(draw(rng, *shape), requires_grad=True) for shape in shapes]
    value = f(*args)
    value.backward()
    return {
        "args": [written(x) for x in args],
        "value": value.item(),
        "gradients": [written(x.grad) for x in args],
    }


def draw(rng, kind, *shape):
    """Numbers of a size between 0.5 and 1.5: of any angle, or real and positive."""
    size = rng.uniform(0.5, 1.5, shape)
    return size * np.exp(1j * rng.uniform(-3, 3, shape)) if kind == "complex" else size


def written(x):
    """The numbers of `x` as lists: of complex ones, both parts by name."""
    x = x.detach().resolve_conj().numpy()
    if np.iscomplexobj(x):
        return {"real": x.real.tolist(), "imag": x.imag.tolist()}
    return x.tolist()


def iterated(c):
    """The sizes after four steps to the set of Mandelbrot."""
    z = 0 * c
    for _ in range(4):
        z = z * z / 2 + c
    return z.abs().sum()


def shifted(x, distance):
    """A signal moved by a fraction of a step, in its spectrum."""
    phase = torch.exp(-2j * torch.pi * fft.fftfreq(5, dtype=torch.float64) * distance)
    return (fft.ifft(fft.fft(x) * phase).real ** 3).sum()


def attention(q, k):
    """Weights from the sizes of complex products."""
    scores = (q @ k.conj().T).abs()
    weights = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    return ((weights + 0j) @ k).imag.sum()


Z, X, M, A = ("complex", 4), ("real", 4), ("complex", 3, 3), ("real", 3, 3)
V, U = ("complex", 3), ("real", 3)
PROGRAMS = {
    "squared sizes": (lambda z: (z.abs() ** 2).sum(), Z),
    "sizes": (lambda z, x: (x * z.abs()).sum(), Z, X),
    "angles": (lambda z, x: (x * z.angle()).sum(), Z, X),
    "conjugates": (lambda z, u: (z.conj() * u * u).imag.sum(), Z, Z),
    "parts": (lambda z: (z.real**2 * z.imag).sum(), Z),
    "a polynomial": (lambda z, x: ((1 + 2j) * z**3 - x * z).real.sum(), Z, X),
    "exp and log": (lambda z, u: (z.exp() * u.log()).real.sum(), Z, Z),
    "complex powers": (lambda z, u: (z**u).imag.sum(), Z, Z),
    "real powers": (lambda z, x: (z**x).real.sum(), Z, X),
    "sines and cosines": (lambda z, u: (z.sin() * u.cos() + z.tan()).imag.sum(), Z, Z),
    "hyperbolic": (lambda z, u: (z.sinh() * u.cosh() + z.tanh()).real.sum(), Z, Z),
    "roots": (lambda z, x: (z.sqrt() * x.sqrt()).abs().log().sum(), Z, X),
    "quotients": (lambda z, u, x: (z / u + x / z).real.sum(), Z, Z, X),
    "phases": (lambda x, z: (torch.exp(1j * x) * z).sum().abs(), X, Z),
    "a mean": (lambda z, x: (z.mean() * x).abs().sum(), Z, X),
    "a product": (lambda z: z.prod().real, Z),
    "real times complex": (lambda a, v: ((a + 0j) @ v).abs().sum(), A, V),
    "matrix products": (lambda m, n: ((m @ n).abs() ** 2).sum(), M, M),
    "a quadratic form": (lambda v, m: (v.conj() @ m @ v).real, V, M),
    "einsum": (lambda m, a, v: einsum("ij,kj,k->i", m, a + 0j, v).imag.sum(), M, A, V),
    "solve": (lambda m, v: (linalg.solve(m, v).abs() ** 2).sum(), M, V),
    "solve, a real matrix": (lambda a, v: linalg.solve(a + 0j, v).abs().sum(), A, V),
    "an inverse": (lambda m, u: (u @ linalg.inv(m)).imag.sum(), M, V),
    "a determinant": (lambda m: linalg.det(m).abs(), M),
    "a norm": (lambda z, x: linalg.vector_norm(z) + linalg.vector_norm(x * z), Z, X),
    "a norm of order 3": (lambda z: linalg.vector_norm(z, 3), Z),
    "fft": (lambda x, z: (fft.fft(x) * z).real.sum(), X, Z),
    "a power spectrum": (lambda x: (fft.rfft(x, 7).abs() ** 4).sum(), X),
    "a filter": (lambda x, z: (fft.ifft(fft.fft(x) * z).abs() ** 2).sum(), X, Z),
    "irfft": (lambda z: (fft.irfft(z, 5) ** 3).sum(), Z),
    "hfft": (lambda z, x: (fft.hfft(z, 4, norm="ortho") * x).sum(), Z, X),
    "fft2": (lambda m, a: (fft.fft2(m, norm="ortho") * a).abs().sum(), M, A),
    "a shift": (shifted, ("real", 5), ("real",)),
    "iterations": (iterated, Z),
    "attention": (attention, M, M),
}


if __name__ == "__main__":
    main()
