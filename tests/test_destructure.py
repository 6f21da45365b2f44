"""All parameters in one vector, and back: orders, dtypes, ties, derivatives."""

import copy
import pickle
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Chain, Dense, functor, gradient, jacobian, relu, tanh, trainables
from minigrad.arrays import memory_owner
from minigrad.autodiff import pullback
from minigrad.destructure import destructure
from minigrad.errors import ShapeError
from minigrad.functors import children

Lay = namedtuple("Lay", "lay vec")


@functor
class Layer:
    def __init__(self, mat, fun=tanh):
        self.mat, self.fun = mat, fun


@functor(trainable=("scale",))
class Norm:
    def __init__(self, scale, mean):
        self.scale, self.mean = scale, mean


def marked():
    """The model of Flux's documentation: two arrays and a function."""
    mat = np.array([[1, 2], [3, 4]], np.float32)
    return Lay(Layer(mat), np.array([5, 6], np.float32))


def chain(dtype=np.float32):
    shape = lambda *n: np.random.default_rng(sum(n)).normal(size=n).astype(dtype)
    return Chain(
        Dense(shape(4, 3), shape(4), tanh), Dense(shape(2, 4), shape(2), np.sin)
    )


DATA = np.random.default_rng(1).normal(size=(5, 3))

# --- The vector --------------------------------------------------------------------


def test_the_order_is_that_of_numpy_or_on_demand_that_of_julia():
    for order, expected in (("C", [1, 2, 3, 4, 5, 6]), ("F", [1, 3, 2, 4, 5, 6])):
        vector, restructure = destructure(marked(), order=order)
        np.testing.assert_array_equal(vector, expected)
        assert vector.dtype == np.float32
        assert len(restructure) == 6
        again = restructure(vector)
        np.testing.assert_array_equal(again.lay.mat, [[1, 2], [3, 4]])
        np.testing.assert_array_equal(again.vec, [5, 6])


def test_an_unmarked_object_is_no_part_of_the_vector():
    class Unmarked:
        mat = np.ones(3)

    vector, restructure = destructure({"lay": Unmarked(), "vec": np.array([5.0, 6.0])})
    np.testing.assert_array_equal(vector, [5, 6])
    assert repr(restructure) == "Restructure(dict, ..., 2)"


def test_it_prints_with_type_and_length():
    assert repr(destructure(marked())[1]) == "Restructure(Lay, ..., 6)"
    assert repr(destructure(chain())[1]) == "Restructure(Chain, ..., 26)"


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((np.float16, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
        ((np.complex64, np.float32), np.complex64),
        ((np.complex64, np.float64), np.complex128),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_the_vector_holds_every_dtype_and_gives_it_back(dtypes, expected, swap):
    dtypes = dtypes[::-1] if swap else dtypes
    model = [np.full(n, n + 0.5, dtype) for n, dtype in enumerate(dtypes, 1)]
    vector, restructure = destructure(model)
    assert vector.dtype == expected
    for x, y in zip(restructure(vector), model, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


def test_a_real_parameter_takes_the_real_part():
    model = [np.ones(1, complex), np.ones(2)]
    _, restructure = destructure(model)
    first, second = restructure(np.array([1j, 2 + 3j, 4 - 5j]))
    assert (first.dtype, second.dtype) == (complex, float)
    np.testing.assert_array_equal(first, [1j])
    np.testing.assert_array_equal(second, [2, 4])


def test_what_is_no_parameter_stays_what_it_is():
    index, mean = np.arange(2), np.ones(3)
    model = {"i": index, "norm": Norm(np.zeros(3), mean), "f": np.tanh, "n": 0.5}
    vector, restructure = destructure(model)
    assert vector.size == 3
    new = restructure(vector + 1)
    assert new["i"] is index and new["norm"].mean is mean and new["f"] is np.tanh
    assert (new["n"], list(new)) == (0.5, list(model))
    np.testing.assert_array_equal(new["norm"].scale, np.ones(3))
    np.testing.assert_array_equal(model["norm"].scale, np.zeros(3))


SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)


@given(st.lists(SHAPES, max_size=9), st.sampled_from("CF"))
def test_there_and_back_again(shapes, order):
    """Both ways, for any number of arrays of any shapes; empty ones and 0-d too."""
    rng = np.random.default_rng(0)
    model = [np.array(rng.normal(size=shape)) for shape in shapes]
    vector, restructure = destructure(model, order=order)
    assert vector.shape == (sum(x.size for x in model),) == (len(restructure),)
    for x, y in zip(restructure(vector), model, strict=True):
        assert x.shape == y.shape
        np.testing.assert_array_equal(x, y)
    other = np.array(rng.normal(size=len(restructure)))
    np.testing.assert_array_equal(destructure(restructure(other), order)[0], other)


ARRAYS = st.builds(
    lambda shape, dtype, seed: np.asarray(
        np.random.default_rng(seed).integers(-99, 99, shape).astype(dtype)
    ),
    SHAPES,
    st.sampled_from([np.float16, np.float32, np.float64, np.complex64, int]),
    st.integers(0, 9),
)
MODELS = st.recursive(
    ARRAYS | st.sampled_from([np.tanh, "text", 3, 0.5, None]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "b", 0]), inner, max_size=3)
        | st.builds(Lay, inner, inner)
        | st.builds(Layer, inner, inner)
        | st.builds(Norm, inner, inner)
        | inner.map(lambda x: [x, {"again": x}])
    ),
    max_leaves=8,
)


