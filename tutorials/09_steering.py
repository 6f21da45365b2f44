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
# ---

# %% [markdown]
# # 09 · Steering: decay, clip, freeze, schedule
#
# A rule and a learning rate are enough to train a network. They are rarely enough to
# train it well. What practitioners add are four kinds of steering: they pull weights
# towards zero, they limit steps that are too large, they hold some layers back, and
# they change the learning rate on the way. Each is one line of code. Each has a
# variant that looks the same and does something else.
#
# **What you will be able to do**
#
# * explain why a penalty in the loss is no weight decay, as soon as Adam is used;
# * tell three ways of clipping apart by an angle;
# * freeze a part of a model, thaw it, and give each layer a rate of its own;
# * write a schedule with a warm-up, as a function of the step;
# * find a learning rate in one short run.
#
# Allow 35 minutes.

# %%
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved

plt.style.use("minigrad.course.look")
mg.seed(0)

# %% [markdown]
# ## 1 Two decays
#
# Large weights make a network nervous: a small change of the input, a large change of
# the output. So one lets all weights shrink a little, in every step, unless the data
# object. There are two ways to say so, and every textbook says that they are the same:
#
# * **L2 penalty**: add $\tfrac{\lambda}{2} \lVert w \rVert^2$ to the loss. Its
#   gradient is $\lambda w$, so the rule gets $dx + \lambda w$ instead of $dx$.
# * **Weight decay**: let the rule do what it does with $dx$. Then subtract
#   $\eta \lambda w$ as well.
#
# For plain descent, $\eta\,(dx + \lambda w) = \eta\, dx + \eta \lambda w$: they are the
# same. But Adam (notebook 05) divides what it gets by the usual size of it.
#
# **Predict before you run.** All weights start at 1. Their gradients are random noise
# with mean 0: of the size 10 in one array, and of the size 0.001 in the other. There
# is an L2 penalty with $\lambda = 0.1$, and the rule is Adam. After 1000 steps,
#
# 1. both arrays have shrunk alike;
# 2. the one with the large gradients has shrunk more;
# 3. the one with the small gradients has shrunk, the other hardly at all.

# %%
prediction = 3  ### SOLUTION


# %%
def shrinking(rule, noise, steps=1000):
    """The mean of 400 weights on their way, under gradients that are pure noise."""
    rng = np.random.default_rng(1)
    x, means = np.ones(400), []
    state = rule.init(x)
    for _ in range(steps):
        state, step = rule.apply(state, x, rng.normal(0, noise, x.shape))
        x = x - step
        means.append(x.mean())
    return means


penalty = mg.OptimiserChain(mg.WeightDecay(0.1), mg.Adam(0.01))  # adds 0.1 w to dx
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, rule, name in (
    (axes[0], penalty, "Adam, and a penalty in the loss"),
    (axes[1], mg.AdamW(0.01, lambda_=0.1), "AdamW, which decays weights"),
):
    for noise, style in ((10, "-"), (0.001, "--")):
        means = shrinking(rule, noise)
        ax.plot(means, style, label=f"gradients of size {noise}")
        print(f"{name}, gradients of size {noise}: from 1 to {means[-1]:.2f}")
    ax.set(xlabel="step", title=name, ylim=(-0.1, 1.2))
axes[0].set_ylabel("mean of the weights")
axes[0].legend()
plt.show()
print("you predicted number", prediction)

# %% [markdown]
# Adam divides the penalty by the size of the gradients, too. Where they are large,
# nothing of it is left. Where they are small, it is all that there is, and Adam makes a
# full step of it. So the weights that are used least are pulled hardest, in a way that
# nobody has chosen. Past Adam, on the right, all weights shrink at the same rate. That
# is the W of **AdamW** (Loshchilov and Hutter, 2019).
#
# ### Exercise 09.1 A decay past the rule
#
# Write a rule that takes *any* other rule and adds weight decay to it: the step is that
# of the other rule, plus `rate` times `x`. (For AdamW, `rate` is $\eta \lambda$.)
# Remember the contract of notebook 05: `init(x)` returns a state; `apply(state, x, dx)`
# returns the new state and the step, which will be subtracted from `x`.


# %%
class DecoupledDecay:
    """Another rule, and a decay of the weights that it does not see."""

    def __init__(self, rule, rate):
        self.rule, self.rate = rule, rate

    def init(self, x):
        ### BEGIN SOLUTION
        return self.rule.init(x)
        ### END SOLUTION

    def apply(self, state, x, dx):
        ### BEGIN SOLUTION
        state, step = self.rule.apply(state, x, dx)
        return state, step + self.rate * x
        ### END SOLUTION


