"""Between models and tapes: numbers go onto a tape, gradients come back as trees.

`track` puts the floats of an argument on a tape, `structure` gives their gradients
the argument's own structure, with None for what received nothing.
"""

from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from ..arrays import memory_owner
from ..errors import ShapeError, described
from ..functors import OBJECT, children, is_leaf, kind_of, rebuild
from ..patterns import Pattern, taken_apart
from ..walks import KeyPath, child_of
from .refusals import has_own_rules, own_rules
from .standing import stand_in
from .tracked import Tracked


def track(x, tape, top=False):
    """`x` with every float in it tracked on `tape`, and the places of the inputs.

    At the top, where `x` is an argument itself, an integer counts as a float. The
    places are an index on the tape for a tracked leaf, None for another leaf, and
    `(kind, x, {key: places})` for anything with children; or a `Stretch`.
    """
    cls = type(x)
    if cls is np.ndarray or cls is Tracked:
        return _track_array(x, tape)
    kind = kind_of(cls)
    if kind is not None:
        if top:
            apart = taken_apart(x)
            if apart and FLOATS.issuperset(map(_KIND, apart[1])):
                return _track_stretch(x, tape, *apart)
        new, places = {}, {}
        for key, child in kind.children(x).items():
            new[key], places[key] = track(child, tape)
        return kind.rebuild(x, new), (kind, x, places)
    whole = top and isinstance(x, (int, np.integer)) and cls is not bool
    if cls is float or cls is complex or whole:
        return _new_input(float(x) if whole else x, tape)
    if isinstance(x, (np.ndarray, np.generic)):
        if has_own_rules(x):
            raise own_rules(x)
        return _track_array(stand_in(x), tape)
    return x, None


FLOATS = frozenset("fc")


class Stretch(NamedTuple):
    """The places of an argument whose pattern is known: one after the other."""

    pattern: Pattern
    first: int
    last: int


def _track_stretch(x, tape, pattern, leaves):
    first = len(tape)
    tape.extend([(None, leaf, (), {}, ()) for leaf in leaves])
    last = len(tape)
    tracked = list(map(Tracked, leaves, repeat(tape), range(first, last)))
    return pattern.rebuilt(x, tracked), Stretch(pattern, first, last)


def _track_array(x, tape):
    return _new_input(x, tape) if x.dtype.kind in "fc" else (x, None)


def _new_input(x, tape):
    index = len(tape)
    tape.append((None, x, (), {}, ()))
    return Tracked(x, tape, index), index


def untrack(x, tape):
    """`x` with plain values in place of those tracked on `tape`.

    Arrays are copied: whoever changes them in place must not change the tape.
    """
    if type(x) is Tracked:
        value = x.value if x.tape is tape else x
        return value.copy() if type(value) is np.ndarray else value
    if is_leaf(x):
        return x
    return rebuild(x, {key: untrack(child, tape) for key, child in children(x).items()})


def structure(places, gradients, tape):
    """The gradients in the structure of the argument; None for an empty part."""
    if type(places) is int:
        found, kind = gradients[places], type(tape[places][1])
        number = kind in (float, complex) and not isinstance(found, Tracked)
        return kind(found) if number and found is not None else found
    if places is None:
        return None
    if type(places) is Stretch:
        return places.pattern.mirrored(gradients[places.first : places.last])
    kind, x, below = places
    parts, empty = {}, True
    for key, place in below.items():
        parts[key] = part = structure(place, gradients, tape)
        empty = empty and part is None
    if empty:
        return None
    return kind.mirror(x, parts) if kind is OBJECT else kind.rebuild(x, parts)


def input_names(places, labels):
    """Pairs (index on the tape, path) of all inputs; `labels` are paths as well."""
    for place, label in zip(places, labels, strict=True):
        yield from _indices(place, label)


