"""Dataclasses of named numbers that do not change, which rules and schedules are.

A field takes the kind of number that its annotation or default shows, and a class
says which names have which range.
"""

from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from inspect import Parameter, Signature
from math import inf
from numbers import Integral, Real
from types import MappingProxyType

import numpy as np

from ..errors import DomainError, described
from .printing import show_call

AT_LEAST_0 = lambda x: 0 <= x < inf
FRACTION = lambda x: 0 <= x <= 1, "a fraction lies between 0 and 1"
DECAY = AT_LEAST_0, "a decay is at least 0, and finite"
COUNT = lambda x: x >= 1, "it counts steps, and is at least 1"

KINDS = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY


class _OfTheClass:
    """The signature of a class that has the constructor of `Numbered`.

    It is not that of its objects, which may be functions, and not that of a class with
    a constructor of its own.
    """

    def __get__(self, thing, cls):
        if thing is not None or cls.__init__ is not Numbered.__init__:
            raise AttributeError("__signature__")
        return cls._arguments


class Numbered:
    """The base of classes whose objects are a few numbers that do not change.

    A subclass states them as annotated fields, and is made a dataclass (without a
    decorator), of which nothing can be changed. Whole numbers are converted to floats
    where floats are meant. It needs no constructor; one of its own is inherited, as
    everywhere, and hands the numbers on by `super().__init__(eta=...)`.

    Attributes:
        fields: the names of the numbers.
        spellings: other spellings of fields, as `{"centered": "centred"}`.
        ranges: from a name to `(whether a number is inside, what the range is)`.
    """

    fields = ()
    spellings = MappingProxyType({})
    ranges = MappingProxyType({})
    _arguments = Signature()
    __signature__ = _OfTheClass()

    def __init_subclass__(cls):
        super().__init_subclass__()
        for name, value in list(vars(cls).items()):
            is_switch = hasattr(super(cls, cls), name) and name not in cls.fields
            if is_numbers(value) and name not in cls.__annotations__ and not is_switch:
                kind = "tuple" if isinstance(value, tuple) else "float"
                raise TypeError(
                    f"class {cls.__name__}: {name} = {value!r} is shared by all its "
                    f"objects. To make it a number of each write {name}: {kind} = "
                    f"{value!r}."
                )
        # What a dataclass would write itself is below, once for all: it compiles its
        # methods for each class, which were a quarter of the time of `import minigrad`.
        text = cls.__doc__
        dataclass(init=False, repr=False, eq=False)(cls)
        cls.fields = tuple(field.name for field in fields(cls))
        cls._arguments = _signature(cls)
        cls.__doc__ = text or f"{cls.__name__}{cls._arguments}"

    def __init__(self, *args, **kwargs):
        cls, spellings = type(self), self.spellings
        for other, name in spellings.items():
            if other in kwargs and name in kwargs:
                raise TypeError(f"{cls.__name__}: {other} and {name} are the same.")
        kwargs = {spellings.get(name, name): kwargs[name] for name in kwargs}
        unknown = [name for name in kwargs if name not in cls._arguments.parameters]
        try:
            if unknown:
                raise TypeError(f"got an unexpected keyword argument {unknown[0]!r}")
            given = cls._arguments.bind(*args, **kwargs).arguments
        except TypeError as error:
            wrong = TypeError(f"{cls.__name__}: {error}")
            names = ", ".join(f"{name}=..." for name in cls.fields)
            wrong.add_note(f"The numbers of {cls.__name__}: {names}")
            raise wrong from None
        start = {f.name: f.default for f in fields(self) if f.default is not MISSING}
        for field in fields(self):
            if field.default_factory is not MISSING and field.name not in given:
                start[field.name] = field.default_factory()
        vars(self).update(start | given)
        self.__post_init__()

    def __setattr__(self, name, value):
        if name in self.fields:
            advice = (
                f"Make another one; for a rule in a training, adjust_(state, {name}="
                f"...) does that. In a class of your own leave out @dataclass and "
                f"__init__: both are made from {name}: float = 0.1."
            )
        else:
            advice = (
                f"Its numbers are {', '.join(self.fields) or 'none'}. In a class of "
                f"your own, state one as {name}: float = 0.1, and leave out @dataclass "
                f"and __init__; what follows from the numbers is a property."
            )
        raise FrozenInstanceError(
            f"cannot assign to field {name!r}: {type(self).__name__} does not change. "
            f"{advice}"
        )

    def __delattr__(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}: it does not change.")

    def __post_init__(self):
        for field in fields(self):
            checked = self.checked(field, getattr(self, field.name))
            object.__setattr__(self, field.name, checked)

    def __eq__(self, other):
        return type(self) is type(other) and self._numbers() == other._numbers()

    def __hash__(self):
        return hash(self._numbers())

    def _numbers(self):
        return tuple(getattr(self, name) for name in self.fields)

    def __repr__(self):
        return show_call(self, self.fields)

    @classmethod
    def with_ranges(cls, **more):
        """The ranges of this class, and more of them."""
        return MappingProxyType({**cls.ranges, **more})

    @classmethod
    def checked(cls, field, given):
        """What is given for a field, as a float, int or bool, or a tuple of them.

        Fields whose default is something else take anything.

        Args:
            field: of the dataclass.
            given: by the caller of the constructor.

        Raises:
            TypeError: it is of another kind.
            DomainError: it is NaN, or outside the range of numbers of that name.
        """
        return _check(cls, field.name, given, _example(field), given)


