import logging

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import (
    Adam,
    Descent,
    Momentum,
    epochs,
    param,
    params,
    skip,
    stop,
    throttle,
    train_,
)

X = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
Y = X @ np.ones((4, 1), np.float32)
DATA = [(X[i : i + 10], Y[i : i + 10]) for i in (0, 10, 20)]


@pytest.fixture
def model():
    return mg.Dense(4, 1, rng=0)


@pytest.fixture
def loss(model):
    return lambda x, y: mg.mse(model(x), y)


def test_the_loss_falls_and_the_bare_optimiser_needs_no_setup(model, loss):
    before = loss(X, Y)
    assert train_(loss, params(model), DATA * 20, Descent(0.1)) is None
    assert loss(X, Y) < 1e-2 * before


def test_the_layer_of_the_page_ends_where_it_is_printed():
    """Page 001: bias 10.19 after the same sample twice (A001-04)."""
    model = mg.Dense(2, 1, mg.leakyrelu, init=np.ones)
    x, y = np.array([0.2, -0.3]), np.array([0.4])
    opt = Momentum(0.1)
    loss = lambda x, y: np.sum(np.abs(model(x) - y)) * 100
    train_(loss, params(model), [(x, y), (x, y)], opt)
    np.testing.assert_allclose(model.bias, [10.19], rtol=1e-9)
    np.testing.assert_allclose(opt.state[model.bias], [10.09], rtol=1e-9)
    np.testing.assert_allclose(opt.state[model.weight], [[2.018, -3.027]], rtol=1e-9)


def test_it_is_the_loop_bit_for_bit(model, loss):
    twin = mg.Dense(model.weight.copy())
    train_(loss, params(model), DATA, Adam(0.1))
    ps, opt = params(twin), Adam(0.1)
    for d in DATA:
        gs = legacy.gradient(lambda: mg.mse(twin(d[0]), d[1]), ps)  # noqa: B023
        legacy.update_(opt, ps, gs)
    assert np.array_equal(model.weight, twin.weight)


def test_tuples_are_several_arguments_and_nothing_else_is():
    W, seen = param([1.0]), []

    def loss(*given):
        seen.append(given)
        return W.sum()

    data = [(1, 2), [3, 4], {"x": 5}, np.ones(2), mg.DataLoader]
    train_(loss, params(W), iter(data), Descent())
    assert [len(given) for given in seen] == [2, 1, 1, 1, 1]
    assert seen[1] == ([3, 4],)


def test_only_a_part_of_the_model_is_trained():
    model = mg.Chain(
        mg.Dense(4, 3, rng=0), mg.Dense(3, 3, rng=1), mg.Dense(3, 1, rng=2)
    )
    before = [x.copy() for x in mg.trainables(model)]
    train_(lambda x, y: mg.mse(model(x), y), params(model[:-2]), DATA, Descent())
    moved = [
        not np.array_equal(x, y)
        for x, y in zip(mg.trainables(model), before, strict=True)
    ]
    assert moved == [True, True, False, False, False, False]


def test_the_memory_lives_in_the_optimiser_from_pass_to_pass(model, loss):
    opt, ps = Adam(), params(model)
    for _ in range(2):
        train_(loss, ps, DATA, opt)
    np.testing.assert_allclose(opt.state[model.weight][2], (0.9**7, 0.999**7))


def test_a_loss_with_more_beside_it(model):
    train_(lambda x, y: (mg.mse(model(x), y), "beside"), params(model), DATA, Descent())


# --- Callbacks -----------------------------------------------------------------------


def test_a_callback_is_called_after_every_update(model, loss):
    losses = []
    train_(loss, params(model), DATA, Descent(), cb=lambda: losses.append(loss(X, Y)))
    assert len(losses) == 3
    assert losses == sorted(losses, reverse=True)


def test_several_callbacks_are_called_in_order(model, loss):
    calls = []
    both = [lambda: calls.append("a"), lambda: calls.append("b")]
    for cb in (both, tuple(both)):
        train_(loss, params(model), DATA[:2], Descent(), cb=cb)
    assert calls == ["a", "b"] * 4


def test_throttled_callbacks(model, loss):
    """Page 001: `throttle(() -> println("training"), 10)`, with a clock of ours."""
    calls, clock = [], iter(np.repeat(np.arange(0, 60, 4.0), 2))
    second = lambda: next(clock)
    cb = throttle(lambda: calls.append("training"), 10, clock=second)
    train_(loss, params(model), DATA * 4, Descent(), cb=cb)
    assert 1 < len(calls) < 12
    assert throttle is mg.throttle


def test_stop_ends_the_pass_quietly(model, loss):
    calls = []

    def cb():
        calls.append(loss(X, Y))
        if len(calls) == 2:
            stop()

    after = []
    train_(loss, params(model), DATA, Descent(), cb=[cb, lambda: after.append(1)])
    assert (len(calls), len(after)) == (2, 1)


def test_stop_when_it_is_good_enough(model, loss):
    """Page 001: `accuracy() > 0.9 && stop()`."""
    errors = []

    def cb():
        errors.append(float(loss(X, Y)))
        errors[-1] < 0.1 and stop()

    train_(loss, params(model), DATA * 50, Descent(0.1), cb=cb)
    assert errors[-1] < 0.1 <= min(errors[:-1])


def test_stop_and_skip_in_the_loss_make_no_update():
    W = param([0.0])

    def loss(d):
        if d == "stop":
            stop()
        if d == "skip":
            skip()
        return W.sum()

    train_(loss, params(W), ["go", "skip", "go", "stop", "go"], Descent(1.0))
    assert W == -2


