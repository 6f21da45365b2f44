"""The kit finds ours right, and typical wrong implementations wrong."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.check import Finding
from minigrad.testing import cases, names


@pytest.mark.parametrize("name", names())
def test_our_own_are_right(name):
    for case in cases(name):
        case(getattr(mg, name))


def test_there_are_cases_for_what_is_named():
    assert {"gradient", "Dense", "Adam", "Momentum"} <= set(names())
    for name in names():
        titles = [str(case) for case in cases(name)]
        assert len(titles) == len(set(titles)) >= 5
    with pytest.raises(ValueError, match=r"no cases for 'SGD'.*Adam"):
        cases("SGD")


def failed(name, implementation):
    """From the names of the cases that fail to what they say."""
    found = {}
    for case in cases(name):
        try:
            case(implementation)
        except Finding as finding:
            found[str(case)] = str(finding)
        except TypeError as error:  # the kit does not hide what is raised
            found[str(case)] = repr(error)
    return found


# --- gradient ----------------------------------------------------------------------


def test_a_gradient_that_is_no_tuple():
    found = failed("gradient", lambda f, *args: mg.gradient(f, *args)[0])
    assert set(map(str, cases("gradient"))) - set(found) == set()
    assert "A gradient is a tuple" in found["a polynomial"]


def test_a_gradient_with_zeros_for_none():
    def zeros(f, *args):
        found = mg.gradient(f, *args)
        return tuple(np.float64(0) if g is None else g for g in found)

    found = failed("gradient", zeros)
    assert list(found) == ["an argument without use"]
    assert "says 0.0 for `y`" in found["an argument without use"]


def test_a_gradient_in_float64():
    def wide(f, *args):
        found = mg.gradient(f, *args)
        return tuple(np.float64(g) if isinstance(g, np.ndarray) else g for g in found)

    assert list(failed("gradient", wide)) == ["float32"]


def test_a_gradient_that_loses_repeated_entries():
    def lossy(f, *args):
        found = mg.gradient(f, *args)
        if "[[0, 0, 2]]" in getattr(f, "__name__", ""):
            found[0][0] /= 2
        return found

    found = failed("gradient", lossy)
    assert list(found) == ["entries, some twice"]
    assert "One of its 3 numbers will not do: see [0]" in found["entries, some twice"]


# --- Adam --------------------------------------------------------------------------


class Adam:
    """As the paper says, with two places to be wrong in."""

    root = staticmethod(lambda v, epsilon: np.sqrt(v) + epsilon)
    first = 1

    def __init__(self, eta=0.001, beta=(0.9, 0.999), epsilon=1e-8):
        self.eta, self.beta, self.epsilon = eta, beta, epsilon

    def init(self, x):
        return np.zeros_like(x), np.zeros_like(x), self.first

    def apply(self, state, x, dx):
        (m, v, t), (beta1, beta2) = state, self.beta
        m = beta1 * m + (1 - beta1) * dx
        v = beta2 * v + (1 - beta2) * dx**2
        mean, square = m / (1 - beta1**t), v / (1 - beta2**t)
        return (m, v, t + 1), self.eta * mean / self.root(square, self.epsilon)


def test_an_adam_by_hand_is_right():
    assert failed("Adam", Adam) == {}


def test_an_epsilon_within_the_root():
    class Inside(Adam):
        root = staticmethod(lambda v, epsilon: np.sqrt(v + epsilon))

    found = failed("Adam", Inside)
    assert found["a vector"].startswith("almost")
    assert found["tiny gradients"].startswith("value")


def test_a_clock_that_starts_late():
    class Late(Adam):
        first = 2

    found = failed("Adam", Late)
    assert "step 1 of apply(" in found["a vector"]
    assert "two arrays do not share a memory" not in found, "they do not, though wrong"


def test_a_memory_in_the_rule():
    class Shared(Adam):
        def init(self, x):
            self.held = super().init(x)

        def apply(self, state, x, dx):
            if self.held[0].shape != x.shape:
                self.held = super().init(x)
            self.held, step = super().apply(self.held, x, dx)
            return self.held, step

    found = failed("Adam", Shared)
    assert list(found) == ["two arrays do not share a memory"]
    assert "belongs into the state" in str(found)


def test_a_state_that_is_changed_in_place():
    class Careless(Adam):
        def apply(self, state, x, dx):
            state[0].__iadd__(1 - self.beta[0])
            return super().apply(state, x, dx)

    found = failed("Adam", Careless)
    assert "changed one of its arguments" in found["a vector"]


def test_a_step_that_comes_alone():
    class Alone(Adam):
        def apply(self, state, x, dx):
            return super().apply(state, x, dx)[1]

    assert "return state, step" in failed("Adam", Alone)["a vector"]


def test_a_rule_without_methods():
    class Empty:
        def __init__(self, **numbers):
            pass

    assert "lacks a method" in failed("Adam", Empty)["a vector"]


# --- Dense -------------------------------------------------------------------------


@mg.functor
class Dense:
    """As ours, with places to be wrong in."""

    def __init__(self, features_in, features_out, act):
        self.weight = mg.glorot_uniform((features_out, features_in))
        self.bias, self.act = np.zeros(features_out, np.float32), act

    def __call__(self, x):
        return self.act(x @ self.weight.T + self.bias)


def test_a_dense_by_hand_is_right():
    assert failed("Dense", Dense) == {}


def without_mark(features_in, features_out, act):
    class Unmarked:
        weight = mg.glorot_uniform((features_out, features_in))
        bias = np.zeros(features_out, np.float32)

        def __call__(self, x):
            return act(x @ self.weight.T + self.bias)

    return Unmarked()


class Transposed(Dense):
    def __init__(self, *args):
        super().__init__(*args)
        self.weight = np.array(self.weight.T)


class NoBias(Dense):
    def __call__(self, x):
        return self.act(x @ self.weight.T)


class Late(Dense):
    def __call__(self, x):
        return self.act(x @ self.weight.T) + self.bias


class Large(Dense):
    def __init__(self, *args):
        super().__init__(*args)
        self.weight = self.weight * 10


class Wide(Dense):
    def __init__(self, *args):
        super().__init__(*args)
        self.weight = self.weight.astype(np.float64)


@pytest.mark.parametrize(
    ("layer", "case", "message"),
    [
        (without_mark, "weight and bias", "not marked as a model"),
        (Transposed, "weight and bias", r"weight` is np.array.*\(out, in\)"),
        (Wide, "weight and bias", "dtype float64: float32 is usual"),
        (NoBias, "the formula", "Is the bias missing"),
        (NoBias, "the gradient", "does not use `self.bias`"),
        (Late, "the formula", "before the activation"),
        (Large, "random weights", "do not stay alike"),
    ],
)
def test_a_dense_with_a_mistake(layer, case, message):
    assert re.search(message, failed("Dense", layer)[case])