# %%
check("09.1", DecoupledDecay)

# %%
if solved("09.1"):
    ours = DecoupledDecay(mg.Adam(0.01), 0.01 * 0.1)
    theirs = mg.AdamW(0.01, lambda_=0.1)
    difference = np.subtract(shrinking(ours, 1), shrinking(theirs, 1))
    print("largest difference to AdamW:", np.max(np.abs(difference)))

# %% [markdown]
# ## 2 Clip, but do not turn
#
# Now and then a batch has an enormous gradient: an outlier, a division by something
# small, a step over the edge. One such step can undo an hour of training. So gradients
# are limited before the rule gets them. There are three usual ways:
#
# * `ClipGrad(d)`: each *number* is limited to the range from -d to d;
# * `ClipNorm(n)`: each *array* is scaled down to the norm n, if it has a larger one;
# * `ClipGlobalNorm(n)`: the *whole* gradient is scaled down to the norm n.
#
# You have written the third in notebook 04. What distinguishes them is the direction.
# A gradient points uphill, and a part of it that is clipped more than others turns it.
# By how much? That is an angle:
#
# $$ \cos \alpha = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}, $$
#
# where $a$ and $b$ are the two gradients with all their numbers in a row.
#
# ### Exercise 09.2 The angle
#
# Return the angle between two gradients of the same model, in degrees. They are trees;
# `mg.trainables(gradient)` has their arrays as a list, in order. `np.arccos` returns
# radians, and `np.degrees` makes degrees of them. Mind what rounding does to the cosine
# of two gradients that are *equal*: `arccos` of 1.0000001 is not a number.


# %%
def angle_between(one, other):
    """The angle between two gradients, in degrees from 0 to 180."""
    ### BEGIN SOLUTION
    rows = [
        np.concatenate([x.ravel() for x in mg.trainables(tree)])
        for tree in (one, other)
    ]
    a, b = (row.astype(np.float64) for row in rows)
    cosine = np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    ### END SOLUTION


# %%
check("09.2", angle_between)

# %% [markdown]
# Here is a gradient of the digits network, clipped in the three ways to ever smaller
# limits, from right to left. On the left, where nearly all is clipped, `ClipGrad` has
# made a plus or minus of each number; that is another method altogether (its name is
# sign descent). `ClipNorm` gives each layer the same say, however sure it was. The
# global norm makes the step shorter, and never turns it.

# %%
digits = mg.datasets.digits()
images, numbers = digits.train.images.reshape(-1, 64), digits.train.labels
unseen, unseen_numbers = digits.test.images.reshape(-1, 64), digits.test.labels
targets = mg.onehotbatch(numbers, range(10))


def new_network():
    """A network for digits, the same every time."""
    return mg.Chain(mg.Dense(64, 32, mg.relu, rng=1), mg.Dense(32, 10, rng=2))


def loss(model, x, y):
    """The cross entropy."""
    return mg.logitcrossentropy(model(x), y)


def clipped(rule, gradient, model):
    """What a rule of clipping makes of a gradient."""
    opt_state = mg.setup(mg.OptimiserChain(rule), model)
    after = mg.update(opt_state, model, gradient)[1]
    step = lambda old, new: old - new if mg.is_parameter(old) else None
    return mg.fmap(step, model, after)


if solved("09.2"):
    network = new_network()
    gradient = mg.gradient(loss, network, images[:64], targets[:64])[0]
    limits = np.geomspace(1e-4, 3, 18)
    fig, ax = plt.subplots()
    for kind in (mg.ClipGrad, mg.ClipNorm, mg.ClipGlobalNorm):
        found = [clipped(kind(limit), gradient, network) for limit in limits]
        angles = [angle_between(gradient, step) for step in found]
        ax.semilogx(limits, angles, label=kind.__name__)
    ax.set(xlabel="limit", ylabel="degrees", title="How far clipping turns a gradient")
    ax.legend()

# %% [markdown]
# ## 3 Hold back, let go
#
# A network that recognises digits has learnt what strokes are. Suppose now that another
# task comes along, *is it even or odd?*, and only twenty images are labelled for it.
# It would be a waste to start from nothing. So take the trained layers (the **body**),
# put a new layer behind them (the **head**), and train again.
#
# What is trained is a matter of the state tree from `mg.setup`. It has the structure of
# the model, and each part of it can be addressed:
#
# * `mg.freeze_(opt_state.layers[0])`: updates pass this layer by, until
#   `mg.thaw_(opt_state.layers[0])`;
# * `mg.adjust_(opt_state.layers[0], 0.001)`: another learning rate, there alone.

