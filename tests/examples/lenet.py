"""LeNet: a convolutional network that reads handwritten digits.

Learnt here: how convolutions, pools and dense layers follow each other, what it takes
to get the last two percent out of few images (initial weights made for relu, small
shifts, smooth labels, weight decay, a learning rate that falls), and what a test set
is for. All of these were chosen by the accuracy on a validation set, which is a part of
the training data. The test set is looked at once, when everything is done.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition" (1998), whose LeNet-5 reads larger images; these have 8 x 8 pixels.

    python tests/examples/lenet.py
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import minigrad as mg

EPOCHS, BATCHSIZE = 30, 32


def main(seed=0):
    """Train and return the accuracy on the test set, which is 98 % or more."""
    mg.seed(seed)
    train, test = mg.datasets.digits()
    train, validation = mg.splitobs(train, at=0.9, shuffle=True)
    loader = mg.DataLoader(train, batchsize=BATCHSIZE, shuffle=True)

    model = lenet()
    eta = mg.optimise.schedules.CosAnneal(
        l0=0, l1=0.005, period=EPOCHS * len(loader), restart=False
    )
    opt_state = mg.setup(mg.Scheduler(mg.AdamW(lambda_=0.1), eta=eta), model)
    rng = np.random.default_rng(seed)
    for epoch in range(1, EPOCHS + 1):
        batches = ((shifted(images, rng), labels) for images, labels in loader)
        mg.train_(loss, model, batches, opt_state)
        if epoch % 5 == 0:
            print(f"epoch {epoch}: validation {accuracy(model, *validation):.2%}")

    result = accuracy(model, *test)
    print(f"test accuracy of {len(test.labels)} new digits: {result:.2%}")
    assert result >= 0.98
    return result


def lenet():
    """8 x 8 x 1 -> 4 x 4 x 16 -> 2 x 2 x 32 -> 128 -> 64 -> 10."""
    same = {"pad": mg.SamePad(), "init": mg.kaiming_normal}
    return mg.Chain(
        mg.Conv((3, 3), 1, 16, mg.relu, **same),
        mg.MaxPool((2, 2)),
        mg.Conv((3, 3), 16, 32, mg.relu, **same),
        mg.MaxPool((2, 2)),
        mg.Flatten(),
        mg.Dense(128, 64, mg.relu),
        mg.Dense(64, 10),
    )


def loss(model, images, labels):
    """Cross entropy with targets of 0.91 for the right digit and 0.01 for others."""
    targets = mg.label_smoothing(mg.onehotbatch(labels, range(10)), 0.1)
    return mg.logitcrossentropy(model(with_channel(images)), targets)


def accuracy(model, images, labels):
    """The share of the images whose label the model finds."""
    return float(np.mean(mg.onecold(model(with_channel(images))) == labels))


def with_channel(images):
    """Grey images (N, H, W) as a convolution takes them: (N, H, W, 1)."""
    return images[..., None]


def shifted(images, rng):
    """Each image moved to the left or right by a pixel, or not at all.

    The digits are as high as the images, so they are not moved up or down.
    """
    n, _, width = images.shape
    padded = np.pad(images, [(0, 0), (0, 0), (1, 1)])
    views = sliding_window_view(padded, width, axis=2)  # (N, H, 3, W)
    return views[np.arange(n), :, rng.integers(3, size=n)]


if __name__ == "__main__":
    main()
