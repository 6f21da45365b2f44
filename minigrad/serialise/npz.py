"""The format `.npz`: NumPy's own, an archive with a file `name.npy` for each array.

`np.load(path)["model.layers[0].weight"]` reads one without minigrad. The text is the
entry `minigrad.json`. Nothing is compressed, so nothing unpacks to more than there is.
"""

from io import BytesIO

import numpy as np

from ..errors import FileError
from .text import dumps, loads

TEXT = "minigrad.json"
START = b"PK\x03\x04"
READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def dump(text, arrays):
    """The bytes of a file; the same for the same things, whenever it is written."""
    from zipfile import ZipFile  # takes a while to import: not before it is needed

    target = BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr(_entry(TEXT), dumps(text))
        for name, x in arrays.items():
            content = BytesIO()
            np.lib.format.write_array(content, x, allow_pickle=False)
            archive.writestr(_entry(f"{name}.npy"), content.getbuffer())
    return target.getbuffer()


def _entry(name):
    from zipfile import ZipInfo

    entry = ZipInfo(name)  # its date is that of the first day there is
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def parse(content):
    """What is in a file.

    Args:
        content: its bytes.

    Returns:
        `(text, parts)`: what was written as JSON, and from the names of arrays to
        functions that read one: `(dtype, shape, order, bytes)`.

    Raises:
        FileError: sizes, names or entries are not such as `dump` makes them.
    """
    from zipfile import ZIP_STORED, ZipFile

    archive = ZipFile(BytesIO(content))
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) < len(archive.infolist()):
        raise FileError("it has an entry twice.")
    if TEXT not in entries:
        raise FileError(
            f"minigrad has not written it: there is no {TEXT} in it. What NumPy has "
            f"written, np.load reads."
        )
    for entry in entries.values():
        if entry.compress_type != ZIP_STORED or entry.compress_size != entry.file_size:
            raise FileError("it has an entry that is compressed; minigrad makes none.")
    if sum(entry.file_size for entry in entries.values()) > len(content):
        raise FileError("its entries claim to be larger than it is.")
    text = loads(archive.read(entries.pop(TEXT)))
    wrong = [name for name in entries if not name.endswith(".npy")]
    if wrong:
        raise FileError(f"it has an entry {wrong[0][:60]!r}, which minigrad makes not.")
    reader = lambda entry: lambda: _read(archive.read(entry))
    return text, {name[:-4]: reader(entry) for name, entry in entries.items()}


def _read(content):
    """`(dtype, shape, order, bytes)` of a file `.npy`."""
    stream = BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in READERS:
        raise FileError(f"it has an array in version {version} of the format .npy.")
    shape, is_fortran, dtype = READERS[version](stream)
    data = memoryview(content)[stream.tell() :]
    return dtype, shape, "F" if is_fortran else "C", data