# %%
small = mg.Chain(mg.Dense(2, 1, rng=1), mg.Dense(1, 1, rng=2))
opt_state = mg.setup(mg.Momentum(0.1), small)
mg.freeze_(opt_state.layers[0])
mg.adjust_(opt_state.layers[1], 0.02)
for k, layer in enumerate(opt_state.layers):
    print(f"layer {k}:", layer.weight)

# %% [markdown]
# ## 4 A bug in the freezer
#
# There is a good recipe, called **fine-tuning**. The new head is random, and its
# first gradients are nonsense for the body. So, in a first phase, freeze the body and
# train the head alone. In the second phase, thaw the body, give it a tenth of the
# learning rate, and train everything.
#
# This function was written to do that. It runs, and even prints how far each layer has
# moved. There are two bugs in it. What is printed shows both of them.

# %%
body = mg.Chain(
    mg.Dense(64, 32, mg.relu, rng=1),
    mg.Dense(32, 16, mg.relu, rng=2),
    mg.Dense(16, 10, rng=3),
)
batches = mg.DataLoader((images, targets), batchsize=64, shuffle=True, rng=0)
opt_state = mg.setup(mg.Adam(0.005), body)
for _ in range(10):
    mg.train_(loss, body, batches, opt_state, progress=False)


def with_new_head(seed=0):
    """A copy of the trained body, and a new layer for two classes behind it."""
    return mg.Chain(*deepcopy(body)[:2], mg.Dense(16, 2, rng=seed))


def labelled(seed=0, n=20):
    """Forty times the same batch: n images with the targets even and odd."""
    some = np.random.default_rng(seed).permutation(len(images))[:n]
    return [(images[some], mg.onehotbatch(numbers[some] % 2, range(2)))] * 40


def moved(before, after):
    """How far the weights of each layer have moved."""
    pairs = zip(before.layers, after.layers, strict=True)
    return [round(float(np.linalg.norm(b.weight - a.weight)), 3) for a, b in pairs]


def fine_tune_with_bugs(model, loss, data, eta):
    """First the head alone, then everything: that was the plan."""
    opt_state = mg.setup(mg.Adam(eta), model)
    for layer in opt_state.layers[:-1]:
        mg.freeze_(layer)
    start = deepcopy(model)
    mg.train_(loss, model, data, mg.setup(mg.Adam(eta), model), progress=False)
    print("in phase 1 the layers have moved by", moved(start, model))
    middle = deepcopy(model)
    for layer in opt_state.layers[:-1]:
        mg.adjust_(layer, eta / 10)
    mg.train_(loss, model, data, opt_state, progress=False)
    print("in phase 2 the layers have moved by", moved(middle, model))
    return opt_state


_ = fine_tune_with_bugs(with_new_head(), loss, labelled(), 0.02)

# %% [markdown]
# ### Exercise 09.3 Fine-tune
#
# Write it as it should be. `data` is a list of batches, and each phase goes over all of
# them once. The rule is `mg.Adam(eta)`; in the second phase, all layers but the last
# have the rate `eta / 10`. What Adam remembers of the head in phase 1, it still knows in
# phase 2. Return the state tree.


# %%
def fine_tune(model, loss, data, eta):
    """First the last layer alone, then everything; returns the state tree."""
    ### BEGIN SOLUTION
    opt_state = mg.setup(mg.Adam(eta), model)
    for layer in opt_state.layers[:-1]:
        mg.freeze_(layer)
    mg.train_(loss, model, data, opt_state, progress=False)
    for layer in opt_state.layers[:-1]:
        mg.thaw_(layer)
        mg.adjust_(layer, eta / 10)
    mg.train_(loss, model, data, opt_state, progress=False)
    return opt_state
    ### END SOLUTION


# %%
check("09.3", fine_tune)

# %% [markdown] tags=["solution"]
# *The bugs.* (1) The first phase is trained with another tree, made on the spot, in
# which nothing is frozen: the body moves in phase 1. What is frozen is a property of
# the state tree, and this was the wrong one. (2) Before the second phase, the rate is
# adjusted, but nothing is thawed: the body rests in phase 2.

# %%
if solved("09.3"):

    def at_once(model, loss, data, eta):
        mg.train_(loss, model, data * 2, mg.setup(mg.Adam(eta), model), progress=False)

    def from_nothing(model, loss, data, eta):
        for k, layer in enumerate(model.layers):
            layer.weight[...] = mg.nn.glorot_uniform(*layer.weight.shape, rng=k)
            layer.bias[...] = 0
        at_once(model, loss, data, eta)

    for method in (from_nothing, at_once, fine_tune):
        shares = []
        for seed in range(4):
            model = with_new_head(seed)
            method(model, loss, labelled(seed), 0.02)
            shares.append(np.mean(mg.onecold(model(unseen)) == unseen_numbers % 2))
        print(
            f"{method.__name__:<13} {np.mean(shares):.1%} right, a mean of four draws"
        )

