"""Operators, methods and NumPy's protocols of tracked values: names for functions.

`x * y`, `x.sum()`, `abs(x)` and `np.sin(x)` inside `gradient` arrive here, and go on
to `record` as `np.multiply`, `np.sum`, `np.absolute` and `np.sin`.
"""

import operator

import numpy as np

from .recording import astype, getitem, record
from .refusals import in_place, ufunc_method
from .shortcuts import NO_KEYWORDS, binary, operand, record_one
from .tracked import Tracked, cut_off


def method(function):
    """Make a function a method of `Tracked`."""
    setattr(Tracked, function.__name__, function)
    return function


# --- NumPy's protocols -------------------------------------------------------------


@method
def __array_ufunc__(self, ufunc, how, *inputs, **kwargs):
    """NumPy calls this in place of a ufunc with a tracked argument."""
    if how != "__call__":
        raise ufunc_method(ufunc, how)
    if len(inputs) == 1 and not kwargs:
        return record_one(ufunc, self)
    return record(ufunc, [operand(x) for x in inputs], kwargs)


@method
def __array_function__(self, function, types, args, kwargs):
    """NumPy calls this in place of any other function with a tracked argument."""
    return record(function, args, kwargs)


# --- Operators ---------------------------------------------------------------------


def _reflected(function):
    return lambda x, y: record(function, (operand(y), x), NO_KEYWORDS)


def _comparison(compare, function):
    return lambda x, y: compare(cut_off(x, function), cut_off(y, function))


def _power(x, y, modulus=None):
    """`x**y`, through the same short cuts as NumPy's own arrays take."""
    if modulus is not None:
        raise TypeError("pow(x, y, modulus) is for integers. Write x**y % modulus.")
    function = _POWERS.get(y) if type(y) in (int, float) else None
    if function is not None:
        return record(function, (x,), NO_KEYWORDS)
    return record(np.power, (x, operand(y)), NO_KEYWORDS)


_POWERS = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}


_BINARY = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.divide),
    "floordiv": ("//", np.floor_divide),
    "mod": ("%", np.remainder),
    "pow": ("**", np.power),
    "matmul": ("@", np.matmul),
}
_COMPARISONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute}

for _name, (_symbol, _function) in _BINARY.items():
    setattr(Tracked, f"__i{_name}__", in_place(_symbol))
    setattr(Tracked, f"__{_name}__", binary(_function))
    setattr(Tracked, f"__r{_name}__", _reflected(_function))
for _name, _function in _COMPARISONS.items():
    _compare = getattr(operator, _name)
    setattr(Tracked, f"__{_name}__", _comparison(_compare, _function))
for _name, _function in _UNARY.items():
    setattr(Tracked, f"__{_name}__", lambda x, f=_function: record(f, (x,), {}))
Tracked.__pow__ = _power
Tracked.__round__ = lambda x, digits=0: np.round(cut_off(x, round), digits)
Tracked.__divmod__ = lambda x, y: (x // y, x % y)
Tracked.__rdivmod__ = lambda x, y: (y // x, y % x)


# --- Methods, indexing, shapes, types ----------------------------------------------


def _method(function):
    def call(self, *args, **kwargs):
        return record(function, (self, *args), kwargs)

    call.__doc__ = f"As `np.{function.__name__}`."
    return call


_METHODS = (
    "sum mean prod max min var std cumsum cumprod argmax argmin argsort argpartition "
    "all any dot swapaxes ravel squeeze repeat round clip trace diagonal take choose "
    "searchsorted nonzero"
).split()

for _name in _METHODS:
    setattr(Tracked, _name, _method(getattr(np, _name)))
Tracked.flatten = _method(np.ravel)
Tracked.copy = _method(np.positive)
Tracked.conj = Tracked.conjugate = _method(np.conjugate)


@method
def __getitem__(self, index):
    """`x[index]`."""
    return record(getitem, (self, index), NO_KEYWORDS)


@method
def __iter__(self):
    """The parts along the first axis."""
    if self.ndim == 0:
        raise TypeError("A tracked number cannot be iterated over.")
    return (self[i] for i in range(len(self)))


@method
def reshape(self, *shape, order="C"):
    """The same numbers in another shape, as `np.reshape`."""
    shape = shape[0] if len(shape) == 1 else shape
    return record(np.reshape, (self, shape), {"order": order})


@method
def transpose(self, *axes):
    """The axes in another order, as `np.transpose`; reversed by default."""
    axes = axes[0] if len(axes) == 1 else axes
    return record(np.transpose, (self, axes or None), {})


@method
def compress(self, condition, axis=None):
    """The slices along `axis` where `condition` is true, as `np.compress`."""
    return record(np.compress, (condition, self), {"axis": axis})


def _astype(self, dtype, **kwargs):
    """`x.astype(dtype)`; of integers no gradient comes back."""
    if np.dtype(dtype).kind not in "fc":
        return cut_off(self, astype).astype(dtype, **kwargs)
    return record(astype, (self, dtype), {})


Tracked.astype = _astype
Tracked.real = property(lambda self: record(np.real, (self,), {}))
Tracked.imag = property(lambda self: record(np.imag, (self,), {}))
Tracked.T = property(transpose)
Tracked.mT = property(lambda self: self.swapaxes(-1, -2))
