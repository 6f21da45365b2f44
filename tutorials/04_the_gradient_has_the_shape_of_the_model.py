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
# # 04 · The gradient has the shape of the model
#
# Notebook 03 ended with four arrays going in and four gradients coming out, in the same
# order, by our own care. A real model has hundreds of arrays, in layers, in blocks, in
# lists of blocks. Who keeps track of which gradient belongs to which array?
#
# Nobody has to. If a model is a tree, its gradient is a tree of the same shape, with
# the same names. You look a gradient up where you would look the parameter up. This
# notebook shows how much follows from that one decision.
#
# **What you will be able to do**
#
# * read, print and take apart the gradient of any model;
# * write `tree_map`, and with it a step of training and gradient clipping in a line
#   each;
# * tell three things apart that look alike: a gradient, a gradient of zero, and `None`;
# * find out why a part of a model never learns;
# * handle a weight that is used in two places;
# * read the older style, in which a gradient is a list, and find what goes wrong in it.
#
# Allow 40 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.course import pictures

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 A model is a tree
#
# Here is a small model: two layers in a chain. Printed, it is a tree already: a chain
# that holds layers that hold arrays.

# %%
model = mg.Chain(mg.Dense(2, 3, mg.tanh, rng=1), mg.Dense(3, 1, rng=2))
model

# %% [markdown]
# `mg.children` takes anything apart by one level: it gives the parts by name. What has
# no parts is called a **leaf**: arrays, numbers, functions. Nothing else is needed to
# walk over a model, and it works for lists, tuples and dicts as well.

# %%
print(mg.children(model))
print(mg.children(model.layers[1]))
print(mg.children({"scale": 2.0, "pair": (1, 2)}))

# %% [markdown]
# And this is its gradient, for a loss on three samples. (`mg.gradient` returns a tuple
# with one entry for each argument. There is one argument, so we take `[0]`.)

# %%
x = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0]], np.float32)
y = np.array([[1.0], [0.0], [-1.0]], np.float32)


def loss(m):
    """The mean square error of a model on three samples."""
    return mg.mse(m(x), y)


gradient = mg.gradient(loss, model)[0]
gradient

# %% [markdown]
# The gradient has the field names of the model, all the way down. Where the model has
# `model.layers[0].weight`, the gradient has `gradient.layers[0].weight`, and the latter
# has the shape of the former. For the activation, a function, there is no gradient: it
# says `None`. In the picture, a box is the darker the larger the norm of its gradient,
# and grey where there is none.

# %%
print("parameter: ", model.layers[0].weight[1, 0])
print("gradient:  ", gradient.layers[0].weight[1, 0])

# %%
pictures.trees(model, gradient)
plt.show()

# %% [markdown]
# ## 2 One function for everything
#
# What can one do with two trees of the same shape? Walk over both at once. The one
# function that this takes has many names (`fmap` in Flux and in minigrad, `tree.map` in
# JAX). Writing it once teaches more than reading about it.
#
# ### Exercise 04.1 The map of trees
#
# Return a tree of the same structure in which each leaf is `f(leaf)`. With further
# trees, `f` gets the leaves that stand in the same place: `f(leaf, *others_there)`.
# Trees are made of dicts, lists and tuples; all else is a leaf. One leaf is special:
# where the first tree says `None`, the result says `None` too, and `f` is not called.


# %%
def tree_map(f, tree, *others):
    """The tree of f(leaf, ...) for the leaves of one tree, or of several at once."""
    ### BEGIN SOLUTION
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {k: tree_map(f, tree[k], *(o[k] for o in others)) for k in tree}
    if isinstance(tree, list | tuple):
        parts = zip(tree, *others, strict=True)
        return type(tree)(tree_map(f, *there) for there in parts)
    return f(tree, *others)
    ### END SOLUTION


# %%
check("04.1", tree_map)

# %% [markdown]
# That is the whole of gradient descent, for every model there will ever be:

# %%
if solved("04.1"):
    small = {"weight": np.array([2.0, -1.0]), "bias": 0.5, "name": None}
    distance = lambda m: np.sum((m["weight"] - 3.0) ** 2) + (m["bias"] - 1.0) ** 2
    for _ in range(50):
        slopes = mg.gradient(distance, small)[0]
        step = lambda value, slope: value - 0.1 * slope
        small = tree_map(step, small, slopes)
    print(small)

# %% [markdown]
# ### Exercise 04.2 Clip it
#
# When a loss has a cliff, one enormous gradient can throw a model out of the valley
# where it was. The usual remedy: if the **norm of the whole gradient**, the root of the
# sum of the squares of all numbers in all of its arrays, is larger than `most`, scale
# the whole gradient down so that its norm is `most`. Not array by array: the direction
# must stay as it is.
#
# The gradient is a tree of arrays, numbers and `None`. Your `tree_map` can do the
# scaling. For the norm you need to collect the leaves; `tree_map` with a function that
# appends to a list will do that, too.


