"""Operators and methods of tracked values: each is a name for a NumPy function.

`x * y`, `x.sum()` and `abs(x)` inside `gradient` arrive here, and go on to
`record` as `np.multiply`, `np.sum` and `np.absolute`.
"""

import operator

import numpy as np

from ..arrays import plain
from .refusals import in_place
from .tracked import Tracked, record

NO_KEYWORDS = {}


def _operator(function):
    return lambda x, y: record(function, (x, _operand(y)), NO_KEYWORDS)


def _reflected(function):
    return lambda x, y: record(function, (_operand(y), x), NO_KEYWORDS)


def _operand(y):
    return np.asarray(y) if type(y) is list else y


def _method(function):
    def call(self, *args, **kwargs):
        return record(function, (self, *args), kwargs)

    call.__doc__ = f"As `np.{function.__name__}`."
    return call


def _comparison(compare):
    return lambda x, y: compare(plain(x), plain(y))


def _power(x, y):
    """`x**y`, through the same short cuts as NumPy's own arrays take."""
    function = _POWERS.get(y) if type(y) in (int, float) else None
    if function is not None:
        return record(function, (x,), NO_KEYWORDS)
    return record(np.power, (x, _operand(y)), NO_KEYWORDS)


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
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute}
_METHODS = (
    "sum mean prod max min var std cumsum argmax argmin all any dot swapaxes ravel "
    "squeeze repeat round clip"
).split()

for _name, (_symbol, _function) in _BINARY.items():
    setattr(Tracked, f"__i{_name}__", in_place(_symbol))
    setattr(Tracked, f"__{_name}__", _operator(_function))
    setattr(Tracked, f"__r{_name}__", _reflected(_function))
for _name in "eq ne lt le gt ge".split():
    setattr(Tracked, f"__{_name}__", _comparison(getattr(operator, _name)))
for _name, _function in _UNARY.items():
    setattr(Tracked, f"__{_name}__", _method(_function))
for _name in _METHODS:
    setattr(Tracked, _name, _method(getattr(np, _name)))
Tracked.__pow__ = _power
Tracked.flatten = _method(np.ravel)
Tracked.copy = _method(np.positive)
Tracked.__round__ = lambda x, digits=0: np.round(plain(x), digits)
Tracked.__divmod__ = lambda x, y: (x // y, x % y)
