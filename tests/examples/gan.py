"""A generative adversarial network: two models that learn from each other.

A generator makes points of noise, a discriminator says which points are real. Each has
a loss of its own, with D the logit that a point is real:

    discriminator: mean softplus(-D(x)) + mean softplus(D(G(z))) + r/2 mean |D'(x)|²
    generator:     mean softplus(-D(G(z)))

The real points are eight clouds on a ring. What goes wrong easily is that some clouds
are never made ("mode collapse"), so that is what is checked at the end.

Learnt here: two models in one named tuple, with one state tree that has the same names,
so that either can be updated alone. And a gradient inside a gradient: D' is the
gradient towards the points, and the loss with it is differentiated again. This penalty
keeps the two from circling around each other.

Sources: Goodfellow et al., "Generative adversarial nets" (2014); Mescheder, Geiger and
Nowozin, "Which training methods for GANs do actually converge?" (2018), for r.

    python tests/examples/gan.py
"""

from typing import NamedTuple

import numpy as np

import minigrad as mg

CLOUDS, NOISE, HIDDEN, LATENT = 8, 0.1, 64, 2
STEPS, BATCHSIZE, PENALTY = 1500, 128, 0.1


class Models(NamedTuple):
    """The two that play against each other."""

    generator: mg.Chain
    discriminator: mg.Chain


def main(seed=0):
    """Train; return how many of 1000 points are in each cloud."""
    mg.seed(seed)
    rng = np.random.default_rng(seed)
    models = Models(network(LATENT, 2), network(2, 1))
    opt_state = mg.setup(mg.Adam(0.002, beta=(0.5, 0.99)), models)
    for step in range(1, STEPS + 1):
        real, _ = mg.datasets.blobs(BATCHSIZE, classes=CLOUDS, noise=NOISE, rng=rng)
        made = models.generator(latent(BATCHSIZE, rng))
        mg.trainstep_(
            detection, models.discriminator, (real, made), opt_state.discriminator
        )
        # What is no model to be trained goes with the data, as a constant.
        batch = models.discriminator, latent(BATCHSIZE, rng)
        mg.trainstep_(disguise, models.generator, batch, opt_state.generator)
        if step % 300 == 0:
            counts = in_each_cloud(models.generator(latent(1000, rng)))
            print(f"step {step}: {counts.sum() / 10:.0f} % in the clouds, {counts}")

    assert counts.sum() >= 750  # on the ring, but anywhere, it would be half of them
    assert counts.min() >= 1000 / CLOUDS / 2
    return counts


def network(inputs, outputs):
    """Two hidden layers."""
    return mg.Chain(
        mg.Dense(inputs, HIDDEN, mg.leakyrelu),
        mg.Dense(HIDDEN, HIDDEN, mg.leakyrelu),
        mg.Dense(HIDDEN, outputs),
    )


def latent(n, rng):
    """What points are made of."""
    return rng.standard_normal((n, LATENT), np.float32)


def detection(discriminator, real, made):
    """The loss of the discriminator, which is to be flat around the real points."""
    (slope,) = mg.gradient(lambda x: np.sum(discriminator(x)), real)
    return (
        np.mean(mg.softplus(-discriminator(real)))
        + np.mean(mg.softplus(discriminator(made)))
        + PENALTY / 2 * np.mean(np.sum(slope**2, axis=-1))
    )


def disguise(generator, discriminator, z):
    """The loss of the generator, which wants its points to be taken for real."""
    return np.mean(mg.softplus(-discriminator(generator(z))))


def in_each_cloud(points):
    """How many points are within four standard deviations of each cloud's centre."""
    angles = 2 * np.pi * np.arange(CLOUDS) / CLOUDS
    centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    distances = np.linalg.norm(points[:, None] - centres, axis=-1)
    return np.sum(distances < 4 * NOISE, axis=0)


if __name__ == "__main__":
    main()
