"""Notebook 12, several workers: sums in a ring, and waiting for each other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Condition

import numpy as np

from ..calling import received
from ..registry import tests
from ..showing import shown
from ..states import ALMOST, SHAPE, VALUE, Finding, require

# --- Workers ---------------------------------------------------------------------


class Deadlock(Exception):
    """All workers wait for each other."""


class Ring:
    """Workers as threads, each with a line to its right neighbour.

    A deadlock is found at once and for certain: it is there when all workers wait,
    and none of them has what it waits for.

    Args:
        size: how many workers.
        meeting: whether `send` waits until the other one has received.

    Attributes:
        sent: the sizes of all arrays that each worker has sent.
        waits: what each worker waits for, at a deadlock.
    """

    def __init__(self, size, meeting=False):
        self.size, self.meeting = size, meeting
        self.changed = Condition()
        self.lines = [[] for _ in range(size)]  # what is on its way to each worker
        self.sent = [[] for _ in range(size)]
        self.waiting, self.waits, self.done, self.stuck = {}, {}, 0, False

    def run(self, work):
        """The results of `work(rank, send, receive)`, by rank.

        Raises:
            Deadlock: they wait for each other.
        """
        with ThreadPoolExecutor(self.size) as pool:
            futures = [pool.submit(self._one, work, k) for k in range(self.size)]
        errors = [future.exception() for future in futures]
        for error in sorted(filter(None, errors), key=lambda e: type(e) is Deadlock):
            raise error
        return [future.result() for future in futures]

    def _one(self, work, rank):
        try:
            return work(rank, lambda x: self._send(rank, x), lambda: self._get(rank))
        finally:
            with self.changed:
                self.done += 1
                self.changed.notify_all()

    def _send(self, rank, thing):
        right = (rank + 1) % self.size
        thing = thing.copy() if isinstance(thing, np.ndarray) else thing
        with self.changed:
            self.sent[rank].append(np.size(thing))
            place = [thing]
            self.lines[right].append(place)
            self.changed.notify_all()
            if self.meeting:
                self._wait(rank, "send", lambda: not place)

    def _get(self, rank):
        with self.changed:
            self._wait(rank, "receive", lambda: bool(self.lines[rank]))
            thing = self.lines[rank].pop(0).pop()
            self.changed.notify_all()
            return thing

    def _wait(self, rank, what, ready):
        self.waiting[rank], self.waits[rank] = ready, what
        while not ready():
            all_wait = len(self.waiting) + self.done == self.size
            if all_wait and not any(is_ready() for is_ready in self.waiting.values()):
                self.stuck = True
                self.changed.notify_all()
            if self.stuck:
                raise Deadlock
            self.changed.wait()
        del self.waiting[rank], self.waits[rank]

    def where(self):
        """Who waits for what, as words."""
        waits = (f"worker {k} in {what}()" for k, what in sorted(self.waits.items()))
        return ", ".join(waits)


# --- Sums ------------------------------------------------------------------------


@tests("12.2")
def ring_all_reduce(answer):
    """The sum, the same bits everywhere, and not more sent than is needed."""
    rng = np.random.default_rng(0)
    for size, n, dtype in (
        (3, 6, float), (2, 5, float), (4, 12, float), (4, 2, int), (1, 3, float),
        (5, 40, np.float32),
    ):  # fmt: skip
        arrays = (10 * rng.normal(size=(size, n))).round(1).astype(dtype)
        given, ring = arrays.copy(), Ring(size)
        work = lambda rank, send, receive, a=given, n=size: answer(
            rank, n, a[rank], send, receive
        )
        text = f"ring_all_reduce` with {size} workers and {n} numbers"
        try:
            results = ring.run(work)
        except Deadlock:
            raise Finding(
                VALUE,
                f"`{text} does not come to an end: {ring.where()}. Each worker has to "
                f"send as often as the others receive.",
            ) from None
        _check_sums(text, results, arrays)
        _check_traffic(text, results, ring, size, n)
        require(
            np.array_equal(given, arrays),
            VALUE,
            f"`{text} has changed the array of a worker. Its chunks are views of it: "
            f"write `chunks[k] = chunks[k] + ...`, and not `+=`.",
        )


def _check_sums(text, results, arrays):
    right = arrays.sum(0, dtype=arrays.dtype if arrays.dtype.kind == "i" else float)
    for rank, result in enumerate(results):
        found = received(f"{text}: `worker {rank}", result).value
        require(
            np.shape(found) == right.shape,
            SHAPE,
            f"`{text}: worker {rank} returned {shown(found)}, and each array is "
            f"{shown(arrays[0])}.",
        )
        close = np.isclose(found, right, rtol=1e-5, atol=1e-5)
        if close.all():
            continue
        own = np.isclose(found, arrays[rank]).sum()
        said = (
            "That is its own array."
            if own == right.size
            else f"{close.sum()} of its {right.size} numbers are sums of all workers."
        )
        raise Finding(
            VALUE,
            f"`{text}: worker {rank} was given {shown(arrays[rank])} and returned "
            f"{shown(found)}. {said}",
        )


def _check_traffic(text, results, ring, size, n):
    most = max(map(sum, ring.sent))
    allowed = 2 * (size - 1) * -(-n // size)
    require(
        most <= allowed,
        ALMOST,
        f"`{text}: all have the sum, but a worker has sent {most} numbers in "
        f"{max(map(len, ring.sent))} messages. Send one chunk at a time, twice round.",
    )
    require(
        all(np.array_equal(result, results[0]) for result in results),
        ALMOST,
        f"`{text}: the sums differ between the workers, in the last bits. Each chunk "
        f"is to be added up in one place, and then copied.",
    )


# --- Waiting ---------------------------------------------------------------------


@tests("12.3")
def exchange(answer):
    """No deadlock with any number of workers, and the right values."""
    for size in (2, 3, 4, 5, 1):
        ring = Ring(size, meeting=True)
        values = [f"from {rank}" for rank in range(size)]
        work = lambda rank, send, receive, n=size, v=values: answer(
            rank, n, v[rank], send, receive
        )
        noun = "worker" if size == 1 else "workers"
        text = f"exchange` with {size} {noun}"
        try:
            results = ring.run(work)
        except Deadlock:
            raise Finding(
                VALUE, f"`{text} does not come to an end: {ring.where()}."
            ) from None
        lost = sum(map(len, ring.lines))
        require(not lost, VALUE, f"`{text}: {lost} things were sent to nobody.")
        for rank, result in enumerate(results):
            said = received(f"{text}: `worker {rank}", result).value
            require(
                said == values[rank - 1],
                VALUE,
                f"`{text}: worker {rank} returned {shown(said)}. Its left neighbour is "
                f"worker {(rank - 1) % size}.",
            )
