"""Tracked values speak plain NumPy: operators, methods, indexing, and refusals."""

import copy
import inspect
import math
import operator
import pickle
import re

import numpy as np
import pytest

from minigrad import check_gradient, gradient, hvp, pullback
from minigrad.autodiff.registry import OPERATIONS
from minigrad.autodiff.tracked import Tracked
from minigrad.errors import MutabilityError, NoGradientError

X = np.array([[0.55, 1.45, 2.62], [3.37, 0.71, 1.23]])


def same_value(call, *args):
    """Called on tracked arguments, `call` gives bitwise what it gives on plain."""
    found, expected = pullback(call, *args)[0], call(*args)
    assert not isinstance(found, Tracked)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(found, expected)


# --- Operators ------------------------------------------------------------------

OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.mod,
]


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize(
    "other",
    [
        2.3,
        3,
        np.float64(2.3),
        np.float32(2.25),
        np.int64(3),
        np.array(2.3),
        np.array([2.3, 3.1, 0.9]),
        np.array([2, 3, 5]),
        [2.3, 3.1, 0.9],
        np.full((4, 1, 1), 2.3),
    ],
    ids=lambda x: f"{type(x).__name__}{np.shape(x)}",
)
def test_operators_with_plain_values_on_either_side(op, other):
    for call in (lambda x: op(x, other), lambda x: op(other, x)):
        if not isinstance(other, list):  # with a list NumPy itself must begin
            same_value(call, X)
        assert check_gradient(call, X)
    plain = np.asarray(other)
    np.testing.assert_array_equal(pullback(lambda x: op(other, x), X)[0], op(plain, X))
    np.testing.assert_array_equal(pullback(lambda x: op(x, other), X)[0], op(X, plain))


@pytest.mark.parametrize("op", OPERATORS)
def test_operators_between_two_tracked_values(op):
    y = np.array([2.3, 3.1, 0.9])
    same_value(op, X, y)
    assert check_gradient(op, X, y)
    assert check_gradient(op, 2.5, X)
    assert check_gradient(lambda x: op(x, x + 0.3), X)


def test_matrix_product_with_plain_values_on_either_side():
    other = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    for call in (
        lambda x: x @ other,
        lambda x: other @ x,
        lambda x: x @ np.array(other),
        lambda x: np.array(other) @ x,
    ):
        same_value(call, X)
        assert check_gradient(call, X)


def test_unary_operators():
    for call in (operator.neg, operator.pos, abs, lambda x: +x + (-x)):
        same_value(call, X)
        assert check_gradient(call, X)


@pytest.mark.parametrize("power", [2, 3, -1, 0, 1, 0.5, 2.0, -2, np.float64(2), True])
def test_powers_take_the_value_of_numpy(power):
    same_value(lambda x: x**power, X)
    assert check_gradient(lambda x: x**power, X)
    if not isinstance(power, np.generic):  # of which NumPy 2.1 promotes no array
        same_value(lambda x: x**power, X.astype(np.float32))


