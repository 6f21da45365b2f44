"""Recording: what happens when a function is called on tracked values.

Every operation goes through `record`: compute with the values behind the arguments,
append one entry to the tape, return the result tracked.
"""

from functools import wraps
from inspect import signature

import numpy as np

from ..arrays import plain
from ..functors import children, rebuild
from .operations import Composite, Operation, Outputs, full_name
from .refusals import (
    escaped,
    has_own_rules,
    no_plain_array,
    no_vjp,
    own_rules,
    unknown_keyword,
    writes_into_an_array,
)
from .registry import OPERATIONS, operation_of
from .standing import STANDING, stand_ins
from .tape import Shadow
from .tracked import Tracked

_FLOAT = np.dtype(float)
CONTAINERS = np.ndarray, tuple, list
LARGE = 1 << 14
"""Arrays of so many bytes are left off the tape if no vjp will use them."""


def record(function, args, kwargs):
    """Call `function` on the values behind `args`, and note it on their tape.

    Of several tapes (a `gradient` inside a `gradient`) the innermost takes its
    values first; the call on those values is then recorded by the next one out.
    """
    if STANDING:
        args, kwargs = stand_ins(args), stand_ins(kwargs)
    operation = OPERATIONS.get(function) or operation_of(function)
    if type(operation) is not Operation:
        return _other_kinds(operation, function, args, kwargs)
    if kwargs:
        args, kwargs = _check_keywords(operation, args, kwargs)
    tape, values, parents, vjps = None, [], [], operation.vjps
    try:
        for position, arg in enumerate(args):
            if type(arg) is Tracked:
                if tape is None:
                    tape = arg.tape
                elif arg.tape is not tape:  # more than one: begin again
                    tape, values, parents = _innermost(args, vjps)
                    break
                if vjps[position] is not None:
                    parents.append((position, arg.index))
                arg = arg.value
            values.append(arg)
    except IndexError:  # more arguments than vjps
        raise no_vjp(operation, len(values)) from None
    if tape.closed:
        raise escaped()
    if operation.out is not None:
        _without_out_in_its_place(operation, function, values)
    ans = function(*values, **kwargs) if kwargs else function(*values)
    if kwargs:
        if getattr(ans, "dtype", _FLOAT).kind not in "fcO":
            return ans  # as np.sum(x, dtype=int)
        kwargs = {k: v for k, v in kwargs.items() if k not in operation.ignored}
    return note(tape, operation, ans, values, kwargs, parents)


def note(tape, operation, ans, values, kwargs, parents):
    """Append a call and its result to the tape, and return the result tracked."""
    kept, kind = ans, type(ans)
    if kind is np.ndarray and ans.dtype.kind != "O":
        if parents and ans.nbytes >= LARGE and not tape.complete:
            kept, *values = _what_vjps_use(operation, [ans, *values], parents)
    elif kind is np.float64:
        if not any(hasattr(x, "dtype") for x in values):
            kept = ans = float(ans)  # of Python numbers: like one, promotes no array
    elif isinstance(ans, np.ndarray) and kind is not np.ndarray:
        if has_own_rules(ans):
            raise own_rules(ans)
    elif isinstance(ans, CONTAINERS) or (kind is Tracked and ans.tape is tape):
        raise no_plain_array(operation, ans)
    if not parents:
        return ans
    index = len(tape)
    tape.append((operation, kept, values, kwargs, parents))
    return Tracked(ans, tape, index)


def _innermost(args, vjps):
    """The tape of the innermost `gradient`, the values on it, and their parents."""
    tapes = [arg.tape for arg in args if type(arg) is Tracked]
    tape = max(tapes, key=lambda tape: tape.born)
    on_tape = [type(arg) is Tracked and arg.tape is tape for arg in args]
    values = [x.value if on else x for x, on in zip(args, on_tape, strict=True)]
    parents = [
        (position, arg.index)
        for position, arg in enumerate(args)
        if on_tape[position] and vjps[position] is not None
    ]
    return tape, values, parents


