"""Losses with a margin: what is right by so much costs nothing."""

import numpy as np

from ...errors import DomainError
from ..activations import relu
from .comparing import comparable, doubt_signs, number


def hinge_loss(yhat, y, *, agg=np.mean):
    """The hinge loss: agg(max(0, 1 - y yhat)).

    The loss of support vector machines. Where y yhat = 1 the slope is taken to be 0.

    Args:
        yhat: scores, of any shape; their sign is the prediction.
        y: labels of the same shape: 1 or -1.
        agg: makes one number of the losses, one per prediction.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.

    Warns, once, about labels that are 0.

    >>> print(hinge_loss([0.1, 0.3, 1, 1.5], [1, -1, 1, 1]).round(12))
    0.55
    """
    yhat, y = comparable("hinge_loss", yhat, y)
    doubt_signs("hinge_loss", y)
    return agg(relu(1 - y * yhat))


def squared_hinge_loss(yhat, y, *, agg=np.mean):
    """The squared hinge loss: agg(max(0, 1 - y yhat)²).

    Arguments, results, errors and warnings as `hinge_loss`.

    >>> print(squared_hinge_loss([0.1, 0.3, 1, 1.5], [1, -1, 1, 1]).round(12))
    0.625
    """
    yhat, y = comparable("squared_hinge_loss", yhat, y)
    doubt_signs("squared_hinge_loss", y)
    return agg(relu(1 - y * yhat) ** 2)


def siamese_contrastive_loss(yhat, y, *, margin=1, agg=np.mean):
    """The contrastive loss: agg((1 - y) yhat² + y max(0, margin - yhat)²).

    It brings pairs of one kind together, and others at least `margin` apart. From
    Hadsell et al., "Dimensionality reduction by learning an invariant mapping" (2006).

    Args:
        yhat: the distance of each pair, of any shape.
        y: labels of the same shape: 0 for a pair of one kind, 1 for one of two kinds.
        margin: the distance from which two kinds are far enough from each other.
        agg: makes one number of the losses, one per pair.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: the margin is negative.

    >>> print(siamese_contrastive_loss([0.5, 0.5], [0, 1]).round(12))
    0.25
    """
    if not margin >= 0:
        raise DomainError(
            f"siamese_contrastive_loss was given margin={margin}. It is a distance, "
            f"and not negative."
        )
    yhat, y = comparable("siamese_contrastive_loss", yhat, y)
    margin = number(yhat, margin)
    return agg((1 - y) * yhat**2 + y * relu(margin - yhat) ** 2)
