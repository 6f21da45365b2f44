"""How numbers, tuples and arrays print in rules and state trees."""

import numpy as np
import pytest

from minigrad.optimise.printing import ENTRIES_SHOWN, show


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.1, "0.1"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1 / 30, "0.0333333"),
        (np.pi, "3.14159"),
        (123456.7, "123457.0"),
        (1e-8, "1e-08"),
        (1e6, "1e+06"),
        (2.5e300, "2.5e+300"),
        (float("nan"), "nan"),
        (-np.inf, "-inf"),
        (np.float32(0.1), "0.1"),
        (np.float64(2), "2.0"),
        (3, "3"),
        (True, "True"),
        (None, "None"),
        ("fan in", "'fan in'"),
    ],
)
def test_single_values(x, text):
    assert show(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        ((), "()"),
        ((0.9,), "(0.9,)"),
        ((0.9, 0.999), "(0.9, 0.999)"),
        ((None, ([0.5], (1.0, 2))), "(None, ([0.5], (1.0, 2)))"),
        ([], "[]"),
        ([1 / 3, 2], "[0.333333, 2]"),
    ],
)
def test_containers(x, text):
    assert show(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.array(0.5), "0.5"),
        (np.zeros((1, 2)), "[[0.0, 0.0]]"),
        (np.zeros(0), "[]"),
        (np.zeros((2, 0)), "[[], []]"),
        (np.array([np.pi, np.nan], "f4"), "[3.14159, nan]"),
        (np.arange(3), "[0, 1, 2]"),
        (np.zeros(ENTRIES_SHOWN), f"[{', '.join(['0.0'] * ENTRIES_SHOWN)}]"),
        (np.zeros(ENTRIES_SHOWN + 1), f"<float64 {ENTRIES_SHOWN + 1}>"),
        (np.zeros((64, 10), "f4"), "<float32 64x10>"),
    ],
)
def test_arrays(x, text):
    assert show(x) == text


def test_the_whole_state_of_adam():
    state = np.zeros(2, "f4"), np.full((20, 1), 0.5), (0.9, 0.999)
    assert show(state) == "([0.0, 0.0], <float64 20x1>, (0.9, 0.999))"
