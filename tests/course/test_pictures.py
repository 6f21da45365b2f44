import runpy
from pathlib import Path

import numpy as np
import pytest

from minigrad import plots
from minigrad.course import pictures


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    plots.require_matplotlib().close("all")


class Value:
    def __init__(self, data, parents=(), slopes=(), sign=""):
        self.data, self.parents, self.slopes, self.sign = data, parents, slopes, sign


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_walk_has_a_drawing_for_each_turn_with_what_has_arrived():
    x = Value(3.0, sign="x")
    square = Value(9.0, (x, x), (3.0, 3.0), "×")
    result = Value(12.0, (square, x), (1.0, 1.0), "+")
    figure = pictures.walk(result, [x, square, result])
    first, second, last = figure.axes
    assert [ax.get_title() for ax in figure.axes] == [
        "turn 1",
        "turn 2",
        "all has arrived",
    ]
    assert "x 3.00\n–" in texts(first) and "+ 12.00\n1" in texts(first)
    assert "x 3.00\n1" in texts(second) and "× 9.00\n1" in texts(second)
    assert "x 3.00\n7" in texts(last)
    assert texts(last).count("3.00") == 2, "each of the two edges has its slope"


def test_a_heatmap_shows_its_numbers():
    ax = plots.require_matplotlib().subplots()[1]
    assert pictures.heatmap(np.array([[0.0, 0.5], [1.0, -1.0]]), ax=ax) is ax
    assert texts(ax) == ["0.00", "0.50", "1.00", "-1.00"]


def test_broadcasting_shows_copies_and_sums():
    figure = pictures.broadcasting(np.array([[1.0], [2.0]]), np.array([0.0, 10.0]))
    forward, backward = figure.axes
    assert [t for t in texts(forward) if t.isdigit()] == "1 2 0 10 1 11 2 12".split()
    assert [t for t in texts(backward) if t.isdigit()] == "24 28 6 46 2 22 4 24".split()


def test_trees_stand_side_by_side_with_the_norms_of_the_gradient():
    model = {"w": np.zeros((2, 3)), "parts": [np.zeros(2), np.tanh]}
    gradient = {"w": np.full((2, 3), 2.0), "parts": [None, None]}
    left, right = pictures.trees(model, gradient).axes
    assert texts(left) == [
        "model",
        "w: float64 (2, 3)",
        "parts",
        "[0]: float64 (2,)",
        "[1]: tanh",
    ]
    assert texts(right)[1:] == [
        "w: float64 (2, 3), norm 4.9",
        "parts",
        "[0]: None",
        "[1]: None",
    ]
    colours = [text.get_bbox_patch().get_facecolor() for text in right.texts]
    assert colours[1] != colours[3] == colours[4]


def test_contours_are_levels_of_the_function():
    ax = plots.require_matplotlib().subplots()[1]
    bowl = lambda p: p[0] ** 2 + p[1] ** 2
    assert pictures.contours(bowl, (-1, 1), (-2, 2), ax=ax) is ax
    assert ax.get_xlim() == (-1, 1) and ax.get_ylim() == (-2, 2)
    assert len(ax.collections) == 2


def test_the_picture_of_the_readme_can_be_drawn_again(tmp_path):
    docs = Path(__file__).parents[2] / "docs"
    runpy.run_path(docs / "draw_trees.py")["draw"](tmp_path / "trees.png")
    imread = plots.require_matplotlib().imread
    kept, drawn = imread(docs / "trees.png"), imread(tmp_path / "trees.png")
    assert kept.shape == drawn.shape and drawn[0, 0, 3] == 0
    assert np.abs(kept - drawn).mean() < 0.02  # fonts differ a little
