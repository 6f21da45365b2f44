"""Loops, compiled by numba, and run over all arrays of a model in one call.

NumPy computes a formula with a pass over memory, and a temporary array, for every
operation. A compiled loop reads and writes each number once, which is what makes
large models fast. What makes small ones fast is to call it once for all arrays: a
table says where they are.

Nothing is compiled before its first use, and the result is kept on disk. With
`NUMBA_DISABLE_JIT=1` the same loops run as plain Python, for a debugger.
"""

import ctypes
import hashlib
import linecache
import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numba
import numpy as np

from ..compiling import compiled, compiled_now
from ..heads import (
    ALIGNED,
    C_CONTIGUOUS,
    WRITEABLE,
    has_base,
    has_flags,
    same_dtype,
    same_shape,
    size,
    vector,
)
from .loops import write_loop

WORTH_THREADS = 1 << 20
"""From so many numbers on, a second thread saves more than it costs."""

SWEEP = """
def sweep(table, numbers, like):
    for row in range(len(table) // {width}):
        at = row * {width}
        start, size, n = table[at], table[at + 1], table[at + 2]
        loop({arguments})
"""


class Kernel:
    """The compiled loop of some formulas that are carried out one after the other.

    Attributes:
        text: the loop for one array, as Python.
        loop: that function, compiled.
        sweep: runs the loop over all rows of a table. A row is the first number of
            the arrays to look at, how many, where `numbers` begin, and then the
            addresses of the arrays as Python objects: of x, dx, and the memory.
        width: how long a row is.
        count: how many numbers a row uses.
    """

    def __init__(self, formulas, dtype):
        self.text = write_loop(formulas)
        self.rules = [formula.__qualname__.split(".")[0] for formula, _ in formulas]
        arrays = 2 + sum(remembered for _, remembered in formulas)
        self.width, self.like = 3 + arrays, np.empty(0, dtype)
        self.count = self.text[: self.text.index(")")].count(",") + 1 - arrays
        places = range(3, self.width)
        arguments = [f"vector(table[at + {k}], start, size, like)" for k in places]
        arguments += [f"numbers[n + {k}]" for k in range(self.count)]
        sweep = SWEEP.format(width=self.width, arguments=", ".join(arguments))
        digest = hashlib.sha256((self.text + sweep).encode()).hexdigest()[:16]
        known_as = f"{digest}_{self.like.dtype.name}"
        self.loop = _function("loop", self.text, known_as)
        parts = {"loop": self.loop, "vector": vector}
        make = lambda keep: _function("sweep", sweep, known_as, parts, keep)
        rules, nothing = ", ".join(self.rules), np.empty(0, np.float64)
        try:
            self.sweep = compiled_now(make, rules, NO_TABLE, nothing, self.like)
        except numba.core.errors.NumbaError as error:
            raise TypeError(
                f"The formula of {' or '.join(self.rules)} uses something that numba "
                f"cannot compile. Write the method apply in its place, in plain NumPy."
            ) from error
        table_check()  # it is compiled here, and not in a later step

    def takes(self, table):
        """Whether the loop can be run over all arrays of a table as they are."""
        if numba.config.DISABLE_JIT:
            return False
        return table_check()(table, self.width, id(self.like))

    def run(self, table, numbers, size):
        """Carry out the formulas on many arrays.

        Args:
            table: a list or an array, row after row. The arrays are contiguous, those
                of one row in the same order, and of the dtype of the kernel.
            numbers: a list of all numbers that rows begin at.
            size: how many numbers there are in all arrays `x` together.
        """
        if numba.config.DISABLE_JIT:
            self.run_in_python(list(map(int, table)), numbers)
            return
        table, numbers = np.asarray(table, np.intp), np.array(numbers, np.float64)
        if size < WORTH_THREADS or THREADS == 1:
            self.sweep(table, numbers, self.like)
            return
        parts = _cut(table.reshape(-1, self.width).tolist(), size, THREADS)
        sweep = lambda part: self.sweep(part, numbers, self.like)
        for _ in workers().map(sweep, parts):  # raises what a thread raised
            pass

    def run_in_python(self, table, numbers):
        """The same, line by line."""
        for at in range(0, len(table), self.width):
            _, _, first, *addresses = table[at : at + self.width]
            objects = (ctypes.cast(k, ctypes.py_object).value for k in addresses)
            mine = numbers[first : first + self.count]
            self.loop(*(x.ravel("K") for x in objects), *mine)


@cache
def kernel_for(formulas, dtype):
    """The kernel of a tuple of pairs `(formula, how many arrays it remembers)`."""
    return Kernel(formulas, dtype)


# --- Compiling ---------------------------------------------------------------------


def _function(name, text, known_as, parts=None, keep=False):
    """The function of that name in a text, compiled by numba at its first call.

    numba tells functions apart by their names, on disk and in memory, once they come
    from there. So the name must change with the text: it holds a digest of it.
    """
    file = __file__ if keep else f"<{name}_{known_as} of minigrad>"
    if not keep:  # so that a debugger can show the lines
        linecache.cache[file] = len(text), None, text.splitlines(True), file
    space = {"np": np, "math": math, "__name__": __name__, **(parts or {})}
    exec(compile(text, file, "exec"), space)
    function = space[name]
    function.__name__ = function.__qualname__ = f"{name}_{known_as}"
    return compiled(function, keep)


def _all_fit(table, width, like):
    """Whether a loop can read and write all arrays of a table as they are.

    Those of one row are of one shape, of the dtype of the array at `like`, and in the
    order of C; the gradients have memory of their own.
    """
    for at in range(0, len(table), width):
        x, dx = table[at + 3], table[at + 4]
        if size(x) != table[at + 1] or has_base(dx) or not has_flags(dx, READABLE):
            return False
        for k in range(at + 3, at + width):
            if not same_shape(x, table[k]) or not same_dtype(like, table[k]):
                return False
            if k != at + 4 and not has_flags(table[k], CHANGEABLE):
                return False
    return True


@cache
def table_check():
    """The same, compiled; it is announced with the first rule."""
    return compiled_now(partial(compiled, _all_fit), "", NO_TABLE, 1, 0)


NO_TABLE = np.empty(0, np.intp)
READABLE = ALIGNED | C_CONTIGUOUS
CHANGEABLE = READABLE | WRITEABLE


# --- Threads -----------------------------------------------------------------------


# More than four do not help: it is memory that limits, not arithmetic.
THREADS = min(numba.config.NUMBA_NUM_THREADS, 4)


@cache
def workers():
    """The threads for large arrays."""
    return ThreadPoolExecutor(THREADS, "minigrad")


if hasattr(os, "register_at_fork"):  # a child process has the pool, but no threads
    os.register_at_fork(after_in_child=workers.cache_clear)


def _cut(table, size, count):
    """Tables for `count` threads: a row may be cut, so that each has as much to do.

    One long stretch of memory for each is read faster than many short ones.
    """
    share = -(-size // count)
    parts, room = [[]], share
    for row in table:
        start = row[0]
        while start < row[1]:
            if room == 0:
                parts.append([])
                room = share
            length = min(row[1] - start, room)
            parts[-1].append([start, length, *row[2:]])
            start, room = start + length, room - length
    return [np.array(part, np.intp).ravel() for part in parts]
