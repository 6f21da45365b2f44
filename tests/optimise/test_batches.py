"""What is known of a parameter from step to step, and one call for many of them."""

import gc

import numpy as np
import pytest

from minigrad.optimise import (
    AccumGrad,
    Adam,
    ClipGlobalNorm,
    ClipNorm,
    Descent,
    Leaf,
    Momentum,
    OptimiserChain,
    Scheduler,
    WeightDecay,
    adjust_,
    kernels,
    setup,
    update_,
)
from minigrad.optimise.batches import Batch, ready_for


def leaf_and(x, rule=None):
    rule = rule or Momentum()
    return Leaf(rule, rule.init(x), shape=x.shape), x


# --- When a parameter is ready -----------------------------------------------------


@pytest.mark.parametrize(
    "x",
    [np.ones(3), np.ones((2, 3), "f4"), np.ones((2, 3), order="F"), np.array(1.0),
     np.ones((0, 2)), np.ones((4, 2))[1:3], np.ones((2, 3)).T],
)  # fmt: skip
def test_contiguous_parameters_are_ready(x):
    leaf, x = leaf_and(x)
    ready = ready_for(leaf, x)
    assert leaf.ready is ready and ready.holds(x)
    assert ready.takes(np.ones_like(x)) and ready.memory[0] is leaf.state


@pytest.mark.parametrize(
    "x",
    [np.ones(6)[::2], np.ones(3)[::-1], np.ones((4, 4))[:, 1:], np.ones(2, "f2"),
     np.ones(2, ">f4"), np.ones(2, complex), np.broadcast_to(np.ones(1), (3,)),
     np.ones(3).view(np.recarray), np.frombuffer(bytes(8)),
     np.zeros(9, "i1")[1:].view("f4")],
)  # fmt: skip
def test_other_parameters_are_not(x):
    leaf, x = leaf_and(x)
    assert ready_for(leaf, x) is None and leaf.ready is None


@pytest.mark.parametrize(
    "state",
    [np.ones(6)[::2], np.ones(3, "f4"), np.ones(4), np.ones((3, 1)), np.array(1.0),
     np.ma.ones(3), np.frombuffer(bytes(24))],
)  # fmt: skip
def test_nor_those_with_other_states(state):
    leaf, x = leaf_and(np.ones(3))
    leaf.state = state
    assert ready_for(leaf, x) is None


def test_a_state_in_another_order_does_not_fit():
    leaf, x = leaf_and(np.ones((2, 3), order="F"))
    assert ready_for(leaf, x)
    leaf.state = np.ones((2, 3))
    assert ready_for(leaf, x) is None


def test_what_was_known_is_forgotten_with_the_rule():
    leaf, x = leaf_and(np.ones(3))
    assert ready_for(leaf, x)
    leaf.rule, leaf.state = AccumGrad(2), AccumGrad(2).init(x)
    assert leaf.ready is None
    assert ready_for(leaf, x) is None and leaf.ready is None


# --- How long it stays so ----------------------------------------------------------

