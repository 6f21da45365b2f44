"""Makes reference.json: values and derivatives by PyTorch, in float64.

Run as `python tests/nn/make_reference.py` where PyTorch is installed. The tests
read the stored file and do not need it.
"""

import json
from pathlib import Path

POINTS = [-30.0, -3.0, -1.0, -0.5, -0.1, 0.1, 0.5, 1.0, 3.0, 30.0]
SCORES = [[0.5, -1.0, 2.0], [3.0, 0.25, -0.75]]
WEIGHTS = [[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]]
PROBABILITIES = [[0.2, 0.3, 0.5], [0.7, 0.1, 0.2]]
TARGETS = [[0.0, 1.0, 0.0], [0.6, 0.3, 0.1]]
COUNTS = [[1.0, 2.0, 5.0], [3.0, 1.0, 2.0]]
SCORES_OF_TWO = [[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]]  # none on the margin
SIGNS = [[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]]
YES_AND_NO = [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
DISTANCES = [[0.5, 1.5, 2.0], [0.25, 0.75, 0.0]]


def main():
    """Compute everything and write it beside this file."""
    import torch
    from torch.nn import functional

    torch.set_default_dtype(torch.float64)
    reference = {
        "activations": elementwise(torch, functional),
        "scores": over_an_axis(torch, functional),
        "losses": losses(torch, functional),
    }
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(reference, indent=None) + "\n")


def elementwise(torch, functional):
    """Value and derivatives of orders 1 to 3 at POINTS."""
    functions = {
        "relu": functional.relu,
        "leakyrelu": lambda x: functional.leaky_relu(x, 0.01),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": lambda x: functional.softplus(x, threshold=1e3),
        "elu": functional.elu,
        "gelu": lambda x: gelu(torch, x),
        "swish": functional.silu,
        "celu": functional.celu,
        "hardsigmoid": lambda x: functional.relu6(x + 3) / 6,  # has a second derivative
        "hardswish": lambda x: x * functional.relu6(x + 3) / 6,
        "hardtanh": functional.hardtanh,
        "lisht": lambda x: x * torch.tanh(x),
        "logcosh": lambda x: torch.log(torch.cosh(x)),
        "logsigmoid": functional.logsigmoid,
        "mish": functional.mish,
        "relu6": functional.relu6,
        "selu": functional.selu,
        "softshrink": functional.softshrink,
        "softsign": functional.softsign,
        "tanhshrink": functional.tanhshrink,
        "trelu": lambda x: functional.threshold(x, 1.0, 0.0),
    }
    found = {}
    for name, function in functions.items():
        x = torch.tensor(POINTS, requires_grad=True)
        orders = [function(x)]
        for _ in range(3):
            orders.append(derivative(torch, orders[-1], x))
        found[name] = {"x": POINTS, "orders": [y.tolist() for y in orders]}
    return found


def gelu(torch, x):
    """Written out, since the third derivative of functional.gelu is NaN at 30."""
    return x / 2 * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def derivative(torch, y, x):
    """The derivative of an elementwise result, zeros where it is constant."""
    if not y.requires_grad:
        return torch.zeros_like(x)
    (slope,) = torch.autograd.grad(
        y.sum(), x, create_graph=True, materialize_grads=True
    )
    return slope


def over_an_axis(torch, functional):
    """f(x), the gradient of sum(w f(x)), and the gradient of sum(w gradient²)."""
    found = {}
    for name in ("softmax", "log_softmax", "logsumexp", "glu"):
        for axis in (0, 1) if name != "glu" else (0,):  # of even size
            x = torch.tensor(SCORES, requires_grad=True)
            w = torch.tensor(WEIGHTS)
            y = getattr(torch if name == "logsumexp" else functional, name)(x, axis)
            shaped = y.unsqueeze(axis) if name == "logsumexp" else y
            (first,) = torch.autograd.grad((w * shaped).sum(), x, create_graph=True)
            (second,) = torch.autograd.grad((w * first**2).sum(), x)
            found[f"{name.replace('_', '')} {axis}"] = {
                "x": SCORES,
                "w": WEIGHTS,
                "value": y.tolist(),
                "first": first.tolist(),
                "second": second.tolist(),
            }
    return found


