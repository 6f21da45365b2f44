"""Schedules that go up and down between two values: triangles, sines, cosines.

All of them mix the two values by a wave between 0 and 1; the names say which wave,
and what becomes of its height from cycle to cycle.
"""

from math import ceil, cos, pi, sin
from numbers import Real

from ..schedule import Schedule


def mixed(first, last, share):
    """(1 - share) · first + share · last, which is exact at both ends.

    >>> mixed(1e-4, 1e-2, 1.0), mixed(1e-4, 1e-2, 0.0)
    (0.01, 0.0001)
    """
    return (1 - share) * first + share * last


def fall(x):
    """Half a cosine wave: (1 + cos πx) / 2, from 1 at x = 0 to 0 at x = 1.

    >>> fall(0), fall(1)
    (1.0, 0.0)
    """
    return (1 + cos(pi * x)) / 2


class Cycle(Schedule):
    """Goes between two values: min(l0, l1) + |l0 - l1| · wave(t).

    A subclass says what the wave is. (The positional arguments are `l0, l1, period`,
    as in the documentation of ParameterSchedulers.jl; its code takes the range
    |l0 - l1| and the lowest value instead when no names are written.)

    Args:
        l0: one end of the range.
        l1: the other end; which of both is the larger makes no difference.
        period: the steps after which it repeats itself, at least 1.
    """

    l0: float
    l1: float
    period: int

    def at(self, t):
        """Between the smaller end, where the wave is 0, and the larger, at 1."""
        low, high = sorted((self.l0, self.l1))
        return mixed(low, high, self.wave(t))

    def wave(self, t):
        """A number between 0 and 1."""
        raise NotImplementedError(f"{type(self).__name__} needs a method wave(self, t)")

    def phase(self, t):
        """The part of the period that has passed, 0 at its first step."""
        return (t - 1) % self.period / self.period

    def cycles(self, t):
        """How many periods have been completed before step t."""
        return (t - 1) // self.period


class Triangle(Cycle):
    """Up and down in straight lines: wave(t) = (2 / π) |asin(sin(π (t - 1) / period))|.

    It starts at the lowest value, is at the highest half a period later, and back
    after `period` steps. Half a period of it is a linear warm-up: see `Sequence`.

    Args:
        l0: one end of the range.
        l1: the other end; which of both is the larger makes no difference.
        period: the steps after which it is at its lowest again, at least 1.

    Source: `Triangle` of ParameterSchedulers.jl; `CyclicLR` of PyTorch with
    `step_size_up = period / 2`. Smith, "Cyclical Learning Rates for Training Neural
    Networks", arXiv:1506.01186.

    >>> [Triangle(l0=0.0, l1=1.0, period=4)(t) for t in range(1, 7)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """

    def wave(self, t):
        """The distance to the nearer end of the period, doubled."""
        x = self.phase(t)
        return 2 * min(x, 1 - x)  # the same as with sines, and exact


class TriangleDecay2(Triangle):
    """A triangle whose height halves with every cycle: wave(t) / 2^⌊(t - 1) / period⌋.

    Args:
        l0: one end of the range of the first cycle.
        l1: the other end; the lower of both stays.
        period: the steps after which it is at its lowest again, at least 1.

    Source: `TriangleDecay2` of ParameterSchedulers.jl; mode "triangular2" of PyTorch's
    `CyclicLR`.

    >>> [TriangleDecay2(l0=0.0, l1=1.0, period=2)(t) for t in range(1, 7)]
    [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]
    """

    def wave(self, t):
        """The triangle over two to the cycles."""
        return super().wave(t) * 0.5 ** self.cycles(t)


class TriangleExp(Triangle):
    """A triangle whose height falls in every step: wave(t) · decayᵗ⁻¹.

    Args:
        l0: one end of the range of the first cycle.
        l1: the other end; the lower of both stays.
        period: the steps after which it is at its lowest again, at least 1.
        decay: the factor of each step, at least 0.

    Source: `TriangleExp` of ParameterSchedulers.jl; mode "exp_range" of PyTorch's
    `CyclicLR`.

    >>> [TriangleExp(l0=0.0, l1=1.0, period=2, decay=0.5)(t) for t in range(1, 7)]
    [0.0, 0.5, 0.0, 0.125, 0.0, 0.03125]
    """

    decay: float

    def wave(self, t):
        """The triangle, decayed."""
        return super().wave(t) * self.decay ** (t - 1)


class Sin(Cycle):
    """Up and down as the half wave of a sine: wave(t) = |sin(π (t - 1) / period)|.

    It starts at the lowest value, and turns sharply there but smoothly at the highest.

    Args:
        l0: one end of the range.
        l1: the other end; which of both is the larger makes no difference.
        period: the steps after which it is at its lowest again, at least 1.

    Source: `Sin` of ParameterSchedulers.jl.

    >>> [round(Sin(l0=0.0, l1=1.0, period=4)(t), 3) for t in range(1, 7)]
    [0.0, 0.707, 1.0, 0.707, 0.0, 0.707]
    """

    def wave(self, t):
        """The first half of a sine, again and again."""
        return sin(pi * self.phase(t))


