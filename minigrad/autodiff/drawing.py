"""A tape as a picture: SVG made here, and text for Graphviz."""

from html import escape
from math import isfinite, log10
from typing import NamedTuple

import numpy as np

from ..arrays import plain
from .captions import title
from .layout import layered, with_repeats
from .nonfinite import is_finite

BLUES = (247, 251, 255), (198, 219, 239), (107, 174, 214), (33, 113, 181), (8, 48, 107)
"""From a small gradient to a large one: light to dark, whatever colours one sees."""

INPUT, OPERATION, NO_GRADIENT, NOT_FINITE = "#fff3c4", "#ffffff", "#e4e4e4", "#ff9d8a"
MOST = 160
HEIGHT, LAYER, MARGIN, CHARACTER, SMALL, LOW = 38, 74, 20, 7.3, 6.1, 18
DECADES = 6
"""Gradients that are smaller than the largest by more than so much look alike."""


class Box(NamedTuple):
    """What is drawn for an entry: its number, two lines of text, colours, a tooltip.

    An input that is used again far below is drawn there once more, with its name only.
    """

    index: int
    title: str
    detail: str
    fill: str
    ink: str
    outline: str
    tip: str
    is_input: bool
    is_repeated: bool = False

    @property
    def width(self):
        """What both texts need, and a margin."""
        if self.is_repeated:
            return SMALL * len(self.title) + 16
        texts = CHARACTER * len(self.title), SMALL * len(self.detail) + 8
        return max(*texts, 34) + 26


def svg(tape):
    """A trace as a picture of boxes and arrows, from the inputs down to the result.

    After the tape has been played back, the colour tells the norm of each gradient,
    on a logarithmic scale; what no gradient reached is grey.

    Args:
        tape: a `Trace`.

    Returns:
        The text of an SVG file.
    """
    shown, left_out = _shown(tape)
    scale = _Scale(tape)
    boxes, parents = _boxes(tape, shown, scale)
    layers, centres, routes = layered(parents, [box.width for box in boxes])
    left = min((x - box.width / 2 for x, box in zip(centres, boxes, strict=True)),
               default=0)  # fmt: skip
    shift = MARGIN - left
    centres = [x + shift for x in centres]
    tops = [MARGIN + LAYER * layer for layer in layers]
    right = max((x + box.width / 2 for x, box in zip(centres, boxes, strict=True)),
                default=0)  # fmt: skip
    lowest = max(tops, default=0) + HEIGHT
    parts = []
    for (parent, child), passed in routes.items():
        points = [(centres[parent], tops[parent] + HEIGHT)]
        for step, x in enumerate(passed, 1):
            y = tops[parent] + LAYER * step
            points += [(x + shift, y), (x + shift, y + HEIGHT)]
        parts.append(_arrow([*points, (centres[child], tops[child])]))
    for box, x, y in zip(boxes, centres, tops, strict=True):
        parts.append(_drawn(box, x, y, box.index == tape.result))
    legend, below = scale.legend(MARGIN, lowest + MARGIN)
    if left_out:
        legend += _text(
            MARGIN, lowest + below + 2 * MARGIN, f"{left_out} steps in the middle are "
            f"left out", 11)  # fmt: skip
        below += 20
    width = max(right + MARGIN, 350 if legend else 0)
    height = lowest + below + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace">'
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#777"/>'
        f'</marker></defs><rect width="100%" height="100%" fill="#fbfbfb"/>'
        f"{''.join(parts)}{legend}</svg>"
    )


def _boxes(tape, shown, scale):
    """A box for each of the entries shown, some inputs repeated; and their parents."""
    at = {index: k for k, index in enumerate(shown)}
    parents = [[at[p] for _, p in tape[i].parents if p in at] for i in shown]
    inputs = {at[i] for i in shown if i < tape.inputs}
    places, parents = with_repeats(parents, inputs)
    boxes, seen = [], set()
    for k in places:
        box = _box(tape, shown[k], scale)
        boxes.append(box._replace(is_repeated=True) if k in seen else box)
        seen.add(k)
    return boxes, parents


