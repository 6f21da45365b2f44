"""Basic schedules: their values, their steps, and what they refuse."""

import json
from copy import deepcopy
from dataclasses import FrozenInstanceError
from itertools import islice
from math import asin, ceil, cos, inf, nan, pi, sin
from pathlib import Path
from pickle import dumps, loads

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.errors import DomainError
from minigrad.optimise.schedules import (
    Constant,
    Cos,
    CosAnneal,
    Exp,
    Inv,
    OneCycle,
    Poly,
    Schedule,
    Sequence,
    Sin,
    SinDecay2,
    SinExp,
    Step,
    Triangle,
    TriangleDecay2,
    TriangleExp,
)

REFERENCE = json.loads(
    Path(__file__).with_name("data").joinpath("schedules.json").read_text("utf-8")
)
PYTORCH, OPTAX = REFERENCE["torch"], REFERENCE["optax"]

ENDLESS = [
    Constant(0.3),
    Step(0.3, 0.5, 4),
    Step(0.3, 0.5, (2, 5)),
    Exp(0.3, 0.9),
    Inv(0.3, 0.5, 2),
    Triangle(0.1, 0.4, 6),
    TriangleDecay2(0.1, 0.4, 6),
    TriangleExp(0.1, 0.4, 6, 0.9),
    Sin(0.1, 0.4, 6),
    SinDecay2(0.1, 0.4, 6),
    SinExp(0.1, 0.4, 6, 0.9),
    CosAnneal(0.1, 0.4, 6),
    CosAnneal(0.1, 0.4, 6, restart=False),
]
FINITE = [Poly(0.3, 2, 12), OneCycle(12, 0.3)]


def wave(t, period):
    return abs(sin(pi * (t - 1) / period))


def triangle(t, period):
    return 2 / pi * abs(asin(sin(pi * (t - 1) / period)))


# --- The formulas, written down once more ----------------------------------------

