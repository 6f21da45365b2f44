"""A model and memory for its gradient: the same numbers, in the same arrays."""

import copy
import pickle
from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import (
    Chain,
    Dense,
    Duplicated,
    check_gradient,
    destructure,
    fmap,
    functor,
    gradient,
    jacobian,
    optimise,
    pullback,
    setup,
    tanh,
    train_,
    trainables,
    trainstep_,
    update,
    update_,
    withgradient,
)
from minigrad.duplicated import zeros_like
from minigrad.errors import DomainError, MutabilityError, NoGradientError, ShapeError

RULES = [
    mg.Descent(0.1),
    mg.Momentum(0.05, 0.9),
    mg.Adam(0.01),
    mg.Muon(0.01),
    mg.OptimiserChain(mg.ClipNorm(1.0), mg.AccumGrad(2), mg.RMSProp(0.01)),
]


@functor(trainable=("scale",))
class Norm:
    def __init__(self, scale, mean):
        self.scale, self.mean = scale, mean

    def __call__(self, x):
        return self.scale * (x - self.mean)


def model(dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.normal(size=shape).astype(dtype)
    norm = Norm(np.ones(3, dtype), np.zeros(3, dtype))
    return Chain(norm, Dense(draw(4, 3), draw(4), tanh), Dense(draw(2, 4), draw(2)))


def batches(n=5, dtype=np.float32):
    rng = np.random.default_rng(7)
    draw = lambda *shape: rng.normal(size=shape).astype(dtype)
    return [(draw(6, 3), draw(6, 2)) for _ in range(n)]


def loss(m, x, y):
    return np.mean((m(x) - y) ** 2)


def arrays(tree):
    """All arrays of a tree, in order, by a walk of fmap."""
    found = []
    fmap(lambda x: found.append(x) if isinstance(x, np.ndarray) else None, tree)
    return found


def assert_same(tree, other):
    """The same numbers, dtypes and Nones in the same places, bitwise."""
    assert repr(tree) == repr(other)
    for x, y in zip(arrays(tree), arrays(other), strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


# --- The buffers -------------------------------------------------------------------


def test_it_begins_with_zeros_in_the_structure_of_a_gradient():
    pair = Duplicated(model())
    dense = pair.dval.layers[1]
    assert dense._fields == ("weight", "bias", "act")
    assert (dense.weight.shape, dense.weight.dtype) == ((4, 3), np.float32)
    assert not np.any(dense.weight) and not np.any(dense.bias) and dense.act is None


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_zeros_have_dtype_and_order_of_the_parameter(order):
    for dtype in (np.float16, np.float32, np.float64):
        x = np.ones((2, 3), dtype, order)
        zeros = zeros_like({"x": x, "n": 3, "i": np.arange(2)})
        assert (zeros["x"].dtype, zeros["x"].flags[order]) == (dtype, True)
        assert (zeros["n"], zeros["i"]) == (None, None)


def test_the_gradient_is_that_of_the_model_in_the_same_arrays():
    pair, plain = Duplicated(model()), model()
    kept = arrays(pair.dval)
    for batch in batches():
        f = lambda m, batch=batch: loss(m, *batch)
        (found,) = gradient(f, pair)
        assert found is pair.dval
        assert_same(found, gradient(f, plain)[0])
        assert all(x is y for x, y in zip(arrays(found), kept, strict=True))


def test_a_gradient_overwrites_the_last_one():
    pair = Duplicated({"x": np.array([1.0, 2.0])})
    for factor in (1.0, -5.0):
        gradient(lambda m, factor=factor: np.sum(factor * m["x"]), pair)
        assert pair.dval["x"].tolist() == [factor, factor]


def test_what_was_not_used_is_none_and_gets_its_array_back_later():
    pair = Duplicated({"x": np.ones(2), "y": np.ones(3)})
    x, y = pair.dval["x"], pair.dval["y"]
    gradient(lambda m: np.sum(m["x"]) + np.sum(m["y"]), pair)
    gradient(lambda m: np.sum(m["x"]), pair)
    assert pair.dval["x"] is x and pair.dval["y"] is None
    gradient(lambda m: np.sum(3 * m["y"]), pair)
    assert pair.dval["x"] is None and pair.dval["y"] is y
    assert y.tolist() == [3, 3, 3]
    assert gradient(lambda m: 1.0, pair) == (None,)
    assert pair.dval is None


def test_an_error_in_the_function_leaves_the_last_gradient():
    pair = Duplicated({"x": np.ones(2)})
    gradient(lambda m: np.sum(2 * m["x"]), pair)
    with pytest.raises(ZeroDivisionError):
        gradient(lambda m: np.sum(m["x"]) * (1 // 0), pair)
    assert pair.dval["x"].tolist() == [2, 2]


def test_all_that_makes_gradients_writes_them_there():
    pair, x = Duplicated(np.array([1.0, 2.0])), np.array([3.0, 4.0])
    array = pair.dval
    value, (g, gx) = withgradient(lambda p, x: np.sum(p * x), pair, x)
    assert (value, g is array, g.tolist(), gx.tolist()) == (11, True, [3, 4], [1, 2])
    _, back = pullback(lambda p: p**2, pair)
    for ybar in (np.ones(2), np.array([0.0, 5.0])):
        assert back(ybar)[0] is array
        np.testing.assert_array_equal(array, 2 * ybar * [1, 2])


def test_numbers_0_d_arrays_and_named_tuples():
    Point = namedtuple("Point", "x y")
    pair = Duplicated(Point(np.array(3.0), 2.0))
    array = pair.dval.x
    gradient(lambda m: m.x**2 * m.y, pair)
    assert pair.dval.x is array and (pair.dval.x, pair.dval.y) == (12, 9)


def test_a_loss_with_several_results_and_several_models():
    first, second = Duplicated({"x": np.ones(2)}), Duplicated({"x": np.ones(2)})
    grads = gradient(lambda a, b: np.sum(a["x"] * 2 + b["x"] * 3), first, second)
    assert grads[0] is first.dval and grads[1] is second.dval
    assert (first.dval["x"][0], second.dval["x"][0]) == (2, 3)


# --- setup and update --------------------------------------------------------------


@pytest.mark.parametrize("make", [setup, optimise.setup])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_setup_looks_at_the_model_alone(make, rule):
    pair = Duplicated(model())
    expected = make(rule, model())
    assert make(rule, pair) == expected
    gradient(lambda m: loss(m, *batches()[0]), pair)
    assert make(rule, pair) == expected
    assert repr(make(rule, pair)) == repr(expected)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_update_applies_the_gradient_that_it_holds(rule):
    pair, plain = Duplicated(model()), model()
    state, expected = setup(rule, pair), setup(rule, plain)
    kept, held = arrays(pair.dval), trainables(pair.val)
    for batch in batches():
        f = lambda m, batch=batch: loss(m, *batch)
        gradient(f, pair)
        found = update_(state, pair)
        assert found[0] is state and found[1] is pair
        update_(expected, plain, gradient(f, plain)[0])
        assert_same(trainables(pair), trainables(plain))
        assert state == expected
    assert all(x is y for x, y in zip(trainables(pair), held, strict=True))
    assert all(x is y for x, y in zip(arrays(pair.dval), kept, strict=True))


def test_an_update_does_not_change_the_gradient():
    pair = Duplicated({"x": np.ones(3)})
    state = setup(mg.Descent(0.1), pair)
    gradient(lambda m: np.sum(m["x"] ** 2), pair)
    for expected in (0.8, 0.6):
        update_(state, pair)
        np.testing.assert_allclose(pair.val["x"], expected)
        assert pair.dval["x"].tolist() == [2, 2, 2]


def test_the_first_gradient_is_zero():
    pair = Duplicated({"x": np.ones(2)})
    update_(setup(mg.Descent(0.1), pair), pair)
    assert pair.val["x"].tolist() == [1, 1]


def test_a_parameter_that_was_not_used_keeps_its_state():
    """A rule with momentum would go on moving with a gradient of zero."""
    pair = Duplicated({"x": np.ones(1), "y": np.ones(1)})
    state = setup(mg.Momentum(0.1, 0.9), pair)
    gradient(lambda m: np.sum(m["x"] + m["y"]), pair)
    update_(state, pair)
    before = pair.val["y"].copy(), copy.deepcopy(state["y"])
    gradient(lambda m: np.sum(m["x"]), pair)
    update_(state, pair)
    assert (pair.val["y"], state["y"]) == before


def test_a_gradient_of_its_own_may_be_given():
    pair = Duplicated({"x": np.ones(1)})
    update_(setup(mg.Descent(0.1), pair), pair, {"x": np.array([5.0])})
    assert pair.val["x"].tolist() == [0.5]


def test_the_pure_update_leaves_the_pair_alone():
    pair = Duplicated({"x": np.ones(2)})
    state = setup(mg.Momentum(0.1), pair)
    gradient(lambda m: np.sum(m["x"]), pair)
    new_state, new = update(state, pair)
    assert type(new) is Duplicated and new.val["x"].tolist() == [0.9, 0.9]
    assert pair.val["x"].tolist() == [1, 1] and pair.dval["x"].tolist() == [1, 1]
    assert state["x"].state.tolist() == [0, 0] and new_state["x"].state.all()
    assert not np.shares_memory(new.dval["x"], pair.dval["x"])


def test_nothing_that_was_used_is_said():
    pair = Duplicated({"x": np.ones(2)})
    state = setup(mg.Descent(0.1), pair)
    gradient(lambda m: 1.0, pair)
    with pytest.raises(NoGradientError, match="Not one parameter"):
        update_(state, pair)


# --- Training ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_train_gives_the_weights_of_the_plain_run_and_the_last_gradient(rule):
    data, pair, plain = batches(), Duplicated(model()), model()
    kept = arrays(pair.dval)
    train_(loss, pair, data[:-1], state := setup(rule, pair))
    train_(loss, plain, data[:-1], expected := setup(rule, plain))
    (last,) = gradient(lambda m: loss(m, *data[-1]), plain)
    train_(loss, pair, data[-1:], state)
    train_(loss, plain, data[-1:], expected)
    assert_same(trainables(pair), trainables(plain))
    assert state == expected
    assert_same(pair.dval, last)
    assert all(x is y for x, y in zip(arrays(pair.dval), kept, strict=True))


def test_trainstep_and_a_rule_in_place_of_a_state_do_so_too():
    pair, plain = Duplicated(model()), model()
    state, expected = setup(mg.Adam(), pair), setup(mg.Adam(), plain)
    for batch in batches():
        found = trainstep_(loss, pair, batch, state)
        assert found == trainstep_(loss, plain, batch, expected)
    train_(loss, pair, batches(), mg.Descent(0.1))
    train_(loss, plain, batches(), mg.Descent(0.1))
    assert_same(trainables(pair), trainables(plain))


def test_a_number_that_is_not_finite_is_found_at_its_place_in_the_model():
    pair = Duplicated(model())
    pair.val.layers[1].bias[2] = np.nan
    with pytest.raises(DomainError, match=r"parameter at layers\[1\]\.bias"):
        train_(loss, pair, batches(), setup(mg.Adam(), pair))


# --- Ties --------------------------------------------------------------------------


@pytest.mark.parametrize("tied", ["same", "transposed"])
def test_the_gradients_of_a_tie_count_once_each(tied):
    def make():
        x = np.arange(6.0).reshape(2, 3)
        return {"a": x, "b": x if tied == "same" else x.T}

    f = lambda m: np.sum(2 * m["a"]) + np.sum(m["b"] ** 2)
    pair, plain = Duplicated(make()), make()
    state, expected = setup(mg.Momentum(0.1), pair), setup(mg.Momentum(0.1), plain)
    for _ in range(3):
        gradient(f, pair)
        update_(state, pair)
        update_(expected, plain, gradient(f, plain)[0])
    assert_same(pair.val, plain)
    assert len(trainables(pair)) == len(trainables(plain))
    train_(f, pair, [()] * 2, state)
    train_(f, plain, [()] * 2, expected)
    assert_same(pair.val, plain)
    first = np.arange(6.0).reshape(2, 3)
    one = Duplicated(make())
    gradient(f, one)
    update_(setup(mg.Descent(1.0), one), one)
    np.testing.assert_array_equal(one.val["a"], first - 2 - 2 * first)


# --- As a tree ---------------------------------------------------------------------


def test_walks_count_the_model_alone():
    pair = Duplicated(model())
    assert [id(x) for x in trainables(pair)] == [id(x) for x in trainables(pair.val)]
    vector, restructure = destructure(pair)
    np.testing.assert_array_equal(vector, destructure(pair.val)[0])
    x = batches()[0][0]
    np.testing.assert_array_equal(restructure(vector)(x), pair.val(x))


@pytest.mark.parametrize(
    "copied",
    [
        lambda pair: fmap(np.copy, pair),
        copy.deepcopy,
        lambda pair: pickle.loads(pickle.dumps(pair)),
        lambda pair: destructure(pair)[1](destructure(pair)[0]),
    ],
    ids=["fmap", "deepcopy", "pickle", "destructure"],
)
def test_a_copy_has_memory_of_its_own(copied):
    pair = Duplicated({"x": np.ones(2)})
    gradient(lambda m: np.sum(m["x"]), pair)
    twin = copied(pair)
    assert not np.shares_memory(twin.dval["x"], pair.dval["x"])
    kept = twin.dval["x"]
    gradient(lambda m: np.sum(7 * m["x"]), twin)
    assert twin.dval["x"] is kept
    assert (kept.tolist(), pair.dval["x"].tolist()) == ([7, 7], [1, 1])


def test_a_copy_by_deepcopy_or_pickle_holds_the_same_gradient():
    pair = Duplicated({"x": np.ones(2)})
    gradient(lambda m: np.sum(4 * m["x"]), pair)
    for twin in (copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))):
        assert twin.dval["x"].tolist() == [4, 4]


def test_another_model_in_its_place_begins_with_zeros():
    pair = Duplicated({"x": np.ones(2)})
    gradient(lambda m: np.sum(m["x"]), pair)
    pair.val = {"x": np.ones(3)}
    assert pair.dval["x"].tolist() == [0, 0, 0]
    update_(setup(mg.Descent(0.1), pair), pair)
    assert pair.val["x"].tolist() == [1, 1, 1]


def test_another_model_in_its_place_has_arrays_that_stay():
    pair = Duplicated({"x": np.ones(2)})
    pair.val = {"x": np.ones(3)}
    gradient(lambda m: np.sum(2 * m["x"]), pair)
    kept = pair.dval["x"]
    assert kept.tolist() == [2, 2, 2]
    gradient(lambda m: np.sum(3 * m["x"]), pair)
    assert pair.dval["x"] is kept and kept.tolist() == [3, 3, 3]


@pytest.mark.parametrize("other", [np.ones(3), np.ones(2, np.float64)])
def test_another_array_in_the_model_gets_a_gradient_of_its_own_kind(other):
    pair = Duplicated({"x": np.ones(2, np.float32)})
    pair.val["x"] = other
    (g,) = gradient(lambda m: np.sum(m["x"] / 3), pair)
    assert (g["x"].shape, g["x"].dtype) == (other.shape, other.dtype)
    np.testing.assert_array_equal(g["x"], np.full_like(other, 1 / 3))


def test_it_is_called_and_printed_like_its_model():
    pair = Duplicated(model())
    x = batches()[0][0]
    np.testing.assert_array_equal(pair(x), pair.val(x))
    assert repr(pair) == f"Duplicated({pair.val!r})"
    assert repr(Duplicated({"x": np.ones(2)})) == "Duplicated({'x': array([1., 1.])})"


# --- Derivatives of derivatives ----------------------------------------------------


def test_a_gradient_within_the_gradient_of_a_pair():
    pair = Duplicated({"x": np.array([1.0, 2.0])})
    cubes = lambda m: np.sum(m["x"] ** 3)
    gradient(lambda m: np.sum(gradient(cubes, m)[0]["x"] ** 2), pair)
    np.testing.assert_allclose(pair.dval["x"], [36, 288])  # d/dx (3x^2)^2 = 36 x^3


def test_the_gradient_of_a_pair_within_a_gradient_is_refused():
    pair = Duplicated({"x": np.ones(2)})
    inner = lambda t, m: gradient(lambda m: np.sum(t * m["x"] ** 2), m)[0]["x"]
    with pytest.raises(MutabilityError, match=r"use the model itself: pair\.val"):
        gradient(lambda t: np.sum(inner(t, pair)), 3.0)
    assert gradient(lambda t: np.sum(inner(t, pair.val)), 3.0) == (4.0,)


def test_the_jacobian_of_an_array_is_that_of_the_array_in_a_pair():
    x = np.array([1.0, 2.0])
    found = jacobian(lambda x: x**2, Duplicated(x))[0]
    np.testing.assert_array_equal(found, np.diag(2 * x))


def test_the_gradient_of_a_pair_is_checked_and_what_it_holds_is_left():
    pair = Duplicated(model(np.float64))
    gradient(lambda m: np.sum(m.layers[2].bias), pair)
    before, kept = pair.dval, arrays(pair.dval)
    batch = batches(dtype=np.float64)[0]
    report = check_gradient(lambda m: loss(m, *batch), pair)
    assert report and "layers[1].weight" in str(report)
    assert pair.dval is before
    assert all(x is y for x, y in zip(arrays(pair.dval), kept, strict=True))


# --- Trees around a pair, and in it -------------------------------------------------


def test_a_pair_within_a_model_is_trained_as_a_part_of_it():
    pair = Duplicated({"x": np.ones(2)})
    whole = {"encoder": pair, "decoder": np.full(2, 3.0)}
    state = setup(mg.Descent(0.1), whole)
    (g,) = gradient(lambda m: np.sum(m["encoder"].val["x"] * m["decoder"]), whole)
    assert g["encoder"].val["x"].tolist() == [3, 3]
    update_(state, whole, g)
    np.testing.assert_allclose(pair.val["x"], [0.7, 0.7])
    np.testing.assert_allclose(whole["decoder"], [2.9, 2.9])


def test_read_only_arrays_in_a_pair_are_replaced():
    def make():
        model = {"x": np.array([1.0, 2.0]), "y": np.ones(2)}
        model["x"].flags.writeable = False
        return model

    f = lambda m: np.sum(m["x"] ** 2 * m["y"] ** 3)
    pair, plain = Duplicated(make()), make()
    fixed = pair.val["x"]
    state = optimise.setup(mg.Momentum(0.1), pair)
    expected = optimise.setup(mg.Momentum(0.1), plain)
    for _ in range(3):
        gradient(f, pair)
        update_(state, pair)
        expected, plain = update_(expected, plain, gradient(f, plain)[0])
    assert_same(pair.val, plain)
    assert fixed.tolist() == [1, 2] and pair.val["x"] is not fixed


def test_a_frozen_part_keeps_still_and_its_gradient_arrives():
    pair = Duplicated({"x": np.ones(1), "y": np.ones(1)})
    state = setup(mg.Descent(0.1), pair)
    mg.freeze_(state["x"])
    train_(lambda m: np.sum(m["x"] * 2 + m["y"] * 3), pair, [()], state)
    assert (pair.val["x"], pair.val["y"]) == (1, 0.7)
    assert (pair.dval["x"], pair.dval["y"]) == (2, 3)


# --- Sentences ---------------------------------------------------------------------


def test_a_pair_of_a_pair_is_refused():
    with pytest.raises(TypeError, match="duplicated already"):
        Duplicated(Duplicated({"x": np.ones(2)}))


def test_one_pair_as_two_arguments_is_refused():
    pair = Duplicated({"x": np.ones(2)})
    f = lambda a, b: np.sum(a["x"] * 2 + b["x"] * 3)
    with pytest.raises(ValueError, match="given as two arguments"):
        gradient(f, pair, pair)
    assert gradient(f, pair, pair.val)[1]["x"].tolist() == [3, 3]


def test_what_stands_in_the_wrong_place_is_refused():
    pair = Duplicated({"x": np.ones(2)})
    state = setup(mg.Descent(0.1), pair)
    grads = gradient(lambda m: np.sum(m["x"]), pair)
    with pytest.raises(TypeError, match=r"always returns a tuple.*grads\[0\]"):
        update_(state, pair, grads)
    with pytest.raises(ShapeError, match="the gradient a Duplicated with val"):
        update_(state, pair.val, pair)
    for function in (mg.freeze_, mg.thaw_, lambda x: mg.adjust_(x, 0.1)):
        with pytest.raises(TypeError, match=r"state tree from setup.*not to a model"):
            function(pair)
    assert pair.val["x"].tolist() == [1, 1]
