import json
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad.check import check, progress
from minigrad.check.records import FILE, file_here, read, record


def right(f, x, h):
    return (f(x + h) - f(x)) / h


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr("minigrad.check.records._session", {})
    monkeypatch.setattr("minigrad.check.checker._states", {})


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """As in a notebook in an empty folder."""
    shell = SimpleNamespace(kernel=None)
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.chdir(tmp_path)
    return tmp_path / FILE


def test_nothing_is_written_outside_of_notebooks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert file_here() is None
    assert check("01.1", right)
    assert os.listdir(tmp_path) == []


def test_outside_of_notebooks_progress_lasts_as_long_as_python():
    row = {row.number: row for row in progress("01").rows}["01.3"]
    assert (row.tries, row.solved) == (0, False)
    for answer in (
        lambda dtype: 1.0,
        lambda dtype: np.finfo(dtype).eps ** (1 / 3),
        2.0,
    ):
        check("01.3", answer)
    row = {row.number: row for row in progress("01").rows}["01.3"]
    assert (row.state, row.tries, row.solved) == ("value", 3, True)


def test_progress_is_kept_beside_the_notebook(notebook):
    check("01.1")
    assert read(notebook)["01.1"] == {
        "state": "still_missing",
        "tries": 0,
        "hint": 0,
        "solved": False,
    }
    check("01.1", lambda f, x, h: x, hint=2)
    check("01.1", right)
    check("01.1", lambda f, x, h: x, hint=1)
    assert read(notebook)["01.1"] == {
        "state": "value",
        "tries": 3,
        "hint": 2,
        "solved": True,
    }


def test_the_overview_shows_what_is_kept(notebook):
    check("01.2", lambda f, x, h: x, hint=3)
    overview = progress("01")
    rows = {row.number: row for row in overview.rows}
    assert (rows["01.2"].state, rows["01.2"].tries, rows["01.2"].hint) == (
        "value",
        1,
        3,
    )
    assert "1 try, 3 hints" in repr(overview)
    assert "3 hints" in overview._repr_html_()
    assert {row.number for row in progress().rows} >= set(rows)
    with pytest.raises(ValueError, match="no notebook '99'"):
        progress("99")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"01.1": 3}',
        '{"01.1": {"state": "value"}}',
        "\x00",
        '{"a": null}',
    ],
)
def test_a_damaged_file_is_left_alone_and_spoken_of(notebook, content):
    notebook.write_text(content)
    report = check("01.1", right)
    assert report.state == "correct"
    assert "not recorded" in report.note and "delete it" in report.note
    assert notebook.read_text() == content
    assert "cannot be used" in repr(progress("01"))


def test_a_folder_that_must_not_be_written_is_spoken_of(notebook, monkeypatch):
    def refuse(path, content):
        raise PermissionError("read-only")

    monkeypatch.setattr("minigrad.check.records.write", refuse)
    assert "read-only" in check("01.1", right).note


def test_what_others_keep_stays(notebook):
    record(notebook, "02.1", "value")
    record(notebook, "01.1", "correct", hint=1)
    record(notebook, "02.1", "correct")
    found = json.loads(notebook.read_text())
    assert list(found) == ["01.1", "02.1"]
    assert found["02.1"]["tries"] == 2
    assert os.listdir(notebook.parent) == [FILE], "no temporary files are left"
