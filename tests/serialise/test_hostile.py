"""Files from anywhere: they are read as they were written, or refused by one error.

Nothing in them is executed, and reading them takes memory in proportion to their size.
"""

import json
import pickle
import random
import struct
import tracemalloc
import warnings
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest

import minigrad as mg
from minigrad.serialise import npz, tensors
from minigrad.serialise.coding import encode

FORMATS = {".npz": npz, ".safetensors": tensors}


def things():
    """A bit of everything, small."""
    x = np.arange(6.0).reshape(2, 3)
    model = {"a": x, "b": (x.T, 0.5, None), 3: ["t", np.array([True])]}
    rule = mg.OptimiserChain(mg.ClipGrad(1.0), mg.Adam(0.1))
    state = mg.setup(rule, mg.Chain(mg.Dense(1, 1)))
    return {"model": model, "opt_state": state, "rng": np.random.default_rng(0)}


def bytes_of(end, found):
    return bytes(FORMATS[end].dump(*encode(found)))


@pytest.fixture(params=FORMATS)
def end(request):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return request.param


@pytest.fixture
def load(tmp_path):
    """Load a file with this content."""

    def load(content):
        path = tmp_path / "hostile"
        path.write_bytes(content)
        return mg.load(path)

    return load


def refused(load, content):
    with pytest.raises(mg.FileError) as caught:
        load(content)
    return str(caught.value)


# --- Mutations ----------------------------------------------------------------------


def mutate(content, dice):
    """Another file: bits, runs of bytes, or its end are another one."""
    content, n = bytearray(content), len(content)
    i, j = sorted(dice.choices(range(n), k=2))
    match dice.randrange(7):
        case 0:
            content[i] ^= 1 << dice.randrange(8)
        case 1:
            del content[i:]
        case 2:
            content[i : i + dice.randrange(9)] = dice.randbytes(dice.randrange(9))
        case 3:
            del content[i:j]
        case 4:
            content[j:j] = content[i:j]
        case 5:
            for _ in range(10):
                content[dice.randrange(n)] = dice.randrange(256)
        case 6:
            edge = dice.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
            content[i : i + 4] = struct.pack("<I", edge)
    return bytes(content)


def test_mutations(load, end):
    dice, original, refusals = random.Random(0), bytes_of(end, things()), 0
    for _ in range(2000 if end == ".npz" else 700):
        try:
            found = load(mutate(original, dice))
        except mg.FileError:
            refusals += 1
        else:
            assert bytes_of(end, found) == original
    assert refusals > 600


