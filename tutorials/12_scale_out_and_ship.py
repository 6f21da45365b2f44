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
# # 12 · Scale out and ship
#
# The last notebook is about two things that come after the learning. A training that
# takes a week on one machine should take a day on seven. And what has been learnt must
# leave the program in which it was learnt, and be used by somebody else.
#
# Both look like plumbing, and both have traps that raise no error: a mean that is no
# mean, workers that wait for each other for ever, files whose numbers are all there, in
# another order. At the end there is a piece of work of your own: a function that reads
# handwritten digits, and an honest answer to the question of how well.
#
# **What you will be able to do**
#
# * split a step over workers with unequal shares, and get the same step;
# * write the ring that large trainings add their gradients in;
# * see a deadlock coming, and avoid it;
# * write a file format that the rest of the world can read;
# * say how good a model is, and how sure you are of it.
#
# Allow 40 minutes. (The workers are threads of this one process. Between machines, the
# same functions would be called with MPI's `send` and `recv`.)

# %%
import json
import queue
import struct
from concurrent.futures import ThreadPoolExecutor

import matplotlib.pyplot as plt
import numpy as np
import safetensors.numpy
from sklearn.model_selection import KFold, cross_val_score

import minigrad as mg
from minigrad.check import check, progress, solved
from minigrad.sklearn import NetClassifier

plt.style.use("minigrad.course.look")

# %% [markdown]
# ## 1 Shares
#
# The loss of a batch is the mean over its samples, so its gradient is the mean of the
# gradients of the samples. Give each worker a part of the batch, a **shard**, and a
# copy of the model. Each computes the mean gradient of its own shard. Then these are
# averaged, and everybody takes the same step. This is **data parallel** training.
#
# **Predict before you run.** There are two workers. One has 100 samples, the other one
# has the last one that was left. Somebody takes the plain mean of the two gradients.
# How many times as much as each of the others does the last sample count?

# %%
prediction = 100  ### SOLUTION

# %%
x = np.append(np.zeros(100), 1.0)  # 100 samples for the first worker, 1 for the second
shards = x[:100], x[100:]
slope_of = lambda shard: mg.gradient(lambda w: np.mean(w * shard), 1.0)[0]
print("the gradient of the batch:    ", slope_of(x))
print("the mean of both gradients:   ", np.mean([slope_of(shard) for shard in shards]))
print("You predicted:", prediction)

# %% [markdown]
# One of 101 samples has got half of the say. So a gradient must be weighted by the
# number of samples that it is a mean of: with $n_k$ samples at worker $k$,
#
# $$ g = \sum_k \frac{n_k}{\sum_j n_j}\, g_k . $$
#
# ### Exercise 12.1 A mean that is one
#
# Average gradients that have the shape of a model; where they are None, so is the mean.
# `mg.fmap(f, *trees)` calls `f` with the leaves that stand in the same place of all
# trees. And mind the worker who had no sample at all: the mean of nothing is NaN, and
# so is its gradient. It must not count, and 0 times NaN is NaN.


# %%
def average_gradients(gradients, sizes):
    """The gradient of a whole batch, from those of shards with so many samples."""
    ### BEGIN SOLUTION
    total = sum(sizes)

    def mean(*leaves):
        if leaves[0] is None:
            return None
        pairs = zip(leaves, sizes, strict=True)
        return sum(leaf * (size / total) for leaf, size in pairs if size)

    return mg.fmap(mean, *gradients)
    ### END SOLUTION


# %%
check("12.1", average_gradients)

# %%
train_digits, test_digits = mg.datasets.digits()
images = train_digits.images.reshape(-1, 64)
labels = mg.onehotbatch(train_digits.labels, range(10))


def new_network():
    """A network for digits, the same every time."""
    return mg.Chain(mg.Dense(64, 32, mg.relu, rng=0), mg.Dense(32, 10, rng=1))


