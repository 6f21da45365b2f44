"""Optimisation: rules, and the state tree that applies them to models.

Read `rules` first; then `state` and `update`; `loops` and `kernels` when you want
to know what makes it fast.
"""

from . import rules, schedules
from .adjust import adjust, adjust_, freeze_, thaw_
from .rule import Rule
from .rules import *  # noqa: F403
from .state import Leaf, setup
from .update import update, update_

__all__ = [
    "Leaf",
    "Rule",
    "adjust",
    "adjust_",
    "freeze_",
    "schedules",
    "setup",
    "thaw_",
    "update",
    "update_",
    *rules.__all__,
]
