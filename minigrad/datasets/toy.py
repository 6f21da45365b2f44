"""Points in the plane, made on the spot: one can see what a network does to them.

Each function draws new points from `rng`, in a random order, with as many in each class
as can be (the first classes get one more where they do not come out even).
"""

from numbers import Integral

import numpy as np

from ..random import generator


def moons(n=200, *, noise=0.1, rng=None):
    """Two half circles that reach into each other: no straight line parts them.

        (cos t, sin t)  and  (1 - cos t, 1/2 - sin t),  t from 0 to pi

    Args:
        n: the number of points.
        noise: the standard deviation of what is added to each coordinate.
        rng: None for the default generator, a seed, or a `numpy.random.Generator`.

    Returns:
        `(x, y)`: points as float32 of shape (n, 2), classes 0 and 1 as int64 (n,).

    >>> x, y = moons(100, rng=0)
    >>> x.shape, np.bincount(y)
    ((100, 2), array([50, 50]))
    """

    def curve(t, which):
        x, y = np.cos(np.pi * t), np.sin(np.pi * t)
        return np.where(which == 0, x, 1 - x), np.where(which == 0, y, 0.5 - y)

    return _drawn("moons", n, 2, curve, noise, rng)


def circles(n=200, *, noise=0.05, factor=0.5, rng=None):
    """A circle of radius 1 around one of radius `factor`.

    Arguments and result as `moons`; `factor` is between 0 and 1.

    >>> x, y = circles(100, noise=0, rng=0)
    >>> np.hypot(*x.T)[y == 1].round(3).max()
    np.float32(0.5)
    """

    def curve(t, which):
        radius = np.where(which == 0, 1, factor)
        return radius * np.cos(2 * np.pi * t), radius * np.sin(2 * np.pi * t)

    return _drawn("circles", n, 2, curve, noise, rng)


def spirals(n=200, *, classes=2, turns=1.0, noise=0.02, rng=None):
    """Arms that wind around each other, one for each class.

        r (cos a, sin a),  r from 0 to 1,  a = 2 pi (turns r + class / classes)

    Arguments and result as `moons`, with classes from 0 to `classes` - 1.

    >>> x, y = spirals(90, classes=3, rng=0)
    >>> x.shape, np.bincount(y)
    ((90, 2), array([30, 30, 30]))
    """

    def curve(t, which):
        angle = 2 * np.pi * (turns * t + which / classes)
        return t * np.cos(angle), t * np.sin(angle)

    return _drawn("spirals", n, classes, curve, noise, rng)


def blobs(n=200, *, classes=3, noise=0.5, rng=None):
    """Clouds around the corners of a regular polygon of radius 2.

    Arguments and result as `moons`, with classes from 0 to `classes` - 1; `noise` is
    the standard deviation of each cloud.

    >>> x, y = blobs(9, rng=0)
    >>> x.dtype, sorted(y.tolist())
    (dtype('float32'), [0, 0, 0, 1, 1, 1, 2, 2, 2])
    """

    def curve(t, which):
        angle = 2 * np.pi * which / classes
        return 2 * np.cos(angle), 2 * np.sin(angle)

    return _drawn("blobs", n, classes, curve, noise, rng)


def line(n=50, *, slope=2.0, intercept=1.0, noise=0.3, rng=None):
    """A line with noise: `y = slope x + intercept + noise z`, z standard normal.

    Args:
        n: the number of points.
        slope: of the line that is to be found again.
        intercept: its value at x = 0.
        noise: the standard deviation of the noise.
        rng: as in `moons`.

    Returns:
        `(x, y)`: float32 of shape (n, 1) each, with x between -1 and 1.

    >>> x, y = line(5, noise=0, rng=0)
    >>> bool(np.allclose(y, 2 * x + 1))
    True
    """
    _check("line", n, 1)
    rng = generator(rng)
    x = rng.uniform(-1, 1, (n, 1))
    y = slope * x + intercept + noise * rng.standard_normal((n, 1))
    return x.astype(np.float32), y.astype(np.float32)


def _drawn(who, n, classes, curve, noise, rng):
    """Points at random places of a curve, with noise; and their classes."""
    _check(who, n, classes)
    rng = generator(rng)
    which = rng.permutation(np.arange(n) % classes)
    points = np.stack(curve(rng.random(n), which), axis=1)
    points = points + noise * rng.standard_normal((n, 2))
    return points.astype(np.float32), which.astype(np.int64)


def _check(who, n, classes):
    for name, number in (("n", n), ("classes", classes)):
        whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not whole or number < 1:
            raise ValueError(
                f"{who}({name}={number!r}): {name} must be a whole number of 1 or more."
            )
