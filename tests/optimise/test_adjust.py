"""Other numbers during training, and parameters to leave alone."""

import json
import warnings
from collections import namedtuple
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import Chain, Dense, DomainError, gradient, optimise
from minigrad.optimise import (
    AccumGrad,
    Adam,
    AdamW,
    ClipGrad,
    ClipNorm,
    Descent,
    Leaf,
    MixedPrecision,
    Momentum,
    Muon,
    Nesterov,
    OptimiserChain,
    RMSProp,
    Rprop,
    Rule,
    Scheduler,
    WeightDecay,
    adjust,
    adjust_,
    freeze_,
    setup,
    thaw_,
    update_,
)

XY = namedtuple("XY", "x y")
FACTS = {
    fact["id"]: fact
    for fact in json.loads(
        (Path(__file__).parents[1] / "seed_facts.json").read_text(encoding="utf-8")
    )
}


def expected(name):
    return FACTS[name]["expected"]


def leaves(tree):
    if isinstance(tree, Leaf):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree
    return [leaf for part in parts for leaf in leaves(part)]


def two_parts(rule):
    model = Chain(enc=Chain(Dense(2, 3), Dense(3, 3)), dec=Dense(3, 2))
    return model, setup(rule, model)


# --- As printed in the documentation of Flux ---------------------------------------


def test_a_rate_changed_midway():
    """A000-60 to 62, and 59: what the rule remembers stays, and so does rho."""
    model = XY(np.zeros(2, np.float32), np.tanh)
    tree = setup(Nesterov(), model)
    assert tree.x.rule == Nesterov(0.001, 0.9)
    update_(tree, model, XY([16, 88], None))
    memory = tree.x.state
    np.testing.assert_allclose(memory, [-0.016, -0.088], rtol=1e-7)
    assert memory.dtype == np.float32
    assert adjust_(tree, 0.123) is None
    assert repr(tree.x.rule) == "Nesterov(eta=0.123, rho=0.9)"
    assert tree.x.state is memory and tree.y == ()


def chain_tree():
    return setup(OptimiserChain(ClipGrad(), Adam()), np.zeros(2, np.float32))


def test_the_state_of_a_chain():
    fact, leaf = expected("seed.adjust.chain_state"), chain_tree()
    nothing, (m, v, powers) = leaf.state
    found = [nothing, [m.tolist(), v.tolist(), list(powers)]]
    assert found == fact["initial_state"]
    clip, adam = leaf.rule.rules
    assert clip.delta == fact["clip_delta"]
    assert [adam.eta, list(adam.beta), adam.epsilon] == fact["adam"]


@pytest.mark.parametrize("in_place", [True, False])
def test_keywords_reach_whichever_rule_has_the_field(in_place):
    fact, leaf = expected("seed.adjust.keywords"), chain_tree()
    if in_place:
        assert adjust_(leaf, beta=(0.777, 0.909), delta=11.1) is None
        new = leaf
    else:
        new = adjust(leaf, beta=(0.777, 0.909), delta=11.1)
        assert leaf.rule == OptimiserChain(ClipGrad(), Adam())
        assert not np.shares_memory(new.state[1][0], leaf.state[1][0])
    clip, adam = new.rule.rules
    assert clip.delta == fact["clip_delta"]
    assert list(adam.beta) == fact["adam_beta"] and adam.eta == fact["adam_eta"]
    assert list(new.state[1][2]) == fact["stored_beta_powers"]


