"""Optimisation rules, in order of increasing complexity.

A rule turns the gradient `dx` of one array `x` into the step that is subtracted
from it. It is a few numbers and two methods, and knows nothing of models:

    init(x) -> state                     what the rule remembers of `x`
    apply(state, x, dx) -> (state, dx')  the new memory, and the step: x <- x - dx'

Your own rule is a class like these: see `Rule`.
"""

import numpy as np

from .rule import Rule


class Descent(Rule):
    """Gradient descent: `x <- x - eta * dx`.

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

    def apply(self, state, x, dx):
        """The gradient, scaled."""
        return None, self.eta * dx


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

    def init(self, x):
        """The velocity `v`, at rest."""
        return np.zeros_like(x)

    def apply(self, state, x, dx):
        """The new velocity, which is also the step."""
        v = self.rho * state + self.eta * dx
        return v, v


class Adam(Rule):
    """Steps of about `eta` each, whatever the size of the gradient.

        m <- beta1 m + (1 - beta1) dx          the mean of the gradients
        v <- beta2 v + (1 - beta2) dx²         the mean of their squares
        x <- x - eta m̂ / (sqrt(v̂) + epsilon)   m̂ = m / (1 - beta1ᵗ), v̂ likewise

    Both means start at zero; the division by `1 - betaᵗ` at step t makes up for
    that. The state is `(m, v, (beta1ᵗ, beta2ᵗ))`, with t the step to come.

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.

    Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization",
    arXiv:1412.6980.

    >>> rule = Adam(eta=0.1)
    >>> x, dx = np.array([1.0, 1.0]), np.array([1e-3, -1e3])
    >>> state, step = rule.apply(rule.init(x), x, dx)
    >>> print(step.round(4))
    [ 0.1 -0.1]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    def init(self, x):
        """Both means at zero, and the powers of beta for the first step."""
        return np.zeros_like(x), np.zeros_like(x), self.beta

    def apply(self, state, x, dx):
        """The corrected mean, over the root of the corrected mean square."""
        (m, v, powers), (beta1, beta2) = state, self.beta
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * squared(dx)
        mean = m * (1 / (1 - powers[0]))  # of a number, not of the array: faster
        mean_square = v * (1 / (1 - powers[1]))
        step = self.eta * mean / (np.sqrt(mean_square) + safeguard(self.epsilon, x))
        return (m, v, (powers[0] * beta1, powers[1] * beta2)), step


def safeguard(epsilon, x):
    """`epsilon`, but in float16, where 1e-8 would round to 0, at least 1e-7.

    >>> safeguard(1e-8, np.zeros(1, np.float16)), safeguard(1e-8, np.zeros(1))
    (1e-07, 1e-08)
    """
    return max(epsilon, 1e-7) if x.dtype == np.float16 else epsilon


def squared(dx):
    """`dx²`, and `|dx|²` of complex numbers.

    >>> squared(np.array([3.0])), squared(np.array([3 + 4j]))
    (array([9.]), array([25.+0.j]))
    """
    return dx * (dx.conj() if dx.dtype.kind == "c" else dx)
