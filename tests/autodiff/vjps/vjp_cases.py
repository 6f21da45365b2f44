"""The table of what is checked: at least one call of every registered function.

A row says which function, how it is called, and from where its arrays are drawn.
`test_every_vjp.py` runs every row through the same tests.
"""

from typing import NamedTuple

import numpy as np

from minigrad.autodiff.registry import OPERATIONS, Composite, Operation, full_name
from minigrad.autodiff.tracked import astype, getitem
from minigrad.autodiff.vjps.indexing import add_at
from minigrad.autodiff.vjps.matrices import affine, euclidean_norm
from minigrad.autodiff.vjps.shapes import join
from minigrad.nn import activations, losses


class Case(NamedTuple):
    """One call of one function.

    Attributes:
        function: the entry of the registry that is checked.
        call: calls it on the arrays.
        arrays: draws the float64 arrays: `arrays(rng) -> tuple`.
        order: up to which derivative it is compared with finite differences.
        exact: whether the value must be bitwise NumPy's.
        name: for the report of pytest.
    """

    function: object
    call: object
    arrays: object
    order: int
    exact: bool
    name: str


CASES = []


def row(function, call, *arrays, order=2, exact=None, name=None):
    """Add a case; each array is a shape (then normal numbers) or `draw(rng)`."""
    if exact is None:
        exact = isinstance(OPERATIONS.get(function), Operation)
    draws = [drawn(shape) if isinstance(shape, tuple) else shape for shape in arrays]
    number = sum(case.function is function for case in CASES)
    name = f"{full_name(function)}-{number if name is None else name}"
    make = lambda rng: tuple(draw(rng) for draw in draws)
    CASES.append(Case(function, call, make, order, exact, name))


# --- Where numbers come from ----------------------------------------------------


def drawn(shape):
    return lambda rng: rng.normal(size=shape)


def between(low, high):
    return lambda shape: lambda rng: rng.uniform(low, high, shape)


def away_from_zero(shape):
    """Of either sign, and not smaller than 0.3."""
    return lambda rng: rng.choice([-1, 1], shape) * rng.uniform(0.3, 2, shape)


def spaced(offset):
    """All different, with gaps of a tenth; other offsets never meet."""

    def domain(shape):
        def draw(rng):
            n = int(np.prod(shape))
            return (rng.permutation(n).reshape(shape) - n // 2) / 10 + offset

        return draw

    return domain


def of_different_size(shape):
    """Of either sign, with sizes that are all different and not small."""
    size = spaced(0)
    return lambda rng: rng.choice([-1, 1], shape) * (1.3 + size(shape)(rng))


# --- Elementwise functions ------------------------------------------------------

SHAPES = (), (3,), (2, 1, 3), (0, 2)
PAIRS = (
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((2, 3), ()),
    ((1,), (2, 1, 3)),
    ((0, 3), (1,)),
)

ANY = between(-2, 2)
POSITIVE = between(0.5, 2)

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
}

for function, domain in ONE_ARGUMENT.items():
    for shape in SHAPES:
        row(function, function, domain(shape), order=3, name=shape)
for function, (domain_x, domain_y) in TWO_ARGUMENTS.items():
    for shape_x, shape_y in PAIRS:
        x, y = domain_x(shape_x), domain_y(shape_y)
        row(function, function, x, y, order=3, name=f"{shape_x}{shape_y}")

for power in (2, 3, -1, 0, 1, 2.0, -2.0):
    row(np.power, lambda x, p=power: x**p, away_from_zero((2, 3)), order=3, exact=False)
row(np.power, lambda x: x ** np.array([0, 1, 3]), away_from_zero((2, 3)))
row(np.power, lambda x: x**0.5, POSITIVE((3,)))
row(np.power, lambda y: 2**y, (2, 3))
row(np.remainder, lambda x: x % 2, between(2.3, 2.7)((3,)))
row(np.remainder, lambda y: 2 % y, between(0.75, 0.9)((3,)))

MASK = np.array([[True, False, True], [False, False, True]])
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

# --- Reductions -----------------------------------------------------------------

