"""Layer and group normalisation: numbers, shapes, dtypes, and their sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import (
    Adam,
    BatchNorm,
    Chain,
    GroupNorm,
    LayerNorm,
    check_gradient,
    gradient,
    hvp,
    relu,
    setup,
    trainstep_,
)
from minigrad.errors import ShapeError
from minigrad.nn.initialisers import ones

from .reference import CASES, check_against, in_dtype, names_of_trainables

RNG = np.random.default_rng(0)
LAYERS = {
    "LayerNorm of one axis": LayerNorm(4),
    "LayerNorm of two axes": LayerNorm(3, 4),
    "LayerNorm without Scale": LayerNorm(4, affine=False),
    "GroupNorm of a matrix": GroupNorm(6, 2),
    "GroupNorm of images": GroupNorm(4, 2),
    "GroupNorm of each channel": GroupNorm(4, 4),
}


def parameters(layer):
    """Factors and shifts, also of a gradient."""
    if not hasattr(layer, "diag"):
        return layer.gamma, layer.beta
    return (layer.diag.scale, layer.diag.bias) if hasattr(layer.diag, "scale") else ()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LAYERS)
def test_value_and_gradient_agree_with_pytorch(name, dtype):
    case = CASES[name]
    none = lambda layer: () if layer is None else parameters(layer)
    check_against(case, LAYERS[name], none, dtype)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (LayerNorm(3, np.tanh), (3,)),
        (LayerNorm((2, 3), np.tanh), (4, 2, 3)),
        (LayerNorm(3, np.tanh, affine=False), (2, 3)),
        (GroupNorm(4, 2, np.tanh), (3, 4)),
        (GroupNorm(4, 1, np.tanh, affine=False), (2, 2, 3, 4)),
    ],
)
def test_gradients_of_both_orders_against_finite_differences(layer, shape):
    x, direction = RNG.normal(size=(2, *shape))
    report = check_gradient(lambda m, x: (m(x) * (1 + x)).sum(), layer, x)
    assert report, str(report)
    layer, h = in_dtype(layer, float), 1e-5
    loss = lambda x: (layer(x) * np.sin(x)).sum()
    slope = lambda x: gradient(loss, x)[0]
    difference = (slope(x + h * direction) - slope(x - h * direction)) / (2 * h)
    found = hvp(loss, x, direction)
    np.testing.assert_allclose(found, difference, rtol=1e-6, atol=1e-8)


# --- The formula -----------------------------------------------------------------


@given(
    shape=st.lists(st.integers(1, 4), max_size=3),
    sizes=st.lists(st.integers(2, 4), min_size=1, max_size=2),
)
def test_layernorm_standardises_the_last_axes(shape, sizes):
    x = np.random.default_rng(0).normal(5, 2, (*shape, *sizes)).astype(np.float32)
    y = LayerNorm(*sizes, epsilon=0)(x)
    assert y.shape == x.shape
    assert y.dtype == np.float32
    axes = tuple(range(-len(sizes), 0))
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=axes), 1, rtol=1e-4)


@given(
    groups=st.integers(1, 3),
    each=st.integers(1, 3),
    places=st.lists(st.integers(2, 3), min_size=1, max_size=2),
)
def test_groupnorm_standardises_each_group_of_each_observation(groups, each, places):
    rng = np.random.default_rng(0)
    x = rng.normal(5, 2, (2, *places, groups * each)).astype(np.float32)
    y = GroupNorm(groups * each, groups, epsilon=0)(x)
    assert y.shape == x.shape
    assert y.dtype == np.float32
    for observation in y:
        for group in np.split(observation, groups, axis=-1):
            np.testing.assert_allclose(group.mean(), 0, atol=1e-5)
            np.testing.assert_allclose(group.std(), 1, rtol=1e-4)


def test_the_special_cases_of_groupnorm():
    x = RNG.normal(size=(2, 3, 3, 4)).astype(np.float32)
    whole = LayerNorm(3, 3, 4)(x)
    np.testing.assert_allclose(GroupNorm(4, 1)(x), whole, rtol=1e-5, atol=1e-6)
    instance = (x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True)
    np.testing.assert_allclose(GroupNorm(4, 4)(x), instance, atol=1e-4)


def test_observations_do_not_depend_on_each_other():
    x = RNG.normal(size=(4, 5, 6)).astype(np.float32)
    for layer in (LayerNorm(6), GroupNorm(6, 3)):
        np.testing.assert_allclose(layer(x[:2]), layer(x)[:2], rtol=1e-6)
        assert layer(x[:0]).shape == (0, 5, 6)


@pytest.mark.parametrize("layer", [LayerNorm(100), GroupNorm(100, 1)])
def test_a_large_mean_costs_little_precision_in_float32(layer):
    x = RNG.normal(1000, 1, (3, 100)).astype(np.float32)
    exact = x - x.mean(axis=1, dtype=float, keepdims=True)
    exact /= x.std(axis=1, dtype=float, keepdims=True)
    np.testing.assert_allclose(layer(x), exact, atol=5e-4)


@pytest.mark.parametrize("layer", [LayerNorm(2), GroupNorm(2, 1)])
def test_constant_numbers_become_the_shift(layer):
    assert layer(np.full((2, 2), 7, np.float32)).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("layer", [LayerNorm(2), GroupNorm(2, 1)])
def test_lists_and_integers_are_converted(layer):
    y = layer([[1, 3]])
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [[-1, 1]], rtol=1e-5)


def test_without_parameters_the_input_decides_the_dtype():
    for layer in (LayerNorm(2, affine=False), GroupNorm(2, 1, affine=False)):
        assert names_of_trainables(layer) == []
        for dtype in (np.float32, np.float64):
            assert layer(np.ones((2, 2), dtype)).dtype == dtype


def test_settings_computed_by_numpy_leave_float32_alone():
    x, epsilon = np.ones((2, 2), np.float32), np.float64(1e-5)
    assert LayerNorm(2, epsilon=epsilon)(x).dtype == np.float32
    assert GroupNorm(2, 1, epsilon=epsilon)(x).dtype == np.float32
    assert BatchNorm(2, epsilon=epsilon, active=True)(x).dtype == np.float32


def test_epsilon_is_added_to_the_variance():
    x = np.array([[-1.0, 1.0]])
    for layer in (LayerNorm(2, epsilon=3.0), GroupNorm(2, 1, epsilon=3.0)):
        assert in_dtype(layer, float)(x).tolist() == [[-0.5, 0.5]]


# --- Training, printing, refusing --------------------------------------------------


@pytest.mark.parametrize("layer", [LayerNorm(3, np.tanh), GroupNorm(3, 1, np.tanh)])
def test_a_step_changes_factors_and_shifts(layer):
    layer = in_dtype(layer, np.float32)
    factors, shifts = parameters(layer)
    x, y = RNG.normal(size=(2, 8, 3)).astype(np.float32)
    loss = lambda m: ((m(x) - y) ** 2).sum()
    trainstep_(loss, layer, (), setup(Adam(0.1), layer))
    assert (factors != 1).all()
    assert (shifts != 0).all()


def test_what_is_trained():
    assert names_of_trainables(LayerNorm(3)) == ["diag.scale", "diag.bias"]
    assert names_of_trainables(GroupNorm(4, 2)) == ["beta", "gamma"]


def test_printed():
    assert repr(LayerNorm(3)) == "LayerNorm(3)"
    assert repr(LayerNorm((2, 3), relu)) == "LayerNorm(2, 3, relu)"
    assert repr(LayerNorm(3, relu, affine=False)) == "LayerNorm(3, relu, affine=False)"
    assert repr(GroupNorm(4, 2, relu)) == "GroupNorm(4, 2, relu)"
    assert repr(GroupNorm(4, 2, affine=False)) == "GroupNorm(4, 2, affine=False)"
    line = repr(Chain(LayerNorm(3))).splitlines()[1].strip()
    assert line == "LayerNorm(3),  # 6 parameters"


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: LayerNorm(3)(ones(2, 4)), ShapeError, r"size 3 on the last axis.*4\)"),
        (lambda: LayerNorm(2, 3)(ones(3)), ShapeError, r"sizes \(2, 3\) .* axes.*3,\)"),
        (lambda: LayerNorm(), TypeError, r"given nothing\. Write"),
        (lambda: LayerNorm(()), TypeError, r"given \(\)\. Write"),
        (lambda: LayerNorm(2.0), TypeError, r"given 2\.0\. Write"),
        (lambda: LayerNorm(-1), TypeError, r"given -1\. Write"),
        (lambda: LayerNorm(2, "relu"), TypeError, r"activation of LayerNorm .*'relu'"),
        (lambda: GroupNorm(4, 3), ShapeError, r"4 channels cannot be divided into 3"),
        (lambda: GroupNorm(4, 0), ShapeError, r"into 0 groups"),
        (lambda: GroupNorm(4, 2.0), ShapeError, r"into 2\.0 groups"),
        (lambda: GroupNorm("a", 2), TypeError, r"GroupNorm was given 'a'"),
        (lambda: GroupNorm(4, 2, 1), TypeError, r"activation of GroupNorm"),
        (lambda: GroupNorm(4, 2)(ones(2, 3)), ShapeError, r"GroupNorm\(4, 2\) .*2, 3"),
        (lambda: GroupNorm(4, 2)(ones(2, 4, 3)), ShapeError, r"Axis 1 fits"),
        (lambda: GroupNorm(4, 2)(ones(4)), ShapeError, r"expects a batch.*x\[None\]"),
        (lambda: Chain(LayerNorm(3))(ones(2)), ShapeError, r"^layers\[0\] LayerNorm"),
    ],
)
def test_refused(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
