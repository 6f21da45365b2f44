"""Checking a gradient against finite differences, with a report to read.

Whoever writes a vjp, a layer or a loss can ask here whether its gradient is
right: `print(check_gradient(f, *args))`. The tape's answer is compared with

    (f(x + h d) - f(x - h d)) / 2h

which needs nothing but the values of `f`.
"""

from typing import NamedTuple

import numpy as np

from ..duplicated import models_of
from ..functors import children, is_leaf, rebuild
from ..walks import KeyPath
from .gradient import pullback, seed_first
from .report import CLOSE, KINK, MISSING, OK, UNUSED, WRONG, GradientReport, Row
from .structure import gradient_at

ENTRIES = 100
"""So many numbers of one array are checked one by one."""

EPSILON = float(np.finfo(np.float64).eps)


def check_gradient(f, *args, rtol=1e-6, atol=1e-8, step=None, rng=None):
    """Whether the gradients of `f(*args)` agree with finite differences.

        |tape - difference| <= atol + rtol max(|tape|, |difference|) + rounding

    where the rounding of `f` itself lets the difference be off by about
    `eps |f(x)| / h`.

    Of an array of more than 100 numbers, 100 drawn at random are checked, and the
    slope along one random direction, to which all contribute. The check runs in
    float64: float32 arrays are converted first. `f` is given copies of `args`.

    Args:
        f: a function of `args` that returns a real number; or an array, which is
            contracted with fixed random numbers; or a tuple, whose first entry
            counts, as in `withgradient`.
        args: arrays, numbers, or trees of them, as in `gradient`.
        rtol: how large an error may be, relative to the value.
        atol: how large it may be where the value is near 0.
        step: the `h` above. Default: `cbrt(eps) max(1, |x|)`, about 6e-6, which
            balances the error of the formula (h**2) and of rounding (eps / h).
        rng: a `numpy.random.Generator` for the random choices.

    Returns:
        A `GradientReport`: true when all agree; printed, a table with one row for
        each array or number.

    Raises:
        ValueError: `f` gives different values for the same arguments, or they hold
            nothing that has a gradient.
        NoGradientError, ShapeError: as `gradient`.

    See Nocedal and Wright, "Numerical Optimization" (2006), section 8.1, for the
    step.

    >>> print(check_gradient(lambda x, n: n * x**2, 3.0, 2))
    ... # doctest: +ELLIPSIS
    leaf     shape  abs. error  rel. error  tape  difference  at  verdict
    args[0]  ()     ...         ...         12    12              ok
    args[1]  ()     ...         ...         9     9               ok
    >>> from minigrad import primitive, vjp
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> _ = vjp(cube, lambda g, ans, x: g * 2 * x**2)  # a mistake: 3 is right
    >>> print(check_gradient(cube, 2.0))
    leaf     shape  abs. error  rel. error  tape  difference  at  verdict
    args[0]  ()     4.0e+00     3.3e-01     8     12              wrong
    """
    rng = np.random.default_rng(0) if rng is None else rng
    args = tuple(_in_float64(arg, top=True) for arg in models_of(args))
    if not any(_leaves(args, KeyPath())):
        raise ValueError(
            "There is nothing to check: the arguments hold no float arrays or numbers. "
            "Arrays of integers are constants; write 2.0 for 2, or x.astype(float)."
        )
    y, back = pullback(f, *map(_in_float64, args))
    ybar = _cotangent(y, rng)
    gradients = back(ybar)

    def value(args):
        return _contract(f(*map(_in_float64, args)), ybar)

    start = value(args)
    if start != value(args) and np.isfinite(start):
        raise ValueError(
            "f gives different values for the same arguments, so it has no gradient "
            "to check. If it draws random numbers, draw them outside, or give it "
            "a generator that is seeded anew in every call."
        )
    check = _Check(value, args, start, rtol, atol, step, rng)
    leaves = _leaves(args, KeyPath())
    return GradientReport(
        [check.row(path, x, gradient_at(gradients, path)) for path, x in leaves]
    )


def _cotangent(y, rng):
    """What `back` is given: 1 for a number, random numbers for an array."""
    if isinstance(y, np.ndarray) and y.ndim and not np.iscomplexobj(y):
        return rng.normal(size=y.shape)
    return seed_first(y)


