"""The table of what a random program may do: expressions with places to fill in.

`{0}` and `{1}` are earlier values, other places constants, drawn to suit `{0}`. Each
expression is bounded for bounded values, so that programs of hundreds of steps stay
well-behaved; one that does not fit the shapes at hand is simply not taken.
"""

import numpy as np

SMOOTH = (
    # One argument, number by number
    "+{0}",
    "-{0}",
    "abs({0} + 3) / 3",
    "{0} ** 2",
    "{0} ** 3",
    "{number} - {0}",
    "{0} * {number}",
    "{0} / {positive}",
    "{positive} / (2 + {0} ** 2)",
    "(1.5 + np.tanh({0})) ** {number}",
    "(1.5 + np.tanh({0})) ** 0.5",
    "{positive} ** np.tanh({0})",
    "np.arccos(np.tanh({0}) / 2)",
    "np.arccosh(2.5 + np.sin({0}))",
    "np.arcsin(np.tanh({0}) / 2)",
    "np.arcsinh({0})",
    "np.arctan({0})",
    "np.arctanh(np.tanh({0}) / 2)",
    "np.cbrt(2 + np.sin({0}))",
    "np.cos({0} + {number})",
    "np.cosh(np.tanh({0}))",
    "np.exp(-({0} ** 2))",
    "np.exp2(np.tanh({0}))",
    "np.expm1(np.sin({0}))",
    "np.full_like({0}, {number}) * {0}",
    "np.log(1.5 + np.sin({0}))",
    "np.log10(3 + {0} ** 2)",
    "np.log1p({0} ** 2)",
    "np.log2(1 + {0} ** 2)",
    "np.reciprocal(2 + np.sin({0}))",
    "np.sin({0})",
    "np.sinh(np.tanh({0}))",
    "np.sqrt(1 + {0} ** 2)",
    "np.square({0})",
    "np.tan(np.tanh({0}))",
    "np.tanh({0})",
    "np.tanh({0} / {0}.size)",
    # Two arguments, broadcast
    "({0} + {1}) / 2",
    "{0} - {1}",
    "{0} * {1}",
    "{0} * {1} * {0}",
    "{0} / (1 + {1} ** 2)",
    "(1.5 + np.sin({0})) ** {1}",
    "np.arctan2({0}, 2.5 + np.sin({1}))",
    "np.float_power(1.5 + np.sin({0}), {1})",
    "np.hypot(1 + {0} ** 2, {1}) / 2",
    "np.logaddexp({0}, {1})",
    "np.where({mask}, {0}, {1})",
    # Sums, products, spreads
    "np.sum({0}, axis={axis}, keepdims={flag}) / 2",
    "np.sum({0}) / 4",
    "np.mean({0}, axis={axes}, keepdims={flag})",
    "np.mean({0}, axis={axis})",
    "{0}.mean()",
    "{0}.sum(axis={axis}) / 2",
    "np.prod(1 + {0} / 3, axis={axis}, keepdims={flag})",
    "np.var({0}, axis={axis}, keepdims={flag})",
    "np.std(np.stack([{0}, {0} + 1]), axis=0, ddof={flag})",
    "np.cumsum({0}, axis={axis}) / 2",
    "np.cumprod(1 + {0} / 3, axis={axis}) / 2",
    "np.diff({0}, axis={axis})",
    "np.trapezoid({0}, axis={axis}) / 2",
    "np.gradient({0}, axis={axis})",
    "np.average({0}, axis={axis}, weights=1.5 + np.tanh({0}))",
    "np.cov({0}, ddof=0)",
    "np.linalg.norm({0} + 2, axis={axis}, keepdims={flag}) / 3",
    "np.linalg.norm({0} + 2) / 6",
    "np.linalg.norm({0} + 3, 1, axis={axis}) / 6",
    "np.linalg.norm({0} + 3, 3, axis={axis}) / 6",
    # Products of matrices
    "np.tanh({0} @ {1})",
    "np.tanh({0} @ {0}.T)",
    "np.tanh(np.dot({0}, {1}))",
    "np.tanh(np.inner({0}, {1}))",
    "np.tanh(np.outer({0}, {1}))",
    "np.tanh(np.tensordot({0}, {1}, axes=1))",
    "np.tanh(np.vdot({0}, {1}))",
    "np.tanh(np.einsum('ij,kj->ik', {0}, {1}))",
    "np.tanh(np.einsum('i,j,i->ij', {0}, {1}, {0}))",
    "np.einsum('...i,...i->...', {0}, {1}) / 3",
    "np.einsum('ii->i', {0})",
    "np.kron({0}, {1})",
    "np.cross({0}, {1}) / 2",
    "np.convolve({0}, {1}) / 3",
    # Linear algebra; matrices that are diagonally dominant
    "np.linalg.inv(2 * np.eye({0}.shape[-1]) + np.tanh({0}) / 4)",
    "np.linalg.det(np.eye({0}.shape[-1]) + np.tanh({0}) / 4)",
    "np.linalg.slogdet(np.eye({0}.shape[-1]) + np.tanh({0}) / 4)[1]",
    "np.linalg.solve(np.eye({0}.shape[-1]) + np.tanh({0}) / 4, {1}) / 2",
    "np.linalg.qr(np.eye({0}.shape[-1]) + np.tanh({0}) / 4)[1]",
    "np.linalg.cholesky(np.eye({0}.shape[-1]) + np.swapaxes({0}, -1, -2) @ {0} / 9)",
    "np.tanh(np.linalg.matrix_power({0} / 2, 3))",
    # Shapes
    "{0}.T",
    "{0}.reshape(-1)",
    "{0}.reshape({shape})",
    "np.reshape({0}, {shape}, order='F')",
    "np.ravel({0})",
    "np.atleast_2d({0})",
    "np.expand_dims({0}, {axis})",
    "np.squeeze({0})",
    "np.transpose({0}, {permutation})",
    "np.swapaxes({0}, {axis}, -1)",
    "np.moveaxis({0}, {axis}, 0)",
    "np.flip({0}, {axis})",
    "np.roll({0}, {whole}, axis={axis})",
    "np.broadcast_to({0}, {wider})",
    "np.tile({0}, 2)",
    "np.tile({0}, (2, 1))",
    "np.repeat({0}, 2, axis={axis})",
    "np.concatenate([{0}, {1}], axis={axis})",
    "np.concatenate([{0}, {0}, {1}])",
    "np.stack([{0}, {1}], axis={axis})",
    "np.hstack([{0}, {1}])",
    "np.vstack([{0}, {1}])",
    "np.split({0}, 2, axis={axis})[1]",
    "np.array_split({0}, 2, axis={axis})[0]",
    # Indexing
    "{0}[0]",
    "{0}[..., -1]",
    "{0}[1:]",
    "{0}[::-1]",
    "{0}[..., ::2]",
    "{0}[..., None]",
    "{0}[{mask}]",
    "{0}[[0, -1, 0]]",
    "{0}[..., [0, 0]]",
    "{0}[[0, -1], ..., [-1, 0]]",
    # Complex numbers and Fourier transforms, back to real numbers
    "np.abs(2 + {0} + 1j * {1}) / 2",
    "np.real(np.exp(1j * {0}))",
    "np.imag({0} * np.exp(1j * {1}))",
    "np.real(np.conj({0} + 1j * {1}) * ({0} - 2j * {1})) / 2",
    "np.real(np.fft.fft({0}, axis={axis})) / 2",
    "np.imag(np.fft.ifft({0} * np.exp(1j * {1}), norm='ortho')) / 2",
    "np.abs(np.fft.rfft({0}, 3, axis={axis}) + 4) / 4",
    "np.fft.irfft(np.fft.rfft({0}) * np.exp(1j * {number}), {0}.shape[-1])",
    "np.fft.hfft({0} + 1j * {0} ** 2, 3) / 4",
    "np.real(np.fft.fftn({0})) / 4",
    "np.fft.fftshift({0})",
    # Polynomials
    "np.polyval([0.3, {number}, 0.5], {0}) / 2",
    "np.polyval({0}, np.tanh({1}))",
    "np.polyder({0}) / 3",
    "np.polymul({0}, {1}) / 2",
)

