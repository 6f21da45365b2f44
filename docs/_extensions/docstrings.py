"""The docstrings of minigrad as reStructuredText, for Sphinx.

They are written to be read as text, in a terminal: code stands between single
backticks, an indented block is shown as it is, and no character has a second meaning.
What reStructuredText reads in another way is marked here.
"""

import re

CODE_OR_SPECIAL = re.compile(r"`([^`]+)`(\w?)|([\\*|_`])")
BULLET = re.compile(r"^( *)\\\*(?= )", re.MULTILINE)


def setup(app):
    """Rewrite each docstring before napoleon looks for its sections."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(app, what, name, obj, options, lines):
    """Replace the lines of a docstring by reStructuredText."""
    lines[:] = [*as_restructured("\n".join(lines)).splitlines(), ""]


def as_restructured(text):
    """The text of a docstring as reStructuredText.

    >>> print(as_restructured("Of `x_`s, 2 * 3.\\n\\n    a|b\\n\\n>>> 2 * 3\\n6"))
    Of ``x_``\\ s, 2 \\* 3.
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
        if block.lstrip().startswith(">>> "):
            made.append(block)
        elif shown is not None:
            made.append(block)
        elif made and indent > depth + 2:
            shown = indent
            made += [" " * depth + ".. code-block:: text", block]
        else:
            section = re.match(r"(Args|Attributes|Raises|Returns):\n", block)
            depth = 8 if section else indent
            made.append(marked(block.replace("Returns:\n", ":returns:\n", 1)))
    return "\n\n".join(made)


def marked(block):
    """A paragraph in which only code is special."""
    return BULLET.sub(r"\1*", CODE_OR_SPECIAL.sub(_marked, block))


def _marked(match):
    code, ending, special = match.groups()
    if special:
        return f"\\{special}"
    return f"``{code}``\\ {ending}" if ending else f"``{code}``"
