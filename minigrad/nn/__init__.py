"""Neural networks: layers, activations, initialisers, losses."""

from . import activations, layers, losses
from .activations import *  # noqa: F403
from .initialisers import (
    glorot_normal,
    glorot_uniform,
    kaiming_normal,
    kaiming_uniform,
    nfan,
)
from .initialisers import (
    ones as ones,
)
from .initialisers import (
    zeros as zeros,
)
from .layers import *  # noqa: F403
from .losses import *  # noqa: F403
from .modes import testmode_, trainmode_

__all__ = [
    "glorot_normal",
    "glorot_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "losses",
    "nfan",
    "testmode_",
    "trainmode_",
    *activations.__all__,
    *layers.__all__,
    *losses.__all__,
]
