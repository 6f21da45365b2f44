"""The page that compares both styles: each of its snippets runs, and prints that."""

import doctest
import re
import warnings
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "legacy.md"


def test_every_snippet_prints_what_it_says():
    with warnings.catch_warnings():
        found = doctest.testfile(
            str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
        )
    assert found.failed == 0
    assert found.attempted > 80


@pytest.mark.parametrize(
    "subject",
    [
        "Forgotten parameters",
        "Tied weights",
        "A copied model",
        "A replaced array",
        "Penalties",
    ],
)
def test_each_row_of_the_contrast_is_a_runnable_snippet(subject):
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"### {subject}\n")[2].partition("\n##")[0]
    assert ">>> " in section


def test_links_lead_somewhere():
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
    for link in re.findall(r"\]\(#([^)]*)\)", text):
        assert link in anchors
    assert "(legacy.md" in (DOCS / "index.md").read_text(encoding="utf-8")
