"""Vjps of numbers in between: interpolation, and ranges from one number to another.

All are said with other operations.
"""

import numpy as np

from ...arrays import plain
from ..recording import astype
from ..registry import composite
from .scans import as_array

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


# --- Ranges from one number to another ---------------------------------------------


@composite(np.linspace)
def linspace(
    start,
    stop,
    num=50,
    endpoint=True,
    retstep=False,
    dtype=None,
    axis=0,
    *,
    device=None,
):
    """`start + k step`, with exactly `stop` at the end."""
    known = plain(start), plain(stop), num, endpoint, retstep, dtype, axis
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        return np.linspace(*known)  # whole numbers do not move smoothly
    places = np.linspace(0, 1, num, endpoint)  # or NumPy says what is wrong
    # Python's own numbers stay such: they promote no array.
    start, stop = (1.0 * (as_array(x) if np.ndim(x) else x) for x in (start, stop))
    step = (stop - start) / max(1, num - 1 if endpoint else num)
    k = along_first(np.arange(num), step)
    y = start + k.astype(step.dtype) * step
    if endpoint and num > 1:
        y = np.where(np.equal(k, num - 1), stop, y)
    y = in_dtype(np.moveaxis(y, 0, axis), dtype)
    return (y, step if len(places) > 1 else np.nan) if retstep else y


@composite(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """`base**y` for the `y` of `np.linspace`."""
    if np.ndim(base):
        most = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (
            np.reshape(x, (1,) * (most - np.ndim(x)) + np.shape(x))
            for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return in_dtype(y, dtype)


@composite(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Powers of ten between those of `start` and `stop`, which are the ends exactly."""
    known = np.geomspace(plain(start), plain(stop), num)  # or what is wrong, as a zero
    start, stop = astype(start, known.dtype), astype(stop, known.dtype)
    sign = start / np.abs(start)
    powers = np.log10(start / sign), np.log10(stop / sign)
    y = sign * np.power(10.0, np.linspace(*powers, num, endpoint))
    k = along_first(np.arange(num), sign * powers[1])
    y = np.where(np.equal(k, 0), start, y)
    if endpoint and num > 1:
        y = np.where(np.equal(k, num - 1), stop, y)
    return in_dtype(np.moveaxis(y, 0, axis), known.dtype if dtype is None else dtype)


def along_first(k, others):
    """`k` along a new first axis of `others`."""
    return np.reshape(k, (-1,) + (1,) * np.ndim(others))


def in_dtype(y, dtype):
    """`y` as numbers of another type, which carry a gradient if they are floats."""
    if dtype is None:
        return y
    whole = np.dtype(dtype).kind not in "fc"
    return plain(y).astype(dtype) if whole else astype(y, dtype)
