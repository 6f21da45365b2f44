"""The search for a learning rate."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import plots
from minigrad.learner import (
    Learner,
    LRFinder,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    lrfind,
    testlearner,
)

X = np.random.default_rng(0).standard_normal((64, 3)).astype(np.float32)


def problem():
    y = X @ np.float32([[1], [2], [3]])
    data = mg.DataLoader((X, y), batchsize=8, shuffle=True, rng=0)
    layers = mg.Dense(3, 8, mg.tanh, rng=0), mg.Dropout(0.1), mg.Dense(8, 1, rng=1)
    return Learner(
        mg.Chain(*layers),
        mg.mse,
        data=data,
        optimizer=mg.Descent(),
        usedefaultcallbacks=False,
    )


def test_rates_grow_by_a_factor():
    finder = lrfind(problem(), start=1e-5, stop=1e-3, steps=21)
    np.testing.assert_allclose(finder.rates, np.geomspace(1e-5, 1e-3, 21), rtol=1e-12)
    assert finder.losses.shape == (21,)


def test_it_suggests_a_rate_that_works():
    learner = problem()
    rate = lrfind(learner).suggestion
    assert 1e-3 < rate < 1
    before = learner.lossfn(learner.model(X), learner.data.training.data[1])
    mg.adjust_(learner.params, rate)
    for _ in range(3):
        epoch_(learner, TrainingPhase())
    after = learner.lossfn(learner.model(X), learner.data.training.data[1])
    assert after < 0.1 * before


def test_the_learner_stays_as_it_is_and_random_numbers_too():
    mg.seed(3)
    one, other = problem(), problem()
    expected = mg.random.default_rng().random()
    mg.seed(3)
    lrfind(one)
    assert mg.random.default_rng().random() == expected
    for p, q in zip(mg.trainables(one.model), mg.trainables(other.model), strict=True):
        np.testing.assert_array_equal(p, q)
    assert one.params == other.params
    first = [next(iter(found.data.training))[0] for found in (one, other)]
    np.testing.assert_array_equal(*first)


def test_it_ends_where_the_loss_rises():
    finder = lrfind(problem(), stop=1e6, divergence=2.0)
    assert finder.losses[-1] > 2 * finder.losses.min()
    assert (finder.losses[:-1] <= 2 * np.minimum.accumulate(finder.losses)[:-1]).all()
    assert len(finder.rates) == len(finder.losses) < 100


def test_a_loss_that_is_not_finite_ends_it():
    data = [(np.full(4, value), np.ones(4)) for value in (1.0, 1.0, 1.0, np.nan)]
    learner = testlearner(data=data)
    finder = lrfind(learner)
    assert len(finder.rates) == len(finder.losses) == 3
    assert np.isfinite(finder.losses).all()


def test_too_few_rates():
    data = [(np.full(4, np.nan), np.ones(4))]
    with pytest.raises(mg.DomainError, match="has tried no rate"):
        lrfind(testlearner(data=data)).suggestion  # noqa: B018


@pytest.mark.parametrize(
    "options",
    [
        {"start": 0},
        {"start": 1, "stop": 0.1},
        {"steps": 1},
        {"stop": np.inf},
        {"start": np.nan},
    ],
)
def test_bad_numbers(options):
    with pytest.raises(mg.DomainError, match=r"LRFinder\("):
        LRFinder(**options)


@pytest.mark.parametrize("options", [{"start": "1"}, {"steps": 9.5}, {"stop": None}])
def test_what_is_no_number(options):
    with pytest.raises(TypeError, match=r"number is needed: write LRFinder\(1e-7"):
        LRFinder(**options)


def test_before_it_has_been_used():
    with pytest.raises(mg.DomainError, match=r"Write finder = lrfind\(learner\)"):
        LRFinder().suggestion  # noqa: B018


def test_another_fit_begins_with_the_first_rate():
    finder = LRFinder(steps=5)
    learner = testlearner(finder)
    for _ in range(2):
        fit_(learner, 1)
        np.testing.assert_allclose(finder.rates, np.geomspace(1e-7, 10, 5))


def test_validation_has_no_rates():
    with pytest.raises(TypeError, match="a phase of training"):
        lrfind(testlearner(), phase=ValidationPhase())


def test_picture(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    finder = lrfind(problem())
    ax = finder.plot()
    curve, line = ax.lines
    np.testing.assert_array_equal(curve.get_xdata(), finder.rates)
    np.testing.assert_array_equal(curve.get_ydata(), finder.losses)
    assert line.get_xdata()[0] == finder.suggestion
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "learning rate"
    assert finder.plot(ax=ax) is ax
    plots.require_matplotlib().close("all")
