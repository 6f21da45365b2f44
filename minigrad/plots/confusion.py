"""Which classes are taken for which."""

import numpy as np

from ..errors import described
from .classes import compared
from .library import axes_for

LEGIBLE = 20
"""With more classes than these there is no room for the numbers."""


def confusion_matrix(labels, predictions, *, classes=None, normalise=False, ax=None):
    """A row for each true class, a column for each predicted one.

        count[i, j] = number of observations of class i that were taken for class j

    Args:
        labels: the N true labels.
        predictions: N labels as well; or scores (N, C), of which the highest counts.
        classes: all labels in order, or names for the labels 0 to C - 1. By default
            those that occur, sorted; for scores the numbers from 0.
        normalise: whether to divide each row by its sum: then the diagonal says which
            part of a class was found, its recall.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes; `ax.images[0].get_array()` is the matrix.

    Raises:
        ShapeError: the numbers of labels, predictions or classes do not fit.
        ValueError: a label is not among the classes, or there are none.

    >>> ax = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
    >>> ax.images[0].get_array().data
    array([[1, 1],
           [0, 1]])
    """
    if not isinstance(normalise, bool | np.bool_):
        raise TypeError(
            f"confusion_matrix(normalise=...) is True or False, and was given "
            f"{described(normalise)}. With True each row is divided by its sum."
        )
    names, true, said = compared("confusion_matrix", labels, predictions, classes)
    if not len(true):
        raise ValueError(
            "confusion_matrix was given no labels: there is nothing to count."
        )
    ax = axes_for("confusion_matrix", ax)
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (true, said), 1)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    shown = shares if normalise else counts
    ax.imshow(shown, cmap="Blues", vmin=0, vmax=1 if normalise else None)
    _name_axes(ax, [str(name) for name in names])
    if len(names) <= LEGIBLE:
        _write_numbers(ax, shown, ~totals.any(axis=1), normalise)
    return ax


def _name_axes(ax, names):
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    if max(map(len, names)) * len(names) > 40:
        ax.tick_params(axis="x", rotation=90)


def _ink(value, half):
    """Of the number in a cell: what did not happen steps back."""
    return "white" if value > half else ("black" if value else "0.6")


def _write_numbers(ax, shown, absent, normalise):
    """The number in each cell; of a class without observations there is no share."""
    half = shown.max() / 2
    for (i, j), value in np.ndenumerate(shown):
        text = f"{value:.2f}" if normalise else str(value)
        ax.text(
            j,
            i,
            "–" if normalise and absent[i] else text,
            ha="center",
            va="center",
            color=_ink(value, half),
            fontsize="medium" if len(shown) <= 10 else "x-small",
        )
