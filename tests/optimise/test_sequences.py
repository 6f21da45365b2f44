"""Schedules made of schedules, and the one that counts its steps."""

import json
from copy import deepcopy
from itertools import count, islice
from math import ceil, inf, log, sin, sqrt
from pathlib import Path
from pickle import dumps, loads

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.errors import DomainError, ShapeError
from minigrad.optimise.schedules import (
    ComposedSchedule,
    Constant,
    Cos,
    Exp,
    Interpolator,
    Loop,
    OneCycle,
    Poly,
    Sequence,
    Shifted,
    Shortened,
    Sin,
    SinDecay2,
    Stateful,
    Step,
    Triangle,
    TriangleExp,
    next_,
    reset_,
    reverse,
    symmetric,
)
from minigrad.pacing import plateau

REFERENCE = json.loads(
    Path(__file__).with_name("data").joinpath("schedules.json").read_text("utf-8")
)
COMPOSED = [
    Sequence((Exp(0.1, 0.5), 3), (0.2, 2), (log, 4)),
    Loop(Exp(0.1, 0.5), 3),
    Shortened(log, 5),
    Shifted(Triangle(0, 1, 6), 3),
    Interpolator(Exp(0.1, 0.5), 3),
    reverse(sqrt, 5),
    symmetric(Exp(0.1, 0.5), 6),
    ComposedSchedule(Sin(0, 1, 6), (0, Exp(0.1, 0.5), 6)),
]


def first(schedule, steps):
    return [schedule(t) for t in range(1, steps + 1)]


# --- What all have in common --------------------------------------------------------


@pytest.mark.parametrize("schedule", COMPOSED, ids=repr)
def test_iterating_is_calling(schedule):
    steps = min(schedule.length, 40)
    values = first(schedule, steps)
    assert list(islice(schedule, 40)) == values == first(schedule, steps)
    assert all(type(value) is float for value in values)


@pytest.mark.parametrize("schedule", COMPOSED, ids=repr)
def test_steps_are_counted_from_1(schedule):
    with pytest.raises(DomainError, match="counted from 1"):
        schedule(0)
    with pytest.raises(TypeError, match="one step at a time"):
        schedule([1, 2])


@pytest.mark.parametrize("schedule", COMPOSED, ids=repr)
def test_copies_are_equal(schedule):
    assert deepcopy(schedule) == schedule


@pytest.mark.parametrize(
    "make",
    [
        lambda s: Sequence((s, 4)),
        lambda s: Loop(s, 4),
        lambda s: Shortened(s, 4),
        lambda s: Shifted(s, 1),
        lambda s: Interpolator(s, 1),
        lambda s: reverse(s, 5),
        Stateful,
    ],
)
def test_what_a_schedule_may_be(make):
    for good in (Exp(0.1, 0.5), log, lambda t: t, 2, np.float32(0.5)):
        make(good)
    with pytest.raises(TypeError, match=r"the class Exp is not a schedule yet"):
        make(Exp)
    for wrong in ("0.1", None, True, [0.1], Stateful(0.1)):
        with pytest.raises(TypeError, match="needs a schedule, a function of the step"):
            make(wrong)


def test_a_function_must_return_a_number():
    with pytest.raises(TypeError, match="gave None for step 3"):
        Loop(lambda t: None, 5)(3)


# --- Sequence -----------------------------------------------------------------------


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_sequence_is_concatenation(sizes):
    schedules = [Exp(1 + i, 0.5) for i in range(len(sizes))]
    expected = [v for s, n in zip(schedules, sizes, strict=True) for v in first(s, n)]
    expected += [schedules[-1](sizes[-1] + k) for k in range(1, 10)]  # the last goes on
    pairs = list(zip(schedules, sizes, strict=True))
    for sequence in (
        Sequence(*pairs),
        Sequence(pairs),
        Sequence(pair for pair in pairs),
        Sequence(schedules, sizes),
    ):
        assert first(sequence, len(expected)) == expected


def test_past_the_end_of_a_sequence():
    schedule = Sequence((1, 1), (Step(0.1, 0.5, 10), 50))
    assert [schedule(t) for t in (1, 2, 42, 52)] == [1, 0.1, 0.00625, 0.003125]