def test_floor_division_is_constant():
    assert gradient(lambda x: (x // 2).sum() * 1.0, X) == (None,)
    quotient, rest = divmod(X, 2)
    found = pullback(lambda x: divmod(x, 2), X)[0]
    np.testing.assert_array_equal(found[0], quotient)
    np.testing.assert_array_equal(found[1], rest)


# --- Comparisons and branches ---------------------------------------------------


@pytest.mark.parametrize(
    "op",
    [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_comparisons_are_plain(op):
    for call in (lambda x: op(x, 1.2), lambda x: op(1.2, x), lambda x: op(X, x)):
        found = []
        gradient(lambda x, c=call, found=found: found.append(c(x)) or x.sum(), X)
        assert type(found[0]) is np.ndarray
        np.testing.assert_array_equal(found[0], call(X))


def test_branches_choose_by_value():
    f = lambda x: x**2 if x > 1 else -x
    assert gradient(f, 3.0) == (6,)
    assert gradient(f, 0.5) == (-1,)
    assert gradient(lambda x: x if 0 < x < 1 and not x == 0.25 else 0 * x, 0.5) == (1,)
    assert gradient(lambda x: max(x, 1.0) * min(x, 9.0), 3.0) == (6,)


def test_comparison_with_other_things():
    assert gradient(lambda x: x if x == "relu" else 2 * x, 1.0) == (2,)
    assert gradient(lambda x: x if x is None else 2 * x, 1.0) == (2,)
    assert gradient(lambda x: 3 * x if x != None else x, 1.0) == (3,)  # noqa: E711


def test_truth_of_an_array_is_refused_as_by_numpy():
    with pytest.raises(ValueError, match="ambiguous"):
        gradient(lambda x: x.sum() if x else x, X)


# --- What an array knows about itself -------------------------------------------


def test_shapes_and_types_are_plain():
    seen = []
    f = lambda x: seen.extend([x.shape, x.ndim, x.size, x.dtype, len(x), x.nbytes])
    gradient(lambda x: f(x) or x.sum(), X)
    assert seen == [(2, 3), 2, 6, np.dtype(float), 2, 48]
    seen.clear()
    g = lambda x: seen.extend([x.shape, x.ndim, x.size, x.dtype])
    gradient(lambda x: g(x) or x, 2.0)
    assert seen == [(), 0, 1, np.dtype(float)]


def test_printing_shows_the_value(capsys):
    def f(x):
        print(x, f"{x:.2f}", repr(x))
        return x

    gradient(f, 0.125)
    assert capsys.readouterr().out == "0.125 0.12 Tracked(0.125)\n"


def test_iteration_and_unpacking():
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(x):
        (first, second), last = x
        return first * second + sum(row**2 for row in last)

    (g,) = gradient(f, np.array([a, b]))
    np.testing.assert_array_equal(g, [[2, 1], [6, 8]])
    (g,) = gradient(lambda x: [i * y for i, y in enumerate(x)][-1], a)
    np.testing.assert_array_equal(g, [0, 1])
    assert gradient(lambda x: sum(x * y for x, y in zip(x, b, strict=True)), a)


def test_a_number_cannot_be_iterated_over():
    with pytest.raises(TypeError, match="number cannot be iterated"):
        gradient(lambda x: list(x), 1.0)


def test_membership():
    (g,) = gradient(lambda x: x[0] if 1.5 in x else x[1], np.array([2.5, 1.5]))
    np.testing.assert_array_equal(g, [1, 0])


def test_copies_stay_on_the_tape():
    for duplicate in (copy.copy, copy.deepcopy, lambda x: x.copy(), np.copy):
        (g,) = gradient(lambda x, d=duplicate: (d(x) ** 2).sum(), X)
        np.testing.assert_array_equal(g, 2 * X)
    (g,) = gradient(lambda m: copy.deepcopy(m)["w"].sum(), {"w": X})
    np.testing.assert_array_equal(g["w"], np.ones((2, 3)))


# --- Methods --------------------------------------------------------------------

METHODS = [
    lambda x: x.sum(),
    lambda x: x.sum(0),
    lambda x: x.sum(axis=1, keepdims=True),
    lambda x: x.mean(axis=0),
    lambda x: x.mean(-1, keepdims=True),
    lambda x: x.prod(),
    lambda x: x.max(),
    lambda x: x.max(axis=1),
    lambda x: x.min(axis=(0, 1)),
    lambda x: x.var(ddof=1),
    lambda x: x.std(axis=0),
    lambda x: x.cumsum(),
    lambda x: x.cumsum(axis=1),
    lambda x: x.clip(0.6, 2),
    lambda x: x.clip(max=2),
    lambda x: x.dot(np.ones((3, 2))),
    lambda x: x.reshape(3, 2),
    lambda x: x.reshape((3, 2)),
    lambda x: x.reshape(2, -1, 1),
    lambda x: x.reshape(-1),
    lambda x: x.reshape(3, 2, order="F"),
    lambda x: x.ravel(),
    lambda x: x.flatten(),
    lambda x: x.flatten("F"),
    lambda x: x.T,
    lambda x: x.mT,
    lambda x: x.transpose(),
    lambda x: x.transpose(1, 0),
    lambda x: x.transpose((1, 0)),
    lambda x: x.swapaxes(0, 1),
    lambda x: x[None].squeeze(0),
    lambda x: x.repeat(2, axis=0),
    lambda x: x.copy(),
    lambda x: x.astype(np.float32),
    lambda x: x.astype("float64", copy=True),
    lambda x: np.where(x > 1, x, x**2).sum(axis=-1),
]


@pytest.mark.parametrize("call", METHODS)
def test_methods(call):
    found, expected = pullback(call, X)[0], call(X)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize(
    "call", [m for m in METHODS if np.asarray(m(X)).dtype == np.float64]
)
def test_gradients_of_methods(call):
    assert check_gradient(call, X)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.argmax(),
        lambda x: x.argmin(axis=1),
        lambda x: x.all(),
        lambda x: x.any(axis=0),
        lambda x: x.round(),
        lambda x: x.round(1),
        lambda x: x.astype(int),
        lambda x: x > 1,
    ],
)
def test_methods_without_slope_give_plain_values(call):
    found = []
    assert gradient(lambda x: found.append(call(x)) or 1.0, X) == (None,)
    assert not isinstance(found[0], Tracked)
    np.testing.assert_array_equal(found[0], call(X))


def test_numpy_functions_by_keyword():
    for call in (
        lambda x: np.sum(a=x, axis=0),
        lambda x: np.transpose(a=x, axes=(1, 0)),
        lambda x: np.reshape(x, shape=(3, 2)),
        lambda x: np.clip(a=x, a_min=0.6, a_max=2),
        lambda x: np.repeat(a=x, repeats=2, axis=1),
        lambda x: np.stack(arrays=[x, x], axis=1),
        lambda x: np.tensordot(a=x, b=x, axes=2),
        lambda x: np.dot(a=x, b=X.T),
        lambda x: np.outer(a=x, b=x),
        lambda x: np.linalg.norm(x=x, axis=1),
        lambda x: np.split(ary=x, indices_or_sections=[1], axis=1)[1],
        lambda x: np.ravel(a=x),
        lambda x: np.expand_dims(a=x, axis=0),
        lambda x: np.flip(m=x, axis=0),
        lambda x: np.tile(A=x, reps=2),
        lambda x: np.where(x > 1, x, 0),
        lambda x: np.add(x, 1, dtype=np.float64),
    ):
        found, expected = pullback(call, X)[0], call(X)
        np.testing.assert_allclose(found, expected, rtol=1e-15)
        assert check_gradient(call, X)


def test_lists_beside_tracked_arrays():
    for call in (
        lambda x: np.power(x, [1, 2, 3]),
        lambda x: np.arctan2(x, [1, 2, 3]),
        lambda x: np.arctan2([1, 2, 3], x),
        lambda x: np.maximum([0.7, 0.8, 0.9], x),
        lambda x: np.matmul(x, [0.7, 0.8, 0.9]),
        lambda x: np.dot(x, [0.7, 0.8, 0.9]),
        lambda x: np.concatenate([x, [[1, 2, 3]]]),
        lambda x: np.outer([1, 2], x),
    ):
        np.testing.assert_allclose(pullback(call, X)[0], call(X), rtol=1e-15)
        assert check_gradient(call, X)


# --- Refusals -------------------------------------------------------------------


def set_item(x):
    x[0, 1] = 5.0


def add_to_item(x):
    x[0, 1] += 1


def add_to_row(x):
    x[0] += 1


def add_to_plain(x):
    total = np.zeros((2, 3))
    total += x


def fill_plain(x):
    total = np.zeros((2, 3))
    total[:] = x


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (set_item, r"x\[\(0, 1\)\] = \.\.\. changes an array in place.*np\.where"),
        (add_to_item, r"x\[\(0, 1\)\] = \.\.\. changes an array in place.*np\.where"),
        (add_to_row, r"x \+= y changes an array in place"),
        (add_to_plain, r"numpy\.add\(\.\.\., out=\.\.\.\).* y = y \+ x"),
        (lambda x: np.exp(x, out=np.zeros((2, 3))), r"numpy\.exp\(\.\.\., out="),
        (lambda x: np.sum(x, axis=0, out=np.zeros(3)), r"numpy\.sum\(\.\.\., out="),
        (lambda x: np.clip(x, 0, 1, out=np.zeros((2, 3))), r"numpy\.clip\(.*out="),
        (lambda x: np.dot(x, x.T, out=np.zeros((2, 2))), r"numpy\.dot\(.*out="),
        (lambda x: np.concatenate([x], out=np.zeros((2, 3))), r"concatenate\(.*out="),
        (lambda x: np.stack([x], out=np.zeros((1, 2, 3))), r"numpy\.stack\(.*out="),
        (lambda x: np.add(X, 1, out=x), r"out="),
        (lambda x: x.sort(), r"x\.sort\(\.\.\.\) changes an array in place.*argsort"),
        (lambda x: x.fill(0), r"x\.fill\(\.\.\.\) changes an array in place"),
        (lambda x: x.resize(3), r"x\.resize\(\.\.\.\) changes an array in place"),
    ],
)
def test_arrays_that_would_change(f, sentence):
    y = X.copy()
    with pytest.raises(MutabilityError, match=sentence):
        gradient(lambda x: f(x) or x.sum(), y)
    np.testing.assert_array_equal(y, X)


