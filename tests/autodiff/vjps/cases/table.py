"""How the table of what is checked is written: rows, and where numbers come from.

A row says which function, how it is called, and from where its arrays are drawn.
`test_every_vjp.py` runs every row through the same tests.
"""

from typing import NamedTuple

import numpy as np

from minigrad.autodiff.operations import Operation, full_name
from minigrad.autodiff.registry import OPERATIONS


class Case(NamedTuple):
    """One call of one function.

    Attributes:
        function: the entry of the registry that is checked.
        call: calls it on the arrays.
        arrays: draws the float64 arrays: `arrays(rng) -> tuple`.
        order: up to which derivative it is compared with finite differences.
        exact: whether the value must be bitwise NumPy's.
        complex: whether it is checked with complex numbers, too.
        name: for the report of pytest.
    """

    function: object
    call: object
    arrays: object
    order: int
    exact: bool
    complex: bool
    name: str


CASES = []

CONSTANTS = {}
"""Every constant with its calls on `X`, where some of its arguments may jump."""

X = np.array([[0.5, -1.5, 2.0], [1.25, 0.0, -0.75]])


def row(function, call, *arrays, order=2, exact=None, complex=False, name=None):
    """Add a case; each array is a shape (then normal numbers) or `draw(rng)`."""
    if exact is None:
        exact = isinstance(OPERATIONS.get(function), Operation)
    draws = [drawn(shape) if isinstance(shape, tuple) else shape for shape in arrays]
    number = sum(case.function is function for case in CASES)
    name = f"{full_name(function)}-{number if name is None else name}"
    make = lambda rng: tuple(draw(rng) for draw in draws)
    CASES.append(Case(function, call, make, order, exact, complex, name))


def moves(function, *calls, shape=(2, 3)):
    """Rows for functions that change no number, so their values are exact."""
    for call in calls:
        row(function, call, shape, exact=True, complex=True)


# --- Where numbers come from ----------------------------------------------------


def drawn(shape):
    return lambda rng: rng.normal(size=shape)


def between(low, high):
    return lambda shape: lambda rng: rng.uniform(low, high, shape)


def away_from_zero(shape):
    """Of either sign, and not smaller than 0.3."""
    return lambda rng: rng.choice([-1, 1], shape) * rng.uniform(0.3, 2, shape)


def spaced(offset):
    """All different, with gaps of a tenth; other offsets never meet."""

    def domain(shape):
        def draw(rng):
            n = int(np.prod(shape))
            return (rng.permutation(n).reshape(shape) - n // 2) / 10 + offset

        return draw

    return domain


def of_different_size(shape):
    """Of either sign, with sizes that are all different and not small."""
    size = spaced(0)
    return lambda rng: rng.choice([-1, 1], shape) * (1.3 + size(shape)(rng))


ANY = between(-2, 2)
POSITIVE = between(0.5, 2)

# --- Shapes ---------------------------------------------------------------------

SHAPES = (), (3,), (2, 1, 3), (0, 2)
PAIRS = (
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((2, 3), ()),
    ((1,), (2, 1, 3)),
    ((0, 3), (1,)),
)
MASK = np.array([[True, False, True], [False, False, True]])
