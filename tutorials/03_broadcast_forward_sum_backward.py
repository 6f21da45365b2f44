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
# # 03 · Arrays: broadcast forward, sum backward
#
# The machine of notebook 02 handles one number at a time, with a slope on every edge.
# Real networks handle arrays. What is the "slope" of a product of two matrices? It
# would be an array with four axes and billions of numbers, nearly all of them zero.
# Nobody ever computes it. This notebook shows what is computed instead, for the handful
# of operations that networks are made of, and ends with the gradient of a whole network
# by hand.
#
# **What you will be able to do**
#
# * say what a vjp is, and test any vjp with two random arrays;
# * undo broadcasting: copying forward means summing backward, and the other way round;
# * derive the vjp of a matrix product from the shapes alone;
# * find out why a word that occurs twice is only learnt once;
# * write the gradient of softmax and cross-entropy in one line.
#
# Allow 40 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.course import pictures

plt.style.use("minigrad.course.look")
rng = np.random.default_rng(0)

# %% [markdown]
# ## 1 A slope that is never written down
#
# Let $y = f(x)$ be an operation on arrays, somewhere in the middle of a computation
# whose result is a single number $L$, the loss. Nudge $x$ by a small array $dx$. To
# first order $y$ changes by $dy = J\,dx$, where $J$ is the table of all slopes, the
# *Jacobian*. How does the loss change? If $g$ is the gradient of $L$ towards $y$ (an
# array in the shape of $y$, which has arrived from below), then by
#
# $$ dL = \langle g, dy \rangle = \langle g, J\,dx \rangle = \langle J^T g, dx \rangle, $$
#
# where $\langle a, b \rangle$ is the sum of the products of all their numbers. So the
# gradient towards $x$ is $J^T g$, in the shape of $x$. We never need $J$: only a
# function that turns $g$ into $J^T g$. It is called a **vjp**, for vector-Jacobian
# product. For instance, the sine acts on each number by itself, so its $J$ is diagonal,
# and its vjp is `g * np.cos(x)`: no matrix anywhere.
#
# The equation also hands us a test for any vjp, without knowing the right answer.
# Choose $g$ and $dx$ at random. Both sides of
# $\langle g, J\,dx \rangle = \langle J^T g, dx \rangle$ are plain numbers: the left one
# comes from nudging (notebook 01), the right one from the vjp. If they agree, the vjp
# is right, but for an improbable accident.
#
# ### Exercise 03.1 The dot-product test
#
# Return the two numbers. Compute $J\,dx$ as a central difference along the direction
# `dx`, with the step `h`. Arrays may have any shape, so multiply and sum:
# `np.sum(a * b)`.


# %%
def dot_test(f, vjp, x, g, dx, h=1e-6):
    """The numbers <g, J dx>, by a central difference, and <vjp(g, x), dx>."""
    ### BEGIN SOLUTION
    change = (f(x + h * dx) - f(x - h * dx)) / (2 * h)
    return np.sum(g * change), np.sum(vjp(g, x) * dx)
    ### END SOLUTION


# %%
check("03.1", dot_test)

# %%
if solved("03.1"):
    x, g, dx = rng.normal(size=(3, 2, 3))
    print("right: ", *dot_test(np.sin, lambda g, x: g * np.cos(x), x, g, dx))
    print("wrong: ", *dot_test(np.sin, lambda g, x: g * np.sin(x), x, g, dx))

# %% [markdown]
# ## 2 Copies
#
# `x @ W.T + b` adds a vector to a matrix. NumPy *broadcasts*: it copies the vector into
# every row, without saying so. A number that is copied three times acts on the result
# in three places, and what its three copies receive adds up. So:
#
# > **The adjoint of copying is summing.** Whatever was copied forward, sum backward.
#
# **Predict before you run.** `x` has the shape (3, 1), `y` has the shape (4,). What is
# the shape of `x + y`? And what are the shapes of the gradients of
# `np.sum((x + y) ** 2)`?

# %%
prediction = "(3, 4); (3, 1) and (4,)"  ### SOLUTION

# %%
x, y = np.array([[1.0], [2.0], [3.0]]), np.array([0.0, 10.0, 20.0, 30.0])
gradients = mg.gradient(lambda x, y: np.sum((x + y) ** 2), x, y)
print("Your prediction:", prediction)
print("x + y:", (x + y).shape, "  gradients:", *(g.shape for g in gradients))

