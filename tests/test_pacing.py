"""Not too often, and not too long."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.errors import DomainError
from minigrad.pacing import early_stopping, patience, plateau, throttle


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self):
        return self.now


def calls_of(times, timeout, **options):
    """The calls that get through, as pairs (when, argument), and all results."""
    clock, done = Clock(), []

    def f(argument):
        done.append((clock.now, argument))
        return argument

    throttled = throttle(f, timeout, clock=clock, **options)
    results = []
    for clock.now in times:
        results.append(throttled(clock.now))
    return done, results


# --- throttle -----------------------------------------------------------------------


def test_at_most_once_in_ten_seconds():
    done, results = calls_of(range(0, 25, 4), 10)
    assert done == [(0, 0), (12, 12), (24, 24)]
    assert results == [0, 0, 0, 12, 12, 12, 24]
    assert calls_of([0, 9.9, 10], 10)[0] == [(0, 0), (10, 10)]


def test_trailing_calls_wait():
    done, results = calls_of([0, 3, 6, 12, 15, 30], 10, trailing=True)
    assert done == [(0, 0), (12, 6), (30, 15)]  # the last early call, when it is time
    assert results == [0, 0, 0, 6, 6, 15]
    assert calls_of([0, 3, 10], 10, trailing=True)[0] == [(0, 0), (10, 3)]


def test_without_the_leading_call():
    done, results = calls_of([0, 3, 12, 13, 30], 10, leading=False)
    assert done == [(12, 0)]  # then 12, 13 come too early, and 30 waits
    assert results == [None, None, 0, 0, 0]
    done, _ = calls_of([0, 3, 12, 13, 30], 10, leading=False, trailing=True)
    assert done == [(12, 3), (30, 13)]


@given(
    st.lists(st.integers(0, 8), max_size=40),
    st.integers(1, 10),
    st.booleans(),
    st.booleans(),
)
def test_never_more_often(pauses, timeout, leading, trailing):
    times = np.cumsum(pauses).tolist()
    done, _ = calls_of(times, timeout, leading=leading, trailing=trailing)
    moments = [when for when, _ in done]
    assert all(np.diff(moments) >= timeout)
    assert all(argument <= when for when, argument in done)
    if leading and times:
        assert done[0] == (times[0], times[0])


def test_no_timeout_lets_everything_through():
    assert len(calls_of([0, 0, 0, 1], 0)[0]) == 4


def test_the_timeout_begins_when_the_call_ends():
    clock, done = Clock(), []

    def slow():
        done.append(clock.now)
        clock.now += 5

    throttled = throttle(slow, 10, clock=clock)
    for clock.now in (0, 12, 15):
        throttled()
    assert done == [0, 15]


def test_an_error_does_not_count_as_a_call():
    def fail(**keywords):
        raise KeyError(*keywords)

    throttled = throttle(fail, 10, clock=Clock())
    for _ in range(2):
        with pytest.raises(KeyError, match="epoch"):
            throttled(epoch=1)


def test_the_clock_of_the_computer():
    throttled = throttle(lambda x: x, 1e6)
    assert [throttled(1), throttled(2)] == [1, 1]


# --- patience -----------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=50), st.integers(1, 6))
def test_patience_counts_in_a_row(answers, wait):
    trigger = patience(lambda answer: answer, wait)
    found = [trigger(answer) for answer in answers]
    for k, answer in enumerate(found, 1):
        assert answer == (k >= wait and all(answers[k - wait : k]))


# --- early_stopping -----------------------------------------------------------------


def stops(scores, delay, **options):
    stop = early_stopping(lambda score: score, delay, **options)
    return [stop(score) for score in scores]


def test_a_rising_loss_stops():
    # In Flux's example the loss 1, 2, 3, ... starts from init_score=0.
    assert stops([1, 2, 3], 3, init_score=0) == [False, False, True]
    assert stops([1, 2, 3, 4], 3) == [False, False, False, True]


def test_a_falling_loss_does_not_stop():
    assert not any(stops([9, 8, 7, 6, 5, 4], 1))
    assert not any(stops([9, 8, 10, 7, 9, 6], 2))


def test_the_best_is_kept():
    assert stops([5, 6, 5.5, 5.2], 3) == [False, False, False, True]


def test_as_good_as_the_best_is_not_worse():
    assert not any(stops([5, 5, 5, 5], 1))
    assert stops([5, 5, 5], 2, min_dist=1e-3) == [False, False, True]
    assert stops([5, 4.9995, 4.999], 2, min_dist=1e-3) == [False, False, True]


def test_more_may_be_better():
    options = {"distance": lambda best, score: score - best, "init_score": -inf}
    assert stops([0.1, 0.5, 0.4, 0.3], 2, **options) == [False, False, False, True]


# --- plateau ------------------------------------------------------------------------


def flat(scores, width, **options):
    trigger = plateau(lambda score: score, width, **options)
    return [trigger(score) for score in scores]


def test_a_plateau_of_the_documentation():
    # Flux's example: -9, 8, -7, 6, ... from 10, the changes are 19, 17, 15, 13.
    found = flat([-9, 8, -7, 6], 3, init_score=10, min_dist=18)
    assert found == [False, False, False, True]


def test_a_plateau_compares_with_the_last_score():
    assert flat([0.9, 0.5, 0.5, 0.5, 0.4, 0.5], 2) == [False] * 3 + [True] + [False] * 2
    assert flat([0, 0], 2) == [False, True]  # the first one is compared with 0
    assert flat([1, 1 + 1e-7, 1 + 1e-5], 1) == [False, True, False]
    assert flat([1, 2, 2.5], 1, min_dist=1) == [False, False, True]


def test_a_distance_of_ones_own():
    found = flat([1, 100, 1000], 1, distance=lambda last, score: score > 10 * last)
    assert found == [False, False, True]


# --- What is refused ----------------------------------------------------------------


@pytest.mark.parametrize("pace", [early_stopping, plateau])
def test_nan_is_neither_better_nor_worse(pace):
    trigger = pace(lambda score: score, 3)
    trigger(1.0)
    for score in (nan, np.float32(nan)):
        with pytest.raises(DomainError, match=r"NaN.*neither better nor worse"):
            trigger(score)


@pytest.mark.parametrize("pace", [patience, early_stopping, plateau])
def test_counts_are_at_least_1(pace):
    for wrong in (0, -3):
        with pytest.raises(DomainError, match="would be True from the start"):
            pace(len, wrong)
    for wrong in (1.5, True, "3", None):
        with pytest.raises(TypeError, match="a whole number of times"):
            pace(len, wrong)


@pytest.mark.parametrize("pace", [throttle, patience, early_stopping, plateau])
def test_a_value_is_no_function(pace):
    with pytest.raises(TypeError, match="not a float: write lambda: loss"):
        pace(0.5, 3)


def test_timeouts_are_seconds():
    for wrong in (-1, inf, nan):
        with pytest.raises(DomainError, match="seconds cannot be waited for"):
            throttle(len, wrong)
    for wrong in ("10", True, None):
        with pytest.raises(TypeError, match="its timeout in seconds"):
            throttle(len, wrong)
