"""A tiny problem that every callback and phase can be tried on: find the 3 in y = 3x.

Write the test of a callback of your own with it, as minigrad's own tests do.
"""

import numpy as np

from ..marking import functor
from ..nn.losses import mse
from ..optimise.rules import Descent
from .learner import Learner


@functor
class Multiple:
    """`y = coefficient x`."""

    def __init__(self, coefficient):
        self.coefficient = np.array([coefficient], float)

    def __call__(self, x):
        """`coefficient x`."""
        return self.coefficient * x


def testlearner(*callbacks, nbatches=16, batchsize=8, coefficient=3.0, **options):
    """A learner with a problem that is soon learned.

    Args:
        callbacks: its callbacks.
        nbatches: the number of batches; the same serve for training and validation.
        batchsize: the size of each.
        coefficient: what is to be learned.
        options: for `Learner`: another `model`, `lossfn`, `optimizer` or `data`, or
            `usedefaultcallbacks=True`.

    Returns:
        A `Learner`.

    Source: `testlearner` of FluxTraining.jl.

    >>> testlearner().data.training[0][0].shape
    (8,)
    """
    rng = np.random.default_rng(0)
    xs = rng.uniform(0.0, 1.0, (nbatches, batchsize))
    batches = [(x, coefficient * x) for x in xs]
    usual = {
        "data": (batches, batches),
        "optimizer": Descent(0.5),
        "usedefaultcallbacks": False,
    }
    options = {"model": Multiple(0.5), "lossfn": mse, **usual, **options}
    return Learner(callbacks=callbacks, **options)


testlearner.__test__ = False  # its name does not make it one of pytest's tests
