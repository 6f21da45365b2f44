"""Muon: a rule that looks at a matrix as a whole, and not at its numbers."""

import numpy as np

from ..contract import check_alone, check_rule
from ..numbers import COUNT, FRACTION
from ..rule import Rule
from .adam import AdamW

QUINTIC = 3.4445, -4.7750, 2.0315


class Muon(Rule):
    """Momentum, made orthogonal: every direction of a matrix moves by as much.

        v <- rho v + (1 - rho) dx
        d = rho v + (1 - rho) dx                      one step ahead, as in Nesterov
        x <- x - eta √max(1, rows / columns) U Vᵀ     where d = U S Vᵀ

    `U Vᵀ` is the orthogonal matrix closest to `d`. It is not computed by a singular
    value decomposition but, nearly, by `steps` rounds of matrix products: see
    `orthogonalised`. Arrays of more than two axes, as the kernels of convolutions,
    count as matrices of their first axis against all others.

    Args:
        eta: the learning rate.
        rho: how much of the mean is kept from step to step.
        steps: the rounds of the orthogonalisation.
        other: the rule for what is no matrix: biases and scales. Its numbers are
            its own: `adjust_` and `Scheduler` change those of the matrices.

    Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks"
    (2024).

    >>> rule, x = Muon(eta=0.1), np.zeros((2, 2))
    >>> state, step = rule.apply(rule.init(x), x, np.diag([1.0, 1e-2]))
    >>> print(step.round(1))
    [[0.1 0. ]
     [0.  0.1]]
    """

    eta: float = 0.02
    rho: float = 0.95
    steps: int = 5
    other: Rule = AdamW()

    ranges = Rule.with_ranges(rho=FRACTION, steps=COUNT)

    not_adjusted = ("other",)

    def __post_init__(self):
        super().__post_init__()
        check_rule(self.other, "Muon(other={})")
        check_alone(self.other, "Muon")

    def init(self, x):
        """The mean `v` of a matrix, at zero, or what the other rule remembers."""
        return self.other.init(x) if x.ndim < 2 else np.zeros_like(x)

    def apply(self, state, x, dx):
        """The orthogonalised mean."""
        if x.ndim < 2:
            return self.other.apply(state, x, dx)
        if x.size == 0:
            return state, np.zeros_like(x)
        v = self.rho * state + (1 - self.rho) * dx
        ahead = (self.rho * v + (1 - self.rho) * dx).reshape(len(x), -1)
        rows, columns = ahead.shape
        scale = self.eta * max(1.0, rows / columns) ** 0.5
        step = scale * orthogonalised(ahead, self.steps)
        return v, step.reshape(x.shape).astype(x.dtype)


def orthogonalised(matrix, steps):
    """A matrix with the same singular vectors, and singular values near 1.

        X <- a X + b (X Xᴴ) X + c (X Xᴴ)² X

    takes every singular value s to a s + b s³ + c s⁵, which for these a, b and c is
    steep at 0 and stays between 0.7 and 1.2. It starts at values below 1.

    >>> values = np.linalg.svd(orthogonalised(np.diag([3.0, 0.1]), 5))[1]
    >>> bool(np.all(abs(values - 0.95) < 0.26))
    True
    """
    a, b, c = QUINTIC
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.conj().T
    x = wide / max(np.linalg.norm(wide), 1e-7)
    for _ in range(steps):
        square = x @ x.conj().T
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide is matrix else x.conj().T
