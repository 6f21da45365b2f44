"""Classes: labels of all kinds, probabilities, and a part of the data at a time."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import blobs, moons
from minigrad.sklearn import NetClassifier


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog", "cow"],
        [7, -3, 40],
        [1.0, 2.0, 3.0],
        np.array(["b", "a", "c"], object),
        [False, True],
    ],
)
def test_labels_of_all_kinds(labels):
    x, k = blobs(90, classes=len(labels), noise=0.2, rng=0)
    y = np.array(labels)[k]
    net = NetClassifier(epochs=30, random_state=0).fit(x, y)
    assert net.classes_.tolist() == sorted(labels)
    assert (net.predict(x) == y).all()
    assert net.predict(x).dtype == y.dtype
    assert net.score(x, y) == 1


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_probabilities(classes):
    x, y = blobs(100, classes=classes, rng=0)
    net = NetClassifier(epochs=5, random_state=0).fit(x, y)
    p = net.predict_proba(x)
    assert p.shape == (100, classes) and p.dtype == np.float64
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-14)
    assert (p > 0).all()
    np.testing.assert_array_equal(net.classes_[p.argmax(1)], net.predict(x))
    scores = net.model_(x)
    np.testing.assert_allclose(
        np.log(p[:, 0] / p[:, 1]), scores[:, 0] - scores[:, 1], rtol=1e-3, atol=1e-5
    )


def test_probabilities_are_those_of_the_data():
    """Where 80 % are of class 1 whatever the features, that is what it says."""
    rng = np.random.default_rng(0)
    x, y = np.zeros((400, 2)), rng.permutation(np.arange(400) % 5 > 0)
    net = NetClassifier(batchsize=400, epochs=300, random_state=0).fit(x, y)
    np.testing.assert_allclose(net.predict_proba(x[:1]), [[0.2, 0.8]], atol=1e-3)


def test_partial_fit_is_one_pass():
    x, y = moons(60, rng=0)
    whole = NetClassifier(epochs=3, random_state=0).fit(x, y)
    parts = NetClassifier(random_state=0)
    for _ in range(3):
        assert parts.partial_fit(x, y, classes=[1, 0]) is parts
    assert parts.loss_curve_ == whole.loss_curve_ and parts.n_iter_ == 3
    np.testing.assert_array_equal(parts.predict_proba(x), whole.predict_proba(x))


def test_partial_fit_knows_classes_that_it_has_not_seen():
    x, y = blobs(90, classes=3, noise=0.2, rng=0)
    net = NetClassifier(random_state=0)
    net.partial_fit(x[y == 0], y[y == 0], classes=[0, 1, 2])
    assert net.predict_proba(x).shape == (90, 3)
    for _ in range(30):
        net.partial_fit(x, y)
    assert net.score(x, y) == 1


def test_fit_begins_anew():
    x, y = moons(60, rng=0)
    net = NetClassifier(epochs=2, random_state=0).fit(x, y)
    first = net.loss_curve_
    assert net.fit(x, y).loss_curve_ == first and net.n_iter_ == 2
    assert net.fit(x[:, :1], ["a", "b"] * 30).classes_.tolist() == ["a", "b"]


def test_what_partial_fit_refuses():
    x, y = moons(60, rng=0)
    with pytest.raises(ValueError, match=r"classes must be passed on the first call"):
        NetClassifier().partial_fit(x, y)
    with pytest.raises(ValueError, match=r"y has the labels \[1\], .* classes \[0 5\]"):
        NetClassifier().partial_fit(x, y, classes=[0, 5])
    net = NetClassifier().partial_fit(x, y, classes=[0, 1])
    with pytest.raises(
        ValueError, match=r"classes=\[0 1 2\] are not those of the first"
    ):
        net.partial_fit(x, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"y has the labels \[2\], .* all of\s+them"):
        net.partial_fit(x, y * 2)
    with pytest.raises(ValueError, match="X has 1 features, but NetClassifier"):
        net.partial_fit(x[:, :1], y)


def test_one_class_is_none():
    x, _ = moons(10, rng=0)
    with pytest.raises(
        ValueError, match=r"y has one class only, setosa, .* shuffle it"
    ):
        NetClassifier().fit(x, ["setosa"] * 10)


def test_numbers_are_not_classes():
    x, _ = moons(10, rng=0)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        NetClassifier().fit(x, np.linspace(0, 1, 10))


def test_scores_for_a_picture_of_the_boundary():
    """What `plots.decision_boundary` needs of it."""
    x, y = moons(60, rng=0)
    net = NetClassifier(epochs=60, random_state=0).fit(x, y)
    ax = mg.plots.decision_boundary(net.predict_proba, x, y, resolution=9)
    assert set(np.unique(ax.images[0].get_array())) == {0, 1}
    mg.plots.require_matplotlib().close("all")
