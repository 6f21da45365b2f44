"""minigrad."""

__version__ = "0.1.0"

from .autodiff import (
    composite,
    constant,
    elementwise,
    gradient,
    primitive,
    pullback,
    vjp,
    withgradient,
)
