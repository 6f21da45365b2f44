"""Registering derivatives of one's own, and what is said when there is none."""

import re

import numpy as np
import pytest

import minigrad
from minigrad import (
    check_gradient,
    composite,
    constant,
    elementwise,
    gradient,
    primitive,
    vjp,
)
from minigrad.autodiff.operations import Each, full_name
from minigrad.autodiff.registry import OPERATIONS, operation_of
from minigrad.errors import NoGradientError, ShapeError

X = np.array([0.5, -1.5, 2.0])


@pytest.fixture(autouse=True)
def forget():
    """What a test registers is gone after it."""
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def test_a_custom_vjp_is_right_to_third_order():
    @primitive
    def cube(x):
        return np.asarray(x) ** 3

    vjp(cube, lambda g, ans, x: g * 3 * x**2)
    first = lambda x: gradient(cube, x)[0]
    second = lambda x: gradient(first, x)[0]
    assert [first(2.0), second(2.0), gradient(second, 2.0)[0]] == [12, 12, 6]


def test_a_custom_operation_is_one_entry_and_plain_outside_gradient():
    calls = []

    @primitive
    def outside(x):
        calls.append(type(x))
        return x * 2

    vjp(outside, lambda g, ans, x: g * 2)
    assert type(outside(X)) is np.ndarray
    gradient(lambda x: outside(x).sum(), X)
    assert calls == [np.ndarray, np.ndarray]


def test_custom_elementwise_function_broadcasts():
    @primitive
    def product(x, y):
        return x * y

    elementwise(product, lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x)
    assert check_gradient(product, X, np.array([[2.0], [3.0]]))


def test_keywords_reach_the_vjp_with_names_or_without():
    @primitive
    def scale(x, factor=2.0):
        return x * factor

    vjp(scale, lambda g, ans, x, factor=2.0: g * factor,
               lambda g, ans, x, factor=2.0: np.sum(g * x))  # fmt: skip
    total = lambda **kwargs: gradient(lambda x: scale(x, **kwargs).sum(), X)[0]
    np.testing.assert_array_equal(total(), [2, 2, 2])
    np.testing.assert_array_equal(total(factor=5.0), [5, 5, 5])
    (g,) = gradient(lambda factor: scale(X, factor=factor).sum(), 3.0)
    assert g == X.sum()
    np.testing.assert_array_equal(gradient(lambda x: scale(x=x).sum(), X)[0], [2] * 3)


def test_each_is_told_its_position():
    @primitive
    def weighted_sum(*arrays):
        return sum((i + 1) * x for i, x in enumerate(arrays))

    vjp(weighted_sum, Each(lambda g, ans, position, *arrays: g * (position + 1)))
    assert gradient(lambda x, y: weighted_sum(x, 1.0, y), 5.0, 5.0) == (1, 3)


def test_composite_is_rewritten():
    @composite(np.trace)
    def trace(x):
        return np.sum(x[np.arange(len(x)), np.arange(len(x))])

    np.testing.assert_array_equal(gradient(np.trace, np.ones((2, 2)))[0], np.eye(2))


def test_constant_sees_plain_values():
    constant(np.bincount)
    f = lambda x: np.bincount(np.argsort(x)).sum() * x.sum()
    np.testing.assert_array_equal(gradient(f, X)[0], [3, 3, 3])


def test_registering_returns_the_function():
    assert vjp(np.sinc, None) is np.sinc
    assert elementwise(np.i0, None) is np.i0


def test_full_names():
    assert full_name(np.linalg.inv) == "numpy.linalg.inv"
    assert full_name(np.add) == "numpy.add"
    assert operation_of(np.add).name == "numpy.add"
    assert repr(operation_of(np.add)) == "Operation(numpy.add)"


# --- Sentences ------------------------------------------------------------------


@pytest.fixture
def unregistered(monkeypatch):
    """As if nobody had registered them."""
    for function in (np.linalg.inv, np.fft.rfft, np.sinc, np.gcd, np.deg2rad):
        monkeypatch.delitem(OPERATIONS, function, raising=False)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: np.linalg.inv(x).sum(), r"numpy\.linalg\.inv"),
        (lambda x: np.fft.rfft(x).sum(), r"numpy\.fft\.rfft"),
        (lambda x: np.sinc(x).sum(), r"numpy\.sinc"),
        (lambda x: np.gcd(x, 2).sum(), r"numpy\.gcd"),
    ],
)
def test_a_function_without_vjp_is_named_and_the_way_out_shown(f, name, unregistered):
    short = name.replace("numpy", "np", 1)
    expected = rf"{name} has no vjp here.*vjp\({short}, lambda g, ans, x: \.\.\.\)"
    with pytest.raises(NoGradientError, match=expected):
        gradient(f, np.eye(2))


def test_a_primitive_that_was_never_registered():
    @primitive
    def forgotten(x):
        return x

    with pytest.raises(NoGradientError, match=r"forgotten has no vjp here"):
        gradient(lambda x: forgotten(x).sum(), X)


def test_a_vjp_of_the_wrong_shape():
    @primitive
    def short(x):
        return x * 2

    vjp(short, lambda g, ans, x: g[:1])
    expected = r"vjp of .*short for argument 0 .* shape \(1,\).* argument, \(3,\)"
    with pytest.raises(ShapeError, match=expected):
        gradient(lambda x: short(x).sum(), X)


