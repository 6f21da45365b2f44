"""Convolutions and pools: PyTorch's numbers, adjoints, higher orders, and messages."""

import json
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import Conv, ConvTranspose, CrossCor, MaxPool, MeanPool, SamePad
from minigrad.nn.convolution import Steps, compare, correlate, scatter

from ..make_convolutions import CONVOLUTIONS, POOLS, TRANSPOSED, numbers, sums

STORED = json.loads((Path(__file__).parents[1] / "convolutions.json").read_text())


def last(x):
    """The channels moved to where they are here."""
    return np.moveaxis(x, 1, -1)


def second(x):
    """The channels moved to where PyTorch has them."""
    return np.moveaxis(x, -1, 1)


def agree(found, stored):
    for array, expected in zip(found, stored, strict=True):
        np.testing.assert_allclose(sums(array), expected, rtol=1e-12, atol=1e-12)


def layer_for(kind, case):
    options = {k: case[k] for k in ("stride", "dilation", "groups") if k in case}
    pad = case.get("pad", 0)
    return kind(numbers(case["w"], 1), False, pad=pad, **options)


def paired(cases, name):
    return list(zip(cases, STORED[name], strict=True))


# --- PyTorch's numbers ---------------------------------------------------------------


@pytest.mark.parametrize(("case", "stored"), paired(CONVOLUTIONS, "convolutions"))
def test_cross_correlations_are_those_of_pytorch(case, stored):
    layer, x = layer_for(CrossCor, case), last(numbers(case["x"], 0))
    y, back = mg.pullback(lambda m, x: m(x), layer, x)
    to_layer, to_x = back(last(numbers(second(y).shape, 0.5)))
    agree([second(y), second(to_x), to_layer.weight], stored)


@pytest.mark.parametrize(("case", "stored"), paired(TRANSPOSED, "transposed"))
def test_transposed_convolutions_are_those_of_pytorch(case, stored):
    """PyTorch's is the adjoint of its convolution, whose window is not turned."""
    options = {"outpad": case["outpad"]} if "outpad" in case else {}
    turned = np.flip(numbers(case["w"], 1), tuple(range(2, len(case["w"]))))
    others = {k: case[k] for k in ("stride", "dilation", "groups", "pad") if k in case}
    layer = ConvTranspose(turned, False, **others, **options)
    x = last(numbers(case["x"], 0))
    y, back = mg.pullback(lambda m, x: m(x), layer, x)
    to_layer, to_x = back(last(numbers(second(y).shape, 0.5)))
    to_weight = np.flip(to_layer.weight, tuple(range(2, len(case["w"]))))
    agree([second(y), second(to_x), to_weight], stored)


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("number", range(len(POOLS)))
def test_pools_are_those_of_pytorch(number, kind):
    case = POOLS[number]
    pool = MaxPool if kind == "max" else MeanPool
    layer = pool(case["kernel"], stride=case["stride"], pad=case.get("pad", 0))
    y, back = mg.pullback(layer, last(numbers(case["x"], 0)))
    (to_x,) = back(last(numbers(second(y).shape, 0.5)))
    agree([second(y), second(to_x)], STORED[kind][number])


# --- What follows from the formula ---------------------------------------------------


def test_a_convolution_turns_its_window():
    x, w = numbers((1, 5, 6, 2), 0), numbers((3, 2, 2, 3), 1)
    turned = CrossCor(w[:, :, ::-1, ::-1], False)(x)
    np.testing.assert_array_equal(Conv(w, False)(x), turned)
    by_numpy = np.convolve([1.0, 2.0, 4.0], [1.0, 10.0], "valid")
    layer = Conv(np.array([[[1.0, 10.0]]]), False)
    found = layer(np.array([[[1.0], [2.0], [4.0]]]))
    np.testing.assert_array_equal(found[0, :, 0], by_numpy)


STEPS = [
    Steps((7, 6), (1, 1), (1, 1)),
    Steps((7, 6), (2, 3), (1, 2)),
    Steps((7, 6), (2, 1), (1, 1), 2),
]


