"""Line charts as SVG inside HTML: pictures that a page carries within itself.

`chart` turns curves into text. Colours, and light and dark, come from the style of the
page (`report.css`), where `s0`, `s1`, ... are colours that everybody can tell apart.
"""

from html import escape
from typing import NamedTuple

import numpy as np

from .scales import LARGEST, SMALLEST, axis_of, is_wide, number, thinned

WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 54, 10, 10, 38
COLOURS, DASHES = 7, ("", "7 3", "2 3", "8 3 2 3")
DOTS, MARKS = 40, 50
"""How many points of a curve get a dot of their own, and how many NaNs a cross."""


class Curve(NamedTuple):
    """One curve of a chart.

    Attributes:
        name: what the legend calls it.
        xs, ys: arrays of shape (N,). What is NaN or infinite is a gap.
    """

    name: str
    xs: np.ndarray
    ys: np.ndarray


def chart(title, curves, xlabel="epoch", *, log=None):
    """Curves in one picture, with axes and a legend.

    Long curves are thinned out: a line goes through the means of neighbouring points,
    and a band reaches from the lowest of them to the highest.

    Args:
        title: what the numbers are.
        curves: a list of `Curve`s.
        xlabel: what is counted from left to right, in whole numbers.
        log: whether the axis of the numbers is logarithmic; by default it is if none
            is negative and most are far below the largest.

    Returns:
        A `<figure>`, as text.

    >>> text = chart("loss", [Curve("training", np.arange(3), np.array([3, 2, 1]))])
    >>> text[:8], "NaN" in text
    ('<figure>', False)
    """
    drawn = [_drawn(k, curve) for k, curve in enumerate(curves)]
    values = np.concatenate([[], *(part for d in drawn for part in d.shown)])
    values = values[np.isfinite(values)]
    legend = "".join(_legend(d) for d in drawn)
    head = f"<figcaption>{escape(title)}</figcaption>"
    head += f'<ul class="legend">{legend}</ul>'
    if not len(values):
        return f'<figure>{head}<p class="none">No finite number yet.</p></figure>'
    log = is_wide(values) if log is None else log and values.min() >= 0
    log = log and values.max() > 0
    spanned = values[values > 0] if log else values
    places = np.concatenate([d.points.xs for d in drawn])
    x = axis_of(places, LEFT, WIDTH - RIGHT, whole=True)
    y = axis_of(spanned, HEIGHT - BOTTOM, TOP, log=log)
    parts = [_grid(x, y, xlabel), *(_picture(d, x, y, xlabel) for d in drawn)]
    label = escape(f"{title}: {', '.join(curve.name for curve in curves)}")
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )
    notes = " ".join(_notes(drawn, values, y))
    return f"<figure>{head}{svg}{f'<small>{notes}</small>' * bool(notes)}</figure>"


class Drawn(NamedTuple):
    """A curve as it will be drawn.

    Attributes:
        name: its name.
        style: the attributes of its line: its colour and its dashes.
        points: it, `Thinned`.
        broken: where there are numbers that cannot be drawn.
        last: its last number.
    """

    name: str
    style: str
    points: object
    broken: np.ndarray
    last: float

    @property
    def shown(self):
        """All numbers that the axis must reach."""
        return self.points.ys, self.points.low, self.points.high


def _drawn(k, curve):
    xs, ys = np.asarray(curve.xs, float), np.asarray(curve.ys, float)
    inside = np.clip(ys, -LARGEST, LARGEST)
    inside = np.where(np.abs(inside) < SMALLEST, 0.0, inside)
    inside = np.where(np.isfinite(ys), inside, np.nan)
    dash = DASHES[k % len(DASHES)]
    style = f'class="line s{k % COLOURS}"'
    style += f' stroke-dasharray="{dash}"' if dash else ""
    last = ys[-1] if len(ys) else np.nan
    return Drawn(
        curve.name, style, thinned(xs, inside), xs[~np.isfinite(ys)], float(last)
    )


