"""Parameters whose rules are only formulas: collected for one call of a kernel."""

import numpy as np

from ..arrays import memory_owner
from .elementwise import anatomy, assembler, next_clock, numbers_at
from .steps import loops_fit


class Ready:
    """What stays true of a parameter from step to step, so that it is asked once.

    It is asked again when somebody has put another rule, state or array in place.
    """

    __slots__ = (
        "addresses",
        "assembled",
        "clock",
        "counts",
        "dtype",
        "kernel",
        "looks",
        "memory",
        "order",
        "owners",
        "rule",
        "shape",
        "state",
        "x",
    )

    def __init__(self, leaf, x, parts):
        from .kernels import kernel_for  # imports numba: not before the first update

        formulas, self.memory, self.clock, self.looks = parts
        self.x, self.rule, self.state = x, leaf.rule, leaf.state
        self.kernel = kernel_for(formulas, x.dtype)
        self.counts = [count for _, count in formulas]
        self.addresses = tuple(map(id, self.memory))
        self.shape, self.dtype = x.shape, x.dtype
        self.owners = {id(memory_owner(array)) for array in (x, *self.memory)}
        self.order = "C" if x.flags.c_contiguous else "F"
        self.assembled = assembler(leaf.rule, leaf.state)

    def holds(self, leaf, x):
        """Whether it is still true."""
        same = self.state is leaf.state and self.rule is leaf.rule and self.x is x
        if not same or x.dtype is not self.dtype or not x.flags.writeable:
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
        same = dx.dtype is x.dtype and dx.shape == x.shape
        return same and dx.flags[self.order]

    def step(self, leaf, clock):
        """Note the state after a step."""
        self.clock = clock
        self.state = leaf.state = self.assembled(clock)


def ready_for(leaf, x):
    """What is known of a leaf, or None if its rule is not only formulas with loops."""
    leaf.ready = None
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

    def add_ready(self, leaf, ready, dx, seen=None):
        """Add one whose numbers are likely to be those of the one before."""
        x, rule, clock = ready.x, ready.rule, ready.clock
        last, numbered, looked = self.last
        if rule is not last or clock != numbered or seen is not looked:
            self.last, self.place = (rule, clock, seen), len(self.numbers)
            self.next = next_clock(rule, clock)
            self.numbers += numbers_at(rule, iter(ready.counts), clock, x.dtype, seen)
        size = x.size
        self.table += 0, size, self.place, id(x), id(dx), *ready.addresses
        self.size += size
        self.ready.append((leaf, ready, dx, self.next))

    def finish(self):
        """Note the new states of the parameters that were ready."""
        for leaf, ready, _, clock in self.ready:
            if clock != ready.clock:
                ready.step(leaf, clock)
