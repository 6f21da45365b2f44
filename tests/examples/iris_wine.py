"""Iris flowers by their leaves, and wines by their chemistry: cross-validated.

Of five parts of the data, each is tested by a network that has learnt from the four
others, so each flower and each wine counts once, when its network has never seen it.
"""

import numpy as np

import minigrad as mg
from minigrad.datasets import iris, wine

FOLDS, EPOCHS = 5, 50


def loss(model, x, y):
    """The cross-entropy of the scores of a batch."""
    return mg.logitcrossentropy(model(x), y)


def trained(x, y):
    """A network with one hidden layer, and what it has learnt from a table."""
    model = mg.Chain(mg.Dense(x.shape[1], 16, mg.tanh), mg.Dense(16, y.shape[1]))
    opt_state = mg.setup(mg.Adam(0.01), model)
    data = mg.DataLoader((x, y), batchsize=16, shuffle=True)
    for _ in range(EPOCHS):
        mg.train_(loss, model, data, opt_state)
    return model


def accuracy(table):
    """The part of a table that is classified rightly, by networks new to it."""
    targets = mg.onehotbatch(table.targets, range(len(table.classes)))
    right = 0
    for train, test in mg.kfolds(mg.shuffleobs((table.features, targets)), FOLDS):
        model = trained(mg.normalise(train[0]), train[1])
        # The test data is moved and scaled as the training data was, not by its own.
        x = (test[0] - train[0].mean(axis=0)) / (train[0].std(axis=0) + 1e-5)
        right += np.sum(mg.onecold(model(x)) == mg.onecold(test[1]))
    return right / len(targets)


def main():
    """Print both accuracies, which must be 95 % at least."""
    mg.seed(0)
    for table in (iris, wine):
        reached = accuracy(table())
        print(f"{table.__name__}: {reached:.1%} of the test data")
        assert reached >= 0.95


if __name__ == "__main__":
    main()
