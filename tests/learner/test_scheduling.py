"""Schedules: the values that the rules really have, in every step."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import schedules
from minigrad.learner import (
    CustomCallback,
    HyperParameter,
    LearningRate,
    Metrics,
    Recorder,
    Scheduler,
    StepBegin,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    onecycle,
    runstep,
    testlearner,
    throttle,
)

from .test_phases import MyTrainingPhase

SCHEDULES = [
    onecycle(48, 0.1),
    schedules.Exp(0.1, 0.9),
    schedules.Cos(l0=1e-4, l1=1e-2, period=10),
    schedules.Sequence(
        (schedules.Triangle(0.0, 0.1, 8), 4), (schedules.Exp(0.1, 0.9), 44)
    ),
    lambda t: 1 / t,
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@pytest.mark.parametrize("phase", [TrainingPhase(), MyTrainingPhase()], ids=repr)
def test_recorded_and_real_rates_are_those_of_the_schedule(schedule, phase):
    real = []
    look = lambda learner: real.append(learner.params.coefficient.rule.eta)
    learner = testlearner(
        Recorder(),
        Scheduler({LearningRate: schedule}),
        CustomCallback(look, StepEnd, type(phase)),
    )
    fit_(learner, 3, phases=[phase, ValidationPhase()])
    expected = [float(schedule(t)) for t in range(1, 49)]
    assert real == expected
    assert learner.history[phase].per_step.eta.tolist() == expected
    assert "eta" not in learner.history.validation.per_step.names


@pytest.mark.parametrize("rule", [mg.Descent, mg.Momentum, mg.Adam])
def test_the_parameters_are_those_of_a_scheduled_rule(rule):
    schedule = onecycle(48, 0.1)
    one = testlearner(Scheduler(eta=schedule), optimizer=rule())
    other = testlearner(optimizer=mg.Scheduler(rule, eta=schedule))
    for learner in (one, other):
        fit_(learner, 3)
    np.testing.assert_array_equal(one.model.coefficient, other.model.coefficient)


def test_any_number_and_what_rules_remember_stays():
    learner = testlearner(
        Recorder(),
        Scheduler(rho=lambda t: 1 - 1 / (t + 1)),
        optimizer=mg.Momentum(0.01),
    )
    epoch_(learner, TrainingPhase())
    assert learner.params.coefficient.rule == mg.Momentum(0.01, 1 - 1 / 17)
    assert learner.params.coefficient.state.any()
    assert learner.history.training.per_step.rho[0] == 0.5


def test_numbers_that_are_pairs():
    learner = testlearner(
        Recorder(), Scheduler(beta=lambda t: (1 - 1 / t, 0.99)), optimizer=mg.Adam()
    )
    epoch_(learner, TrainingPhase())
    per_step = learner.history.training.per_step
    assert learner.params.coefficient.rule.beta == (1 - 1 / 16, 0.99)
    assert per_step.beta1[1] == 0.5 and set(per_step.beta2) == {0.99}


def test_parts_of_the_tree():
    model = mg.Chain(mg.Dense(8, 8, rng=0), mg.Dense(8, 8, rng=1))
    first = lambda path, leaf: path[:2] == ("layers", 0)
    learner = testlearner(
        Recorder(),
        Scheduler(eta=lambda t: 0.1 / t, where=first, name="first"),
        Scheduler(eta=0.001, where=lambda *at: not first(*at), name="rest"),
        model=mg.f64(model),
    )
    epoch_(learner, TrainingPhase())
    layers = learner.params.layers
    assert layers[0].weight.rule.eta == layers[0].bias.rule.eta == 0.1 / 16
    assert layers[1].weight.rule.eta == 0.001
    per_step = learner.history.training.per_step
    assert per_step["first.eta"][3] == 0.1 / 4
    assert set(per_step["rest.eta"]) == {0.001}


def test_two_of_the_same_name():
    """Else the history would have the numbers of one of them only."""
    one, other = Scheduler(eta=0.1), throttle(Scheduler(eta=0.2), StepBegin, freq=2)
    with pytest.raises(ValueError, match=r"two Schedulers for eta.*name='head'"):
        fit_(testlearner(one, other), 1)


def test_a_hyperparameter_of_ones_own():
    class BatchSize(HyperParameter):
        def __init__(self):
            super().__init__("batchsize")

        def set_(self, learner, value, where=None):
            learner.data.training.batchsize = int(value)

        def check(self, learner):
            pass

    x = np.linspace(0, 1, 32)
    data = mg.DataLoader((x, 3 * x), batchsize=4)
    learner = testlearner(Scheduler({BatchSize(): lambda t: 4 + t}), data=data)
    epoch_(learner, TrainingPhase(), [(x, x)] * 3)
    assert data.batchsize == 7


def test_steps_are_counted_over_all_epochs_and_fits():
    scheduler = Scheduler(eta=onecycle(48, 0.1))
    learner = testlearner(Metrics(), Recorder(), scheduler)
    fit_(learner, 1)
    fit_(learner, 2)
    rates = learner.history.training.per_step.eta
    assert rates.tolist() == list(onecycle(48, 0.1))


def test_a_schedule_that_is_too_short_is_found_before_the_first_step():
    learner = testlearner(Scheduler(eta=onecycle(20, 0.1)))
    with pytest.raises(mg.DomainError, match=r"asks for 32 steps of OneCycle.* has 20"):
        fit_(learner, 2)
    assert learner.model.coefficient == 0.5
    fit_(learner, 1)
    with pytest.raises(mg.DomainError, match="asks for 32 steps"):
        fit_(learner, 1)


def test_a_number_that_no_rule_has():
    with pytest.raises(ValueError, match=r"no rule has a number.* There are: eta\."):
        fit_(testlearner(Scheduler(rho=0.9)), 1)


def test_a_number_that_follows_a_schedule_already():
    rule = mg.Scheduler(mg.Descent, eta=lambda t: 0.1)
    with pytest.raises(TypeError, match="follows a schedule"):
        fit_(testlearner(Scheduler(eta=0.2), optimizer=rule), 1)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {}, "was given no schedule"),
        ((0.1,), {}, r"write Scheduler\(eta=schedule\)"),
        ((), {"eta": "fast"}, r"Scheduler\(eta=\.\.\.\) needs a schedule"),
        ((), {"eta": schedules.Exp}, "is not a schedule yet"),
        (({HyperParameter: 0.1},), {}, "not for the class HyperParameter: write"),
    ],
)
def test_what_is_no_schedule(arguments, options, message):
    with pytest.raises(TypeError, match=message):
        Scheduler(*arguments, **options)


def test_onecycle_has_the_names_of_the_page():
    found = onecycle(100, 0.1, start_val=0.01, end_val=0.001, pct_start=0.3)
    assert found == schedules.OneCycle(100, 0.1, 0.01, 0.001, 0.3)
    assert onecycle(100, 0.1) == schedules.OneCycle(100, 0.1)


def test_it_works_with_several_models_and_phases_of_ones_own():
    """`Scheduler` looks at the kind of phase only."""

    class Own(TrainingPhase):
        def step_(self, learner, batch):
            with runstep(learner, self):
                pass

    scheduler = Scheduler(eta=lambda t: t)
    fit_(testlearner(scheduler), 1, phases=[Own()])
    assert scheduler.step == 16