def taken_apart(x):
    """Types, names, dtypes and numbers of a model, as tuples to be compared."""
    if isinstance(x, np.ndarray):
        return x.dtype, x.shape, x.tolist()
    names, parts = tuple(children(x)), map(taken_apart, children(x).values())
    return (type(x), names, *parts) if names else (type(x), x)


@given(MODELS, st.sampled_from("CF"))
def test_models_of_all_kinds_come_back(model, order):
    """Integers of two digits, which every dtype holds exactly."""
    vector, restructure = destructure(model, order=order)
    again = restructure(vector)
    assert taken_apart(again) == taken_apart(model)
    places = [path for path, _ in trainables(model, path=True)]
    assert [path for path, _ in trainables(again, path=True)] == places
    np.testing.assert_array_equal(destructure(again, order=order)[0], vector)
    assert vector.size == sum(x.size for x in trainables(model))
    assert vector.dtype == np.result_type(*trainables(model) or [np.float32])


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_layout_in_memory_does_not_matter(order):
    wide = np.arange(24.0).reshape(4, 6)
    for x in (wide[::-1, ::2], np.asfortranarray(wide), wide.T, wide[1:2, 3:4]):
        vector, restructure = destructure([x], order=order)
        np.testing.assert_array_equal(vector, np.ravel(x, order))
        np.testing.assert_array_equal(restructure(vector)[0], x)


# --- Memory ------------------------------------------------------------------------


def test_nothing_shares_memory():
    """One array alone, too, where a view would do to look right."""
    for model in ([np.ones(3)], [np.ones(3), np.zeros(2)]):
        vector, restructure = destructure(model)
        new = restructure(vector)
        assert not any(np.shares_memory(vector, x) for x in [*model, *new])
        vector[:] = 9
        np.testing.assert_array_equal(model[0], np.ones(3))
        np.testing.assert_array_equal(new[0], np.ones(3))
        assert all(memory_owner(x) is x and x.flags.writeable for x in new)


def test_the_parameters_may_change_after_it_was_made():
    model = {"x": np.ones(2)}
    vector, restructure = destructure(model)
    model["x"] += 1
    np.testing.assert_array_equal(restructure(vector)["x"], [1, 1])


