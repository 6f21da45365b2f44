import os

import pytest

from minigrad.course import building
from minigrad.course.__main__ import main

pytest.importorskip("jupytext")
nbformat = pytest.importorskip("nbformat")

SOURCE = """\
# %% [markdown]
# # A title
#
# ### A heading is no mark

# %%
x = 41 + 1  ### SOLUTION

# %% tags=["keep", "solution"]
print("only for teachers")

# %%
print(x)

# %%
print(x)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the folder of a course that has one notebook."""
    (tmp_path / "tutorials").mkdir()
    (tmp_path / "tutorials" / "01_one.py").write_text(SOURCE)
    (tmp_path / "tutorials" / "helper.py").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tutorials"


def test_the_student_gets_blanks_and_the_teacher_everything(folder):
    student, solution = building.build(folder / "01_one.py")
    assert student.path == folder / "01_one.ipynb"
    assert solution.path == folder / "solutions" / "01_one.ipynb"
    cells = nbformat.reads(student.text, 4).cells
    assert [cell.source for cell in cells] == [
        "# A title\n\n### A heading is no mark",
        "x = ...",
        "print(x)",
        "print(x)",
    ]
    cells = nbformat.reads(solution.text, 4).cells
    assert [cell.source for cell in cells[1:3]] == [
        "x = 41 + 1",
        'print("only for teachers")',
    ]
    assert cells[2].metadata == {"tags": ["keep"]}


def test_the_same_source_gives_the_same_valid_notebook(folder):
    for one, again in zip(
        *(building.build(folder / "01_one.py") for _ in "ab"), strict=True
    ):
        assert one == again
        nbformat.validate(nbformat.reads(one.text, 4))


def test_a_change_of_one_cell_leaves_the_others(folder):
    def identities():
        student, _ = building.build(folder / "01_one.py")
        return [cell.id for cell in nbformat.reads(student.text, 4).cells]

    before = identities()
    (folder / "01_one.py").write_text(SOURCE.replace("A title", "Another title"))
    after = identities()
    assert before[0] != after[0] and before[1:] == after[1:]
    assert len(set(after)) == len(after), "equal cells have identities of their own"


def test_cells_that_are_equal_differ_between_notebooks(folder):
    (folder / "02_two.py").write_text(SOURCE)
    ids = [
        cell.id
        for source in building.sources(folder)
        for cell in nbformat.reads(building.build(source)[0].text, 4).cells
    ]
    assert len(set(ids)) == len(ids)


def test_build_writes_what_has_changed(folder, capsys):
    main(["build"])
    assert "1 notebooks, 2 files written" in capsys.readouterr().out
    main(["build", str(folder)])
    assert "0 files written" in capsys.readouterr().out
    assert sorted(os.listdir(folder)) == [
        "01_one.ipynb",
        "01_one.py",
        "helper.py",
        "solutions",
    ]


def test_build_check_writes_nothing(folder, capsys):
    with pytest.raises(SystemExit, match=r"01_one.ipynb. Run python -m minigrad.cour"):
        main(["build", "--check"])
    assert not (folder / "01_one.ipynb").exists()
    main(["build"])
    main(["build", "--check"])
    assert "as their sources say" in capsys.readouterr().out
    (folder / "01_one.ipynb").write_text("{}")
    with pytest.raises(SystemExit, match="Not as their sources say"):
        main(["build", "--check"])


def test_a_mark_without_partner_is_found_with_its_place(folder):
    (folder / "01_one.py").write_text(SOURCE + "### BEGIN SOLUTION\n")
    with pytest.raises(SystemExit, match=r"01_one.py, cell 5, line 2: ### BEGIN"):
        main(["build"])
    assert not (folder / "01_one.ipynb").exists()


def test_a_folder_without_notebooks_is_said(tmp_path):
    with pytest.raises(SystemExit, match=r"no notebooks in .*01_name.py"):
        main(["build", str(tmp_path)])


def test_without_jupytext_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jupytext", None)
    with pytest.raises(SystemExit, match=r"jupytext.*pip install -e '.\[tutorials\]'"):
        main(["build"])


def test_seals_are_printed_for_authors(capsys):
    from minigrad.check.sealing import seal

    main(["seal", "01.3", "3.14159", "--digits", "3"])
    main(["seal", "01.recap.1", "b"])
    expected = [seal("01.3", 3.14, 3), seal("01.recap.1", "b")]
    assert capsys.readouterr().out.split() == expected
