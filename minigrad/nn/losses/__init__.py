"""Losses: one number that says how far predictions are from their targets.

Each is called as `loss(yhat, y)`: the prediction first, then the target, of the
same shape. In training the prediction comes from the model,
`lambda m, x, y: mse(m(x), y)`. A loss is first computed for each observation, then
made one number by `agg`: the mean by default, `np.sum`, or `identity` to see all.

The definitions and names are those of Flux, "Loss Functions". Behind `losses.`, the
names that end in `_loss` need not: `losses.huber` is `huber_loss`.
"""

from .classification import (
    binarycrossentropy,
    crossentropy,
    kldivergence,
    logitbinarycrossentropy,
    logitcrossentropy,
)
from .imbalance import (
    binary_focal_loss,
    dice_coeff_loss,
    focal_loss,
    tversky_loss,
)
from .logarithms import surprise as surprise
from .logarithms import xlogy as xlogy
from .margins import hinge_loss, siamese_contrastive_loss, squared_hinge_loss
from .regression import huber_loss, mae, mse, msle, poisson_loss
from .smoothing import label_smoothing

binary_focal, focal = binary_focal_loss, focal_loss
dice, tversky = dice_coeff_loss, tversky_loss
hinge, squared_hinge = hinge_loss, squared_hinge_loss
huber, poisson = huber_loss, poisson_loss
siamese_contrastive = siamese_contrastive_loss

__all__ = [
    "binary_focal_loss",
    "binarycrossentropy",
    "crossentropy",
    "dice_coeff_loss",
    "focal_loss",
    "hinge_loss",
    "huber_loss",
    "kldivergence",
    "label_smoothing",
    "logitbinarycrossentropy",
    "logitcrossentropy",
    "mae",
    "mse",
    "msle",
    "poisson_loss",
    "siamese_contrastive_loss",
    "squared_hinge_loss",
    "tversky_loss",
]
