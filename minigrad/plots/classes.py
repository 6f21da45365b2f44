"""Labels and predictions as positions among the classes, checked for all pictures."""

from numbers import Integral

import numpy as np

from ..errors import ShapeError
from ..labels import listed, onecold


def compared(who, labels, predictions, classes=None):
    """Labels and predictions as positions among the same classes.

    Args:
        who: the caller, for messages.
        labels: N labels, as in `positions`.
        predictions: N labels as well; or scores of shape (N, C), of which the highest
            counts.
        classes: the C labels in order; by default those that occur, sorted, and for
            scores the numbers from 0.

    Returns:
        `(names, labels, predictions)`: a list, and two arrays of N integers.
    """
    labels, predictions = flat_labels(who, "labels", labels), _array(predictions)
    if predictions.ndim == 2 and predictions.shape[1] > 1:
        found = onecold(predictions)
        names = class_names(who, classes, predictions.shape[1])
    else:
        predictions = flat_labels(who, "predictions", predictions)
        known = _occurring(who, labels, predictions) if classes is None else classes
        names = class_names(who, known)
        found = positions(who, "predictions", predictions, names)
    same_length(who, labels=labels, predictions=predictions)
    return names, positions(who, "labels", labels, names), found


def _occurring(who, labels, predictions):
    for name, given in (("labels", labels), ("predictions", predictions)):
        if given.dtype.kind == "f" and np.any(given % 1):
            first = given[np.argmax(given % 1 != 0)]
            raise ValueError(
                f"{who}: {name} has {first:.4g}, which is no label. If that is a score "
                f"for the second of two classes, write {name} > 0, or > 0.5 for a "
                f"probability; else give scores of shape (N, classes)."
            )
    found = set(labels.tolist()) | set(predictions.tolist())
    try:
        return sorted(found)
    except TypeError:
        first, other = labels.tolist()[0], predictions.tolist()[0]
        raise ValueError(
            f"{who}: labels, as {first!r}, and predictions, as {other!r}, cannot be "
            f"compared. Give classes=[...]: the labels, in the order in which numbers "
            f"count them."
        ) from None


def class_names(who, classes, n=None):
    """The names of the n classes as a list; by default the numbers from 0."""
    names = list(range(n)) if classes is None else list(classes)
    if n is not None and len(names) != n:
        raise ShapeError(
            f"{who}: the scores are those of {n} classes, and classes={listed(names)} "
            f"has {len(names)} names. Give one for each score, in their order."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"{who}: classes={listed(names)} has a name twice.")
    return names


def positions(who, name, labels, classes):
    """The position of each label among the classes.

    Args:
        who: the caller, for messages.
        name: what the labels are called there.
        labels: N labels that are among `classes`; or whole numbers that count the
            classes from 0, if the classes are no numbers themselves.
        classes: a list.

    Returns:
        An array of N integers.
    """
    labels = flat_labels(who, name, labels)
    named = not any(isinstance(label, Integral) for label in classes)
    known = range(len(classes)) if named and labels.dtype.kind in "iub" else classes
    place = {label: position for position, label in enumerate(known)}
    different, inverse = np.unique(labels, return_inverse=True)
    found = np.array([place.get(label, -1) for label in different.tolist()], int)
    found = found[inverse]
    if np.any(found < 0):
        first = int(np.argmax(found < 0))
        raise ValueError(
            f"{who}: {name}[{first}] is {labels[first : first + 1].tolist()[0]!r}, and "
            f"the classes are {listed(known)}. Give all labels as classes=[...]; where "
            f"there are scores, one for each of them."
        )
    return found


def flat_labels(who, name, labels):
    """The labels as an array of one axis."""
    labels = _array(labels)
    if labels.ndim == 1:
        return labels
    advice = "Give an array of one axis."
    if labels.ndim == 2:
        vectors = f"For one-hot vectors or scores write onecold({name})."
        advice = f"Write {name}[:, 0]." if labels.shape[1] == 1 else vectors
    raise ShapeError(
        f"{who} takes one label for each observation, and {name} has the shape "
        f"{labels.shape}. {advice}"
    )


def _array(labels):
    """Labels as an array; a string stands for its letters, as in `onehotbatch`."""
    return np.asarray(list(labels) if isinstance(labels, str) else labels)


def same_length(who, **given):
    """Raise unless all have the same number of observations."""
    if len({len(x) for x in given.values()}) > 1:
        said = " and ".join(f"{len(x)} {name}" for name, x in given.items())
        raise ShapeError(
            f"{who} was given {said}: there must be as many of each. Cut them to the "
            f"same observations."
        )
