import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy


@pytest.fixture(autouse=True)
def aloud(old_style):
    """With warnings, each of them once again."""
    legacy.allow_deprecated(False)


USES = {
    "params": (lambda: legacy.params(np.ones(1)), "pass the model itself: gradient"),
    "train_": (
        lambda: legacy.train_(lambda: None, legacy.Params(), [], legacy.Descent()),
        r"pass the model itself: minigrad.train_\(lambda m, x, y",
    ),
    "epochs": (lambda: legacy.epochs(2), r"ordinary loop: for epoch in range\(1, 3\)"),
    r"update_\(x, dx\)": (lambda: legacy.update_(np.ones(1), np.ones(1)), "x -= dx"),
    "ADAM": (legacy.ADAM, "write Adam"),
    "ADAMW": (legacy.ADAMW, "write AdamW"),
}


@pytest.mark.parametrize("name", USES)
def test_each_is_said_once_at_the_line_of_the_user(name):
    use, instead = USES[name]
    with pytest.warns(
        DeprecationWarning, match=f"legacy.{name} is depr.*{instead}"
    ) as c:
        use()
    assert [warning.filename for warning in c] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use()


@pytest.mark.parametrize("name", USES)
def test_they_can_be_silenced(name):
    legacy.allow_deprecated()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        USES[name][0]()


def test_what_is_not_deprecated_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        W = legacy.param([1.0])
        gs = legacy.gradient(lambda: W.sum(), legacy.Params([W]))
        legacy.update_(legacy.Adam(), legacy.Params([W]), gs)
        mg.setup(legacy.Adam(), mg.Dense(1, 1))
