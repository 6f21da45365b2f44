"""An epoch of the training loop of `python -m minigrad`, and of the same in PyTorch.

The 1,437 digits in shuffled batches of 64, a network 64-128-10 with relu, the cross
entropy and Adam in float32, and the accuracy on the test digits at the end. Both write
the loop as their tutorials do, with a `DataLoader`. As PyTorch's takes more time than
the network, it takes part a second time with batches cut by hand from a permutation.
"""

from functools import partial

from .contest import Row, at_most, in_turns

ETA, BATCH, HIDDEN = 0.003, 64, 128


def with_minigrad():
    """minigrad: `withgradient` and `update_`."""
    import minigrad as mg

    (images, labels), (test_images, test_labels) = mg.datasets.digits()
    images, test_images = mg.flatten(images), mg.flatten(test_images)
    targets = mg.onehotbatch(labels, range(10))
    model = mg.Chain(mg.Dense(64, HIDDEN, mg.relu), mg.Dense(HIDDEN, 10))
    state = mg.setup(mg.Adam(ETA), model)
    loader = mg.DataLoader((images, targets), batchsize=BATCH, shuffle=True)

    def run():
        total = 0.0
        for x, y in loader:
            loss, grads = mg.withgradient(
                lambda m, x=x, y=y: mg.logitcrossentropy(m(x), y), model
            )
            mg.update_(state, model, grads[0])
            total += float(loss) * len(x)
        return round((mg.onecold(model(test_images)) == test_labels).mean())

    return run


def with_torch(batches):
    """PyTorch: eager, with its fused Adam, and `batches(x, labels)` as data."""
    import torch
    from torch import nn

    import minigrad as mg

    (images, labels), (test_images, test_labels) = mg.datasets.digits()
    images, test_images = map(torch.from_numpy, map(mg.flatten, (images, test_images)))
    labels, test_labels = map(torch.from_numpy, (labels, test_labels))
    model = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    adam = torch.optim.Adam(model.parameters(), lr=ETA, fused=True)
    loader = batches(images, labels)

    def run():
        total = 0.0
        for x, y in loader():
            adam.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            adam.step()
            total += float(loss) * len(x)
        with torch.no_grad():
            guesses = model(test_images).argmax(1)
        return round((guesses == test_labels).float().mean().item())

    return run


def from_a_loader(x, labels):
    """PyTorch's own `DataLoader`."""
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(x, labels), batch_size=BATCH, shuffle=True)
    return lambda: loader


def by_hand(x, labels):
    """A permutation, cut into pieces."""
    import torch

    def batches():
        for places in torch.randperm(len(x)).split(BATCH):
            yield x[places], labels[places]

    return batches


ROW = Row(
    name="digits",
    title="an epoch of the digits, 64-128-10, relu, batch 64",
    unit="ms",
    scale=1e3,
    contestants={
        "minigrad": with_minigrad,
        "PyTorch": partial(with_torch, from_a_loader),
        "PyTorch, own batches": partial(with_torch, by_hand),
    },
    targets=[at_most(0.25, "PyTorch"), at_most(0.25, "PyTorch, own batches")],
    times=in_turns,
    most=None,
)
