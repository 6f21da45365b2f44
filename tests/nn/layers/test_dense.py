import numpy as np
import pytest

from minigrad import Dense, check_gradient, gradient, identity, leakyrelu, relu
from minigrad.errors import ShapeError
from minigrad.nn.layers import dense

RNG = np.random.default_rng(0)


def test_flux_form_with_ones():
    layer = Dense(2, 1, leakyrelu, init=np.ones)
    assert layer.weight.shape == (1, 2)
    assert layer.weight.dtype == np.float64
    assert (layer.weight == 1).all()
    assert layer.bias.dtype == np.float64
    assert layer.bias.tolist() == [0]
    assert layer.act is leakyrelu


def test_pair_form_is_the_same():
    first, second = Dense(3, 2, relu, rng=1), Dense((3, 2), relu, rng=1)
    assert (first.weight == second.weight).all()
    assert repr(first) == repr(second) == "Dense(3 => 2, relu)"


def test_float32_by_default_and_repeatable():
    layer = Dense(3, 2, rng=0)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert (layer.weight == Dense(3, 2, rng=0).weight).all()
    assert layer.act is identity


def test_from_matrix():
    weight, bias = RNG.standard_normal((2, 3)), RNG.standard_normal(2)
    assert Dense(weight).weight is weight
    assert Dense(weight).bias.tolist() == [0, 0]
    assert Dense(weight, relu).act is relu
    assert Dense(weight, bias, relu).bias is bias
    assert Dense(weight, False).bias is False
    assert Dense(weight, bias=bias).bias is bias
    assert Dense(weight, bias.astype(np.float32)).bias.dtype == np.float64


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (0, 3)])
def test_computes_the_formula_for_any_batch_shape(shape):
    weight, bias = RNG.standard_normal((2, 3)), RNG.standard_normal(2)
    x = RNG.standard_normal(shape)
    expected = np.tanh(np.einsum("...i,oi->...o", x, weight) + bias)
    np.testing.assert_allclose(Dense(weight, bias, np.tanh)(x), expected, rtol=1e-14)


def test_without_bias():
    weight, x = RNG.standard_normal((2, 3)), RNG.standard_normal((4, 3))
    layer = Dense(weight, bias=False)
    np.testing.assert_array_equal(layer(x), x @ weight.T)
    grads = gradient(lambda m: m(x).sum(), layer)[0]
    assert grads.bias is None
    assert repr(layer) == "Dense(3 => 2, bias=False)"


@pytest.mark.parametrize("act", [identity, np.tanh])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3)])
def test_gradients(act, shape):
    layer = Dense(RNG.standard_normal((2, 3)), RNG.standard_normal(2), act)
    report = check_gradient(
        lambda m, x: (m(x) ** 2).sum(), layer, RNG.standard_normal(shape)
    )
    assert report, str(report)


def test_the_gradient_of_the_weights_is_contiguous():
    layer = Dense(3, 2, rng=0)
    grads = gradient(lambda m: m(np.ones((4, 3), np.float32)).sum(), layer)[0]
    assert grads.weight.flags.c_contiguous


def test_integers_and_lists_are_converted_silently():
    layer = Dense(2, 1, rng=0)
    expected = layer(np.array([[1, 2]], np.float32))
    for x in ([[1, 2]], np.array([[1, 2]]), np.array([[True, True]]) + 0 * 2):
        assert layer(x).dtype == np.float32
    assert (layer([[1, 2]]) == expected).all()


