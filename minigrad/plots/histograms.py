"""How large weights and gradients are, layer by layer."""

import numpy as np

from ..autodiff.explain import matched
from ..duplicated import model_of
from ..errors import described
from ..functors import is_object
from ..walks import KeyPath, float_arrays, getkeypath
from .library import colour, panels_for

BINS = 40


def weight_histograms(model, *, axes=None):
    """A panel for each layer: how its weights, its bias and so on are distributed.

    In each panel the tallest bar of each array has the height 1, so that a bias of ten
    numbers can be seen beside ten thousand weights. NaN and infinities are counted in
    the legend.

    Args:
        model: any tree with parameters.
        axes: as many axes as there are layers with parameters, as an array or a list;
            by default the panels of a new figure.

    Returns:
        A list of axes, one for each layer.

    Raises:
        TypeError: there are no parameters.
        ValueError: there are more axes than layers, or less.

    >>> from minigrad import Chain, Dense, relu
    >>> panels = weight_histograms(Chain(Dense(4, 3, relu), Dense(3, 2)))
    >>> [ax.get_title() for ax in panels]
    ['layers[0]: Dense(4 => 3, relu)', 'layers[1]: Dense(3 => 2)']
    """
    model = model_of(model)
    arrays = _parameters("weight_histograms", model)
    return _draw("weight_histograms", model, arrays, axes)


def gradient_histograms(grad, model, *, axes=None):
    """A panel for each layer: how the gradients of its arrays are distributed.

    Vanishing and exploding gradients show in the numbers below the panels. Where no
    gradient arrived, the legend says None.

    Args:
        grad: the gradient of the model: `gradient(loss, model)[0]`.
        model: the model, which knows the names.
        axes: as in `weight_histograms`.

    Returns:
        A list of axes, one for each layer.

    Raises:
        ShapeError: `grad` has another structure than the model.
        TypeError, ValueError: as `weight_histograms`.

    >>> from minigrad import Dense, gradient
    >>> layer = Dense(4, 3, np.tanh)
    >>> grads = gradient(lambda m: m(np.ones((5, 4), np.float32)).sum(), layer)
    >>> (ax,) = gradient_histograms(grads[0], layer)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['weight', 'bias']
    """
    model = model_of(model)
    known = _parameters("gradient_histograms", model)
    found = matched("gradient_histograms", grad, model)
    arrays = {path: g for path, _, g in found if path in known}
    return _draw("gradient_histograms", model, arrays, axes)


def _parameters(who, model):
    found = dict(float_arrays(model))
    if not found:
        raise TypeError(
            f"{who} found no parameters in {described(model)}. Give it a model: "
            f"layers, or a tree of float arrays."
        )
    return found


def _draw(who, model, arrays, axes):
    layers = {}
    for path, x in arrays.items():
        parts = layers.setdefault(KeyPath(path[:-1]), {})
        parts.update(_real_parts(path[-1] if path else "array", x))
    panels = panels_for(who, len(layers), axes)
    for ax, (path, parts) in zip(panels, layers.items(), strict=True):
        _draw_layer(ax, parts)
        ax.set_title(_title(path, getkeypath(model, path)), fontsize="medium")
    return panels


def _real_parts(name, x):
    if x is None or x.dtype.kind != "c":
        return {name: x}
    return {f"{name}.real": x.real, f"{name}.imag": x.imag}


def _title(path, layer):
    """The place of a layer, and the layer, if it fits a line."""
    shown = repr(layer) if is_object(layer) else ""
    fits = "\n" not in shown and len(shown) <= 40
    return ": ".join(filter(None, (str(path), shown if fits else ""))) or "the model"


def _draw_layer(ax, parts):
    """The histograms of the arrays of a layer, over the same bins."""
    parts = {name: x if x is None else np.ravel(x) for name, x in parts.items()}
    finite = {k: x[np.isfinite(x)] for k, x in parts.items() if x is not None}
    edges = _edges(np.concatenate([*finite.values(), []]))
    for number, (name, x) in enumerate(parts.items()):
        counts = np.histogram(finite[name], edges)[0] if name in finite else [0] * BINS
        heights = counts / np.maximum(np.max(counts), 1)
        ax.stairs(
            heights,
            edges,
            fill=True,
            alpha=0.6,
            color=colour(number),
            label=f"{name}{_remark(x)}",
        )
    ax.set(yticks=[], ylim=(0, 1.1 + 0.15 * len(parts)))  # room for the legend
    ax.locator_params(axis="x", nbins=5)
    ax.ticklabel_format(axis="x", scilimits=(-2, 3))
    ax.legend(fontsize="small", loc="upper right", ncols=1 + len(parts) // 5)


def _edges(x):
    """The edges of the bins, from the lowest number to the highest."""
    low, high = (x.min(), x.max()) if x.size else (0, 0)
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):  # all equal, more or less
        middle = 0.5 * max(abs(high), 1)
        low, high = low - middle, high + middle
    return np.linspace(low, high, BINS + 1)


def _remark(x):
    if x is None:
        return ": None"
    bad = np.count_nonzero(~np.isfinite(x))
    return f": {bad} of {x.size} not finite" if bad else ""
