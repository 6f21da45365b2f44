"""How large weights and gradients are, layer by layer."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import ShapeError
from minigrad.plots import (
    gradient_histograms,
    require_matplotlib,
    weight_histograms,
)


def bars(ax):
    """From what the legend says to (heights, edges)."""
    return {patch.get_label(): patch.get_data()[:2] for patch in ax.patches}


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.fixture
def model():
    return mg.Chain(mg.Dense(4, 30, mg.tanh, rng=0), np.sin, mg.Dense(30, 2, rng=1))


def loss(m):
    return (m(np.linspace(-1, 1, 40, dtype=np.float32).reshape(10, 4)) ** 2).sum()


def test_a_panel_for_each_layer_with_parameters(model):
    panels = weight_histograms(model)
    titles = ["layers[0]: Dense(4 => 30, tanh)", "layers[2]: Dense(30 => 2)"]
    assert [ax.get_title() for ax in panels] == titles
    for ax, layer in zip(panels, (model[0], model[2]), strict=True):
        for name, x in (("weight", layer.weight), ("bias", layer.bias)):
            heights, edges = bars(ax)[name]
            counts = np.histogram(x, edges)[0]
            assert counts.sum() == x.size  # none outside
            np.testing.assert_allclose(heights * counts.max(), counts)
            assert heights.max() == 1


def test_gradients_of_the_same_layers(model):
    grad = mg.gradient(loss, model)[0]
    panels = gradient_histograms(grad, model)
    assert len(panels) == 2
    heights, edges = bars(panels[0])["weight"]
    counts = np.histogram(grad.layers[0].weight, edges)[0]
    np.testing.assert_allclose(heights * counts.max(), counts)


def test_no_gradient_is_said(model):
    def half(m):
        return m[0].weight.sum()

    first, second = gradient_histograms(mg.gradient(half, model)[0], model)
    assert legend(first) == ["weight", "bias: None"]
    assert legend(second) == ["weight: None", "bias: None"]
    assert not bars(second)["weight: None"][0].any()
    assert len(gradient_histograms(None, model)) == 2


def test_what_is_not_finite_is_counted_and_left_out(model):
    model[0].weight[0, :3] = np.nan, np.inf, -np.inf
    model[2].bias[:] = np.nan
    first, second = weight_histograms(model)
    assert legend(first) == ["weight: 3 of 120 not finite", "bias"]
    assert legend(second) == ["weight", "bias: 2 of 2 not finite"]
    heights, edges = bars(first)["weight: 3 of 120 not finite"]
    finite = model[0].weight[np.isfinite(model[0].weight)]
    counts = np.histogram(finite, edges)[0]
    assert counts.sum() == 117
    np.testing.assert_allclose(heights * counts.max(), counts)


@pytest.mark.parametrize(
    ("tree", "titles", "names"),
    [
        (np.ones(3), ["the model"], [["array"]]),
        ({"w": np.ones(3), "b": np.zeros(2)}, ["the model"], [["w", "b"]]),
        ([(np.ones(3), "text"), {}], ["[0]"], [["0"]]),
        ({"a": {"w": np.ones(1)}, "b": np.ones(1)}, ["a", "the model"], [["w"], ["b"]]),
        (mg.Dense(np.ones((1, 2)), False), ["Dense(2 => 1, bias=False)"], [["weight"]]),
        (np.array([1 + 2j, 3j]), ["the model"], [["array.real", "array.imag"]]),
        (mg.Duplicated({"w": np.ones(2)}), ["the model"], [["w"]]),
    ],
)
def test_models_of_all_kinds(tree, titles, names):
    panels = weight_histograms(tree)
    assert [ax.get_title() for ax in panels] == titles
    assert [legend(ax) for ax in panels] == names


def test_shared_weights_are_shown_once():
    layer = mg.Dense(2, 2)
    assert len(weight_histograms(mg.Chain(layer, layer))) == 1


def test_a_complex_gradient():
    model = {"z": np.array([1 + 2j, 3j])}
    grad = mg.gradient(lambda m: np.sum(np.abs(m["z"]) ** 2), model)[0]
    (ax,) = gradient_histograms(grad, model)
    assert legend(ax) == ["z.real", "z.imag"]


def test_equal_numbers_are_one_bar():
    (ax,) = weight_histograms({"w": np.zeros(5)})
    heights, edges = bars(ax)["w"]
    assert np.count_nonzero(heights) == 1 and edges[0] < 0 < edges[-1]


@pytest.mark.parametrize("x", [[1, 1 + 2e-16], [1e30, 1e30], [-1e-30, 1e-30], [5e-324]])
def test_numbers_that_are_hard_to_put_into_bins(x):
    (ax,) = weight_histograms({"w": np.array(x)})
    heights, edges = bars(ax)["w"]
    assert (np.diff(edges) > 0).all() and heights.max() == 1
    assert edges[0] <= min(x) and max(x) <= edges[-1]


@pytest.mark.parametrize("nothing", [mg.Chain(np.sin), [], {"n": np.arange(3)}, 3])
def test_no_parameters(nothing):
    with pytest.raises(TypeError, match="weight_histograms found no parameters in"):
        weight_histograms(nothing)
    with pytest.raises(TypeError, match="gradient_histograms found no parameters in"):
        gradient_histograms(None, nothing)


def test_gradients_that_do_not_fit(model):
    grads = mg.gradient(loss, model)
    with pytest.raises(ShapeError, match=r"gradient_histograms\(grads\[0\], model\)"):
        gradient_histograms(grads, model)
    with pytest.raises(ShapeError, match="it looks as if the two were swapped"):
        gradient_histograms(model, grads[0])
    other = mg.Chain(mg.Dense(4, 3), np.sin, mg.Dense(3, 2))
    with pytest.raises(ShapeError, match=r"at layers\[0\]\.weight the model has an"):
        gradient_histograms(grads[0], other)
    with pytest.raises(ShapeError, match=r"at layers"):
        gradient_histograms(grads[0], mg.Chain(*other, mg.Dense(2, 2)))


def test_the_panels_of_a_figure_of_ones_own(model):
    axes = require_matplotlib().subplots(2, 2)[1]
    panels = weight_histograms(model, axes=axes[0])
    assert panels == [axes[0, 0], axes[0, 1]]
    assert gradient_histograms(None, model, axes=list(axes[1])) == list(axes[1])
    with pytest.raises(
        ValueError, match="needs 2 axes, one per layer, and was given 4"
    ):
        weight_histograms(model, axes=axes)
