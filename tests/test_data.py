"""DataLoader: every observation once, in every structure, and its errors."""

from collections import defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.data import DataLoader
from minigrad.errors import ShapeError
from minigrad.marking import functor
from minigrad.random import seed

Sample = namedtuple("Sample", "image label")

KINDS = ("bare", "tuple", "named", "dict", "nested")


def structured(kind, n, axis):
    """Data of `n` observations in one of several structures, and its flat arrays."""
    x = np.moveaxis(np.arange(n * 6).reshape(n, 2, 3), 0, axis)
    y = np.arange(n) * 10
    z = np.moveaxis(np.arange(n * 2.0).reshape(n, 2), 0, axis)
    if kind == "bare":
        return x, lambda data: (data,)
    if kind == "tuple":
        return (x, y), tuple
    if kind == "named":
        return Sample(x, y), tuple
    if kind == "dict":
        return {"x": x, "y": y}, lambda data: tuple(data.values())
    return {"in": (x, z), "out": Sample(y, z)}, lambda d: (*d["in"], *d["out"])


# --- Every observation once ----------------------------------------------------

cases = {
    "kind": st.sampled_from(KINDS),
    "n": st.integers(0, 20),
    "batchsize": st.integers(1, 25),
    "axis": st.sampled_from([0, -1]),
}


