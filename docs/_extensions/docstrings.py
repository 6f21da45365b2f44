"""The docstrings of minigrad as reStructuredText, for Sphinx.

They are written to be read as text, in a terminal: code stands between single
backticks, an indented block is shown as it is, and no character has a second meaning.
What reStructuredText reads in another way is marked here, and names that are in the
reference become links to it.
"""

import re
from functools import cache
from pathlib import Path

CODE_OR_SPECIAL = re.compile(r"`([^`]+)`(\w?)|([\\*|_`])")
BULLET = re.compile(r"^( *)\\\*(?= )", re.MULTILINE)
ENTRY = re.compile(r"^\.\. (?:auto|py:)\w+:: ([\w.]+)", re.MULTILINE)
SECTION = re.compile(r"(Args|Attributes|Raises|Returns):\n")
DEPTHS = {"Args": 8, "Attributes": 8, "Raises": 8, "Returns": 4}  # of their text
ARGUMENTS_TOO = {"batch", "outputs", "params", "seed", "state", "trace"}


def setup(app):
    """Rewrite each docstring before napoleon looks for its sections."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(app, what, name, obj, options, lines):
    """Replace the lines of a docstring by reStructuredText."""
    package = name[: name.rindex(".")]

    def linked(code):
        for full in (f"{package}.{code}", f"minigrad.{code}"):
            if full in names_in(app.srcdir) and full != name:
                return f":py:obj:`{code} <{full}>`"
        return f"``{code}``"

    lines[:] = [*as_restructured("\n".join(lines), linked).splitlines(), ""]


@cache
def names_in(docs):
    """The names that are in the reference, and can only mean what is there."""
    pages = Path(docs, "reference").glob("*.md")
    found = {name for page in pages for name in ENTRY.findall(page.read_text("utf-8"))}
    return {name for name in found if name.rpartition(".")[2] not in ARGUMENTS_TOO}


def as_restructured(text, linked="``{}``".format):
    r"""The text of a docstring as reStructuredText.

    Args:
        text: the docstring, without its indentation.
        linked: makes a link of a piece of code, or shows it as code.

    >>> print(as_restructured("Of `x_`s, 2 * 3.\n\n    a|b"))
    Of ``x_``\ s, 2 \* 3.
    <BLANKLINE>
    .. code-block:: text
    <BLANKLINE>
        a|b
    """
    made, depth, shown = [], 0, None
    for block in re.split(r"\n(?: *\n)+", text.strip("\n")):
        indent = len(block) - len(block.lstrip(" "))
        if shown is not None and indent < shown:
            shown = None
        if shown is not None or block.lstrip().startswith(">>> "):
            made.append(block)
        elif made and indent > depth + 2:
            shown = indent
            made += [" " * depth + ".. code-block:: text", block]
        else:
            section = SECTION.match(block)
            depth = DEPTHS[section[1]] if section else indent
            block = block.replace("Returns:\n", ":returns:\n", 1)
            made.append(marked(block, linked))
    return "\n\n".join(made)


def marked(block, linked):
    """A paragraph in which only code is special."""

    def mark(match):
        code, ending, special = match.groups()
        if special:
            return f"\\{special}"
        return f"{linked(code)}\\ {ending}" if ending else linked(code)

    return BULLET.sub(r"\1*", CODE_OR_SPECIAL.sub(mark, block))
