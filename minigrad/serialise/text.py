"""The text in a file: JSON, of a size that can be read without fear."""

import json

from ..errors import FileError

LIMIT = 2**24
"""How many bytes the text may have. Arrays are no part of it."""


def dumps(text):
    """The text as bytes.

    Raises:
        ValueError: it is too long, so that no file would be read again.
    """
    content = json.dumps(text, separators=(",", ":"), allow_nan=False).encode()
    if len(content) > LIMIT:
        raise ValueError(
            f"save was given so many numbers, lists and dicts that they make "
            f"{len(content)} bytes of text, and {LIMIT} can be read again. Make arrays "
            f"of them: np.array(losses)."
        )
    return content


def loads(content, limit=LIMIT):
    """What the bytes stand for.

    Raises:
        FileError: they are too many, or no JSON.
    """
    if len(content) > limit:
        raise FileError(f"its text has {len(content)} bytes; it may have {limit}.")
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError:
        raise FileError("its text is nested too deeply.") from None
    except ValueError as error:
        raise FileError(f"its text is no JSON: {error}") from None


def _refuse(name):
    raise FileError(f"its text has the number {name}.")
