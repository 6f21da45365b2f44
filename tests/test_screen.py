"""Lines for those who wait: where somebody watches, and nowhere else."""

import io
import sys

import pytest

from minigrad.screen import say, watched


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_watched(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert watched()
    say("hello")
    assert sys.stderr.getvalue() == "minigrad: hello\n"


@pytest.mark.skipif("ipykernel" in sys.modules, reason="this runs in a notebook")
def test_a_file_is_not_watched(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not watched()
    say("hello")
    assert sys.stderr.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_a_notebook_is_watched(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    assert watched()
    say("hello")
    assert sys.stderr.getvalue() == "minigrad: hello\n"


def test_a_program_without_a_standard_error(monkeypatch):
    """As under pythonw, where it is None; in a notebook print then says nothing."""
    monkeypatch.setattr(sys, "stderr", None)
    say("hello")
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    say("hello")
