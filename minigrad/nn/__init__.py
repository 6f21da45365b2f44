"""Neural networks: layers, activations, initialisers, losses."""

from . import activations, layers, losses
from .activations import *  # noqa: F403
from .attention import dot_product_attention, make_causal_mask
from .initialisers import (
    glorot_normal,
    glorot_uniform,
    identity_init,
    kaiming_normal,
    kaiming_uniform,
    lecun_normal,
    nfan,
    orthogonal,
    sparse_init,
    truncated_normal,
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
    "dot_product_attention",
    "glorot_normal",
    "glorot_uniform",
    "identity_init",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "losses",
    "make_causal_mask",
    "nfan",
    "orthogonal",
    "sparse_init",
    "testmode_",
    "trainmode_",
    "truncated_normal",
    *activations.__all__,
    *layers.__all__,
    *losses.__all__,
]
