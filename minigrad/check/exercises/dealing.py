"""Notebook 06, what is around the loop: batches, shapes, and what must not leak."""

from copy import deepcopy

import numpy as np

from ...autodiff.gradient import gradient
from ..calling import attempt, received, unchanged
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require

# --- Batches ---------------------------------------------------------------------


@tests("06.2")
def batches(answer):
    """Sizes, pairs, each sample once, a new order every time, repeatable."""
    for n, size in ((10, 3), (12, 4), (5, 8), (7, 1)):
        x = np.arange(2.0 * n).reshape(n, 2)
        y = x[:, 0] * 10
        text = f"batches(x, y, {size}, rng) for {n} samples"
        rng = np.random.default_rng(0)
        given = deepcopy((x, y))
        first, second = (_dealt(text, answer, *given, size, rng) for _ in range(2))
        unchanged(text, (x, y), given)
        _check_deal(text, first, x, n, size)
        if n >= 10:
            order = np.concatenate([a[:, 0] for a, _ in first])
            again = np.concatenate([a[:, 0] for a, _ in second])
            require(
                not np.array_equal(order, x[:, 0]),
                VALUE,
                f"`{text}`: the samples come in the order in which they were given.",
            )
            require(
                not np.array_equal(order, again),
                VALUE,
                f"`{text}`: a second pass has the same order. Draw it from the `rng` "
                f"that is given, in every pass.",
            )
            third = _dealt(text, answer, x, y, size, np.random.default_rng(0))
            require(
                all(
                    np.array_equal(a, b)
                    for (a, _), (b, _) in zip(first, third, strict=True)
                ),
                VALUE,
                f"`{text}`: with the same seed, the order is another one. Draw it from "
                f"the `rng` that is given, and from nothing else.",
            )


def _dealt(text, answer, x, y, size, rng):
    """The batches, as a list of pairs of arrays."""
    found = list(received(text, answer(x, y, size, rng)).value)
    for item in found:
        require(
            isinstance(item, tuple | list) and len(item) == 2,
            SHAPE,
            f"`{text}` yielded {shown(item)}, and each item is a pair (x, y).",
        )
    return found


def _check_deal(text, found, x, n, size):
    sizes = [len(a) for a, _ in found]
    right = [min(size, n - start) for start in range(0, n, size)]
    seen = np.concatenate([a for a, _ in found])[:, 0] if found else np.zeros(0)
    require(
        len(seen) == len(set(seen)),
        VALUE,
        f"`{text}`: some samples are dealt more than once, others not at all.",
    )
    require(
        len(seen) == n,
        VALUE,
        f"`{text}`: {len(seen)} of {n} samples are dealt. The last batch may be "
        f"smaller, but it must not be left out.",
    )
    require(
        sizes == right,
        SHAPE,
        f"`{text}` has batches of {sizes} samples. All but the last have {size}.",
    )
    for a, b in found:
        require(
            np.array_equal(a[:, 0] * 10, b),
            VALUE,
            f"`{text}`: in a batch, `x` is {shown(a)} and `y` is {shown(b)}. What "
            f"belongs together is separated (each y was ten times the first number "
            f"of its x). Draw one order, and use it for both.",
        )


# --- A loss that refuses ---------------------------------------------------------


@tests("06.3")
def mean_square(answer):
    """The mean, a gradient, and a refusal that names both shapes."""
    for shape in ((4, 1), (5,), (2, 3)):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(2, *shape)).round(1)
        got = attempt(answer, a, b)
        square = (a - b) ** 2
        suspects = [
            (np.sum(square), "That is the sum."),
            (np.sqrt(np.mean(square)), "That is the root of it."),
            (np.mean(np.abs(a - b)), "That is the mean of the distances."),
        ]
        matches(got, np.mean(square), suspects=suspects,
                about_shape="It should be one number: the mean of all.")  # fmt: skip
        slope = received("its gradient", gradient(lambda a, b=b: answer(a, b), a)[0])
        matches(slope, 2 * (a - b) / a.size)
    for one, other in (
        ((4, 1), (4,)),
        ((3,), (1,)),
        ((2, 3), (3, 2)),
        ((4, 1), (1, 4)),
    ):
        _refuses(answer, np.ones(one), np.zeros(other))


def _refuses(answer, a, b):
    text = f"mean_square` of shapes {a.shape} and {b.shape}"
    try:
        found = answer(a, b)
    except ValueError as refusal:
        said = str(refusal)
        if "could not be broadcast" in said and "shapes" in said and a.ndim == b.ndim:
            raise Finding(
                VALUE,
                f"`{text} was refused by NumPy, because these two cannot be broadcast. "
                f"Others can: compare the shapes yourself, before anything else.",
            ) from None
        for shape in (a.shape, b.shape):
            require(
                str(shape) in said,
                ALMOST,
                f"`{text} is refused, but the message does not name the shape {shape}: "
                f"{said!r}.",
            )
    except Exception as refusal:
        name = type(refusal).__name__
        raise Finding(
            VALUE, f"`{text} raised {name}, and should raise a ValueError."
        ) from None
    else:
        raise Finding(VALUE, f"`{text} returned {shown(found)}, without a refusal.")


# --- No leaks --------------------------------------------------------------------


@tests("06.5")
def standardise(answer):
    """Numbers of the training set for both sets, by columns; constant columns."""
    rng = np.random.default_rng(0)
    scales = np.array([1.0, 100.0, 0.01])
    a = scales * rng.normal(2, 1, (8, 3)).round(2)
    b = scales * rng.normal(3, 2, (5, 3)).round(2)
    mean, spread = a.mean(0), a.std(0)
    right = (a - mean) / spread, (b - mean) / spread
    both = np.concatenate([a, b])
    leak = [(part - both.mean(0)) / both.std(0) for part in (a, b)]
    own = right[0], (b - b.mean(0)) / b.std(0)
    whole = [(part - a.mean()) / a.std() for part in (a, b)]
    free = [(part - mean) / a.std(0, ddof=1) for part in (a, b)]
    got = attempt(answer, a, b)
    suspects = [
        (leak, "The numbers come from both sets: the test set has leaked."),
        (own, "The test set is scaled by its own numbers. Then the same wine would be "
         "described differently in the two sets."),
        (whole, "Each column has a mean and a standard deviation of its own."),
        (free, "That is the standard deviation with n - 1, and not that of `np.std`."),
        ([part - mean for part in (a, b)], "The mean is subtracted. And the spread?"),
    ]  # fmt: skip
    matches(got, right, suspects=suspects)
    a32, b32 = a.astype(np.float32), b.astype(np.float32)
    right = (a32 - a32.mean(0)) / a32.std(0), (b32 - a32.mean(0)) / a32.std(0)
    matches(attempt(answer, a32, b32), right, rtol=1e-4)
    a[:, 1], b[:, 1] = 7.0, (7.0, 7.5, 7.0, 6.0, 7.0)
    with np.errstate(all="ignore"):
        got = attempt(answer, a, b)
    columns = np.concatenate([np.asarray(part)[:, 1] for part in got.value])
    if not np.allclose(columns, [0] * 9 + [0.5, 0, -1, 0]):
        raise Finding(
            ALMOST,
            f"Where a column is constant (7 in all of the training set), its numbers "
            f"become {shown(columns[8:])} in the test set, where they were "
            f"{shown(b[:, 1])}. Its spread is 0: divide by 1 instead.",
        )