KINKED = (
    "abs({0})",
    "np.abs({0} - {1})",
    "np.maximum({0}, {1})",
    "np.minimum({0}, {number})",
    "np.maximum(0, {0})",
    "np.clip({0}, -0.5, 0.5)",
    "np.max({0}, axis={axis}, keepdims={flag})",
    "np.min({0}, axis={axes})",
    "{0}.max()",
    "np.ptp({0}, axis={axis})",
    "np.sort({0}, axis={axis})",
    "np.median({0}, axis={axis})",
    "np.quantile({0}, 0.3, axis={axis})",
    "np.linalg.eigvalsh({0} + np.swapaxes({0}, -1, -2)) / 2",
    "np.linalg.eigh({0} + np.swapaxes({0}, -1, -2))[1] ** 2",
    "np.linalg.svd({0}, compute_uv=False)",
    "np.where({0} > {number}, {0}, {1})",
    "np.where({0} < {1}, {0} ** 2, {1})",
    "{0} * ({0} > {number})",
    "np.sign({0}) * {0} ** 2",
    "{0} % 0.7",
    "{0} - np.round({0})",
    "{0}[np.argmax({0})]",
    "{0}[np.argsort({0})]",
    "{0}[{0} > {number}]",
    "np.linalg.norm({0}, axis={axis})",
    "np.std({0}, axis={axis})",
    "np.interp({0}, [-1.5, -0.4, 0.2, 1.5], [0.3, -0.8, {number}, 0.1])",
)
"""Smooth almost everywhere; a program keeps away from the places where not."""

