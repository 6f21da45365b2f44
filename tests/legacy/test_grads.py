import numpy as np
import pytest

import minigrad as mg
from minigrad.legacy import Grads, Params, copy_, gradient, param, params


@pytest.fixture
def model():
    return mg.Dense(np.array([[1.0, 2.0]]))


@pytest.fixture
def gs(model):
    """The gradients [[2, 4]] by the weight and None by the bias."""
    return gradient(lambda: (model.weight**2).sum(), params(model))


# --- As a dictionary -----------------------------------------------------------------


def test_keys_are_the_arrays(model, gs):
    assert np.array_equal(gs[model.weight], [[2, 4]])
    assert gs[model.bias] is None
    assert [*map(id, gs)] == [id(model.weight), id(model.bias)]
    assert len(gs) == 2
    assert [g is None for g in gs.values()] == [False, True]
    assert [x is model.weight for x, _ in gs.items()] == [True, False]


def test_membership_is_identity(model, gs):
    assert model.weight in gs
    assert model.bias in gs
    assert model.weight.copy() not in gs
    assert gs.get(np.ones(2), "absent") == "absent"


def test_a_transposed_view_has_the_transposed_gradient(model, gs):
    assert np.array_equal(gs[model.weight.T], [[2], [4]])


def test_another_array_is_a_key_error_with_the_reason(model, gs):
    weight = model.weight - 1
    with pytest.raises(KeyError, match=r"of shape \(1, 2\).* W -= dW"):
        gs[weight]
    with pytest.raises(KeyError, match="no gradient by a str"):
        gs["weight"]


def test_gradients_can_be_replaced_and_changed_in_place(model, gs):
    gs[model.weight] *= 10
    gs[model.bias] = [7]
    assert np.array_equal(gs[model.weight], [[20, 40]])
    assert np.array_equal(gs[model.bias], [7.0])
    gs[model.weight.T] = np.array([[1], [2]])
    assert np.array_equal(gs[model.weight], [[1, 2]])
    assert gs[model.weight].dtype == float
    with pytest.raises(mg.ShapeError, match=r"shape \(3,\).* \(1, 2\)"):
        gs[model.weight] = np.ones(3)
    gs[model.weight] = None
    assert gs[model.weight] is None


def test_it_prints_its_gradients(gs):
    assert repr(gs) == "Grads([[[2.0, 4.0]], None])"


def test_integer_arrays_have_none(model):
    whole = np.array([1, 2])
    gs = gradient(lambda: (model.weight * whole).sum(), params(whole, model))
    assert gs[whole] is None
    assert np.array_equal(gs[model.weight], [[1, 2]])


def test_it_does_not_change_with_the_params(model):
    ps = params(model)
    gs = gradient(lambda: model.weight.sum(), ps)
    ps.discard(model.weight)
    assert np.array_equal(gs[model.weight], [[1, 1]])
    assert gs.params == params(model)


# --- Arithmetic ----------------------------------------------------------------------


def test_arithmetic_with_numbers(model, gs):
    w = model.weight
    for found, expected in [
        (gs * 2, [[4, 8]]),
        (2 * gs, [[4, 8]]),
        (np.float64(2) * gs, [[4, 8]]),
        (gs / 2, [[1, 2]]),
        (gs + 1, [[3, 5]]),
        (1 - gs, [[-1, -3]]),
        (-gs, [[-2, -4]]),
        (gs**2, [[4, 16]]),
        (sum([gs, gs]), [[4, 8]]),
    ]:
        assert isinstance(found, Grads)
        assert np.array_equal(found[w], expected)
        assert found[model.bias] is None
    assert np.array_equal(gs[w], [[2, 4]])


def test_arithmetic_with_other_gradients(model, gs):
    ps = params(model)
    other = gradient(lambda: model(np.ones((1, 2))).sum(), ps)
    total = gs + other
    assert np.array_equal(total[model.weight], [[3, 5]])
    assert np.array_equal(total[model.bias], [1])  # where one is None it counts as 0
    assert np.array_equal((gs - other)[model.bias], [-1])
    assert np.array_equal((gs / other)[model.weight], [[2, 4]])


