"""`python -m minigrad`: train a small network on real handwritten digits.

What it does is written out in `main`: every name it uses is public.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from . import datasets, plots
from .autodiff import gradient, withgradient
from .data import DataLoader
from .labels import onecold, onehotbatch
from .nn import Chain, Dense, logitcrossentropy, relu
from .optimise import Adam, update_
from .random import seed
from .train import setup
from .walks import fmap


def main(arguments=None):
    """Train, and show the pieces: model, gradient, losses, accuracy."""
    options = _parse(arguments)
    if options.plot:
        _require_plots(options.plot)
    seed(options.seed)
    train, test = datasets.digits()
    images, test_images = (x.reshape(len(x), -1) for x in (train.images, test.images))
    targets = onehotbatch(train.labels, range(10))

    model = Chain(Dense(64, 64, relu), Dense(64, 10))
    opt_state = setup(Adam(options.eta), model)
    print(f"The model:\n\n{model}\n")
    _show_gradient(model, images[:32], targets[:32])

    loader = DataLoader((images, targets), batchsize=options.batchsize, shuffle=True)
    print(f"{loader}\n")
    losses = []
    started = time.perf_counter()
    for epoch in tqdm(
        range(1, options.epochs + 1), "Training", leave=False, disable=None
    ):
        total = 0.0
        for x, y in loader:
            loss, grads = withgradient(partial(score, x=x, y=y), model)
            update_(opt_state, model, grads[0])
            total += float(loss) * len(x)
        losses.append(total / len(images))
        accuracy = np.mean(onecold(model(test_images)) == test.labels)
        tqdm.write(f"epoch {epoch:3}   loss {losses[-1]:.4f}   accuracy {accuracy:.2%}")
    print(f"\nTrained in {time.perf_counter() - started:.1f} s.")

    guesses = onecold(model(test_images))
    accuracy = np.mean(guesses == test.labels)
    print(f"Final test accuracy: {accuracy:.2%} of {len(guesses)} digits.")
    if options.plot:
        _plot(options.plot, losses, test, guesses)
        print(f"Loss curve and mistaken digits are in {options.plot}.")


def score(model, x, y):
    """The loss of one batch."""
    return logitcrossentropy(model(x), y)


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m minigrad", description="Train on handwritten digits."
    )
    parser.add_argument("--epochs", type=_positive(int), default=30)
    parser.add_argument("--batchsize", type=_positive(int), default=32)
    parser.add_argument("--eta", type=_positive(float), default=0.003)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", metavar="FILE", help="save a picture, such as a .png")
    return parser.parse_args(arguments)


def _positive(kind):
    def convert(text):
        number = kind(text)
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"must be larger than 0, not {text}")
        return number

    convert.__name__ = kind.__name__
    return convert


def _show_gradient(model, x, y):
    grads = gradient(lambda m: score(m, x, y), model)
    shapes = fmap(lambda g: None if g is None else Shape(g), grads[0])
    print(
        f"Its gradient has the same structure, with None where nothing arrived:\n\n"
        f"{shapes}\n"
    )
    print(f"grads[0].layers[0].weight[1, 2] = {grads[0].layers[0].weight[1, 2]:.3g}\n")


class Shape:
    """How an array is shown here: by its type and shape."""

    def __init__(self, x):
        self.text = f"{x.dtype}{list(x.shape)}"

    def __repr__(self):
        return self.text


def _require_plots(file):
    """Find out before the work, not after it, whether a picture can be saved."""
    try:
        plots.require_matplotlib()
    except ModuleNotFoundError as error:
        sys.exit(str(error))
    if not Path(file).resolve().parent.is_dir():
        sys.exit(f"--plot {file}: there is no folder {Path(file).resolve().parent}.")


def _plot(file, losses, test, guesses):
    figure, (left, right) = plots.require_matplotlib().subplots(1, 2, figsize=(10, 4))
    plots.loss_curve(losses, ax=left)
    wrong = np.flatnonzero(guesses != test.labels)[:10]
    pairs = zip(guesses[wrong], test.labels[wrong], strict=True)
    titles = [f"says {guess}, is {label}" for guess, label in pairs]
    plots.images(test.images[wrong], titles, ax=right)
    right.set_title("mistaken digits")
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
