"""What is a parameter, what it stands for inside `gradient`, whose memory it is."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import gradient
from minigrad.arrays import axes_between, is_parameter, memory_owner, plain


def test_parameters_inside_gradient_are_parameters():
    seen = []

    def f(x, n, m):
        seen.extend([is_parameter(x), is_parameter(n), is_parameter(m["index"])])
        return gradient(lambda y: seen.append(is_parameter(y)) or y.sum(), x)[0].sum()

    gradient(f, np.ones(2), 3.0, {"index": np.arange(2)})
    assert seen == [True, False, False, True]


def test_plain_looks_through_all_tapes():
    x, found = np.ones(2), []

    def inner(y, outer):
        found.extend([plain(y), plain(outer)])
        return (y * outer).sum()

    gradient(lambda x: gradient(lambda y: inner(y, x), x)[0].sum(), x)
    assert found[0] is x and found[1] is x
    assert plain(None) is None


def test_the_owner_of_memory_behind_several_views():
    x = np.zeros((4, 6))
    for view in (x, x[1:], x.T, x[::2, 1:].T[0], x.reshape(-1)[3:], x[0, 0:0]):
        assert memory_owner(view) is x
    assert memory_owner(x.copy()[1:]) is not x
    assert memory_owner(2.0) == 2.0


def test_arrays_in_a_file_are_parameters(tmp_path):
    x = np.memmap(tmp_path / "numbers", np.float32, "w+", shape=(3,))
    x[:] = [1, 2, 3]
    assert is_parameter(x)
    (g,) = gradient(lambda x: (x**2).sum(), x)
    np.testing.assert_array_equal(g, np.array([2, 4, 6], np.float32), strict=True)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "g"])
def test_floats_of_every_size_and_byte_order(dtype):
    assert is_parameter(np.zeros(1, dtype))


# --- Transposed views --------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=4), st.data())
def test_axes_lead_from_an_array_to_any_transposed_view_of_it(shape, data):
    """The same view, though not always by the same axes: some may be of size 1."""
    x = np.arange(float(np.prod(shape))).reshape(shape)
    y = x.transpose(data.draw(st.permutations(range(x.ndim))))
    axes = axes_between(x, y)
    assert sorted(axes) == list(range(x.ndim))
    np.testing.assert_array_equal(x.transpose(axes), y, strict=True)
    np.testing.assert_array_equal(y.transpose(axes_between(y, x)), x, strict=True)


@pytest.mark.parametrize("order", ["C", "F"])
def test_axes_of_equal_size_are_told_apart(order):
    x = np.zeros((2, 2, 2), order=order)
    for axes in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)):
        assert axes_between(x, x.transpose(axes)) == axes


def test_a_view_of_every_second_number_has_transposed_views_too():
    x = np.zeros((4, 6))[::2, ::-3]
    assert axes_between(x, x.T) == (1, 0)
    assert axes_between(x, x[:, :]) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[:2],
        lambda x: x[1:],
        lambda x: x[::-1],
        lambda x: x.T[::-1],
        lambda x: x[..., None],
        lambda x: x.reshape(-1),
        lambda x: x.view(np.int64),
        lambda x: x.view(">f8"),
        lambda x: x.copy(),
        lambda x: np.broadcast_to(x[0], (3, 3)),
    ],
)
def test_anything_else_is_no_transposed_view(change):
    x = np.zeros((3, 3))
    assert axes_between(x, change(x)) is None
    assert axes_between(change(x), x) is None


def test_a_number_in_an_array_has_no_axes():
    x = np.array(2.0)
    assert axes_between(x, x[...]) == ()
    assert axes_between(x, x.reshape(1)) is None


# --- One parameter, seen along other axes ------------------------------------------


def test_every_transposition_is_found():
    x = np.arange(24.0).reshape(2, 3, 4)
    for axes in itertools.permutations(range(3)):
        y = x.transpose(axes)
        assert axes_between(x, y) == axes
        np.testing.assert_array_equal(x.transpose(axes_between(x, y)), y)
        (back,) = {axes_between(y, x)}
        np.testing.assert_array_equal(y.transpose(back), x)


@pytest.mark.parametrize(
    "shape", [(), (0,), (1,), (1, 1), (3, 1), (1, 3), (2, 2), (2, 0, 3), (1, 2, 1, 2)]
)
@pytest.mark.parametrize("order", "CF")
def test_axes_of_length_one_and_none_at_all(shape, order):
    x = np.zeros(shape, order=order)
    for axes in itertools.permutations(range(len(shape))):
        y = x.transpose(axes)
        found = axes_between(x, y)
        again = x.transpose(found)
        assert again.shape == y.shape
        if x.size > 1:
            y[...] = np.arange(y.size).reshape(y.shape)
            np.testing.assert_array_equal(again, y)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[::-1],
        lambda x: x[:, ::-1].T,
        lambda x: x[:2],
        lambda x: x[1:],
        lambda x: x[:, :2],
        lambda x: x.reshape(-1),
        lambda x: x.reshape(9, 1),
        lambda x: x.view("f4"),
        lambda x: x.view("i8"),
        lambda x: x.copy(),
        lambda x: x.diagonal(),
        lambda x: x[None],
        lambda x: x[0, 0],
        lambda x: np.broadcast_to(x[:1], (3, 3)),
        lambda x: x[::2],
    ],
)
def test_what_is_no_transposition(view):
    x = np.zeros((3, 3))
    y = np.asarray(view(x))
    assert axes_between(x, y) is None
    assert axes_between(y, x) is None


def test_views_of_views():
    base = np.zeros((6, 8))
    x = base[1:5:2, ::-2]
    assert axes_between(x, x.T) == (1, 0) and axes_between(x.T, x) == (1, 0)
    assert axes_between(x, base[1:5:2, ::-2]) == (0, 1)
    assert axes_between(x, base[1:5:2]) is None