STACK = r"shape \(.*np\.array\(\[a, b\]\) write np\.stack\(\[a, b\]\)"


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (lambda x: np.array([x[0, 0], x[0, 1]]), STACK),
        (lambda x: np.array([x, x]), STACK),
        (lambda x: np.array([x[0, 0]], dtype=object), STACK),
        (lambda x: np.asarray(x), STACK),
        (lambda x: np.sum([x[0, 0], x[0, 1]]), STACK),
        (lambda x: np.ones(2) * [x[0, 0], 1], STACK),
        (lambda x: np.float64(x[0, 0]), STACK),
        (fill_plain, STACK),
        (lambda x: float(x[0, 0]), r"float\(x\).*np\.exp, not math\.exp.*print\(x\)"),
        (lambda x: math.exp(x[0, 0]), r"functions of math.*np\.exp, not math\.exp"),
        (lambda x: complex(x[0, 0]), r"off the tape"),
        (lambda x: x[0, 0].item(), r"off the tape.*withgradient"),
        (lambda x: x.tolist(), r"off the tape"),
        (lambda x: range(x[0, 0]), r"cannot be an index or a count.*f\(x, n\)"),
        (lambda x: x[x[0, 0] :], r"cannot be an index"),
        (lambda x: [1, 2, 3][x[0, 0]], r"cannot be an index"),
        (lambda x: x.reshape(x[0, 0], 1), r"cannot be an index or a count"),
        (lambda x: x[x[0, 0]], r"index|argument 1"),
        (lambda x: X[x[0, 0]], r"tracked"),
        (lambda x: np.tile(X, x[0, 0]), r"numpy\.tile.*argument 1"),
        (lambda x: np.add.reduce(x), r"numpy\.add\.reduce.*np\.sum for np\.add\.red"),
        (lambda x: np.add.outer(x, x), r"numpy\.add\.outer.*x\[:, None\] \+ y"),
        (lambda x: np.add.at(np.zeros(3), [0], x[0]), r"numpy\.add\.at"),
        (lambda x: np.maximum.accumulate(x), r"numpy\.maximum\.accumulate"),
        (lambda x: np.exp(x, where=X > 1), r"numpy\.exp\(\.\.\., where=.*np\.where\("),
    ],
)  # fmt: skip
def test_what_would_cut_the_tape(f, sentence):
    with pytest.raises(NoGradientError, match=sentence):
        gradient(lambda x: f(x) is not None and x.sum(), X)