# %%
def clip(gradient, most):
    """The gradient, scaled to the norm `most` if it has a larger one."""
    ### BEGIN SOLUTION
    squares = []
    tree_map(lambda g: squares.append(np.sum(np.square(g))), gradient)
    norm = np.sqrt(sum(squares))
    if norm <= most:
        return gradient
    return tree_map(lambda g: g * (most / norm), gradient)
    ### END SOLUTION


# %%
check("04.2", clip)

# %% [markdown]
# ## 3 None is not zero
#
# **Predict before you run.** A gradient of zero says: *this was used, and nudging it
# changes nothing.* `None` says: *no gradient arrived here*, because the loss does not
# use it, or because it is not something that one can nudge. Five losses; what will be
# at the place in question?
#
# 1. `{"w": np.ones(3), "b": np.ones(3)}`, the loss is `np.sum(m["w"] * 2)`. At `b`?
# 2. `{"w": np.ones(3)}`, the loss is `np.sum(m["w"] * 0)`. At `w`?
# 3. `{"w": np.ones(3), "n": np.arange(3)}`, the loss is `np.sum(m["w"] * m["n"])`. At
#    `n`?
# 4. `{"w": np.array([-1.0, -2.0])}`, the loss is `np.sum(mg.relu(m["w"]))`. At `w`?
# 5. `{"w": np.ones(3), "s": 2.0}`, the loss is `np.sum(m["w"] * m["s"])`. At `s`?
#
# ### Exercise 04.3 Number, zero or None
#
# Write a letter for each: `n` for None, `z` for an array of zeros, `g` for a gradient
# with other numbers in it, as in `"zzgng"`. Check first; then run the cell below.

# %%
predictions = "nznzg"  ### SOLUTION

# %%
check("04.3", predictions)

# %%
ones = np.ones(3)
losses = (
    ("b", lambda m: np.sum(m["w"] * 2), {"w": ones, "b": ones}),
    ("w", lambda m: np.sum(m["w"] * 0), {"w": ones}),
    ("n", lambda m: np.sum(m["w"] * m["n"]), {"w": ones, "n": np.arange(3)}),
    ("w", lambda m: np.sum(mg.relu(m["w"])), {"w": np.array([-1.0, -2.0])}),
    ("s", lambda m: np.sum(m["w"] * m["s"]), {"w": ones, "s": 2.0}),
)
if solved("04.3"):
    for number, (name, f, m) in enumerate(losses, 1):
        print(f"{number}. at {name}: {mg.gradient(f, m)[0]}")

# %% [markdown]
# The difference matters when something goes wrong. The fourth case is a *dead relu*: it
# is used, it gets zeros, and no amount of training will wake it up; the remedy is
# another initialisation. In the first case, the model has an array that the loss never
# uses: the remedy is to correct the program. A framework that says 0 for both hides the
# difference.

# %% [markdown]
# ## 4 A bug: parts that never learn
#
# The model below multiplies the features of its hidden layer by trained factors, and
# shifts its result by a trained number. At least, that was the plan. It runs, its loss
# goes down, and nobody complains. But three of its parts never change. Look at what is
# printed: which, and why? (One of the three is not in the table at all.)


# %%
class ScaleWithABug:
    """Multiplies each feature by a factor."""

    def __init__(self, n):
        self.factor = np.ones(n, np.float32)

    def __call__(self, x):
        return x * self.factor


@mg.functor
class NetWithABug:
    """Two layers, with factors between them and a shift at the end."""

    def __init__(self):
        self.first = mg.Dense(2, 8, mg.tanh, rng=0)
        self.scale = ScaleWithABug(8)
        self.second = mg.Dense(8, 1, rng=1)
        self.gain = np.ones(1, np.float32)
        self.shift = np.zeros(1, int)

    def __call__(self, x):
        y = self.second(self.scale(self.first(x))) + self.shift
        y * self.gain
        return y


net = NetWithABug()
mg.explain(mg.gradient(loss, net)[0], net, loss)

# %% [markdown]
# ### Exercise 04.4 Parts that learn
#
# Write both classes as they should be, the second of them with the same field names:
# `first`, `scale`, `second`, `gain`, `shift`. The result is to be the gain times (the
# second layer, plus the shift).


# %%
Net = ...  # In place of this line, both classes as they should be.


