"""Second derivatives: gradients of gradients, as matrices or applied to a vector."""

import numpy as np

from ..arrays import plain
from ..errors import NoGradientError, described
from .derivatives import NUMERIC, check_direction, unit
from .gradient import gradient, pullback


def hvp(f, x, v):
    """The product of the Hessian of `f` at `x` with `v`, without the Hessian.

        hvp(f, x, v) == H v,  H[i, j] = d²f / dx[i] dx[j]

    It costs a few times as much as a gradient, whatever the size of `x`.

    Args:
        f: a function of `x` that returns one real number.
        x: an array or a number, or a tree of them such as a model.
        v: the same shape or structure, with None where nothing is asked.

    Returns:
        The shape or structure of `x`. In a tree, None where the gradient does not
        depend on `x`.

    Raises:
        NoGradientError, ShapeError: as `gradient`; or `v` has another shape.

    Source: Pearlmutter, "Fast exact multiplication by the Hessian" (1994).

    >>> hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    check_direction(x, v, "hvp(f, x, v): x")
    return _curvature(f, x)(v)


def _curvature(f, x):
    """The function `v -> H v`."""
    _, back = pullback(lambda x: gradient(f, x)[0], x)

    def product(v):
        found = back(v)[0]
        return _zeros_like(x) if found is None and _is_numeric(x) else found

    return product


def _is_numeric(x):
    return isinstance(plain(x), NUMERIC)


def _zeros_like(x):
    x = plain(x)
    return np.zeros_like(x) if isinstance(x, np.ndarray | np.floating) else 0.0


def hessian(f, x):
    """The second derivatives of a number towards an array.

        hessian(f, x)[i, j] == d²f / dx[i] dx[j]

    It plays the tape of the gradient back once for each entry of `x`; for products
    with vectors, `hvp` needs no matrix.

    Args:
        f: a function of `x` that returns one real number.
        x: an array of real numbers, or a number.

    Returns:
        An array of shape `x.shape + x.shape`, in the dtype of `x`. (Zygote makes a
        matrix of it: `.reshape(x.size, x.size)`.)

    Raises:
        NoGradientError: `x` or the result of `f` is something else.

    >>> hessian(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]))
    array([[0., 4.],
           [4., 6.]])
    """
    _check_real("hessian", x)
    product, shape = _curvature(f, x), np.shape(x)
    rows = [product(unit(shape, index)) for index in np.ndindex(shape)]
    if not rows:
        return np.zeros(shape + shape, plain(x).dtype)
    return np.reshape(np.stack(rows), shape + shape)


def diaghessian(f, *args):
    """The second derivatives towards each entry of the arguments by itself.

        diaghessian(f, x)[0][i] == d²f / dx[i]²

    Args:
        f: a function of `args` that returns one real number.
        args: arrays of real numbers, or numbers.

    Returns:
        A tuple with an array of the shape of each argument.

    Raises:
        NoGradientError: as `hessian`.

    >>> diaghessian(lambda x: (x**4).sum(), np.array([1.0, 2.0]))
    (array([12., 48.]),)
    """
    return tuple(_diagonal(f, args, position) for position in range(len(args)))


def _diagonal(f, args, position):
    x = args[position]
    _check_real("diaghessian", x)
    alone = lambda x: f(*args[:position], x, *args[position + 1 :])
    product, shape = _curvature(alone, x), np.shape(x)
    rows = ((index, product(unit(shape, index))) for index in np.ndindex(shape))
    entries = [row[index] if index else row for index, row in rows]
    if not entries:
        return np.zeros(shape, plain(x).dtype)
    return np.reshape(np.stack(entries), shape)[()]


def _check_real(name, x):
    value = plain(x)
    if not _is_numeric(value) or np.asarray(value).dtype.kind not in "fiub":
        raise NoGradientError(
            f"{name} needs a real number or an array of them, and was given "
            f"{described(x)}. For a model, use hvp, or {name} of the vector that "
            f"destructure makes of it."
        )