def is_numbers(value):
    """Whether it is a number, or a tuple of numbers.

    >>> is_numbers((0.9, 0.999)), is_numbers("0.9")
    (True, False)
    """
    if isinstance(value, tuple):
        return bool(value) and all(map(is_numbers, value))
    return isinstance(value, Real)


def safeguard(epsilon, dtype):
    """`epsilon`, but in float16, where 1e-8 would round to 0, at least 1e-7.

    >>> safeguard(1e-8, np.dtype("float16")), safeguard(1e-8, np.dtype("float32"))
    (1e-07, 1e-08)
    """
    return max(epsilon, 1e-7) if epsilon and dtype.char == "e" else epsilon


def _signature(cls):
    """The numbers as arguments of the constructor."""
    arguments = []
    for field in sorted(fields(cls), key=lambda field: field.kw_only):
        default = field.default
        if default is MISSING:
            made = field.default_factory is not MISSING
            default = field.default_factory if made else Parameter.empty
        kind = KINDS[field.kw_only]
        if field.init:
            arguments.append(
                Parameter(field.name, kind, default=default, annotation=field.type)
            )
    try:
        return Signature(arguments)
    except ValueError:
        raise TypeError(
            f"class {cls.__name__}: a number without a default follows one that has "
            f"a default. Give it one, too: name: float = 0.1."
        ) from None


def _example(field):
    """A value such as the field takes."""
    kinds = {"float": float, "int": int, "bool": bool}
    default = None if field.default is MISSING else field.default
    number = isinstance(default, Real) and not isinstance(default, bool)
    kind = kinds.get(field.type, field.type)
    if kind not in (float, int, bool):
        return float(default) if number else default
    return kind(default) if isinstance(default, Real) else kind(4)


def _check(cls, name, given, like, shown):
    """`given`, if it is of the kind of `like`; messages show `shown`, all of it."""
    owner = cls.__name__
    if isinstance(like, tuple):
        if not isinstance(given, tuple | list) or len(given) != len(like):
            raise TypeError(
                f"{owner}({name}={given!r}): {name} is {len(like)} numbers, such as "
                f"{like}."
            )
        pairs = zip(given, like, strict=True)
        return tuple(_check(cls, name, one, each, given) for one, each in pairs)
    if isinstance(like, bool):
        return _check_flag(owner, name, given)
    if not isinstance(like, int | float):
        return given
    whole = isinstance(like, int)
    if isinstance(given, bool) or not isinstance(given, Integral if whole else Real):
        kind = f"{'whole' if whole else 'real'} number such as {like}"
        raise TypeError(
            f"{owner}({name}={shown!r}): {name} must be a {kind}, not "
            f"{described(given)}."
        )
    try:
        number = int(given) if whole else float(given)
    except OverflowError:
        number = inf
    inside, reason = cls.ranges.get(name, (lambda x: x == x, "it must not be NaN"))
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
