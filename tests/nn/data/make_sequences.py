"""Write sequences.json: recurrent layers and attention, by PyTorch in float64.

    python make_sequences.py        (needs torch; minigrad is not used)

PyTorch stacks its gates in the same order: i, f, g, o of an LSTM, r, z, n of a GRU. Its
second bias is 0 here. Each case holds the arguments by name, the results, and the
gradients of the sum of all results, each times the fixed numbers of `weighted`. Last
written with torch 2.13.0.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

BATCH, TIME, IN, OUT = 2, 3, 2, 2


def main():
    """Compute everything and write it beside this file."""
    torch.set_default_dtype(torch.float64)
    found = {
        "RNN": recurrent(nn.RNN, 1),
        "RNN relu": recurrent(nn.RNN, 1, nonlinearity="relu"),
        "LSTM": recurrent(nn.LSTM, 4),
        "GRU": recurrent(nn.GRU, 3),
        "self-attention": attention(),
        "causal self-attention": attention(causal=True),
        "cross-attention": attention(cross=True),
    }
    path = Path(__file__).with_name("sequences.json")
    path.write_text(json.dumps(found) + "\n")


def recurrent(layer, gates, **options):
    """A layer whose state before the first step is given, and trained."""
    states = 2 if layer is nn.LSTM else 1
    rng = np.random.default_rng(7)
    args = {
        "x": tensor(rng, BATCH, TIME, IN),
        **{"hc"[k]: tensor(rng, BATCH, OUT) for k in range(states)},
        "Wi": tensor(rng, gates * OUT, IN),
        "Wh": tensor(rng, gates * OUT, OUT),
        "bias": tensor(rng, gates * OUT),
    }
    model = layer(IN, OUT, batch_first=True, **options)
    weights = {
        "weight_ih_l0": args["Wi"],
        "weight_hh_l0": args["Wh"],
        "bias_ih_l0": args["bias"],
        "bias_hh_l0": torch.zeros(gates * OUT),
    }
    state = [args[name][None] for name in "hc"[:states]]
    state = tuple(state) if states == 2 else state[0]
    call = torch.func.functional_call
    y, last = call(model, weights, (args["x"], state))
    last = last if states == 2 else (last,)
    return written(args, [y, *(part[0] for part in last)])


def attention(causal=False, cross=False):
    """Two heads of four features; keys and values of other sizes in cross-attention."""
    rng = np.random.default_rng(8)
    features, k_in, v_in = (4, 3, 2) if cross else (4, 4, 4)
    args = {"q": tensor(rng, BATCH, TIME, features)}
    if cross:
        args |= {"k": tensor(rng, BATCH, 5, k_in), "v": tensor(rng, BATCH, 5, v_in)}
    args |= {
        "q_proj": tensor(rng, features, features),
        "k_proj": tensor(rng, features, k_in),
        "v_proj": tensor(rng, features, v_in),
        "out_proj": tensor(rng, features, features),
    }
    model = nn.MultiheadAttention(
        features, 2, bias=False, batch_first=True, kdim=k_in, vdim=v_in
    )
    names = ["q_proj", "k_proj", "v_proj"]
    if cross:
        weights = {f"{name}_weight": args[name] for name in names}
    else:
        weights = {"in_proj_weight": torch.cat([args[name] for name in names])}
    weights["out_proj.weight"] = args["out_proj"]
    inputs = [args.get(name, args["q"]) for name in "qkv"]
    forbidden = ~torch.ones(TIME, TIME).tril().bool() if causal else None
    options = {"attn_mask": forbidden, "average_attn_weights": False}
    call = torch.func.functional_call
    return written(args, call(model, weights, tuple(inputs), options))


def tensor(rng, *shape):
    """Normal numbers, with three digits."""
    return torch.tensor(rng.normal(size=shape).round(3), requires_grad=True)


def weighted(results):
    """`sum(w y)` over all results, with w = cos(0), cos(1), cos(2), ... for each."""
    return sum(
        (torch.cos(torch.arange(y.numel())).reshape(y.shape) * y).sum() for y in results
    )


def written(args, results):
    """Everything as lists."""
    gradients = torch.autograd.grad(weighted(results), list(args.values()))
    return {
        "args": {name: x.tolist() for name, x in args.items()},
        "results": [y.tolist() for y in results],
        "gradients": {
            name: g.tolist() for name, g in zip(args, gradients, strict=True)
        },
    }


if __name__ == "__main__":
    main()
