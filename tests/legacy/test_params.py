from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

import minigrad as mg
from minigrad.legacy import Params, gradient, param, params


def same(found, *arrays):
    """Whether these very arrays were found, in this order."""
    return [*map(id, found)] == [*map(id, arrays)]


# --- What is listed ------------------------------------------------------------------


def test_the_arrays_of_a_model_in_the_order_of_its_fields():
    model = mg.Chain(mg.Dense(2, 3, mg.tanh), mg.Dense(3, 1))
    first, last = model.layers
    assert same(params(model), first.weight, first.bias, last.weight, last.bias)


def test_arrays_by_themselves_in_containers_and_in_models_together():
    W, b, layer = param(np.ones(2)), np.ones(1), mg.Dense(1, 1)
    found = params([W, {"b": b}], layer)
    assert same(found, W, b, layer.weight, layer.bias)


def test_integers_and_booleans_are_listed_numbers_and_functions_are_not():
    whole, flags = np.array([1, 2]), np.array([True])
    other = namedtuple("Pair", "alpha beta")(flags, 4)
    assert same(params(1, 2.5, np.sin, "text", None, whole, other), whole, flags)


def test_only_what_is_trainable_is_listed():
    layer = mg.BatchNorm(2)
    assert same(params(layer), layer.beta, layer.gamma)


def test_what_is_shared_is_listed_once_also_transposed():
    W = np.ones((2, 3))
    model = [W, mg.Dense(W), W.T, W[:]]
    assert same(params(model), W, model[1].bias)


def test_a_duplicated_model_has_the_arrays_of_its_model():
    layer = mg.Dense(1, 1)
    assert same(params(mg.Duplicated(layer)), layer.weight, layer.bias)


def test_nothing_gives_an_empty_set():
    assert len(params()) == len(params(1.0)) == 0


def test_an_unmarked_object_with_arrays_is_warned_about():
    with pytest.warns(UserWarning, match="SimpleNamespace .* holds .* w.*@functor"):
        assert len(params(SimpleNamespace(w=np.ones(2)))) == 0


def test_a_list_of_numbers_is_warned_about():
    with pytest.warns(UserWarning, match=r"\[1, 2, 3\] of numbers.*param\(\[1, 2, 3\]"):
        assert len(params([1, 2, 3])) == 0


def test_arrays_that_share_memory_without_being_one_are_refused():
    W = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"at \[1\] shares memory .* \[0\].* x.copy"):
        params([W, W[0]])
    with pytest.raises(ValueError, match="at the root has numbers that share memory"):
        params(np.broadcast_to(np.ones(1), 3))


def test_a_model_that_contains_itself_is_refused():
    model = [np.ones(1)]
    model.append(model)
    with pytest.raises(ValueError, match="contains itself"):
        params(model)


# --- The set -------------------------------------------------------------------------


@pytest.fixture
def W():
    return np.ones((1, 2))


@pytest.fixture
def b():
    return np.zeros(1)


def test_it_prints_as_documented():
    ps = params(np.array([1, 2, 3]), np.array([4]))
    assert repr(ps) == "Params([[1, 2, 3], [4]])"
    ps = params(mg.Chain(mg.Dense(np.ones((2, 3))), mg.softmax))
    assert repr(ps) == "Params([[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], [0.0, 0.0]])"
    assert repr(params(mg.BatchNorm(2))) == "Params([[0.0, 0.0], [1.0, 1.0]])"
    assert repr(params(np.zeros((64, 10)))) == "Params([<float64 64x10>])"


def test_membership_is_identity(W, b):
    ps = Params([W, b])
    assert W in ps
    assert W.T in ps
    assert param(W) in ps
    assert W.copy() not in ps
    assert W[0] not in ps
    assert "W" not in ps


def test_it_has_a_length_an_order_and_positions(W, b):
    ps = Params([W, b])
    assert len(ps) == 2
    assert same(ps, W, b)
    assert ps[1] is ps[-1] is b


def test_union_intersection_and_difference(W, b):
    c = np.ones(3)
    ps, other = Params([W, b]), Params([b, c])
    assert same(ps.union(other), W, b, c)
    assert same(ps | other, W, b, c)
    assert same(ps & other, b)
    assert same(ps - other, W)
    assert same(ps.difference([b], [W]))
    assert ps == Params([b, W])
    assert ps != other


def test_arrays_can_be_added_and_taken_out(W, b):
    ps = Params([W])
    earlier = Params(ps)
    ps.add(b)
    ps.add(W)
    assert same(ps, W, b)
    ps.discard(W)
    assert same(ps, b)
    ps |= Params([W])
    assert same(ps, b, W)
    assert same(earlier, W)


def test_what_is_no_array_is_refused(W):
    for given in (W, mg.Dense(1, 1), 1.0):
        with pytest.raises(TypeError, match=r"Params.* write params\(model\)"):
            Params(given)
    with pytest.raises(TypeError, match="a Dense is among"):
        Params([W, mg.Dense(1, 1)])


def test_the_places_of_a_model_survive_operations_on_sets():
    model, V = mg.Dense(np.ones((1, 2))), param([2.0])
    ps = (params(V) | params(model)) - Params([model.bias])
    gs = gradient(lambda: (V * model(np.ones((3, 2)))).sum(), ps)
    assert np.array_equal(gs[model.weight], [[6, 6]])
    assert model.bias not in gs


def test_an_array_given_by_itself_and_in_its_model_is_found_in_the_model():
    model = mg.Dense(np.ones((1, 2)))
    gs = gradient(lambda: model.weight.sum(), params(model.weight, model))
    assert np.array_equal(gs[model.weight], [[1, 1]])


# --- Inside of gradients -------------------------------------------------------------


def penalty(arrays):
    return sum((p**2).sum() / 2 for p in arrays)


def test_iterated_over_in_an_implicit_gradient_it_gives_tracked_values():
    model = mg.Dense(np.array([[1.0, 2.0]]), np.array([3.0]))
    ps = params(model)
    for f in (lambda: penalty(ps), lambda: penalty(params(model))):
        gs = gradient(f, ps)
        assert np.array_equal(gs[model.weight], model.weight)
        assert np.array_equal(gs[model.bias], model.bias)
    gs = gradient(lambda: penalty(mg.trainables(model)) + penalty([ps[1]]), ps)
    assert np.array_equal(gs[model.bias], 2 * model.bias)


def test_penalties_on_the_model_of_an_explicit_gradient_count():
    """Page 002's `sum(pen_l2, params(m))`, inside `gradient(model)`."""
    model = mg.Dense(np.array([[1.0, 2.0]]))
    grads = mg.gradient(lambda m: 0.42 * penalty(params(m)), model)[0]
    np.testing.assert_allclose(grads.weight, 0.42 * model.weight)


def test_penalties_on_another_model_in_an_explicit_gradient_are_refused():
    model = mg.Dense(np.array([[1.0, 2.0]]))
    ps = params(model)
    for f in (lambda m: penalty(ps), lambda m: penalty(params(model))):
        with pytest.raises(mg.NoGradientError, match=r"explicit gradient.*trainables"):
            mg.gradient(f, model)


def test_params_of_an_explicit_gradient_are_differentiated_explicitly():
    with pytest.raises(mg.NoGradientError, match="differentiate explicitly"):
        mg.gradient(
            lambda m: gradient(lambda: m[0].sum(), params(m))[m[0]], [np.ones(2)]
        )
