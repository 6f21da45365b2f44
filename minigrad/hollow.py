"""Hollow arrays: a shape and a dtype, and no numbers.

What NumPy makes of a hollow array is hollow again, with the shape and dtype that the
result would have. Nothing is multiplied or added up, and an array of any size takes the
memory of one number. So a model can be tried out on shapes alone: see `dryrun`.

Where it is not known beforehand what shape a result will have, it is computed, as if
all numbers were 0. So it is where shapes do not fit: the error is then NumPy's own.
"""

from functools import wraps

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from .functors import children, is_leaf, rebuild


def hollow(shape, dtype=np.float32):
    """An array of any size that takes no memory; of shape () it is the number 0.

    >>> x = hollow((1_000_000, 1000, 3))
    >>> x
    Hollow((1000000, 1000, 3), float32)
    >>> np.exp(x[:, :, None]) @ np.ones((3, 2)) + 1
    Hollow((1000000, 1000, 1, 2), float64)
    >>> x.sum()
    np.float32(0.0)
    """
    dtype = np.dtype(dtype)
    if shape == ():
        return dtype.type(0)
    return Hollow(shape, dtype, np.zeros(1, dtype), strides=(0,) * len(shape))


def hollowed(x):
    """`x` with a hollow array in the place of each array of numbers.

    >>> hollowed((np.ones((2, 3)), "text"))
    (Hollow((2, 3), float64), 'text')
    """
    if isinstance(x, np.ndarray):
        return hollow(x.shape, x.dtype) if x.ndim and x.dtype.kind in "biufc" else x
    if is_leaf(x):
        return x
    return rebuild(x, {key: hollowed(part) for key, part in children(x).items()})


def sized(rule):
    """Say what a function of arrays makes of hollow ones, where NumPy cannot see it.

    Args:
        rule: called with the arguments of the function in its place, if one of them is
            hollow. It returns a hollow array.

    Returns:
        A decorator.

    >>> @sized(lambda x: hollow((len(x), 7), x.dtype))
    ... def seven(x):
    ...     return np.array([7 * [row.sum()] for row in x])
    >>> seven(hollow((2, 3)))
    Hollow((2, 7), float32)
    """

    def decorate(function):
        @wraps(function)
        def call(*args, **kwargs):
            for arg in args:
                if type(arg) is Hollow:
                    return rule(*args, **kwargs)
            return function(*args, **kwargs)

        return call

    return decorate


