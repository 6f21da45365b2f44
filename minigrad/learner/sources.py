"""What a learner is trained on: data for training, and data for validation."""

from typing import NamedTuple

import numpy as np

from ..errors import described
from ..optimise.contract import is_rule


class Data(NamedTuple):
    """The data of a learner.

    Attributes:
        training: what training phases iterate over; None if there is nothing.
        validation: what validation phases iterate over; None if there is nothing.
    """

    training: object = None
    validation: object = None


def as_data(data):
    """The data of a learner as `Data`.

    Raises:
        TypeError: it is something else than what `Learner` takes.

    >>> as_data(([1, 2], [3])), as_data([1, 2])
    (Data(training=[1, 2], validation=[3]), Data(training=[1, 2], validation=None))
    """
    if data is None:
        return Data()
    if hasattr(data, "_fields"):
        data = data._asdict()
    if isinstance(data, dict):
        unknown = [key for key in data if key not in Data._fields]
        if unknown:
            raise TypeError(
                f"Learner(data=...): the names are training and validation, and not "
                f"{', '.join(map(repr, unknown))}."
            )
        found = Data(**data)
    elif isinstance(data, tuple):
        if len(data) > 2:
            raise TypeError(
                f"Learner(data=...) takes data for training and for validation, and "
                f"was given {len(data)} things. Write data=(training, validation)."
            )
        found = Data(*data)
    else:
        found = Data(data)
    for name, part in zip(Data._fields, found, strict=True):
        _check_data(name, part)
    return found


def _check_data(name, part):
    if part is None:
        return
    if isinstance(part, np.ndarray) or _is_batch(part):
        given = "a tuple of arrays" if _is_batch(part) else "an array"
        raise TypeError(
            f"Learner(data=...): the {name} data is {given}, and must give batches "
            f"(xs, ys). Write data=DataLoader((x, y), batchsize=32), or data=[(x, y)] "
            f"for a single batch."
        )
    if is_rule(part) or not (hasattr(part, "__iter__") or hasattr(part, "__getitem__")):
        raise TypeError(
            f"Learner(data=...): the {name} data is {described(part)}, which cannot be "
            f"iterated over. Write data=DataLoader((x, y), batchsize=32)."
        )


def _is_batch(part):
    """Whether this is one batch, where many are needed."""
    return isinstance(part, tuple) and any(isinstance(x, np.ndarray) for x in part)
