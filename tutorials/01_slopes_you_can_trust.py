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
# # 01 · Slopes you can trust
#
# Training a network means asking one question millions of times: *if I nudge this
# number a little, how much does the loss change?* The answer is a slope. Before we
# build a machine that computes slopes exactly (notebook 02), we need a second opinion
# that we can always ask: one that uses nothing but the values of the function. This
# notebook is about that second opinion, and about how far it can be trusted.
#
# **What you will be able to do**
#
# * compute a slope in three ways, from values alone, and say how large the error is;
# * choose the step for a given dtype, and explain why a smaller one is not better;
# * find the bug in a gradient check that always says 0;
# * judge a slope that somebody else gives you: right, wrong, or standing on a kink.
#
# **How the exercises work.** Replace each `...` by your answer and run the cell, then
# the one below it. The panel says what kind of thing is the matter, never what the
# answer is. Stuck? `check("01.1", forward_difference, hint=1)` shows a hint; there are
# three. Your progress is kept in a small file beside this notebook. Allow 30 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 Rise over run
#
# The slope of $f$ at $x$ is what the rise over a short run tends to as the run shrinks:
#
# $$ f'(x) = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h} $$
#
# Geometrically, a line through two points of the curve turns into the tangent. Here is
# that happening to the sine at $x = 1$, whose slope we happen to know:
# $\cos 1 = 0.5403$.

# %%
x = np.linspace(0, 3, 200)
fig, ax = plt.subplots()
ax.plot(x, np.sin(x), color="black", label="sin")
for h in (1.5, 0.8, 0.3):
    rise = np.sin(1 + h) - np.sin(1)
    ax.plot(x, np.sin(1) + rise / h * (x - 1), lw=1, label=f"h = {h}: {rise / h:.3f}")
    ax.plot([1 + h], [np.sin(1 + h)], "o", ms=4, color="black")
ax.plot(x, np.sin(1) + np.cos(1) * (x - 1), "--", color="black", lw=1, label="tangent")
ax.plot([1], [np.sin(1)], "o", color="black")
ax.set(ylim=(0.2, 1.6), xlabel="x", title="The shorter the run, the nearer the tangent")
ax.legend(title="slope")
plt.show()

# %% [markdown]
# A computer cannot take a limit. But it can stop somewhere on the way: choose a small
# $h$, and leave it at that. This is the **forward difference**.
#
# ### Exercise 01.1 The forward difference
#
# Write a function that returns it. It should work for one number and, without a loop,
# for an array of places as well.


# %%
def forward_difference(f, x, h):
    """The slope of f between x and x + h."""
    ### BEGIN SOLUTION
    return (f(x + h) - f(x)) / h
    ### END SOLUTION


# %%
check("01.1", forward_difference)

# %% [markdown]
# ## 2 Smaller is not better
#
# How good is it? The limit tells us to make $h$ small. So let us make it *very* small.
#
# **Predict before you run.** For the sine at $x = 1$, in ordinary 64-bit numbers, which
# of these steps gives the best slope? Write down your guess first; nobody grades it.

# %%
# 1e-2, 1e-5, 1e-8, 1e-11 or 1e-14?
prediction = 1e-8  ### SOLUTION

# %%
if solved("01.1"):
    print(f"Your guess: {prediction}\n")
    for h in (1e-2, 1e-5, 1e-8, 1e-11, 1e-14):
        slope = forward_difference(np.sin, 1.0, h)
        print(f"h = {h:.0e}   slope = {slope:.15f}   error = {slope - np.cos(1):+.0e}")

# %% [markdown]
# From 1e-2 to 1e-8 the error shrinks with $h$, as it should. Then it *grows*, until at
# 1e-14 only two digits are left. Two errors are at work, and they pull in opposite
# directions.
#
# **The formula is wrong by about $h$.** Taylor's theorem says
# $f(x + h) = f(x) + h f'(x) + \tfrac{h^2}{2} f''(x) + \dots$, so the forward difference
# is $f'(x) + \tfrac{h}{2} f''(x) + \dots$: ten times smaller a step, ten times smaller
# an error. We say that it is of **order 1**.
#
# **The subtraction is wrong by about $\varepsilon / h$.** A 64-bit number has 53 binary
# digits, so every value of $f$ comes with a rounding error of relative size
# $\varepsilon \approx 2 \cdot 10^{-16}$. When $h$ is tiny, $f(x+h)$ and $f(x)$ agree in
# nearly all of their digits. The subtraction cancels what they agree in, and what is
# left consists of rounding errors. Then we divide it by a tiny number, and so magnify
# it.
#
# The total is about $\tfrac{h}{2} |f''| + \varepsilon |f| / h$: large on the left,
# large on the right, and smallest somewhere between. Drawn with logarithmic axes it is
# a V.
#
# One half of the V can be had cheaper. If the error $\tfrac{h}{2} f''$ on one side of
# $x$ is the same as that on the other side, with the opposite sign, then let us take
# both.
#
# ### Exercise 01.2 The central difference
#
# Take the slope between a place behind `x` and a place ahead of it, each `h` away.


