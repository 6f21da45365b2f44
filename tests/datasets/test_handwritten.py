"""The digits: what they are, that they stay so, and that they come along."""

import hashlib
import runpy
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

import minigrad
from minigrad import datasets
from minigrad.data import DataLoader

SUMS = ["ad17ebb54229ae4e", "3c8b5992955a308e", "d75e0e3e5f31236c", "89df99af78caf580"]
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_shapes_types_and_ranges():
    train, test = datasets.digits()
    for (images, labels), n in ((train, 1437), (test, 360)):
        assert images.shape == (n, 8, 8)
        assert images.dtype == np.float32
        assert labels.shape == (n,)
        assert labels.dtype == np.int64
        assert (images.min(), images.max()) == (0, 1)
        assert (16 * images == np.round(16 * images)).all()


def test_names():
    found = datasets.digits()
    assert found._fields == ("train", "test")
    assert found.train._fields == found.test._fields == ("images", "labels")


def test_every_digit_is_in_both_parts_in_proportion():
    train, test = datasets.digits()
    in_train, in_test = np.bincount(train.labels), np.bincount(test.labels)
    assert (in_train + in_test).tolist() == COUNTS
    assert (np.abs(in_test - np.array(COUNTS) / 5) < 1).all()


def test_the_numbers_never_change():
    parts = [array for part in datasets.digits() for array in part]
    sums = [hashlib.sha256(array.tobytes()).hexdigest()[:16] for array in parts]
    assert sums == SUMS


def test_a_fresh_writable_copy_at_every_call():
    first, second = datasets.digits(), datasets.digits()
    for part, other in zip(first, second, strict=True):
        for array, untouched in zip(part, other, strict=True):
            before = untouched.copy()
            array[...] = 7
            np.testing.assert_array_equal(untouched, before)
    assert not np.array_equal(datasets.digits().train.labels, first.train.labels)


def test_parts_go_straight_into_a_loader():
    train, _ = datasets.digits()
    loader = DataLoader(train, batchsize=32, shuffle=True, rng=0)
    text = "DataLoader(45 batches of 32, 1437 observations on axis 0, shuffled)"
    assert repr(loader) == text
    batch = next(iter(loader))
    assert type(batch) is type(train)
    assert batch.images.shape == (32, 8, 8)


def test_they_can_be_told_apart():
    # The nearest training image has the right label: the pairs are not mixed up.
    train, test = datasets.digits()
    x, z = train.images.reshape(-1, 64), test.images.reshape(-1, 64)
    distances = (z**2).sum(1)[:, None] - 2 * z @ x.T + (x**2).sum(1)
    nearest = train.labels[distances.argmin(axis=1)]
    assert (nearest == test.labels).mean() > 0.97


def test_the_file_is_small_and_holds_plain_arrays():
    with (files(datasets) / "digits.npz").open("rb") as file:
        assert len(file.read()) < 50_000
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            kinds = {name: arrays[name].dtype.name for name in arrays}
    assert kinds == {"images": "uint8", "labels": "uint8", "test": "bool"}


def test_the_script_makes_the_same_arrays():
    pytest.importorskip("sklearn")
    script = Path(__file__).with_name("make_digits.py")
    made = runpy.run_path(str(script))["make_digits"]()
    with (
        (files(datasets) / "digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        assert set(arrays) == set(made)
        for name, array in made.items():
            assert arrays[name].dtype == array.dtype
            np.testing.assert_array_equal(arrays[name], array)


def test_nothing_is_read_before_the_call():
    code = (
        "import numpy\n"
        "def load(*args, **kwargs): raise SystemExit('read')\n"
        "numpy.load = load\n"
        "from minigrad import datasets\n"
        "print('imported', flush=True)\n"
        "datasets.digits()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.split() == ["imported"]
    assert run.stderr.split() == ["read"]


def test_they_load_from_a_zip(tmp_path):
    package = Path(minigrad.__file__).parent
    archive = tmp_path / "package.zip"
    with ZipFile(archive, "w") as zipped:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".npz"):
                zipped.write(path, path.relative_to(package.parent))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); from minigrad import "
        "datasets; print(datasets.__file__, datasets.digits().test.images.shape)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        text=True,
    )
    assert "package.zip" in run.stdout
    assert "(360, 8, 8)" in run.stdout


def test_source_and_licence_stand_beside_the_file():
    text = (files(datasets) / "README.md").read_text()
    for words in ("Alpaydin", "Kaynak", "CC BY 4.0", "10.24432/C50P49", "Changes"):
        assert words in text
        assert words == "Changes" or words in datasets.digits.__doc__