# %% [markdown]
# ## 5 A schedule is a function of the step
#
# Large steps at first, when the way is long; small ones in the end, when it is about
# details. And at the very beginning smaller ones again, since nothing is yet known of
# the landscape, and Adam's memory is empty. A **schedule** is a function from the step,
# 1, 2, 3, …, to the learning rate. There are many (`minigrad.optimise.schedules`):

# %%
schedules = mg.optimise.schedules
every = range(1, 101)
fig, ax = plt.subplots()
for schedule, style in (
    (schedules.Step(0.1, 0.5, 25), "-"),
    (schedules.Exp(0.1, 0.97), "-"),
    (schedules.CosAnneal(0.0, 0.1, 50), "--"),
    (schedules.OneCycle(100, 0.1), "-"),
):
    name = type(schedule).__name__
    ax.plot(every, [schedule(t) for t in every], style, label=name)
ax.set(xlabel="step", ylabel="learning rate")
ax.legend()
plt.show()

# %% [markdown]
# ### Exercise 09.4 Warm up, then cool down
#
# The schedule that most large models are trained with. In the steps 1 to `warm` it
# rises in a straight line, and reaches `top` in step `warm`; it would have been 0 in
# step 0. After that it falls along half a wave of the cosine,
#
# $$ \eta_t = \frac{\text{top}}{2} \left( 1 + \cos \left( \pi \,
# \frac{t - \text{warm}}{\text{steps} - \text{warm}} \right) \right), $$
#
# to 0 in step `steps`, and stays there.


# %%
def warmup_cosine(t, top, warm, steps):
    """The learning rate in step t, which is counted from 1."""
    ### BEGIN SOLUTION
    if t <= warm:
        return top * t / warm
    if t >= steps:
        return 0.0
    return top / 2 * (1 + np.cos(np.pi * (t - warm) / (steps - warm)))
    ### END SOLUTION


# %%
check("09.4", warmup_cosine)

# %% [markdown]
# ## 6 Which rate at all?
#
# One short run finds out (Smith, 2017). Begin with a rate that is far too small, and
# make it a little larger in every step. At first the loss stays where it is. Then it
# falls, faster and faster. Then the rate is too large, and the loss explodes. That is
# the end of the run, and of the model; so use a copy.
#
# ### Exercise 09.5 The finder
#
# For each rate in `rates`, in order: take the next of `batches` (a list; after its end
# begin again, `batches[k % len(batches)]`), compute the loss and the gradient, and make
# a step of `mg.Adam` with this rate. One state tree serves for all of the run;
# `mg.adjust_` changes its rate. Stop *before* the update if the loss is not finite, or
# more than four times the smallest so far. Return all losses that were computed, as a
# list of floats. `model` itself must stay as it is.


# %%
def losses_by_rate(model, loss, batches, rates):
    """The loss with each rate, until it is too large; one step with each."""
    ### BEGIN SOLUTION
    model = deepcopy(model)
    opt_state = mg.setup(mg.Adam(), model)
    found = []
    for k, rate in enumerate(rates):
        x, y = batches[k % len(batches)]
        value, grads = mg.withgradient(lambda m: loss(m, x, y), model)
        found.append(float(value))
        if not np.isfinite(value) or value > 4 * min(found):
            break
        mg.adjust_(opt_state, float(rate))
        mg.update_(opt_state, model, grads[0])
    return found
    ### END SOLUTION


# %%
check("09.5", losses_by_rate)

# %% [markdown]
# How is the curve read? *Not* at its lowest point: there the rate is already at the
# edge. The usual advice is a tenth of it, where the loss falls fastest. (In minigrad:
# `mg.learner.lrfind`.)

# %%
rates = np.geomspace(1e-5, 10, 100)
if solved("09.5"):
    dealt = [b for _ in range(5) for b in batches]
    found = losses_by_rate(new_network(), loss, dealt, rates)
    edge = rates[np.argmin(found)]
    fig, ax = plt.subplots()
    ax.semilogx(rates[: len(found)], found)
    ax.axvline(edge, color="black", ls=":", lw=1)
    ax.axvline(edge / 10, color="#009E73", ls="--", lw=1)
    ax.text(edge * 1.1, 1.5, "the edge", fontsize=9)
    ax.text(edge / 11, 0.3, "a tenth of it", fontsize=9, ha="right", color="#009E73")
    ax.set(xlabel="learning rate", ylabel="loss", ylim=(0, 3))
    print(f"lowest at {edge:.3g}; a tenth of it is {edge / 10:.3g}")

