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
# # 07 · Classify without overflowing
#
# A network that tells classes apart returns a number for each class, its **score**. To
# learn, it needs a loss: how surprised was it by the right class? The formula takes one
# line: softmax, then the logarithm, then the minus sign. Computed in these steps, it is
# wrong as soon as the network becomes good at its task. One sees `inf`, then `nan`, and
# then every parameter is `nan`. The remedy is one of the oldest in numerical
# mathematics: do not leave the logarithm at all.
#
# **What you will be able to do**
#
# * say at which score `exp` overflows, and at which difference a logarithm becomes -∞;
# * write `logsumexp` and the cross entropy, right for scores of any size;
# * know the loss of a network before its training, and what a different one means;
# * find a softmax that is applied twice, which no error and no accuracy reports;
# * train a classifier of three spirals, and see where it should not be so sure.
#
# Allow 35 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

import minigrad as mg
from minigrad.check import check, progress, solved

plt.style.use("minigrad.course.look")
mg.seed(0)

# %% [markdown]
# ## 1 From scores to surprise
#
# Three classes, and the scores $x = (2, 1, -1)$. The **softmax** makes probabilities of
# them: all positive, with the sum 1, and the higher the score, the larger.
#
# $$ p_i = \frac{e^{x_i}}{\sum_j e^{x_j}} $$
#
# If class 0 is the right one, the network has given it the probability $p_0$. The loss
# is the **surprise** $-\ln p_0$: 0 for a network that was certain, and the larger the
# less it expected this class. The mean of it over the samples is the **cross entropy**.


# %%
def softmax_in_one_line(x):
    """Probabilities, as the formula says."""
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)


scores = np.array([2.0, 1.0, -1.0], np.float32)
p = softmax_in_one_line(scores)
print("probabilities:", p, "with sum", p.sum())
print("surprises:    ", -np.log(p))

# %% [markdown]
# So far, so good. Now make the network more decided, by a factor of 50:

# %%
with np.errstate(all="ignore"):  # NumPy would warn, three times
    p = softmax_in_one_line(50 * scores)
    print("exp of the scores:", np.exp(50 * scores))
    print("probabilities:    ", p)
    print("surprises:        ", -np.log(p))

# %% [markdown]
# The largest float32 is about $3.4 \cdot 10^{38}$, and $e^{89}$ is larger: it
# **overflows**, to infinity. Infinity divided by infinity is not a number, `nan`. For
# float64 it takes a score of 710: twice as many bytes do not save us.
#
# One half of the remedy is well known. Softmax does not change if all scores are
# shifted by the same number (numerator and denominator are both multiplied by
# $e^{-m}$). So subtract the largest score first: then no exponent is above 0, and
# nothing overflows.


