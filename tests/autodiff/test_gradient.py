"""The calls that a user makes: structure, nesting, outputs, and sentences."""

import threading
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import check_gradient, functor, gradient, pullback, withgradient
from minigrad.autodiff import is_tracking
from minigrad.autodiff.tracked import Tracked
from minigrad.errors import MutabilityError, NoGradientError, ShapeError

X = np.array([1.0, 2.0, 3.0])
Point = namedtuple("Point", "x y")


@functor
class Affine:
    def __init__(self, weight, bias, activation=np.tanh):
        self.weight, self.bias, self.activation = weight, bias, activation

    def __call__(self, x):
        return self.activation(x @ self.weight.T + self.bias)


def derivative(f, order):
    for _ in range(order):
        f = lambda x, f=f: gradient(f, x)[0]
    return f


# --- One number in, one number out ----------------------------------------------


def test_always_a_tuple_with_one_gradient_per_argument():
    assert gradient(lambda x: x**2, 3.0) == (6.0,)
    assert gradient(lambda x, y: x * y, 3.0, 4.0) == (4.0, 3.0)
    assert gradient(lambda: 1.0) == ()


def test_the_function_is_called_once():
    calls = []
    gradient(lambda x: calls.append(x) or x * 2, 1.0)
    assert len(calls) == 1


def test_whole_numbers_given_directly_count_as_floats():
    (g,) = gradient(lambda n: n**2 / 2, 3)
    assert (g, type(g)) == (3.0, float)


@pytest.mark.parametrize("x", [2.0, np.float64(2), np.float32(2), np.array(2.0)])
def test_numbers_of_every_kind(x):
    (g,) = gradient(lambda x: x**3, x)
    assert g == 12
    assert np.asarray(g).dtype == np.asarray(x).dtype
    assert np.shape(g) == ()


def test_what_has_no_derivative_gets_none():
    args = (np.arange(3), "text", None, True, np.array([True]), np.tanh)
    f = lambda x, *rest: (x * rest[0]).sum()
    assert gradient(f, X, *args)[1:] == (None,) * len(args)


def test_unused_arguments_get_none_and_not_zero():
    assert gradient(lambda x, y: x * 2, 1.0, X) == (2.0, None)
    assert gradient(lambda x: 3.0, X) == (None,)
    (g,) = gradient(lambda x: (x * 0).sum(), X)
    np.testing.assert_array_equal(g, [0, 0, 0])


# --- Structure ------------------------------------------------------------------


def test_the_gradient_of_a_model_has_its_field_names():
    model = {"layers": (Affine(np.ones((2, 3)), np.zeros(2)), abs), "scale": 2.0}
    f = lambda m: m["scale"] * m["layers"][1](m["layers"][0](X)).sum()
    (g,) = gradient(f, model)
    assert list(g) == ["layers", "scale"]
    layer = g["layers"][0]
    assert layer._fields == ("weight", "bias", "activation")
    assert layer.weight.shape == (2, 3)
    assert layer.activation is None
    assert g["layers"][1] is None
    assert g["scale"] == pytest.approx(2 * np.tanh(6))
    assert check_gradient(f, model)


def test_containers_come_back_as_they_are():
    model = OrderedDict(a=[1.0, (2.0, X)], b=Point(3.0, "text"))
    f = lambda m: m["a"][0] * m["a"][1][0] * m["b"].x + m["a"][1][1].sum()
    (g,) = gradient(f, model)
    assert type(g) is OrderedDict
    assert type(g["b"]) is Point
    assert (g["a"][0], g["a"][1][0], g["b"]) == (6, 3, Point(2, None))
    np.testing.assert_array_equal(g["a"][1][1], [1, 1, 1])


def test_whole_branches_without_gradient_are_none():
    model = {"used": 1.0, "unused": [X, {"deep": 2.0}], "empty": (), "whole": 3}
    (g,) = gradient(lambda m: m["used"] * 2 + m["whole"], model)
    assert g == {"used": 2.0, "unused": None, "empty": None, "whole": None}


