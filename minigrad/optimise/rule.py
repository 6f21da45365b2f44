"""What all rules share: numbers with names, checked, and printed.

Subclass `Rule` for a rule of your own; any object with the methods `init` and
`apply` will do as well. A rule that computes each number of its step from the same
number of every array may give a `formula` instead of `apply`, and is then carried
out by a compiled loop.
"""

from functools import cache, cached_property
from inspect import signature
from numbers import Real
from types import FunctionType, MappingProxyType

import numpy as np

from ..errors import DomainError, described
from .numbers import AT_LEAST_0, Numbered, safeguard


class Rule(Numbered):
    """The base of all rules: numbers with names, that do not change.

    A subclass states its numbers as annotated fields with defaults, and is made a
    dataclass by that, whose numbers do not change. Whole numbers are converted to
    floats. What it does is said by `init` and `apply`, or by `init` and `formula`.

    Attributes:
        fields: the names of the numbers.
        formula: `formula(x, dx, *memory, *numbers)`, a static method that returns
            the step, followed by the new arrays of the memory if there are any. Its
            numbers are asked for by name: fields (`beta1` and `beta2` for the parts
            of a tuple `beta`), or what `numbers` gives. Written in NumPy's arithmetic
            and functions of one number (`np.sqrt`, `np.where`), line by line. The
            loop is made from its text, which Python has of files and notebooks.
        not_adjusted: fields that the memory depends on, which stay as they are.
        real_only: why it cannot be used for complex numbers, if it cannot.

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

    The same with a formula, and a memory:

    >>> class SignMomentum(Rule):
    ...     eta: float = 0.01
    ...     rho: float = 0.9
    ...
    ...     def init(self, x):
    ...         return np.zeros_like(x)
    ...
    ...     @staticmethod
    ...     def formula(x, dx, v, eta, rho):
    ...         v = rho * v + (1 - rho) * dx
    ...         return eta * np.sign(v), v
    >>> SignMomentum().apply(np.array([1.0]), np.array([5.0]), np.array([-2.0]))
    (array([0.7]), array([0.01]))
    """

    formula = None
    not_adjusted = ()
    real_only = ""

    ranges = MappingProxyType(
        {
            "eta": (AT_LEAST_0, "a learning rate is at least 0, and finite"),
            "beta": (lambda x: 0 <= x < 1, "each lies between 0 and 1, and below 1"),
            "epsilon": (AT_LEAST_0, "a safeguard is at least 0, and finite"),
        }
    )

    def __init_subclass__(cls):
        if isinstance(vars(cls).get("formula"), FunctionType):
            raise TypeError(
                f"class {cls.__name__}: formula knows nothing of self. Write "
                f"@staticmethod above def formula(x, dx, ...)."
            )
        super().__init_subclass__()

    def init(self, x):
        """The memory with which the rule starts for the array `x`.

        Args:
            x: a parameter, a float array of any shape.

        Returns:
            None, an array of the shape and dtype of `x`, or a tuple of such things.
            With a formula: the arrays first, then what else there is (the clock).
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method init(self, x)")

    def apply(self, state, x, dx):
        """The new memory, and the step to subtract from `x`.

        Args:
            state: what `init` returned, or the last `apply`; it must not be changed.
            x: the parameter; it must not be changed.
            dx: its gradient, of the same shape and dtype.

        Returns:
            `(state, step)`, the step of the shape and dtype of `x`, or None to leave
            `x` alone this time.
        """
        if self.formula is None:
            raise NotImplementedError(
                f"{type(self).__name__} needs a method apply(self, state, x, dx), or a "
                f"static method formula(x, dx, ...)"
            )
        if self.real_only and x.dtype.kind == "c":
            raise DomainError(f"{self!r} was given complex numbers: {self.real_only}.")
        memory, clock = split(state, self)
        names = parameters(self.formula)[2 + len(memory) :]
        numbers = numbers_of(self, len(memory), clock, x.dtype)
        by_name = dict(zip(names, numbers, strict=True))
        result = self.formula(x, dx, *memory, **by_name)
        result = result if isinstance(result, tuple) else (result,)
        step, *new = (_like(x, array) for array in result)
        return join(state, new, self.advance(*clock)), step

    def numbers(self, *clock):
        """Further numbers that `formula` may ask for in this step, by name.

        Args:
            clock: what the state holds besides arrays, as the powers of Adam's beta.
        """
        return {}

    @cached_property
    def _spread(self):
        """The fields by name; the parts of a tuple `beta` are `beta1` and `beta2`."""
        spread = {}
        for name in self.fields:
            value = getattr(self, name)
            many = value if isinstance(value, tuple) else ()
            spread[name] = value
            spread |= {f"{name}{place}": part for place, part in enumerate(many, 1)}
        return spread

    def advance(self, *clock):
        """The clock of the next step, a tuple."""
        return clock


def split(state, rule=None):
    """What a state holds, as `(arrays, clock)`.

    >>> split((np.zeros(1), np.ones(1), (0.9, 0.999)))
    ((array([0.]), array([1.])), ((0.9, 0.999),))
    >>> split(np.zeros(1)), split(None)
    (((array([0.]),), ()), ((), ()))
    """
    if state is None:
        return (), ()
    if isinstance(state, np.ndarray):
        return (state,), ()
    if not isinstance(state, tuple):
        raise TypeError(
            f"The state of {type(rule).__name__} is {described(state)}. With a "
            f"formula, init(self, x) returns None, an array, or a tuple that begins "
            f"with arrays."
        )
    count = 0
    while count < len(state) and isinstance(state[count], np.ndarray):
        count += 1
    return state[:count], state[count:]


def join(state, memory, clock):
    """The opposite of `split`, for a state like `state`."""
    if isinstance(state, tuple):
        return (*memory, *clock)
    return memory[0] if memory else None


def numbers_of(rule, remembered, clock, dtype):
    """The numbers that the formula of a rule is called with in this step.

    `epsilon` is large enough for the dtype: see `safeguard`.

    Raises:
        TypeError: the formula asks for a number that there is not.
    """
    found = {**rule._spread, **rule.numbers(*clock)}
    if dtype.char == "e" and "epsilon" in found:
        found["epsilon"] = safeguard(found["epsilon"], dtype)
    names = parameters(rule.formula)[2 + remembered :]
    try:
        numbers = list(map(found.__getitem__, names))
        if not NUMBERS.issuperset(map(type, numbers)):
            _check_numbers(rule, dict(zip(names, numbers, strict=True)))
        return numbers
    except KeyError as error:
        raise TypeError(
            f"The formula of {type(rule).__name__} asks for {error.args[0]}, and its "
            f"numbers are {', '.join(found) or 'none'}. (init made "
            f"{remembered} arrays, which come right after x and dx.)"
        ) from None


NUMBERS = frozenset((float, int, bool))


def _check_numbers(rule, numbers):
    for name, number in numbers.items():
        if not isinstance(number, Real):
            raise TypeError(
                f"The formula of {type(rule).__name__} asks for {name}, which is "
                f"{described(number)} and not a number."
            )


def _like(x, array):
    """What a formula returned, in the shape and dtype of `x`."""
    array = np.asarray(array, x.dtype)
    return array if array.shape == x.shape else np.broadcast_to(array, x.shape).copy()


@cache
def parameters(formula):
    """The names of the parameters of a formula."""
    return tuple(signature(formula).parameters)
