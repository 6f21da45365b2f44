"""Images side by side, right and wrong marked."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minigrad.errors import DomainError, ShapeError
from minigrad.plots import PALETTE, images


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_pictures_stand_side_by_side_below_their_labels():
    pictures = np.arange(7 * 64.0).reshape(7, 8, 8)
    ax = images(pictures, list("abcdefg"), columns=5)
    (canvas,) = (image.get_array() for image in ax.images)
    assert canvas.shape == (2 * 14, 5 * 10 - 2)
    np.testing.assert_array_equal(canvas[4:12, 10:18], pictures[1])
    np.testing.assert_array_equal(canvas[18:26, 0:8], pictures[5])
    assert np.ma.count(canvas) == np.isfinite(canvas).sum() == 7 * 64
    assert texts(ax) == list("abcdefg")
    assert ax.texts[1].get_position() == (13.5, 2)  # the middle of columns 10 to 17
    assert ax.texts[5].get_position() == (3.5, 16)


@pytest.mark.parametrize("kind", [list, np.asarray, lambda x: np.asarray(x)[..., None]])
def test_grey_pictures_of_any_kind(kind):
    pictures = [np.full((4, 4), k) for k in range(3)]
    (image,) = images(kind(pictures)).images
    assert image.get_cmap().name == "gray_r"
    for k in range(3):
        assert (image.get_array()[2:6, 5 * k : 5 * k + 4] == k).all()


@pytest.mark.parametrize("scale", [1.0, 255])
def test_colours(scale):
    pictures = np.zeros((2, 4, 4, 3), type(scale))
    pictures[0, ..., 0] = pictures[1, 0, 0] = scale
    canvas = images(pictures).images[0].get_array()
    assert canvas.shape == (7, 9, 3)
    assert (canvas[2:6, :4] == [1, 0, 0]).all()
    assert (canvas[2, 5] == 1).all() and (canvas[3:6, 5:] == 0).all()
    assert (canvas[:2] == 1).all() and (canvas[:, 4] == 1).all()  # white around them


def test_right_and_wrong_differ_in_sign_colour_and_text():
    ax = images(np.ones((3, 2, 2)), [0, 1, 2], predictions=[0, 2, 2])
    assert texts(ax) == ["✓ 0", "✗ 2, is 1", "✓ 2"]
    right, wrong, again = (to_hex(t.get_color()).upper() for t in ax.texts)
    assert right == again != wrong and {right, wrong} <= set(PALETTE)


SCORES = np.array([[0.1, 0.7], [0.9, 0.3]])


@pytest.mark.parametrize(
    ("labels", "predictions", "classes", "expected"),
    [
        ([1, 1], None, ["cat", "dog"], ["dog", "dog"]),
        (["dog", "cat"], None, ["cat", "dog"], ["dog", "cat"]),
        (["dog", "cat"], ["dog", "dog"], None, ["✓ dog", "✗ dog, is cat"]),
        ([1, 1], SCORES, None, ["✓ 1", "✗ 0, is 1"]),
        ([1, 1], SCORES, ["cat", "dog"], ["✓ dog", "✗ cat, is dog"]),
        (["dog", "dog"], SCORES, ["cat", "dog"], ["✓ dog", "✗ cat, is dog"]),
        ([7, 7], SCORES, [3, 7], ["✓ 7", "✗ 3, is 7"]),
        (np.array([True, False]), [1, 1], None, ["✓ True", "✗ True, is False"]),
        ([0.5, "free text"], None, None, ["0.5", "free text"]),
    ],
)
def test_labels_and_names(labels, predictions, classes, expected):
    ax = images(np.ones((2, 4, 4)), labels, predictions, classes=classes)
    assert texts(ax) == expected


def test_long_verdicts_take_two_lines():
    names = ["versicolor", "virginica"]
    few, many = (
        images(np.ones((n, 4, 4)), [0] * n, [1] * n, classes=names) for n in (1, 5)
    )
    assert texts(few) == ["✗ virginica, is versicolor"]
    assert texts(many) == ["✗ virginica,\nis versicolor"] * 5
    assert many.texts[0].get_size() > 9


def test_long_labels_are_smaller():
    sizes = []
    for name in ("a", "a rather long name of a class"):
        sizes.append(images(np.ones((5, 4, 4)), [name] * 5).texts[0].get_size())
    assert sizes[0] == 10 > sizes[1] >= 5


@pytest.mark.parametrize("more", [(), ([],), ([], []), (np.zeros(0, int),) * 2])
def test_no_pictures(more):
    ax = images([], *more)
    assert not ax.images and texts(ax) == ["no pictures"]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((8, 8), r"shape \(8, 8\)\. For one picture write picture\[None\]"),
        ((5, 64), r"flat ones need their height and width: x\.reshape\(-1, 8, 8\)"),
        ((5, 3, 8, 8), r"write x\.transpose\(0, 2, 3, 1\)"),
        ((5, 8, 8, 2), r"coloured ones \(N, height, width, 3\), and was given"),
        ((5,), r"shape \(5,\)\. The batch is the first axis"),
        ((5, 0, 8), r"was given the shape \(5, 0, 8\)"),
    ],
)
def test_shapes_that_are_no_pictures(shape, message):
    with pytest.raises(ShapeError, match=message):
        images(np.ones(shape))


def test_a_number_is_no_picture():
    with pytest.raises(TypeError, match=r"images takes many pictures, .* given an int"):
        images(5)


def test_pictures_of_different_shapes():
    with pytest.raises(ShapeError, match=r"different shapes, \[\(2, 2\), \(2, 3\)\]"):
        images([np.ones((2, 2)), np.ones((2, 3))])


@pytest.mark.parametrize(
    "pictures", [np.full((1, 2, 2, 3), -0.1), np.full((1, 2, 2, 3), 256)]
)
def test_colours_out_of_range(pictures):
    with pytest.raises(DomainError, match=r"from 0 to 1 or integers .* go from"):
        images(pictures)


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (dict(labels=[1]), ShapeError, "given 2 pictures and 1 labels"),
        (
            dict(labels=[1, 2], predictions=[1]),
            ShapeError,
            "2 labels and 1 predictions",
        ),
        (dict(predictions=[1, 2]), TypeError, "compares them with labels, and there"),
        (
            dict(labels=[0, 2], classes=["cat", "dog"]),
            ValueError,
            r"labels\[1\] is 2, and the classes are \[0, 1\]",
        ),
        (
            dict(labels=["cat", "cow"], classes=["cat", "dog"]),
            ValueError,
            r"labels\[1\] is 'cow', and the classes are \['cat', 'dog'\]",
        ),
        (dict(labels=[0, 1], classes=["a", "a"]), ValueError, "has a name twice"),
        (
            dict(labels=[[0], [1]], predictions=[0, 1]),
            ShapeError,
            r"labels has the shape \(2, 1\)\. Write labels\[:, 0\]",
        ),
        (
            dict(labels=SCORES, predictions=[0, 1]),
            ShapeError,
            r"write onecold\(labels\)",
        ),
        (
            dict(labels=[0, 1], predictions=SCORES, classes=["a"]),
            ShapeError,
            r"scores are those of 2 classes, and classes=\['a'\] has 1 names",
        ),
        (dict(columns=0), ValueError, r"columns=0\): write how many"),
    ],
)
def test_labels_that_do_not_fit(more, error, message):
    with pytest.raises(error, match=message):
        images(np.ones((2, 4, 4)), **more)
