"""A recurrent layer: the gradient of a loss towards its parameters.

An LSTM reads a batch of sequences, and the loss is the mean square of its outputs, in
float32. PyTorch takes part twice: with its layer, whose loop is compiled, and with a
loop over its cell, as one writes it for anything that is not an LSTM.
"""

from functools import partial

import numpy as np

from .contest import Row, at_most, in_turns

BATCH, TIME, WIDTH = 32, 32, 64


def problem():
    """The sequences, of shape (batch, time, width), and Wi, Wh and bias."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, TIME, WIDTH), np.float32)
    shapes = (4 * WIDTH, WIDTH), (4 * WIDTH, WIDTH), (4 * WIDTH,)
    scale = np.float32(1 / np.sqrt(WIDTH))
    return x, [rng.standard_normal(shape, np.float32) * scale for shape in shapes]


SIGNS = np.tile(np.float32([1, -1, -1]), 10000)


def fingerprint(gradients):
    """A number from each gradient, so that all can be seen to agree."""
    return [np.vdot(g.reshape(-1), SIGNS[: g.size]) for g in gradients]


def with_minigrad():
    """minigrad: `withgradient`."""
    import minigrad as mg

    x, weights = problem()
    model = mg.LSTM(WIDTH, WIDTH)
    vars(model.cell).update(zip(("Wi", "Wh", "bias"), weights, strict=True))

    def run():
        loss, (g,) = mg.withgradient(lambda m: (m(x) ** 2).mean(), model)
        return loss, *fingerprint(g.cell)

    return run


def with_minigrad_as_written():
    """The same as a loop over the formula of the cell."""
    import minigrad as mg

    run = with_minigrad()

    def run_as_written():
        with mg.plain():
            return run()

    return run_as_written


def with_torch(loop):
    """PyTorch, eager: `nn.LSTM`, or a loop over `nn.LSTMCell`."""
    import torch
    from torch import nn

    x, weights = problem()
    model = (
        nn.LSTMCell(WIDTH, WIDTH) if loop else nn.LSTM(WIDTH, WIDTH, batch_first=True)
    )
    names = [name.removesuffix("_l0") for name, _ in model.named_parameters()]
    values = dict(zip(("weight_ih", "weight_hh", "bias_ih"), weights, strict=True))
    with torch.no_grad():
        for name, parameter in zip(names, model.parameters(), strict=True):
            value = values.get(name, np.zeros(4 * WIDTH, np.float32))
            parameter.copy_(torch.from_numpy(value))
    x = torch.from_numpy(x)

    def outputs():
        if not loop:
            return model(x)[0]
        state, found = None, []
        for t in range(TIME):
            state = model(x[:, t], state)
            found.append(state[0])
        return torch.stack(found, 1)

    def run():
        model.zero_grad()
        loss = (outputs() ** 2).mean()
        loss.backward()
        found = [p.grad.numpy() for p in model.parameters()][:3]
        return loss.item(), *fingerprint(found)

    return run


ROW = Row(
    name="lstm",
    title=f"gradient of an LSTM, {TIME} steps, {WIDTH} wide, batch {BATCH}",
    unit="ms",
    scale=1e3,
    contestants={
        "minigrad": with_minigrad,
        "minigrad, as written": with_minigrad_as_written,
        "PyTorch": partial(with_torch, loop=False),
        "PyTorch, loop": partial(with_torch, loop=True),
    },
    targets=[at_most(0.6, "PyTorch"), at_most(0.6, "PyTorch, loop")],
    times=in_turns,
)
