"""Buffers: writing number by number, and the gradient of what was written."""

import copy

import numpy as np
import pytest

from minigrad import MutabilityError, NoGradientError, ShapeError, gradient
from minigrad.autodiff import Buffer, check_gradient

X = np.array([1.0, 2.0, 3.0, 4.0])


def test_a_recurrence():
    def fibonacci(x):
        out = Buffer(10)
        out[0], out[1] = x, x
        for i in range(2, 10):
            out[i] = out[i - 1] + out[i - 2]
        return out.copy()

    np.testing.assert_array_equal(fibonacci(1.0), [1, 1, 2, 3, 5, 8, 13, 21, 34, 55])
    assert gradient(lambda x: fibonacci(x)[-1], 3.0) == (55.0,)


def test_what_is_overwritten_has_no_gradient():
    def f(x):
        out = Buffer(x)
        out[...] = x
        out[1:3] = 7.0
        return out.copy().sum()

    np.testing.assert_array_equal(gradient(f, X)[0], [1, 0, 0, 1])


def many_writes(x):
    out = Buffer((2, 4))
    out[0] = x
    out[1, 1:] = x[:-1] * 2
    out[:, 0] = x[1]
    out[[0, 1], [2, 3]] = x[:2] ** 2
    out[1] = out[1] * out[0]
    out[0, X > 9] = 1.0  # a mask that selects nothing
    return out.copy()


def test_every_kind_of_index():
    expected = np.zeros((2, 4))
    expected[0] = X
    expected[1, 1:] = X[:-1] * 2
    expected[:, 0] = X[1]
    expected[[0, 1], [2, 3]] = X[:2] ** 2
    expected[1] = expected[1] * expected[0]
    np.testing.assert_array_equal(many_writes(X), expected)
    assert check_gradient(many_writes, X)


def test_unwritten_numbers_are_zero():
    np.testing.assert_array_equal(Buffer((2, 3)).copy(), np.zeros((2, 3)))
    assert Buffer((0, 2)).copy().shape == (0, 2)
    assert Buffer(X.astype(np.float32)).copy().dtype == np.float32
    assert Buffer(X, np.complex64).copy().dtype == np.complex64


def test_reading_does_not_freeze_and_copying_does():
    out = Buffer(3)
    out[0] = 1.0
    assert out[0] == 1.0 and [float(x) for x in out] == [1.0, 0.0, 0.0]
    out[1] = 2.0
    np.testing.assert_array_equal(out.copy(), [1, 2, 0])
    with pytest.raises(MutabilityError, match="buffer is frozen"):
        out[2] = 3.0
    np.testing.assert_array_equal(copy.copy(out), [1, 2, 0])


def test_what_was_written_may_change_afterwards():
    out, x = Buffer(4), X.copy()
    out[:] = x
    x[:] = 0
    np.testing.assert_array_equal(out.copy(), X)


def test_the_dtype_is_that_of_the_buffer():
    out = Buffer(X.astype(np.float32))
    out[:] = X
    assert out[1:].dtype == out.copy().dtype == np.float32
    f = lambda x: Buffer(x)[:2].sum() + x.sum()
    assert gradient(f, X.astype(np.float32))[0].dtype == np.float32


def test_what_it_knows():
    out = Buffer((2, 3))
    assert (out.shape, out.ndim, out.size, len(out)) == ((2, 3), 2, 6, 2)
    out[0] = 1
    assert repr(out) == "Buffer(shape=(2, 3), dtype=float64, written 1 times)"
    out.copy()
    assert repr(out) == "Buffer(shape=(2, 3), dtype=float64, frozen)"


@pytest.mark.parametrize(
    "use",
    [
        lambda out: out + 1,
        lambda out: 2 * out,
        lambda out: X @ out,
        np.sum,
        np.sin,
        np.asarray,
        lambda out: gradient(lambda x: (x * out).sum(), X),
    ],
)
def test_it_is_no_array(use):
    with pytest.raises(NoGradientError, match=r"use buffer\.copy\(\)"):
        use(Buffer(4))


def test_wrong_places_and_shapes():
    with pytest.raises(ShapeError, match=r"shape \(2,\), and was given.*\(3,\)"):
        Buffer(3)[:2] = np.ones(3)
    with pytest.raises(IndexError):
        Buffer(3)[3] = 1.0


# --- What would be lost --------------------------------------------------------------


@pytest.mark.parametrize("args", [(3, int), (np.zeros(3, int),), (2, bool)])
def test_a_buffer_of_integers_is_refused(args):
    with pytest.raises(TypeError, match=r"would cut numbers off.*Buffer\(shape\)"):
        Buffer(*args)


def test_a_complex_number_in_a_real_buffer_is_refused():
    def f(x):
        buffer = Buffer(2)
        buffer[0] = x * 1j
        return np.abs(buffer.copy()).sum()

    with pytest.raises(TypeError, match=r"buffer\[0\] was given a complex number"):
        gradient(f, 2.0)


def test_the_dtype_that_is_asked_for():
    assert Buffer(3, np.dtype(np.float32)).copy().dtype == np.float32
    assert Buffer(3, np.dtype(complex)).copy().dtype == complex
    assert Buffer(np.zeros(3, np.float32), np.dtype(float)).copy().dtype == float


def test_what_is_read_is_a_copy_and_says_so():
    buffer = Buffer((2, 2))
    with pytest.raises(ValueError, match="read-only"):
        buffer[0][1] = 5.0
    row = buffer[1]
    with pytest.raises(ValueError, match="read-only"):
        row += 1
    buffer[0, 1] = 5.0
    whole = buffer.copy()
    whole += 1  # an array of one's own
    assert whole.tolist() == [[1.0, 6.0], [1.0, 1.0]]


def test_what_a_buffer_has_not():
    with pytest.raises(AttributeError, match=r"Write buffer\.copy\(\)\.sum\."):
        Buffer(3).sum()
    with pytest.raises(AttributeError, match="has no attribute 'foo'"):
        Buffer(3).foo()
    with pytest.raises(TypeError, match=r"takes a shape.*was given a list"):
        Buffer([1.0, 2.0])
