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
# # 05 · Optimisers are small functions with memory
#
# A gradient tells which way is up. It does not tell how far to go down, and a fixed
# multiple of the gradient is a bad answer in most landscapes. The optimisers with the
# famous names are attempts at a better one. Each is a few lines long: it looks at the
# new gradient and at what it remembers of the old ones, and returns a step. In this
# notebook you write three of them, watch them walk, and turn the last one into a loop
# that goes through memory once.
#
# **What you will be able to do**
#
# * say from the curvature of a landscape which learning rates are too large;
# * write momentum, RMSProp and Adam as two methods, `init` and `apply`;
# * explain what Adam divides by, and why its first step would be too long otherwise;
# * find the bug of an optimiser that is right for one array and wrong for two;
# * fuse an update into one pass over memory, and measure what it gains.
#
# Allow 40 minutes.

# %%
import time

import matplotlib.pyplot as plt
import numba
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.course import pictures

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 The contract
#
# Here is gradient descent in the form that all optimisers of this notebook have. We
# call it a **rule**. It knows *one* array `x` and its gradient `dx`. `init(x)` returns
# what the rule wants to remember about the array, its **state**. `apply(state, x, dx)`
# returns the new state and the step, which the caller subtracts from `x`. Gradient
# descent remembers nothing.


# %%
class Descent:
    """The step is eta times the gradient."""

    def __init__(self, eta=0.1):
        self.eta = eta

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * dx


def descend(rule, f, start, steps):
    """The places that a rule visits on its way down from a start: (steps + 1, 2)."""
    x = np.array(start)
    state, path = rule.init(x), [x]
    for _ in range(steps):
        state, step = rule.apply(state, x, mg.gradient(f, x)[0])
        x = x - step
        path.append(x)
    return np.array(path)


# %% [markdown]
# And here is a landscape: a valley that is 25 times more curved across than along,
# $f(x) = \tfrac12 (x_0^2 + 25\, x_1^2)$. Its gradient is $(x_0,\ 25\, x_1)$.
#
# **Predict before you run.** One step of gradient descent turns $x_1$ into
# $x_1 - 25 \eta\, x_1 = (1 - 25 \eta)\, x_1$. What is the largest learning rate $\eta$
# with which $x_1$ does not grow?

# %%
prediction = 2 / 25  ### SOLUTION

# %%
valley = lambda p: (p[0] ** 2 + 25 * p[1] ** 2) / 2
start = -4.0, 1.0

print("Your prediction:", prediction)
for eta in (0.02, 0.07, 0.079, 0.081):
    end = descend(Descent(eta), valley, start, 100)[-1]
    print(f"eta = {eta:<6} after 100 steps at ({end[0]:.4f}, {end[1]:.4f})")

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
for ax, eta in zip(axes, (0.02, 0.075), strict=True):
    pictures.contours(valley, (-5, 1), (-1.6, 1.6), ax=ax)
    path = descend(Descent(eta), valley, start, 40)
    ax.plot(*path.T, "o-", ms=3, lw=1, color="#D55E00")
    ax.set(title=f"Descent({eta}), 40 steps", xlabel="x0")
axes[0].set_ylabel("x1")
plt.show()

# %% [markdown]
# That is the whole difficulty. The steepest direction, across, allows no more than
# $\eta = 2/25$. The flat direction, along, would like a much larger one: with
# $\eta = 0.02$ the walker creeps, and with $0.075$ it wastes its effort on bouncing
# from wall to wall. Networks are valleys like this one, with ratios in the thousands.

# %% [markdown]
# ## 2 Momentum
#
# If steps across the valley keep changing their sign, and steps along it do not, then
# let us add them up: those across will cancel, those along will accumulate. A heavy
# ball does this by itself. The rule remembers a velocity $v$:
#
# $$ v \leftarrow \rho\, v + \eta\, dx, \qquad \text{step} = v . $$
#
# With $\rho = 0.9$ a tenth of the velocity is lost in each step, so that in a steady
# slope the speed becomes $1 / (1 - \rho) = 10$ times that of plain descent.
#
# ### Exercise 05.1 Momentum
#
# Write the rule. Compute new arrays and leave the old ones as they are (no `+=` on the
# state): whoever calls `apply` may still need them.


# %%
class Momentum:
    """v <- rho v + eta dx, and the step is v."""

    def __init__(self, eta=0.01, rho=0.9):
        self.eta, self.rho = eta, rho

    def init(self, x):
        return np.zeros_like(x)  ### SOLUTION

    def apply(self, state, x, dx):
        ### BEGIN SOLUTION
        v = self.rho * state + self.eta * dx
        return v, v
        ### END SOLUTION


