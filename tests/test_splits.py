"""Splitting, shuffling, folding and joining data."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import (
    batch,
    eachobs,
    kfolds,
    shuffleobs,
    splitobs,
    unbatch,
)

Sample = namedtuple("Sample", "image label")


def data(n, axis=0):
    x = np.moveaxis(np.arange(n * 6.0).reshape(n, 2, 3), 0, axis)
    return Sample(x, {"y": np.arange(n), "name": [str(i) for i in range(n)]})


def joined(parts, axis=0):
    return (
        np.concatenate([part.image for part in parts], axis),
        np.concatenate([part.label["y"] for part in parts]).tolist(),
        [name for part in parts for name in part.label["name"]],
    )


# --- Parts -------------------------------------------------------------------------


@given(
    n=st.integers(0, 30),
    at=st.one_of(
        st.floats(0, 1),
        st.lists(st.floats(0, 0.3), max_size=3).map(tuple),
    ),
)
def test_the_parts_in_a_row_are_the_data(n, at):
    parts = splitobs(data(n), at=at)
    assert len(parts) == 1 + (len(at) if isinstance(at, tuple) else 1)
    assert all(type(part) is Sample for part in parts)
    x, y, names = joined(parts)
    np.testing.assert_array_equal(x, data(n).image)
    assert y == list(range(n)) and names == [str(i) for i in range(n)]


def test_sizes_of_parts():
    sizes = lambda n, at: [len(part) for part in splitobs(np.arange(n), at=at)]
    assert sizes(10, 0.7) == [7, 3]
    assert sizes(10, (0.5, 0.3)) == [5, 3, 2]
    assert sizes(10, (2, 0.5)) == [2, 5, 3]
    assert sizes(10, 0) == [0, 10] and sizes(10, 1.0) == [10, 0]
    assert sizes(3, 0.5) == [2, 1]  # 1.5 is rounded to the even number


@pytest.mark.parametrize("at", [-0.1, 1.1, -1, "half", True, None])
def test_a_part_that_is_none(at):
    with pytest.raises(ValueError, match=r"at=.*fraction between 0 and 1"):
        splitobs(np.arange(10), at=at)


def test_parts_that_are_too_large():
    with pytest.raises(ValueError, match="11 observations together"):
        splitobs(np.arange(10), at=11)
    with pytest.raises(ValueError, match="12 observations together"):
        splitobs(np.arange(10), at=(0.6, 0.6))


def test_the_batch_may_be_the_last_axis():
    first, rest = splitobs(np.arange(12).reshape(3, 4), at=1, axis=-1)
    assert first.tolist() == [[0], [4], [8]] and rest.shape == (3, 3)


def test_columns_that_do_not_agree_are_named():
    with pytest.raises(mg.ShapeError, match=r"splitobs: .*data\[0\] of shape"):
        splitobs((np.ones((3, 2)), np.ones(2)))
    with pytest.raises(TypeError, match=r"kfolds: data\.x is of type set"):
        kfolds({"x": {1}})


def test_shuffling_moves_all_columns_alike():
    shuffled = shuffleobs(data(20), rng=1)
    y = shuffled.label["y"]
    assert sorted(y) == list(range(20)) and y.tolist() != list(range(20))
    np.testing.assert_array_equal(shuffled.image, data(20).image[y])
    assert shuffled.label["name"] == [str(i) for i in y]
    again = shuffleobs(data(20), rng=1)
    np.testing.assert_array_equal(again.image, shuffled.image)
    (train, test) = splitobs(data(20), at=0.5, shuffle=True, rng=1)
    assert [*train.label["y"], *test.label["y"]] == y.tolist()


def test_the_default_generator_is_seeded():
    mg.seed(3)
    first = shuffleobs(np.arange(50))
    mg.seed(3)
    np.testing.assert_array_equal(shuffleobs(np.arange(50)), first)


@given(n=st.integers(2, 30), k=st.integers(2, 9))
def test_every_observation_is_validated_once(n, k):
    if k > n:
        return
    folds = kfolds(data(n), k)
    sizes = [len(validation.image) for _, validation in folds]
    assert len(folds) == k and max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
    assert joined([validation for _, validation in folds])[1] == list(range(n))
    for train, validation in folds:
        both = sorted([*train.label["y"], *validation.label["y"]])
        assert both == list(range(n))


@pytest.mark.parametrize("k", [1, 6, 0, 2.0, True])
def test_a_number_of_folds_that_is_none(k):
    with pytest.raises(ValueError, match=r"k=.*between 2 and .* 5"):
        kfolds(np.arange(5), k)


def test_what_is_returned_are_copies():
    x = np.arange(6.0)
    for part in (
        *splitobs(x),
        shuffleobs(x),
        *kfolds(x, 2)[0],
        next(eachobs(x[:, None])),
    ):
        part[...] = -1
    assert x.tolist() == [0, 1, 2, 3, 4, 5]


# --- Observations one by one ----------------------------------------------------------


@pytest.mark.parametrize("axis", [0, -1])
def test_batch_and_unbatch_are_inverse(axis):
    x = np.arange(24.0).reshape(4, 3, 2)
    parts = unbatch(x, axis=axis)
    assert len(parts) == x.shape[axis] and parts[0].ndim == 2
    np.testing.assert_array_equal(batch(parts, axis=axis), x)


def test_a_batch_of_structures():
    whole = batch(unbatch(data(5)))
    assert type(whole) is Sample and whole.label["name"] == ["0", "1", "2", "3", "4"]
    np.testing.assert_array_equal(whole.image, data(5).image)
    assert batch([1, 2.5]).tolist() == [1.0, 2.5]
    (x, y), (u, v) = eachobs((np.eye(2, dtype=np.float32), [3, "b"]))
    assert x.dtype == np.float32 and (y, v) == (3, "b") and u.tolist() == [0, 1]


def test_what_makes_no_batch():
    with pytest.raises(ValueError, match="at least one observation"):
        batch([])
    with pytest.raises(
        mg.ShapeError, match=r"observation 1 has shape \(3,\), .*\(2,\)"
    ):
        batch([np.ones(2), np.ones(3)])
    with pytest.raises(mg.ShapeError, match="observation 1 is a dict with"):
        batch([{"x": 1}, {"y": 1}])
    with pytest.raises(mg.ShapeError, match="observation 1 is a tuple"):
        batch([[1, 2], (1, 2)])
