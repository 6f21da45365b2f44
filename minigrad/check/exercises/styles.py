"""Notebook 04, The gradient has the shape of the model: the implicit style.

What is asked for is compared with the explicit style: nothing here needs the old one.
"""

from copy import deepcopy

import numpy as np

from ...autodiff.gradient import gradient
from ...marking import functor
from ...nn import Dense, mse, tanh
from ...optimise import Momentum, update_
from ...train import setup
from ...walks import trainables
from ..comparing import relative_error
from ..registry import tests
from ..showing import shown
from ..states import VALUE, Finding, require


@functor
class Net:
    """A chain of two layers that notes by whose arrays it was called."""

    def __init__(self, seen):
        self.layers = Dense(2, 4, tanh, rng=1), Dense(4, 1, rng=2)
        self._seen = seen

    def __call__(self, x):
        """One layer after the other."""
        self._seen.append(id(self))
        for layer in self.layers:
            x = layer(x)
        return x


def squares(model):
    """The penalty: the sum of the squares of all parameters."""
    return sum(np.sum(p**2) for p in trainables(model))


def trained(start, x, y, steps, penalty=squares, forgetful=False):
    """The parameters after the training that is asked for, or one with a mistake."""
    model = deepcopy(start)
    state = setup(Momentum(0.05), model)
    for _ in range(steps):
        grads = gradient(lambda m: mse(m(x), y) + 0.01 * penalty(m), model)
        state = setup(Momentum(0.05), model) if forgetful else state
        update_(state, model, grads[0])
    return values(model)


def values(model):
    """All parameters, one after the other."""
    return np.concatenate([p.ravel() for p in trainables(model)])


def near(found, right):
    """Whether parameters are the same, but for the order of sums."""
    return relative_error(found, right) < 1e-4


@tests("04.6")
def train_implicit(answer):
    """One step and several: all layers, the penalty, the memory; and no copy."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 2)).astype(np.float32)
    y = x[:, :1] * x[:, 1:]
    for steps in (1, 2, 5):
        seen, start = [], Net([])
        model = deepcopy(start)
        model._seen = seen
        text = f"train_implicit(model, x, y, steps={steps})"
        answer(model, x, y, steps)
        _check_moves(text, start, model)
        found, right = values(model), trained(start, x, y, steps)
        if not near(found, right):
            said = _suspicion(found, start, x, y, steps)
            raise Finding(VALUE, f"`{text}` left {shown(found)} as parameters. {said}")
        require(
            set(seen) == {id(model)},
            VALUE,
            f"`{text}` trains rightly, but calls a copy of the model, as the explicit "
            f"style does. In the implicit one, `legacy.gradient` is given a function "
            f"without arguments and the list.",
        )


def _check_moves(text, start, model):
    pairs = zip(trainables(start, path=True), trainables(model), strict=True)
    still = [str(path) for (path, old), new in pairs if np.array_equal(old, new)]
    require(len(still) < 4, VALUE, f"`{text}` left the model as it was.")
    require(
        not still,
        VALUE,
        f"After `{text}`, {' and '.join(still)} of the model have not moved. Are they "
        f"in the list?",
    )


def _suspicion(found, start, x, y, steps):
    """The sentence about the mistake that leads to the same parameters."""
    mistakes = (
        (
            {"penalty": lambda m: 0.0},
            "So they would be without a penalty. Is it computed inside of the function "
            "whose gradient is taken?",
        ),
        (
            {"forgetful": True},
            "The first step is right, and later steps are too short. What is it that "
            "`Momentum` remembers, and since when?",
        ),
        (
            {"penalty": lambda m: 0.0, "forgetful": True},
            "Two things are the matter. One of them: a number that is computed "
            "beforehand is a constant in the function whose gradient is taken.",
        ),
    )
    for options, said in mistakes:
        if near(found, trained(start, x, y, steps, **options)):
            return said
    return "Compare it with `train_explicit`, line by line: loss, penalty, rule."
