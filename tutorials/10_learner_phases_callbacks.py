# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3

# %% [markdown]
# # 10 · Learner, phases, callbacks
#
# The loop of notebook 06 had three lines. Then come the wishes: a table of metrics,
# curves, a stop when nothing gets better, the best model, a file in case of a power
# cut. Each is five lines, and each has to go somewhere into the loop. After a month
# nobody can see the three lines any more.
#
# Every training framework has the same answer. The loop keeps its three lines, and says
# aloud what it is doing: *an epoch begins, a step has ended*. Whoever wants something
# listens. The framework is that list of **events**, and hardly anything else.
#
# **What you will be able to do**
#
# * write such a framework, in five lines;
# * say what is known at each event, and what is not yet;
# * write callbacks that log, stop and remember, and find the bugs of one that does not;
# * give a callback a memory that survives a power cut, bit for bit;
# * train two models against each other, in a phase of your own.
#
# Allow 40 minutes.

# %%
import sys
import tempfile
import time
from collections import namedtuple
from contextlib import redirect_stderr
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.learner import (
    AbstractTrainingPhase,
    AbstractValidationPhase,
    BackwardEnd,
    CancelFittingException,
    Checkpointer,
    Learner,
    Metrics,
    Recorder,
    accuracy,
    fit_,
    runstep,
)

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 A framework in five lines
#
# An event is a name, such as `"step_end"`. A **callback** is an object with methods
# that are named after events: `on_step_end`. There is nothing to declare: whoever has
# the method wants to hear of it.
#
# ### Exercise 10.1 Tell them
#
# Call the method `on_<event>(run)` of each callback that has one, in the order of the
# list. `getattr(x, name, None)` is None where there is no such method. An error in a
# callback is not yours: let it through.


# %%
def send(event, callbacks, run):
    """Tell all callbacks of an event."""
    ### BEGIN SOLUTION
    for callback in callbacks:
        method = getattr(callback, f"on_{event}", None)
        if method is not None:
            method(run)
    ### END SOLUTION


# %%
check("10.1", send)

# %% [markdown]
# That was the framework. Here are a loop that uses it, and a callback. The loop will
# never have to be changed again: `run` is a dict that holds all that is known so far,
# and what a callback is interested in it takes from there.


# %%
def small_fit(model, data, rule, epochs, callbacks):
    """A loop that says what it is doing."""
    opt_state = mg.setup(rule, model)
    run = {"model": model}
    for run["epoch"] in range(1, epochs + 1):
        send("epoch_begin", callbacks, run)
        for x, y in data:
            run["loss"], grads = mg.withgradient(lambda m: mg.mse(m(x), y), model)
            send("backward_end", callbacks, run)
            mg.update_(opt_state, model, grads[0])
            send("step_end", callbacks, run)
        send("epoch_end", callbacks, run)


class Printer:
    """Prints the last loss of every tenth epoch."""

    def on_epoch_end(self, run):
        if run["epoch"] % 10 == 0:
            print(f"epoch {run['epoch']}: loss {run['loss']:.4f}")


if solved("10.1"):
    x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    small_fit(mg.Dense(1, 1, rng=0), [(x, 3 * x)], mg.Descent(0.3), 30, [Printer()])

# %% [markdown]
# ## 2 The events of a step
#
# minigrad's framework has the same heart. Its `run` is called `Learner`, its `send` is
# called `handle`, and callbacks are called with two things: the learner, and the
# **phase**, which tells training from validation. Its events:
#
# | event | what is new in `learner.step` |
# |---|---|
# | `on_fit_begin` | nothing yet; the phase is None |
# | `on_epoch_begin` | |
# | `on_step_begin` | `xs`, `ys` |
# | `on_loss_begin` | `yhat` (in training) |
# | `on_backward_begin` | `loss` (in training) |
# | `on_backward_end` | `grads` (in training); the model is still the old one |
# | `on_step_end` | the model is the new one; in validation there are `yhat` and `loss` |
# | `on_epoch_end` | |
# | `on_fit_end` | nothing; the phase is None |
#
# In each epoch, all the training data come first, and then all the validation data. A
# validation step has no gradient, so of the events between its `step_begin` and
# `step_end` it has none.
#
# **Predict before you run.** Two epochs, with 3 batches to train and 2 to validate. How
# many events will a callback hear that listens to all nine?

