"""Callbacks around callbacks: sometimes, every n-th time, and functions."""

import copy
import pickle

import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    ConditionalCallback,
    CustomCallback,
    EpochEnd,
    Recorder,
    StepEnd,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    testlearner,
    throttle,
)


def steps(callback, **options):
    learner = testlearner(callback, **options)
    epoch_(learner, TrainingPhase())
    return learner.history.training


@pytest.mark.parametrize(("freq", "count"), [(1, 16), (2, 8), (3, 6), (16, 1), (99, 1)])
def test_every_nth_time(freq, count):
    history = steps(throttle(Recorder(), StepEnd, freq=freq))
    assert history.steps == count
    assert history.epochs == 1  # other events come as before


def test_every_so_many_seconds():
    now = 0.0

    def clock():
        return now

    seen = []

    def tick(learner):
        nonlocal now
        seen.append(now)

    def time(learner):
        nonlocal now
        now += 1.0

    slow = throttle(CustomCallback(tick, StepEnd), StepEnd, seconds=5, clock=clock)
    epoch_(testlearner(CustomCallback(time, StepEnd), slow), TrainingPhase())
    assert seen == [1.0, 6.0, 11.0, 16.0]
    always = throttle(Recorder(), StepEnd, seconds=0)
    assert steps(always).steps == 16


@pytest.mark.parametrize("options", [{}, {"freq": 2, "seconds": 3}])
def test_exactly_one_of_both(options):
    with pytest.raises(TypeError, match="either freq= or seconds="):
        throttle(Recorder(), StepEnd, **options)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"freq": 0}, mg.DomainError),
        ({"freq": 1.5}, TypeError),
        ({"freq": True}, TypeError),
        ({"seconds": -1}, mg.DomainError),
        ({"seconds": float("nan")}, mg.DomainError),
        ({"seconds": "5"}, TypeError),
    ],
)
def test_bad_numbers(options, error):
    with pytest.raises(error, match=r"throttle\("):
        throttle(Recorder(), StepEnd, **options)


@pytest.mark.parametrize("event", [StepEnd(), "StepEnd", Recorder])
def test_what_is_no_event(event):
    with pytest.raises(TypeError, match="a class such as StepEnd"):
        throttle(Recorder(), event, freq=2)
    with pytest.raises(TypeError, match="a class such as StepEnd"):
        CustomCallback(print, event)


def test_a_condition_of_ones_own():
    asked = []

    def condition(event, phase):
        asked.append((event, type(phase)))
        return isinstance(phase, ValidationPhase)

    seen = []
    inner = CustomCallback(lambda learner: seen.append(1), EpochEnd)
    fit_(testlearner(ConditionalCallback(inner, condition)), 3)
    assert len(seen) == 3
    assert asked == [(EpochEnd, TrainingPhase), (EpochEnd, ValidationPhase)] * 3


def test_a_function_in_some_phases():
    seen = []
    note = lambda learner: seen.append(learner.position.step)
    fit_(testlearner(CustomCallback(note, EpochEnd, AbstractTrainingPhase)), 2)
    assert seen == [16, 16]


@pytest.mark.parametrize("f", [3, Recorder, None])
def test_what_is_no_function(f):
    with pytest.raises(TypeError, match=r"write CustomCallback\(lambda"):
        CustomCallback(f, StepEnd)


def test_classes_and_conditions_that_are_none():
    with pytest.raises(TypeError, match=r"write Recorder\(\)"):
        ConditionalCallback(Recorder, lambda event, phase: True)
    with pytest.raises(TypeError, match="a function of the event and the phase"):
        ConditionalCallback(Recorder(), 3)


def test_what_they_remember():
    one, other = (throttle(Recorder(), StepEnd, freq=5) for _ in range(2))
    steps(one, nbatches=7)
    other.load_state_dict_(one.state_dict())
    assert other.callback.history.training.steps == 2
    again = steps(other, nbatches=4)  # the 8th to 11th time
    assert again.steps == 3


def test_an_event_that_a_callback_does_not_wait_for():
    note = CustomCallback(print, StepEnd)
    with pytest.raises(TypeError, match="a CustomCallback has no method on_epoch_end"):
        throttle(note, EpochEnd, freq=2)


@pytest.mark.parametrize("phase", [TrainingPhase(), (TrainingPhase, "validation")])
def test_phases_are_named_by_classes(phase):
    with pytest.raises(TypeError, match=r"write phase=TrainingPhase, without"):
        CustomCallback(print, StepEnd, phase)


class Counter:
    steps = 0

    def on_step_end(self, learner, phase):
        self.steps += 1


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_calls_its_own_callback(copied):
    learner = testlearner(throttle(Counter(), StepEnd, freq=1), nbatches=3)
    other = copied(learner)
    epoch_(other, TrainingPhase())
    assert [one.callbacks[Counter].steps for one in (learner, other)] == [0, 3]