def test_whole_numbers_inside_a_tree_are_settings():
    (g,) = gradient(lambda m: m["x"] ** m["n"], {"x": 2.0, "n": 3})
    assert g == {"x": 12.0, "n": None}


def test_an_array_in_two_places_has_a_gradient_in_each():
    (g,) = gradient(lambda m: (m[0] * m[1]["tied"] ** 2).sum(), (X, {"tied": X}))
    np.testing.assert_array_equal(g[0], X**2)
    np.testing.assert_array_equal(g[1]["tied"], 2 * X**2)


def test_the_arguments_stay_what_they_were():
    layer = Affine(np.ones((2, 3)), np.zeros(2))
    model = [layer, X]
    gradient(lambda m: m[0](m[1]).sum(), model)
    assert model[0] is layer
    assert model[1] is X
    assert type(layer.weight) is np.ndarray


FLOATS = st.floats(-2, 2) | st.builds(np.full, st.integers(0, 3), st.floats(-2, 2))
TREES = st.recursive(
    FLOATS | st.integers(-5, 5) | st.sampled_from(["text", None, abs]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.builds(Point, inner, inner)
        | st.builds(Affine, inner, inner, inner)
    ),
    max_leaves=8,
)


def total_of_squares(tree):
    if isinstance(tree, Tracked):
        return (tree**2).sum()
    if isinstance(tree, dict):
        return sum(map(total_of_squares, tree.values()), 0.0)
    if isinstance(tree, list | tuple):
        return sum(map(total_of_squares, tree), 0.0)
    if isinstance(tree, Affine):
        return total_of_squares((tree.weight, tree.bias, tree.activation))
    return 0.0


def agree(gradient, tree):
    """Whether `gradient` is twice `tree`, with None for parts without floats."""
    if isinstance(tree, float | np.ndarray):
        return np.array_equal(gradient, 2 * tree)
    if isinstance(tree, Affine):
        tree = (tree.weight, tree.bias, tree.activation)
    if gradient is None:
        parts = tree.values() if isinstance(tree, dict) else tree
        return not isinstance(tree, dict | list | tuple) or all(
            agree(None, part) and not isinstance(part, float) for part in parts
        )
    if isinstance(tree, dict):
        return gradient.keys() == tree.keys() and all(
            agree(gradient[key], tree[key]) for key in tree
        )
    return len(gradient) == len(tree) and all(map(agree, gradient, tree))


@given(TREES)
def test_gradient_of_any_tree(tree):
    (_, g) = gradient(lambda x, trees: x + total_of_squares(trees), 1.0, [tree])
    assert agree(g, [tree])


# --- Higher derivatives ---------------------------------------------------------


def test_three_orders():
    found = [derivative(np.sin, n)(0.3) for n in (1, 2, 3)]
    expected = [np.cos(0.3), -np.sin(0.3), -np.cos(0.3)]
    assert found == pytest.approx(expected, rel=1e-15)