def test_freezing_a_part_and_training_the_rest():
    fact = expected("seed.freeze.f64")
    model = XY((np.array([1.0]), 2.0), np.array([3.0]))
    tree = setup(Momentum(), model)
    assert freeze_(tree.x) is None
    update_(tree, model, XY(([np.pi], 10 * np.pi), [100 * np.pi]))
    found = [model.y, model.x[0], tree.y.state, tree.x[0].state]
    names = ["y", "x0", "state_y", "state_x0"]
    for array, name in zip(found, names, strict=True):
        np.testing.assert_allclose(array, fact[name], rtol=1e-15, atol=1e-15)
    assert model.x[1] == 2.0 and tree.x[1] == ()
    frozen = "(Leaf(Momentum(eta=0.01, rho=0.9), [0.0], frozen=True), ())"
    assert repr(tree.x) == frozen
    assert thaw_(tree) is None
    assert repr(tree.x) == "(Leaf(Momentum(eta=0.01, rho=0.9), [0.0]), ())"


def test_freezing_one_layer():
    """A000-70."""
    model = Chain(Dense(2, 2), Dense(2, 2))
    tree = setup(Descent(), model)
    freeze_(tree.layers[0])
    assert [leaf.frozen for leaf in leaves(tree)] == [True, True, False, False]


def test_adjusting_adam_after_some_epochs():
    """A002-46 and 49: the momenta are kept."""
    model = {"x": np.ones(3)}
    tree = setup(Adam(0.1), model)
    for _ in range(5):
        update_(tree, model, {"x": model["x"]})
    memory = deepcopy(tree["x"].state)
    adjust_(tree, 0.01)
    adjust_(tree, beta=(0.8, 0.99))
    assert tree["x"].rule == Adam(0.01, (0.8, 0.99))
    np.testing.assert_equal(tree["x"].state, memory)


def test_rates_of_named_parts():
    """A002-50 and 51."""
    _, tree = two_parts(Adam(0.02))
    adjust_(tree.layers.enc, 0.03)
    assert {leaf.rule.eta for leaf in leaves(tree.layers.enc)} == {0.03}
    assert {leaf.rule.eta for leaf in leaves(tree.layers.dec)} == {0.02}


def test_freezing_a_named_part_and_thawing_all():
    """A002-52."""
    model, tree = two_parts(Adam())
    freeze_(tree.layers.enc)
    moved = []
    for _ in range(2):
        before = deepcopy(mg.trainables(model))
        grads = gradient(lambda m: (m(np.ones(2, "f4")) ** 2).sum() + m[0](
            np.ones(2, "f4")).sum() + m[1](np.ones(3, "f4")).sum(), model)  # fmt: skip
        update_(tree, model, grads[0])
        pairs = zip(mg.trainables(model), before, strict=True)
        moved.append([not np.array_equal(x, y) for x, y in pairs])
        thaw_(tree)
    assert moved == [[False] * 4 + [True] * 2, [True] * 6]


# --- Which rules, which fields -----------------------------------------------------


def adjusted(rule, *eta, **numbers):
    tree = setup(rule, [np.ones(2)])
    adjust_(tree, *eta, **numbers)
    return tree[0].rule


def test_the_rate_of_every_kind_of_rule():
    assert adjusted(Descent(), 1) == Descent(1)
    assert adjusted(Adam(), 0.5) == Adam(0.5)
    inner = OptimiserChain(ClipGrad(), OptimiserChain(WeightDecay(), Adam()))
    assert adjusted(inner, 0.5).rules[1].rules[1] == Adam(0.5)
    assert adjusted(inner, lambda_=0.5).rules[1].rules[0] == WeightDecay(0.5)
    assert adjusted(MixedPrecision(np.float32, Adam()), 0.5).rule == Adam(0.5)
    assert (
        adjusted(OptimiserChain(Descent(1), Descent(2)), 3).rules == (Descent(3),) * 2
    )
    assert adjusted(Muon(), 0.5).eta == 0.5
    assert adjusted(AdamW(), couple=False) == AdamW(couple=False)
    assert adjusted(ClipNorm(), omega=1, p=1, throw=False) == ClipNorm(1, 1, False)
    assert adjusted(Adam(), eta=0.5, epsilon=0) == Adam(0.5, epsilon=0)