# %%
check("05.1", Momentum)

# %%
if solved("05.1"):
    for rule in (Descent(0.02), Momentum(0.02, 0.8)):
        end = descend(rule, valley, start, 40)[-1]
        name = type(rule).__name__
        print(f"{name}: {np.hypot(*end):.4f} from the bottom after 40 steps")

# %% [markdown]
# ## 3 A bug with two arrays
#
# The other idea is to give every number a step size of its own: divide its gradient by
# the *usual size* of its gradients. Across the valley gradients are large, so steps
# become smaller; along it, the other way round. **RMSProp** keeps a running mean of the
# squares:
#
# $$ s \leftarrow \rho\, s + (1 - \rho)\, dx^2, \qquad \text{step} = \eta\, \frac{dx}{\sqrt{s} + \varepsilon} . $$
#
# The small $\varepsilon$ keeps the division finite where all gradients have been zero.
# Here is the rule. It has been used on the valley, and is right there.


# %%
class RMSPropWithABug:
    """Right for one array, and wrong for two."""

    def __init__(self, eta=0.001, rho=0.9, epsilon=1e-8):
        self.eta, self.rho, self.epsilon = eta, rho, epsilon
        self.s = 0.0

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        self.s = self.rho * self.s + (1 - self.rho) * dx**2
        return state, self.eta * dx / (np.sqrt(self.s) + self.epsilon)


rule = RMSPropWithABug(eta=0.1)
weight, bias = np.array([1.0, 1.0]), np.array(1.0)
for _ in range(3):
    _, step_of_weight = rule.apply(None, weight, np.array([100.0, 100.0]))
    _, step_of_bias = rule.apply(None, bias, np.array(0.01))
    print("weight:", step_of_weight.round(5), "  bias:", np.round(step_of_bias, 5))

# %% [markdown]
# The gradients of the weight are always 100, those of the bias always 0.01. For each of
# them alone the steps should be equally long after a while, about $\eta$ = 0.1. But the
# bias has hardly moved: it is treated as if *its* gradients were large.
#
# ### Exercise 05.2 RMSProp, for any number of arrays
#
# Write the rule so that one object can serve all arrays of a model.


# %%
class RMSProp:
    """s <- rho s + (1 - rho) dx²; the step is eta dx / (sqrt(s) + epsilon)."""

    def __init__(self, eta=0.001, rho=0.9, epsilon=1e-8):
        self.eta, self.rho, self.epsilon = eta, rho, epsilon

    def init(self, x):
        return np.zeros_like(x)  ### SOLUTION

    def apply(self, state, x, dx):
        ### BEGIN SOLUTION
        s = self.rho * state + (1 - self.rho) * dx**2
        return s, self.eta * dx / (np.sqrt(s) + self.epsilon)
        ### END SOLUTION


# %%
check("05.2", RMSProp)

# %% [markdown]
# ## 4 Adam
#
# Adam takes both ideas: a running mean of the gradients as momentum, and a running mean
# of their squares to divide by. And it repairs something. Both means start at zero, so
# at first they are too small. After $t$ steps, a mean that keeps the part $\beta$ has
# weights that sum to $1 - \beta^t$ only. So divide by that:
#
# $$ m \leftarrow \beta_1 m + (1 - \beta_1)\, dx \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, dx^2 $$
# $$ \hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad \text{step} = \eta\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon} $$
#
# ### Exercise 05.3 Adam
#
# The state needs three things: both means, and $t$. A tuple will do. Where does $t$
# start, and when does it grow? (In view of section 3: not in the rule.)


