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
# # 08 · Is my network healthy?
#
# A network with two hidden layers learns nearly everything that one gives it. With
# twenty, the same recipe often learns nothing, and no error is raised. The reason is
# arithmetic: each layer multiplies, and twenty factors that are a little too small make
# a product of nearly nothing. This notebook is a medical check-up. It takes four
# measurements that tell a network that is well from one that only looks so.
#
# **What you will be able to do**
#
# * choose initial weights for any activation function, by measuring;
# * tell from one gradient whether it vanishes or explodes on its way back;
# * differentiate a normalisation, and not forget two of its three paths;
# * recognise a network that recognises digits only in company;
# * read the ratio of updates to weights, and see neurons die.
#
# Allow 40 minutes.

# %%
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved

plt.style.use("minigrad.course.look")
mg.seed(0)


def rms(x):
    """The root of the mean square: how large the numbers of an array are."""
    return float(np.sqrt(np.mean(np.square(x))))


# %% [markdown]
# ## 1 Depth multiplies
#
# Take 50 layers of 100 neurons, with no activation at all: $x \mapsto W x$, fifty
# times, with independent weights of mean 0 and standard deviation $s$. A neuron adds up
# 100 products, each with variance $s^2 x_j^2$, and the variances of independent numbers
# add up. So the mean square of its output is $100\,s^2$ times that of its input: for
# $s = 0.1$ it stays as it is.
#
# **Predict before you run.** Somebody takes $s = 0.11$, ten per cent more. After 50
# layers, the numbers are
#
# 1. ten per cent larger;
# 2. about six times as large (fifty times ten per cent more);
# 3. more than fifty times as large.

# %%
prediction = 3  ### SOLUTION

# %%
fig, ax = plt.subplots()
for s in (0.09, 0.1, 0.11):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 100))
    sizes = [rms(x)]
    for _ in range(50):
        x = x @ rng.normal(0, s, (100, 100)).T
        sizes.append(rms(x))
    ax.semilogy(sizes, label=f"s = {s}")
    print(f"s = {s}: after 50 layers, the size is {sizes[-1]:.3g} times the first")
ax.set(xlabel="layer", ylabel="size (root mean square)")
ax.set_title(f"You predicted: number {prediction}")
ax.legend()
plt.show()

# %% [markdown]
# Factors multiply: $1.1^{50} = 117$, and $0.9^{50} = 0.005$. Depth turns ten per cent
# into two powers of ten. Nothing in between is stable: the size has to be right from
# the beginning, in every layer.

# %% [markdown]
# ## 2 Weights that keep the size
#
# Now with an activation $f$. Call $a$ the numbers *before* the activation. Suppose that
# they are as one would wish: like normal random numbers with mean 0 and variance 1. Of
# them, the next layer makes $W f(a)$, and each of its neurons has the mean square
#
# $$ n_\text{in} \cdot s^2 \cdot \overline{f(a)^2}. $$
#
# That is to be 1 again. So all that one needs to know of $f$ is $\overline{f(a)^2}$, the
# mean of its square for standard normal numbers. For relu, half of the numbers become
# 0, so it is 1/2. For tanh there is no formula; but one can measure it: draw many
# numbers, and take the mean.
#
# ### Exercise 08.1 Starting weights
#
# Return normal random weights of shape `(n_out, n_in)` with mean 0, and with the
# standard deviation that keeps the size of `a`, for any function `f`. All random
# numbers come from `rng`: `rng.normal(mean, standard_deviation, shape)`.


# %%
def starting_weights(n_out, n_in, f, rng):
    """Random weights W such that W f(a) is as large as a."""
    ### BEGIN SOLUTION
    a = rng.standard_normal(100_000)
    s = 1 / np.sqrt(n_in * np.mean(f(a) ** 2))
    return rng.normal(0, s, (n_out, n_in))
    ### END SOLUTION


# %%
check("08.1", starting_weights)

# %% [markdown]
# For `f = identity` these are the weights of Xavier Glorot (2010), for relu those of
# Kaiming He (2015); and you have them for every other function, too. (In minigrad:
# `mg.nn.glorot_normal`, `mg.nn.kaiming_normal`.) The histograms show the numbers before
# the activation in a network of relu, at four depths, from the weights that you have
# made and from weights without the factor for relu.