def _legend(drawn):
    swatch = (
        f'<svg class="swatch" viewBox="0 0 24 8" aria-hidden="true">'
        f'<path d="M1 4H23" {drawn.style}/></svg>'
    )
    last = f" <b>{number(drawn.last)}</b>"
    return f"<li>{swatch}{escape(drawn.name)}{last}</li>"


def _grid(x, y, xlabel):
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for value, text in y.ticks():
        at = _place(y.places(value))
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{right}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at}" dy=".35em" {END}>{text}</text>')
    for value, text in x.ticks():
        at = _place(x.places(value))
        parts.append(f'<path class="axis" d="M{at} {bottom}v4"/>')
        parts.append(f'<text x="{at}" y="{bottom + 16}" {MIDDLE}>{text}</text>')
    middle = (LEFT + right) / 2
    label = escape(xlabel)
    parts.append(f'<text x="{middle}" y="{HEIGHT - 5}" {MIDDLE}>{label}</text>')
    return "".join(parts)


END, MIDDLE = 'text-anchor="end"', 'text-anchor="middle"'


def _picture(drawn, x, y, xlabel):
    """The band, the line, its dots, and crosses where there is no number."""
    points = drawn.points
    xs, ys = x.places(points.xs), y.places(points.ys)
    colour = drawn.style.split('"')[1].split()[-1]
    parts = []
    for run in _runs(np.isfinite(ys)):
        if points.size > 1:
            edge = _joined(xs[run], y.places(points.high[run]))
            back = _joined(xs[run][::-1], y.places(points.low[run])[::-1])
            parts.append(f'<path class="band {colour}" d="M{edge}L{back}Z"/>')
        # A line of no length is a dot, since its ends are round.
        line = f"{_joined(xs[run], ys[run])}{'h0' if len(xs[run]) == 1 else ''}"
        parts.append(f'<path {drawn.style} d="M{line}"/>')
    if points.size == 1 and len(xs) <= DOTS:
        for k in np.flatnonzero(np.isfinite(ys)):
            told = f"{xlabel} {points.xs[k]:g}: {drawn.name} {number(points.ys[k], 6)}"
            at = f'cx="{_place(xs[k])}" cy="{_place(ys[k])}"'
            parts.append(
                f'<circle class="dot {colour}" {at} r="2.6">'
                f"<title>{escape(told)}</title></circle>"
            )
    for at in x.places(spread(drawn.broken, MARKS)):
        place = f'x="{_place(at)}" y="{HEIGHT - BOTTOM - 4}"'
        parts.append(f'<text class="cross" {place} {MIDDLE}>×</text>')
    return "".join(parts)


def spread(xs, most):
    """No more than so many of these, from the first to the last at equal distances.

    >>> spread(np.arange(101), 3)
    array([  0,  50, 100])
    """
    if len(xs) <= most:
        return xs
    return np.asarray(xs)[np.linspace(0, len(xs) - 1, most).round().astype(int)]


def _runs(good):
    """Slices of neighbouring points that are good."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good, [0]])))
    return [slice(*pair) for pair in edges.reshape(-1, 2)]


def _joined(xs, ys):
    return "L".join(f"{_place(a)} {_place(b)}" for a, b in zip(xs, ys, strict=True))


def _place(value):
    return f"{float(value):.1f}".removesuffix(".0")


def _notes(drawn, values, y):
    """What one must know to read the picture right."""
    size = max(d.points.size for d in drawn)
    if size > 1:
        yield f"Line: means of {size} neighbours; band: lowest to highest."
    if y.log:
        zeros = "; what is 0 lies on the lower edge" if values.min() <= 0 else ""
        yield f"The axis is logarithmic{zeros}."
    broken = sum(len(d.broken) for d in drawn)
    if broken:
        yield f"×: NaN or infinite, {broken:,} in all."
