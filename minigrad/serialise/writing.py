"""Writing a file so that, whatever happens, there is the old one or the new one."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def write(path, content):
    """Put bytes into a file, all of them or none.

    They are written to another file in the same folder, brought to the disk, and
    given the name of the old one, which stays whole until then.

    Args:
        path: of the file; a link is followed.
        content: the bytes.

    Raises:
        OSError: the disk is full, the folder is not there or must not be written to.
    """
    path = Path(os.path.realpath(path))
    new = path.with_name(f".minigrad-{os.urandom(8).hex()}.tmp")
    try:
        with open(new, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):  # there is no old one
            os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise
    _to_disk(path.parent)


def _to_disk(folder):
    """Bring the new name to the disk, where the system can do that for folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