def test_an_attribute_that_does_not_exist():
    with pytest.raises(AttributeError, match=r"no attribute 'tobytes'.*no derivative"):
        gradient(lambda x: x.tobytes(), X)
    assert gradient(lambda x: x.sum() if hasattr(x, "grad") else 2 * x.sum(), X)


def test_a_tracked_value_is_no_key():
    with pytest.raises(TypeError, match="unhashable"):
        gradient(lambda x: {x: 1}, 1.0)


# --- Augmented assignment -------------------------------------------------------------

AUGMENTED = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
}


@pytest.mark.parametrize("symbol", AUGMENTED)
@pytest.mark.parametrize("x", [np.ones((3, 3)), np.ones(3), np.ones((3, 3), "f4")])
@pytest.mark.parametrize("tracked", [False, True])
def test_augmented_assignment_to_an_array_is_refused(symbol, x, tracked):
    """NumPy changes the array, and whoever else holds it sees that."""
    change = AUGMENTED[symbol]
    s = re.escape(symbol)
    expected = rf"x {s}= y changes an array.*x = x {s} y"
    f = lambda x, y: change(x * 1.0, y if tracked else np.ones(3)).sum()
    with pytest.raises(MutabilityError, match=expected):
        gradient(f, x, np.ones(3))
    with pytest.raises(MutabilityError, match=expected):
        gradient(lambda x: gradient(f, x, np.ones(3))[0].sum(), x)
    assert (x == 1).all()


