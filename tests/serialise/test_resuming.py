"""Training that goes on from a file is training that never stopped, bit for bit."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import schedules as s

X = np.random.default_rng(0).standard_normal((37, 4)).astype(np.float32)
Y = X[:, :1] * X[:, 1:2]

RULES = {
    "Adam": lambda: mg.Adam(0.01),
    "chain": lambda: mg.OptimiserChain(
        mg.ClipGlobalNorm(1.0), mg.WeightDecay(1e-3), mg.AccumGrad(3), mg.Adam(0.01)
    ),
    "schedule": lambda: mg.Scheduler(
        mg.Momentum, eta=s.Sequence((s.Triangle(0.0, 0.1, 8), 4), (s.Exp(0.1, 0.9), 9))
    ),
    "own schedule": lambda: mg.Scheduler(mg.AdamW, eta=lambda t: 0.1 / t),
    "precision": lambda: mg.MixedPrecision(np.float64, mg.RMSProp(0.01)),
    "Muon": lambda: mg.Muon(0.01),
    "Rprop": lambda: mg.Rprop(0.01),
}


@mg.functor(children=("weight",))
class Noisy:
    """A layer with a generator that is no child, as that of dropout."""

    def __init__(self):
        self.weight = np.ones(4, np.float32)
        self.rng = np.random.default_rng(5)

    def __call__(self, x):
        return x * self.weight * self.rng.normal(1, 0.1, x.shape[1]).astype(np.float32)


class Run:
    """A training that may be stopped: model, state tree, shuffled data."""

    def __init__(self, rule):
        tie = mg.Dense(4, 4, mg.tanh, rng=1)
        self.model = mg.Chain(Noisy(), tie, tie, mg.Dense(4, 1, bias=False, rng=2))
        self.model[3].weight = np.asfortranarray(self.model[3].weight)
        self.opt_state = mg.setup(rule, self.model)
        self.rng = np.random.default_rng(3)

    def train(self, epochs):
        loader = mg.DataLoader((X, Y), batchsize=8, shuffle=True, rng=self.rng)
        for _ in range(epochs):
            loss = lambda m, x, y: mg.mse(m(x), y)
            mg.train_(loss, self.model, loader, self.opt_state)
        return self

    def save(self, path):
        mg.save(path, model=self.model, opt_state=self.opt_state, rng=self.rng)

    def load(self, path):
        more = {"opt_state": self.opt_state, "rng": self.rng}
        assert mg.load_into_(self.model, path, **more) is self.model
        return self

    @property
    def bits(self):
        arrays = mg.trainables(self.model)
        return [x.tobytes() for x in arrays], self.rng.random()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_it_goes_on(rule, tmp_path):
    path = tmp_path / "run.npz"
    expected = Run(rule()).train(4).bits
    Run(rule()).train(2).save(path)
    new = Run(rule()).train(1)  # as if it had gone wrong
    assert new.load(path).train(2).bits == expected
    assert Run(rule()).load(path).bits != expected


def test_it_goes_on_from_safetensors(tmp_path):
    pytest.importorskip("safetensors")
    path, rule = tmp_path / "run.safetensors", RULES["chain"]
    expected = Run(rule()).train(4).bits
    Run(rule()).train(2).save(path)
    assert Run(rule()).load(path).train(2).bits == expected


def test_it_goes_on_from_what_load_returns(tmp_path):
    path, rule = tmp_path / "run.npz", RULES["chain"]
    expected = Run(rule()).train(4).bits
    Run(rule()).train(2).save(path)
    new, found = Run(rule()), mg.load(path)
    mg.loadmodel_(new.model, found["model"])
    new.model[0].rng = found["model"].layers[0].rng
    new.opt_state, new.rng = found["opt_state"], found["rng"]
    assert new.train(2).bits == expected


def test_adjusted_and_frozen_leaves_stay_so(tmp_path):
    path = tmp_path / "run.npz"
    old, new = Run(mg.Adam(0.1)), Run(mg.Adam(0.1))
    mg.adjust_(old.opt_state.layers[1], 0.5)
    mg.freeze_(old.opt_state.layers[3])
    old.train(1).save(path)
    new.train(1).load(path)
    assert new.opt_state == old.opt_state
    assert new.opt_state.layers[3].weight.frozen
    assert new.opt_state.layers[1].bias.rule.eta == 0.5
    assert new.opt_state.layers[1].bias is new.opt_state.layers[2].bias
    assert mg.load(path)["opt_state"] == old.opt_state


def test_leaves_share_their_rule_as_they_did(tmp_path):
    path = tmp_path / "run.npz"
    run = Run(RULES["schedule"]())
    run.save(path)
    for tree in (mg.load(path)["opt_state"], run.load(path).opt_state):
        assert tree.layers[0].weight.rule is tree.layers[3].weight.rule


def test_loading_twice_does_not_share_memory(tmp_path):
    mg.save(tmp_path / "a.npz", x=mg.setup(mg.Momentum(), [np.ones(2), np.ones(2)]))
    x = mg.setup(mg.Momentum(), [np.ones(2), np.ones(2)])
    mg.load_into_(None, tmp_path / "a.npz", x=x)
    x[0].state[:] = 1
    assert not x[1].state.any()


# --- What does not fit --------------------------------------------------------------


def refused(path, model=None, error=mg.ShapeError, **more):
    """What is said when a file is refused; nothing has changed then."""
    before = repr(mg.state({"model": model, **more}))
    with pytest.raises(error) as caught:
        mg.load_into_(model, path, **more)
    assert repr(mg.state({"model": model, **more})) == before
    return str(caught.value)


def test_all_differences_are_listed(tmp_path):
    path = tmp_path / "a.npz"
    model = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 1), mg.Dense(1, 1))
    mg.save(path, model=model, opt_state=mg.setup(mg.Adam(), model))
    other = mg.Chain(mg.Dense(2, 3), mg.Dense(3, 4))
    other[0].weight[:] = 7
    message = refused(path, other, opt_state=mg.setup(mg.Adam(), other))
    assert "a.npz does not fit:\n" in message
    assert "model.layers[1].weight is (1, 3) in the file and (4, 3) in the" in message
    assert "the state at opt_state.layers[1].weight is of shape (1, 3) (fl" in message
    assert "in the program: model.layers[2].weight, model.layers[2].bias, o" in message
    assert message.endswith("Nothing was loaded.")
    bigger = mg.Chain(*other, mg.Dense(1, 1), mg.Dense(1, 1))
    assert "missing in the file: model.layers[3].weight" in refused(path, bigger)


def test_another_dtype_is_refused(tmp_path):
    model = {"x": np.ones(2)}
    mg.save(tmp_path / "a.npz", model=model, state=mg.setup(mg.Adam(), model))
    other = mg.f32(model)
    message = refused(tmp_path / "a.npz", other, state=mg.setup(mg.Adam(), other))
    assert "model.x is of dtype float64 in the file and of dtype float32 in" in message
    assert "state.x is of shape (2,) (float64) in the file and of shape (2,)" in message


def test_another_rule_is_refused(tmp_path):
    model = [np.ones(2)]
    mg.save(tmp_path / "a.npz", opt_state=mg.setup(mg.Adam(), model))
    message = refused(tmp_path / "a.npz", opt_state=mg.setup(mg.Momentum(), model))
    assert "the rule at opt_state[0] is Adam(eta=0.001, beta=(0.9, 0.999)" in message
    assert "in the file and Momentum(eta=0.01, rho=0.9) in the program" in message


def test_a_tie_in_the_state_tree_only_is_refused(tmp_path):
    mg.save(tmp_path / "a.npz", opt_state=mg.setup(mg.Adam(), [np.ones(2), np.ones(2)]))
    x = np.ones(2)
    message = refused(tmp_path / "a.npz", opt_state=mg.setup(mg.Adam(), [x, x]))
    assert "opt_state[1] is shared only in the program" in message


def test_another_generator_is_refused(tmp_path):
    mg.save(tmp_path / "a.npz", rng=np.random.default_rng(0), x=np.ones(2))
    philox = np.random.Generator(np.random.Philox(0))
    assert "rng is a PCG64 in the file and a Philox in" in refused(
        tmp_path / "a.npz", rng=philox
    )
    rng = np.random.default_rng(0)
    assert "x is a generator on one side only" in refused(tmp_path / "a.npz", x=rng)


def test_a_name_that_is_not_in_the_file(tmp_path):
    mg.save(tmp_path / "a.npz", model=[np.ones(2)], epoch=3)
    message = refused(tmp_path / "a.npz", [np.ones(2)], mg.FileError, opt=[np.ones(2)])
    assert "a.npz holds no opt, but model, epoch." in message


def test_numbers_cannot_be_loaded_into(tmp_path):
    mg.save(tmp_path / "a.npz", epoch=3, model=[np.ones(2)])
    message = refused(tmp_path / "a.npz", error=TypeError, epoch=0)
    assert "an int does not allow. Write epoch = load(path)['epoch']" in message


def test_read_only_arrays_are_refused(tmp_path):
    x, y = np.zeros(2), np.zeros(2)
    y.flags.writeable = False
    mg.save(tmp_path / "a.npz", model=[np.ones(2), np.ones(2)])
    message = refused(tmp_path / "a.npz", [x, y], mg.MutabilityError)
    assert "model[1] is read-only" in message


@mg.functor
class Settings:
    def __init__(self, p, rng=None, active=None):
        self.w, self.p, self.rng, self.active = np.ones(2), p, rng, active


def test_settings_stay_and_differences_are_told(tmp_path):
    mg.save(tmp_path / "a.npz", model=Settings(0.5, np.random.default_rng(0), True))
    model = Settings(0.25, active=False)
    with pytest.warns(UserWarning, match=r"model\.p is 0\.5, and here 0\.25; model"):
        mg.load_into_(model, tmp_path / "a.npz")
    assert model.p == 0.25
    mg.save(tmp_path / "a.npz", model=model)
    model.rng = np.random.default_rng(0)
    with pytest.warns(UserWarning, match=r"model\.rng, a generator, is only in the"):
        mg.load_into_(model, tmp_path / "a.npz")


def test_the_default_generator(tmp_path):
    mg.seed(0)
    mg.save(tmp_path / "a.npz", rng=mg.random.default_rng())
    first = mg.glorot_uniform((2, 3))
    mg.load_into_(None, tmp_path / "a.npz", rng=mg.random.default_rng())
    np.testing.assert_array_equal(mg.glorot_uniform((2, 3)), first)


def test_settings_of_all_kinds(tmp_path):
    values = [True, "max", None, np.float32(1), np.bool(True), float("nan"), 2j]
    others = [False, "mean", 0.5, np.float32(2), np.bool(False), 1.0, 1j]
    save = lambda values: mg.save(tmp_path / "a.npz", m=[np.ones(1), *values, np.sin])
    save(values)
    mg.load_into_(None, tmp_path / "a.npz", m=[np.zeros(1), *values, np.cos])
    with pytest.warns(UserWarning) as warned:
        mg.load_into_(None, tmp_path / "a.npz", m=[np.zeros(1), *others, np.cos])
    (message,) = [str(warning.message) for warning in warned]
    for k, (x, y) in enumerate(zip(values, others, strict=True), 1):
        assert f"m[{k}] is {x!r}, and here {y!r}" in message


def test_a_mode_is_no_setting(tmp_path):
    mg.save(tmp_path / "a.npz", model=Settings(0.5, active=True))
    mg.load_into_(Settings(0.5, active=False), tmp_path / "a.npz")


def test_a_state_tree_in_the_place_of_a_model(tmp_path):
    model = mg.Dense(2, 3)
    opt_state = mg.setup(mg.Adam(), model)
    mg.save(tmp_path / "a.npz", model=model, opt_state=opt_state)
    message = refused(tmp_path / "a.npz", opt_state)
    assert (
        "model.weight is an array in the file and the Leaf of a state tree" in message
    )
    message = refused(tmp_path / "a.npz", model, opt_state=model)
    assert (
        "opt_state.bias is the Leaf of a state tree in the file and an arr" in message
    )


def test_nothing_to_load_into(tmp_path):
    mg.save(tmp_path / "a.npz", model=[np.ones(1)])
    with pytest.raises(
        TypeError, match=r"nothing to load into\. Write load_into_\(mod"
    ):
        mg.load_into_(None, tmp_path / "a.npz")


# --- What is the same in two places -------------------------------------------------


def test_arrays_that_are_one_in_the_file_only(tmp_path):
    x = np.arange(6.0).reshape(2, 3)
    mg.save(tmp_path / "a.npz", m=[x, {"y": x.T}])
    m = [np.zeros((2, 3)), {"y": np.zeros((3, 2))}]
    with pytest.warns(
        UserWarning, match=r"m\[0\] and m\[1\]\.y are one array, and here"
    ):
        mg.load_into_(None, tmp_path / "a.npz", m=m)
    np.testing.assert_array_equal(m[1]["y"], x.T)


def dropouts(*rngs):
    return mg.Chain([mg.Dropout(0.5, rng=rng) for rng in rngs])


def test_generators_that_are_one_in_the_file_only(tmp_path):
    rng = np.random.default_rng(0)
    mg.save(tmp_path / "a.npz", model=dropouts(rng, rng), rng=rng)
    sentence = (
        r"layers\[0\]\.rng and model\.layers\[1\]\.rng are one generator, and here"
    )
    with pytest.warns(UserWarning, match=sentence):
        mg.load_into_(dropouts(1, 2), tmp_path / "a.npz")
    one = np.random.default_rng(5)
    mg.load_into_(dropouts(one, one), tmp_path / "a.npz", rng=one)
    assert one.random() == rng.random()


def test_generators_that_are_one_in_the_program_only(tmp_path):
    mg.save(tmp_path / "a.npz", model=dropouts(1, 2))
    one = np.random.default_rng(5)
    state = one.bit_generator.state
    message = refused(tmp_path / "a.npz", dropouts(one, one))
    assert "rng are one generator in the program and two in the file" in message
    assert one.bit_generator.state == state
