"""Parameters that one loop updates together, step after step.

What is asked of every parameter in an update, and the table that tells the loop where
all arrays are, stays the same for as long as nobody changes the model or the state tree
between two steps. A crew keeps it, and sees in a few sweeps whether it is still true.
"""

from operator import attrgetter, is_

import numpy as np

READY, FROZEN, CLOCK, SHAPE, BASE = map(
    attrgetter, ("ready", "frozen", "clock", "shape", "base")
)
HEAD = attrgetter("shape", "dtype", "flags.writeable")
LAYOUT = attrgetter("shape", "dtype", "flags.c_contiguous")
GRADIENT = 4  # where in a row of the table the address of a gradient stands
NO_BASE = {type(None)}


class Crew:
    """The parameters of a usual update (see `quick`) whose rules have the same loop.

    Attributes:
        clocks: what is the same for many parameters in each state: one clock for all
            those with the same rule, which have made the same number of steps.
        table: as in `Kernel`; the addresses of gradients are put into its `places`.
    """

    __slots__ = (
        "clocks",
        "heads",
        "kernel",
        "layouts",
        "leaves",
        "memory",
        "owners",
        "parts",
        "places",
        "readies",
        "shapes",
        "size",
        "table",
        "xs",
    )

    def __init__(self, found):
        self.leaves, self.readies, _ = map(list, zip(*found, strict=True))
        self.xs = [ready.x for ready in self.readies]
        self.kernel = self.readies[0].kernel
        self.clocks = share_clocks(self.readies)
        self.parts = list(dict.fromkeys(self.clocks))
        self.memory = [array for ready in self.readies for array in ready.memory]
        self.shapes = [array.shape for array in self.memory]
        self.heads = [HEAD(x) for x in self.xs]
        self.layouts = [LAYOUT(x) for x in self.xs]
        self.owners = set().union(*(ready.owners for ready in self.readies))
        self.size = sum(x.size for x in self.xs)
        rows = [self._row(ready) for ready in self.readies]
        self.table = np.array(rows, np.intp).ravel()
        self.places = np.arange(GRADIENT, self.table.size, self.kernel.width)

    def _row(self, ready):
        """A row of the table, as `Kernel` reads it, with no gradient yet."""
        numbers = self.kernel.count * self.parts.index(ready.clock)
        return 0, ready.x.size, numbers, id(ready.x), 0, *ready.addresses

    def stands(self, leaves, xs):
        """Whether everything is as it was left after the last step."""
        readies = self.readies
        return (
            len(leaves) == len(readies) == len(xs)
            and all(map(is_, leaves, self.leaves))
            and all(map(is_, map(READY, leaves), readies))
            and all(map(is_, map(CLOCK, readies), self.clocks))
            and all(map(is_, xs, self.xs))
            and not any(map(FROZEN, leaves))
            and list(map(HEAD, xs)) == self.heads
            and list(map(SHAPE, self.memory)) == self.shapes
        )

    def takes(self, dxs):
        """Whether the loop can read these gradients as they are."""
        return (
            set(map(type, map(BASE, dxs))) == NO_BASE
            and list(map(LAYOUT, dxs)) == self.layouts
            and self.owners.isdisjoint(map(id, dxs))
        )

    def step(self, dxs):
        """Update all parameters."""
        table = self.table.copy()
        table[self.places] = list(map(id, dxs))
        numbers = [number for clock in self.parts for number in clock.numbers()]
        self.kernel.run(table, numbers, self.size)
        for clock in self.parts:
            clock.tick()


def share_clocks(readies):
    """Give one clock to all that have the same rule and show the same; list it."""
    known = []
    for ready in readies:
        own = ready.clock
        for clock in known:
            if clock.rule is own.rule and clock.now == own.now:
                ready.clock = clock
                break
        else:
            ready.clock = own.at(own.now)
            known.append(ready.clock)
    return [ready.clock for ready in readies]


def crew_of(found):
    """A crew for `(leaf, what is ready, gradient)`s, or None if they make none."""
    readies = [ready for _, ready, _ in found]
    alike = len({ready.kernel for ready in readies}) == 1
    simple = all(ready.order == "C" and not ready.looks for ready in readies)
    return Crew(found) if alike and simple else None