AXES = (None, 0, 1, -1, (0, 2), (-1, 0), (2, 1, 0), ())
for function in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std):
    for axis in AXES:
        for keepdims in (False, True):
            if axis == () and function is np.std:
                continue  # the spread of single numbers: a kink
            row(
                function,
                lambda x, f=function, axis=axis, keepdims=keepdims: f(
                    x, axis=axis, keepdims=keepdims
                ),
                spaced(0.07)((2, 3, 4)),
                name=f"{axis}{keepdims}",
            )
    row(function, lambda x, f=function: f(x, axis=1), spaced(0.07)((2, 1)))
    row(function, lambda x, f=function: f(x, axis=1), (0, 3))
    row(function, lambda x, f=function: f(x, axis=0), (3, 0))
for function in (np.sum, np.mean, np.prod, np.max, np.min):
    row(function, function, (), name="number")
for function in (np.sum, np.prod):
    row(function, lambda x, f=function: f(x, axis=0), (0, 3), name="none of them")
for function in (np.var, np.std):
    for axis in (None, 1, (0, 2)):
        row(function, lambda x, f=function, a=axis: f(x, axis=a, ddof=1), (2, 3, 4))
    row(function, lambda x, f=function: f(x, 1, None, None, 1, True), (2, 3, 4))
for function in (np.amax, np.amin):
    row(function, function, spaced(0)((2, 3)))
    row(function, lambda x, f=function: f(x, axis=(0, -1)), spaced(0)((2, 3, 2)))
row(np.sum, lambda x: np.sum(x, 0, None, None, True), (2, 3))
row(np.max, lambda x: np.max(x, 0, None, True), spaced(0)((2, 3)))
for axis in (None, 0, 1, -1):
    row(np.cumsum, lambda x, axis=axis: np.cumsum(x, axis=axis), (2, 3))
row(np.cumsum, np.cumsum, (0,))
row(np.cumsum, lambda x: np.cumsum(x, 0), (0, 3))

# --- Products and norms ---------------------------------------------------------

for shape_x, shape_y in (
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((1, 1), (1, 1)),
):
    row(np.matmul, np.matmul, shape_x, shape_y, name=f"{shape_x}{shape_y}")
row(np.matmul, lambda x, w: x @ w.T, (2, 3), (4, 3))
row(np.matmul, lambda x: x @ x.T, (2, 3))
for shape in ((3,), (5, 3), (2, 5, 3), (0, 3)):
    row(affine, affine, shape, (4, 3), (4,), name=f"{shape}")
row(affine, lambda x: affine(x, x, x[0]), (3, 3))
for shape_x, shape_y in (
    ((), ()),
    ((), (3,)),
    ((2, 3), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((3,), (5, 3, 2)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (4, 3, 2)),
):
    row(np.dot, np.dot, shape_x, shape_y, name=f"{shape_x}{shape_y}")
for shape_x, shape_y in (((), (2,)), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,))):
    row(np.inner, np.inner, shape_x, shape_y)
row(np.inner, np.inner, (2, 3, 4), (5, 4))
row(np.vdot, np.vdot, (2, 3), (2, 3))
row(np.vdot, np.vdot, (3,), (3,))
row(np.outer, np.outer, (2,), (3,))
row(np.outer, np.outer, (2, 2), ())
for axes, shape_x, shape_y in (
    (2, (2, 3), (2, 3)),
    (2, (4, 2, 3), (2, 3, 2)),
    (1, (2, 3), (3, 4)),
    (0, (2, 3), (2,)),
    ((1, 0), (2, 3), (3, 4)),
    ((-1, -2), (2, 3), (5, 3, 4)),
    (([1, 0], [0, 1]), (2, 3), (3, 2, 4)),
    (([0, 2], [2, 0]), (2, 5, 3), (3, 4, 2)),
):
    row(
        np.tensordot,
        lambda x, y, axes=axes: np.tensordot(x, y, axes=axes),
        shape_x,
        shape_y,
        name=axes,
    )

