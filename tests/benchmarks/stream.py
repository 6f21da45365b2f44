"""The stream limit: what memory allows to an update, whatever it computes.

Adam reads the arrays `x`, `m`, `v`, `dx` and writes the first three. The loop here
does the same, with one addition for each number written; so no Adam can be faster
while the arrays do not fit into the caches.
"""

from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from .contest import Target, ratio

STREAMS = {"stream, 1 thread": 1, "stream, 2 threads": 2}
"""The contestants, with their threads; the faster one is the limit."""


def stream_loop():
    """The compiled loop, which leaves Python alone while it runs."""
    import numba

    @numba.njit(nogil=True)
    def loop(x, m, v, dx):
        for i in range(x.size):  # over whole arrays, or it is not vectorised
            x[i] += dx[i]
            m[i] += dx[i]
            v[i] += dx[i]

    return loop


def streaming(threads, arrays):
    """Make the function that streams four arrays once, in equal parts per thread."""
    loop, pool = stream_loop(), ThreadPoolExecutor(threads)
    parts = list(zip(*(np.array_split(each, threads) for each in arrays), strict=True))

    def run():
        if threads == 1:
            return loop(*arrays)
        for future in [pool.submit(loop, *part) for part in parts]:
            future.result()

    return run


def stream(threads, count, size):
    """A yardstick: as much memory as Adam has for `count * size` numbers."""
    return streaming(threads, np.ones((4, count * size), np.float32))


def share_of_stream_limit(share):
    """The target that minigrad moves at least `share` of the bytes that can be."""

    def of(times):
        fastest = min(STREAMS, key=lambda name: median(times[name]))
        return ratio(times, "minigrad", fastest)

    return Target(f"at most 1 / {share} of the stream limit", of, 1 / share)