# %%
if solved("08.1"):
    fig, axes = plt.subplots(2, 4, figsize=(11, 4), sharey=True)
    for row, function, name in (
        (axes[0], mg.identity, "for identity"),
        (axes[1], mg.relu, "for relu"),
    ):
        rng = np.random.default_rng(0)
        a = rng.normal(size=(100, 200))
        for depth in range(1, 31):
            a = mg.relu(a) @ starting_weights(200, 200, function, rng).T
            if depth in (1, 5, 10, 30):
                ax = row[(1, 5, 10, 30).index(depth)]
                bins = np.linspace(-3, 3, 61)
                ax.hist(a.ravel(), bins, density=True, histtype="stepfilled")
                ax.set(title=f"{name}: layer {depth}", ylim=(0, 1.5), yticks=[])

# %% [markdown]
# ## 3 The way back
#
# The gradient takes the same road in the other direction: each layer multiplies it by
# $W^T$ and by the slope of the activation. So what was true of the numbers is true of
# the gradient. If it becomes smaller from layer to layer, it **vanishes**: the first
# layers hardly learn, although they are the first to see the data. If it grows, it
# **explodes**.
#
# Where does one read the size of what arrives at a layer? In the gradient of its
# *bias*, which is just that, added up over the samples. (The gradient of its weights is
# not as good for that: it is multiplied by the input of the layer as well, and one may
# be too small where the other is too large.)

# %%
digits = mg.datasets.digits()
images, numbers = 2 * digits.train.images.reshape(-1, 64) - 0.7, digits.train.labels
unseen, unseen_numbers = (
    2 * digits.test.images.reshape(-1, 64) - 0.7,
    digits.test.labels,
)
targets = mg.onehotbatch(numbers, range(10))


def loss(model, x, y):
    """The cross entropy of the notebook before this."""
    return mg.logitcrossentropy(model(x), y)


def deep_network(factor, depth=25):
    """25 layers of tanh; `factor` is 1 for weights that keep the size."""
    rng = np.random.default_rng(0)
    gain = factor / np.sqrt(0.394)  # 0.394 is the mean of tanh² for normal numbers
    init = lambda shape: rng.normal(0, gain / np.sqrt(shape[1]), shape).astype("f4")
    hidden = [mg.Dense(64, 64, mg.tanh, init=init) for _ in range(depth)]
    return mg.Chain(*hidden, mg.Dense(64, 10, init=init))


fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
for factor in (0.5, 1, 2):
    model = deep_network(factor)
    gradient = mg.gradient(loss, model, images[:256], targets[:256])[0]
    outputs = mg.activations(model, images[:256])
    left.semilogy(
        [rms(y) for y in outputs], "o-", ms=4, label=f"weights times {factor}"
    )
    right.semilogy([rms(layer.bias) for layer in gradient.layers], "o-", ms=4)
left.set(xlabel="layer", title="Outputs of the layers", ylabel="size")
right.set(xlabel="layer", title="Gradients of the biases")
left.legend()
plt.show()

# %% [markdown]
# Read the left picture from left to right, and the right one from right to left. With
# weights of half the size, all is lost on the way, in both directions. With twice the
# size, tanh keeps the outputs below 1, and on the left nothing looks wrong; but the
# gradient grows from layer to layer.
#
# ### Exercise 08.2 The way back
#
# `gradient` is the gradient of a `mg.Chain`. Some of its layers have a `bias`, others,
# such as functions, do not: for them there may be `None` in `gradient.layers`. Compare
# the size (`rms`) of the gradient of the *first* bias with that of the *last*, and
# return one of three words:
#
# * `"exploding"` if the first is more than 100 times the last, or if one of them is NaN
#   or infinite;
# * `"vanishing"` if the first is less than 1/100 of the last;
# * `"healthy"` otherwise.


# %%
def way_back(gradient):
    """One of "vanishing", "exploding" and "healthy"."""
    ### BEGIN SOLUTION
    biases = [getattr(layer, "bias", None) for layer in gradient.layers]
    sizes = [rms(bias) for bias in biases if bias is not None]
    first, last = sizes[0], sizes[-1]
    if not np.isfinite(first + last) or first > 100 * last:
        return "exploding"
    return "vanishing" if first < last / 100 else "healthy"
    ### END SOLUTION


# %%
check("08.2", way_back)

# %%
if solved("08.2"):
    for factor in (0.5, 1, 2):
        model = deep_network(factor)
        gradient = mg.gradient(loss, model, images[:256], targets[:256])[0]
        print(f"weights times {factor}: {way_back(gradient)}")

