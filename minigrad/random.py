"""Where randomness comes from: one default generator, and one keyword `rng=`.

Everything that draws random numbers (initialisers, dropout, shuffling) takes
`rng=`. Without it the numbers come from a generator that the whole package
shares, and `minigrad.seed(0)` makes all that follows repeatable. NumPy's own
global state (`np.random.seed`) is neither read nor changed.
"""

from contextlib import contextmanager
from numbers import Integral

import numpy as np

_default = None  # made when first asked for: importing np.random takes a while


def seed(n):
    """Start the default generator anew: from here on the same numbers follow.

    A loader or layer that was made with its own `rng=` is not affected.

    Args:
        n: a whole number, 0 or larger.

    Returns:
        None.

    Raises:
        TypeError: `n` is not a whole number.
        ValueError: `n` is negative.

    >>> seed(0)
    >>> first = default_rng().random(3)
    >>> seed(0)
    >>> bool((default_rng().random(3) == first).all())
    True
    """
    global _default
    _default = _seeded("n", n)


def default_rng():
    """The generator that is used wherever no `rng=` is given.

    Until `seed` is called it starts from the entropy of the operating system,
    so every run is different.

    Returns:
        A `numpy.random.Generator`, always the same one until the next `seed`.

    >>> default_rng() is default_rng()
    True
    """
    global _default
    if _default is None:
        _default = np.random.default_rng()
    return _default


def generator(rng=None):
    """The generator that the keyword `rng=` stands for.

    Args:
        rng: None for the default generator, a whole number for a new generator
            with that seed, or a `numpy.random.Generator`, which is used as it is.

    Returns:
        A `numpy.random.Generator`.

    Raises:
        TypeError: `rng` is anything else, such as the older `RandomState`.
        ValueError: `rng` is a negative number.

    See NumPy's documentation, "Random Generator".

    >>> generator() is default_rng()
    True
    >>> generator(7).integers(100) == generator(7).integers(100)
    np.True_
    """
    if rng is None:
        return default_rng()
    if isinstance(rng, np.random.Generator):
        return rng
    return _seeded("rng", rng)


@contextmanager
def drawn_again(state=None):
    """Within it, the default generator goes on from a state; then from where it was.

    Args:
        state: what `default_rng().bit_generator.state` was at some time. Default: what
            it is now.

    >>> seed(0)
    >>> with drawn_again():
    ...     within = default_rng().random()
    >>> default_rng().random() == within
    True
    """
    bits = default_rng().bit_generator
    now = bits.state
    if state is not None:
        bits.state = state
    try:
        yield
    finally:
        bits.state = now


def _seeded(name, n):
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(
            f"{name}={n!r} is of type {type(n).__name__}, and random numbers "
            f"start from a whole number, as in minigrad.seed(0) or rng=0, or come from "
            f"a numpy.random.Generator: rng=np.random.default_rng(0). The older "
            f"np.random.seed and RandomState play no part here."
        )
    if n < 0:
        raise ValueError(f"{name}={n} is negative, and a seed is 0 or larger.")
    return np.random.default_rng(int(n))