def all_places(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from all_places(node[key], (*path, key))


def with_part(node, path, value):
    if not path:
        return value
    twin = node.copy()
    twin[path[0]] = with_part(node[path[0]], path[1:], value)
    return twin


def part_at(node, path):
    for key in path:
        node = node[key]
    return node


ODD = [None, True, -1, 0, 1, 2**70, 1e308, "", "x", "..", [], {}, [[]], "Adam", "<f4"]
ODD += ["|O", {"same": "model.a"}, {"tuple": []}, {"leaf": 0, "state": None}, ["a"] * 9]


def test_texts_that_say_something_else(load):
    """The bytes are right, and the tree that they speak of is not."""
    dice, accepted = random.Random(0), 0
    text, arrays = encode(things())
    places = list(all_places(text))
    for _ in range(500):
        other = text
        for path in dice.sample(places, dice.choice([1, 1, 2])):
            value = dice.choice([*ODD, part_at(text, dice.choice(places))])
            try:
                other = with_part(other, path, value)
            except (TypeError, KeyError, IndexError, AttributeError):
                continue  # the place has gone with the first
        try:
            found = load(bytes(npz.dump(other, arrays)))
        except mg.FileError:
            continue
        encode(found)  # it is something that could have been saved
        accepted += 1
    assert 10 < accepted < 250


def test_what_is_accepted_is_loaded_into_a_model_or_not_at_all(tmp_path):
    dice, path = random.Random(1), tmp_path / "a.npz"
    text, arrays = encode(things())
    places = list(all_places(text))
    for _ in range(150):
        value = dice.choice([*ODD, part_at(text, dice.choice(places))])
        other = with_part(text, dice.choice(places), value)
        path.write_bytes(bytes(npz.dump(other, arrays)))
        mine = things()
        before = bytes_of(".npz", mine)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                mg.load_into_(mine["model"], path, opt_state=mine["opt_state"])
        except (mg.FileError, mg.ShapeError):
            assert bytes_of(".npz", mine) == before
        else:
            encode(mine)


# --- Foreign files ------------------------------------------------------------------


def archive(entries, compression=0):
    target = BytesIO()
    with ZipFile(target, "w", compression) as file:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that come twice
            for name, content in entries:
                file.writestr(name, content)
    return target.getvalue()


def npy(x, **options):
    target = BytesIO()
    np.lib.format.write_array(target, x, **options)
    return target.getvalue()


def entries(found=None):
    """The entries of a good file, and of another one what is given."""
    with ZipFile(BytesIO(bytes_of(".npz", found or {"x": np.ones(3)}))) as file:
        return [(name, file.read(name)) for name in file.namelist()]


@pytest.mark.parametrize(
    "content", [b"", b"P", b"PK\3\4", b"x" * 100, b"\0" * 8 + b"{}", b"\x80\x04K\x01."]
)
def test_other_files(load, content):
    refused(load, content)


def test_files_of_others(load):
    target = BytesIO()
    np.savez(target, a=np.ones(2))
    assert "minigrad has not written it" in refused(load, target.getvalue())
    library = pytest.importorskip("safetensors.numpy")
    content = library.save({"a": np.ones(2)}, metadata={"format": "pt"})
    assert "minigrad has not written it" in refused(load, content)


EXECUTED = []


class Bomb:
    def __reduce__(self):
        return EXECUTED.append, (1,)


def test_nothing_pickled_is_executed(load):
    pickled = pickle.dumps(Bomb())
    x = np.array([Bomb()])
    one, (name, _) = entries()
    for content in (
        pickled,
        archive([one, (name, npy(x, allow_pickle=True))]),
        archive([one, (name, pickled)]),
        archive([("minigrad.json", pickled), (name, npy(np.ones(3)))]),
    ):
        refused(load, content)
    text = json.loads(one[1])
    text["tree"]["x"]["array"] = "|O"
    one = "minigrad.json", json.dumps(text)
    refused(load, archive([one, (name, npy(x, allow_pickle=True))]))
    assert EXECUTED == []


@pytest.mark.parametrize(
    "name",
    ["../x.npy", "/etc/x.npy", "C:\\x.npy", "x/", "x.npy\n", "x", "__proto__.npy"],
)
def test_entries_that_belong_nowhere(load, name, tmp_path):
    refused(load, archive([*entries(), (name, npy(np.ones(3)))]))
    text, array = entries()
    refused(load, archive([text, (name, array[1])]))
    assert [path.name for path in tmp_path.iterdir()] == ["hostile"]


def test_entries_that_come_twice(load):
    text, array = entries()
    assert "an entry twice" in refused(load, archive([text, array, array]))
    assert "an entry twice" in refused(load, archive([text, text, array]))


def test_a_newer_schema(load):
    text, arrays = encode({"x": 1})
    content = bytes(npz.dump(text | {"schema": 2, "more": "?"}, arrays))
    assert "a newer minigrad: it has the schema 2, and this one reads 1" in refused(
        load, content
    )


# --- Files that are larger than they look -------------------------------------------


def peak_of(load, content):
    """The memory that reading or refusing a file takes at most, in bytes."""
    tracemalloc.start()
    try:
        load(content)
    except mg.FileError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def in_proportion(load, content):
    return peak_of(load, content) < 50 * len(content) + 2**20


def test_a_bomb_of_zeros(load):
    zeros = bytes(3 * 10**7)
    text, array = entries()
    for content in (
        archive([("minigrad.json", zeros), array], ZIP_DEFLATED),
        archive([text, (array[0], zeros)], ZIP_DEFLATED),
    ):
        assert len(content) < 10**6
        assert in_proportion(load, content)


@pytest.mark.parametrize("shape", [[2**60], [2**31, 2**31], [10**6, 10**6], [0, 2**63]])
def test_absurd_shapes(load, shape):
    _, (name, _) = entries()
    text = {"array": "<f8", "shape": shape, "order": "C"}
    text = {"format": "minigrad", "schema": 1, "rules": [], "tree": {"x": text}}
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust(117) + "\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    content = archive([("minigrad.json", json.dumps(text)), (name, array)])
    assert in_proportion(load, content)


@pytest.mark.parametrize(
    "header",
    [
        "(" * 5000,
        "-" * 9000 + "1",
        "[" * 150 + "]" * 150,
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': [('f', '<f8')], 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }",
        "__import__('os').system('true')",
        "\0" * 100,
    ],
)
def test_odd_headers_of_arrays(load, header):
    text, (name, _) = entries()
    for version, form in ((1, "<H"), (2, "<I"), (3, "<I")):
        start = b"\x93NUMPY" + bytes([version, 0]) + struct.pack(form, len(header))
        array = start + header.encode() + bytes(24)
        refused(load, archive([text, (name, array)]))
    huge = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + bytes(100)
    assert in_proportion(load, archive([text, (name, huge)]))


def test_entries_that_overlap(load):
    """Many entries that all claim the same bytes."""
    text, (name, array) = entries({"x": np.ones(10_000)})
    target = BytesIO()
    with ZipFile(target, "w") as file:
        file.writestr(*text)
        file.writestr(name, array)
        first = file.getinfo(name)
        for number in range(100):
            twin = ZipInfo(f"{name}{number}.npy")
            for field in "header_offset CRC compress_size file_size".split():
                setattr(twin, field, getattr(first, field))
            file.filelist.append(twin)
    assert in_proportion(load, target.getvalue())


LONG = {
    "lists": "[" + "[]," * 30_000 + "1]",
    "dicts": "[" + "{}," * 30_000 + "1]",
    "numbers": "[" + "0.5," * 30_000 + "1]",
    "deep lists": "[" * 10**5 + "]" * 10**5,
    "deep dicts": '{"a":' * 10**5 + "1" + "}" * 10**5,
    "digits": "9" * 10**5,
    "NaN": "NaN",
    "no text": "\xff" * 100,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_and_deep_texts(load, text):
    start, end = '{"format":"minigrad","schema":1,"rules":[],"tree":{"x":', "}}"
    for content in (text, start + text + end):
        content = archive([("minigrad.json", content)])
        assert in_proportion(load, content)


def test_a_text_that_is_too_long(load, monkeypatch):
    content = bytes_of(".npz", {"x": [0.5] * 1000})
    assert load(content) == {"x": [0.5] * 1000}
    monkeypatch.setattr("minigrad.serialise.text.LIMIT", 1000)
    monkeypatch.setattr("minigrad.serialise.text.loads.__defaults__", (1000,))
    assert "it may have 1000" in refused(load, content)


def test_many_kinds_of_objects(load):
    kinds = [{"record": f"Kind{i}", "fields": []} for i in range(15_000)]
    one = {"record": "Kind", "fields": [[f"f{i}", 0] for i in range(20_000)]}
    for tree in (kinds, one):
        text = {"format": "minigrad", "schema": 1, "rules": [], "tree": {"x": tree}}
        content = archive([("minigrad.json", json.dumps(text))])
        assert peak_of(load, content) < 40 * len(content) + 2**24
    for name, field in (
        ("Kind", "class"),
        ("a b", "a"),
        ("Kind", "__init__"),
        ("", ""),
    ):
        text["tree"]["x"] = {"record": name, "fields": [[field, 0]]}
        refused(load, archive([("minigrad.json", json.dumps(text))]))


def test_values_that_there_are_not(load):
    text, (name, array) = entries({"x": np.array([True, False])})
    wrong = array[:-1] + b"\x02"
    assert "values that there are not" in refused(load, archive([text, (name, wrong)]))
    text, (name, array) = entries({"x": np.array(["ab"])})
    wrong = array[:-4] + b"\xff\xff\xff\x7f"
    assert "values that there are not" in refused(load, archive([text, (name, wrong)]))


def test_states_of_another_shape_are_refused(load):
    text, arrays = encode({"x": mg.setup(mg.Adam(), [np.ones(3)])})
    text["tree"]["x"][0]["shape"] = [4]
    message = refused(load, bytes(npz.dump(text, arrays)))
    assert "does not remember such things" in message


def test_safetensors_with_a_header_that_is_too_long(load):
    pytest.importorskip("safetensors")
    content = bytes_of(".safetensors", {"x": np.ones(3)})
    assert "header claims" in refused(load, struct.pack("<Q", 2**62) + content[8:])
    assert "header claims" in refused(
        load, struct.pack("<Q", len(content)) + content[8:]
    )


def test_safetensors_whose_numbers_were_changed(load):
    """The format has no checksum of its own."""
    pytest.importorskip("safetensors")
    content = bytes_of(".safetensors", {"x": np.ones(3), "n": 0.25})
    refused(load, content[:-1] + b"\x3e")
    assert "it was changed" in refused(load, content.replace(b"0.25", b"0.75"))


def test_safetensors_is_asked_for_only_for_such_files(load, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    assert load(bytes_of(".npz", {"x": 1})) == {"x": 1}
    refused(load, b"\2" + bytes(7) + b"{}")