# %%
def central_difference(f, x, h):
    """The slope of f between x - h and x + h."""
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %%
check("01.2", central_difference)

# %% [markdown]
# Here is the error of both against the step, in 64-bit and in 32-bit numbers. Every
# point is one call of your own functions. Read the right-hand arms: going left by one
# decade, the forward difference gains one decade, the central difference two. That is
# what order 1 and order 2 look like.


# %%
def errors(difference, steps, dtype):
    """The error of a difference of sin at 1, for each step."""
    x = dtype(1)
    slopes = [difference(np.sin, x, dtype(h)) for h in steps]
    return np.maximum(np.abs(np.array(slopes, np.float64) - np.cos(1)), 1e-17)


if solved("01.1", "01.2"):
    fig, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
    for ax, dtype, smallest in zip(
        axes, (np.float64, np.float32), (-14, -7), strict=True
    ):
        steps, eps = np.logspace(smallest, 0, 85), np.finfo(dtype).eps
        ax.loglog(steps, errors(forward_difference, steps, dtype), ".", label="forward")
        ax.loglog(steps, errors(central_difference, steps, dtype), ".", label="central")
        ax.loglog(steps, np.sin(1) / 2 * steps, "k:", lw=1)
        ax.loglog(steps, np.cos(1) / 6 * steps**2, "k:", lw=1)
        ax.loglog(steps, eps * np.sin(1) / steps, "k--", lw=1)
        ax.set(xlabel="step h", title=f"{dtype.__name__}: eps = {eps:.0e}")
        ax.set_ylim(1e-13, 10)
        ax.legend(loc="upper center")
    axes[0].set_ylabel("error of the slope of sin at 1")
    for place, text, angle in (
        ((2e-6, 6e-6), "h/2 |f''|", 33),
        ((8e-3, 3e-8), "h²/6 |f'''|", 53),
        ((3e-13, 1e-3), "eps |f| / h", -33),
    ):
        axes[0].text(*place, text, rotation=angle)

# %% [markdown]
# The scatter along the left-hand arms is the rounding: no smooth law, but bounded by
# one (the dashed line). The dotted lines are the two Taylor errors. You cannot do
# better than the tip of the V, whatever you do to $h$: about 8 digits for the forward
# difference, 10 or 11 for the central one. In 32-bit numbers it is 3 digits and 5.
#
# ### Exercise 01.3 The best step
#
# Where is the tip? Ignore the factors that depend on $f$, and minimise
# $h^2 + \varepsilon / h$, the error of the **central** difference. Return the best step
# for a dtype, such as `np.float32`. (Anything within a factor of three will do.)


# %%
def best_step(dtype):
    """A step for central differences in numbers of this dtype."""
    ### BEGIN SOLUTION
    return np.cbrt(np.finfo(dtype).eps)
    ### END SOLUTION


# %%
check("01.3", best_step)

# %% [markdown]
# ## 3 A slope without a subtraction
#
# The rounding error came in by a subtraction of numbers that are nearly equal. There is
# a way around it, which looks like a conjuring trick. Take the step in the *imaginary*
# direction:
#
# $$ f(x + ih) = f(x) + ih\, f'(x) - \tfrac{h^2}{2} f''(x) - \dots $$
#
# The value of the function is in the real part, the slope in the imaginary part, and
# they do not mix. Nothing is subtracted, so nothing cancels, so $h$ may be as small as
# we like.
#
# ### Exercise 01.4 The complex step
#
# NumPy's functions accept complex numbers, and `1j` is the imaginary unit.


# %%
def complex_step(f, x, h=1e-200):
    """The slope of f at x, by a step into the complex plane."""
    ### BEGIN SOLUTION
    return np.imag(f(x + 1j * h)) / h
    ### END SOLUTION


