"""Adam, and the rules that differ from it in a line."""

import numpy as np

from ..numbers import DECAY, safeguard
from ..rule import Rule


class Moments(Rule):
    """What Adam and its relatives share: two means, and the powers of their betas.

    The means start at zero and would be too small at first. A mean that keeps
    `beta` of itself has, after t steps, weights that sum to `1 - betaᵗ`: to divide
    by that makes up for it. The state ends with the powers `(beta1ᵗ, beta2ᵗ)` of the
    step t to come, which formulas know as `power1` and `power2`.
    """

    def init(self, x):
        """Both means at zero, and the powers of beta for the first step."""
        return np.zeros_like(x), np.zeros_like(x), self.beta

    def numbers(self, powers):
        """The powers."""
        return {"power1": powers[0], "power2": powers[1]}

    def advance(self, powers):
        """The powers of the next step."""
        (beta1, beta2), (power1, power2) = self.beta, powers
        return ((power1 * beta1, power2 * beta2),)


class Adam(Moments):
    """Steps of about `eta` each, whatever the size of the gradient.

        m <- beta1 m + (1 - beta1) dx           the mean of the gradients
        v <- beta2 v + (1 - beta2) |dx|²        the mean of their squares
        x <- x - eta m̂ / (√v̂ + epsilon)         m̂ = m / (1 - beta1ᵗ), v̂ likewise

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

    @staticmethod
    def formula(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
        """The corrected mean, over the root of the corrected mean square."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        mean, mean_square = m * (1 / (1 - power1)), v * (1 / (1 - power2))
        return eta * mean / (np.sqrt(mean_square) + epsilon), m, v


class AdamW(Moments):
    """Adam, with a decay of the parameters that the division does not touch.

        x <- x - (the step of Adam + eta lambda x)

    `OptimiserChain(WeightDecay(lambda), Adam())` is another rule: there the decay is
    a part of the gradient, and Adam scales it to the size of all else.

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        lambda_: the part of the parameters that a step of rate 1 takes away.
        epsilon: keeps the division finite where all gradients were zero.
        couple: whether the decay is multiplied by `eta`, as here and in PyTorch.
            Otherwise `x <- x - (the step of Adam + lambda x)`, as in the paper.

    Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization",
    arXiv:1711.05101.

    >>> rule, x = AdamW(eta=0.1, lambda_=0.5), np.array([2.0, -2.0])
    >>> state, step = rule.apply(rule.init(x), x, np.array([1e3, -1e3]))
    >>> print(step.round(4))
    [ 0.2 -0.2]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    lambda_: float = 0.0
    epsilon: float = 1e-8
    couple: bool = True

    ranges = Rule.with_ranges(lambda_=DECAY)

    @staticmethod
    def formula(
        x, dx, m, v, eta, beta1, beta2, lambda_, epsilon, couple, power1, power2
    ):
        """The step of Adam, and the decay."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        mean, mean_square = m * (1 / (1 - power1)), v * (1 / (1 - power2))
        decay = eta * lambda_ if couple else lambda_
        return eta * mean / (np.sqrt(mean_square) + epsilon) + decay * x, m, v


class AdaMax(Moments):
    """Adam with the largest gradient of late in place of the mean square.

        u <- max(beta2 u, |dx|)
        x <- x - eta m̂ / (u + epsilon)

    Args:
        eta: the learning rate.
        beta: how much of the mean, and of the maximum, is kept from step to step.
        epsilon: keeps the division finite where all gradients were zero.

    Source: section 7.1 of Kingma & Ba, arXiv:1412.6980.

    >>> rule, x = AdaMax(eta=0.1), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> state, step = rule.apply(state, x, np.array([0.0]))
    >>> print(step.round(4))
    [0.0474]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    @staticmethod
    def formula(x, dx, m, u, eta, beta1, beta2, epsilon, power1):
        """The corrected mean, over the maximum."""
        m = beta1 * m + (1 - beta1) * dx
        u = np.maximum(beta2 * u, np.abs(dx))
        return eta / (1 - power1) * m / (u + epsilon), m, u


class AMSGrad(Rule):
    """Adam whose steps never grow again: divided by the largest mean square so far.

        h <- max(h, v)
        x <- x - eta m / (√h + epsilon)

    Args:
        eta: the learning rate.
        beta: how much of each mean is kept from step to step.
        epsilon: keeps the division finite. Here it is also where `m`, `v` and `h`
            start; there is no correction for the start.

    Source: Reddi, Kale & Kumar, "On the Convergence of Adam and Beyond",
    arXiv:1904.09237.

    >>> rule, x = AMSGrad(eta=0.1), np.zeros(1)
    >>> state, step = rule.apply(rule.init(x), x, np.array([4.0]))
    >>> print(step.round(4))
    [0.3162]
    """

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    def init(self, x):
        """Both means and the maximum, at epsilon."""
        return tuple(
            np.full_like(x, safeguard(self.epsilon, x.dtype)) for _ in range(3)
        )

    @staticmethod
    def formula(x, dx, m, v, h, eta, beta1, beta2, epsilon):
        """The mean, over the root of the largest mean square."""
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * np.abs(dx) ** 2
        h = np.maximum(h, v)
        return eta * m / (np.sqrt(h) + epsilon), m, v, h