# %%
pictures.broadcasting(x, y)
plt.show()

# %% [markdown]
# Above, the way forward: `x` is copied to the right, `y` is copied down, and the copies
# are added. Below, the way back: a gradient $g$ in the shape of the result has arrived.
# Summed along the axis in which `x` was copied it becomes the gradient of `x`, and
# likewise for `y`.
#
# ### Exercise 03.2 Undo broadcasting
#
# Sum `g` back to `shape`. Two things can have happened on the way forward: axes were
# put in front (a vector became a row of a matrix), and axes of length 1 were stretched.
# The result must have exactly the shape that is asked for.


# %%
def unbroadcast(g, shape):
    """g, summed to the shape that was broadcast to the shape of g."""
    ### BEGIN SOLUTION
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, n in enumerate(shape) if n == 1)
    return g.sum(axis=stretched, keepdims=True)
    ### END SOLUTION


# %%
check("03.2", unbroadcast)

# %% [markdown]
# In minigrad this function is called `sum_to_shape`, and it is called in one place
# only: when a gradient is handed to an argument of another shape. No vjp of an
# elementwise operation needs to know about broadcasting.
#
# ### Exercise 03.3 The mirror image
#
# What is copied by summing? Each number of `x` goes into one sum, with slope 1. So the
# gradient of the sum is copied to every number that went into it. Write the vjp of
# `np.sum(x, axis, keepdims)`. The difficulty is with axes that have disappeared:
# `np.expand_dims(g, axis)` puts them back, and `np.broadcast_to` does the copying.
# `axis` may be a number, a tuple, or None for all axes.


# %%
def vjp_sum(g, x, axis=None, keepdims=False):
    """The gradient towards x of np.sum(x, axis, keepdims=keepdims)."""
    ### BEGIN SOLUTION
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, x.shape)
    ### END SOLUTION


# %%
check("03.3", vjp_sum)

# %% [markdown]
# ## 3 Let the shapes do the thinking
#
# Now the operation that does nearly all the work in a network: $Y = A B$, with $A$ of
# shape (n, k), $B$ of shape (k, m). From below comes $G$, in the shape of $Y$: (n, m).
# The gradient of $A$ has the shape (n, k), and it must be linear in $G$ and made of
# $B$, which has the shape (k, m). There is one way to put these together:
#
# $$ \bar A = G\, B^T \qquad (n, m)\,(m, k) \to (n, k). $$
#
# That is not a proof, but it is how everybody remembers it; the dot-product test is the
# proof.
#
# ### Exercise 03.4 The product of two matrices
#
# Return both gradients, that of `A` and that of `B`.


# %%
def vjp_matmul(g, A, B):
    """The gradients of A @ B towards A and towards B."""
    ### BEGIN SOLUTION
    return g @ B.T, A.T @ g
    ### END SOLUTION


# %%
check("03.4", vjp_matmul)

# %%
if solved("03.1", "03.4"):
    A, B, g = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    dA, dB = rng.normal(size=A.shape), rng.normal(size=B.shape)
    towards_A = dot_test(lambda A: A @ B, lambda g, A: vjp_matmul(g, A, B)[0], A, g, dA)
    towards_B = dot_test(lambda B: A @ B, lambda g, B: vjp_matmul(g, A, B)[1], B, g, dB)
    print("towards A:", *towards_A)
    print("towards B:", *towards_B)

# %% [markdown]
# Operations that only move numbers around, such as `reshape`, `transpose` and
# `np.concatenate`, need no thought at all: move the gradient back to where the numbers
# came from. `x.reshape(...)` is undone by `g.reshape(x.shape)`, `x.T` by `g.T`.

# %% [markdown]
# ## 4 A bug in the dictionary
#
# A language model looks up words in a table: row 3 of `table` is the vector of word 3.
# Taking rows out is `table[words]`. The way back puts the gradient of each taken row
# where the row came from. Here is that, as it has been written many times. Most texts
# are learnt well with it. Some words are not.


# %%
def vjp_take_with_a_bug(g, x, index):
    """The gradient of x[index] towards x. It is wrong for some indices."""
    gradient = np.zeros_like(x)
    gradient[index] += g
    return gradient


table = rng.normal(size=(5, 2))
words = [0, 3, 1, 3]
ones = np.ones((4, 2))
print(vjp_take_with_a_bug(ones, table, words))

