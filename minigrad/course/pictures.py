"""Pictures that the notebooks share, by matplotlib."""

from typing import NamedTuple

import numpy as np

from ..autodiff.layout import layered
from ..functors import children
from ..plots import require_matplotlib

NOT_REACHED, HAS_TURN, REACHED = "#ededed", "#f6b26b", "#cfe2f3"


def walk(result, order):
    """The way back through a computation, a drawing for each value that has its turn.

    Each box shows an operation or a name, its number, and below it what has arrived;
    each arrow its local slope.

    Args:
        result: where it starts: a value with `data`, `sign`, `parents` and `slopes`.
        order: all values, parents first.

    Returns:
        The figure.
    """
    plt = require_matplotlib()
    turns = [value for value in reversed(order) if value.parents]
    n = len(turns) + 1
    figure, axes = plt.subplots(1, n, figsize=(2.3 * n, 4.4))
    gradients = {result: 1.0}
    for step, (value, ax) in enumerate(zip(turns, axes, strict=False), 1):
        graph(order, gradients, value, ax=ax)
        ax.set_title(f"turn {step}")
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            gradients[parent] = gradients.get(parent, 0.0) + gradients[value] * slope
    graph(order, gradients, ax=axes[-1])
    axes[-1].set_title("all has arrived")
    return figure


def graph(values, gradients, turn=None, *, ax):
    """A computation as boxes and arrows, from the inputs down to the result.

    Args:
        values: the boxes, parents first.
        gradients: from a value to what has arrived there; others are grey.
        turn: the value whose turn it is.
        ax: the axes to draw on.

    Returns:
        The axes.
    """
    at = {value: k for k, value in enumerate(values)}
    parents = [[at[parent] for parent in value.parents] for value in values]
    layers, centres, _ = layered(parents, [60.0] * len(values))
    places = [(x / 84, -layer) for x, layer in zip(centres, layers, strict=True)]
    for k, value in enumerate(values):
        _arrows(ax, places, k, parents[k], value.slopes)
        _box(ax, places[k], value, gradients.get(value), value is turn)
    xs, ys = zip(*places, strict=True)
    ax.set(xlim=(min(xs) - 0.8, max(xs) + 0.8), ylim=(min(ys) - 0.4, max(ys) + 0.4))
    ax.set_axis_off()
    return ax


def _box(ax, place, value, gradient, has_turn):
    colour = NOT_REACHED if gradient is None else REACHED
    colour = HAS_TURN if has_turn else colour
    arrived = "–" if gradient is None else f"{gradient:.3g}"
    style = {"boxstyle": "round,pad=0.4", "fc": colour, "ec": "#555", "lw": 0.8}
    text = f"{value.sign} {value.data:.2f}\n{arrived}"
    ax.text(*place, text, ha="center", va="center", bbox=style, fontsize=9, zorder=3)


def _arrows(ax, places, child, parents, slopes):
    """From each parent to a child; two from the same parent bend apart."""
    x, y = places[child]
    for k, (parent, slope) in enumerate(zip(parents, slopes, strict=True)):
        from_x, from_y = places[parent]
        far = from_y - y > 1.5
        bend = 0.3 * (2 * k - 1) if parents.count(parent) > 1 else 0.8 * far
        style = {
            "arrowstyle": "-|>",
            "color": "#999",
            "connectionstyle": f"arc3,rad={bend}",
            "shrinkA": 16,
            "shrinkB": 18,
        }
        ax.annotate("", xy=(x, y), xytext=(from_x, from_y), arrowprops=style)
        beside = 0.0 if far else (0.12 if bend <= 0 else -0.12)
        side = beside - bend / 2 * (from_y - y)
        middle = (from_x + x) / 2 + side, (from_y + y) / 2
        ax.text(*middle, f"{slope:.2f}", fontsize=8, color="#555", ha="center",
                va="center", bbox={"fc": "white", "ec": "none", "pad": 0.5},
                )  # fmt: skip


# --- Arrays ------------------------------------------------------------------------


def heatmap(table, *, ax, **options):
    """A matrix as coloured squares, with its numbers.

    Args:
        table: the matrix.
        ax: the axes to draw on.
        options: `cmap`, `vmin` and `vmax`, as for `imshow`.

    Returns:
        The axes.
    """
    image = ax.imshow(table, **options)
    for (row, column), number in np.ndenumerate(table):
        red, green, blue, _ = image.cmap(image.norm(number))
        is_dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        ax.text(column, row, f"{number:.2f}", ha="center", va="center", fontsize=9,
                color="white" if is_dark else "black")  # fmt: skip
    ax.set(xticks=range(table.shape[1]), yticks=range(table.shape[0]))
    ax.grid(False)
    return ax


