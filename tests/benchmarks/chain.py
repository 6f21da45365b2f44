"""The cost of one operation: a chain of 100 on 4 numbers, forward and backward.

The arrays are so small that nothing is measured but bookkeeping. The chain is
the same mixture for everybody, 25 times `tanh(sin(x) * a + b)`, and its gradient
is taken towards `x`.
"""

import numpy as np

from .contest import Row, Target, at_most, in_turns

REPEATS = 25
OPERATIONS = 4 * REPEATS


def problem():
    """The numbers `x`, `a`, `b`, such that the gradient does not vanish on its way."""
    x = np.array([-1.0, -0.3, 0.4, 1.1], np.float32)
    a = np.array([1.01, 0.99, 1.02, 1.0], np.float32)
    b = np.array([0.05, 0.02, -0.01, -0.03], np.float32)
    return x, a, b


def by_hand():
    """NumPy: the derivatives written down, intermediate values kept in lists."""
    x, a, b = problem()
    inputs, outputs = [None] * REPEATS, [None] * REPEATS
    sin, cos, tanh, one = np.sin, np.cos, np.tanh, np.float32(1)

    def run():
        y = x
        for i in range(REPEATS):
            inputs[i] = y
            y = sin(y)
            y *= a
            y += b
            outputs[i] = y = tanh(y, out=y)
        g = np.ones_like(y)
        for i in reversed(range(REPEATS)):
            y = outputs[i]
            g *= one - y * y
            g *= a
            g *= cos(inputs[i])
        return g

    return run


def chain(numpy, x, a, b):
    """The chain in any library that has NumPy's functions, up to one number."""
    for _ in range(REPEATS):
        x = numpy.tanh(numpy.sin(x) * a + b)
    return x.sum()


def with_minigrad():
    """minigrad, on plain NumPy."""
    import minigrad as mg

    x, a, b = problem()
    return lambda: mg.gradient(lambda x: chain(np, x, a, b), x)[0]


def with_torch():
    """PyTorch, eager."""
    import torch

    x, a, b = map(torch.from_numpy, problem())
    x.requires_grad_()
    return lambda: torch.autograd.grad(chain(torch, x, a, b), x)[0]


def with_jax():
    """JAX, with the whole gradient compiled."""
    import jax
    import jax.numpy as jnp

    x, a, b = map(jnp.asarray, problem())
    compiled = jax.jit(jax.grad(lambda x: chain(jnp, x, a, b)))
    return lambda: compiled(x).block_until_ready()


def with_autograd():
    """HIPS autograd, through its copy of NumPy."""
    import autograd
    import autograd.numpy

    x, a, b = problem()
    gradient = autograd.grad(lambda x: chain(autograd.numpy, x, a, b))
    return lambda: gradient(x)


ROW = Row(
    name="chain",
    title=f"gradient of {OPERATIONS} chained elementwise operations on 4 numbers",
    unit="us per operation",
    scale=1e6 / OPERATIONS,
    contestants={
        "NumPy": by_hand,
        "minigrad": with_minigrad,
        "PyTorch": with_torch,
        "JAX": with_jax,
        "autograd": with_autograd,
    },
    targets=[
        Target(
            "at most 5 us per operation",
            lambda times: np.median(times["minigrad"]) * 1e6 / OPERATIONS,
            5.0,
        ),
        at_most(0.35, "PyTorch"),
        at_most(0.3, "autograd"),
    ],
    times=in_turns,
)
