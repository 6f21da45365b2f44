"""Notebook 12, Scale out and ship: means, files, and a function to be shipped."""

import json
import struct

import numpy as np

from ...autodiff.gradient import gradient
from ...datasets import digits
from ...nn import Chain, Dense, mse, tanh
from ..calling import Attempt, attempt, received
from ..comparing import matches
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, DTYPE, SHAPE, VALUE, Finding, require
from . import workers  # noqa: F401  (the other exercises of this notebook)
from .structures import same_tree

# --- Means -----------------------------------------------------------------------


@tests("12.1")
def average_gradients(answer):
    """Weights; None; nobody's data; the gradient of a model, from uneven shards."""
    trees = [
        {"w": np.array([1.0, 2.0]), "more": (np.array(3.0), None)},
        {"w": np.array([5.0, 0.0]), "more": (np.array(1.0), None)},
        {"w": np.array([2.0, 8.0]), "more": (np.array(7.0), None)},
    ]
    for sizes in ([1, 1, 2], [2, 3, 5], [7, 2, 1]):
        got = attempt(answer, trees, sizes)
        require(
            isinstance(got.value, dict),
            SHAPE,
            f"`{got.text}` is {shown(got.value)}, and should have the structure of one "
            f"gradient.",
        )
        stacked = np.array([tree["w"] for tree in trees])
        weights = np.array(sizes) / sum(sizes)
        suspects = [
            (stacked.mean(0), "That is the plain mean: a worker with few samples "
             "counts as much as one with many."),
            (weights @ stacked * sum(sizes), "That is the weighted sum. By what is it "
             "to be divided?"),
            (stacked.sum(0), "That is the sum."),
            (weights @ stacked / len(sizes), "It is divided by the number of workers, "
             "too. The weights sum to 1 already."),
        ]  # fmt: skip
        matches(got.part("w"), weights @ stacked, suspects=suspects)
        rest = float(weights @ [3.0, 1.0, 7.0]), None
        same_tree(f"{got.text}['more']", got.value["more"], rest)
    _check_nobody(answer)
    _check_shards(answer)


def _check_nobody(answer):
    for at in (0, 2):
        trees = [{"w": np.array([1.0, 2.0])}, {"w": np.array([3.0, 6.0])}]
        trees.insert(at, {"w": np.full(2, np.nan)})
        sizes = [1, 1]
        sizes.insert(at, 0)
        got = attempt(answer, trees, sizes)
        if np.isnan(got.value["w"]).any():
            raise Finding(
                ALMOST,
                f"`{got.text}` is {shown(got.value)}. The worker without samples has "
                f"spoilt everything: 0 times NaN is NaN. Leave it out.",
            )
        matches(got.part("w"), np.array([2.0, 4.0]))


def _check_shards(answer):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2)).astype(np.float32)
    model = Chain(Dense(2, 3, tanh, rng=1), Dense(3, 1, rng=2))
    slopes = lambda rows: gradient(lambda m: mse(m(rows), rows[:, :1]), model)[0]
    shards = np.split(x, [13, 19])
    mean = answer([slopes(shard) for shard in shards], [13, 6, 1])
    text = "average_gradients(those of a model for shards of 13, 6 and 1 samples)"
    right = slopes(x).layers[0].weight
    found = received(text, mean).value
    require(
        hasattr(found, "layers"),
        SHAPE,
        f"`{text}` is {shown(found)}, and should have the shape of the model.",
    )
    got = Attempt(f"{text}.layers[0].weight", found.layers[0].weight)
    matches(got, right, rtol=1e-5)


# --- Files -----------------------------------------------------------------------

DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


