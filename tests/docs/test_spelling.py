"""The text is British: pages, notebooks, docstrings, comments, messages of errors."""

import ast
import io
import re
import tokenize

import pytest

from .pages import NOTEBOOKS, PAGES, ROOT, name_of, prose, text_of

SOURCES = sorted((ROOT / "minigrad").rglob("*.py"))
AMERICAN = re.compile(
    r"""\b(
    \w+ i z (e|ed|es|er|ers|ing|able|ation|ations) | \w+ yz (e|ed|es|ing)
    | (un|multi)? (behavi|col|fav|flav|harb|hon|hum|lab|neighb|rum|vap) or
      (s|ed|ing|ful|less|able|ite|hood|map|bar)?
    | (un|non)? (cancel|label|level|model|signal|total|travel|channel) (ed|ing|er)
    | centers? | centered | centering | fibers? | liters? | theaters?
    | gray (s|ed|scale)? | analog | catalog | defense | offense | fulfill | skillful
    | artifacts? | aging | gotten | toward | aluminum | judgment
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
NOT_AMERICAN = re.compile(
    r"(re|over|batch|step_)?siz(e|ed|es|ing|er|able)|prize[sd]?|seize[sd]?", re.I
)
QUOTED = re.compile(r'"[^"]{0,200}"|“[^”]*”')  # titles of papers, and strings
DOCTEST = re.compile(r"^ *>>> (?:.*\S.*\n?)+", re.MULTILINE)
NAME = re.compile(r"^ {4}\w+(, \w+)*:|\b\w+=", re.MULTILINE)  # of an argument
ADDRESS = re.compile(r"\]\([^)]*\)|https?:\S+")


def american(text):
    """The American words of a text in which code and quotations are ignored."""
    for left_out in (DOCTEST, ADDRESS, QUOTED, NAME):
        text = left_out.sub(" ", prose(text))
    words = (match[0] for match in AMERICAN.finditer(text))
    return [word for word in words if not NOT_AMERICAN.fullmatch(word)]


def said(source):
    """The docstrings, comments and messages of a module."""
    text = text_of(source)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Raise):
            parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            yield " ".join(part for part in parts if isinstance(part, str))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


@pytest.mark.parametrize("path", PAGES + NOTEBOOKS, ids=name_of)
def test_pages_are_british(path):
    assert not american(text_of(path))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_docstrings_comments_and_messages_are_british(path):
    assert not [word for text in said(path) for word in american(text)]


@pytest.mark.parametrize(
    "word",
    "color optimizer behavior initialize centered gray normalization modeling "
    "analyze neighbors labeled artifact".split(),
)
def test_american_words_are_found(word):
    assert american(f"It has a {word} in it.") == [word]


@pytest.mark.parametrize(
    "text",
    "a parameter's size was resized; it `optimizer`s|"
    'Kingma, "A Method for Stochastic Optimization"|'
    ">>> normalize(color)\n1|the horizon of a model led here|"
    "[colours](https://x.org/color)".split("|"),
)
def test_what_is_not_american(text):
    assert not american(text)