def test_a_sequence_of_numbers():
    assert first(Sequence([3, 2, 1], [1, 2, 1]), 5) == [3, 2, 2, 1, 1]
    assert first(Sequence((3, 1), (2, 2)), 4) == [3, 2, 2, 2]  # tuples are pairs
    assert Sequence((3, 1)) == Sequence((Constant(3), 1)) == Sequence([3], [1.0])


def test_warm_up_is_a_sequence():
    warm = Sequence((Triangle(0.01, 0.1, 10), 5), (Exp(0.1, 0.9), 35))
    rates = REFERENCE["torch"]["LinearLR, then ExponentialLR"]
    np.testing.assert_allclose(first(warm, 40), rates, rtol=1e-12)
    warm = Sequence((Triangle(0.01, 0.1, 10), 5), (Cos(0.02, 0.1, 35), 35))
    rates = REFERENCE["optax"]["warmup_cosine_decay_schedule"]
    np.testing.assert_allclose(first(warm, 40), rates, rtol=1e-12)
    steps = Sequence([0.1, 0.05, 0.005], [9, 11, 20])
    rates = REFERENCE["optax"]["piecewise_constant_schedule"]
    np.testing.assert_allclose(first(steps, 40), rates, rtol=1e-12)


def test_an_endless_sequence():
    cycles = ((Cos(0.01, 0.1, 5 * 2**i), 5 * 2**i) for i in count())
    schedule = Sequence(cycles)
    rates = REFERENCE["torch"]["CosineAnnealingWarmRestarts, T_mult=2"]
    np.testing.assert_allclose(first(schedule, 40), rates, rtol=1e-12)
    assert schedule(3) == schedule(3)
    assert deepcopy(schedule)(30) == schedule(30)
    assert schedule.length == inf
    assert repr(schedule).startswith("Sequence((CosAnneal(l0=0.01")
    assert repr(schedule).endswith(", 5), ...)")


def test_a_sequence_is_as_finite_as_its_last_stage():
    finite = Sequence((0.1, 5), (Poly(0.1, 2, 10), 10))
    assert len(finite) == 15
    assert list(finite) == [0.1] * 5 + list(Poly(0.1, 2, 10))
    with pytest.raises(IndexError, match="15 steps"):
        finite(16)
    assert Sequence((Poly(0.1, 2, 10), 10), (0.1, 5)).length == inf
    assert len(Sequence((0.1, 5), (Poly(0.1, 2, 10), 4))) == 15


def test_one_cycle_is_a_sequence_of_cosines():
    up = Shifted(Cos(0.01, 0.5, 10, restart=False), 11)
    made = Shortened(Sequence((up, 10), (Cos(0.02, 0.5, 30), 30)), 40)
    np.testing.assert_allclose(list(made), list(OneCycle(40, 0.5, 0.01, 0.02)))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Sequence(), TypeError, "was given nothing"),
        (lambda: Sequence([]), TypeError, "was given nothing"),
        (lambda: Sequence(iter([])), TypeError, "was given nothing"),
        (lambda: Sequence(0.1), TypeError, "pairs.*was given a float"),
        (lambda: Sequence(Exp(1, 1)), TypeError, "was given an Exp"),
        (lambda: Sequence(0.1, 5), TypeError, "was given 0.1 among them"),
        (lambda: Sequence([0.1, 0.2]), TypeError, "was given 0.1 among them"),
        (lambda: Sequence((5, Exp(1, 1))), TypeError, "second part .* whole number"),
        (lambda: Sequence((0.1, 2.5)), TypeError, "whole number of steps"),
        (lambda: Sequence((0.1, True)), TypeError, "whole number of steps"),
        (lambda: Sequence((0.1, 0)), DomainError, "=0 must be at least 1"),
        (lambda: Sequence([0.1, 0.2], [5]), ShapeError, "2 schedules and 1 numbers"),
        (lambda: Sequence([0.1], 5), TypeError, "needs a list of their steps"),
        (lambda: Sequence((Poly(1, 1, 4), 5), (1, 1)), DomainError, "5 steps.*has 4"),
        (lambda: Sequence((1, 1))(1.5), DomainError, "whole steps only.*Interpolator"),
    ],
)
def test_sequence_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- Loop, Shortened, Shifted ---------------------------------------------------------


@given(st.integers(1, 12), st.integers(1, 200))
def test_loop(period, t):
    place = t
    while place > period:
        place -= period
    assert Loop(log, period)(t) == log(place)


