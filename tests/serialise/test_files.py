"""What is saved comes back as it was; what cannot be saved is refused with a reason."""

import os
import stat
import subprocess
import sys
from collections import OrderedDict, namedtuple
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.serialise import writing

FORMATS = [".npz", ".safetensors"]


@pytest.fixture(params=FORMATS)
def path(request, tmp_path):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"file{request.param}"


def round_trip(path, x):
    mg.save(path, x=x)
    return mg.load(path)["x"]


# --- Arrays -------------------------------------------------------------------------

BASE = np.arange(24, dtype=np.float64).reshape(4, 6)
ARRAYS = {
    "C": BASE,
    "F": np.asfortranarray(BASE),
    "strided": BASE[::2, 1::3],
    "reversed": BASE[::-1],
    "three axes": np.arange(24.0).reshape(2, 3, 4).transpose(1, 2, 0),
    "F of three axes": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "0-d": np.array(1.5),
    "empty": np.zeros((3, 0, 2)),
    "one": np.ones((1, 1)),
    "big endian": BASE.astype(">f4"),
    "not a number": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "read-only": np.broadcast_to(np.ones(1), (2, 3)),
}
DTYPES = "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8".split()


@pytest.mark.parametrize("x", ARRAYS.values(), ids=ARRAYS)
def test_arrays_come_back_number_for_number(path, x):
    y = round_trip(path, x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.tobytes() == x.tobytes()
    assert y.flags.writeable
    assert y.flags.owndata
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        assert y.flags.f_contiguous


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(path, dtype):
    x = np.array([[0, 1, 3], [1, 0, 2]]).astype(dtype)
    y = round_trip(path, x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize("x", [np.ones(2, complex), np.array(["a", "bé"]), b"ab", "g"])
def test_dtypes_that_only_npz_has(tmp_path, x):
    x = np.ones(2, "g") if isinstance(x, str) else np.asarray(x)
    np.testing.assert_array_equal(round_trip(tmp_path / "a.npz", x), x)
    pytest.importorskip("safetensors")
    with pytest.raises(TypeError, match=r"x is of dtype .*Save it as \.npz"):
        mg.save(tmp_path / "a.safetensors", x=x)


def test_the_same_array_is_the_same_array_again(path):
    x, y = np.ones((2, 3), np.float32), np.arange(3)
    found = round_trip(path, {"a": x, "b": [x, x.T], "c": (y, y), "d": x.copy()})
    assert found["b"][0] is found["a"]
    assert found["b"][1].base is found["a"]
    assert found["b"][1].shape == (3, 2)
    assert found["c"][0] is found["c"][1]
    found["a"][0, 1] = 5
    assert found["b"][1][1, 0] == 5
    assert found["d"][0, 1] == 1


def test_tied_layers_stay_tied_and_are_written_once(path):
    tie = mg.Dense(2, 3)
    model = mg.Chain(tie, mg.Dense(tie.weight.T), tie)
    mg.save(path, model=model, opt_state=mg.setup(mg.Momentum(), model))
    found = mg.load(path)
    layers, leaves = found["model"].layers, found["opt_state"].layers
    assert layers[0].weight is layers[2].weight
    assert layers[1].weight.base is layers[0].weight
    assert leaves[0].weight is leaves[1].weight is leaves[2].weight
    twin = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 2), mg.Dense(2, 3))
    mg.loadmodel_(twin, found["model"])
    np.testing.assert_array_equal(twin[1].weight, tie.weight.T)


def test_numpy_reads_the_arrays_by_their_place(tmp_path):
    model = {"layers": [np.ones(2), np.zeros((2, 0))], "a/../b": np.arange(2)}
    mg.save(tmp_path / "a.npz", model=model)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert set(found) == {
            "minigrad.json",
            "model.layers[0]",
            "model.layers[1]",
            "model['a%2F..%2Fb']",
        }
        np.testing.assert_array_equal(found["model.layers[0]"], np.ones(2))


