"""The usual update: what it takes, what it leaves, and that nobody can tell."""

import sys
from collections import namedtuple
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Chain, Dense, functor, gradient
from minigrad.optimise import (
    AccumGrad,
    Adam,
    ClipGlobalNorm,
    ClipNorm,
    Descent,
    Momentum,
    Nesterov,
    OptimiserChain,
    Scheduler,
    WeightDecay,
    adjust_,
    freeze_,
    setup,
    thaw_,
    update_,
)
from minigrad.optimise.quick import usual

XY = namedtuple("XY", "x y")
UPDATE = sys.modules["minigrad.optimise.update"]


def trained(rule=None, steps=1):
    """A model, its tree after some steps, and a gradient."""
    model = {"a": np.ones(4), "b": [np.ones((2, 3)), np.tanh], "c": XY(np.ones(2), 1)}
    tree = setup(rule or Momentum(), model)
    dx = {
        "a": np.arange(4.0),
        "b": [np.full((2, 3), 0.5), None],
        "c": XY(np.ones(2), None),
    }
    for _ in range(steps):
        update_(tree, model, dx)
    return tree, model, dx


# --- What is usual -----------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        Descent(),
        Adam(),
        OptimiserChain(ClipNorm(), WeightDecay(), Momentum()),
        OptimiserChain(ClipGlobalNorm(), Adam()),
        Scheduler(Momentum, eta=lambda t: 1 / t),
        Scheduler(OptimiserChain(WeightDecay(), Adam()), eta=lambda t: 1 / t),
    ],
    ids=repr,
)
def test_the_second_step_is_usual(rule):
    tree, model, dx = trained(rule, steps=0)
    assert usual(tree, model, dx) is None
    update_(tree, model, dx)
    given, _, found = usual(tree, model, dx)
    leaves = tree["a"], tree["b"][0], tree["c"].x
    arrays = model["a"], model["b"][0], model["c"].x
    grads = dx["a"], dx["b"][0], dx["c"].x
    for triple, leaf, x, part in zip(found, leaves, arrays, grads, strict=True):
        assert triple[0] is leaf and triple[1].x is x and triple[2] is part
    assert list(map(id, given)) == list(map(id, grads))


def test_layers_and_the_gradients_of_losses_are_usual():
    model = Chain(Dense(2, 3, np.tanh), Dense(3, 1))
    tree = setup(Adam(), model)
    for step in range(3):
        grads = gradient(lambda m: (m(np.ones(2, "f4")) ** 2).sum(), model)
        assert bool(usual(tree, model, grads[0])) == (step > 0)
        update_(tree, model, grads[0])


@pytest.mark.parametrize("rule", [AccumGrad(2), OptimiserChain(Adam(), ClipNorm())])
def test_rules_that_are_no_loop_are_not(rule):
    assert usual(*trained(rule, steps=2)) is None


def put(key, value):
    """Put something into a part of a step: 0 the tree, 1 the model, 2 the gradient."""
    part, *path, last = key

    def change(*step):
        holder = step[part]
        for name in path:
            holder = holder[name]
        holder[last] = value(holder[last]) if callable(value) else value

    return change


def on_leaf(name, value):
    return lambda tree, model, dx: setattr(tree["a"], name, value(tree["a"]))


UNUSUAL_STEPS = {
    "no gradient": put([2, "a"], None),
    "a list": put([2, "a"], [1.0] * 4),
    "another type": put([2, "a"], np.ones(4, "f4")),
    "another shape": put([2, "a"], np.ones((4, 1))),
    "another order": put([2, "b", 0], np.ones((3, 2)).T),
    "a view": put([2, "a"], np.ones(8)[:4]),
    "strides": put([2, "a"], np.ones(8)[::2]),
    "a subclass": put([2, "a"], np.ma.ones(4)),
    "another name": lambda tree, model, dx: dx.update(d=dx.pop("c")),
    "one more": put([2, "c"], ()),
    "a tuple for a list": put([2, "b"], tuple),
    "the parameter itself": lambda tree, model, dx: dx.update(a=model["a"]),
    "another parameter": lambda tree, model, dx: dx["b"].__setitem__(0, model["b"][0]),
    "what is remembered": lambda tree, model, dx: dx.update(a=tree["a"].state),
    "frozen": on_leaf("frozen", lambda leaf: True),
    "another rule": on_leaf("rule", lambda leaf: Momentum(0.5)),
    "an equal rule": on_leaf("rule", lambda leaf: Momentum()),
    "another state": on_leaf("state", lambda leaf: leaf.state.copy()),
    "another array": put([1, "a"], np.ones(4)),
    "an array for a function": put([1, "b", 1], np.ones(2)),
    "read-only": lambda tree, model, dx: setattr(model["a"].flags, "writeable", False),
    "one array in two places": lambda tree, model, dx: (
        tree["b"].append(tree["a"]),
        model["b"].append(model["a"]),
        dx["b"].append(np.ones(4)),
    ),
    "two leaves for an array": lambda tree, model, dx: (
        tree["b"].append(deepcopy(tree["a"])),
        model["b"].append(model["a"]),
        dx["b"].append(np.ones(4)),
    ),
}


