"""The site as a browser shows it, once it has been built.

sphinx-build -W --keep-going docs docs/_build/html && pytest tests/docs
"""

import json
import os
import re
from itertools import product
from pathlib import Path

import pytest

from ..browser import BROWSER, opened
from .pages import DOCS, PAGES

SITE = Path(os.environ.get("MINIGRAD_SITE", "absent")).resolve()
WIDTHS = 1280, 390
THEMES = "light", "dark"

pytestmark = pytest.mark.skipif(
    "MINIGRAD_SITE" not in os.environ, reason="MINIGRAD_SITE does not name a site"
)

FRAMES = """<!doctype html><title></title><body><script>
const found = []
const show = (pages) => {
  if (!pages.length) { document.title = JSON.stringify(found); return }
  const [page, width, theme] = pages.shift()
  localStorage.setItem("theme", theme)
  const frame = document.createElement("iframe")
  frame.width = width; frame.height = 900; frame.src = page
  frame.onload = () => {
    const shown = frame.contentDocument.documentElement
    const body = frame.contentWindow.getComputedStyle(frame.contentDocument.body)
    const parts = [...shown.querySelectorAll("body, .page, .main, .content")]
    const hidden = parts.map((part) => part.scrollWidth - part.clientWidth)
    found.push([page, width, theme, shown.clientWidth, shown.scrollWidth,
                Math.max(...hidden), body.color, body.backgroundColor])
    frame.remove()
    show(pages)
  }
  document.body.append(frame)
}
onload = () => show(PAGES)
</script>"""


def pages():
    found = (path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    return sorted(name for name in found if not name.startswith("_modules/"))


def test_every_page_is_there():
    expected = {p.relative_to(DOCS) for p in PAGES if DOCS in p.parents}
    expected |= {p.relative_to(DOCS) for p in (DOCS / "course").glob("*.ipynb")}
    assert {p.with_suffix(".html").as_posix() for p in expected} <= set(pages())


def test_nothing_comes_from_the_network():
    """No script, style, picture or font; links to be clicked on may lead elsewhere."""
    loaded = re.compile(
        r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//'
    )
    assert not [name for name in pages() if loaded.search((SITE / name).read_text())]
    styles = [path.read_text() for path in (SITE / "_static").rglob("*.css")]
    assert not [text for text in styles if re.search(r"url\(.?(?:https?:)?//", text)]


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_no_page_scrolls_sideways_or_reports_an_error(tmp_path):
    wanted = list(product(pages(), WIDTHS, THEMES))
    frames = SITE / "frames-of-the-test.html"
    frames.write_text(FRAMES.replace("PAGES", json.dumps(wanted)))
    try:
        log = "--enable-logging=stderr"
        title, said = opened(frames, tmp_path, log, milliseconds=600_000)
    finally:
        frames.unlink()
    shown = json.loads(title.replace("&quot;", '"'))
    assert [tuple(each[:3]) for each in shown] == wanted
    wide = [s[:6] for s in shown if s[3] != s[1] or s[4] > s[1] or s[5] > 0]
    assert not wide, "page, width, theme, width as shown, width of all, what is hidden"
    assert len({tuple(each[6:]) for each in shown}) == len(THEMES)
    assert not re.findall(r".*CONSOLE.*", said)
