"""Notebook 11, Custom rules and second order: derivatives of one's own."""

import numpy as np

from ...autodiff.gradient import gradient, pullback
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, VALUE, Finding, require
from . import curvature  # noqa: F401  (the other exercises of this notebook)

# --- A lie -----------------------------------------------------------------------


@tests("11.1")
def binary_vjp(answer):
    """Inside, outside, on the border; shapes; the dtype."""
    rng = np.random.default_rng(0)
    cases = (
        np.array([0.5, -0.3, 1.5, -2.0, 0.0]),
        np.array([1.0, -1.0, 0.9]),
        rng.normal(size=(2, 3)).round(1),
        np.array(0.4),
        np.array([0.5, 3.0], np.float32),
    )
    for x in cases:
        g = rng.normal(size=x.shape).round(1).astype(x.dtype)
        ans = np.where(x < 0, x.dtype.type(-1), x.dtype.type(1))
        got = attempt(answer, g, ans, x)
        inside = np.abs(x) <= 1
        suspects = [
            (g, "That is g everywhere. Beyond 1 and -1 there is to be none."),
            (g * (x <= 1), "What is below -1 has got a gradient as well."),
            (g * (np.abs(x) < 1), "What is exactly 1 or -1 is to have its gradient."),
            (g * ans * inside, "That is multiplied by the sign. Straight through "
             "means: as it is."),
            (g * x * inside, "That is multiplied by x. Straight through means: as it "
             "is."),
            (1.0 * inside, "Where is g? A rule hands on what arrives, times a slope."),
            (np.zeros_like(g), "That is the true slope of a sign, 0 everywhere."),
        ]  # fmt: skip
        matches(got, g * inside, suspects=suspects)


# --- Solutions -------------------------------------------------------------------


def solution(f, x):
    """The y with y = f(y, x)."""
    y = np.zeros_like(x)
    for _ in range(300):
        y = f(y, x)
    return y


def equations():
    """Triples: an equation, an x, and the matrix of its derivative towards y."""
    rng = np.random.default_rng(0)
    W = rng.normal(size=(4, 4))
    W *= 0.6 / np.linalg.norm(W, 2)
    return (
        (lambda y, x: 0.4 * y + 3 * x, np.array(2.0)),
        (lambda y, x: W @ y + np.sin(x), rng.normal(size=4).round(1)),
        (lambda y, x: np.tanh(W @ y + x), rng.normal(size=4).round(1)),
        (lambda y, x: x**2 + 0.6 * np.sin(y), np.array([0.3, 1.0, 2.0])),
    )


@tests("11.2")
def implicit_gradient(answer):
    """Linear and bent equations, numbers and arrays, by solving for u directly."""
    rng = np.random.default_rng(1)
    for f, x in equations():
        y = solution(f, x)
        g = rng.normal(size=y.shape).round(1)
        got = attempt(answer, f, y, x, g)
        _, back = pullback(f, y, x)
        units = np.eye(y.size).reshape(y.size, *y.shape)
        rows = [np.ravel(back(unit)[0]) for unit in units]  # of the jacobian towards y
        u = np.linalg.solve(np.eye(y.size) - np.transpose(rows), np.ravel(g))
        u = u.reshape(y.shape)
        right = back(u)[1]
        suspects = [
            (back(g)[1], "That is the part of the last step alone: it leaves out that "
             "y itself, within f, depends on x."),
            (u, "That is u. What does x get of it?"),
            (back(u)[0], "That is what arrives at y. What arrives at x?"),
            (back(g + back(g)[0])[1], "That is after one repetition. Go on until "
             "nothing changes."),
            (0 * right, "u has died away: in each repetition, g comes to it anew."),
        ]  # fmt: skip
        matches(got, right, rtol=1e-6, suspects=suspects)


# --- Entropy ---------------------------------------------------------------------


@tests("11.3")
def entropy(answer):
    """Values; gradients, with and without zeros; batches; the dtype."""
    cases = (
        np.array([0.5, 0.25, 0.25]),
        np.array([1.0, 0.0]),
        np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]]),
        np.array([0.5, 0.5, 0.0], np.float32),
    )
    for p in cases:
        got = attempt(answer, p)
        parts = [-q * np.log(q) if q > 0 else 0.0 for q in p.ravel().astype(float)]
        parts = np.reshape(parts, p.shape)
        right = parts.sum(-1).astype(p.dtype)
        suspects = [
            (-right, "The sign: an entropy is never negative."),
            (right / np.log(2), "That is in bits. Use the natural logarithm."),
        ]
        if p.ndim > 1:
            suspects += [
                (parts.sum(), "That is the sum over all. Over the last axis alone."),
                (parts.sum(0), "That is the sum over the first axis."),
            ]
        rtol = 1e-6 if p.dtype == np.float32 else 1e-12
        matches(got, right, rtol=rtol, suspects=suspects)
        _check_slope(answer, p)


def _check_slope(answer, p):
    found = gradient(lambda p: np.sum(answer(p)), p)[0]
    text = f"the gradient of entropy at {shown(p)}"
    received(text, found)
    bad = ~np.isfinite(found)
    require(
        not np.any(bad),
        VALUE,
        f"The value is right, but {text} is {shown(found)}. Some branch that was not "
        f"chosen is still computed with a p of 0.",
    )
    with np.errstate(divide="ignore"):
        right = np.where(p > 0, -np.log(p) - 1, 0).astype(p.dtype)
    if np.any(found[p == 0]):
        raise Finding(
            ALMOST,
            f"The value is right, but {text} is {shown(found)}: it should be 0 where p "
            f"is 0.",
        )
    rtol = 1e-6 if p.dtype == np.float32 else 1e-12
    matches(Attempt(text, found), right, rtol=rtol)