# %%
prediction = 48  ### SOLUTION


# %%
class Listener:
    """Writes down every event it hears, and when."""

    events = """fit_begin epoch_begin step_begin loss_begin backward_begin
        backward_end step_end epoch_end fit_end""".split()

    def __init__(self):
        self.heard = []
        for event in self.events:
            setattr(self, f"on_{event}", self.listening_to(event))

    def listening_to(self, event):
        """A method for one event."""
        return lambda learner, phase: self.heard.append((event, time.perf_counter()))


def new_network(hidden=64):
    """A network for digits, the same every time."""
    return mg.Chain(mg.Dense(64, hidden, mg.relu, rng=0), mg.Dense(hidden, 10, rng=1))


train_digits, test_digits = mg.datasets.digits()
images = train_digits.images.reshape(-1, 64)
labels = mg.onehotbatch(train_digits.labels, range(10))
pairs = [(images[k : k + 100], labels[k : k + 100]) for k in range(0, 500, 100)]
listener = Listener()
learner = Learner(
    new_network(),
    mg.logitcrossentropy,
    data=(pairs[:3], pairs[3:]),
    callbacks=[listener],
    usedefaultcallbacks=False,
)
fit_(learner, 2)
print("You predicted:", prediction, "  heard:", len(listener.heard))
print(*[event for event, _ in listener.heard[:8]], "...")

# %% [markdown]
# What happens between two events takes time, and a callback that listens can tell how
# much. The picture has the median of 200 steps of training.

# %%
listener.heard.clear()
fit_(learner, 40, (pairs,))
moments = np.array(
    [at for event, at in listener.heard if "epoch" not in event and "fit" not in event]
).reshape(-1, 5)
spans = 1e6 * np.median(np.diff(moments), axis=0)
ends = np.cumsum([0.0, *spans])

fig, ax = plt.subplots(figsize=(9, 2.6))
names = "the model", "the loss", "the gradient", "the update"
for name, left, width in zip(names, ends, spans, strict=False):
    ax.barh(0, width, left=left, height=0.5, label=f"{name}: {width:.0f} µs")
heights = 0.42, 0.75, 1.08, 0.42, 0.42
for event, place, height in zip(Listener.events[2:7], ends, heights, strict=True):
    ax.plot([place, place], [-0.25, height - 0.05], color="#555", lw=0.8)
    ax.text(place, height, event, ha="center", fontsize=9)
ax.set(xlabel="microseconds in a step", ylim=(-0.35, 1.4), yticks=[], title="A step")
ax.spines["left"].set_visible(False)
ax.grid(False)
ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.3))
plt.show()

# %% [markdown]
# ## 3 Listen, and write down
#
# The length of the gradient is the pulse of a training. If it jumps, a batch is strange
# or the learning rate too large; if it is 0, nothing is learnt.
#
# ### Exercise 10.2 Log the gradient
#
# Append the norm of the *whole* gradient to `self.norms`, as a float, once for each
# step of training: the root of the sum of all squares. Choose the event. The gradient
# has the shape of the model, and some of its leaves may be None:
# `mg.trainables(learner.step.grads)` is a list of the arrays in it.


# %%
class GradientLogger:
    """The norm of the gradient in each step of training."""

    def __init__(self):
        self.norms = []

    ### BEGIN SOLUTION
    def on_backward_end(self, learner, phase):
        grads = mg.trainables(learner.step.grads)
        self.norms.append(float(np.sqrt(sum(np.sum(g**2) for g in grads))))

    ### END SOLUTION


# %%
check("10.2", GradientLogger)

