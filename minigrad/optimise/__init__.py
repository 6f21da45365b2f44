"""Optimisation: rules, and the state tree that applies them to models.

Read `rules` first; then `state` and `update`; `kernels` when you want it faster.
"""

from .rule import Rule
from .rules import Adam, Descent, Momentum
from .state import Leaf, setup
from .update import update, update_

__all__ = ["Adam", "Descent", "Leaf", "Momentum", "Rule", "setup", "update", "update_"]
