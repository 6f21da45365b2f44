"""Scale: the formula, its forms, gradients, and its sentences."""

import numpy as np
import pytest

from minigrad import Chain, Scale, check_gradient, gradient, relu
from minigrad.errors import ShapeError
from minigrad.nn.initialisers import ones

from .reference import names_of_trainables

RNG = np.random.default_rng(0)
FACTORS, SHIFTS = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3))


def test_made_from_sizes():
    layer = Scale(2, 3)
    assert layer.scale.dtype == layer.bias.dtype == np.float32
    assert layer.scale.tolist() == np.ones((2, 3)).tolist()
    assert layer.bias.tolist() == np.zeros((2, 3)).tolist()
    assert Scale((2, 3), relu).act is Scale(2, 3, act=relu).act is relu
    assert Scale(2, init=np.ones).bias.dtype == np.float64


def test_made_from_arrays():
    layer = Scale(FACTORS, SHIFTS, np.tanh)
    assert layer.scale is FACTORS
    assert layer.bias is SHIFTS
    assert layer.act is np.tanh
    assert Scale(FACTORS).bias.tolist() == np.zeros((2, 3)).tolist()
    assert Scale(FACTORS, relu).act is relu
    assert Scale(FACTORS, False).bias is Scale(2, bias=False).bias is False
    assert Scale(FACTORS, bias=SHIFTS.astype(np.float32)).bias.dtype == np.float64
    assert Scale(FACTORS, True).bias.shape == (2, 3)


@pytest.mark.parametrize("shape", [(2, 3), (5, 2, 3), (0, 2, 3)])
def test_the_formula(shape):
    x = RNG.normal(size=shape)
    expected = np.tanh(FACTORS * x + SHIFTS)
    np.testing.assert_array_equal(Scale(FACTORS, SHIFTS, np.tanh)(x), expected)
    np.testing.assert_array_equal(Scale(FACTORS, False)(x), FACTORS * x)


def test_an_axis_of_size_1_fits_every_size():
    x = RNG.normal(size=(4, 5, 3))
    layer = Scale(FACTORS[:1], SHIFTS[:1])
    np.testing.assert_array_equal(layer(x), FACTORS[0] * x + SHIFTS[0])


def test_dtype_and_lists():
    y = Scale(2)([[1, 2]])
    assert y.dtype == np.float32
    assert y.tolist() == [[1, 2]]


@pytest.mark.parametrize("shape", [(2, 3), (4, 2, 3)])
@pytest.mark.parametrize("bias", [SHIFTS, False])
def test_gradients(shape, bias):
    layer, x = Scale(FACTORS, bias, np.tanh), RNG.normal(size=shape)
    report = check_gradient(lambda m, x: (m(x) ** 2).sum(), layer, x)
    assert report, str(report)


def test_second_order():
    layer, x = Scale(FACTORS, False), RNG.normal(size=(2, 3))
    slope = lambda m: gradient(lambda m: (m(x) ** 3).sum(), m)[0].scale.sum()
    found = gradient(slope, layer)[0].scale
    np.testing.assert_allclose(found, 6 * FACTORS * x**3, rtol=1e-14)


def test_what_is_trained():
    assert names_of_trainables(Scale(2)) == ["scale", "bias"]
    assert names_of_trainables(Scale(2, bias=False)) == ["scale"]


def test_printed():
    assert repr(Scale(2)) == "Scale(2)"
    assert repr(Scale(2, 3, relu)) == "Scale(2, 3, relu)"
    assert repr(Scale(2, bias=False)) == "Scale(2, bias=False)"


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: Scale(3)(ones(2, 2)), ShapeError, r"Scale\(3\) .*\(3,\).*\(2, 2\)"),
        (lambda: Scale(3)(ones(2, 1)), ShapeError, r"shape \(2, 1\)"),
        (lambda: Scale(2, 3)(ones(3)), ShapeError, r"\(2, 3\) .*\(3,\)"),
        (lambda: Chain(Scale(3))(ones(2)), ShapeError, r"^layers\[0\] Scale\(3\)"),
        (lambda: Scale(), TypeError, r"given nothing\. Write"),
        (lambda: Scale(2.5), TypeError, r"given float\. Write"),
        (lambda: Scale(2, relu, relu), TypeError, r"given int, .*\. Write"),
        (lambda: Scale(-1), TypeError, r"given int\. Write"),
        (lambda: Scale(2, "relu"), TypeError, r"activation of Scale .*'relu'"),
        (lambda: Scale(2, relu, act=relu), TypeError, r"two activation functions"),
        (lambda: Scale(FACTORS, SHIFTS, bias=SHIFTS), TypeError, r"two biases"),
        (lambda: Scale(FACTORS, SHIFTS[0]), ShapeError, r"Scale: the bias .*\(3,\)"),
        (
            lambda: Scale(np.arange(3)),
            TypeError,
            r"dtype int64.*only floats",
        ),
        (lambda: Scale(2, init=lambda s: np.ones(3)), ShapeError, r"init .*\(3,\)"),
    ],
)
def test_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
