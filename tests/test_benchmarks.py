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

import numba
import numpy as np
import pytest

import minigrad as mg
from tests.benchmarks import __main__ as command
from tests.benchmarks import (
    adam,
    chain,
    contest,
    implicit,
    learner,
    memory,
    network,
    page,
    report,
    start,
    stream,
)

TINY = (3, 4, 2), 6


def makers(row):
    return {
        name: make for name, make in row.contestants.items() if contest.installed(name)
    }


def a_row(**changes):
    row = contest.Row(
        name="row",
        title="title",
        unit="ms",
        scale=1e3,
        contestants={"NumPy": lambda: lambda: 0.0, "minigrad": lambda: lambda: 0.0},
        targets=[contest.at_most(1, "NumPy")],
        times=contest.in_turns,
    )
    return row._replace(**changes)


# --- The timer ---------------------------------------------------------------------


@pytest.mark.parametrize("module", [contest, page, report])
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


def test_a_yardstick_is_not_compared():
    runs = {"NumPy": lambda: 1.0, "stream": lambda: None, "wrong": lambda: 2.0}
    with pytest.raises(AssertionError, match="wrong and NumPy differ in call 0"):
        contest.agree(runs)
    contest.agree({name: runs[name] for name in ("NumPy", "stream")})


@pytest.mark.parametrize(("most", "rounds"), [(None, 4), (9, 4), (2, 2)])
def test_a_row_may_stop_early(most, rounds):
    row = a_row(times=contest.round_robin, most=most)
    assert len(contest.hold(row, 4).times["minigrad"]) == rounds


def test_variants_of_a_library_join_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(contest, "find_spec", lambda name: name == "jax" or None)
    names = "JAX, variant", "PyTorch", "PyTorch, fused", "optax", "minigrad, chain"
    assert [contest.installed(name) for name in names] == [True, *3 * [False], True]


# --- The contestants ---------------------------------------------------------------


def test_gradients_of_the_chain_agree():
    contest.agree({name: make() for name, make in makers(chain.ROW).items()}, calls=2)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_losses_of_the_network_agree(activation):
    sizes, batch = TINY
    row = network.row(
        "tiny", (sizes, activation, batch), "us", 1e6, [], contestants=network.MAKERS
    )
    contest.agree({name: make() for name, make in makers(row).items()})


def test_losses_of_both_styles_agree():
    sizes, batch = TINY
    row = implicit.row("tiny", (sizes, "tanh", batch))
    contest.agree({name: make() for name, make in makers(row).items()}, rtol=0)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    "these",
    [adam.MAKERS | adam.STREAM_MAKERS, adam.CHAIN_MAKERS],
    ids=["adam", "chain"],
)
def test_updates_agree(these, count):
    row = adam.row("tiny", count, 10, [], these)
    contest.agree({name: make() for name, make in makers(row).items()})


def test_the_chain_of_rules_clips_and_decays():
    """Else the contestants of its row would agree on something else."""
    parameters, gradients = adam.problem(1, 1000)
    expected = adam.AdamByHand([x.copy() for x in parameters])
    run = adam.with_minigrad(1, 1000, adam.chain_of_rules)
    for _ in range(3):
        x = expected.parameters[0]
        expected.update([np.clip(gradients[0], -1, 1) + np.float32(1e-4) * x])
        found = run()
    np.testing.assert_allclose(found, expected.parameters, rtol=1e-5, atol=1e-6)
    assert np.abs(gradients[0]).max() > 1


@pytest.mark.parametrize("threads", stream.STREAMS.values())
def test_the_stream_writes_three_arrays_and_reads_the_fourth(threads):
    x, m, v, dx = np.arange(44, dtype=np.float32).reshape(4, 11)
    expected = [x + dx, m + dx, v + dx, dx.copy()]
    stream.streaming(threads, [x, m, v, dx])()
    np.testing.assert_array_equal([x, m, v, dx], expected)


def test_the_stream_limit_is_that_of_the_faster_stream():
    one, two = stream.STREAMS
    times = {one: [3.0, 2.0], two: [2.0, 2.0], "minigrad": [4.0, 4.0]}
    target = stream.share_of_stream_limit(0.5)
    assert (target.of(times), target.limit) == (2.0, 2.0)


def test_learners_train_as_the_loop_does():
    contest.agree(
        {name: make() for name, make in learner.MAKERS.items()}, calls=3, rtol=0
    )


def test_extra_memory_is_the_peak_of_what_is_held_at_once():
    def run():
        first = np.ones(100_000, np.float32)
        del first
        return np.ones(100_000, np.float32)

    (share,) = memory.shares({"run": run}, rounds=1, size=100_000)["run"]
    assert 1 <= share < 1.1


