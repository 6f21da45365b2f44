"""What is said once about each part of the old style, and how to be spared it."""

import warnings

_said = set()
_silent = False


def allow_deprecated(allow=True):
    """Use the old style without being told that it is deprecated.

    Args:
        allow: False brings the warnings back, each of them once again.

    >>> allow_deprecated()
    """
    global _silent
    _silent = bool(allow)
    if not _silent:
        _said.clear()


def deprecated(what, instead, depth=3):
    """Warn once, at the line that called the caller of this function.

    Args:
        what: the name of what is deprecated.
        instead: what to do instead.
        depth: how many calls above this one the user's line is.
    """
    if _silent or what in _said:
        return
    _said.add(what)
    warnings.warn(
        f"legacy.{what} is deprecated; {instead} (This is said once; "
        f"legacy.allow_deprecated() silences it.)",
        DeprecationWarning,
        stacklevel=depth,
    )
