"""Adam: for few and for many numbers, in one array and in many, alone and in a chain.

Only the update is timed; the gradient is given. For minigrad that is the public
`update_`, with its walk over the model and its checks. The hand-written loop serves
the networks too.
"""

from functools import partial

import numpy as np

from .contest import Row, at_most, in_turns
from .stream import STREAMS, share_of_stream_limit, stream

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


def problem(count, size):
    """`count` parameters of `size` numbers, and the gradients of every step."""
    rng = np.random.default_rng(0)
    parameters, gradients = rng.standard_normal((2, count, size), np.float32)
    return [x.copy() for x in parameters], [dx.copy() for dx in gradients]


def by_hand(count, size):
    """NumPy."""
    parameters, gradients = problem(count, size)
    adam = AdamByHand(parameters)

    def run():
        adam.update(gradients)
        return parameters

    return run


# --- minigrad ----------------------------------------------------------------------

BOUND, DECAY = 1.0, 1e-4


def adam_alone():
    """minigrad's rule."""
    import minigrad as mg

    return mg.Adam(ETA)


def chain_of_rules():
    """The gradient clipped, decay of the weights added, and Adam."""
    from minigrad import optimise as o

    return o.OptimiserChain(o.ClipGrad(BOUND), o.WeightDecay(DECAY), o.Adam(ETA))


RULES = {"Adam": adam_alone, "chain": chain_of_rules}


def with_minigrad(count, size, make_rule=adam_alone):
    """minigrad: the public `update_`."""
    import minigrad as mg

    parameters, gradients = problem(count, size)
    state = mg.setup(make_rule(), parameters)

    def run():
        mg.update_(state, parameters, gradients)
        return parameters

    return run


def adam_as_yardstick(count, size):
    """minigrad's Adam alone, where the others have a chain to compute."""
    run = with_minigrad(count, size)

    def run_and_forget():
        run()

    return run_and_forget


# --- The others --------------------------------------------------------------------


def with_torch(count, size, bound=None, **options):
    """PyTorch, with a choice of its implementations; clipped where there's a bound."""
    import torch

    arrays, gradients = problem(count, size)
    parameters = [torch.from_numpy(x).requires_grad_() for x in arrays]
    for x, dx in zip(parameters, gradients, strict=True):
        x.grad = torch.from_numpy(dx)
    adam = torch.optim.Adam(parameters, lr=ETA, **options)

    def run():
        if bound is not None:
            torch.nn.utils.clip_grad_value_(parameters, bound)
        adam.step()
        return arrays  # the same memory

    return run


def with_optax(count, size, bound=None, decay=None):
    """optax: compiled by JAX, which may reuse the memory of what is replaced."""
    import jax
    import optax

    parameters, gradients = jax.tree.map(jax.numpy.array, problem(count, size))
    rule = optax.adam(ETA)
    if bound is not None:
        rule = optax.chain(optax.clip(bound), optax.add_decayed_weights(decay), rule)

    def step(parameters, state, gradients):
        steps, state = rule.update(gradients, state, parameters)
        return optax.apply_updates(parameters, steps), state

    compiled = jax.jit(step, donate_argnums=(0, 1))
    held = parameters, rule.init(parameters)

    def run():
        nonlocal held
        held = compiled(*held, gradients)
        return jax.block_until_ready(held)[0]

    return run


def adam_in_jax(x, m, v, dx, step):
    """The new `x`, `m` and `v` of one array: to be compiled with what is around it."""
    import jax.numpy as jnp

    m = BETA1 * m + (1 - BETA1) * dx
    v = BETA2 * v + (1 - BETA2) * dx * dx
    mean, mean_square = m / (1 - BETA1**step), v / (1 - BETA2**step)
    return x - ETA * mean / (jnp.sqrt(mean_square) + EPSILON), m, v


# --- The rows ----------------------------------------------------------------------

MAKERS = {
    "NumPy": by_hand,
    "minigrad": with_minigrad,
    "PyTorch": partial(with_torch, foreach=False, fused=False),
    "PyTorch, foreach": partial(with_torch, foreach=True),
    "PyTorch, fused": partial(with_torch, fused=True),
    "optax": with_optax,
}

CHAIN_MAKERS = {
    "minigrad": partial(with_minigrad, make_rule=chain_of_rules),
    "minigrad, Adam alone": adam_as_yardstick,
    "PyTorch, fused": partial(with_torch, bound=BOUND, fused=True, weight_decay=DECAY),
    "optax": partial(with_optax, bound=BOUND, decay=DECAY),
}

STREAM_MAKERS = {name: partial(stream, n) for name, n in STREAMS.items()}


def row(name, count, size, targets, makers=MAKERS, title="Adam", unit=("ms", 1e3)):
    """The row for `count` arrays of `size` numbers."""
    arrays = f"{count:,} arrays of {size:,}" if count > 1 else f"{size:,}"
    return Row(
        name=name,
        title=f"{title} on {arrays} float32",
        unit=unit[0],
        scale=unit[1],
        contestants={each: partial(make, count, size) for each, make in makers.items()},
        targets=targets,
        times=in_turns,
    )


ROWS = [
    row("adam", 1, 1_000_000, [at_most(0.25, "NumPy")]),
    row(
        "adam-large",
        1,
        10_000_000,
        [share_of_stream_limit(0.85), at_most(1.0, "PyTorch, fused")],
        MAKERS | STREAM_MAKERS,
    ),
    row("adam-tiny", 1, 100, [at_most(0.15, "PyTorch, fused")], unit=("us", 1e6)),
    row("adam-many", 200, 1000, [at_most(0.1, "PyTorch, fused")]),
    row(
        "adam-chain",
        1,
        10_000_000,
        [at_most(1.15, "minigrad, Adam alone")],
        CHAIN_MAKERS,
        "clipped, with decay: Adam",
    ),
]
