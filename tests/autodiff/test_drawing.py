"""Pictures of tapes: every entry a box, colours by gradient, text for Graphviz."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from minigrad import Chain, Dense, mse, tanh
from minigrad.autodiff import trace
from minigrad.autodiff.drawing import BLUES, MOST, NO_GRADIENT, NOT_FINITE, dot, svg

SPACE = {"s": "http://www.w3.org/2000/svg"}


def network():
    model = Chain(Dense(2, 3, tanh), Dense(3, 1))
    x = np.ones((5, 2), np.float32)
    return trace(lambda model, x: mse(model(x), 0 * x[:, :1]), model, x)


def recurrent(steps):
    def loss(w, u):
        h = total = 0.0
        for k in range(steps):
            h = np.tanh(w * h + u * k)
            total = total + h**2
        return total

    return trace(loss, 0.5, 0.1)


def parsed(tape):
    return ElementTree.fromstring(svg(tape))


def boxes(tape, kind="node"):
    """The texts and the rectangle of each node, or of each repeated input."""
    found = []
    for node in parsed(tape).findall(f".//s:g[@class='{kind}']", SPACE):
        texts = [text.text for text in node.findall("s:text", SPACE)]
        found.append((*texts, node.find("s:rect", SPACE).attrib))
    return found


def test_a_box_for_every_entry():
    tape = network()
    found = boxes(tape)
    assert len(found) == len(tape) == 13
    assert [title for title, _, _ in found][:2] == [
        "model.layers[0].weight",
        "model.layers[0].bias",
    ]
    assert found[6][:2] == ("tanh", "#6 (5, 3) float32")
    assert [title for title, _, _ in found][8:] == ["x[…]", "0 × ·", "−", "x²", "mean"]


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_boxes_do_not_overlap_and_edges_begin_and_end_at_them(steps):
    tape = recurrent(steps)
    rectangles = [
        [float(rect[k]) for k in ("x", "y", "width", "height")]
        for *_, rect in boxes(tape) + boxes(tape, "repeat")
    ]
    for k, (x, y, w, h) in enumerate(rectangles):
        for a, b, c, d in rectangles[:k]:
            assert x + w < a or a + c < x or y + h < b or b + d < y
    bottoms = {(round(x + w / 2), y + h) for x, y, w, h in rectangles}
    tops = {(round(x + w / 2), y) for x, y, w, h in rectangles}
    edges = parsed(tape).findall(".//s:path[@class='edge']", SPACE)
    numbers = [list(map(float, re.findall(r"[\d.]+", e.attrib["d"]))) for e in edges]
    assert len(numbers) == sum(len({p for _, p in entry.parents}) for entry in tape)
    near = lambda point, places: any(abs(point[0] - x) <= 1 and abs(point[1] - y) < 0.1
                                     for x, y in places)  # fmt: skip
    assert all(near(d[:2], bottoms) and near(d[-2:], tops) for d in numbers)


def lightness(rect):
    red, green, blue = (int(rect["fill"][k : k + 2], 16) for k in (1, 3, 5))
    return 0.3 * red + 0.6 * green + 0.1 * blue


def test_larger_gradients_are_darker():
    scales = 10.0 ** np.arange(-3, 4)
    tape = trace(
        lambda *xs: sum(x * s for x, s in zip(xs, scales, strict=True)), *[1.0] * 7
    )
    before = {rect["fill"] for *_, rect in boxes(tape)}
    tape.backward()
    shades = [lightness(rect) for *_, rect in boxes(tape)[:7]]
    assert shades == sorted(shades, reverse=True) and len(set(shades)) == 7
    assert len(before) == 2  # inputs and operations
    ends = ["#{:02x}{:02x}{:02x}".format(*BLUES[k]) for k in (0, -1)]
    assert [boxes(tape)[k][2]["fill"] for k in (0, 6)] == ends
    assert "|gradient| 0.001" in svg(tape)


def weighted(*sizes):
    loss = lambda *xs: sum(x * s for x, s in zip(xs, sizes, strict=True))
    tape = trace(loss, *[1.0] * len(sizes))
    tape.backward()
    return tape


def test_a_gradient_of_almost_nothing_does_not_flatten_the_scale():
    few, tape = weighted(1.0, 1e-2, 1e-4, 1e-6), weighted(1.0, 1e-2, 1e-4, 1e-6, 1e-15)
    shades = [rect["fill"] for *_, rect in boxes(tape)[:5]]
    assert len(set(shades)) == 4 and shades[3] == shades[4]
    assert shades[0] == "#{:02x}{:02x}{:02x}".format(*BLUES[-1])
    assert shades[2] == boxes(few)[2][2]["fill"]
    assert "|gradient| ≤1e-06" in svg(tape) and "≤" not in svg(few)


def test_an_input_is_repeated_where_it_is_used_far_below():
    tape = recurrent(10)
    tape.backward()
    repeats = boxes(tape, "repeat")
    assert [name for name, _ in repeats].count("w") == 9  # the first is near the box
    assert [name for name, _ in repeats].count("u") == 9
    inputs = {name: rect["fill"] for name, _, rect in boxes(tape)[:2]}
    assert all(rect["fill"] == inputs[name] for name, rect in repeats)
    near = trace(lambda x: np.sin(x) * x, 1.0)
    assert boxes(near, "repeat") == []


def test_the_way_through_a_loop_is_straight():
    def loss(w, u, b):
        h = 1.0
        for k in range(12):
            h = np.tanh(w * h + u * k + b)
        return h

    tape = trace(loss, 0.5, 0.1, 0.2)
    width = float(parsed(tape).attrib["width"])
    assert width < 500
    edges = parsed(tape).findall(".//s:path[@class='edge']", SPACE)
    heights = []
    for edge in edges:
        numbers = list(map(float, re.findall(r"[\d.]+", edge.attrib["d"])))
        heights.append(numbers[-1] - numbers[1])
    assert max(heights) < 2 * 74  # no arrow passes more than one layer


def test_what_no_gradient_reaches_is_grey():
    tape = trace(lambda x, y: (np.exp(y), x * 2)[1], 1.0, 2.0)
    tape.backward()
    _, y, exp, result = boxes(tape)
    assert y[2]["fill"] == exp[2]["fill"] == NO_GRADIENT
    assert "stroke-dasharray" in y[2] and "no gradient" in svg(tape)
    assert result[2]["stroke-width"] == "3" and exp[2]["stroke-width"] == "1"


def test_numbers_that_are_not_finite():
    with np.errstate(all="ignore"):
        tape = trace(lambda x: np.log(x) * 2, 0.0)
        assert [rect["fill"] == NOT_FINITE for *_, rect in boxes(tape)] == [0, 1, 1]
        tape = trace(lambda x: np.arcsin(x), 1.0)
        tape.backward()
        assert boxes(tape)[0][2]["fill"] == NOT_FINITE and "inf" in svg(tape)


def test_names_are_escaped():
    tape = trace(lambda m: m["a<b&'\""] * 2, {"a<b&'\"": 1.0})
    assert boxes(tape)[0][0] == "m['a<b&\\'\"']"
    assert '\\"' in dot(tape)


def test_tooltips_tell_the_line():
    tip = parsed(network()).findall(".//s:title", SPACE)[6].text
    assert tip.startswith("numpy.tanh(#5)\n#6 (5, 3) float32\ntest_drawing.py:")


def test_the_same_tape_gives_the_same_picture():
    assert svg(recurrent(6)) == svg(recurrent(6))


def test_of_a_long_tape_the_middle_is_left_out():
    tape = recurrent(100)
    assert len(boxes(tape)) == MOST
    assert f"{len(tape) - MOST} steps in the middle are left out" in svg(tape)


def test_ways_to_get_the_picture(tmp_path):
    tape = network()
    assert tape._repr_svg_() == tape.show()._repr_svg_() == svg(tape)
    tape.show().save(tmp_path / "tape.svg")
    assert (tmp_path / "tape.svg").read_text(encoding="utf-8") == svg(tape)
    assert "print(tape)" in repr(tape.show())


def test_text_for_graphviz():
    tape = trace(lambda x, y: x * y + x, 2.0, 3.0)
    text = tape.to_dot()
    lines = text.splitlines()
    assert lines[0] == "digraph tape {" and lines[-1] == "}"
    colours = r'fillcolor="#\w+", fontcolor="#\w+"'
    node = rf'  n\d+ \[label="[^"]*", {colours}(, shape=ellipse)?\]'
    edges = [line for line in lines if "->" in line]
    assert edges == ["  n0 -> n2", "  n1 -> n2", "  n2 -> n3", "  n0 -> n3"]
    nodes = [line for line in lines[2:-1] if line not in edges]
    assert len(nodes) == 4 and all(re.fullmatch(node, line) for line in nodes)