@pytest.mark.parametrize("change", UNUSUAL_STEPS.values(), ids=UNUSUAL_STEPS)
def test_what_is_not_usual(change):
    step = trained()
    assert usual(*step)
    change(*step)
    assert usual(*step) is None


def test_a_tuple_around_the_gradient_is_not():
    tree, model, dx = trained()
    assert usual(tree, model, (dx,)) is None
    pair = [np.ones(2)]
    tree = setup(Descent(), pair)
    update_(tree, pair, pair)
    assert usual(tree, pair, (np.ones(2),)) is None


def test_an_object_in_the_place_of_its_gradient_is_not():
    model = Dense(2, 1)
    tree = setup(Descent(), model)
    grads = gradient(lambda m: m(np.ones(2, "f4")).sum(), model)
    update_(tree, model, grads[0])
    assert usual(tree, model, grads[0])
    assert usual(tree, model, deepcopy(model)) is None


def test_fields_that_are_not_trained_take_the_careful_way():
    @functor(trainable=("w",))
    class Half:
        def __init__(self):
            self.w, self.fixed = np.ones(2), np.ones(2)

    model = Half()
    tree = setup(Descent(), model)
    grads = {"w": np.ones(2), "fixed": np.ones(2)}
    for _ in range(2):
        update_(tree, model, grads)
        assert usual(tree, model, grads) is None
    assert (model.fixed == 1).all() and (model.w < 1).all()


def test_nothing_to_train_is_not():
    assert usual({"x": ()}, {"x": np.tanh}, {"x": None}) is None


# --- Memory that changes -----------------------------------------------------------


def test_a_gradient_that_owns_what_is_remembered():
    """The state of one parameter is a view of the gradient of another."""
    dx = np.ones(3)
    model = {"a": np.ones(3), "b": np.ones(3)}
    tree = setup(Momentum(1, 0.5), model)
    tree["a"].state = dx[:]
    update_(tree, model, {"a": np.ones(3), "b": np.zeros(3)})
    dx[...] = 1
    before = model["b"].copy()
    update_(tree, model, {"a": np.ones(3), "b": dx})
    np.testing.assert_array_equal(model["b"], before - 1)


def test_what_is_remembered_is_not_written_to_once_it_is_read_only():
    """As with parameters: another array takes its place."""
    tree, model, dx = trained()
    fixed = tree["a"].state
    fixed.flags.writeable = False
    before, twin = fixed.copy(), deepcopy((tree, model))
    update_(tree, model, dx)
    np.testing.assert_array_equal(fixed, before)
    update_(*twin, dx)
    assert tree == twin[0]


# --- Nobody can tell: any tree, any rules, whatever happens in between -------------

RULES = [
    Descent(0.5),
    Momentum(0.1, 0.5),
    Adam(0.1),
    ClipNorm(0.5),
    OptimiserChain(ClipNorm(0.5), WeightDecay(0.1), Adam()),
    OptimiserChain(ClipGlobalNorm(1), Momentum()),
    OptimiserChain(ClipGlobalNorm(2), Momentum()),
    OptimiserChain(WeightDecay(0.1), ClipGlobalNorm(1), Nesterov()),
    OptimiserChain(AccumGrad(2), Momentum()),
    Scheduler(Momentum(), eta=lambda t: 1 / t),
    Scheduler(OptimiserChain(ClipNorm(), Adam()), omega=lambda t: t, eta=lambda t: 0.1),
]
SHAPES = [(), (0,), (3,), (2, 3), (2, 3), (3, 2)]


def new_rule(model, tree, name, dice):
    rule = RULES[dice.integers(len(RULES))]
    tree[name].rule, tree[name].state = rule, rule.init(model[name])


def read_only(model, tree, name, dice):
    model[name].flags.writeable = False


def other_array(model, tree, name, dice):
    model[name] = np.asarray(dice.normal(size=model[name].shape), model[name].dtype)


def turned(model, tree, name, dice):
    model[name] = np.array(model[name], order="F")


def strided(model, tree, name, dice):
    model[name] = np.repeat(model[name][..., None], 2, axis=-1)[..., 0]


def as_view(x):
    return np.stack([x, x])[1, ...]


def other_state(change):
    def put_in(model, tree, name, dice):
        tree[name].state = changed(tree[name].state)

    def changed(state):
        if isinstance(state, tuple):
            return tuple(map(changed, state))
        return change(state) if isinstance(state, np.ndarray) else state

    return put_in


def halve(state):
    state *= state.dtype.type(0.5)
    return state


def copied(model, tree, name, dice):
    tree[name] = deepcopy(tree[name])


def adjusted(model, tree, name, dice):
    rule = tree[name].rule
    if "eta" in getattr(rule, "fields", ()):
        adjust_(tree[name], float(dice.uniform(0, 0.5)))