for axis in (None, 0, -1, (0, 1)):
    for keepdims in (False, True):
        for function in (np.linalg.norm, euclidean_norm):
            row(
                function,
                lambda x, f=function, axis=axis, keepdims=keepdims: f(
                    x, axis=axis, keepdims=keepdims
                ),
                away_from_zero((2, 3)),
                name=f"{axis}{keepdims}",
            )
for order in (1, 2, 3, 2.5, 0.5, -1, np.inf, -np.inf):
    row(
        np.linalg.norm,
        lambda x, order=order: np.linalg.norm(x, order),
        of_different_size((5,)),
    )
    row(
        np.linalg.norm,
        lambda x, order=order: np.linalg.norm(x, ord=order, axis=1, keepdims=True),
        of_different_size((2, 3)),
    )
row(np.linalg.norm, lambda x: np.linalg.norm(x, "fro"), (2, 3))
row(np.linalg.norm, lambda x: np.linalg.norm(x, "fro", axis=(0, 2)), (2, 3, 2))
row(np.linalg.norm, np.linalg.norm, (2, 3, 2))

# --- Moving numbers -------------------------------------------------------------


def moves(function, *calls, shape=(2, 3)):
    """Rows for functions that change no number, so their values are exact."""
    for call in calls:
        row(function, call, shape, exact=True)


moves(
    np.reshape,
    lambda x: np.reshape(x, (3, 2)),
    lambda x: np.reshape(x, -1),
    lambda x: np.reshape(x, (3, -1), order="F"),
    lambda x: np.reshape(x, shape=(1, 6)),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((2, -1, 1)),
)
moves(np.reshape, lambda x: np.reshape(x, (1, 1)), shape=())
moves(np.reshape, lambda x: np.reshape(x, (3, 0)), shape=(0, 2))
moves(np.ravel, np.ravel, lambda x: np.ravel(x, "F"), lambda x: x.flatten())
moves(
    np.expand_dims,
    lambda x: np.expand_dims(x, 0),
    lambda x: np.expand_dims(x, -1),
    lambda x: np.expand_dims(x, (0, -1)),
)
moves(
    np.squeeze,
    np.squeeze,
    lambda x: np.squeeze(x, 0),
    lambda x: np.squeeze(x, axis=(0, -1)),
    shape=(1, 3, 1),
)
moves(np.copy, np.copy, lambda x: x.copy(), lambda x: np.copy(x, order="F"))
row(np.full_like, np.full_like, (2, 3), (), exact=True)
row(np.full_like, np.full_like, (4, 2, 3), (2, 1), exact=True)
row(np.full_like, lambda x: np.full_like(x, 7.0), (2, 3), exact=True)
moves(astype, lambda x: x.astype(np.float64))
moves(
    np.transpose,
    np.transpose,
    lambda x: np.transpose(x, (1, 2, 0)),
    lambda x: np.transpose(x, axes=(-1, 0, 1)),
    lambda x: x.T,
    lambda x: x.transpose(2, 0, 1),
    lambda x: x.transpose((2, 0, 1)),
    shape=(2, 3, 4),
)
moves(np.transpose, np.transpose, shape=())
moves(
    np.swapaxes,
    lambda x: np.swapaxes(x, 0, -1),
    lambda x: np.swapaxes(x, axis1=1, axis2=2),
    lambda x: x.mT,
    shape=(2, 3, 4),
)
moves(np.matrix_transpose, np.matrix_transpose, shape=(2, 3, 4))
moves(
    np.moveaxis,
    lambda x: np.moveaxis(x, 0, -1),
    lambda x: np.moveaxis(x, (0, 1), (2, 0)),
    lambda x: np.moveaxis(x, source=[-1, 0], destination=[0, 1]),
    shape=(2, 3, 4),
)
moves(
    np.flip,
    np.flip,
    lambda x: np.flip(x, 0),
    lambda x: np.flip(x, -1),
    lambda x: np.flip(x, (0, 1)),
)
moves(np.fliplr, np.fliplr)
moves(np.flipud, np.flipud)
moves(
    np.roll,
    lambda x: np.roll(x, 4),
    lambda x: np.roll(x, -1, axis=1),
    lambda x: np.roll(x, (1, 2), axis=(0, 1)),
    lambda x: np.roll(x, 2, axis=(0, -1)),
)
moves(
    np.broadcast_to,
    lambda x: np.broadcast_to(x, (2, 3)),
    lambda x: np.broadcast_to(x, (4, 2, 3)),
    lambda x: np.broadcast_to(x, shape=(2, 2, 3)),
    shape=(2, 1),
)
moves(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3)), shape=())
moves(np.broadcast_to, lambda x: np.broadcast_to(x, (0, 3)), shape=(1, 3))
moves(
    np.tile,
    lambda x: np.tile(x, 2),
    lambda x: np.tile(x, (2, 1, 3)),
    lambda x: np.tile(x, (2, 3)),
    lambda x: np.tile(x, reps=[3, 1]),
    lambda x: np.tile(x, 0),
)
moves(np.tile, lambda x: np.tile(x, 3), shape=())
moves(np.tile, lambda x: np.tile(x, 2), shape=(2, 3, 4))
moves(
    np.repeat,
    lambda x: np.repeat(x, 2),
    lambda x: np.repeat(x, 3, axis=0),
    lambda x: np.repeat(x, [1, 0, 2], axis=1),
    lambda x: np.repeat(x, np.array([2, 1]), axis=-2),
    lambda x: x.repeat(2, axis=-1),
)