# %% [markdown]
# ## 4 Or force it
#
# Instead of hoping that the numbers keep their size, one can make them: subtract their
# mean, and divide by their standard deviation, after each layer.
#
# $$ y = \frac{x - \bar x}{\sigma}, \qquad \sigma = \sqrt{\overline{(x - \bar x)^2} +
# \epsilon} $$
#
# The small $\epsilon$ saves us from a division by 0. Over which numbers is the mean
# taken? Over the features of each sample (`axis=-1`): that is **LayerNorm**. Over the
# samples of the batch, for each feature (`axis=0`): **BatchNorm**. After that, the
# weights before may be as small or large as they like.


# %%
def normalised(x, axis, epsilon=1e-5):
    """Mean 0 and variance 1 along an axis."""
    deviation = x - np.mean(x, axis=axis, keepdims=True)
    variance = np.mean(deviation**2, axis=axis, keepdims=True)
    return deviation / np.sqrt(variance + epsilon)


small = 1e-2 * np.random.default_rng(0).normal(size=(64, 100))
print("before:", f"{rms(small):.3g}", " after:", f"{rms(normalised(small, -1)):.3g}")

# %% [markdown]
# Its vjp is a classic, and a classic trap. A number $x_j$ acts on the result along
# three paths: directly; through the mean, which is subtracted from *all* numbers; and
# through the standard deviation, which divides *all* of them. Who treats the mean and
# the deviation as constants gets only the first, $g / \sigma$. With all three it is
#
# $$ g_x = \frac{1}{\sigma} \left( g - \overline{g} - y \, \overline{g\,y}
# \right), $$
#
# where the bars are means along the axis, and $y$ is the result. It can be
# read without any calculation: of $g$, the part is taken away that would shift all
# numbers alike, and then the part that would only stretch them. Neither has any effect
# on what is standardised afterwards.
#
# ### Exercise 08.3 The vjp of a normalisation
#
# `g` is the gradient of the result, of the shape of `x`. Return that of `x`, along any
# axis, with the same $\epsilon$ as above.


# %%
def vjp_normalise(g, x, axis, epsilon=1e-5):
    """The gradient of x, from that of normalised(x, axis)."""
    ### BEGIN SOLUTION
    mean = lambda z: np.mean(z, axis=axis, keepdims=True)
    deviation = x - mean(x)
    sigma = np.sqrt(mean(deviation**2) + epsilon)
    y = deviation / sigma
    return (g - mean(g) - y * mean(g * y)) / sigma
    ### END SOLUTION


# %%
check("08.3", vjp_normalise)

# %%
if solved("08.3"):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 4, 3))
    ours = vjp_normalise(g, x, 0)
    theirs = mg.gradient(lambda x: np.sum(g * normalised(x, 0)), x)[0]
    print("largest difference to minigrad's:", np.max(np.abs(ours - theirs)))
    print("a shift of x has no effect, so the columns add up to", ours.sum(axis=0))

# %% [markdown]
# ## 5 A bug: the network that needs company
#
# Somebody has written BatchNorm as above, with a factor and a shift that are trained.
# The network learns within five epochs, and recognises 98% of all unseen digits. Then
# it is put to use: the digits come one after the other. Or sorted, all zeros first. It
# is the same network, and these are the same digits.


# %%
@mg.functor
class BatchNormWithABug:
    """Standardises each feature over the batch, then scales and shifts it."""

    def __init__(self, n):
        self.scale = np.ones(n, np.float32)
        self.shift = np.zeros(n, np.float32)

    def __call__(self, x):
        return self.scale * normalised(x, 0) + self.shift


def trained(norm):
    """A network with a normalisation, after five epochs with the digits."""
    model = mg.Chain(mg.Dense(64, 32, rng=1), norm, mg.relu, mg.Dense(32, 10, rng=2))
    opt_state = mg.setup(mg.Adam(0.01), model)
    data = mg.DataLoader((images, targets), batchsize=64, shuffle=True, rng=0)
    for _ in range(5):
        mg.train_(loss, model, data, opt_state, progress=False)
    return model


def report(model):
    """How many unseen digits are recognised, in different company."""
    groups = {
        "all together": [np.arange(len(unseen))],
        "sorted by digit": [np.flatnonzero(unseen_numbers == k) for k in range(10)],
        "one by one": np.arange(len(unseen))[:, None],
    }
    for name, parts in groups.items():
        right = [mg.onecold(model(unseen[p])) == unseen_numbers[p] for p in parts]
        print(f"{name + ':':<17} {np.mean(np.concatenate(right)):.1%} right")