@given(**cases)
def test_batches_in_a_row_are_the_data(kind, n, batchsize, axis):
    data, flat = structured(kind, n, axis)
    loader = DataLoader(data, batchsize=batchsize, axis=axis)
    batches = list(loader)
    assert len(batches) == len(loader) == -(-n // batchsize)
    for batch in batches:
        assert type(batch) is type(data)
        assert all(x.flags.c_contiguous for x in flat(batch))
    for column, *parts in zip(flat(data), *map(flat, batches), strict=True):
        assert all(part.dtype == column.dtype for part in parts)
        if parts:
            np.testing.assert_array_equal(np.concatenate(parts, axis), column)


@given(**cases, n_seed=st.integers(0, 100))
def test_shuffled_batches_are_a_permutation_of_the_data(
    kind, n, batchsize, axis, n_seed
):
    data, flat = structured(kind, n, axis)
    loader = DataLoader(data, batchsize=batchsize, axis=axis, shuffle=True, rng=n_seed)
    order = np.random.default_rng(n_seed).permutation(n)
    batches = list(loader)
    assert len(batches) == len(loader)
    for column, *parts in zip(flat(data), *map(flat, batches), strict=True):
        if parts:
            shuffled = np.take(column, order, axis)
            np.testing.assert_array_equal(np.concatenate(parts, axis), shuffled)


@given(**cases)
def test_without_partial_batches_all_are_full(kind, n, batchsize, axis):
    data, flat = structured(kind, n, axis)
    loader = DataLoader(data, batchsize=batchsize, axis=axis, partial=False)
    batches = list(loader)
    assert len(batches) == len(loader) == n // batchsize
    assert all(x.shape[axis] == batchsize for batch in batches for x in flat(batch))


def test_the_guide_s_numbers():
    x, y = np.empty((60000, 28, 28), np.uint8), np.empty((60000, 10), np.uint8)
    loader = DataLoader((x, y), batchsize=32)
    assert len(loader) == 1875
    first_x, first_y = next(iter(loader))
    assert first_x.shape == (32, 28, 28)
    assert first_y.shape == (32, 10)


def test_flux_s_layout_has_the_batch_last():
    loader = DataLoader(np.zeros((28, 28, 100)), batchsize=32, axis=-1)
    assert [batch.shape[-1] for batch in loader] == [32, 32, 32, 4]


def test_the_defaults():
    loader = DataLoader(np.arange(3))
    assert [batch.tolist() for batch in loader] == [[0], [1], [2]]


def test_a_strided_array_is_shuffled_like_its_copy():
    x = np.arange(60).reshape(3, 20).T[::2]
    settings = {"batchsize": 4, "shuffle": True, "rng": 0}
    strided, copied = DataLoader(x, **settings), DataLoader(x.copy(), **settings)
    for a, b in zip(strided, copied, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.flags.c_contiguous


def test_other_containers_are_rebuilt_as_they_are():
    @functor
    class Pair:
        def __init__(self, x, y):
            self.x, self.y = x, y

    x = np.arange(4)
    batch = next(iter(DataLoader(Pair(x, -x), batchsize=2)))
    assert type(batch) is Pair
    assert (batch.x.tolist(), batch.y.tolist()) == ([0, 1], [0, -1])
    batch = next(iter(DataLoader(defaultdict(list, x=x), batchsize=2)))
    assert batch.default_factory is list


# --- Lists ---------------------------------------------------------------------


def test_a_list_is_one_column_of_observations():
    samples = [("a", 1), ("b", 2), ("c", 3)]
    assert list(DataLoader(samples, batchsize=2)) == [samples[:2], samples[2:]]


@pytest.mark.parametrize("axis", [0, -1])
def test_a_list_stands_beside_arrays_and_is_shuffled_with_them(axis):
    words = list("abcdefghij")
    data = (np.arange(20).reshape(2, 10) % 10, words)
    data = data if axis == -1 else (data[0].T, words)
    seen = []
    for x, names in DataLoader(data, batchsize=3, shuffle=True, rng=0, axis=axis):
        x = np.moveaxis(x, axis, 0)
        assert names == [words[i] for i in x[:, 0]]
        seen += names
    assert sorted(seen) == words
    assert seen != words


# --- Copies --------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("axis", [0, -1])
def test_changing_a_batch_leaves_the_data_and_the_other_column(shuffle, axis):
    x = np.ones((4, 4))
    for noisy, clean in DataLoader((x, x), batchsize=2, shuffle=shuffle, axis=axis):
        noisy *= 0
        assert clean.all()
    assert x.all()


# --- Randomness ----------------------------------------------------------------


def orders(loader, passes):
    return [[int(batch[0]) for batch in loader] for _ in range(passes)]


def test_each_pass_has_a_new_order_and_a_seeded_run_repeats_them():
    x = np.arange(50)
    first = orders(DataLoader(x, shuffle=True, rng=1), 3)
    again = orders(DataLoader(x, shuffle=True, rng=np.random.default_rng(1)), 3)
    assert first == again
    assert first[0] != first[1] != first[2]


def test_minigrad_seed_resets_loaders_made_before_it():
    loader = DataLoader(np.arange(50), shuffle=True)
    seed(4)
    first = orders(loader, 2)
    seed(4)
    assert orders(loader, 2) == first


def test_two_passes_at_once_do_not_disturb_each_other():
    loader = DataLoader(np.arange(20), shuffle=True, rng=0)
    apart = orders(loader, 2)
    loader = DataLoader(np.arange(20), shuffle=True, rng=0)
    one, two = iter(loader), iter(loader)
    # Taken in turn, and the second first: the orders were drawn by `iter`.
    together = [(int(b[0]), int(a[0])) for b, a in zip(two, one, strict=True)]
    assert [[a for _, a in together], [b for b, _ in together]] == apart


def test_a_pass_left_early_does_not_change_the_next_ones():
    whole = orders(DataLoader(np.arange(20), shuffle=True, rng=0), 2)
    loader = DataLoader(np.arange(20), shuffle=True, rng=0)
    next(iter(loader))
    assert orders(loader, 1)[0] == whole[1]


def test_no_random_number_is_drawn_without_shuffle():
    rng = np.random.default_rng(0)
    list(DataLoader(np.arange(20), rng=rng))
    assert rng.random() == np.random.default_rng(0).random()


# --- Printing ------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, settings, text",
    [
        (99, {"shuffle": True}, "99 batches of 1, 99 observations on axis 0, shuffled"),
        (
            1437,
            {"batchsize": 32, "partial": False},
            "44 batches of 32, 1437 observations on axis 0, the last 29 left out",
        ),
        (1, {"axis": -1}, "1 batch of 1, 1 observation on axis -1"),
        (0, {}, "0 batches of 1, 0 observations on axis 0"),
        (6, {"batchsize": 3}, "2 batches of 3, 6 observations on axis 0"),
    ],
)
def test_repr(n, settings, text):
    assert repr(DataLoader(np.zeros(n), **settings)) == f"DataLoader({text})"


# --- Errors --------------------------------------------------------------------


@pytest.mark.parametrize(
    "data, axis, match",
    [
        (
            (np.zeros((7, 4)), np.zeros(9)),
            0,
            r"on axis 0 differ: data\[0\] of shape \(7, 4\) has 7, data\[1\] of "
            r"shape \(9,\) has 9\. Cut them",
        ),
        (
            (np.zeros((4, 7)), np.zeros(7)),
            0,
            r"Did you mean axis=-1 or data\[0\]\.T\?",
        ),
        ((np.zeros((7, 4)), np.zeros((3, 7))), 0, r"Did you mean data\[1\]\.T\?"),
        ((np.zeros((7, 4)), np.zeros(7)), -1, r"axis=0 or data\[0\]\.T\?"),
        (
            {"x": np.zeros((2, 3, 7)), "y": list("abcdefg")},
            0,
            r"data\.x of shape \(2, 3, 7\) has 2, data\.y of shape \(7,\) has 7\. "
            r"Did you mean axis=-1 or np\.moveaxis\(data\.x, 2, 0\)\?",
        ),
        (Sample(np.zeros(2), (np.zeros(2), np.zeros(3))), 0, r"data\.label\[1\] of"),
        (
            (np.zeros((7, 4)), np.zeros(7)),
            1,
            r"data\[1\] of shape \(7,\) has no axis 1",
        ),
        (np.zeros(3), -2, r"data of shape \(3,\) has no axis -2"),
        (np.array(3.0), 0, r"data of shape \(\) has no axis 0"),
        ((), 0, r"data=\(\) holds no arrays\. Write DataLoader\(\(x, y\)\)"),
        ({"a": ()}, 0, "holds no arrays"),
    ],
)
def test_shapes_that_do_not_fit(data, axis, match):
    with pytest.raises(ShapeError, match=match):
        DataLoader(data, axis=axis)


@pytest.mark.parametrize("wrong", [None, 3, "abc", np.float32(1), range(3), object()])
def test_parts_that_are_no_arrays(wrong):
    name = type(wrong).__name__
    match = rf"data\[1\] is of type {name}, and must be an array or a list.*np\.asarray"
    with pytest.raises(TypeError, match=match):
        DataLoader((np.zeros(3), wrong))


@pytest.mark.parametrize("wrong", [True, 2.0, None, "32"])
@pytest.mark.parametrize("name, advice", [("batchsize", "32"), ("axis", "0")])
def test_settings_that_are_no_whole_numbers(name, advice, wrong):
    match = rf"^{name}={wrong!r} is of type .* write {name}={advice}, for instance"
    with pytest.raises(TypeError, match=match):
        DataLoader(np.zeros(3), **{name: wrong})


@pytest.mark.parametrize("n", [0, -1])
def test_batchsize_below_one(n):
    with pytest.raises(ValueError, match=rf"^batchsize={n}: a .*batchsize=len\(x\)"):
        DataLoader(np.zeros(3), batchsize=n)


def test_numpy_integers_are_whole_numbers():
    loader = DataLoader(np.zeros(3), batchsize=np.int64(2), axis=np.int8(0))
    assert repr(loader) == "DataLoader(2 batches of 2, 3 observations on axis 0)"


def test_a_wrong_rng_is_refused_at_once():
    with pytest.raises(TypeError, match=r"^rng=.*default_rng"):
        DataLoader(np.zeros(3), rng=np.random)
