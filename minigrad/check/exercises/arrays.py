"""Notebook 03, Arrays: vjps of the operations that networks are made of."""

import numpy as np

from ...autodiff.gradient import pullback
from ...nn import softmax
from ..calling import attempt
from ..comparing import matches
from ..registry import tests
from ..states import ALMOST, VALUE, Finding, require

IN_SHAPE = "A gradient has the shape of what it belongs to."


def numbers(*shape, seed=0):
    """Random numbers with one decimal, the same every time."""
    return np.random.default_rng(seed).normal(size=shape).round(1)


# --- The dot-product test ----------------------------------------------------------


def cube(x):
    """Acts on each number by itself."""
    return x**3


def vjp_cube(g, x):
    """Its vjp."""
    return 3 * g * x**2


def row_sums(x):
    """Its result has another shape."""
    return x.sum(axis=1)


def vjp_row_sums(g, x):
    """Its vjp."""
    return np.broadcast_to(g[:, None], x.shape)


def vjp_wrong(g, x):
    """Not the vjp of anything here."""
    return 5.0 * np.ones_like(x) * np.sum(g)


@tests("03.1")
def dot_test(answer):
    """Both numbers, for vectors and matrices, right vjps and wrong ones."""
    cases = (
        (cube, vjp_cube, (3,), (3,)),
        (cube, vjp_cube, (2, 3), (2, 3)),
        (row_sums, vjp_row_sums, (2, 3), (2,)),
        (cube, vjp_wrong, (2, 2), (2, 2)),
    )
    for f, vjp, shape, shape_out in cases:
        x, dx, g = numbers(*shape), numbers(*shape, seed=1), numbers(*shape_out, seed=2)
        got = attempt(answer, f, vjp, x, g, dx)
        change = (f(x + 1e-6 * dx) - f(x - 1e-6 * dx)) / 2e-6
        left, right = np.sum(g * change), np.sum(vjp(g, x) * dx)
        suspects = (
            ((right, left), "The two numbers are exchanged."),
            ((2 * left, right), "The places ahead and behind are 2h apart."),
            ((left / np.sqrt(np.sum(dx**2)), right), "Do not divide by the length of "
             "`dx`: it is on both sides."),
            ((right, right), "Both numbers come from the vjp. The first is that of "
             "nudging: it needs `f`, and nothing else."),
            ((left, np.sum(vjp(dx, x) * dx) if shape == shape_out else np.nan),
             "The vjp is given `g`, the gradient of the result; `dx` comes after it."),
        )  # fmt: skip
        matches(got, (left, right), rtol=1e-5, suspects=suspects,
                about_shape="It should be one number: multiply, and sum over all axes.",
                )  # fmt: skip


# --- Copies and sums ---------------------------------------------------------------


@tests("03.2")
def unbroadcast(answer):
    """New axes, stretched axes, both, none; and down to a single number."""
    cases = (
        ((2, 3), (3,), "The vector was copied into each row."),
        ((2, 3), (2, 1), "An axis of length 1 was stretched: sum it, and keep it."),
        ((2, 3), (1, 3), "An axis of length 1 was stretched: sum it, and keep it."),
        ((2, 3), (2, 3), "Nothing was copied, so nothing is summed."),
        ((4, 2, 3), (2, 1), "One axis was put in front, and another one stretched."),
        ((4, 2, 3), (3,), "Two axes were put in front."),
        ((2, 1), (2, 1), "An axis of length 1 that stayed is summed over one number."),
        ((2, 3), (), "A single number was copied everywhere: its shape is ()."),
        ((3, 3), (3,), "Both axes have length 3: the first one is new."),
        ((2, 2), (2, 1), "Both axes have length 2: the second one was stretched."),
    )
    for big, shape, said in cases:
        g = numbers(*big)
        got = attempt(answer, g, shape)
        _, back = pullback(lambda x, big=big: np.broadcast_to(x, big), np.ones(shape))
        right = np.asarray(back(g)[0])
        matches(got, right, suspects=_means(g, right), about_shape=said)


def _means(g, right):
    if g.size == right.size:
        return ()
    return [(right * right.size / g.size, "Those are means. The copies' gradients add "
             "up: sum them.")]  # fmt: skip


