"""scikit-learn's own checks, and life within its tools."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import minigrad as mg
from minigrad.datasets import diabetes, iris, moons, wine
from minigrad.sklearn import NetClassifier, NetRegressor

ESTIMATORS = [NetClassifier, NetRegressor]


def cnn(features, outputs, rng):
    """A model of another kind: each row as a signal."""
    return mg.Chain(
        lambda x: x[..., None],
        mg.Conv((2,), 1, 3, mg.relu, rng=rng),
        mg.flatten,
        mg.Dense(3 * (features - 1), outputs, rng=rng),
    )


@parametrize_with_checks(
    [
        NetClassifier(),
        NetRegressor(),
        NetClassifier(hidden=(), rule=mg.Momentum(0.1), epochs=20, batchsize=16),
        NetRegressor(hidden=(8, 8), act=mg.tanh, loss=mg.huber_loss),
    ]
)
def test_by_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("load", [iris, wine])
def test_iris_and_wine_by_cross_validation(load):
    x, y, *_ = load()
    net = make_pipeline(StandardScaler(), NetClassifier(random_state=0))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    assert cross_val_score(net, x, y, cv=folds).mean() >= 0.95


def test_diabetes_by_cross_validation():
    """Ten columns explain about half of the variance: 0.48 for a line."""
    x, y, *_ = diabetes()
    net = make_pipeline(StandardScaler(), NetRegressor(epochs=10, random_state=0))
    net = TransformedTargetRegressor(net, transformer=StandardScaler())
    assert cross_val_score(net, x, y).mean() >= 0.42


def test_a_grid_of_sizes_and_rules():
    x, y = moons(120, rng=0)
    grid = GridSearchCV(
        NetClassifier(epochs=30, random_state=0),
        {"hidden": [(), (32,)], "rule": [mg.Descent(1e-9), mg.Adam(0.05)]},
        cv=3,
    ).fit(x, y)
    assert grid.best_params_ == {"hidden": (32,), "rule": mg.Adam(0.05)}
    assert grid.score(x, y) > 0.95


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("random_state", [0, np.random.RandomState(3)])
def test_clones_train_alike(estimator, random_state):
    x, y = moons(60, rng=0)
    net = estimator((4,), rule=mg.Momentum(0.1), epochs=3, random_state=random_state)
    first, second = clone(net).fit(x, y), clone(net).fit(x, y)
    np.testing.assert_array_equal(first.predict(x), second.predict(x))
    assert first.loss_curve_ == second.loss_curve_
    assert not hasattr(net, "model_")
    other = clone(net).set_params(random_state=1).fit(x, y)
    assert first.loss_curve_ != other.loss_curve_


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_pickled_it_goes_on_training_as_if_nothing_had_happened(estimator):
    x, y = moons(60, rng=0)
    net = estimator(epochs=3, random_state=0).fit(x, y)
    twin = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(net.predict(x), twin.predict(x))
    for _ in range(3):
        net.partial_fit(x, y)
        twin.partial_fit(x, y)
    assert net.loss_curve_ == twin.loss_curve_ and net.n_iter_ == 6
    np.testing.assert_array_equal(net.predict(x), twin.predict(x))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_models_of_ones_own(estimator):
    x, y, *_ = iris()
    asked = []

    def make(features, outputs, rng):
        asked.append((features, outputs, type(rng)))
        return cnn(features, outputs, rng)

    net = estimator(model=make, epochs=40, random_state=0)
    net = make_pipeline(StandardScaler(), net).fit(x, y)
    outputs = 3 if estimator is NetClassifier else 1
    assert asked == [(4, outputs, np.random.Generator)]
    assert net.score(x, y) > 0.9
    assert type(net[-1].model_[1]).__name__ == "Conv"
    again = clone(net).fit(x, y)
    np.testing.assert_array_equal(net.predict(x), again.predict(x))


def test_printing_shows_what_is_not_the_default():
    text = str(NetClassifier((8, 8), rule=mg.Descent(0.5)))
    assert text == "NetClassifier(hidden=(8, 8), rule=Descent(0.5))"


def test_the_package_knows_it_without_importing_it(run_python):
    code = """
import sys, minigrad as mg
assert "sklearn" not in sys.modules
print(mg.sklearn.NetClassifier.__name__, hasattr(mg, "sklern"))
"""
    assert run_python(code) == "NetClassifier False"


def test_without_scikit_learn_a_sentence(run_python):
    code = """
import sys; sys.modules['sklearn'] = None
try:
    from minigrad.sklearn import NetClassifier
except ModuleNotFoundError as error:
    print(error)
"""
    assert run_python(code) == (
        "minigrad.sklearn needs scikit-learn 1.6 or newer, which is not installed. "
        "Write pip install 'scikit-learn>=1.6', or pip install -e '.[sklearn]' in the "
        "project."
    )


def test_an_older_scikit_learn_is_too_old(run_python):
    code = """
import sklearn.utils.validation as module
del module.validate_data
try:
    import minigrad.sklearn
except ImportError as error:
    print(error)
"""
    assert run_python(code).startswith(
        "minigrad.sklearn needs scikit-learn 1.6 or newer"
    )
