"""Labels as vectors: one-hot encoding, and the way back.

A classifier answers with one number per class, so its targets are vectors too:
`onehot("b", "abc")` is `[0, 1, 0]`. `onecold` turns vectors of scores back into
labels. The vectors are float32, as parameters are, so losses stay in float32.
"""

from collections.abc import Iterable, Sequence
from numbers import Integral, Number

import numpy as np

from .errors import ShapeError


def onehot(label, labels, default=None):
    """The vector with a one at the place of `label` among `labels`.

        onehot(label, labels)[k] = 1 if labels[k] == label else 0

    Args:
        label: any hashable value: a number, a string, a tuple. Numbers are equal
            as in Python: 1, 1.0 and np.int64(1) are the same label.
        labels: the C different labels: a list, tuple, range, string or array.
        default: what a label that is not among `labels` counts as; without it,
            such a label is an error.

    Returns:
        A float32 array of shape (C,).

    Raises:
        ValueError: `label` or `default` is not among `labels`, or `labels` is
            empty or holds a label twice.
        TypeError: `labels` is not such a sequence, or a label is not hashable.
        ShapeError: `labels` is an array that is not 1-d.

    After `onehot` of OneHotArrays.jl.

    >>> onehot("b", "abc")
    array([0., 1., 0.], dtype=float32)
    >>> onehot("cow", ["cat", "dog", "other"], default="other")
    array([0., 0., 1.], dtype=float32)
    """
    data = np.empty((), object)
    data[()] = label
    return onehotbatch(data, labels, default)


def onehotbatch(data, labels, default=None):
    """The `onehot` vector of every label in `data`, along a new last axis.

        onehotbatch(data, labels)[..., k] = 1 where data == labels[k], else 0

    Args:
        data: an array of labels of any shape (...), or a flat sequence of them:
            a list, tuple, range or string.
        labels: as in `onehot`.
        default: as in `onehot`.

    Returns:
        A float32 array of shape (..., C).

    Raises:
        ValueError: as in `onehot`; the message has the position in `data`.
        TypeError: as in `onehot`, or `data` is a single label.
        ShapeError: as in `onehot`.

    After `onehotbatch` of OneHotArrays.jl, where the classes come first.

    >>> onehotbatch([2, 0], range(3))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    >>> onehotbatch(np.array([["a", "b"], ["b", "a"]]), "ab").shape
    (2, 2, 2)
    """
    positions = _positions(labels)
    if default is not None and default not in positions:
        raise ValueError(
            f"default={default!r} is not among the labels {listed(positions)}. Add "
            f"it to them, or choose one of them."
        )
    data = _label_data(data)
    index = _lookup(data, positions)
    unknown = index == UNKNOWN
    if default is not None:
        index[unknown] = positions[default]
    elif unknown.any():
        _raise_unknown(data, np.argwhere(unknown)[0].tolist(), positions)
    y = np.zeros((*data.shape, len(positions)), np.float32)
    np.put_along_axis(y, index[..., None], 1, axis=-1)
    return y


def onecold(y, labels=None):
    """The label with the largest entry along the last axis: undoes one-hot.

        onecold(y, labels) = labels[argmax_k y[..., k]]

    Of equal largest entries the first counts. Scores, logits and probabilities
    serve alike. The result is constant: no gradient passes through it.

    Args:
        y: numbers of shape (..., C).
        labels: the C labels, as in `onehot`; without them, the classes are
            numbered from 0.

    Returns:
        For `y` of shape (C,) one label, otherwise an array of labels of shape
        (...).

    Raises:
        ShapeError: `y` has no classes, or not as many as there are `labels`.
        ValueError, TypeError: `labels` are refused, as in `onehot`.

    After `onecold` of OneHotArrays.jl.

    >>> onecold(np.array([0.2, 0.7, 0.1]), ["cat", "dog", "cow"])
    'dog'
    >>> onecold(np.array([[0.2, 0.7, 0.1], [0.9, 0.1, 0.0]]))
    array([1, 0])
    """
    shape = np.shape(y)
    if not shape or not shape[-1]:
        raise ShapeError(
            f"onecold needs one number per class along the last axis, and y has the "
            f"shape {shape}."
        )
    index = np.argmax(y, axis=-1)
    if labels is None:
        return int(index) if len(shape) == 1 else index
    names = list(_positions(labels))
    if len(names) != shape[-1]:
        turned = len(names) == shape[0]
        advice = "Did you mean y.T?" if turned else "Give one label per class."
        raise ShapeError(
            f"onecold: y of shape {shape} has {shape[-1]} classes on its last axis, "
            f"and there are {len(names)} labels. {advice}"
        )
    return names[index] if len(shape) == 1 else _label_array(labels)[index]