def test_rprop_keeps_the_steps_that_it_has_found():
    """Its rate is only where they begin."""
    tree = setup(Rprop(), [np.ones(2)])
    for function in (adjust_, adjust):
        with pytest.raises(TypeError, match=r"eta of Rprop.*setup\(Rprop\(eta=0.5\)"):
            function(tree, 0.5)
    adjust_(tree, gamma=(1e-3, 1))
    assert tree[0].rule == Rprop(gamma=(1e-3, 1))


def test_what_the_memory_depends_on_cannot_be_adjusted():
    tree = setup(RMSProp(), [np.ones(2)])
    with pytest.raises(TypeError, match=r"centred of RMSProp.*setup\(RMSProp\(centred"):
        adjust_(tree, centred=True)
    assert tree[0].rule == RMSProp()


def test_what_follows_a_schedule_cannot_be_adjusted():
    rule = Scheduler(Momentum, eta=lambda t: 1 / t)
    tree = setup(OptimiserChain(ClipGrad(), rule), [np.ones(2)])
    with pytest.raises(TypeError, match=r"eta of Scheduler.*follows a schedule"):
        adjust_(tree, 0.1)
    adjust_(tree, rho=0.5, delta=1)
    assert tree[0].rule.rules[1].rule == Momentum(rho=0.5)
    model, x = [np.zeros(1)], 0.0
    tree = setup(rule, model)
    update_(tree, model, [[1.0]])
    adjust_(tree, rho=0.0)
    update_(tree, model, [[1.0]])
    assert model[0] == x - 1 - 0.5


def test_a_scheduled_chain_whose_number_changes_between_two_steps():
    """What a Scheduler has worked out for a step must not outlive its rule."""
    model = [np.zeros(1), np.zeros(1)]
    tree = setup(Scheduler(Momentum(1, 0.5), eta=lambda t: 1.0), model)
    update_(tree, model, [[1.0], None])
    adjust_(tree[0], rho=0.25)
    update_(tree, model, [[1.0], [1.0]])
    np.testing.assert_array_equal(model, [[-1 - 1.25], [-1]])


class OfMine(Rule):
    eta: float = 0.5
    sharpness: float = 2.0
    times: int = 3
    label: str = "mine"

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * self.sharpness * dx


@dataclass
class Plain:
    eta: float = 0.5
    size: int = 3

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * dx


class ByHand:
    def __init__(self):
        self.eta, self.inner = 0.5, Momentum()
        self._hidden = 1.0

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * dx


@pytest.mark.parametrize("rule", [OfMine(), Plain(), ByHand()])
def test_the_numbers_of_a_users_rule(rule):
    model = [np.zeros(1)]
    tree = setup(rule, model)
    adjust_(tree, 0.25)
    assert tree[0].rule.eta == 0.25 and rule.eta == 0.5
    update_(tree, model, [[1.0]])
    assert model[0] == (-0.5 if isinstance(rule, OfMine) else -0.25)
    with pytest.raises(TypeError, match="eta"):
        adjust_(tree, "fast")


def test_rules_inside_a_users_rule_are_reached():
    tree = setup(ByHand(), [np.zeros(1)])
    adjust_(tree, rho=0.5)
    assert tree[0].rule.inner == Momentum(rho=0.5)
    with pytest.warns(UserWarning, match="no rule in this tree has a number _hidden"):
        adjust_(tree, _hidden=2.0)


def test_fields_that_are_no_numbers():
    assert adjusted(OfMine(), label="other").label == "other"
    assert adjusted(OfMine(), times=4).times == 4
    with pytest.raises(TypeError, match="whole number"):
        adjusted(OfMine(), times=1.5)