# %% [markdown]
# ## 4 Listen, and say stop
#
# A callback may end things. It raises `CancelFittingException("the reason")`, and
# `fit_` ends quietly, with the reason in `learner.stopped`. That is all it takes to
# stop early: if the loss of *validation* has had no new lowest value for some epochs in
# a row, more training will only teach the model its training data by heart.
#
# Someone has to compute the loss of an epoch: the mean over its samples. The callback
# `Metrics` does. At `on_epoch_end` its results are in
# `learner.cbstate.metricsepoch["loss"]`, of the phase whose epoch has just ended. So
# `Metrics` must be called first, wherever it stands in the list. That is what
# `runafter` says.
#
# ### Exercise 10.3 Stop early
#
# Raise `CancelFittingException` at the end of the epoch of validation that is the
# `patience`-th in a row without a new lowest loss. To tell the phases apart:
# `isinstance(phase, AbstractValidationPhase)`. (A loss of NaN is no new lowest value.)


# %%
class EarlyStop:
    """Ends the training when validation gets no better."""

    runafter = (Metrics,)

    def __init__(self, patience):
        self.patience = patience
        self.lowest, self.waited = np.inf, 0

    def on_epoch_end(self, learner, phase):
        ### BEGIN SOLUTION
        if not isinstance(phase, AbstractValidationPhase):
            return
        loss = learner.cbstate.metricsepoch["loss"]
        if loss < self.lowest:
            self.lowest, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited == self.patience:
            raise CancelFittingException(f"No better for {self.patience} epochs.")
        ### END SOLUTION


# %%
check("10.3", EarlyStop)

# %% [markdown]
# Both at work: a network that is too large for 300 digits. `Recorder` writes all
# numbers into `learner.history`, which can draw itself.


# %%
def digits_learner(*callbacks, optimizer=None):
    """A learner with 300 digits to learn from, and 360 to validate."""
    test_x = test_digits.images.reshape(-1, 64)
    test_y = mg.onehotbatch(test_digits.labels, range(10))
    learn = mg.DataLoader(
        (images[:300], labels[:300]), batchsize=32, shuffle=True, rng=0
    )
    return Learner(
        new_network(),
        mg.logitcrossentropy,
        data=(learn, [(test_x, test_y)]),
        optimizer=optimizer or mg.Adam(0.01),
        callbacks=[Metrics(accuracy), Recorder(), *callbacks],
        usedefaultcallbacks=False,
    )


if solved("10.2", "10.3"):
    gradients, patient = GradientLogger(), EarlyStop(12)
    learner = digits_learner(gradients, patient)
    fit_(learner, 60)
    print(f"after {learner.history.validation.epochs} of 60 epochs: {learner.stopped}")

    fig, axes = plt.subplots(1, 3, figsize=(11, 3.4))
    learner.history.plot("loss", ax=axes[0])
    axes[0].axhline(patient.lowest, color="black", ls=":", lw=1)
    axes[0].set_title("Loss")
    learner.history.plot("accuracy", ax=axes[1])
    axes[1].set_title("Accuracy")
    axes[2].semilogy(gradients.norms, lw=0.8)
    axes[2].set(xlabel="step", title="Norm of the gradient")

# %% [markdown]
# ## 5 A bug in the memory
#
# The training above ran twelve epochs too far, by design: only then could one know. So
# another callback should keep the best model while it passes by. Here is one. It runs,
# and it has three bugs.


# %%
class BestCheckpointWithABug:
    """Keeps the model with the lowest loss in validation: so it says."""

    runafter = (Metrics,)

    def __init__(self):
        self.lowest, self.best, self.epoch = np.inf, None, 0

    def on_epoch_end(self, learner, phase):
        loss = learner.cbstate.metricsepoch["loss"]
        if loss < self.lowest:
            self.lowest, self.best = loss, learner.model
            self.epoch += 1


suspect = BestCheckpointWithABug()
learner = digits_learner(suspect)
fit_(learner, 25)
judged = learner.history.validation.loss
(judge_x, judge_y), *_ = learner.data.validation
print(
    f"the lowest loss in validation: {judged.min():.3f}, in epoch", judged.argmin() + 1
)
print("of the last epoch:            ", round(float(judged[-1]), 3))
print(f"the callback says:             {suspect.lowest:.3f}, in epoch", suspect.epoch)
kept = mg.logitcrossentropy(suspect.best(judge_x), judge_y)
print(f"the model that it has kept:    {kept:.3f}")

