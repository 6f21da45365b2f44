"""A whole training step of a network: forward, backward, and Adam.

The networks are chains of fully connected layers with an activation in between
and the cross entropy of scores as loss, in float32. Everybody starts from the
same weights and gets the same batch in every step.
"""

from functools import partial
from itertools import pairwise
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from .adam import ETA, AdamByHand, adam_in_jax
from .contest import Row, at_most, in_turns


class Problem(NamedTuple):
    """A network and a batch for it.

    Attributes:
        parameters: weights of shape (out, in) and biases (out,), layer by layer.
        activation: "tanh" or "relu".
        x: the inputs, of shape (batch, features).
        labels: the classes, of shape (batch,).
        targets: the same, one-hot.
    """

    parameters: list
    activation: str
    x: np.ndarray
    labels: np.ndarray
    targets: np.ndarray


def problem(sizes, activation, batch):
    """A `Problem` from a fixed seed.

    Every input occurs twice, with two different labels. So the loss cannot go to
    0, and the gradients not to denormal numbers, on which processors are slow.
    """
    rng = np.random.default_rng(0)
    parameters = []
    for n, m in pairwise(sizes):
        parameters += [rng.standard_normal((m, n), np.float32) / np.sqrt(np.float32(n))]
        parameters += [np.zeros(m, np.float32)]
    x = rng.standard_normal((batch // 2, sizes[0]), np.float32)
    labels = rng.integers(sizes[-1], size=batch // 2)
    x, labels = np.tile(x, (2, 1)), np.append(labels, labels + 1) % sizes[-1]
    targets = np.eye(sizes[-1], dtype=np.float32)[labels]
    return Problem(parameters, activation, x, labels, targets)


# --- By hand -----------------------------------------------------------------------


def by_hand(task):
    """NumPy: the backward pass written out, in place wherever memory is free."""
    parameters = [x.copy() for x in task.parameters]
    weights, biases = parameters[::2], parameters[1::2]
    adam = AdamByHand(parameters)
    last, scale = len(weights) - 1, np.float32(1 / len(task.x))
    tanh = task.activation == "tanh"

    def run():
        inputs, y = [], task.x
        for i in range(last + 1):
            inputs.append(y)
            y = y @ weights[i].T
            y += biases[i]
            if i < last:
                np.tanh(y, out=y) if tanh else np.maximum(y, 0, out=y)
        loss, g = cross_entropy(y, task.targets, scale)
        gradients = []
        for i in range(last, -1, -1):
            gradients += [g.sum(axis=0), g.T @ inputs[i]]
            if i:
                y = inputs[i]
                g = g @ weights[i]
                g *= 1 - y * y if tanh else y > 0
        adam.update(gradients[::-1])
        return loss

    return run


def cross_entropy(scores, targets, scale):
    """The mean cross entropy, and its gradient towards the scores, in their memory."""
    scores -= scores.max(axis=1, keepdims=True)
    exponentials = np.exp(scores)
    total = exponentials.sum(axis=1, keepdims=True)
    loss = (np.log(total).sum() - np.vdot(scores, targets)) * scale
    np.divide(exponentials, total, out=scores)
    scores -= targets
    scores *= scale
    return loss, scores


# --- minigrad ----------------------------------------------------------------------


def chain_of(task):
    """The network as a `Chain`, with parameters of its own."""
    import minigrad as mg

    parameters = [x.copy() for x in task.parameters]
    pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
    act = getattr(mg, task.activation)
    *hidden, last = pairs
    return mg.Chain(*(mg.Dense(*pair, act) for pair in hidden), mg.Dense(*last))


def with_minigrad(task):
    """minigrad: `withgradient` and `update_`."""
    import minigrad as mg

    model = chain_of(task)
    state = mg.setup(mg.Adam(ETA), model)

    def run():
        loss, grads = mg.withgradient(
            lambda m: mg.logitcrossentropy(m(task.x), task.targets), model
        )
        mg.update_(state, model, grads[0])
        return loss

    return run


def with_minigrad_in_one_thread(task):
    """The same, where no update is large enough to be shared among threads."""
    from minigrad.optimise import kernels

    run = with_minigrad(task)

    def run_in_one_thread():
        with patch.object(kernels, "WORTH_THREADS", np.inf):
            return run()

    return run_in_one_thread


# --- The others --------------------------------------------------------------------


def with_torch(task):
    """PyTorch: eager, with its fused Adam."""
    import torch
    from torch import nn

    layers = []
    for weight, bias in zip(task.parameters[::2], task.parameters[1::2], strict=True):
        layer = nn.Linear(*weight.shape[::-1])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))
        layers += [layer, nn.Tanh() if task.activation == "tanh" else nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    x, labels = torch.from_numpy(task.x), torch.from_numpy(task.labels)
    adam = torch.optim.Adam(model.parameters(), lr=ETA, fused=True)

    def run():
        adam.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        adam.step()
        return loss.detach()

    return run


def loss_in(numpy, parameters, task, x, targets):
    """The loss in a library that has NumPy's functions: JAX and autograd."""
    last = len(parameters) - 2
    for i in range(0, len(parameters), 2):
        x = numpy.dot(x, parameters[i].T) + parameters[i + 1]
        if i < last:
            x = numpy.tanh(x) if task.activation == "tanh" else numpy.maximum(x, 0)
    x = x - numpy.max(x, axis=1, keepdims=True)
    x = x - numpy.log(numpy.sum(numpy.exp(x), axis=1, keepdims=True))
    return -numpy.sum(x * targets) / len(targets)


def with_jax(task):
    """JAX: the whole step compiled, reusing the memory of its arguments."""
    import jax
    import jax.numpy as jnp

    def step(parameters, means, mean_squares, number, x, targets):
        loss, gradients = jax.value_and_grad(
            lambda parameters: loss_in(jnp, parameters, task, x, targets)
        )(parameters)
        arrays = zip(parameters, means, mean_squares, gradients, strict=True)
        new = [adam_in_jax(*each, number) for each in arrays]
        return loss, (*map(list, zip(*new, strict=True)), number + 1)

    compiled = jax.jit(step, donate_argnums=(0, 1, 2, 3))
    x, targets = jnp.array(task.x), jnp.array(task.targets)
    parameters = [jnp.array(each) for each in task.parameters]
    zeros = [[jnp.zeros_like(each) for each in parameters] for _ in range(2)]
    held = parameters, *zeros, jnp.float32(1)

    def run():
        nonlocal held
        loss, held = compiled(*held, x, targets)
        jax.block_until_ready(held)
        return loss

    return run


def with_autograd(task):
    """HIPS autograd, with the hand-written Adam."""
    import autograd
    import autograd.numpy

    parameters = [x.copy() for x in task.parameters]
    adam = AdamByHand(parameters)
    both = autograd.value_and_grad(
        lambda each: loss_in(autograd.numpy, each, task, task.x, task.targets)
    )

    def run():
        loss, gradients = both(parameters)
        adam.update(gradients)
        return loss

    return run


# --- The rows ----------------------------------------------------------------------

MAKERS = {
    "NumPy": by_hand,
    "minigrad": with_minigrad,
    "minigrad, 1 thread": with_minigrad_in_one_thread,
    "PyTorch": with_torch,
    "JAX": with_jax,
    "autograd": with_autograd,
}

SMALL = (2, 16, 16, 2), "tanh", 32
MEDIUM = (64, 64, 10), "tanh", 64
LARGE = (784, 256, 128, 10), "relu", 128
HUGE = (1024, 2048, 2048, 10), "relu", 512


EVERYBODY = "NumPy", "minigrad", "PyTorch", "JAX", "autograd"


def row(name, task, unit, scale, targets, contestants=EVERYBODY, most=None):
    """The row for a task: its name, sizes, and who takes part."""
    layers, activation, batch = "-".join(map(str, task[0])), *task[1:]
    return Row(
        name=name,
        title=f"whole step of {layers}, {activation}, batch {batch}",
        unit=unit,
        scale=scale,
        contestants={each: partial(_make, MAKERS[each], task) for each in contestants},
        targets=targets,
        times=in_turns,
        most=most,
    )


def _make(make, task):
    return make(problem(*task))


ROWS = [
    row("small", SMALL, "us", 1e6, [at_most(0.6, "JAX"), at_most(0.1, "PyTorch")]),
    row("medium", MEDIUM, "us", 1e6, [at_most(0.6, "JAX"), at_most(0.1, "PyTorch")]),
    row("large", LARGE, "ms", 1e3, [at_most(0.9, "JAX")]),
    row(
        "huge",
        HUGE,
        "ms",
        1e3,
        # The threads of an update must not be in the way of those of the BLAS.
        [
            at_most(1.0, "JAX"),
            at_most(0.9, "NumPy"),
            at_most(1.0, "minigrad, 1 thread"),
        ],
        contestants=("NumPy", "minigrad", "minigrad, 1 thread", "PyTorch", "JAX"),
        most=9,
    ),
]
