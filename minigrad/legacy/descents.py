"""The optimisers of the old pages that make a step of a gradient.

Each is the rule of the same name in `minigrad.optimise.rules`, where the formulas are.
The oldest names, `ADAM` and its like, are those of the page of 2021.
"""

from ..optimise import rules
from .combined import Optimiser
from .deprecation import deprecated
from .modifying import WeightDecay
from .optimiser import BuiltIn


class Descent(BuiltIn):
    """Gradient descent: `x <- x - eta dx`.

    >>> from minigrad.legacy import gradient, param, params, update_
    >>> W, opt = param([1.0, 2.0]), Descent(0.1)
    >>> update_(opt, W, gradient(lambda: (W**2).sum(), params(W))[W])
    >>> W
    param([0.8, 1.6])
    """

    eta: float = 0.1

    def __rule__(self):
        """The rule with these numbers."""
        return rules.Descent(self.eta)


class Momentum(BuiltIn):
    """Gradient descent with inertia: `v <- rho v - eta dx`, `x <- x + v`.

    The velocity that is kept here points downhill; that of the rule points uphill. (The
    formula on the page, `w = w - v`, has the wrong sign; its code has the right one.)

    >>> import numpy as np
    >>> opt, W, dx = Momentum(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.2] [0.38]
    """

    eta: float = 0.01
    rho: float = 0.9

    def __rule__(self):
        """The rule with these numbers."""
        return rules.Momentum(self.eta, self.rho)

    def shown(self, state):
        """The velocity downhill."""
        return -state


class Nesterov(BuiltIn):
    """Momentum that looks ahead: see the rule `Nesterov`.

    >>> import numpy as np
    >>> opt, W, dx = Nesterov(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.38] [0.542]
    """

    eta: float = 0.001
    rho: float = 0.9

    def __rule__(self):
        """The rule with these numbers."""
        return rules.Nesterov(self.eta, self.rho)


class RMSProp(BuiltIn):
    """Steps of about `eta` each, whatever the size of the gradient: see the rule.

    >>> import numpy as np
    >>> opt, W, dx = RMSProp(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.316] [0.229]
    """

    eta: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8

    def __rule__(self):
        """The rule with these numbers."""
        return rules.RMSProp(self.eta, self.rho, self.epsilon)


class AdaGrad(BuiltIn):
    """Steps that shrink where gradients were large: see the rule.

    >>> import numpy as np
    >>> opt, W, dx = AdaGrad(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.1] [0.071]
    """

    eta: float = 0.1
    epsilon: float = 1e-8

    def __rule__(self):
        """The rule with these numbers."""
        return rules.AdaGrad(self.eta, self.epsilon)


class AdaDelta(BuiltIn):
    """Steps in proportion to the steps before, so without a learning rate.

    >>> import numpy as np
    >>> opt, W, dx = AdaDelta(), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(6), opt.apply_(W, dx).round(6))
    [0.000316] [0.000324]
    """

    rho: float = 0.9
    epsilon: float = 1e-8

    def __rule__(self):
        """The rule with these numbers."""
        return rules.AdaDelta(self.rho, self.epsilon)


# --- Adam and its relatives ----------------------------------------------------------


class Moments(BuiltIn):
    """What Adam and its relatives share; `rule` is the class of the rule."""

    eta: float = 0.001
    beta: tuple = (0.9, 0.999)
    epsilon: float = 1e-8

    def __rule__(self):
        """The rule with these numbers."""
        return self.rule(self.eta, self.beta, self.epsilon)


class Adam(Moments):
    """Steps of about `eta` each, whatever the size of the gradient: see the rule.

    The third argument came in 2022; the page of 2021 has the same number, fixed.

    >>> Adam(0.001, (0.9, 0.8))
    Adam(eta=0.001, beta=(0.9, 0.8), epsilon=1e-08)
    """

    rule = rules.Adam


class RAdam(Moments):
    """Adam that waits with the division until the mean square can be trusted.

    >>> import numpy as np
    >>> opt, W, dx = RAdam(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.2] [0.2]
    """

    rule = rules.RAdam


class AdaMax(Moments):
    """Adam with the largest gradient of late in place of the mean square.

    >>> import numpy as np
    >>> opt, W, dx = AdaMax(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.1] [0.1]
    """

    rule = rules.AdaMax


class AMSGrad(Moments):
    """Adam whose steps never grow again.

    >>> import numpy as np
    >>> opt, W, dx = AMSGrad(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.316] [0.425]
    """

    rule = rules.AMSGrad


class NAdam(Moments):
    """Adam with the momentum of Nesterov.

    >>> import numpy as np
    >>> opt, W, dx = NAdam(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.147] [0.116]
    """

    rule = rules.NAdam


class OAdam(Moments):
    """Adam for games: each step also goes on as the one before promised.

    The page says 0.0001 for `eta`; the code of the same release has 0.001, as here.

    >>> import numpy as np
    >>> opt, W, dx = OAdam(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.2] [0.1]
    """

    beta: tuple = (0.5, 0.9)
    rule = rules.OAdam


class AdaBelief(Moments):
    """Adam divided by the surprise: how far gradients are from their mean.

    This is the rule of today. In 2021 the means were not corrected for their start,
    and `epsilon` was 1e-8 and stood only in the denominator.

    >>> import numpy as np
    >>> opt, W, dx = AdaBelief(0.1), np.array([1.0]), np.array([2.0])
    >>> print(opt.apply_(W, dx).round(3), opt.apply_(W, dx).round(3))
    [0.111] [0.117]
    """

    epsilon: float = 1e-16
    rule = rules.AdaBelief


def AdamW(eta=0.001, beta=(0.9, 0.999), decay=0.0):
    """Adam, with a decay of the parameters that the division does not touch.

    It is a function, and makes `Optimiser(Adam(1, beta), WeightDecay(decay),
    Descent(eta))`: the decay is multiplied by `eta`, as in the release of its page (in
    those before and after, it was not).

    Args:
        eta: the learning rate.
        beta: as in `Adam`.
        decay: the part of the parameters that a step of rate 1 takes away.

    >>> AdamW(0.01, decay=0.1)[1:]
    (WeightDecay(0.1), Descent(0.01))
    """
    return Optimiser(Adam(1.0, beta), WeightDecay(decay), Descent(eta))


# --- The names of 2021 ----------------------------------------------------------------


def _older(name, new):
    """The class `new` under its older name, which is deprecated."""

    def post_init(self):
        deprecated(name, f"write {new.__name__}.", depth=4)
        new.__post_init__(self)

    text = f"The older name of `{new.__name__}`: says so, once, and is the same."
    return type(name, (new,), {"__post_init__": post_init, "__doc__": text})


ADAM, RADAM, NADAM = (
    _older("ADAM", Adam),
    _older("RADAM", RAdam),
    _older("NADAM", NAdam),
)
OADAM = _older("OADAM", OAdam)
ADAGrad, ADADelta = _older("ADAGrad", AdaGrad), _older("ADADelta", AdaDelta)


def ADAMW(eta=0.001, beta=(0.9, 0.999), decay=0.0):
    """The older name of `AdamW`: says so, once, and is the same.

    >>> ADAMW(0.01, decay=0.1)[1:]
    (WeightDecay(0.1), Descent(0.01))
    """
    deprecated("ADAMW", "write AdamW.")
    return AdamW(eta, beta, decay)
