"""Arrays in another shape: flatten, unsqueeze, stack; and normalise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import flatten, gradient, normalise, stack, unsqueeze


def test_flatten():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(flatten(x), x.reshape(2, 12))
    assert flatten(np.ones(3)).shape == (3, 1)
    assert flatten(np.ones((0, 3, 4))).shape == (0, 12)
    assert gradient(lambda x: flatten(x)[:, 0].sum(), x)[0].sum() == 2
    with pytest.raises(mg.ShapeError, match="axis of observations"):
        flatten(3.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalise(dtype):
    x = np.random.default_rng(0).normal(5, 3, (200, 4)).astype(dtype)
    y = normalise(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(0), 1, rtol=1e-4)
    rows = normalise(x, axis=1)
    np.testing.assert_allclose(rows.mean(1), 0, atol=1e-5)
    assert normalise(np.full((3, 2), 7.0)).tolist() == [[0, 0]] * 3
    assert mg.check_gradient(lambda x: (normalise(x) ** 3).sum(), x[:5].astype(float))


# --- One more axis -----------------------------------------------------------------


@given(shape=st.lists(st.integers(0, 3), max_size=4), data=st.data())
def test_unsqueeze_puts_an_axis_of_size_1_there(shape, data):
    n = len(shape)
    axis = data.draw(st.integers(-n - 1, n))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    y = unsqueeze(x, axis)
    assert y.ndim == n + 1 and y.shape[axis] == 1
    np.testing.assert_array_equal(np.squeeze(y, axis), x)
    np.testing.assert_array_equal(unsqueeze(axis=axis)(x), y)


def test_unsqueeze_in_a_chain_and_its_gradient():
    x = np.arange(6.0).reshape(2, 3)
    model = mg.Chain(unsqueeze(axis=1), lambda x: x * np.ones((1, 4, 1)))
    assert model(x).shape == (2, 4, 3)
    assert (gradient(lambda x: model(x).sum(), x)[0] == 4).all()
    assert unsqueeze(2.0, 0).shape == (1,)


@given(
    shape=st.lists(st.integers(1, 3), max_size=3),
    number=st.integers(1, 4),
    data=st.data(),
)
def test_stack_is_undone_by_taking_along_its_axis(shape, number, data):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    xs = [np.full(shape, float(k)) for k in range(number)]
    y = stack((x for x in xs), axis)
    assert y.shape[axis] == number
    for k, x in enumerate(xs):
        np.testing.assert_array_equal(np.take(y, k, axis), x)


def test_gradient_of_stack():
    x, y = np.ones((2, 3)), np.zeros((2, 3))
    weights = np.arange(12.0).reshape(2, 2, 3)
    found = gradient(lambda x, y: (stack([x, y], axis=1) * weights).sum(), x, y)
    np.testing.assert_array_equal(np.stack(found, 1), weights)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: unsqueeze(np.ones((2, 3)), 3), mg.ShapeError,
         r"axis=3\): x has the shape \(2, 3\).*0 to 2, or at -1 to -3"),
        (lambda: unsqueeze(np.ones(2)), TypeError, r"axis=None.*unsqueeze\(x, axis=-1"),
        (lambda: unsqueeze(np.ones(2), 1.0), TypeError, r"axis=1\.0"),
        (lambda: unsqueeze(axis=True), TypeError, "axis=True"),
        (lambda: stack([np.ones(2), np.ones(3)]), mg.ShapeError,
         r"array 1 has shape \(3,\), and the first has \(2,\).*np\.concatenate"),
        (lambda: stack([]), mg.ShapeError, "no shape to stack"),
        (lambda: stack(3.0), TypeError, r"given a float.*stack\(\[x, y\]\)"),
        (lambda: stack({"x": 1}), TypeError, "given a dict"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
