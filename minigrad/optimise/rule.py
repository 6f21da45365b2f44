"""What all rules share: numbers with names, checked, and printed.

Subclass `Rule` for a rule of your own; any object with the methods `init` and
`apply` will do as well.
"""

from dataclasses import MISSING, dataclass, fields
from functools import wraps
from numbers import Real

import numpy as np

from ..errors import DomainError, described
from .printing import show

_RANGES = {
    "eta": (lambda x: 0 <= x < np.inf, "a learning rate is at least 0, and finite"),
    "rho": (lambda x: 0 <= x <= 1, "a fraction lies between 0 and 1"),
    "beta": (lambda x: 0 <= x < 1, "each lies between 0 and 1, and below 1"),
    "epsilon": (lambda x: 0 <= x < np.inf, "a safeguard is at least 0, and finite"),
}


class Rule:
    """The base of all rules: numbers with names, that do not change.

    A subclass states its numbers as annotated fields with defaults and becomes a
    frozen dataclass. Whole numbers are converted to floats.

    Attributes:
        fields: the names of the numbers.

    Raises:
        TypeError: a number is not a number.
        DomainError: it is NaN, or outside its range (a negative learning rate).

    >>> class SignDescent(Rule):
    ...     eta: float = 0.01
    ...
    ...     def init(self, x):
    ...         return None
    ...
    ...     def apply(self, state, x, dx):
    ...         return state, self.eta * np.sign(dx)
    >>> SignDescent(1), SignDescent.fields
    (SignDescent(1.0), ('eta',))
    """

    fields = ()

    def __init_subclass__(cls):
        super().__init_subclass__()
        for name, value in vars(cls).items():
            if _is_numbers(value) and name not in cls.__annotations__:
                kind = "tuple" if isinstance(value, tuple) else "float"
                raise TypeError(
                    f"class {cls.__name__}: {name} = {value!r} is shared by all its "
                    f"rules. To make it a number of the rule write {name}: {kind} = "
                    f"{value!r}."
                )
        dataclass(frozen=True, repr=False)(cls)
        cls.fields = tuple(field.name for field in fields(cls))
        cls.__init__ = _with_a_note(cls.__init__, cls)

    def __post_init__(self):
        for field in fields(self):
            given = getattr(self, field.name)
            like = _example(field)
            checked = _check(type(self).__name__, field.name, given, like)
            object.__setattr__(self, field.name, checked)

    def __repr__(self):
        numbers = {name: show(getattr(self, name)) for name in self.fields}
        if len(numbers) == 1:
            return f"{type(self).__name__}({next(iter(numbers.values()))})"
        pairs = (f"{name}={number}" for name, number in numbers.items())
        return f"{type(self).__name__}({', '.join(pairs)})"

    def init(self, x):
        """The memory with which the rule starts for the array `x`.

        Args:
            x: a parameter, a float array of any shape.

        Returns:
            None, an array of the shape and dtype of `x`, or a tuple of such things.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method init(self, x)")

    def apply(self, state, x, dx):
        """The new memory, and the step to subtract from `x`.

        Args:
            state: what `init` returned, or the last `apply`; it must not be changed.
            x: the parameter; it must not be changed.
            dx: its gradient, of the same shape and dtype.

        Returns:
            `(state, step)`, the step of the shape and dtype of `x`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method apply(self, state, x, dx)"
        )


def _is_numbers(value):
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_numbers, value))
    return isinstance(value, Real)


def _with_a_note(init, cls):
    """The constructor, whose errors about names list the names there are."""

    @wraps(init)
    def call(self, *args, **kwargs):
        try:
            init(self, *args, **kwargs)
        except TypeError as error:
            if "argument" in str(error):
                names = ", ".join(f"{name}=..." for name in cls.fields)
                error.add_note(f"The numbers of {cls.__name__} are {names}.")
            raise

    return call


def _example(field):
    """A value such as the field takes: a float, a tuple of floats, or anything."""
    if field.default is MISSING:
        return 0.0 if field.type in (float, "float") else None
    number = isinstance(field.default, Real) and not isinstance(field.default, bool)
    return float(field.default) if number else field.default


def _check(rule, name, given, like, whole=None):
    """`given` as a float, or as a tuple of floats, if `like` is one.

    Messages show `whole`, the tuple that `given` stands in.
    """
    shown = given if whole is None else whole
    if isinstance(like, tuple):
        if not isinstance(given, tuple | list) or len(given) != len(like):
            raise TypeError(
                f"{rule}({name}={given!r}): {name} is {len(like)} numbers, such as "
                f"{like}."
            )
        pairs = zip(given, like, strict=True)
        return tuple(_check(rule, name, one, each, given) for one, each in pairs)
    if not isinstance(like, float):
        return given
    if isinstance(given, bool) or not isinstance(given, Real):
        raise TypeError(
            f"{rule}({name}={shown!r}): {name} must be a real number such as {like}, "
            f"not {described(given)}."
        )
    try:
        number = float(given)
    except OverflowError:
        number = np.inf
    inside, reason = _RANGES.get(name, (lambda x: x == x, "it must not be NaN"))
    if not inside(number):
        raise DomainError(f"{rule}({name}={shown!r}): {reason}.")
    return number
