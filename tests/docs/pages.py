"""The pages of the documentation, as tests see them."""

import json
import re
from pathlib import Path

import minigrad

ROOT = Path(minigrad.__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "tutorials" / "README.md",
    ROOT / "minigrad" / "datasets" / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "reference").glob("*.md")),
]
NOTEBOOKS = sorted((ROOT / "tutorials").glob("*.ipynb"))
FENCE = re.compile(r"^(```+).*?^\1$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n+)+")
CODE = re.compile(r"`[^`]*`")


def name_of(path):
    return str(path.relative_to(ROOT))


def text_of(path):
    """The text of a page; of a notebook, that of its cells without code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = (c for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def prose(text):
    """A page without its code."""
    return CODE.sub("", INDENTED.sub("", FENCE.sub("", text)))