class Hollow(np.ndarray):
    """An array whose numbers are all the same 0 in memory: see `hollow`."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        """NumPy calls this in place of a ufunc, and of its `reduce` and the like."""
        inputs = [x if np.isscalar(x) else np.asarray(x) for x in inputs]
        shape = _shape_of_ufunc(ufunc, method, inputs, out, kwargs)
        if shape is None:
            into = {"out": tuple(map(_zeros, out))} if out else {}
            return hollowed(getattr(ufunc, method)(*inputs, **into, **kwargs))
        if out:
            return out if len(out) > 1 else out[0]
        found = _one_number(ufunc, method, inputs, kwargs)
        if isinstance(found, tuple):
            return tuple(hollow(shape, y.dtype) for y in found)
        return hollow(shape, found.dtype)

    def __array_function__(self, function, types, args, kwargs):
        """NumPy calls this in place of any other function."""
        found = _by_rule(function, args, kwargs)
        if found is None:
            found = super().__array_function__(function, types, args, kwargs)
        return found if found is NotImplemented else hollowed(found)

    def __getitem__(self, index):
        if type(index) is Hollow and index.dtype.kind in "iu" and len(self):
            return hollow(index.shape + self.shape[1:], self.dtype)
        return hollowed(super().__getitem__(index))

    def __setitem__(self, index, value):
        zero = np.zeros((), self.dtype)
        super().__setitem__(index, np.broadcast_to(zero, np.shape(value)))

    def astype(self, dtype, *args, **kwargs):
        """A hollow array of another dtype."""
        return hollow(self.shape, dtype)

    def copy(self, order="C"):
        """Another hollow array."""
        return hollow(self.shape, self.dtype)

    def ravel(self, order="C"):
        """All in one axis."""
        return self.reshape(-1)

    flatten = ravel

    def dot(self, other):
        """`np.dot`."""
        return np.dot(self, other)

    def __repr__(self):
        return f"Hollow({self.shape}, {self.dtype})"

    __str__ = __repr__


# --- Ufuncs ---------------------------------------------------------------------------


def _zeros(x):
    return x.view(np.ndarray) if isinstance(x, Hollow) else x


def _shape_of_ufunc(ufunc, method, inputs, out, kwargs):
    """The shape of the result; None where it must be computed."""
    try:
        if method == "reduce" and ufunc.signature is None:
            shape = _reduced(inputs[0].shape, **kwargs)
        elif method != "__call__":
            return None
        elif ufunc is np.matmul and not kwargs:
            shape = _product(*map(np.shape, inputs))
        elif ufunc.signature is None:
            masks = [kwargs["where"]] if "where" in kwargs else []
            shape = np.broadcast_shapes(*map(np.shape, [*inputs, *masks]))
        else:
            return None
        fits = all(np.broadcast_shapes(shape, x.shape) == x.shape for x in out)
        return shape if fits else None
    except ValueError:  # shapes that do not fit
        return None


def _reduced(shape, axis=0, keepdims=False, **_):
    axes = range(len(shape)) if axis is None else axis
    axes = normalize_axis_tuple(axes, len(shape))
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(shape))
    return tuple(n for k, n in enumerate(shape) if k not in axes)


def _product(x, y):
    """The shape of a product of matrices, or of stacks of them."""
    if not x or not y or x[-1] != y[max(len(y) - 2, 0)]:
        return None
    columns = y[-1:] if len(y) > 1 else ()
    return (*np.broadcast_shapes(x[:-2], y[:-2]), *x[-2:-1], *columns)


def _one_number(ufunc, method, inputs, kwargs):
    """What the ufunc makes of next to nothing, but of the same dtypes."""
    if method == "reduce":
        return ufunc.reduce(np.zeros(1, inputs[0].dtype), dtype=kwargs.get("dtype"))
    none = (0,) if ufunc.signature is None else (0, 0)
    inputs = [x if np.isscalar(x) else np.empty(none, x.dtype) for x in inputs]
    return ufunc(*inputs, **{key: x for key, x in kwargs.items() if key != "where"})


# --- Other functions of NumPy: those that make large arrays ---------------------------


def _by_rule(function, args, kwargs):
    """The result as a hollow array; None where it must be computed."""
    if function not in _RULES:
        return None
    try:
        found = _RULES[function](*args, **kwargs)
    except (TypeError, ValueError):  # other arguments, or shapes that do not fit
        return None
    return None if found is None or found[0] is None else hollow(*found)


def _concatenated(arrays, axis=0):
    shapes = [list(np.shape(x)) for x in arrays]
    axis = normalize_axis_index(axis, len(shapes[0]))
    size = sum(shape.pop(axis) for shape in shapes)
    rest = shapes[0]
    same = all(shape == rest for shape in shapes)
    shape = (*rest[:axis], size, *rest[axis:])
    return shape if same else None, np.result_type(*map(np.asarray, arrays))


def _chosen(condition, x, y):
    shape = np.broadcast_shapes(*map(np.shape, (condition, x, y)))
    return shape, np.result_type(x, y)


def _padded(x, pad_width, mode="constant", constant_values=0):
    widths = np.broadcast_to(pad_width, (x.ndim, 2)).sum(axis=1).tolist()
    return tuple(n + more for n, more in zip(x.shape, widths, strict=True)), x.dtype


def _dotted(x, y):
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim > 1 and y.ndim > 2:
        return None
    return _product(x.shape, y.shape), np.result_type(x, y)


def _einsum(subscripts, *arrays):
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    pairs = [
        pair
        for term, x in zip(terms.split(","), arrays, strict=True)
        for pair in zip(term, np.shape(x), strict=True)
    ]
    sizes = dict(pairs)
    known = arrow and set(result) <= set(sizes) == set(filter(str.isalpha, sizes))
    if not known or any(sizes[letter] != n for letter, n in pairs):
        return None
    return tuple(sizes[letter] for letter in result), np.result_type(*arrays)


_RULES = {
    np.concatenate: _concatenated,
    np.dot: _dotted,
    np.einsum: _einsum,
    np.pad: _padded,
    np.where: _chosen,
}