def _contract(y, ybar):
    if isinstance(y, tuple):
        return float(y[0])
    return float(np.sum(np.asarray(y, np.float64) * ybar))


# --- Places in the arguments -----------------------------------------------------


def _in_float64(x, top=False):
    """A copy of `x` in which no two places share, with all floats as float64."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(np.float64 if x.dtype.kind == "f" else x.dtype)
    if top and type(x) is int:
        return float(x)
    if is_leaf(x):
        return x
    return rebuild(x, {key: _in_float64(child) for key, child in children(x).items()})


def _leaves(x, path):
    """Pairs (path, leaf) of all that has a gradient."""
    if getattr(x, "dtype", None) == np.float64 or type(x) is float:
        yield path, x
    for key, child in children(x).items():
        yield from _leaves(child, path / key)


def _replaced(tree, path, leaf):
    """`tree` with `leaf` at `path`."""
    if not path:
        return leaf
    parts = children(tree)
    new = _replaced(parts[path[0]], path[1:], leaf)
    return rebuild(tree, {**parts, path[0]: new})


# --- One leaf ------------------------------------------------------------------


class _Check(NamedTuple):
    """The function as `value(args)`, its value at `args`, and how to compare."""

    value: object
    args: tuple
    start: float
    rtol: float
    atol: float
    step: object
    rng: object

    def row(self, path, x, gradient):
        """Compare along all probing directions; report the worst."""
        name = str(KeyPath(("args", *path)))
        absolute, relative, worst = 0.0, 0.0, (-1.0, 0.0, 0.0, "", OK)
        for place, direction in _directions(np.shape(x), self.rng):
            tape = 0.0 if gradient is None else float(np.sum(gradient * direction))
            right, left, h = self.slopes(path, x, direction)
            difference = (right + left) / 2
            error = abs(tape - difference)
            size = np.maximum(abs(tape), abs(difference))
            tolerance = self.atol + self.rtol * size + EPSILON * abs(self.start) / h
            absolute = np.maximum(absolute, error)
            relative = np.maximum(relative, error / size if error else 0.0)
            excess = error / tolerance if np.isfinite(error) else np.inf
            if excess > worst[0]:
                verdict = _verdict(excess, error, abs(right - left))
                worst = excess, tape, difference, place, verdict
        _, tape, difference, place, verdict = worst
        if gradient is None:
            tape, verdict = None, UNUSED if verdict == OK else MISSING
        errors = float(absolute), float(relative)
        return Row(name, np.shape(x), *errors, tape, difference, place, verdict)

    def slopes(self, path, x, direction):
        """The differences to the right and to the left, and their step."""
        touched = np.abs(np.asarray(x)[direction != 0])
        h = np.cbrt(EPSILON) * np.max(touched, initial=1.0)
        h = float(h if self.step is None else self.step)
        with np.errstate(invalid="ignore", divide="ignore"):  # outside f's domain
            right, left = (
                self.value(_replaced(self.args, path, _moved(x, shift)))
                for shift in (h * direction, -h * direction)
            )
        return (right - self.start) / h, (self.start - left) / h, h


def _moved(x, shift):
    """`x + shift`, of the same type as `x`."""
    moved = np.array(x)
    moved += shift
    return moved if isinstance(x, np.ndarray) else type(x)(moved)


def _directions(shape, rng):
    """Pairs (place, direction) along which the slope of a leaf is measured."""
    size = int(np.prod(shape))
    few = size <= ENTRIES
    for i in range(size) if few else rng.choice(size, ENTRIES, replace=False):
        index = tuple(int(k) for k in np.unravel_index(i, shape))
        direction = np.zeros(shape)
        direction[index] = 1
        yield str(list(index)) if index else "", direction
    if not few:
        yield "a random direction", rng.normal(size=shape) / np.sqrt(size)


def _verdict(excess, error, jump):
    """In words. A tape's value between two unequal one-sided slopes is a kink's."""
    if excess <= 1:
        return OK
    if excess <= 100:
        return CLOSE
    return KINK if not np.isfinite(jump) or error <= 0.6 * jump else WRONG
