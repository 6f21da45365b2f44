"""How an operation gets its derivative: one table for all of them.

A *vjp* says how an operation `ans = f(x, y, ...)` sends a gradient back to one
of its arguments. It is a plain function `(g, ans, *args, **kwargs) -> gradient`,
where `g` is the gradient that arrived at `ans`. One line per argument:

    elementwise(np.multiply, lambda g, ans, x, y: g * y,
                             lambda g, ans, x, y: g * x)

Vjps are written in NumPy. When their inputs are tracked by an outer tape they
are recorded there in turn, and that is all there is to second derivatives.

Complex numbers: for a real result L, the gradient of `z = x + iy` is
`dL/dx + i dL/dy`, and vjps are given its conjugate and return the conjugate (it is
taken where gradients go onto a tape and leave it). So a line above is right for
complex numbers as it stands, as is that of every function with a complex
derivative f': `g * f'(x)`. Only functions such as `np.conj` have to know.
"""

from inspect import signature

import numpy as np

from ..errors import NoGradientError
from .operations import Composite, Constant, Each, Operation, Outputs, full_name

OPERATIONS = {}
"""Every function that may be called on tracked values: an `Operation`, or one of the
other kinds of `operations.py`."""


# --- Registering ---------------------------------------------------------------


def vjp(function, *vjps, broadcasts=False):
    """Register the derivatives of `function`, one vjp per positional argument.

    Args:
        function: a NumPy function, or one of your own marked with `primitive`.
        vjps: functions `(g, ans, *args, **kwargs)` returning the gradient of one
            argument, of that argument's shape; None for an argument without
            derivative. One `minigrad.autodiff.Each(vjp)` serves any number of
            arguments. They must not change `g` in place, which others get, too; and
            of large arrays they get only those that they mention.
        broadcasts: sum each gradient back to the shape of its argument.

    Returns:
        `function` itself.

    Raises:
        TypeError: `function` never arrives here, because it is traced through, as it
            is no primitive; or a vjp does not take `(g, ans, *args)`.

    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> _ = vjp(cube, lambda g, ans, x: g * 3 * x**2)
    >>> gradient(cube, 2.0)
    (12.0,)
    """
    check_vjps(function, vjps)
    OPERATIONS[function] = Operation(function, vjps, broadcasts)
    return function


def together(function):
    """Register one function for all vjps of `function`, because they share work.

    It takes over where no other tape records: where `g` and `ans` are plain arrays. So
    it may write into memory of its own, which the vjps, being differentiable, may not.

    Args:
        function: registered with `vjp` before.

    Returns:
        A decorator for `(wanted, g, ans, *args) -> gradients`: `wanted` lists positions
        of arguments, and their gradients come in the same order, each of exactly the
        shape and dtype of its argument.
    """

    def register(joint):
        OPERATIONS[function].together = joint
        return joint

    return register


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
    check_vjps(function, vjps)
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
        OPERATIONS[function] = Constant()


def composite(function):
    """Register a function by rewriting it with operations that have vjps.

    The parameters keep NumPy's names, so that keywords arrive where they should.

    Args:
        function: the NumPy function.

    Returns:
        A decorator for the function to call in its place on tracked values.

    >>> import numpy as np
    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def reach(a):
    ...     return float(max(a) - min(a))
    >>> @composite(reach)
    ... def reach_by_parts(a):
    ...     return np.max(a) - np.min(a)
    >>> gradient(reach, np.array([3.0, 1.0, 7.0]))
    (array([ 0., -1.,  1.]),)
    """

    def register(rewritten):
        OPERATIONS[function] = Composite(rewritten)
        return rewritten

    return register


def outputs(function, **vjps):
    """Register a function that returns a tuple: one name and its vjps per output.

    Derivatives add up, so each output sends back its share by itself. The vjps see
    all outputs: `(g, (q, r), x) -> gradient`, with the `g` of their own.

    Args:
        function: a NumPy function, or one of your own marked with `primitive`.
        vjps: for each output a tuple of vjps, one per positional argument, or one
            vjp; None for an output that carries no gradient.

    >>> from minigrad import gradient, primitive
    >>> @primitive
    ... def square_and_cube(x):
    ...     return x**2, x**3
    >>> outputs(square_and_cube, square=lambda g, ans, x: g * 2 * x,
    ...                          cube=lambda g, ans, x: g * 3 * ans[0])
    >>> def f(x):
    ...     square, cube = square_and_cube(x)
    ...     return square + cube
    >>> gradient(f, 2.0)
    (16.0,)
    """
    operations = []
    for name, each in vjps.items():
        each = each if isinstance(each, tuple) or each is None else (each,)
        operation = None if each is None else Operation(function, each)
        if operation is not None:
            operation.output = name
        operations.append(operation)
    OPERATIONS[function] = Outputs(operations)


def check_vjps(function, vjps):
    """Say what is wrong with a registration, before it is used or, worse, ignored."""
    name = full_name(function)
    own = hasattr(function, "is_primitive")
    if not own and not isinstance(function, np.ufunc):
        if not hasattr(function, "_implementation"):  # of those that NumPy hands on
            raise TypeError(
                f"vjp({name}, ...): gradient looks into an ordinary function and never "
                f"asks for its vjp. Mark it with @minigrad.primitive first."
            )
    if not vjps:
        raise TypeError(
            f"vjp({name}) was given no vjp; it is no decorator. Write vjp({name}, "
            f"lambda g, ans, x: ...), one function per argument."
        )
    for position, vjp in enumerate(vjps):
        if vjp is not None and not callable(vjp) and not isinstance(vjp, Each):
            raise TypeError(
                f"vjp({name}, ...): the vjp for argument {position} is {vjp!r}. It "
                f"must be a function (g, ans, *args) -> gradient, or None for an "
                f"argument without derivative."
            )
    if own and not isinstance(vjps[0], Each):
        _check_signatures(function, name, vjps)


def _check_signatures(function, name, vjps):
    parameters = signature(function).parameters.values()
    if any(p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY) for p in parameters):
        return
    if len(vjps) > len(parameters):
        raise TypeError(
            f"vjp({name}, ...): {len(vjps)} vjps were given, and {name} has "
            f"{len(parameters)} arguments. There is one for each."
        )
    names = ["g", "ans", *(p.name for p in parameters)]
    for position, vjp in enumerate(vjps):
        try:
            _ = vjp is None or signature(vjp).bind(*names)
        except TypeError:
            raise TypeError(
                f"The vjp of {name} for argument {position} is called as "
                f"({', '.join(names)}), and takes {signature(vjp)}. Give it the same "
                f"arguments."
            ) from None


# --- Asking --------------------------------------------------------------------


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
