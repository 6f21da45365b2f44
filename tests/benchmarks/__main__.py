"""Time minigrad against hand-written NumPy and the other libraries.

    python -m tests.benchmarks                 all rows, from the repository root
    python -m tests.benchmarks --only adam     one row; may be given several times
    python -m tests.benchmarks --rounds 50     more rounds, steadier medians
    python -m tests.benchmarks --page          and write docs/benchmarks.md

Prints a table with the target of every row and writes the numbers as JSON.
PyTorch, JAX, optax and HIPS autograd take part where they are installed. Leave the
machine alone meanwhile.
"""

import argparse
from pathlib import Path

from minigrad.plots.library import require_matplotlib

from . import (
    adam,
    chain,
    digits,
    growth,
    implicit,
    learner,
    lenet,
    memory,
    network,
    page,
    sequence,
    start,
    tape,
)
from .contest import hold
from .report import machine, summary, table, write

ROWS = [
    chain.ROW,
    *network.ROWS,
    implicit.ROW,
    sequence.ROW,
    lenet.ROW,
    digits.ROW,
    *adam.ROWS,
    memory.row(),
    *growth.ROWS,
    *tape.ROWS,
    learner.ROW,
    *start.ROWS,
]
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main():
    """Hold the contests that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.description = __doc__.splitlines()[0]
    parser.add_argument(
        "--rounds", type=int, default=15, help="turns of everybody, at most"
    )
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write")
    names = [row.name for row in ROWS]
    parser.add_argument("--only", action="append", choices=names, help="only this row")
    parser.add_argument(
        "--page", action="store_true", help="write docs/benchmarks.md, too"
    )
    options = parser.parse_args()
    if options.page:
        require_matplotlib()  # before all the work
    report = {"machine": machine(), "rounds": options.rounds, "rows": {}}
    for name, value in report["machine"].items():
        print(f"{name}: {value}")
    for row in ROWS:
        if row.name in (options.only or names):
            report["rows"][row.name] = summary(hold(row, options.rounds))
            print("\n" + table(row.name, report["rows"][row.name]), flush=True)
    write(options.json, report)
    print(f"\nwritten to {options.json}")
    if options.page:
        page.main([options.json])


if __name__ == "__main__":
    main()
