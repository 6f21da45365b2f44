"""What has been solved so far: a small file beside the notebook.

It holds, for each exercise, the last state, the number of tries, the last hint that
was asked for, and whether it has ever been correct. Nothing else is kept, and nothing
is sent anywhere.
"""

import json
import sys
from pathlib import Path

from ..serialise.writing import write
from .states import CORRECT, STATES, STILL_MISSING

FILE = "minigrad-progress.json"

_session = {}  # what is known where no notebook runs: until Python ends


def file_here():
    """The file beside the notebook that runs; None where no notebook does."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return Path(FILE) if hasattr(shell, "kernel") else None


def read(path):
    """What is known, as a dict from exercise to entry; empty if there is no file.

    Where `path` is None it is what has happened since Python was started.

    Raises:
        ValueError: the file holds something else.
        OSError: it cannot be read.
    """
    if path is None:
        return _session
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found = json.loads(text)
    if not isinstance(found, dict) or not all(map(_is_entry, found.values())):
        raise ValueError("it is not a list of exercises")
    return found


def _is_entry(entry):
    kinds = {"state": str, "tries": int, "hint": int, "solved": bool}
    return (
        isinstance(entry, dict)
        and entry.keys() == kinds.keys()
        and all(type(entry[key]) is kind for key, kind in kinds.items())
        and entry["state"] in STATES
    )


def record(path, number, state, hint=0):
    """Add the outcome of a check.

    A blank is not a try: running a notebook from top to bottom counts nothing.

    Args:
        path: of the file; None keeps it until Python ends.
        number: of the exercise.
        state: what was found.
        hint: the last hint that was asked for.

    Returns:
        A sentence if the file cannot be read or written, or an empty text. It is then
        left as it is.
    """
    try:
        known = read(path)
        old = known.get(number, {"tries": 0, "hint": 0, "solved": False})
        known[number] = {
            "state": state,
            "tries": old["tries"] + (state != STILL_MISSING),
            "hint": max(old["hint"], hint),
            "solved": old["solved"] or state == CORRECT,
        }
        content = json.dumps(dict(sorted(known.items())), indent=1) + "\n"
        if path is not None and known[number] != old:
            write(path, content.encode())
    except (OSError, ValueError) as error:
        return (
            f"This is not recorded: the file {path} cannot be used ({error}). If you "
            f"do not need it, delete it."
        )
    return ""
