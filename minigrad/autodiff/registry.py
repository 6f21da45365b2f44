"""How an operation gets its derivative: one table for all of them.

A *vjp* says how an operation `ans = f(x, y, ...)` sends a gradient back to one
of its arguments. It is a plain function `(g, ans, *args, **kwargs) -> gradient`,
where `g` is the gradient that arrived at `ans`. One line per argument:

    elementwise(np.multiply, lambda g, ans, x, y: g * y,
                             lambda g, ans, x, y: g * x)

Vjps are written in NumPy. When their inputs are tracked by an outer tape they
are recorded there in turn, and that is all there is to second derivatives.
"""

from inspect import Parameter, signature

import numpy as np

from ..errors import NoGradientError

OPERATIONS = {}
"""Every function that may be called on tracked values, with its `Operation`."""


class Operation:
    """A function together with its vjps, as it appears on a tape.

    Attributes:
        function: what is called, for instance `np.multiply`.
        vjps: one per positional argument; None where there is no derivative.
        broadcasts: whether NumPy broadcasts the arguments against each other, so
            that a gradient must be summed back to its argument's shape.
        keywords: the keyword arguments that the vjps take; None for any.
        ignored: keyword arguments that the vjps need not know about.
        out: the position of an argument `out` among the positional ones, or None.
    """

    __slots__ = ("broadcasts", "function", "ignored", "keywords", "out", "vjps")

    def __init__(self, function, vjps, broadcasts=False, ignored=frozenset()):
        if len(vjps) == 1 and isinstance(vjps[0], Each):
            vjps = vjps[0]
            known = [_keywords(vjps.vjp)]
        else:
            known = [_keywords(vjp) for vjp in vjps if vjp is not None]
        self.function = function
        self.vjps = vjps
        self.broadcasts = broadcasts
        self.keywords = None if None in known else frozenset().union(*known)
        self.ignored = ignored
        first = (known and known[0]) or ()
        self.out = first.index("out") if "out" in first else None

    @property
    def name(self):
        """The full name, `numpy.linalg.norm`, under which a reader finds it."""
        return full_name(self.function)

    def __repr__(self):
        return f"Operation({self.name})"


class Composite:
    """A function that is rewritten in terms of operations that have vjps."""

    __slots__ = ("rewritten",)

    def __init__(self, rewritten):
        self.rewritten = rewritten


class Constant:
    """A function whose derivative is zero wherever there is one."""

    __slots__ = ()


CONSTANT = Constant()


# --- Registering ---------------------------------------------------------------


def vjp(function, *vjps, broadcasts=False):
    """Register the derivatives of `function`, one vjp per positional argument.

    Args:
        function: a NumPy function, or one of your own marked with `primitive`.
        vjps: functions `(g, ans, *args, **kwargs)` returning the gradient of one
            argument, of that argument's shape; None for an argument without
            derivative. One `minigrad.autodiff.Each(vjp)` serves
            any number of arguments.
        broadcasts: sum each gradient back to the shape of its argument.

    Returns:
        `function` itself.

    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> _ = vjp(cube, lambda g, ans, x: g * 3 * x**2)
    >>> gradient(cube, 2.0)
    (12.0,)
    """
    OPERATIONS[function] = Operation(function, vjps, broadcasts)
    return function


UFUNC_KEYWORDS = frozenset(("casting", "dtype", "order", "subok"))


def elementwise(function, *vjps):
    """Register a function that works number by number and broadcasts.

    The vjps may ignore broadcasting: a gradient is summed back to the shape of
    its argument in one place (`minigrad.autodiff.tape.fit`).

    Args:
        function: a NumPy ufunc, or one of your own marked with `primitive`.
        vjps: as in `vjp`, one per positional argument.

    Returns:
        `function` itself.

    >>> import numpy as np
    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def half_square(x):
    ...     return x * x / 2
    >>> _ = elementwise(half_square, lambda g, ans, x: g * x)
    >>> gradient(lambda x: half_square(x).sum(), np.array([1.0, 2.0]))
    (array([1., 2.]),)
    """
    OPERATIONS[function] = Operation(function, vjps, True, UFUNC_KEYWORDS)
    return function


def constant(*functions):
    """Register functions whose result carries no gradient: `np.sign`, `np.argmax`.

    They see the values behind their arguments and return plain values.

    Args:
        functions: NumPy functions, or your own marked with `primitive`.

    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def whole_part(x):
    ...     return int(x)
    >>> constant(whole_part)
    >>> gradient(lambda x: x * whole_part(x), 2.5)
    (2.0,)
    """
    for function in functions:
        OPERATIONS[function] = CONSTANT


def composite(function):
    """Register a function by rewriting it with operations that have vjps.

    The parameters keep NumPy's names, so that keywords arrive where they should.

    Args:
        function: the NumPy function.

    Returns:
        A decorator for the function to call in its place on tracked values.

    >>> import numpy as np
    >>> from minigrad import gradient
    >>> @composite(np.ptp)
    ... def ptp(a, axis=None):
    ...     return np.max(a, axis) - np.min(a, axis)
    >>> gradient(np.ptp, np.array([3.0, 1.0, 7.0]))
    (array([ 0., -1.,  1.]),)
    >>> _ = OPERATIONS.pop(np.ptp)  # this was only an example
    """

    def register(rewritten):
        OPERATIONS[function] = Composite(rewritten)
        return rewritten

    return register


class Each:
    """One vjp for every argument of a function that takes any number of them.

    It is called as `vjp(g, ans, position, *args, **kwargs)`.
    """

    __slots__ = ("vjp",)

    def __init__(self, vjp):
        self.vjp = vjp

    def __getitem__(self, position):
        return lambda g, ans, *args, **kwargs: self.vjp(
            g, ans, position, *args, **kwargs
        )


def _keywords(vjp):
    """The names of the arguments behind `(g, ans)`, or None if it takes any."""
    parameters = list(signature(vjp).parameters.values())[2:]
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return tuple(parameter.name for parameter in parameters)


# --- Asking --------------------------------------------------------------------


def full_name(function):
    """The name of a function with its module: `numpy.linalg.inv`.

    >>> import numpy as np
    >>> full_name(np.linalg.inv), full_name(np.add)
    ('numpy.linalg.inv', 'numpy.add')
    """
    name = getattr(function, "__name__", repr(function))
    module = getattr(function, "__module__", None)
    if module is None:  # a ufunc, which may be NumPy's or somebody else's
        module = "numpy" if getattr(np, name, None) is function else ""
    return f"{module}.{name}" if module else name


def operation_of(function):
    """The entry of `function` in the table, or an error that says what to do."""
    found = OPERATIONS.get(function)
    if found is None:
        name = full_name(function)
        short = name.replace("numpy.", "np.", 1)
        raise NoGradientError(
            f"{name} has no vjp here, so no gradient can pass through it. Write it "
            f"with functions that have one, or add yours: minigrad.vjp({short}, "
            f"lambda g, ans, x: ...), one function per argument, each returning the "
            f"gradient of that argument. If its result does not depend smoothly on "
            f"its input, minigrad.constant({short}) says so."
        )
    return found
