"""Losses and metrics, epoch after epoch."""

import numpy as np

from ..errors import ShapeError, described
from .library import axes_for, colour, require_matplotlib, style

MANY = 50
"""From so many numbers on, a curve has no dots."""


def loss_curve(losses, *, label=None, xlabel="epoch", ax=None):
    """The loss after each epoch, on a logarithmic axis where that helps.

    It does where all losses are positive, and the largest is three times the smallest.

    Args:
        losses: numbers, one per epoch, the first of which is 1; or a dict from names
            to such lists, for several curves.
        label: the name of the curve, for a legend.
        xlabel: what is counted: write "step" where there is a loss per step.
        ax: the axes to draw on; by default new ones. A curve that is drawn on those
            of another gets the next colour.

    Returns:
        The axes. A loss that is NaN or infinite is a gap in its curve, and counted in
        the legend.

    Raises:
        ValueError: there are no losses.
        ShapeError, TypeError: they are not numbers in a list.

    >>> ax = loss_curve({"train": [2.0, 0.5, 0.1], "test": [2.1, 0.9, 0.8]})
    >>> [line.get_label() for line in ax.lines], ax.get_yscale()
    (['train', 'test'], 'log')
    """
    ax = _draw("loss_curve", losses, label, ax)
    ax.set(xlabel=xlabel, ylabel="loss")
    _choose_scale(ax)
    return ax


def metric_curve(values, *, label=None, ylabel="accuracy", xlabel="epoch", ax=None):
    """A metric after each epoch, such as the accuracy.

    Args:
        values: as the losses of `loss_curve`.
        label: the name of the curve, for a legend.
        ylabel: what the metric is called.
        xlabel: what is counted.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes.

    Raises:
        ValueError, ShapeError, TypeError: as `loss_curve`.

    >>> ax = metric_curve([0.7, 0.9, 0.95], label="test")
    >>> ax.lines[0].get_ydata()
    array([0.7 , 0.9 , 0.95])
    """
    ax = _draw("metric_curve", values, label, ax)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def _draw(who, values, label, ax):
    if isinstance(values, dict) and label is not None:
        raise TypeError(
            f"{who}(label={label!r}): the curves of a dict have its keys as names. "
            f"Leave label= out."
        )
    curves = values if isinstance(values, dict) else {label: values}
    if not curves:
        raise ValueError(f"{who} was given an empty dict: there is no curve in it.")
    curves = {name: _numbers(who, name, curve) for name, curve in curves.items()}
    ax = axes_for(who, ax)
    for name, curve in curves.items():
        _add_curve(ax, name, curve)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if any(not line.get_label().startswith("_") for line in ax.lines):
        ax.legend()
    return ax


def _numbers(who, name, curve):
    """A curve as an array of floats."""
    called = who if name is None else f"{who}, the curve {name!r},"
    if isinstance(curve, dict):
        raise TypeError(
            f"{called} was given a dict in the place of numbers. Write "
            f"{who}({{'train': [...], 'test': [...]}}): one list for each name."
        )
    try:
        numbers = np.asarray(curve, float)
    except (TypeError, ValueError):
        raise TypeError(
            f"{called} takes a list of numbers, and was given {described(curve)} that "
            f"is no such list. Append float(loss) to a list after each epoch."
        ) from None
    if numbers.ndim != 1:
        raise ShapeError(
            f"{called} takes one number per epoch, and was given an array of shape "
            f"{numbers.shape}. For several curves write a dict: {{'train': [...]}}."
        )
    if not numbers.size:
        raise ValueError(
            f"{called} was given no numbers. Append float(loss) to a list after each "
            f"epoch."
        )
    return numbers


def _add_curve(ax, name, curve):
    number = len(ax.lines)
    gaps = np.count_nonzero(~np.isfinite(curve))
    if gaps:
        said = f"{gaps} of {curve.size} not finite"
        name = said if name is None else f"{name} ({said})"
    ax.plot(
        np.arange(1, curve.size + 1),
        np.where(np.isfinite(curve), curve, np.nan),
        style(number),
        color=colour(number),
        marker="." if curve.size < MANY else None,
        label=name,
    )


def _choose_scale(ax):
    """A logarithmic axis, with at least two numbers on it, or the usual one."""
    drawn = np.concatenate([line.get_ydata() for line in ax.lines])
    drawn = drawn[np.isfinite(drawn)]
    low, high = min(drawn, default=0), max(drawn, default=0)
    if low <= 0 or high < 3 * low:
        ax.set_yscale("linear")
        return
    ax.set_yscale("log")
    marks = (2, 5) if high > 10 * low else (1.5, 2, 3, 5, 7)
    ax.yaxis.set_minor_locator(require_matplotlib().LogLocator(subs=marks))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