NOT_IN_AUTOGRAD = (
    *("+{0}", "[{mask}]", "average", "broadcast_to", "cbrt", "concatenate", "convolve"),
    *("cov", "cumprod", "eigvalsh", "fftn", "flip", "float_power", "gradient", "hfft"),
    *("ii->i", "interp", "matrix_power", "median", "norm({0} + 2, axis", "outer"),
    *("norm({0} + 3, 1", "poly", "ptp", "qr(", "quantile", "repeat", "rfft", "solve"),
    *("tile", "trapezoid", "vdot", "where"),
)
"""Parts of expressions that autograd 1.9 lacks, or gets wrong for many shapes."""


# --- Constants ---------------------------------------------------------------------


def axis(rng, x):
    """One of the axes, counted from the front or from the back."""
    return int(rng.integers(-x.ndim, x.ndim)) if x.ndim else None


def axes(rng, x):
    """None, or some of the axes."""
    some = rng.permutation(x.ndim)[: rng.integers(1, 4)]
    return None if rng.random() < 0.3 else tuple(map(int, some))


def wider(rng, x):
    """A shape to which `x` can be broadcast."""
    shape = [int(rng.integers(1, 4)) if n == 1 else n for n in x.shape]
    return (2, *shape) if rng.random() < 0.5 else tuple(shape)


def shape(rng, x):
    """Another shape for as many numbers."""
    first = [n for n in (1, 2, 3, 4, 6) if x.size % n == 0]
    return int(rng.choice(first)), -1


CONSTANTS = {
    "axis": axis,
    "axes": axes,
    "wider": wider,
    "shape": shape,
    "flag": lambda rng, x: bool(rng.random() < 0.5),
    "mask": lambda rng, x: (rng.random(x.shape) < 0.6).tolist(),
    "number": lambda rng, x: round(rng.uniform(-1.5, 1.5), 2),
    "permutation": lambda rng, x: tuple(map(int, rng.permutation(x.ndim))),
    "positive": lambda rng, x: round(rng.uniform(0.5, 1.5), 2),
    "whole": lambda rng, x: int(rng.integers(-3, 4)),
}


def drawn(rng, place, x):
    """A constant for that place of an expression, suited to its first argument."""
    return CONSTANTS[place](rng, np.asarray(x))
