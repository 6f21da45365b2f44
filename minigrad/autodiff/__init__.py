"""Reverse-mode automatic differentiation on a tape.

Read `tape`, `registry`, `recording`, `gradient`, in this order; then look up any
derivative in `vjps`.
"""

from . import operators, vjps  # noqa: F401
from .buffer import Buffer
from .check import check_gradient
from .checkpoint import checkpointed
from .curvature import diaghessian, hessian, hvp
from .derivatives import jacobian, pushforward, withjacobian
from .explain import explain
from .gradient import gradient, pullback, withgradient
from .marks import hook, stop_gradient
from .operations import Each as Each
from .recording import primitive
from .registry import composite, constant, elementwise, outputs, vjp
from .tape import Tape, is_tracking
from .trace import Trace, debugging, trace
from .tracked import Tracked

__all__ = [
    "Buffer",
    "Tape",
    "Trace",
    "Tracked",
    "check_gradient",
    "checkpointed",
    "composite",
    "constant",
    "debugging",
    "diaghessian",
    "elementwise",
    "explain",
    "gradient",
    "hessian",
    "hook",
    "hvp",
    "is_tracking",
    "jacobian",
    "outputs",
    "primitive",
    "pullback",
    "pushforward",
    "stop_gradient",
    "trace",
    "vjp",
    "withgradient",
    "withjacobian",
]