# %%
def shifted_softmax(x):
    """Probabilities, and no overflow."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


print("probabilities:", shifted_softmax(50 * scores))

# %% [markdown]
# **Predict before you run.** The softmax is safe now. What is
# `np.log(shifted_softmax(x))` for the float32 scores $x = (0, 200)$?
#
# 1. (-200, 0), which is right up to rounding;
# 2. (-inf, 0);
# 3. (nan, nan).

# %%
prediction = 2  ### SOLUTION

# %%
far_apart = np.array([0.0, 200.0], np.float32)
with np.errstate(all="ignore"):
    print("probabilities:      ", shifted_softmax(far_apart))
    print("then the logarithm: ", np.log(shifted_softmax(far_apart)))
print("you predicted number", prediction)

# %% [markdown]
# Nothing overflows, but something **underflows**: $e^{-200}$ is smaller than the
# smallest float32, and becomes 0. What the logarithm should have told us, -200, is lost
# on the way. And that is the case that matters: a network that is certain, and wrong,
# has much to learn, and gets the loss `inf` and the gradient `nan`.
#
# In the picture, the surprise for two classes whose scores are $d$ apart, when the
# lower one is right. A cross is the last point of a curve: what comes after it is not a
# finite number.

# %%
gaps = np.arange(0.0, 140.0, dtype=np.float32)
pairs = np.stack([np.zeros_like(gaps), gaps], axis=1)
ways = (
    ("softmax, then logarithm", softmax_in_one_line, 9),
    ("shifted softmax, then logarithm", shifted_softmax, 5),
)
fig, ax = plt.subplots()
ax.plot(gaps, np.log1p(np.exp(gaps.astype(float))), color="#bbb", lw=9, label="exact")
for name, softmax, width in ways:
    with np.errstate(all="ignore"):
        surprise = -np.log(softmax(pairs)[:, 0])
    fine = np.isfinite(surprise)
    (line,) = ax.plot(gaps[fine], surprise[fine], lw=width / 2, label=name)
    ax.plot(gaps[fine][-1], surprise[fine][-1], "X", ms=11, color=line.get_color())
    print(f"{name}: finite up to d = {gaps[fine][-1]:g}")
ax.set(xlabel="d, how far the scores are apart", ylabel="surprise, float32")
ax.legend()
plt.show()

# %% [markdown]
# ## 2 Never leave the logarithm
#
# Write the surprise down, and let the logarithm act on the fraction *by hand*:
#
# $$ -\ln p_i = -\ln \frac{e^{x_i}}{\sum_j e^{x_j}} = \ln \sum_j e^{x_j} - x_i $$
#
# The exponential of $x_i$ has met its logarithm, and both are gone: nothing is left that
# could underflow. What remains is the first term, called **logsumexp**. For it, the
# shift by the largest score $m$ does all that is needed, now that it stands outside:
#
# $$ \ln \sum_j e^{x_j} = m + \ln \sum_j e^{x_j - m} $$
#
# One of the exponents is 0. So the sum is at least 1, and its logarithm is harmless.
#
# ### Exercise 07.1 logsumexp
#
# Along the last axis, for scores of any size and any number of axes; the last one
# disappears: scores of shape (5, 3) give a result of shape (5,). Keep the dtype.


# %%
def log_sum_exp(x):
    """The logarithm of the sum of exp(x) along the last axis."""
    ### BEGIN SOLUTION
    m = np.max(x, axis=-1, keepdims=True)
    return m[..., 0] + np.log(np.sum(np.exp(x - m), axis=-1))
    ### END SOLUTION


# %%
check("07.1", log_sum_exp)

# %% [markdown]
# Something beautiful comes with it. The gradient of logsumexp is the softmax:

# %%
if solved("07.1"):
    print("gradient of logsumexp:", mg.gradient(log_sum_exp, scores)[0])
    print("softmax:              ", shifted_softmax(scores))
    print("of (0, 200):          ", log_sum_exp(far_apart))

# %% [markdown]
# ## 3 Cross entropy
#
# ### Exercise 07.2 Cross entropy, of scores
#
# `scores` has the shape (N, C): a row for each sample, a column for each class.
# `labels` are N whole numbers from 0 to C - 1, the right classes. Return the mean
# surprise, one number, for scores of any size. To pick one number from each row, index
# with two arrays of length N: `scores[np.arange(N), labels]`.


# %%
def cross_entropy(scores, labels):
    """The mean of -ln(probability of the right class)."""
    ### BEGIN SOLUTION
    right = scores[np.arange(len(labels)), labels]
    return np.mean(log_sum_exp(scores) - right)
    ### END SOLUTION


# %%
check("07.2", cross_entropy)

# %% [markdown]
# In minigrad that is `mg.logitcrossentropy`. (A **logit** is a score before softmax or
# sigmoid.) It takes the labels as rows of zeros with a single 1, made by
# `mg.onehotbatch(labels, classes)`. The gradient is that of notebook 03: the
# probabilities, minus 1 at the right class, over the number of samples. As softmax is
# between 0 and 1, this gradient can never explode, not even here:

# %%
wild = np.array([[1e4, -1e4, 0.0], [3.0, 3e3, -3e3]], np.float32)
right = np.array([1, 1])
if solved("07.1", "07.2"):
    print("ours:       ", cross_entropy(wild, right))
    print("minigrad's: ", mg.logitcrossentropy(wild, mg.onehotbatch(right, range(3))))
    print(mg.gradient(lambda x: cross_entropy(x, right), wild)[0])

# %% [markdown]
# ## 4 What the first loss tells
#
# An untrained network knows nothing. So it should think all classes equally likely, and
# its surprise can be computed without a computer.
#
# ### Exercise 07.3 Before the first step
#
# What is the cross entropy of a network that gives each of the ten digits the same
# probability? Three digits are enough.

# %%
starting_loss = 2.30  ### SOLUTION

# %%
check("07.3", starting_loss)

# %% [markdown]
# Here is the first loss of a network for the handwritten digits, and that of the same
# network with a last layer whose weights are 20 times too large. The second one does
# not know more, it is only very sure of what it does not know. It will spend its first
# hundred steps on becoming less sure. A first loss that is far above the number you
# have computed says: look at the initial weights, or at the inputs.

# %%
digits = mg.datasets.digits()
images, numbers = digits.train.images.reshape(-1, 64), digits.train.labels
unseen, unseen_numbers = digits.test.images.reshape(-1, 64), digits.test.labels
targets = mg.onehotbatch(numbers, range(10))


def untrained(last=mg.identity, factor=1):
    """A network for digits, the same every time."""
    model = mg.Chain(mg.Dense(64, 32, mg.relu, rng=1), mg.Dense(32, 10, rng=2), last)
    model[1].weight *= factor
    return model


for factor in (1, 20):
    outputs = untrained(factor=factor)(images)
    first = mg.logitcrossentropy(outputs, targets)
    print(f"last weights times {factor}: the first loss is {first:.2f}")

# %% [markdown]
# ## 5 A bug that no accuracy reports
#
# Somebody has trained this network for the digits. It runs. It recognises 97% of digits
# that it has never seen. Only its loss is strange: it comes to rest far above 0, and
# stays there. The loss is right; you may trust `mg.logsoftmax`. Find the bug before you
# go on.

# %%
with_bug = untrained(mg.softmax)


def surprise_of(model, x, y):
    """The cross entropy of a model, for one-hot targets."""
    return -np.mean(np.sum(y * mg.logsoftmax(model(x)), axis=-1))


def losses_of(model, epochs=20):
    """The losses of the epochs of a training, on the digits."""
    opt_state = mg.setup(mg.Adam(0.003), model)
    data = mg.DataLoader((images, targets), batchsize=64, shuffle=True, rng=0)
    history = []
    for _ in range(epochs):
        mg.train_(surprise_of, model, data, opt_state, progress=False)
        history.append(float(surprise_of(model, images, targets)))
    return history


history_with_bug = losses_of(with_bug)
recognised = np.mean(mg.onecold(with_bug(unseen)) == unseen_numbers)
print(f"the last losses: {np.round(history_with_bug[-3:], 3)}; {recognised:.1%} right")

# %% [markdown]
# There is a test that every classifier should pass before it is trained for an hour:
# **can it learn twenty samples by heart?** A healthy network has no difficulty, its
# loss goes to 0. One that cannot do even that has a bug, in the model, the loss or the
# data, and more training will not help.

# %%
few = [(images[:20], targets[:20])] * 300
for name, model in (
    ("the network above", untrained(mg.softmax)),
    ("another one", untrained()),
):
    mg.train_(surprise_of, model, few, mg.setup(mg.Adam(0.01), model), progress=False)
    print(f"{name}, twenty samples: loss {surprise_of(model, *few[0]):.4f}")

# %% [markdown]
# Have you found it? The network ends with a softmax, and the loss has another one in
# it. The second softmax sees probabilities, numbers between 0 and 1, and takes them for
# scores. The best that the network can offer to it is 1 for the right class and 0 for
# the nine others. Of that, the softmax makes
#
# $$ p = \frac{e^1}{e^1 + 9 e^0} = 0.232, \qquad -\ln p = 1.461. $$
#
# There is the loss that it rested at. The order of the classes stays right, that is why
# the accuracy is blind; but the probabilities are useless, and training is slow, as
# every gradient has to pass a softmax that is nearly flat.
#
# ### Exercise 07.4 What kind of output is it?
#
# So before outputs are given to a loss, one might look at them. `outputs` has the shape
# (N, C). Return one of three words:
#
# * `"probabilities"` if no number is negative and each row has the sum 1;
# * `"log probabilities"` if that is so for their exponentials;
# * `"scores"` otherwise.
#
# Sums are subject to rounding: a difference of up to 0.001 counts as equal.


# %%
def kind_of_output(outputs):
    """One of "probabilities", "log probabilities" and "scores"."""
    ### BEGIN SOLUTION
    if np.all(outputs >= 0) and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        return "probabilities"
    if np.allclose(log_sum_exp(outputs), 0, atol=1e-3):
        return "log probabilities"
    return "scores"
    ### END SOLUTION


# %%
check("07.4", kind_of_output)

# %%
if solved("07.1", "07.4"):
    without_bug = untrained()
    history_without = losses_of(without_bug)
    for name, model in (("with bug", with_bug), ("without", without_bug)):
        recognised = np.mean(mg.onecold(model(unseen)) == unseen_numbers)
        kind = kind_of_output(model(unseen))
        print(f"{name}: the output is {kind}, {recognised:.1%} right")
    fig, ax = plt.subplots()
    ax.plot(range(1, 21), history_with_bug, label="softmax twice")
    ax.plot(range(1, 21), history_without, label="softmax once")
    ax.axhline(1.461, color="black", ls=":", lw=1)
    ax.text(12, 1.36, "1.461: the best with two", fontsize=9)
    ax.set_xticks(range(0, 21, 5))
    ax.set(xlabel="epoch", ylabel="cross entropy", title="Both recognise 97%")
    ax.legend()

# %% [markdown]
# (`mg.logitcrossentropy` has such a look at its argument, and warns. We have written
# the loss by hand, so that it would keep quiet.)
#
# ## 6 Three spirals
#
# Three arms that wind around each other. No straight line parts them, nor do three. But
# a network with one or two hidden layers bends the plane until they do.

# %%
points, arms = mg.datasets.spirals(400, classes=3, noise=0.01, rng=0)
fresh, fresh_arms = mg.datasets.spirals(400, classes=3, noise=0.01, rng=1)
fig, ax = plt.subplots(figsize=(4.2, 4))
for arm, marker in zip(range(3), "os^", strict=True):
    ax.plot(*points[arms == arm].T, marker, ms=4, label=f"class {arm}")
ax.set(xlabel="x[:, 0]", ylabel="x[:, 1]", aspect="equal")
ax.legend()
plt.show()

# %% [markdown]
# ### Exercise 07.5 Part them
#
# Build a network, train it on the points `x` (400, 2) with their labels `y`, and return
# it. It is to return scores (N, 3), and to recognise more than 97% of points of the
# same arms that it has not seen. Take the random initial weights from `rng`, as in
# `mg.Dense(2, 32, mg.tanh, rng=rng)`. All points at once are one batch, and some
# hundred steps of Adam do not take a second.


# %%
def spiral_classifier(x, y, rng):
    """A network that tells three spirals apart."""
    ### BEGIN SOLUTION
    model = mg.Chain(
        mg.Dense(2, 32, mg.tanh, rng=rng),
        mg.Dense(32, 32, mg.tanh, rng=rng),
        mg.Dense(32, 3, rng=rng),
    )
    loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
    data = [(x, mg.onehotbatch(y, range(3)))] * 400
    mg.train_(loss, model, data, mg.setup(mg.Adam(0.02), model), progress=False)
    return model
    ### END SOLUTION


# %%
check("07.5", spiral_classifier)

# %% [markdown]
# The film of such a training: what the network says everywhere in the plane, after so
# many steps. First it finds three sectors, as a straight line would. Then they begin to
# turn.

# %%
if solved("07.5"):
    model = mg.Chain(
        mg.Dense(2, 32, mg.tanh, rng=3),
        mg.Dense(32, 32, mg.tanh, rng=4),
        mg.Dense(32, 3, rng=5),
    )
    opt_state = mg.setup(mg.Adam(0.02), model)
    batch = points, mg.onehotbatch(arms, range(3))
    side, colours = np.linspace(-1.2, 1.2, 120, dtype=np.float32), ("C0", "C1", "C2")
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    fig, axes = plt.subplots(1, 5, figsize=(12, 2.7))
    done = 0
    for ax, steps in zip(axes, (0, 15, 60, 80, 300), strict=True):
        data = [batch] * (steps - done)
        loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
        mg.train_(loss, model, data, opt_state, progress=False)
        done = steps
        found = mg.onecold(model(grid))
        ax.pcolormesh(side, side, found, cmap=ListedColormap(colours), alpha=0.35)
        for arm, colour in enumerate(colours):
            ax.plot(*points[arms == arm].T, ".", ms=2, color=colour)
        right = np.mean(mg.onecold(model(points)) == arms)
        ax.set(title=f"{steps} steps: {right:.0%}", xticks=[], yticks=[])
    plt.show()

# %% [markdown]
# Scores become probabilities, and the highest of them says how sure the network is. How
# sure is yours? On the left near the data, on the right further out: the square is what
# was seen on the left.

# %%
if solved("07.5"):
    model = spiral_classifier(points, arms, np.random.default_rng(0))
    fig, axes = plt.subplots(1, 2, figsize=(9.4, 4))
    for ax, reach in zip(axes, (1.2, 6), strict=True):
        side = np.linspace(-reach, reach, 150, dtype=np.float32)
        grid = np.stack(np.meshgrid(side, side), axis=-1)
        confidence = shifted_softmax(model(grid)).max(axis=-1)
        image = ax.pcolormesh(
            side, side, confidence, cmap="viridis", vmin=1 / 3, vmax=1
        )
        ax.plot(*points.T, ".", color="black", ms=2)
        ax.set(aspect="equal", title=f"up to {reach}")
        ax.grid(False)
    ax.plot([-1.2, 1.2, 1.2, -1.2, -1.2], [-1.2, -1.2, 1.2, 1.2, -1.2], "k:", lw=1)
    fig.colorbar(image, ax=axes, label="highest probability")
    far = np.array([[40.0, -30.0]], np.float32)
    print("at (40, -30), far from all data:", shifted_softmax(model(far)).round(4))

# %% [markdown]
# It hesitates on thin lines between the arms, as it should. But far out, where it has
# never seen a point, it is as sure as in the middle of an arm. Softmax tells how the
# scores compare with each other. It does not tell whether there was ever any reason to
# have an opinion.

# %% [markdown]
# **What is still missing.** A network with two hidden layers learnt this at once. With
# twenty, it would not have learnt anything, unless its initial weights were just right.
# What happens to numbers on their way through many layers, and to gradients on their
# way back, is the subject of notebook 08.

# %% [markdown]
# **Compare with other frameworks.** Which loss expects what:
#
# | | scores (logits) | probabilities | log probabilities |
# |---|---|---|---|
# | minigrad | `logitcrossentropy` | `crossentropy` | |
# | Flux | `logitcrossentropy` | `crossentropy` | |
# | PyTorch | `nn.CrossEntropyLoss` | | `nn.NLLLoss` |
# | JAX with optax | `optax.softmax_cross_entropy` | | |
# | Keras | `CategoricalCrossentropy(from_logits=True)` | `CategoricalCrossentropy()` | |
#
# Read the table twice. In PyTorch, the loss *called* cross entropy wants scores; in
# Flux and Keras, the one called so wants probabilities. Whoever moves from one to
# another brings home the bug of section 5.

# %% [markdown]
# ## Recap
#
# 1. In float32, `np.exp(89)` **(a)** is a large number, **(b)** overflows,
#    **(c)** underflows.
# 2. The largest score is subtracted before softmax. Then `np.log` of the softmax
#    **(a)** can still be -inf, **(b)** is always right, **(c)** can be nan.
# 3. Two classes, an untrained network: the first loss should be about **(a)** 0.5,
#    **(b)** 0.69, **(c)** 2.3.
# 4. The loss on the digits rests at 1.46, and the accuracy is 97%. **(a)** The learning
#    rate is too small. **(b)** The network is too small. **(c)** There is a softmax
#    before the loss that has its own.
# 5. Far from all data, a probability of 0.999 means that **(a)** the network is very
#    likely right, **(b)** one of the scores is much higher than the others, and no
#    more, **(c)** there was an overflow.

# %%
recap = "babcb"  ### SOLUTION

# %%
check("07.recap", recap)

# %% [markdown]
# ## Challenge
#
# Two classes need one score $s$ only: the probability of "yes" is
# $1 / (1 + e^{-s})$. Write the loss for it, $-y \ln p - (1 - y) \ln(1 - p)$, so that it
# is right for scores from -10000 to 10000, without an `if` for each sign. (It is a
# logsumexp of two numbers, and one of them is 0.) Compare with
# `mg.logitbinarycrossentropy`. Then let some scores be `-np.inf`, for classes that are
# not allowed: what does your `log_sum_exp` return for a row of nothing but -inf, and
# what should it return?

# %%
# Your experiment.

# %%
progress("07")
