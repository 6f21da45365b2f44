"""Parameters that are updated together: states, clocks, and what parts them."""

import pickle
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import pytest

from minigrad.optimise import (
    Adam,
    Descent,
    Momentum,
    Scheduler,
    adjust_,
    freeze_,
    setup,
    thaw_,
    update_,
)
from minigrad.optimise.quick import usual
from minigrad.patterns import WORTH

from ..compiled import COMPILED


def training(rule, steps=3, sizes=(3, 4)):
    """A tree and a model after some steps, and the gradient of the next one."""
    model = {str(n): np.linspace(-1, 1, n) for n in sizes}
    tree = setup(rule, model)
    dx = {name: np.cos(x) for name, x in model.items()}
    for _ in range(steps):
        update_(tree, model, dx)
    return tree, model, dx


def crew(*step):
    plan = usual(*step)[1]
    return plan and plan.func.__self__


RULES = [Descent(), Momentum(), Adam(), Scheduler(Adam(), eta=lambda t: 1 / t)]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_states_are_those_of_a_parameter_alone(rule):
    """They are put together when they are read, which may be steps later."""
    tree, model, _ = training(rule, steps=5)
    for name, x in model.items():
        alone, only, _ = training(rule, steps=5, sizes=[len(x)])
        assert tree[name] == alone[name]
        np.testing.assert_array_equal(x, only[name])


def test_a_state_that_was_read_stays_as_it_was():
    tree, model, dx = training(Adam(), steps=4)
    first = tree["3"].state[2]
    update_(tree, model, dx)
    assert tree["3"].state[2] == tuple(np.array(first) * (0.9, 0.999))
    assert first == pytest.approx((0.9**5, 0.999**5))


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_copies_and_other_rules_go_on_from_the_state_of_now(rule):
    tree, model, dx = training(rule)
    twins = deepcopy((tree, model))
    assert twins[0] == tree
    changed = deepcopy((tree, model))
    for leaf in changed[0].values():
        leaf.rule = leaf.rule  # nothing else, and the state stays
    for one in ((tree, model), twins, changed):
        update_(*one, dx)
    assert tree == twins[0] == changed[0]
    for name, x in model.items():
        np.testing.assert_array_equal(x, twins[1][name])
        np.testing.assert_array_equal(x, changed[1][name])


class Pair(NamedTuple):
    """Patterns are counted by type: nobody else has trained one of these."""

    a: np.ndarray
    b: np.ndarray


def pair_in_training(rule, steps=WORTH + 1):
    model, dx = Pair(np.ones(3), np.ones(4)), Pair(np.ones(3), np.ones(4))
    tree = setup(rule, model)
    for _ in range(steps):
        update_(tree, model, dx)
    return tree, model, dx


@COMPILED
@pytest.mark.parametrize("rule", [Momentum(), Adam()], ids=repr)
def test_a_crew_is_kept_from_step_to_step_and_made_anew_after_a_change(rule):
    tree, model, dx = pair_in_training(rule)
    first = crew(tree, model, dx)
    update_(tree, model, dx)
    assert crew(tree, model, dx) is first is not None
    adjust_(tree, 0.5)
    assert usual(tree, model, dx) is None  # not ready yet for the other rule
    update_(tree, model, dx)
    assert crew(tree, model, dx) is not first


def shape_of(x, shape):
    x.resize(shape, refcheck=False)  # the same object, with other memory


CHANGES = {
    "the dtype of a gradient": lambda tree, model, dx: dx._replace(a=np.ones(3, "f4")),
    "its shape": lambda tree, model, dx: dx._replace(a=np.ones((3, 1))),
    "its size": lambda tree, model, dx: dx._replace(a=np.ones(2)),
    "its memory": lambda tree, model, dx: dx._replace(a=np.ones(4)[:3]),
    "its strides": lambda tree, model, dx: dx._replace(a=np.ones(6)[::2]),
    "the parameter itself": lambda tree, model, dx: dx._replace(a=model.a),
    "the other parameter": lambda tree, model, dx: dx._replace(b=model.b),
    "memory of the rule": lambda tree, model, dx: dx._replace(a=tree.a.state),
    "a read-only parameter": lambda tree, model, dx: model.a.setflags(write=False),
    "read-only memory": lambda tree, model, dx: tree.a.state.setflags(write=False),
    "a larger parameter": lambda tree, model, dx: shape_of(model.b, (5,)),
    "a row of it": lambda tree, model, dx: shape_of(model.b, (1, 4)),
    "all of them larger": lambda tree, model, dx: [
        shape_of(x, (5,)) for x in (model.b, tree.b.state, dx.b)
    ],
    "a frozen parameter": lambda tree, model, dx: setattr(tree.b, "frozen", True),
    "another rule": lambda tree, model, dx: setattr(tree.b, "rule", Momentum(0.5)),
    "another state": lambda tree, model, dx: setattr(tree.b, "state", np.ones(4)),
}