class SinDecay2(Sin):
    """A sine whose height halves with every cycle: wave(t) / 2^⌊(t - 1) / period⌋.

    Args:
        l0: one end of the range of the first cycle.
        l1: the other end; the lower of both stays.
        period: the steps after which it is at its lowest again, at least 1.

    Source: `SinDecay2` of ParameterSchedulers.jl.

    >>> [SinDecay2(l0=0.0, l1=1.0, period=2)(t) for t in range(1, 7)]
    [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]
    """

    def wave(self, t):
        """The sine over two to the cycles."""
        return super().wave(t) * 0.5 ** self.cycles(t)


class SinExp(Sin):
    """A sine whose height falls in every step: wave(t) · decayᵗ⁻¹.

    Args:
        l0: one end of the range of the first cycle.
        l1: the other end; the lower of both stays.
        period: the steps after which it is at its lowest again, at least 1.
        decay: the factor of each step, at least 0.

    Source: `SinExp` of ParameterSchedulers.jl.

    >>> [SinExp(l0=0.0, l1=1.0, period=2, decay=0.5)(t) for t in range(1, 7)]
    [0.0, 0.5, 0.0, 0.125, 0.0, 0.03125]
    """

    decay: float

    def wave(self, t):
        """The sine, decayed."""
        return super().wave(t) * self.decay ** (t - 1)


class CosAnneal(Cycle):
    """Down as half a cosine, then up at once: wave(t) = (1 + cos(π s / period)) / 2.

    s = (t - 1) mod period. It starts at the highest value and restarts there, warm,
    every `period` steps. With `restart=False`, s = t - 1: it swings up again as
    smoothly as it fell, and a whole wave takes two periods.

    Args:
        l0: one end of the range.
        l1: the other end; which of both is the larger makes no difference.
        period: the steps from one start to the next, at least 1.
        restart: whether to jump back to the highest value.

    Source: `CosAnneal`, formerly `Cos`, of ParameterSchedulers.jl;
    `CosineAnnealingWarmRestarts` of PyTorch, or `CosineAnnealingLR` without restart.
    Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
    arXiv:1608.03983.

    >>> [round(Cos(l0=1e-4, l1=1e-2, period=10)(t), 6) for t in (1, 2, 6, 10, 11)]
    [0.01, 0.009758, 0.00505, 0.000342, 0.01]
    >>> [round(Cos(0.0, 1.0, 2, restart=False)(t), 3) for t in range(1, 7)]
    [1.0, 0.5, 0.0, 0.5, 1.0, 0.5]
    """

    restart: bool = True

    def wave(self, t):
        """A falling half cosine, again and again."""
        return fall(self.phase(t) if self.restart else (t - 1) / self.period)


Cos = CosAnneal
"""The older name of `CosAnneal`."""


class OneCycle(Schedule):
    """Up from `startval` to `maxval` as half a cosine, then down to `endval`, once.

        t <= up:  startval + (maxval - startval) (1 - cos(π (t - 1) / up)) / 2
        t > up:   endval + (maxval - endval) (1 + cos(π (t - 1 - up) / down)) / 2

        up = ⌈percent_start · nsteps⌉,  down = nsteps - up

    Step up + 1 has the value `maxval`. A momentum that goes the other way, down and
    up again, has a `maxval` below the other two.

    Args:
        nsteps: how many steps there are, at least 1.
        maxval: the value between both halves.
        startval: the first value; `maxval / 25` unless given.
        endval: the value after the last; `maxval / 1e5` unless given.
        percent_start: the part of the steps in which it rises, a fraction from 0 to 1.

    Raises:
        IndexError: a step after `nsteps` is asked for.

    Source: `OneCycle` of ParameterSchedulers.jl. `OneCycleLR(total_steps=n + 1)` of
    PyTorch has these n values, if pct_start = (up + 1) / (n + 1), and then `endval`.
    Smith, Topin, "Super-Convergence",
    arXiv:1708.07120.

    >>> schedule = OneCycle(8, 1.0, startval=0.0, endval=0.0)
    >>> print([round(eta, 3) for eta in schedule])
    [0.0, 0.5, 1.0, 0.933, 0.75, 0.5, 0.25, 0.067]
    """

    nsteps: int
    maxval: float
    startval: float = None
    endval: float = None
    percent_start: float = 0.25

    def __post_init__(self):
        for name, share in ("startval", 25), ("endval", 1e5):
            if getattr(self, name) is None and isinstance(self.maxval, Real):
                object.__setattr__(self, name, self.maxval / share)
        super().__post_init__()

    @property
    def length(self):
        """`nsteps`."""
        return self.nsteps

    def at(self, t):
        """On the way up, or on the way down."""
        up = ceil(self.percent_start * self.nsteps)
        if t <= up:
            return mixed(self.maxval, self.startval, fall((t - 1) / up))
        return mixed(self.endval, self.maxval, fall((t - 1 - up) / (self.nsteps - up)))
