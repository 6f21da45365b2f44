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

    model = Chain(Dense(3, 2), np.tanh)
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
