"""Reverse-mode automatic differentiation on a tape.

Read `tape`, `registry`, `tracked`, `gradient`, in this order; then look up any
derivative in `vjps`.
"""

from . import operators, vjps  # noqa: F401
from .check import check_gradient
from .derivatives import jacobian
from .gradient import gradient, pullback, withgradient
from .registry import Each, composite, constant, elementwise, vjp
from .tape import Tape
from .tracked import Tracked, primitive

__all__ = [
    "Each",
    "Tape",
    "Tracked",
    "check_gradient",
    "composite",
    "constant",
    "elementwise",
    "gradient",
    "jacobian",
    "primitive",
    "pullback",
    "vjp",
    "withgradient",
]