def test_an_array_with_two_names_is_not_quietly_parted():
    def f(x):
        y = x
        y += 1
        return (x * y).sum()

    assert f(np.ones(2)) == 8
    with pytest.raises(MutabilityError, match=r"x \+= y"):
        gradient(f, np.ones(2))


@pytest.mark.parametrize("start", [0.0, 0, np.float64(0)])
def test_adding_up_a_loss(start):
    def f(x):
        total = start
        for row in x:
            total += (row**2).sum()
        total *= 3
        total -= 1
        total /= 2
        return total

    np.testing.assert_allclose(gradient(f, X)[0], 3 * X, rtol=1e-15)


def test_augmented_assignment_to_a_number_makes_a_new_one():
    def f(x):
        before = x
        x += 1.0
        x *= 2
        x -= 0.5
        x /= 3
        x **= 2
        x %= 100
        return before * x

    x = 1.25
    value = ((2 * (x + 1) - 0.5) / 3) ** 2
    slope = value + x * 2 * ((2 * (x + 1) - 0.5) / 3) * 2 / 3
    assert gradient(f, x)[0] == pytest.approx(slope, rel=1e-14)


def test_a_gradient_cannot_be_changed_in_place_inside_gradient():
    def f(x):
        (g,) = gradient(lambda x: (x**2).sum(), x)
        g *= 0.5
        return g.sum()

    with pytest.raises(MutabilityError, match=r"x \*= y.*Write x = x \* y"):
        gradient(f, X)


# --- Sentences whose advice works ---------------------------------------------------


def test_sorting_as_the_sentence_says():
    x = np.array([3.0, 1.0, 2.0])
    with pytest.raises(MutabilityError, match=r"x\[np\.argsort\(x\)\]"):
        gradient(lambda x: x.sort() or x[0], x)
    weights = np.array([1.0, 10.0, 100.0])
    (g,) = gradient(lambda x: (x[np.argsort(x)] * weights).sum(), x)
    np.testing.assert_array_equal(g, [100, 1, 10])


def test_item_with_an_index_has_the_sentence_of_float():
    for f in (lambda x: x.item(0), lambda x: x.item(0, 1), lambda x: x.item((0, 1))):
        with pytest.raises(NoGradientError, match=r"off the tape.*withgradient"):
            gradient(f, X)


@pytest.mark.parametrize(
    "function", [np.sum, np.mean, np.max, np.min, np.prod, np.cumsum, np.cumprod]
)
def test_only_keywords_of_the_function_are_offered(function):
    with pytest.raises(NoGradientError) as caught:
        gradient(lambda x: np.sum(getattr(x, function.__name__)(unknown=1)), X)
    message = str(caught.value)
    assert f"numpy.{function.__name__}(..., " in message
    offered = re.search(r"know: ([\w, ]+)\.", message)[1].split(", ")
    assert "axis" in offered
    parameters = inspect.signature(function).parameters
    assert set(offered) <= parameters.keys() - {"a", "out"}


def test_where_is_explained_for_where_only():
    with pytest.raises(NoGradientError, match=r"where=.*np\.where\(mask, f\(np"):
        gradient(lambda x: np.sum(np.exp(x, where=X > 1)), X)
    with pytest.raises(NoGradientError, match=r"axes=") as caught:
        gradient(lambda x: np.vecdot(x, x, axes=[0, 0, ()]).sum(), X)
    assert "np.where" not in str(caught.value)


MISSING = [name for name in dir(np.ndarray) if not hasattr(Tracked, name)]