# %% [markdown]
# ### Exercise 03.5 Lost words
#
# Word 3 occurs twice, so its vector acts in two places, so two gradients come back.
# Look at its row in the output above: what should be there? The statement
# `gradient[index] += g` reads the rows, adds, and writes them back; what happens if a
# row is to be written twice? Write it as it should be. (NumPy has a function for this:
# look at `help(np.add.at)`.) It should work for all that can be an index: slices,
# lists, tuples, masks.


# %%
def vjp_take(g, x, index):
    """The gradient of x[index] towards x."""
    ### BEGIN SOLUTION
    gradient = np.zeros_like(x)
    np.add.at(gradient, index, g)
    return gradient
    ### END SOLUTION


# %%
check("03.5", vjp_take)

# %% [markdown] tags=["solution"]
# *What went wrong.* With a list as index, `gradient[index] += g` means
# `gradient[index] = gradient[index] + g`. The right-hand side is computed from copies:
# row 3 is read twice as 0, becomes 1 in both copies, and is written twice as 1. Taking
# a row twice is a copy, so the way back must sum; and the sum was lost.

# %% [markdown]
# ## 5 The most beautiful cancellation
#
# A classifier returns a score for each class, the *logits* $z$. Softmax turns the
# scores of a sample into probabilities, and cross-entropy is the surprise at the right
# class:
#
# $$ p_c = \frac{e^{z_c}}{\sum_k e^{z_k}}, \qquad L = -\frac{1}{N} \sum_{\text{samples}} \sum_c y_c \log p_c , $$
#
# where $y$ is 1 for the right class and 0 for the others. Exponentials, a division, a
# logarithm, two sums: the vjps of all of these could be chained. But take pen and paper
# and look at one sample. If the right class is $r$, then
# $-\log p_r = -z_r + \log \sum_k e^{z_k}$. The derivative of the second part towards
# $z_c$ is $e^{z_c} / \sum_k e^{z_k} = p_c$. And so everything cancels, except
#
# $$ \frac{\partial L}{\partial z} = \frac{1}{N}\,(p - y). $$
#
# *What the network said, minus what it should have said.* That is all that ever enters
# a classifier from its loss.
#
# ### Exercise 03.6 What it said, minus what was right
#
# `logits` has the shape (N, classes), and so has `targets`, with a single 1 in each
# row. Return the gradient of the mean loss. Let it survive scores as large as 1000:
# subtracting the largest score of a row from all scores of the row changes no
# probability.


# %%
def vjp_crossentropy(logits, targets):
    """The gradient of the mean cross-entropy of softmax(logits) towards logits."""
    ### BEGIN SOLUTION
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = scores / scores.sum(axis=1, keepdims=True)
    return (p - targets) / len(logits)
    ### END SOLUTION


# %%
check("03.6", vjp_crossentropy)

# %% [markdown]
# Here it is as a picture: on the left what the network says, in the middle what it
# should say, on the right the gradient. A step against the gradient lowers what is red
# and raises what is blue. Every row sums to zero: what one class gains, the others
# lose. And where the network is sure and right (the last row), there is nothing left to
# learn.

# %%
if solved("03.6"):
    logits = np.array([[0, 0, 0, 0.0], [2, 1, 0, 0], [0, 3, 0, 1], [1, 0, 5, 0]])
    right = [0, 1, 3, 2]
    targets = np.eye(4)[right]
    difference = vjp_crossentropy(logits, targets)
    p = difference * len(logits) + targets
    fig, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
    shown = (
        (p, "p: what it says", "Blues", 0, 1),
        (targets, "y: what is right", "Blues", 0, 1),
        (difference, "(p - y) / N: the gradient", "RdBu_r", -0.25, 0.25),
    )
    for ax, (table, title, colours, low, high) in zip(axes, shown, strict=True):
        pictures.heatmap(table, ax=ax, cmap=colours, vmin=low, vmax=high)
        ax.set(title=title, xlabel="class")
    axes[0].set_ylabel("sample")

# %% [markdown]
# ## 6 A whole network, by hand
#
# You have all the parts. Here is a network for the handwritten digits, its loss on 100
# of them, and the way back through it, line by line, with your own functions. Read it
# from the bottom of the first half upwards: each line of the second half undoes one
# line of the first. Then the table compares with minigrad, which had only the first
# half to go by.

