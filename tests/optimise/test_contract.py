"""What is asked of a rule, by whomever it was written."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from minigrad import DomainError, ShapeError
from minigrad.optimise import (
    Adam,
    ClipGrad,
    Descent,
    MixedPrecision,
    Momentum,
    OptimiserChain,
    Rule,
    Scheduler,
    WeightDecay,
    setup,
    update,
    update_,
)
from minigrad.optimise.contract import (
    apply_rule,
    check_rule,
    is_rule,
    numbers_by_name,
    with_numbers,
)
from minigrad.optimise.rule import join, split


class Slots:
    __slots__ = ("eta",)

    def __init__(self):
        self.eta = 0.5

    def init(self, x):
        return None

    def apply(self, state, x, dx):
        return state, self.eta * dx


@dataclass(frozen=True)
class Frozen:
    eta: float = 0.5

    def init(self, x):
        return np.zeros_like(x)

    def apply(self, state, x, dx):
        return state + dx, self.eta * dx


class Static:
    eta = 0.5

    @staticmethod
    def init(x):
        return None

    @staticmethod
    def apply(state, x, dx):
        return state, 0.5 * dx


class OfClass:
    @classmethod
    def init(cls, x):
        return None

    @classmethod
    def apply(cls, state, x, dx):
        return state, 0.5 * dx


SPACE = SimpleNamespace(init=lambda x: None, apply=lambda state, x, dx: (state, dx / 2))
RULES = [Slots(), Frozen(), Static(), OfClass(), SPACE]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_any_object_with_init_and_apply_is_a_rule(rule, dtype):
    assert is_rule(rule)
    for used in (
        rule,
        OptimiserChain(rule),
        OptimiserChain(Descent(1), rule, Descent(1)),
    ):
        model = {"x": np.ones(3, dtype), "y": np.ones((2, 2), dtype).T}
        tree = setup(used, model)
        assert isinstance(repr(tree), str)
        grads = {"x": np.ones(3), "y": np.ones((2, 2))}
        _, new = update(tree, model, grads)
        for _ in range(2):
            update_(tree, model, grads)
        for key, x in model.items():
            assert x.dtype == dtype and (x == 0).all() and (new[key] == 0.5).all()


@pytest.mark.parametrize(
    "x",
    [Adam, 0.1, None, np.ones(2), object(), SimpleNamespace(init=1, apply=2), "Adam"],
)
def test_what_is_no_rule_is_refused_with_what_to_write(x):
    with pytest.raises(TypeError) as caught:
        check_rule(x, "setup({}, model)")
    message = str(caught.value)
    assert message.startswith("setup(rule, model) needs a rule, an object with the")
    assert "Write setup(Adam(), model)." in message


# --- What a step may be ------------------------------------------------------------


def returning(answer):
    return SimpleNamespace(init=lambda x: None, apply=lambda *_: answer)


@pytest.mark.parametrize("step", [[1, 2], (3, 4), np.array([1, 2]), np.ones(2, "f2")])
def test_steps_are_converted_to_the_type_of_the_parameter(step):
    x = np.ones(2, "f4")
    _, found = apply_rule(returning((None, step)), None, x, x)
    assert type(found) is np.ndarray and found.dtype == np.float32


def test_a_double_step_for_a_single_parameter_is_rounded():
    x = np.ones(2, "f4")
    _, found = apply_rule(returning((None, np.full(2, 0.1))), None, x, x)
    np.testing.assert_array_equal(found, np.full(2, 0.1, "f4"), strict=True)


@pytest.mark.parametrize(
    "step",
    [np.ones(3), np.ones((1, 2)), 1.0, np.full(2, 1j), [None, 1], ["a", "b"], "ab"],
)
def test_steps_that_do_not_fit(step):
    x = np.ones(2, "f4")
    with pytest.raises(
        ShapeError, match=r"step of shape .* for an array of shape \(2,\)"
    ):
        apply_rule(returning((None, step)), None, x, x)


@pytest.mark.parametrize("answer", [None, 0.5, (), (1,), (1, 2, 3), [None, 1], "ab"])
def test_answers_that_are_no_pair(answer):
    x = np.ones(2)
    with pytest.raises(
        TypeError, match="two things, the new state and the step: return"
    ):
        apply_rule(returning(answer), None, x, x)


def test_a_step_of_none_waits():
    state = {"count": 1}
    assert apply_rule(returning((state, None)), None, np.ones(2), 0) == (state, None)
    model = [np.ones(2)]
    tree = setup(returning((state, None)), model)
    update_(tree, model, [[1, 1]])
    assert (model[0] == 1).all() and tree[0].state == state


def test_numbers_of_numpy_in_a_state_become_arrays():
    """So that what arrays without axes decay into is saved and printed as an array."""
    x = np.array(1.0)
    state, step = apply_rule(Momentum(), np.array(2.0), x, x)
    assert type(state) is type(step) is np.ndarray and state.shape == ()


# --- Numbers, by their names -------------------------------------------------------


def test_the_numbers_of_rules_in_rules():
    rule = OptimiserChain(
        ClipGrad(1), Scheduler(Momentum, eta=lambda t: t), WeightDecay(2)
    )
    found = numbers_by_name(rule)
    assert (found["delta"], found["rho"], found["lambda_"]) == (1.0, 0.9, 2.0)
    assert numbers_by_name(MixedPrecision(np.float32, Adam()))["eta"] == 0.001
    assert numbers_by_name(Slots()) == numbers_by_name(Frozen()) == {"eta": 0.5}
    assert numbers_by_name(OptimiserChain()) == {}


def test_new_numbers_make_a_new_rule():
    rule = OptimiserChain(ClipGrad(1), OptimiserChain(Adam(), Frozen()))
    new = with_numbers(rule, {"eta": 2, "delta": 3, "nothing": None})
    assert new == OptimiserChain(ClipGrad(3), OptimiserChain(Adam(2), Frozen(2)))
    assert rule == OptimiserChain(ClipGrad(1), OptimiserChain(Adam(), Frozen()))


@pytest.mark.parametrize("rule", [Slots(), Frozen()])
def test_new_numbers_for_rules_of_ones_own(rule):
    assert with_numbers(rule, {"eta": 2}).eta == 2 and rule.eta == 0.5
    for wrong in ("fast", None, [1.0], np.ones(2)):
        with pytest.raises(
            TypeError, match=r"eta is 0\.5; it must become a number too"
        ):
            with_numbers(rule, {"eta": wrong})


def test_parts_of_tuples_follow_the_new_numbers():
    """`beta1` and `beta2` of a formula are those of the rule as it is now."""
    rule, x = Adam(), np.ones(1)
    rule.apply(rule.init(x), x, x)
    new = with_numbers(rule, {"beta": (0.5, 0.5)})
    for one, other in zip(new.apply(new.init(x), x, x)[0][:2], (0.5, 0.5), strict=True):
        assert one == other


# --- States, taken apart -----------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [None, np.zeros(2), (np.zeros(2),), (np.zeros(2), np.ones(2), (0.9, 0.99)), (3,),
     (np.zeros(2), 1), ((0.9, 0.99), np.zeros(2))],
)  # fmt: skip
def test_join_undoes_split(state):
    memory, clock = split(state)
    assert all(isinstance(array, np.ndarray) for array in memory)
    again = join(state, memory, clock)
    assert type(again) is type(state)
    np.testing.assert_equal(again, state)


# --- Rules with formulas -----------------------------------------------------------


def test_a_formula_that_takes_self_is_refused_where_it_is_written():
    with pytest.raises(
        TypeError, match=r"class Wrong: formula knows nothing of self.*@st"
    ):

        class Wrong(Rule):
            eta: float = 0.1

            def formula(self, x, dx, eta):
                return eta * dx


def test_a_rule_without_init_or_apply_says_what_it_needs():
    class Empty(Rule):
        eta: float = 0.1

    with pytest.raises(
        NotImplementedError, match=r"Empty needs a method init\(self, x\)"
    ):
        setup(Empty(), [np.ones(1)])
    with pytest.raises(NotImplementedError, match=r"Empty needs .*apply.*formula"):
        Empty().apply(None, np.ones(1), np.ones(1))


def test_rules_for_real_numbers_only_refuse_complex_ones():
    model = [np.ones(2, complex)]
    tree = setup(OptimiserChain(ClipGrad(), Descent()), model)
    with pytest.raises(
        DomainError, match="given complex numbers: complex numbers have no"
    ):
        update_(tree, model, [[1j, 1]])
    assert (model[0] == 1).all()


def test_apply_leaves_what_it_is_given_as_it_is():
    x, dx = np.ones(2), np.full(2, 3.0)
    for rule in (Momentum(), Adam(), OptimiserChain(ClipGrad(1), Adam())):
        state = rule.init(x)
        before = repr(state)
        rule.apply(state, x, dx)
        assert repr(state) == before and (x == 1).all() and (dx == 3).all()
