"""The table of a model: its rows, its sums, its remarks, and how it looks."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import minigrad as mg
from minigrad import (
    Adam,
    BatchNorm,
    Chain,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    ShapeError,
    SkipConnection,
    freeze_,
    functor,
    relu,
    setup,
    summary,
)

from .serialise.test_layers import EXAMPLES


def by_path(found):
    return {str(row.path): row for row in found.rows}


def small():
    return Chain(Dense(4, 8, relu), BatchNorm(8), Dropout(0.2), Dense(8, 3), mg.softmax)


def test_rows_of_a_chain():
    found = summary(small(), (32, 4))
    assert [(str(r.path), r.depth, r.layer, r.output) for r in found.rows] == [
        ("", 0, "Chain", (32, 3)),
        ("layers[0]", 1, "Dense(4 => 8, relu)", (32, 8)),
        ("layers[1]", 1, "BatchNorm(8)", (32, 8)),
        ("layers[2]", 1, "Dropout(0.2)", (32, 8)),
        ("layers[3]", 1, "Dense(8 => 3)", (32, 3)),
        ("layers[4]", 1, "softmax", (32, 3)),
    ]
    assert [row.parameters for row in found.rows] == [0, 40, 16, 0, 27, 0]
    assert [row.nontrainable for row in found.rows] == [0, 0, 16, 0, 0, 0]
    assert [row.bytes for row in found.rows] == [0, 160, 128, 0, 108, 0]
    assert found.inputs == [(32, 4)] and found.output == (32, 3)
    assert found.totals == {
        "parameters": (83, 332),
        "of them frozen": (0, 0),
        "non-trainable": (16, 64),
        "total": (99, 396),
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_sums_are_those_of_the_printed_model(name):
    make, shape = EXAMPLES[name]
    model = make()
    found = summary(model, np.zeros((5,), int) if shape is None else shape)
    trained = sum(x.size for x in mg.trainables(model))
    assert found.totals["parameters"][0] == trained
    printed = mg.printing.model_text([model, 0]).splitlines()[-1]
    counts = re.search(r"([\d,]+) parameters?(, plus ([\d,]+) non-trainable)?", printed)
    assert int(counts[1].replace(",", "")) == trained
    assert found.totals["non-trainable"][0] == int(counts[3] or 0)
    assert mg.printing.byte_text(found.totals["total"][1]) in printed


@functor(trainable=("encoder", "skip", "gain"))
class Net:
    def __init__(self):
        self.encoder = Embedding(10, 4)
        self.skip = SkipConnection(Chain(Dense(4, 4, relu), LayerNorm(4)), np.add)
        self.gain, self.offset = np.ones(3), np.zeros(2, np.float32)
        self.unused, self.act = Dense(4, 2), relu
        self.positions = np.arange(5)

    def __call__(self, x):
        y = self.skip(self.encoder(x))
        return self.act(self.skip(y[:, :1])), {"low": y.sum()}


def test_rows_of_a_class_of_ones_own():
    found = summary(Net(), np.zeros((6, 5), int))
    rows = by_path(found)
    assert list(rows) == [
        "",
        "encoder",
        "skip",
        "skip.layers",
        "skip.layers.layers[0]",
        "skip.layers.layers[1]",
        "unused",
    ]
    assert [row.depth for row in rows.values()] == [0, 1, 1, 2, 3, 3, 1]
    assert rows[""].output == ((6, 1, 4), {"low": ()})
    own = rows[""].holdings
    assert [(x.name, x.numbers, x.bytes, x.trained) for x in own] == [
        ("gain", 3, 24, True),
        ("offset", 2, 8, False),
    ]
    assert rows["unused"].output is None
    assert rows["unused"].remarks == "10 non-trainable, not called"
    assert rows["skip"].output == (6, 5, 4)
    assert rows["skip"].remarks == "called 2 times, (6, 1, 4) the last"


def test_a_layer_that_prints_itself_hides_what_it_is_made_of():
    rows = by_path(summary(Chain(mg.LSTM(3, 4), LayerNorm(4)), (2, 5, 3)))
    assert list(rows) == ["", "layers[0]", "layers[1]"]
    assert rows["layers[0]"].parameters == 128
    assert [x.name for x in rows["layers[0]"].holdings] == [
        "cell.Wi",
        "cell.Wh",
        "cell.bias",
    ]


def test_what_is_shared_is_counted_once():
    weight = np.ones((6, 4), np.float32)
    model = Chain(Embedding(weight), Dense(4, 4), Dense(weight, False), relu)
    found = summary(model, np.zeros((3,), int))
    rows = by_path(found)
    assert rows["layers[0]"].parameters == 24 and rows["layers[0]"].remarks == ""
    assert rows["layers[2]"].parameters == rows["layers[2]"].bytes == 0
    assert rows["layers[2]"].remarks == "shared with layers[0].weight"
    assert found.totals["parameters"] == (44, 176)


def test_what_is_shared_as_a_transposed_view_is_so_too():
    weight = np.ones((6, 4), np.float32)
    model = Chain(Dense(weight), Dense(weight.T))
    rows = by_path(summary(model, (2, 4)))
    assert rows["layers[1]"].remarks == "shared with layers[0].weight"
    assert rows["layers[1]"].parameters == 4  # its bias


def test_a_layer_in_two_places_has_the_output_of_each():
    layer = Chain(lambda x: x[:, 1:])
    rows = by_path(summary(Chain(layer, layer), (2, 4)))
    assert [rows[f"layers[{k}]"].output for k in (0, 1)] == [(2, 3), (2, 2)]
    assert rows["layers[0]"].remarks == ""


def test_what_is_frozen():
    model = small()
    state = setup(Adam(), model)
    freeze_(state.layers[0])
    freeze_(state.layers[1], where=lambda path, x: path[-1] == "beta")
    found = summary(model, (32, 4), state=state)
    remarks = [row.remarks for row in found.rows]
    assert remarks[1:3] == ["frozen", "frozen: beta, 16 non-trainable"]
    assert not any(remarks[3:])
    assert found.totals["of them frozen"] == (48, 192)
    assert "of them frozen" in str(found)
    assert "of them frozen" not in str(summary(model, (32, 4)))


def test_a_state_of_another_model():
    state = setup(Adam(), Chain(Dense(4, 8)))
    with pytest.raises(ShapeError, match=r"at layers\[1\]\.beta it has no Leaf"):
        summary(small(), (32, 4), state=state)
    with pytest.raises(ShapeError, match=r"no Leaf\. Give it what setup"):
        summary(small(), (32, 4), state=Adam())


def test_models_that_are_no_layers():
    found = summary([Dense(2, 3), Dense(3, 4)], (5, 2))
    assert [row.layer for row in found.rows] == [
        "list",
        "Dense(2 => 3)",
        "Dense(3 => 4)",
    ]
    found = summary(lambda x: x.sum(0), (5, 2))
    assert [(row.layer, row.output) for row in found.rows] == [("<lambda>", (2,))]
    assert str(found).splitlines()[-1].split() == ["parameters", "0", "0", "bytes"]
    assert summary(mg.Duplicated(Dense(2, 3)), (5, 2)).output == (5, 3)
    assert summary(Dense(2, 3), (2,), padbatch=True).inputs == [(1, 2)]


def test_the_text():
    model = Chain(Dense(1000, 300, relu), Dense(300, 10))
    assert str(summary(model, (1, 1000))).splitlines() == [
        "layer                       path       output     parameters      bytes",
        "input                                  (1, 1000)",
        "Chain                                  (1, 10)",
        "  Dense(1000 => 300, relu)  layers[0]  (1, 300)      300,300  1.146 MiB",
        "  Dense(300 => 10)          layers[1]  (1, 10)         3,010  11.76 KiB",
        "",
        "parameters                                           303,310  1.157 MiB",
    ]
    both = summary(small(), (32, 4))
    assert repr(both) == str(both)
    assert str(both).splitlines()[-1].split() == ["total", "99", "396", "bytes"]


class Cells(HTMLParser):
    """The texts of a table, row by row; and tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.rows, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.rows[-1][-1] += data


def test_the_html_has_the_cells_of_the_text():
    found = summary(Chain(small(), lambda x: x), (32, 4))
    table = Cells()
    table.feed(found._repr_html_())
    assert table.open == []
    texts = [row for row in str(found).splitlines() if row]
    assert len(table.rows) == len(texts)
    for cells, text in zip(table.rows, texts, strict=True):
        assert len(cells) == 6
        assert "".join(cells).replace(" ", "") == text.replace(" ", "")
    assert "&lt;lambda&gt;" in found._repr_html_()


def test_what_does_not_fit_is_explained_as_in_outputsize():
    with pytest.raises(ShapeError, match=r"^layers\[3\] Dense\(7 => 3\) expects 7"):
        summary(Chain(*small()[:3], Dense(7, 3)), (32, 4))
    with pytest.raises(TypeError, match=r"Write summary\(model, x\.shape\)"):
        summary(small())
    with pytest.raises(TypeError, match=r"summary calls a model .*, and a dict"):
        summary({"model": small()}, (32, 4))
