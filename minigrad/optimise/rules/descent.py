"""Rules that go downhill by the gradient, by its mean, or by its sign alone."""

import numpy as np

from ...errors import DomainError
from ..numbers import FRACTION
from ..rule import Rule


class Descent(Rule):
    """Gradient descent: `x <- x - eta dx`.

    Args:
        eta: the learning rate.

    Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations
    simultanées" (1847).

    >>> Descent(0.1).apply(None, np.array([1.0]), np.array([2.0]))
    (None, array([0.2]))
    """

    eta: float = 0.1

    def init(self, x):
        """Nothing: the rule has no memory."""
        return None

    @staticmethod
    def formula(x, dx, eta):
        """The gradient, scaled."""
        return eta * dx


class Momentum(Rule):
    """Gradient descent with inertia: `v <- rho v + eta dx`, `x <- x - v`.

    Args:
        eta: the learning rate.
        rho: the part of the velocity that is kept from step to step.

    Source: Polyak, "Some methods of speeding up the convergence of iteration
    methods" (1964).

    >>> rule = Momentum(eta=0.1, rho=0.9)
    >>> v, step = rule.apply(np.array([1.0]), np.array([0.0]), np.array([2.0]))
    >>> v, step
    (array([1.1]), array([1.1]))
    """

    eta: float = 0.01
    rho: float = 0.9

    ranges = Rule.with_ranges(rho=FRACTION)

    def init(self, x):
        """The velocity `v`, at rest."""
        return np.zeros_like(x)

    @staticmethod
    def formula(x, dx, v, eta, rho):
        """The new velocity, which is also the step."""
        v = rho * v + eta * dx
        return v, v


class Nesterov(Rule):
    """Momentum that looks ahead: `v <- rho v - eta dx`, `x <- x + rho v - eta dx`.

    The parameter stands where the velocity will have carried it, so the gradient is
    taken at the place ahead. The velocity that is kept points downhill; that of
    `Momentum` points uphill.

    Args:
        eta: the learning rate.
        rho: the part of the velocity that is kept from step to step.

    Source: Nesterov, "A method of solving a convex programming problem with
    convergence rate O(1/k²)" (1983), in the form of Bengio et al., arXiv:1212.0901.

    >>> rule = Nesterov()
    >>> rule.apply(np.zeros(2), np.zeros(2), np.array([16.0, 88.0]))
    (array([-0.016, -0.088]), array([0.0304, 0.1672]))
    """

    eta: float = 0.001
    rho: float = 0.9

    ranges = Rule.with_ranges(rho=FRACTION)

    def init(self, x):
        """The velocity `v`, at rest."""
        return np.zeros_like(x)

    @staticmethod
    def formula(x, dx, v, eta, rho):
        """What the gradient adds, and the velocity after it."""
        v = rho * v - eta * dx
        return eta * dx - rho * v, v


class Lion(Rule):
    """Steps of exactly `eta`, by the sign of a mean of the gradients.

        x <- x - eta sign(beta1 m + (1 - beta1) dx)
        m <- beta2 m + (1 - beta2) dx

    Args:
        eta: the learning rate; a third to a tenth of what suits Adam.
        beta: how much of the mean counts in the step, and how much is kept.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms",
    arXiv:2302.06675, whose suggestion for beta is (0.9, 0.99). The default here is
    that of Optimisers.jl, which exchanges the two means by mistake.

    >>> rule = Lion(eta=0.1)
    >>> m, step = rule.apply(np.zeros(2), np.zeros(2), np.array([1e-3, -1e3]))
    >>> step
    array([ 0.1, -0.1])
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)

    def init(self, x):
        """The mean `m`, at zero."""
        return np.zeros_like(x)

    @staticmethod
    def formula(x, dx, m, eta, beta1, beta2):
        """The sign of one mean, and the other one to keep."""
        step = eta * np.sign(beta1 * m + (1 - beta1) * dx)
        return step, beta2 * m + (1 - beta2) * dx


class Rprop(Rule):
    """A step size for every number: longer while the sign stays, else shorter.

        s <- min(s ell2, gamma2)  where the gradient kept its sign
        s <- max(s ell1, gamma1)  where it changed; there its new value counts as 0
        x <- x - s sign(dx)

    For full-batch training: in small batches the sign changes by chance.

    Args:
        eta: the step size to begin with; to adjust it later would change nothing.
        ell: the factors by which a step becomes shorter, and longer.
        gamma: the shortest and the longest step.

    Source: Riedmiller & Braun, "A direct adaptive method for faster backpropagation
    learning: the RPROP algorithm" (1993).

    >>> rule, x = Rprop(eta=0.1), np.zeros(2)
    >>> state, step = rule.apply(rule.init(x), x, np.array([1e-3, -1e3]))
    >>> state, step = rule.apply(state, x, np.array([2e-3, 1e3]))
    >>> step
    array([0.12, 0.  ])
    """

    eta: float = 0.001
    ell: tuple = (0.5, 1.2)
    gamma: tuple = (1e-6, 50.0)

    not_adjusted = ("eta",)
    real_only = "complex numbers have no sign that could change"

    def __post_init__(self):
        super().__post_init__()
        (shorter, longer), (least, most) = self.ell, self.gamma
        if not 0 < shorter <= 1 <= longer or not 0 <= least <= most:
            raise DomainError(
                f"{self!r}: the factors ell make a step shorter and longer, as (0.5, "
                f"1.2) do, and gamma is the shortest step and the longest, as (1e-6, "
                f"50.0) are."
            )

    def init(self, x):
        """The last gradient, none, and the step sizes, all `eta`."""
        return np.zeros_like(x), np.full_like(x, self.eta)

    @staticmethod
    def formula(x, dx, last, size, ell1, ell2, gamma1, gamma2):
        """The sign of the gradient times the new step sizes."""
        turn = np.sign(last) * np.sign(dx)
        longer, shorter = (
            np.minimum(size * ell2, gamma2),
            np.maximum(size * ell1, gamma1),
        )
        size = np.where(turn > 0, longer, np.where(turn < 0, shorter, size))
        dx = np.where(turn < 0, turn + 1, dx)
        return size * np.sign(dx), dx, size