def test_skip_in_a_callback_passes_by_those_that_follow(model, loss):
    calls = []
    cb = [lambda: calls.append("a"), skip, lambda: calls.append("b")]
    train_(loss, params(model), DATA, Descent(), cb=cb)
    assert calls == ["a"] * 3


def test_without_train_stop_and_skip_are_exceptions():
    with pytest.raises(legacy.StopException, match="no train_ that it could end"):
        stop()
    with pytest.raises(legacy.SkipException, match="no train_ that could go on"):
        skip()


def test_other_exceptions_go_through(model, loss):
    def cb():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train_(loss, params(model), DATA, Descent(), cb=cb)


# --- Epochs --------------------------------------------------------------------------


def test_epochs_counts_and_logs(caplog):
    with caplog.at_level(logging.INFO, "minigrad.legacy"):
        assert [*epochs(2)] == [1, 2]
    assert [record.message for record in caplog.records] == ["Epoch 1", "Epoch 2"]
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_epochs_times_batches_are_the_steps(model, loss):
    steps = []
    for _ in epochs(4):
        train_(loss, params(model), DATA, Descent(), cb=lambda: steps.append(1))
    assert len(steps) == 4 * len(DATA)


def test_epochs_needs_a_whole_number():
    for given, error in ((2.5, TypeError), ("2", TypeError), (-1, mg.DomainError)):
        with pytest.raises(error, match="epochs"):
            epochs(given)


# --- Numbers that are not finite -----------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "spelled"), [(np.nan, "NaN"), (np.inf, "Inf"), (-np.inf, "-Inf")]
)
def test_a_bad_loss_stops_before_the_update(bad, spelled):
    """Item 51 of 100: fifty steps of 0.1 are made, and no more."""
    W, calls = param([0.0]), []

    def loss(i):
        calls.append(i)
        return W.sum() + (bad if i == 50 else 0.0)

    with (
        np.errstate(all="ignore"),
        pytest.raises(mg.DomainError, match=f"Loss is {spelled} on data item 51, stop"),
    ):
        train_(loss, params(W), range(100), Descent(0.1))
    np.testing.assert_allclose(W, [-5.0])
    assert len(calls) == 52  # and once more, to tell where it began


def test_a_bad_gradient_stops_before_the_update_and_says_where(model):
    V, before = param([0.0]), model.weight.copy()

    @mg.primitive
    def steep(x):
        return x

    mg.vjp(steep, lambda g, ans, x: g * np.inf)
    loss = lambda x, y: mg.mse(model(x), y) + steep(V).sum()
    with pytest.raises(mg.DomainError, match=r"gradient at the array of shape \(1,\) "):
        train_(loss, params(model, V), DATA, Descent())
    assert np.array_equal(model.weight, before)


def test_the_first_cause_is_named(model):
    with (
        np.errstate(all="ignore"),
        pytest.raises(mg.DomainError, match=r"first operation .* is numpy.log \(step"),
    ):
        train_(lambda x, y: np.log(0 * model(x)).sum(), params(model), DATA, Descent())
    model.weight[0, 0] = np.nan
    with pytest.raises(mg.DomainError, match="weight is not finite itself"):
        train_(lambda x, y: mg.mse(model(x), y), params(model), DATA, Descent())


# --- What is refused -----------------------------------------------------------------

MISTAKES = {
    "a rule": (lambda m, ps: (ps, DATA, mg.Adam()), r"new style.* legacy.Adam\(...\)"),
    "a state tree": (
        lambda m, ps: (ps, DATA, mg.setup(mg.Adam(), m)),
        r"a state tree of the new style.* minigrad.train_\(loss, model, data, opt_st",
    ),
    "the model": (
        lambda m, ps: (m, DATA, Adam()),
        r"given a Dense. Write params\(model",
    ),
    "exchanged": (lambda m, ps: (ps, Adam(), DATA), "Exchange the last two arguments"),
    "no data": (lambda m, ps: (ps, 1.0, Adam()), "cannot be iterated over"),
    "the class": (lambda m, ps: (ps, DATA, Adam), r"the class Adam. Write Adam\(\)"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_explained(model, loss, name):
    arguments, sentence = MISTAKES[name]
    with pytest.raises(TypeError, match=sentence):
        train_(loss, *arguments(model, params(model)))


def test_a_loss_that_is_none_is_explained(model, loss):
    for given in (loss(X, Y), params(model)):
        with pytest.raises(TypeError, match="needs the loss first"):
            train_(given, params(model), DATA, Adam())


def test_a_callback_that_was_called_is_explained(model, loss):
    with pytest.raises(TypeError, match=r"given None.*must not be called before"):
        train_(loss, params(model), DATA, Adam(), cb=print())


@pytest.mark.parametrize("loss", [lambda m, x, y: 0.0, lambda x: 0.0])
def test_a_loss_with_other_arguments_is_explained(model, loss):
    with pytest.raises(TypeError, match="positional argument") as caught:
        train_(loss, params(model), DATA, Adam())
    assert "without the model, which the loss finds" in caught.value.__notes__[0]


def test_one_batch_in_place_of_many_is_explained(model, loss):
    with pytest.raises(TypeError) as caught:
        train_(loss, params(model), DATA[0], Adam())
    assert "For one batch write [(x, y)]" in caught.value.__notes__[0]


def test_a_progress_bar_is_shown_when_asked_for(model, loss, capsys):
    train_(loss, params(model), DATA, Descent(), progress=True)
    assert "100%" in capsys.readouterr().err
    train_(loss, params(model), DATA, Descent())
    assert capsys.readouterr().err == ""
