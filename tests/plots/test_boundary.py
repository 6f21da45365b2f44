"""What a classifier says everywhere in the plane."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import DomainError, ShapeError
from minigrad.plots import decision_boundary

POINTS = np.array([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]], np.float32)


def right_of_zero(x):
    return x[:, 0]


def regions(ax):
    return np.asarray(ax.images[0].get_array())


def lines(ax):
    """The points of all boundaries that are drawn."""
    paths = [path for found in ax.collections for path in found.get_paths()]
    return np.concatenate([path.vertices for path in paths if len(path.vertices) > 30])


@pytest.mark.parametrize(
    "model",
    [
        right_of_zero,
        lambda x: x[:, :1],
        lambda x: np.stack([-x[:, 0], x[:, 0]], 1),
        lambda x: np.stack([0 * x[:, 0], 5 * x[:, 0]], 1),
    ],
)
def test_two_classes_however_they_are_scored(model):
    ax = decision_boundary(model, POINTS, [0, 1, 1, 0], resolution=50)
    expected = np.repeat([0, 1], 25)
    np.testing.assert_array_equal(regions(ax), np.tile(expected, (50, 1)))
    np.testing.assert_allclose(lines(ax)[:, 0], 0, atol=1e-6)


def test_pixels_lie_where_the_model_was_asked():
    asked = []

    def model(x):
        asked.append(x)
        return x[:, 1] - x[:, 0] / 3

    ax = decision_boundary(model, POINTS, [0, 1, 0, 1], resolution=30)
    (grid,) = asked
    left, right, bottom, top = ax.images[0].get_extent()
    column = ((grid[:, 0] - left) / (right - left) * 30).astype(int)
    row = ((grid[:, 1] - bottom) / (top - bottom) * 30).astype(int)
    assert sorted(zip(row, column, strict=True)) == [
        (i, j) for i in range(30) for j in range(30)
    ]
    expected = grid[:, 1] > grid[:, 0] / 3
    np.testing.assert_array_equal(regions(ax)[row, column], expected)
    assert ax.images[0].origin == "lower"
    inside = (POINTS > [left, bottom]) & (POINTS < [right, top])
    assert inside.all()


def test_three_classes_meet_where_their_scores_are_equal():
    weight = np.array([[1, 0], [-0.5, 0.9], [-0.5, -0.9]], np.float32)
    x = np.concatenate([POINTS, 2 * POINTS])
    y = (x @ weight.T).argmax(1)
    ax = decision_boundary(mg.Dense(weight), x, y)
    assert set(np.unique(regions(ax))) == {0, 1, 2}
    scores = np.sort(lines(ax) @ weight.T, axis=1)
    np.testing.assert_allclose(scores[:, 1], scores[:, 2], atol=0.05)


def test_the_points_are_drawn_by_class():
    labels = np.array([0, 2, 1, 0])
    ax = decision_boundary(mg.Dense(2, 3, rng=0), POINTS, labels, classes=list("abc"))
    drawn = {found.get_label(): found for found in ax.collections}
    for k, name in enumerate("abc"):
        np.testing.assert_array_equal(drawn[name].get_offsets(), POINTS[labels == k])
    colours = {tuple(drawn[name].get_facecolor()[0][:3]) for name in "abc"}
    shapes = {drawn[name].get_paths()[0].vertices.tobytes() for name in "abc"}
    assert len(colours) == len(shapes) == 3
    of_regions = ax.images[0].get_cmap()
    assert colours == {tuple(of_regions(k)[:3]) for k in range(3)}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list("abc")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([-1, 1, 1, -1], [-1, 1]),
        (["no", "yes", "yes", "no"], ["no", "yes"]),
        ([0, 1, 1, 0], ["no", "yes"]),
        ([False, True, True, False], None),
        ([0.0, 1.0, 1.0, 0.0], None),
    ],
)
def test_labels_of_all_kinds(labels, classes):
    ax = decision_boundary(
        right_of_zero, POINTS, labels, classes=classes, resolution=10
    )
    second = next(c for c in ax.collections if np.shape(c.get_offsets()) == (2, 2)
                  and c.get_offsets()[0, 0] == 1)  # fmt: skip
    assert second.get_label() == str((classes or [0, 1])[1])


def test_many_classes_differ_in_shape_where_colours_come_again():
    angle = 2 * np.pi * np.arange(12) / 12
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    ax = decision_boundary(mg.Dense(x), x, range(12), resolution=50)
    assert set(np.unique(regions(ax))) == set(range(12))
    looks = {
        (found.get_facecolor().tobytes(), found.get_paths()[0].vertices.tobytes())
        for found in ax.collections
        if not found.get_label().startswith("_")
    }
    assert len(looks) == 12


def test_the_model_gets_the_dtype_of_the_points():
    for dtype, expected in (("f4", "f4"), ("f8", "f8"), ("i8", "f4")):
        seen = []
        decision_boundary(
            lambda x: seen.append(x.dtype) or x[:, 0],  # noqa: B023
            POINTS.astype(dtype),
            [0, 1, 1, 0],
            resolution=3,
        )
        assert seen == [expected]


def test_points_on_a_line_and_a_single_class():
    ax = decision_boundary(lambda x: x[:, 0] + 9, POINTS[:1], [1], resolution=4)
    assert (regions(ax) == 1).all()
    assert ax.images[0].get_extent()[1] > -1


def test_probabilities_need_another_threshold():
    def model(x):
        return mg.sigmoid(x[:, 0])

    with pytest.warns(UserWarning, match=r"between 0 and 1, .* threshold=0\.5"):
        ax = decision_boundary(model, POINTS, [0, 1, 1, 0], resolution=10)
    assert (regions(ax) == 1).all()
    ax = decision_boundary(model, POINTS, [0, 1, 1, 0], threshold=0.5, resolution=10)
    assert np.unique(regions(ax)[0]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("model", "points", "labels", "error", "message"),
    [
        (right_of_zero, np.ones((4, 3)), [0] * 4, ShapeError,
         r"shape \(N, 2\), and was given \(4, 3\)\. Of more features choose two"),
        (right_of_zero, np.ones((0, 2)), [], ShapeError, r"was given \(0, 2\)"),
        (right_of_zero, np.ones(2), [0], ShapeError, r"was given \(2,\)"),
        (right_of_zero, POINTS * np.nan, [0] * 4, DomainError, "points with NaN"),
        (right_of_zero, POINTS, [0, 1], ShapeError, "4 points and 2 labels"),
        (right_of_zero, POINTS, [0, 1, 2, 0], ValueError,
         r"labels\[2\] is 2, and the classes are \[0, 1\]"),
        (right_of_zero, POINTS, [0, 1, -1, 0], ValueError, r"labels\[2\] is -1"),
        (right_of_zero, POINTS, ["a"] * 4, ValueError, r"labels\[0\] is 'a'.*classes="),
        (right_of_zero, POINTS, np.eye(4), ShapeError, r"write onecold\(labels\)"),
        (lambda x: x[:, 0].astype(int), POINTS, [0] * 4, TypeError,
         r"returns int64: labels\? Give the function that computes the scores"),
        (lambda x: x[:-1], POINTS, [0] * 4, ShapeError, r"and returned \(99, 2\)"),
        (lambda x: x.sum(), POINTS, [0] * 4, ShapeError, r"and returned \(\)"),
        (lambda x: x[:, :, None], POINTS, [0] * 4, ShapeError, r"\(100, 2, 1\)"),
        (lambda x: x[:, :0], POINTS, [0] * 4, ShapeError, r"returned \(100, 0\)"),
        (lambda x: x / 0, POINTS, [0] * 4, DomainError, r"200 of the 200 scores are"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_input(model, points, labels, error, message):
    with pytest.raises(error, match=message):
        decision_boundary(model, points, labels, resolution=10)


def test_a_model_that_cannot_be_called():
    with pytest.raises(
        TypeError, match=r"an ndarray cannot be called\. Write decision_"
    ):
        decision_boundary(POINTS, [0] * 4, right_of_zero)


def test_names_that_do_not_fit_the_scores():
    with pytest.raises(ShapeError, match=r"those of 2 classes, and classes=\['a'\]"):
        decision_boundary(right_of_zero, POINTS, [0] * 4, classes=["a"])
    with pytest.raises(ValueError, match=r"resolution=1\): write a whole number"):
        decision_boundary(right_of_zero, POINTS, [0] * 4, resolution=1)
