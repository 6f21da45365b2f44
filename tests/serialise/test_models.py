"""Models seen as a whole: state, modules, precision."""

import numpy as np
import pytest

import minigrad as mg


@mg.functor(children=("scale",))
class Scale:
    def __init__(self):
        self.scale, self.size = np.ones(2, np.float32), 2

    def __call__(self, x):
        return x * self.scale


def test_state_has_the_arrays_themselves():
    model = mg.Chain(mg.Dense(2, 3, mg.tanh), np.sin, Scale())
    found = mg.state(model)
    assert found.layers[0].weight is model[0].weight
    assert found.layers[0].act == ()
    assert found.layers[1] == ()
    assert found.layers[2]._fields == ("scale",)


def test_state_keeps_numbers_and_words():
    x = {"n": 1, "c": 1j, "none": None, "word": "a", "no": {1}, "flag": False}
    assert mg.state(x) == x | {"no": ()}
    assert mg.state(mg.Duplicated([1.0])) == [1.0]


def test_modules_are_all_with_parts_each_once():
    layer = mg.Dense(2, 2)
    inner = mg.Chain(layer, np.sin)
    model = {"first": inner, "second": layer, "third": [layer], "fourth": ()}
    found = mg.modules(model)
    assert [type(part).__name__ for part in found] == [
        "dict",
        "Chain",
        "tuple",
        "Dense",
        "list",
    ]
    assert found[0] is model
    assert mg.modules(np.ones(2)) == []


def test_a_penalty_on_some_modules_has_a_gradient():
    model = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 1))

    def penalty(m):
        dense = (x for x in mg.modules(m) if isinstance(x, mg.Dense))
        return sum((x.weight**2).sum() for x in dense)

    grads = mg.gradient(penalty, model)[0]
    np.testing.assert_allclose(grads.layers[0].weight, 2 * model[0].weight)
    assert grads.layers[0].bias is None


@pytest.mark.parametrize(
    ("convert", "dtype", "complex_dtype"),
    [(mg.f16, "f2", None), (mg.f32, "f4", "c8"), (mg.f64, "f8", "c16")],
)
def test_precision(convert, dtype, complex_dtype):
    model = {
        "w": np.ones((2, 3), "f4"),
        "d": np.asfortranarray(np.ones((2, 3))),
        "n": np.arange(3, dtype=np.int32),
        "b": np.array([True]),
        "x": 0.5,
        "f": np.sin,
    }
    new = convert(model)
    assert [new[key].dtype for key in "wdnb"] == [dtype, dtype, np.int32, bool]
    assert (new["x"], new["f"]) == (0.5, np.sin)
    assert new["d"].flags.f_contiguous
    assert not any(np.shares_memory(new[key], model[key]) for key in "wdnb")
    assert model["w"].dtype == np.float32
    if complex_dtype:
        assert convert([np.ones(1, "c16")])[0].dtype == complex_dtype
    else:
        with pytest.raises(TypeError, match="complex numbers of 16 bits"):
            convert([np.ones(1, "c16")])


def test_precision_keeps_layers_and_ties():
    layer = mg.Dense(2, 3, mg.tanh)
    model = mg.Chain(layer, mg.Dense(layer.weight.T), layer)
    new = mg.f64(model)
    assert new[0] is new[2]
    assert new[1].weight.base is new[0].weight
    assert new[0].act is mg.tanh
    new[0].weight[0, 1] = 9
    assert new[1].weight[1, 0] == 9
    assert new(np.ones((4, 2))).dtype == np.float64


def test_precision_inside_gradient():
    model = {"w": np.full(2, 3.0, np.float32)}
    grads = mg.gradient(lambda m: (mg.f64(m)["w"] ** 2).sum(), model)
    np.testing.assert_array_equal(grads[0]["w"], np.full(2, 6.0, np.float32))
    assert grads[0]["w"].dtype == np.float32