@pytest.mark.parametrize("steps", STEPS)
def test_the_three_operations_are_adjoint_to_each_other(steps):
    """<y, correlate(x, w)> = <scatter(y, w), x> = <compare(x, y), w>."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 7, 6, 4))
    w = rng.normal(size=(6, 4 // steps.groups, 3, 2))
    y = rng.normal(size=(2, *steps.places((3, 2)), 6))
    expected = np.vdot(y, correlate(x, w, steps))
    np.testing.assert_allclose(np.vdot(scatter(y, w, steps), x), expected, rtol=1e-12)
    np.testing.assert_allclose(
        np.vdot(compare(x, y, steps, (3, 2)), w), expected, rtol=1e-12
    )


def test_a_transposed_convolution_is_the_adjoint_of_the_convolution():
    rng = np.random.default_rng(1)
    w = rng.normal(size=(6, 4, 3, 3))
    options = {"stride": 2, "pad": (1, 0, 2, 1), "dilation": (1, 2)}
    down, up = Conv(w, False, **options), ConvTranspose(w, False, **options)
    x = rng.normal(size=(2, 10, 12, 4))
    y = rng.normal(size=down(x).shape)
    missing = tuple(n - m for n, m in zip(x.shape[1:3], up(y).shape[1:3], strict=True))
    up = ConvTranspose(w, False, outpad=missing, **options)
    assert up(y).shape == x.shape
    np.testing.assert_allclose(np.vdot(y, down(x)), np.vdot(up(y), x), rtol=1e-12)


LAYERS = {
    "conv": lambda: Conv((2, 3), 4, 2, np.tanh, stride=(2, 1), pad=1, rng=0),
    "groups": lambda: CrossCor((2, 2), 4, 4, groups=2, dilation=2, rng=0),
    "transposed": lambda: ConvTranspose((2, 3), 4, 2, stride=2, outpad=1, rng=0),
    "max": lambda: MaxPool((2, 2), stride=1, pad=SamePad()),
    "mean": lambda: MeanPool((2, 3), stride=(2, 1), pad=(1, 0)),
    "global max": mg.GlobalMaxPool,
    "global mean": mg.GlobalMeanPool,
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_derivatives_of_two_orders(make):
    layer = mg.fmap(lambda x: x.astype(float) if mg.is_parameter(x) else x, make())
    x = np.random.default_rng(2).normal(size=(2, 5, 6, 4))
    loss = lambda m, x: (m(x) ** 3).sum()
    assert mg.check_gradient(loss, layer, x)
    slope = lambda x: (mg.gradient(lambda x: loss(layer, x), x)[0] ** 2).sum()
    assert mg.check_gradient(slope, x)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_float32_stays_float32(make):
    layer, x = make(), np.ones((2, 5, 6, 4), np.float32)
    y, back = mg.pullback(lambda m, x: m(x), layer, x)
    to_layer, to_x = back(np.ones_like(y))
    assert y.dtype == to_x.dtype == layer(x).dtype == np.float32
    if to_layer is not None:
        assert to_layer.weight.dtype == np.float32


def test_memory_of_any_order():
    x, layer = numbers((2, 6, 7, 4), 0), Conv((3, 3), 4, 2, rng=0)
    layer.weight = layer.weight.astype(float)
    expected = layer(x)
    for other in (
        np.asfortranarray(x),
        x[:, ::-1][:, ::-1],
        np.repeat(x, 2, 3)[..., ::2],
    ):
        np.testing.assert_allclose(layer(other), expected, rtol=1e-13)
        g = mg.gradient(lambda x: (layer(x) ** 2).sum(), other)[0]
        assert g.shape == x.shape


def test_of_equal_numbers_the_first_gets_the_gradient():
    x = np.zeros((1, 2, 4, 1))
    (g,) = mg.gradient(lambda x: MaxPool((2, 2))(x).sum(), x)
    assert g[0, :, :, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]
    (g,) = mg.gradient(lambda x: MaxPool((1, 3), stride=1)(x).sum(), x)
    assert g[0, :, :, 0].tolist() == [[1, 1, 0, 0], [1, 1, 0, 0]]


def test_padding_is_never_the_largest():
    x = np.full((1, 3, 3, 1), -5.0)
    assert (MaxPool((3, 3), stride=1, pad=1)(x) == -5).all()


@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (4, 5)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_pad_keeps_the_size(kernel, dilation):
    x = np.ones((1, 9, 8, 3), np.float32)
    layer = Conv(kernel, 3, 2, pad=SamePad(), dilation=dilation)
    assert layer(x).shape == (1, 9, 8, 2)
    assert MaxPool(kernel, stride=1, pad=SamePad())(x).shape == x.shape
    half = Conv(kernel, 3, 2, pad=SamePad(), stride=2)
    assert half(x).shape == (1, 5, 4, 2)


# --- How they are made, and printed -----------------------------------------------


def test_initial_weights():
    layer = Conv((5, 5), 3, 7, rng=0)
    assert layer.weight.shape == (7, 3, 5, 5) and layer.weight.dtype == np.float32
    most = np.sqrt(6 / (25 * (3 + 7)))  # glorot_uniform of 75 and 175
    assert 0.9 * most < np.abs(layer.weight).max() <= most
    assert layer.bias.tolist() == [0] * 7
    np.testing.assert_array_equal(layer.weight, Conv((5, 5), (3, 7), rng=0).weight)
    assert (Conv((1,), 2, 2, init=np.ones).weight == 1).all()
    assert Conv((2, 2), 4, 6, groups=2).weight.shape == (6, 2, 2, 2)
    assert ConvTranspose((2, 2), 4, 6, groups=2).weight.shape == (4, 3, 2, 2)
    assert Conv((1, 1), 2, 3, bias=False).bias is False


def test_printing():
    said = [
        (Conv((3, 3), 1, 8, mg.relu, pad=1), "Conv((3, 3), 1 => 8, relu, pad=1)"),
        (
            CrossCor((5,), 4, 8, stride=2, pad=(1, 2), groups=2, bias=False),
            "CrossCor((5,), 4 => 8, stride=2, pad=(1, 2), groups=2, bias=False)",
        ),
        (
            ConvTranspose((2, 2), 8, 1, stride=(2, 1), outpad=(1, 0)),
            "ConvTranspose((2, 2), 8 => 1, stride=(2, 1), outpad=(1, 0))",
        ),
        (MaxPool((2, 2)), "MaxPool((2, 2))"),
        (MeanPool((3, 3), stride=2, pad=1), "MeanPool((3, 3), stride=2, pad=1)"),
        (mg.GlobalMeanPool(), "GlobalMeanPool()"),
    ]
    for layer, text in said:
        assert repr(layer) == text


def test_a_small_network_learns():
    """LeNet's parts on the digits: a few steps of Adam lower the loss."""
    mg.seed(0)
    train, _ = mg.datasets.digits()
    x, y = train.images[:128, :, :, None], mg.onehotbatch(train.labels[:128], range(10))
    model = mg.Chain(
        Conv((3, 3), 1, 4, mg.relu, pad=1),
        MaxPool((2, 2)),
        Conv((3, 3), 4, 8, mg.relu, pad=1),
        MeanPool((2, 2)),
        mg.flatten,
        mg.Dense(32, 10),
    )
    loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
    state = mg.setup(mg.Adam(0.01), model)
    before = loss(model, x, y)
    mg.train_(loss, model, [(x, y)] * 60, state)
    assert loss(model, x, y) < 0.5 * before


