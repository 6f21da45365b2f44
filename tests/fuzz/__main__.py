"""Check random programs from the command line.

    python -m tests.fuzz --programs 10000 --seed 1

Program n of a seed is always the same; `--first n` begins with it. Where autograd is
installed, it checks every other program as well. A failing program is printed as a
script to paste, the smallest that can be found; the exit status is then 1.
"""

import argparse
import sys
import warnings
from collections import Counter

import numpy as np

from .check import Finding, autograd, check
from .operations import NOT_IN_AUTOGRAD
from .programs import script, size
from .shrink import shrunk
from .writer import random_program


def program_number(seed, number, operations=None):
    """Program n of a seed, and its directions; every other one suits autograd, too."""
    rng = np.random.default_rng([seed, number])
    return random_program(rng, operations, NOT_IN_AUTOGRAD if number % 2 else ())


def report(seed, number, finding, program, directions, peer=None):
    """The failure as a text: what is wrong, and the smallest program that shows it."""
    verdict = lambda program, directions: kind(check(program, directions, peer))
    small, along = shrunk(program, directions, verdict)
    finding = check(small, along, peer)
    return "\n".join(
        [
            f"# Program {number} of seed {seed}: {finding.verdict}. "
            f"{size(program.steps)} operations, shrunk to {size(small.steps)}.",
            *(f"# {line}" for line in f"Found: {finding.found}".splitlines()),
            *(f"# {line}" for line in f"Expected: {finding.expected}".splitlines()),
            "",
            script(small, along),
        ]
    )


def kind(finding: Finding):
    """How a program fails: an error counts with its type and the start of its text."""
    error = finding.found if isinstance(finding.found, Exception) else None
    return finding.verdict, type(error), str(error)[:40]


def main(arguments=None):
    """Check programs, print failures as they are found, and a summary at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="which programs")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--operations", type=int, help="in each program")
    parser.add_argument("--stop-after", type=int, default=5, help="so many failures")
    chosen = parser.parse_args(arguments)
    warnings.simplefilter("error")
    peer, counts = autograd(), Counter()
    for number in range(chosen.first, chosen.first + chosen.programs):
        program, directions = program_number(chosen.seed, number, chosen.operations)
        theirs = peer if number % 2 else None
        finding = check(program, directions, theirs)
        counts[finding.verdict] += 1
        counts["also checked by autograd"] += finding.compared
        if finding.is_failure:
            print(report(chosen.seed, number, finding, program, directions, theirs))
            counts["failures"] += 1
            if counts["failures"] == chosen.stop_after:
                break
    print(", ".join(f"{name}: {n}" for name, n in counts.items()))
    return 1 if counts["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