# --- From labels to positions --------------------------------------------------

UNKNOWN = -1


def _positions(labels):
    """A dict from each label to its position."""
    if not isinstance(labels, (Sequence, np.ndarray)):
        advice = f"range({labels})" if isinstance(labels, Integral) else "list(...)"
        raise TypeError(
            f"labels={labels!r} is of type {type(labels).__name__}, and must be all "
            f"the labels in order: a list, range, string or array. Write {advice}."
        )
    names = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        raise ShapeError(
            f"labels has the shape {labels.shape}, and must be 1-d: the labels that "
            f"there are, each once, as np.unique(...) gives them."
        )
    positions = {_hashable(name): position for position, name in enumerate(names)}
    if not names:
        raise ValueError("labels is empty, and needs at least one label.")
    if len(positions) < len(names):
        twice = next(name for i, name in enumerate(names) if positions[name] != i)
        raise ValueError(
            f"labels holds {twice!r} twice (1 and 1.0 are the same). Each label may "
            f"stand there once, as in sorted(set(labels))."
        )
    return positions


def _label_data(data):
    """`data` as an array; a flat sequence becomes an array of objects."""
    if isinstance(data, np.ndarray):
        return data
    if not isinstance(data, Iterable):
        raise TypeError(
            f"onehotbatch needs many labels, and data={data!r} is one. Write "
            f"onehot({data!r}, labels)."
        )
    return np.fromiter(data, object)


def _lookup(data, positions):
    """The position of every label in `data`, or UNKNOWN."""
    if data.dtype == object:
        found = [positions.get(_hashable(label), UNKNOWN) for label in data.flat]
        return np.array(found, int).reshape(data.shape)
    # Many labels, few different ones: only those are looked up.
    different, inverse = np.unique(data, return_inverse=True)
    found = [positions.get(label, UNKNOWN) for label in different.tolist()]
    return np.array(found, int)[inverse]


def _hashable(label):
    try:
        hash(label)
    except TypeError:
        raise TypeError(
            f"{label!r} is of type {type(label).__name__}, and a label must be "
            f"hashable: a number, a string or a tuple. For labels in rows and columns "
            f"give an array: np.array(data)."
        ) from None
    return label


def _raise_unknown(data, place, positions):
    label = data[tuple(place)]
    label = label.item() if isinstance(label, np.generic) else label
    where = f" at data[{', '.join(map(str, place))}]" if place else ""
    raise ValueError(
        f"The label {label!r}{where}, of type {type(label).__name__}, is not among the "
        f"labels {listed(positions)}. Add it to them, or give default= to say what "
        f"unknown labels count as."
    )


def listed(positions):
    """Labels as messages list them: the first ten and the last, if they are many."""
    shown = [repr(label) for label in positions]
    if len(shown) > 12:
        shown[10:-1] = ["..."]
    return f"[{', '.join(shown)}]"


def _label_array(labels):
    """`labels` as a 1-d array, of objects unless all are numbers or all strings."""
    if isinstance(labels, np.ndarray):
        return labels
    kinds = {type(label) for label in labels}
    if len(kinds) == 1 and issubclass(*kinds, (Number, str)):
        return np.array(list(labels))
    return np.fromiter(labels, object)  # np.array would turn a tuple into a row