def test_float64_into_float32_is_converted_and_said_once(monkeypatch):
    monkeypatch.setattr(dense, "_warned", False)
    layer, x = Dense(2, 1, rng=0), np.ones((3, 2))
    with pytest.warns(UserWarning, match=r"float32 weights was given float64 data"):
        assert layer(x).dtype == np.float32
    assert layer(x).dtype == np.float32  # a second warning would be an error here


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((5, 4), "array of shape (5, 4)."),
        ((3, 5), "did you mean x.T?"),
        ((5, 1, 3, 1), "Flatten each sample first: x.reshape(5, -1)."),
        ((), "array of shape ()."),
    ],
)
def test_wrong_number_of_features(shape, hint):
    with pytest.raises(ShapeError) as caught:
        Dense(3, 2, relu)(np.zeros(shape, np.float32))
    assert "Dense(3 => 2, relu) expects 3 features on the last axis" in str(
        caught.value
    )
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: Dense(2), TypeError, r"was given int\. Write Dense\(in, out, act\)"),
        (lambda: Dense(), TypeError, r"was given nothing"),
        (
            lambda: Dense(2, 1, 3),
            TypeError,
            r"must be a function, and 3 is of type int",
        ),
        (lambda: Dense(2, 1, relu, relu), TypeError, r"int, int, function, function"),
        (lambda: Dense(2.0, 1), TypeError, r"was given float, int"),
        (lambda: Dense(-2, 1), ShapeError, r"Dense\(-2, 1\): sizes are not negative"),
        (lambda: Dense(np.ones((2, 3), int)), TypeError, r"only floats can be trained"),
        (
            lambda: Dense(np.ones((2, 3)), np.ones(3)),
            ShapeError,
            r"need one of .*\(2,\)",
        ),
        (lambda: Dense(np.ones((2, 3)), True, bias=False), TypeError, r"two biases"),
        (lambda: Dense(2, 1, relu, act=relu), TypeError, r"two activation functions"),
        (lambda: Dense(2, 1, init=lambda s: np.ones(3)), ShapeError, r"\(3,\)"),
        (lambda: Dense(2, 1)(np.ones(2) * 1j), TypeError, r"dtype complex128"),
    ],
)
def test_mistakes_are_explained(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


def test_a_bias_replaced_by_one_of_another_shape():
    layer = Dense(2, 1, rng=0)
    layer.bias = np.zeros(3, np.float32)
    with pytest.raises(ShapeError, match=r"bias of shape \(3,\).*need one of .*\(1,\)"):
        layer(np.ones(2, np.float32))


def test_an_initialiser_that_takes_two_numbers_is_told_about_the_tuple():
    with pytest.raises(TypeError) as caught:
        Dense(2, 1, init=lambda rows, columns: np.ones((rows, columns)))
    assert "takes the shape as a tuple" in caught.value.__notes__[0]


# --- Empty batches, and layers without features -----------------------------------


@pytest.mark.parametrize(("features", "outputs"), [(3, 2), (0, 2), (3, 0), (0, 0)])
@pytest.mark.parametrize("batch", [(), (0,), (4,), (2, 0)])
@pytest.mark.parametrize("bias", [True, False])
def test_nothing_to_add_up_gives_zeros(features, outputs, batch, bias):
    layer = Dense(features, outputs, bias=bias, init=np.ones)
    x = np.ones((*batch, features))
    assert layer(x).shape == (*batch, outputs)
    (g, to_x) = gradient(lambda m, x: m(x).sum(), layer, x)
    samples = int(np.prod(batch))
    np.testing.assert_array_equal(g.weight, np.full((outputs, features), samples))
    np.testing.assert_array_equal(to_x, np.full(x.shape, outputs))
    if bias:
        np.testing.assert_array_equal(g.bias, np.full(outputs, samples))


# --- What an initialiser may return, and what is said of other arguments ----------


@pytest.mark.parametrize(
    ("weight", "dtype"),
    [
        ([[1.0, 2.0]], np.float64),
        ([np.array([1.0, 2.0], np.float32)], np.float32),
    ],
)
def test_an_initialiser_may_return_a_list(weight, dtype):
    layer = Dense(2, 1, init=lambda shape: weight)
    assert type(layer.weight) is np.ndarray
    assert layer.weight.dtype == layer.bias.dtype == dtype
    np.testing.assert_array_equal(layer(np.array([3.0, 4.0], dtype)), [11])


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        ([[1, 2]], r"only floats can be trained"),
        ([["a", "b"]], r"only floats can be trained"),
        ([[1.0], [2.0]], r"\(1, 2\).*returned shape \(2, 1\)"),
    ],
)
def test_lists_of_an_initialiser_that_do_not_fit(weight, sentence):
    with pytest.raises((TypeError, ShapeError), match=sentence):
        Dense(2, 1, init=lambda shape: weight)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((np.ones(2),), r"\(2,\)"),
        ((np.ones((1, 2, 3)),), r"\(1, 2, 3\)"),
        ((np.ones(2), relu), r"\(2,\)"),
        (([[1.0, 2.0]],), "list"),
    ],
)
def test_the_shape_of_what_is_no_matrix_is_named(arguments, text):
    with pytest.raises(TypeError, match=rf"{text}.*Write Dense\(in, out, act\)"):
        Dense(*arguments)
