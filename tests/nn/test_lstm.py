"""All steps of an LSTM as one entry do what the loop over its formula does."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.autodiff.operations import full_name
from minigrad.nn.lstm import lstm_by_steps, lstm_layer

ENTRY = "minigrad.nn.lstm.lstm_layer"


def arguments(batch=3, time=4, features=3, n=2, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    shapes = (
        (batch, time, features), (batch, n), (batch, n), (4 * n, features), (4 * n, n),
        (4 * n,),
    )  # fmt: skip
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def names(back):
    return [full_name(entry[0].function) for entry in back.tape[back.tape.inputs :]]


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 5e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize(
    "sizes", [(3, 4, 3, 2), (1, 1, 1, 1), (0, 2, 3, 2), (40, 30, 7, 8), (2, 3, 3, 0)]
)
def test_values_and_gradients(sizes, dtype, rtol):
    args = arguments(*sizes, dtype=dtype)
    y, back = mg.pullback(lstm_layer, *args)
    expected, by_steps = mg.pullback(lstm_by_steps, *args)
    assert y.shape == (sizes[0], sizes[1] + 1, sizes[3])
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=rtol, atol=rtol)
    g = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
    for x, found, wanted in zip(args, back(g), by_steps(g), strict=True):
        assert (found.shape, found.dtype) == (x.shape, x.dtype)
        size = np.max(np.abs(wanted), initial=1)
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=rtol * size)


def test_the_arguments_and_the_gradient_are_left_alone():
    args = arguments()
    for x in args:
        x.flags.writeable = False
    y, back = mg.pullback(lstm_layer, *args)
    g = np.ones_like(y)
    g.flags.writeable = False
    first = back(g)
    for again, found in zip(back(g), first, strict=True):
        np.testing.assert_array_equal(again, found)


def test_saturated_gates_overflow_nowhere():
    x, h, c, Wi, Wh, bias = arguments(dtype=np.float32)
    args = x * 1e4, h, c, Wi * 1e4, Wh, bias
    y, back = mg.pullback(lstm_layer, *args)
    np.testing.assert_allclose(y, lstm_by_steps(*args), rtol=1e-5, atol=1e-6)
    assert all(np.isfinite(g).all() for g in back(np.ones_like(y)))


@pytest.mark.parametrize("shape", [(2, 4, 3), (4, 3)])
def test_a_layer_is_few_entries_and_a_loop_within_plain(shape):
    layer, x = mg.LSTM(3, 2, rng=0), np.ones(shape, np.float32)
    record = lambda: names(mg.pullback(lambda m: m(x), layer)[1])
    assert record()[0] == ENTRY
    assert len(record()) <= 6
    with mg.plain():
        assert ENTRY not in record()
    with mg.debugging():
        assert ENTRY not in record()


def test_nothing_is_recorded_outside_of_gradients():
    layer, x = mg.LSTM(3, 2, rng=0), np.ones((2, 4, 3), np.float32)
    assert type(layer(x)) is np.ndarray


def test_second_derivatives_where_only_ybar_is_tracked():
    args = arguments()

    def energy(layer):
        back = mg.pullback(layer, *args)[1]
        return lambda v: sum((g**2).sum() for g in back(v))

    v = np.random.default_rng(2).normal(size=(3, 5, 2))
    found = mg.gradient(energy(lstm_layer), v)[0]
    expected = mg.gradient(energy(lstm_by_steps), v)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
