"""Parameters whose rules are only formulas: collected for one call of a kernel."""

import numpy as np

from ..arrays import memory_owner
from .elementwise import anatomy, assembler, next_clock, numbers_at
from .steps import loops_fit


class Clock:
    """What is in the state of a rule beside arrays, such as how many steps were made.

    Attributes:
        now: as `anatomy` gives it.
        counts: how many arrays each formula of the rule remembers.
        dtype: of the parameters.
    """

    __slots__ = ("counts", "dtype", "now", "rule")

    def __init__(self, rule, now, counts, dtype):
        self.rule, self.now, self.counts, self.dtype = rule, now, counts, dtype

    def numbers(self, seen=None):
        """The numbers that the loop is called with in this step."""
        return numbers_at(self.rule, iter(self.counts), self.now, self.dtype, seen)

    def tick(self):
        """Go on to the next step."""
        self.now = next_clock(self.rule, self.now)

    def at(self, now):
        """A clock of its own that shows another time."""
        return Clock(self.rule, now, self.counts, self.dtype)


class Ready:
    """What stays true of a parameter from step to step, so that it is asked once.

    It is asked again when somebody has put another rule, state or array in place.

    Attributes:
        clock: of this parameter, or of many that are updated together (a `Crew`).
        crew: those that are updated together with this one, which is the first.
    """

    __slots__ = (
        "addresses",
        "assembled",
        "clock",
        "crew",
        "dtype",
        "kernel",
        "known",
        "looks",
        "memory",
        "order",
        "owners",
        "shape",
        "state",
        "x",
    )

    def __init__(self, leaf, x, parts):
        from .kernels import kernel_for  # imports numba: not before the first update

        formulas, self.memory, now, self.looks = parts
        counts = [count for _, count in formulas]
        self.clock, self.crew = Clock(leaf.rule, now, counts, x.dtype), None
        self.x, self.known, self.state = x, now, leaf.state
        self.kernel = kernel_for(formulas, x.dtype)
        self.addresses = tuple(map(id, self.memory))
        self.shape, self.dtype = x.shape, x.dtype
        self.owners = {id(memory_owner(array)) for array in (x, *self.memory)}
        self.order = "C" if x.flags.c_contiguous else "F"
        self.assembled = assembler(leaf.rule, leaf.state)

    def holds(self, x):
        """Whether it is still true."""
        if self.x is not x or x.dtype is not self.dtype or not x.flags.writeable:
            return False
        if x.shape != self.shape:  # somebody has given it another one in place
            return False
        for array in self.memory:
            if array.shape != self.shape or not array.flags.writeable:
                return False
        return True

    def takes(self, dx):
        """Whether the loop can read a gradient as it is."""
        if type(dx) is not np.ndarray or dx.base is not None:
            return False
        x = self.x
        same = dx.dtype == x.dtype and dx.shape == x.shape
        return same and dx.flags[self.order]

    def state_now(self):
        """The state that the clock tells; it is put together when somebody asks."""
        now = self.clock.now
        if self.known is not now:
            self.known, self.state = now, self.assembled(now)
        return self.state


def ready_for(leaf, x):
    """What is known of a leaf, or None if its rule is not only formulas with loops."""
    leaf.forget()
    parts = anatomy(leaf.rule, leaf.state) if loops_fit(x, ()) else None
    if parts and loops_fit(x, parts.memory):
        leaf.ready = Ready(leaf, x, parts)
    return leaf.ready


class Batch:
    """Parameters that one call of a kernel updates.

    Attributes:
        table, numbers, size: what `Kernel.run` is called with.
        ready: what to note afterwards, and the gradients, which must stay alive.
    """

    __slots__ = ("held", "last", "next", "numbers", "place", "ready", "size", "table")

    def __init__(self):
        self.table, self.numbers, self.size = [], [], 0
        self.ready, self.held = [], []
        self.last = None, None, None

    def add(self, x, dx, memory, numbers):
        """Add a parameter with numbers of its own."""
        row = len(self.numbers), id(x), id(dx), *map(id, memory)
        self.table += 0, x.size, *row
        self.numbers += numbers
        self.size += x.size
        self.held.append((x, dx, memory))  # an address keeps nothing alive

    def add_ready(self, ready, dx, seen=None):
        """Add one whose numbers are likely to be those of the one before."""
        x, clock = ready.x, ready.clock
        here = clock.rule, clock.now, seen
        last, now, looked = self.last
        if clock.rule is not last or clock.now != now or seen is not looked:
            self.last, self.place = here, len(self.numbers)
            self.next = next_clock(clock.rule, clock.now)
            self.numbers += clock.numbers(seen)
        size = x.size
        self.table += 0, size, self.place, id(x), id(dx), *ready.addresses
        self.size += size
        self.ready.append((ready, dx, self.next))

    def finish(self):
        """Go on to the next step with the parameters that were ready."""
        for ready, _, now in self.ready:
            if now != ready.clock.now:
                ready.clock = ready.clock.at(now)