# %%
check("01.4", complex_step)

# %%
if solved("01.4"):
    for h in (1e-2, 1e-5, 1e-10, 1e-100, 1e-200):
        slope = complex_step(np.sin, 1.0, h)
        print(f"h = {h:.0e}   slope = {slope:.16f}   error = {slope - np.cos(1):+.0e}")
    print(f"             cos 1 = {np.cos(1):.16f}")

# %% [markdown]
# No V at all: only the right-hand arm, and then nothing. Why does not everybody use it?
# Because `f` has to be a function that makes sense of complex numbers, in all its
# parts. `abs`, `max`, comparisons and conjugates do not, and they fail in silence: the
# complex step of `abs` is 0 everywhere. It is a superb tool for smooth formulas, and no
# judge for a network with `relu` in it.
#
# **What is still missing.** All of these cost one or two evaluations of `f` *for each
# number* in `x`. A network with a million parameters would need a million evaluations
# for one gradient. That is why notebook 02 walks another way, which costs about as much
# as two or three evaluations, for all of them together. But the slow way is the one
# that cannot go wrong, or so it seems.

# %% [markdown]
# ## 4 A bug to find
#
# A gradient is a slope for each number of an array. The function below nudges one
# number at a time, ahead and behind. It was written by somebody who knows all of the
# above, its formula is right, and it returns 0 for everything.


