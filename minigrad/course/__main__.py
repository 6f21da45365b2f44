"""`python -m minigrad.course`: build the notebooks, or find out whether they are."""

import argparse
import sys
from pathlib import Path

from ..check.sealing import seal
from .building import build, save, sources


def main(arguments=None):
    """Do what the command line says."""
    options = _parse(arguments)
    try:
        options.do(options)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.exit(str(error))


def _build(options):
    built = [one for source in sources(options.folder) for one in build(source)]
    if options.check:
        _check([student for student in built[::2] if not student.is_current()])
        print(f"{len(built) // 2} notebooks are as their sources say.")
        return
    changed = save(built)
    for one in changed:
        print(f"wrote {one.path}")
    print(f"{len(built) // 2} notebooks, {len(changed)} files written.")


def _check(stale):
    if stale:
        names = ", ".join(str(one.path) for one in stale)
        sys.exit(
            f"Not as their sources say: {names}. Run python -m minigrad.course build, "
            f"and commit what it writes."
        )


def _seal(options):
    try:
        answer = float(options.answer)
    except ValueError:
        answer = options.answer
    print(seal(options.exercise, answer, options.digits))


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m minigrad.course", description="Build the notebooks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "build", help="make the notebooks of students, and those with solutions"
    )
    command.add_argument(
        "folder", nargs="?", type=Path, default=Path("tutorials"),
        help="where the sources are (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--check", action="store_true",
        help="write nothing; fail if a student's notebook is not up to date",
    )  # fmt: skip
    command.set_defaults(do=_build)

    command = commands.add_parser(
        "seal", help="print the seal of a short answer, for minigrad/check/exercises"
    )
    command.add_argument("exercise", help="its number; for a recap, 03.recap.1")
    command.add_argument("answer", help="a number or a word")
    command.add_argument("--digits", type=int, help="how many digits count")
    command.set_defaults(do=_seal)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