# %% [markdown]
# ### Exercise 10.4 Keep the best
#
# Write it as it should be. Afterwards, `best` is a model that no further step can
# change, `lowest` its loss in validation, and `epoch` the number of the epoch, from 1
# (each epoch has one pass of validation). `deepcopy(model)` is a model of its own.


# %%
class BestCheckpoint:
    """Keeps the model with the lowest loss in validation."""

    runafter = (Metrics,)

    def __init__(self):
        self.lowest, self.best, self.epoch = np.inf, None, 0
        self.epochs = 0

    def on_epoch_end(self, learner, phase):
        ### BEGIN SOLUTION
        if not isinstance(phase, AbstractValidationPhase):
            return
        self.epochs += 1
        loss = learner.cbstate.metricsepoch["loss"]
        if loss < self.lowest:
            self.lowest, self.best = loss, deepcopy(learner.model)
            self.epoch = self.epochs
        ### END SOLUTION


# %%
check("10.4", BestCheckpoint)

# %% [markdown] tags=["solution"]
# *The bugs.* (1) `self.best = learner.model` keeps no model, but another name for the
# one that is trained: the best model is always the last. (2) `on_epoch_end` is called
# for training as well, whose loss is lower: what is remembered is when the model knew
# its training data best. (3) `epoch` counts improvements, not epochs.

# %%
if solved("10.4"):
    keeper = BestCheckpoint()
    learner = digits_learner(keeper)
    fit_(learner, 25)
    mg.loadmodel_(learner.model, keeper.best)
    kept = mg.logitcrossentropy(learner.model(judge_x), judge_y)
    print(f"kept from epoch {keeper.epoch}: {keeper.lowest:.3f}, and again {kept:.3f}")

# %% [markdown]
# ## 6 Who comes first
#
# Callbacks run in the order of the list, but for what `runafter` asks. Printed, a
# learner's callbacks show the order that was found:

# %%
learner.callbacks


# %% [markdown]
# What if two wait for each other? Then there is no order, and it is better to hear so
# before the training than in the middle of it:


# %%
class Chicken:
    """Needs the egg."""

    def on_step_end(self, learner, phase):
        pass


class Egg:
    """Needs the chicken."""

    runafter = (Chicken,)

    def on_step_end(self, learner, phase):
        pass


Chicken.runafter = (Egg,)
try:
    digits_learner(Chicken(), Egg())
except ValueError as refusal:
    print(refusal)

# %% [markdown]
# ## 7 A memory that survives
#
# Long trainings are interrupted: by a power cut, by the queue of a cluster, by Ctrl-C.
# The callback `Checkpointer(folder)` writes into a file all that decides over the
# numbers to come: the model, the state of the rule, the random generators, and where
# the loop stood. Start the same program again, and it goes on from there. The test of
# such a thing is severe and simple: the resumed training must end with *the same bits*
# as one that was never interrupted.
#
# Your callbacks have memories as well. What `state_dict()` returns is written into the
# file, and `load_state_dict_(state)` is called with it when the training goes on.
#
# The callback of this section keeps an **average of the weights**. The last steps of a
# training jump to and fro in the valley, and the mean of the places lies lower than
# each of them. `mg.destructure(model)` is a pair: all parameters in one flat array (a
# new one), and a function that makes a model of such an array.
#
# ### Exercise 10.5 The average of the weights
#
# After the first step of training, the average is the flat array of the model. After
# each further one it is `decay * average + (1 - decay) * flat`. Validation does not
# count. And make it survive: `state_dict` returns a dict.


# %%
class WeightAverage:
    """A running mean of the parameters, as a flat array."""

    def __init__(self, decay):
        self.decay, self.average = decay, None

    def on_step_end(self, learner, phase):
        ### BEGIN SOLUTION
        if not isinstance(phase, AbstractTrainingPhase):
            return
        flat, _ = mg.destructure(learner.model)
        if self.average is None:
            self.average = flat
        else:
            self.average = self.decay * self.average + (1 - self.decay) * flat
        ### END SOLUTION

    def state_dict(self):
        return {"average": self.average}  ### SOLUTION

    def load_state_dict_(self, state):
        ### BEGIN SOLUTION
        self.average = state["average"]
        ### END SOLUTION