def losses(torch, functional):
    """Mean loss, and its gradient towards the prediction."""
    functions = {
        "mse": (functional.mse_loss, SCORES),
        "mae": (functional.l1_loss, SCORES),
        "huber_loss": (functional.huber_loss, SCORES),
        "huber_loss delta=0.25": (
            lambda x, y: functional.huber_loss(x, y, delta=0.25),
            SCORES,
        ),
        "msle": (
            lambda x, y: functional.mse_loss(torch.log(x), torch.log(y)),
            PROBABILITIES,
            COUNTS,
        ),
        "poisson_loss": (
            lambda x, y: functional.poisson_nll_loss(x, y, log_input=False, eps=0),
            PROBABILITIES,
            COUNTS,
        ),
        "crossentropy": (
            lambda p, y: -torch.special.xlogy(y, p).sum(-1).mean(),
            PROBABILITIES,
        ),
        "logitcrossentropy": (functional.cross_entropy, SCORES),
        "logitcrossentropy alpha=0.1": (
            lambda x, y: functional.cross_entropy(x, y, label_smoothing=0.1),
            SCORES,
        ),
        "binarycrossentropy": (functional.binary_cross_entropy, PROBABILITIES),
        "logitbinarycrossentropy": (
            functional.binary_cross_entropy_with_logits,
            SCORES,
        ),
        "kldivergence": (
            lambda p, y: functional.kl_div(torch.log(p), y, reduction="batchmean"),
            PROBABILITIES,
        ),
        **written_out(torch),
    }
    found = {}
    for name, (function, predictions, *targets) in functions.items():
        targets = targets[0] if targets else TARGETS
        yhat = torch.tensor(predictions, requires_grad=True)
        loss = function(yhat, torch.tensor(targets))
        loss.backward()
        found[name] = {
            "yhat": predictions,
            "y": targets,
            "loss": loss.item(),
            "gradient": yhat.grad.tolist(),
        }
    return found


def written_out(torch):
    """Losses that PyTorch has not."""

    def focal(p, y):
        return -(y * (1 - p) ** 2 * torch.log(p)).sum(-1).mean()

    def binary_focal(p, y):
        yes, no = y * (1 - p) ** 2 * torch.log(p), (1 - y) * p**2 * torch.log(1 - p)
        return -(yes + no).mean()

    def dice(p, y):
        return 1 - (2 * (p * y).sum() + 1) / ((p**2).sum() + (y**2).sum() + 1)

    def tversky(p, y):
        found, missed, false = (p * y).sum(), ((1 - p) * y).sum(), (p * (1 - y)).sum()
        return 1 - (found + 1) / (found + 0.7 * missed + 0.3 * false + 1)

    def contrastive(d, y):
        apart = torch.clamp(1 - d, min=0)
        return torch.where(y == 1, apart**2, d**2).mean()

    return {
        "focal_loss": (focal, PROBABILITIES),
        "binary_focal_loss": (binary_focal, PROBABILITIES, YES_AND_NO),
        "dice_coeff_loss": (dice, PROBABILITIES),
        "tversky_loss": (tversky, PROBABILITIES),
        "hinge_loss": (
            lambda x, y: torch.clamp(1 - x * y, min=0).mean(),
            SCORES_OF_TWO,
            SIGNS,
        ),
        "squared_hinge_loss": (
            lambda x, y: (torch.clamp(1 - x * y, min=0) ** 2).mean(),
            SCORES_OF_TWO,
            SIGNS,
        ),
        "siamese_contrastive_loss": (contrastive, DISTANCES, YES_AND_NO),
    }


if __name__ == "__main__":
    main()