def slopes(model, part):
    """The gradient of the loss of some samples."""
    loss = lambda m: mg.logitcrossentropy(m(images[part]), labels[part])
    return mg.gradient(loss, model)[0]


if solved("12.1"):
    model, parts = new_network(), np.split(np.arange(1000), [700, 950, 990])
    sizes = [len(part) for part in parts]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda part: slopes(model, part), parts))
    whole = slopes(model, np.arange(1000)).layers[0].weight
    for name, weights in (("by their sizes", sizes), ("equally", [1, 1, 1, 1])):
        mean = average_gradients(found, weights).layers[0].weight
        error = np.abs(mean - whole).max() / np.abs(whole).max()
        print(f"shards of {sizes}, weighted {name}: off by {error:.1g}")

# %% [markdown]
# ## 2 The ring
#
# How are the gradients added? If all send theirs to one worker, who adds them and sends
# the sum back, then that worker's line carries everything, and more with each worker.
# The usual answer is a **ring**: each worker sends to its right neighbour only, and
# receives from its left one. With $n$ workers, cut the array into $n$ chunks. In the
# first round, each worker sends one chunk, and adds the one that it receives to its
# own:
#
# | | worker 0 | worker 1 | worker 2 |
# |---|---|---|---|
# | at first | a0 · a1 · a2 | b0 · b1 · b2 | c0 · c1 · c2 |
# | sends chunk | 0 | 1 | 2 |
# | has then | a0 · a1 · **a2+c2** | **a0+b0** · b1 · b2 | c0 · **b1+c1** · c2 |
# | sends chunk | 2 | 0 | 1 |
# | has then | a0 · **a1+b1+c1** · ... | ... · b1 · **a2+b2+c2** | **a0+b0+c0** · ... |
#
# After $n - 1$ exchanges, each worker has *one* chunk complete. $n - 1$ more, in which
# complete chunks are handed round and replace the others, and everybody has the sum.
# Each worker has sent $2 (n - 1) / n$ times the array: less than two arrays, however
# many workers there are.
#
# There is a second point. Floating-point addition depends on the order, in the last
# bit. Here each chunk is added up in one place, once, and then copied. So all workers
# have the same bits, and copies of a model that start equal stay equal for ever.
#
# ### Exercise 12.2 All-reduce
#
# Write the work of worker `rank` of `size`. `send(chunk)` sends to the right neighbour,
# `receive()` returns what has come from the left one. Return the sum of the flat arrays
# of all workers, and leave your own as it is. `np.array_split(array, size)` cuts it;
# chunk `k % size` is a chunk for any whole `k`. In exchange `step` of the first round,
# worker `rank` sends chunk `rank - step`.


# %%
def ring_all_reduce(rank, size, array, send, receive):
    """The sum of the arrays of all workers: the same bits at each."""
    chunks = np.array_split(array, size)
    ### BEGIN SOLUTION
    for step in range(size - 1):
        send(chunks[(rank - step) % size])
        k = (rank - step - 1) % size
        chunks[k] = chunks[k] + receive()
    for step in range(size - 1):
        send(chunks[(rank - step + 1) % size])
        chunks[(rank - step) % size] = receive()
    ### END SOLUTION
    return np.concatenate(chunks)


# %%
check("12.2", ring_all_reduce)

# %% [markdown]
# Now four workers, as threads. Between neighbours there is a queue. Each worker has a
# model of its own and a shard of its own, and takes 30 steps. The models never meet:
# only gradients go round.


# %%
def run_workers(work, size):
    """The results of `work(rank, size, send, receive)` of all workers, by rank."""
    queues = [queue.Queue() for _ in range(size)]

    def one(rank):
        send, mine = queues[(rank + 1) % size].put, queues[rank]
        return work(rank, size, send, lambda: mine.get(timeout=10))

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


