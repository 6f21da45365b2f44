"""Every registered function, at several orders, shapes, dtypes and layouts.

The derivatives of order n are compared with differences of the derivatives of
order n - 1, along one random direction of all arguments together. The difference
quotient has an error of order h**4, so the tolerances can be tight.
"""

import numpy as np
import pytest

from minigrad import gradient, pullback, pushforward
from minigrad.autodiff.operations import full_name
from minigrad.autodiff.tracked import Tracked

from .cases import CASES, CONSTANTS, WITH_VJPS, WITHOUT_VJPS, X

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
complex_cases = pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.complex],
    ids=[case.name for case in CASES if case.complex],
)


def names(functions):
    return sorted(map(full_name, functions))


def test_every_function_with_a_vjp_has_a_case():
    assert names({case.function for case in CASES}) == names(WITH_VJPS)


def test_every_constant_has_a_case():
    assert names(CONSTANTS) == names(WITHOUT_VJPS)


# --- Helpers --------------------------------------------------------------------


def parts(y):
    return y if isinstance(y, (list, tuple)) else [y]


def contraction(call, arrays, rng):
    """`<w, call(*arrays)>` for random numbers `w`: a number from any result."""
    weights = [like(part, rng) for part in parts(call(*arrays))]

    def contracted(*arrays):
        found = parts(call(*arrays))
        return sum(
            inner(w.astype(part.dtype), part)
            for part, w in zip(found, weights, strict=True)
        )

    return contracted


def like(x, rng):
    """Random numbers of that shape, complex ones for complex `x`."""
    numbers = rng.uniform(-1, 1, np.shape(x))
    if np.iscomplexobj(x):
        numbers = numbers + 1j * rng.uniform(-1, 1, np.shape(x))
    return np.asarray(numbers)


def inner(x, y):
    """The inner product of real and imaginary parts: Re sum(conj(x) y)."""
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        return np.sum(np.real(np.conj(x) * y))
    return np.sum(x * y)


def slope_of(f, directions):
    """The slope of `f` along `directions`, as a function of where it is taken."""

    def slope(*arrays):
        found = gradient(f, *arrays)
        pairs = zip(found, directions, strict=True)
        return sum((inner(g, d) for g, d in pairs if g is not None), 0.0)

    return slope


def difference(f, arrays, directions, h=1e-3):
    """The same slope from values of `f` alone."""

    def at(t):
        return f(*(x + t * d for x, d in zip(arrays, directions, strict=True)))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def frozen(arrays):
    """Read-only: whoever tried to change an argument would raise."""
    for x in arrays:
        x.flags.writeable = False
    return arrays


def draw(case, seed=0):
    rng = np.random.default_rng(seed)
    return frozen([np.array(x) for x in case.arrays(rng)]), rng


# --- Tests ----------------------------------------------------------------------


@every_case
def test_value_is_that_of_numpy(case):
    for dtype in (np.float64, np.float32):
        arrays = [x.astype(dtype) for x in draw(case)[0]]
        expected = parts(case.call(*arrays))
        found = parts(pullback(case.call, *arrays)[0])
        for y, z in zip(found, expected, strict=True):
            assert (np.shape(y), y.dtype) == (np.shape(z), z.dtype)
            if case.exact or z.dtype.kind not in "fc":
                np.testing.assert_array_equal(y, z)
            else:
                rounding = 8 * np.finfo(z.dtype).eps
                np.testing.assert_allclose(y, z, rtol=rounding, atol=rounding)


@every_case
def test_derivatives_against_finite_differences(case):
    arrays, rng = draw(case)
    assert_slopes(contraction(case.call, arrays, rng), arrays, case.order, rng)


def assert_slopes(f, arrays, orders, rng):
    for order in range(1, orders + 1):
        directions = [like(x, rng) for x in arrays]
        tape = slope_of(f, directions)
        found, expected = tape(*arrays), difference(f, arrays, directions)
        np.testing.assert_allclose(
            found, expected, rtol=1e-7, atol=1e-8, err_msg=f"order {order}"
        )
        f = tape


def turned(arrays, rng):
    """The arrays as complex numbers, of the same sizes, at small angles."""
    return [x * np.exp(1j * rng.uniform(-0.5, 0.5, np.shape(x))) for x in arrays]


