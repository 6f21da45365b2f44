import re
from html.parser import HTMLParser

import pytest

from minigrad.check import STATES
from minigrad.check.report import LOOKS, Report


def test_every_state_has_words_a_sign_and_a_colour():
    assert list(LOOKS) == list(STATES)
    assert len({words for words, *_ in LOOKS.values()}) == len(STATES)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for *_, colour in LOOKS.values())


def test_only_correct_is_true():
    assert [bool(Report("1", "t", state, "m")) for state in STATES] == [False] * 6 + [
        True
    ]


def test_as_text_everything_is_said():
    report = Report(
        "01.1", "A title", "value", "`f(1)` is 2.\nWhy?", ("Look.",), "Note."
    )
    assert repr(report).splitlines() == [
        "01.1 A title: the value is not right yet",
        "    `f(1)` is 2.",
        "    Why?",
        "    Hint 1 of 3: Look.",
        "    Note.",
    ]


class Collector(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("state", STATES)
def test_as_html_the_same_is_said_and_nothing_is_executed(state):
    message = "`<script>alert(1)</script>` raised <b>&amp;</b>\n`x < y`"
    html = Report("01.1", "A <title>", state, message, ("Use `a & b`.",))._repr_html_()
    page = Collector()
    page.feed(html)
    assert not page.open
    assert "<script>" not in html and "<b>" not in html
    for text in ("<script>alert(1)</script>", "x < y", "A <title>", "Use a & b."):
        assert text in page.text
    assert f'data-state="{state}"' in html
