"""A whole training step of LeNet: convolutions, pools and dense layers, and Adam.

    28x28x1 -> conv 5x5x6, relu, pool -> conv 5x5x16, relu, pool -> 120 -> 84 -> 10

The images are random, in a batch of 64, and the loss is the cross entropy, in float32.
Both start from the same weights, in the order of axes that each of them has.
"""

from typing import NamedTuple

import numpy as np

from .adam import ETA
from .contest import Row, at_most, in_turns

SHAPES = (6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84)


class Problem(NamedTuple):
    """Weights and a batch, as minigrad has them.

    Attributes:
        weights: of shape (out, in, 5, 5) or (out, in), layer by layer.
        x: the images, of shape (batch, 28, 28, 1).
        labels: the classes, of shape (batch,).
    """

    weights: list
    x: np.ndarray
    labels: np.ndarray


def problem(batch=64):
    """A `Problem` from a fixed seed; every image occurs twice, with two labels."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape, np.float32) for shape in SHAPES]
    for weight in weights:
        weight /= np.sqrt(np.float32(weight[0].size))
    x = np.tile(rng.standard_normal((batch // 2, 28, 28, 1), np.float32), (2, 1, 1, 1))
    labels = rng.integers(10, size=batch // 2)
    return Problem(weights, x, np.append(labels, labels + 1) % 10)


def with_minigrad(task):
    """minigrad: `withgradient` and `update_`."""
    import minigrad as mg

    first, second, *dense = (weight.copy() for weight in task.weights)
    model = mg.Chain(
        mg.CrossCor(first, mg.relu),
        mg.MaxPool((2, 2)),
        mg.CrossCor(second, mg.relu),
        mg.MaxPool((2, 2)),
        mg.flatten,
        *(mg.Dense(weight, mg.relu) for weight in dense[:-1]),
        mg.Dense(dense[-1]),
    )
    state = mg.setup(mg.Adam(ETA), model)
    targets = np.eye(10, dtype=np.float32)[task.labels]

    def run():
        loss, grads = mg.withgradient(
            lambda m: mg.logitcrossentropy(m(task.x), targets), model
        )
        mg.update_(state, model, grads[0])
        return loss

    return run


def with_torch(task):
    """PyTorch: eager, with its fused Adam."""
    import torch
    from torch import nn

    first, second, *dense = task.weights
    # Its flattened features are in the order (channels, height, width).
    flat = dense[0].reshape(-1, 4, 4, 16).transpose(0, 3, 1, 2).reshape(-1, 256)
    weights = [first, second, flat, *dense[1:]]
    layers = [
        *(nn.Conv2d(*weight.shape[1::-1], 5) for weight in weights[:2]),
        *(nn.Linear(*weight.shape[::-1]) for weight in weights[2:]),
    ]
    with torch.no_grad():
        for layer, weight in zip(layers, weights, strict=True):
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
            layer.bias.zero_()
    pooled = [nn.Sequential(c, nn.ReLU(), nn.MaxPool2d(2)) for c in layers[:2]]
    hidden = [nn.Sequential(d, nn.ReLU()) for d in layers[2:-1]]
    model = nn.Sequential(*pooled, nn.Flatten(), *hidden, layers[-1])
    x = torch.from_numpy(np.moveaxis(task.x, -1, 1).copy())
    labels = torch.from_numpy(task.labels)
    adam = torch.optim.Adam(model.parameters(), lr=ETA, fused=True)

    def run():
        adam.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        adam.step()
        return loss.detach()

    return run


MAKERS = {"minigrad": with_minigrad, "PyTorch": with_torch}

ROW = Row(
    name="lenet",
    title="whole step of LeNet, relu, batch 64",
    unit="ms",
    scale=1e3,
    contestants={
        name: lambda make=make: make(problem()) for name, make in MAKERS.items()
    },
    targets=[at_most(3.0, "PyTorch")],
    times=in_turns,
)
