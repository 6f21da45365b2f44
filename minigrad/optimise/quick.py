"""The update that nearly all updates are, without much ado.

In a training loop the same model is updated again and again: every parameter has a
gradient of its own kind, nothing is frozen or stands in two places, and each rule is
ready for its loop since the last step. To see that takes a short walk. Wherever
something is not like that, `usual` returns None, and the careful way is taken (`plan`
and `update`), which gives the same result, or says what is wrong. So a reader can
leave this module out: it only saves time.
"""

from ..arrays import is_parameter
from ..functors import children, is_leaf, is_object, trainable_names
from ..patterns import taken_apart
from .crew import crew_of
from .state import Leaf


def usual(tree, model, gradient):
    """`(gradients, step, found)` of a usual update; None if it is not one.

    Either `step` is a function that carries it out; or it is None, and `found` are
    triples `(leaf, what is ready, gradient)`.
    """
    pattern, leaves = taken_apart(tree, Leaf) or NEITHER
    of_model, xs = taken_apart(model) or NEITHER
    of_gradient, dxs = taken_apart(gradient) or NEITHER
    patterns = pattern, of_model, of_gradient
    if patterns in _FITTING:
        crew = leaves[0].ready and leaves[0].ready.crew
        step = crew and crew.plan(leaves, xs, dxs)
        if step:
            return dxs, step, None
        found = _all_noted(leaves, xs, dxs)
    else:
        found = []
        if not _gather(tree, model, gradient, found):
            return None
        alike = None not in patterns and len({each.places for each in patterns}) == 1
        if found and alike:
            _FITTING.add(patterns)
    if not found or not _apart(found):
        return None
    dxs, step = [dx for _, _, dx in found], None
    crew = crew_of(found) if patterns in _FITTING else None
    if crew:
        step = crew.plan(crew.leaves, crew.xs, dxs)
    found[0][1].crew = crew
    return dxs, step, found


NEITHER = None, None
_FITTING = set()
"""Triples of patterns, of a state tree, a model and a gradient that fit together."""


def _all_noted(leaves, xs, dxs):
    """Triples `(leaf, what is ready, gradient)`, or None if one is unusual."""
    found = []
    for leaf, x, dx in zip(leaves, xs, dxs, strict=True):
        if not _note(leaf, x, dx, found):
            return None
    return found


def _apart(found):
    """Whether every parameter occurs once, and no gradient is one that changes."""
    places = {id(ready.x) for _, ready, _ in found}
    changing = set().union(*(ready.owners for _, ready, _ in found))
    aliased = not changing.isdisjoint([id(dx) for _, _, dx in found])
    return not aliased and len(places) == len(found)


def _note(leaf, x, dx, found):
    """Whether a leaf is as usual; if so, it is noted."""
    ready = leaf.ready
    if ready is None or leaf.frozen or not ready.holds(x) or not ready.takes(dx):
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
