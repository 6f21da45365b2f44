"""Which classes are taken for which."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as reference

from minigrad.errors import ShapeError
from minigrad.plots import confusion_matrix


def matrix(ax):
    return np.asarray(ax.images[0].get_array())


def names(ax):
    ticks = [text.get_text() for text in ax.get_xticklabels()]
    assert ticks == [text.get_text() for text in ax.get_yticklabels()]
    return ticks


def numbers(ax):
    n = len(matrix(ax))
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    return [[cells[j, i] for j in range(n)] for i in range(n)]


def test_rows_are_true_and_columns_predicted():
    ax = confusion_matrix([0, 0, 0, 1], [1, 1, 0, 1])
    assert matrix(ax).tolist() == [[1, 2], [0, 1]]
    assert numbers(ax) == [["1", "2"], ["0", "1"]]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    assert names(ax) == ["0", "1"]


@pytest.mark.parametrize("normalise", [False, True])
def test_agrees_with_scikit_learn(normalise):
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 7, (2, 300))
    expected = reference(labels, predictions, normalize="true" if normalise else None)
    ax = confusion_matrix(labels, predictions, normalise=normalise)
    np.testing.assert_allclose(matrix(ax), expected)
    shown = "{:.2f}" if normalise else "{}"
    assert numbers(ax) == [[shown.format(x) for x in row] for row in expected]


def test_scores_count_by_their_highest():
    rng = np.random.default_rng(1)
    scores, labels = rng.normal(size=(50, 4)), rng.integers(0, 3, 50)
    ax = confusion_matrix(labels, scores)
    expected = reference(labels, scores.argmax(1), labels=range(4))
    np.testing.assert_array_equal(matrix(ax), expected)
    named = confusion_matrix(labels, scores, classes=list("abcd"))
    np.testing.assert_array_equal(matrix(named), expected)
    assert names(ax) == ["0", "1", "2", "3"] and names(named) == list("abcd")


@pytest.mark.parametrize(
    ("labels", "predictions", "classes", "expected", "shown"),
    [
        (["b", "a"], ["b", "b"], None, [[0, 1], [0, 1]], ["a", "b"]),
        (["b", "a"], ["b", "b"], ["b", "a"], [[1, 0], [1, 0]], ["b", "a"]),
        ([1, 0], [1, 1], ["x", "y"], [[0, 1], [0, 1]], ["x", "y"]),
        ([5, 9], [9, 9], None, [[0, 1], [0, 1]], ["5", "9"]),
        ([5, 9], [9, 9], [9, 7, 5], [[1, 0, 0], [0, 0, 0], [1, 0, 0]], ["9", "7", "5"]),
        ([-1.0, 1.0], [1, 1], None, [[0, 1], [0, 1]], ["-1.0", "1.0"]),
        (["a", "b"], [0, 0], ["a", "b"], [[1, 0], [1, 0]], ["a", "b"]),
        ("abba", "aabb", None, [[1, 1], [1, 1]], ["a", "b"]),
    ],
)
def test_classes(labels, predictions, classes, expected, shown):
    ax = confusion_matrix(labels, predictions, classes=classes)
    assert matrix(ax).tolist() == expected
    assert names(ax) == shown


def test_a_class_without_observations_has_no_share():
    ax = confusion_matrix([0, 0], [0, 1], classes=[0, 1], normalise=True)
    assert numbers(ax) == [["0.50", "0.50"], ["–", "–"]]


def test_numbers_are_left_out_where_there_is_no_room():
    assert len(confusion_matrix(range(20), range(20)).texts) == 400
    assert not confusion_matrix(range(21), range(21)).texts


def test_numbers_can_be_read_on_their_background():
    ax = confusion_matrix([0] * 9 + [1], [0] * 9 + [0])
    colours = {text.get_position(): text.get_color() for text in ax.texts}
    assert colours[0, 0] == "white" and colours[0, 1] == "black"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], []), ValueError, "confusion_matrix was given no labels"),
        (([0, 1], [0]), ShapeError, "given 2 labels and 1 predictions: there must be"),
        (([0, 1], [0, 1], ["a"]), ValueError, r"predictions\[1\] is 1, .* are \[0\]"),
        (
            ([0, 3], np.eye(2)),
            ValueError,
            r"labels\[1\] is 3, and the classes are \[0, 1",
        ),
        ((np.eye(2), np.eye(2)), ShapeError, r"write onecold\(labels\)"),
        (([0, 1], [[0], [1]]), ShapeError, r"Write predictions\[:, 0\]"),
        (
            ([0], np.ones((1, 2, 2))),
            ShapeError,
            r"the shape \(1, 2, 2\)\. Give an array",
        ),
        (([0, 1], [-0.5, 2]), ValueError, r"predictions has -0\.5, which is no label"),
        (
            ([0.25], [0]),
            ValueError,
            r"labels has 0\.25, .* write labels > 0, or > 0\.5",
        ),
        ((["a"], [0]), ValueError, r"labels, as 'a', and predictions, as 0, cannot be"),
        (([0], [0], [0, 0]), ValueError, r"classes=\[0, 0\] has a name twice"),
    ],
)
def test_bad_labels(arguments, error, message):
    labels, predictions, *classes = arguments
    with pytest.raises(error, match=message):
        confusion_matrix(labels, predictions, classes=classes[0] if classes else None)


def test_normalise_is_a_switch():
    with pytest.raises(
        TypeError, match=r"normalise=\.\.\.\) is True or False, .* a str"
    ):
        confusion_matrix([0], [0], normalise="true")
