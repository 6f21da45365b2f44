"""Three hundred random programs; and that the fuzzer finds the mistakes it is for."""

import contextlib
import io
import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from minigrad import gradient
from minigrad.arrays import plain
from minigrad.autodiff.operations import Operation
from minigrad.autodiff.recording import getitem
from minigrad.autodiff.registry import OPERATIONS
from tests.fuzz.__main__ import main, program_number, report
from tests.fuzz.check import (
    AGREES,
    GRADIENT,
    KINK,
    RAISES,
    VALUE,
    check,
    difference,
    numerical_gradient,
)
from tests.fuzz.operations import KINKED, SMOOTH
from tests.fuzz.programs import Block, Program, Step, compiled, script, size
from tests.fuzz.shrink import shrunk

PROGRAMS, SEED, AT_ONCE = 300, 4, 25


@cache
def program(number):
    return program_number(SEED, number)


@cache
def finding(number):
    return check(*program(number))


# --- Programs ------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, PROGRAMS, AT_ONCE))
def test_tape_and_differences_agree(first):
    for number in range(first, first + AT_ONCE):
        found = finding(number)
        assert not found.is_failure, report(SEED, number, found, *program(number))


def test_hardly_any_program_is_skipped():
    kinks = sum(finding(number).verdict == KINK for number in range(PROGRAMS))
    assert kinks <= 0.03 * PROGRAMS


def every_step(steps):
    for step in steps:
        yield step
        for block in step.blocks:
            yield from every_step(block.steps)


def test_programs_do_everything():
    """20 to 200 operations; all of the table, branches, loops, nested gradients."""
    sizes = [size(program(number)[0].steps) for number in range(PROGRAMS)]
    assert (min(sizes) >= 20, max(sizes) <= 200) == (True, True)
    assert max(sizes) > 150
    steps = [every_step(program(number)[0].steps) for number in range(PROGRAMS)]
    used = Counter(step.code for some in steps for step in some)
    assert not {*SMOOTH, *KINKED, "if", "for", "gradient"} - used.keys()
    assert min(used[code] for code in ("if", "for", "gradient")) > 100


def test_gradients_in_gradients_occur():
    nested = 0
    for number in range(PROGRAMS):
        for step in every_step(program(number)[0].steps):
            inner = (s for block in step.blocks for s in every_step(block.steps))
            nested += step.code == "gradient" and any(
                s.code == "gradient" for s in inner
            )
    assert nested > 20


def test_results_depend_on_all_that_is_written():
    """The slope is not lost in saturated functions on its way through a program."""
    found = [finding(number) for number in range(PROGRAMS)]
    slopes = [abs(one.expected) for one in found if one.verdict == AGREES]
    assert np.mean(np.array(slopes) > 1e-3) > 0.95


def test_a_number_always_gives_the_same_program():
    first, again = program_number(SEED, 7), program_number(SEED, 7)
    assert script(*first) == script(*again)
    assert script(*first) != script(*program(8))


# --- Mistakes that are planted --------------------------------------------------------


def planted(monkeypatch, function, *vjps, broadcasts=True):
    """The registry with other vjps of a function."""
    operation = Operation(function, vjps, broadcasts, OPERATIONS[function].ignored)
    monkeypatch.setitem(OPERATIONS, function, operation)


def shrunk_failure():
    """The verdict about the first program that fails, and the smallest one found."""
    verdict = lambda *program: check(*program).verdict
    some = (program_number(SEED, number, operations=40) for number in range(300))
    failing = next(one for one in some if check(*one).is_failure)
    small, along = shrunk(*failing, verdict)
    assert verdict(small, along) == verdict(*failing)
    return verdict(small, along), small


def test_a_wrong_derivative_is_found(monkeypatch):
    planted(monkeypatch, np.arctan, lambda g, ans, x: g / (1 + x))
    verdict, small = shrunk_failure()
    assert verdict == GRADIENT
    assert [step.code for step in small.steps] == ["np.arctan({0})"]
    assert [x.size for x in small.inputs.values()] == [1]


def test_a_wrong_permutation_is_found(monkeypatch):
    """The gradient has the right shape and the right sum."""
    vjp = lambda g, ans, x, shift, axis=None: np.roll(g, shift, axis)
    planted(monkeypatch, np.roll, vjp, broadcasts=False)
    verdict, small = shrunk_failure()
    assert verdict == GRADIENT
    assert [step.code for step in small.steps] == ["np.roll({0}, {whole}, axis={axis})"]


def test_a_place_that_is_read_twice_is_found(monkeypatch):
    """Writing in the place of adding, which is right until an index is repeated."""

    def write_at(g, ans, x, index):
        total = np.zeros(np.shape(x))
        total[index] = plain(g)
        return total

    planted(monkeypatch, getitem, write_at, None, broadcasts=False)
    verdict, small = shrunk_failure()
    assert verdict in (GRADIENT, VALUE)
    assert all("[" in step.code or step.blocks for step in small.steps)