for axis in (0, 1, -1, None):
    call = lambda x, y, axis=axis: np.concatenate([x, y, x], axis=axis)
    row(np.concatenate, call, (2, 3), (2, 3), exact=True)
row(np.concatenate, lambda x: np.concatenate((x, MASK, x)), (1, 3), exact=True)
row(np.concatenate, np.concatenate, (2, 3, 4), exact=True)
row(np.concatenate, lambda x, y: np.concatenate([x, y]), (0, 3), (2, 3), exact=True)
row(join, lambda x, y: join(x, y, x, axis=-1), (2, 3), (2, 1))
row(join, lambda x, y: join(x, MASK, y, axis=0), (1, 3), (2, 3))
for axis in (0, 1, 2, -1):
    call = lambda x, y, axis=axis: np.stack([x, y], axis=axis)
    row(np.stack, call, (2, 3), (2, 3), exact=True)
row(np.stack, lambda x, y: np.stack((x, 1.0, y)), (), (), exact=True)
for function in (np.vstack, np.hstack):
    for shape in ((3,), (2, 3)):
        call = lambda x, y, f=function: f([x, y])
        row(function, call, shape, shape, exact=True)
row(np.vstack, lambda x, y: np.vstack([x, y]), (2, 3), (3,), exact=True)
row(np.hstack, lambda x, y: np.hstack([x, y]), (), (2,), exact=True)
for shape in ((), (3,), (2, 3)):
    row(np.atleast_1d, np.atleast_1d, shape, exact=True)
    row(np.atleast_2d, np.atleast_2d, shape, exact=True)
row(np.atleast_1d, lambda x, y: np.atleast_1d(x, y), (), (2,), exact=True)
row(np.atleast_2d, lambda x, y: np.atleast_2d(x, y), (), (2,), exact=True)
for function in (np.split, np.array_split):
    moves(
        function,
        lambda x, f=function: f(x, 2),
        lambda x, f=function: f(x, [1, 3], axis=-1),
        lambda x, f=function: f(x, [1, 1, 9], axis=1),
        lambda x, f=function: f(x, np.array([-1])),
        shape=(2, 4),
    )
moves(np.array_split, lambda x: np.array_split(x, 3, axis=1), shape=(2, 4))

# --- Indexing -------------------------------------------------------------------

