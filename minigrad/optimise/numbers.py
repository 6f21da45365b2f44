"""The numbers of rules and schedules: what is accepted in which field.

A field takes the kind of number that its annotation or default shows. The names
that all rules share also have a range.
"""

from dataclasses import MISSING
from numbers import Integral, Real

import numpy as np

from ..errors import DomainError, described

_FRACTION = lambda x: 0 <= x <= 1, "a fraction lies between 0 and 1"
_AT_LEAST_0 = lambda x: 0 <= x < np.inf

_RANGES = {
    "eta": (_AT_LEAST_0, "a learning rate is at least 0, and finite"),
    "rho": _FRACTION,
    "beta": (lambda x: 0 <= x < 1, "each lies between 0 and 1, and below 1"),
    "epsilon": (_AT_LEAST_0, "a safeguard is at least 0, and finite"),
    "lambda_": (_AT_LEAST_0, "a decay is at least 0, and finite"),
    "delta": (lambda x: x >= 0, "a bound is at least 0"),
    "omega": (lambda x: x >= 0, "the largest norm is at least 0"),
    "n": (lambda x: x >= 1, "a count of steps is at least 1"),
}


def checked_number(owner, field, given):
    """What is given for a field, as a float, int or bool, or a tuple of them.

    Fields whose default is something else take anything.

    Args:
        owner: the name of the class, for messages.
        field: of a dataclass.
        given: by the caller of the constructor.

    Raises:
        TypeError: it is of another kind.
        DomainError: it is NaN, or outside the range of numbers of that name.
    """
    return _check(owner, field.name, given, _example(field), given)


def safeguard(epsilon, dtype):
    """`epsilon`, but in float16, where 1e-8 would round to 0, at least 1e-7.

    >>> safeguard(1e-8, np.dtype("float16")), safeguard(1e-8, np.dtype("float32"))
    (1e-07, 1e-08)
    """
    return max(epsilon, 1e-7) if epsilon and dtype.char == "e" else epsilon


def is_numbers(value):
    """Whether it is a number, or a tuple of numbers.

    >>> is_numbers((0.9, 0.999)), is_numbers("0.9")
    (True, False)
    """
    if isinstance(value, tuple):
        return bool(value) and all(map(is_numbers, value))
    return isinstance(value, Real)


def _example(field):
    """A value such as the field takes."""
    kinds = {"float": 0.0, "int": 0, "bool": False, float: 0.0, int: 0, bool: False}
    if field.type in kinds:
        return kinds[field.type]
    default = None if field.default is MISSING else field.default
    number = isinstance(default, Real) and not isinstance(default, bool)
    return float(default) if number else default


def _check(owner, name, given, like, shown):
    """`given`, if it is of the kind of `like`; messages show `shown`, all of it."""
    if isinstance(like, tuple):
        if not isinstance(given, tuple | list) or len(given) != len(like):
            raise TypeError(
                f"{owner}({name}={given!r}): {name} is {len(like)} numbers, such as "
                f"{like}."
            )
        pairs = zip(given, like, strict=True)
        return tuple(_check(owner, name, one, each, given) for one, each in pairs)
    if isinstance(like, bool):
        return _check_flag(owner, name, given)
    if not isinstance(like, int | float):
        return given
    whole = isinstance(like, int)
    if isinstance(given, bool) or not isinstance(given, Integral if whole else Real):
        kind = "whole number such as 4" if whole else f"real number such as {like}"
        raise TypeError(
            f"{owner}({name}={shown!r}): {name} must be a {kind}, not "
            f"{described(given)}."
        )
    try:
        number = int(given) if whole else float(given)
    except OverflowError:
        number = np.inf
    inside, reason = _RANGES.get(name, (lambda x: x == x, "it must not be NaN"))
    if not inside(number):
        raise DomainError(f"{owner}({name}={shown!r}): {reason}.")
    return number


def _check_flag(owner, name, given):
    if not isinstance(given, bool | np.bool_):
        raise TypeError(
            f"{owner}({name}={given!r}): {name} is a switch, True or False, not "
            f"{described(given)}."
        )
    return bool(given)
