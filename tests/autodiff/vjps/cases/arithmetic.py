"""Elementwise functions."""

import numpy as np

from .table import (
    ANY,
    CONSTANTS,
    MASK,
    PAIRS,
    POSITIVE,
    SHAPES,
    X,
    away_from_zero,
    between,
    row,
    spaced,
)

ONE_ARGUMENT = {
    np.negative: ANY,
    np.positive: ANY,
    np.reciprocal: away_from_zero,
    np.square: ANY,
    np.sqrt: POSITIVE,
    np.cbrt: away_from_zero,
    np.exp: ANY,
    np.exp2: ANY,
    np.expm1: ANY,
    np.log: POSITIVE,
    np.log2: POSITIVE,
    np.log10: POSITIVE,
    np.log1p: between(-0.5, 2),
    np.sin: ANY,
    np.cos: ANY,
    np.tan: between(-1, 1),
    np.arcsin: between(-0.8, 0.8),
    np.arccos: between(-0.8, 0.8),
    np.arctan: ANY,
    np.sinh: ANY,
    np.cosh: ANY,
    np.tanh: ANY,
    np.arcsinh: ANY,
    np.arccosh: between(1.5, 3),
    np.arctanh: between(-0.8, 0.8),
    np.absolute: away_from_zero,
    np.fabs: away_from_zero,
    np.deg2rad: ANY,
    np.radians: ANY,
    np.rad2deg: ANY,
    np.degrees: ANY,
    np.sinc: ANY,
    np.nan_to_num: ANY,
}
TWO_ARGUMENTS = {
    np.add: (ANY, ANY),
    np.subtract: (ANY, ANY),
    np.multiply: (ANY, ANY),
    np.divide: (ANY, away_from_zero),
    np.remainder: (between(2.3, 2.7), between(0.95, 1.05)),
    np.power: (POSITIVE, ANY),
    np.float_power: (POSITIVE, ANY),
    np.logaddexp: (ANY, ANY),
    np.arctan2: (away_from_zero, away_from_zero),
    np.hypot: (away_from_zero, away_from_zero),
    np.maximum: (spaced(0), spaced(0.05)),
    np.minimum: (spaced(0), spaced(0.05)),
    np.fmax: (spaced(0), spaced(0.05)),
    np.fmin: (spaced(0), spaced(0.05)),
    np.fmod: (between(2.3, 2.7), between(0.95, 1.05)),
    np.logaddexp2: (ANY, ANY),
    np.copysign: (away_from_zero, away_from_zero),
}

REAL = {
    np.cbrt,
    np.fabs,
    np.remainder,
    np.logaddexp,
    np.arctan2,
    np.hypot,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.fmod,
    np.logaddexp2,
    np.copysign,
    np.deg2rad,
    np.radians,
    np.rad2deg,
    np.degrees,
}
"""What NumPy does not compute for complex numbers, or gives no derivative there."""

for function, domain in ONE_ARGUMENT.items():
    z = function not in REAL
    for shape in SHAPES:
        row(function, function, domain(shape), order=3, complex=z, name=shape)
for function, (domain_x, domain_y) in TWO_ARGUMENTS.items():
    for shape_x, shape_y in PAIRS:
        x, y = domain_x(shape_x), domain_y(shape_y)
        z = function not in REAL
        row(function, function, x, y, order=3, complex=z, name=f"{shape_x}{shape_y}")
for function in (np.real, np.imag, np.conjugate):
    for shape in SHAPES:
        row(function, function, ANY(shape), complex=True, name=shape)
row(np.real, lambda x: x.real, (3,), complex=True)
row(np.imag, lambda x: x.imag, (3,), complex=True)
row(np.conjugate, lambda x: x.conj() * x, (3,), exact=False, complex=True)

