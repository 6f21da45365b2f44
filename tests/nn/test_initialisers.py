"""Initialisers: bounds and moments, seeds, calls with and without a shape, errors."""

from math import sqrt

import numpy as np
import pytest

from minigrad.nn.initialisers import (
    glorot_normal,
    glorot_uniform,
    kaiming_normal,
    kaiming_uniform,
    nfan,
    ones,
    zeros,
)

RANDOM = [glorot_uniform, glorot_normal, kaiming_uniform, kaiming_normal]
ALL = [zeros, ones, *RANDOM]

OUT, IN = 300, 200
BOUNDS = {glorot_uniform: sqrt(6 / 500), kaiming_uniform: sqrt(6 / 200)}
DEVIATIONS = {
    glorot_uniform: sqrt(2 / 500),
    glorot_normal: sqrt(2 / 500),
    kaiming_uniform: sqrt(2 / 200),
    kaiming_normal: sqrt(2 / 200),
}


# --- Distributions -------------------------------------------------------------


@pytest.mark.parametrize("init", RANDOM)
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


@pytest.mark.parametrize("init", RANDOM)
def test_gain_is_a_factor(init):
    once, twice = (init(3, 2, gain=gain, rng=0, dtype=float) for gain in (1.0, 2.0))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-15)


def test_default_gains():
    for init, gain in zip(RANDOM, (1, 1, sqrt(2), sqrt(2)), strict=True):
        np.testing.assert_array_equal(init(3, 2, rng=0), init(3, 2, gain=gain, rng=0))


def test_constants():
    np.testing.assert_array_equal(zeros(2, 3), np.zeros((2, 3), "f4"), strict=True)
    np.testing.assert_array_equal(ones(2, 3), np.ones((2, 3), "f4"), strict=True)


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
    assert init(4).shape == (4,)
    assert init(4, 3).shape == init((4, 3)).shape == (4, 3)
    assert init(np.int64(4), 3).shape == (4, 3)
    assert init(()).shape == ()
    assert init(0, 3).shape == (0, 3)
    assert init(3, 0).shape == (3, 0)
    assert init(0).shape == (0,)


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


@pytest.mark.parametrize("init", [zeros, ones])
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
