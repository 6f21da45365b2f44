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
# # 06 · The training loop, un-magicked
#
# A gradient in the shape of the model (notebook 04), and a rule with its state
# (notebook 05): all that is missing is a loop. Frameworks hide it behind `fit` or
# `train`, and many people who use them every day have never seen what is in there. It
# is three lines. The difficulty is around them: in the batches, in the shapes, in what
# is done once and what is done every time. Mistakes made there raise no error. The loss
# goes down, only not as far as it should.
#
# **What you will be able to do**
#
# * write the training loop, equal to the library's to the last bit;
# * cut data into shuffled batches without separating what belongs together;
# * recognise the most expensive broadcast in machine learning;
# * find three bugs in a loop that runs;
# * keep the test set out of the training, also in its preparation.
#
# Allow 40 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved

plt.style.use("minigrad.course.look")
mg.seed(0)

# %% [markdown]
# ## 1 Something to learn
#
# Two hundred points along a wave, with noise. The network has one hidden layer of 32
# neurons. Before training, its weights are random, and so is its curve.

# %%
rng = np.random.default_rng(0)
x = rng.uniform(-2, 2, (200, 1)).astype(np.float32)
y = np.sin(2 * x) + 0.3 * x + 0.15 * rng.normal(size=x.shape).astype(np.float32)


def new_model():
    """A network with 97 random parameters, the same every time."""
    return mg.Chain(mg.Dense(1, 32, mg.tanh, rng=1), mg.Dense(32, 1, rng=2))


def curve(model):
    """The places and values of a model from -2 to 2."""
    places = np.linspace(-2, 2, 200, dtype=np.float32)[:, None]
    return places[:, 0], model(places)[:, 0]


fig, ax = plt.subplots()
ax.plot(x, y, ".", color="#999", label="data")
ax.plot(*curve(new_model()), label="before training")
ax.set(xlabel="x", ylabel="y")
ax.legend()
plt.show()

# %% [markdown]
# ## 2 Three lines
#
# One **step** of training takes one batch of data. It computes the loss of the model on
# the batch and its gradient, and lets the rule update the model:
#
# * `loss, grads = mg.withgradient(f, model)` returns the value of `f(model)` together
#   with the tuple of gradients, one for each argument: here `grads[0]`.
# * `mg.update_(opt_state, model, grad)` changes the model and the state of the rule in
#   place. (In minigrad, a name that ends in `_` changes its argument.)
#
# ### Exercise 06.1 Train
#
# Write the loop over `data`, an iterable of pairs `(x, y)`. `loss(model, x, y)` returns
# a number. Return the losses, as a list of floats.


# %%
def train(loss, model, data, opt_state):
    """An update of the model for each pair in data; returns the losses."""
    losses = []
    ### BEGIN SOLUTION
    for x, y in data:
        value, grads = mg.withgradient(lambda m: loss(m, x, y), model)
        mg.update_(opt_state, model, grads[0])
        losses.append(float(value))
    ### END SOLUTION
    return losses


# %%
check("06.1", train)

# %% [markdown]
# That is `mg.train_`, but for what it does to help you when something is wrong: it
# checks its arguments, stops *before* an update that would fill the model with NaN, and
# shows a progress bar if it takes long. Your loop and the library's, side by side:

# %%
error = lambda m, x, y: mg.mse(m(x), y)

if solved("06.1"):
    ours, theirs = new_model(), new_model()
    train(error, ours, [(x, y)] * 50, mg.setup(mg.Adam(0.01), ours))
    mg.train_(error, theirs, [(x, y)] * 50, mg.setup(mg.Adam(0.01), theirs))
    same = np.array_equal(ours.layers[0].weight, theirs.layers[0].weight)
    print("equal to the last bit:", same)

# %% [markdown]
# ## 3 Batches
#
# A step with all the data is expensive, and its gradient is more precise than it need
# be: the next step will need another one anyway. So one takes a small batch at a time.
# A pass over all batches is an **epoch**. In every epoch the samples are dealt out
# anew, so that the model does not see the same company each time.
#
# ### Exercise 06.2 Deal them out
#
# Yield pairs `(x_batch, y_batch)` of at most `size` samples, in a random order, until
# each sample has been dealt once. The last batch may be smaller. `rng.permutation(n)`
# is a random order of the numbers below n.