# %%
digits = mg.datasets.digits().train
X, labels = digits.images[:100].reshape(100, 64).astype(float), digits.labels[:100]
Y = np.eye(10)[labels]
W1, b1 = rng.normal(size=(64, 32)) / 8, np.zeros(32)
W2, b2 = rng.normal(size=(32, 10)) / 6, np.zeros(10)


def loss(W1, b1, W2, b2):
    """The mean cross-entropy of a network with one hidden layer."""
    hidden = np.tanh(X @ W1 + b1)
    return mg.logitcrossentropy(hidden @ W2 + b2, Y)


def gradients_by_hand(W1, b1, W2, b2):
    """The same, and back."""
    before = X @ W1 + b1
    hidden = np.tanh(before)
    logits = hidden @ W2 + b2

    g = vjp_crossentropy(logits, Y)
    g_b2 = unbroadcast(g, b2.shape)
    g_hidden, g_W2 = vjp_matmul(g, hidden, W2)
    g_before = g_hidden * (1 - hidden**2)
    g_b1 = unbroadcast(g_before, b1.shape)
    _, g_W1 = vjp_matmul(g_before, X, W1)
    return g_W1, g_b1, g_W2, g_b2


if solved("03.2", "03.4", "03.6"):
    mine = gradients_by_hand(W1, b1, W2, b2)
    theirs = mg.gradient(loss, W1, b1, W2, b2)
    print("      shape      largest number   largest difference")
    for name, a, b in zip(("W1", "b1", "W2", "b2"), mine, theirs, strict=True):
        worst = np.abs(a - b).max()
        print(f"{name}    {a.shape!s:9}  {np.abs(b).max():<15.6f}  {worst:.1e}")

# %% [markdown]
# One waste is left in there: `vjp_matmul` also computes the gradient of the images `X`,
# which nobody asked for, and throws it away. minigrad does not: its vjps are kept per
# argument, and are called only for those that lead to something that was asked for.
#
# **What is still missing.** Four arrays were passed in, four gradients came out, and we
# kept track of them by hand. A model of a hundred layers has hundreds of arrays. How to
# keep order among them is the subject of notebook 04.

# %% [markdown]
# **Compare with other frameworks.** All of them are built on tables of vjps, and all
# let you add your own:
#
# | | a vjp of your own | where it gets the input from |
# |---|---|---|
# | minigrad | `mg.vjp(f, lambda g, ans, x: ...)`, one for each argument | the tape keeps what the vjp mentions |
# | PyTorch | a class with `forward` and `backward`, `torch.autograd.Function` | `ctx.save_for_backward(x)` |
# | JAX | `@jax.custom_vjp` with a forward and a backward function | the forward function returns what is kept |
# | Zygote (Flux) | a method of `ChainRulesCore.rrule`, which returns value and pullback | the pullback is a closure |
#
# None of them checks that your vjp is right. You can.

# %% [markdown]
# ## Recap
#
# 1. A vjp turns the gradient of **(a)** the input into that of the output, **(b)** the
#    output into that of the input, **(c)** the loss into a Jacobian.
# 2. In `X @ W.T + b` with a batch of 32 samples, the gradient of `b` is that of the
#    result, **(a)** averaged over the samples, **(b)** copied 32 times, **(c)** summed
#    over the samples.
# 3. The vjp of a *mean* over 32 samples **(a)** copies `g` and divides by 32,
#    **(b)** copies `g`, **(c)** sums `g` and divides by 32.
# 4. $Y = AB$ with shapes (5, 2) and (2, 7). The gradient of `B` is **(a)** `g @ A.T`,
#    **(b)** `A.T @ g`, **(c)** `g.T @ A`.
# 5. A row of a table is used three times in a batch. Its gradient is **(a)** that of
#    its last use, **(b)** the sum over its uses, **(c)** their mean.

# %%
recap = "bcabb"  ### SOLUTION

# %%
check("03.recap", recap)

# %% [markdown]
# ## Challenge
#
# Layer normalisation turns each row $x$ of a matrix into $(x - \bar x) / s$, where
# $\bar x$ is the mean of the row and $s$ its standard deviation. Both depend on all
# numbers of the row, so nothing is diagonal. Derive its vjp (it fits one line, and its
# value is orthogonal to two vectors: which?), write it, and let `dot_test` be the
# judge. Then write it as a chain of the vjps above and compare the times of both.

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 04: models as trees of arrays, and gradients in the shape of
# the model.

# %%
progress("03")
