"""A variational autoencoder: handwritten digits from eight random numbers.

A decoder says how likely each pixel is to be inked, given eight numbers z, and an
encoder says which z an image may have come from: a normal distribution for each. Both
learn from one bound on the probability of an image x, in nats:

    -log p(x) <= E[-log p(x | z)] + KL(q(z | x) || p(z)),  p(z) = N(0, 1),

where z = mean + deviation * noise, so that the gradient goes through mean and
deviation, and past the noise (the "reparametrisation trick").

Learnt here: a loss with two parts and randomness within; and what to compare it with. A
decoder that ignores z can do no better than the mean image, and pays no KL. So a bound
below the loss of the mean image says that z carries something. Random z give new
digits, which are nearer to real ones than what the mean image gives.

Source: Kingma and Welling, "Auto-encoding variational Bayes" (2013), appendix B for KL.

    python tests/examples/autoencoder.py
"""

from typing import NamedTuple

import numpy as np

import minigrad as mg

LATENT, HIDDEN, EPOCHS = 8, 128, 40


class Autoencoder(NamedTuple):
    """The parts: images (N, 64) -> hidden -> mean, log variance; z -> logits."""

    encoder: mg.Dense
    mean: mg.Dense
    logvar: mg.Dense
    decoder: mg.Chain


def main(seed=0):
    """Train; return the bound, its KL, and the loss of the mean image, on test data."""
    mg.seed(seed)
    rng = np.random.default_rng(seed)
    train, test = (inked(part.images) for part in mg.datasets.digits())
    model = Autoencoder(
        encoder=mg.Dense(64, HIDDEN, mg.relu),
        mean=mg.Dense(HIDDEN, LATENT),
        logvar=mg.Dense(HIDDEN, LATENT),
        decoder=mg.Chain(mg.Dense(LATENT, HIDDEN, mg.relu), mg.Dense(HIDDEN, 64)),
    )
    opt_state = mg.setup(mg.Adam(0.002), model)
    loader = mg.DataLoader(train, batchsize=64, shuffle=True)
    for epoch in range(1, EPOCHS + 1):
        mg.train_(lambda m, x: sum(loss(m, x, rng)), model, loader, opt_state)
        if epoch % 10 == 0:
            reconstruction, kl = map(float, loss(model, test, rng))
            print(f"epoch {epoch}: {reconstruction:.2f} + KL {kl:.2f} nats per image")

    bound = reconstruction + kl
    mean_image = np.full_like(test, np.clip(train.mean(axis=0), 0.001, 0.999))
    reference = float(mg.binarycrossentropy(mean_image, test, agg=per_image))
    print(f"test images: at most {bound:.2f} nats, with the mean image {reference:.2f}")
    assert bound < 0.85 * reference
    assert kl > 1

    z = rng.standard_normal((len(test), LATENT), np.float32)
    chances = mg.sigmoid(model.decoder(z))
    show(chances[:8])
    drawn, of_mean = (rng.random(test.shape) < p for p in (chances, mean_image))
    near, far = nearest(drawn, test), nearest(of_mean, test)
    print(f"pixels that differ from the nearest real digit: {near:.1f}, not {far:.1f}")
    assert near < 0.8 * far
    return bound, kl, reference


def inked(images):
    """Images (N, 8, 8) of grey as rows (N, 64) of ones and zeros, ink and paper."""
    return mg.flatten(images >= 0.5).astype(np.float32)


def loss(model, x, rng):
    """`(E[-log p(x | z)], KL)` per image, with one z for each."""
    hidden = model.encoder(x)
    mean, logvar = model.mean(hidden), model.logvar(hidden)
    noise = rng.standard_normal(mean.shape, np.float32)
    logits = model.decoder(mean + np.exp(logvar / 2) * noise)
    kl = per_image(mean**2 + np.exp(logvar) - 1 - logvar) / 2
    return mg.logitbinarycrossentropy(logits, x, agg=per_image), kl


def per_image(x):
    """The sum of the numbers of an image, as a mean over the images."""
    return np.mean(np.sum(x, axis=-1))


def nearest(images, real):
    """In how many pixels images differ from the nearest real one, on average."""
    different = images[:, None] != real[None].astype(bool)
    return float(np.mean(np.min(different.sum(axis=-1), axis=1)))


def show(chances):
    """Images side by side, as text."""
    for row in np.moveaxis(chances.reshape(-1, 8, 8), 1, 0):
        print("  ".join("".join(" .:oO#@"[int(7 * p)] for p in part) for part in row))


if __name__ == "__main__":
    main()
