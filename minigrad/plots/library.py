"""matplotlib: imported here and nowhere else, and only when a picture is made.

What all pictures share is here too: their axes, and colours that everybody can tell
apart.
"""

from ..errors import described, importing

PALETTE = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # bluish green
    "#D55E00",  # vermilion
    "#56B4E9",  # sky blue
    "#CC79A7",  # reddish purple
    "#F0E442",  # yellow
    "#000000",  # black
)
"""The colours of M. Okabe and K. Ito, "Color universal design" (2002), those first that
differ most for people who confuse red and green, and stand out from white."""

MARKERS = "osD^vP*X"
STYLES = "-", "--", "-.", ":"


def require_matplotlib():
    """`matplotlib.pyplot`, or a sentence that says how to get it.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.

    >>> plt = require_matplotlib()
    >>> plt.__name__
    'matplotlib.pyplot'
    """
    with importing("matplotlib", "Pictures need matplotlib", "plot"):
        import matplotlib.pyplot as plt
    return plt


def axes_for(who, ax=None):
    """The axes to draw on: those that were given, or new ones."""
    plt = require_matplotlib()
    if ax is None:
        return plt.subplots(layout="constrained")[1]
    if not isinstance(ax, plt.Axes):
        raise TypeError(
            f"{who} draws on axes, and ax= is {described(ax)}. Write "
            f"figure, ax = plt.subplots(), or leave ax= out."
        )
    return ax


def panels_for(who, n, axes=None):
    """A list of n axes: those that were given, or the panels of a new figure."""
    plt = require_matplotlib()
    if axes is None:
        columns = min(n, 3)
        rows = -(-n // columns)
        size = (max(6.4, 3.4 * columns), 2.6 * rows)
        figure = plt.figure(figsize=size, layout="constrained")
        return [figure.add_subplot(rows, columns, 1 + i) for i in range(n)]
    given = [axes] if isinstance(axes, plt.Axes) else _flat(axes)
    if not all(isinstance(ax, plt.Axes) for ax in given):
        raise TypeError(
            f"{who} draws on several axes, and axes= is {described(axes)}. Write "
            f"figure, axes = plt.subplots(1, {n}), or leave axes= out."
        )
    if len(given) != n:
        raise ValueError(
            f"{who} needs {n} axes, one per layer, and was given {len(given)}. Write "
            f"figure, axes = plt.subplots(1, {n}), or leave axes= out."
        )
    return given


def _flat(axes):
    """The axes in an array of them, row by row, or in a list."""
    if hasattr(axes, "flat"):
        return list(axes.flat)
    return list(axes) if isinstance(axes, list | tuple) else [axes]


def style(number):
    """How the line of the curve with a number is drawn: the first ones are whole."""
    return STYLES[number // len(PALETTE) % len(STYLES)]


def colour(number):
    """The colour of the class or curve with a number; after the last the first."""
    return PALETTE[number % len(PALETTE)]


def marker(number):
    """The shape of the points of a class; none has that of one in its colour."""
    return MARKERS[(number + number // len(PALETTE)) % len(MARKERS)]


def colour_map(n):
    """A colour map of the first n colours, for pictures of the numbers 0 to n - 1."""
    colours = require_matplotlib().matplotlib.colors
    return colours.ListedColormap([colour(k) for k in range(n)])