def test_shortened():
    schedule = Shortened(Exp(0.9, 10.0), 5)
    assert len(schedule) == 5
    assert list(schedule) == first(Exp(0.9, 10.0), 5)
    with pytest.raises(IndexError, match="has 5 steps, and step 6"):
        schedule(6)


def test_shifted():
    schedule = Shifted(Triangle(0, 1, 10), 5)
    assert first(schedule, 50) == first(Triangle(0, 1, 10), 54)[4:]
    assert list(Shifted(Poly(1, 1, 4), 3)) == [0.5, 0.25]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Loop(Poly(1, 1, 4), 5), r"Loop\(period=5\) asks for 5 steps.*has 4"),
        (lambda: Shortened(Poly(1, 1, 4), 5), "asks for 5 steps"),
        (lambda: Shifted(Poly(1, 1, 4), 5), "asks for 5 steps"),
        (lambda: reverse(Poly(1, 1, 4), 6), r"Reversed\(period=6\) asks for 5 steps"),
        (lambda: Loop(log, 0), "period=0.*at least 1"),
        (lambda: Shortened(log, -1), "nsteps=-1.*at least 1"),
        (lambda: Shifted(log, 0), "offset=0.*at least 1"),
        (lambda: Interpolator(log, 0), "rate=0.*above 0"),
        (lambda: Interpolator(log, inf), "rate=inf.*finite"),
        (lambda: reverse(log, 0), "period=0.*at least 1"),
        (lambda: Loop(log, 5)(1.5), "whole steps only"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(DomainError, match=message):
        make()


# --- Interpolator ---------------------------------------------------------------------


def test_epochs_in_batches():
    epochs = Sequence([1, 2, 3], [2, 2, 3])
    batches = Interpolator(epochs, rate=5)
    assert first(batches, 35) == [1] * 10 + [2] * 10 + [3] * 15
    finite = Interpolator(Poly(1, 1, 4), rate=2)
    assert len(finite) == 8
    assert list(finite) == [1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25]
    with pytest.raises(IndexError):
        finite(9)


def test_steps_in_seconds():
    step = 1e-3
    schedule = Interpolator(sin, step, lambda x: x)
    found = [schedule(k * step) for k in range(1, 101)]
    np.testing.assert_allclose(found, np.sin(np.arange(1, 101)), rtol=1e-10)
    assert Interpolator(Poly(1, 1, 4), 0.1, round)(0.1 + 0.2) == 0.5
    assert Interpolator(Poly(1, 1, 3), 0.1, round)(0.1 + 0.2) > 0
    for wrong in (0, -0.5, inf):
        with pytest.raises(DomainError):
            schedule(wrong)
    with pytest.raises(DomainError, match="was asked for step 0"):
        Interpolator(Exp(1, 1), 2, int)(1)  # rounded down, to before the first step


# --- Backwards ------------------------------------------------------------------------


def test_reverse_and_symmetric():
    period = 7
    back, there = reverse(sqrt, period), symmetric(sqrt, period)
    assert first(back, period) == [sqrt(period - t) for t in range(1, period + 1)]
    assert first(there, period) == [
        sqrt(t) if t < period / 2 else sqrt(period - t) for t in range(1, period + 1)
    ]
    assert first(Loop(there, period), 14) == 2 * first(there, period)


def test_a_schedule_has_no_step_0():
    back = reverse(Poly(1, 1, 4), 5)
    assert len(back) == 4
    assert list(back) == [0.25, 0.5, 0.75, 1.0]
    assert list(symmetric(Exp(1, 0.5), 5)) == [1, 0.5, 0.5, 1]
    with pytest.raises(IndexError, match="has 4 steps, and step 5"):
        back(5)


# --- ComposedSchedule -----------------------------------------------------------------


def test_numbers_that_follow_schedules():
    peaks = Interpolator(Exp(0.8, 0.5), 5)
    halved = ComposedSchedule(Sin(0, 0.8, 5), (0.0, peaks, 5))
    expected = first(SinDecay2(0, 0.8, 5), 40)
    np.testing.assert_allclose(first(halved, 40), expected, rtol=1e-12, atol=1e-15)
    decayed = ComposedSchedule(Triangle(0, 0.8, 5), (0, Exp(0.8, 0.9)))
    expected = first(TriangleExp(0, 0.8, 5, 0.9), 40)
    np.testing.assert_allclose(first(decayed, 40), expected, rtol=1e-12, atol=1e-15)


def test_another_way_to_compose():
    made = ComposedSchedule(
        Cos(0, 1, 5), [Exp(8, 0.5), ceil], lambda s, values: lambda t: values
    )
    with pytest.raises(TypeError, match="gave a tuple for step 1"):
        made(1)
    made = ComposedSchedule(
        log, [Exp(8, 0.5), lambda t: t], lambda f, values: lambda t: f(t) + sum(values)
    )
    assert made(3) == log(3) + (2 + 3)


def test_composed_length_and_refusals():
    assert len(ComposedSchedule(Poly(1, 1, 4), (Exp(1, 0.5),))) == 4
    assert list(ComposedSchedule(Poly(1, 1, 2), (Exp(1, 0.5),))) == [1, 0.25]
    with pytest.raises(ShapeError, match=r"3 parameters.*has 2 numbers \(start, decay"):
        ComposedSchedule(Exp(1, 1), (1, 1, 1))
    with pytest.raises(ShapeError, match="give compose_fn"):
        ComposedSchedule(log, (1,))
    with pytest.raises(TypeError, match="the class Exp is not a schedule yet"):
        ComposedSchedule(Sin(0, 1, 6), (0, Exp))
    with pytest.raises(TypeError, match=r"needs a tuple of parameters.*not a float"):
        ComposedSchedule(Exp(1, 1), 0.5)
    with pytest.raises(TypeError, match=r"compose_fn. must be a function, not an int"):
        ComposedSchedule(Exp(1, 1), (1,), 5)
    with pytest.raises(TypeError, match="What compose_fn returns needs a schedule"):
        ComposedSchedule(Exp(1, 1), (1,), lambda schedule, values: None)(1)
    with pytest.raises(TypeError, match=r"ceil_fn. must be a function, not an int"):
        Interpolator(Exp(1, 1), 2, 3)
    with pytest.raises(TypeError, match="period must be a whole number"):
        ComposedSchedule(Sin(0, 1, 6), (0, 1, Exp(1, 0.5)))(2)


# --- Stateful -------------------------------------------------------------------------


def test_stateful_counts():
    schedule = Stateful(log)
    assert [next_(schedule) for _ in range(100)] == first(log, 100)
    assert schedule.step == 101
    assert reset_(schedule) is schedule
    assert next_(schedule) == log(1)


def test_stateful_may_wait():
    schedule = Stateful(log, advance=lambda step: step == 1)
    assert [next_(schedule) for _ in range(3)] == [log(1), log(2), log(2)]


def test_stateful_ends_where_its_schedule_does():
    schedule = Stateful(Poly(1, 1, 2))
    assert [next_(schedule), next_(schedule)] == [1, 0.5]
    with pytest.raises(IndexError, match="has 2 steps"):
        next_(schedule)
    assert schedule.step == 3


def test_stateful_is_saved_with_its_step():
    schedule = Stateful(Exp(0.4, 0.5))
    next_(schedule)
    assert next_(loads(dumps(schedule))) == next_(deepcopy(schedule)) == 0.2
    assert schedule.step == 2


def test_stateful_refuses():
    for function in (next_, reset_):
        with pytest.raises(TypeError, match=r"make one by stateful = Stateful\("):
            function(Exp(1, 1))
    with pytest.raises(TypeError, match="needs a function of the step"):
        Stateful(Exp(1, 1), advance=True)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ("short", REFERENCE["plateau"]["short"]),
        # On a plateau of more than twice the width, PyTorch starts to count anew
        # after each fall: 0.01, 0.01, 0.001, 0.001, 0.0001. Flux goes on to fall.
        ("long", [0.1, 0.1, 0.1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6]),
    ],
)
def test_plateau_reduces_the_rate(scores, expected):
    """PyTorch's patience of 1 is the width 2; its rates follow the score."""
    seen = iter(REFERENCE["scores"][scores])
    stuck = plateau(lambda step: next(seen), 2, min_dist=1e-6)
    schedule = Stateful(Exp(0.1, 0.1), advance=stuck)
    rates = [next_(schedule) for _ in REFERENCE["scores"][scores]]
    rates.append(schedule.schedule(schedule.step))
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    counted = REFERENCE["plateau"][scores]
    assert (scores == "short") == np.allclose(rates, counted, rtol=1e-9)
