"""Parameters in their places: before, during and after an implicit gradient."""

import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad.autodiff.standing import STANDING
from minigrad.legacy import Param, gradient, param, params, places
from minigrad.legacy.param import now


@pytest.fixture
def model():
    return mg.Chain(mg.Dense(2, 3, mg.tanh, rng=0), [np.ones(3)].__getitem__)


def snapshot(model):
    return [id(x) for x in mg.trainables(model)]


def assert_nothing_is_left(model, before):
    assert snapshot(model) == before
    assert all(type(x) is np.ndarray for x in mg.trainables(model))
    assert not STANDING
    assert not places._swapped
    assert now() is None
    assert not mg.is_tracking()


@pytest.fixture
def layer():
    return mg.Dense(np.array([[1.0, 2.0]]), mg.tanh)


def test_an_exception_leaves_everything_as_before(layer):
    before, W = snapshot(layer), param([1.0])

    def f():
        assert isinstance(layer.weight, Param)
        (W * layer(np.ones((1, 2)))).sum()
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            gradient(f, params(layer, W))
        assert_nothing_is_left(layer, before)
        assert type(W + 1) is type(layer(np.ones((1, 2)))) is np.ndarray


def test_an_exception_in_the_inner_of_two(layer):
    before, ps = snapshot(layer), params(layer)

    def inner():
        raise ZeroDivisionError

    def f():
        with pytest.raises(ZeroDivisionError):
            gradient(inner, ps)
        return (layer.weight**2).sum()  # still tracked, by the outer one

    assert np.array_equal(gradient(f, ps)[layer.weight], [[2, 4]])
    assert_nothing_is_left(layer, before)


def test_an_interruption_while_parameters_are_put_in_place(layer):
    class Interrupted(list):
        def __setitem__(self, key, value):
            if key == 1 and isinstance(value, Param):
                raise KeyboardInterrupt
            super().__setitem__(key, value)

    model = Interrupted([layer.weight, layer.bias])
    before = snapshot(model)
    with pytest.raises(KeyboardInterrupt):
        gradient(lambda: model[0].sum(), params(model))
    assert_nothing_is_left(model, before)


def test_gradients_within_gradients_leave_everything_as_before(layer):
    before, ps = snapshot(layer), params(layer)
    f = lambda: gradient(lambda: (layer.weight**3).sum(), ps)[layer.weight].sum()
    assert np.array_equal(gradient(f, ps)[layer.weight], [[6, 12]])
    assert_nothing_is_left(layer, before)


def test_what_the_function_puts_there_stays(layer):
    ps, new = params(layer), np.zeros((1, 2))

    def f():
        loss = layer.weight.sum()
        layer.weight = new
        return loss

    assert np.array_equal(gradient(f, ps).gradients[0], [[1, 1]])
    assert layer.weight is new


# --- Out of date ---------------------------------------------------------------------


def out_of_date(place):
    return pytest.raises(ValueError, match=f"out of date: at {place} of the model")


def test_a_replaced_array_is_refused_with_its_path():
    model = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 1))
    ps = params(model)
    model.layers[1].weight = model.layers[1].weight * 2
    with out_of_date(r"layers\[1\].weight"):
        gradient(lambda: model(np.ones((1, 2), np.float32)).sum(), ps)
    f = lambda: model(np.ones((1, 2), np.float32)).sum()
    assert len(gradient(f, params(model))) == 4


def test_a_replaced_layer_is_refused_with_its_path():
    model = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 1))
    ps = params(model)
    model.layers = (*model.layers[:1], mg.Dense(3, 1))
    with out_of_date("layers"):
        gradient(lambda: 1.0, ps)


def test_a_replaced_part_of_a_list_or_dict_is_refused_with_its_path():
    model = {"a": [np.ones(1), np.ones(1)]}
    ps = params(model)
    model["a"][1] = np.ones(1)
    with out_of_date(r"a\[1\]"):
        gradient(lambda: 1.0, ps)
    ps = params(model)
    del model["a"]
    with out_of_date("a"):
        gradient(lambda: 1.0, ps)


