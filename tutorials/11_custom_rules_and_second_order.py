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
# # 11 · Custom rules and second order
#
# A tape knows the derivative of each operation, and the chain rule does the rest. So
# far, all those derivatives were there. In this notebook you write some that are not:
# for an operation that has no useful slope, for an equation that is solved by
# iteration, for a formula that is not defined everywhere. What you write is a contract,
# and a contract can be tested.
#
# And since a gradient is computed by operations like any other, it has a gradient
# itself. That gives the curvature, which tells how long a step may be.
#
# **What you will be able to do**
#
# * give a function a derivative of your own, also one that is a lie, on purpose;
# * differentiate the solution of an equation without looking at how it was found;
# * find the NaN of a branch that was not taken;
# * say whether a Jacobian should be computed by rows or by columns;
# * multiply with a Hessian that does not fit into memory, and take a step of Newton's.
#
# Allow 40 minutes.

# %%
import time
import tracemalloc

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.course import pictures

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 A useful lie
#
# Suppose that a network is to run on a chip that knows only the weights +1 and -1. A
# weight of that kind is the sign of a number that we train. But the slope of a sign is
# 0 wherever it has one, so that no gradient ever arrives at that number.
#
# The remedy is a lie: on the way back, pretend that the sign was not there, and hand
# the gradient on as it is. This is called a **straight-through** estimator. It is wrong
# in every point, and right in its direction: a weight that should be larger is made
# larger, until its sign changes. One refinement: a number that is beyond 1 is far
# enough from 0 already, and gets none, so that it will not run away.
#
# A rule is a function `(g, ans, x)`. `g` is the gradient that arrives at the result
# `ans` of the operation; `x` is what the operation was called with. It returns the
# gradient of `x`. (`g` belongs to others as well: compute a new array.)
#
# ### Exercise 11.1 Straight through
#
# Return `g` where $-1 \le x \le 1$, and 0 elsewhere.


# %%
def binary_vjp(g, ans, x):
    """The gradient of x, where ans is the sign of x and g has arrived there."""
    ### BEGIN SOLUTION
    return g * (np.abs(x) <= 1)
    ### END SOLUTION


# %%
check("11.1", binary_vjp)

# %% [markdown]
# `mg.primitive` makes a function one operation on the tape, and `mg.elementwise` gives
# it its rule. (It is for functions that work number by number; for any others there is
# `mg.vjp`.) Here are a layer with such weights, and a network of two of them.


# %%
@mg.primitive
def binary(x):
    """+1 or -1, in the dtype of x."""
    return np.where(x < 0, x.dtype.type(-1), x.dtype.type(1))


mg.elementwise(binary, binary_vjp)


@mg.functor
class SignedDense:
    """A dense layer whose weights go through a function before they are used."""

    def __init__(self, n_in, n_out, through, rng):
        rng = np.random.default_rng(rng)
        self.weight = rng.uniform(-0.3, 0.3, (n_out, n_in)).astype(np.float32)
        self.scale = np.full(n_out, 1 / np.sqrt(n_in), np.float32)
        self.bias = np.zeros(n_out, np.float32)
        self.through = through

    def __call__(self, x):
        return (x @ self.through(self.weight).T) * self.scale + self.bias


train_digits, test_digits = mg.datasets.digits()
pixels = 2 * train_digits.images.reshape(-1, 64) - 1
classes = mg.onehotbatch(train_digits.labels, range(10))
unseen = 2 * test_digits.images.reshape(-1, 64) - 1


def signed_network(through):
    """A network of two such layers, trained on the digits for 8 epochs."""
    model = mg.Chain(
        SignedDense(64, 64, through, 0), mg.relu, SignedDense(64, 10, through, 1)
    )
    opt_state = mg.setup(mg.Adam(0.01), model)
    data = mg.DataLoader((pixels, classes), batchsize=64, shuffle=True, rng=0)
    loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
    for _ in range(8):
        mg.train_(loss, model, data, opt_state, progress=False)
    return model


if solved("11.1"):
    for name, through in (
        ("weights +1 and -1, the slope of a sign", np.sign),
        ("weights +1 and -1, straight through", binary),
        ("weights of any size", lambda weight: weight),
    ):
        model = signed_network(through)
        right = np.mean(mg.onecold(model(unseen)) == test_digits.labels)
        print(f"{name}: {right:.1%}")
        if through is binary:
            signs = binary(model.layers[0].weight)

    fig, axes = plt.subplots(1, 8, figsize=(9, 1.5))
    for ax, neuron in zip(axes, signs, strict=False):
        ax.imshow(neuron.reshape(8, 8), cmap="PuOr", vmin=-2, vmax=2)
        ax.set_axis_off()
    fig.suptitle("The weights of eight neurons: one bit for each pixel", fontsize=10)
    plt.show()