def test_a_formula_uses_the_adjusted_numbers_at_once():
    for rule, eta in (
        (Descent(0.5), 2.0),
        (OptimiserChain(ClipGrad(), Descent()), 3.0),
    ):
        model = [np.zeros(1, "f4"), np.zeros(1, "f4")]
        tree = setup(rule, model)
        for _ in range(2):
            update_(tree, model, [[0.0], [0.0]])
        adjust_(tree[1], eta)
        update_(tree, model, [[1.0], [1.0]])
        first = rule.eta if isinstance(rule, Descent) else 0.1
        np.testing.assert_allclose(model, [[-first], [-eta]], rtol=1e-6)


def test_accumgrad_may_count_to_another_number():
    tree = setup(OptimiserChain(AccumGrad(2), Descent(1)), [np.zeros(1)])
    try:
        adjust_(tree, n=3)
    except TypeError as error:
        assert "n of AccumGrad" in str(error)
    else:
        model = [np.zeros(1)]
        for _ in range(3):
            assert model[0] == 0
            update_(tree, model, [[6.0]])
        assert model[0] == -6


# --- Names that no rule has --------------------------------------------------------


def test_unknown_names_warn_with_the_fields_there_are():
    tree = setup(OptimiserChain(ClipGrad(), Nesterov()), {"x": np.ones(2)})
    before = deepcopy(tree)
    for function in (adjust_, adjust):
        with pytest.warns(UserWarning) as caught:
            function(tree, beta="no such field")
        (warning,) = caught
        message = str(warning.message)
        assert message.startswith(f"{function.__name__}: no rule in this tree has a ")
        assert "number beta" in message and "delta, eta, rho" in message
        assert warning.filename == __file__
    assert tree == before


def test_a_name_that_one_rule_has_is_enough():
    tree = setup(Descent(), {"x": np.ones(2), "y": np.ones(2)})
    tree["y"].rule, tree["y"].state = Momentum(), np.zeros(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adjust_(tree, rho=0.5)
    assert tree["y"].rule.rho == 0.5 and tree["x"].rule == Descent()


def test_a_known_and_an_unknown_name():
    tree = setup(Momentum(), [np.ones(1)])
    with pytest.warns(UserWarning, match="has a number etta"):
        adjust_(tree, rho=0.5, etta=1)
    assert tree[0].rule == Momentum(rho=0.5)


def test_a_rate_for_rules_without_one_warns():
    tree = setup(OptimiserChain(ClipGrad()), [np.ones(1)])
    with pytest.warns(UserWarning, match=r"number eta.*There are: delta\."):
        adjust_(tree, 0.1)


# --- What is refused, and then nothing has changed ---------------------------------


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ({"eta": "fast"}, TypeError),
        ({"eta": None, "beta": "x"}, TypeError),
        ({"eta": -1.0}, DomainError),
        ({"eta": np.nan}, DomainError),
        ({"eta": np.inf}, DomainError),
        ({"eta": True}, TypeError),
        ({"eta": [0.1]}, TypeError),
        ({"eta": np.ones(2)}, TypeError),
        ({"eta": 1j}, TypeError),
        ({"eta": lambda t: 0.1}, TypeError),
        ({"beta": 0.9}, TypeError),
        ({"beta": (0.9,)}, TypeError),
        ({"beta": (0.9, 1.0)}, DomainError),
        ({"beta": (0.9, "x")}, TypeError),
        ({"eta": 0.1, "epsilon": "x"}, TypeError),
        ({"delta": 1.0, "epsilon": -1}, DomainError),
    ],
)
def test_wrong_numbers_change_nothing(numbers, error):
    tree = setup(OptimiserChain(ClipGrad(), Adam()), {"x": np.ones(2), "y": np.ones(1)})
    tree["x"].rule, tree["x"].state = Descent(), None  # which could take some of them
    before = deepcopy(tree)
    for function in (adjust_, adjust):
        with pytest.raises(error):
            function(tree, **numbers)
        assert tree == before


@pytest.mark.parametrize("eta", [np.float32(0.5), np.float64(0.5), 1, np.int64(1)])
def test_numbers_of_numpy_are_numbers(eta):
    rule = adjusted(Adam(), eta)
    assert rule.eta == float(eta) and type(rule.eta) is float


