"""Training mode and test mode: what each word sets, where, and for how long."""

import numpy as np
import pytest

from minigrad import (
    BatchNorm,
    Chain,
    Dense,
    Dropout,
    Duplicated,
    functor,
    gradient,
    pullback,
    testmode_,
    trainmode_,
)
from minigrad.nn.modes import is_active

MODES = {True: True, False: False, "auto": None, None: None, np.True_: True}


def model():
    """Layers with a mode, at several depths, and one without."""
    inner = {"norm": BatchNorm(2), "more": (Dropout(0.1),)}
    return [Chain(Dense(2, 2), Dropout(0.5)), inner]


def active(m):
    """What is set in each layer that has a mode."""
    return [m[0][1].active, m[1]["norm"].active, m[1]["more"][0].active]


@pytest.mark.parametrize(("mode", "expected"), MODES.items())
def test_trainmode(mode, expected):
    m = model()
    assert trainmode_(m, mode) is m
    assert active(m) == [expected] * 3
    assert not hasattr(m[0][0], "active")


@pytest.mark.parametrize(("mode", "expected"), MODES.items())
def test_testmode_is_the_opposite(mode, expected):
    m = model()
    assert testmode_(m, mode) is m
    assert active(m) == [None if expected is None else not expected] * 3


def test_without_a_mode():
    m = model()
    assert active(trainmode_(m)) == [True] * 3
    assert active(testmode_(m)) == [False] * 3
    assert active(testmode_(m, "auto")) == [None] * 3


@pytest.mark.parametrize("word", [trainmode_, testmode_])
@pytest.mark.parametrize("mode", ["train", 1, 0, "", 0.5, np.ones(2)])
def test_another_mode_is_refused_and_nothing_is_set(word, mode):
    m = testmode_(model())
    with pytest.raises(ValueError, match=r"mode_\(model, mode\) .*three modes: True"):
        word(m, mode)
    assert active(m) == [False] * 3


def test_a_part_of_a_model():
    m = model()
    testmode_(m[0])
    assert active(m) == [False, None, None]


def test_a_model_with_its_gradient():
    pair = Duplicated(model())
    trainmode_(pair)
    assert active(pair.val) == [True] * 3


def test_automatic_is_active_while_a_gradient_is_computed():
    layer = Dropout(0.5)
    assert not is_active(layer)
    seen = []
    _, back = pullback(lambda x: seen.append(is_active(layer)) or 2.0 * x, 1.0)
    assert seen == [True]
    assert not is_active(layer)
    assert back(1.0) == (2.0,)
    with pytest.raises(ZeroDivisionError):
        gradient(lambda x: x * (1 // 0) if is_active(layer) else x, 1.0)
    assert not is_active(layer)


@pytest.mark.parametrize("forced", [True, False])
def test_forced_modes_hold_everywhere(forced):
    layer = Dropout(0.5, active=forced)
    assert is_active(layer) is forced
    seen = []
    gradient(lambda x: seen.append(is_active(layer)) or 2.0 * x, 1.0)
    assert seen == [forced]


def test_what_is_set_inside_gradient_is_gone_afterwards():
    m, x = Chain(Dense(2, 2, rng=0), Dropout(0.5)), np.ones((1, 2), np.float32)
    gradient(lambda m: trainmode_(m)(x).sum(), m)
    assert m[1].active is None


def test_modes_are_seen_in_models_whose_structure_is_known_well():
    m, x = Chain(Dense(2, 2, rng=0), Dropout(1.0)), np.ones((1, 2), np.float32)
    for mode in (None, True, False, None) * 20:
        trainmode_(m, mode)
        weight = gradient(lambda m: m(x).sum(), m)[0].layers[0].weight
        assert weight.any() == (mode is False)


def test_a_layer_of_ones_own_takes_part():
    @functor(children=())
    class Noise:
        active = None

        def __call__(self, x):
            return x + 1 if is_active(self) else x

    m = Chain(Noise())
    assert gradient(lambda x: m(x) * x, 2.0) == (5.0,)
    assert m(2.0) == 2.0
    assert trainmode_(m)(2.0) == 3.0
