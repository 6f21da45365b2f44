"""Initialisers: bounds and moments, seeds, calls with and without a shape, errors."""

import re
from math import erf, sqrt

import numpy as np
import pytest

from minigrad import Conv, Dense, SamePad, relu, selu
from minigrad.errors import DomainError, ShapeError
from minigrad.nn.initialisers import (
    glorot_normal,
    glorot_uniform,
    identity_init,
    kaiming_normal,
    kaiming_uniform,
    lecun_normal,
    nfan,
    ones,
    orthogonal,
    sparse_init,
    truncated_normal,
    zeros,
)


def half_sparse(*shape, **options):
    """`sparse_init` has no default sparsity."""
    return sparse_init(*shape, **{"sparsity": 0.5, **options})


half_sparse.__name__ = "sparse_init"

WITH_GAIN = [glorot_uniform, glorot_normal, kaiming_uniform, kaiming_normal]
TRUNCATED = [lecun_normal, truncated_normal]
MATRICES = [orthogonal, half_sparse]
RANDOM = [*WITH_GAIN, *TRUNCATED, *MATRICES]
CONSTANTS = [zeros, ones, identity_init]
ALL = [*CONSTANTS, *RANDOM]

OUT, IN = 300, 200
BOUNDS = {glorot_uniform: sqrt(6 / 500), kaiming_uniform: sqrt(6 / 200)}
DEVIATIONS = {
    glorot_uniform: sqrt(2 / 500),
    glorot_normal: sqrt(2 / 500),
    kaiming_uniform: sqrt(2 / 200),
    kaiming_normal: sqrt(2 / 200),
}


# --- Distributions -------------------------------------------------------------


@pytest.mark.parametrize("init", DEVIATIONS)
def test_mean_and_deviation(init):
    weight = init(OUT, IN, rng=0, dtype=np.float64) / DEVIATIONS[init]
    spread = 4 / sqrt(OUT * IN)  # four standard deviations of the mean
    assert abs(weight.mean()) < spread
    assert abs(weight.std() - 1) < spread
    kurtosis = 1.8 if init in BOUNDS else 3.0  # of the uniform, of the normal
    assert abs(np.mean(weight**4) - kurtosis) < 0.2


@pytest.mark.parametrize("init", BOUNDS)
def test_bounds_are_reached_and_kept(init):
    largest = np.abs(init(OUT, IN, rng=0, dtype=np.float64)).max()
    assert 0.999 * BOUNDS[init] < largest <= BOUNDS[init]


@pytest.mark.parametrize("init", [*WITH_GAIN, orthogonal])
def test_gain_is_a_factor(init):
    once, twice = (init(3, 2, gain=gain, rng=0, dtype=float) for gain in (1.0, 2.0))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-15)


def test_default_gains():
    for init, gain in zip(WITH_GAIN, (1, 1, sqrt(2), sqrt(2)), strict=True):
        np.testing.assert_array_equal(init(3, 2, rng=0), init(3, 2, gain=gain, rng=0))


def test_constants():
    np.testing.assert_array_equal(zeros(2, 3), np.zeros((2, 3), "f4"), strict=True)
    np.testing.assert_array_equal(ones(2, 3), np.ones((2, 3), "f4"), strict=True)


# --- Normal numbers that are cut ------------------------------------------------


def moments_within(a, b):
    """Mean and deviation of standard normal numbers between a and b, by a sum."""
    x = np.linspace(a, b, 100_001)
    density = np.exp(-(x**2) / 2)
    density[[0, -1]] /= 2
    density /= density.sum()
    mean = density @ x
    return mean, sqrt(density @ (x - mean) ** 2)


@pytest.mark.parametrize(
    ("mean", "std", "lo", "hi"),
    [(0, 1, -2, 2), (0, 1, 0, 1), (1, 2, -2, 2), (0, 0.1, -100, 100), (5, 1, 2, 3.5)],
)
def test_truncated_normal(mean, std, lo, hi):
    n = 200_000
    options = {"mean": mean, "std": std, "lo": lo, "hi": hi, "dtype": float}
    x = truncated_normal(n, rng=0, **options)
    assert lo <= x.min() and x.max() <= hi
    centre, spread = moments_within(max(lo - mean, -9) / std, min(hi - mean, 9) / std)
    assert abs(x.mean() - (mean + std * centre)) < 4 * std * spread / sqrt(n)
    assert abs(x.std() / (std * spread) - 1) < 4 / sqrt(n)


