"""Phases: the page's own training phase, several models, and what a batch may be."""

from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg
from minigrad.learner import (
    AbstractTrainingPhase,
    BackwardBegin,
    BackwardEnd,
    Learner,
    LossBegin,
    Metrics,
    Phase,
    Recorder,
    Scheduler,
    TrainingPhase,
    ValidationPhase,
    epoch_,
    fit_,
    runepoch,
    runstep,
    step_,
    testlearner,
)

from .helpers import Log


class MyTrainingPhase(AbstractTrainingPhase):
    """The step as the page arrives at it."""

    def step_(self, learner, batch):
        with runstep(learner, self) as (handle, state):
            state.xs, state.ys = batch

            def loss(model):
                state.ŷs = model(state.xs)
                handle(LossBegin())
                state.loss = learner.lossfn(state.ŷs, state.ys)
                handle(BackwardBegin())
                return state.loss

            state.grads = mg.gradient(loss, learner.model)[0]
            handle(BackwardEnd())
            mg.update_(learner.params, learner.model, state.grads)


def test_the_phase_of_the_page_is_the_training_phase():
    logs, learners = [], []
    for phase in (MyTrainingPhase(), TrainingPhase()):
        log = Log()
        learner = testlearner(log, Metrics(), Recorder())
        for _ in range(10):
            epoch_(learner, phase)
        logs.append(log.events)
        learners.append(learner)
    one, other = learners
    assert logs[0] == logs[1]
    assert one.model.coefficient == other.model.coefficient
    assert one.history.my_training.epochs == other.history.training.epochs == 10
    np.testing.assert_array_equal(
        one.history.my_training.loss, other.history.training.loss
    )


def test_training_is_the_plain_loop_to_the_last_bit():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((50, 4)).astype(np.float32)
    data = mg.DataLoader((x, x[:, :2] * x[:, 2:]), batchsize=8)
    model, other = (mg.Chain(mg.Dense(4, 8, mg.tanh, rng=0), mg.Dense(8, 2, rng=1))
                    for _ in range(2))  # fmt: skip
    fit_(Learner(model, mg.mse, data=data, usedefaultcallbacks=False), 3)
    state = mg.setup(mg.Adam(), other)
    for _ in range(3):
        mg.train_(lambda m, x, y: mg.mse(m(x), y), other, data, state)
    for p, q in zip(mg.trainables(model), mg.trainables(other), strict=True):
        np.testing.assert_array_equal(p, q, strict=True)


def test_validation_changes_nothing_and_is_recorded():
    learner = testlearner(Metrics(), Recorder())
    epoch_(learner, ValidationPhase())
    assert learner.model.coefficient == 0.5
    assert learner.history.validation.epochs == 1
    losses = [np.mean((0.5 * x - y) ** 2) for x, y in learner.data.validation]
    assert learner.history.validation.loss == pytest.approx(np.mean(losses), rel=1e-12)


def test_validation_is_testing():
    model = mg.Chain(mg.Dropout(0.5), mg.Scale(8))
    ones = np.ones(8, np.float32)
    learner = testlearner(model=model, data=([], [(ones, ones)]))
    epoch_(learner, ValidationPhase())
    np.testing.assert_array_equal(learner.step.yhat, np.ones(8))


# --- Several models ----------------------------------------------------------------

Models = namedtuple("Models", "generator critic")


class GANPhase(AbstractTrainingPhase):
    """A step of the critic, and a step of the generator."""

    def step_(self, learner, batch):
        models, params = learner.model, learner.params
        noise, real = batch
        with runstep(learner, self, xs=noise, ys=real) as (handle, state):
            fake = models.generator(noise)
            critic = lambda m: (
                mg.logitbinarycrossentropy(m(real), np.ones((len(real), 1), np.float32))
                + mg.logitbinarycrossentropy(
                    m(fake), np.zeros((len(fake), 1), np.float32)
                )
            )
            state.loss, grads = mg.withgradient(critic, models.critic)
            mg.update_(params.critic, models.critic, grads[0])

            def fooled(m):
                state.yhat = models.critic(m(noise))
                return mg.logitbinarycrossentropy(
                    state.yhat, np.ones((len(noise), 1), np.float32)
                )

            state.grads = mg.gradient(fooled, models.generator)[0]
            handle(BackwardEnd())
            mg.update_(params.generator, models.generator, state.grads)


