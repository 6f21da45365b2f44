"""The pages of the documentation, as tests see them."""

import re
from pathlib import Path

import minigrad

ROOT = Path(minigrad.__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "tutorials" / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "reference").glob("*.md")),
]
FENCE = re.compile(r"^(```+).*?^\1$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n+)+")
CODE = re.compile(r"`[^`]*`")


def name_of(path):
    return str(path.relative_to(ROOT))


def text_of(path):
    return path.read_text(encoding="utf-8")


def prose(text):
    """A page without its code."""
    return CODE.sub("", INDENTED.sub("", FENCE.sub("", text)))