def numbers_of(dtype):
    def change(tree, model, dx):
        model.b.dtype = dtype
        return dx._replace(b=np.ones(model.b.shape, dtype))

    return change


CHANGES_OF_THE_MODEL = {
    "another shape": lambda tree, model, dx: [
        shape_of(x, (2, 2)) for x in (model.b, dx.b)
    ],
    "larger": lambda tree, model, dx: [shape_of(x, (5,)) for x in (model.b, dx.b)],
    "integers": numbers_of(np.int64),
    "complex numbers": numbers_of(np.complex128),
}
CASES = [
    *((Momentum(), change) for change in CHANGES.values()),
    *((Descent(), change) for change in CHANGES_OF_THE_MODEL.values()),
]


@COMPILED
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, for x.dtype =
@pytest.mark.parametrize(
    ("rule", "change"), CASES, ids=[*CHANGES, *CHANGES_OF_THE_MODEL]
)
def test_what_a_crew_does_not_do(rule, change):
    tree, model, dx = pair_in_training(rule)
    known = crew(tree, model, dx)
    assert known.plan(tuple(tree), tuple(model), tuple(dx))
    changed = change(tree, model, dx)
    dx = changed if isinstance(changed, Pair) else dx
    assert known.plan(tuple(tree), tuple(model), tuple(dx)) is None


@COMPILED
def test_unpickled_parameters_and_states_have_a_crew():
    """Their arrays have a dtype of their own, which is equal and not the same."""
    tree, model, _ = pickle.loads(pickle.dumps(pair_in_training(Adam())))
    dx = Pair(np.ones(3), np.ones(4))
    update_(tree, model, dx)
    first = crew(tree, model, dx)
    update_(tree, model, dx)
    assert crew(tree, model, dx) is first is not None


def test_a_model_without_parameters_has_nothing_to_update():
    model = [3, "x"]
    with pytest.warns(UserWarning, match="no trainable parameters"):
        tree = setup(Descent(), model)
    for _ in range(3 * WORTH):
        update_(tree, model, [None, None])
    assert model == [3, "x"]


@COMPILED
def test_a_read_only_gradient_is_as_good():
    tree, model, dx = pair_in_training(Descent(0.5))
    known, before = crew(tree, model, dx), model.a.copy()
    dx.a.setflags(write=False)
    known.plan(tuple(tree), tuple(model), tuple(dx))()
    np.testing.assert_array_equal(model.a, before - 0.5)


def test_clocks_part_where_one_parameter_is_left_out():
    tree, model, dx = training(Adam(), steps=2)
    update_(tree, model, {**dx, "4": None})
    freeze_(tree["3"])
    update_(tree, model, dx)
    thaw_(tree)
    update_(tree, model, dx)
    update_(tree, model, {"3": dx["3"], "4": None})
    powers = [leaf.state[2][0] for leaf in tree.values()]
    assert powers == pytest.approx([0.9**6, 0.9**5], rel=1e-12)


class Three(NamedTuple):
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray


@COMPILED
def test_several_rules_of_one_formula_have_numbers_of_their_own():
    model, dx = Three(*map(np.ones, (2, 2, 2))), Three(*[np.ones(2)] * 3)
    tree = setup(Descent(0.5), model)
    tree.b.rule = Descent(0.25)
    for _ in range(WORTH + 3):
        update_(tree, model, dx)
    assert [clock.rule.eta for clock in crew(tree, model, dx).parts] == [0.5, 0.25]
    np.testing.assert_array_equal(model, [[-2, -2], [-0.5, -0.5], [-2, -2]])


def test_a_gradient_that_is_kept_is_not_changed():
    tree, model, dx = training(Adam())
    kept = deepcopy(dx)
    update_(tree, model, dx)
    for name, x in kept.items():
        np.testing.assert_array_equal(dx[name], x)