@pytest.mark.parametrize(
    "copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy, copy.copy]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_it_can_be_pickled_and_copied(copied, order):
    vector, restructure = destructure(chain(), order=order)
    vector, twin = copied((vector, restructure))
    assert (len(twin), repr(twin)) == (len(restructure), repr(restructure))
    x = np.float32(DATA)
    np.testing.assert_array_equal(twin(vector)(x), chain()(x))


def test_ties_survive_a_copy_of_the_way_back():
    x = np.arange(6.0).reshape(2, 3)
    vector, restructure = destructure({"down": x, "up": x.T, "again": x})
    for twin in (copy.deepcopy(restructure), pickle.loads(pickle.dumps(restructure))):
        new = twin(vector)
        assert len(twin) == 6 and new["down"] is new["again"]
        assert np.shares_memory(new["down"], new["up"])


# --- Ties --------------------------------------------------------------------------


def test_a_tied_array_counts_once_and_stays_tied():
    x = np.ones(2)
    vector, restructure = destructure({"a": x, "b": [np.zeros(1), x]})
    assert vector.tolist() == [1, 1, 0]
    new = restructure(np.array([2.0, 3.0, 4.0]))
    assert new["a"] is new["b"][1]
    assert new["a"].tolist() == [2, 3]


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_transposed_view_counts_once_and_stays_a_view(order):
    x = np.arange(6.0).reshape(2, 3)
    vector, restructure = destructure({"down": x, "up": x.T}, order=order)
    assert len(restructure) == 6
    new = restructure(vector + 1)
    np.testing.assert_array_equal(new["down"], x + 1)
    np.testing.assert_array_equal(new["up"], x.T + 1)
    assert np.shares_memory(new["down"], new["up"])


def test_a_part_of_another_array_is_a_parameter_of_its_own():
    x = np.arange(6.0).reshape(2, 3)
    assert destructure([x, x[:1]])[0].tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]


def test_the_gradients_of_a_tie_add_up():
    x = np.arange(6.0).reshape(2, 3)
    vector, restructure = destructure({"down": x, "up": x.T, "again": x})
    weights = np.random.default_rng(0).normal(size=(3, 2, 3))

    def loss(v):
        m = restructure(v)
        down, up = np.sum(weights[0] * m["down"]), np.sum(weights[1].T * m["up"])
        return down + up + np.sum(weights[2] * m["again"])

    np.testing.assert_allclose(
        gradient(loss, vector)[0], np.ravel(weights.sum(0)), rtol=1e-14
    )


def test_the_gradient_of_a_tied_model_counts_each_number_once():
    x = np.ones((2, 3))
    (g,) = gradient(lambda m: np.sum(destructure(m)[0]), {"a": x, "b": x, "c": x.T})
    arrived = [part for part in g.values() if part is not None]
    assert len(arrived) == 1
    np.testing.assert_array_equal(arrived[0], np.ones((2, 3)))


# --- Derivatives -------------------------------------------------------------------


def test_the_gradient_towards_a_vector_is_the_gradient_of_the_model_as_a_vector():
    model, loss = chain(np.float64), lambda m: np.sum(m(DATA) ** 3)
    for order in "CF":
        vector, restructure = destructure(model, order=order)
        (g,) = gradient(lambda v, back=restructure: loss(back(v)), vector)
        (structural,) = gradient(loss, model)
        np.testing.assert_array_equal(g, destructure(structural, order=order)[0])


def test_the_gradient_towards_a_model_has_its_structure_and_dtypes():
    model = {"a": np.ones((2, 2), np.float32), "b": (np.zeros(1), np.tanh)}
    for order in "CF":
        f = lambda m, order=order: np.sum(destructure(m, order)[0] * np.arange(5))
        (g,) = gradient(f, model)
        expected = np.reshape(np.arange(4), (2, 2), order=order)
        np.testing.assert_array_equal(g["a"], expected)
        np.testing.assert_array_equal(g["b"][0], [4])
        assert (g["a"].dtype, g["b"][0].dtype, g["b"][1]) == (np.float32, float, None)


def test_the_gradient_has_the_dtype_of_the_vector():
    vector, restructure = destructure(chain(np.float32))
    for dtype in (np.float32, np.float64):
        x = vector.astype(dtype)
        (g,) = gradient(lambda v: np.sum(restructure(v)(np.float32(DATA))), x)
        assert (g.shape, g.dtype) == (vector.shape, dtype)


