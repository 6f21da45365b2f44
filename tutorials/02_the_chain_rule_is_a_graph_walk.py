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
# # 02 · The chain rule is a graph walk
#
# Notebook 01 computed slopes by nudging: one evaluation of the function for each number
# that can be nudged. A network with a million parameters would need a million
# evaluations for a single step. This notebook builds the machine that needs *one*: it
# remembers how the result was made, then walks back and hands every number its slope.
# It is called reverse-mode automatic differentiation, or backpropagation. It takes
# sixty lines, and at the end you will see that minigrad does the same.
#
# **What you will be able to do**
#
# * read a computation as a graph with a slope on every edge;
# * say why every path through that graph counts, and why one must not follow them all;
# * put a graph of 10,000 operations in order without recursion;
# * write `backward` by hand, and explain why a list, a *tape*, makes it simpler still.
#
# Allow 40 minutes.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.course import pictures

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 A computation is a graph
#
# Here is a tiny network: one neuron, with input $x$, weight $w$ and bias $b$, and the
# square of its output as loss. `mg.trace` runs a function and shows what happened:
# yellow boxes for what came in, white ones for operations, the result framed.


# %%
def loss(w, x, b):
    """The square of one neuron's output."""
    y = np.tanh(w * x + b)
    return y * y


mg.trace(loss, 0.5, 2.0, -0.3).show()

# %% [markdown]
# To nudge $w$ by a little makes `×` change by $x$ times as much, since
# $\partial(wx)/\partial w = x$. That makes `+` change by 1 times as much, `tanh` by
# $1 - \tanh^2$ times as much, and so on down. So let us write a number on every edge:
# *how much does the lower box change per unit of the upper one?* We call it the **local
# slope** of the edge. Then
#
# * along a path, slopes **multiply** (that is the chain rule);
# * where a value has several paths to the result, the contributions **add**.
#
# The product `y * y` uses `y` twice, so there are two edges into the last box, drawn
# one on top of the other; each has the slope $y$.
#
# All we need is a number that remembers what it was made from, and with which local
# slopes.
#
# ### Exercise 02.1 A number that remembers
#
# `__add__` is done for you. Add the product, the power with a fixed exponent `n`, and
# `tanh`. Each returns a new `Value`: its number, a tuple of the values it was made
# from, a tuple of the local slopes towards them, and a sign for the pictures.


# %%
class Value:
    """A number that remembers how it was made.

    data: the number. parents: the values that it was made from. slopes: for each of
    them, how much this number changes per unit of that one.
    """

    def __init__(self, data, parents=(), slopes=(), sign=""):
        self.data, self.parents, self.slopes, self.sign = data, parents, slopes, sign

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = as_value(other)
        ### BEGIN SOLUTION
        slopes = other.data, self.data
        return Value(self.data * other.data, (self, other), slopes, "×")
        ### END SOLUTION

    def __pow__(self, n):
        ### BEGIN SOLUTION
        slope = n * self.data ** (n - 1)
        return Value(self.data**n, (self,), (slope,), f"**{n}")
        ### END SOLUTION

    def tanh(self):
        ### BEGIN SOLUTION
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,), "tanh")
        ### END SOLUTION

    # The rest follows from these.
    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_value(other)

    def __truediv__(self, other):
        return self * as_value(other) ** -1.0

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"Value({self.data:.4g})"


def as_value(x):
    """x as a Value; a plain number becomes one without parents."""
    return x if isinstance(x, Value) else Value(x)


# %%
check("02.1", Value)

# %% [markdown]
# Note what we did *not* write: no derivative of subtraction, of division, of the
# neuron. Operations that can be made from others need no slope of their own.

# %% [markdown]
# ## 2 Every path
#
# The sum over all paths of the product of the slopes: that can be written down as it is
# said. Start at the result with the number 1, and follow every edge upwards,
# multiplying. Whatever arrives at a value is added to what has arrived there before.

# %%
visits = 0


def follow_all_paths(value, upstream, gradients):
    """Add to `gradients` what reaches each value along every path."""
    global visits
    visits += 1
    gradients[value] = gradients.get(value, 0.0) + upstream
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        follow_all_paths(parent, upstream * slope, gradients)


