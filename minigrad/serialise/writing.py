"""Writing a file so that, whatever happens, there is the old one or the new one."""

import errno
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
        OSError: the disk is full, the folder is not there or must not be written to,
            or the old file must not.
    """
    path = Path(os.path.realpath(path))
    _check_place(path)
    new = path.with_name(f".minigrad-{os.urandom(8).hex()}.tmp")
    try:
        with open(new, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):  # there is no old one
            os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(new, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(new)
        error.add_note(f"{path} is as it was before.")
        raise
    _to_disk(path.parent)


def _check_place(path):
    """Refuse where a file cannot be, by the name that the user knows."""
    if not path.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT, "There is no such folder to save in", str(path.parent)
        )
    if path.is_dir():
        raise IsADirectoryError(
            errno.EISDIR, "There is a folder of the name of the file", str(path)
        )
    if path.exists() and not os.access(path, os.W_OK):  # replacing would not ask
        raise PermissionError(
            errno.EACCES, "The old file is not to be written to", str(path)
        )


def _to_disk(folder):
    """Bring the new name to the disk, where the system can do that for folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
