"""Padding against NumPy in every mode, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from minigrad import gradient, pullback
from minigrad.errors import NoGradientError

LINEAR = {
    "constant": {},
    "edge": {},
    "wrap": {},
    "reflect": {"reflect_type": ["even", "odd"]},
    "symmetric": {"reflect_type": ["even", "odd"]},
    "linear_ramp": {},
    "mean": {"stat_length": [None, 1, 3]},
}


@given(st.data())
def test_linear_modes_send_back_what_their_matrix_says(data):
    """Column i of the matrix of a linear map is what it makes of e_i."""
    mode = data.draw(st.sampled_from(sorted(LINEAR)))
    options = {
        key: data.draw(st.sampled_from(values)) for key, values in LINEAR[mode].items()
    }
    shape = data.draw(array_shapes(max_dims=2, max_side=3))
    width = st.tuples(st.integers(0, 7), st.integers(0, 7))
    widths = data.draw(st.lists(width, min_size=len(shape), max_size=len(shape)))
    f = lambda x: np.pad(x, widths, mode, **options)
    basis = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    x, columns = np.ones(shape), np.stack([f(e) for e in basis])
    y, back = pullback(f, x)
    np.testing.assert_allclose(y, f(x), rtol=1e-13, atol=1e-13)
    w = np.random.default_rng(0).normal(size=y.shape)
    expected = (columns * w).reshape(x.size, -1).sum(axis=1).reshape(shape)
    np.testing.assert_allclose(back(w)[0], expected, rtol=1e-12, atol=1e-12)


def test_a_corner_belongs_to_the_axis_that_is_padded_last():
    x, c = np.zeros((1, 1)), np.array([[1.0, 2.0], [3.0, 4.0]])
    g = gradient(lambda x, c: np.pad(x, 1, constant_values=c).sum(), x, c)
    np.testing.assert_array_equal(g[0], [[1]])
    np.testing.assert_array_equal(g[1], [[1, 1], [3, 3]])


def test_of_equal_extremes_in_front_the_first_gets_all():
    f = lambda x: np.pad(x, (2, 0), "maximum").sum()
    np.testing.assert_array_equal(gradient(f, np.ones(3))[0], [3, 1, 1])


def test_numbers_outside_do_not_spoil_those_inside():
    x = np.array([1.0, np.nan])
    for mode in ("mean", "linear_ramp"):
        y = pullback(lambda x, mode=mode: np.pad(x, (0, 1), mode), x)[0]
        np.testing.assert_array_equal(y[:2], x)


@pytest.mark.parametrize("mode", ["empty", "unheard of", lambda *args: None])
def test_modes_without_derivative_say_which_have_one(mode):
    with pytest.raises(
        NoGradientError, match=r"constant, edge, linear_ramp, .*np\.con"
    ):
        gradient(lambda x: np.pad(x, 1, mode).sum(), np.ones(3))


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((-1,), {}),
        ((0.5,), {}),
        ((((1, 2), (3, 4)),), {}),
        ((-1, "mean"), {}),
        ((1, "mean"), {"end_values": 1}),
        ((1, "edge"), {"stat_length": 1}),
        ((1, "maximum"), {"stat_length": 0}),
    ],
)
def test_what_numpy_refuses_is_refused_in_its_words(args, kwargs):
    with pytest.raises((ValueError, TypeError)) as expected:
        np.pad(np.ones(3), *args, **kwargs)
    with pytest.raises(expected.type) as found:
        gradient(lambda x: np.pad(x, *args, **kwargs).sum(), np.ones(3))
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("mode", ["mean", "edge", "reflect", "linear_ramp"])
def test_nothing_can_be_put_beside_nothing(mode):
    with pytest.raises(ValueError, match="can't extend empty axis 0"):
        gradient(lambda x: np.pad(x, 1, mode).sum(), np.zeros((0, 2)))


def test_tracked_constants_around_a_plain_array_are_refused():
    with pytest.raises(NoGradientError, match=r"np\.stack"):
        gradient(lambda c: np.pad(np.ones(2), 1, constant_values=c).sum(), 1.0)
