"""Adam: a million numbers at once, and the hand-written loop for the networks.

Only the update is timed; the gradient is given. For minigrad that is the public
`update_`, with its walk over the model and its checks.
"""

from functools import partial

import numpy as np

from .contest import Row, Target, in_turns, ratio

ETA, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-8


class AdamByHand:
    """Adam in plain NumPy, in place, with one scratch array per parameter.

    The corrections of the two means are numbers, so they are folded into `eta`
    and `epsilon` instead of costing two more passes over memory:

        eta m̂ / (sqrt(v̂) + epsilon) = rate m / (sqrt(v) + epsilon c)

    with c = sqrt(1 - beta2ᵗ) and rate = eta c / (1 - beta1ᵗ).
    """

    def __init__(self, parameters):
        self.parameters = parameters
        self.means = [np.zeros_like(x) for x in parameters]
        self.mean_squares = [np.zeros_like(x) for x in parameters]
        self.scratch = [np.empty_like(x) for x in parameters]
        self.steps = 0

    def update(self, gradients):
        """One step."""
        self.steps += 1
        correction = np.sqrt(1 - BETA2**self.steps)
        rate = np.float32(ETA * correction / (1 - BETA1**self.steps))
        epsilon = np.float32(EPSILON * correction)
        beta1, beta2, new1, new2 = np.float32([BETA1, BETA2, 1 - BETA1, 1 - BETA2])
        arrays = self.parameters, self.means, self.mean_squares, self.scratch
        for x, m, v, scratch, dx in zip(*arrays, gradients, strict=True):
            np.multiply(dx, new1, out=scratch)
            m *= beta1
            m += scratch
            np.multiply(dx, dx, out=scratch)
            scratch *= new2
            v *= beta2
            v += scratch
            np.sqrt(v, out=scratch)
            scratch += epsilon
            np.divide(m, scratch, out=scratch)
            scratch *= rate
            x -= scratch


def problem(size):
    """A parameter, and the gradient that every step is given."""
    rng = np.random.default_rng(0)
    x, dx = rng.standard_normal((2, size), np.float32)
    return x.copy(), dx.copy()


def by_hand(size):
    """NumPy."""
    x, dx = problem(size)
    adam = AdamByHand([x])

    def run():
        adam.update([dx])
        return x

    return run


def with_minigrad(size):
    """minigrad: the public `update_`."""
    import minigrad as mg

    x, dx = problem(size)
    model, gradient = {"x": x}, {"x": dx}
    state = mg.setup(mg.Adam(ETA), model)

    def run():
        mg.update_(state, model, gradient)
        return x

    return run


def with_torch(size):
    """PyTorch: its fused kernel."""
    import torch

    x, dx = map(torch.from_numpy, problem(size))
    x.requires_grad_()
    x.grad = dx
    adam = torch.optim.Adam([x], lr=ETA, fused=True)

    def run():
        adam.step()
        return x.detach()

    return run


def adam_in_jax(x, m, v, dx, step):
    """The new `x`, `m` and `v` of one array: to be compiled with what is around it."""
    import jax.numpy as jnp

    m = BETA1 * m + (1 - BETA1) * dx
    v = BETA2 * v + (1 - BETA2) * dx * dx
    mean, mean_square = m / (1 - BETA1**step), v / (1 - BETA2**step)
    return x - ETA * mean / (jnp.sqrt(mean_square) + EPSILON), m, v


def with_jax(size):
    """JAX: one compiled function, which may reuse the memory of its arguments."""
    import jax
    import jax.numpy as jnp

    x, dx = map(jnp.array, problem(size))
    compiled = jax.jit(
        lambda x, m, v, step: (*adam_in_jax(x, m, v, dx, step), step + 1),
        donate_argnums=(0, 1, 2, 3),
    )
    held = x, jnp.zeros_like(x), jnp.zeros_like(x), jnp.float32(1)

    def run():
        nonlocal held
        held = compiled(*held)
        return held[0].block_until_ready()

    return run


def row(size=1_000_000):
    """The row for `size` numbers."""
    makers = {
        "NumPy": by_hand,
        "minigrad": with_minigrad,
        "PyTorch": with_torch,
        "JAX": with_jax,
    }
    return Row(
        name="adam",
        title=f"Adam on {size:,} float32",
        unit="ms",
        scale=1e3,
        contestants={name: partial(make, size) for name, make in makers.items()},
        target=Target(
            "at most 0.25 of NumPy",
            lambda times: ratio(times, "minigrad", "NumPy"),
            0.25,
        ),
        times=in_turns,
    )
