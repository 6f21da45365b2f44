"""Rules that divide each number of the gradient by its usual size."""

from types import MappingProxyType

import numpy as np

from ..numbers import FRACTION, safeguard
from ..rule import Rule


class AdaGrad(Rule):
    """Steps that shrink where gradients were large: `x <- x - eta dx / (√s + epsilon)`.

        s <- s + |dx|²     the sum of all squares so far

    Args:
        eta: the learning rate.
        epsilon: keeps the division finite; the sum starts with it.

    Source: Duchi, Hazan & Singer, "Adaptive Subgradient Methods for Online Learning
    and Stochastic Optimization", JMLR 12 (2011).

    >>> rule, x, dx = AdaGrad(eta=0.1), np.zeros(1), np.array([3.0])
    >>> state, first = rule.apply(rule.init(x), x, dx)
    >>> state, second = rule.apply(state, x, dx)
    >>> print(first.round(4), second.round(4))
    [0.1] [0.0707]
    """

    eta: float = 0.1
    epsilon: float = 1e-8

    def init(self, x):
        """The sum of the squares, at epsilon."""
        return np.full_like(x, safeguard(self.epsilon, x.dtype))

    @staticmethod
    def formula(x, dx, s, eta, epsilon):
        """The gradient over the root of the sum of its squares."""
        s = s + np.abs(dx) ** 2
        return eta * dx / (np.sqrt(s) + epsilon), s


class RMSProp(Rule):
    """Steps of about `eta` each, whatever the size of the gradient.

        s <- rho s + (1 - rho) |dx|²        the mean square of the gradients
        x <- x - eta dx / (√s + epsilon)

    Centred, it divides by the standard deviation instead: the mean of the gradients
    is kept too, and its square subtracted from `s`.

    Args:
        eta: the learning rate.
        rho: how much of the means is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.
        centred: whether to divide by the standard deviation. It decides what the
            rule remembers, so it cannot be adjusted afterwards.

    Source: Tieleman & Hinton, "Neural Networks for Machine Learning", lecture 6.5
    (2012); centred: Graves, arXiv:1308.0850.

    >>> rule, x = RMSProp(eta=0.1, rho=0.0), np.zeros(2)
    >>> state, step = rule.apply(rule.init(x), x, np.array([1e-3, -1e3]))
    >>> print(step.round(4))
    [ 0.1 -0.1]
    """

    eta: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    centred: bool = False

    ranges = Rule.with_ranges(rho=FRACTION)

    spellings = MappingProxyType({"centered": "centred"})
    not_adjusted = ("centred",)

    def init(self, x):
        """The mean square, and if it is centred the mean, at zero."""
        square = np.zeros_like(x)
        return (square, np.zeros_like(x)) if self.centred else square

    @property
    def formula(self):
        """One of two."""
        return _by_deviation if self.centred else _by_mean_square


def _by_mean_square(x, dx, s, eta, rho, epsilon):
    s = rho * s + (1 - rho) * np.abs(dx) ** 2
    return eta * dx / (np.sqrt(s) + epsilon), s


def _by_deviation(x, dx, s, m, eta, rho, epsilon):
    s = rho * s + (1 - rho) * np.abs(dx) ** 2
    m = rho * m + (1 - rho) * dx
    variance = np.maximum(s - np.abs(m) ** 2, 0.0)  # rounding can make it negative
    return eta * dx / (np.sqrt(variance) + epsilon), s, m


class AdaDelta(Rule):
    """Steps in proportion to the steps before, so without a learning rate.

        s <- rho s + (1 - rho) |dx|²                    of the gradients
        dx' = dx √(d + epsilon) / √(s + epsilon)
        d <- rho d + (1 - rho) |dx'|²                   of the steps
        x <- x - dx'

    Args:
        rho: how much of the two mean squares is kept from step to step.
        epsilon: starts it all: the first step is about √epsilon.

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv:1212.5701.

    >>> rule, x = AdaDelta(rho=0.0), np.zeros(2)
    >>> state, step = rule.apply(rule.init(x), x, np.array([1.0, -1e3]))
    >>> print(step.round(6))
    [ 0.0001 -0.0001]
    """

    rho: float = 0.9
    epsilon: float = 1e-8

    ranges = Rule.with_ranges(rho=FRACTION)

    def init(self, x):
        """Both mean squares, at zero."""
        return np.zeros_like(x), np.zeros_like(x)

    @staticmethod
    def formula(x, dx, s, d, rho, epsilon):
        """The gradient times the size of the steps over the size of the gradients."""
        s = rho * s + (1 - rho) * np.abs(dx) ** 2
        step = dx * np.sqrt(d + epsilon) / np.sqrt(s + epsilon)
        return step, s, rho * d + (1 - rho) * np.abs(step) ** 2
