"""The update that nearly all updates are, without much ado.

In a training loop the same model is updated again and again: every parameter has a
gradient of its own kind, nothing is frozen or stands in two places, and each rule is
ready for its loop since the last step. To see that takes a short walk. Wherever
something is not like that, `usual` returns None, and the careful way is taken (`plan`
and `update`), which gives the same result, or says what is wrong. So a reader can
leave this module out: it only saves time.
"""

import numpy as np

from ..arrays import is_parameter
from ..functors import children, is_leaf, is_object, trainable_names
from ..patterns import taken_apart
from .state import Leaf


def usual(tree, model, gradient):
    """Triples `(leaf, what is ready, gradient)` of a usual update, or None."""
    found = _gather_known(tree, model, gradient)
    if not found:
        return None
    places = {id(ready.x) for _, ready, _ in found}
    changing = set().union(*(ready.owners for _, ready, _ in found))
    aliased = not changing.isdisjoint([id(dx) for _, _, dx in found])
    return None if aliased or len(places) < len(found) else found


_FITTING = set()
"""Triples of patterns, of a state tree, a model and a gradient that fit together."""


def _gather_known(tree, model, gradient):
    """As `_gather`, which need not be asked twice about trees of the same patterns."""
    trees = (tree, Leaf), (model, np.ndarray), (gradient, np.ndarray)
    apart = [taken_apart(*each) for each in trees]
    patterns = tuple(each and each[0] for each in apart)
    if patterns in _FITTING:
        leaves, xs, dxs = (each[1] for each in apart)
        found = []
        for leaf, x, dx in zip(leaves, xs, dxs, strict=True):
            if not _note(leaf, x, dx, found):
                return None
        return found
    found = []
    if not _gather(tree, model, gradient, found):
        return None
    if None not in patterns and len({pattern.places for pattern in patterns}) == 1:
        _FITTING.add(patterns)
    return found


def _note(leaf, x, dx, found):
    """Whether a leaf is as usual; if so, it is noted."""
    ready = leaf.ready
    if ready is None or leaf.frozen or not ready.holds(leaf, x) or not ready.takes(dx):
        return False
    found.append((leaf, ready, dx))
    return True


def _gather(tree, model, gradient, found):
    """Collect `(leaf, what is ready, gradient)`; False once something is unusual."""
    leaves, xs, dxs = children(tree), children(model), children(gradient)
    same = leaves.keys() == xs.keys() == dxs.keys()
    stray = type(gradient) is tuple and not isinstance(model, tuple)
    if not same or stray or is_object(gradient) or trainable_names(model) is not None:
        return False
    for key, leaf in leaves.items():
        x, dx = xs[key], dxs[key]
        if type(leaf) is Leaf:
            if not _note(leaf, x, dx, found):
                return False
        elif type(leaf) is tuple and not leaf:
            if is_parameter(x) or not is_leaf(x):
                return False
        elif not _gather(leaf, x, dx, found):
            return False
    return True