EDGES = np.array([[0.0, 1.0, -1.0], [0.0, 0.0, 2.0]])
row(np.heaviside, lambda h: np.heaviside(EDGES, h), (2, 3))
row(np.heaviside, lambda h: np.heaviside(EDGES, h), ())
row(np.heaviside, lambda x: np.heaviside(x, 0.5) * x, away_from_zero((2, 3)))
row(np.sinc, lambda x: np.sinc(x / 100), ANY((5,)), order=3)
row(np.ldexp, lambda x: np.ldexp(x, np.array([2, -1, 0])), (2, 3))
row(np.frexp, np.frexp, between(1.1, 1.9)((2, 3)))
row(np.modf, np.modf, between(1.1, 1.9)((2, 3)))
row(np.modf, lambda x: np.modf(x)[0] ** 2, between(-1.9, -1.1)((3,)), exact=False)
row(np.divmod, np.divmod, between(2.3, 2.7)((2, 3)), between(0.95, 1.05)((3,)))
row(np.angle, np.angle, away_from_zero((2, 3)), complex=True)
row(np.angle, lambda x: np.angle(x, deg=True), POSITIVE((3,)), complex=True)
row(np.sign, lambda x: np.sign(x) * x, away_from_zero((2, 3)), complex=True)
row(np.real_if_close, np.real_if_close, (2, 3), complex=True)
row(np.real_if_close, lambda x: np.real_if_close(x + 1e-20j), (2, 3))
row(np.unwrap, np.unwrap, between(-9, 9)((7,)))
row(np.unwrap, lambda x: np.unwrap(x, axis=0, period=2), between(-4, 4)((3, 2)))

for power in (2, 3, -1, 0, 1, 2.0, -2.0):
    row(np.power, lambda x, p=power: x**p, away_from_zero((2, 3)), order=3, exact=False)
row(np.power, lambda x: x ** np.array([0, 1, 3]), away_from_zero((2, 3)))
row(np.power, lambda x: x**0.5, POSITIVE((3,)))
row(np.power, lambda y: 2**y, (2, 3))
row(np.remainder, lambda x: x % 2, between(2.3, 2.7)((3,)))
row(np.remainder, lambda y: 2 % y, between(0.75, 0.9)((3,)))

for shape_x, shape_y in (((2, 3), (2, 3)), ((3,), ()), ((2, 1), (1, 3)), ((), ())):
    row(np.where, lambda x, y: np.where(MASK, x, y), shape_x, shape_y)
row(np.where, lambda x: np.where(MASK[:, :1], x, 0.0), (2, 3))

row(np.clip, lambda x: np.clip(x, -0.33, 0.41), spaced(0)((3, 4)), exact=True)
row(np.clip, lambda x: np.clip(x, None, 0.11), spaced(0)((3, 4)), exact=True)
row(np.clip, lambda x: np.clip(x, -0.11, None), spaced(0)((3, 4)), exact=True)
row(np.clip, lambda x: np.clip(x, min=-0.11, max=0.2), spaced(0.05)((7,)), exact=True)
row(np.clip, lambda x: x.clip(-0.11, 0.2), spaced(0.05)((7,)), exact=True)
row(
    np.clip,
    np.clip,
    spaced(0)((3, 4)),
    between(-0.16, -0.14)((4,)),
    between(0.24, 0.26)(()),
    exact=True,
)

# --- Constants -------------------------------------------------------------------

for function in (
    np.floor,
    np.ceil,
    np.rint,
    np.trunc,
    np.fix,
    np.signbit,
    np.spacing,
    np.isfinite,
    np.isnan,
    np.isinf,
    np.isposinf,
    np.isneginf,
    np.isreal,
    np.iscomplex,
    np.isrealobj,
    np.iscomplexobj,
    np.logical_not,
    np.nonzero,
    np.flatnonzero,
    np.argwhere,
    np.shape,
    np.ndim,
    np.size,
    np.zeros_like,
    np.ones_like,
):
    CONSTANTS[function] = (function,)
CONSTANTS.update(
    {
        **{
            function: (
                lambda x, f=function: f(x, 0.5),
                lambda x, f=function: f(X, x + 3),
            )
            for function in (
                np.nextafter,
                np.array_equiv,
                np.isin,
                np.floor_divide,
                np.equal,
                np.not_equal,
                np.less,
                np.less_equal,
                np.greater,
                np.greater_equal,
                np.isclose,
                np.allclose,
                np.array_equal,
                np.logical_and,
                np.logical_or,
                np.logical_xor,
            )
        },
        np.round: (np.round, lambda x: np.round(x, 1), lambda x: x.round(decimals=1)),
        np.around: (np.around, lambda x: np.around(x, decimals=1)),
        np.common_type: (np.common_type,),
        np.min_scalar_type: (lambda x: np.min_scalar_type(x),),
        np.may_share_memory: (lambda x: np.may_share_memory(x, np.ones(3)),),
        np.shares_memory: (lambda x: np.shares_memory(x, np.ones(3)),),
        np.result_type: (np.result_type, lambda x: np.result_type(x, np.float32)),
        np.can_cast: (lambda x: np.can_cast(x.dtype, np.float32),),
        np.empty_like: (lambda x: np.empty_like(x, shape=(0,)),),
    }
)