# --- Wrong shapes --------------------------------------------------------------------

ones = lambda *shape: np.ones(shape, np.float32)

WRONG = [
    (
        lambda: Conv((3, 3), 1, 8)(ones(5, 1, 28, 28)),
        r"expects 1 channels.*axis\(",
    ),
    (lambda: Conv((3, 3), 3, 8)(ones(28, 28, 3)), r"\(batch, height.*x\[None\]"),
    (lambda: Conv((3,), 3, 8)(ones(2, 4, 4, 3)), r"\(batch, time, channels\)"),
    (
        lambda: Conv((5, 5), 1, 8)(ones(1, 4, 9, 1)),
        r"spans \(5, 5\), more than .* \(4, 9\) with its padding",
    ),
    (
        lambda: Conv((3, 3), 3, 8, groups=2),
        "2 groups must divide the channels, 3 ",
    ),
    (lambda: ConvTranspose((3, 3), 4, 3, groups=2), "must divide the channels"),
    (lambda: Conv((3, 3), 1, 8, stride=0), r"Conv\(stride=0\): stride must be .* 1 or"),
    (lambda: Conv((3, 3), 1, 8, pad=(1, 2, 3)), r"pad must be a whole number of 0 or"),
    (lambda: Conv((3, 3), 1, 8, dilation=(1,)), "one for each axis of the window"),
    (lambda: Conv(np.ones((8, 1, 3, 3)), np.ones(7)), r"bias has shape \(7,\)"),
    (lambda: Conv(np.ones((8, 3)), False), r"shape \(out, in / groups, \*kernel\)"),
    (lambda: MaxPool(2), r"MaxPool\(2\): the window is a tuple"),
    (lambda: MaxPool((2, 2))(ones(4, 4, 3)), "takes 4 axes, the batch first"),
    (lambda: MeanPool((9, 9))(ones(1, 4, 4, 3)), "more than the input"),
    (lambda: mg.GlobalMaxPool()(ones(4, 3)), "with axes between"),
]


@pytest.mark.parametrize(("call", "match"), WRONG)
def test_wrong_shapes(call, match):
    with pytest.raises(mg.ShapeError, match=match), np.errstate(all="raise"):
        call()


def test_arguments_that_mean_nothing():
    with pytest.raises(TypeError, match=r"Conv was given an int, an int\. Write"):
        Conv(3, 8)
    with pytest.raises(TypeError, match="CrossCor was given nothing"):
        CrossCor()
