"""Vjps of NumPy's elementwise functions: one row each, one column per argument.

In each row `g` is the gradient that arrived, `ans` the result, `x` and `y` the
arguments. Broadcasting is not their business. Where a derivative jumps, the row
says which value is taken: |x| and `maximum(x, 0)` have slope 0 at 0.
"""

from math import factorial

import numpy as np

from ...arrays import plain
from ..registry import composite, constant, elementwise, outputs

# fmt: off

# --- Arithmetic ----------------------------------------------------------------

elementwise(np.add,         lambda g, ans, x, y: g,
                            lambda g, ans, x, y: g)
elementwise(np.subtract,    lambda g, ans, x, y: g,
                            lambda g, ans, x, y: -g)
elementwise(np.multiply,    lambda g, ans, x, y: g * y,
                            lambda g, ans, x, y: g * x)
elementwise(np.divide,      lambda g, ans, x, y: g / y,
                            lambda g, ans, x, y: -g * ans / y)
elementwise(np.remainder,   lambda g, ans, x, y: g,
                            lambda g, ans, x, y: -g * np.floor_divide(x, y))
elementwise(np.heaviside,   None, lambda g, ans, x, h: g * np.equal(x, 0))
elementwise(np.fmod,        lambda g, ans, x, y: g,
                            lambda g, ans, x, y: -g * np.rint(np.divide(x - ans, y)))
elementwise(np.negative,    lambda g, ans, x: -g)
elementwise(np.positive,    lambda g, ans, x: g)
elementwise(np.reciprocal,  lambda g, ans, x: -g * ans * ans)
elementwise(np.square,      lambda g, ans, x: g * (x + x))

# x**y. At x = 0 a power below 1 is infinitely steep, and 0 is taken as for sqrt;
# towards y, 0**y is flat. For x < 0 it is defined at whole y only, so that towards y
# it has no slope: NaN.
elementwise(np.power,       lambda g, ans, x, y: g * y * power_below(x, y),
                            lambda g, ans, x, y: g * growth(x, ans))
elementwise(np.float_power, lambda g, ans, x, y: g * y * power_below(x, y),
                            lambda g, ans, x, y: g * growth(x, ans))

# --- Roots, exponentials, logarithms -------------------------------------------

# sqrt is infinitely steep at 0. The slope 0 taken there is the one that keeps
# sqrt((x**2).sum()), a norm, from being inf * 0 = NaN at the origin.
elementwise(np.sqrt,        lambda g, ans, x: divide_or_zero(g, ans + ans))
elementwise(np.cbrt,        lambda g, ans, x: divide_or_zero(g, 3 * ans * ans))
elementwise(np.exp,         lambda g, ans, x: g * ans)
elementwise(np.exp2,        lambda g, ans, x: g * ans * LOG_2)
elementwise(np.expm1,       lambda g, ans, x: g * (ans + 1))
elementwise(np.log,         lambda g, ans, x: g / x)
elementwise(np.log2,        lambda g, ans, x: g / x / LOG_2)
elementwise(np.log10,       lambda g, ans, x: g / x / LOG_10)
elementwise(np.log1p,       lambda g, ans, x: g / (x + 1))
elementwise(np.logaddexp,   lambda g, ans, x, y: g * np.exp(below(x, ans)),
                            lambda g, ans, x, y: g * np.exp(below(y, ans)))
elementwise(np.logaddexp2,  lambda g, ans, x, y: g * np.exp2(below(x, ans)),
                            lambda g, ans, x, y: g * np.exp2(below(y, ans)))

# --- Trigonometric and hyperbolic functions ------------------------------------

elementwise(np.sin,         lambda g, ans, x: g * np.cos(x))
elementwise(np.cos,         lambda g, ans, x: -g * np.sin(x))
elementwise(np.tan,         lambda g, ans, x: g * (1 + ans * ans))
elementwise(np.arcsin,      lambda g, ans, x: g / np.sqrt(1 - x * x))
elementwise(np.arccos,      lambda g, ans, x: -g / np.sqrt(1 - x * x))
elementwise(np.arctan,      lambda g, ans, x: g / (1 + x * x))
elementwise(np.arctan2,     lambda g, ans, x, y: g * turn(y, x, y),
                            lambda g, ans, x, y: g * turn(-x, x, y))
