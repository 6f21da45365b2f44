"""Mistakes that are found before training, and gradients that are too large."""

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    ClipGradients,
    CustomCallback,
    Learner,
    SanityCheck,
    StepEnd,
    TrainingPhase,
    epoch_,
    fit_,
    testlearner,
)

X, Y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)


def checked(model=None, lossfn=mg.mse, data=None, **options):
    model = mg.Dense(3, 1, rng=0) if model is None else model
    data = [(X, Y)] if data is None else data
    return Learner(
        model,
        lossfn,
        data=(data, data),
        callbacks=[SanityCheck()],
        usedefaultcallbacks=False,
        **options,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": [X]}, "does not give pairs"),
        ({"data": []}, "does not give pairs.* It is empty"),
        ({"model": mg.Dense(4, 1)}, "do not fit the data.*expects"),
        ({"lossfn": lambda yhat, ys: yhat - ys}, "first batch is an array of shape"),
        ({"lossfn": lambda yhat, ys: mg.mse(yhat, ys) * np.nan}, "first batch is nan"),
        ({"lossfn": lambda yhat, ys: 1.0}, "got no gradient"),
    ],
)
def test_what_cannot_work(options, message):
    learner = checked(**options)
    before = [x.copy() for x in mg.trainables(learner.model)]
    with (
        pytest.raises(
            (ValueError, UserWarning), match=f"(?s)SanityCheck: .*({message})"
        ),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        fit_(learner, 1)
    for x, was in zip(mg.trainables(learner.model), before, strict=True):
        np.testing.assert_array_equal(x, was)


def test_a_gradient_that_is_not_finite():
    @mg.functor
    class Root:
        def __init__(self):
            self.w = np.array([1e-300])

        def __call__(self, x):
            return np.log(self.w) * x

    data = [(np.ones(2), np.ones(2))]
    lossfn = lambda yhat, ys: 1e200 * (yhat - ys).sum()
    with pytest.raises(ValueError, match="the gradient at w is not finite"):
        fit_(checked(Root(), lossfn, data), 1)


def test_parameters_without_gradient_are_told():
    model = {"used": mg.Dense(3, 1, rng=0), "left": mg.Dense(3, 1, rng=0)}

    @mg.functor
    class Half:
        def __init__(self):
            self.parts = model

        def __call__(self, x):
            return self.parts["used"](x)

    with pytest.warns(
        UserWarning, match="(?s)parts.left.weight.*the loss does not use"
    ):
        fit_(checked(Half()), 1)


def test_no_validation_data():
    learner = Learner(
        mg.Dense(3, 1), mg.mse, data=[(X, Y)], callbacks=[SanityCheck()],
        usedefaultcallbacks=False,
    )  # fmt: skip
    with pytest.warns(UserWarning, match=r"data=\(training, validation\)"):
        fit_(learner, 1)


def test_statistics_that_are_not_trained_need_no_gradient():
    fit_(checked(mg.Chain(mg.BatchNorm(3), mg.Dense(3, 1))), 1)


def test_it_leaves_no_trace():
    def train(*callbacks):
        mg.seed(0)
        model = mg.Chain(mg.BatchNorm(3), mg.Dropout(0.5), mg.Dense(3, 1))
        x = np.random.default_rng(0).standard_normal((32, 3)).astype(np.float32)
        data = mg.DataLoader((x, x[:, :1]), batchsize=8, shuffle=True, rng=1)
        learner = Learner(
            model, mg.mse, data=(data, data), callbacks=callbacks,
            usedefaultcallbacks=False,
        )  # fmt: skip
        fit_(learner, 2)
        return learner.model

    one, other = train(), train(SanityCheck())
    for p, q in zip(mg.trainables(one), mg.trainables(other), strict=True):
        np.testing.assert_array_equal(p, q)
    np.testing.assert_array_equal(one[0].mean, other[0].mean)


def test_it_looks_once():
    calls = []

    class Data(list):
        def __iter__(self):
            calls.append(1)
            return super().__iter__()

    fit_(checked(data=Data([(X, Y)])), 1)
    assert len(calls) == 3  # itself, training and validation
    assert checked().callbacks[0]._checked is False


def test_data_that_would_be_used_up():
    learner = checked()
    epoch_(learner, TrainingPhase(), iter([(X, Y)]))
    assert "loss" in learner.step


# --- Clipping ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", [mg.ClipGlobalNorm(0.01), mg.ClipNorm(0.01), mg.ClipGrad(0.001)], ids=repr
)
def test_clipping_is_that_of_the_rule(rule):
    """As a callback, and in a chain of rules."""
    models = [mg.Chain(mg.Dense(3, 4, rng=0), mg.Dense(4, 1, rng=1)) for _ in range(2)]
    one = Learner(
        models[0], mg.mse, data=[(X, 9 * Y)] * 5, optimizer=mg.Descent(0.1),
        callbacks=[ClipGradients(rule)], usedefaultcallbacks=False,
    )  # fmt: skip
    other = Learner(
        models[1], mg.mse, data=[(X, 9 * Y)] * 5, usedefaultcallbacks=False,
        optimizer=mg.OptimiserChain(rule, mg.Descent(0.1)),
    )  # fmt: skip
    for learner in (one, other):
        fit_(learner, 2)
    for p, q in zip(mg.trainables(models[0]), mg.trainables(models[1]), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6)


def test_the_clipped_gradient_is_in_the_step():
    norms = []
    look = lambda learner: norms.append(abs(learner.step.grads.coefficient.item()))
    learner = testlearner(
        ClipGradients(mg.ClipGlobalNorm(0.1)),
        CustomCallback(look, StepEnd, TrainingPhase),
    )
    fit_(learner, 1)
    assert max(norms) == pytest.approx(0.1, rel=1e-12)


def test_none_stays_none():
    model = {"used": np.ones(1), "left": np.ones(1)}

    class Own(TrainingPhase):
        def step_(self, learner, batch):
            with mg.learner.runstep(learner, self) as (handle, state):
                loss = lambda m: (m["used"] * 5).sum()
                state.grads = mg.gradient(loss, learner.model)[0]
                handle(mg.learner.BackwardEnd())

    learner = testlearner(ClipGradients(mg.ClipGlobalNorm(1)), model=model, data=[1])
    epoch_(learner, Own())
    assert learner.step.grads == {"used": np.array([1.0]), "left": None}


@pytest.mark.parametrize("rule", [1.0, mg.Adam(), mg.ClipNorm])
def test_rules_that_do_not_clip(rule):
    with pytest.raises(TypeError, match=r"write ClipGradients\(ClipGlobalNorm\(1\.0\)"):
        ClipGradients(rule)
