"""All rules and schedules are made again from a file; a user's are not."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import schedules as s
from minigrad.optimise.rules import RULES
from minigrad.serialise.rules import KNOWN, decode_rule, encode_rule

COMPOSED = [
    mg.OptimiserChain(),
    mg.OptimiserChain(mg.ClipGrad(2.0), mg.OptimiserChain(mg.Adam(0.5), mg.Descent(1))),
    mg.Scheduler(mg.Adam, eta=s.Exp(0.1, 0.5)),
    mg.Scheduler(mg.Momentum(0.5), s.Step(0.1, 0.5, [3, 4]), 0.7),
    mg.AccumGrad(3),
    mg.MixedPrecision(np.float64, mg.Momentum(0.3)),
    mg.Muon(other=mg.Lion(0.5)),
    mg.ClipNorm(3.0, float("inf")),
]
SCHEDULES = [
    s.Constant(0.5),
    s.Step(0.1, 0.5, 3),
    s.Exp(0.1, 0.5),
    s.Poly(0.8, 2, 4),
    s.Inv(0.9, 1, 2),
    s.Triangle(0.0, 1.0, 4),
    s.TriangleDecay2(0.0, 1.0, 4),
    s.TriangleExp(0.0, 1.0, 4, 0.9),
    s.Sin(0.0, 1.0, 4),
    s.SinDecay2(0.0, 1.0, 4),
    s.SinExp(0.0, 1.0, 4, 0.9),
    s.CosAnneal(0.0, 1.0, 4),
    s.Cos(0.0, 1.0, 4),
    s.OneCycle(10, 1.0),
    s.Sequence((s.Triangle(0.0, 0.4, 8), 4), (s.Exp(0.4, 0.5), 16)),
    s.Sequence([0.1, 0.01], [2, 1]),
    s.Loop(s.Exp(0.4, 0.5), 3),
    s.Shortened(s.Exp(0.4, 0.5), 3),
    s.Shifted(s.Exp(0.4, 0.5), 3),
    s.Interpolator(s.Exp(0.4, 0.5), 3),
    s.Reversed(s.Exp(0.4, 0.5), 4),
    s.Symmetric(s.Exp(0.4, 0.5), 6),
    s.ComposedSchedule(s.Cos(0.0, 1.0, 2), (0.0, s.Step(1.0, 0.1, 2), 2)),
]
ALONE = [cls() for cls in RULES if not cls.__module__.endswith("composite")]
ALL = [*ALONE, *COMPOSED, *SCHEDULES]


def test_none_is_left_out():
    assert {type(x).__name__ for x in ALL} == set(KNOWN)


@pytest.mark.parametrize("x", ALL, ids=lambda x: repr(x)[:60])
def test_what_comes_back_is_equal(x, tmp_path):
    mg.save(tmp_path / "a.npz", x=x)
    y = mg.load(tmp_path / "a.npz")["x"]
    assert type(y) is type(x)
    assert repr(y) == repr(x)
    assert all(
        getattr(y, name) == getattr(x, name) or callable(getattr(x, name))
        for name in x.fields
        if name not in ("rules", "schedules", "stages")
    )


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda x: type(x).__name__)
def test_schedules_have_the_same_values(schedule):
    other = decode_rule(encode_rule(schedule))
    steps = range(1, min(other.length, 10) + 1)
    assert [other(t) for t in steps] == [schedule(t) for t in steps]


def test_numbers_that_were_adjusted_are_saved():
    tree = mg.setup(mg.OptimiserChain(mg.ClipGrad(1.0), mg.Adam(0.1)), [np.ones(1)])
    mg.adjust_(tree, 1 / 3)
    assert decode_rule(encode_rule(tree[0].rule)).rules[1].eta == 1 / 3


# --- What a user has written --------------------------------------------------------


class Sign(mg.Rule):
    eta: float = 0.01

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * np.sign(dx)


class MyAdam(mg.Adam):
    pass


class Plain:
    def __init__(self, rate):
        self.rate = rate

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.rate * dx


def falling(step):
    return 1 / step


OWN = [
    Sign(0.5),
    MyAdam(0.5),
    Plain(0.5),
    mg.OptimiserChain(mg.ClipGrad(1.0), Sign(0.5)),
    mg.Scheduler(mg.Descent, eta=falling),
    mg.Scheduler(mg.Descent, eta=s.Sequence((0.5, 1) for _ in range(3))),
    mg.Scheduler(mg.Descent, eta=s.Interpolator(s.Exp(0.5, 0.5), 1, round)),
]


@pytest.mark.parametrize("rule", OWN, ids=lambda x: repr(x)[:60])
def test_it_is_not_made_from_a_file(rule, tmp_path):
    tree = mg.setup(rule, [np.ones(1)])
    mg.save(tmp_path / "a.npz", opt_state=tree)
    with pytest.raises(mg.FileError, match=r"load_into_\(model, path, opt_state="):
        mg.load(tmp_path / "a.npz")


@pytest.mark.parametrize("rule", OWN, ids=lambda x: repr(x)[:60])
def test_it_is_taken_from_the_state_tree(rule, tmp_path):
    tree, twin = mg.setup(rule, [np.ones(1)]), mg.setup(rule, [np.ones(1)])
    before = repr(tree)
    mg.save(tmp_path / "a.npz", opt_state=tree)
    mg.load_into_(None, tmp_path / "a.npz", opt_state=twin)
    assert repr(twin) == before


@pytest.mark.parametrize(("kind", "name"), [(Sign, "eta"), (Plain, "rate")])
def test_with_the_numbers_of_the_file(kind, name, tmp_path):
    mg.save(tmp_path / "a.npz", opt_state=mg.setup(kind(0.5), [np.ones(1)]))
    rule = kind(0.25)
    twin = mg.setup(rule, [np.ones(1)])
    mg.load_into_(None, tmp_path / "a.npz", opt_state=twin)
    assert getattr(twin[0].rule, name) == 0.5
    assert getattr(rule, name) == 0.25


def test_another_function_in_its_place_is_refused(tmp_path):
    rule = lambda f: mg.Scheduler(mg.Descent, eta=f)
    mg.save(tmp_path / "a.npz", opt_state=mg.setup(rule(falling), [np.ones(1)]))
    twin = mg.setup(rule(lambda t: 1.0), [np.ones(1)])
    with pytest.raises(mg.ShapeError, match="has falling where the state tree has"):
        mg.load_into_(None, tmp_path / "a.npz", opt_state=twin)


@pytest.mark.parametrize(
    "node",
    [
        {"rule": "Rule", "fields": {}},
        {"rule": "Leaf", "fields": {}},
        {"rule": "os.system", "fields": {}},
        {"rule": "Adam", "fields": {"no": 1.0}},
        {"rule": "Adam", "fields": []},
        {"rule": "Adam", "fields": {"eta": {"dtype": "|O"}, "no": 1}},
        {"own": "print", "numbers": []},
        [],
        None,
    ],
    ids=str,
)
def test_what_is_no_rule(node):
    with pytest.raises(mg.FileError):
        decode_rule(node)
