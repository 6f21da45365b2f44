"""The notebooks run: students' with every exercise still missing, solutions correct.

Each runs in a kernel of its own, from beginning to end, and within a minute.
"""

import json
import re

import pytest

from minigrad.check.registry import exercises_of
from minigrad.course import building

from .sources import SOURCES, number_of

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytestmark = pytest.mark.filterwarnings("default")  # those of Jupyter are not ours

SECONDS = 60
REPORT = re.compile(r"^(?P<number>\d\d\.\w+) [^:\n]+: (?P<state>[^\n]+)$", re.MULTILINE)


def executed(text, folder, monkeypatch):
    """A notebook after a run in an empty folder."""
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.reads(text, 4)
    resources = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, resources=resources)
    return client.execute()


def outputs(notebook):
    return [o for cell in notebook.cells for o in cell.get("outputs", ())]


def states(notebook):
    """From each exercise to the states that were shown for it."""
    found = {}
    for output in outputs(notebook):
        for match in REPORT.finditer(output.get("data", {}).get("text/plain", "")):
            found.setdefault(match["number"], set()).add(match["state"])
    return found


@pytest.mark.parametrize("source", SOURCES, ids=number_of)
@pytest.mark.parametrize("solved", [False, True], ids=["student", "solution"])
def test_notebooks_run(source, solved, tmp_path, monkeypatch):
    built = building.build(source)[solved]
    notebook = executed(built.text, tmp_path, monkeypatch)
    number = number_of(source)
    expected = {"correct"} if solved else {"still missing"}
    assert states(notebook) == dict.fromkeys(exercises_of(number), expected)
    said = [o.text for o in outputs(notebook) if o.get("name") == "stderr"]
    assert not [text for text in said if "minigrad: compiling" not in text]
    pictures = [o for o in outputs(notebook) if has_picture(o)]
    assert len(pictures) >= (2 if solved else 1)
    record = json.loads((tmp_path / "minigrad-progress.json").read_text())
    assert {entry["solved"] for entry in record.values()} == {solved}


def has_picture(output):
    return {"image/png", "image/svg+xml"} & set(output.get("data", {}))


@pytest.mark.parametrize("source", SOURCES, ids=number_of)
def test_the_notebooks_of_students_are_as_their_sources_say(source):
    student, _ = building.build(source)
    assert student.is_current(), "run: python -m minigrad.course build"


@pytest.mark.parametrize("source", SOURCES, ids=number_of)
def test_students_get_no_solution_and_no_output(source):
    student, _ = building.build(source)
    notebook = nbformat.reads(student.text, 4)
    assert "SOLUTION" not in student.text
    assert not outputs(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("source", SOURCES, ids=number_of)
def test_notebooks_have_all_their_parts(source):
    text = source.read_text(encoding="utf-8")
    for part in (
        "**What you will be able to do**",
        "**Predict before you run.**",
        "**What is still missing.**",
        "**Compare with other frameworks.**",
        "## Recap",
        "## Challenge",
    ):
        assert text.count(part) >= 1, part
    exercises = [n for n in exercises_of(number_of(source)) if "recap" not in n]
    assert 4 <= len(exercises) <= 6
    assert re.findall(r"^# ### Exercise (\S+)", text, re.MULTILINE) == exercises
    assert any("bug" in line for line in text.splitlines() if line.startswith("# ## "))