def test_truncated_normal_is_distributed_as_what_is_left():
    x = np.sort(truncated_normal(100_000, rng=0, dtype=float))
    expected = np.array([0.5 + erf(t / sqrt(2)) / erf(sqrt(2)) / 2 for t in x[::100]])
    found = np.arange(len(x))[::100] / len(x)
    assert np.max(np.abs(found - expected)) < 1.95 / sqrt(len(x))  # Kolmogorov, 0.1 %


def test_truncated_normal_of_the_documentation():
    x = truncated_normal(1000, 1000, rng=0)
    assert (x.min().round(3), x.max().round(3)) == (-2, 2)
    assert truncated_normal(10**6, lo=-100, hi=100, rng=0).std().round() == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lo": 3, "hi": 4}, r"only 0.0013 of the normal .* lie between lo=3 and hi=4"),
        ({"lo": 2, "hi": -2}, "only 0 of the normal numbers"),
        ({"mean": np.nan}, "of the normal numbers with mean nan"),
        ({"std": 0}, "std=0, and needs one above 0"),
    ],
)
def test_truncated_normal_of_hardly_anything(options, sentence):
    with pytest.raises(DomainError, match=sentence):
        truncated_normal(3, **options)


@pytest.mark.parametrize(
    ("shape", "printed"), [((1000, 10), 0.316), ((10, 1000), 0.032), ((500, 2), 0.707)]
)
def test_lecun_normal(shape, printed):
    x = lecun_normal(shape, rng=0, dtype=float)
    deviation = 1 / sqrt(shape[1])
    assert abs(deviation - printed) < 0.0005
    assert abs(x.std() / deviation - 1) < 4 / sqrt(x.size)
    assert abs(x.mean()) < 4 * deviation / sqrt(x.size)
    assert np.abs(x).max() <= 2 * deviation / moments_within(-2, 2)[1]


def test_layers_of_selu_keep_mean_0_and_variance_1():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 400)).astype(np.float32)
    for _ in range(20):
        x = Dense(400, 400, selu, init=lecun_normal, rng=rng)(x)
    assert abs(x.mean()) < 0.1 and abs(x.var() - 1) < 0.1


# --- Matrices --------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(5, 7), (7, 5), (4, 4), (4, 2, 3, 3), (8, 1, 2), (1, 1)]
)
def test_orthogonal(shape):
    weight = orthogonal(shape, gain=3.0, rng=0, dtype=float).reshape(shape[0], -1)
    square = weight @ weight.T if len(weight) <= weight.shape[1] else weight.T @ weight
    np.testing.assert_allclose(square, 9 * np.eye(len(square)), atol=1e-14)


def test_orthogonal_matrices_are_drawn_uniformly():
    rng = np.random.default_rng(0)
    w = np.stack([orthogonal(3, 3, rng=rng, dtype=float) for _ in range(10_000)])
    assert np.all(np.abs(w.mean(axis=0)) < 4 / sqrt(3 * len(w)))
    np.testing.assert_allclose((w**2).mean(axis=0), 1 / 3, atol=0.015)
    turns = np.linalg.det(w) > 0  # half of them, and half mirror
    assert abs(turns.mean() - 0.5) < 2 / sqrt(len(w))
    trace = np.trace(w, axis1=1, axis2=2)  # of uniform ones, E trace² = 1
    assert abs(np.mean(trace**2) - 1) < 0.06


@pytest.mark.parametrize(
    ("shape", "sparsity", "zeros"),
    [
        ((10, 10), 1 / 5, 2),
        ((10, 11), 0.9, 9),
        ((10, 3), 0.5, 5),
        ((100, 3), 0.07, 7),
        ((3, 2), 0.1, 1),
        ((4, 2), 0, 0),
        ((4, 2), 1, 4),
    ],
)
def test_sparse_init_has_as_many_zeros_in_each_column(shape, sparsity, zeros):
    weight = sparse_init(shape, sparsity=sparsity, rng=0)
    np.testing.assert_array_equal((weight == 0).sum(axis=0), [zeros] * shape[1])