def test_what_the_loss_did_not_use_has_a_zero_in_the_vector():
    model = [np.ones(2), np.ones(3), np.ones(1)]
    vector, restructure = destructure(model)
    (g,) = gradient(lambda v: np.sum(restructure(v)[1] * 2), vector)
    assert g.tolist() == [0, 0, 2, 2, 2, 0]


def test_there_and_back_inside_one_gradient():
    def loss(m):
        vector, restructure = destructure(m)
        return np.sum(restructure(vector**2)(DATA) ** 2)

    model = chain(np.float64)
    vector, restructure = destructure(model)
    (g,) = gradient(loss, model)
    (expected,) = gradient(lambda v: np.sum(restructure(v**2)(DATA) ** 2), vector)
    np.testing.assert_allclose(destructure(g)[0], expected, rtol=1e-13)


def test_what_was_made_inside_a_gradient_holds_no_tracked_values():
    kept, mean = [], np.ones(2)

    def loss(m):
        vector, restructure = destructure(m)
        kept.append(restructure)
        return np.sum(vector)

    gradient(loss, Norm(np.zeros(2), mean))
    assert kept[0](np.array([3.0, 4.0])).mean is mean


def test_second_derivatives_against_differences_of_the_first():
    model = chain(np.float64)
    vector, restructure = destructure(model)
    slope = lambda v: gradient(lambda u: np.sum(restructure(u)(DATA) ** 2), v)[0]
    direction = np.random.default_rng(2).normal(size=vector.shape)
    (found,) = gradient(lambda v: np.sum(slope(v) * direction), vector)
    at, h = lambda t: slope(vector + t * direction), 3e-4
    expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_second_derivatives_of_a_sum_of_cubes():
    model = {"a": np.array([1.0, 2.0]), "b": np.array([[3.0]])}
    vector, restructure = destructure(model)
    cubes = lambda v: sum(np.sum(x**3) for x in trainables(restructure(v)))
    found = jacobian(lambda v: gradient(cubes, v)[0], vector)[0]
    np.testing.assert_allclose(found, np.diag(6 * vector))


def test_the_way_back_costs_no_long_array_for_each_parameter():
    """The gradient of a slice is as long as what was sliced: so slice halves."""
    vector, restructure = destructure([np.ones(4) for _ in range(256)])
    y, back = pullback(restructure, vector)
    read = [entry[2][0] for entry in back.tape[back.tape.inputs :]]
    assert sum(x.size for x in read) < 32 * vector.size
    np.testing.assert_array_equal(back(y)[0], vector)


# --- Sentences ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(25,), (27,), (1, 26), (26, 1), (0,), ()])
def test_wrong_shapes_are_refused(shape):
    _, restructure = destructure(chain())
    expected = rf"shape {shape}".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ShapeError, match=rf"{expected}.*26 parameters.*\(26,\)"):
        restructure(np.zeros(shape))


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        (np.arange(6), "an ndarray of dtype int64"),
        (np.ones(6, bool), "an ndarray of dtype bool"),
        ([1.0] * 6, "a list"),
        (3.0, "a float"),
        (None, "None"),
        (marked(), "a Lay"),
    ],
)
def test_what_is_no_vector_of_floats_is_refused(vector, words):
    _, restructure = destructure(marked())
    with pytest.raises(TypeError, match=rf"needs a vector of floats.* not {words}"):
        restructure(vector)


@pytest.mark.parametrize("order", ["A", "K", "c", None, 0])
def test_another_order_is_refused(order):
    with pytest.raises(ValueError, match=r"the order is 'C', row by row, or 'F'"):
        destructure(marked(), order=order)


def test_a_model_without_parameters_is_an_empty_vector():
    vector, restructure = destructure({"n": 3, "f": relu})
    assert (vector.shape, len(restructure)) == ((0,), 0)
    assert children(restructure(vector)) == {"n": 3, "f": relu}