def test_a_removed_field_is_refused(layer):
    ps = params(layer)
    del layer.bias
    with out_of_date("bias"):
        gradient(lambda: 1.0, ps)


def test_changes_in_place_and_views_of_the_same_memory_are_none(layer):
    ps = params(layer)
    layer.weight[...] = 5
    layer.weight = param(layer.weight)
    gs = gradient(lambda: (layer.weight**2).sum(), ps)
    assert np.array_equal(gs[layer.weight], [[10, 10]])
    gs = gradient(lambda: (layer.weight**2).sum(), params(layer))
    assert np.array_equal(gs[layer.weight], [[10, 10]])
    assert isinstance(layer.weight, Param)


def test_what_was_taken_out_of_the_params_may_be_replaced(layer):
    ps = params(layer)
    ps.discard(layer.bias)
    layer.bias = np.zeros(1)
    assert np.array_equal(
        gradient(lambda: layer.weight.sum(), ps)[layer.weight], [[1, 1]]
    )


# --- Threads -------------------------------------------------------------------------


def in_threads(*functions):
    """What functions return that run at once, in threads of their own."""
    found = [None] * len(functions)

    def run(i):
        try:
            found[i] = functions[i]()
        except BaseException as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for result in found:
        if isinstance(result, BaseException):
            raise result
    return found


def test_two_implicit_gradients_at_once_do_not_see_each_other(layer):
    """Both run in the same model at the same time, and one goes on after the other."""
    before, first_is_done = snapshot(layer), threading.Event()
    both_inside = threading.Barrier(2, timeout=20)
    W = param([10.0])

    def first():
        both_inside.wait()
        return (layer.weight**2).sum() + W.sum()

    def second():
        both_inside.wait()
        first_is_done.wait(20)
        assert isinstance(layer.weight, Param)  # though the first has put it back
        return (W * layer.weight.sum() ** 3).sum()

    def gradient_of_first():
        gs = gradient(first, params(layer, W))
        first_is_done.set()
        return gs

    found = in_threads(gradient_of_first, lambda: gradient(second, params(layer)))
    assert np.array_equal(found[0][layer.weight], [[2, 4]])
    assert np.array_equal(found[0][W], [1])
    assert np.array_equal(found[1][layer.weight], [[270, 270]])
    assert W not in found[1]
    assert_nothing_is_left(layer, before)


def test_other_threads_find_an_ordinary_model_meanwhile(layer):
    inside, looked = threading.Event(), threading.Event()
    x = np.ones((1, 2))
    expected = layer(x)

    def differentiate():
        def f():
            inside.set()
            assert looked.wait(20)
            return layer(x).sum()

        return gradient(f, params(layer))[layer.bias]

    def look():
        assert inside.wait(20)
        try:
            assert not mg.is_tracking()
            y = layer(x)
            layer.weight[0, 0] += 0.0
            grads = mg.gradient(lambda m: m(x).sum(), layer)
            return type(y), y, grads[0].bias
        finally:
            looked.set()

    db, (kind, y, explicit_db) = in_threads(differentiate, look)
    assert kind is np.ndarray
    assert np.array_equal(y, expected)
    assert np.array_equal(db, explicit_db)


def test_many_threads_train_models_of_their_own_and_read_one():
    shared = mg.Dense(np.array([[1.0, 2.0]]))
    before = snapshot(shared)

    def work(seed):
        def run():
            rng = np.random.default_rng(seed)
            for _ in range(100):
                x = rng.standard_normal((3, 2))
                gs = gradient(lambda: shared(x).sum(), params(shared))  # noqa: B023
                np.testing.assert_allclose(gs[shared.weight][0], x.sum(axis=0))
            return True

        return run

    assert all(in_threads(*map(work, range(4))))
    assert_nothing_is_left(shared, before)
