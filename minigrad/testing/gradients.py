"""Cases for an implementation of `gradient(f, *args)`.

Whatever computes the gradients (a tape, differences, formulas), it takes a function
and its arguments and returns a tuple with one gradient for each argument.
"""

import numpy as np

from ..autodiff.gradient import gradient as ours
from ..check.calling import attempt
from ..check.comparing import matches
from ..check.showing import shown
from ..check.states import SHAPE, VALUE, require
from .cases import Case

CASES = []

X = np.array([0.5, -1.0, 2.0])
A = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]])
B = np.array([[0.5, 1.0], [-1.0, 2.0], [1.5, 0.0]])

TABLE = (
    ("a polynomial", "x", "3 * x**2 - 2 * x + 1", (1.5,)),
    ("two arguments", "x, y", "x * y + x**3", (1.5, -0.5)),
    ("a quotient", "x, y", "(x - y) / (x * y + 3)", (2.0, -0.5)),
    ("reflected operators", "x", "1 - 2 / (3 + x)", (0.5,)),
    ("a value used twice", "x", "(x + x) + (x + x)", (1.0,)),
    ("NumPy's functions", "x", "np.exp(np.sin(x)) * np.log(x) + np.tanh(x)", (1.5,)),
    ("a sum", "x", "(x * x).sum()", (X,)),
    ("a mean", "x", "np.mean(np.exp(x))", (X,)),
    ("broadcasting a number", "x, a", "np.sum(a * x)", (X, 3.0)),
    ("broadcasting a row", "A, b", "np.sum((A + b) ** 2)", (A, X)),
    ("broadcasting a column", "A, b", "np.sum((A * b) ** 2)", (A, np.ones((2, 1)))),
    ("a product of matrices", "A, B", "np.sum((A @ B) ** 2)", (A, B)),
    ("a matrix and a vector", "A, x", "np.sum(np.tanh(A @ x))", (A, X)),
    ("a transpose", "A, x", "np.sum((A.T @ x) ** 2)", (A, np.ones(2))),
    ("sums along an axis", "A", "np.sum(A.sum(axis=0) ** 2)", (A,)),
    ("a maximum", "A", "np.sum(A.max(axis=1) ** 2)", (A,)),
    (
        "another shape",
        "A",
        "np.sum(A.reshape(3, 2) * np.arange(6).reshape(3, 2))",
        (A,),
    ),
    ("an entry", "x", "x[1] ** 2", (X,)),
    ("entries, some twice", "x", "np.sum(x[[0, 0, 2]] ** 2)", (X,)),
    ("one of two branches", "x", "x * x if x > 0 else -x", (-2.0,)),
    ("a dict", "p", "np.sum(p['w'] ** 2) * p['b']", ({"w": X, "b": 2.0},)),
    ("float32", "x", "np.sum(np.sin(x) * x)", (X.astype(np.float32),)),
)
"""For each: its name, the arguments, the formula, and where the gradient is taken."""


def formula(arguments, text):
    """The function that a formula says, which goes by its text.

    >>> f = formula("x", "x + 1")
    >>> f(2), f.__name__
    (3, 'lambda x: x + 1')
    """
    code = f"lambda {arguments}: {text}"
    function = eval(code, {"np": np})
    function.__name__ = function.__qualname__ = code
    return function


def _case(name, arguments, text, args):
    f = formula(arguments, text)

    def test(gradient):
        compare(gradient, f, *args)

    return Case(name, test)


def compare(gradient, f, *args, rtol=1e-6):
    """Raise a `Finding` unless `gradient(f, *args)` is what minigrad's is.

    Args:
        gradient: the implementation.
        f: a function of `args`.
        args: numbers, arrays or trees of them.
        rtol: how large an error may be, relative to the largest number; for float32,
            1e-4.
    """
    got = _called(gradient, f, *args)
    is_small = any(np.asarray(x).dtype == np.float32 for x in args)
    rtol = 1e-4 if is_small else rtol
    about = "A gradient has the shape of the argument that it belongs to."
    matches(got, ours(f, *args), rtol=rtol, about_shape=about)


def _called(gradient, f, *args):
    """The `Attempt`, whose value is a tuple as it should be."""
    got = attempt(gradient, f, *args)
    require(
        isinstance(got.value, tuple) and len(got.value) == len(args),
        SHAPE,
        f"`{got.text}` returned {shown(got.value)}. A gradient is a tuple, with one "
        f"entry for each argument, also where there is one argument only.",
    )
    return got


CASES.extend(_case(*row) for row in TABLE)


def _many(gradient):
    def chain(x):
        for _ in range(10_000):
            x = x * 1.0001
        return x

    compare(gradient, chain, 1.0)


def _linear(gradient):
    f = formula("x", "np.sum(x ** 3)")
    twice = formula("x", "2 * np.sum(x ** 3)")
    one, two = _called(gradient, f, X), _called(gradient, twice, X)
    matches(two, tuple(2 * np.asarray(g) for g in one.value))


def _unused(gradient):
    f = formula("x, y", "x * x")
    got = _called(gradient, f, 2.0, 3.0)
    compare(lambda *_: (got.value[0], None), f, 2.0, 3.0)
    require(
        got.value[1] is None,
        VALUE,
        f"`{got.text}` says {shown(got.value[1])} for `y`, which is not used. What "
        f"received no gradient has None: a 0 would say that it was used in vain.",
    )


CASES.append(Case("an argument without use", _unused))
CASES.append(Case("10,000 operations in a row", _many))
CASES.append(Case("twice the function, twice the gradient", _linear))
