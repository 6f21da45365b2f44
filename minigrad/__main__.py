"""`python -m minigrad`: train a small network on real handwritten digits.

What it does is written out in `main`, with the public functions that a program
of your own would call.
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
from .causes import spelled
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
    if options.plot is not None:
        _require_plots(options.plot)
    seed(options.seed)
    train, test = datasets.digits()
    images, test_images = (x.reshape(len(x), -1) for x in (train.images, test.images))
    targets = onehotbatch(train.labels, range(10))

    model = Chain(Dense(64, 128, relu), Dense(128, 10))
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
            if not np.isfinite(loss):
                sys.exit(_too_fast(loss, epoch, options.eta))
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
    add = parser.add_argument
    default = "(default: %(default)s)"
    positive, natural = _number(int, 1), _number(int, 0)
    rate = _number(float, 1e-300)
    add("--epochs", type=positive, default=30, help=f"passes over the data {default}")
    add("--batchsize", type=positive, default=64, help=f"images per step {default}")
    add("--eta", type=rate, default=0.003, help=f"learning rate of Adam {default}")
    add("--seed", type=natural, default=1, help=f"of all random numbers {default}")
    add("--plot", metavar="FILE", help="save loss curve and mistakes, as a .png")
    return parser.parse_args(arguments)


def _number(kind, least):
    """A converter for argparse: a finite number of that kind, at least `least`."""

    def convert(text):
        number = kind(text)
        if not least <= number < float("inf"):
            bound = f"at least {least}" if kind is int else "larger than 0, and finite"
            raise argparse.ArgumentTypeError(f"must be {bound}, not {text}")
        return number

    convert.__name__ = kind.__name__
    return convert


def _too_fast(loss, epoch, eta):
    return (
        f"The loss is {spelled(loss)} in epoch {epoch}, so training stops before the "
        f"update that would spoil the model. The learning rate {eta:g} is too high: "
        f"try --eta 0.003."
    )


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
        plt = plots.require_matplotlib()
    except ModuleNotFoundError as error:
        sys.exit(str(error))
    path, known = Path(file), plt.figure().canvas.get_supported_filetypes()
    plt.close()
    if path.suffix[1:].lower() not in known:
        sys.exit(
            f"--plot {file!r}: the name must end in the kind of picture, one of "
            f"{', '.join(sorted(known))}. Write, for instance, --plot digits.png."
        )
    if path.is_dir():
        sys.exit(f"--plot {file}: that is a folder. Write the name of a file.")
    if not path.resolve().parent.is_dir():
        sys.exit(f"--plot {file}: there is no folder {path.resolve().parent}.")


def _plot(file, losses, test, guesses):
    figure, (left, right) = plots.require_matplotlib().subplots(1, 2, figsize=(10, 4))
    plots.loss_curve(losses, ax=left)
    wrong = np.flatnonzero(guesses != test.labels)[:10]
    plots.images(test.images[wrong], test.labels[wrong], guesses[wrong], ax=right)
    right.set_title("mistaken digits")
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
