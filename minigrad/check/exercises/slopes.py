"""Notebook 01, Slopes you can trust: differences, their errors, and a verdict."""

import numpy as np

from ..calling import attempt
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, DTYPE, SHAPE, VALUE, Finding, require


def cubic(x):
    """A function whose differences are known in closed form."""
    return x**3


def wave(x):
    """A smooth function that complex numbers can go through."""
    return np.exp(x) * np.sin(x)


def wave_slope(x):
    """The slope of `wave`."""
    return np.exp(x) * (np.sin(x) + np.cos(x))


POINTS = np.array([-1.0, 0.5, 2.0])


# --- Differences -----------------------------------------------------------------


@tests("01.1")
def forward_difference(answer):
    """On x³ it is 3x² + 3xh + h², for numbers and for arrays; float32 stays."""
    for x, h in ((2.0, 0.125), (-1.0, 0.25), (POINTS, 0.0625)):
        got = attempt(answer, cubic, x, h)
        expected = 3 * x**2 + 3 * x * h + h**2
        suspects = (
            (3 * x**2 + h**2, "That is the difference between x + h and x - h: it "
             "comes next. This one starts at x."),
            (3 * x**2 - 3 * x * h + h**2, "That is the slope between x - h and x: "
             "the forward difference looks ahead."),
            (expected / 2, "The run from x to x + h is h, and not 2h."),
            (expected * h, "That is the rise alone. Divide it by the run."),
            (expected * h**2, "The rise is divided by the run, not multiplied."),
            (cubic(x + h) - cubic(x) / h, "Only the second value was divided by h: "
             "the difference needs brackets."),
        )  # fmt: skip
        matches(got, expected, suspects=suspects, about_shape=ELEMENTWISE)
    keeps_float32(answer, cubic, POINTS.astype(np.float32), 0.125)


ELEMENTWISE = "For an array of places there is one slope for each of them."


def keeps_float32(answer, *args):
    """A Finding unless float32 arguments give a float32 result."""
    got = attempt(answer, *args)
    found = np.asarray(got.value).dtype
    require(
        found == np.float32,
        DTYPE,
        f"`{got.text}` has dtype {found}, from arguments in float32.",
    )


@tests("01.2")
def central_difference(answer):
    """On x³ it is 3x² + h², for numbers and for arrays; float32 stays."""
    for x, h in ((2.0, 0.125), (-1.0, 0.25), (POINTS, 0.0625)):
        got = attempt(answer, cubic, x, h)
        expected = 3 * x**2 + h**2
        suspects = (
            (2 * expected, "From x - h to x + h the run is 2h, and not h."),
            (expected + 3 * x * h, "That is still the forward difference."),
            (expected - 3 * x * h, "That is the backward difference, from x - h to x."),
            (3 * x**2 + h**2 / 4, "That is a central difference, between x - h/2 and "
             "x + h/2. Here the places are x - h and x + h."),
            (expected * h**2, "The rise is multiplied by h: put brackets around "
             "2 * h, as / and * are carried out from left to right."),
        )  # fmt: skip
        matches(got, expected, suspects=suspects, about_shape=ELEMENTWISE)
    keeps_float32(answer, cubic, POINTS.astype(np.float32), 0.125)


# --- The best step ---------------------------------------------------------------


@tests("01.3")
def best_step(answer):
    """Within a factor of 4 of the least of h² + eps / h, in float64 and float32."""
    found = {}
    for dtype in (np.float64, np.float32):
        got = attempt(answer, dtype)
        is_number = isinstance(got.value, float | np.floating)
        require(
            is_number and got.value > 0,
            VALUE,
            f"`{got.text}` returned {shown(got.value)}. A step is a number above 0.",
        )
        h, eps = float(got.value), float(np.finfo(dtype).eps)
        found[dtype] = h
        least = _error(np.cbrt(eps), eps)
        loss = _error(h, eps) / least
        if loss <= 4:
            continue
        _say_about_step(got, h, eps, found)


def _error(h, eps):
    return h**2 + eps / h


def _say_about_step(got, h, eps, found):
    part = "the rounding, eps / h" if h**2 < eps / h else "the formula, about h²"
    said = f"With this step the error of {part}, is far larger than the other part."
    if len(found) == 2 and len(set(found.values())) == 1:
        said = (
            "That is the same step for both dtypes, and float32 rounds more coarsely."
        )
    for power, sentence in (
        (1 / 2, "That is the best step of the forward difference, whose error is h."),
        (1, "At h = eps, x + h and x differ in the last digit only."),
    ):
        if abs(np.log(h / eps**power)) < 0.7:
            said = sentence
    state = ALMOST if _error(h, eps) < 7 * _error(np.cbrt(eps), eps) else VALUE
    raise Finding(state, f"`{got.text}` returned {h:.3g}. {said}")


# --- The complex step ------------------------------------------------------------


