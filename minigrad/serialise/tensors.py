"""The format `.safetensors`, which other frameworks read too.

The text is its metadata, and has a checksum, since the format has none. The library
is imported when it is needed.
"""

import zlib

import numpy as np

from ..errors import FileError, importing
from .text import LIMIT, dumps, loads

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "C64": "<c8",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""What the format calls the dtypes that it has, and NumPy has."""


def require_safetensors():
    """The library, or a sentence that says how to get it.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    why = "Files .safetensors need the library safetensors"
    instead = "; or save a file .npz, which needs nothing"
    with importing("safetensors", why, "io", instead):
        import safetensors
        import safetensors.numpy
    return safetensors


def dump(text, arrays):
    """The bytes of a file.

    Raises:
        TypeError: an array has a dtype that the format does not have.
    """
    library = require_safetensors()
    for name, x in arrays.items():
        if _little(x.dtype).str not in DTYPES.values():
            raise TypeError(
                f"save: {name} is of dtype {x.dtype}, which the format .safetensors "
                f"does not have. Save it as .npz."
            )
    # Another order of the numbers in memory would be written wrongly (0.8.0).
    rows = {k: np.asarray(x, _little(x.dtype), order="C") for k, x in arrays.items()}
    checksum = _checksum(text, {name: x.tobytes() for name, x in rows.items()})
    metadata = {"minigrad": dumps(text | {"checksum": checksum}).decode()}
    return library.numpy.save(rows, metadata=metadata)


def _little(dtype):
    """The same dtype, the least byte of a number first."""
    return dtype.newbyteorder("<")


def _checksum(text, contents):
    found = zlib.crc32(dumps(text))
    for name in sorted(contents):
        found = zlib.crc32(contents[name], zlib.crc32(name.encode(), found))
    return found


def is_like(content):
    """Whether bytes begin as those of a file of this format."""
    return content[8:9] == b"{"


def parse(content):
    """What is in a file: as `npz.parse`.

    Raises:
        FileError: it is not one, or minigrad has not written it, or it was changed.
    """
    size = int.from_bytes(content[:8], "little")
    if size > min(len(content) - 8, 2 * LIMIT):
        raise FileError("its header claims to be longer than it can be.")
    header = loads(content[8 : 8 + size], 2 * LIMIT)
    match header:
        case {"__metadata__": {"minigrad": str(metadata)}}:
            text = loads(metadata.encode())
        case _:
            raise FileError("minigrad has not written it.")
    found = dict(require_safetensors().deserialize(content))
    checksum = text.pop("checksum", None)
    if checksum != _checksum(text, {name: x["data"] for name, x in found.items()}):
        raise FileError("it was changed: its checksum is not that of its content.")
    return text, {name: _part(x) for name, x in found.items()}


def _part(found):
    dtype = np.dtype(DTYPES[found["dtype"]])
    return lambda: (dtype, tuple(found["shape"]), "C", found["data"])