def _what_vjps_use(operation, values, parents):
    """`[ans, *args]` with shadows in place of arrays that will not be needed."""
    used = set()
    for position, _ in parents:
        uses = operation.uses[position] if operation.uses else None
        if uses is None:
            return values
        used |= uses
    return [
        Shadow(x.shape, x.dtype)
        if type(x) is np.ndarray and position not in used
        else x
        for position, x in enumerate(values)
    ]


def primitive(function):
    """Mark a function of arrays as one operation; register its vjps with `vjp`.

    Called with tracked arguments it is recorded as a single entry: what happens
    inside it is not traced.

    Args:
        function: of arrays and numbers; those that a gradient should reach must be
            arguments of their own, not entries of a list.

    Returns:
        The function to call in its place, and to hand to `vjp`.

    >>> from minigrad import gradient, vjp
    >>> @primitive
    ... def double(x):
    ...     return x + x
    >>> _ = vjp(double, lambda g, ans, x: g + g)
    >>> gradient(double, 1.0)
    (2.0,)
    """

    @wraps(function)
    def call(*args, **kwargs):
        if STANDING:
            args, kwargs = stand_ins(args), stand_ins(kwargs)
        for arg in args:
            if type(arg) is Tracked:
                return record(call, args, kwargs)
        if kwargs and _any_tracked(kwargs.values()):
            return record(call, args, kwargs)
        return function(*args, **kwargs)

    call.is_primitive = True
    return call


def _any_tracked(values):
    return any(type(value) is Tracked for value in values)


def _other_kinds(operation, function, args, kwargs):
    kwargs = _without_out(function, kwargs)
    if isinstance(operation, Composite):
        _without_out_in_its_place(operation, function, args)
        known = operation.keywords
        for key in kwargs if known is not None else ():
            if key not in known:
                raise unknown_keyword(function, known, key)
        return operation.rewritten(*args, **kwargs)
    if type(operation) is Outputs:
        return _record_outputs(operation.operations, function, args, kwargs)
    for arg in args:
        if type(arg) is Tracked and arg.tape.complete:
            arg.tape.cut(function, arg.index)
    args = [_plain_arguments(arg) for arg in args]
    return function(*args, **{key: plain(value) for key, value in kwargs.items()})


def _record_outputs(operations, function, args, kwargs):
    """One entry for each output that carries a gradient; all of them know all."""
    none = [None] * len(args)
    tape, values, _ = _innermost(args, none)
    if tape.closed:
        raise escaped()
    found, entries = function(*values, **kwargs), []
    for operation, part in zip(operations, found, strict=True):
        _, _, parents = _innermost(args, operation.vjps if operation else none)
        if parents:
            tape.append((operation, found, values, kwargs, parents))
            part = Tracked(part, tape, len(tape) - 1)
        entries.append(part)
    return rebuild(found, dict(zip(children(found), entries, strict=True)))


def _plain_arguments(arg):
    return type(arg)(map(plain, arg)) if type(arg) in (list, tuple) else plain(arg)


def _check_keywords(operation, args, kwargs):
    """Arguments and keywords as the vjps take them, or a sentence why not."""
    kwargs = _without_out(operation.function, kwargs)
    if _any_tracked(kwargs.values()):
        bound = signature(operation.function).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
        for key, value in kwargs.items():
            if type(value) is Tracked:
                raise no_vjp(operation, key)
    known = operation.keywords
    for key in kwargs:
        if known is not None and key not in known | operation.ignored:
            raise unknown_keyword(operation.function, known, key, operation.ignored)
    return args, kwargs


def _without_out_in_its_place(operation, function, args):
    if operation.out is not None and len(args) > operation.out:
        _without_out(function, {"out": args[operation.out]})


def _without_out(function, kwargs):
    if kwargs.get("out") is not None:
        raise writes_into_an_array(full_name(function))
    return {key: value for key, value in kwargs.items() if key != "out"}


# --- Two operations of arrays that NumPy has no functions for -----------------------


@primitive
def getitem(x, index):
    """`x[index]`: the one operation of arrays that has no NumPy function."""
    return x[index]


@primitive
def astype(x, dtype):
    """`x.astype(dtype)`, for numbers as well."""
    return x.astype(dtype) if hasattr(x, "astype") else np.dtype(dtype).type(x)
