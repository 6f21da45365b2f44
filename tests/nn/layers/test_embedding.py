"""Embedding: reading by number and by one-hot row, gradients, and its sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from minigrad import (
    Chain,
    Descent,
    Embedding,
    check_gradient,
    gradient,
    onehotbatch,
    setup,
    trainstep_,
)
from minigrad.errors import ShapeError
from minigrad.nn.initialisers import ones

from .reference import CASES, Comparison, names_of_trainables

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(5, 2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_value_and_gradient_agree_with_pytorch(dtype):
    case, compare = CASES["Embedding"], Comparison(dtype)
    layer = Embedding(np.array(case["parameters"][0], dtype))
    index, r = np.array(case["x"]), np.array(case["r"], dtype)
    compare(layer(index), case["y"])
    compare(gradient(lambda m: (r * m(index)).sum(), layer)[0].weight, case["grads"][0])


def test_random_vectors_are_of_the_standard_normal_distribution():
    layer = Embedding(200, 100, rng=0)
    assert layer.weight.shape == (200, 100)
    assert layer.weight.dtype == np.float32
    assert abs(layer.weight.mean()) < 0.03
    assert abs(layer.weight.std() - 1) < 0.03
    np.testing.assert_array_equal(layer.weight, Embedding(200, 100, rng=0).weight)
    assert Embedding(3, 2, init=np.ones).weight.dtype == np.float64
    assert Embedding(WEIGHT).weight is WEIGHT


@given(arrays.arrays(np.int64, arrays.array_shapes(min_dims=0), elements=st.just(3)))
def test_indices_of_any_shape(index):
    y = Embedding(WEIGHT)(index)
    assert y.shape == (*index.shape, 2)
    assert (y == WEIGHT[3]).all()


@pytest.mark.parametrize("index", [2, np.int8(2), np.array(2, np.uint64), True])
def test_one_index(index):
    if index is True:
        with pytest.raises(ShapeError, match="bool for one-hot rows"):
            Embedding(WEIGHT)(index)
        return
    np.testing.assert_array_equal(Embedding(WEIGHT)(index), WEIGHT[2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, bool])
def test_one_hot_rows_pick_the_same_vectors(dtype):
    index = np.array([[4, 0, 3], [1, 1, 2]])
    layer, rows = Embedding(WEIGHT), onehotbatch(index, range(5)).astype(dtype)
    np.testing.assert_array_equal(layer(rows), layer(index))
    np.testing.assert_array_equal(layer(rows[0, 0]), layer(4))
    by_rows = gradient(lambda m: (m(rows) ** 2).sum(), layer)[0].weight
    by_index = gradient(lambda m: (m(index) ** 2).sum(), layer)[0].weight
    np.testing.assert_allclose(by_rows, by_index, rtol=1e-14)


def test_one_hot_rows_that_are_tracked():
    rows, layer = RNG.uniform(size=(3, 5)), Embedding(WEIGHT)
    report = check_gradient(lambda m, x: (m(x) ** 2).sum(), layer, rows)
    assert report, str(report)


def test_no_vectors_and_no_indices():
    assert Embedding(WEIGHT)(np.zeros((0, 3), int)).shape == (0, 3, 2)
    assert Embedding(0, 4)(np.zeros(0, int)).shape == (0, 4)


# --- Gradients and training ----------------------------------------------------------


@pytest.mark.parametrize("index", [2, [0, 4], [[1, 1], [1, 3]]])
def test_gradients(index):
    layer = Embedding(WEIGHT)
    report = check_gradient(lambda m: (m(np.array(index)) ** 3).sum(), layer)
    assert report, str(report)


def test_second_order():
    index = np.array([1, 1, 4])
    slope = lambda m: gradient(lambda m: (m(index) ** 3).sum(), m)[0].weight.sum()
    counts = np.bincount(index, minlength=5)[:, None]
    found = gradient(slope, Embedding(WEIGHT))[0].weight
    np.testing.assert_allclose(found, 6 * counts * WEIGHT, rtol=1e-14)


def test_a_step_changes_the_rows_that_were_read():
    layer = Embedding(5, 2, rng=0)
    before = layer.weight.copy()
    loss = lambda m: (m(np.array([1, 4])) ** 2).sum()
    trainstep_(loss, layer, (), setup(Descent(0.1), layer))
    changed = (layer.weight != before).all(axis=1)
    assert changed.tolist() == [False, True, False, False, True]
    assert names_of_trainables(layer) == ["weight"]


# --- How it looks, and what it refuses -----------------------------------------------


def test_printed():
    assert repr(Embedding(26, 4)) == "Embedding(26 => 4)"


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (
            lambda layer: layer(5),
            IndexError,
            r"Embedding\(5 => 2\) was given the index 5, and has 5 .* 0 to 4\.",
        ),
        (lambda layer: layer(np.array([0, 7])), IndexError, r"the index 7 at 1, "),
        (lambda layer: layer([[0, 1], [-1, 9]]), IndexError, r"index -1 at \(1, 0\), "),
        (lambda layer: layer(ones(3, 4)), ShapeError, r"length 5, .*\(3, 4\).*astype"),
        (lambda layer: Chain(layer)(ones(3)), ShapeError, r"^layers\[0\] Embedding"),
        (lambda layer: layer(np.array(["a"] * 5)), TypeError, r"dtype <U1"),
        (lambda layer: Embedding(3), TypeError, r"given int\. Write"),
        (lambda layer: Embedding(3, -1), TypeError, r"given int, int\. Write"),
        (lambda layer: Embedding(WEIGHT[0]), TypeError, r"given ndarray\. Write"),
        (lambda layer: Embedding(WEIGHT > 0), TypeError, r"only floats"),
        (lambda layer: Embedding(2, 2, init=lambda s: ones(2)), ShapeError, r"\(2,\)"),
    ],
)
def test_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call(Embedding(WEIGHT))