# %%
check("10.5", WeightAverage)

# %% [markdown]
# Three programs: one runs for 12 epochs without a pause. One is "killed" after 5, and
# the third one is the same program, started again.


# %%
def program(folder, epochs):
    """A training that goes on from the folder, if there is one in it."""
    average = WeightAverage(0.98)
    learner = digits_learner(
        average, Checkpointer(folder, keep_top_k=0), optimizer=mg.Adam(0.03)
    )
    fit_(learner, epochs)
    return learner, average


if solved("10.5"):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        straight, average = program(one, 12)
        program(two, 5)
        with redirect_stderr(sys.stdout):
            resumed, average_again = program(two, 12)
    flat, rebuild = mg.destructure(straight.model)
    same = np.array_equal(flat, mg.destructure(resumed.model)[0])
    print("the same model, to the last bit:  ", same)
    same = np.array_equal(average.average, average_again.average)
    print("the same average, to the last bit:", same)
    for name, model in (
        ("the last step", straight.model),
        ("the average", rebuild(average.average)),
    ):
        loss = mg.logitcrossentropy(model(judge_x), judge_y)
        print(f"loss in validation of {name}: {loss:.3f}")

# %% [markdown]
# ## 8 A step of another kind
#
# Callbacks listen to a step. What a step *is*, the phase says, and you can write one.
# `TrainingPhase.step_` itself is fifteen lines. Where two models are trained against
# each other, the step is another one.
#
# A **generator** makes numbers of noise; a **critic** is shown these and real ones, and
# says how likely each is real. The critic is trained to tell them apart, the generator
# to deceive the critic. Real are numbers from two heaps, around -1 and 2, and nobody
# tells the generator so.

# %%
Models = namedtuple("Models", "generator critic")


def verdict(critic, x, real):
    """The loss of a critic that should say: real (1), or not (0)."""
    return mg.logitbinarycrossentropy(critic(x), np.full((len(x), 1), real, np.float32))


def critic_loss(critic, real, fake):
    """It should know the real ones, and the others."""
    return verdict(critic, real, 1) + verdict(critic, fake, 0)


def generator_loss(generator, critic, noise):
    """The critic should take what it makes for real."""
    return verdict(critic, generator(noise), 1)


# %% [markdown]
# ### Exercise 10.6 Two models, one step
#
# Write the step. First the critic: the gradient of its loss for what the generator
# makes of the noise *now*, and the update of the critic alone. Then the generator: its
# loss and gradient, with the *new* critic, and the update of the generator alone.
# `models.critic` has its state in `params.critic`, and so on.
#
# So that callbacks work, store the loss of the generator as `state.loss` and its
# gradient as `state.grads`, and send `handle(BackwardEnd())` before the generator is
# updated.


# %%
class AdversarialPhase(AbstractTrainingPhase):
    """A step of the critic, then a step of the generator."""

    def step_(self, learner, batch):
        models, params = learner.model, learner.params
        noise, real = batch
        with runstep(learner, self, xs=noise, ys=real) as (handle, state):
            ### BEGIN SOLUTION
            fake = models.generator(noise)
            grads = mg.gradient(lambda m: critic_loss(m, real, fake), models.critic)
            mg.update_(params.critic, models.critic, grads[0])
            fool = lambda m: generator_loss(m, models.critic, noise)
            state.loss, grads = mg.withgradient(fool, models.generator)
            state.grads = grads[0]
            handle(BackwardEnd())
            mg.update_(params.generator, models.generator, state.grads)
            ### END SOLUTION


# %%
check("10.6", AdversarialPhase)

