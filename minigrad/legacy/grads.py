"""The gradients by `Params`: a dictionary whose keys are the arrays themselves."""

import operator
from collections.abc import Mapping
from numbers import Number

import numpy as np

from ..arrays import plain
from ..errors import ShapeError, described
from ..optimise.printing import show
from .params import Params


class Grads(Mapping):
    """Gradients by arrays: `gs[W]` is that by `W`; made by `gradient(f, ps)`.

    Iterated over, it gives the arrays; `keys`, `values`, `items` and `get` are those of
    dictionaries. What no gradient arrived at has None. The sums, differences, products
    and quotients with other Grads of the same arrays, and with numbers, are new Grads.

    Attributes:
        listing: of the arrays that were asked for.
        gradients: a list, in the same order.
        marks: of each array, a number that changes when the array does.
        applied: positions in the list of what has been updated with these gradients.

    >>> from minigrad import Dense
    >>> from minigrad.legacy import gradient, params
    >>> layer = Dense(np.array([[1.0, 2.0]]))
    >>> W, b = layer.weight, layer.bias
    >>> gs = gradient(lambda: (layer.weight**2).sum(), params(layer))
    >>> gs
    Grads([[[2.0, 4.0]], None])
    >>> W in gs, gs[b] is None, (gs + 0.5 * gs)[W]
    (True, True, array([[3., 6.]]))
    """

    __array_ufunc__ = None  # so that np.float64(2) * gs is left to this class
    __instead__ = (
        "Implicit Grads, of minigrad.legacy, cannot be mixed with explicit state, "
        "which has the structure of a model: write grads = gradient(lambda m: "
        "loss(m(x), y), model), and then update_(opt_state, model, grads[0])."
    )

    def __init__(self, listing, gradients):
        self.listing, self.marks, self.applied = listing, listing.marks(), set()
        if len(listing.floats) < len(listing.entries):
            by_position = dict(zip(listing.floats, gradients, strict=True))
            gradients = map(by_position.get, range(len(listing.entries)))
        self.gradients = list(gradients)

    def _with(self, gradients, listing=None, marks=None):
        twin = type(self).__new__(type(self))
        twin.listing, twin.applied = listing or self.listing, set()
        twin.marks = self.marks if marks is None else marks
        twin.gradients = gradients
        return twin

    @property
    def params(self):
        """The `Params` that were asked for."""
        return Params.of(self.listing)

    # --- As a dictionary --------------------------------------------------------

    def __getitem__(self, x):
        position, axes = self._find(x)
        gradient = self.gradients[position]
        if gradient is None or axes == tuple(range(gradient.ndim)):
            return gradient
        return gradient.transpose(axes)

    def __setitem__(self, x, gradient):
        position, axes = self._find(x)
        array = self.listing.entries[position].array
        if gradient is not None:
            gradient = check_gradient(x, gradient)
            gradient = gradient.transpose(np.argsort(axes)) if axes else gradient
            if plain(gradient) is gradient:
                gradient = gradient.astype(array.dtype, copy=False)
        self.gradients[position] = gradient
        self.applied.discard(position)

    def _find(self, x):
        found = self.listing.find(x)
        if found is None:
            raise KeyError(
                f"These Grads have no gradient by {named(x)}, which is none of the "
                f"arrays that were asked for. Give it to params. (W = W - dW makes a "
                f"new array: write W -= dW, or update_(W, dW).)"
            )
        return found

    def __contains__(self, x):
        return self.listing.find(x) is not None

    def __iter__(self):
        return (entry.given for entry in self.listing.entries)

    def __len__(self):
        return len(self.gradients)

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __repr__(self):
        return f"Grads([{', '.join(show(plain(g)) for g in self.gradients)}])"

    def positions(self, listing):
        """Where the arrays of a listing stand in this one."""
        if listing is self.listing:
            return range(len(self.gradients))
        return [self._find(entry.array)[0] for entry in listing.entries]

    def along(self, listing):
        """The gradients in the order of a listing."""
        return [self.gradients[position] for position in self.positions(listing)]

    # --- Arithmetic ---------------------------------------------------------------

    def map(self, f, *others):
        """New Grads: `f` of each gradient, and of those of others by the same array.

        Where some have None and others do not, `f` is given zeros; where all have None
        the result has None.

        >>> from minigrad.legacy import gradient, param, params
        >>> W = param([3.0, -0.5])
        >>> gradient(lambda: (W**2).sum(), params(W)).map(lambda g: np.clip(g, -2, 2))
        Grads([[2.0, -1.0]])
        """
        for other in others:
            if not isinstance(other, Grads) or other.params != self.params:
                raise TypeError(
                    f"Grads can be combined with Grads of the same arrays, and were "
                    f"given {described(other)}{_difference(self, other)}. To join "
                    f"those of different arrays write gs.merge(other)."
                )
        columns = [self.gradients]
        columns += [other.along(self.listing) for other in others]
        return self._with([_apply(f, row) for row in zip(*columns, strict=True)])

    def merge(self, *others):
        """New Grads by the arrays of these and of others; the last one given counts.

        >>> from minigrad.legacy import gradient, param, params
        >>> W, b = param([1.0]), param([2.0])
        >>> both = lambda: (W * b).sum()
        >>> gradient(both, params(W)).merge(gradient(both, params(b)))
        Grads([[2.0], [1.0]])
        """
        for other in others:
            if not isinstance(other, Grads):
                raise TypeError(
                    f"merge joins Grads with Grads, and was given {described(other)}."
                )
        params = self.params.union(*(other.params for other in others))
        gradients, marks = [None] * len(params), [None] * len(params)
        for one in (self, *others):
            for position, entry in enumerate(one.listing.entries):
                place = params.listing.find(entry.array)[0]
                gradients[place] = one.gradients[position]
                marks[place] = one.marks[position]
        return self._with(gradients, params.listing, marks)

    def __neg__(self):
        return self.map(operator.neg)


