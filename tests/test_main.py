"""`python -m minigrad`: what it prints, and what it makes of its options."""

import re

import pytest

from minigrad.__main__ import main


def accuracy(text):
    return float(re.search(r"Final test accuracy: ([\d.]+)%", text)[1])


def test_learns_the_digits(capsys):
    main([])
    text = capsys.readouterr().out
    assert accuracy(text) >= 97
    assert "Dense(64 => 128, relu),  # 8,320 parameters" in text
    assert "(layers=((weight=float32[128, 64], bias=float32[128], act=None)" in text
    assert len(re.findall(r"^epoch +\d+   loss", text, re.MULTILINE)) == 30


def test_the_same_seed_gives_the_same_numbers(capsys):
    found = []
    for seed in ("3", "3", "4"):
        main(["--epochs", "2", "--seed", seed])
        lines = capsys.readouterr().out.splitlines()
        found.append([line for line in lines if line.startswith("epoch")])
    assert found[0] == found[1] != found[2]


def test_options(capsys):
    main(["--epochs", "1", "--batchsize", "100", "--eta", "0.01"])
    text = capsys.readouterr().out
    assert "DataLoader(15 batches of 100, 1437 observations on axis 0" in text


@pytest.mark.parametrize(
    "arguments",
    [["--epochs", "0"], ["--eta", "-1"], ["--batchsize", "x"], ["--eta", "nan"]],
)
def test_bad_options_are_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert arguments[0] in capsys.readouterr().err


def test_plot_saves_a_picture(tmp_path, capsys):
    file = tmp_path / "picture.png"
    main(["--epochs", "1", "--plot", str(file)])
    assert file.read_bytes().startswith(b"\x89PNG")
    assert str(file) in capsys.readouterr().out


def test_without_matplotlib_it_says_so_before_it_trains(run_python):
    code = (
        "import sys; sys.modules['matplotlib'] = None; sys.argv = ['x', '--plot', 'p']"
    )
    code += "; from minigrad.__main__ import main; main()"
    text = run_python(code, check=False)
    start = "Pictures need matplotlib, which is not installed. Write pip install"
    assert text.startswith(start)
    assert "epoch" not in text


def test_a_folder_that_does_not_exist_is_said_before_it_trains(tmp_path, capsys):
    with pytest.raises(SystemExit, match="there is no folder"):
        main(["--plot", str(tmp_path / "missing" / "picture.png")])
    assert capsys.readouterr().out == ""


def refused(arguments, capsys):
    """What is said when the options are refused, before anything is printed."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code not in (0, None)
    out, err = capsys.readouterr()
    assert out == ""
    return f"{caught.value.code} {err}"


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_a_seed_that_is_none(seed, capsys):
    text = refused(["--seed", seed], capsys)
    assert "--seed" in text and seed in text


@pytest.mark.parametrize("file", ["x.xyz", "no_suffix"])
def test_a_picture_of_a_kind_that_cannot_be_written(file, tmp_path, capsys):
    path = tmp_path / file
    text = refused(["--plot", str(path)], capsys)
    assert str(path) in text and ".png" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["folder", "folder.png"])
def test_a_picture_cannot_be_a_folder(name, tmp_path, capsys):
    (tmp_path / name).mkdir()
    text = refused(["--plot", str(tmp_path / name)], capsys)
    assert "--plot" in text and str(tmp_path / name) in text
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_picture_needs_a_name(capsys):
    assert "--plot" in refused(["--plot", ""], capsys)


@pytest.mark.parametrize("suffix", ["svg", "PDF"])
def test_other_kinds_of_pictures(suffix, tmp_path, capsys):
    file = tmp_path / f"picture.{suffix}"
    main(["--epochs", "1", "--plot", str(file)])
    assert file.stat().st_size > 1000
    assert str(file) in capsys.readouterr().out


def test_a_learning_rate_that_is_far_too_high_ends_in_a_sentence(run_python):
    arguments = ["--eta", "1e30", "--epochs", "2"]
    code = f"import sys; sys.argv = ['x', *{arguments}]"
    code += "; from minigrad.__main__ import main; main()"
    text = run_python(code, check=False)
    assert re.search(r"[Ll]oss is (NaN|-?Inf)|gradient at \S+ is not finite", text)
    assert "Traceback" not in text
    assert "Final test accuracy" not in text
    assert "loss nan" not in text