# %%
class Adam:
    """Adam, after Kingma and Ba (2014)."""

    def __init__(self, eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
        self.eta, self.beta, self.epsilon = eta, beta, epsilon

    def init(self, x):
        return np.zeros_like(x), np.zeros_like(x), 1  ### SOLUTION

    def apply(self, state, x, dx):
        beta1, beta2 = self.beta
        ### BEGIN SOLUTION
        m, v, t = state
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        mean, mean_square = m / (1 - beta1**t), v / (1 - beta2**t)
        step = self.eta * mean / (np.sqrt(mean_square) + self.epsilon)
        return (m, v, t + 1), step
        ### END SOLUTION


# %%
check("05.3", Adam)

# %% [markdown]
# Its first step is worth a look. At $t = 1$, $\hat m = dx$ and $\hat v = dx^2$, so the
# step is $\eta\, dx / |dx|$: as long as $\eta$ for every number (but for the tiny
# $\varepsilon$), whether its gradient is a thousand or a thousandth.

# %%
if solved("05.3"):
    rule, x = Adam(eta=0.1), np.zeros(3)
    print(rule.apply(rule.init(x), x, np.array([1000.0, -1.0, 0.001]))[1])

# %% [markdown]
# ### Exercise 05.4 Without the correction
#
# Suppose that the division by $1 - \beta^t$ were left out, with the usual
# $\beta = (0.9, 0.999)$. How many times $\eta$ would the first step be? (Three digits
# are enough.)

# %%
first_step = 0.1 / np.sqrt(0.001)  ### SOLUTION

# %%
check("05.4", first_step)

# %% [markdown]
# ## 5 Watch them walk
#
# Three landscapes: the valley; a saddle, from whose ridge plain descent slides off very
# slowly; and the bent valley of Rosenbrock, whose bottom is nearly flat. Every rule
# starts at the same place and takes the same number of steps; the star is the lowest
# point. There is no best rule. But note who creeps, who overshoots, and who walks at
# the same speed everywhere.

# %%
saddle = lambda p: (p[0] ** 2 - p[1] ** 2) / 2 + p[1] ** 4 / 8
rosenbrock = lambda p: (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2

if solved("05.1", "05.2", "05.3"):
    scenes = (
        ("valley", valley, (-4.0, 1.0), (0, 0), (-5, 1), (-2, 2), 60, 1.0),
        ("saddle", saddle, (-2.0, 0.01), (0, 2**0.5), (-2.5, 1), (-0.7, 2.2), 60, 1.0),
        (
            "Rosenbrock",
            rosenbrock,
            (-1.2, 1.0),
            (1, 1),
            (-1.6, 1.6),
            (-0.6, 1.8),
            200,
            0.2,
        ),
    )
    fig, axes = plt.subplots(1, 3, figsize=(11, 4))
    for ax, (name, f, begin, end, xlim, ylim, steps, pace) in zip(
        axes, scenes, strict=True
    ):
        pictures.contours(f, xlim, ylim, ax=ax)
        rules = (
            Descent(0.03 * pace),
            Momentum(0.02 * pace, 0.85),
            RMSProp(0.08 * pace),
            Adam(0.15 * pace),
        )
        for rule in rules:
            path = descend(rule, f, begin, steps)
            ax.plot(*path.T, ".-", ms=3, lw=1, label=type(rule).__name__)
        ax.plot(*end, "k*", ms=9)
        ax.set(title=f"{name}, {steps} steps", xlim=xlim, ylim=ylim)
    axes[0].legend(fontsize=8, loc="upper right")

# %% [markdown]
# ## 6 One pass over memory
#
# Your Adam is correct, and wasteful. Count the operations of NumPy in `apply`: every
# `*`, `+`, `/`, `**` and `sqrt` reads arrays from memory, and writes a new one. That is
# about fifteen journeys through memory, for arithmetic that takes a processor no time
# at all. The remedy is to **fuse**: one loop that, for each number, reads `x`, `dx`,
# `m` and `v` once, does everything, and writes `x`, `m` and `v` back.
#
# Python's loops are slow; but numba compiles such a loop to machine code.
#
# ### Exercise 05.5 A fused Adam
#
# Write the loop. It changes `x`, `m` and `v` in place (here this is the point), and
# returns nothing. `power1` and `power2` are $\beta_1^t$ and $\beta_2^t$. Use numbers,
# not slices: inside the loop, `x[i]` is a number.


# %%
def adam_loop(x, dx, m, v, eta, beta1, beta2, epsilon, power1, power2):
    """One step of Adam on flat arrays: x, m and v change in place."""
    for i in range(x.size):
        ### BEGIN SOLUTION
        m[i] = beta1 * m[i] + (1 - beta1) * dx[i]
        v[i] = beta2 * v[i] + (1 - beta2) * dx[i] * dx[i]
        mean, mean_square = m[i] / (1 - power1), v[i] / (1 - power2)
        x[i] -= eta * mean / (np.sqrt(mean_square) + epsilon)
        ### END SOLUTION


# %%
check("05.5", adam_loop)

# %% [markdown]
# Now a race between three: your rule, your loop compiled, and minigrad's Adam, whose
# loops are made from the formula of the rule.


# %%
def seconds(f, repeats=5):
    """The shortest time of a few calls."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        f()
        times.append(time.perf_counter() - begin)
    return min(times)


if solved("05.3", "05.5"):
    compiled = numba.njit(error_model="numpy")(adam_loop)
    sizes = [10**k for k in range(2, 7)]
    table = []
    for n in sizes:
        x, dx = np.random.default_rng(0).normal(size=(2, n)).astype(np.float32)
        m, v = np.zeros_like(x), np.zeros_like(x)
        rule = Adam()
        state = rule.init(x)
        model, grad = {"x": x.copy()}, {"x": dx}
        tree = mg.setup(mg.Adam(), model)
        numbers = 0.001, 0.9, 0.999, 1e-8, 0.9, 0.999
        contest = (
            lambda: rule.apply(state, x, dx),
            lambda: compiled(x, dx, m, v, *numbers),
            lambda: mg.update_(tree, model, grad),
        )
        for entry in contest:
            entry()  # the first call compiles
        table.append([seconds(entry) for entry in contest])
    fig, ax = plt.subplots()
    for times, name in zip(
        np.transpose(table),
        ("your rule, in NumPy", "your loop, compiled", "minigrad's update_"),
        strict=True,
    ):
        ax.loglog(sizes, times, "o-", label=name)
    ax.set(xlabel="numbers in the array", ylabel="seconds for a step of Adam")
    ax.set_title("One pass over memory, or fifteen")
    ax.legend()

# %% [markdown]
# On the left you see what a call costs whatever the size: minigrad's `update_` looks
# after a whole tree, and starts higher than a bare loop. On the right you see what each
# number costs. NumPy becomes slow as soon as its fifteen arrays no longer fit into the
# processor's cache. And your loop? One pass over memory is not all. It was given `eta`
# and `beta1` as 64-bit numbers, so each of your 32-bit numbers is widened, computed
# with in 64 bits, and rounded back.
#
# minigrad's loops round all such numbers to the type of the array before they begin.
# You need not write them yourself: a rule may give the *formula* for a single number,
# and the loop is written from its text. Here is a rule of our own, and the loop that
# becomes of it. Look at what happens before the `for`:

# %%
from minigrad.optimise.loops import write_loop


class SignMomentum(mg.Rule):
    """The sign of a running mean."""

    eta: float = 0.01
    rho: float = 0.9

    def init(self, x):
        return np.zeros_like(x)

    @staticmethod
    def formula(x, dx, v, eta, rho):
        v = rho * v + (1 - rho) * dx
        return eta * np.sign(v), v


print(write_loop([(SignMomentum.formula, 1)]))

# %% [markdown]
# **What is still missing.** Rules know one array; a model has many.
# `mg.setup(rule, model)` makes a tree of states in the shape of the model (notebook
# 04!), and `mg.update_` walks over both. With that, a training loop is three lines.
# Notebook 06 writes them, and looks at what can go wrong around them.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | a rule is | its memory is kept |
# |---|---|---|
# | minigrad, Flux (Optimisers.jl) | an immutable object with `init` and `apply` | in a tree beside the model, which `setup` returns |
# | optax (JAX) | a pair of functions, `init` and `update` | in a tree that you hand on from step to step |
# | PyTorch | an object that owns a list of parameters | in a dict inside the optimiser, by parameter |
#
# Beware of equal names: the same "Adam" puts its epsilon inside the root in some
# libraries, and "weight decay" means two different things. Compare the formulas, not
# the names.

# %% [markdown]
# ## Recap
#
# 1. A valley has the curvatures 1 and 100. Plain descent diverges for learning rates
#    above **(a)** 0.01, **(b)** 0.02, **(c)** 2.
# 2. Momentum helps in a valley because **(a)** steps across it cancel and steps along
#    it add up, **(b)** it divides by the curvature, **(c)** it makes the learning rate
#    smaller.
# 3. You multiply the loss by 1000. The steps of Adam become **(a)** 1000 times larger,
#    **(b)** about 30 times larger, **(c)** hardly any different.
# 4. The memory of a rule belongs **(a)** into the rule, **(b)** into a state for each
#    array, **(c)** into the gradient.
# 5. A fused loop is faster than NumPy for large arrays mainly because **(a)** it does
#    less arithmetic, **(b)** it uses float32, **(c)** it goes through memory once.

# %%
recap = "bacbc"  ### SOLUTION

# %%
check("05.recap", recap)

# %% [markdown]
# ## Challenge
#
# Two rules to write, each a small change. **Nesterov** momentum takes the gradient
# where the velocity will have carried it (see `help(mg.Nesterov)`). **Lion** steps by
# the sign of a mean, so it needs half of Adam's memory. Race all of them on
# `rosenbrock` for 500 steps, each with the learning rate that suits it best, found by
# trying ten. Does the ranking survive if the landscape is turned by 45 degrees? Which
# of the rules notice the rotation at all, and why?

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 06: the training loop, and five ways to spoil it.

# %%
progress("05")