def test_a_derivative_that_is_cut_off_is_found(monkeypatch):
    """Right at order one, where most tests look; wrong inside another gradient."""
    planted(monkeypatch, np.sin, lambda g, ans, x: g * np.cos(plain(x)))
    verdict, small = shrunk_failure()
    assert verdict in (GRADIENT, VALUE)
    codes = [step.code for step in every_step(small.steps)]
    assert "gradient" in codes
    assert len(codes) <= 4


def test_a_missing_vjp_is_found(monkeypatch):
    monkeypatch.delitem(OPERATIONS, np.logaddexp)
    verdict, small = shrunk_failure()
    assert verdict == RAISES
    assert [step.code for step in small.steps] == ["np.logaddexp({0}, {1})"]


def test_what_is_printed_can_be_pasted(monkeypatch, capsys):
    """The report is a script, and running it shows the two slopes that differ."""
    planted(monkeypatch, np.arctan, lambda g, ans, x: g / (1 + x))
    assert (
        main(["--seed=4", "--programs=200", "--operations=40", "--stop-after=1"]) == 1
    )
    printed = capsys.readouterr().out
    assert re.search(
        r"# Program \d+ of seed 4: wrong gradient. \d+ operations", printed
    )
    assert "wrong gradient: 1" in printed.splitlines()[-1]
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        exec("\n".join(printed.splitlines()[:-1]), {})
    by_difference, by_tape = re.findall(r"-?\d+\.\d+", shown.getvalue())
    assert abs(float(by_difference) - float(by_tape)) > 1e-6


def test_without_mistakes_the_exit_status_is_zero(capsys):
    assert main(["--programs", "3", "--seed", "9", "--first", "5"]) == 0
    assert re.match(
        r"agrees: 3, also checked by autograd: \d\n", capsys.readouterr().out
    )


# --- What it has found ---------------------------------------------------------------


@pytest.mark.parametrize("power", [np.power, np.float_power])
def test_mixed_second_derivative_of_a_power_at_the_exponent_0(power):
    """d (y x**(y - 1)) / dy = 1 / x at y = 0. (Program 6108 of seed 6.)"""
    slope = lambda y: gradient(lambda x: power(x, y), 2.0)[0]
    assert gradient(slope, 0.0) == (0.5,)


# --- Parts of the fuzzer --------------------------------------------------------------


def test_difference_is_exact_for_polynomials_of_order_four():
    slope, is_smooth = difference(lambda t: 3 + 2 * t - 5 * t**3 + t**4, h=0.5)
    assert slope == pytest.approx(2, rel=1e-13)
    assert not is_smooth  # as the step is so large
    assert difference(np.exp) == (pytest.approx(1, rel=1e-12), True)


def test_numerical_gradient():
    f = lambda x: np.sum(np.sin(x) * np.arange(6.0).reshape(2, 3))
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    expected = np.cos(x) * np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(numerical_gradient(f, x)[0], expected, atol=1e-12)
    assert numerical_gradient(np.exp, 0.0)[0] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    "at",
    [
        abs,
        lambda t: max(t, 3 * t),
        lambda t: abs(t - 1e-4),
        lambda t: abs(t + 7e-4),
        lambda t: float(t > 3e-4),
        lambda t: np.floor(t),
    ],
)
def test_kinks_and_jumps_are_seen(at):
    assert not difference(at)[1]


def test_a_program_runs_as_it_reads():
    """Branches, loops and gradients, worked out by hand."""
    inner = Step("v1", "{0} ** 3", ("x_v2",), {})
    double = Step("v3", "{0} * {number}", ("v4",), {"number": 2})
    yes, no = Step("v5", "{0} + {1}", ("x", "v4"), {}), Step("v6", "-{0}", ("v4",), {})
    steps = (
        Step("v2", "gradient", ("x",), {}, (Block((inner,), "v1"),)),
        Step("v4", "for", ("v2",), {"times": 3}, (Block((double,), "v3"),)),
        Step(
            *("v7", "if", ("x",), {"number": 1.0}),
            (Block((yes,), "v5"), Block((no,), "v6")),
        ),
    )
    written = Program({"x": np.array(2.0)}, steps, ("v7",))
    assert size(steps) == 7
    f = compiled(written, np, lambda f, x: (3 * x**2,))
    assert f(2.0) == pytest.approx(np.cos(1) * (2 + 8 * 12))
    assert f(0.5) == pytest.approx(np.cos(1) * (-8 * 0.75))
    found = check(written, [np.array(1.0)])
    assert found.verdict == AGREES
    assert found.found == pytest.approx(np.cos(1) * (1 + 8 * 12))


def test_shrinking_keeps_what_matters_and_nothing_else():
    """Any verdict will do; here it is whether a sine occurs in a loop."""

    def verdict(program, directions):
        loops = [s for s in every_step(program.steps) if s.code == "for"]
        return any(
            s.code == "np.sin({0})" for loop in loops for s in every_step([loop])
        )

    some = (program_number(SEED, number, operations=40) for number in range(500))
    written = next(one for one in some if verdict(*one))
    small, along = shrunk(*written, verdict)
    codes = sorted(step.code for step in every_step(small.steps))
    assert codes == ["for", "np.sin({0})"]
    assert [step.constants["times"] for step in small.steps if step.blocks] == [1]
    assert {x.shape for x in [*small.inputs.values(), *along]} == {()}
