"""One-hot vectors and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from minigrad import gradient
from minigrad.errors import ShapeError
from minigrad.labels import onecold, onehot, onehotbatch

# --- There and back ------------------------------------------------------------


@given(
    arrays(np.int64, array_shapes(min_dims=0, min_side=0), elements=st.integers(0, 4))
)
def test_integer_arrays_of_any_shape(data):
    y = onehotbatch(data, range(5))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.eye(5)[data])
    np.testing.assert_array_equal(onecold(y), data)


LABELS = [
    range(3),
    range(10, 40, 10),
    ["cat", "dog", "cow"],
    "abc",
    ("x", 1, None),
    [(0, 1), (1, 0), (1, 1)],
    [0.5, 1.5, -2.0],
    [False, True, 2],
    np.array([7, 3, 5]),
    np.array(["b", "a", "c"]),
]


@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_every_kind_of_labels(labels):
    data = [labels[i] for i in (2, 0, 1, 2)]
    y = onehotbatch(data, labels)
    expected = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    np.testing.assert_array_equal(y, expected)
    assert list(onecold(y, labels)) == data
    for label, vector in zip(data, expected, strict=True):
        np.testing.assert_array_equal(onehot(label, labels), vector)
        assert onehot(label, labels).dtype == np.float32
        assert onecold(vector, labels) == label


@pytest.mark.parametrize(
    "label", [1, 1.0, True, np.int64(1), np.float32(1), np.uint8(1)]
)
@pytest.mark.parametrize("labels", [[0, 1], np.array([0.0, 1.0]), (0, np.int16(1))])
def test_equal_numbers_are_the_same_label(label, labels):
    np.testing.assert_array_equal(onehot(label, labels), [0, 1])
    np.testing.assert_array_equal(onehotbatch([label], labels), [[0, 1]])
    np.testing.assert_array_equal(onehotbatch(np.array([label]), labels), [[0, 1]])


def test_a_string_is_a_sequence_of_characters():
    np.testing.assert_array_equal(onehotbatch("ba", "ab"), [[0, 1], [1, 0]])


def test_a_string_may_be_one_label():
    np.testing.assert_array_equal(onehot("ab", ["ab", "c"]), [1, 0])


def test_arrays_of_strings_and_of_objects():
    words = np.array([["b", "a"], ["a", "b"]])
    expected = [[[0, 1], [1, 0]], [[1, 0], [0, 1]]]
    np.testing.assert_array_equal(onehotbatch(words, "ab"), expected)
    np.testing.assert_array_equal(onehotbatch(words.astype(object), "ab"), expected)


@pytest.mark.parametrize("data", [[], np.zeros(0, int), ""])
def test_no_data(data):
    y = onehotbatch(data, "ab")
    assert (y.shape, y.dtype) == ((0, 2), np.float32)


# --- default -------------------------------------------------------------------


def test_unknown_labels_count_as_the_default():
    labels = ["a", "b", "?"]
    expected = [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]
    np.testing.assert_array_equal(onehotbatch("axby", labels, "?"), expected)
    np.testing.assert_array_equal(
        onehotbatch(np.array(list("axby")), labels, "?"), expected
    )
    np.testing.assert_array_equal(onehot("x", labels, default="?"), [0, 0, 1])


def test_zero_and_the_empty_string_are_defaults_too():
    np.testing.assert_array_equal(onehotbatch([9, 1], [0, 1], 0), [[1, 0], [0, 1]])
    np.testing.assert_array_equal(onehot("x", ["", "a"], default=""), [1, 0])


def test_a_default_that_is_no_label_is_refused_even_when_unused():
    match = r"^default='\?' is not among the labels \['a', 'b'\]"
    with pytest.raises(ValueError, match=match):
        onehotbatch("ab", "ab", default="?")


# --- onecold -------------------------------------------------------------------


def test_without_labels_the_classes_are_numbered():
    single = onecold([0.1, 0.9, 0.0])
    assert single == 1
    assert type(single) is int
    several = onecold(np.zeros((2, 3, 4)))
    assert (several.shape, several.dtype) == ((2, 3), np.int64)


def test_the_first_of_equal_entries_counts():
    assert onecold([1.0, 2.0, 2.0], "abc") == "b"


def test_labels_keep_their_kind():
    y = np.eye(2)
    assert onecold(y, [1, "a"]).tolist() == [1, "a"]
    assert onecold(y, np.array([3, 4], np.int8)).dtype == np.int8
    assert onecold(y, range(5, 7)).dtype == np.int64
    assert onecold(y[0], [(0, 1), (1, 0)]) == (0, 1)


def test_inside_gradient_it_is_a_constant():
    seen = []

    def loss(scores):
        seen.append(onecold(scores, "abc"))
        return (scores * onehotbatch(onecold(scores), range(3))).sum()

    scores = np.array([[1.0, 3.0, 2.0], [4.0, 0.0, 1.0]])
    (found,) = gradient(loss, scores)
    assert type(seen[0]) is np.ndarray
    assert seen[0].tolist() == ["b", "a"]
    np.testing.assert_array_equal(found, [[0, 1, 0], [1, 0, 0]])


# --- Errors --------------------------------------------------------------------


def test_an_unknown_label_is_named_with_its_place():
    match = (
        r"^The label 'x' at data\[2\], of type str, is not among the labels "
        r"\['a', 'b'\]\..*default="
    )
    for data in ("abx", np.array(list("abx"))):
        with pytest.raises(ValueError, match=match):
            onehotbatch(data, "ab")
    match = r"^The label 7 at data\[1, 0\], of type int, is not among the labels \[0, 1"
    with pytest.raises(ValueError, match=match):
        onehotbatch(np.array([[0, 1], [7, 8]]), range(3))
    match = r"^The label '3', of type str, is not among the labels \[0, 1, 2, 3\]"
    with pytest.raises(ValueError, match=match):
        onehot("3", range(4))
    with pytest.raises(ValueError, match=r"^The label nan at data\[1\]"):
        onehotbatch(np.array([0.0, np.nan]), [0, 1])


def test_many_labels_are_listed_shortly():
    match = r"\[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, \.\.\., 999\]"
    with pytest.raises(ValueError, match=match):
        onehot(-1, range(1000))


@pytest.mark.parametrize("call", [onehot, onehotbatch])
def test_labels_that_are_no_list_of_labels(call):
    with pytest.raises(
        TypeError, match=r"^labels=10 is of type int.* Write range\(10\)"
    ):
        call(3, 10)
    with pytest.raises(
        TypeError, match=r"^labels=\{1\} is of type set.* Write list\(\.\.\.\)"
    ):
        call(3, {1})
    with pytest.raises(ShapeError, match=r"^labels has the shape \(2, 2\).* 1-d"):
        call(3, np.eye(2))
    with pytest.raises(ValueError, match=r"^labels is empty"):
        call(3, [])
    with pytest.raises(ValueError, match=r"^labels holds 'a' twice"):
        call("a", "aba")
    with pytest.raises(ValueError, match=r"^labels holds 1 twice"):
        call(1, [0, 1, 1.0])


def test_labels_that_are_not_hashable():
    match = (
        r"^\[0, 1\] is of type list, and a label must be hashable.*np\.array\(data\)"
    )
    with pytest.raises(TypeError, match=match):
        onehotbatch([[0, 1]], range(2))
    with pytest.raises(TypeError, match="a label must be hashable"):
        onehot(np.array([0, 1]), range(2))
    with pytest.raises(TypeError, match="a label must be hashable"):
        onecold(np.eye(1), [[0]])


def test_one_label_where_many_are_needed():
    with pytest.raises(
        TypeError, match=r"^onehotbatch needs many.*onehot\(3, labels\)"
    ):
        onehotbatch(3, range(4))


def test_onecold_with_as_many_labels_as_classes():
    match = (
        r"y of shape \(4, 5\) has 5 classes on its last axis, and there are 3 labels"
    )
    with pytest.raises(ShapeError, match=match + r"\. Give one label per class"):
        onecold(np.zeros((4, 5)), "abc")
    with pytest.raises(ShapeError, match=r"Did you mean y\.T\?"):
        onecold(np.zeros((3, 5)), "abc")
    with pytest.raises(ValueError, match=r"^labels holds 'a' twice"):
        onecold(np.eye(2), "aa")


@pytest.mark.parametrize("y", [3.0, np.zeros(0), np.zeros((2, 0))])
def test_onecold_without_classes(y):
    with pytest.raises(ShapeError, match="one number per class along the last axis"):
        onecold(y)