CHANGES = {
    "rule": lambda leaf, x: setattr(leaf, "rule", Momentum()),
    "state": lambda leaf, x: setattr(leaf, "state", leaf.state.copy()),
    "read-only": lambda leaf, x: setattr(x.flags, "writeable", False),
    "resized": lambda leaf, x: x.resize((99,), refcheck=False),
    "smaller": lambda leaf, x: x.resize((1,), refcheck=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_ends_it(change):
    leaf, x = leaf_and(np.ones(3))
    ready = ready_for(leaf, x)
    change(leaf, x)
    assert leaf.ready is None or not ready.holds(x)


def test_an_equal_array_is_another_one():
    leaf, x = leaf_and(np.ones(3))
    ready = ready_for(leaf, x)
    assert not ready.holds(x.copy()) and not ready.holds(x[:])


@pytest.mark.parametrize(
    "dx",
    [np.ones((3, 2)).T, np.ones((2, 3), "f4"), np.ones((2, 3), ">f8"), np.ones((3, 2)),
     np.ones(6), np.ones((4, 3))[:2], np.ones((2, 3)).view(np.recarray),
     np.broadcast_to(1.0, (2, 3)), [[1.0] * 3] * 2, None, 1.0],
)  # fmt: skip
def test_gradients_that_a_loop_cannot_read(dx):
    leaf, x = leaf_and(np.ones((2, 3)))
    assert not ready_for(leaf, x).takes(dx)


def test_the_clock_goes_on_and_the_arrays_stay():
    leaf, x = leaf_and(np.ones(3), Adam())
    ready = ready_for(leaf, x)
    m, v, powers = leaf.state
    ready.clock = ready.clock.at(((0.5, 0.25),))
    assert leaf.state[0] is m and leaf.state[1] is v
    assert leaf.state[2] == (0.5, 0.25) != powers
    assert ready.holds(x)


# --- One call for many -------------------------------------------------------------


def filled(rules):
    batch, pairs = Batch(), []
    for rule in rules:
        leaf, x = leaf_and(np.ones(len(pairs) + 1), rule)
        ready = ready_for(leaf, x)
        batch.add_ready(ready, np.ones_like(x))
        pairs.append((leaf, ready))
    return batch, pairs


def test_numbers_of_one_rule_stand_there_once():
    rule = Momentum(0.5, 0.25)
    batch, _ = filled([rule] * 3)
    assert sorted(batch.numbers) == [0.25, 0.5]
    assert [batch.table[row + 1] for row in (0, 6, 12)] == [1, 2, 3]
    assert {batch.table[row + 2] for row in (0, 6, 12)} == {0}
    assert batch.size == 6


def test_other_rules_and_other_clocks_have_numbers_of_their_own():
    batch, _ = filled([Momentum(0.5, 0.25), Momentum(0.5, 0.25), Momentum(1, 0.25)])
    assert sorted(batch.numbers) == [0.25] * 3 + [0.5] * 2 + [1]
    rule = Adam()
    first, second = leaf_and(np.ones(1), rule), leaf_and(np.ones(1), rule)
    second[0].state = *second[0].state[:2], (0.5, 0.5)
    batch = Batch()
    for leaf, x in (first, second):
        batch.add_ready(ready_for(leaf, x), x)
    half = len(batch.numbers) // 2
    assert batch.numbers[:half] != batch.numbers[half:]


def test_the_clock_is_that_of_every_parameter_by_itself():
    rule = Scheduler(Descent(), eta=lambda t: 1 / t)
    model = [np.zeros(1), np.zeros(1), np.zeros(1)]
    tree = setup(rule, model)
    one = np.ones(1)
    update_(tree, model, [one, None, one])
    update_(tree, model, [one, one, one])
    update_(tree, model, [one, one, one])
    assert [leaf.state[0] for leaf in tree] == [4, 3, 4]
    full, less = -(1 + 1 / 2 + 1 / 3), -(1 + 1 / 2)
    np.testing.assert_allclose(np.ravel(model), [full, less, full], rtol=1e-15)


@pytest.fixture
def calls(monkeypatch):
    """How many numbers each call of a kernel has updated."""
    sizes, run = [], kernels.Kernel.run

    def counted(kernel, table, numbers, size):
        sizes.append(size)
        run(kernel, table, numbers, size)

    monkeypatch.setattr(kernels.Kernel, "run", counted)
    return sizes


@pytest.mark.parametrize(
    "rule",
    [
        Adam(),
        OptimiserChain(ClipNorm(), WeightDecay(), Adam()),
        OptimiserChain(ClipGlobalNorm(), Momentum()),
        Scheduler(Momentum, rho=lambda t: 1 / (t + 1)),
    ],
    ids=repr,
)
def test_a_whole_model_is_one_call(rule, calls):
    model = {
        "a": [np.ones((3, 4)), np.ones(5)],
        "b": np.asfortranarray(np.ones((2, 3))),
    }
    tree = setup(rule, model)
    dx = {"a": [np.ones((3, 4)), np.ones(5)], "b": np.asfortranarray(np.ones((2, 3)))}
    for step in range(3):
        update_(tree, model, dx)
        assert calls == [23] * (step + 1)
    adjust_(tree["b"], 0.5)
    update_(tree, model, dx)
    assert calls == [23] * 4


def test_each_type_and_each_formula_has_a_call(calls):
    model = [np.ones(2), np.ones(3, "f4"), np.ones(4), np.ones(7, "f2")]
    tree = setup(Descent(), model)
    tree[2].rule, tree[2].state = Momentum(), np.zeros(4)
    update_(tree, model, [np.ones_like(x) for x in model])
    assert sorted(calls) == [2, 3, 4]


def test_a_chain_is_carried_out_by_a_loop_from_where_it_can(calls):
    model = [np.ones(2), np.ones(3)]
    tree = setup(OptimiserChain(AccumGrad(2), WeightDecay(), Adam()), model)
    for _ in range(4):
        update_(tree, model, [np.ones(2), np.ones(3)])
    assert calls == [5, 5]


def test_gradients_are_held_until_the_loop_has_read_them():
    """They are known by address there, which keeps nothing alive."""
    batch = Batch()
    leaf, x = leaf_and(np.ones(1000))
    batch.add_ready(ready_for(leaf, x), np.full(1000, 7.0))
    batch.add(x, np.full(1000, 5.0), (np.zeros(1000),), [0.5])
    gc.collect()
    np.full(1000, -1.0)
    held = [dx for _, dx, _ in batch.ready] + [dx for _, dx, _ in batch.held]
    assert [id(dx) for dx in held] == [batch.table[4], batch.table[6 + 4]]
    assert [dx[0] for dx in held] == [7, 5]