def test_safetensors_reads_the_arrays_by_their_place(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    mg.save(tmp_path / "a.safetensors", model={"w": x, "b": x[:, ::2]})
    found = library.load_file(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(found["model.w"], x)
    np.testing.assert_array_equal(found["model.b"], x[:, ::2])


# --- Everything else ----------------------------------------------------------------

VALUES = [
    None,
    True,
    3,
    -(2**100),
    0.1,
    -0.0,
    1e-310,
    float("inf"),
    1 - 2j,
    "text é \ud800 \x00",
    (),
    (1,),
    [[], [1, (2.5, None)]],
    {},
    {"a": 1, 2: "b", None: 3, False: 4, "with space": 5, "..": 6},
    np.float32(0.1),
    np.int8(-3),
    np.bool_(True),
    np.complex64(1j),
]


@pytest.mark.parametrize("x", VALUES, ids=repr)
def test_values_come_back_with_their_type(path, x):
    y = round_trip(path, x)
    assert (type(y), repr(y)) == (type(x), repr(x))
    assert y == x


def test_not_a_number_comes_back(path):
    assert np.isnan(round_trip(path, float("nan")))


def test_keys_that_look_alike_stay_apart(path):
    x = {"0": np.zeros(1), 0: np.ones(1), "a.b": np.full(1, 2.0), "a": {"b": BASE}}
    y = round_trip(path, x)
    assert list(y) == list(x)
    assert (y["0"][0], y[0][0], y["a.b"][0]) == (0, 1, 2)
    np.testing.assert_array_equal(y["a"]["b"], BASE)


def test_objects_and_named_tuples_are_records(path):
    point = namedtuple("Point", "x y")(1.0, np.ones(1))
    found = round_trip(path, [point, mg.Dense(1, 2, mg.relu), OrderedDict(a=1)])
    assert found[0]._fields == ("x", "y")
    assert type(found[2]) is dict
    assert found[1]._fields == ("weight", "bias", "act")
    assert found[1].act == ()


def test_a_record_is_the_state_of_the_model(path):
    model = mg.Chain(enc=mg.Dense(2, 3, mg.tanh), dec=mg.Dense(3, 2, bias=False))
    found, state = round_trip(path, model), mg.state(model)
    assert repr(found) == repr(state)
    assert found.layers.dec.bias is False


def test_a_duplicated_model_is_saved_as_the_model(path):
    assert round_trip(path, mg.Duplicated({"w": 1.0})) == {"w": 1.0}


def test_a_generator_goes_on_where_it_was(path):
    rng = np.random.default_rng(3)
    rng.random(7, np.float32)
    found = round_trip(path, rng)
    np.testing.assert_array_equal(found.normal(size=9), rng.normal(size=9))


def test_a_generator_in_two_places_is_one(path):
    rng = np.random.default_rng(3)
    found = round_trip(path, (rng, rng))
    assert found[0] is found[1]


def test_the_same_things_make_the_same_bytes(path, monkeypatch):
    def write():
        mg.seed(0)
        model = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 1))
        state = mg.setup(mg.Adam(), model)
        mg.save(path, model=model, opt_state=state, rng=np.random.default_rng(0))
        return path.read_bytes()

    first = write()
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert write() == first


# --- What cannot be saved -----------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ({1, 2}, r"x\.a is a set, which has no place in a file"),
        (b"bytes", r"x\.a is a bytes"),
        (np.array([None]), r"array at x\.a is of Python objects"),
        (np.zeros(2, [("f", float)]), r"x\.a is of dtype \[\('f'"),
        (np.array(["2020"], "M8[D]"), r"x\.a is of dtype datetime64"),
        (np.ma.array([1.0], mask=[True]), r"x\.a has a mask"),
        ({1.5: 0}, r"dict at x\.a has the key 1\.5, a float"),
        ({(1, 2): 0}, r"dict at x\.a has the key \(1, 2\)"),
        (np.random.RandomState(0), r"x\.a is a RandomState"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_has_no_place_in_a_file(tmp_path, x, message):
    with pytest.raises(TypeError, match=message):
        mg.save(tmp_path / "a.npz", x={"a": x})
    assert list(tmp_path.iterdir()) == []


def test_what_contains_itself(tmp_path):
    x = []
    x += [x, x]
    with pytest.raises(ValueError, match="contains itself"):
        mg.save(tmp_path / "a.npz", x=x)


def test_too_much_text(tmp_path, monkeypatch):
    monkeypatch.setattr("minigrad.serialise.text.LIMIT", 1000)
    with pytest.raises(ValueError, match=r"Make arrays of them: np\.array"):
        mg.save(tmp_path / "a.npz", losses=[0.5] * 1000)


def test_names_and_ends(tmp_path):
    with pytest.raises(ValueError, match=r"'a\.pkl', says its format by its end"):
        mg.save("a.pkl", model=1)
    with pytest.raises(ValueError, match="begin with an underscore"):
        mg.save(tmp_path / "a.npz", __metadata__=1)
    with pytest.raises(TypeError, match=r"nothing to save. Write save\(path, model="):
        mg.save(tmp_path / "a.npz")


def test_a_path_and_names_for_everything(tmp_path):
    model, path = mg.Dense(2, 3), str(tmp_path / "a.npz")
    with pytest.raises(
        TypeError, match=r"given a Dense without a name.*save\('.*', mo"
    ):
        mg.save(path, model)
    for wrong in (
        lambda: mg.save(model, path),
        lambda: mg.load_into_(path, model),
        lambda: mg.load(model),
    ):
        with pytest.raises(TypeError, match=r"path of a file is a string, and a Dense"):
            wrong()
    mg.save(os.fsencode(path), model=model)
    assert mg.load(os.fsencode(path))["model"].bias.shape == (3,)


def test_nothing_would_be_saved_of_it(tmp_path):
    class Layer:
        def __call__(self, x):
            return x

    for x, sentence in (
        (
            lambda x: x,
            r"save\(x=\.\.\.\) was given a function.*Save the models and arr",
        ),
        (
            Layer(),
            r"given a Layer, and nothing of it .*Write @functor above class Layer",
        ),
        (mg.Dense, "given the class Dense, and nothing of it can be saved"),
        (np.tanh, "given an? ufunc"),
    ):
        with pytest.raises(TypeError, match=sentence):
            mg.save(tmp_path / "a.npz", model=[np.ones(1)], x=x)
    assert list(tmp_path.iterdir()) == []
    mg.save(tmp_path / "a.npz", rule=mg.Adam(), schedule=mg.schedules.Exp(0.1, 0.9))


def test_an_unmarked_object_warns(tmp_path):
    class Layer:
        def __init__(self):
            self.w = np.ones(2)

        def __call__(self, x):
            return x

    with pytest.warns(UserWarning, match=r"class Layer at model\.layers\[0\] hol"):
        mg.save(tmp_path / "a.npz", model=mg.Chain(Layer()))


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install -e '\.\[io\]'"):
        mg.save(tmp_path / "a.safetensors", x=1)
    assert list(tmp_path.iterdir()) == []


# --- Nothing is lost ----------------------------------------------------------------


def failing_after(n):
    """An `os.fsync` that finds the disk full when it is called for the n-th time."""
    calls = iter(range(n))

    def fsync(handle):
        if next(calls, None) is None:
            raise OSError(28, "No space left on device")

    return fsync


def test_an_old_file_stays_whole(path, monkeypatch):
    mg.save(path, x=1)
    before = path.read_bytes()
    monkeypatch.setattr(writing.os, "fsync", failing_after(0))
    with pytest.raises(OSError, match="No space left") as raised:
        mg.save(path, x=np.ones(1000))
    assert raised.value.__notes__ == [f"{path} is as it was before."]
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, run_python):
    path = tmp_path / "a.npz"
    mg.save(path, x=1)
    code = f"""
import os, numpy as np, minigrad as mg
os.fsync = lambda handle: os._exit(7)
mg.save({str(path)!r}, x=np.ones(1000))
"""
    run_python(code, check=False)
    assert mg.load(path) == {"x": 1}
    assert len(list(tmp_path.iterdir())) == 2  # the other is the one not finished


