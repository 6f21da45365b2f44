"""Between the two styles: what is translated, and what is refused, and how."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import gradient, params


@pytest.fixture
def model():
    return mg.Dense(2, 1, rng=0)


DATA = [(np.ones((3, 2), np.float32), np.ones((3, 1), np.float32))] * 2


def loss(m, x, y):
    return mg.mse(m(x), y)


# --- Optimisers in the new style -----------------------------------------------------


def test_setup_translates_without_a_word(model):
    state = mg.setup(legacy.Adam(0.1, (0.8, 0.99)), model)
    assert type(state.weight.rule) is mg.Adam
    assert state == mg.setup(mg.Adam(0.1, (0.8, 0.99)), model)
    assert mg.optimise.setup(legacy.Descent(), model).bias.rule == mg.Descent()


def test_a_translated_rule_does_not_change_with_the_optimiser(model):
    opt = legacy.Descent(0.1)
    state = mg.setup(opt, model)
    opt.eta = 0.5
    assert state.weight.rule.eta == 0.1
    assert len(opt.state) == 0


def test_train_takes_an_old_optimiser_for_one_pass(model):
    twin = mg.Dense(model.weight.copy())
    mg.train_(loss, model, DATA, legacy.Descent(0.1))
    mg.train_(loss, twin, DATA, mg.Descent(0.1))
    assert np.array_equal(model.weight, twin.weight)
    with pytest.warns(UserWarning, match="Adam.* has state, which is discarded"):
        mg.train_(loss, model, DATA, legacy.Adam())


def test_an_optimiser_of_ones_own_is_not_translated(model):
    class Own(legacy.AbstractOptimiser):
        def apply_(self, x, dx):
            return dx

    class Bare:
        apply_ = Own.apply_

    for opt in (Own(), legacy.Optimiser(Own()), legacy.Optimiser(Bare())):
        with pytest.raises(TypeError, match=r"how to translate an? .*as a rule: init"):
            mg.setup(opt, model)
    with pytest.raises(TypeError, match=r"needs a rule.*given a Bare"):
        mg.setup(Bare(), model)


# --- Params and Grads in the new style -----------------------------------------------


@pytest.mark.parametrize(
    "mix",
    [
        lambda m, ps: mg.train_(loss, ps, DATA, mg.setup(mg.Adam(), m)),
        lambda m, ps: mg.train_(lambda x, y: loss(m, x, y), ps, DATA, legacy.Adam()),
        lambda m, ps: mg.train_(ps, m, DATA, mg.Adam()),
        lambda m, ps: mg.setup(mg.Adam(), ps),
        lambda m, ps: mg.update_(mg.setup(mg.Adam(), m), ps, {}),
        lambda m, ps: mg.gradient(lambda: 1.0, ps),
        lambda m, ps: mg.withgradient(lambda p: 1.0, ps),
    ],
)
def test_params_are_refused_with_the_line_to_write(model, mix):
    with pytest.raises(TypeError, match=r"Implicit Params.* cannot be mixed .*itself"):
        mix(model, params(model))


def test_grads_are_refused_with_the_line_to_write(model):
    gs = gradient(lambda: model.weight.sum(), params(model))
    for call in (mg.update_, mg.update):
        with pytest.raises(TypeError, match=r"Implicit Grads.* update_\(opt_state, m"):
            call(mg.setup(mg.Adam(), model), model, gs)


def test_callbacks_are_refused_by_the_new_train(model):
    with pytest.raises(TypeError, match="callback"):
        mg.train_(loss, model, DATA, mg.Descent(), cb=print)


# --- Names ---------------------------------------------------------------------------


def test_old_names_are_not_in_minigrad_and_say_where_they_are():
    assert "params" not in mg.__all__
    for name in ("params", "Params", "ADAM", "epochs", "stop"):
        assert name not in dir(mg)
        with pytest.raises(
            AttributeError, match=f"minigrad.legacy.{name}.*pass the mo"
        ):
            getattr(mg, name)
    with pytest.raises(
        AttributeError, match=r"^module 'minigrad' has no attribute 'par"
    ):
        mg.parms  # noqa: B018
    assert not hasattr(mg, "__wrapped__")


def test_public_names_are_documented_and_exist():
    for name in legacy.__all__:
        assert getattr(legacy, name).__doc__, name
    assert sorted(set(legacy.__all__)) == sorted(legacy.__all__)


# --- Nothing outside knows of it -----------------------------------------------------


def test_minigrad_does_not_import_it_until_it_is_asked_for(run_python):
    code = (
        "import sys, minigrad as mg; model = mg.Dense(1, 1); "
        "mg.gradient(lambda m: m.weight.sum(), model); mg.setup(mg.Adam(), model); "
        "before = 'minigrad.legacy' in sys.modules; mg.legacy.params; "
        "print(before, 'minigrad.legacy' in sys.modules)"
    )
    assert run_python("-W", "error", "-c", code) == "False True"


def test_nobody_imports_it():
    package = Path(mg.__file__).parent
    for path in package.rglob("*.py"):
        if "legacy" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom | ast.Import):
                assert "legacy" not in ast.unparse(node), path


def test_the_tape_asks_nobody_while_no_implicit_gradient_runs(monkeypatch):
    """The explicit path pays for a look at an empty list, and no more."""
    calls = []
    standing = sys.modules["minigrad.autodiff.standing"]
    recording = sys.modules["minigrad.autodiff.recording"]
    monkeypatch.setattr(recording, "stand_ins", lambda x: calls.append(x) or x)
    monkeypatch.setattr(standing, "stand_ins", lambda x: calls.append(x) or x)
    model = mg.Chain(mg.Dense(2, 3, mg.tanh), mg.Dense(3, 1))
    mg.gradient(lambda m: loss(m, *DATA[0]) + np.sum(np.sin(m.layers[0].weight)), model)
    assert not calls