report(trained(BatchNormWithABug(32)))

# %% [markdown]
# Do you see why? A sample alone *is* the mean of its batch. What is left of it is 0,
# whatever it was. And in a batch of nothing but threes, what they have in common is
# subtracted: it is what makes them threes.
#
# The remedy: in training, take the mean and variance of the batch, and **record** them,
# by a running mean. In use, take what is recorded. Then no sample knows of any other.
# That is why some layers have two modes. In PyTorch one has to switch between them, by
# `model.train()` and `model.eval()`, and to forget it is a bug of its own. In minigrad
# the mode is that of training while a gradient is being computed, and
# `mg.autodiff.is_tracking()` says whether that is so.
#
# ### Exercise 08.4 A norm that records
#
# Write `__call__`. In training: standardise `x` by the mean and variance of the batch
# along axis 0 (with `epsilon = 1e-5`), through which the gradient passes as in section
# 4, and call `move` for both. In use: standardise by what is recorded. In both cases,
# scale and shift. (`move` is given, as it needs a trick: inside a gradient, arrays are
# tracked and must not be changed; `mg.stop_gradient` returns the array itself.)


# %%
def move(recorded, new):
    """Moves what is recorded a tenth of the way to what is new, in place."""
    recorded = mg.stop_gradient(recorded)
    recorded[...] = 0.9 * recorded + 0.1 * mg.stop_gradient(new)


@mg.functor(trainable=("scale", "shift"))
class RecordedNorm:
    """Standardises each feature; scales and shifts it."""

    def __init__(self, n):
        self.scale = np.ones(n, np.float32)
        self.shift = np.zeros(n, np.float32)
        self.mean = np.zeros(n, np.float32)
        self.var = np.ones(n, np.float32)

    def __call__(self, x):
        ### BEGIN SOLUTION
        mean, var = self.mean, self.var
        if mg.autodiff.is_tracking():
            mean, var = np.mean(x, axis=0), np.var(x, axis=0)
            move(self.mean, mean)
            move(self.var, var)
        return self.scale * (x - mean) / np.sqrt(var + 1e-5) + self.shift
        ### END SOLUTION


# %%
check("08.4", RecordedNorm)

# %%
if solved("08.4"):
    report(trained(RecordedNorm(32)))

# %% [markdown]
# ## 6 Feel the pulse
#
# The last measurement is taken while the network is trained: how much does a step
# change an array, compared with how large the array is?
#
# $$ \log_{10} \frac{\text{rms}(w_\text{after} - w_\text{before})}
# {\text{rms}(w_\text{before})} $$
#
# Experience says that about -3, a change of one in a thousand, is healthy. At -5 the
# network stands still. At -1 every step rewrites a tenth of what was learnt.
#
# ### Exercise 08.5 The ratio of updates
#
# `before` and `after` are the same model, before and after a step. Return a dict: from
# the path of each parameter, as text, to the number above. Leave out arrays that were
# nothing but zeros (as biases are at first). `mg.trainables(model, path=True)` has
# pairs of a path and an array, for both models in the same order.


# %%
def update_ratios(before, after):
    """From the path of each array to log10 of rms(change) / rms(before)."""
    ### BEGIN SOLUTION
    pairs = zip(
        mg.trainables(before, path=True), mg.trainables(after, path=True), strict=True
    )
    with np.errstate(divide="ignore"):
        return {
            str(path): float(np.log10(rms(new - old) / rms(old)))
            for (path, old), (_, new) in pairs
            if rms(old) > 0
        }
    ### END SOLUTION


# %%
check("08.5", update_ratios)

# %% [markdown]
# Three trainings with three learning rates, the ratio of each matrix. Below, from white
# to dark, a histogram of the outputs of the second layer in each step, a column for
# each: this is how one sees neurons die. A neuron that returns 0 for every sample has
# the gradient 0, and will never come back (notebook 04 called it a dead relu).