def test_sparse_init_is_normal_elsewhere_and_its_zeros_are_anywhere():
    weight = sparse_init(400, 500, sparsity=0.25, std=0.1, rng=0, dtype=float)
    others = weight[weight != 0]
    assert others.size == 300 * 500
    assert abs(others.mean()) < 4 * 0.1 / sqrt(others.size)
    assert abs(others.std() / 0.1 - 1) < 4 / sqrt(others.size)
    by_row = (weight == 0).mean(axis=1)
    assert abs(by_row - 0.25).max() < 5 * sqrt(0.25 * 0.75 / 500)
    assert sparse_init(200, 200, sparsity=0, rng=0).std().round(3) == np.float32(0.01)


@pytest.mark.parametrize("sparsity", [-0.1, 1.1, np.nan])
def test_sparsity_that_is_no_part(sparsity):
    with pytest.raises(DomainError, match=f"sparsity={sparsity}. It is the part"):
        sparse_init(3, 3, sparsity=sparsity)


def test_sparsity_has_to_be_given():
    for call in (lambda: sparse_init(3, 3), lambda: sparse_init()):
        with pytest.raises(TypeError, match=r"missing .* required .*'sparsity'"):
            call()
    assert np.all(sparse_init(sparsity=1.0)(3, 3) == 0)


# --- The identity ----------------------------------------------------------------


def test_identity_init_of_the_documentation():
    expected = np.eye(3, 5, dtype=np.float32)
    np.testing.assert_array_equal(identity_init(3, 5), expected, strict=True)
    layer = Dense(5, 3, relu, init=identity_init)
    np.testing.assert_array_equal(layer(np.float32([1, -2, 3, -4, 5])), [1, 0, 3])
    window = identity_init(3, 2, 3, gain=100)
    expected = np.zeros((3, 2, 3))
    expected[0, 0, 1] = expected[1, 1, 1] = 100
    np.testing.assert_array_equal(window, expected)
    np.testing.assert_array_equal(identity_init(4), np.zeros(4))


def test_identity_init_in_the_middle_of_a_window():
    weight = identity_init(2, 2, 3, 5)
    assert weight[0, 0, 1, 2] == weight[1, 1, 1, 2] == 1 and weight.sum() == 2


def test_a_convolution_that_hands_on_its_input():
    x = np.random.default_rng(0).normal(size=(1, 4, 5, 3)).astype(np.float32)
    layer = Conv((3, 3), 3, 3, pad=SamePad(), init=identity_init(gain=10))
    np.testing.assert_allclose(layer(x), 10 * x, rtol=1e-6)