@complex_cases
def test_complex_derivatives_against_finite_differences(case):
    """The gradient of z = x + iy is dL/dx + i dL/dy, as in Zygote and PyTorch."""
    arrays, rng = draw(case)
    arrays = frozen([np.asarray(z) for z in turned(arrays, rng)])
    y, back = pullback(case.call, *arrays)
    for part, expected in zip(parts(y), parts(case.call(*arrays)), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-13, atol=1e-13)
    seeds = [like(part, rng) for part in parts(y)]
    if isinstance(y, (list, tuple)):
        seed = y._make(seeds) if hasattr(y, "_make") else type(y)(seeds)
    else:
        seed = seeds[0]
    assert all(g is None or g.dtype == complex for g in back(seed))
    assert_slopes(contraction(case.call, arrays, rng), arrays, 2, rng)


@complex_cases
def test_a_real_argument_gets_a_real_gradient_among_complex_ones(case):
    arrays, rng = draw(case)
    mixed = [arrays[0], *turned(arrays[1:], rng)]
    call = lambda *xs: case.call(*xs)
    f = contraction(lambda *xs: parts(call(*xs))[0] * (1 + 2j), mixed, rng)
    g = gradient(f, *mixed)[0]
    assert g is None or g.dtype == np.float64
    assert_slopes(f, mixed, 1, rng)


@every_case
def test_gradient_has_shape_and_dtype_of_its_argument(case):
    arrays, rng = draw(case)
    f = contraction(case.call, arrays, rng)
    exact = gradient(f, *(x.astype(np.float32).astype(np.float64) for x in arrays))
    rounded = gradient(f, *(x.astype(np.float32) for x in arrays))
    for x, g, g32 in zip(arrays, exact, rounded, strict=True):
        if g is None:
            assert g32 is None
            continue
        assert (g.shape, g.dtype) == (x.shape, np.float64)
        assert (g32.shape, g32.dtype) == (x.shape, np.float32)
        scale = 1 + np.max(np.abs(g), initial=0.0)
        np.testing.assert_allclose(g32, g, rtol=0, atol=5e-6 * scale)


def backwards(x):
    axes = tuple(range(x.ndim))
    return np.flip(np.flip(x, axes).copy(), axes)[...]


def by_columns(x):
    return np.array(x, order="F")


def every_second(x):
    wide = np.full((*x.shape, 2), np.nan)
    wide[..., 0] = x
    return wide[..., 0]


@every_case
def test_memory_layout_does_not_matter(case):
    arrays, rng = draw(case)
    f = contraction(case.call, arrays, rng)
    expected = gradient(f, *arrays)
    for layout in (backwards, every_second, by_columns):
        found = gradient(f, *frozen([layout(x) for x in arrays]))
        for g, e in zip(found, expected, strict=True):
            if e is None:
                assert g is None
            else:
                np.testing.assert_allclose(g, e, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", CONSTANTS, ids=full_name)
def test_constant_is_plain_and_has_no_gradient(function):
    for call in CONSTANTS[function]:
        found = []

        def f(x, call=call, found=found):
            found.append(call(x))
            return np.sum(np.asarray(found[0], dtype=object) != 0) * 1.0

        assert gradient(f, X) == (None,)
        assert not isinstance(found[0], Tracked)
        expected = call(X)
        assert type(found[0]) is type(expected)
        np.testing.assert_array_equal(found[0], expected)


# --- Properties that need no numbers --------------------------------------------


def one_array(call):
    """`call` with all its results in one array of floats."""

    def flat(*arrays):
        found = [part for part in parts(call(*arrays)) if part.dtype.kind in "fc"]
        return np.concatenate([np.reshape(part, -1) for part in found])

    return flat


@every_case
def test_forward_is_adjoint_to_backward(case):
    """<v, J u> = <Jᵀ v, u>: exact, at any point, whatever the slope."""
    arrays, rng = draw(case)
    f = one_array(case.call)
    y, back = pullback(f, *arrays)
    _, push = pushforward(f, *arrays)
    v, us = rng.normal(size=y.shape), [rng.normal(size=x.shape) for x in arrays]
    pairs = [(g, u) for g, u in zip(back(v), us, strict=True) if g is not None]
    backward = sum((inner(g, u) for g, u in pairs), 0.0)
    scale = 1 + sum(np.linalg.norm(g) * np.linalg.norm(u) for g, u in pairs)
    assert abs(inner(v, push(*us)) - backward) <= 1e-12 * scale


@every_case
def test_backward_is_linear_and_can_be_repeated(case):
    arrays, rng = draw(case)
    y, back = pullback(one_array(case.call), *arrays)
    v, w = rng.normal(size=(2, *y.shape))
    for a, b, c, again in zip(back(v), back(w), back(v - 3 * w), back(v), strict=True):
        if a is not None:
            scale = 1 + np.max(np.abs([a, b]), initial=0)
            np.testing.assert_allclose(c, a - 3 * b, rtol=0, atol=1e-12 * scale)
            np.testing.assert_array_equal(again, a)
