"""Reverse-mode automatic differentiation on a tape.

Read `tape`, `registry`, `recording`, `gradient`, in this order; then look up any
derivative in `vjps`.
"""

from . import operators, vjps  # noqa: F401
from .check import check_gradient
from .derivatives import jacobian
from .gradient import gradient, pullback, withgradient
from .operations import Each
from .recording import primitive
from .registry import composite, constant, elementwise, outputs, vjp
from .tape import Tape, is_tracking
from .trace import Trace, debugging, trace
from .tracked import Tracked

__all__ = [
    "Each",
    "Tape",
    "Trace",
    "Tracked",
    "check_gradient",
    "composite",
    "constant",
    "debugging",
    "elementwise",
    "gradient",
    "is_tracking",
    "jacobian",
    "outputs",
    "primitive",
    "pullback",
    "trace",
    "vjp",
    "withgradient",
]
