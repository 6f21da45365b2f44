"""The benchmarks compare what can be compared: all contestants agree.

Nothing is timed here. The contests themselves are run by hand, with
`python -m tests.benchmarks`.
"""

import doctest
import json
import subprocess
import sys
from functools import partial
from itertools import count

import numpy as np
import pytest

import minigrad as mg
from tests.benchmarks import __main__ as command
from tests.benchmarks import adam, chain, contest, network, report, start

TINY = (3, 4, 2), 6


def makers(row):
    return {
        name: make for name, make in row.contestants.items() if contest.installed(name)
    }


# --- The timer ---------------------------------------------------------------------


@pytest.mark.parametrize("module", [contest, report])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def test_turns_are_taken_in_rotation():
    order = []
    turns = {name: partial(order.append, name) for name in "abc"}
    contest.round_robin(turns, rounds=3)
    assert "".join(order) == "abcbcacab"


def test_a_turn_is_seconds_per_call(monkeypatch):
    clock = count(step=12.0)  # reads 0 and 12
    monkeypatch.setattr(contest, "perf_counter", lambda: next(clock))
    calls = []
    assert contest.time_turn(lambda: calls.append(1), number=4) == 3.0
    assert len(calls) == 4 + 2  # two to warm up


def test_ratios_are_taken_round_by_round():
    """A slow minute slows both: the medians of each would give 3 / 2."""
    times = {"a": [1.0, 30.0, 3.0], "b": [0.5, 10.0, 2.0]}
    assert contest.ratio(times, "a", "b") == 2.0
    assert contest.difference(times, "a", "b") == 1.0
    assert contest.ratio(times, "a", "absent") is None


def test_a_contestant_that_computes_something_else_is_found_out():
    runs = {"NumPy": lambda: np.ones(2), "wrong": lambda: np.array([1.0, 1.01])}
    with pytest.raises(AssertionError, match="wrong and NumPy differ in call 0"):
        contest.agree(runs)


def test_a_contestant_that_drifts_away_is_found_out():
    steps = count()
    runs = {"NumPy": lambda: 0.0, "late": lambda: float(next(steps) == 3)}
    with pytest.raises(AssertionError, match="late and NumPy differ in call 3"):
        contest.agree(runs)


# --- The contestants ---------------------------------------------------------------


def test_gradients_of_the_chain_agree():
    contest.agree({name: make() for name, make in makers(chain.ROW).items()}, calls=2)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_losses_of_the_network_agree(activation):
    sizes, batch = TINY
    row = network.row("tiny", (sizes, activation, batch), "us", 1e6, "PyTorch", 1)
    contest.agree({name: make() for name, make in makers(row).items()})


def test_steps_of_adam_agree():
    contest.agree({name: make() for name, make in makers(adam.row(10)).items()})


def test_the_chain_by_hand_is_its_derivative():
    """By central differences in float64, along each of the four numbers."""
    x, a, b = (each.astype(float) for each in chain.problem())
    h = 1e-6
    shifts = h * np.eye(4)
    ends = [[chain.chain(np, x + s, a, b) for s in (d, -d)] for d in shifts]
    expected = [(up - down) / (2 * h) for up, down in ends]
    np.testing.assert_allclose(chain.by_hand()(), expected, rtol=1e-3)


def test_the_network_learns():
    sizes, batch = TINY
    run = network.by_hand(network.problem(sizes, "tanh", batch))
    first = run()
    assert [run() for _ in range(200)][-1] < first


def test_adam_by_hand_follows_the_formula():
    x, dx = np.float32([1, 2, 3]), np.float32([0.5, -2, 0])
    rule, expected = mg.Adam(adam.ETA), x.astype(float)
    state, by_hand = rule.init(expected), adam.AdamByHand([x])
    for _ in range(3):
        by_hand.update([dx])
        state, step = rule.apply(state, expected, dx.astype(float))
        expected = expected - step
    np.testing.assert_allclose(x, expected, rtol=1e-6)


def test_import_is_timed_in_a_fresh_process():
    assert 0 < start.seconds("import sys; assert 'minigrad' not in sys.modules") < 60
    with pytest.raises(subprocess.CalledProcessError):
        start.seconds("raise SystemExit(1)")


# --- The report --------------------------------------------------------------------


def test_targets_are_judged():
    row = contest.Row(
        name="row",
        title="title",
        unit="ms",
        scale=1e3,
        contestants={"NumPy": lambda: lambda: 0.0, "minigrad": lambda: lambda: 0.0},
        target=contest.Target("twice", lambda t: contest.ratio(t, "minigrad", "NumPy")),
        times=contest.in_turns,
    )
    times = {"NumPy": [1.0, 2.0], "minigrad": [3.0, 6.0]}
    for limit, met in [(3.0, True), (2.9, False), (None, None)]:
        judged = row._replace(target=row.target._replace(limit=limit))
        found = report.summary(contest.Result(judged, times, ["JAX"]))
        assert found["target"] == {"text": "twice", "value": 3.0, "met": met}
    assert found["contestants"]["minigrad"]["median"] == 4500.0
    assert found["absent"] == ["JAX"]


def test_the_command_prints_a_table_and_writes_json(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(contest, "TURN", 1e-4)
    monkeypatch.setattr(command, "ROWS", [adam.row(10)])
    path = tmp_path / "new" / "report.json"
    options = ["--only", "adam", "--rounds", "1", "--json", str(path)]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
    command.main()
    written = json.loads(path.read_text())
    assert written["machine"]["versions"]["numpy"] == np.__version__
    assert set(written["rows"]["adam"]["contestants"]) >= {"NumPy", "minigrad"}
    assert "target: at most 0.25 of NumPy: " in capsys.readouterr().out
