"""Losses and metrics, epoch after epoch."""

import numpy as np
import pytest

from minigrad.errors import ShapeError
from minigrad.plots import PALETTE, loss_curve, metric_curve


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_one_curve_begins_at_epoch_1():
    ax = loss_curve([3.0, 2.0, 1.0], label="train")
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [3, 2, 1]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")
    assert legend(ax) == ["train"]
    assert loss_curve([1.0]).get_legend() is None


def test_several_curves_by_name_and_of_different_lengths():
    curves = {"train": [1.0, 0.5], "test": np.float32([2, 1, 0.5])}
    ax = metric_curve(curves, ylabel="F1", xlabel="step")
    for line, (name, values) in zip(ax.lines, curves.items(), strict=True):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_ydata(), values)
        assert len(line.get_xdata()) == len(values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "F1")
    assert legend(ax) == ["train", "test"]


def test_curves_on_the_same_axes_differ():
    ax = None
    for k in range(10):
        ax = loss_curve([1.0, 2.0], label=f"{k}", ax=ax)
    looks = [(line.get_color(), line.get_linestyle()) for line in ax.lines]
    assert len(set(looks)) == 10
    assert [colour for colour, _ in looks[:8]] == list(PALETTE)


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([3.0, 1.0], "log"),
        ([2.9, 1.0], "linear"),
        ([1e-9, 1e9], "log"),
        ([1.0, 0.0], "linear"),
        ([5.0, -5.0], "linear"),
        ([9.0, np.nan, 1.0, np.inf], "log"),
        ([np.nan], "linear"),
    ],
)
def test_the_axis_is_logarithmic_where_that_helps(losses, scale):
    assert loss_curve(losses).get_yscale() == scale
    assert metric_curve(losses).get_yscale() == "linear"


def test_a_later_curve_changes_the_axis():
    ax = loss_curve([10.0, 1.0])
    assert ax.get_yscale() == "log"
    assert loss_curve([0.0], ax=ax).get_yscale() == "linear"


@pytest.mark.parametrize(
    "losses", [[3.0, 1.0], [0.95, 2.9], [700.0, 0.2], [8e-5, 3e-5]]
)
def test_a_logarithmic_axis_has_at_least_two_plain_numbers(losses):
    ax = loss_curve(losses)
    ax.figure.canvas.draw()
    low, high = ax.get_ylim()
    labels = ax.get_yticklabels() + ax.get_yticklabels(minor=True)
    shown = [t.get_text() for t in labels if low <= t.get_position()[1] <= high]
    assert len(shown) >= 2 and all(float(text) > 0 for text in shown)


def test_what_is_not_finite_is_a_gap_and_is_counted():
    ax = loss_curve({"a": [1.0, np.nan, 3.0, np.inf], "b": [1.0, 2.0, 3.0, 4.0]})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, np.nan, 3, np.nan])
    assert legend(ax) == ["a (2 of 4 not finite)", "b"]
    assert legend(loss_curve([np.nan, 1.0])) == ["1 of 2 not finite"]


def test_long_curves_have_no_dots():
    assert loss_curve(np.ones(10)).lines[0].get_marker() == "."
    assert loss_curve(np.ones(1000)).lines[0].get_marker() == "None"


@pytest.mark.parametrize("draw", [loss_curve, metric_curve])
@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([], ValueError, r"{} was given no numbers\. Append float\(loss\)"),
        ({}, ValueError, r"{} was given an empty dict"),
        ({"a": []}, ValueError, r"{}, the curve 'a', was given no numbers"),
        (0.5, ShapeError, r"{} takes one number per epoch, .* shape \(\)"),
        (
            [[1.0], [2.0]],
            ShapeError,
            r"shape \(2, 1\)\. For several curves write a dict",
        ),
        (["a"], TypeError, r"{} takes a list of numbers, and was given a list"),
        ([[1.0], [1.0, 2.0]], TypeError, r"{} takes a list of numbers"),
        (
            {"a": {"b": [1.0]}},
            TypeError,
            r"the curve 'a', was given a dict in the place",
        ),
    ],
)
def test_what_cannot_be_a_curve(draw, values, error, message):
    with pytest.raises(error, match=message.format(draw.__name__)):
        draw(values)


def test_a_dict_has_its_own_names():
    with pytest.raises(TypeError, match=r"label='x'\): the curves of a dict have its"):
        loss_curve({"a": [1.0]}, label="x")