# %%
if solved("08.5"):
    fig, axes = plt.subplots(2, 3, figsize=(11, 5.6), sharex=True, sharey="row")
    for column, eta in zip(axes.T, (1e-5, 1e-3, 1e-1), strict=True):
        model = mg.Chain(
            mg.Dense(64, 64, mg.relu, rng=1),
            mg.Dense(64, 64, mg.relu, rng=2),
            mg.Dense(64, 10, rng=3),
        )
        opt_state, ratios, columns = mg.setup(mg.Adam(eta), model), [], []
        batches = mg.DataLoader((images, targets), batchsize=64, shuffle=True, rng=0)
        for batch in [batch for _ in range(5) for batch in batches]:
            before = deepcopy(model)
            mg.train_(loss, model, [batch], opt_state, progress=False)
            found = update_ratios(before, model)
            ratios.append([r for path, r in found.items() if "weight" in path])
            outputs = mg.activations(model, images[:100])[1]
            columns.append(np.histogram(outputs, np.linspace(0, 5, 41))[0])
        column[0].plot(ratios, lw=1, label=[f"layer {k}" for k in (1, 2, 3)])
        column[0].axhline(-3, color="black", ls=":", lw=1)
        last = loss(model, images, targets)
        column[0].set_title(f"rate {eta:g}: loss {last:.2f}")
        shades = np.log1p(np.array(columns).T)
        column[1].pcolormesh(np.arange(len(columns)), np.linspace(0, 5, 40), shades)
        dead = np.mean(np.all(mg.activations(model, images)[1] == 0, axis=0))
        column[1].set(xlabel="step", title=f"{dead:.0%} of the neurons are dead")
        column[1].grid(False)
    axes[0, 0].set(ylabel="log10 of the ratio", ylim=(-5, 0))
    axes[0, 0].legend()
    axes[1, 0].set(ylabel="output of layer 2")

# %% [markdown]
# On the left, nothing happens. In the middle, a network that learns. On the right, the
# first steps were so large that four in ten neurons of this layer have not survived
# them. Look at the loss: it is not bad at all, as the others do the work of the dead.
# No curve of losses would have told.

# %% [markdown]
# **What is still missing.** The ratio depends on the learning rate, and a good rate for
# the first steps is too large for the last ones. One would like to steer: to change the
# rate on the way, to hold back some layers, to limit the size of steps and of weights.
# That is notebook 09.

# %% [markdown]
# **Compare with other frameworks.** Who chooses the initial weights, and who the mode:
#
# | | `Dense` or `Linear` starts with | the mode of BatchNorm is chosen by |
# |---|---|---|
# | minigrad | `glorot_uniform` | `gradient`; `trainmode_`, `testmode_` |
# | Flux | `glorot_uniform` | `gradient`; `trainmode!`, `testmode!` |
# | PyTorch | uniform, within 1/√n | `model.train()`, `model.eval()` |
# | JAX with Flax | `lecun_normal` | an argument, `use_running_average=True` |
# | Keras | `glorot_uniform` | an argument, `training=True`; `fit` sets it |
#
# The weights of PyTorch have the variance 1/(3n), a third of that of Glorot for square
# layers and a sixth of that of He: a deep network of `nn.Linear` and relu, as they come,
# is the left side of section 3.

# %% [markdown]
# ## Recap
#
# 1. Each of 20 layers makes the numbers 0.8 times as large. In the end they are
#    **(a)** 0.8 times, **(b)** about 0.01 times, **(c)** about 0.2 times as large.
# 2. Weights for a layer with 400 inputs and 100 outputs, after relu, have the standard
#    deviation **(a)** √(2/400), **(b)** √(2/100), **(c)** 2/400.
# 3. The gradients of the first bias are 100,000 times smaller than those of the last.
#    That is called **(a)** exploding, **(b)** vanishing, **(c)** overfitting.
# 4. All numbers of a row are shifted by 3, then standardised. The result **(a)** does
#    not change, **(b)** is shifted by 3, **(c)** is shifted by less than 3.
# 5. A network with BatchNorm is right for batches and wrong for single samples.
#    **(a)** It has learnt the training data by heart. **(b)** It was trained with too
#    small batches. **(c)** It uses the statistics of the batch where it should use the
#    recorded ones.

# %%
recap = "babac"  ### SOLUTION

# %%
check("08.recap", recap)

# %% [markdown]
# ## Challenge
#
# Train the deep network of section 3 for five epochs, with the factors 0.25,
# 0.5, 1 and 2, with Adam and with Descent. Which of the eight learn? Then put
# `mg.LayerNorm(64)` after each layer, and do it again. Last, without normalisation, and
# with `mg.SkipConnection(layer, np.add)` around each layer but the first and the last:
# what does the plus do to the way back?

# %%
# Your experiment.

# %%
progress("08")