# %% [markdown]
# `mg.check_gradient` compares a rule with finite differences. Of this one it says the
# truth. That is how you tell a lie on purpose from a mistake: you know it beforehand.

# %%
if solved("11.1"):
    print(mg.check_gradient(lambda x: np.sum(3 * binary(x)), np.array([0.5, -0.2])))

# %% [markdown]
# ## 2 The slope of a solution
#
# Some results are not computed by a formula: they solve an equation. Let $y$ be the
# number, or the array, with
#
# $$ y = f(y, x) , $$
#
# found by putting something in for $y$ and calling $f$ until nothing changes any more,
# which may take hundreds of calls. Must the tape keep them all? No. Nudge $x$ by $dx$.
# Then $y$ moves by $dy$, and still solves the equation:
#
# $$ dy = J_y\, dy + J_x\, dx , $$
#
# with the derivatives $J_y$ and $J_x$ of $f$ *at the solution*. How it was found does
# not occur. Solved for $dy$, and read backwards: let $g$ be the gradient that arrives
# at $y$. Then
#
# $$ u = g + J_y^T u \qquad \text{and} \qquad \text{the gradient of } x \text{ is } J_x^T u . $$
#
# The first is an equation of the same kind again, so it can be solved in the same way.
#
# ### Exercise 11.2 Implicit
#
# `value, back = mg.pullback(f, y, x)` gives you both transposed products at once:
# `back(u)` is the tuple of $J_y^T u$ and $J_x^T u$. Begin with `u = g`, and repeat
# until it no longer changes; 200 times will do here.


# %%
def implicit_gradient(f, y, x, g):
    """The gradient of x for the solution y of y = f(y, x), at which g arrives."""
    ### BEGIN SOLUTION
    _, back = mg.pullback(f, y, x)
    u = g
    for _ in range(200):
        u = g + back(u)[0]
    return back(u)[1]
    ### END SOLUTION


# %%
check("11.2", implicit_gradient)

# %% [markdown]
# Kepler's equation says where a planet is at a certain time: $E = M + e \sin E$. The
# time is $M$, the angle $E$, and $e$ tells how far the orbit is from a circle. It has
# no solution in closed form. Here it is as *one* operation, and as 100 of them.


# %%
def kepler(E, M, e=0.7):
    """The right-hand side of Kepler's equation."""
    return M + e * np.sin(E)


def iterated(M):
    """Its solution, by a hundred steps."""
    E = M
    for _ in range(100):
        E = kepler(E, M)
    return E


if solved("11.2"):

    @mg.primitive
    def angle(M):
        """The solution of Kepler's equation, as one operation."""
        return iterated(M)

    mg.vjp(angle, lambda g, ans, M: implicit_gradient(kepler, ans, M, g))

    M = np.linspace(0, 2 * np.pi, 200)
    tapes = [mg.trace(lambda M: f(M).sum(), M) for f in (iterated, angle)]
    print("steps on the tape:", *map(len, tapes))
    slopes = [mg.gradient(lambda M: f(M).sum(), M)[0] for f in (iterated, angle)]
    print("largest difference of the gradients:", np.abs(slopes[0] - slopes[1]).max())

# %% [markdown]
# A layer that is defined in this way can be as deep as it wants and needs the memory of
# one. ("Deep equilibrium models" are built of it.)

# %% [markdown]
# ## 3 A bug in a branch that was not taken
#
# The entropy of a distribution, $-\sum p \log p$, says how undecided it is. Where $p$
# is 0 the summand is 0: something impossible adds nothing. But `0 * np.log(0)` is NaN.
# So somebody wrote this:


# %%
def entropy_with_a_bug(p):
    """The sum of -p log p over the last axis; where p is 0, the summand is 0."""
    return -np.sum(np.where(p > 0, p * np.log(p), 0.0), axis=-1)


p = np.array([0.5, 0.5, 0.0])
with np.errstate(divide="ignore", invalid="ignore"):
    print("value:   ", entropy_with_a_bug(p))
    print("gradient:", mg.gradient(entropy_with_a_bug, p)[0])

