"""Vjps of piecewise linear interpolation, and of polynomials by their coefficients.

All are said with other operations. What they leave out is the way back: no gradient
passes through `np.roots` and `np.polyfit`.
"""

import numpy as np

from ...arrays import plain
from ..recording import astype
from ..registry import composite
from .indexing import add_at

# --- Interpolation -----------------------------------------------------------------


@composite(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """The line through the two points around each `x`, constant outside.

    At a point itself the slope is that of the line on its right.
    """
    x, xp = astype(x, float), astype(xp, float)
    fp = astype(fp, complex if np.iscomplexobj(fp) else float)
    if period is not None:
        x, xp, fp = one_period(x, xp, fp, np.abs(period))
        left = right = None
    i = np.searchsorted(plain(xp), plain(x), side="right")  # of the next point
    below, above = np.equal(i, 0), np.greater(x, xp[-1])
    xp, fp = (np.concatenate([p[:1], p, p[-1:]]) for p in (xp, fp))
    gap = xp[i + 1] - xp[i]
    slope = (fp[i + 1] - fp[i]) / np.where(np.equal(gap, 0), 1, gap)
    y = slope * np.where(np.isinf(x), 0, x - xp[i]) + fp[i]
    y = y if left is None else np.where(below, left, y)
    return y if right is None else np.where(above, right, y)


def one_period(x, xp, fp, period):
    """All places moved into one period, with a point more on either side of it."""
    x, xp = x % period, xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, np.concatenate([fp[-1:], fp, fp[:1]])


# --- Polynomials: coefficients of the highest power first -----------------------------


@composite(np.polyval)
def polyval(p, x):
    """The value at `x`, by Horner's rule."""
    y = np.zeros_like(x)
    for coefficient in np.atleast_1d(p):
        y = y * x + coefficient
    return y


@composite(np.vander)
def vander(x, N=None, increasing=False):
    """The matrix of all powers of `x`, one a column."""
    powers = np.arange(len(x) if N is None else N)
    return np.expand_dims(x, 1) ** (powers if increasing else powers[::-1])


@composite(np.polyadd)
def polyadd(a1, a2):
    """The sum."""
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    return led_by_zeros(a1, len(a2)) + led_by_zeros(a2, len(a1))


@composite(np.polysub)
def polysub(a1, a2):
    """The difference."""
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    return led_by_zeros(a1, len(a2)) - led_by_zeros(a2, len(a1))


def led_by_zeros(p, length):
    """`p` with as many leading zeros as it needs to be that long."""
    zeros = np.zeros(max(0, length - len(p)), plain(p).dtype)
    return np.concatenate([zeros, p]) if len(zeros) else p


@composite(np.polymul)
def polymul(a1, a2):
    """The product: `a1[i] a2[j]` counts for the power i + j."""
    a1, a2 = (without_zeros(np.atleast_1d(p)) for p in (a1, a2))
    powers = np.add.outer(np.arange(len(a1)), np.arange(len(a2)))
    return add_at(np.outer(a1, a2), powers, (len(a1) + len(a2) - 1,))


def without_zeros(p):
    """`p` from its first coefficient that is not 0; of zeros only, the last."""
    first = np.flatnonzero(p)
    return p[int(first[0]) if len(first) else -1 :]


@composite(np.polyder)
def polyder(p, m=1):
    """The derivative of order `m`."""
    if m < 0:
        return np.polyder(plain(p), m)  # which says what is wrong
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composite(np.polyint)
def polyint(p, m=1, k=None):
    """The antiderivative of order `m`, with the constants of integration `k`."""
    if m < 0:
        return np.polyint(plain(p), m)  # which says what is wrong
    k = np.broadcast_to(0.0 if k is None else k, m) if np.size(k) == 1 else k
    for i in range(m):
        whole = p / np.arange(len(p), 0, -1)
        p = np.concatenate([whole, np.atleast_1d(k[i])])
    return p
