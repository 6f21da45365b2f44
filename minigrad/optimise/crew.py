"""Parameters that one loop updates together, step after step.

What is asked of every parameter in an update, and the table that tells the loop where
all arrays are, stays the same for as long as nobody changes the model or the state tree
between two steps. A crew keeps it, and sees in a few sweeps and one look in C (`heads`)
whether it is still true.
"""

from functools import partial
from operator import attrgetter, is_

import numpy as np

CLOCK, SHAPE = attrgetter("clock"), attrgetter("shape")
OWN = attrgetter("ready", "frozen")
GRADIENT = 4  # where in a row of the table the address of a gradient stands


class Crew:
    """The parameters of a usual update (see `quick`) whose rules have the same loop.

    Attributes:
        own: what each leaf has while nobody changes it: what is ready, and not frozen.
        clocks: what is the same for many parameters in each state: one clock for all
            those with the same rule, which have made the same number of steps.
        table: as in `Kernel`; the addresses of gradients are put into its `places`.
    """

    __slots__ = (
        "clocks",
        "kernel",
        "leaves",
        "own",
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
        self.own = [(ready, False) for ready in self.readies]
        self.shapes = [x.shape for x in self.xs]
        self.owners = set().union(*(ready.owners for ready in self.readies))
        self.size = sum(x.size for x in self.xs)
        rows = [self._row(ready) for ready in self.readies]
        self.table = np.array(rows, np.intp).ravel()
        self.places = np.arange(GRADIENT, self.table.size, self.kernel.width)

    def _row(self, ready):
        """A row of the table, as `Kernel` reads it, with no gradient yet."""
        numbers = self.kernel.count * self.parts.index(ready.clock)
        return 0, ready.x.size, numbers, id(ready.x), 0, *ready.addresses

    def plan(self, leaves, xs, dxs):
        """A function that updates all parameters; None if it must be done otherwise.

        That is, if not everything is as it was left after the last step, or the loop
        cannot read the gradients as they are.
        """
        if not self.stands(leaves, xs) or not self.owners.isdisjoint(map(id, dxs)):
            return None
        table = self.table.copy()
        table[self.places] = list(map(id, dxs))
        return partial(self.step, table, dxs) if self.kernel.takes(table) else None

    def stands(self, leaves, xs):
        """Whether these are the same parameters, with the same to be done to them."""
        return (
            len(leaves) == len(xs) == len(self.leaves)
            and all(map(is_, leaves, self.leaves))
            and all(map(is_, xs, self.xs))
            and list(map(SHAPE, xs)) == self.shapes
            and list(map(OWN, leaves)) == self.own
            and list(map(CLOCK, self.readies)) == self.clocks
        )

    def step(self, table, dxs):
        """Update all parameters by the gradients `dxs`, which are in the table."""
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
