"""Further relatives of Adam: they look ahead, wait, hope, or believe."""

import math

import numpy as np

from .adam import Moments


class NAdam(Moments):
    """Adam with the momentum of Nesterov: the mean as it will be one step ahead.

        m̃ = beta1 m / (1 - beta1ᵗ⁺¹) + (1 - beta1) dx / (1 - beta1ᵗ)
        x <- x - eta m̃ / (√(beta2 v / (1 - beta2ᵗ)) + epsilon)

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam" (2016), with the
    factor beta2 of the report that went before it.

    >>> rule, x = NAdam(eta=0.1), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> print(step.round(4))
    [0.1474]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        """The mean ahead, over the root of the mean square."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        ahead = beta1 / (1 - beta1 * power1) * m + (1 - beta1) / (1 - power1) * dx
        return eta * ahead / (np.sqrt(v * (beta2 / (1 - power2))) + epsilon), m, v


class RAdam(Moments):
    """Adam that waits with the division until the mean square can be trusted.

        r∞ = 2 / (1 - beta2) - 1,   r = r∞ - 2 t beta2ᵗ / (1 - beta2ᵗ)
        x <- x - eta m̂                                   while r <= 4
        x <- x - eta m̂ / (√v̂ + epsilon) · c             from then on,
        c² = (r - 4)(r - 2) r∞ / ((r∞ - 4)(r∞ - 2) r)

    With the default beta the first four steps are steps of momentum.

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.

    Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond",
    arXiv:1908.03265.

    >>> rule, x = RAdam(eta=0.1), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> print(step.round(4))
    [0.4]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    def init(self, x):
        """Both means at zero, the powers of beta, and the step t to come."""
        return np.zeros_like(x), np.zeros_like(x), self.beta, 1

    def numbers(self, powers, t):
        """The powers, and t."""
        return super().numbers(powers) | {"t": t}

    def advance(self, powers, t):
        """The powers of the next step, and its number."""
        return *super().advance(powers), t + 1

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2, t):
        """The corrected mean, in time over the root of the corrected mean square."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        mean, mean_square = m * (1 / (1 - power1)), v * (1 / (1 - power2))
        most = 2 / (1 - beta2) - 1
        r = most - 2 * t * power2 / (1 - power2)
        good, best = (r - 4) * (r - 2) * most, (most - 4) * (most - 2) * r
        rate = eta * math.sqrt(good / best) if r > 4 else eta
        step = mean / (np.sqrt(mean_square) + epsilon) if r > 4 else mean
        return rate * step, m, v


class OAdam(Moments):
    """Adam for games: each step also goes on as the one before promised.

        s <- the step of Adam
        x <- x - (2 s - s of the step before)

    Two players that descend on each other's losses, as generator and critic do,
    circle around their equilibrium; the optimistic step brings them in.

    Args:
        eta: the learning rate. (An old documentation page says 0.0001; the code
            has always had 0.001.)
        beta: how much of each mean is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.

    Source: Daskalakis et al., "Training GANs with Optimism", arXiv:1711.00141.

    >>> rule, x = OAdam(eta=0.1), np.zeros(1)
    >>> state, first = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> state, second = rule.apply(state, x, np.array([4.0]))
    >>> print(first.round(4), second.round(4))
    [0.2] [0.1]
    """

    eta: float = 0.001
    beta: tuple = (0.5, 0.9)
    epsilon: float = 1e-8

    def init(self, x):
        """Both means and the step before at zero, and the powers of beta."""
        return *(np.zeros_like(x) for _ in range(3)), self.beta

    @staticmethod
    def formula(x, dx, m, v, s, eta, beta1, beta2, epsilon, power1, power2):
        """Twice the step of Adam, without the one before."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        mean, mean_square = m * (1 / (1 - power1)), v * (1 / (1 - power2))
        new = eta * mean / (np.sqrt(mean_square) + epsilon)
        return 2 * new - s, m, v, new


class AdaBelief(Moments):
    """Adam divided by the surprise: how far gradients are from their mean.

        s <- beta2 s + (1 - beta2) |dx - m|² + epsilon
        x <- x - eta m̂ / (√ŝ + epsilon)

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        epsilon: added to `s` in every step, and to its root.

    Source: Zhuang et al., "AdaBelief Optimizer: Adapting Stepsizes by the Belief in
    Observed Gradients", arXiv:2010.07468.

    >>> rule, x = AdaBelief(eta=0.1), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> print(step.round(4))
    [0.1111]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-16

    @staticmethod
    def formula(x, dx, m, s, eta, beta1, beta2, epsilon, power1, power2):
        """The corrected mean, over the root of the corrected mean surprise."""
        m = beta1 * m + (1 - beta1) * dx
        s = beta2 * s + (1 - beta2) * np.abs(dx - m) ** 2 + epsilon
        mean, mean_square = m * (1 / (1 - power1)), s * (1 / (1 - power2))
        return eta * mean / (np.sqrt(mean_square) + epsilon), m, s