def trained_by(rank, size, send, receive):
    """A worker's model after 30 steps on its shard of 1000 digits."""
    mine = np.split(np.arange(1000), [400, 700, 900])[rank]
    total = ring_all_reduce(rank, size, np.array([len(mine)]), send, receive)[0]
    model = new_network()
    opt_state = mg.setup(mg.Adam(0.01), model)
    for _ in range(30):
        flat, rebuild = mg.destructure(slopes(model, mine))
        flat = flat * (len(mine) / total)
        mean = ring_all_reduce(rank, size, flat, send, receive)
        mg.update_(opt_state, model, rebuild(mean))
    return model, mine


if solved("12.1", "12.2"):
    found = run_workers(trained_by, 4)
    print("samples of the workers:", *(len(part) for _, part in found))
    flats = [mg.destructure(model)[0] for model, _ in found]
    print("the same bits at all:", all(np.array_equal(flats[0], f) for f in flats))
    everything = np.concatenate([part for _, part in found])
    alone = new_network()
    opt_state = mg.setup(mg.Adam(0.01), alone)
    for _ in range(30):
        mg.update_(opt_state, alone, slopes(alone, everything))
    error = np.abs(flats[0] - mg.destructure(alone)[0]).max()
    print(f"largest difference from a single process: {error:.1g}")

# %% [markdown]
# What does it gain? Threads of one Python will not tell: they share two processors and
# a lock. So here is a *model* of the time. A step takes one second on a single worker;
# the network has 100 million parameters, in 4 bytes each; a message needs 20 µs and
# then as long as the line takes.

# %%
workers = np.arange(1, 65)
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
for gigabits in (1, 10, 100):
    computing = 1.0 / workers
    bytes_sent = 2 * (workers - 1) / workers * 4e8
    sending = bytes_sent / (gigabits * 1e9 / 8) + 2 * (workers - 1) * 20e-6
    left.plot(workers, 1 / (computing + sending), label=f"{gigabits} Gbit/s")
    right.plot(workers, sending / (computing + sending))
left.plot(workers, workers, color="black", ls=":", lw=1, label="no sending at all")
left.set(xlabel="workers", ylabel="times as fast", ylim=(0, 20), title="Speed-up")
right.set(xlabel="workers", ylim=(0, 1), title="Part of the time that is sending")
left.legend()
plt.show()

# %% [markdown]
# Work can be divided, and sending cannot. With a slow line, two workers are *slower*
# than one. There are two ways out: to send less (16 bits, or a few large numbers), and
# to send while the rest of the gradient is still being computed.

# %% [markdown]
# ## 3 Waiting for each other
#
# The queues above take whatever they are given, and `send` returns at once. Over a
# network, a large message is different: `send` returns when the other side has
# *received* it. Both sides must come to the meeting. What becomes of this?


# %%
class Line:
    """A line between two workers: `send` waits until the other one has received."""

    def __init__(self):
        self.things, self.thanks = queue.Queue(), queue.Queue()

    def send(self, thing):
        self.things.put(thing)
        try:
            self.thanks.get(timeout=0.3)
        except queue.Empty:
            raise TimeoutError("waits in send(), and nobody receives") from None

    def receive(self):
        try:
            thing = self.things.get(timeout=0.3)
        except queue.Empty:
            raise TimeoutError("waits in receive(), and nobody sends") from None
        self.thanks.put(None)
        return thing


def meet(work, size):
    """What becomes of `work(rank, size, value, send, receive)` of all workers."""
    lines = [Line() for _ in range(size)]

    def one(rank):
        right, left = lines[(rank + 1) % size], lines[rank]
        try:
            return work(rank, size, f"from {rank}", right.send, left.receive)
        except TimeoutError as reason:
            return f"worker {rank} {reason}"

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


def everybody_sends_first(rank, size, value, send, receive):
    """Send to the right, then receive from the left."""
    send(value)
    return receive()


print(*meet(everybody_sends_first, 3), sep="\n")

