"""The pictures of a training: curves of metrics, and of the search for a rate."""

from .. import plots


def metric_curves(history, name="loss", *, ax=None):
    """A metric over the epochs, one curve for each phase.

    Args:
        history: a `History`.
        name: of the metric.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes. The axis of a loss is logarithmic.

    Raises:
        KeyError: no phase has this metric.
    """
    phases = [phase for phase in history if name in history[phase].per_epoch.names]
    if not phases:
        names = {n for phase in history for n in history[phase].per_epoch.names}
        raise KeyError(
            f"The history has no metric {name}, only "
            f"{', '.join(sorted(names)) or 'nothing'}."
        )
    ax = ax or plots.require_matplotlib().subplots()[1]
    for phase in phases:
        values = history[phase].per_epoch[name]
        if name.endswith("loss") and (values > 0).all():
            plots.loss_curve(values, ax=ax, label=phase)
        else:
            ax.plot(range(1, len(values) + 1), values, marker=".", label=phase)
    ax.set(xlabel="epoch", ylabel=name)
    ax.legend()
    return ax


def rate_curve(finder, *, ax=None):
    """The loss over the learning rates that a `LRFinder` has tried.

    Args:
        finder: the `LRFinder`.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes. The suggestion is a vertical line.
    """
    ax = ax or plots.require_matplotlib().subplots()[1]
    ax.plot(finder.rates, finder.losses)
    ax.axvline(
        finder.suggestion, linestyle="--", label=f"suggestion: {finder.suggestion:.2g}"
    )
    ax.set(xscale="log", xlabel="learning rate", ylabel="smooth loss")
    ax.legend()
    return ax
