"""Write normalise.json: values and gradients of normalising layers, by PyTorch.

    python make_normalise.py        (needs torch; minigrad is not used)

The loss is `sum(r * y)` with stored numbers `r`. Channels are moved to the end, as
minigrad has them. Last written with torch 2.13.0.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

RNG = np.random.default_rng(6)


def main():
    """Run every layer and write all beside this file."""
    torch.set_default_dtype(torch.float64)
    found = {
        "BatchNorm of a matrix": case(nn.BatchNorm1d(3), (5, 3)),
        "BatchNorm of images": case(nn.BatchNorm2d(3), (2, 3, 2, 4)),
        "BatchNorm, tested": case(tested(nn.BatchNorm2d(3)), (2, 3, 2, 4)),
        "BatchNorm without statistics": case(
            tested(nn.BatchNorm1d(3, track_running_stats=False)), (5, 3)
        ),
        "BatchNorm of other settings": case(
            nn.BatchNorm1d(3, eps=0.1, momentum=0.3), (5, 3)
        ),
        "LayerNorm of one axis": case(nn.LayerNorm(4), (2, 3, 4), last=True),
        "LayerNorm of two axes": case(nn.LayerNorm((3, 4)), (2, 3, 4), last=True),
        "LayerNorm without Scale": case(
            nn.LayerNorm(4, elementwise_affine=False), (2, 4), last=True
        ),
        "GroupNorm of a matrix": case(nn.GroupNorm(2, 6), (3, 6)),
        "GroupNorm of images": case(nn.GroupNorm(2, 4), (2, 4, 3, 2)),
        "GroupNorm of each channel": case(nn.GroupNorm(4, 4), (2, 4, 3, 2)),
        "Embedding": embedding(),
    }
    path = Path(__file__).with_name("normalise.json")
    path.write_text(json.dumps(found) + "\n")


def tested(layer):
    """The layer in test mode, with statistics as after some training."""
    if layer.running_mean is not None:
        layer.running_mean.copy_(draw(3))
        layer.running_var.copy_(draw(3).abs() + 0.5)
    return layer.eval()


def case(layer, shape, last=False):
    """The result, the gradients and the statistics of one layer.

    Args:
        layer: of PyTorch.
        shape: of its input, as PyTorch has it.
        last: whether PyTorch, too, has the features last.
    """
    to_last = (lambda t: t) if last else (lambda t: t.movedim(1, -1))
    x, r = draw(*shape) + 1, draw(*shape)
    x.requires_grad_()
    weights = list(layer.parameters())  # the factors first
    for weight in weights:
        weight.data = draw(*weight.shape)
    found = {"x": to_last(x).tolist(), "r": to_last(r).tolist()}
    found["parameters"] = [weight.tolist() for weight in weights]
    before = statistics(layer)
    y = layer(x)
    (r * y).sum().backward()
    found["y"], found["grad"] = to_last(y).tolist(), to_last(x.grad).tolist()
    found["grads"] = [weight.grad.tolist() for weight in weights]
    found["before"], found["after"] = before, statistics(layer)
    return found


def embedding():
    """A table that is read at some places twice, and at some never."""
    layer, index, r = nn.Embedding(5, 2), [[0, 3, 3], [4, 0, 3]], draw(2, 3, 2)
    layer.weight.data = draw(5, 2)
    y = layer(torch.tensor(index))
    (r * y).sum().backward()
    weight, grad = layer.weight.tolist(), layer.weight.grad.tolist()
    x = {"x": index, "r": r.tolist(), "y": y.tolist()}
    return x | {"parameters": [weight], "grads": [grad]}


def statistics(layer):
    """The recorded mean and variance, if there are any."""
    if getattr(layer, "running_mean", None) is None:
        return None
    return [layer.running_mean.tolist(), layer.running_var.tolist()]


def draw(*shape):
    """Random numbers, with few digits so that the file is short."""
    return torch.tensor(RNG.standard_normal(shape).round(3))


if __name__ == "__main__":
    main()
