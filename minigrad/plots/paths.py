"""How optimisation rules walk over a function of two numbers."""

from numbers import Integral

import numpy as np

from ..autodiff.gradient import withgradient
from ..errors import DomainError, ShapeError, described
from ..optimise import setup, update_
from ..optimise.contract import check_rule
from .library import axes_for, colour

LEVELS = 20
RESOLUTION = 200


def path_of(rule, f, start, *, steps=50):
    """The points that a rule comes by on its way down.

        p[0] = start,  p[k + 1] = p[k] - step of the rule for the gradient of f at p[k]

    Args:
        rule: for instance `Momentum(0.01)`.
        f: a function of two numbers, in NumPy.
        start: the two numbers to begin with.
        steps: how many.

    Returns:
        A float64 array of shape (steps + 1, 2). It is shorter where the path leads to
        a point at which f is not finite, and ends before that.

    Raises:
        ShapeError: `start` is not two numbers.
        DomainError: `f` is not finite at the start.
        TypeError, ValueError: `rule` is no rule, `steps` no number of steps.

    >>> from minigrad import Descent
    >>> path_of(Descent(0.25), lambda x, y: x**2 + 2 * y**2, (4, 1), steps=3)
    array([[4. , 1. ],
           [2. , 0. ],
           [1. , 0. ],
           [0.5, 0. ]])
    """
    point = np.array(start, float)
    if point.shape != (2,):
        raise ShapeError(
            f"path_of starts from two numbers, as (-1.0, 2.0), and start= has the "
            f"shape {point.shape}."
        )
    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 1:
        raise ValueError(f"path_of(steps={steps!r}): write a whole number from 1 on.")
    check_rule(rule, "path_of({}, f, start)")
    model, path = {"point": point}, []
    height = lambda m: _called(f, m["point"][0], m["point"][1])
    opt_state = setup(rule, model)
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            y, (grad,) = withgradient(height, model)
            if not (np.isfinite(y) and np.isfinite(point).all()):
                break
            path.append(point.copy())
            if step < steps:
                update_(opt_state, model, grad)
    if not path:
        raise DomainError(
            f"path_of: at the start {tuple(point.tolist())} f is {y}, which is no "
            f"finite number. Start where f can be computed."
        )
    return np.array(path)


def _called(f, x, y):
    """f of two numbers, or of two arrays of them."""
    try:
        return f(x, y)
    except TypeError as error:
        error.add_note("The function is called as f(x, y), with two numbers or arrays.")
        raise


def optimiser_paths(f, paths, *, xlim=None, ylim=None, ax=None):
    """Paths on the contour lines of the function that they go down.

    The lines are closer to each other where f is low, so that a valley can be seen:
    between its least and its greatest value they are spaced as the cubes of 0, 1, 2...

    Args:
        f: a function of two arrays of numbers, in NumPy: `lambda x, y: x**2 + y**2`.
        paths: an array of shape (steps, 2), as from `path_of`; or a dict from names to
            such arrays.
        xlim: the ends of the x axis, a pair; by default the paths fit in. A rule that
            diverges needs them.
        ylim: the ends of the y axis.
        ax: the axes to draw on; by default new ones.

    Returns:
        The axes: `ax.lines` are the paths, with a circle where they begin, and a star
        where they end.

    Raises:
        ShapeError: a path has another shape; f does not return a number per place.
        ValueError: there is no path.
        DomainError: f is finite nowhere on the picture.

    >>> from minigrad import Descent, Momentum
    >>> bowl = lambda x, y: x**2 + 10 * y**2
    >>> rules = {"Descent": Descent(0.05), "Momentum": Momentum(0.02, 0.8)}
    >>> paths = {name: path_of(rule, bowl, (4, 1)) for name, rule in rules.items()}
    >>> ax = optimiser_paths(bowl, paths)
    >>> [line.get_label() for line in ax.lines]
    ['Descent', 'Momentum']
    """
    named = isinstance(paths, dict)
    paths = paths if named else {None: paths}
    if not paths:
        raise ValueError("optimiser_paths was given an empty dict: there is no path.")
    paths = {name: _checked(name, path) for name, path in paths.items()}
    x, y = _window(paths.values(), xlim, ylim)
    z = _heights(f, x, y)
    ax = axes_for("optimiser_paths", ax)
    _draw_contours(ax, x, y, z)
    for number, (name, path) in enumerate(paths.items()):
        _draw_path(ax, path, name, colour(number))
    ax.set(xlabel="x", ylabel="y", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if named:
        ax.legend()
    return ax


def _checked(name, path):
    try:
        path = np.asarray(path, float)
    except (TypeError, ValueError):
        raise TypeError(
            f"optimiser_paths(f, paths) draws paths of points, and was given "
            f"{described(path)}. Write path_of(Adam(0.1), f, (1.0, 2.0)) for the path "
            f"of a rule."
        ) from None
    if path.ndim != 2 or path.shape[1] != 2 or not len(path):
        called = "the path" if name is None else f"the path {name!r}"
        raise ShapeError(
            f"optimiser_paths: {called} has the shape {path.shape}, and a path has a "
            f"row (x, y) for each step. Write path_of(Adam(0.1), f, (1.0, 2.0))."
        )
    return path


def _window(paths, xlim, ylim):
    """The numbers along both axes where f is computed."""
    points = np.concatenate(list(paths))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise DomainError("optimiser_paths: no point of the paths is finite.")
    found = []
    for name, limits, column in (
        ("xlim", xlim, points.T[0]),
        ("ylim", ylim, points.T[1]),
    ):
        if limits is None:
            low, high = column.min(), column.max()
            margin = 0.15 * (high - low) or 0.5
            limits = low - margin, high + margin
        if np.shape(limits) != (2,) or not limits[0] < limits[1]:
            raise ValueError(
                f"optimiser_paths({name}={limits!r}): write the ends of the axis, the "
                f"lower one first: {name}=(-2, 2)."
            )
        found.append(np.linspace(*limits, RESOLUTION))
    return found


def _heights(f, x, y):
    """f at every place of the picture; what is not finite there stays blank."""
    grid = np.meshgrid(x, y)
    with np.errstate(all="ignore"):
        z = np.asarray(_called(f, *grid))
    if z.shape != grid[0].shape:
        raise ShapeError(
            f"optimiser_paths: f was given two arrays of shape {grid[0].shape}, all "
            f"places of the picture, and returned the shape {z.shape}. Write it number "
            f"by number, as lambda x, y: x**2 + y**2, without a sum."
        )
    if not np.isfinite(z).any():
        raise DomainError(
            "optimiser_paths: f is finite nowhere on the picture. Give xlim= and ylim= "
            "where it is."
        )
    return np.where(np.isfinite(z), z, np.nan)


def _draw_contours(ax, x, y, z):
    low, high = np.nanmin(z), np.nanmax(z)
    if low == high:
        return
    levels = low + (high - low) * np.linspace(0, 1, LEVELS) ** 3
    ax.contourf(x, y, z, levels=levels, cmap="Greys", alpha=0.4)
    ax.contour(x, y, z, levels=levels, colors="0.6", linewidths=0.6, linestyles="-")


def _draw_path(ax, path, name, tint):
    ax.plot(*path.T, ".-", color=tint, markersize=4, linewidth=1.5, label=name)
    edge = dict(facecolors=tint, edgecolors="black", zorder=3)
    ax.scatter(*path[0], marker="o", s=50, **edge)
    ax.scatter(*path[-1], marker="*", s=140, **edge)