def test_extra_memory_counts_two_arrays_that_are_held_together():
    run = lambda: (np.ones(100_000, np.float32) + 1).sum()
    (share,) = memory.shares({"run": run}, rounds=1, size=50_000)["run"]
    assert 4 <= share < 4.1


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


def test_what_comes_before_is_not_timed():
    before = "import time; time.sleep(0.5); print('compiling Adam')"
    assert start.seconds("time", before=before) < 0.5


@pytest.mark.parametrize("name", start.RULES)
def test_the_first_update_runs(name, tmp_path):
    before = start.BEFORE_UPDATE.format(rule=start.RULES[name])
    assert start.seconds(start.UPDATE, tmp_path, before) > 0
    compiles = not numba.config.DISABLE_JIT
    assert any(tmp_path.rglob("*.nbc")) == compiles  # in the folder it was given


# --- The report --------------------------------------------------------------------


def test_targets_are_judged():
    times = {"NumPy": [1.0, 2.0], "minigrad": [3.0, 6.0]}
    judged = [(3.0, True), (2.9, False), (None, None)]
    target = contest.at_most(3, "NumPy")
    targets = [target._replace(limit=limit) for limit, _ in judged]
    targets.append(contest.at_most(3, "JAX"))
    found = report.summary(contest.Result(a_row(targets=targets), times, ["JAX"]))
    absent = {"text": "at most 3 of JAX", "value": None, "met": None}
    same = {"text": "at most 3 of NumPy", "value": 3.0}
    assert found["targets"] == [*({**same, "met": met} for _, met in judged), absent]
    assert found["contestants"]["minigrad"]["median"] == 4500.0
    assert found["absent"] == ["JAX"]


def test_the_command_prints_a_table_and_writes_json(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(contest, "TURN", 1e-4)
    rows = [adam.row("adam", 1, 10, [contest.at_most(0.25, "NumPy")]), memory.row(10)]
    monkeypatch.setattr(command, "ROWS", rows)
    path = tmp_path / "new" / "report.json"
    options = ["--only", "adam", "--rounds", "1", "--json", str(path)]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
    command.main()
    written = json.loads(path.read_text())
    assert written["machine"]["versions"]["numpy"] == np.__version__
    assert set(written["rows"]["adam"]["contestants"]) >= {"NumPy", "minigrad"}
    assert set(written["rows"]) == {"adam"}
    assert "target: at most 0.25 of NumPy: " in capsys.readouterr().out


def test_names_of_rows_are_unique():
    names = [row.name for row in command.ROWS]
    assert len(names) == len(set(names))


# --- The page ----------------------------------------------------------------------


def test_the_page_says_what_is_kept():
    text = (page.DOCS / "benchmarks.md").read_text("utf-8")
    kept = json.loads(page.KEPT.read_text("utf-8"))
    made = text.partition(page.BEGIN)[2].partition(page.END)[0]
    assert made == page.measured(kept), "run: python -m tests.benchmarks.page"
    assert page.PICTURES.keys() <= kept["rows"].keys()


def test_the_page_takes_in_what_was_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "DOCS", tmp_path)
    monkeypatch.setattr(page, "KEPT", tmp_path / "measured" / "results.json")
    around = "before\n", "\nafter\n"
    (tmp_path / "benchmarks.md").write_text((page.BEGIN + page.END).join(around))
    fast = {name: lambda: lambda: 1.0 for name in ("1 layer", "64 layers")}
    row = a_row(
        name="growth-layers",
        contestants=fast,
        targets=[contest.at_most(0.5, "1 layer", "64 layers")],
        times=lambda runs, rounds: {"1 layer": [1.0, 1.0], "64 layers": [2.0, 2.0]},
    )
    rows = {row.name: report.summary(contest.hold(row, 2))}
    results = {"machine": report.machine(), "rounds": 2, "rows": rows}
    report.write(tmp_path / "new.json", results)
    page.main([tmp_path / "new.json"])
    page.main([])
    text = (tmp_path / "benchmarks.md").read_text()
    assert text.startswith("before") and text.endswith("after\n")
    assert text.count("| 64 layers | 2000 | 2000 |") == 1
    assert "* Target: at most 0.5 of 1 layer: 2.00, **not met**" in text
    assert "<svg" in (tmp_path / "measured" / "growth-layers.svg").read_text()
    assert "rounds" not in json.loads(page.KEPT.read_text())["rows"][row.name]