# %%
def gradient_with_a_bug(f, x, h=1e-5):
    """The slope of f(x) towards each number of the array x. Always 0: why?"""
    gradient = np.zeros_like(x)
    for i in range(x.size):
        ahead = x
        behind = x
        ahead[i] = x[i] + h
        behind[i] = x[i] - h
        gradient[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def sum_of_squares(x):
    """Its gradient is 2 x."""
    return np.sum(x**2)


gradient_with_a_bug(sum_of_squares, np.array([1.0, 2.0, 3.0]))

# %% [markdown]
# ### Exercise 01.5 The gradient that is always zero
#
# Find out what goes wrong (print something inside the loop), and write it as it should
# be. While you are at it, let it work for arrays of any shape, a matrix for instance:
# `np.ndindex(x.shape)` runs through all of its places.


# %%
def numerical_gradient(f, x, h=1e-5):
    """The slope of f(x) towards each number of the array x, in the shape of x."""
    ### BEGIN SOLUTION
    x = np.asarray(x, float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[i] = x[i] + h
        behind[i] = x[i] - h
        gradient[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient
    ### END SOLUTION


# %%
check("01.5", numerical_gradient)

# %% [markdown] tags=["solution"]
# *What went wrong.* `ahead = x` gives the array a second name and `behind = x` a third.
# The nudge ahead and the nudge back are done to one array, one after the other, so both
# values of `f` are taken at the same place. There was a second trap: `np.zeros_like(x)`
# of an array of integers is an array of integers, in which every slope is cut down to a
# whole number.

# %% [markdown]
# ## 5 The verdict
#
# Now turn the tables. Somebody hands you a function and what they say is its slope. Is
# it right? You compute the central difference and compare. Two things make this harder
# than it sounds.
#
# **What is a large error?** An error of 0.001 is nothing if the slope is a million, and
# everything if it is 0.0001. So errors are measured relative to the slope. Experience
# with 64-bit numbers and central differences gives this ladder:
#
# | relative error | what it usually means |
# |---|---|
# | below 1e-7 | right |
# | 1e-7 to 1e-4 | right, if `f` bends sharply or is large; otherwise look twice |
# | 1e-4 to 1e-2 | suspicious: a forgotten small term, or float32 somewhere |
# | above 1e-2 | wrong; or a kink |
#
# **What is a kink?** `relu(x) = max(x, 0)` has slope 0 on the left of 0 and slope 1 on
# the right. At 0 there is no slope; every framework picks one (0, mostly), and the
# central difference picks the mean, 0.5. They disagree, and nobody is wrong. The sign
# of a kink is that the slope to the right and the slope to the left disagree *with each
# other*.

# %%
relu = lambda x: max(x, 0.0)
h = 6e-6
for name, f, x in (("relu", relu, 0.0), ("tanh", np.tanh, 0.7), ("exp", np.exp, 2.0)):
    right, left = (f(x + h) - f(x)) / h, (f(x) - f(x - h)) / h
    print(f"{name} at {x}: {left:.5f} on the left, {right:.5f} on the right")

# %% [markdown]
# For a smooth function the two differ as well, but only by about $h f''$.
#
# ### Exercise 01.6 ok, kink or wrong
#
# Return one of these three words for a function `f`, a function `slope` that is claimed
# to be its slope, and a place `x`. Take the error relative to the larger of the two
# slopes, and beware of the case that both are 0. Let `"ok"` mean a relative error below
# 1e-5.


# %%
def verdict(f, slope, x, h=6e-6):
    """Whether slope(x) is the slope of f at x: "ok", "kink" or "wrong"."""
    ### BEGIN SOLUTION
    right = (f(x + h) - f(x)) / h
    left = (f(x) - f(x - h)) / h
    central = (right + left) / 2
    size = max(abs(slope(x)), abs(central), 1e-10)
    if abs(slope(x) - central) / size < 1e-5:
        return "ok"
    return "kink" if abs(right - left) / size > 0.1 else "wrong"
    ### END SOLUTION


# %%
check("01.6", verdict)

# %% [markdown]
# ## 6 The tool that does all this
#
# `mg.check_gradient` compares the gradient that minigrad computes with central
# differences, number by number, with the step of Exercise 01.3 and the three verdicts
# of Exercise 01.6. Here is a table that you can read completely now:


# %%
def loss(weights, bias, x):
    """The mean square of relu(x @ weights + bias)."""
    return np.mean(np.maximum(x @ weights + bias, 0) ** 2)


rng = np.random.default_rng(0)
weights, bias, x = rng.normal(size=(3, 2)), np.zeros(2), rng.normal(size=(5, 3))
mg.check_gradient(lambda w, b: loss(w, b, x), weights, bias)

# %%
mg.check_gradient(lambda x: np.sum(mg.relu(x)), np.array([-1.0, 0.0, 2.0]))

# %% [markdown]
# **Compare with other frameworks.**
#
# | | gradient check | slope of relu at 0 |
# |---|---|---|
# | minigrad | `mg.check_gradient(f, x)`: converts to float64 by itself, names kinks | 0 |
# | PyTorch | `torch.autograd.gradcheck(f, x)`: wants float64 inputs, raises where they differ | 0 |
# | JAX | `jax.test_util.check_grads(f, args, order=1)`: forward and reverse mode | 0 |
# | Flux | by another package: `FiniteDifferences.jl`, which also adapts the step | 0 |
#
# PyTorch's documentation warns that the check "will likely fail" for float32 inputs.
# You have drawn the picture that says why.

# %% [markdown]
# ## Recap
#
# Five questions, one letter each.
#
# 1. You make the step of a forward difference ten times smaller, far to the right of
#    the tip of the V. Its error becomes **(a)** ten times smaller, **(b)** a hundred
#    times smaller, **(c)** ten times larger.
# 2. And far to the *left* of the tip? **(a)** Ten times smaller, **(b)** it stays as it
#    is, **(c)** ten times larger.
# 3. The central difference is better than the forward difference because **(a)** it
#    rounds less, **(b)** the errors of first order on both sides cancel, **(c)** it
#    uses twice the step.
# 4. The complex step has no left-hand arm because **(a)** complex numbers have more
#    digits, **(b)** nothing is subtracted, **(c)** the step is imaginary and so has no
#    size.
# 5. A tape and a central difference disagree at one number: 0 against 0.5. The slopes
#    to the right and to the left are 1 and 0. Then **(a)** the tape has a bug,
#    **(b)** the step is too large, **(c)** it is a kink: check again beside it.

# %%
recap = "acbbc"  ### SOLUTION

# %%
check("01.recap", recap)

# %% [markdown]
# ## Challenge
#
# The central difference with step $h$ is $f' + c h^2 + d h^4 + \dots$ with constants
# that we do not know. With step $2h$ it is $f' + 4 c h^2 + 16 d h^4 + \dots$. Combine
# the two so that $c$ drops out: a slope of **order 4**, from four values of `f`. (The
# idea is L. F. Richardson's, of 1911.) Draw its error into the picture of section 2.
# Where is the tip of its V, and how many digits does it get? Then find a function for
# which the complex step is silently wrong although the function has a perfectly good
# slope.

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 02 builds a machine that gives exact slopes of any program,
# all of them in one walk. With what you have now, you can check it.

# %%
progress("01")
