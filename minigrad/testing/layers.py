"""Cases for an implementation of a fully connected layer, `Dense(in, out, act)`.

It has the fields `weight` (out, in) and `bias` (out,), computes
`act(x @ weight.T + bias)`, and is marked with `@minigrad.functor`.
"""

import numpy as np

from ..autodiff.gradient import gradient
from ..check.calling import Attempt, attempt
from ..check.comparing import matches
from ..check.showing import shown
from ..check.states import DTYPE, SHAPE, VALUE, Finding, require
from ..functors import is_object
from ..nn import Dense
from ..optimise import Descent, update_
from ..train import setup
from .cases import named

CASES = []


@named(CASES, "weight and bias")
def _fields(layer):
    made = _made(layer)
    for name, shape in (("weight", (2, 3)), ("bias", (2,))):
        x = getattr(made, name, None)
        require(
            isinstance(x, np.ndarray) and x.shape == shape,
            SHAPE,
            f"`Dense(3, 2, np.tanh).{name}` is {shown(x)}. It is an array of shape "
            f"{'(out, in)' if name == 'weight' else '(out,)'}.",
        )
        require(
            x.dtype == np.float32,
            DTYPE,
            f"`Dense(3, 2, np.tanh).{name}` has dtype {x.dtype}: float32 is usual.",
        )
    require(not made.bias.any(), VALUE, "The bias of a new layer is not zero.")


@named(CASES, "random weights")
def _random(layer):
    one, other = (attempt(layer, 300, 200, np.tanh).value for _ in range(2))
    require(
        not np.array_equal(one.weight, other.weight),
        VALUE,
        "Two layers have the same weights: they are drawn anew for each layer.",
    )
    spread, usual = float(one.weight.std()), np.sqrt(2 / 500)
    require(
        0.8 < spread / usual < 1.25,
        VALUE,
        f"The weights of `Dense(300, 200)` have the standard deviation {spread:.3g}, "
        f"with which the sizes of values and gradients do not stay alike from layer to "
        f"layer. See `help(minigrad.glorot_uniform)`.",
    )


@named(CASES, "the formula")
def _formula(layer):
    made, ours = _pair(layer)
    for shape in ((3,), (5, 3), (2, 4, 3)):
        x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        got = Attempt(f"Dense(3, 2, np.tanh)({shown(x)})", made(x))
        pre = x @ ours.weight.T
        suspects = (
            (np.tanh(pre), "Is the bias missing?"),
            (pre + ours.bias, "Is the activation missing?"),
            (np.tanh(pre) + ours.bias, "The bias is added before the activation."),
        )
        matches(got, ours(x), rtol=1e-5, suspects=suspects,
                about_shape="Features are the last axis: (..., in) becomes (..., out).",
                )  # fmt: skip


@named(CASES, "the gradient")
def _gradient(layer):
    made, ours = _pair(layer)
    x = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
    loss = lambda m: np.sum(m(x) ** 2)
    mine, right = gradient(loss, made)[0], gradient(loss, ours)[0]
    said = "gradient(lambda m: np.sum(m(x) ** 2), dense)[0]"
    for name in ("weight", "bias"):
        require(
            getattr(mine, name, None) is not None,
            VALUE,
            f"`{said}.{name}` is None: the layer does not use `self.{name}` when it is "
            f"called.",
        )
    for name in ("weight", "bias"):
        got = Attempt(f"{said}.{name}", getattr(mine, name))
        matches(got, getattr(right, name), rtol=1e-5)


@named(CASES, "training")
def _training(layer):
    made, ours = _pair(layer)
    x = np.random.default_rng(3).normal(size=(5, 3)).astype(np.float32)
    for model in (made, ours):
        state = setup(Descent(0.1), model)
        for _ in range(10):
            grads = gradient(lambda m: np.mean(m(x) ** 2), model)
            update_(state, model, grads[0])
    got = Attempt("dense.weight after ten steps of Descent(0.1)", made.weight)
    matches(got, ours.weight, rtol=1e-4)


def _made(layer):
    made = attempt(layer, 3, 2, np.tanh).value
    if not is_object(made):
        raise Finding(
            VALUE,
            f"{shown(layer)} is not marked as a model, so nothing finds its arrays. "
            f"Write `@minigrad.functor` above `class {shown(layer)}`.",
        )
    return made


def _pair(layer):
    """A layer and ours, with the same weights."""
    made = _made(layer)
    ours = Dense(3, 2, np.tanh, rng=7)
    ours.bias = np.array([0.5, -0.25], np.float32)
    made.weight, made.bias = ours.weight.copy(), ours.bias.copy()
    return made, ours
