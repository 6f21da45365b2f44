"""No windows, and no figures left open."""

import pytest

from minigrad import plots


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    plots.require_matplotlib().close("all")
