"""From the source of a notebook to the notebook of the student, and the solution.

The same source gives the same bytes: the identity of a cell comes from what is in
it, so a change of one cell is a change of one cell in the notebook.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from ..serialise.writing import write
from .stripping import MarkError, solve, strip

SOLUTIONS = "solutions"
"""The folder of the notebooks with solutions, beside those of the students."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Built(NamedTuple):
    """A notebook: the file that it belongs into, and its text."""

    path: Path
    text: str

    def is_current(self):
        """Whether the file has this text."""
        return (
            self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text
        )


def sources(folder):
    """The sources of the notebooks in a folder, in order.

    Raises:
        FileNotFoundError: there are none.
    """
    found = sorted(Path(folder).glob("[0-9][0-9]_*.py"))
    if not found:
        raise FileNotFoundError(
            f"There are no notebooks in {folder}: a source is called 01_name.py. "
            f"Run this where the folder tutorials is, or name that folder."
        )
    return found


def build(source):
    """Both notebooks of a source: the student's, and the one with solutions.

    Args:
        source: the path of a file in jupytext's percent format.

    Returns:
        A pair of `Built`.

    Raises:
        MarkError: the marks of a solution do not come in pairs.
        ModuleNotFoundError: jupytext is not installed.
    """
    source = Path(source)
    cells = read_cells(source)
    name = f"{source.stem}.ipynb"
    student = [cell.changed(strip) for cell in cells if "solution" not in cell.tags]
    whole = [cell.changed(solve) for cell in cells]
    return (
        Built(source.with_name(name), notebook_text(student, source.stem)),
        Built(source.parent / SOLUTIONS / name, notebook_text(whole, source.stem)),
    )


class Cell(NamedTuple):
    """A cell of a notebook: "code" or "markdown", its text, and its tags."""

    kind: str
    source: str
    tags: frozenset = frozenset()

    def changed(self, f):
        """The cell with `f` applied to it if it is code; without the tag "solution"."""
        source = f(self.source) if self.kind == "code" else self.source
        return Cell(self.kind, source, self.tags - {"solution"})


def read_cells(source):
    """The cells of a source, solutions and their marks included.

    Raises:
        MarkError: as in `build`.
    """
    jupytext = _require("jupytext")
    notebook = jupytext.reads(
        Path(source).read_text(encoding="utf-8"), fmt="py:percent"
    )
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        tags = frozenset(cell.metadata.get("tags", ()))
        if cell.cell_type == "code":
            try:
                solve(cell.source)
            except MarkError as error:
                raise MarkError(f"{source}, cell {number}, {error}") from None
        cells.append(Cell(cell.cell_type, cell.source, tags))
    return cells


def notebook_text(cells, salt):
    """The text of a notebook file.

    Args:
        cells: a list of `Cell`.
        salt: makes the cells of one notebook differ from those of another.
    """
    nbformat = _require("nbformat").v4
    notebook = nbformat.new_notebook(metadata=METADATA)
    seen = {}
    for cell in cells:
        nth = seen[cell] = seen.get(cell, 0) + 1
        text = f"{salt}\n{nth}\n{cell.kind}\n{cell.source}"
        new = {"code": nbformat.new_code_cell, "markdown": nbformat.new_markdown_cell}
        metadata = {"tags": sorted(cell.tags)} if cell.tags else {}
        notebook.cells.append(
            new[cell.kind](
                cell.source,
                id=hashlib.sha256(text.encode()).hexdigest()[:8],
                metadata=metadata,
            )
        )
    return nbformat.writes(notebook) + "\n"


def save(built):
    """Write notebooks that have changed; return those that were written."""
    changed = [one for one in built if not one.is_current()]
    for one in changed:
        one.path.parent.mkdir(exist_ok=True)
        write(one.path, one.text.encode())
    return changed


def _require(name):
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Notebooks are built with {error.name}, which is not installed. Write "
            f"pip install -e '.[tutorials]' in the project."
        ) from error