def gan(record=Models):
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((32, 2)).astype(np.float32)
    real = (3 + 0.5 * rng.standard_normal((32, 1))).astype(np.float32)
    models = record(mg.Dense(2, 1, rng=0), mg.Dense(1, 1, rng=1))
    data = mg.DataLoader((noise, real), batchsize=8)
    return models, data


def test_two_models_and_their_state_trees_have_the_same_names():
    models, data = gan()
    learner = Learner(models, None or mg.mse, data=data, usedefaultcallbacks=False)
    assert learner.params._fields == models._fields
    assert learner.params.generator.weight.shape == models.generator.weight.shape
    learner = Learner(models._asdict(), mg.mse, usedefaultcallbacks=False)
    assert learner.params.keys() == learner.model.keys()


def test_a_gan_trains_with_the_default_callbacks(capsys):
    models, data = gan()
    before = models.generator(data.data[0]).mean()
    schedule = Scheduler(eta=0.05, where=lambda path, x: path[0] == "generator")
    learner = Learner(models, mg.mse, data=data, callbacks=[schedule])
    fit_(learner, 60, phases=GANPhase())
    after = models.generator(data.data[0]).mean()
    assert abs(after - 3) < 0.6 * abs(before - 3)
    assert learner.params.critic.weight.rule.eta == 0.001
    assert learner.params.generator.weight.rule.eta == 0.05
    assert type(learner.step.yhat) is np.ndarray
    assert learner.history.gan.steps == 240
    assert "gan" in capsys.readouterr().out


def test_several_models_need_a_phase_of_their_own():
    models, data = gan()
    learner = Learner(models, mg.mse, data=data, usedefaultcallbacks=False)
    with pytest.raises(TypeError) as caught:
        epoch_(learner, TrainingPhase())
    assert "write a phase of your own" in caught.value.__notes__[0]


def test_a_loss_as_train_takes_it():
    learner = testlearner(lossfn=lambda model, x, y: mg.mse(model(x), y))
    with pytest.raises(TypeError) as caught:
        epoch_(learner, TrainingPhase())
    assert "with two arguments. (The loss of train_" in caught.value.__notes__[0]


# --- Phases of one's own -----------------------------------------------------------


def test_an_epoch_of_ones_own():
    class EveryOther(TrainingPhase):
        def epoch_(self, learner, dataiter):
            with runepoch(learner, self):
                for batch in list(dataiter)[::2]:
                    step_(learner, self, batch)

    log = Log()
    epoch_(testlearner(log, nbatches=8), EveryOther())
    assert log.events.count("StepEnd") == 4


def test_a_name_of_ones_own():
    class GANPhase(TrainingPhase):
        name = "adversarial"

    class Later(GANPhase):
        pass

    assert GANPhase().name == "adversarial"
    assert Later().name == "later"
    learner = testlearner(Metrics(), Recorder())
    fit_(learner, 1, phases=GANPhase())
    assert learner.history.adversarial.epochs == 1


def test_names():
    class Phase2(Phase):
        pass

    assert [p().name for p in (Phase, TrainingPhase, GANPhase, Phase2)] == [
        "phase",
        "training",
        "gan",
        "phase2",
    ]


def test_a_phase_that_does_not_say_what_a_step_is():
    class Nothing(AbstractTrainingPhase):
        pass

    with pytest.raises(NotImplementedError, match=r"Write a method step_\(self, lear"):
        epoch_(testlearner(), Nothing())


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.ones((2, 3)), r"got an ndarray of shape \(2, 3\). Write data=DataLoader"),
        ((1, 2, 3), "got 3 things"),
        ({"x": 1, "y": 2}, "got a dict"),
    ],
)
@pytest.mark.parametrize("phase", [TrainingPhase(), ValidationPhase()], ids=repr)
def test_a_batch_that_is_no_pair(batch, message, phase):
    with pytest.raises(TypeError, match=message):
        epoch_(testlearner(), phase, [batch])