def _indices(places, path):
    if type(places) is int:
        yield places, path
    elif type(places) is Stretch:
        for index, place in enumerate(places.pattern.places, places.first):
            yield index, KeyPath((*path, *place))
    elif places is not None:
        for key, below in places[2].items():
            yield from _indices(below, path / key)


def gradient_at(tree, path):
    """The part of a gradient at `path`; None where a part of the way is None."""
    for depth, key in enumerate(path):
        tree = child_of(tree, key, KeyPath(path[:depth]))
    return tree


def own_memory(gradients, seeds):
    """The gradients as writable arrays that share no memory with each other.

    Playing back hands the same array on where a derivative is 1; somebody who
    scales one gradient in place must not change another, or the seed. Complex ones
    are conjugated, as they leave the tape here.
    """
    arrays = [seed for _, seed in seeds if isinstance(seed, np.ndarray)]
    taken, finished = set(map(id, map(memory_owner, arrays))), []
    if _have_own_memory(gradients) and taken.isdisjoint(map(id, gradients)):
        return gradients
    for gradient in gradients:
        if type(gradient) is np.ndarray:
            if gradient.dtype.kind == "c":
                gradient = gradient.conjugate()
            owner = id(gradient if gradient.base is None else memory_owner(gradient))
            if owner in taken or not gradient.flags.writeable:
                gradient = gradient.copy()
                owner = id(gradient)
            taken.add(owner)
        elif gradient is not None:
            gradient = conjugate(gradient)
        finished.append(gradient)
    return finished


def _have_own_memory(gradients):
    """Whether all are real arrays with memory of their own, as most of them are."""
    return (
        set(map(type, gradients)) == {np.ndarray}
        and _FLAGS_OF_NEW_ARRAYS.issuperset(map(_FLAGS, gradients))
        and "c" not in map(_KIND, gradients)
        and len(set(map(id, gradients))) == len(gradients)
    )


_FLAGS, _KIND = attrgetter("flags.num"), attrgetter("dtype.kind")
# A new array owns its memory, so it is no view, and may be written to.
_NEW = np.empty(1), np.empty((2, 2)), np.empty((2, 2), order="F")
_FLAGS_OF_NEW_ARRAYS = frozenset(map(_FLAGS, _NEW))


def collect_seeds(output, ybar, tape):
    """Pairs (index on the tape, what arrives there) of all outputs with a `ybar`."""
    seeds = []
    if ybar is None:
        return seeds
    if type(output) is Tracked and output.tape is tape:
        seeds.append((output.index, conjugate(_fit_seed(ybar, output))))
    elif not is_leaf(output):
        parts = children(output)
        given = children(ybar)
        if parts.keys() != given.keys():
            raise ShapeError(
                f"The function returned {described(output)} with the entries "
                f"{list(parts)}, and back was given {described(ybar)} with "
                f"{list(given)}. Give it the same structure, with None where nothing "
                f"is asked."
            )
        for key, part in parts.items():
            seeds += collect_seeds(part, given[key], tape)
    return seeds


def _fit_seed(ybar, output):
    if isinstance(ybar, np.floating) and type(ybar) is type(output.value):
        return ybar  # as nearly always
    if not hasattr(ybar, "dtype"):
        ybar = np.asarray(ybar, output.dtype)[()]
    if ybar.shape != output.shape:
        raise ShapeError(
            f"The output has shape {output.shape}, and back was given a gradient of "
            f"shape {ybar.shape}. They must be the same."
        )
    if ybar.dtype.kind == "c" and output.dtype.kind != "c":
        raise TypeError(
            f"The output is real, of dtype {output.dtype}, and back was given a "
            f"complex gradient. Give it a real one: np.real(ybar)."
        )
    return ybar if ybar.dtype == output.dtype else ybar.astype(output.dtype)


def conjugate(g):
    """Complex gradients travel conjugated on a tape (`registry` tells why)."""
    if g is None or type(g) is float:
        return g
    return g.conjugate() if type(g) is complex or g.dtype.kind == "c" else g