if solved("02.1"):
    w, x, b = Value(0.5), Value(2.0), Value(-0.3)
    gradients = {}
    follow_all_paths((w * x + b).tanh() ** 2, 1.0, gradients)
    print("by following all paths:", gradients[w], gradients[x], gradients[b])
    print("by minigrad:           ", *mg.gradient(loss, 0.5, 2.0, -0.3))

# %% [markdown]
# Right to the last digit or two. It took six lines; are we done? Let us count. In the
# loop below every line uses the line before it *twice*, which is what happens all the
# time in a network: every neuron feeds many others.

# %%
if solved("02.1"):
    for doublings in range(1, 8):
        a = Value(1.0)
        for _ in range(doublings):
            a = a + a
        visits = 0
        follow_all_paths(a, 1.0, {})
        print(f"{doublings} doublings, {doublings + 1} values: {visits} visits")

# %% [markdown]
# ### Exercise 02.2 How many visits?
#
# How many visits will it be for 30 doublings? (Do not run it.)

# %%
visits_needed = 2**31 - 1  ### SOLUTION

# %%
check("02.2", visits_needed)

# %% [markdown]
# At a million visits a second, that is more than half an hour for a graph of 31 values.
# There are too many paths. But there are only 31 *values*, and 60 edges. Whatever has
# arrived at a value is going to be multiplied by the same slopes: so let it be
# collected first, and sent on once.

# %% [markdown]
# ## 3 Two bugs on the way
#
# Collect and send on: here is the first attempt that most people write. Each value has
# a `gradient` that collects, and what is collected is what is sent on.


# %%
def send_what_is_collected(value, upstream, gradients):
    """A first attempt. It is wrong."""
    gradients[value] = gradients.get(value, 0.0) + upstream
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        send_what_is_collected(parent, gradients[value] * slope, gradients)


# %% [markdown]
# **Predict before you run.** In `b = a + a; c = b + b`, the result is four times `a`,
# so its slope is 4. What will this function say? Follow it with a pencil: who is
# visited when, and what has been collected by then?

# %%
prediction = 6.0  ### SOLUTION

# %%
a = Value(1.0)
b = a + a
c = b + b
gradients = {}
send_what_is_collected(c, 1.0, gradients)
print(f"Your prediction: {prediction}. It says: {gradients[a]}")

# %% [markdown]
# The value `b` is visited twice, and at the second visit it sends on the first
# contribution *again*. (This very mistake has been proposed as an improvement to a
# well-known teaching library, with the counter-example above as the reply.)
#
# So every value must be visited once. Here is the second attempt: a list of values to
# be visited, and a set of those that have been in it.


# %%
def backward_with_a_bug(result):
    """A second attempt: every value is visited once. Also wrong, but where?"""
    gradients = {result: 1.0}
    waiting = [result]
    while waiting:
        value = waiting.pop()
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            if parent not in gradients:
                gradients[parent] = 0.0
                waiting.append(parent)
            gradients[parent] += gradients[value] * slope
    return gradients


print("b = a + a; c = b + b:", backward_with_a_bug(c)[a])

# %% [markdown]
# ### Exercise 02.3 Find the bug by a counter-example
#
# It passes the test that the first attempt failed. Still it is wrong, and the shortest
# way to understand a bug is the shortest program that shows it. Write a function of one
# `Value`, made of `+` and `*` only, with at most four operations, for which
# `backward_with_a_bug` gives the wrong slope. (When is a value's turn? What may have to
# arrive at it later?)


# %%
def counterexample(x):
    """A result for which backward_with_a_bug is wrong."""
    ### BEGIN SOLUTION
    near = x * x
    far = near * near
    return far + near
    ### END SOLUTION


# %%
check("02.3", counterexample)

# %% [markdown] tags=["solution"]
# *What goes wrong.* The result has two parents, `far` and `near`. The list is a stack,
# so `near` comes first: it sends on what it has got from the result. Only then comes
# `far`, which sends something to `near` as well; but `near` has had its turn. Written
# as `near + far`, the same program is differentiated correctly, by luck. Such bugs
# survive for years.

