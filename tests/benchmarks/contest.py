"""A contest: the same work by several libraries, timed in turns.

After reading this file one can time anything against hand-written NumPy. A
`Row` is one line of the issue's table: who takes part, in which unit, and what
is to be reached. Noise of the machine hits all contestants alike, because in
every round each of them gets a turn; ratios are therefore taken within a round
before the median is taken over the rounds.
"""

import gc
from importlib.util import find_spec
from statistics import median
from time import perf_counter, sleep
from typing import NamedTuple

import numpy as np

TURN = 0.03
"""How long one turn of one contestant is timed, in seconds."""

LIBRARIES = {
    "PyTorch": "torch",
    "JAX": "jax",
    "optax": "optax",
    "autograd": "autograd",
}
"""The contestants that join where they are installed, with their modules."""


class Target(NamedTuple):
    """What a row is to reach: `of(times) <= limit`, or for information if None.

    Attributes:
        text: the same as a sentence.
        of: takes the times, `{contestant: [seconds per round]}`.
        limit: the largest value with which the target is met.
    """

    text: str
    of: object
    limit: float | None = None


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        name: what `--only` calls it.
        title: what is measured.
        unit: of the numbers in the table.
        scale: how many of this unit are a second.
        contestants: `{name: make}`. For the rows that are timed here, `make()`
            returns the function `run` to be timed; `run()` does the work once and
            returns its result, or None if it does other work, as a yardstick.
            For the rows in fresh processes, `make()` returns a function that
            starts one and returns the seconds it took. A name may say more after
            a comma: "PyTorch, fused".
        targets: a list of `Target`.
        times: `(runs, rounds) -> times`, as `in_turns` or `fresh_processes` below.
        most: the number of rounds after which there is nothing new to be seen.
    """

    name: str
    title: str
    unit: str
    scale: float
    contestants: dict
    targets: list
    times: object
    most: int | None = None


class Result(NamedTuple):
    """What became of a row: times in seconds, one per round; who was absent."""

    row: Row
    times: dict
    absent: list


def hold(row, rounds):
    """Let those contestants of `row` that are installed compete for `rounds`.

    There are fewer rounds where the row says so.
    """
    absent = [name for name in row.contestants if not installed(name)]
    runs = {
        name: make() for name, make in row.contestants.items() if name not in absent
    }
    return Result(row, row.times(runs, min(rounds, row.most or rounds)), absent)


def installed(name):
    """Whether the contestant `name` can take part on this machine."""
    library = name.partition(",")[0]
    return library not in LIBRARIES or find_spec(LIBRARIES[library]) is not None


# --- Taking turns ----------------------------------------------------------------


REST = 0.3
"""Seconds after which the threads of other libraries have gone to sleep."""


def in_turns(runs, rounds):
    """Check that all compute the same, and time them round-robin.

    Before each turn there is a rest. The threads of some libraries go on spinning for
    a while when their work is done, and would slow down who comes next.
    """
    agree(runs)
    numbers = {name: calls_per_turn(run) for name, run in runs.items()}
    turns = {
        name: lambda run=run, number=numbers[name]: time_turn(run, number, REST)
        for name, run in runs.items()
    }
    return round_robin(turns, rounds)


def fresh_processes(starts, rounds):
    """As `in_turns`, where every turn is a process that times itself."""
    for start in starts.values():
        start()  # the first one compiles Python's own caches
    return round_robin(starts, rounds)


def round_robin(turns, rounds):
    """The seconds that each turn gives, round after round.

    Each round begins with another contestant, so that nobody always follows the
    same neighbour, whose threads may still be awake.

    >>> round_robin({"a": lambda: 1.0, "b": lambda: 2.0}, rounds=2)
    {'a': [1.0, 1.0], 'b': [2.0, 2.0]}
    """
    names = list(turns)
    times = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(turns[name]())
    return times


def time_turn(run, number, rest=0.0):
    """Seconds per call, over `number` calls after a rest and a few untimed ones.

    The garbage collector stays on, as in real training.
    """
    gc.collect()
    sleep(rest)
    for _ in range(number // 4 + 1):
        run()
    start = perf_counter()
    for _ in range(number):
        run()
    return (perf_counter() - start) / number


def calls_per_turn(run):
    """How many calls make a turn of about `TURN` seconds."""
    return max(1, round(TURN / min(time_turn(run, 3), time_turn(run, 3))))


def agree(runs, calls=5, rtol=1e-3):
    """Assert that all contestants return the same numbers, call by call.

    In float32, and after some steps of Adam, the last digits differ; a wrong
    gradient differs in the first. Who returns None is not compared.
    """
    for call in range(calls):
        returned = {name: run() for name, run in runs.items()}
        results = {
            name: np.array(result, float)
            for name, result in returned.items()
            if result is not None
        }
        (first, expected), *others = results.items()
        for name, result in others:
            message = f"{name} and {first} differ in call {call}"
            assert np.allclose(result, expected, rtol, atol=1e-6), message


# --- Comparing -------------------------------------------------------------------


def ratio(times, name, base):
    """The median over the rounds of `name / base`; None if one is absent.

    >>> ratio({"a": [2.0, 3.0, 8.0], "b": [1.0, 1.0, 2.0]}, "a", "b")
    3.0
    """
    return _over_rounds(lambda one, other: one / other, times, name, base)


def at_most(limit, base, name="minigrad"):
    """The target that `name` takes at most `limit` of the time of `base`.

    >>> target = at_most(0.5, "PyTorch")
    >>> target.text, target.of({"minigrad": [1.0], "PyTorch": [4.0]})
    ('at most 0.5 of PyTorch', 0.25)
    """
    return Target(
        f"at most {limit} of {base}", lambda times: ratio(times, name, base), limit
    )


def difference(times, name, base):
    """The median over the rounds of `name - base`, in seconds."""
    return _over_rounds(lambda one, other: one - other, times, name, base)


def _over_rounds(compare, times, name, base):
    if name not in times or base not in times:
        return None
    return median(map(compare, times[name], times[base]))
