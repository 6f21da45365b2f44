"""Further relatives of Adam: they look ahead, wait, hope, or believe."""

from math import sqrt

import numpy as np
import pytest

from minigrad.optimise import (
    AdaBelief,
    Adam,
    NAdam,
    OAdam,
    RAdam,
    setup,
    update_,
)

from .all_rules import GRADIENTS, START, by_apply, by_update


def steps_of(rule, gradients):
    """Each step that a rule makes for one number."""
    x, found, state = np.zeros(1), [], rule.init(np.zeros(1))
    for dx in gradients:
        state, step = rule.apply(state, x, np.array([dx]))
        found.append(step[0])
    return found


# --- NAdam --------------------------------------------------------------------------


def test_nadam_with_a_constant_gradient():
    """m = (1 - beta1ᵗ) g and v = (1 - beta2ᵗ) g²: two quotients of powers are left."""
    found, b, c = steps_of(NAdam(0.1, (0.8, 0.9), 0.0), [5.0] * 30), 0.8, 0.9
    t = np.arange(1, 31)
    ahead = b * (1 - b**t) / (1 - b ** (t + 1)) + (1 - b) / (1 - b**t)
    np.testing.assert_allclose(found, 0.1 * ahead / sqrt(c), rtol=1e-12)


def test_nadam_turns_sooner_than_adam():
    """After a turn of the gradient, the step of Adam still has the old sign."""
    gradients = [1.0] * 10 + [-5.0]
    assert steps_of(Adam(0.1), gradients)[-1] > 0 > steps_of(NAdam(0.1), gradients)[-1]


# --- RAdam --------------------------------------------------------------------------


def test_the_first_four_steps_of_radam_are_steps_of_momentum():
    """From the fifth on, the gradient's size no longer counts."""
    small, large = (steps_of(RAdam(0.1), [g] * 6) for g in (1.0, 1000.0))
    np.testing.assert_allclose(small[:4], 0.1, rtol=1e-12)
    np.testing.assert_allclose(large[:4], 100.0, rtol=1e-12)
    np.testing.assert_allclose(small[4:], large[4:], rtol=1e-6)
    assert 0 < small[4] < small[5] < 0.01  # little trust, but growing


def test_radam_becomes_adam():
    """The correction goes to 1 as the number of averaged gradients grows."""
    rule, gradients = RAdam(0.1, (0.9, 0.99)), [1.0, -2.0, 3.0] * 700
    radam, adam = steps_of(rule, gradients), steps_of(Adam(0.1, (0.9, 0.99)), gradients)
    np.testing.assert_allclose(radam[-9:], adam[-9:], rtol=1e-6)


@pytest.mark.parametrize("beta2", [0.0, 1 / 3, 0.5, 0.6])
def test_radam_that_averages_few_gradients_stays_momentum(beta2):
    """With beta2 up to 0.6, no mean square is ever trusted; at 0.6, r∞ is just 4."""
    rule = RAdam(0.1, (0.5, beta2))
    expected = START - sum(momentum(GRADIENTS, 0.5)) * 0.1
    for steps in (by_apply, by_update):
        np.testing.assert_allclose(
            steps(rule, START, GRADIENTS)[0], expected, rtol=1e-12
        )


def momentum(gradients, beta):
    """The means of the gradients, without the weight of their start."""
    mean, found = 0.0, []
    for t, g in enumerate(gradients, 1):
        mean = beta * mean + (1 - beta) * g
        found.append(mean / (1 - beta**t))
    return found


def test_radam_counts_its_steps():
    model = [START.copy()]
    tree = setup(RAdam(), model)
    for t in range(1, 8):
        *_, powers, count = tree[0].state
        assert count == t
        np.testing.assert_allclose(powers, (0.9**t, 0.999**t), rtol=1e-14)
        update_(tree, model, [GRADIENTS[0]])


# --- OAdam --------------------------------------------------------------------------


def test_oadam_makes_twice_the_step_of_adam_without_the_one_before():
    gradients = [1.0, -2.0, 0.5, 3.0]
    adam = np.array(steps_of(Adam(0.1, (0.5, 0.9)), gradients))
    found = steps_of(OAdam(0.1), gradients)
    np.testing.assert_allclose(found, 2 * adam - [0, *adam[:-1]], rtol=1e-13)


def test_two_players_come_closer_by_oadam_than_by_adam():
    """x wants x y to be small, y wants it large: both circle around (0, 0)."""
    ends = []
    for rule in (OAdam(0.01), Adam(0.01, (0.5, 0.9))):
        model = {"x": np.array([0.5]), "y": np.array([-0.3])}
        tree = setup(rule, model)
        for _ in range(1500):
            update_(tree, model, {"x": model["y"].copy(), "y": -model["x"]})
        ends.append(np.hypot(model["x"], model["y"])[0])
    assert ends[0] < 0.65 * ends[1] < 0.3 * np.hypot(0.5, -0.3)


# --- AdaBelief ----------------------------------------------------------------------


def test_adabelief_takes_larger_steps_where_gradients_are_as_expected():
    """A constant gradient is no surprise, one that comes and goes is."""
    constant, changing = [1.0] * 30, [0.0, 2.0] * 15
    rule, adam = AdaBelief(0.01), Adam(0.01)
    assert steps_of(rule, constant)[-1] > 2 * steps_of(adam, constant)[-1]
    assert steps_of(rule, changing)[-1] < 1.5 * steps_of(adam, changing)[-1]


def test_adabelief_without_memory_of_the_mean_is_never_surprised():
    """With beta1 = 0, m = dx: only epsilon is left, added once in every step."""
    found = steps_of(AdaBelief(1e-4, (0.0, 0.5), 1e-6), [3.0, -1.0])
    s = [1e-6, 1.5e-6]
    unbiased = [s[0] / 0.5, s[1] / 0.75]
    expected = [
        1e-4 * g / (sqrt(u) + 1e-6) for g, u in zip([3, -1], unbiased, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_adabelief_on_complex_numbers_against_plain_numbers():
    """The surprise is the mean of |g - m|², a real number."""
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(30, 3)) + 1j * rng.normal(size=(30, 3))
    start, expected = np.array([1 + 1j, 2j, -1.0]), []
    for x, column in zip(start.tolist(), gradients.T.tolist(), strict=True):
        mean = surprise = 0.0
        for t, g in enumerate(column, 1):
            mean = 0.7 * mean + 0.3 * g
            off = g - mean
            surprise = 0.9 * surprise + 0.1 * (off.real**2 + off.imag**2) + 1e-3
            size = sqrt(surprise / (1 - 0.9**t)) + 1e-3
            x -= 0.02 * mean / (1 - 0.7**t) / size
        expected.append(x)
    found, _ = by_update(AdaBelief(0.02, (0.7, 0.9), 1e-3), start, gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", [NAdam, RAdam, OAdam, AdaBelief])
@pytest.mark.parametrize("dx", [0.0, 1e-4, 1.0])
def test_in_half_precision_steps_stay_finite(kind, dx):
    for steps in (by_apply, by_update):
        found, _ = steps(kind(), np.zeros(2, np.float16), np.full((6, 2), dx))
        assert np.isfinite(found).all() and found.dtype == np.float16
        assert dx or not found.any()
