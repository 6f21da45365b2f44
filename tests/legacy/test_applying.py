import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import apply_, gradient, param, params, train_, update_


class Momentum:
    """That of page 003, line by line (A003-27 and 28)."""

    def __init__(self, eta, rho):
        self.eta, self.rho, self.velocity = eta, rho, legacy.IdDict()

    def apply_(self, x, dx):
        v = self.velocity.setdefault(x, np.zeros_like(x))
        v[...] = self.rho * v - self.eta * dx
        dx[...] = -v
        return dx


def test_the_momentum_of_the_page_is_the_one_built_in():
    own, built_in = Momentum(0.1, 0.9), legacy.Momentum(0.1, 0.9)
    x, y = np.zeros(3), np.zeros(3)
    for dx in np.random.default_rng(0).standard_normal((10, 3)):
        update_(own, x, dx)
        update_(built_in, y, dx)
    np.testing.assert_allclose(x, y, rtol=1e-14)
    np.testing.assert_allclose(own.velocity[x], built_in.state[y], rtol=1e-14)


def test_two_equal_parameters_have_memories_of_their_own():
    opt, x, y = Momentum(0.1, 0.9), np.zeros(1), np.zeros(1)
    update_(opt, x, np.ones(1))
    update_(opt, y, np.full(1, 2.0))
    assert (opt.velocity[x], opt.velocity[y]) == (-0.1, -0.2)


def test_ones_own_works_in_update_train_and_chains():
    """The weight goes down if the gradient is positive: the code, not the formula."""
    W, x = param([1.0]), np.array([2.0])
    loss = lambda x: (W * x).sum()
    ps, opt = params(W), Momentum(0.1, 0.9)
    update_(opt, ps, gradient(lambda: loss(x), ps))
    np.testing.assert_allclose(W, [0.8])
    train_(loss, ps, [x], opt)
    np.testing.assert_allclose(W, [0.8 - 0.38])
    chain = legacy.Optimiser(legacy.ClipValue(1.0), opt, legacy.Descent(0.5))
    update_(chain, ps, gradient(lambda: loss(x), ps))
    np.testing.assert_allclose(W, [0.42 - (0.9 * 0.38 + 0.1) / 2])


def test_a_gradient_that_it_changes_is_a_copy():
    W = param([1.0])
    gs = gradient(lambda: (3 * W).sum(), params(W))
    update_(Momentum(0.1, 0.9), params(W), gs)
    assert gs[W] == 3


def test_apply_returns_the_step_and_keeps_the_memory():
    opt, x = legacy.Adam(eta=0.1), np.zeros(1, np.float32)
    step = apply_(opt, x, np.array([5.0], np.float32))
    np.testing.assert_allclose(step, [0.1], rtol=1e-6)
    assert step.dtype == np.float32
    assert x == 0
    assert len(opt.state) == 1


class Returns:
    def __init__(self, result):
        self.result = result

    def apply_(self, x, dx):
        return self.result


def test_what_it_returns_is_checked():
    with pytest.raises(TypeError, match=r"Returns.apply_.* returned None.*return dx"):
        update_(Returns(None), np.zeros(2), np.ones(2))
    with pytest.raises(mg.ShapeError, match=r"shape \(3,\) for one of shape \(2,\)"):
        update_(Returns(np.ones(3)), np.zeros(2), np.ones(2))


def test_a_base_class_says_what_is_missing():
    class Mine(legacy.AbstractOptimiser):
        pass

    with pytest.raises(NotImplementedError, match="Mine needs a method apply_"):
        apply_(Mine(), np.zeros(1), np.ones(1))


@pytest.mark.parametrize(
    ("opt", "sentence"),
    [
        (legacy.Adam, r"given the class Adam. Write Adam\(\)"),
        (mg.Adam(), r"Adam.eta=.*, a rule of the new style.* legacy.Adam\(...\)"),
        (mg.setup(mg.Adam(), [np.ones(1)]), "a state tree of the new style"),
        (0.1, r"needs an optimiser, such as legacy.Adam\(\), and was given a float"),
        (None, "was given None"),
    ],
)
def test_what_is_no_optimiser_is_refused(opt, sentence):
    x, W = np.zeros(1), param([1.0])
    gs = gradient(lambda: W.sum(), params(W))
    for call in (
        lambda: apply_(opt, x, x),
        lambda: update_(opt, x, x),
        lambda: update_(opt, params(W), gs),
        lambda: legacy.Optimiser(legacy.Descent(), opt),
        lambda: train_(lambda: W.sum(), params(W), [()], opt),
    ):
        with pytest.raises(TypeError, match=sentence):
            call()
