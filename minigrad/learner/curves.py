"""The curves of a report: which numbers of a history stand in which chart.

Each function takes a `History` and returns a list of charts, as HTML.
"""

import numpy as np

from .charts import Curve, chart, spread
from .phases import AbstractValidationPhase

LAYERS = 8
"""How many curves of layers are shown at most: more cannot be told apart."""


def metric_charts(history):
    """Two charts for each metric, with a curve for each phase: by epoch, and by step.

    By step there are only the phases in which a model is not just looked at. What else
    was written down in each step, by `Traces` or a `Scheduler`, has a chart by step.
    """
    looked_at = {cls.name for cls in _subclasses(AbstractValidationPhase)}
    trained = [phase for phase in history if phase not in looked_at]
    names = dict.fromkeys(
        name
        for table in ("per_epoch", "per_step")
        for phase in history
        for name in getattr(history[phase], table).names
        if name not in ("epoch", "step", "seconds") and not is_rate(name)
    )
    charts = []
    for name in names:
        by_epoch = _curves(history, "per_epoch", name, "epoch", history)
        by_step = _curves(history, "per_step", name, "step", trained)
        charts += [chart(f"{name} by epoch", by_epoch, "epoch")] if by_epoch else []
        charts += [chart(f"{name} by step", by_step, "step")] if by_step else []
    return charts


def rate_charts(history):
    """The learning rate: of every step if a `Scheduler` sets it, or of every epoch."""
    for table, unit in (("per_step", "step"), ("per_epoch", "epoch")):
        curves = [
            curve._replace(name=f"{phase}, {name}" if name != "eta" else phase)
            for phase in history
            for name in getattr(history[phase], table).names
            if is_rate(name)
            for curve in _curves(history, table, name, unit, [phase])
        ]
        if curves:
            return [chart("learning rate", curves, unit, log=False)]
    return []


def gradient_charts(history):
    """The norms of the gradients of all layers, in the last step of each epoch."""
    found = []
    for phase in history:
        table = history[phase].gradient_norms
        layers = norms_by_layer(table)
        names = list(spread(list(layers), LAYERS))
        curves = [Curve(name, table["epoch"], layers[name]) for name in names]
        which = f" ({len(names)} of {len(layers)} layers)" if names != [*layers] else ""
        if curves:
            title = f"gradient norms, {phase}{which}"
            found.append(chart(title, curves, "epoch", log=True))
    return found


def norms_by_layer(table):
    """The Euclidean norms of whole layers: `sqrt(weight**2 + bias**2)`.

    Args:
        table: `history.training.gradient_norms`, with a column for each parameter.

    Returns:
        A dict from the names of layers to arrays.

    >>> from minigrad.learner.history import Table
    >>> table = Table({"epoch": [1], "layer.weight": [3.0], "layer.bias": [4.0]})
    >>> norms_by_layer(table)
    {'layer': array([5.])}
    """
    found = {}
    for name in table.names:
        if name != "epoch":
            layer = name.rpartition(".")[0] or name
            found[layer] = np.hypot(found.get(layer, 0.0), table[name])
    return found


def is_rate(name):
    """Whether a column of the history is a learning rate.

    >>> is_rate("eta"), is_rate("head.eta"), is_rate("beta1")
    (True, True, False)
    """
    return name.rpartition(".")[2] == "eta"


def _curves(history, table, name, unit, phases):
    found = []
    for phase in phases:
        rows = getattr(history[phase], table)
        if name in rows.names and len(rows):
            ys = np.asarray(rows[name], float)
            begin = np.argmax(~np.isnan(ys))  # a column may be younger than its table
            found.append(Curve(phase, rows[unit][begin:], ys[begin:]))
    return found


def _subclasses(cls):
    return {cls}.union(*map(_subclasses, cls.__subclasses__()))
