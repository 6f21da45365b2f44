"""Arrays that an implicit gradient recognises wherever a function finds them.

A plain NumPy array that a function finds in its closure cannot be told from any other.
A `Param` is a view of the same memory that can: while an implicit gradient runs, it
stands for a tracked value, and whatever is done with it is recorded. At all other
times, and in all other threads, it is an ordinary array.
"""

import operator
from contextvars import ContextVar

import numpy as np

from ..arrays import memory_owner
from ..autodiff.refusals import has_own_rules, own_rules
from ..autodiff.standing import stand_in, stand_ins
from ..errors import NoGradientError, described

_now = ContextVar("implicit gradient", default=None)

now = _now.get
"""`now()`: the `Standing` of the innermost implicit gradient; None outside of all."""


class Standing:
    """Which tracked value each array stands for, while a function runs.

    Attributes:
        by_id: from the id of an array to its tracked value, also of those of the
            gradients around this one.
        known: a `Parameters` that gives the array for other views of it.
        outer: the `Standing` around this one, or None.
    """

    __slots__ = ("by_id", "known", "outer")

    def __init__(self, by_id, known):
        self.outer, self.known = now(), known
        self.by_id = by_id if self.outer is None else {**self.outer.by_id, **by_id}

    def call(self, f):
        """What `f()` returns while this holds, in this thread."""
        token = _now.set(self)
        try:
            return f()
        finally:
            _now.reset(token)

    def look_for(self, x):
        """What a view stands for that is no parameter itself, but may be of one."""
        here = self
        while here is not None:
            found = here.known.find(x)
            if found is not None:
                entry, axes = found
                tracked = here.by_id.get(id(entry.array))
                return x if tracked is None else np.transpose(tracked, axes)
            if here.known.overlapping(x) is not None:
                raise NoGradientError(
                    f"A view of shape {x.shape} is a part of a parameter, and was "
                    f"taken before the function was called: its gradient would be "
                    f"lost. Take it inside of the function: W[0], W.reshape(-1)."
                )
            here = here.outer
        return x


def param(array):
    """A view of an array that implicit gradients recognise: `W = param(W)`.

    Only this view is recognised, and views of it: the array itself stays what it was,
    and the function has to use the result.

    Args:
        array: of floats. Numbers and lists become arrays of float64.

    Returns:
        A `Param`: an array with the same memory, so that a change of one is one of
        the other.

    Raises:
        TypeError: it holds no floats, which alone have gradients.

    >>> from minigrad.legacy import gradient, params
    >>> W = param(np.array([1.0, 2.0]))
    >>> W
    param([1., 2.])
    >>> gradient(lambda: (W**2).sum(), params(W))[W]
    array([2., 4.])
    """
    if isinstance(array, Param):
        return array
    x = array if isinstance(array, np.ndarray) else _as_array(array)
    if x.dtype.kind not in "fc":
        raise TypeError(
            f"param was given an array of dtype {x.dtype}, and only floats have "
            f"gradients. Write 2.0 for 2, or param(x.astype(float))."
        )
    if has_own_rules(x):
        raise own_rules(x)
    view = x.view(Param)
    view.array = x
    return view


def _as_array(given):
    try:
        x = np.array(given)
    except (TypeError, ValueError):
        x = np.array(None)
    if x.dtype.kind not in "fciub":
        raise TypeError(
            f"param needs an array, and was given {described(given)}. For all arrays "
            f"of a model write params(model)."
        )
    return x


def array_of(x):
    """The plain array behind a `Param`; anything else as it is."""
    return x.array if isinstance(x, Param) else x


