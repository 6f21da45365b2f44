"""The optimisers of the old pages that change a gradient on its way to another one.

They stand in an `Optimiser`: `Optimiser(WeightDecay(1e-4), Adam())`.
"""

from ..optimise import rules
from ..optimise.numbers import AT_LEAST_0, COUNT
from ..optimise.rules.modifiers import Scale
from ..optimise.schedule import Schedule
from ..optimise.schedules import Inv, Shifted
from .identity import IdMapping
from .optimiser import BuiltIn


class WeightDecay(BuiltIn):
    """Adds `wd x` to the gradient: that of the penalty `wd / 2 ‖x‖²`.

    Args:
        wd: the weight of the penalty; the default 0 leaves the gradient alone.

    >>> import numpy as np
    >>> WeightDecay(0.42).apply_(np.array([1.0, -2.0]), np.zeros(2))
    array([ 0.42, -0.84])
    """

    wd: float = 0.0

    def __rule__(self):
        """The rule with these numbers."""
        return rules.WeightDecay(self.wd)


class ClipValue(BuiltIn):
    """Limits every number of the gradient to `-thresh <= dx <= thresh`.

    >>> import numpy as np
    >>> ClipValue(1e-3).apply_(np.zeros(3), np.array([-0.5, 2e-4, 0.5]))
    array([-0.001 ,  0.0002,  0.001 ])
    """

    thresh: float

    def __rule__(self):
        """The rule with these numbers."""
        return rules.ClipGrad(self.thresh)


class ClipNorm(BuiltIn):
    """Shrinks the gradient of an array to the norm `thresh`, if it is longer.

    A NaN in the gradient is no error here: the gradient becomes NaN.

    >>> import numpy as np
    >>> ClipNorm(1.0).apply_(np.zeros(2), np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """

    thresh: float

    def __rule__(self):
        """The rule with these numbers."""
        return rules.ClipNorm(self.thresh, throw=False)


class InvDecay(BuiltIn):
    """Multiplies the gradient by `1 / (1 + gamma n)` in step n = 1, 2, ...

    Args:
        gamma: how fast the steps become shorter.

    >>> import numpy as np
    >>> opt, x, dx = InvDecay(0.5), np.zeros(1), np.ones(1)
    >>> [round(float(opt.apply_(x, dx)[0]), 4) for n in range(3)]
    [0.6667, 0.5, 0.4]
    """

    gamma: float = 0.001

    def __rule__(self):
        """A rule that scales by a schedule, from its second step on."""
        return rules.Scheduler(Scale(), Shifted(Inv(1.0, self.gamma, 1.0), 2))

    def shown(self, state):
        """The number of the step to come."""
        return state[0]


class Stairs(Schedule):
    """The factor of `ExpDecay` in step t, while nobody changes its numbers.

    >>> schedule = Stairs(eta=1.0, decay=0.1, decay_step=2, clip=0.05)
    >>> [schedule(t) for t in range(1, 6)]
    [1.0, 0.1, 0.1, 0.05, 0.05]
    """

    eta: float
    decay: float
    decay_step: int
    clip: float

    ranges = Schedule.with_ranges(
        eta=(AT_LEAST_0, "a factor is at least 0, and finite"), decay_step=COUNT
    )

    def at(self, t):
        """`eta`, after as many falls as there were, and not below `clip`."""
        falls = int(t) // self.decay_step
        return max(self.eta * self.decay**falls, self.clip) if falls else self.eta


class ExpDecay(BuiltIn):
    """Multiplies the gradient by `eta`, which falls by a factor every so many steps.

    In step `decay_step`, and in every multiple of it, `eta` becomes `eta * decay`, but
    never less than `clip`. It is multiplied with the learning rate of what it is
    composed with: `Optimiser(ExpDecay(), Descent())` begins with 0.001 * 0.1.

    Args:
        eta: the factor; it is changed as the steps go by.
        decay: what it is multiplied by.
        decay_step: after how many steps, those of the array that has made most.
        clip: the smallest factor.

    >>> import numpy as np
    >>> opt, x, dx = ExpDecay(1.0, 0.5, 2, 0.3), np.zeros(1), np.ones(1)
    >>> [float(opt.apply_(x, dx)[0]) for n in range(5)]
    [1.0, 0.5, 0.5, 0.3, 0.3]
    >>> opt.eta
    0.3
    """

    eta: float = 0.001
    decay: float = 0.1
    decay_step: int = 1000
    clip: float = 1e-4

    def __post_init__(self):
        self._counts, self._most, self._next = {}, 0, None
        super().__post_init__()

    def __rule__(self):
        """A rule that scales by a schedule, which begins now."""
        numbers = self.eta, self.decay, self.decay_step, self.clip
        return rules.Scheduler(Scale(), Stairs(*numbers))

    def rule_for(self, x):
        """A rule that scales by `eta`, as it is in the step to come of an array."""
        factor = self._eta_in(self._count(x) + 1)
        if self._next is None or self._next.factor != factor:
            self._next = Scale(factor)
        return self._next

    def _count(self, x):
        return self._counts.get(id(x), (x, 0))[1]

    def _eta_in(self, n):
        """The factor in step n: it falls when the first array comes to a multiple."""
        if n > self._most and n % self.decay_step == 0:
            return max(self.eta * self.decay, self.clip)
        return self.eta

    def stepped(self, x, leaf):
        """Count the step, and let `eta` fall if it is time."""
        n = self._count(x) + 1
        eta = self._eta_in(n)
        if eta != self.eta:
            self.eta = eta
        self._most, self._counts[id(x)] = max(n, self._most), (x, n)

    @property
    def state(self):
        """How many steps each array has made."""
        return IdMapping(self._counts.values())