# %% [markdown]
# Now let us put two things together. `mg.Scheduler(rule, eta=schedule)` is a rule whose
# rate follows a schedule. The digits are trained for ten epochs: with a tenth of the
# edge, with the rate *at* the edge, and with a schedule that goes up to the edge, and
# down again.

# %%
if solved("09.4", "09.5"):
    steps = 10 * len(batches)
    fig, ax = plt.subplots()
    for name, schedule in (
        ("constant, a tenth of the edge", lambda t: edge / 10),
        ("constant, at the edge", lambda t: edge),
        ("schedule", lambda t: warmup_cosine(t, edge, steps // 5, steps + 1)),
    ):
        network = new_network()
        opt_state = mg.setup(mg.Scheduler(mg.Adam(), eta=schedule), network)
        data = mg.DataLoader((images, targets), batchsize=64, shuffle=True, rng=0)
        history = []
        for _ in range(10):
            mg.train_(loss, network, data, opt_state, progress=False)
            history.append(float(loss(network, images, targets)))
        right = np.mean(mg.onecold(network(unseen)) == unseen_numbers)
        ax.semilogy(range(1, 11), history, "o-", ms=4, label=f"{name}: {right:.1%}")
    ax.set(
        xlabel="epoch", ylabel="loss", title="In the legend: unseen digits recognised"
    )
    ax.legend()

# %% [markdown]
# At the edge, the loss goes down fast, and then it jumps from wall to wall. With the
# schedule, the same rate does the rough work, and its decline the fine work: a schedule
# makes rates usable that would be too large without one.

# %% [markdown]
# **What is still missing.** A warm-up, a freeze after some steps, an early stop, a file
# in case of a power cut: with each of them the loop grows, until nobody can read it.
# Notebook 10 takes it apart into events, to which everything else is attached.

# %% [markdown]
# **Compare with other frameworks.** The same words do not mean the same:
#
# | | penalty, scaled by Adam | decay past Adam | clip the whole | clip each array |
# |---|---|---|---|---|
# | minigrad | `OptimiserChain(WeightDecay(l), Adam())` | `AdamW(lambda_=l)` | `ClipGlobalNorm` | `ClipNorm` |
# | Flux | `OptimiserChain(WeightDecay(l), Adam())` | `AdamW` | | `ClipNorm` |
# | PyTorch | `Adam(weight_decay=l)` | `AdamW(weight_decay=l)` | `clip_grad_norm_` | |
# | optax | `chain(add_decayed_weights(l), adam(r))` | `adamw` | `clip_by_global_norm` | |
# | Keras | a `kernel_regularizer` | `Adam(weight_decay=l)` | `global_clipnorm` | `clipnorm` |
#
# Compare the two lines with `Adam(weight_decay=l)`. In PyTorch, layers are frozen by
# `requires_grad_(False)`, in Keras by `layer.trainable = False`, in Flux as here, by
# `freeze!` in the state tree.

# %% [markdown]
# ## Recap
#
# 1. An L2 penalty and weight decay are the same for **(a)** plain descent, **(b)** Adam,
#    **(c)** every rule.
# 2. The direction of a gradient is kept by **(a)** `ClipGrad`, **(b)** `ClipNorm`,
#    **(c)** `ClipGlobalNorm`.
# 3. What is frozen is recorded in **(a)** the model, **(b)** the state tree, **(c)** the
#    gradient.
# 4. In the first phase of fine-tuning the body is frozen, since **(a)** it saves memory,
#    **(b)** a random head has nothing sensible to tell it, **(c)** its gradients are
#    `None`.
# 5. The curve of a finder is lowest at 0.1. A good constant rate is about **(a)** 0.1,
#    **(b)** 1, **(c)** 0.01.

# %%
recap = "acbbc"  ### SOLUTION

# %%
check("09.recap", recap)

# %% [markdown]
# ## Challenge
#
# Is a decay of any use? Train the digits with 100 of the training images only, with
# `mg.AdamW(0.01, lambda_=l)` for `l` from 0.001 to 10, and draw the accuracy on the
# unseen images and the norm of all weights. Then decay only the weights, and not the
# biases: `mg.adjust_(opt_state, lambda_=0.0, where=lambda path, x: path[-1] == "bias")`.
# Does it make a difference? Last, give every layer a rate of its own, the smaller the
# nearer it is to the input, and fine-tune again.

# %%
# Your experiment.

# %%
progress("09")