FORMULAS = [
    (Constant(0.3), lambda t: 0.3),
    (Step(0.3, 0.5, 4), lambda t: 0.3 / 2 ** ((t - 1) // 4)),
    (Step(0.3, 0.5, [2, 5]), lambda t: 0.3 / 2 ** ((t > 2) + (t > 7))),
    (Exp(0.3, 0.9), lambda t: 0.3 * np.prod([0.9] * (t - 1))),
    (Poly(0.3, 3, 60), lambda t: 0.3 * ((61 - t) / 60) ** 3),
    (Inv(0.3, 0.5, 2), lambda t: 0.3 / (0.5 + 0.5 * t) ** 2),
    (Triangle(0.1, 0.4, 6), lambda t: 0.1 + 0.3 * triangle(t, 6)),
    (Triangle(0.1, 0.4, 7), lambda t: 0.1 + 0.3 * triangle(t, 7)),
    (
        TriangleDecay2(0.1, 0.4, 6),
        lambda t: 0.1 + 0.3 * triangle(t, 6) / 2 ** ((t - 1) // 6),
    ),
    (
        TriangleExp(0.1, 0.4, 6, 0.9),
        lambda t: 0.1 + 0.3 * triangle(t, 6) * 0.9 ** (t - 1),
    ),
    (Sin(0.1, 0.4, 6), lambda t: 0.1 + 0.3 * wave(t, 6)),
    (SinDecay2(0.1, 0.4, 6), lambda t: 0.1 + 0.3 * wave(t, 6) / 2 ** ((t - 1) // 6)),
    (SinExp(0.1, 0.4, 6, 0.9), lambda t: 0.1 + 0.3 * wave(t, 6) * 0.9 ** (t - 1)),
    (
        CosAnneal(0.1, 0.4, 6),
        lambda t: 0.25 + 0.15 * cos(pi * ((t - 1) % 6) / 6),
    ),
    (
        CosAnneal(0.1, 0.4, 6, restart=False),
        lambda t: 0.25 + 0.15 * cos(pi * (t - 1) / 6),
    ),
    (
        OneCycle(60, 0.5, startval=0.1, endval=0.0, percent_start=0.34),
        lambda t: (
            0.3 - 0.2 * cos(pi * (t - 1) / 21)
            if t <= 21
            else 0.25 + 0.25 * cos(pi * (t - 22) / 39)
        ),
    ),
]


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS, ids=lambda x: repr(x)[:40])
def test_formula(schedule, formula):
    found = [schedule(t) for t in range(1, 61)]
    expected = [formula(t) for t in range(1, 61)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_the_first_value_is_exact():
    for schedule in (Constant(0.3), Step(0.3, 0.1, 2), Exp(0.3, 0.1), Inv(0.3, 1, 2)):
        assert schedule(1) == 0.3
    for cycle in (Triangle, Sin, TriangleDecay2, SinDecay2):
        assert cycle(l0=1e-4, l1=1e-2, period=10)(1) == 1e-4
    assert Cos(l0=1e-4, l1=1e-2, period=10)(1) == 1e-2
    assert OneCycle(50, 0.3)(1) == 0.3 / 25
    assert OneCycle(50, 0.3, percent_start=0)(1) == 0.3
    assert Poly(0.3, 2, 10)(1) == 0.3


def test_cosine_of_the_documentation():
    schedule = Cos(l0=1e-4, l1=1e-2, period=10)
    expected = [
        0.01,
        0.009757729755661011,
        0.005050000000000001,
        0.00034227024433899005,
        0.01,
        0.00034227024433899005,
    ]
    found = [schedule(t) for t in (1, 2, 6, 10, 11, 100)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@given(st.integers(1, 30), st.floats(0.5, 1), st.integers(1, 300))
def test_cycles_stay_in_their_range(period, decay, t):
    for cycle in (Triangle, Sin, TriangleDecay2, SinDecay2, CosAnneal):
        assert 0.1 <= cycle(0.4, 0.1, period)(t) <= 0.4
    for cycle in (TriangleExp, SinExp):
        assert 0.1 <= cycle(0.4, 0.1, period, decay)(t) <= 0.4


@given(st.integers(1, 30), st.integers(1, 300))
def test_cycles_repeat_themselves_exactly(period, t):
    for cycle in (Triangle, Sin, CosAnneal):
        schedule = cycle(0.1, 0.4, period)
        assert schedule(t) == schedule(t + 7 * period)


def test_the_order_of_the_ends_makes_no_difference():
    for cycle in (Triangle, Sin, CosAnneal):
        first, second = cycle(0.1, 0.4, 9), cycle(0.4, 0.1, 9)
        assert [*map(first, range(1, 20))] == [*map(second, range(1, 20))]


@given(
    st.integers(1, 60),
    st.floats(0, 1),
    st.floats(0.1, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_one_cycle_goes_up_and_then_down(nsteps, fraction, peak, start, end):
    start, end = start * peak, end * peak
    values = [*OneCycle(nsteps, peak, start, end, fraction)]
    up = ceil(fraction * nsteps)
    assert len(values) == nsteps
    assert values[0] == (start if up else peak)
    assert np.all(np.diff(values[: up + 1]) >= -1e-15)
    assert np.all(np.diff(values[up:]) <= 1e-15)
    if up < nsteps:
        assert values[up] == peak


def test_one_cycle_of_a_momentum_goes_the_other_way():
    values = [*OneCycle(8, 0.85, startval=0.95, endval=0.95)]
    assert values[0] == 0.95
    assert min(values) == values[2] == 0.85


# --- Other libraries --------------------------------------------------------------

SAME = [
    (PYTORCH["StepLR"], Step(0.1, 0.5, 7)),
    # Milestones are the sums of step sizes.
    (PYTORCH["MultiStepLR"], Step(0.1, 0.5, [10, 5, 15])),
    (PYTORCH["ExponentialLR"], Exp(0.1, 0.9)),
    # PyTorch's polynomial goes on with zeros.
    (PYTORCH["PolynomialLR"], Sequence((Poly(0.1, 2, 25), 25), (0, 1))),
    (PYTORCH["CosineAnnealingLR"], CosAnneal(0.01, 0.1, 10, restart=False)),
    (PYTORCH["CosineAnnealingWarmRestarts"], CosAnneal(0.01, 0.1, 10)),
    # The step size of CyclicLR is half a period, in spite of a cheatsheet of Julia's.
    (PYTORCH["CyclicLR, triangular"], Triangle(0.01, 0.1, 8)),
    (PYTORCH["CyclicLR, triangular2"], TriangleDecay2(0.01, 0.1, 8)),
    (PYTORCH["CyclicLR, exp_range"], TriangleExp(0.01, 0.1, 8, 0.95)),
    # PyTorch's cycle reaches its end value, in the last of 40 steps; so ours, of 39
    # steps, is followed by it. PyTorch rises for pct_start · 40 - 1 = 10 steps.
    (
        PYTORCH["OneCycleLR"],
        Sequence((OneCycle(39, 0.1, endval=4e-7), 39), (4e-7, 1)),
    ),
    (OPTAX["exponential_decay"], Exp(0.1, 0.5 ** (1 / 5))),
    (OPTAX["exponential_decay, staircase"], Step(0.1, 0.5, 5)),
    (OPTAX["polynomial_schedule"], Sequence((Poly(0.1, 2, 25), 25), (0, 1))),
    (
        OPTAX["cosine_decay_schedule"],
        Sequence((CosAnneal(0.01, 0.1, 25), 25), (0.01, 1)),
    ),
    # optax divides the start value, and not the peak, for the end.
    (OPTAX["cosine_onecycle_schedule"], OneCycle(40, 0.1, endval=0.1 / 25 / 4000)),
]


@pytest.mark.parametrize(("rates", "schedule"), SAME, ids=lambda x: repr(x)[:40])
def test_other_libraries_agree(rates, schedule):
    found = [schedule(t) for t in range(1, 41)]
    np.testing.assert_allclose(found, rates, rtol=1e-9, atol=1e-15)


# --- Steps ------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", ENDLESS, ids=repr)
def test_endless_schedules(schedule):
    values = [schedule(t) for t in range(1, 101)]
    assert values == [value for value, _ in zip(schedule, range(1, 101), strict=False)]
    assert values == [schedule(t) for t in range(1, 101)]  # nothing is remembered
    assert values == list(islice(schedule, 100))
    assert all(type(value) is float for value in values)
    assert schedule(10**9) >= 0
    with pytest.raises(TypeError, match=r"no length.*Shortened\(schedule, 100\)"):
        len(schedule)


@pytest.mark.parametrize("schedule", FINITE, ids=repr)
def test_finite_schedules(schedule):
    assert len(schedule) == schedule.length == 12
    assert list(schedule) == [schedule(t) for t in range(1, 13)]
    assert all(type(value) is float for value in schedule)
    with pytest.raises(IndexError, match="has 12 steps, and step 13 was asked for"):
        schedule(13)


@pytest.mark.parametrize("schedule", ENDLESS + FINITE, ids=repr)
def test_steps_are_numbers_from_1_on(schedule):
    assert schedule(3.0) == schedule(np.int64(3)) == schedule(np.float32(3))
    for wrong in (0, -1, 0.5, nan, inf, -inf):
        with pytest.raises(DomainError, match="counted from 1"):
            schedule(wrong)
    for wrong in (True, "1", None, 1j):
        with pytest.raises(TypeError, match="takes one step at a time"):
            schedule(wrong)
    for several in (np.arange(1, 3), [1, 2]):
        with pytest.raises(
            TypeError, match=r"For several write \[schedule\(t\) for t in steps\]"
        ):
            schedule(several)


def test_fractions_of_steps_follow_the_formula():
    assert Exp(1.0, 0.25)(1.5) == 0.5
    assert Triangle(0.0, 1.0, 4)(1.5) == 0.25
    assert Step(1.0, 0.5, 2)(2.5) == Step(1.0, 0.5, [2])(2.5) == 0.5
    with pytest.raises(IndexError):
        Poly(1.0, 1, 4)(4.5)


def test_growth_without_end_is_refused_where_floats_end():
    growing = Exp(1.0, 10.0)
    assert growing(301) == 1e300
    with pytest.raises(DomainError, match="step 400 is too large for a float"):
        growing(400)


# --- Numbers ----------------------------------------------------------------------


def test_printing():
    assert repr(Exp(0.1, 1)) == "Exp(start=0.1, decay=1.0)"
    assert repr(Constant(1)) == "Constant(1.0)"
    assert repr(Step(1, 0.5, [2, 3])) == "Step(start=1.0, decay=0.5, step_sizes=(2, 3))"
    assert repr(Cos(0, 1, 5)) == "CosAnneal(l0=0.0, l1=1.0, period=5, restart=True)"
    assert repr(OneCycle(10, 1)) == (
        "OneCycle(nsteps=10, maxval=1.0, startval=0.04, endval=1e-05, "
        "percent_start=0.25)"
    )


def test_older_spellings():
    assert Cos(λ0=1e-4, λ1=1e-2, period=10) == Cos(1e-4, 1e-2, 10)
    assert Exp(λ=0.1, γ=0.5) == Exp(0.1, 0.5)
    assert Poly(λ=0.1, p=2, max_iter=5) == Poly(0.1, 2, 5)
    assert Cos is CosAnneal


def test_whole_floats_are_counts():
    assert Triangle(0, 1, 4.0) == Triangle(0, 1, 4)
    assert Step(1, 0.5, 3.0) == Step(1, 0.5, 3)


@pytest.mark.parametrize("schedule", ENDLESS + FINITE, ids=repr)
def test_schedules_are_values(schedule):
    for copy in (deepcopy(schedule), loads(dumps(schedule))):
        assert copy == schedule
        assert hash(copy) == hash(schedule)
    assert schedule  # though an endless one has no length
    with pytest.raises(FrozenInstanceError):
        setattr(schedule, schedule.fields[0], 1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Exp(0.1, -1), DomainError, "decay=-1.*at least 0"),
        (lambda: Exp(nan, 1), DomainError, "start=nan.*NaN"),
        (lambda: Exp(inf, 1), DomainError, "start=inf.*finite"),
        (lambda: Exp("1", 1), TypeError, "start must be a real number.*a str"),
        (lambda: Exp(0.1), TypeError, "decay"),
        (lambda: Exp(0.1, gamma=0.9), TypeError, "gamma"),
        (lambda: Poly(0.1, 2, 0), DomainError, "max_iter=0.*at least 1"),
        (lambda: Poly(0.1, -2, 5), DomainError, "degree=-2"),
        (lambda: Poly(0.1, 2, 2.5), TypeError, "max_iter must be a whole number"),
        (lambda: Inv(0.1, -2, 5), DomainError, "decay=-2"),
        (lambda: Triangle(0, 1, 0), DomainError, "period=0.*at least 1"),
        (lambda: Sin(0, 1, True), TypeError, "period must be a whole number"),
        (lambda: SinExp(0, 1, 5, -0.1), DomainError, "decay=-0.1"),
        (lambda: Cos(0, 1, 5, restart=1), TypeError, "restart is a switch"),
        (lambda: OneCycle(-5, 1), DomainError, "nsteps=-5.*at least 1"),
        (lambda: OneCycle(5, "1"), TypeError, "maxval must be a real number"),
        (lambda: OneCycle(5, 1, percent_start=25), DomainError, "between 0 and 1"),
        (lambda: Step(0.1, 0.5, 0), DomainError, "step_sizes=0 must be at least 1"),
        (lambda: Step(0.1, 0.5, [2, 0]), DomainError, "step size=0"),
        (lambda: Step(0.1, 0.5, []), TypeError, r"a list such as \[10, 5\]"),
        (lambda: Step(0.1, 0.5, 2.5), TypeError, "a whole number of steps"),
        (lambda: Constant(None), TypeError, "value must be a real number"),
    ],
)
def test_numbers_out_of_range_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_errors_of_names_list_the_names():
    with pytest.raises(TypeError) as raised:
        Exp(0.1, gamma=0.9)
    assert raised.value.__notes__ == ["The numbers of Exp: start=..., decay=..."]


# --- A schedule of one's own -------------------------------------------------------


class Root(Schedule):
    start: float
    period: int = 1

    def at(self, t):
        return np.float32(self.start / t**0.5)


def test_a_schedule_of_ones_own():
    schedule = Root(2)
    assert repr(schedule) == "Root(start=2.0, period=1)"
    assert schedule(4) == 1.0
    assert type(schedule(4)) is float
    assert list(islice(schedule, 2)) == [schedule(1), schedule(2)]
    with pytest.raises(DomainError, match="period=0"):
        Root(1.0, 0)


def test_what_it_must_return():
    class Silent(Schedule):
        def at(self, t):
            pass

    class Nothing(Schedule):
        pass

    with pytest.raises(TypeError, match=r"gave None for step 2.*a real number"):
        Silent()(2)
    with pytest.raises(NotImplementedError, match=r"Nothing needs a method at\(self"):
        Nothing()(1)