class Param(np.ndarray):
    """A view of an array that implicit gradients recognise; made by `param`.

    What is computed from it outside of them is a plain array; a view of it (`W.T`,
    `W[0]`) is a `Param` again.

    Attributes:
        array: the plain array with the same memory.
    """

    __array_priority__ = 1.0  # so that `x.dot(W)` of a plain x comes here

    def __array_finalize__(self, obj):
        """NumPy calls this when it makes an array from `obj` by itself."""
        if isinstance(obj, Param) and now() and obj.__stand_in__() is not obj.array:
            raise NoGradientError(
                f"A parameter of shape {obj.shape} went into an operation that cannot "
                f"be recorded, such as x.dot(W) of a plain array x. Use the function "
                f"or the operator: np.dot(x, W), x @ W."
            )

    def __getattr__(self, name):
        if name == "array":  # made by NumPy and not by `param`
            self.array = np.ndarray.view(self, np.ndarray)
            return self.array
        if name == "__tracked_value__":
            x = self.__stand_in__()
            if x is not self.array:
                return x
        raise AttributeError(f"A parameter has no attribute {name!r}.")

    def __stand_in__(self):
        """The tracked value that this is, while one is; the plain array otherwise."""
        standing = now()
        if standing is None:
            return self.array
        found = standing.by_id.get(id(self.array))
        return standing.look_for(self.array) if found is None else found

    def __array_ufunc__(self, ufunc, how, *inputs, **kwargs):
        """NumPy calls this in place of a ufunc with a parameter as an argument."""
        out = kwargs.get("out")
        result = getattr(ufunc, how)(*map(stand_in, inputs), **stand_ins(kwargs))
        return out[0] if out and out[0] is not None and len(out) == 1 else result

    def __array_function__(self, function, types, args, kwargs):
        """NumPy calls this in place of any other function with a parameter."""
        return self._seen(function(*stand_ins(args), **stand_ins(kwargs)))

    def _seen(self, result):
        """A result as the user gets it: views of this memory are parameters, too."""
        if result is self.array:
            return self
        if type(result) is np.ndarray and result.base is not None:
            if memory_owner(result) is memory_owner(self.array):
                return param(result)
        return result

    def __repr__(self):
        return repr(self.array).replace("array", "param", 1)

    def __copy__(self):
        x = self.__stand_in__()
        return param(x.copy()) if x is self.array else x

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __reduce__(self):
        return param, (self.array,)


# --- Whatever an array can do, its stand-in does ------------------------------------


def _method(name):
    def method(self, *args, **kwargs):
        return self._seen(getattr(self.__stand_in__(), name)(*args, **kwargs))

    method.__doc__ = f"As of the array: `{name}`."
    return method


def _attribute(name):
    return property(
        lambda self: self._seen(getattr(self.__stand_in__(), name)),
        lambda self, value: setattr(self.__stand_in__(), name, value),
        doc=f"As of the array: `{name}`.",
    )


def _operator(function, swapped=False):
    if swapped:
        return lambda self, y: function(y, self.__stand_in__())
    return lambda self, *y: self._seen(function(self.__stand_in__(), *y))


_ABOUT = "shape dtype ndim size strides itemsize nbytes flags base data ctypes device"
_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_OTHERS = "eq ne lt le gt ge neg pos abs invert getitem setitem contains"
_CONVERSIONS = "__bool__ __int__ __float__ __complex__ __index__ __iter__ __divmod__"
_CONVERSIONS += " __rdivmod__ __str__ __format__"

for _name in dir(np.ndarray):
    if _name[0] != "_" and _name not in _ABOUT.split():
        _makes = _method if callable(getattr(np.ndarray, _name)) else _attribute
        setattr(Param, _name, _makes(_name))
for _name in _CONVERSIONS.split():
    setattr(Param, _name, _method(_name))
for _name in _BINARY.split():
    _function = getattr(operator, f"__{_name}__")
    setattr(Param, f"__{_name}__", _operator(_function))
    setattr(Param, f"__r{_name}__", _operator(_function, swapped=True))
    setattr(Param, f"__i{_name}__", _operator(getattr(operator, f"__i{_name}__")))
for _name in _OTHERS.split():
    setattr(Param, f"__{_name}__", _operator(getattr(operator, f"__{_name}__")))
Param.__hash__ = None