# %% [markdown]
# Nobody does anything wrong. All are waiting for the one to their right, who is waiting
# as well, once round the ring: a **deadlock**. No error is raised (the time limit was
# our idea), no processor is busy, and the queue of the cluster sends the bill.
#
# ### Exercise 12.3 Exchange
#
# Write it so that it always comes to an end, for any number of workers, even or odd:
# send `value` to the right, and return what has come from the left. It is of no use if
# all receive first, either. What if some did the one thing first, and some the other? (A
# worker who is alone is its own neighbour, and should not talk to itself.)


# %%
def exchange(rank, size, value, send, receive):
    """Send to the right neighbour; what the left one has sent."""
    ### BEGIN SOLUTION
    if size == 1:
        return value
    if rank % 2 == 0:
        send(value)
        return receive()
    received = receive()
    send(value)
    return received
    ### END SOLUTION


# %%
check("12.3", exchange)

# %%
if solved("12.3"):
    print(*meet(exchange, 3), sep="\n")

# %% [markdown]
# ## 4 A bug in a file
#
# Now for the other half: the model must leave. **safetensors** is a file format that
# most frameworks read. It is as simple as it can be: 8 bytes with the length of the
# header, a header in JSON, and the bytes of the arrays, one after the other.
#
#     {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
#
# `data_offsets` says from which byte to which, counted from the end of the header. Here
# are a reader, which is right, and a writer. It has been in use for months.