@tests("03.3")
def vjp_sum(answer):
    """All kinds of axes, with and without keepdims."""
    x = numbers(2, 3, 4)
    for axis in (None, 0, 1, -1, (0, 2), (1,)):
        for keepdims in (False, True):
            y, back = pullback(lambda x, a=axis, k=keepdims: x.sum(a, keepdims=k), x)
            g = numbers(*np.shape(y), seed=3)
            got = attempt(answer, g, x, axis=axis, keepdims=keepdims)
            said = "Each number of `x` went into one sum, and gets its gradient."
            summed = np.broadcast_to(np.sum(g), x.shape)
            suspects = [
                (summed, "That is the sum of `g` everywhere: copy, do not sum.")
            ]
            matches(
                got, back(g)[0], suspects=suspects, about_shape=f"{IN_SHAPE} {said}"
            )
    square = numbers(3, 3)
    for axis in (0, 1):
        got = attempt(answer, np.arange(3.0), square, axis=axis)
        right = np.broadcast_to(np.expand_dims(np.arange(3.0), axis), (3, 3))
        said = (
            "It was copied along the wrong axis. In a square array nothing warns you."
        )
        matches(got, right, suspects=[(right.T, said)])


# --- Products and indices -----------------------------------------------------------


@tests("03.4")
def vjp_matmul(answer):
    """Shapes that are all different, and square ones, where no shape helps."""
    for n, k, m in ((4, 3, 2), (3, 3, 3), (1, 5, 1)):
        A, B, g = numbers(n, k), numbers(k, m, seed=1), numbers(n, m, seed=2)
        got = attempt(answer, g, A, B)
        right = g @ B.T, A.T @ g
        suspects = [(right[::-1], "The two are exchanged: first that of A, then of B.")]
        if n == k == m:
            order = (
                "The shapes fit, but they are all the same here. Is the order right?"
            )
            suspects += [((B.T @ g, g @ A.T), order), ((g @ B, A @ g), "Is a transpose "
                         "missing? Here no shape tells.")]  # fmt: skip
        about = f"{IN_SHAPE} A has {A.shape}, B has {B.shape}, g has {g.shape}."
        matches(got, right, suspects=suspects, about_shape=about)


@tests("03.5")
def vjp_take(answer):
    """Slices, repeated rows, pairs of lists, masks, one number."""
    x = numbers(5, 2)
    cases = (
        slice(1, 4),
        [0, 3, 1, 3],
        [2, 2, 2, 2],
        ([0, 0, 4], [1, 1, 0]),
        np.array([[1, 1], [0, 1]]),
        np.array([True, False, True, False, True]),
        (3, 1),
    )
    for index in cases:
        g = numbers(*np.shape(x[index]), seed=1)
        got = attempt(answer, g, x, index)
        right = np.zeros_like(x)
        np.add.at(right, index, g)
        lost = np.zeros_like(x)
        lost[index] = g
        lossy = "Where a place occurs twice, one of its gradients is lost."
        suspects = [] if np.array_equal(lost, right) else [(lost, lossy)]
        matches(got, right, suspects=suspects, about_shape=IN_SHAPE)


# --- Softmax and cross-entropy -------------------------------------------------------


@tests("03.6")
def vjp_crossentropy(answer):
    """Random scores; a square table; scores as large as 1000."""
    for n, classes in ((5, 3), (4, 4), (1, 2)):
        z, y = 2 * numbers(n, classes), np.eye(classes)[np.arange(n) % classes]
        got = attempt(answer, z, y)
        p = softmax(z, axis=1)
        suspects = [
            (y / n - p / n, "It is what was said minus what is right, and not the "
             "other way round."),
            (p / n, "That is p / N. Where is what it should have said?"),
            ((softmax(z, axis=0) - y) / n, "The probabilities of a *row* sum to 1: "
             "softmax goes along the classes, axis 1."),
            ((softmax(z.ravel(), axis=0).reshape(z.shape) - y) / n, "The probabilities "
             "of each row sum to 1. Here all rows together do."),
            ((p - y) / (n * classes), "The mean is that over the samples, not over all "
             "numbers."),
        ]  # fmt: skip
        if n > 1:
            suspects.append((p - y, "The loss is a mean over the samples: what becomes "
                             "of the 1/N?"))  # fmt: skip
        matches(got, (p - y) / n, suspects=suspects, about_shape=IN_SHAPE)
    large = np.array(
        [[1000.0, 0.0, -1000.0], [3.0, 1003.0, 1000.0], [-999, -999, -998]]
    )
    got = attempt(answer, large, np.eye(3)[[1, 1, 2]])
    if not np.isfinite(got.value).all():
        raise Finding(
            ALMOST,
            "Small scores are right. For a score of 1000 the result is not a number: "
            "`np.exp(1000)` is infinite. Subtract the largest score of each *row* "
            "first: where all scores of a row are low, their exponentials are all 0.",
        )
    right = (softmax(large, axis=1) - np.eye(3)[[1, 1, 2]]) / 3
    close = np.allclose(got.value, right, atol=1e-12)
    require(close, VALUE, "Scores of 1000 give wrong numbers.")
