"""Transfer: what a network learnt from the digits 0 to 4 helps it to read 5 to 9.

A network is a body, which makes features of an image, and a head, which tells the
classes apart by them. The body is trained where there are many images. Then it is
frozen, gets a new head, and only the head learns from a few images of other digits.

The layers near the end of a network serve its own task only. So the old head has two
layers, which are left behind: with a head of one, the body is of less use elsewhere.

Learnt here: a new model may hold layers of an old one, whose arrays are then the same;
what is frozen is said in the state tree, which has the names of the model; and whether
it was worth it is told by a body that has learnt nothing, with a head trained likewise.

Source: Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep
neural networks?" (2014).

    python tests/examples/transfer.py
"""

import numpy as np

import minigrad as mg

FEATURES, CLASSES, SHOTS, TRIALS = 16, 5, 10, 3


def main(seed=0):
    """Train both heads; return their accuracies on new images of the digits 5 to 9."""
    mg.seed(seed)
    train, test = mg.datasets.digits()
    head = mg.Chain(mg.Dense(FEATURES, 32, mg.relu), mg.Dense(32, CLASSES))
    model = mg.Chain(body=body(), head=head)
    images, labels = digits(train, 0)
    opt_state = mg.setup(mg.Adam(0.003), model)
    fit_(model, opt_state, images, labels, epochs=20)
    reached = accuracy(model, *digits(test, 0))
    print(f"0 to 4, learnt from {len(labels)} images: {reached:.1%} of the test data")

    results = {"learnt": [], "random": []}
    for _ in range(TRIALS):
        images, labels = few(*digits(train, 5))
        for name, frozen in ("learnt", model["body"]), ("random", body()):
            new = with_new_head(frozen, images, labels)
            results[name].append(accuracy(new, *digits(test, 5)))
    learnt, random = (float(np.mean(trials)) for trials in results.values())
    print(f"5 to 9, learnt from {len(labels)} images, the mean of {TRIALS} trials:")
    print(f"  with the learnt body {learnt:.1%}, with a random one {random:.1%}")
    assert learnt > random
    return learnt, random


def body():
    """8 x 8 x 1 -> 4 x 4 x 8 -> 2 x 2 x 4 -> FEATURES."""
    same = {"pad": mg.SamePad()}
    return mg.Chain(
        mg.Conv((3, 3), 1, 8, mg.relu, **same),
        mg.MaxPool((2, 2)),
        mg.Conv((3, 3), 8, 4, mg.relu, **same),
        mg.MaxPool((2, 2)),
        mg.Flatten(),
    )


def with_new_head(body, images, labels):
    """A body, which stays as it is, and a head that has learnt from the images."""
    model = mg.Chain(body=body, head=mg.Dense(FEATURES, CLASSES))
    before, _ = mg.destructure(body)
    opt_state = mg.setup(mg.Adam(0.03), model)
    mg.freeze_(opt_state.layers.body)
    fit_(model, opt_state, images, labels, epochs=150)
    after, _ = mg.destructure(body)
    np.testing.assert_array_equal(after, before)
    return model


def fit_(model, opt_state, images, labels, epochs):
    """Train all that is not frozen."""
    data = mg.DataLoader((images, labels), batchsize=50, shuffle=True)
    for _ in range(epochs):
        mg.train_(loss, model, data, opt_state)


def loss(model, images, labels):
    """The cross entropy of the scores of a batch."""
    return mg.logitcrossentropy(model(images), mg.onehotbatch(labels, range(CLASSES)))


def accuracy(model, images, labels):
    """The share of the images whose class the model finds."""
    return float(np.mean(mg.onecold(model(images)) == labels))


def digits(split, first):
    """The images (N, 8, 8, 1) of five digits from `first` on, as classes 0 to 4."""
    chosen = (first <= split.labels) & (split.labels < first + CLASSES)
    return split.images[chosen, ..., None], split.labels[chosen] - first


def few(images, labels):
    """SHOTS images of each class, drawn at random."""
    images, labels = mg.shuffleobs((images, labels))
    rows = [np.flatnonzero(labels == label)[:SHOTS] for label in range(CLASSES)]
    chosen = np.concatenate(rows)
    return images[chosen], labels[chosen]


if __name__ == "__main__":
    main()
