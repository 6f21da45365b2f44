import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import Adam, Descent, Momentum, update_


def test_the_memory_begins_with_the_first_step():
    opt, x, y = Adam(), np.zeros(2), np.zeros(3, np.float32)
    assert len(opt.state) == 0
    update_(opt, x, np.ones(2))
    assert [*opt.state] == [x] or next(iter(opt.state)) is x
    update_(opt, y, np.ones(3, np.float32))
    assert len(opt.state) == 2
    mean, mean_square, powers = opt.state[y]
    assert (mean.shape, mean.dtype) == ((3,), np.float32)
    np.testing.assert_allclose(mean_square, 0.001, rtol=1e-6)
    np.testing.assert_allclose(powers, (0.9**2, 0.999**2))


def test_a_rule_without_memory_remembers_nothing():
    opt, x = Descent(), np.zeros(1)
    update_(opt, x, np.ones(1))
    assert len(opt.state) == 0


def test_a_number_takes_effect_at_the_next_step_and_the_memory_stays():
    """Page 002: `opt.eta = 0.001` where the new style has `adjust_`."""
    opt, x = Momentum(0.1, 0.9), np.zeros(1)
    update_(opt, x, np.ones(1))
    opt.eta = 0.001
    update_(opt, x, np.ones(1))
    np.testing.assert_allclose(opt.state[x], [-(0.9 * 0.1 + 0.001)])
    np.testing.assert_allclose(x, [-0.1 - 0.091])


def test_the_new_numbers_are_those_of_adjust():
    dxs = np.random.default_rng(0).standard_normal((6, 2))
    opt, x, model = Adam(0.1), np.zeros(2), {"x": np.zeros(2)}
    tree = mg.setup(mg.Adam(0.1), model)
    for step, dx in enumerate(dxs):
        if step == 3:
            opt.eta, opt.beta = 0.01, (0.8, 0.99)
            mg.adjust_(tree, 0.01, beta=(0.8, 0.99))
        update_(opt, x, dx)
        mg.update_(tree, model, {"x": dx})
    assert np.array_equal(x, model["x"])


def test_schedules_set_the_rate():
    """Page 003: `for (eta, epoch) in zip(schedule, 1:100); opt.eta = eta`."""
    schedule, opt = mg.schedules.Cos(l0=1e-4, l1=1e-2, period=10), Momentum()
    x, rates = np.zeros(1), []
    for eta, _ in zip(schedule, range(1, 101), strict=False):
        opt.eta = eta
        update_(opt, x, np.ones(1))
        rates.append(opt.eta)
    assert rates == [schedule(t) for t in range(1, 101)]
    stateful = mg.schedules.Stateful(schedule)
    opt.eta = mg.schedules.next_(stateful)
    assert opt.eta == 1e-2


def test_a_wrong_number_is_refused_at_once_and_nothing_changes():
    opt = Adam()
    for change, error, sentence in [
        ({"eta": -1}, mg.DomainError, "a learning rate is at least 0"),
        ({"eta": "fast"}, TypeError, "eta must be a real number"),
        ({"beta": 0.9}, TypeError, "beta is 2 numbers"),
        ({"beta": (0.9, 1.5)}, mg.DomainError, "below 1"),
        ({"etta": 0.1}, AttributeError, "Adam has no number etta; it has eta, beta"),
    ]:
        ((name, value),) = change.items()
        with pytest.raises(error, match=sentence):
            setattr(opt, name, value)
    assert repr(opt) == repr(Adam())
    with pytest.raises(mg.DomainError, match="learning rate"):
        Descent(-1)
    with pytest.raises(TypeError):
        Descent(rho=1)


def test_it_prints_with_its_numbers():
    assert repr(Momentum(1 / 30)) == "Momentum(eta=0.0333333, rho=0.9)"
    assert repr(Descent(0.1)) == "Descent(0.1)"
    assert repr(legacy.ADAM()) == "ADAM(eta=0.001, beta=(0.9, 0.999), epsilon=1e-08)"


def test_views_of_arrays_and_parameters_share_what_is_remembered_of_them():
    opt, W = Momentum(0.1), legacy.param([0.0])
    update_(opt, W, np.ones(1))
    update_(opt, W.array, np.ones(1))
    assert len(opt.state) == 1
    np.testing.assert_allclose(opt.state[W], [-0.19])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_the_dtype_is_that_of_the_parameter(dtype):
    opt, x = Adam(), np.ones(2, dtype)
    update_(opt, x, np.ones(2))
    assert x.dtype == opt.state[x][0].dtype == dtype
    assert (x != 1).all()
