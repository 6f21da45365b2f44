"""How optimisation rules walk over a function of two numbers."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import DomainError, NoGradientError, ShapeError
from minigrad.plots import optimiser_paths, path_of


def bowl(x, y):
    return x**2 + 10 * y**2


# --- The path -----------------------------------------------------------------------


def test_descent_shrinks_each_coordinate_by_its_own_factor():
    path = path_of(mg.Descent(0.02), bowl, (4, -1), steps=30)
    k = np.arange(31)
    expected = np.stack([4 * 0.96**k, -(0.6**k)], axis=1)
    np.testing.assert_allclose(path, expected, rtol=1e-12)
    assert path.dtype == np.float64


def test_momentum_by_its_recurrence():
    p, v, expected = np.array([4.0, 1.0]), np.zeros(2), []
    for _ in range(20):
        expected.append(p)
        v = 0.9 * v + 0.01 * np.array([2, 20]) * p
        p = p - v
    path = path_of(mg.Momentum(0.01, 0.9), bowl, [4, 1], steps=19)
    np.testing.assert_allclose(path, expected, rtol=1e-10)


def test_a_rule_sees_both_numbers_at_once():
    path = path_of(mg.ClipNorm(1.0), bowl, (30, 4), steps=1)
    assert np.linalg.norm(path[1] - path[0]) == pytest.approx(1)


def test_start_stays_as_it_is():
    start = np.array([1.0, 1.0])
    assert len(path_of(mg.Adam(0.1), bowl, start, steps=3)) == 4
    assert start.tolist() == [1, 1]


def test_a_path_ends_before_it_leaves_the_numbers():
    path = path_of(mg.Descent(1.0), lambda x, y: x**4 + y**4, (1, 1), steps=50)
    assert 1 < len(path) < 50 and np.isfinite(path).all()
    path = path_of(mg.Descent(1.0), lambda x, y: np.log(x) + 0 * y, (0.5, 0), steps=9)
    assert len(path) < 10 and np.isfinite(path).all()


@pytest.mark.parametrize(
    ("arguments", "more", "error", "message"),
    [
        ((mg.Adam(), bowl, 3.0), {}, ShapeError, r"start= has the shape \(\)"),
        ((mg.Adam(), bowl, (1, 2, 3)), {}, ShapeError, r"shape \(3,\)"),
        ((mg.Adam(), bowl, (1, 2)), dict(steps=0), ValueError, r"steps=0\): write"),
        ((mg.Adam(), bowl, (1, 2)), dict(steps=1.5), ValueError, r"steps=1\.5"),
        ((mg.Adam, bowl, (1, 2)), {}, TypeError, r"path_of\(Adam\(\), f, start"),
        (
            (bowl, mg.Adam(), (1, 2)),
            {},
            TypeError,
            r"path_of\(rule, f, start\) needs a rule, .* given a function",
        ),
        ((mg.Adam(), lambda x, y: 1.0, (1, 2)), {}, NoGradientError, "gradient"),
        (
            (mg.Descent(), lambda x, y: np.sqrt(x) + y, (-1, 2)),
            {},
            DomainError,
            r"at the start \(-1\.0, 2\.0\) f is nan, which is no finite",
        ),
    ],
)
def test_what_cannot_be_walked(arguments, more, error, message):
    with pytest.raises(error, match=message):
        path_of(*arguments, **more)


def test_a_function_of_one_argument():
    for draw in (
        lambda f: path_of(mg.Adam(), f, (1, 2)),
        lambda f: optimiser_paths(f, np.ones((1, 2))),
    ):
        with pytest.raises(TypeError) as caught:
            draw(lambda p: (p**2).sum())
        assert any("called as f(x, y)" in note for note in caught.value.__notes__)


# --- The picture --------------------------------------------------------------------


def rings(ax):
    """The contours as arrays of points."""
    found = []
    for collection in ax.collections:
        if hasattr(collection, "levels") and not collection.filled:
            found += zip(collection.levels, collection.get_paths(), strict=True)
    return found


def test_paths_by_name_with_their_ends_marked():
    paths = {
        "slow": path_of(mg.Descent(0.01), bowl, (4, 1), steps=5),
        "fast": path_of(mg.Descent(0.04), bowl, (4, 1), steps=8),
    }
    ax = optimiser_paths(bowl, paths)
    for line, (name, path) in zip(ax.lines, paths.items(), strict=True):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_xydata(), path)
    dots = [found for found in ax.collections if hasattr(found, "get_sizes")]
    marked = [found.get_offsets()[0].tolist() for found in dots]
    ends = [path[k].tolist() for path in paths.values() for k in (0, -1)]
    assert marked == ends
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["slow", "fast"]
    (low, high), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for path in paths.values():
        assert (path > [low, bottom]).all() and (path < [high, top]).all()


def test_the_contours_are_those_of_the_function():
    ax = optimiser_paths(bowl, np.array([[4.0, 1.0], [-2.0, -1.0]]))
    checked = 0
    for level, path in rings(ax):
        if len(path.vertices) > 20 and level > 1:
            np.testing.assert_allclose(bowl(*path.vertices.T), level, rtol=0.05)
            checked += 1
    assert checked > 5
    levels = np.array([level for level, _ in rings(ax)])
    assert (np.diff(levels, 2) > 0).all()  # closer where the function is low


def test_one_path_needs_no_legend():
    ax = optimiser_paths(bowl, path_of(mg.Adam(0.1), bowl, (1, 1)))
    assert len(ax.lines) == 1 and ax.get_legend() is None


def test_a_window_of_ones_own():
    path = path_of(mg.Descent(0.11), bowl, (1, 1), steps=100)  # it diverges
    ax = optimiser_paths(bowl, path, xlim=(-2, 2), ylim=(-3, 3))
    assert ax.get_xlim() == (-2, 2) and ax.get_ylim() == (-3, 3)


def test_functions_with_holes_and_flat_ones():
    path = np.array([[-1.0, 1.0], [1.0, 1.0]])
    assert rings(optimiser_paths(lambda x, y: np.log(x) + y, path))
    assert not rings(optimiser_paths(lambda x, y: 0 * x, path))


def test_a_path_of_one_point():
    ax = optimiser_paths(bowl, [[1.0, 2.0]])
    assert ax.get_xlim() == (0.5, 1.5)


@pytest.mark.parametrize(
    ("f", "paths", "more", "error", "message"),
    [
        (
            bowl,
            mg.Adam(),
            {},
            TypeError,
            "draws paths of points, and was given an Adam",
        ),
        (bowl, {}, {}, ValueError, "an empty dict: there is no path"),
        (
            bowl,
            {"a": np.ones((3, 3))},
            {},
            ShapeError,
            r"the path 'a' has the shape \(3,",
        ),
        (
            bowl,
            np.ones(2),
            {},
            ShapeError,
            r"the path has the shape \(2,\), and a path",
        ),
        (bowl, np.ones((0, 2)), {}, ShapeError, r"the path has the shape \(0, 2\)"),
        (
            bowl,
            np.full((2, 2), np.nan),
            {},
            DomainError,
            "no point of the paths is fin",
        ),
        (
            bowl,
            np.ones((1, 2)),
            dict(xlim=(1, 0)),
            ValueError,
            r"xlim=\(1, 0\)\): write",
        ),
        (bowl, np.ones((1, 2)), dict(ylim=3), ValueError, r"ylim=3\): write the ends"),
        (lambda x, y: 1.0, np.ones((1, 2)), {}, ShapeError, r"returned the shape \(\)"),
        (
            lambda x, y: (x**2 + y**2).sum(),
            np.ones((1, 2)),
            {},
            ShapeError,
            "number by number",
        ),
        (lambda x, y: x + np.nan, np.ones((1, 2)), {}, DomainError, "finite nowhere"),
    ],
)
def test_bad_input(f, paths, more, error, message):
    with pytest.raises(error, match=message):
        optimiser_paths(f, paths, **more)
