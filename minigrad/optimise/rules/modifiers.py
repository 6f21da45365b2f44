"""Rules that change a gradient on its way to another rule: decay, and clipping.

They stand in an `OptimiserChain`, before the rule that makes the step.
"""

import math

import numpy as np

from ...errors import DomainError
from ..numbers import DECAY
from ..rule import Rule

SAFE_SQUARES = {"f": (1e-25, 1e35), "d": (1e-280, 1e300)}
"""Between these a sum of squares is as exact as its dtype allows."""


class Modifier(Rule):
    """What these rules share: they remember nothing."""

    def init(self, x):
        """Nothing: the rule has no memory."""
        return None


class WeightDecay(Modifier):
    """Adds `lambda x` to the gradient: that of the penalty `lambda / 2 ‖x‖²`.

    The same as adding the penalty to the loss, but for parameters that the loss
    does not use: no gradient arrives there, and nothing decays. See `AdamW` for a
    decay that Adam does not rescale.

    Args:
        lambda_: the weight of the penalty.

    Source: Krogh & Hertz, "A Simple Weight Decay Can Improve Generalization" (1991).

    >>> WeightDecay(0.42).apply(None, np.array([1.0, -2.0, 3.0]), np.zeros(3))
    (None, array([ 0.42, -0.84,  1.26]))
    """

    lambda_: float = 5e-4

    ranges = Rule.with_ranges(lambda_=DECAY)

    @staticmethod
    def formula(x, dx, lambda_):
        """The gradient, and that of the penalty."""
        return dx + lambda_ * x


class SignDecay(Modifier):
    """Adds `lambda sign(x)` to the gradient: that of the penalty `lambda ‖x‖₁`.

    Args:
        lambda_: the weight of the penalty.

    Source: Tibshirani, "Regression Shrinkage and Selection via the Lasso" (1996).

    >>> SignDecay(0.5).apply(None, np.array([1.0, -2.0, 0.0]), np.zeros(3))
    (None, array([ 0.5, -0.5,  0. ]))
    """

    lambda_: float = 1e-3

    ranges = Rule.with_ranges(lambda_=DECAY)

    @staticmethod
    def formula(x, dx, lambda_):
        """The gradient, and that of the penalty."""
        return dx + lambda_ * np.sign(x)


class ClipGrad(Modifier):
    """Limits every number of the gradient to `-delta <= dx <= delta`.

    The gradient points elsewhere afterwards; `ClipNorm` keeps its direction.

    Args:
        delta: the largest number that passes.

    Source: Mikolov, "Statistical Language Models Based on Neural Networks" (2012).

    >>> ClipGrad(1).apply(None, np.zeros(3), np.array([-5.0, 0.2, 5.0]))
    (None, array([-1. ,  0.2,  1. ]))
    """

    delta: float = 10.0

    ranges = Rule.with_ranges(delta=(lambda x: x >= 0, "a bound is at least 0"))

    real_only = "complex numbers have no order; ClipNorm limits their size"

    @staticmethod
    def formula(x, dx, delta):
        """The gradient within its bounds; NaN stays NaN."""
        return np.minimum(np.maximum(dx, -delta), delta)


class Scale(Modifier):
    """Multiplies the gradient by a factor: what clipping by a norm comes down to.

    >>> Scale(0.5).apply(None, np.zeros(2), np.array([3.0, 4.0]))
    (None, array([1.5, 2. ]))
    """

    factor: float = 1.0

    ranges = Rule.with_ranges(factor=(lambda x: True, ""))

    @staticmethod
    def formula(x, dx, factor):
        """The gradient times the factor."""
        return factor * dx


class ClipNorm(Modifier):
    """Shrinks the gradient of an array to the norm `omega`, if it is longer.

        dx <- dx min(1, omega / ‖dx‖ₚ)

    Each array of the model is measured by itself. For the norm of the gradient as
    a whole, as in PyTorch's `clip_grad_norm_`, see `ClipGlobalNorm`.

    Args:
        omega: the largest norm that passes.
        p: the exponent of the norm: 2, 1, `np.inf`, or another one from 1 on.
        throw: whether a norm that is NaN or infinite is an error. Otherwise such a
            gradient becomes NaN.

    Raises:
        DomainError: the norm is NaN or infinite; nothing is changed then.

    Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent
    neural networks", arXiv:1211.5063.

    >>> ClipNorm(1).apply(None, np.zeros(2), np.array([3.0, 4.0]))
    (None, array([0.6, 0.8]))
    """

    omega: float = 10.0
    p: float = 2.0
    throw: bool = True

    ranges = Rule.with_ranges(
        omega=(lambda x: x >= 0, "the largest norm is at least 0"),
        p=(lambda x: x >= 1, "the exponent of a norm is at least 1"),
    )

    scope = "array"

    def over(self, gradients):
        """The rule that these gradients, taken as one long vector, call for.

        Args:
            gradients: a list of arrays.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            norms = [norm(dx, self.p) for dx in gradients]
        whole = norms[0] if len(norms) == 1 else norm(np.array(norms), self.p)
        if self.throw and not np.isfinite(whole):
            raise DomainError(
                f"{self!r}: the norm of the gradient is {whole}, so there is a NaN or "
                f"an infinity in it. Nothing was updated. Look for log(0), a division "
                f"by 0 or a learning rate that is too high."
            )
        if not np.isfinite(whole):
            return Scale(np.nan)
        return Scale(1.0) if whole <= self.omega else Scale(self.omega / whole)

    def apply(self, state, x, dx):
        """The gradient, of norm `omega` at most."""
        scale = self.over([dx])
        return state, dx if scale.factor == 1 else scale.apply(None, x, dx)[1]


class ClipGlobalNorm(ClipNorm):
    """Shrinks the gradient of the whole model to the norm `omega`, if it is longer.

        every dx <- dx min(1, omega / ‖all gradients together‖ₚ)

    The direction of the gradient as a whole stays, which `ClipNorm` does not grant.
    `update_` hands it the gradients of all parameters that have this rule, without
    those that are frozen or have none. Called with one array, it knows that one.

    Args:
        omega: the largest norm that passes.
        p: the exponent of the norm.
        throw: whether a norm that is NaN or infinite is an error.

    Raises:
        DomainError: the norm is NaN or infinite; nothing is changed then.

    Source: Pascanu, Mikolov & Bengio, arXiv:1211.5063.

    >>> from minigrad.optimise import OptimiserChain, setup, update
    >>> model = {"x": np.zeros(1), "y": np.zeros(1)}
    >>> rule = OptimiserChain(ClipGlobalNorm(1))
    >>> update(setup(rule, model), model, {"x": [3.0], "y": [4.0]})[1]
    {'x': array([-0.6]), 'y': array([-0.8])}
    """

    scope = "tree"


def norm(dx, p=2.0):
    """The p-norm of all numbers of an array, as a float.

    Squares overflow, or vanish, where the norm itself does not: such arrays are
    measured in units of their largest number.

    >>> norm(np.array([[3.0, 4.0]])), norm(np.full(4, 1e200))
    (5.0, 2e+200)
    """
    low, high = SAFE_SQUARES.get(dx.dtype.char, (np.inf, 0))
    if p == 2:
        squares = float(np.vdot(dx, dx).real)
        if low < squares < high:
            return math.sqrt(squares)
    vector = dx.ravel()
    if not vector.any():
        return 0.0
    largest = float(np.abs(vector).max())
    if not np.isfinite(largest):
        return largest
    wide = vector.astype(np.result_type(vector, np.float32), copy=False)
    return largest * float(np.linalg.norm(wide / wide.dtype.type(largest), p))