def _combining(function, swapped=False):
    def combine(self, other):
        if isinstance(other, Grads):
            return self.map(function, other)
        if not isinstance(plain(other), Number):
            return NotImplemented
        if swapped:
            return self.map(lambda g: function(other, g).astype(g.dtype))
        return self.map(lambda g: function(g, other).astype(g.dtype))

    return combine


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _function = getattr(operator, _name)
    setattr(Grads, f"__{_name}__", _combining(_function))
    setattr(Grads, f"__r{_name}__", _combining(_function, swapped=True))


def _apply(f, row):
    like = next((g for g in row if g is not None), None)
    if like is None:
        return None
    return f(*(np.zeros_like(plain(like)) if g is None else g for g in row))


def _difference(one, other):
    if not isinstance(other, Grads):
        return ""
    return f" of {len(other)} arrays beside those of {len(one)}"


# --- What is given in the place of gradients and their arrays -----------------------


def named(x):
    """How messages call an array that may be anything."""
    shape = getattr(x, "shape", None)
    return described(x) if shape is None else f"an array of shape {shape}"


def check_gradient(x, dx):
    """The gradient of an array as an array, or a sentence why it is none."""
    if dx is None:
        raise TypeError(
            f"No gradient arrived at the parameter of shape {x.shape}: its gradient is "
            f"None, because the function did not use it. Pass it by: if gs[W] is not "
            f"None: update_(opt, W, gs[W])."
        )
    if isinstance(dx, Grads):
        raise TypeError(
            "One array needs one gradient, and was given Grads of several. Write "
            "update_(opt, W, gs[W]), or update_(opt, ps, gs) for all of them."
        )
    dx = dx if hasattr(dx, "dtype") else np.asarray(dx)
    if dx.dtype.kind not in "fciub" or dx.shape != x.shape:
        raise ShapeError(
            f"The gradient has shape {dx.shape} and dtype {dx.dtype}, and the "
            f"parameter has shape {x.shape} and dtype {x.dtype}. They must be the same."
        )
    return dx


# --- To and from vectors --------------------------------------------------------------


def copy_(to, source):
    """Copy numbers from a vector into arrays, or from arrays into a vector.

    Args:
        to: `Params`, `Grads` or a vector, with as many numbers as `source`; it changes.
        source: the other one. The arrays follow each other in the order of the
            `Params`, each row by row; where Grads have None, the vector has zeros.

    Raises:
        TypeError: neither, or both, are vectors.
        ShapeError: the numbers of numbers differ.

    >>> W, b = np.array([[1.0, 2.0]]), np.array([3.0])
    >>> vector = np.zeros(3)
    >>> copy_(vector, Params([W, b]))
    >>> vector
    array([1., 2., 3.])
    >>> copy_(Params([W, b]), 10 * vector)
    >>> W, b
    (array([[10., 20.]]), array([30.]))
    """
    into_vector = isinstance(to, np.ndarray)
    vector, arrays = (to, source) if into_vector else (source, to)
    if not isinstance(arrays, Params | Grads) or not isinstance(vector, np.ndarray):
        raise TypeError(
            f"copy_(to, source) copies between a vector and Params or Grads, and was "
            f"given {described(to)} and {described(source)}."
        )
    entries = arrays.listing.entries
    size = sum(entry.array.size for entry in entries)
    if vector.shape != (size,):
        raise ShapeError(
            f"copy_ was given a vector of shape {vector.shape}, and the arrays hold "
            f"{size} numbers: it must have the shape ({size},)."
        )
    start = 0
    for entry in entries:
        part = vector[start : start + entry.array.size].reshape(entry.array.shape)
        start += entry.array.size
        if not isinstance(arrays, Grads):
            part, array = (part, entry.array)
        else:
            array = arrays[entry.array]
        _copy_one(part, array, into_vector, arrays, entry)


def _copy_one(part, array, into_vector, arrays, entry):
    if into_vector:
        part[...] = 0 if array is None else array
    elif array is None:
        arrays[entry.array] = part.astype(entry.array.dtype)
    else:
        array[...] = part