# %% [markdown]
# ## 4 The right order
#
# A value may be visited once **all values that use it** have been visited. An order in
# which every value stands behind its parents is called a *topological* order; walked
# from its end, it is exactly what we need.
#
# How does one find it? By walking into the depth: go to a parent, from there to its
# parent, and so on; write a value down when all of its parents have been written down.
# The textbook does it with a function that calls itself. But Python lets functions call
# each other a thousand deep and no deeper, and a network that is unrolled over time has
# long chains. So keep the values that you are in the middle of in a list of your own.
#
# ### Exercise 02.4 Parents first
#
# Return a list of all values that `result` was made from, each once, each behind its
# parents, `result` last. One way: keep a stack of values. Look at the top one. If all
# of its parents are in the order already, it is its turn: take it from the stack and
# append it to the order. Otherwise put those parents onto the stack.


# %%
def topological_order(result):
    """The values that result was made from, parents first, result last."""
    ### BEGIN SOLUTION
    order, done, stack = [], set(), [result]
    while stack:
        value = stack[-1]
        missing = [parent for parent in value.parents if parent not in done]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if value not in done:
            done.add(value)
            order.append(value)
    return order
    ### END SOLUTION


# %%
check("02.4", topological_order)

# %% [markdown]
# ### Exercise 02.5 The way back
#
# Now the algorithm by which every network is trained. Return a dict from each value to
# its gradient. Let it start anew in every call: nothing is stored in the values, so
# nothing can be left over from last time.


# %%
def backward(result):
    """A dict from each value that result was made from to the slope towards it."""
    ### BEGIN SOLUTION
    gradients = {result: 1.0}
    for value in reversed(topological_order(result)):
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            gradients[parent] = gradients.get(parent, 0.0) + gradients[value] * slope
    return gradients
    ### END SOLUTION


# %%
check("02.5", backward)

# %% [markdown]
# Watch it work on a program of the kind that misled the second attempt. Each box has an
# operation and its number, and below it what has arrived there so far; the numbers
# along the arrows are local slopes. Grey boxes have not been reached, the orange one
# has its turn: it sends what has arrived, times the slope, up each of its arrows.

# %%
if solved("02.1", "02.4", "02.5"):
    x = Value(0.8, sign="x")
    near = x * x
    result = near * near + near
    pictures.walk(result, topological_order(result))
    print("by backward: ", backward(result)[x])
    print("by minigrad: ", mg.gradient(lambda x: x**4 + x**2, 0.8)[0])

# %% [markdown]
# And a chain of 10,000 operations, which no recursion would survive:

