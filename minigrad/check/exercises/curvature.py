"""Notebook 11, Jacobians by columns, and second derivatives."""

import numpy as np

from ...autodiff.derivatives import jacobian
from ...autodiff.gradient import gradient
from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise
from ..calling import attempt
from ..comparing import matches
from ..registry import tests
from ..states import ALMOST, VALUE, Finding, require


class Counts:
    """How often a function was called, and how often it was gone through backwards."""

    forward, backward = 0, 0


counts = Counts()


@primitive
def counted(x):
    """x itself; its calls are counted, and those of its rule."""
    counts.forward += 1
    return 1.0 * x


def _rule(g, ans, x):
    counts.backward += 1
    return counted(g)


elementwise(counted, _rule)

# --- Columns ---------------------------------------------------------------------


@tests("11.4")
def jacobian_by_columns(answer):
    """Wide, tall and square; without a way back for each output."""
    rng = np.random.default_rng(0)
    for m, n in ((3, 2), (2, 3), (1, 4), (3, 3), (4, 1)):
        A, x = rng.normal(size=(m, n)), rng.normal(size=n).round(1)
        bend = lambda x, A=A: np.sin(A @ x)
        right = np.cos(A @ x)[:, None] * A
        got = attempt(answer, bend, x)
        suspects = [
            (right.T, "Rows and columns are swapped: a row for each output."),
            (A, "What does f do to the numbers after the matrix?"),
            (right.sum(1), "That is the change if all numbers of x change at once."),
        ]
        about = f"There are {m} outputs and {n} numbers in x: {m} rows, {n} columns."
        matches(got, right, rtol=1e-7, suspects=suspects, about_shape=about)
    _by_columns(answer)


def _by_columns(answer):
    counts.forward = counts.backward = 0
    n, m = 3, 40
    A, x = np.random.default_rng(1).normal(size=(m, n)), np.ones(n)
    found = answer(lambda x: np.sin(A @ counted(x)), x)
    rows = counts.backward
    counts.forward = counts.backward = 0
    jacobian(lambda x: np.sin(A @ counted(x)), x)
    require(
        rows < counts.backward,
        VALUE,
        f"The matrix is right, but it was computed by rows: for {m} outputs and {n} "
        f"inputs the function was gone through backwards {rows} times. Use "
        f"`mg.pushforward`.",
    )
    exact = np.cos(A @ x)[:, None] * A
    calls = []
    answer(lambda x: (calls.append(1), np.sin(A @ x))[1], x)
    if len(calls) > 2 or not np.allclose(found, exact, rtol=1e-9):
        raise Finding(
            ALMOST,
            f"The matrix is right, but f was called {len(calls)} times. Call "
            f"`mg.pushforward` once; its `push` can be used for all columns.",
        )


# --- Second derivatives ----------------------------------------------------------


def losses():
    """Triples: a function, a place, its Hessian there."""
    rng = np.random.default_rng(0)
    A = rng.normal(size=(3, 3)).round(1)
    x = rng.normal(size=3).round(1)
    return (
        (lambda x: x @ A @ x, x, A + A.T),
        (lambda x: x[0] ** 2 * x[1] + x[2] ** 3, np.array([1.0, 2.0, -1.0]),
         np.array([[4.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, -6.0]])),
        (lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]),
         np.array([[0.0, 4.0], [4.0, 6.0]])),
        (lambda x: np.exp(np.sum(x) / 2), x, np.full((3, 3), np.exp(x.sum() / 2) / 4)),
    )  # fmt: skip


@tests("11.5")
def hessian_vector(answer):
    """Known Hessians; exact; as cheap for many parameters as for few."""
    rng = np.random.default_rng(1)
    for f, x, H in losses():
        v = rng.normal(size=x.shape).round(1)
        got = attempt(answer, f, x, v)
        slope = gradient(f, x)[0]
        suspects = [
            (np.diag(H) * v, "That has only the diagonal of the Hessian in it."),
            (H.sum(0), "That is the Hessian times ones. Where is v?"),
            (H, "That is the whole Hessian."),
            (slope * v, "That is the gradient times v, number by number."),
            (slope @ v, "That is the slope along v: the first derivative."),
            (v @ H @ v, "That is v H v, the curvature along v."),
        ]
        matches(got, H @ v, rtol=1e-10, suspects=suspects)
    n = 300
    counts.forward = counts.backward = 0
    x, v = np.linspace(0.0, 1.0, n), np.ones(n)
    answer(lambda x: np.sum(counted(x) ** 4), x, v)
    require(
        counts.backward < n,
        VALUE,
        f"The product is right, but for {n} parameters the function was gone through "
        f"backwards {counts.backward} times: that is the whole Hessian. Two gradients "
        f"are enough.",
    )


@tests("11.6")
def newton_step(answer):
    """The bottom of parabolas at once; other functions by the formula."""
    rng = np.random.default_rng(2)
    for n in (1, 2, 4):
        R, bottom = rng.normal(size=(n, n)) + 2 * np.eye(n), rng.normal(size=n).round(1)
        parabola = lambda x, R=R, b=bottom: np.sum((R @ (x - b)) ** 2)
        x = rng.normal(size=n).round(1)
        _newton(answer, parabola, x, 2 * R.T @ R, 2 * R.T @ R @ (x - bottom))
    _newton(answer, lambda x: np.sum(np.cosh(x)), np.array([0.5, -1.0]),
            np.diag(np.cosh([0.5, -1.0])), np.sinh([0.5, -1.0]))  # fmt: skip
    saddle = lambda x: x[0] ** 2 - x[1] ** 2 + x[0] * x[1]
    _newton(answer, saddle, np.array([1.0, 2.0]),
            np.array([[2.0, 1.0], [1.0, -2.0]]), np.array([4.0, -3.0]))  # fmt: skip


def _newton(answer, f, x, H, slope):
    got = attempt(answer, f, x)
    d = -np.linalg.solve(H, slope)
    suspects = [
        (d, "That is the way to the place, not the place."),
        (x - d, "That is the other direction: mind the sign."),
        (x - slope, "That is a step of gradient descent. Where is the curvature?"),
        (x - H @ slope, "That is multiplied by the Hessian. The equation is H d = -g."),
        (x - slope / np.diag(H), "That takes the diagonal of the Hessian alone."),
        (x - slope / H, "That divides by the numbers of the matrix, one by one. An "
         "equation is solved by `np.linalg.solve`."),
        (x + d / 2, "That is half of the way."),
    ]  # fmt: skip
    matches(got, x + d, rtol=1e-8, atol=1e-9, suspects=suspects)
