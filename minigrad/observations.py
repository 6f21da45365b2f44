"""What a data set is: how its observations are counted, and some of them taken.

A data set is an array that counts observations along an axis, a list of them, or a
tuple, named tuple or dict of such columns side by side, nested as you like.
"""

import numpy as np

from .errors import ShapeError
from .functors import children, is_leaf, rebuild
from .walks import KeyPath

# --- Taking observations -------------------------------------------------------


def take(data, index, axis):
    """A copy of the observations `index`, a slice or an array of integers.

    >>> take({"x": np.arange(5), "name": list("abcde")}, slice(1, 3), 0)
    {'x': array([1, 2]), 'name': ['b', 'c']}
    """
    if isinstance(data, np.ndarray):
        # `take` is faster than indexing, but copies the whole of a strided array.
        if isinstance(index, np.ndarray) and data.flags.c_contiguous:
            return data.take(index, axis)
        return data.swapaxes(axis, 0)[index].swapaxes(axis, 0).copy()
    if isinstance(data, list):
        return data[index] if isinstance(index, slice) else [data[i] for i in index]
    taken = {key: take(part, index, axis) for key, part in children(data).items()}
    return rebuild(data, taken)


# --- Counting observations -----------------------------------------------------


def count(data, axis, who):
    """The number of observations, on which all columns of the data must agree.

    `who` asks, for the errors.

    >>> count((np.ones((5, 2)), np.ones(5)), 0, "DataLoader")
    5
    """
    shapes, counts = {}, {}
    for path, column in _columns(data, KeyPath(("data",))):
        if isinstance(column, list):
            shapes[path], counts[path] = (len(column),), len(column)
        else:
            _check_array(path, column, axis, who)
            shapes[path], counts[path] = column.shape, column.shape[axis]
    if not counts:
        raise ShapeError(f"{who}: data={data!r} holds no arrays. Write {who}((x, y)).")
    n = next(iter(counts.values()))
    if all(other == n for other in counts.values()):
        return n
    listed = ", ".join(
        f"{path} of shape {shapes[path]} has {n}" for path, n in counts.items()
    )
    raise ShapeError(
        f"{who}: the numbers of observations on axis {axis} differ: {listed}. "
        f"{_advice(shapes, counts, axis)}"
    )


def _columns(data, path):
    """The arrays and lists of the data, each with its path."""
    if is_leaf(data) or isinstance(data, list):
        yield path, data
    else:
        for key, part in children(data).items():
            yield from _columns(part, path / key)


def _check_array(path, column, axis, who):
    if not isinstance(column, np.ndarray):
        raise TypeError(
            f"{who}: {path} is of type {type(column).__name__}, and must be "
            f"an array or a list of observations. Write np.asarray(...) around it, or "
            f"leave it out."
        )
    if not -column.ndim <= axis < column.ndim:
        raise ShapeError(
            f"{who}: {path} of shape {column.shape} has no axis {axis} to count "
            f"the observations on. Give it one, or name another with axis=."
        )


def _advice(shapes, counts, axis):
    """What was probably meant: another axis for all, or some arrays turned."""
    meant = []
    for other in (0, -1):
        if other != axis and len({shape[other] for shape in shapes.values()}) == 1:
            meant.append(f"axis={other}")
    for n in sorted(set(counts.values()), reverse=True):
        others = [path for path in shapes if counts[path] != n]
        if all(n in shapes[path] for path in others):
            turned = (_turned(path, shapes[path], n, axis) for path in others)
            meant.append(" and ".join(turned))
            break
    if meant:
        return f"Did you mean {' or '.join(meant)}?"
    return "Cut them to the same observations first."


def _turned(path, shape, n, axis):
    """The code that brings the axis of length `n` to where it is looked for."""
    if len(shape) == 2:
        return f"{path}.T"
    return f"np.moveaxis({path}, {shape.index(n)}, {axis})"
