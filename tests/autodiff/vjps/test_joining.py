"""Joining and splitting are each other's adjoints."""

import sys
from inspect import CO_VARARGS

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Buffer, gradient, pullback
from minigrad.errors import NoGradientError

from .test_shapes import origins

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.dstack([x, x[..., :1]]),
        lambda x: np.column_stack([x[0, 0], x[1].T, x[0, 1]]),
        lambda x: np.append(x, x[0]),
        lambda x: np.append(x, x[:, :1], axis=-2),
        lambda x: np.block([[x, x[:, :, :1]], [x[:, :1], x[:, :1, 1:2]]]),
        lambda x: np.block([x[0, 0], x[0, 1, 0]]),
        lambda x: np.block([[x[0, 0]], [x[1]]]),
        lambda x: np.vsplit(x, [1])[1],
        lambda x: np.hsplit(x, 3)[1],
        lambda x: np.dsplit(x, [1, 3, 2, 9])[2],
        lambda x: np.split(x, [-2, -1], axis=-1)[1],
        lambda x: np.unstack(x, axis=2)[3],
        lambda x: np.atleast_3d(x[0, 0]),
    ],
)
def test_numbers_go_back_where_they_came_from(call):
    origins(call)


@given(st.integers(0, 2), st.lists(st.integers(-5, 5), max_size=4))
def test_what_is_joined_and_split_is_what_it_was(axis, cuts):
    """Every part of `split` gets its own gradient, also where parts overlap."""
    parts, back = pullback(lambda x: np.split(x, cuts, axis), X)
    seeds = [np.full(part.shape, 2.0**i) for i, part in enumerate(parts)]
    expected = np.zeros(X.shape)
    for seed, places in zip(seeds, np.split(X.astype(int), cuts, axis), strict=True):
        expected.reshape(-1)[places] += seed
    np.testing.assert_array_equal(back(seeds)[0], expected)


@pytest.mark.parametrize("f", [np.concatenate, np.stack, np.vstack, np.hstack])
def test_types_and_how_they_are_cast(f):
    x = np.ones((2, 2), np.float32)
    for dtype in (np.float64, "float32", complex):
        value, back = pullback(lambda x, d=dtype: f([x, x], dtype=d), x)
        assert value.dtype == dtype
        (g,) = back(np.ones_like(value))
        assert g.dtype == np.float32
        np.testing.assert_array_equal(g, np.full((2, 2), 2.0))
    with pytest.raises(TypeError, match="same_kind"):
        gradient(lambda x: f([x, x], dtype=int).sum(), x)
    whole = lambda x: f([x, x], dtype=int, casting="unsafe").sum() * 1.0
    assert gradient(whole, x) == (None,)


def test_tracked_arrays_between_lists_and_numbers():
    x = np.ones(2)
    (g,) = gradient(lambda x: (np.hstack([1.0, x, [2.0]]) * [1, 2, 3, 4]).sum(), x)
    np.testing.assert_array_equal(g, [2, 3])
    (g,) = gradient(lambda x: (np.block([[1.0, x], [x, 2.0]])).sum(), x)
    np.testing.assert_array_equal(g, [2, 2])
    (g,) = gradient(lambda x: np.append([5.0], x)[1] * 3, x)
    np.testing.assert_array_equal(g, [3, 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.concatenate([]),
        lambda x: np.concatenate([x, x], axis=2),
        lambda x: np.concatenate([x, x[0]]),
        lambda x: np.stack([x, x[0]]),
        lambda x: np.append(x, 1.0, axis=0),
        lambda x: np.block([[x], x]),
        lambda x: np.split(x, 2, axis=1),
        lambda x: np.array_split(x, 0),
        lambda x: np.vsplit(x[0], 3),
        lambda x: np.hsplit(x[0, 0], 1),
        lambda x: np.dsplit(x, 1),
        lambda x: np.unstack(x[0, 0]),
    ],
)
def test_what_numpy_refuses_is_refused_here(call):
    with pytest.raises((ValueError, IndexError)) as expected:
        call(np.ones((2, 3)))
    with pytest.raises(expected.type):
        gradient(lambda x: np.sum(call(x)[0]), np.ones((2, 3)))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.array([x, x]),
        lambda x: np.r_[x, x],
        lambda x: np.c_[x, x],
        lambda x: np.append([x[0], x[1]], 1.0),
    ],
)
def test_what_makes_a_plain_array_is_refused_with_what_to_write(call):
    with pytest.raises(NoGradientError, match=r"write np\.stack"):
        gradient(lambda x: call(x).sum(), np.ones(3))


def test_out_is_refused():
    with pytest.raises(TypeError, match="out"):
        gradient(lambda x: np.concatenate([x, x], out=np.zeros(6)).sum(), np.ones(3))
    with pytest.raises(TypeError, match="positional"):
        gradient(lambda x: np.concatenate([x, x], 0, np.zeros(6)).sum(), np.ones(3))


# --- Cost ----------------------------------------------------------------------------


def work(f):
    """How many calls of functions a gradient makes, with the arguments they get."""
    calls = 0

    def count(frame, event, arg):
        nonlocal calls
        if event == "call":
            calls += 1 + frame.f_code.co_argcount
            if frame.f_code.co_flags & CO_VARARGS:
                calls += len(frame.f_locals[frame.f_code.co_varnames[star(frame)]])

    sys.setprofile(count)
    try:
        gradient(f, 1.0)
    finally:
        sys.setprofile(None)
    return calls


def star(frame):
    """Where the name of `*args` stands among those of the variables."""
    return frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount


def buffered(numbers):
    buffer = Buffer(len(numbers))
    for i, number in enumerate(numbers):
        buffer[i] = number
    return buffer.copy()


@pytest.mark.parametrize("collect", [np.stack, np.hstack, np.concatenate, buffered])
def test_the_cost_grows_in_proportion_to_the_number_of_parts(collect):
    one = (lambda x: x * np.ones(1)) if collect is np.concatenate else (lambda x: x)
    f = lambda n: lambda x: collect([one(x * i) for i in range(n)]).sum()
    assert work(f(400)) < 2.2 * work(f(200))