# %% tags=["solution"]
@mg.functor
class Scale:
    """Multiplies each feature by a factor."""

    def __init__(self, n):
        self.factor = np.ones(n, np.float32)

    def __call__(self, x):
        return x * self.factor


@mg.functor
class Net:
    """Two layers, with factors between them, a shift and a gain at the end."""

    def __init__(self):
        self.first = mg.Dense(2, 8, mg.tanh, rng=0)
        self.scale = Scale(8)
        self.second = mg.Dense(8, 1, rng=1)
        self.gain = np.ones(1, np.float32)
        self.shift = np.zeros(1, np.float32)

    def __call__(self, x):
        y = self.second(self.scale(self.first(x))) + self.shift
        return y * self.gain


# %%
check("04.4", Net)

# %%
if solved("04.4"):
    net = Net()
    pictures.trees(net, mg.gradient(loss, net)[0])

# %% [markdown]
# ## 5 One weight in two places
#
# An autoencoder squeezes its input through a narrow layer and restores it. A classic
# trick is to use one matrix for both ways: `W` to encode, its transpose to decode. The
# weights are **tied**. What is the gradient of a weight that is used twice?
#
# Notebook 02 has the answer: along two paths, contributions add. So differentiate as if
# there were two independent matrices, an encoder $E$ and a decoder $D$, and then use
# that both are made of the same numbers: $E = W$ and $D = W^T$.
#
# ### Exercise 04.5 Tied weights
#
# `loss(E, D)` is any loss of two matrices. Return the gradient of `loss(W, W.T)`
# towards `W`, by *one* call of `mg.gradient(loss, ...)` with two arguments. What does
# the gradient of `D` mean for `W`?


# %%
def tied_gradient(loss, W):
    """The gradient of loss(W, W.T) towards W, from those of loss(E, D)."""
    ### BEGIN SOLUTION
    towards_E, towards_D = mg.gradient(loss, W, W.T)
    return towards_E + towards_D.T
    ### END SOLUTION


# %%
check("04.5", tied_gradient)

# %% [markdown]
# minigrad recognises a tie by identity: the same array in two places of a model, or a
# transposed view of it, is one parameter. It has one entry in the state of the
# optimiser, and the gradients of all of its places are added before the step. So the
# tie survives training:

# %%
W = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32) / 3
tied = {"encoder": W, "decoder": W.T}
faces = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
restore = lambda m: mg.mse(faces @ m["encoder"].T @ m["decoder"].T, faces)

state = mg.setup(mg.Descent(0.2), tied)
print("one entry:", state["encoder"] is state["decoder"])
for _ in range(100):
    mg.update_(state, tied, mg.gradient(restore, tied)[0])
print("loss:", float(restore(tied)))
print("still tied:", np.array_equal(tied["encoder"], tied["decoder"].T))

# %% [markdown]
# ## 6 The other style: implicit
#
# A gradient in the shape of the model, of a function *of the model*: this style is called
# **explicit**. Most frameworks began with the **implicit** one. There, one makes a list
# of arrays, the loss takes no model but finds it in its surroundings, and the gradient is
# a table with an entry for each array in the list. The optimiser, too, knows nothing of
# models: what it remembers of an array is in the optimiser. Flux had this style until
# 2022, and `minigrad.legacy` still has it.
#
# Here is one training twice. Its loss has a penalty for large weights, and its rule,
# `Momentum`, remembers a part of the last step (more on that in notebook 05). The second
# has three bugs. None of them raises an error, and the loss falls all the same, at first
# even faster.

# %%
from minigrad import legacy

legacy.allow_deprecated()  # each old name would say once that it is deprecated


def train_explicit(model, x, y, steps):
    """Train a model with a penalty: the loss is a function of the model."""
    state = mg.setup(mg.Momentum(0.05), model)

    def objective(m):
        penalty = sum(np.sum(p**2) for p in mg.trainables(m))
        return mg.mse(m(x), y) + 0.01 * penalty

    for _ in range(steps):
        mg.update_(state, model, mg.gradient(objective, model)[0])


def train_with_three_bugs(model, x, y, steps):
    """The same, in the implicit style: the loss finds the model by itself."""
    ps = legacy.params(model.layers[0])
    penalty = sum(np.sum(p**2) for p in ps)
    for _ in range(steps):
        optimiser = legacy.Momentum(0.05)
        gs = legacy.gradient(lambda: mg.mse(model(x), y) + 0.01 * penalty, ps)
        legacy.update_(optimiser, ps, gs)


def curve(train, counts=range(0, 81, 5)):
    """The error of a new model after so many steps."""
    errors = []
    for steps in counts:
        m = mg.Chain(mg.Dense(2, 8, mg.tanh, rng=1), mg.Dense(8, 1, rng=2))
        train(m, x, y, steps)
        errors.append(float(mg.mse(m(x), y)))
    return list(counts), errors