INDICES = (
    0,
    -1,
    np.int64(1),
    slice(None, None, -2),
    slice(1, None),
    slice(3, 3),
    ...,
    None,
    True,
    (1, 2),
    (1, slice(None), None, -1),
    (..., 1),
    (slice(None), [0, 0, 2]),
    ([0, 1, 0], [2, 2, 2]),
    (np.array([[0, 1], [1, 1]]), slice(None), np.array([3, 3])),
    (slice(None), None, [2, 0], slice(None, None, 2)),
    [1, 1, 0],
    [[0, 1], [1, 1]],
    np.array(1),
    [],
    MASK,
    (MASK, 1),
    (0, MASK[0]),
    (..., np.array([True, False, True, True])),
    np.array([False, True]),
    (1, 2, 3),
)
for index in INDICES:
    moves(getitem, lambda x, index=index: x[index], shape=(2, 3, 4))
    n = np.zeros((2, 3, 4))[index].shape
    row(add_at, lambda g, index=index: add_at(g, index, (2, 3, 4)), n)

# --- Functions of networks ------------------------------------------------------

for function in (
    activations.sigmoid,
    activations.softplus,
    activations.gelu,
    activations.swish,
):
    for shape in SHAPES:
        row(function, function, ANY(shape), order=3, name=f"{shape}")
for shape in SHAPES:
    row(activations.relu, activations.relu, away_from_zero(shape), name=f"{shape}")
for function in (activations._leakyrelu, activations._elu):
    for shape_x, shape_a in PAIRS:
        draws = away_from_zero(shape_x), POSITIVE(shape_a)
        row(function, function, *draws, name=f"{shape_x}{shape_a}")
for function in (activations.softmax, activations.logsoftmax, activations.logsumexp):
    for axis in (-1, 0, (0, 2), None):
        call = lambda x, function=function, axis=axis: function(x, axis=axis)
        row(function, call, (2, 3, 4), name=f"axis={axis}")
row(
    activations.logsumexp,
    lambda x: activations.logsumexp(x, axis=1, keepdims=True),
    (2, 3),
    name="keepdims",
)
for shape_x, shape_y in PAIRS:
    draws = ANY(shape_x), POSITIVE(shape_y)
    row(losses.xlogy, losses.xlogy, *draws, name=f"{shape_x}{shape_y}")
for axis in (-1, 0, (0, 1), None):
    call = lambda y, logp, axis=axis: losses.surprise(y, logp, axis)
    row(losses.surprise, call, (4, 3), (4, 3), name=f"axis={axis}")

# --- Functions whose slope is 0 -------------------------------------------------

X = np.array([[0.5, -1.5, 2.0], [1.25, 0.0, -0.75]])
CONSTANTS = {
    **{
        function: (function,)
        for function in (
            np.sign,
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
            np.isreal,
            np.iscomplexobj,
            np.logical_not,
            np.shape,
            np.ndim,
            np.size,
            np.zeros_like,
            np.ones_like,
            np.argmax,
            np.argmin,
            np.argsort,
            np.all,
            np.any,
            np.count_nonzero,
            np.nonzero,
            np.flatnonzero,
            np.argwhere,
        )
    },
    **{
        function: (lambda x, f=function: f(x, 0.5), lambda x, f=function: f(X, x + 3))
        for function in (
            np.floor_divide,
            np.heaviside,
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
    np.result_type: (np.result_type, lambda x: np.result_type(x, np.float32)),
    np.can_cast: (lambda x: np.can_cast(x.dtype, np.float32),),
    np.empty_like: (lambda x: np.empty_like(x, shape=(0,)),),
    np.unravel_index: (lambda x: np.unravel_index(np.argmax(x), x.shape),),
    np.broadcast_shapes: (lambda x: np.broadcast_shapes(x.shape, (1, 3)),),
}
"""Every constant with its calls on `X`, where some of its arguments may jump."""

WITH_VJPS = {
    function
    for function, operation in OPERATIONS.items()
    if isinstance(operation, (Operation, Composite))
    and full_name(function).startswith(("numpy.", "minigrad."))
}
"""The functions that `CASES` must cover, as registered when tests are collected."""

WITHOUT_VJPS = {
    function
    for function, operation in OPERATIONS.items()
    if not isinstance(operation, (Operation, Composite))
    and full_name(function).startswith(("numpy.", "minigrad."))
}
"""The functions that `CONSTANTS` must cover."""