@tests("01.4")
def complex_step(answer):
    """Right to the last digits for h = 1e-200, on numbers and on arrays."""
    for x, h in ((2.0, 1e-200), (0.5, 1e-20), (POINTS, 1e-100)):
        got = attempt(answer, wave, x, h)
        require(
            not np.iscomplexobj(got.value),
            DTYPE,
            f"`{got.text}` returned {shown(got.value)}, a complex number. The slope of "
            f"a real function is real: take the imaginary part first.",
        )
        slope, value = wave_slope(x), wave(x)
        suspects = (
            (value, "That is the value of the function, its real part. The slope is in "
             "the imaginary part."),
            (slope * h, "That is the imaginary part alone. Divide it by h."),
            (value / h, "That is the real part, divided by h: the slope is in the "
             "imaginary part."),
            (slope * 0, "Has h been added to x as a real number? It is too small to "
             "make a difference there; 1j * h is not."),
        )  # fmt: skip
        matches(got, slope, rtol=1e-13, suspects=suspects, about_shape=ELEMENTWISE)
    got = attempt(answer, wave, 2.0)
    matches(got, wave_slope(2.0), rtol=1e-13)


# --- A gradient with a bug -------------------------------------------------------


def bowl(x):
    """A function of an array whose gradient differs from number to number."""
    weights = np.arange(1.0, np.size(x) + 1).reshape(np.shape(x))
    return np.sum(weights * np.power(x, 4.0)) / 4


@tests("01.5")
def numerical_gradient(answer):
    """The gradient of a sum of powers: vectors, matrices, integers."""
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=4).round(1), rng.normal(size=(2, 3)).round(1)):
        got = attempt(answer, bowl, x)
        weights = np.arange(1.0, x.size + 1).reshape(x.shape)
        suspects = (
            (np.zeros_like(x), "Still 0: `ahead` and `behind` are the same array, so "
             "their values are the same."),
            (np.zeros(x.shape[0]), "There is a slope for each number of `x`, however "
             "many axes it has."),
            (2 * weights * x**3, "The run is 2h."),
        )  # fmt: skip
        matches(got, weights * x**3, rtol=1e-5, suspects=suspects,
                about_shape="A gradient has the shape of `x`.")  # fmt: skip
    got = attempt(answer, bowl, np.array([1, 2]))
    if np.shape(got.value) != (2,) or not np.allclose(got.value, [1, 16], rtol=1e-5):
        raise Finding(
            ALMOST,
            f"`{got.text}` returned {shown(got.value)}. Arrays of floats work. In an "
            f"array of integers, what does `x[i] + h` become when it is stored? Begin "
            f"with `x = np.asarray(x, float)`.",
        )


# --- The verdict -----------------------------------------------------------------


def relu(x):
    """Has a kink at 0."""
    return max(x, 0.0)


def leaky(x):
    """Has a kink at 0 that is not as sharp."""
    return max(x, 0.1 * x)


def step(x):
    """The slope of relu, 0 at 0."""
    return float(x > 0)


def large(x):
    """A function in large units."""
    return 1e6 * np.sin(x)


def large_slope(x):
    """Its slope."""
    return 1e6 * np.cos(x)


def small(x):
    """A function in small units."""
    return 1e-6 * np.sin(x)


def small_slope_wrong(x):
    """Off by a tenth."""
    return 1.1e-6 * np.cos(x)


def sech2(x):
    """The slope of tanh."""
    return 1 / np.cosh(x) ** 2


def minus_sin(x):
    """The slope of cos, 0 at 0."""
    return -np.sin(x)


@tests("01.6")
def verdict(answer):
    """Right slopes, wrong ones, kinks; in large and small units."""
    cases = (
        ("ok", np.tanh, sech2, 0.7, "That slope is right."),
        ("ok", np.tanh, sech2, -2.0, "That slope is right."),
        ("wrong", np.tanh, np.cos, 0.7, "cos is not the slope of tanh, and tanh is "
         "smooth there."),
        ("wrong", np.exp, cubic, 2.0, "x³ is not the slope of exp, and exp is smooth: "
         "the slopes to the right and to the left differ only a little."),
        ("kink", relu, step, 0.0, "To the left the slope is 0, to the right it is 1."),
        ("kink", leaky, step, 0.0, "To the left the slope is 0.1, to the right 1."),
        ("ok", relu, step, 1.0, "One step beside the kink, relu is a straight line."),
        ("ok", np.cos, minus_sin, 0.0, "Both slopes are 0, or nearly. What does your "
         "relative error divide by?"),
        ("ok", large, large_slope, 0.7, "The slope is right; in large units its "
         "rounding error is large, too. Is your error relative?"),
        ("wrong", small, small_slope_wrong, 0.7, "It is off by a tenth, in small "
         "units. Is your error relative?"),
        ("wrong", large, small_slope_wrong, 0.7, "It is far off, and nothing jumps: to "
         "be called a kink, the two sides must differ *relative* to the slope."),
        ("wrong", relu, minus_sin, 1.0, "That is a wrong slope, away from the kink."),
    )  # fmt: skip
    for right, f, slope, x, said in cases:
        got = attempt(answer, f, slope, x)
        if not isinstance(got.value, str) or got.value not in ("ok", "kink", "wrong"):
            raise Finding(
                SHAPE,
                f"`{got.text}` returned {shown(got.value)}. A verdict is one of the "
                f'words "ok", "kink" and "wrong".',
            )
        if got.value != right:
            raise Finding(VALUE, f'`{got.text}` returned "{got.value}". {said}')