def broadcasting(x, y):
    """How a column and a row are copied forward, and their gradients summed back.

    Args:
        x: of shape (n, 1).
        y: of shape (m,).

    Returns:
        The figure.
    """
    plt = require_matplotlib()
    n, m = len(x), len(y)
    figure, axes = plt.subplots(2, 1, figsize=(6.5, 5.2))
    g = 2 * (x + y)
    rows = (
        ("forward: copy", x, y[None], x + y, "x + y", ("x", "y"), "→", "↓"),
        ("backward: sum", g.sum(1, keepdims=True), g.sum(0, keepdims=True), g, "g",
         ("gradient of x", "gradient of y"), "←", "↑"),
    )  # fmt: skip
    for ax, (title, column, row, table, name, names, across, down) in zip(
        axes, rows, strict=True
    ):
        _grid(ax, column, 0, 1.5, "#fff3c4")
        _grid(ax, row, 3, 0, "#cfe2f3")
        _grid(ax, table, 3, 1.5, "#e6e6e6")
        ax.text(2, 1.5 + n / 2, across, fontsize=20, ha="center", va="center")
        ax.text(3 + m / 2, 1.27, down, fontsize=14, ha="center", va="center")
        for text, at in ((f"{names[0]}\n{column.shape}", (-0.3, 1.5 + n / 2)),
                         (f"{names[1]}\n({m},)", (2.7, 0.5))):  # fmt: skip
            ax.text(*at, text, ha="right", va="center", fontsize=9)
        ax.text(3.3 + m, 1.5 + n / 2, f"{name}\n{table.shape}", va="center", fontsize=9)
        ax.set(xlim=(-3, m + 5), ylim=(n + 1.6, -0.1), title=title)
        ax.set_axis_off()
    return figure


def _grid(ax, table, left, top, colour):
    """The numbers of a matrix in squares."""
    for (row, column), number in np.ndenumerate(table):
        corner = left + column, top + row
        ax.add_patch(_square(corner, colour))
        ax.text(corner[0] + 0.5, corner[1] + 0.5, f"{number:g}", ha="center",
                va="center", fontsize=9)  # fmt: skip


def _square(corner, colour):
    plt = require_matplotlib()
    return plt.Rectangle(corner, 1, 1, fc=colour, ec="#777", lw=0.8)


# --- Trees -------------------------------------------------------------------------


class Row(NamedTuple):
    """A row of a drawn tree: how far it is indented, its name, what stands there."""

    depth: int
    name: str
    leaf: object
    is_leaf: bool


def tree_rows(tree, name="", depth=0):
    """The rows of a tree, from the root down.

    >>> [row.name for row in tree_rows({"a": 1.0, "b": [None]}, "m")]
    ['m', 'a', 'b', '[0]']
    """
    parts = children(tree)
    yield Row(depth, name, tree, not parts)
    for key, part in parts.items():
        text = f"[{key}]" if isinstance(key, int) else str(key)
        yield from tree_rows(part, text, depth + 1)


def trees(model, gradient):
    """A model and its gradient side by side, coloured by the norms of the gradient.

    Args:
        model: a tree.
        gradient: a tree of the same shape.

    Returns:
        The figure.
    """
    plt = require_matplotlib()
    rows = list(tree_rows(model, "model")), list(tree_rows(gradient, "gradient"))
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 0.36 * len(rows[0]) + 0.3))
    norms = [None if row.leaf is None else float(np.linalg.norm(row.leaf))
             for row in rows[1] if row.is_leaf]  # fmt: skip
    most = max((norm for norm in norms if norm), default=1.0)
    for ax, side in zip(axes, rows, strict=True):
        left = iter(norms)
        for k, row in enumerate(side):
            norm = next(left) if row.is_leaf else None
            said = "" if norm is None or side is rows[0] else f", norm {norm:.2g}"
            _row(ax, -k, row, said, _shade(norm, most) if row.is_leaf else "white")
        _elbows(ax, side)
        ax.set(xlim=(-0.2, 5.2), ylim=(0.6 - len(side), 0.6))
        ax.set_axis_off()
    return figure


def _shade(norm, most):
    """Grey for None, blue for a gradient, the darker the larger."""
    if norm is None:
        return NOT_REACHED
    return require_matplotlib().cm.Blues(0.1 + 0.6 * norm / most)


def _row(ax, y, row, more, colour):
    style = {"boxstyle": "round,pad=0.3", "fc": colour, "ec": "#777", "lw": 0.7}
    said = f"{row.name}: {_leaf(row.leaf)}{more}" if row.is_leaf else row.name
    ax.text(row.depth * 0.8, y, said, va="center", fontsize=9, bbox=style, zorder=3)


def _leaf(x):
    if isinstance(x, np.ndarray):
        return f"{x.dtype} {x.shape}"
    return getattr(x, "__name__", None) or repr(x)


def _elbows(ax, rows):
    """From each box to the boxes below it that are its parts."""
    above = {}
    for k, row in enumerate(rows):
        above[row.depth] = k
        if row.depth:
            x = (row.depth - 1) * 0.8 + 0.15
            corner = [x, x, row.depth * 0.8], [-above[row.depth - 1], -k, -k]
            ax.plot(*corner, color="#999", lw=1, zorder=1)


# --- Landscapes ----------------------------------------------------------------------


def contours(f, xlim, ylim, *, ax, levels=14):
    """The level lines of a function of the plane.

    Args:
        f: a function of an array whose first axis has the two coordinates.
        xlim: the least and the largest first coordinate.
        ylim: those of the second.
        ax: the axes to draw on.
        levels: how many lines.

    Returns:
        The axes.
    """
    plane = np.stack(np.meshgrid(np.linspace(*xlim, 200), np.linspace(*ylim, 200)))
    heights = f(plane)
    least, most = float(heights.min()), float(heights.max())
    lines = least + (most - least) * np.linspace(0, 1, levels + 1)[1:] ** 2.5
    ax.contourf(*plane, heights, levels=[least, *lines], cmap="Greys", alpha=0.35)
    ax.contour(*plane, heights, levels=lines, colors="#bbb", linewidths=0.6)
    ax.grid(False)
    return ax
