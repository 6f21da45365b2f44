"""The tables, the points in the plane, and the text."""

import hashlib
import runpy
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import (
    blobs,
    circles,
    diabetes,
    iris,
    line,
    moons,
    sonnets,
    spirals,
    wine,
)

# --- Tables ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "shape", "means"),
    [
        (iris, (150, 4), [5.843333, 3.057333, 3.758, 1.199333]),
        (wine, (178, 13), [13.000618, 2.336348, 2.366517]),
        (diabetes, (442, 10), [48.518100, 1.468326, 26.375792]),
    ],
)
def test_tables(load, shape, means):
    """The means are those that the sources print."""
    x, y, columns, classes = load()
    assert x.shape == shape and x.dtype == np.float32 and len(columns) == shape[1]
    assert y.shape == shape[:1]
    np.testing.assert_allclose(x.mean(0, float)[: len(means)], means, rtol=1e-6)
    assert np.isfinite(x).all() and np.isfinite(y).all()
    if classes:
        assert y.dtype == np.int64 and set(y) == set(range(len(classes)))
    else:
        assert y.dtype == np.float32 and (y.min(), y.max()) == (25, 346)
    x[:] = 0  # a copy, which does not change what the next call returns
    assert load().features.any()


def test_the_file_is_what_its_script_makes():
    pytest.importorskip("sklearn")
    script = Path(__file__).parent / "make_tables.py"
    made = runpy.run_path(str(script))["make_tables"]()
    stored = np.load(Path(mg.datasets.__file__).parent / "tables.npz")
    assert sorted(stored) == sorted(made)
    for name, array in made.items():
        np.testing.assert_array_equal(stored[name], array)


# --- Points in the plane ------------------------------------------------------------

PLANE = moons, circles, spirals, blobs


@pytest.mark.parametrize("draw", PLANE)
def test_points(draw):
    x, y = draw(101, rng=0)
    assert x.shape == (101, 2) and x.dtype == np.float32 and y.dtype == np.int64
    counts = np.bincount(y)
    assert counts.sum() == 101 and counts.max() - counts.min() == 1
    assert (np.diff(y) != 0).sum() > 20  # in no order
    again = draw(101, rng=0)
    np.testing.assert_array_equal(x, again[0])
    mg.seed(1)
    first = draw(10)[0]
    mg.seed(1)
    np.testing.assert_array_equal(draw(10)[0], first)


def test_points_without_noise_lie_on_their_curves():
    x, y = moons(50, noise=0, rng=0)
    first, second = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(*first.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(second - [1, 0.5]).T), 1, rtol=1e-6)
    assert (first[:, 1] >= 0).all() and (second[:, 1] <= 0.5).all()
    x, y = circles(50, noise=0, factor=0.25, rng=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.25), rtol=1e-6)
    x, y = spirals(60, classes=3, turns=0, noise=0, rng=0)
    angle = np.arctan2(x[:, 1], x[:, 0]) % (2 * np.pi)
    np.testing.assert_allclose(angle, 2 * np.pi * y / 3, atol=1e-5)
    x, y = blobs(30, classes=4, noise=0, rng=0)
    np.testing.assert_allclose(np.hypot(*x.T), 2, rtol=1e-6)
    assert len({tuple(point) for point in x.round(4)}) == 4


def test_a_line_is_found_again():
    x, y = line(500, slope=-3.0, intercept=0.5, noise=0.1, rng=0)
    assert x.shape == y.shape == (500, 1) and y.dtype == np.float32
    slope, intercept = np.polyfit(x[:, 0], y[:, 0], 1)
    assert abs(slope + 3) < 0.03 and abs(intercept - 0.5) < 0.02


@pytest.mark.parametrize("draw", [*PLANE, line])
@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_number_of_points_that_is_none(draw, n):
    with pytest.raises(ValueError, match=rf"{draw.__name__}\(n={n}\): n must be"):
        draw(n)


# --- Text --------------------------------------------------------------------------


def test_sonnets():
    text = sonnets()
    poems = text.strip().split("\n\n")
    assert [poem.count("\n") for poem in poems] == [13] * 6
    assert text.isascii() and "  " not in text
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == DIGEST


DIGEST = "941f8d75da95be86"
