"""Losses for classes of which some are rare: an object in an image, a rare disease."""

import numpy as np

from .comparing import check_values, comparable, epsilon_for, number
from .logarithms import xlogy

# --- Cross entropies that look at what is hard -------------------------------------


def focal_loss(yhat, y, *, gamma=2, axis=-1, agg=np.mean, epsilon=None):
    """The focal loss: agg(-sum(y (1 - yhat)^gamma log(yhat + epsilon))).

    `crossentropy` in which a class that is predicted with certainty counts for less,
    by the factor (1 - yhat)^gamma. From Lin et al., "Focal loss for dense object
    detection" (2017).

    Args:
        yhat: probabilities, (N, classes) for the default axis.
        y: targets of the same shape, as in `crossentropy`.
        gamma: how much less; 0 gives `crossentropy`.
        axis: the axis of the classes, which is summed over.
        agg: makes one number of the losses, one per observation.
        epsilon: as in `crossentropy`.

    Returns:
        What `agg` returns.

    Raises:
        ShapeError, TypeError: as `mse`.
        DomainError: a probability is negative or above 1.

    >>> print(focal_loss([[0.3, 0.7]], [[1, 0]]).round(12))  # -0.7² log(0.3)
    0.58994667412
    """
    yhat, y = comparable("focal_loss", yhat, y, axis)
    epsilon = epsilon_for(yhat, epsilon)
    limits = {"low": -epsilon, "high": 1 + epsilon}
    advice = "Of scores, take the softmax first."
    check_values("focal_loss", "probabilities", advice, **limits, yhat=yhat)
    weight = y * _missing(yhat) ** number(yhat, gamma)
    return agg(-np.sum(xlogy(weight, yhat + epsilon), axis=axis))


def binary_focal_loss(yhat, y, *, gamma=2, agg=np.mean, epsilon=None):
    """agg(-(1 - p)^gamma log(p + epsilon)), p = y yhat + (1 - y) (1 - yhat).

    The focal loss of "yes" and "no", where p is the probability of the truth.

    Args:
        yhat: probabilities of "yes", of any shape.
        y: targets of the same shape: 1 for "yes" and 0 for "no".
        gamma: as in `focal_loss`; 0 gives `binarycrossentropy`.
        agg: makes one number of the losses, one per prediction.
        epsilon: as in `crossentropy`.

    Returns, raises: as `focal_loss`.

    >>> print(binary_focal_loss([0.5, 0.75], [1, 0]).round(12))
    0.476538686635
    """
    yhat, y = comparable("binary_focal_loss", yhat, y)
    epsilon = epsilon_for(yhat, epsilon)
    limits = {"low": -epsilon, "high": 1 + epsilon}
    advice = "Of scores, take the sigmoid first."
    check_values("binary_focal_loss", "probabilities", advice, **limits, yhat=yhat)
    p = y * yhat + (1 - y) * (1 - yhat)
    return agg(-(_missing(p) ** number(yhat, gamma)) * np.log(p + epsilon))


def _missing(p):
    """1 - p, which rounding must not make negative: no power of it would be real."""
    return np.maximum(1 - p, 0)


# --- Overlaps of sets ----------------------------------------------------------------


def dice_coeff_loss(yhat, y, *, smooth=1):
    """1 - (2 sum(y yhat) + smooth) / (sum(y²) + sum(yhat²) + smooth).

    One minus the Dice coefficient, twice what two sets share by what they have
    together; of 0 and 1 it is the F1 score. The sums run over everything, so it is
    one number. See Milletari et al., "V-Net" (2016).

    Args:
        yhat: probabilities of belonging to the set, of any shape.
        y: targets of the same shape: 1 inside the set and 0 outside.
        smooth: keeps the quotient finite for empty sets.

    Returns:
        A number.

    Raises:
        ShapeError, TypeError: as `mse`.

    >>> print(dice_coeff_loss([1.1, 2.1, 3.1], [1, 2, 3]).round(12))
    0.000992391664
    """
    yhat, y = comparable("dice_coeff_loss", yhat, y)
    smooth = number(yhat, smooth)
    shared, all_ = np.sum(y * yhat), np.sum(y * y + yhat * yhat)
    return 1 - (2 * shared + smooth) / (all_ + smooth)


def tversky_loss(yhat, y, *, beta=0.7):
    """1 - (t + 1) / (t + beta sum(y (1 - yhat)) + (1 - beta) sum((1 - y) yhat) + 1).

    Here t = sum(y yhat) counts what was found; what was missed weighs `beta`, and a
    false alarm 1 - beta. From Salehi et al., "Tversky loss function for image
    segmentation" (2017).

    Args:
        yhat: probabilities of belonging to the set, of any shape.
        y: targets of the same shape: 1 inside the set and 0 outside.
        beta: from 0 to 1; a large one makes recall more important than precision.

    Returns:
        A number.

    Raises:
        ShapeError, TypeError: as `mse`.

    >>> print(tversky_loss([1, 0, 0], [1, 1, 0]).round(6))  # missed one: 1 - 2 / 2.7
    0.259259
    """
    yhat, y = comparable("tversky_loss", yhat, y)
    beta = number(yhat, beta)
    found = np.sum(y * yhat)
    missed, false = np.sum(y * (1 - yhat)), np.sum((1 - y) * yhat)
    return 1 - (found + 1) / (found + beta * missed + (1 - beta) * false + 1)