def dot(tape):
    """A trace in the language of Graphviz, for those who have it.

    Args:
        tape: a `Trace`.

    Returns:
        The text of a `.dot` file.
    """
    scale = _Scale(tape)
    lines = ["digraph tape {", '  node [shape=box, style=filled, fontname="monospace"]']
    for index, entry in enumerate(tape):
        box = _box(tape, index, scale)
        label = f"{_quoted(box.title)}\\n{_quoted(box.detail)}"
        shape = ", shape=ellipse" if box.is_input else ""
        lines.append(
            f'  n{index} [label="{label}", fillcolor="{box.fill}", '
            f'fontcolor="{box.ink}"{shape}]'
        )
        lines += [f"  n{k} -> n{index}" for k in dict(entry.parents).values()]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _shown(tape):
    """The entries to draw, and how many in the middle are left out."""
    n = len(tape)
    if n <= MOST:
        return list(range(n)), 0
    return [*range(MOST // 2), *range(n - MOST // 2, n)], n - MOST


# --- Boxes -------------------------------------------------------------------------


def _box(tape, index, scale):
    entry = tape[index]
    value = plain(entry.ans)
    value = value[0] if isinstance(value, tuple) else value
    is_input = entry.operation is None
    name = tape.name(index)
    heading = name if is_input else title(tape[index], name)
    shape, dtype = np.shape(value), getattr(value, "dtype", type(value).__name__)
    detail = f"#{index} {shape} {dtype}"
    fill, ink, outline, said = scale.colours(tape, index, is_input)
    line = "" if is_input else f"\n{tape.lines[index]}: {tape.lines[index].text}"
    tip = f"{name}({', '.join(tape.arguments(index))})\n{detail}{line}{said}"
    return Box(index, heading, detail, fill, ink, outline, tip, is_input)


class _Scale:
    """Colours for the norms of the gradients of a tape."""

    def __init__(self, tape):
        self.norms = {
            index: float(np.linalg.norm(plain(g)))
            for index, g in tape.gradients.items()
        }
        sizes = [log10(x) for x in self.norms.values() if x > 0 and isfinite(x)]
        self.low, self.high = min(sizes, default=0), max(sizes, default=0)
        self.is_cut = self.low < self.high - DECADES
        self.low = max(self.low, self.high - DECADES)

    def colours(self, tape, index, is_input):
        """Of an entry: its fill, the ink on it, its outline, and words about it."""
        neutral = INPUT if is_input else OPERATION
        if not is_finite(tape[index].ans):
            return NOT_FINITE, "#000", "#c22", "\nNaN or infinite"
        if not self.norms:
            return neutral, "#000", "#777", ""
        norm = self.norms.get(index)
        if norm is None:
            return NO_GRADIENT, "#666", "#999", "\nno gradient"
        if not isfinite(norm):
            return NOT_FINITE, "#000", "#c22", f"\n|gradient| = {norm}"
        fill, ink = self.blue(norm)
        return fill, ink, "#555", f"\n|gradient| = {norm:.4g}"

    def blue(self, norm):
        """The colour of a norm, and an ink that can be read on it."""
        if norm == 0:
            return "#ffffff", "#000"
        span = self.high - self.low
        t = max((log10(norm) - self.low) / span, 0.0) if span else 0.5
        k = min(int(t * (len(BLUES) - 1)), len(BLUES) - 2)
        f = t * (len(BLUES) - 1) - k
        mixed = [round(a + f * (b - a)) for a, b in zip(*BLUES[k : k + 2], strict=True)]
        return "#{:02x}{:02x}{:02x}".format(*mixed), "#fff" if t > 0.6 else "#000"

    def legend(self, x, y):
        """A bar with both ends of the scale, and how much room it takes."""
        if not self.norms:
            return "", 0
        steps = []
        for k in range(21):
            norm = 10 ** (self.low + (self.high - self.low) * k / 20)
            steps.append(f'<rect x="{x + 112 + 5 * k}" y="{y}" width="5" height="12" '
                         f'fill="{self.blue(norm)[0]}"/>')  # fmt: skip
        least = "≤" if self.is_cut else ""
        texts = (
            _text(x, y + 10, f"|gradient| {least}{10**self.low:.1g}", 10),
            _text(x + 222, y + 10, f"{10**self.high:.1g}", 10),
            f'<rect x="{x + 265}" y="{y}" width="12" height="12" fill="{NO_GRADIENT}" '
            f'stroke="#999" stroke-dasharray="3 2"/>',
            _text(x + 281, y + 10, "None", 10),
        )
        return "".join([*steps, *texts]), 12 + MARGIN


# --- Shapes ------------------------------------------------------------------------


def _drawn(box, x, y, is_result):
    width, height = box.width, HEIGHT
    if box.is_repeated:
        y, height = y + HEIGHT - LOW, LOW
        texts = _text(x, y + 12, box.title, 10, box.ink, "middle")
    else:
        texts = (
            f"{_text(x, y + 16, box.title, 12, box.ink, 'middle')}"
            f"{_text(x, y + 31, box.detail, 10, box.ink, 'middle')}"
        )
    dashes = ' stroke-dasharray="4 3"' if box.fill == NO_GRADIENT else ""
    return (
        f'<g class="{"repeat" if box.is_repeated else "node"}">'
        f"<title>{escape(box.tip)}</title>"
        f'<rect x="{x - width / 2:.1f}" y="{y}" width="{width:.1f}" height="{height}" '
        f'rx="{height / 2 if box.is_input else 4}" fill="{box.fill}" '
        f'stroke="{box.outline}" stroke-width="{3 if is_result else 1}"{dashes}/>'
        f"{texts}</g>"
    )


def _text(x, y, text, size, ink="#000", anchor="start"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{ink}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _arrow(points):
    """A curve that comes and goes straight down at every point."""
    (x, y), *others = points
    path = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in others:
        middle = (y + to_y) / 2
        path.append(
            f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return (
        f'<path class="edge" d="{" ".join(path)}" fill="none" stroke="#777" '
        f'marker-end="url(#tip)"/>'
    )