@pytest.mark.parametrize("wrong", [None, "text", [1.0, 2.0, 3.0]])
def test_a_vjp_that_returns_no_array(wrong):
    @primitive
    def odd(x):
        return x * 2

    vjp(odd, lambda g, ans, x: wrong)
    with pytest.raises(TypeError, match=r"vjp of .*odd for argument 0 returned"):
        gradient(lambda x: odd(x).sum(), X)


def test_a_tracked_argument_beyond_the_vjps():
    @primitive
    def scale(x, factor):
        return x * factor

    vjp(scale, lambda g, ans, x, factor: g * factor)
    np.testing.assert_array_equal(
        gradient(lambda x: scale(x, 2.0).sum(), X)[0], [2, 2, 2]
    )
    with pytest.raises(NoGradientError, match=r"scale has no vjp .* argument 1"):
        gradient(lambda x, factor: scale(x, factor).sum(), X, 2.0)


def test_a_wrong_vjp_is_found_by_the_check():
    @primitive
    def square(x):
        return x * x

    vjp(square, lambda g, ans, x: g * x)
    report = check_gradient(square, X)
    assert not report
    assert "wrong" in str(report)


# --- Functions of other libraries ---------------------------------------------------


def hinge(x):
    """A function of one number, made into a ufunc of our own."""
    return max(x, 0.0)


@pytest.mark.parametrize("name", ["expit", "erf", "log1p", "exp2", "gammaln"])
def test_ufuncs_of_scipy_are_not_called_numpy(name):
    """Even one that bears the name of a function of NumPy."""
    function = getattr(pytest.importorskip("scipy.special"), name)
    if function is getattr(np, name, None):
        pytest.skip("the same function")
    with pytest.raises(NoGradientError, match=rf"\b{name} has no vjp here") as caught:
        gradient(lambda x: function(x).sum(), X)
    assert f"numpy.{name}" not in str(caught.value)
    assert f"np.{name}" not in str(caught.value)


def test_a_ufunc_of_ones_own_is_not_called_numpy():
    ufunc = np.frompyfunc(hinge, 1, 1)
    with pytest.raises(NoGradientError, match=r"hinge.*has no vjp here") as caught:
        gradient(lambda x: ufunc(x).sum(), X)
    assert "numpy" not in str(caught.value)


@pytest.mark.parametrize("function", [np.sinc, np.linalg.inv, np.deg2rad])
def test_the_line_that_is_advised_works_as_it_stands(function, unregistered):
    """It is pasted into a program that imports numpy as np, and minigrad."""
    with pytest.raises(NoGradientError) as caught:
        gradient(lambda x: function(x).sum(), np.eye(2))
    line = r"minigrad\.vjp\(([\w.]+), lambda g, ans, x: \.\.\.\)"
    advised = re.search(line, str(caught.value))
    assert advised, caught.value
    assert eval(advised[1], {"np": np}) is function
    call = advised[0].replace("...", "0 * g")
    assert eval(call, {"np": np, "minigrad": minigrad}) is function
    (g,) = gradient(lambda x: function(x).sum(), np.eye(2))
    np.testing.assert_array_equal(g, np.zeros((2, 2)))


# --- Wrong registrations, found when they are made -----------------------------------


def test_a_vjp_of_a_function_that_is_looked_into():
    with pytest.raises(TypeError, match=r"ordinary function.*@minigrad\.primitive"):
        vjp(lambda x: x * x, lambda g, ans, x: g)
    with pytest.raises(TypeError, match=r"ordinary function"):

        @vjp
        def square(x):
            return x * x

    with pytest.raises(TypeError, match="ordinary function"):
        vjp(np.random.default_rng, lambda g, ans, x: g)


def test_registrations_that_do_not_fit():
    @primitive
    def power(x, k=2):
        return x**k

    with pytest.raises(TypeError, match=r"no vjp; it is no decorator"):
        vjp(power)
    with pytest.raises(TypeError, match="argument 0 is 3"):
        vjp(power, 3)
    for short in (lambda g, x: g, lambda g, ans, x: g):
        with pytest.raises(TypeError, match=r"called as \(g, ans, x, k\), and takes"):
            vjp(power, short)
    with pytest.raises(TypeError, match=r"3 vjps were given, and .*power has 2"):
        vjp(power, *[lambda g, ans, x, k: g] * 3)
    vjp(power, lambda g, ans, x, k=2: g * k * x ** (k - 1))
    assert gradient(power, 3.0) == (6.0,)
    assert gradient(lambda x: power(x, 3), 3.0) == (27.0,)
    vjp(power, lambda g, *args: g, None)


def test_an_operation_that_returns_several_arrays():
    @primitive
    def pair(x):
        return x, x

    vjp(pair, lambda g, ans, x: g)
    with pytest.raises(TypeError, match=r"returned a tuple.*minigrad\.outputs"):
        gradient(lambda x: pair(x)[0], 2.0)


def test_a_vjp_that_is_a_method_sees_large_arrays():
    """What the code of a method mentions is not known; so all arrays are kept."""

    class Square:
        def vjp(self, g, ans, x):
            return g * 2 * x

    @primitive
    def square(x):
        return x * x

    vjp(square, Square().vjp)
    x = np.ones(1 << 13)
    np.testing.assert_array_equal(gradient(lambda x: square(x).sum(), x)[0], 2 * x)
