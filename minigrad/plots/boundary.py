"""What a classifier says everywhere in the plane."""

import warnings

import numpy as np

from ..arrays import plain
from ..errors import DomainError, ShapeError, described
from ..labels import onecold
from .classes import class_names, positions, same_length
from .library import axes_for, colour, colour_map, marker


def decision_boundary(
    model, points, labels, *, classes=None, threshold=0.0, resolution=200, ax=None
):
    """The regions that a classifier divides the plane into, and the points it is for.

    Args:
        model: a function from points (M, 2) to scores: (M, C) for C classes, of which
            the highest counts; (M, 1) or (M,) for two, the second above `threshold`.
        points: of shape (N, 2). The picture reaches a little further than they do.
        labels: their N labels.
        classes: the labels in the order of the scores, or their names; by default the
            numbers from 0.
        threshold: of a single score: 0 for logits, 0.5 for probabilities.
        resolution: the model is asked at so many places along each axis.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes: `ax.images[0].get_array()` is the position of the class everywhere,
        the row of the lowest points first.

    Raises:
        ShapeError: a shape is not as above.
        TypeError: the model cannot be called, or returns labels instead of scores.
        DomainError: a point or a score is NaN or infinite.
        ValueError: a label is not among the classes.

    Warns, where all is one class, that single scores look like probabilities.

    >>> from minigrad.datasets import moons
    >>> x, y = moons(rng=0)
    >>> ax = decision_boundary(lambda x: x[:, 0] - x[:, 1], x, y, resolution=3)
    >>> ax.images[0].get_array().data
    array([[0, 1, 1],
           [0, 1, 1],
           [0, 0, 1]])
    """
    who = "decision_boundary"
    if not callable(model):
        raise TypeError(
            f"{who} calls its first argument with points, and {described(model)} "
            f"cannot be called. Write {who}(model, points, labels); for an estimator "
            f"of scikit-learn, give its predict_proba."
        )
    points = _checked(points)
    if resolution < 2:
        raise ValueError(
            f"{who}(resolution={resolution!r}): write a whole number, 2 or more."
        )
    x, y = (_reach(column, resolution) for column in points.T)
    grid = np.stack([plane.ravel() for plane in np.meshgrid(x, y)], axis=1)
    scores = _two_columns(_scores(model, grid), threshold)
    names = class_names(who, classes, scores.shape[1])
    same_length(who, points=points, labels=labels)
    found = positions(who, "labels", labels, names)
    ax = axes_for(who, ax)
    _draw_regions(ax, x, y, scores.reshape(len(y), len(x), -1))
    for k, name in enumerate(names):
        style = dict(color=colour(k), marker=marker(k), label=str(name))
        ax.scatter(*points[found == k].T, s=30, edgecolors="white", **style)
    ax.set(xlabel="x[:, 0]", ylabel="x[:, 1]")
    ax.legend()
    return ax


def _checked(points):
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError(
            f"decision_boundary draws points in the plane, an array of shape (N, 2), "
            f"and was given {points.shape}. Of more features choose two, x[:, [0, 1]], "
            f"and a model that takes only those."
        )
    if not np.isfinite(points).all():
        raise DomainError("decision_boundary: there are points with NaN or infinity.")
    return points if points.dtype.kind == "f" else points.astype(np.float32)


def _reach(column, resolution):
    """Equally spaced numbers from a little below the lowest to above the highest."""
    low, high = column.min(), column.max()
    margin = 0.1 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, resolution, dtype=column.dtype)


def _scores(model, grid):
    scores = np.asarray(plain(model(grid)))
    if scores.dtype.kind != "f":
        raise TypeError(
            f"decision_boundary needs scores, and the model returns {scores.dtype}: "
            f"labels? Give the function that computes the scores (predict_proba of "
            f"scikit-learn), or lambda x: onehotbatch(predict(x), classes)."
        )
    n = len(grid)
    if scores.shape[:1] != (n,) or scores.ndim > 2 or scores.size < n:
        raise ShapeError(
            f"decision_boundary: for {n} points of shape {grid.shape} the model must "
            f"return scores of shape ({n}, classes), or ({n},) for two classes, and "
            f"returned {scores.shape}."
        )
    if not np.isfinite(scores).all():
        bad = np.count_nonzero(~np.isfinite(scores))
        raise DomainError(
            f"decision_boundary: {bad} of the {scores.size} scores are NaN or "
            f"infinite. Look at the parameters of the model: did training diverge?"
        )
    return scores.reshape(n, -1)


def _two_columns(scores, threshold):
    """A score for each class: that of the first of two is 0 where it was left out."""
    if scores.shape[1] > 1:
        return scores
    if threshold == 0 and 0 <= scores.min() <= scores.max() <= 1:
        warnings.warn(
            "decision_boundary: all scores are between 0 and 1, so with threshold=0 "
            "there is one class only. Are they probabilities? Then write "
            "threshold=0.5.",
            stacklevel=3,
        )
    scores = scores - threshold
    return np.concatenate([np.zeros_like(scores), scores], axis=1)


def _draw_regions(ax, x, y, scores):
    n = scores.shape[2]
    half = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    ax.imshow(
        onecold(scores),
        cmap=colour_map(n),
        vmin=0,
        vmax=n - 1,
        alpha=0.25,
        origin="lower",
        extent=(x[0] - half[0], x[-1] + half[0], y[0] - half[1], y[-1] + half[1]),
        aspect="auto",
        interpolation="nearest",
    )
    for k in range(n - 1):  # between the last class and another it is drawn by then
        lead = scores[..., k] - np.delete(scores, k, axis=2).max(axis=2)
        if lead.min() < 0 < lead.max():
            ax.contour(x, y, lead, levels=[0], colors="black", linewidths=1)
