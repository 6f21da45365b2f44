from dataclasses import dataclass

import numpy as np
import pytest

from minigrad import Chain, Dense, functor, gradient
from minigrad.printing import model_html, model_text


@functor(trainable=("scale",))
class Norm:
    def __init__(self):
        self.scale, self.mean = np.ones(3, np.float32), np.zeros(3, np.float32)


@functor
class Model:
    def __init__(self):
        self.encoder = Dense(3, 2, rng=0)
        self.decoder = Dense(self.encoder.weight, np.zeros(2, np.float32))
        self.norm = Norm()
        self.size = 3


def test_a_users_class_prints_as_a_tree():
    assert repr(Model()).splitlines() == [
        "Model(",
        "  encoder = Dense(3 => 2),  # 8 parameters",
        "  decoder = Dense(3 => 2),  # 2 parameters, shared with encoder.weight",
        "  norm = Norm(",
        "    scale = float32 (3,),   # 3 parameters",
        "    mean = float32 (3,),    # 3 non-trainable",
        "  ),",
        "  size = 3,",
        ")                           # Total: 5 arrays, 13 parameters, "
        "plus 3 non-trainable, 64 bytes",
    ]


def test_a_class_with_its_own_repr_keeps_it():
    @functor
    class Layer:
        def __init__(self):
            self.weight = np.ones(2)

        def __repr__(self):
            return "Layer!"

    assert repr(Layer()) == "Layer!"
    assert "  Layer!,  # 2 parameters" in model_text([Layer(), 1])


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (np.ones((2, 3)), "float64 (2, 3)"),
        ([], "[]"),
        (np.tanh, "tanh"),
        ({"a": "text", "b": None}, "'text'"),
    ],
)
def test_anything_can_be_printed(model, text):
    assert text in model_text(model)


def test_a_shared_array_is_counted_once():
    weight = np.ones((2, 2))
    text = model_text((weight, [weight]))
    assert "shared with [0]" in text
    assert "Total: 1 array, 4 parameters, 32 bytes" in text


def test_a_tracked_model_prints_inside_gradient():
    seen = []

    def loss(model):
        seen.append(repr(model))
        return model(np.ones(3, np.float32)).sum()

    weight = np.ones((3, 3), np.float32)
    for model in (Chain(Dense(3, 2), np.tanh), Chain(Dense(weight), Dense(weight))):
        seen.clear()
        gradient(loss, model)
        assert seen == [repr(model)]


def test_html_has_a_row_per_line_and_escapes():
    model = Chain(Dense(3, 2), lambda x: x)
    html = model_html(model)
    assert html == model._repr_html_()
    assert html.count("<tr ") == len(repr(model).splitlines())
    assert "Dense(3 =&gt; 2)" in html
    assert "&lt;lambda&gt;" in html


@pytest.mark.parametrize(
    ("n", "size"), [(10, "80 bytes"), (1000, "7.812 KiB"), (300_000, "2.289 MiB")]
)
def test_sizes(n, size):
    assert model_text([np.zeros(n)]).endswith(size)


# --- Classes without fields, and classes that print themselves ---------------------


@functor
class Flatten:
    def __call__(self, x):
        return x.reshape(len(x), -1)


def test_a_class_without_fields_prints_on_one_line():
    assert repr(Flatten()) == "Flatten()"
    assert repr(Chain()) == "Chain()"
    assert "<code>Flatten()</code>" in Flatten()._repr_html_()


def test_a_layer_without_fields_has_its_line_in_a_chain():
    lines = repr(Chain(Flatten(), Dense(2, 1), Chain())).splitlines()
    assert lines[:4] == [
        "Chain(",
        "  Flatten(),",
        "  Dense(2 => 1),  # 3 parameters",
        "  Chain(),",
    ]


def make_scale(*decorators):
    class Scale:
        weight: object
        shift: float = 0.5

        def __call__(self, x):
            return self.weight * x + self.shift

    for decorate in decorators:
        Scale = decorate(Scale)
    return Scale(np.ones((20, 30)))


@pytest.mark.parametrize(
    "decorators",
    [
        (dataclass, functor),
        (functor, dataclass),
        (dataclass(frozen=True, slots=True), functor),
    ],
)
def test_a_dataclass_prints_as_a_tree(decorators):
    layer = make_scale(*decorators)
    lines = repr(layer).splitlines()
    assert lines[0] == "Scale("
    assert lines[1] == "  weight = float64 (20, 30),  # 600 parameters"
    assert lines[2] == "  shift = 0.5,"
    inside = repr(Chain(layer, np.tanh))
    assert "    weight = float64 (20, 30),  # 600 parameters" in inside
    assert max(map(len, inside.splitlines())) <= 88


def test_a_dataclass_with_a_repr_of_its_own_keeps_it():
    @functor
    @dataclass
    class Layer:
        weight: object

        def __repr__(self):
            return "Layer!"

    assert repr(Layer(np.ones(2))) == "Layer!"
    assert "  Layer!,  # 2 parameters" in model_text([Layer(np.ones(2)), np.tanh])


def test_a_repr_of_many_lines_does_not_break_the_table():
    @functor
    class Verbose:
        def __init__(self):
            self.weight = np.ones((3, 40))

        def __repr__(self):
            return f"Verbose({self.weight})"

    text = model_text([Dense(2, 1), Verbose()])
    assert "    weight = float64 (3, 40),  # 120 parameters" in text
    assert "1. 1. 1." not in text