elementwise(np.deg2rad,     lambda g, ans, x: g * DEGREE)
elementwise(np.radians,     lambda g, ans, x: g * DEGREE)
elementwise(np.rad2deg,     lambda g, ans, x: g / DEGREE)
elementwise(np.degrees,     lambda g, ans, x: g / DEGREE)
elementwise(np.sinc,        lambda g, ans, x: g * slope_of_sinc(x, ans))
elementwise(np.sinh,        lambda g, ans, x: g * np.cosh(x))
elementwise(np.cosh,        lambda g, ans, x: g * np.sinh(x))
elementwise(np.tanh,        lambda g, ans, x: g * (1 - ans * ans))
elementwise(np.arcsinh,     lambda g, ans, x: g / np.sqrt(x * x + 1))
elementwise(np.arccosh,     lambda g, ans, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
elementwise(np.arctanh,     lambda g, ans, x: g / (1 - x * x))
elementwise(np.hypot,       lambda g, ans, x, y: g * divide_or_zero(x, ans),
                            lambda g, ans, x, y: g * divide_or_zero(y, ans))

# --- Complex numbers -----------------------------------------------------------

# These have no complex derivative: `g` comes conjugated, and must go so.
elementwise(np.conjugate,   lambda g, ans, x: np.conjugate(g))
elementwise(np.real,        lambda g, ans, x: g)
elementwise(np.imag,        lambda g, ans, x: -1j * g)


@composite(np.angle)
def angle(z, deg=False):
    """The angle of `z` as a point in the plane; its slope at 0 is taken to be 0."""
    radians = np.arctan2(np.imag(z), np.real(z))
    return np.degrees(radians) if deg else radians


@composite(np.sign)
def sign(x, **keywords):
    """Of real numbers a constant; of complex ones `x / |x|`."""
    if np.iscomplexobj(x):
        return divide_or_zero(x, np.absolute(x))
    return np.sign(plain(x), **keywords)


@composite(np.real_if_close)
def real_if_close(a, tol=100):
    """`np.real(a)` where all imaginary parts are almost 0."""
    close = np.isrealobj(np.real_if_close(plain(a), tol))
    return np.real(a) if close and np.iscomplexobj(a) else a


# --- Choices -------------------------------------------------------------------

# The larger (smaller) argument gets the gradient; of two equal ones the second,
# as in Julia: maximum(x, 0) has slope 0 at 0.
elementwise(np.absolute,    lambda g, ans, x: g * direction(x, ans))
elementwise(np.fabs,        lambda g, ans, x: g * np.sign(x))
elementwise(np.maximum,     lambda g, ans, x, y: g * (x > y),
                            lambda g, ans, x, y: g * ~np.greater(x, y))
elementwise(np.minimum,     lambda g, ans, x, y: g * (x < y),
                            lambda g, ans, x, y: g * ~np.less(x, y))
elementwise(np.fmax,        lambda g, ans, x, y: g * (np.greater(x, y) | np.isnan(y)),
                            lambda g, ans, x, y: g * ~(np.greater(x, y) | np.isnan(y)))
elementwise(np.fmin,        lambda g, ans, x, y: g * (np.less(x, y) | np.isnan(y)),
                            lambda g, ans, x, y: g * ~(np.less(x, y) | np.isnan(y)))
elementwise(np.copysign,    lambda g, ans, x, y: g * (np.sign(x) * np.copysign(1, y)),
                            None)
elementwise(np.nan_to_num,  lambda g, ans, x, copy=True, nan=0, posinf=None,
                            neginf=None: np.where(np.isfinite(x), g, 0))
elementwise(np.where,       None,
                            lambda g, ans, mask, x, y: np.where(mask, g, 0),
                            lambda g, ans, mask, x, y: np.where(mask, 0, g))


# Outside its bounds, and at them, clip is flat.
@composite(np.clip)
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    """`a` between two bounds; None is no bound."""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


# --- Numbers in two parts --------------------------------------------------------

elementwise(np.ldexp,       lambda g, ans, x, i: np.ldexp(g, i),
                            None)
outputs(np.frexp, mantissa=lambda g, ans, x: np.ldexp(g, -ans[1]), exponent=None)
outputs(np.modf, fraction=lambda g, ans, x: g, whole=None)


@composite(np.divmod)
def divmod_(x, y):
    """The whole quotient, and the remainder."""
    return np.floor_divide(x, y), np.remainder(x, y)


@composite(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """Adds whole periods, which are constants."""
    shift = np.unwrap(plain(p), discont, axis, period=period) - plain(p)
    return p + shift


# --- Constants: their slope is 0 wherever they have one --------------------------

constant(np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around,
         np.floor_divide, np.signbit, np.spacing, np.nextafter)
constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater,
         np.greater_equal, np.isclose, np.allclose, np.array_equal, np.array_equiv,
         np.isin)
constant(np.isfinite, np.isnan, np.isinf, np.isposinf, np.isneginf, np.isreal,
         np.iscomplex, np.isrealobj, np.iscomplexobj,
         np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
constant(np.nonzero, np.argwhere, np.flatnonzero)
constant(np.shape, np.ndim, np.size, np.result_type, np.can_cast,
         np.common_type, np.min_scalar_type, np.may_share_memory, np.shares_memory,
         np.zeros_like, np.ones_like, np.empty_like)

# fmt: on

LOG_2 = float(np.log(2))
LOG_10 = float(np.log(10))
DEGREE = float(np.pi / 180)


def power_below(x, y):
    """`x**(y - 1)`, with 0 at `x = 0` for the y below 1, as for the square root."""
    steep = np.equal(x, 0) & np.greater_equal(y, 0) & np.less(y, 1)
    # In integers y - 1 might wrap around.
    return np.where(steep, 0, np.power(np.where(steep, 1, x), y - 1.0))


def growth(x, power):
    """`power * log(x)`, with 0 where x is 0; the inner `where`s keep it silent."""
    zero = np.equal(x, 0)
    return np.where(zero, 0, power) * np.log(np.where(zero, 1, x))


def below(x, ans):
    """`x - ans`, with 0 where both are the same infinity."""
    same = np.equal(x, ans)
    return np.where(same, 0, x) - np.where(same, 0, ans)


def turn(part, x, y):
    """`part / (x² + y²)` without overflow; 0 at the origin, which has no angle."""
    size = np.hypot(x, y)
    size = np.where(np.equal(size, 0), np.inf, size)
    return part / size / size


def slope_of_sinc(x, sinc):
    """(cos(πx) - sinc(x)) / x, and its series where that would cancel."""
    small = np.less(np.abs(x), 0.1)
    u = np.where(small, np.pi * x, 0) ** 2
    # The k-th term is (-1)ᵏ 2k u**(k-1) / (2k+1)!, times π² x.
    series = 0.0
    for k in range(7, 0, -1):
        series = series * u + (-1) ** k * 2 * k / factorial(2 * k + 1)
    away = np.where(small, 1, x)
    return np.where(small, np.pi**2 * x * series, (np.cos(np.pi * away) - sinc) / away)


def direction(x, size):
    """What the size of `x` grows with: its sign; `conj(x) / |x|` if it is complex."""
    if np.iscomplexobj(x):
        return divide_or_zero(np.conjugate(x), size)
    return np.sign(x)


def divide_or_zero(x, y):
    """`x / y`, with 0 where `y` is 0; the inner `where` keeps it silent."""
    zero = np.equal(y, 0)
    return np.where(zero, 0, x / np.where(zero, 1, y))