# %%
if solved("10.6"):
    rng = np.random.default_rng(0)

    def noise_and_real(n=128):
        """A batch: n numbers of noise, and n real ones from two heaps."""
        centre = np.where(rng.integers(0, 2, (n, 1)), 2.0, -1.0)
        real = centre + 0.3 * rng.normal(size=(n, 1))
        noise = rng.normal(size=(n, 1))
        return noise.astype(np.float32), real.astype(np.float32)

    models = Models(
        mg.Chain(mg.Dense(1, 16, mg.tanh, rng=1), mg.Dense(16, 1, rng=2)),
        mg.Chain(mg.Dense(1, 32, mg.tanh, rng=3), mg.Dense(32, 1, rng=4)),
    )
    learner = Learner(
        models,
        generator_loss,
        optimizer=mg.Adam(0.003, (0.5, 0.9)),
        usedefaultcallbacks=False,
    )
    noise, real = noise_and_real(3000)
    fig, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True)
    steps = 0
    for ax, epochs in zip(axes, (0, 1, 2, 5), strict=True):
        steps += 200 * epochs
        batches = [noise_and_real() for _ in range(200)]
        fit_(learner, epochs, batches, phases=AdversarialPhase())
        bins = np.linspace(-2.5, 3.5, 40)
        ax.hist(real, bins, color="#bbb", density=True, label="real")
        made = models.generator(noise)
        ax.hist(made, bins, density=True, histtype="step", lw=1.6, label="made")
        ax.set(title=f"after {steps} steps", ylim=(0, 1.2))
    axes[0].legend()

# %% [markdown]
# The generator has found both heaps, through nothing but the gradient of a critic that
# has to learn itself. Note that the loss tells nothing about it: in a contest, what is
# good for one is bad for the other.

# %% [markdown]
# **What is still missing.** The critic's gradient was computed for `fake` as a
# constant, and the generator's with the critic as one: which function is differentiated
# towards what decides everything. Notebook 11 goes further: derivatives that you write
# yourself, and derivatives of derivatives.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | the loop | a listener | order | to stop |
# |---|---|---|---|---|
# | minigrad | `fit_(learner, 10)` | `on_step_end(self, learner, phase)` | `runafter` | `raise CancelFittingException` |
# | FluxTraining (Julia) | `fit!(learner, 10)` | `on(::StepEnd, phase, callback, learner)` | from what each reads and writes | `throw(CancelFittingException(...))` |
# | fastai | `learner.fit(10)` | `after_step(self)` | `order`, `run_after` | `raise CancelFitException` |
# | Keras | `model.fit(..., epochs=10)` | `on_train_batch_end(self, batch, logs)` | that of the list | `self.model.stop_training = True` |
# | Lightning | `trainer.fit(model)` | `on_train_batch_end(self, trainer, module, ...)` | that of the list | `trainer.should_stop = True` |
#
# PyTorch and JAX have no loop of their own, so no events: one writes the three lines,
# or takes a framework.

# %% [markdown]
# ## Recap
#
# 1. A framework calls `on_epoch_begin` of a callback that has no such method. What
#    should happen? **(a)** An error, **(b)** nothing, **(c)** the training stops.
# 2. At which event do the gradient of this batch and the *old* model exist together?
#    **(a)** `backward_end`, **(b)** `step_end`, **(c)** `loss_begin`.
# 3. `self.best = learner.model`, and later ten more steps. `self.best` is **(a)** the
#    model as it was, **(b)** a model without a state, **(c)** the model of the last
#    step.
# 4. A callback remembers 3 epochs of waiting, and has no `state_dict`. After a power
#    cut, the resumed training **(a)** may stop later than it would have, **(b)** cannot
#    be loaded, **(c)** is the same to the last bit.
# 5. A phase says **(a)** which callbacks there are, **(b)** what a step is, **(c)** how
#    many epochs there are.

# %%
recap = "bacab"  ### SOLUTION

# %%
check("10.recap", recap)

# %% [markdown]
# ## Challenge
#
# Write a phase for **distillation**: a small network is trained to give the answers of
# a large one. The model is `Models(teacher, student)`, and a step updates the student
# only; its loss is the cross entropy between the teacher's probabilities
# (`mg.softmax(teacher(x) / 2, axis=-1)`) and the student's. Train a student with 8
# hidden neurons on the answers of a teacher with 64, and another on the labels. Which
# one is better on the validation data? Can the student be taught by images of pure
# noise, which have no label at all?

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 11, under the bonnet again: rules of your own, and the second
# derivative.

# %%
progress("10")
