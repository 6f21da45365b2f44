"""Schedules that fall from a start: in stairs, geometrically, or as a power."""

from bisect import bisect_left
from itertools import accumulate

from ...errors import described
from ..schedule import Schedule, whole


class Step(Schedule):
    """Stairs: start · decayⁱ, where i counts the step sizes that have passed.

    `step_sizes=10` falls after steps 10, 20, 30, ...; `step_sizes=[10, 5]` after steps
    10 and 15, and stays there. (PyTorch's `MultiStepLR` takes the steps after which
    to fall, `milestones=[10, 15]`; here they are lengths.)

    Args:
        start: the first value.
        decay: the factor of each fall, at least 0.
        step_sizes: the length of every stair, or a list of lengths, each at least 1.

    Raises:
        TypeError: a length is not a whole number, or there is none.
        DomainError: a length is below 1.

    Source: `Step` of ParameterSchedulers.jl; `StepLR`, `MultiStepLR` of PyTorch.

    >>> [Step(0.1, 0.5, 2)(t) for t in range(1, 7)]
    [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    >>> [Step(start=0.1, decay=0.5, step_sizes=[1, 3])(t) for t in range(1, 7)]
    [0.1, 0.05, 0.05, 0.05, 0.025, 0.025]
    """

    start: float
    decay: float
    step_sizes: object

    def __post_init__(self):
        super().__post_init__()
        given = self.step_sizes
        if isinstance(given, list | tuple | range) and given:
            sizes = tuple(whole(each, "Step", "each step size") for each in given)
        elif isinstance(given, list | tuple | range | str):
            raise TypeError(
                f"Step(step_sizes={given!r}): {described(given)} of no lengths. Give "
                f"the length of every stair, such as 10, or a list such as [10, 5]."
            )
        else:
            sizes = whole(given, "Step", "step_sizes")
        object.__setattr__(self, "step_sizes", sizes)

    def at(self, t):
        """`start`, after as many falls as have passed."""
        if isinstance(self.step_sizes, int):
            falls = -(-t // self.step_sizes) - 1
        else:
            falls = bisect_left([*accumulate(self.step_sizes)], t)
        return self.start * self.decay**falls


class Exp(Schedule):
    """Falls by the same factor in every step: start · decayᵗ⁻¹.

    Args:
        start: the first value.
        decay: the factor, at least 0; above 1 it grows.

    Source: `Exp` of ParameterSchedulers.jl; `ExponentialLR` of PyTorch.

    >>> [Exp(start=0.8, decay=0.5)(t) for t in range(1, 5)]
    [0.8, 0.4, 0.2, 0.1]
    """

    start: float
    decay: float

    def at(self, t):
        """The start after t - 1 factors."""
        return self.start * self.decay ** (t - 1)


class Poly(Schedule):
    """Falls towards 0 as a power: start · (1 - (t - 1) / max_iter)ᵈᵉᵍʳᵉᵉ.

    It has `max_iter` steps; step max_iter + 1, where it would be 0, is not one.

    Args:
        start: the first value.
        degree: of the polynomial, at least 0; 1 is a straight line.
        max_iter: how many steps there are, at least 1.

    Raises:
        IndexError: a step after `max_iter` is asked for.

    Source: `Poly` of ParameterSchedulers.jl; `PolynomialLR` of PyTorch, which goes on
    with zeros.

    >>> list(Poly(start=0.8, degree=2, max_iter=4))
    [0.8, 0.45, 0.2, 0.05]
    """

    start: float
    degree: float
    max_iter: int

    @property
    def length(self):
        """`max_iter`."""
        return self.max_iter

    def at(self, t):
        """The power of what is left of the steps."""
        return self.start * (1 - (t - 1) / self.max_iter) ** self.degree


class Inv(Schedule):
    """Falls as the inverse of a power: start / (1 + (t - 1) · decay)ᵈᵉᵍʳᵉᵉ.

    Args:
        start: the first value.
        decay: how fast the denominator grows, at least 0.
        degree: the power, at least 0.

    Source: `Inv` of ParameterSchedulers.jl; `InverseTimeDecay` of TensorFlow has
    degree 1.

    >>> [Inv(start=0.9, decay=1, degree=2)(t) for t in range(1, 4)]
    [0.9, 0.225, 0.1]
    """

    start: float
    decay: float
    degree: float

    def at(self, t):
        """The start over a growing power."""
        return self.start / (1 + (t - 1) * self.decay) ** self.degree
