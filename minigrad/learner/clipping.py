"""Gradients that are too large, made smaller before the update."""

from ..arrays import is_parameter
from ..errors import described
from ..optimise.rules import ClipGrad, ClipNorm
from ..walks import float_arrays, fmap
from .phases import AbstractTrainingPhase


class ClipGradients:
    """Limits the gradient of every step of training, in front of all rules.

    Args:
        rule: `ClipGlobalNorm(1.0)` for the norm of the whole gradient, `ClipNorm` for
            that of each array, `ClipGrad` for each number.

    It changes `learner.step.grads`, at `BackwardEnd`. The same rule in an
    `OptimiserChain` does the same without a callback.

    Raises:
        TypeError: `rule` is another one.
        DomainError: a norm is NaN or infinite.

    >>> from minigrad import ClipGlobalNorm
    >>> from minigrad.learner import TrainingPhase, epoch_, testlearner
    >>> learner = testlearner(ClipGradients(ClipGlobalNorm(0.1)))
    >>> epoch_(learner, TrainingPhase())
    >>> learner.model.coefficient  # 0.5, and 16 steps of 0.5 * 0.1
    array([1.3])
    """

    def __init__(self, rule):
        if not isinstance(rule, ClipGrad | ClipNorm):
            raise TypeError(
                f"ClipGradients needs a rule that clips, and not {described(rule)}: "
                f"write ClipGradients(ClipGlobalNorm(1.0))."
            )
        self.rule = rule

    def on_backward_end(self, learner, phase):
        """Replace the gradient by a smaller one, if it is too large."""
        if isinstance(phase, AbstractTrainingPhase) and "grads" in learner.step:
            learner.step.grads = clipped(self.rule, learner.step.grads)

    def __repr__(self):
        return f"ClipGradients({self.rule!r})"


def clipped(rule, grads):
    """A gradient as a rule leaves it; None stays None.

    >>> import numpy as np
    >>> from minigrad import ClipGlobalNorm
    >>> clipped(ClipGlobalNorm(1.0), {"w": np.array([3.0]), "b": np.array([4.0])})
    {'w': array([0.6]), 'b': array([0.8])}
    """
    if getattr(rule, "scope", "") == "tree":
        rule = rule.over([dx for _, dx in float_arrays(grads)])
    limit = lambda dx: rule.apply(None, dx, dx)[1] if is_parameter(dx) else dx
    return fmap(limit, grads)
