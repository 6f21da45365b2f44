"""All parameters of a model in one vector, and back again.

Solvers and samplers know vectors, not models. `destructure` goes from one to the
other, and both directions can be differentiated.
"""

import numpy as np

from .arrays import is_parameter, plain
from .errors import ShapeError, described
from .sharing import Parameters
from .walks import float_arrays, fmap


def destructure(model, order="C"):
    """The parameters of a model as one vector, and the way back.

    Args:
        model: a tree; its trainable parameters count, each once, in order.
        order: "C" for the numbers of each array row by row, as NumPy has them, "F"
            for column by column, as Julia has them.

    Returns:
        `(vector, restructure)`: a vector of a dtype that holds all parameters, and a
        `Restructure`: `restructure(vector)` is a model like `model`.

    Raises:
        ValueError: `order` is something else.

    >>> vector, restructure = destructure({"a": np.array([[1.0, 2.0], [3.0, 4.0]])})
    >>> vector, restructure
    (array([1., 2., 3., 4.]), Restructure(dict, ..., 4))
    >>> restructure(10 * vector)
    {'a': array([[10., 20.],
           [30., 40.]])}
    """
    if order not in ("C", "F"):
        raise ValueError(
            f"destructure(order={order!r}): the order is 'C', row by row, or 'F', "
            f"column by column."
        )
    _, places = _layout(model)
    pairs = zip(float_arrays(model), places, strict=True)
    parts = [
        np.reshape(x, -1, order=order) for (_, x), (_, axes) in pairs if axes is None
    ]
    vector = np.concatenate(parts) if parts else np.empty(0, np.float32)
    return vector, Restructure(model, order)


class Restructure:
    """A model without its parameters, to be called with a vector of them.

    Has a length: that of the vector. Dtypes and ties of the model are restored, and
    everything that is no trainable parameter is that of the model itself.

    Args:
        model: a tree.
        order: as in `destructure`.

    >>> vector, restructure = destructure({"w": np.array([1.0, 2.0]), "name": "w"})
    >>> len(restructure), restructure(vector + 1)
    (2, {'w': array([2., 3.]), 'name': 'w'})
    """

    def __init__(self, model, order="C"):
        self.model = fmap(plain, model)
        self.order = order
        self._sizes, self._places = _layout(self.model)

    def __call__(self, vector):
        """A model with the numbers of a vector as parameters.

        Args:
            vector: of the length of this; a float array, tracked or not.

        Returns:
            A new model, which shares no memory with the vector. Of complex numbers, a
            real parameter takes the real part.

        Raises:
            TypeError: it is no array of floats.
            ShapeError: it is of another length, or no vector.

        >>> _, restructure = destructure((np.zeros(2, np.float32), "text"))
        >>> restructure(np.array([1.0, 2.0]))
        (array([1., 2.], dtype=float32), 'text')
        """
        if not is_parameter(vector) or type(plain(vector)) is not np.ndarray:
            kind = f" of dtype {vector.dtype}" if hasattr(vector, "dtype") else ""
            raise TypeError(
                f"restructure(vector) needs a vector of floats, an array such as "
                f"destructure gives, not {described(vector)}{kind}. Write "
                f"np.array(vector, float)."
            )
        if vector.shape != (len(self),):
            raise ShapeError(
                f"restructure(vector) was given an array of shape {vector.shape}, and "
                f"this model has {len(self)} parameters: the vector must have the "
                f"shape ({len(self)},)."
            )
        cuts, whole, filled = _cut(vector, self._sizes), {}, {}
        places = zip(float_arrays(self.model), self._places, strict=True)
        for (_, x), (part, axes) in places:
            if part in whole:
                filled[id(x)] = np.transpose(whole[part], axes)
            else:
                filled[id(x)] = whole[part] = _like(cuts[part], x, self.order)
        return fmap(lambda x: filled.get(id(x), x), self.model)

    def __len__(self):
        return sum(self._sizes)

    def __repr__(self):
        return f"Restructure({type(self.model).__name__}, ..., {len(self)})"


def _layout(model):
    """`(sizes, places)`: those of the parts of a vector, and where parameters are.

    The place of a parameter is the number of its part, and the axes by which that is
    to be transposed if another parameter has it, too.
    """
    known, sizes, places = Parameters(), [], []
    for _, x in float_arrays(model):
        found = known.find(x)
        if found is None:
            known.add(x, len(sizes))
            sizes.append(x.size)
        places.append(found or (len(sizes) - 1, None))
    return sizes, places


def _cut(vector, sizes):
    """The vector in parts of these sizes.

    It is halved again and again: the gradient of a slice is an array as long as what
    was sliced, so to cut off one part after the other would cost their number times
    the length of the vector, and this costs the logarithm of it.
    """
    if len(sizes) <= 1:
        return [vector] * len(sizes)
    half = len(sizes) // 2
    middle = sum(sizes[:half])
    first, last = vector[:middle], vector[middle:]
    return _cut(first, sizes[:half]) + _cut(last, sizes[half:])


def _like(part, x, order):
    """Numbers in the shape and dtype of `x`, in memory of their own."""
    if part.dtype.kind == "c" and x.dtype.kind != "c":
        part = np.real(part)
    part = np.reshape(part, x.shape, order=order)
    if part.dtype != x.dtype:
        return part.astype(x.dtype)
    return part.copy()