def test_mixed_derivatives_of_arrays():
    """d/dy of (d/dx sum x**2 y**3) . 1 is 6 x y**2."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    f = lambda x, y: (x**2 * y**3).sum()
    (g,) = gradient(lambda y: gradient(lambda x: f(x, y), x)[0].sum(), y)
    np.testing.assert_allclose(g, 6 * x * y**2, rtol=1e-15)


def test_gradient_penalty_through_a_model():
    layer = Affine(np.array([[0.3, -0.4, 0.1]]), np.array([0.2]))
    penalty = lambda layer: (gradient(lambda x: layer(x).sum(), X)[0] ** 2).sum()
    assert check_gradient(penalty, layer)


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        # Siskind and Pearlmutter (2005): d/dx (x d/dy (x + y)) = 1, not 2.
        (lambda x: x * gradient(lambda y: x + y, 1.0)[0], 1.0, 1),
        (lambda x: x * gradient(lambda y: x * y, 2.0)[0], 3.0, 6),
        (lambda x: gradient(lambda y: x * y**2, x)[0], 3.0, 12),
        (lambda x: gradient(lambda x: x**3, x)[0], 2.0, 12),
        (lambda x: x * gradient(lambda x: x**3, x)[0], 2.0, 36),
        (lambda x: gradient(lambda y: gradient(lambda z: x * y * z, 1.0)[0], 1.0)[0],
         5.0, 1),
        (lambda x: gradient(lambda y: y * gradient(lambda z: x * z**2, y)[0], x)[0],
         2.0, 16),
        (lambda x: x * gradient(lambda y: y, 1.0)[0], 7.0, 1),
        (lambda x: gradient(lambda y, z: x * y * z, x, x)[1], 3.0, 6),
    ],
)  # fmt: skip
def test_no_perturbation_confusion(f, at, expected):
    assert gradient(f, at) == (expected,)


def test_a_function_that_makes_functions():
    """Manzyuk et al. (2019): the outer derivative must not leak into the inner."""
    shifted = lambda u: lambda f: lambda x: f(x + u)
    at_zero = lambda f: gradient(lambda u: shifted(u)(f)(1.0), 0.0)[0]
    twice = gradient(lambda u: gradient(shifted(u)(np.exp), 1.0)[0], 0.0)[0]
    assert at_zero(np.exp) == pytest.approx(np.e)
    assert twice == pytest.approx(np.e)


def test_an_inner_gradient_that_ignores_the_outer_variable():
    assert gradient(lambda x: x * gradient(lambda y: y * y, 3.0)[0], 2.0) == (6,)
    assert gradient(lambda x: gradient(lambda y: y * y, 3.0)[0] + 0 * x, 2.0) == (0,)


def test_pullback_inside_gradient():
    def f(x):
        y, back = pullback(np.sin, x)
        return y * back(1.0)[0]

    (g,) = gradient(f, 0.4)
    assert g == pytest.approx(np.cos(0.8))


def test_derivative_towards_the_gradient_of_the_output():
    """`back` is linear in `ybar`, and its own gradient is the slope of f."""
    _, back = pullback(np.sin, 0.4)
    assert gradient(lambda ybar: back(ybar)[0], 1.0)[0] == pytest.approx(np.cos(0.4))


# --- Random programs -----------------------------------------------------------------

MASK = np.array([[True, False, True], [False, True, True]])
INSTRUCTIONS = [
    lambda x, y: x + y,
    lambda x, y: x - 2 * y,
    lambda x, y: x * y,
    lambda x, y: x / (3 + y),
    lambda x, y: np.sin(x),
    lambda x, y: np.exp(x * y / 2),
    lambda x, y: x**3,
    lambda x, y: x @ y.T @ x / 3,
    lambda x, y: x.sum(axis=0) * y,
    lambda x, y: x.mean(axis=1, keepdims=True) + y[0],
    lambda x, y: np.cumsum(x, axis=1),
    lambda x, y: x[::-1, [0, 0, 2]] * y,
    lambda x, y: np.concatenate([x[:1], y[1:]]),
    lambda x, y: np.stack([x, y]).prod(axis=0),
    lambda x, y: np.where(MASK, x, y),
    lambda x, y: np.tensordot(x, y, axes=([1], [1])) @ x,
    lambda x, y: np.roll(np.flip(x, 1), 1, axis=0).reshape(3, 2).T,
    lambda x, y: ((x - x.mean()) ** 2).mean() * np.tile(y[:, :1], 3),
]
STEP = st.tuples(st.sampled_from(INSTRUCTIONS), st.integers(0, 99), st.integers(0, 99))


def run(program):
    """The function of two (2, 3) arrays that a random program computes."""

    def f(x, y):
        values = [x, y]
        for instruction, i, j in program:
            result = instruction(values[i % len(values)], values[j % len(values)])
            values.append(np.tanh(result))  # keeps all numbers moderate
        return sum(value.sum() for value in values[-3:])

    return f


def dot(gradients, directions):
    pairs = zip(gradients, directions, strict=True)
    return sum((np.sum(g * d) for g, d in pairs if g is not None), 0.0)


@given(st.lists(STEP, min_size=1, max_size=8), st.integers(0, 99))
def test_random_programs_against_the_complex_step(program, seed):
    """Im f(x + i h d) / h is the slope along d, exact to rounding."""
    rng = np.random.default_rng(seed)
    arrays, directions = rng.normal(size=(2, 2, 2, 3)) / 2
    f = run(program)
    expected = np.imag(f(*(arrays + 1e-30j * directions))) / 1e-30
    found = dot(gradient(f, *arrays), directions)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(STEP, min_size=1, max_size=5), st.integers(0, 99))
def test_hessians_of_random_programs_are_symmetric(program, seed):
    """u . H v = v . H u, where H v is the gradient of (gradient . v)."""
    rng = np.random.default_rng(seed)
    arrays, u, v = rng.normal(size=(3, 2, 2, 3)) / 2
    f = run(program)

    def second(left, right):
        slope = lambda *arrays: dot(gradient(f, *arrays), right)
        return dot(gradient(slope, *arrays), left)

    assert second(u, v) == pytest.approx(second(v, u), rel=1e-9, abs=1e-9)


# --- Accidents and company ------------------------------------------------------


def test_everything_works_after_an_exception_in_the_function():
    def careless(x):
        gradient(lambda y: y * x, 1.0)
        raise KeyError("careless")

    for _ in range(3):
        with pytest.raises(KeyError, match="careless"):
            gradient(lambda x: gradient(careless, x)[0], 1.0)
    assert derivative(lambda x: x**3, 2)(2.0) == 12
    assert np.ones(3).sum() == 3


def test_an_exception_caught_inside_the_function():
    def f(x):
        try:
            gradient(lambda y: (y * x) / [], 1.0)
        except (TypeError, ShapeError, ValueError):
            return x * 3
        raise AssertionError("the inner function must fail")

    assert gradient(f, 2.0) == (3,)


def steps(scale, x):
    """Fifty times x + scale x**2, where x**2 is itself found as a gradient."""
    for _ in range(50):
        x = x + scale * gradient(lambda y, x=x: y * x * x, 1.0)[0]
    return x


def derivatives_of_steps(scale, x):
    """The first and second derivative of `steps`, carried along by hand."""
    first, second = 1.0, 0.0
    for _ in range(50):
        second = second * (1 + 2 * scale * x) + 2 * scale * first**2
        first = first * (1 + 2 * scale * x)
        x = x + scale * x**2
    return [first, second]


def test_two_threads_at_once():
    results, together = {}, threading.Barrier(2)

    def work(scale):
        together.wait()
        f = lambda x: steps(scale, x)
        results[scale] = [derivative(f, 1)(0.5), derivative(f, 2)(0.5)]

    threads = [threading.Thread(target=work, args=(scale,)) for scale in (0.01, 0.02)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for scale in (0.01, 0.02):
        expected = derivatives_of_steps(scale, 0.5)
        assert results[scale] == pytest.approx(expected, rel=1e-12)


def test_threads_inside_a_function():
    def f(x):
        found = []
        inner = lambda: found.append(gradient(lambda y: x * y**2, 3.0)[0])
        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()
        return found[0] * x

    assert gradient(f, 2.0) == (24,)


# --- Outputs --------------------------------------------------------------------


def test_pullback_of_an_array():
    y, back = pullback(lambda x: x**2, X)
    np.testing.assert_array_equal(y, X**2)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(back(np.array([1.0, 10, 100]))[0], [2, 40, 600])
    np.testing.assert_array_equal(back([1, 10, 100])[0], [2, 40, 600])


def test_pullback_of_trees_with_none_where_nothing_is_asked():
    def f(x, y):
        return {"a": (x * y, Point(x + y, "text")), "b": [x, 5], "plain": 3.0}

    value, back = pullback(f, 2.0, 3.0)
    assert value == {"a": (6, Point(5, "text")), "b": [2, 5], "plain": 3}
    ybar = {"a": (1, Point(10, None)), "b": [100, None], "plain": None}
    for _ in range(2):
        assert back(ybar) == (3 + 10 + 100, 2 + 10)
    assert back({"a": (1, None), "b": None, "plain": None}) == (3, 2)
    assert back({"a": None, "b": [2, None], "plain": 7.0}) == (2, None)
    assert back(None) == (None, None)


def test_pullback_of_a_model():
    layer = Affine(np.ones((2, 2)), np.zeros(2))
    y, back = pullback(lambda layer: Affine(layer.weight * 2, layer.bias), layer)
    np.testing.assert_array_equal(y.weight, 2 * np.ones((2, 2)))
    (g,) = back(Affine(np.ones((2, 2)), None, None))
    np.testing.assert_array_equal(g.weight, np.full((2, 2), 2))
    assert g.bias is None


def test_called_twice_the_same_comes_back():
    y, back = pullback(lambda x, w: np.tanh(x @ w), np.ones((2, 3)), np.ones((3, 2)))
    first, second = back(np.ones_like(y)), back(np.ones_like(y))
    for g, h in zip(first, second, strict=True):
        np.testing.assert_array_equal(g, h)
        assert not np.shares_memory(g, h)


def test_the_same_output_twice_adds_up():
    assert pullback(lambda x: (x, x), 3.0)[1]((1.0, 10.0)) == (11,)


def test_withgradient_hands_on_what_else_was_returned():
    result = withgradient(lambda x: (x.sum(), {"twice": 2 * x, "n": 3}), X)
    (loss, extra), grads = result
    assert (loss, extra["n"]) == (6, 3)
    assert type(extra["twice"]) is np.ndarray
    np.testing.assert_array_equal(extra["twice"], 2 * X)
    np.testing.assert_array_equal(grads[0], [1, 1, 1])
    assert (result.val, result.grad) == ((loss, extra), grads)


def test_withgradient_keeps_named_tuples():
    Result = namedtuple("Result", "loss accuracy")
    val, grad = withgradient(lambda x: Result(x**2, x > 1), 3.0)
    assert val == Result(9, True)
    assert type(val) is Result
    assert grad == (6,)
    assert withgradient(lambda x: x**2, 3.0) == (9.0, (6.0,))


def test_the_loss_is_a_plain_number():
    for x in (2.0, np.float32(2), X):
        val, _ = withgradient(lambda x: np.sum(x * 2), x)
        assert not isinstance(val, Tracked)
        assert np.ndim(val) == 0


# --- Types and memory -----------------------------------------------------------


def test_every_leaf_keeps_its_own_dtype():
    """A float32 model with a float64 participant and a Python number."""
    model = {"w": np.ones((2, 3), np.float32), "s": 2.0, "b": np.zeros(2)}
    f = lambda m, x: (m["s"] * (x @ m["w"].T) + m["b"]).mean()
    for x in (np.ones((4, 3)), np.ones((4, 3), np.float32)):
        g, to_x = gradient(f, model, x)
        assert g["w"].dtype == np.float32
        assert type(g["s"]) is float
        assert g["b"].dtype == np.float64
        assert to_x.dtype == x.dtype


def test_a_python_number_promotes_no_float32_array():
    x = np.ones(3, np.float32)
    y, back = pullback(lambda x, s: x * s * (s + 1) * np.exp(s) / 2, x, 3.0)
    assert y.dtype == np.float32
    to_x, to_s = back(np.ones(3))
    assert to_x.dtype == np.float32
    assert type(to_s) is float
    y, _ = pullback(lambda x, s: x * s, x, np.float64(3))
    assert y.dtype == np.float64


def test_half_precision_and_long_double():
    for dtype in (np.float16, np.longdouble):
        (g,) = gradient(lambda x: (x**2).sum(), np.ones(2, dtype))
        assert g.dtype == dtype


def test_inputs_are_never_changed():
    x, y = np.arange(4.0).reshape(2, 2), np.ones(2)
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    for _ in range(2):
        gradient(lambda x, y: (np.tanh(x @ y + x[0]) * np.sqrt(x + 1)).sum(), x, y)
    np.testing.assert_array_equal((x, np.ones((2, 1)) * y), (before[0], [y, y]))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (x + y).sum(),
        lambda x, y: (x - y).mean(),
        lambda x, y: ((x + y) ** 2).sum(),
        lambda x, y: (x * y).sum(),
        lambda x, y: np.concatenate([x, y]).sum(),
        lambda x, y: x @ y,
        lambda x, y: x.reshape(-1)[0] + y.T[0],
    ],
)
def test_gradients_are_arrays_of_their_own(f):
    """So `g *= 0.5` works, and changes neither another gradient nor an input."""
    x, y = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    first, second = gradient(f, x, y)
    others = second.copy(), x.copy(), y.copy()
    first *= 7
    for array, before in zip((second, x, y), others, strict=True):
        np.testing.assert_array_equal(array, before)
    second *= 7


def test_the_seed_is_not_handed_back():
    ybar = np.ones(3)
    (g,) = pullback(lambda x: x, X)[1](ybar)
    g *= 5
    np.testing.assert_array_equal(ybar, [1, 1, 1])


# --- Numbers from Flux's documentation ------------------------------------------


def test_gradient_of_a_named_tuple_in_the_documentation():
    """seed.static.gradient."""
    m = Point(np.array([1, 2], np.float32), np.array([4, 5], np.float32))
    (g,) = gradient(lambda m: ((m.x + m.y) ** 2).sum(), m)
    np.testing.assert_array_equal(g.x, np.array([10, 14], np.float32))
    np.testing.assert_array_equal(g.y, np.array([10, 14], np.float32))
    assert g.x.dtype == g.y.dtype == np.float32


def test_gradient_of_a_penalty_in_the_documentation():
    """seed.regularisation.penalty_grad."""
    (g,) = gradient(lambda t: 0.42 * (t**2).sum() / 2, np.array([1.0, -2.0, 3.0]))
    np.testing.assert_allclose(g, [0.42, -0.84, 1.26], rtol=1e-12)


def test_gradients_of_two_steps_in_the_documentation():
    """seed.dense.grads: first on the leaky side, then on the linear one."""
    expected = {
        "step1": {"weight": [[-0.2, 0.3]], "bias": [-1.0]},
        "step2": {"weight": [[-20.0, 30.0]], "bias": [-100.0]},
    }
    leakyrelu = lambda x: np.where(x > 0, x, 0.01 * x)
    layer = Affine(np.ones((1, 2)), np.zeros(1), leakyrelu)
    x, y = np.array([0.2, -0.3]), np.array([0.4])
    for step in ("step1", "step2"):
        (g,) = gradient(lambda m: 100 * np.abs(m(x) - y).sum(), layer)
        np.testing.assert_allclose(g.weight, expected[step]["weight"], rtol=1e-9)
        np.testing.assert_allclose(g.bias, expected[step]["bias"], rtol=1e-9)
        layer = Affine(
            layer.weight - 0.1 * g.weight, layer.bias - 0.1 * g.bias, leakyrelu
        )


# --- Sentences ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "sentence"),
    [
        (lambda x: x * 2, ShapeError, r"array of shape \(3,\).*you wanted jacobian"),
        (lambda x: x.sum() * 1j, NoGradientError, r"complex number.*np\.cos"),
        (lambda x: x * 1j, NoGradientError, r"complex"),
        (lambda x: (x.sum(), x), NoGradientError, r"a tuple.*use withgradient"),
        (lambda x: None, NoGradientError, r"returned None \(is a return missing\?\)"),
        (lambda x: [x], NoGradientError, r"returned a list.*Return the loss itself"),
        (lambda x: "loss", NoGradientError, r"returned a str"),
    ],
)
def test_outputs_that_have_no_gradient(f, error, sentence):
    with pytest.raises(error, match=sentence):
        gradient(f, X)


def test_withgradient_of_no_number():
    with pytest.raises(NoGradientError, match="empty tuple"):
        withgradient(lambda x: (), 1.0)
    with pytest.raises(NoGradientError, match="returned None"):
        withgradient(lambda x: (None, x), 1.0)
    with pytest.raises(ShapeError, match=r"shape \(3,\)"):
        withgradient(lambda x: (x, x.sum()), X)


@pytest.mark.parametrize(
    "x", [np.array([1j]), np.complex64(1j), 1j, {"z": np.ones(1) * 1j}]
)
def test_complex_arguments(x):
    with pytest.raises(NoGradientError, match="complex"):
        gradient(lambda x: x["z"] if isinstance(x, dict) else x, x)


def test_back_wants_the_structure_of_the_output():
    back = pullback(lambda x: {"a": x, "b": x.sum()}, X)[1]
    with pytest.raises(ShapeError, match=r"a dict with the entries \['a', 'b'\]"):
        back({"a": X})
    with pytest.raises(ShapeError, match=r"same structure"):
        back((X, 1.0))
    with pytest.raises(ShapeError, match=r"shape \(3,\).*shape \(2,\)"):
        back({"a": np.ones(2), "b": 1.0})


def test_writing_into_a_plain_array_is_explained_though_numpy_hides_it():
    def squares(x):
        out = np.zeros(3)
        for i in range(3):
            out[i] = x[i] ** 2
        return out.sum()

    with pytest.raises(MutabilityError, match=r"np\.stack\(numbers\)"):
        gradient(squares, np.ones(3))
    with pytest.raises(MutabilityError, match=r"np\.stack\(numbers\)"):
        gradient(lambda x: gradient(squares, x)[0].sum(), np.ones(3))


def test_an_argument_that_contains_itself_is_refused():
    model = [np.ones(1)]
    model.append(model)
    with pytest.raises(ValueError, match="contains itself"):
        gradient(lambda m: m[0].sum(), model)


def test_other_errors_of_the_function_pass_unchanged():
    def fails(x):
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        gradient(fails, 1.0)


# --- Something else than a function -----------------------------------------------


@pytest.mark.parametrize("call", [gradient, withgradient, pullback, check_gradient])
@pytest.mark.parametrize(
    ("given", "name"),
    [
        (np.float32(3), "float32"),
        (3.0, "float"),
        (X, "ndarray"),
        (None, "None"),
        ({"w": X}, "dict"),
    ],
)
def test_what_is_not_a_function(call, given, name):
    """As in `gradient(mse(m(x), y), m)`, the habit of PyTorch."""
    expected = rf"need a function.*given.* {name}\..*gradient\(lambda m: "
    with pytest.raises(TypeError, match=expected):
        call(given, X)


def test_a_model_given_first_is_called_like_any_function():
    layer = Affine(np.ones((1, 3)), np.zeros(1), np.sum)
    np.testing.assert_array_equal(gradient(layer, X)[0], [1, 1, 1])


# --- Types that have no gradient, and values that outlive their call -------------


@pytest.mark.parametrize(
    ("x", "what"),
    [
        (np.arange(3), "the dtype int64"),
        (np.array(["a"]), "the dtype <U1"),
        (np.zeros(2, [("a", float)]), "the dtype"),
        (np.array([1.0, X], object), "Py"),
    ],
)
def test_nothing_to_differentiate(x, what):
    with pytest.raises(
        NoGradientError, match=rf"argument 0 is an array of {what}.*floats"
    ):
        gradient(lambda x: 1.0, x)
    assert gradient(lambda w, x: w * 2, 3.0, x) == (2.0, None)


@pytest.mark.parametrize("x", [[1, 2], {"a": 3}, True, "text", (np.arange(3),), []])
def test_not_one_float(x):
    with pytest.raises(NoGradientError, match=r"not one float is in a.*func"):
        gradient(lambda x: 1.0, x)
    assert gradient(lambda w, x: w * 2, 3.0, x) == (2.0, None)
    assert gradient(lambda: 1.0) == ()


def test_a_tracked_value_that_outlives_its_gradient():
    kept = []
    gradient(lambda x: kept.append(x * 2) or x.sum(), X)
    np.testing.assert_array_equal(kept[0].shape, X.shape)
    for use in (lambda x: x + 1, np.sum, lambda x: x[0], lambda x: gradient(
            lambda y: (x * y).sum(), X)):  # fmt: skip
        with pytest.raises(NoGradientError, match=r"used after its gradient.*withgrad"):
            use(kept[0])


def test_is_tracking():
    seen = []
    note = lambda x: seen.append(is_tracking()) or x

    def nested(x):
        gradient(note, 1.0)
        return note(x)

    assert not is_tracking()
    gradient(nested, 1.0)
    assert seen == [True, True] and not is_tracking()
    with pytest.raises(ZeroDivisionError):
        gradient(lambda x: 1 / 0, 1.0)
    assert not is_tracking()


def test_large_arrays_that_no_vjp_uses_are_let_go():
    import weakref

    gone = []

    def f(x):
        y = x + 1
        gone.append(weakref.ref(y.value))
        y = np.tanh(y)
        gone.append(weakref.ref(y.value))
        return (y * y).sum()

    x = np.linspace(-1, 1, 10_000)
    _, back = pullback(f, x)
    assert gone[0]() is None and gone[1]() is not None
    y = np.tanh(x + 1)
    np.testing.assert_allclose(back(1.0)[0], 2 * y * (1 - y * y), rtol=1e-14)
    del back
    assert gone[1]() is None


@pytest.mark.parametrize("power", [1, 2, 3])
def test_shadows_change_no_gradient(power):
    """The same program with large arrays, and with small ones, which are all kept."""

    def f(x, w):
        y = np.maximum(np.sin(x * w) - 0.3, 0) ** power
        return (y / (1 + x * x) + np.where(y > 0, x, -w)).sum()

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4_000))
    found = gradient(f, x, w)
    for half in (slice(0, 1000), slice(1000, 4000)):
        for whole, part in zip(found, gradient(f, x[half], w[half]), strict=True):
            np.testing.assert_array_equal(whole[half], part)


def test_complex_gradients_as_zygote_documents_them():
    """dL/dx + i dL/dy; for a holomorphic f the conjugate of f'."""
    z = 1 + 1j
    (g,) = gradient(lambda z: np.real(np.log(z)), z)
    assert type(g) is complex and g == pytest.approx(np.conj(1 / z))
    assert gradient(lambda z: np.abs(z) ** 2, 3 + 4j)[0] == pytest.approx(6 + 8j)
    assert gradient(lambda z: z.imag, z)[0] == 1j
    assert gradient(lambda x: np.abs(x * 1j), 2.0) == (1.0,)
    _, back = pullback(lambda z: z * (2 + 1j), np.array([z]))
    np.testing.assert_array_equal(back(np.array([1.0 + 0j]))[0], [2 - 1j])
    with pytest.raises(TypeError, match=r"real, of dtype float64.*np\.real\(ybar\)"):
        pullback(np.abs, np.array([z]))[1](np.array([1j]))