def test_nothing_to_change_to():
    tree = setup(Adam(), [np.ones(1)])
    for function in (adjust_, adjust):
        with pytest.raises(TypeError, match="must be given something to change"):
            function(tree)
        with pytest.raises(TypeError, match="must be given something to change"):
            function(tree, where=lambda path, x: True)


WRONG = {
    "layer": (Dense(2, 1), "model"),
    "model": (Chain(Dense(2, 1)), "model"),
    "dict": ({"x": np.ones(2)}, "model"),
    "array": (np.ones(2), "model"),
    "gradient": (gradient(lambda m: m.bias.sum(), Dense(2, 1))[0], "model"),
    "rule": (Adam(), "Adam"),
    "chain": (OptimiserChain(Adam(), Descent()), "OptimiserChain"),
    "class": (Adam, "class Adam"),
    "number": (0.1, "a float"),
    "None": (None, "None"),
}


@pytest.mark.parametrize(("given", "named"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", ["adjust_", "adjust", "freeze_", "thaw_"])
def test_what_is_not_a_state_tree(name, given, named):
    numbers = {"eta": 0.1} if "adjust" in name else {}
    with pytest.raises(TypeError, match="state tree from setup") as caught:
        getattr(optimise, name)(given, **numbers)
    message = str(caught.value)
    assert message.startswith(f"{name} ")
    assert named in message and f"{name}(state" in message


def test_the_place_of_what_is_not_a_state_tree():
    tree = {"layers": [setup(Adam(), np.ones(1)), {"weight": np.ones(2)}]}
    with pytest.raises(TypeError, match=r"ndarray at layers\[1\]\.weight"):
        freeze_(tree)
    assert not tree["layers"][0].frozen


@pytest.mark.parametrize("part", [(), [], {}, ((), [()])])
@pytest.mark.parametrize("name", ["adjust_", "freeze_", "thaw_"])
def test_parts_without_parameters(name, part):
    numbers = {"eta": 0.1} if "adjust" in name else {}
    with pytest.raises(ValueError, match=f"{name}: there is no parameter in this part"):
        getattr(optimise, name)(part, **numbers)


def test_arguments_exchanged():
    tree = setup(Adam(), [np.ones(1)])
    with pytest.raises(TypeError, match="state tree"):
        adjust_(0.1, tree)


# --- where=, and parts of trees ----------------------------------------------------


def test_where_picks_by_path():
    model, tree = two_parts(Adam(0.1))
    adjust_(tree, 0.5, where=lambda path, x: path[-1] == "bias")
    found = [leaf.rule.eta for leaf in leaves(tree)]
    assert found == [0.1, 0.5] * 3
    freeze_(tree, where=lambda path, x: "enc" in path)
    assert [leaf.frozen for leaf in leaves(tree)] == [True] * 4 + [False] * 2
    thaw_(tree, where=lambda path, x: path[-1] == "weight")
    assert [leaf.frozen for leaf in leaves(tree)] == [False, True] * 2 + [False] * 2
    assert len(mg.trainables(model)) == 6


def test_where_is_told_path_and_shape():
    model = {"a": [np.ones((2, 3))], "b": np.array(1.0), "c": (np.tanh, np.ones(4))}
    tree, seen = setup(Descent(), model), {}

    def note(path, x):
        seen[str(path)] = x.shape, x.ndim, x.size
        return True

    freeze_(tree, where=note)
    assert seen == {"a[0]": ((2, 3), 2, 6), "b": ((), 0, 1), "c[1]": ((4,), 1, 4)}


def test_paths_are_told_from_the_part_that_is_given():
    tree, seen = setup(Descent(), {"a": {"b": np.ones(1)}}), []
    freeze_(tree["a"], where=lambda path, x: seen.append(tuple(path)) or True)
    freeze_(tree["a"]["b"], where=lambda path, x: seen.append(tuple(path)) or True)
    assert seen == [("b",), ()]


def test_decay_only_where_it_belongs():
    model = Chain(Dense(2, 2), Dense(2, 2))
    tree = setup(AdamW(lambda_=0.1), model)
    adjust_(tree, lambda_=0, where=lambda path, x: x.ndim < 2)
    assert [leaf.rule.lambda_ for leaf in leaves(tree)] == [0.1, 0.0] * 2


@pytest.mark.parametrize("name", ["adjust_", "adjust", "freeze_", "thaw_"])
def test_where_that_is_never_true_names_the_places(name):
    tree = setup(Descent(), {f"layer{k}": np.ones(1) for k in range(7)})
    before = deepcopy(tree)
    numbers = {"eta": 0.5} if "adjust" in name else {}
    with pytest.raises(ValueError, match=r"layer0, .*layer4 and 2 more"):
        getattr(optimise, name)(tree, where=lambda path, x: False, **numbers)
    assert tree == before


def test_where_that_fails_changes_nothing():
    tree = setup(Descent(), {"a": np.ones(1), "b": np.ones(1)})
    before = deepcopy(tree)
    for function, numbers in ((freeze_, {}), (adjust_, {"eta": 0.5})):
        with pytest.raises(ZeroDivisionError):
            function(tree, where=lambda path, x: path[-1] == "a" or 1 / 0, **numbers)
        assert tree == before


def test_where_and_arrays_that_stand_in_several_places():
    """One parameter is asked about once, at its first place, and changed once."""
    w, asked = np.ones((2, 2)), []
    tree = setup(Descent(), {"a": w, "b": [w, w.T], "c": np.ones(1)})
    freeze_(tree, where=lambda path, x: asked.append(str(path)) or path[0] == "a")
    assert asked == ["a", "c"]
    assert tree["b"][0].frozen and tree["b"][1].frozen and not tree["c"].frozen


def test_a_leaf_by_itself():
    tree = setup(Momentum(), {"a": np.ones(1), "b": np.ones(1)})
    adjust_(tree["a"], 0.5)
    freeze_(tree["a"])
    assert tree["a"].rule == Momentum(0.5) and tree["a"].frozen
    assert tree["b"].rule == Momentum() and not tree["b"].frozen
    new = adjust(tree["b"], 0.25)
    assert new.rule.eta == 0.25 and tree["b"].rule.eta == 0.01


def test_adjust_keeps_ties_and_frozen_in_the_new_tree():
    w = np.ones(2)
    tree = setup(Momentum(), {"a": w, "b": w, "c": np.ones(1)})
    freeze_(tree["c"])
    new = adjust(tree, 0.5)
    assert new["a"] is new["b"] and new["a"].rule.eta == 0.5
    assert new["c"].frozen and tree["a"].rule.eta == 0.01
    model = {"a": w, "b": w, "c": np.ones(1)}
    update_(new, model, {"a": [1, 1], "b": [1, 1], "c": [1]})
    np.testing.assert_array_equal(w, 0)
    np.testing.assert_array_equal(tree["a"].state, [0, 0])


def test_leaves_with_one_rule_still_share_it_after_adjusting():
    tree = setup(OptimiserChain(ClipGrad(), Adam()), [np.ones(1), np.ones(2)])
    adjust_(tree, 0.5)
    assert tree[0].rule is tree[1].rule


def test_freezing_twice_and_thawing_what_is_not_frozen():
    tree = setup(Descent(), [np.ones(1)])
    freeze_(tree)
    freeze_(tree)
    assert tree[0].frozen is True
    thaw_(tree)
    thaw_(tree)
    assert tree[0].frozen is False


def test_the_old_rule_object_is_left_as_it_is():
    rule = Adam()
    tree = setup(rule, [np.ones(1)])
    adjust_(tree, 0.5, beta=(0.5, 0.5))
    assert rule == Adam()
