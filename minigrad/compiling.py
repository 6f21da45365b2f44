"""Compiling functions by numba: kept on disk, and said on the screen.

The only modules that import numba are this one and those that import it, when they are
first used.
"""

import pickle

import numba
from numba.core import event

from .screen import say


def compiled(function, keep=True):
    """A function that numba compiles at its first call, and then keeps on disk.

    It computes as NumPy does: division by zero gives Inf, and no sum is reordered.
    """
    options = {"error_model": "numpy", "nogil": True}
    try:
        return numba.njit(cache=keep, **options)(function)
    except RuntimeError:  # no folder can be written: compile in every process
        return numba.njit(**options)(function)


def compiled_now(make, what, *arguments):
    """The function `make(keep)`, compiled by calling it once, or found on disk.

    Args:
        make: gives a function that `compiled` has made, to be kept on disk or not.
        what: what is announced; nothing if it is empty.
        arguments: to call it with, so small that it has nothing to do.
    """
    with announced(what):
        try:
            function = make(True)
            function(*arguments)
        except (OSError, EOFError, pickle.UnpicklingError):
            # The disk is full, or a file on it is damaged: compile for this process.
            function = make(False)
            function(*arguments)
    return function


def announced(what):
    """A context in which it is said that `what` is compiled, if that happens."""
    return event.install_listener("numba:compile", _Announcement(what))


class _Announcement(event.Listener):
    """Says what is compiled, so that nobody wonders why the first step waits."""

    def __init__(self, what):
        self.what = what

    def on_start(self, _):
        if self.what:
            say(f"compiling {self.what} (once; the result is kept on disk)")
            self.what = ""

    def on_end(self, _):
        pass
