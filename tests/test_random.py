"""The default generator, and what `rng=` may be."""

import subprocess
import sys

import numpy as np
import pytest

from minigrad.random import default_rng, generator, seed


def test_seed_repeats_the_numbers_and_returns_nothing():
    assert seed(3) is None
    first = default_rng().random(5)
    seed(3)
    np.testing.assert_array_equal(default_rng().random(5), first)
    np.testing.assert_array_equal(first, np.random.default_rng(3).random(5))


def test_different_seeds_give_different_numbers():
    seed(0)
    first = default_rng().random()
    seed(1)
    assert default_rng().random() != first


def test_the_default_generator_goes_on_between_calls():
    seed(0)
    assert generator().random() != generator(None).random()
    assert generator() is default_rng()


def test_numpys_global_state_is_left_alone():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    seed(5)
    default_rng().random(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_unseeded_runs_differ():
    code = "from minigrad.random import default_rng; print(default_rng().random())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 2


@pytest.mark.parametrize("n", [7, np.int64(7), np.uint8(7)])
def test_a_whole_number_is_a_seed(n):
    assert generator(n).random() == np.random.default_rng(7).random()


def test_a_generator_is_used_as_it_is():
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


@pytest.mark.parametrize(
    "rng",
    [np.random.RandomState(0), np.random, 1.5, True, "0", [0]],
    ids=lambda rng: type(rng).__name__,
)
def test_anything_else_is_refused(rng):
    with pytest.raises(TypeError, match=rf"^rng=.* is of type {type(rng).__name__}"):
        generator(rng)
    with pytest.raises(TypeError, match=r"Generator: rng=np\.random\.default_rng\(0\)"):
        generator(rng)


def test_seed_refuses_what_is_no_seed_and_keeps_the_generator():
    before = default_rng()
    with pytest.raises(TypeError, match=r"^n=None is of type NoneType.*seed\(0\)"):
        seed(None)
    with pytest.raises(ValueError, match=r"^n=-1 is negative"):
        seed(-1)
    with pytest.raises(ValueError, match=r"^rng=-2 is negative"):
        generator(-2)
    assert default_rng() is before
