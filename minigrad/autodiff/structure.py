"""Between models and tapes: numbers go onto a tape, gradients come back as trees.

`track` puts the floats of an argument on a tape, `structure` gives their gradients
the argument's own structure, with None for what received nothing.
"""

import numpy as np

from ..arrays import memory_owner
from ..errors import NoGradientError, ShapeError
from ..functors import OBJECT, children, is_leaf, kind_of, rebuild
from .tracked import Tracked


def track(x, tape, top=False):
    """`x` with every float in it tracked on `tape` as an input.

    At the top, where `x` is an argument itself, an integer counts as a float.
    """
    cls = type(x)
    if cls is np.ndarray or cls is Tracked:
        return _track_array(x, tape)
    kind = kind_of(cls)
    if kind is not None:
        parts = kind.children(x).items()
        return kind.rebuild(x, {key: track(child, tape) for key, child in parts})
    if cls is float or (top and cls is int):
        return _new_input(float(x), tape)
    return _track_array(x, tape) if isinstance(x, (np.ndarray, np.generic)) else x


def _track_array(x, tape):
    code = x.dtype.kind
    if code == "f":
        return _new_input(x, tape)
    if code == "c":
        raise NoGradientError(
            f"A complex argument, of dtype {x.dtype}, cannot be differentiated yet. "
            f"Pass the real and the imaginary part as two float arrays."
        )
    return x


def _new_input(x, tape):
    tape.append((None, x, (), {}, ()))
    return Tracked(x, tape, len(tape) - 1)


def untrack(x, tape):
    """`x` with the plain values in place of those tracked on `tape`."""
    if type(x) is Tracked:
        return x.value if x.tape is tape else x
    if is_leaf(x):
        return x
    return rebuild(x, {key: untrack(child, tape) for key, child in children(x).items()})


def structure(x, gradients, tape):
    """The gradients in the structure of the argument `x`; None for an empty part."""
    if type(x) is Tracked:
        found = gradients[x.index] if x.tape is tape else None
        number = type(x.value) is float and not isinstance(found, Tracked)
        return float(found) if number and found is not None else found
    kind = kind_of(type(x))
    if kind is None:
        return None
    parts, empty = {}, True
    for key, child in kind.children(x).items():
        parts[key] = part = structure(child, gradients, tape)
        empty = empty and part is None
    if empty:
        return None
    return kind.mirror(x, parts) if kind is OBJECT else kind.rebuild(x, parts)


def own_memory(gradients, seeds):
    """The gradients as writable arrays that share no memory with each other.

    Playing back hands the same array on where a derivative is 1; somebody who
    scales one gradient in place must not change another, or the seed.
    """
    taken = {id(memory_owner(seed)) for _, seed in seeds}
    for i, gradient in enumerate(gradients):
        if type(gradient) is np.ndarray:
            owner = memory_owner(gradient)
            if id(owner) in taken or not gradient.flags.writeable:
                owner = gradients[i] = gradient.copy()
            taken.add(id(owner))
    return gradients


def collect_seeds(output, ybar, tape):
    """Pairs (index on the tape, gradient) of all outputs that have a `ybar`."""
    seeds = []
    if ybar is None:
        return seeds
    if type(output) is Tracked and output.tape is tape:
        seeds.append((output.index, _fit_seed(ybar, output)))
    elif not is_leaf(output):
        parts = children(output)
        given = children(ybar)
        if parts.keys() != given.keys():
            raise ShapeError(
                f"The function returned a {type(output).__name__} with the entries "
                f"{list(parts)}, and back was given a {type(ybar).__name__} with "
                f"{list(given)}. Give it the same structure, with None where nothing "
                f"is asked."
            )
        for key, part in parts.items():
            seeds += collect_seeds(part, given[key], tape)
    return seeds


def _fit_seed(ybar, output):
    if not hasattr(ybar, "dtype"):
        ybar = np.asarray(ybar, output.dtype)[()]
    if ybar.shape != output.shape:
        raise ShapeError(
            f"The output has shape {output.shape}, and back was given a gradient of "
            f"shape {ybar.shape}. They must be the same."
        )
    return ybar if ybar.dtype == output.dtype else ybar.astype(output.dtype)