@tests("12.4")
def to_bytes(answer):
    """The format, read by the letter; arrays in any order of memory."""
    table = np.arange(6.0).reshape(2, 3)
    for name, arrays in (
        ("one array", {"w": table}),
        ("two arrays", {"weight": table.astype(np.float32), "n": np.arange(4)}),
        ("a transposed array", {"w": table.T}),
        ("an array in Fortran order", {"w": np.asfortranarray(table)}),
        ("every second column", {"w": np.arange(12.0).reshape(3, 4)[:, ::2]}),
        ("an array backwards", {"w": table[::-1]}),
        ("axes in another order", {"w": np.arange(24).reshape(2, 3, 4).swapaxes(0, 2)}),
        ("an array without axes", {"eta": np.array(2.0)}),
        ("an empty array", {"w": np.zeros((0, 3)), "v": table}),
        ("no arrays", {}),
        ("a name with an umlaut", {"Größe": table}),
    ):
        file = received(f"to_bytes({name})", answer(dict(arrays))).value
        require(
            isinstance(file, bytes | bytearray),
            VALUE,
            f"`to_bytes({name})` returned {shown(file)}, and should return bytes.",
        )
        header, data = _taken_apart(f"to_bytes({name})", bytes(file))
        require(
            header.keys() == arrays.keys(),
            VALUE,
            f"`to_bytes({name})`: the header has the names {list(header)}.",
        )
        for key, array in arrays.items():
            _check_entry(f"to_bytes({name})", header[key], data, array)
        ends = [entry["data_offsets"][1] for entry in header.values()]
        require(
            len(data) == max(ends, default=0),
            VALUE,
            f"`to_bytes({name})`: there are {len(data)} bytes behind the header, and "
            f"its offsets speak of {max(ends, default=0)}.",
        )


def _taken_apart(text, file):
    require(len(file) >= 8, SHAPE, f"`{text}` returned only {len(file)} bytes.")
    (length,) = struct.unpack("<Q", file[:8])
    try:
        header = json.loads(file[8 : 8 + length].decode())
    except ValueError:
        if length + 8 > len(file):
            said = "more than there are. (The 8 bytes begin with the smallest.)"
        else:
            said = "and what is there is no JSON."
        raise Finding(
            SHAPE,
            f"`{text}`: its first 8 bytes say that the header has {length} bytes, "
            f"{said}",
        ) from None
    return header, file[8 + length :]


def _check_entry(text, entry, data, array):
    require(
        isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"},
        SHAPE,
        f"`{text}`: an entry of the header is {entry}. It has `dtype`, `shape` and "
        f"`data_offsets`.",
    )
    require(
        DTYPES.get(entry["dtype"]) == array.dtype,
        DTYPE,
        f"`{text}`: the dtype in the header is {entry['dtype']!r}.",
    )
    require(
        entry["shape"] == list(array.shape),
        SHAPE,
        f"`{text}`: the shape in the header is {entry['shape']}, that of the array is "
        f"{array.shape}.",
    )
    first, last = entry["data_offsets"]
    require(
        last - first == array.nbytes and last <= len(data),
        VALUE,
        f"`{text}`: `data_offsets` is {entry['data_offsets']}, for {array.size} "
        f"numbers of {array.itemsize} bytes each, and {len(data)} bytes of data in "
        f"all. (They are counted in bytes, from the end of the header.)",
    )
    found = np.frombuffer(data[first:last], array.dtype).reshape(array.shape)
    if not np.array_equal(found, array):
        same = np.array_equal(np.sort(found, None), np.sort(array, None))
        said = "The numbers are all there, in another order." if same else ""
        raise Finding(
            VALUE,
            f"`{text}`: {shown(array)} comes back as {shown(found)}. {said}".rstrip(),
        )


# --- Digits ----------------------------------------------------------------------

FEW = 5
"""Of the 360 images so many may be wrong: then more than 98.5 % are right."""


@tests("12.5")
def recognise(answer):
    """Whole numbers; nearly all of them right; image by image the same."""
    images, labels = digits().test
    got = attempt(answer, images)
    said = np.asarray(got.value)
    text = "recognise(test_digits.images)"
    require(
        said.shape == labels.shape,
        SHAPE,
        f"`{text}` returned {shown(said)}: one digit for each of the {len(labels)} "
        f"images.",
    )
    require(
        said.dtype.kind in "iu",
        DTYPE,
        f"`{text}` has dtype {said.dtype}. Digits are whole numbers.",
    )
    wrong = np.flatnonzero(said != labels)
    if len(wrong) > FEW:
        rate = 1 - len(wrong) / len(labels)
        pairs = [f"{labels[k]} taken for {said[k]}" for k in wrong[:3]]
        raise Finding(
            ALMOST if rate > 0.96 else VALUE,
            f"`{text}`: {len(wrong)} of {len(labels)} are wrong ({rate:.1%} are "
            f"right), as {', '.join(pairs)}. At most {FEW} may be.",
        )
    alone = np.concatenate([answer(images[k : k + 1]) for k in range(40)])
    require(
        np.array_equal(alone, said[:40]),
        ALMOST,
        "`recognise` says something else of an image when it comes alone. Is there "
        "anything random in it, or something that is computed over the batch?",
    )
