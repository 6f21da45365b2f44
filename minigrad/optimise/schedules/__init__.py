"""Schedules: the value that a number, such as the learning rate, has in each step.

A schedule is a callable of the step, and steps are counted from 1:

    schedule(1)                                          the first value
    for eta, epoch in zip(schedule, range(1, 101)): ...  a hundred of them

Read `decays` first, then `cycles`, and `sequences` for warm-up. Any function of the
step may take the place of a schedule, and a number that of `Constant`.
"""

from ..schedule import Constant, Schedule

# isort: split
from .decays import Exp, Inv, Poly, Step

# isort: split
from .cycles import (
    Cos,
    CosAnneal,
    OneCycle,
    Sin,
    SinDecay2,
    SinExp,
    Triangle,
    TriangleDecay2,
    TriangleExp,
)

# isort: split
from .sequences import Loop, Sequence, Shortened

# isort: split
from .composed import (
    ComposedSchedule,
    Interpolator,
    Reversed,
    Shifted,
    Symmetric,
    reverse,
    symmetric,
)

# isort: split
from .stateful import Stateful, next_, reset_

__all__ = [
    "ComposedSchedule",
    "Constant",
    "Cos",
    "CosAnneal",
    "Exp",
    "Interpolator",
    "Inv",
    "Loop",
    "OneCycle",
    "Poly",
    "Reversed",
    "Schedule",
    "Sequence",
    "Shifted",
    "Shortened",
    "Sin",
    "SinDecay2",
    "SinExp",
    "Stateful",
    "Step",
    "Symmetric",
    "Triangle",
    "TriangleDecay2",
    "TriangleExp",
    "next_",
    "reset_",
    "reverse",
    "symmetric",
]
