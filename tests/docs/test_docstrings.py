"""Docstrings become what Sphinx understands as they were meant."""

import doctest
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from .pages import DOCS

SPEC = spec_from_file_location("docstrings", DOCS / "_extensions" / "docstrings.py")
docstrings = module_from_spec(SPEC)
SPEC.loader.exec_module(docstrings)


def test_examples():
    assert doctest.testmod(docstrings).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The norm |x|, times lambda_.", r"The norm \|x\|, times lambda\_."),
        ("Of `a\nb`.", "Of ``a\nb``."),
        ("`*args` and *args", r"``*args`` and \*args"),
        ("One:\n\n* a * b\n* c", "One:\n\n* a \\* b\n* c"),
        ("A\n\n>>> x_ * 2\n|4|", "A\n\n>>> x_ * 2\n|4|"),
        ("Returns:\n    Two: `a`.", ":returns:\n    Two: ``a``."),
        (
            "Returns:\n    `a`:\n\n        b",
            ":returns:\n    ``a``:\n\n    .. code-block:: text\n\n        b",
        ),
        ("Args:\n    a_: b\n        c|d", "Args:\n    a\\_: b\n        c\\|d"),
        (
            "A:\n\n    b_ <- |c|\n\n    d\n\nE_",
            "A:\n\n.. code-block:: text\n\n    b_ <- |c|\n\n    d\n\nE\\_",
        ),
    ],
)
def test_what_is_special_is_marked(text, expected):
    assert docstrings.as_restructured(text) == expected


@pytest.mark.parametrize(
    ("of", "code", "expected"),
    [
        ("minigrad.mae", "mse", ":py:obj:`mse <minigrad.mse>`"),
        ("minigrad.mae", "mae", "``mae``"),
        ("minigrad.mae", "yhat", "``yhat``"),
        ("minigrad.load", "state", "``state``"),
        ("minigrad.legacy.RAdam", "Adam", ":py:obj:`Adam <minigrad.legacy.Adam>`"),
        ("minigrad.legacy.RAdam", "Rule", ":py:obj:`Rule <minigrad.Rule>`"),
    ],
)
def test_names_of_the_reference_are_links(of, code, expected):
    class App:
        srcdir = DOCS

    lines = [f"See `{code}`.", ""]
    docstrings.rewrite(App, "function", of, None, None, lines)
    assert lines == [f"See {expected}.", ""]