def test_identity_init_rolls():
    np.testing.assert_array_equal(identity_init(2, 3, shift=1), [[0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(
        identity_init(2, 3, shift=(0, -1)), [[0, 0, 1], [1, 0, 0]]
    )
    np.testing.assert_array_equal(
        identity_init(gain=2.0, shift=(1, 1))(2, 2), 2 * np.eye(2)
    )
    with pytest.raises(TypeError, match="float"):
        identity_init(2, 2, shift=0.5)


# --- Fans ----------------------------------------------------------------------


def test_fans_of_rows_out_and_columns_in():
    assert nfan(3, 2) == (2, 3)
    assert nfan() == (1, 1)
    assert nfan(5) == (1, 5)
    assert nfan(5) == nfan(5, 1)
    assert nfan(8, 4, 3, 3) == (4 * 9, 8 * 9)


def test_kaiming_looks_at_columns_only():
    wide = kaiming_normal(1, 10_000, rng=0).std()
    np.testing.assert_allclose(wide, sqrt(2 / 10_000), rtol=0.03)
    tall = kaiming_normal(10_000, 1, rng=0).std()
    np.testing.assert_allclose(tall, sqrt(2), rtol=0.03)


# --- Calls ---------------------------------------------------------------------


@pytest.mark.parametrize("init", ALL)
def test_float32_by_default_and_any_dtype(init):
    assert init(3, 2).dtype == np.float32
    for dtype in (np.float16, np.float64, "f4"):
        assert init(3, 2, dtype=dtype).dtype == np.dtype(dtype)


@pytest.mark.parametrize("init", ALL)
def test_shapes(init):
    assert init(4, 3).shape == init((4, 3)).shape == (4, 3)
    assert init(np.int64(4), 3).shape == (4, 3)
    assert init(0, 3).shape == (0, 3)
    assert init(3, 0).shape == (3, 0)
    assert init(3, 4).flags.c_contiguous and init(4, 3).flags.c_contiguous


@pytest.mark.parametrize("init", [init for init in ALL if init not in MATRICES])
def test_shapes_that_are_no_matrices(init):
    assert init(4).shape == (4,)
    assert init(()).shape == ()
    assert init(0).shape == (0,)
    assert init(4, 3, 5, 5).shape == (4, 3, 5, 5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_shapes_that_should_be_matrices(shape):
    sentence = f"makes matrices, and was given the shape {shape}. It needs (out, in)"
    with pytest.raises(ShapeError, match=re.escape(sentence)):
        half_sparse(shape)
    if len(shape) < 2:
        with pytest.raises(ShapeError, match=re.escape(sentence)):
            orthogonal(shape)


@pytest.mark.parametrize("init", RANDOM)
def test_the_same_seed_gives_the_same_numbers(init):
    first = init(3, 2, rng=7)
    np.testing.assert_array_equal(init(3, 2, rng=7), first)
    np.testing.assert_array_equal(init(3, 2, rng=np.random.default_rng(7)), first)
    assert np.any(init(3, 2, rng=8) != first)


@pytest.mark.parametrize("init", RANDOM)
def test_one_seed_gives_one_model_in_every_dtype(init):
    double = init(3, 2, rng=7, dtype=np.float64)
    np.testing.assert_array_equal(init(3, 2, rng=7), double.astype(np.float32))


@pytest.mark.parametrize("init", RANDOM)
def test_a_generator_goes_on(init):
    rng = np.random.default_rng(0)
    assert np.any(init(3, 2, rng=rng) != init(3, 2, rng=rng))


@pytest.mark.parametrize("init", RANDOM)
def test_the_package_seed_is_the_default(init):
    from minigrad.random import seed

    seed(3)
    first = init(3, 2), init(3, 2)
    seed(3)
    np.testing.assert_array_equal((init(3, 2), init(3, 2)), first)
    np.testing.assert_array_equal(init(3, 2, rng=3), first[0])
    assert np.any(first[0] != first[1])


@pytest.mark.parametrize("init", CONSTANTS)
def test_constants_draw_nothing(init):
    rng = np.random.default_rng(0)
    init(3, 2, rng=rng)
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("init", ALL)
def test_without_a_shape_an_initialiser(init):
    made = init(rng=5, dtype=np.float64)
    np.testing.assert_array_equal(made(3, 2), init(3, 2, rng=5, dtype=np.float64))
    assert made(dtype=np.float32)(3, 2).dtype == np.float32


def test_curried_gain():
    np.testing.assert_array_equal(
        kaiming_normal(gain=1.0, rng=5)(3, 2), kaiming_normal(3, 2, gain=1.0, rng=5)
    )


# --- Errors --------------------------------------------------------------------


@pytest.mark.parametrize("init", ALL)
def test_negative_size(init):
    sentence = r"was given the shape \(3, -2\), and the size -2 is negative"
    with pytest.raises(ValueError, match=sentence):
        init(3, -2)
    with pytest.raises(ValueError, match=f"{init.__name__} was given"):
        init((3, -2))


@pytest.mark.parametrize("size", [2.0, "2", None, [3, 2]])
@pytest.mark.parametrize("init", ALL)
def test_size_that_is_no_whole_number(init, size):
    sentence = rf"{init.__name__} takes the sizes .* a {type(size).__name__}\. Write"
    with pytest.raises(TypeError, match=sentence):
        init(size)


@pytest.mark.parametrize("init", ALL)
def test_generator_in_the_place_of_a_size(init):
    with pytest.raises(TypeError, match=r"options by keyword: .*\(3, 2, rng=rng\)"):
        init(np.random.default_rng(0), 3, 2)


@pytest.mark.parametrize("init", ALL)
def test_misspelt_option(init):
    with pytest.raises(TypeError, match="unexpected keyword argument 'gian'"):
        init(gian=1.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'gian'"):
        init(3, 2, gian=1.0)
