import numpy as np
import pytest

from minigrad import plots


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    plots.require_matplotlib().close("all")


def test_loss_curve_draws_the_losses_from_epoch_1():
    ax = plots.loss_curve([3.0, 2.0, 1.0], label="train")
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [3, 2, 1]
    assert ax.get_yscale() == "log"


def test_images_stand_side_by_side_with_titles():
    pictures = np.arange(7 * 64.0).reshape(7, 8, 8)
    ax = plots.images(pictures, list("abcdefg"), columns=5)
    (canvas,) = (image.get_array() for image in ax.images)
    assert canvas.shape == (2 * 14, 5 * 10)
    np.testing.assert_array_equal(canvas[4:12, 10:18], pictures[1])
    np.testing.assert_array_equal(canvas[18:26, 0:8], pictures[5])
    assert [text.get_text() for text in ax.texts] == list("abcdefg")


def test_no_images_make_an_empty_picture():
    assert not plots.images([]).images


def test_draws_on_given_axes():
    left, right = plots.require_matplotlib().subplots(1, 2)[1]
    assert plots.loss_curve([1.0], ax=left) is left
    assert plots.images(np.ones((1, 2, 2)), ax=right) is right