# %% [markdown]
# The value is right. The gradient is not a number, at just the place where `np.where`
# was so careful. And a single NaN in a gradient is a whole model of NaN, one step
# later.
#
# `np.where` is no `if`. Both branches are computed, for all numbers, and one is chosen.
# On the way back, the branch that was *not* chosen gets the gradient 0. It is
# multiplied by the slope of `log` at 0, which is infinite. And 0 times infinity is NaN.
#
# ### Exercise 11.3 Entropy
#
# Write it so that value and gradient are finite. It is of no use to choose among
# results: see to it that `log` is never *called* with a 0. Where $p$ is 0 the gradient
# is to be 0, and elsewhere $-\log p - 1$, exactly (so nothing small may be added).


# %%
def entropy(p):
    """The sum of -p log p over the last axis; a p of 0 takes no part."""
    ### BEGIN SOLUTION
    harmless = np.where(p > 0, p, 1)
    return -np.sum(p * np.log(harmless), axis=-1)
    ### END SOLUTION


# %%
check("11.3", entropy)

# %% [markdown] tags=["solution"]
# *Why it works.* Where $p$ is 0, `harmless` is 1, whatever $p$ does: `log` is called
# with 1, gives 0, and its finite slope is multiplied by 0 on the way back. One speaks
# of the *double where*, since in general the result needs one as well.

# %% [markdown]
# ## 4 By rows or by columns
#
# The Jacobian of a function from $n$ numbers to $m$ numbers is a matrix of $m$ rows and
# $n$ columns. There are two ways to multiply with it:
#
# * `y, back = mg.pullback(f, x)`: `back(u)` is $J^T u$. With a unit vector for $u$ it
#   is one *row*. This is reverse mode.
# * `y, push = mg.pushforward(f, x)`: `push(v)` is $J v$, the change of the result if
#   $x$ changes by $v$. With a unit vector for $v$ it is one *column*. This is forward
#   mode.
#
# ### Exercise 11.4 By columns
#
# Compute the Jacobian by columns, with `f` traced once. The rows of `np.eye(n)` are the
# unit vectors.


# %%
def jacobian_by_columns(f, x):
    """The derivative of each output of f (rows) towards each number in x (columns)."""
    ### BEGIN SOLUTION
    _, push = mg.pushforward(f, x)
    return np.stack([push(unit) for unit in np.eye(len(x))], axis=-1)
    ### END SOLUTION


# %%
check("11.4", jacobian_by_columns)

# %% [markdown]
# **Predict before you run.** `mg.jacobian` goes by rows. The function below has 20
# outputs, and the number of inputs grows from 2 to 500. Which way is faster?
#
# 1. Rows, always.
# 2. Columns, always.
# 3. Columns as long as there are few inputs, then rows.

# %%
prediction = 3  ### SOLUTION