# %%
def batches(x, y, size, rng):
    """Shuffled batches (x, y), each sample once."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]
    ### END SOLUTION


# %%
check("06.2", batches)

# %% [markdown]
# (In minigrad: `mg.DataLoader((x, y), batchsize=32, shuffle=True)`.) Now it can be
# trained. The curves are snapshots, from light to dark.

# %%
if solved("06.1", "06.2"):
    model, shuffler = new_model(), np.random.default_rng(2)
    opt_state = mg.setup(mg.Adam(0.01), model)
    history, snapshots = [], {}
    for epoch in range(1, 101):
        losses = train(error, model, batches(x, y, 32, shuffler), opt_state)
        history.append(np.mean(losses))
        if epoch in (1, 10, 25, 40, 100):
            snapshots[epoch] = curve(model)

    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.semilogy(range(1, 101), history)
    left.axhline(0.15**2, color="black", ls=":", lw=1)
    left.text(3, 0.15**2 * 1.05, "the noise: 0.15²", fontsize=9)
    left.set(xlabel="epoch", ylabel="mean loss", title="Loss")
    right.plot(x, y, ".", color="#bbb", ms=4)
    for shade, (epoch, line) in enumerate(snapshots.items(), 1):
        colour = plt.cm.Blues(0.25 + 0.15 * shade)
        right.plot(*line, color=colour, label=f"epoch {epoch}")
    right.set(xlabel="x", title="What it has learnt")
    right.legend(fontsize=8)

# %% [markdown]
# The loss comes to rest a little above the dotted line. It had better stay there: what
# is below is noise, and a model that explains noise has learnt something that is not
# so.

# %% [markdown]
# ## 4 The most expensive broadcast
#
# **Predict before you run.** Below is the same network with the same data. But the
# targets have the shape (200,) instead of (200, 1), as they have in most files, and the
# loss is written by hand. NumPy raises no error. What curve will the network have after
# training?
#
# 1. the same as before;
# 2. a flat line, at the mean of all targets;
# 3. a wild curve through nothing at all.

# %%
prediction = 2  ### SOLUTION

# %%
flat_targets = y[:, 0]
by_hand = lambda m, x, y: np.mean((m(x) - y) ** 2)

model = new_model()
opt_state = mg.setup(mg.Adam(0.01), model)
mg.train_(by_hand, model, [(x, flat_targets)] * 500, opt_state, progress=False)

fig, ax = plt.subplots()
ax.plot(x, y, ".", color="#999", label="data")
ax.plot(*curve(model), label="after 500 steps")
ax.set(xlabel="x", ylabel="y", title=f"You predicted: {prediction}")
ax.legend()
plt.show()
print("prediction minus target:", (model(x) - flat_targets).shape)

# %% [markdown]
# (200, 1) minus (200,) is (200, 200): notebook 03's column and row. *Every* prediction
# is compared with *every* target. The best answer to all targets at once is their mean,
# and the network finds it, with a loss that goes down in a perfectly healthy way. This
# has cost more working hours than any other line of code in machine learning. The loss
# functions of minigrad refuse it:

# %%
try:
    mg.mse(model(x), flat_targets)
except mg.ShapeError as refusal:
    print(refusal)

# %% [markdown]
# ### Exercise 06.3 A loss that refuses
#
# Write a mean square error that is as careful. If the shapes are not the same, raise a
# `ValueError` whose message names both shapes: whoever reads it should see at once what
# is the matter.


# %%
def mean_square(prediction, target):
    """The mean of the squares of prediction - target, which have the same shape."""
    ### BEGIN SOLUTION
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction {prediction.shape} and target {target.shape} should have the "
            f"same shape"
        )
    return np.mean((prediction - target) ** 2)
    ### END SOLUTION


# %%
check("06.3", mean_square)

# %% [markdown]
# ## 5 Three bugs in a loop that runs
#
# The function below was written in a hurry. It runs, no error is raised, and its losses
# are those of a hard problem, one might think. It has three bugs, and a fourth one in
# what it reports.


# %%
def fit_with_bugs(model, loss, rule, x, y, epochs, size, rng):
    """Train for some epochs; returns a list of the mean losses of the epochs."""
    history = []
    for _ in range(epochs):
        opt_state = mg.setup(rule, model)
        x, y = rng.permutation(x), rng.permutation(y)
        for start in range(0, len(x) - size, size):
            some_x, some_y = x[start : start + size], y[start : start + size]
            value, grads = mg.withgradient(lambda m: loss(m, some_x, some_y), model)
            mg.update_(opt_state, model, grads[0])
        history.append(float(value))
    return history


model = new_model()
found = fit_with_bugs(
    model, error, mg.Adam(0.01), x, y, 60, 32, np.random.default_rng(2)
)
print("the last losses:", *(round(loss, 2) for loss in found[-5:]))

# %% [markdown]
# ### Exercise 06.4 The same, as it should be
#
# What is done in each epoch that should be done once? What belongs together, and is
# separated? What is left out? And what is the mean loss of an epoch (the mean of the
# losses of its batches)? Use your own `train` and `batches`, or mend what is there.


# %%
def fit(model, loss, rule, x, y, epochs, size, rng):
    """Train for some epochs; returns a list of the mean losses of the epochs."""
    ### BEGIN SOLUTION
    opt_state = mg.setup(rule, model)
    history = []
    for _ in range(epochs):
        losses = train(loss, model, batches(x, y, size, rng), opt_state)
        history.append(float(np.mean(losses)))
    return history
    ### END SOLUTION


# %%
check("06.4", fit)

# %% [markdown] tags=["solution"]
# *The bugs.* (1) `setup` in every epoch throws away what Adam remembers, and starts its
# clock anew. (2) Two calls of `rng.permutation` are two different orders: after them,
# each `x` has the `y` of another sample. (This is the worst of them: nothing can be
# learnt but the mean of the targets, and the loss comes to rest at their variance.) (3)
# `range(0, len(x) - size, size)` stops before the last batch. (4) What is reported is
# the loss of the last batch alone.

# %%
if solved("06.1", "06.2", "06.4"):
    model = new_model()
    good = fit(model, error, mg.Adam(0.01), x, y, 60, 32, np.random.default_rng(2))
    fig, ax = plt.subplots()
    ax.semilogy(found, label="with bugs")
    ax.semilogy(good, label="without")
    ax.set(xlabel="epoch", ylabel="loss", title="Both run")
    ax.legend()

# %% [markdown]
# Some mistakes one need not look for, because they are refused. Three that are made
# every day, and what minigrad has to say about them:

# %%
model = new_model()
opt_state = mg.setup(mg.Adam(0.01), model)
grads = mg.gradient(lambda m: error(m, x, y), model)
mistakes = (
    (
        "the arguments in another order",
        lambda: mg.train_(model, error, [(x, y)], opt_state),
    ),
    (
        "the tuple of gradients, not its entry",
        lambda: mg.update_(opt_state, model, grads),
    ),
    ("the rule in place of the state", lambda: mg.update_(mg.Adam(), model, grads[0])),
)
for what, attempt in mistakes:
    try:
        attempt()
    except Exception as refusal:
        print(f"{what}:\n    {refusal}\n")

# %% [markdown]
# ## 6 What the model must not know
#
# How good is a model? That is decided on data that it has never seen, the **test set**.
# It is astonishingly easy to let the model see it all the same. The commonest leak is
# in the preparation: features of very different sizes are brought to mean 0 and
# standard deviation 1 before training, and the mean is taken over *all* the data. Then
# every training sample has been touched by the test set.
#
# ### Exercise 06.5 Standardise without a leak
#
# Subtract a mean from each column and divide by a standard deviation, in both sets by
# the *same* numbers, which come from the training set alone. A column that is constant
# in the training set has the standard deviation 0: subtract its mean, and leave it at
# that.


# %%
def standardise(train_x, test_x):
    """Both sets, scaled by the mean and standard deviation of the first."""
    ### BEGIN SOLUTION
    mean, spread = train_x.mean(axis=0), train_x.std(axis=0)
    spread = np.where(spread > 0, spread, spread.dtype.type(1))
    return (train_x - mean) / spread, (test_x - mean) / spread
    ### END SOLUTION


# %%
check("06.5", standardise)

# %% [markdown]
# All together now, on real data: 178 wines from three growers, described by 13 chemical
# measurements. Without standardising, one column (proline, in the hundreds) drowns the
# others.

# %%
if solved("06.1", "06.2", "06.4", "06.5"):
    wine = mg.datasets.wine()
    order = np.random.default_rng(3).permutation(len(wine.features))
    learn, judge = order[:120], order[120:]
    learn_x, judge_x = wine.features[learn], wine.features[judge]
    targets = mg.onehotbatch(wine.targets, range(3))
    surprise = lambda m, x, y: mg.logitcrossentropy(m(x), y)
    for name, (a, b) in (
        ("as they are", (learn_x, judge_x)),
        ("standardised", standardise(learn_x, judge_x)),
    ):
        model = mg.Chain(mg.Dense(13, 16, mg.relu, rng=1), mg.Dense(16, 3, rng=2))
        rng = np.random.default_rng(4)
        fit(model, surprise, mg.Adam(0.01), a, targets[learn], 30, 16, rng)
        right = np.mean(mg.onecold(model(b)) == wine.targets[judge])
        print(f"{name}: {right:.0%} of {len(b)} unseen wines recognised")

# %% [markdown]
# **What is still missing.** The loss of the last example was called
# `logitcrossentropy`, and not simply "softmax, then logarithm". There is a reason:
# notebook 07 is about numbers that overflow.

# %% [markdown]
# **Compare with other frameworks.** The same step, five times:
#
# | | |
# |---|---|
# | minigrad | `value, grads = mg.withgradient(f, model); mg.update_(opt_state, model, grads[0])` |
# | Flux | `value, grads = Flux.withgradient(f, model); Flux.update!(opt_state, model, grads[1])` |
# | PyTorch | `optimizer.zero_grad(); value = f(model); value.backward(); optimizer.step()` |
# | JAX with optax | `value, grads = jax.value_and_grad(f)(params); updates, state = rule.update(grads, state); params = optax.apply_updates(params, updates)` |
# | Keras | `model.fit(x, y)`: the loop is in there |
#
# In PyTorch the gradients are stored in the parameters and added up until they are
# cleared. That is why a line of its own has to clear them, and why its absence is a bug
# that no error reports.

# %% [markdown]
# ## Recap
#
# 1. 1000 samples in batches of 32, for 10 epochs: how many updates? **(a)** 310,
#    **(b)** 320, **(c)** 10.
# 2. `mg.setup` is called **(a)** once for a training, **(b)** once for each epoch,
#    **(c)** once for each batch.
# 3. Predictions have the shape (64, 1), targets (64,). A loss written by hand
#    **(a)** raises an error, **(b)** is right, since both have 64 numbers,
#    **(c)** compares every prediction with every target.
# 4. The training loss is far below the noise of the data. The model **(a)** is
#    excellent, **(b)** has learnt the noise, **(c)** needs a larger learning rate.
# 5. The mean that the test set is standardised by comes from **(a)** the training set,
#    **(b)** the test set, **(c)** both, as there is more data then.

# %%
recap = "bacba"  ### SOLUTION

# %%
check("06.recap", recap)

# %% [markdown]
# ## Challenge
#
# Make the model overfit: take 15 of the 200 points, and train for 3000 epochs on all of
# them at once. Draw the loss on these 15 and that on the other 185, against the epoch.
# At which epoch should one have stopped? Write `fit_until`, which holds back a part of
# the data, watches the loss on it, and returns the model of the best epoch (a copy:
# `copy.deepcopy(model)`). How large must the part be that is held back to be of any
# use?

# %%
# Your experiment.

# %% [markdown]
# **Where next?** You have written a small framework by now: slopes, a tape, vjps,
# trees, rules, a loop. The notebooks that follow use minigrad's.

# %%
progress("06")
