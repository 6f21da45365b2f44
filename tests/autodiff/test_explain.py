"""explain: each parameter with its gradient, or the reason why it has none."""

import numpy as np
import pytest

from minigrad import (
    Adam,
    Chain,
    Dense,
    ShapeError,
    freeze_,
    functor,
    gradient,
    mse,
    relu,
    setup,
    stop_gradient,
)
from minigrad.autodiff import explain

X = np.ones((4, 2), np.float32)


def reasons(loss, model, **keywords):
    report = explain(gradient(loss, model)[0], model, loss, **keywords)
    return {row.path: row.reason for row in report.rows}


def test_all_is_well():
    model = Chain(Dense(2, 3), Dense(3, 1))
    loss = lambda m: mse(m(X), X[:, :1] * 0)
    grad = gradient(loss, model)[0]
    report = explain(grad, model)
    assert report.missing == [] and {row.reason for row in report.rows} == {""}
    assert report.rows[2].path == "layers[1].weight"
    norm = np.linalg.norm(grad.layers[1].weight)
    assert report.rows[2].norm == pytest.approx(norm, rel=1e-6)


def test_unused_cut_off_and_lost():
    model = {name: np.ones(2) for name in "unused stopped argmax dead used".split()}

    def loss(m):
        np.exp(m["dead"])
        stopped = stop_gradient(m["stopped"] * 2)
        return (m["used"] * stopped * np.argmax(m["argmax"] + 1)).sum()

    found = reasons(loss, model)
    line = loss.__code__.co_firstlineno
    at = lambda n: f"test_explain.py:{line + n}"
    assert found == {
        "unused": "the loss does not use it",
        "stopped": f"cut off by stop_gradient ({at(2)})",
        "argmax": f"cut off by numpy.argmax ({at(3)})",
        "dead": f"the result of numpy.exp ({at(1)}) is not used",
        "used": "zero in every place",
    }


def test_without_the_loss_it_says_how_to_learn_more():
    model = {"a": np.ones(2), "b": np.ones(2)}
    report = explain(gradient(lambda m: m["a"].sum(), model)[0], model)
    assert report.missing == ["b"]
    assert "explain(grad, model, loss) tells which" in report.rows[1].reason


def test_integers_frozen_and_untrainable():
    model = {"table": np.arange(3), "w": np.ones(3, "f4"), "dense": Dense(2, 3)}
    state = setup(Adam(), model)
    freeze_(state["dense"])
    loss = lambda m: (m["dense"](X) * m["w"]).sum()
    found = reasons(loss, model, state=state)
    assert found["dense.weight"] == "frozen: it is not updated"
    assert found["table"] == "int64: only arrays of floats have gradients"
    assert found["w"] == ""

    @functor(trainable=("a",))
    class Pair:
        def __init__(self):
            self.a, self.b = np.ones(2), np.ones(2)

    found = reasons(lambda m: (m.a * m.b).sum(), Pair())
    assert found == {"a": "", "b": "not trainable: it is not updated"}


def test_a_dead_relu_and_an_infinite_gradient():
    model = {"w": -np.ones(2)}
    assert reasons(lambda m: relu(m["w"]).sum(), model)["w"] == "zero in every place"
    with np.errstate(all="ignore"):
        found = reasons(lambda m: np.arcsin(m["w"]).sum(), model)
    assert found["w"].startswith("not finite")


def test_no_gradient_at_all():
    model = {"w": np.ones(2)}
    assert explain(None, model).missing == ["w"]
    assert str(explain(None, {"f": np.sin})) == "The model holds no arrays."


def test_a_table():
    model = {"weight": np.ones((2, 3)), "b": np.ones(2)}
    report = explain(gradient(lambda m: m["weight"].sum() * 2, model)[0], model)
    lines = str(report).splitlines()
    assert lines[0].split() == ["parameter", "shape", "|gradient|", "why"]
    assert lines[1] == "weight     (2, 3)  4.899"
    assert lines[2].startswith("b          (2,)    None        unused, or cut off")


def test_the_tuple_and_another_models_gradient():
    model = {"w": np.ones(2)}
    with pytest.raises(ShapeError, match=r"explain\(grads\[0\], model\)"):
        explain(gradient(lambda m: m["w"].sum(), model), model)
    with pytest.raises(ShapeError, match=r"at w the model has .*\(2,\).*\(3,\)"):
        explain({"w": np.ones(3)}, model)


def test_numbers_and_masks_that_carry_no_gradient():
    """What is computed from a parameter, but not smoothly, is used and cut off."""
    uses = {
        "astype": lambda x: x.astype(int).sum(),
        "numpy.greater": lambda x: (x > 0).sum(),
        "numpy.less": lambda x: (0 > x).sum(),
        "numpy.not_equal": lambda x: (x != x).sum(),
        "int": lambda x: int(x[0]),
        "round": lambda x: round(x[0]),
        "bool": lambda x: 1 if x[0] else 2,
        "numpy.floor": lambda x: np.floor(x).sum(),
    }
    for name, use in uses.items():
        model = {"w": np.ones(2), "x": np.ones(2)}
        found = reasons(lambda m, use=use: (m["w"] * use(m["x"])).sum(), model)
        line = use.__code__.co_firstlineno
        assert found["x"] == f"cut off by {name} (test_explain.py:{line})"


def test_a_comparison_within_an_inner_gradient_is_reported_too():
    loss = lambda m: m["w"] * gradient(lambda y: y * int(y > m["x"]), 2.0)[0]
    found = reasons(loss, {"w": np.array(1.0), "x": np.array(1.0)})
    assert found["x"].startswith("cut off by numpy.greater (")


def test_the_model_in_the_place_of_the_gradient():
    with_gaps = {"used": np.ones(2), "unused": np.ones(2)}
    swapped = r"explain\(grad, model\).*two were swapped"
    for model, loss in [
        (with_gaps, lambda m: m["used"].sum()),
        (Dense(2, 3), lambda m: m(X).sum()),
        ([Dense(2, 3)], lambda m: m[0](X).sum()),
    ]:
        grad = gradient(loss, model)[0]
        with pytest.raises(ShapeError, match=swapped):
            explain(model, grad)
        with pytest.raises(ShapeError, match=swapped):
            explain(model, None)
    assert explain({"w": 2.0}, {"w": 1.0}).rows == []
