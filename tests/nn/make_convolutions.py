"""Makes convolutions.json: convolutions and pools by PyTorch, in float64.

Run as `python tests/nn/make_convolutions.py` where PyTorch is installed. The tests
read the stored file and do not need it. Of each array three weighted sums are stored.
"""

import json
from pathlib import Path

import numpy as np

IMAGE, SEQUENCE = (2, 4, 9, 8), (2, 4, 11)  # channels second, as PyTorch has them

CONVOLUTIONS = [
    {"x": IMAGE, "w": (6, 4, 3, 3)},
    {"x": IMAGE, "w": (6, 4, 3, 2), "stride": (2, 3)},
    {"x": IMAGE, "w": (6, 4, 2, 3), "pad": (1, 1, 2, 2)},
    {"x": IMAGE, "w": (6, 4, 3, 3), "pad": (0, 1, 2, 0), "stride": (2, 1)},
    {"x": IMAGE, "w": (6, 4, 3, 3), "dilation": (2, 1)},
    {"x": IMAGE, "w": (6, 2, 3, 3), "groups": 2, "stride": (2, 2)},
    {"x": IMAGE, "w": (8, 1, 3, 3), "groups": 4, "pad": (1, 1, 1, 1)},
    {"x": SEQUENCE, "w": (3, 4, 5)},
    {"x": SEQUENCE, "w": (3, 4, 3), "stride": (2,), "pad": (2, 1), "dilation": (2,)},
]
TRANSPOSED = [
    {"x": IMAGE, "w": (4, 6, 3, 3)},
    {"x": IMAGE, "w": (4, 6, 3, 2), "stride": (2, 3), "outpad": (1, 2)},
    {"x": IMAGE, "w": (4, 3, 3, 3), "stride": (2, 2), "pad": (1, 1, 1, 1), "groups": 2},
    {"x": IMAGE, "w": (4, 2, 2, 3), "dilation": (2, 1), "pad": (2, 2, 0, 0)},
    {"x": SEQUENCE, "w": (4, 3, 4), "stride": (3,), "outpad": (1,)},
]
POOLS = [
    {"x": IMAGE, "kernel": (2, 2), "stride": (2, 2)},
    {"x": IMAGE, "kernel": (3, 2), "stride": (1, 2)},
    {"x": IMAGE, "kernel": (3, 3), "stride": (2, 2), "pad": (1, 1, 1, 1)},
    {"x": SEQUENCE, "kernel": (3,), "stride": (2,)},
]


def numbers(shape, phase):
    """Numbers of either sign that a formula gives, all different."""
    return np.sin(phase + 1.7 * np.arange(np.prod(shape))).reshape(shape)


def sums(array):
    """Three weighted sums over an array whose channels come second."""
    array = np.ravel(np.asarray(array))
    return [
        float(array @ np.cos(k + 0.3 * k * np.arange(array.size))) for k in (1, 2, 3)
    ]


def main():
    """Compute everything and write it beside this file."""
    import torch
    from torch.nn import functional

    def measured(y, *inputs):
        y.backward(torch.tensor(numbers(y.shape, 0.5)))
        return [sums(y.detach()), *(sums(x.grad) for x in inputs)]

    def tensor(shape, phase):
        return torch.tensor(numbers(shape, phase), requires_grad=True)

    def around(x, pad):
        pairs = [pad[i : i + 2] for i in range(0, len(pad), 2)]
        return functional.pad(x, [n for pair in pairs[::-1] for n in pair])

    def convolved(case):
        x, w = tensor(case["x"], 0), tensor(case["w"], 1)
        axes = len(case["w"]) - 2
        f = functional.conv2d if axes == 2 else functional.conv1d
        options = {k: case[k] for k in ("stride", "dilation", "groups") if k in case}
        return measured(f(around(x, case.get("pad", ())), w, **options), x, w)

    def transposed(case):
        x, w = tensor(case["x"], 0), tensor(case["w"], 1)
        two = len(case["w"]) == 4
        f = functional.conv_transpose2d if two else functional.conv_transpose1d
        options = {k: case[k] for k in ("stride", "dilation", "groups") if k in case}
        pad = case.get("pad", (0,) * 4)[::2]
        y = f(
            x,
            w,
            padding=pad if two else pad[:1],
            output_padding=case.get("outpad", 0),
            **options,
        )
        return measured(y, x, w)

    def pooled(case, kind):
        x = tensor(case["x"], 0)
        f = getattr(functional, f"{kind}_pool{len(case['kernel'])}d")
        pad = case.get("pad", (0,) * 4)[: 2 * len(case["kernel"]) : 2]
        return measured(f(x, case["kernel"], case["stride"], pad), x)

    reference = {
        "convolutions": [convolved(case) for case in CONVOLUTIONS],
        "transposed": [transposed(case) for case in TRANSPOSED],
        "max": [pooled(case, "max") for case in POOLS],
        "avg": [pooled(case, "avg") for case in POOLS],
    }
    path = Path(__file__).with_name("convolutions.json")
    path.write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