# %%
if solved("02.1", "02.5"):
    x = Value(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    print(f"slope {backward(y)[x]:.6f}, and 1.0001**10000 = {1.0001**10_000:.6f}")

# %% [markdown]
# **What is still missing.** The sorting is more work than the walk, and we do it anew
# for every gradient. Is there an order that comes for free?

# %% [markdown]
# ## 5 The tape
#
# There is. A value cannot be computed before its parents. So *the order in which things
# happened* is already an order in which parents come first! If every operation writes
# itself down when it happens, at the end of one common list, then no sorting is needed:
# the way back is the list, read from its end. Such a list is called a **tape**.
#
# Below, a `Tracked` number is a `Value` that knows its tape, and its place on it. An
# entry of the tape is a pair: the places of the parents, and the local slopes.


# %%
class Tracked:
    """A number on a tape."""

    def __init__(self, data, tape, parents=(), slopes=()):
        self.data, self.tape, self.index = data, tape, len(tape)
        tape.append((parents, slopes))

    def record(self, data, others, slopes):
        """The result of an operation on self and others, as a new entry."""
        parents = tuple(value.index for value in (self, *others))
        return Tracked(data, self.tape, parents, slopes)

    def __add__(self, other):
        return self.record(self.data + other.data, (other,), (1.0, 1.0))

    def __mul__(self, other):
        slopes = other.data, self.data
        return self.record(self.data * other.data, (other,), slopes)

    def tanh(self):
        y = math.tanh(self.data)
        return self.record(y, (), (1 - y * y,))


tape = []
w, x, b = (Tracked(number, tape) for number in (0.5, 2.0, -0.3))
y = (w * x + b).tanh()
result = y * y
for index, (parents, slopes) in enumerate(tape):
    print(index, parents, [round(slope, 4) for slope in slopes])

# %% [markdown]
# ### Exercise 02.6 Play it back
#
# Given a tape, return a list with the gradient of each entry, of the last entry with
# respect to it. Entries that have nothing to do with the result keep 0. It is shorter
# than Exercise 02.5.


# %%
def play_back(tape):
    """For each entry of the tape, the slope of the last entry towards it."""
    ### BEGIN SOLUTION
    gradients = [0.0] * len(tape)
    gradients[-1] = 1.0
    for index in reversed(range(len(tape))):
        parents, slopes = tape[index]
        for parent, slope in zip(parents, slopes, strict=True):
            gradients[parent] += gradients[index] * slope
    return gradients
    ### END SOLUTION


# %%
check("02.6", play_back)

# %% [markdown]
# ## 6 minigrad does the same
#
# Here is your tape, played back, beside minigrad's own. The entries are the same, in
# the same order, with the same gradients.

# %%
if solved("02.6"):
    for index, gradient in enumerate(play_back(tape)):
        print(f"{index}  {gradient:+.4f}")

recorded = mg.trace(loss, 0.5, 2.0, -0.3)
recorded.backward()
recorded

# %%
recorded.show()

# %% [markdown]
# The file [`minigrad/autodiff/tape.py`](../minigrad/autodiff/tape.py) is worth reading
# now: its function `backward` is your `play_back`. It differs in three ways. Entries
# hold no slopes but the *operation* and its arguments, because for arrays a slope would
# be a huge matrix (notebook 03). What received nothing is `None`, not 0. And
# broadcasting is undone there, in one place. Everything else in that package records:
# so that you can write plain NumPy instead of `Tracked`.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | what is remembered | order of the way back | where gradients go |
# |---|---|---|---|
# | minigrad | a tape for each call of `gradient` | the tape, reversed | returned |
# | micrograd | each value knows its parents | sorted by a recursive function | into `value.grad`, added to what is there |
# | PyTorch | each tensor knows the operation that made it | a queue that counts who is still to come | into `parameter.grad`, added to what is there: hence `zero_grad()` |
# | JAX | a program of the whole function, which is transposed | the program, reversed | returned |
# | Zygote (Flux) | the compiler writes a second program for the way back | that program | returned |

# %% [markdown]
# ## Recap
#
# 1. A value reaches the result along two paths, with slopes 2 and 3 on the first and 4
#    on the second. Its gradient is **(a)** 9, **(b)** 10, **(c)** 24.
# 2. Following all paths is **(a)** wrong when a value is used twice, **(b)** right and
#    fast, but needs recursion, **(c)** right, but exponentially slow.
# 3. In the way back, a value has its turn when **(a)** all values that use it have had
#    their turn, **(b)** something has arrived at it, **(c)** all of its parents have
#    had their turn.
# 4. A tape needs no sorting because **(a)** it is short, **(b)** an operation is
#    written down when it happens, which is after its parents, **(c)** it holds slopes.
# 5. You compute the gradient of the same result twice, by the `backward` of Exercise
#    02.5. The second time it is **(a)** twice as large, **(b)** zero, **(c)** the same.

# %%
recap = "bcabc"  ### SOLUTION

# %%
check("02.recap", recap)

# %% [markdown]
# ## Challenge
#
# The slopes on the edges are plain numbers. Let them be `Value`s, made by the same
# operations: then the gradient is itself a `Value` that remembers how it was made, and
# you can walk back from *it*. Change `Value` (very little is needed) so that the second
# derivative of `x**4` at 2 comes out as 48. What has become of the graph after one
# walk, and after two? The answer to that is why second derivatives are not free.

# %%
# Your experiment.

# %% [markdown]
# **Where next?** One number at a time, in Python, is slow. Notebook 03 lets each value
# be a whole array. The walk stays as it is; what is new are the slopes.

# %%
progress("02")
