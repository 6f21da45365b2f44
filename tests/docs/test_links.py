"""No link is dead: files exist, and headings that links mean."""

import re

import pytest

from .pages import CODE, DOCS, FENCE, NOTEBOOKS, PAGES, ROOT, name_of, text_of

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MADE = {DOCS / "course" / "index.md": ROOT / "tutorials" / "README.md"}


def anchors(text):
    """What GitHub and the site make of the headings of a page."""
    headings = HEADING.findall(FENCE.sub("", text))
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


def dead(path, link):
    """Whether a link of a page leads nowhere."""
    if re.match(r"https?:|mailto:", link):
        return False
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    target = MADE.get(target, target)
    if not target.exists():
        return True
    return bool(anchor) and anchor not in anchors(text_of(target))


@pytest.mark.parametrize("path", PAGES + NOTEBOOKS, ids=name_of)
def test_links_lead_somewhere(path):
    links = LINK.findall(CODE.sub("", FENCE.sub("", text_of(path))))
    assert not [link for link in links if dead(path, link)]


def test_a_dead_link_is_found():
    index = DOCS / "index.md"
    assert dead(index, "absent.md") and dead(index, "gradients.md#absent")
    assert not dead(index, "gradients.md#looking-at-the-tape")


def test_every_page_is_in_the_contents():
    found = {"index"}
    for path in (DOCS / "index.md", DOCS / "reference" / "index.md"):
        folder = path.parent.relative_to(DOCS)
        for entries in TOCTREE.findall(text_of(path)):
            names = [line for line in entries.split() if line[0] != ":"]
            found |= {(folder / name).as_posix() for name in names}
    pages = {
        p.relative_to(DOCS).with_suffix("").as_posix()
        for p in PAGES
        if DOCS in p.parents
    }
    assert pages <= found