def test_the_dtype_stays_that_of_the_parameter():
    model = mg.Dense(1, 1)
    gs = gradient(lambda: model.weight.sum(), params(model))
    assert (gs * np.float64(0.1))[model.weight].dtype == np.float32
    assert (gs / 3 + 1.0)[model.weight].dtype == np.float32


def test_the_order_of_the_arrays_does_not_matter(model, gs):
    other = gradient(lambda: model.weight.sum(), Params([]) | params(model.bias, model))
    assert np.array_equal((gs + other)[model.weight], [[3, 5]])


def test_other_arrays_and_other_things_are_refused(model, gs):
    V = param([1.0])
    other = gradient(lambda: V.sum(), params(V))
    with pytest.raises(TypeError, match=r"same arrays.* of 1 arrays .* gs.merge"):
        gs + other
    with pytest.raises(TypeError):
        gs + "text"
    with pytest.raises(TypeError, match="was given a float"):
        gs.merge(1.0)
    with pytest.raises(TypeError, match="were given a dict"):
        gs.map(np.add, {})


def test_map(model, gs):
    assert np.array_equal(gs.map(np.sign)[model.weight], [[1, 1]])
    found = gs.map(lambda g, h: g + 10 * h, gs)
    assert np.array_equal(found[model.weight], [[22, 44]])
    assert found[model.bias] is None


def test_merge_takes_the_last(model, gs):
    V = param([1.0])
    merged = gs.merge(gradient(lambda: V.sum(), params(V)), 2 * gs)
    assert len(merged) == 3
    assert np.array_equal(merged[model.weight], [[4, 8]])
    assert np.array_equal(merged[V], [1])


def test_gradients_of_gradients_are_tracked(model):
    """Grads inside of a gradient, with arithmetic on them: d/dw of 3 (w²)' is 6."""
    ps = params(model)

    def f():
        inner = gradient(lambda: (model.weight**2).sum(), ps)
        return (3 * inner)[model.weight].sum()

    assert np.array_equal(gradient(f, ps)[model.weight], [[6, 6]])


# --- To and from one vector ----------------------------------------------------------


def test_params_to_a_vector_and_back(model):
    ps, vector = params(model), np.zeros(3)
    weight = model.weight
    copy_(vector, ps)
    assert np.array_equal(vector, [1, 2, 0])
    copy_(ps, np.array([4.0, 5.0, 6.0]))
    assert model.weight is weight
    assert np.array_equal(weight, [[4, 5]])
    assert np.array_equal(model.bias, [6])


def test_grads_to_a_vector_and_back(model, gs):
    vector = np.ones(3)
    copy_(vector, gs)
    assert np.array_equal(vector, [2, 4, 0])
    copy_(gs, np.array([1.0, 2.0, 3.0]))
    assert np.array_equal(gs[model.weight], [[1, 2]])
    assert np.array_equal(gs[model.bias], [3])


def test_the_order_within_an_array_is_row_by_row():
    W, vector = np.arange(6.0).reshape(2, 3).T, np.zeros(6)
    copy_(vector, Params([W]))
    assert np.array_equal(vector, [0, 3, 1, 4, 2, 5])
    copy_(Params([W]), np.arange(6.0))
    assert np.array_equal(W, np.arange(6.0).reshape(3, 2))


def test_what_does_not_fit_is_refused(model, gs):
    with pytest.raises(mg.ShapeError, match=r"shape \(2,\).* hold 3 numbers"):
        copy_(np.zeros(2), params(model))
    for to, source in [(gs, gs), (np.zeros(3), np.zeros(3)), (params(model), [1, 2])]:
        with pytest.raises(TypeError, match="between a vector and Params or Grads"):
            copy_(to, source)