DISTURBANCES = [
    new_rule, read_only, other_array, turned, strided, copied, adjusted,
    lambda model, tree, name, dice: freeze_(tree[name]),
    lambda model, tree, name, dice: thaw_(tree),
    lambda model, tree, name, dice: setattr(tree[name], "state", tree[name].state),
    lambda model, tree, name, dice: model.update({name: as_view(model[name])}),
    *map(other_state, (
        np.copy, halve, as_view, np.asfortranarray,
        lambda x: x[::-1] if x.ndim else x,
        lambda x: np.repeat(x[..., None], 2, axis=-1)[..., 0],
    )),
]  # fmt: skip

GRADIENTS = {
    "as it is": lambda dx, *_: dx,
    "Fortran": lambda dx, *_: np.array(dx, order="F"),
    "view": lambda dx, *_: as_view(dx),
    "double": lambda dx, *_: dx.astype("f8"),
    "list": lambda dx, *_: dx.tolist(),
    "none": lambda dx, *_: None,
    "wrong": lambda dx, *_: np.ones((7, 7)),
    "nan": lambda dx, *_: dx * np.float32(np.nan),
    "itself": lambda dx, model, tree, name: model[name],
    "of another": lambda dx, model, tree, name: same_shape(model, name, dx),
    "memory": lambda dx, model, tree, name: remembered(tree, name, dx),
}
FORMS = [*GRADIENTS, *["of another", "memory"] * 3]


def same_shape(model, name, dx):
    others = (x for key, x in model.items() if key != name and x.shape == dx.shape)
    return next(others, dx)


def remembered(tree, name, dx):
    found = (leaf.state for key, leaf in tree.items() if key != name)
    return next((x for x in found if getattr(x, "shape", None) == dx.shape), dx)


class Run:
    """A model in training; of several, one forgets what it has found out before."""

    def __init__(self, shapes, dtypes, rules, tied, careful):
        rng = np.random.default_rng(len(shapes))
        arrays = [
            np.asarray(rng.normal(size=s), d)
            for s, d in zip(shapes, dtypes, strict=True)
        ]
        self.model = {str(place): x for place, x in enumerate(arrays)}
        if tied:
            self.model["tied"] = self.model["0"]
        self.tree = setup(Descent(), self.model)
        for (name, leaf), rule in zip(self.tree.items(), rules, strict=False):
            leaf.rule, leaf.state = rule, rule.init(self.model[name])
        self.careful, self.rng = careful, np.random.default_rng(0)

    def step(self, forms, disturbance, seed):
        if disturbance is not None:
            names = list(self.model)
            dice = np.random.default_rng(seed)
            name = names[dice.integers(len(names))]
            disturbance(self.model, self.tree, name, dice)
        dx = {}
        for (name, x), form in zip(self.model.items(), forms, strict=True):
            plain = np.asarray(self.rng.normal(size=x.shape), x.dtype)
            dx[name] = GRADIENTS[form](plain, self.model, self.tree, name)
        if self.careful:
            for leaf in self.tree.values():
                leaf.forget()
        before = self.model
        try:
            with np.errstate(all="ignore"):
                self.tree, self.model = update_(self.tree, self.model, dx)
        except (TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return [x is before[name] for name, x in self.model.items()]

    def bits(self):
        flat = lambda state: (
            [part for each in state for part in flat(each)]
            if isinstance(state, tuple)
            else [np.asarray(state).tobytes() if state is not None else b""]
        )
        leaves = [(leaf.frozen, *flat(leaf.state)) for leaf in self.tree.values()]
        arrays = [(x.dtype, x.shape, x.tobytes()) for x in self.model.values()]
        return arrays, leaves


@settings(max_examples=250)
@given(data=st.data())
def test_the_short_way_and_the_careful_way_give_the_same_bits(data):
    draw, some = data.draw, st.sampled_from
    count = draw(st.integers(1, 4))
    many = lambda choice: draw(st.lists(choice, min_size=count, max_size=count))
    alike = lambda choice: draw(some([True, True, False])) and [draw(choice)] * count
    shapes = alike(some(SHAPES)) or many(some(SHAPES))
    dtypes = alike(some(["f4", "f8"])) or many(some(["f4", "f8", "f2"]))
    rules = alike(some(RULES)) or many(some(RULES))
    tied = draw(st.integers(0, 9)) == 9
    short, careful = (Run(shapes, dtypes, rules, tied, way) for way in (False, True))
    for place in range(6):
        forms = ["as it is"] * (count + tied)
        if place > 1 and draw(st.booleans()):
            forms[draw(st.integers(0, count - 1))] = draw(some(FORMS))
        disturbance = (
            None if place < 2 else draw(some([None] * len(DISTURBANCES) + DISTURBANCES))
        )
        seed = draw(st.integers(0, 99))
        first = short.step(forms, disturbance, seed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(UPDATE, "usual", lambda *step: None)
            second = careful.step(forms, disturbance, seed)
        assert first == second
        assert short.bits() == careful.bits()