fig, ax = plt.subplots()
ax.plot(*curve(train_explicit), label="explicit")
ax.plot(*curve(train_with_three_bugs), "--", label="implicit, with three bugs")
ax.set(xlabel="steps", ylabel="error", yscale="log")
ax.legend()
plt.show()

# %% [markdown]
# ### Exercise 04.6 Three bugs
#
# Write the implicit training as it should be: it leaves the model with the parameters
# that `train_explicit` leaves it with. Ask of each line: which arrays does it speak of?
# Is it a part of what is differentiated? And how long does what it makes live?


# %%
def train_implicit(model, x, y, steps):
    """Train a model with a penalty: the loss finds the model by itself."""
    ### BEGIN SOLUTION
    ps = legacy.params(model)
    optimiser = legacy.Momentum(0.05)

    def objective():
        penalty = sum(np.sum(p**2) for p in ps)
        return mg.mse(model(x), y) + 0.01 * penalty

    for _ in range(steps):
        gs = legacy.gradient(objective, ps)
        legacy.update_(optimiser, ps, gs)
    ### END SOLUTION


# %%
check("04.6", train_implicit)

# %%
if solved("04.6"):
    fig, ax = plt.subplots()
    ax.plot(*curve(train_explicit), linewidth=5, alpha=0.4, label="explicit")
    ax.plot(*curve(train_implicit), label="implicit")
    ax.set(xlabel="steps", ylabel="error", yscale="log")
    ax.legend()
    plt.show()

# %% [markdown]
# Each bug has its counterpart in the explicit style, and each is harder to make there.
# Nobody lists arrays, so none can be forgotten. What is not computed from the model that
# the loss was given is a constant, and `mg.explain` says so. And the memory is a tree
# that looks like the model, made once by `setup`, instead of hidden in an optimiser.
# What speaks for the implicit style: for a few loose arrays, it is shorter. The
# documentation compares both, situation by situation, on the page *Implicit or explicit*.

# %% [markdown]
# **What is still missing.** A step against the gradient, with a fixed length, is the
# simplest of all ways down, and rarely a good one. `setup`, `update_` and the state, of
# which you have just had a glimpse, are the subject of notebook 05.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | where gradients are | what was not used | a weight in two places |
# |---|---|---|---|
# | minigrad | returned, a tree in the shape of the model | `None` | the same array is one parameter |
# | Flux (Zygote) | returned, nested named tuples | `nothing` | the same array is one parameter |
# | JAX | returned, a tree of the same type | zeros | not by identity: you tie them in the function |
# | PyTorch | stored, in `parameter.grad`, until you clear them | `None`, later perhaps stale numbers | the same `Parameter`, whose `.grad` collects both |
#
# Stored gradients are why a PyTorch loop says `optimizer.zero_grad()`, and why
# forgetting it trains on the sum of all gradients so far. A gradient that is returned
# cannot be stale.

# %% [markdown]
# ## Recap
#
# 1. `model.layers[3].bias` has the shape (10,). Then
#    `mg.gradient(loss, model)[0].layers[3].bias` is **(a)** an array of shape (10,), or
#    None; **(b)** always an array of shape (10,); **(c)** a number.
# 2. `tree_map(f, model, gradient)` calls `f` **(a)** once for each layer, **(b)** with
#    each leaf of the model and the leaf of the gradient in the same place, **(c)** with
#    each leaf of the model and the whole gradient.
# 3. A gradient is clipped by the norm of the whole gradient. What stays the same?
#    **(a)** its norm, **(b)** the largest number, **(c)** its direction.
# 4. The gradient of an array is `None` after every step, although the loss uses the
#    array. The likeliest reason: **(a)** its slope is 0, **(b)** the learning rate is
#    too small, **(c)** it is an array of integers.
# 5. You tie two weights. The gradient of the one parameter is **(a)** the mean of the
#    two, **(b)** the sum of the two, **(c)** that of the place which was used last.

# %%
recap = "abccb"  ### SOLUTION

# %%
check("04.recap", recap)

# %% [markdown]
# ## Challenge
#
# Your `tree_map` stops at objects: for it, `mg.Chain(...)` is a leaf. With
# `mg.children(x)` and `mg.rebuild(x, new)` (its opposite) it can walk over everything,
# in fewer lines than it has now, since these two know about dicts, lists and tuples
# too. Write it. Then write `paths(tree)`, a dict from names such as
# `"layers[0].weight"` to leaves, and print the ten largest gradients of a model by
# name.

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 05: what to do with a gradient. Five answers, from one line
# to Adam.

# %%
progress("04")