# %%
def seconds(f, repeats=3):
    """The shortest time of a few calls."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        f()
        times.append(time.perf_counter() - begin)
    return min(times)


if solved("11.4"):
    sizes, table = (2, 5, 10, 20, 50, 100, 200, 500), []
    for n in sizes:
        matrix = np.random.default_rng(0).normal(size=(20, n))
        bend, at = (lambda x: np.tanh(matrix @ x)), np.ones(n)
        rows = seconds(lambda: mg.jacobian(bend, at))
        table.append((rows, seconds(lambda: jacobian_by_columns(bend, at))))
    fig, ax = plt.subplots()
    for times, name in zip(np.transpose(table), ("by rows", "by columns"), strict=True):
        ax.loglog(sizes, times, "o-", label=name)
    ax.axvline(20, color="black", ls=":", lw=1)
    ax.text(21, ax.get_ylim()[0] * 1.3, "as many inputs as outputs", fontsize=9)
    ax.set(xlabel="inputs", ylabel="seconds for the Jacobian, 20 outputs")
    ax.set_title(f"You predicted: {prediction}")
    ax.legend()

# %% [markdown]
# Rows cost the same for any number of inputs, and columns for any number of outputs. A
# loss has *one* output and a model a million inputs: one row against a million columns.
# That is the whole reason for which networks are trained backwards.

# %% [markdown]
# ## 5 The derivative of a derivative
#
# The Hessian $H$ of a loss with a million parameters has $10^{12}$ entries. Nobody
# needs them. What one needs is $H v$, how the gradient changes along $v$. And that is a
# gradient: as $v$ is constant,
#
# $$ H v = \nabla \big( \nabla f \cdot v \big) . $$
#
# ### Exercise 11.5 Hessian times vector
#
# Write it, with two calls of `mg.gradient`, one within the other. No matrix and no
# small number.


# %%
def hessian_vector(f, x, v):
    """H v, for the Hessian H of f at x; f returns one number."""
    ### BEGIN SOLUTION
    slope_along_v = lambda x: np.sum(mg.gradient(f, x)[0] * v)
    return mg.gradient(slope_along_v, x)[0]
    ### END SOLUTION


# %%
check("11.5", hessian_vector)

# %% [markdown]
# In notebook 05 the largest learning rate was 2 divided by the largest curvature.
# There, one could see the curvature in the formula. Now you can measure it, for any
# loss: multiply some vector by $H$, again and again, and what is left is the steepest
# direction, growing by the largest curvature in each step. Below are digits, recognised
# by 640 numbers that are fitted by least squares, and their 409 600 second derivatives.

# %%
if solved("11.5"):
    start = np.zeros(640)
    few_x, few_y = pixels[:300].astype(float), classes[:300]
    squares = lambda w: mg.mse(few_x @ w.reshape(64, 10), few_y)
    direction = np.random.default_rng(0).normal(size=640)
    for _ in range(30):
        direction = hessian_vector(squares, start, direction)
        largest = np.linalg.norm(direction)
        direction = direction / largest
    print(f"the largest curvature: {largest:.3f}, so eta up to {2 / largest:.4f}")
    for part in (0.5, 0.98, 1.02, 1.1):
        w, eta = start, part * 2 / largest
        for _ in range(100):
            w = w - eta * mg.gradient(squares, w)[0]
        print(f"eta = {eta:.4f}: a loss of {squares(w):.4g} after 100 steps")

# %% [markdown]
# ## 6 Newton
#
# Close to $x$, the loss is nearly a parabola. Its slope is the gradient $g$, its
# curvature the Hessian $H$. So do not creep towards the bottom of that parabola: jump
# there. Where is it? Where the gradient is zero, $g + H\, d = 0$.
#
# ### Exercise 11.6 A step of Newton's
#
# Return the bottom of the parabola, $x + d$. `mg.hessian(f, x)` is the matrix, and
# `np.linalg.solve(H, b)` the solution of $H d = b$.


# %%
def newton_step(f, x):
    """The place where the parabola that fits f at x is flat."""
    ### BEGIN SOLUTION
    slope = mg.gradient(f, x)[0]
    return x - np.linalg.solve(mg.hessian(f, x), slope)
    ### END SOLUTION


# %%
check("11.6", newton_step)

# %%
if solved("11.6"):
    rosenbrock = lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    newton_path = [np.array([-1.2, 1.0])]
    for _ in range(7):
        newton_path.append(newton_step(rosenbrock, newton_path[-1]))
    descent_path = [np.array([-1.2, 1.0])]
    for _ in range(1000):
        slope = mg.gradient(rosenbrock, descent_path[-1])[0]
        descent_path.append(descent_path[-1] - 0.0015 * slope)

    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    pictures.contours(rosenbrock, (-1.6, 1.6), (-3.5, 2.0), ax=left)
    paths = (descent_path, "gradient descent"), (newton_path, "Newton")
    for (path, name), marker in zip(paths, ("-", "o-"), strict=True):
        left.plot(*np.transpose(path), marker, ms=4, lw=1.2, label=name)
        heights = [max(rosenbrock(p), 1e-32) for p in path]
        right.loglog(range(1, len(path) + 1), heights, marker, ms=4, label=name)
    left.plot(1, 1, "k*", ms=9)
    left.set(title="Rosenbrock's valley", xlabel="x0", ylabel="x1")
    right.set(title="Height", xlabel="step")
    left.legend(loc="lower center", fontsize=8)

# %% [markdown]
# Seven steps, and in the last ones the number of right digits doubles each time. Why is
# not everything trained like this? The equation costs $n^3$; the Hessian of a small
# batch is noisy; and Newton goes to where the gradient is *zero*, be it a valley, a
# ridge or a saddle. What is used in practice (K-FAC, Shampoo, L-BFGS) is an
# approximation of this step, and Adam a very rough one.

# %% [markdown]
# ## 7 Time for memory
#
# One rule is left that has nothing to do with formulas. The tape of a deep network
# keeps what every layer has computed, as the way back needs it. It need not: what is
# not there can be computed again. `mg.checkpointed(f, h)` keeps only `h`, and calls `f`
# a second time on the way back. With 36 layers in pieces of 6, one keeps the 6 borders,
# and, while a piece is being gone through, what is in its 6 layers. (The layers here
# have one weight for each feature: memory is what matters.)

# %%
rng = np.random.default_rng(0)
weights = [rng.normal(1, 0.1, 64).astype(np.float32) for _ in range(36)]
batch = rng.normal(size=(1000, 64)).astype(np.float32)


def through(weights, h):
    """Layer after layer."""
    for weight in weights:
        h = np.tanh(weight * h)
    return h


def loss_in_pieces(weights, size):
    """A loss of 36 layers, with a checkpoint around every `size` of them."""
    h = batch
    for first in range(0, len(weights), size):
        h = mg.checkpointed(through, weights[first : first + size], h)
    return np.sum(h**2)


def peak(f):
    """The most memory that a call needs, in megabytes."""
    tracemalloc.start()
    f()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def in_pieces(size):
    """The gradient, with checkpoints."""
    return mg.gradient(lambda m: loss_in_pieces(m, size), weights)


def at_once():
    """The gradient, without."""
    return mg.gradient(lambda m: np.sum(through(m, batch) ** 2), weights)


sizes = 1, 2, 3, 4, 6, 9, 12, 18, 36
fig, ax = plt.subplots()
ax.plot(sizes, [peak(lambda: in_pieces(size)) for size in sizes], "o-")
ax.axhline(peak(at_once), color="black", ls=":", lw=1)
ax.text(14, peak(at_once) * 1.02, "without checkpoints", ha="right", fontsize=9)
ax.set(xlabel="layers in a piece", ylabel="megabytes", title="Peak memory")
ax.set_ylim(0, None)
plt.show()
print(f"without checkpoints: {1000 * seconds(at_once):.1f} ms")
print(f"in pieces of 6:      {1000 * seconds(lambda: in_pieces(6)):.1f} ms")

# %% [markdown]
# The best size is near the root of the number of layers. In very small pieces the
# borders need more than they save. The price is a second way forward, and some
# bookkeeping. Here, where a layer computes next to nothing, a step takes about twice as
# long; with large matrices, a third longer.

# %% [markdown]
# **What is still missing.** Everything happened in one process, on one machine, and was
# lost when it ended. Notebook 12 distributes a step over several workers, and puts what
# was learnt into a file.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | a rule of your own | forward mode | Hessian times vector | checkpoints |
# |---|---|---|---|---|
# | minigrad | `@primitive`, `vjp(f, ...)` | `pushforward` | `hvp(f, x, v)` | `checkpointed(f, x)` |
# | Zygote (Julia) | `rrule`, `@adjoint` | `pushforward` | `gradient` of `gradient` | `checkpointed(f, x)` |
# | JAX | `@custom_vjp`, `f.defvjp(...)` | `jvp` | `jvp(grad(f), (x,), (v,))` | `jax.checkpoint(f)` |
# | PyTorch | a class with `forward` and `backward` | `torch.func.jvp` | `autograd.functional.hvp`, or twice `grad` | `torch.utils.checkpoint` |
#
# JAX computes $Hv$ forward over reverse, the cheapest way. The `where` of section 3
# bites in all four.

# %% [markdown]
# ## Recap
#
# 1. A straight-through rule and `check_gradient` disagree. **(a)** The rule has a
#    mistake, **(b)** `check_gradient` is too strict, **(c)** as they should: the rule
#    is not the derivative.
# 2. An equation was solved by 500 iterations. Its implicit gradient needs **(a)** the
#    solution alone, **(b)** all 500 iterates, **(c)** the first and the last.
# 3. `np.where(x > 0, np.sqrt(x), 0)`: for a negative `x`, the square root **(a)** is
#    not computed, **(b)** is computed, and not chosen, **(c)** raises an error.
# 4. From 3 inputs to 1000 outputs: the Jacobian is computed best **(a)** by rows,
#    **(b)** by columns, **(c)** by finite differences.
# 5. At a saddle, a step of Newton's **(a)** stays where it is, **(b)** rolls down,
#    **(c)** is infinitely long.

# %%
recap = "cabba"  ### SOLUTION

# %%
check("11.recap", recap)

# %% [markdown]
# ## Challenge
#
# Newton without the matrix: the **conjugate gradient** method solves $H d = -g$ with
# nothing but products $H v$. Look up its ten lines, and train the classifier of section
# 5 by it, all 640 parameters, with 20 products in each step. Add a little of $v$ to
# each product ($H v + \lambda v$): what does that do to the parabola, and why does it
# help? Compare with Adam, by the number of gradients computed.

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Notebook 12, the last one: many workers, and a file.

# %%
progress("11")
