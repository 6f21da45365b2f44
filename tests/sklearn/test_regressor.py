"""Numbers: one for each observation, or several."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import line
from minigrad.sklearn import NetRegressor

X, _ = line(200, rng=0)
WEIGHT = np.array([[2.0, -1.0, 0.5]])


def test_a_line_is_found():
    net = NetRegressor(hidden=(), rule=mg.Descent(0.3), random_state=0)
    net.fit(X, 3 * X[:, 0] - 1)
    np.testing.assert_allclose(net.model_[0].weight, [[3]], atol=1e-4)
    np.testing.assert_allclose(net.model_[0].bias, [-1], atol=1e-4)


@pytest.mark.parametrize(
    "y", [X[:, 0], X, X @ WEIGHT], ids=["one number", "a column", "three numbers"]
)
def test_predictions_have_the_shape_of_the_targets(y):
    net = NetRegressor(epochs=60, random_state=0).fit(X, y)
    assert net.predict(X).shape == y.shape
    assert net.predict(X[:1]).shape == y[:1].shape
    assert net.score(X, y) > 0.99


def test_the_targets_of_a_curve():
    x = np.linspace(-3, 3, 200)[:, None]
    net = NetRegressor((32, 32), epochs=100, random_state=0).fit(x, np.sin(x[:, 0]))
    assert net.score(x, np.sin(x[:, 0])) > 0.99


def test_partial_fit_is_one_pass():
    whole = NetRegressor(epochs=3, random_state=0).fit(X, X[:, 0] ** 2)
    parts = NetRegressor(random_state=0)
    for _ in range(3):
        assert parts.partial_fit(X, X[:, 0] ** 2) is parts
    assert parts.loss_curve_ == whole.loss_curve_ and parts.n_iter_ == 3
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))


def test_partial_fit_keeps_the_number_of_targets():
    net = NetRegressor().partial_fit(X, X @ WEIGHT)
    with pytest.raises(ValueError, match=r"shape \(200,\), .* it had \('N', 3\)"):
        net.partial_fit(X, X[:, 0])
    assert net.fit(X, X[:, 0]).predict(X).shape == (200,)


def test_targets_that_are_no_numbers():
    with pytest.raises(ValueError, match="could not convert string to float"):
        NetRegressor().fit(X, ["a"] * 200)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        NetRegressor().fit(X, X[:, 0] * np.nan)