@pytest.mark.parametrize("name", [n for n in MISSING if n[0] != "_"] + ["foo"])
def test_an_attribute_is_not_advised_that_would_fail_too(name):
    """Whatever np.function is named, it can be called on tracked values."""
    with pytest.raises((AttributeError, TypeError), match=rf"\b{name}\b") as caught:
        gradient(lambda x: getattr(x, name)() + x.sum(), X)
    advised = re.findall(r"np\.(\w+)", str(caught.value))
    assert [f for f in advised if getattr(np, f) not in OPERATIONS] == []


def test_a_result_of_integers_is_a_constant():
    found = []
    f = lambda x: (found.append(np.sum(x, dtype=int)) or x.sum()) * found[0]
    np.testing.assert_array_equal(
        gradient(f, X)[0], np.full(X.shape, np.sum(X, dtype=int))
    )
    assert not isinstance(found[0], Tracked)


def test_a_tracked_keyword_without_a_vjp():
    with pytest.raises(NoGradientError, match=r"sum has no vjp towards.*initial, and"):
        gradient(lambda x: np.sum(x, initial=x[0]), X)


def test_a_keyword_that_a_rewritten_function_does_not_take():
    with pytest.raises(NoGradientError, match=r"vecdot\(\.\.\., axes=\.\.\.\).*: axis"):
        gradient(lambda x: np.vecdot(x, x, axes=[0, 0, ()]), np.ones(3))


def test_constants_of_memory():
    def f(x):
        assert (x.itemsize, x.strides, x.flags.c_contiguous) == (8, (16, 8), True)
        return x.sum()

    gradient(f, np.ones((3, 2)))


def test_arrays_of_objects_lose_no_gradient_in_silence():
    def objects(x):
        found = np.empty(3, object)
        for i in range(3):
            found[i] = x[i]
        return found

    for call in (
        lambda x: np.concatenate([x, objects(x)]),
        lambda x: np.where(x > 0, x, objects(x)),
        lambda x: x * objects(x),
    ):
        with pytest.raises(NoGradientError, match=r"Python objects.*np\.stack"):
            gradient(lambda x, call=call: call(x).sum(), np.ones(3))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_matrices_and_masked_arrays_beside_a_tracked_one():
    for other in (np.matrix(np.eye(3)), np.ma.array(np.ones(3), mask=[1, 0, 0])):
        with pytest.raises(NoGradientError, match="rules of its own"):
            gradient(lambda x, other=other: (x * other).sum(), np.ones(3))
        with pytest.raises(NoGradientError, match="rules of its own"):
            gradient(lambda x, other=other: np.add(other, x).sum(), np.ones(3))


def test_a_complex_number_of_python_knows_its_dtype():
    seen = []

    def f(z):
        seen.append((z.dtype, z.nbytes))
        return np.abs(z) ** 2

    assert gradient(f, 1 + 1j) == (2 + 2j,)
    assert seen == [(np.dtype(complex), 16)]
    assert pullback(lambda z: z, 1 + 1j)[1](1j) == (1j,)
    assert hvp(lambda z: np.abs(z) ** 2, 1 + 1j, 1 + 0j) == 2 + 0j


def test_divmod_and_pow_of_python():
    assert gradient(lambda a: divmod(7, a)[1], 2.6) == (-2.0,)
    with pytest.raises(TypeError, match="is for integers"):
        gradient(lambda a: pow(a, 2, 3), 2.0)


def test_a_tracked_option():
    with pytest.raises(MutabilityError, match=r"option like.*np\.sum\(y\) \+ x"):
        gradient(lambda a: np.sum(np.ones(3), initial=a), 2.0)


def test_what_a_flat_array_is_called():
    with pytest.raises(AttributeError, match=r"x\.ravel\(\)"):
        gradient(lambda x: sum(x.flat), np.ones(3))


def test_pickling_is_refused_and_copying_is_not():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(NoGradientError, match=r"cannot be pickled.*its tape"):
            gradient(lambda x, n=protocol: len(pickle.dumps(x, n)) * x, 2.0)
    copied = lambda x: (copy.copy(x) * copy.deepcopy([x])[0]).sum()
    np.testing.assert_array_equal(gradient(copied, X)[0], 2 * X)