@pytest.mark.skipif(sys.platform == "win32", reason="a limit that Windows has not")
def test_a_disk_that_is_full(tmp_path, run_python):
    path = tmp_path / "a.npz"
    mg.save(path, x=1)
    code = f"""
import resource, numpy as np, minigrad as mg
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    mg.save({str(path)!r}, x=np.ones(10000))
except OSError as error:
    print("full")
"""
    assert run_python(code) == "full"
    assert mg.load(path) == {"x": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="modes that Windows has not")
def test_the_mode_and_a_link_of_an_old_file_stay(tmp_path):
    path, link = tmp_path / "a.npz", tmp_path / "link.npz"
    mg.save(path, x=1)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    link.symlink_to(path)
    mg.save(link, x=2)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert mg.load(path) == {"x": 2}


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "best.npz"
    mg.save(path, x=1)
    monkeypatch.setattr(writing.os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match=r"not to be written to: '.*best\.npz'"):
        mg.save(path, x=2)
    assert mg.load(path) == {"x": 1}
    mg.save(tmp_path / "other.npz", x=2)


def test_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such folder to save in: '.*no'$"):
        mg.save(tmp_path / "no" / "a.npz", x=1)
    (tmp_path / "b.npz").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder of the name .*b\.npz'$"):
        mg.save(tmp_path / "b.npz", x=1)
    with pytest.raises(IsADirectoryError):
        mg.load(Path(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["b.npz"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.npz") as raised:
        mg.load(tmp_path / "a.npz")
    assert not hasattr(raised.value, "__notes__")
    mg.save(tmp_path / "a.npz", x=1)
    with pytest.raises(FileNotFoundError) as raised:
        mg.load(tmp_path / "a")
    assert raised.value.__notes__ == [f"There is a file {str(tmp_path / 'a.npz')!r}."]


WRITER = """
import sys, numpy as np, minigrad as mg
for k in range(int(sys.argv[2])):
    mg.save(sys.argv[1], x=np.full(20_000, k), k=k)
"""


def test_processes_that_write_and_read_at_once(tmp_path):
    path = tmp_path / "a.npz"
    mg.save(path, x=np.zeros(20_000), k=0)
    command = [sys.executable, "-c", WRITER, str(path), "30"]
    writers = [subprocess.Popen(command) for _ in range(2)]
    while any(writer.poll() is None for writer in writers):
        found = mg.load(path)
        assert (found["x"] == found["k"]).all()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert mg.load(path)["k"] == 29
    assert list(tmp_path.iterdir()) == [path]
