"""Reading at places, and its adjoint, adding at places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

from minigrad import gradient, pullback
from minigrad.autodiff.vjps.indexing import add_at
from minigrad.errors import NoGradientError

X = np.arange(24.0).reshape(2, 3, 4)


def adjoint(x, index, w):
    """By NumPy's unbuffered addition: each place as often as it was read."""
    expected = np.zeros(x.shape)
    np.add.at(expected, index, w)
    return expected


def check(x, index):
    y, back = pullback(lambda x: x[index], x)
    np.testing.assert_array_equal(y, x[index])
    w = np.random.default_rng(0).normal(size=np.shape(y))
    np.testing.assert_allclose(back(w)[0], adjoint(x, index, w), rtol=1e-14)


@given(st.data())
def test_any_basic_index(data):
    shape = data.draw(array_shapes(max_dims=4, max_side=4))
    check(np.ones(shape), data.draw(basic_indices(shape, allow_newaxis=True)))


@given(st.data())
def test_any_integer_arrays(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    check(np.ones(shape), data.draw(integer_array_indices(shape)))


@given(st.data())
def test_any_mask(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=3))
    mask = np.random.default_rng(data.draw(st.integers(0, 99))).random(shape) < 0.5
    check(np.ones(shape), mask)
    check(np.ones((*shape, 2)), (mask, 1))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([0, 0, 2], [2, 0, 1]),
        (np.array([[0, 1], [1, 1]]), [1, 3, 0]),
        ([-1, 2], [0, 0, 2]),
        (slice(None, None, -2), [1, 0, 1]),
        ([], [0, 0, 0]),
    ],
)
def test_a_place_read_twice_gets_twice(index, expected):
    (g,) = gradient(lambda x: x[index].sum(), np.ones(3))
    np.testing.assert_array_equal(g, expected)


def test_tuples_that_mix_all_kinds():
    check(X, (0, [0, 0, 1], slice(None, None, -1)))
    check(X, (slice(None), None, [1, 1], ..., [True, False, True, False]))
    check(X, (..., np.newaxis, -1))


def test_mask_made_from_the_tracked_array_itself():
    x = np.array([-1.0, 2.0, 3.0])
    (g,) = gradient(lambda x: (x[x > 0] ** 2).sum(), x)
    np.testing.assert_array_equal(g, [0, 4, 6])
    (g,) = gradient(lambda x: x[np.argmax(x)] ** 2, x)
    np.testing.assert_array_equal(g, [0, 0, 6])


def test_index_of_a_plain_array_by_a_tracked_mask():
    w = np.array([1.0, 10.0, 100.0])
    (g,) = gradient(lambda x: (w[x > 0] * x[x > 0]).sum(), np.array([1.0, -1.0, 1.0]))
    np.testing.assert_array_equal(g, [1, 0, 100])


def test_second_derivative_through_repeated_places():
    x = np.array([1.0, 2.0])
    inner = lambda x: gradient(lambda x: (x[[0, 0, 1]] ** 3).sum(), x)[0]
    (g,) = gradient(lambda x: inner(x).sum(), x)
    np.testing.assert_array_equal(g, [12, 12])


# --- The short cuts of `add_at`, which are for large arrays ---------------------------

ROWS = np.random.default_rng(0).integers(-20, 20, 900)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, complex])
@pytest.mark.parametrize(
    "index",
    [
        ROWS,
        (ROWS,),
        ROWS.reshape(30, 30),
        np.uint8(9) * np.abs(ROWS).astype(np.uint8),
        ROWS[:3],
        ROWS[:0],
        (slice(None), ROWS % 3),
        (..., ROWS % 3),
    ],
    ids=str,
)
def test_rows_that_are_picked_many_times(index, dtype):
    rng = np.random.default_rng(1)
    w = rng.integers(-9, 9, np.zeros((200, 3))[index].shape).astype(dtype)
    expected = np.zeros((200, 3), dtype)
    np.add.at(expected, index, w)
    found = add_at(w, index, (200, 3))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "index",
    [
        X % 2 == 0,
        (X % 2 == 0, None),
        (slice(1, None), X[0] % 5 == 0),
        (np.array([True, False]), slice(None, None, -1)),
        (np.array([True, True]), np.array([True, False, True])),
        (np.array([True, False]), np.array([True, False, True])),
        np.array(False),
    ],
)
def test_masks_name_no_place_twice(index):
    check(X, index)


def test_rows_of_no_numbers():
    assert add_at(np.zeros((700, 0)), np.zeros(700, int), (3, 0)).shape == (3, 0)


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda x, i: x[i],
        lambda x, i: x[i:],
        lambda x, i: x[(i, 0)],
        lambda x, i: x[[i, 0]],
        lambda x, i: np.ones(3)[i],
        lambda x, i: np.ones(3)[[i]],
    ],
)
@pytest.mark.parametrize("index", [1, 1.0, np.array(1.0), np.array([0.0, 1.0])])
def test_an_index_may_not_be_tracked(call, index):
    with pytest.raises(NoGradientError, match=r"argument|plain array"):
        gradient(lambda x, i: np.sum(call(x, i)), np.ones((3, 3)), index)


def test_integers_that_are_given_to_gradient_as_arrays_may_be_an_index():
    g, none = gradient(lambda x, i: x[i].sum(), np.ones(3), np.array([0, 2, 2]))
    np.testing.assert_array_equal(g, [1, 0, 2])
    assert none is None


@pytest.mark.parametrize("index", [5, (0, 0, 0, 0), 1.5, "a", [True], slice(0.5, None)])
def test_what_numpy_refuses_is_refused_in_its_words(index):
    with pytest.raises((IndexError, TypeError)) as expected:
        X[index]
    with pytest.raises(expected.type) as found:
        gradient(lambda x: x[index].sum(), X)
    assert str(found.value) == str(expected.value)
