"""What all pictures share: axes, colours, and what is said without matplotlib."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import plots
from minigrad.plots.library import MARKERS

POINTS = np.array([[0.0, 0.0], [1.0, 1.0]])
LAYER = mg.Dense(np.ones((1, 2)))


def bowl(x, y):
    return x**2 + y**2


DRAW = {
    "loss_curve": lambda ax: plots.loss_curve([2.0, 1.0], ax=ax),
    "metric_curve": lambda ax: plots.metric_curve([2.0, 1.0], ax=ax),
    "images": lambda ax: plots.images(np.ones((1, 2, 2)), ax=ax),
    "confusion_matrix": lambda ax: plots.confusion_matrix([0, 1], [1, 1], ax=ax),
    "decision_boundary": lambda ax: plots.decision_boundary(
        lambda x: x[:, 0] - x[:, 1] / 2, POINTS, [0, 1], resolution=5, ax=ax
    ),
    "optimiser_paths": lambda ax: plots.optimiser_paths(bowl, POINTS, ax=ax),
}
PANELS = {
    "weight_histograms": lambda axes: plots.weight_histograms(LAYER, axes=axes),
    "gradient_histograms": lambda axes: plots.gradient_histograms(
        mg.gradient(lambda m: m(np.ones(2)).sum(), LAYER)[0], LAYER, axes=axes
    ),
}


def test_every_picture_is_here():
    drawing = set(plots.__all__) - {"PALETTE", "path_of", "require_matplotlib"}
    assert drawing == {*DRAW, *PANELS}
    assert mg.plots is plots


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_draws_on_given_axes_or_on_new_ones(draw):
    plt = plots.require_matplotlib()
    left, right = plt.subplots(1, 2)[1]
    assert draw(right) is right
    assert right.has_data() or right.images
    assert not left.has_data() and not left.images
    assert draw(None).figure not in (left.figure, draw(None).figure)


@pytest.mark.parametrize("draw", PANELS.values(), ids=PANELS)
def test_draws_on_given_panels_or_on_new_ones(draw):
    plt = plots.require_matplotlib()
    ax = plt.subplots()[1]
    for given in (ax, [ax], (ax,), np.array([[ax]])):
        (found,) = draw(given)
        assert found is ax and ax.patches
    (new,) = draw(None)
    assert new.figure is not ax.figure


@pytest.mark.parametrize(("name", "draw"), DRAW.items())
def test_axes_that_are_none(name, draw):
    figure = plots.require_matplotlib().figure()
    with pytest.raises(TypeError, match=rf"{name} draws on axes, and ax= is a Figure"):
        draw(figure)


@pytest.mark.parametrize(("name", "draw"), PANELS.items())
def test_panels_that_are_none(name, draw):
    plt = plots.require_matplotlib()
    for wrong in (plt.figure(), [plt.figure()], 3):
        with pytest.raises(
            TypeError, match=rf"{name} draws on several axes, and axes="
        ):
            draw(wrong)
    with pytest.raises(
        ValueError, match=rf"{name} needs 1 axes, .* was given 2\. Write"
    ):
        draw(plt.subplots(1, 2)[1])


def luminance(colour):
    """How bright a colour is for the eye, from 0 to 1."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_the_first_colours_stand_out_from_white_and_from_each_other():
    assert len(set(plots.PALETTE)) == len(plots.PALETTE) == len(set(MARKERS)) == 8
    contrast = [1.05 / (luminance(colour) + 0.05) for colour in plots.PALETTE]
    assert all(ratio > 2 for ratio in contrast[:6])


# What the eye sees that has no red or no green cones, in linear RGB: H. Brettel,
# F. Vienot and J. D. Mollon (1997), in the one-matrix form of Vienot et al. (1999).
NO_RED = np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.0040, -0.0040, 1]])
NO_GREEN = np.array([[0.2928, 0.7072, 0], [0.2928, 0.7072, 0], [-0.0223, 0.0223, 1]])


@pytest.mark.parametrize("cones", [np.eye(3), NO_RED, NO_GREEN])
def test_the_first_five_colours_differ_for_everybody(cones):
    seen = []
    for colour in plots.PALETTE[:5]:
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        seen.append(np.clip(cones @ rgb**2.2, 0, 1) ** (1 / 2.2))
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 0.2


def test_without_matplotlib_a_sentence(run_python):
    code = """
import sys; sys.modules['matplotlib'] = None
from minigrad import plots
try:
    plots.loss_curve([1.0])
except ModuleNotFoundError as error:
    print(error)
"""
    assert run_python(code) == (
        "Pictures need matplotlib, which is not installed. Write "
        "pip install matplotlib, or pip install -e '.[plot]' in the project."
    )


def test_importing_plots_does_not_import_matplotlib(run_python):
    code = (
        "import sys, minigrad.plots as p; p.path_of; print('matplotlib' in sys.modules)"
    )
    assert run_python(code) == "False"
