"""Whether the tape agrees with finite differences about one program.

    f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h**4)

along a random direction of all inputs. Two step sizes tell how far to trust that, and
whether the program has a kink just there, where the question has no answer.
"""

from typing import NamedTuple

import numpy as np

from minigrad import gradient, pullback

from .programs import compiled

STEP = 5e-4
TOLERANCE = 1e-8
"""Relative to slopes of 1 and more; a hundredth of it absolute, for small ones."""
AGREES, KINK = "agrees", "kink"
RAISES, VALUE, GRADIENT, PEER = "raises", "wrong value", "wrong gradient", "unlike peer"


class Finding(NamedTuple):
    """What was found out about one program.

    Attributes:
        verdict: one of the above.
        found: by the tape: a number, an error, or gradients.
        expected: by differences, or by the peer.
        compared: whether a peer computed the gradient, too, and rightly.
    """

    verdict: str
    found: object = None
    expected: object = None
    compared: bool = False

    @property
    def is_failure(self):
        """Whether something is wrong."""
        return self.verdict not in (AGREES, KINK)


def check(program, directions, peer=None):
    """A `Finding` about the value and the gradient of one program.

    Args:
        program: a `Program`.
        directions: an array for each input.
        peer: a pair (module, gradient) that runs the same source, or None.
    """
    inputs = list(program.inputs.values())
    f = compiled(program, np, gradient)
    try:
        value, back = pullback(f, *inputs)
        gradients = back(1.0)
    except Exception as error:
        return Finding(RAISES, error)
    expected = compiled(program, np, numerical_gradient)(*inputs)
    if not close(value, expected):
        return Finding(VALUE, value, expected)
    gradients = [
        np.zeros(np.shape(x)) if g is None else g
        for x, g in zip(inputs, gradients, strict=True)
    ]
    if [np.shape(g) for g in gradients] != [np.shape(x) for x in inputs]:
        return Finding(GRADIENT, gradients, inputs)
    pairs = list(zip(inputs, directions, strict=True))
    try:
        slope, is_smooth = difference(lambda t: f(*(x + t * d for x, d in pairs)))
    except (IndexError, ValueError):  # near a place where shapes change
        return Finding(KINK)
    along = lambda gradients: sum(
        np.sum(g * d) for g, d in zip(gradients, directions, strict=True)
    )
    found = along(gradients)
    if not is_smooth:
        return Finding(KINK, found, slope)
    if not close(found, slope):
        return Finding(GRADIENT, found, slope)
    theirs = None if peer is None else of_peer(peer, program, inputs)
    if theirs is None or not close(along(theirs), slope):
        return Finding(AGREES, found, slope)  # the peer cannot run it, or is wrong
    if not all(map(same, gradients, theirs)):
        return Finding(PEER, gradients, theirs, True)
    return Finding(AGREES, found, slope, True)


def close(x, y, tolerance=TOLERANCE):
    """Whether two numbers agree as well as differences can tell."""
    return abs(x - y) <= tolerance * (0.01 + abs(y))


def same(x, y):
    """Whether two gradients agree up to rounding."""
    return np.allclose(x, y, rtol=1e-7, atol=1e-9)


# --- Differences ---------------------------------------------------------------------


def difference(at, h=STEP):
    """The slope of `at(t)` at 0, and whether that can be trusted.

    At a kink the slopes to the right and to the left differ by as much for `h` as
    for `h / 2`; otherwise by twice as much.
    """
    y = {t: at(t * h) for t in (-2, -1, -0.5, 0, 0.5, 1, 2)}
    rough, fine = (
        (8 * (y[t] - y[-t]) - (y[2 * t] - y[-2 * t])) / (12 * t * h) for t in (1, 0.5)
    )
    wide, narrow = ((y[t] - 2 * y[0] + y[-t]) / (t * h) for t in (1, 0.5))
    return fine, close(rough, fine) and close(2 * narrow, wide, 1e-6)


def numerical_gradient(f, x, h=3e-3):
    """As `gradient(f, x)`, from values of `f` alone, up to O(h**6)."""
    x = np.asarray(x, float)
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = h
        one, two, three = (f(x + t * unit) - f(x - t * unit) for t in (1, 2, 3))
        found[index] = (45 * one - 9 * two + three) / (60 * h)
    return (found[()],)


# --- A peer --------------------------------------------------------------------------


def autograd():
    """The `peer` of that name, or None where it is not installed."""
    try:
        import autograd.numpy
    except ImportError:
        return None
    return autograd.numpy, lambda f, x: (autograd.grad(f)(x),)


def of_peer(peer, program, inputs):
    """The gradients according to a peer; None if it cannot run the program."""
    numpy, grad = peer
    f = compiled(program, numpy, grad)
    try:
        found = [
            grad(lambda x, i=i: f(*inputs[:i], x, *inputs[i + 1 :]), x)[0]
            for i, x in enumerate(inputs)
        ]
    except Exception:  # whatever it is, it is theirs
        return None
    fits = all(np.shape(g) == np.shape(x) for g, x in zip(found, inputs, strict=True))
    return found if fits else None
