"""loadmodel_: what fits is copied, and otherwise nothing is."""

from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg


def model(*sizes, rng=0, bias=True):
    pairs = pairwise(sizes)
    return mg.Chain([mg.Dense(a, b, mg.tanh, bias=bias, rng=rng) for a, b in pairs])


def test_arrays_are_copied_into_those_of_the_model():
    dst, src = model(2, 3, 1), model(2, 3, 1, rng=1)
    arrays = mg.trainables(dst)
    assert mg.loadmodel_(dst, src) is dst
    for x, y, z in zip(arrays, mg.trainables(src), mg.trainables(dst), strict=True):
        assert z is x
        assert x is not y
        np.testing.assert_array_equal(x, y)


def test_a_state_will_do_and_a_dict_and_a_part():
    src = model(2, 3, 1, rng=1)
    for source in (mg.state(src), {"layers": list(src.layers)}):
        dst = mg.loadmodel_(model(2, 3, 1), source)
        np.testing.assert_array_equal(dst[1].weight, src[1].weight)
    dst = model(2, 3, 5)
    mg.loadmodel_(dst[0], src.layers[0])
    np.testing.assert_array_equal(dst[0].weight, src[0].weight)


def test_what_is_no_array_stays():
    dst = {"w": np.zeros(1), "f": np.sin, "n": 1, "t": "a"}
    mg.loadmodel_(dst, {"w": np.ones(1), "f": (), "n": 2, "t": None})
    assert (dst["f"], dst["n"], dst["t"]) == (np.sin, 1, "a")


def test_what_is_not_trained_is_copied_too():
    @mg.functor(trainable=())
    class Counted:
        def __init__(self, n):
            self.mean, self.count = np.full(2, n), np.array([n], np.int64)

    dst = mg.loadmodel_(Counted(0.0), Counted(3.0))
    assert (dst.mean[0], dst.count[0]) == (3, 3)


def test_numbers_are_converted_within_their_kind():
    dst = mg.loadmodel_([np.zeros(2, np.float32)], [np.full(2, 1 / 3)])
    assert dst[0].dtype == np.float32
    with pytest.raises(mg.ShapeError, match="of dtype complex128 in src and"):
        mg.loadmodel_([np.zeros(2)], [np.zeros(2, complex)])
    with pytest.raises(mg.ShapeError, match=r"of dtype float64 in src and of dtype"):
        mg.loadmodel_([np.zeros(2, int)], [np.zeros(2)])


def test_without_a_bias():
    with_bias, without = model(2, 3), model(2, 3, bias=False, rng=1)
    mg.loadmodel_(without, with_bias)  # the biases are still zero
    np.testing.assert_array_equal(without[0].weight, with_bias[0].weight)
    assert without[0].bias is False
    with_bias[0].bias[:] = 1
    before = without[0].weight.copy()
    with_bias[0].weight[:] = 7
    with pytest.raises(mg.ShapeError, match=r"layers\[0\]\.bias is not zero in src"):
        mg.loadmodel_(without, with_bias)
    np.testing.assert_array_equal(without[0].weight, before)
    mg.loadmodel_(with_bias, without)
    np.testing.assert_array_equal(with_bias[0].bias, np.zeros(3))
    with pytest.raises(mg.ShapeError, match=r"missing in src: layers\[0\]\.bias"):
        mg.loadmodel_(with_bias, {"layers": [{"weight": before, "bias": True}]})


def test_all_differences_are_listed_and_nothing_is_copied():
    dst = {"a": np.zeros(2), "b": np.zeros(2), "c": [np.zeros((2, 3)), np.zeros(1)]}
    src = {"a": np.ones(2), "c": [np.ones((3, 2))], "d": (np.ones(1), 3), "e": np.cos}
    with pytest.raises(mg.ShapeError) as caught:
        mg.loadmodel_(dst, src)
    assert str(caught.value) == (
        "loadmodel_(dst, src): src does not fit dst:\n"
        "  missing in src: b, c[1]\n"
        "  different: c[0] is (3, 2) in src and (2, 3) in dst\n"
        "  in src, and not in dst: d[0]\n"
        "Nothing was copied."
    )
    assert not dst["a"].any()


def test_long_lists_are_cut():
    with pytest.raises(mg.ShapeError, match=r"missing in src: \[0\], .*, and 12 more"):
        mg.loadmodel_([np.zeros(1) for _ in range(20)], [])


def test_ties():
    w = np.zeros((2, 3))
    dst = {"a": w, "b": w.T}
    same = np.ones((2, 3))
    mg.loadmodel_(dst, {"a": same, "b": same.T.copy()})
    np.testing.assert_array_equal(w, same)
    with pytest.raises(mg.ShapeError, match="b is shared with another place in dst"):
        mg.loadmodel_(dst, {"a": 2 * same, "b": 3 * same.T})
    np.testing.assert_array_equal(w, same)


def test_two_arrays_can_be_swapped():
    x, y = np.zeros(2), np.ones(2)
    mg.loadmodel_([x, y], [y, x])
    assert (x[0], y[0]) == (1, 0)
    x = np.arange(3.0)
    mg.loadmodel_([x], [x[::-1]])
    np.testing.assert_array_equal(x, [2, 1, 0])


def test_a_read_only_array():
    x, y = np.zeros(2), np.zeros(2)
    y.flags.writeable = False
    with pytest.raises(mg.MutabilityError, match=r"at \[1\] is read-only.*x\.copy\(\)"):
        mg.loadmodel_([x, y], [np.ones(2), np.ones(2)])
    assert not x.any()


def test_inside_gradient():
    def loss(m):
        mg.loadmodel_(m, {"x": np.ones(2)})
        return m["x"].sum()

    with pytest.raises(mg.MutabilityError, match="Inside gradient"):
        mg.gradient(loss, {"x": np.zeros(2)})


def test_a_duplicated_model():
    pair = mg.Duplicated({"x": np.zeros(2)})
    assert mg.loadmodel_(pair, {"x": np.ones(2)}) is pair
    assert pair.val["x"].all()


@pytest.mark.parametrize(
    ("take", "sentence"),
    [
        (lambda m: (m, {"epoch": 3, "model": m}),
         r"But dst and src\['model'\] fit: loadmodel_\(dst, src\['model'\]\)\.$"),
        (lambda m: (m[:-1], m.layers[:-1]), r"But dst\.layers and src fit: loadm"),
        (lambda m: (m.layers[:-1], m[:-1]), r"But dst and src\.layers fit: loadm"),
        (lambda m: (m[0], m.layers), r"But dst and src\[0\] fit: loadmodel_\(dst, s"),
        (lambda m: (m, mg.Chain(m[1], m[0])), r"Nothing was copied\.$"),
    ],
)  # fmt: skip
def test_what_fits_instead_is_told(take, sentence):
    dst, src = take(model(2, 3, 1))
    with pytest.raises(mg.ShapeError, match=sentence):
        mg.loadmodel_(dst, src)


def test_a_file_is_no_model(tmp_path):
    for path in ("a.npz", tmp_path / "a.npz"):
        with pytest.raises(TypeError, match=r"From a file, write load_into_\(model, "):
            mg.loadmodel_(model(2, 3), path)