# %%
DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def from_bytes(file):
    """The arrays in a file of the format safetensors, by name."""
    (length,) = struct.unpack("<Q", file[:8])
    header, data = json.loads(file[8 : 8 + length]), file[8 + length :]
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        flat = np.frombuffer(data[first:last], DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def to_bytes_with_a_bug(arrays):
    """A file of the format safetensors."""
    header, data = {}, b""
    for name, array in arrays.items():
        raw = array.ravel(order="K").tobytes()
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data


W = np.arange(6.0).reshape(2, 3)
for name, array in {"W": W, "W + 1": W + 1, "W.T": W.T}.items():
    back = from_bytes(to_bytes_with_a_bug({"w": array}))["w"]
    print(f"{name}: the same as before: {np.array_equal(back, array)}")
    if not np.array_equal(back, array):
        print(array, "became", back, sep="\n")

# %% [markdown]
# Every test passed for months. Then somebody saved a decoder whose weights were those of
# the encoder, transposed. `W.T` copies nothing: it is the same memory, to be read in
# another order (column by column, "Fortran order"), and `order="K"` means: as it lies in
# memory. The file does not say which order that was. The shape is right, all numbers are
# there, and no error is raised. The model just does not work.
#
# ### Exercise 12.4 A file for the world
#
# Write it as it should be: row by row ("C order"), whatever the memory looks like. An
# array without axes, such as `np.array(2.0)`, has the shape `[]`.


# %%
def to_bytes(arrays):
    """A file of the format safetensors, from arrays in any order of memory."""
    ### BEGIN SOLUTION
    header, data = {}, b""
    for name, array in arrays.items():
        raw = array.tobytes(order="C")
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data
    ### END SOLUTION


# %%
check("12.4", to_bytes)

# %% [markdown]
# Your files can be read by PyTorch, by JAX, and by the library itself. And the library
# itself? It is worth trying out what it makes of an array in Fortran order. (Version
# 0.8 stumbles. `mg.save("model.safetensors", model=model)` does not.)

# %%
if solved("12.4"):
    theirs = safetensors.numpy.load(to_bytes({"W": W, "tied": W.T}))
    print("the library reads your file:", np.array_equal(theirs["tied"], W.T))
columns = np.asfortranarray(W)
again = safetensors.numpy.load(safetensors.numpy.save({"w": columns}))["w"]
version = safetensors.__version__
print(f"the library {version} reads its own:", np.array_equal(again, columns))

# %% [markdown]
# ## 5 Your piece of work
#
# Ship a function. `recognise(images)` takes grey images of shape (n, 8, 8), with
# numbers from 0 to 1, and returns n whole numbers from 0 to 9. Of the 360 images in
# `test_digits` more than 98.5 % should be right: at most 5 may be wrong. A plain
# network with one hidden layer, as in the notebooks before, has 4 to 8 wrong. What
# could help:
#
# * `mg.Dropout(0.3, rng=0)` between two layers: in training, each neuron is away in
#   three steps of ten, so that no neuron can rely on another one. (Outside of a
#   gradient, they are all there.)
# * A vote: the mean of the probabilities (`mg.softmax(..., axis=-1)`) of three networks
#   with other random numbers. They do not make the same mistakes.
# * `mg.Conv((3, 3), 1, 16, mg.relu, pad=1)`, on images of shape (n, 8, 8, 1).
#
# Train with `train_digits` alone. And if you choose between several tries, choose by a
# part of *them* that you hold back: who chooses by the test set has trained on it.

# %%
# Your training.
### BEGIN SOLUTION
networks = []
for seed in (0, 7, 14):
    network = mg.Chain(
        mg.Dense(64, 128, mg.relu, rng=seed + 1),
        mg.Dropout(0.3, rng=seed),
        mg.Dense(128, 10, rng=seed + 2),
    )
    opt_state = mg.setup(mg.Adam(0.005), network)
    data = mg.DataLoader((images, labels), batchsize=32, shuffle=True, rng=seed)
    for epoch in range(24):
        if epoch == 18:
            mg.adjust_(opt_state, 0.001)
        loss = lambda m, x, y: mg.logitcrossentropy(m(x), y)
        mg.train_(loss, network, data, opt_state, progress=False)
    networks.append(network)
### END SOLUTION

# %% [markdown]
# ### Exercise 12.5 Recognise
#
# The function, with what you have trained. What it says of an image must not depend on
# which other images there are.


# %%
def recognise(images):
    """The digits in images of shape (n, 8, 8): n whole numbers."""
    ### BEGIN SOLUTION
    x = images.reshape(-1, 64)
    votes = sum(mg.softmax(network(x), axis=-1) for network in networks)
    return np.argmax(votes, axis=-1)
    ### END SOLUTION


# %%
check("12.5", recognise)

# %% [markdown]
# A number is not enough: look at what is wrong. The **confusion matrix** counts which
# digit was taken for which. On its diagonal is what was right.

# %%
if solved("12.5"):
    said, true = recognise(test_digits.images), test_digits.labels
    wrong = np.flatnonzero(said != true)
    table = np.zeros((10, 10), int)
    np.add.at(table, (true, said), 1)

    fig = plt.figure(figsize=(10, 4))
    left, right = fig.subfigures(1, 2)
    ax = left.subplots()
    ax.imshow(np.sqrt(table))
    for (row, column), count in np.ndenumerate(table):
        if count:
            colour = "white" if row == column else "black"
            ax.text(column, row, count, ha="center", va="center", color=colour)
    ax.set(xlabel="recognised as", ylabel="digit", xticks=range(10), yticks=range(10))
    ax.grid(False)
    for ax, k in zip(right.subplots(2, 3).flat, [*wrong, *[None] * 6], strict=False):
        ax.set_axis_off()
        if k is not None:
            ax.imshow(test_digits.images[k], cmap="Greys")
            ax.set_title(f"{true[k]}, taken for {said[k]}", fontsize=9)
    plt.show()

# %% [markdown]
# ## 6 How good, and how sure
#
# Two questions are left before anybody should rely on it. The first: 360 images are a
# sample. If $p$ is the part that is right, another 360 images would give $p$ plus or
# minus $\sqrt{p (1 - p) / 360}$. With 99 %, that is 0.5 %: whoever reports 98.9 % and
# 99.2 % as a difference has reported noise.
#
# The second: new images of *what*? The images of this data set stand in the order in
# which they were collected, one writer after the other, and the test set has images of
# the same writers. **Cross-validation** trains several times, each time without another
# part of the data, and judges by that part. Cut the data into four, once shuffled, and
# once in the order in which they stand. Then the parts have, mostly, other writers.

# %%
net = NetClassifier(hidden=(64,), epochs=8, random_state=0)
for name, folds in (
    ("new images of known writers", KFold(4, shuffle=True, random_state=0)),
    ("new images of new writers  ", KFold(4)),
):
    scores = cross_val_score(net, images, train_digits.labels, cv=folds)
    each = ", ".join(f"{score:.1%}" for score in scores)
    print(f"{name}: {scores.mean():.1%}   ({each})")

# %% [markdown]
# The same network, the same data, the same code. Which of both numbers is *the*
# accuracy? If you ship it to people who are not in the data set, the second, and its
# four parts tell how much depends on who they are. How the data are cut must fit the
# question that is asked.

# %% [markdown]
# **What is still missing.** Far more than is here: graphics processors, text, images
# larger than a stamp. But no new idea is needed for the first step. A gradient is a walk
# over a graph; it has the shape of the model; a rule makes a step of it; a loop repeats
# that; and somebody looks at the numbers. You have written every one of these.

# %% [markdown]
# **Compare with other frameworks.**
#
# | | gradients of all workers | a model in a file |
# |---|---|---|
# | minigrad | by hand, as here; mpi4py: `comm.Allreduce(mine, total)` | `mg.save("model.safetensors", model=model)` |
# | Flux (Julia) | `DistributedUtils` | `jldsave("model.jld2"; state=Flux.state(model))` |
# | PyTorch | `DistributedDataParallel(model)`: a ring, during the way back | `torch.save(model.state_dict(), "model.pt")` |
# | JAX | `jax.lax.pmean(grads, "workers")` | `orbax`, `safetensors.flax` |
#
# PyTorch's `DistributedDataParallel` takes the plain mean over the workers, whatever
# the sizes of their shards: its sampler makes them equal, if need be by showing some
# samples twice. A file `.pt` was a pickle for a long time: loading it ran whatever code
# was in it. That is why safetensors was invented.

# %% [markdown]
# ## Recap
#
# 1. Three workers with 10, 10 and 80 samples. The gradient of the last one has the
#    weight **(a)** 1/3, **(b)** 8/10, **(c)** 80.
# 2. In a ring of 100 workers, each one sends about **(a)** two arrays, **(b)** 99
#    arrays, **(c)** 1/100 of an array.
# 3. All workers call `receive()` first, and then `send()`. **(a)** It works, as all do
#    the same; **(b)** it depends on who is faster; **(c)** they wait for ever.
# 4. `W.T` was written "as it lies in memory", and read with the right shape. The numbers
#    **(a)** are all there, in wrong places; **(b)** are all right; **(c)** are garbage.
# 5. 1000 images of 10 people, shuffled, 800 to train and 200 to test. The accuracy
#    holds for **(a)** new images of these people, **(b)** everybody, **(c)** the 800.

# %%
recap = "bacaa"  ### SOLUTION

# %%
check("12.recap", recap)

# %% [markdown]
# ## Challenge
#
# *Honestly.* Write a cross-validation by writers for your `recognise`. What helps for
# new writers that did not help for new images: shifting the training images by a pixel?
# More dropout? A convolution?
#
# *Without a network.* For each image, find the one in the training set that is nearest
# (`np.sum((a - b) ** 2)`), and say what that one is. How many are wrong? What would you
# have to ship, and how long does an answer take?
#
# *Many processes.* `multiprocessing.Pipe` gives you real processes, with a `send` and a
# `recv`. Put your ring on them. From what size of the network on is it faster than one
# process?

# %%
# Your experiment.

# %% [markdown]
# **Where next?** Anywhere. `minigrad` is small enough to be read from beginning to end,
# and you know every part of it now.

# %%
progress()
