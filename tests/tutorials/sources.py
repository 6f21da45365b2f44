"""The sources of the notebooks as tests see them: solved, mutated, run."""

import io
import linecache
import re
import sys
import tomllib
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from types import ModuleType

import matplotlib
import pytest

pytest.importorskip("jupytext")
matplotlib.use("agg")

import matplotlib.pyplot as plt

import minigrad
from minigrad.course import building, stripping

HERE = Path(__file__).parent
TUTORIALS = Path(minigrad.__file__).parent.parent / "tutorials"
SOURCES = building.sources(TUTORIALS)
CHECK = re.compile(r'^check\("(?P<number>[^"]+)", (?P<name>\w+)\)', re.MULTILINE)


def number_of(source):
    return source.name[:2]


@cache
def cells(source):
    return [cell for cell in building.read_cells(source) if cell.kind == "code"]


@cache
def asked(source):
    """From each exercise that a notebook checks to the cell with its solution."""
    found, last = {}, None
    for cell in cells(source):
        if "### " in cell.source or "solution" in cell.tags:
            last = cell
        for match in CHECK.finditer(cell.source):
            found[match["number"]] = match["name"], last
    return found


@contextmanager
def without_windows():
    show, plt.show = plt.show, lambda: plt.close("all")
    try:
        yield
    finally:
        plt.show = show
        plt.close("all")


@cache
def solved_names(source):
    """The names that a notebook leaves behind when it is run with its solutions."""
    module = ModuleType(f"solved_{number_of(source)}")
    sys.modules[module.__name__] = module
    with redirect_stdout(io.StringIO()), plt.rc_context(), without_windows():
        for position, cell in enumerate(cells(source)):
            run(stripping.solve(cell.source), vars(module), f"{source.name} {position}")
    return vars(module)


def run(code, names, file):
    """Run code so that its functions know their text, as those of notebooks do."""
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    exec(compile(code, file, "exec"), names)


# --- Mutants -----------------------------------------------------------------------


def mutants():
    """All typical wrong answers, as (exercise, entry)."""
    for path in sorted((HERE / "mutants").glob("*.toml")):
        for number, entries in tomllib.loads(path.read_text("utf-8")).items():
            for entry in entries:
                yield number, entry


def mutated(number, entry):
    """The answer of a mutant: its own code, or the solution with edits."""
    source = next(s for s in SOURCES if number_of(s) == number[:2])
    name, cell = asked(source)[number]
    code = entry.get("code") or stripping.solve(cell.source)
    for old, new in entry.get("edits", ()):
        assert code.count(old) == 1, f"{old!r} is in the solution once: {code}"
        code = code.replace(old, new)
    names = dict(solved_names(source))
    run(code, names, f"mutant of {number}: {entry['why']}")
    return names[name]
