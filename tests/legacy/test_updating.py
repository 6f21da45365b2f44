import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy
from minigrad.legacy import Adam, Descent, gradient, param, params, update_


@pytest.fixture
def model():
    return mg.Dense(np.array([[1.0, 2.0]]))


def loss_gradient(model, ps=None):
    return gradient(lambda: (model.weight**2).sum(), ps or params(model))


# --- What it does --------------------------------------------------------------------


def test_two_arguments_subtract():
    x = np.array([1.0, 2.0])
    assert update_(x, np.array([0.1, 0.2])) is None
    assert np.array_equal(x, [0.9, 1.8])
    W = param(x)
    update_(W, [0.9, 1.8])
    assert np.array_equal(x, [0, 0])


def test_one_array_by_an_optimiser():
    x = np.array([1.0, 2.0])
    assert update_(Descent(0.1), x, np.array([1.0, 2.0])) is None
    np.testing.assert_allclose(x, [0.9, 1.8])


def test_all_arrays_in_place_and_those_without_gradient_are_passed_by(model):
    weight, bias, ps = model.weight, model.bias, params(model)
    assert update_(Descent(0.25), ps, loss_gradient(model)) is None
    assert model.weight is weight
    assert np.array_equal(weight, [[0.5, 1.0]])
    assert np.array_equal(bias, [0])


def test_only_the_arrays_that_are_given(model):
    """Gradients of more arrays may be given, as for two optimisers of one game."""
    ps = params(model)
    gs = gradient(lambda: (model.weight.sum() + 1) * (model.bias.sum() + 1), ps)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update_(Descent(1.0), params(model.bias) & ps, gs)
        assert np.array_equal(model.weight, [[1, 2]])
        update_(Descent(0.5), ps - params(model.bias), gs)
    assert np.array_equal(model.weight, [[0.5, 1.5]])
    assert np.array_equal(model.bias, [-4])


def test_a_step_of_a_state_tree_and_of_an_optimiser_is_the_same(model):
    ps, opt = params(model), Adam(0.1)
    twin = mg.Dense(model.weight.copy())
    tree = mg.setup(mg.Adam(0.1), twin)
    for _ in range(5):
        update_(opt, ps, loss_gradient(model, ps))
        mg.update_(tree, twin, mg.gradient(lambda m: (m.weight**2).sum(), twin)[0])
    assert np.array_equal(model.weight, twin.weight)


# --- Warnings ------------------------------------------------------------------------


def test_gradients_applied_twice_are_warned_about(model):
    ps = params(model)
    gs = loss_gradient(model, ps)
    update_(Descent(), ps, gs)
    with pytest.warns(UserWarning, match="applied to weight before.* 2 . gs once"):
        update_(Descent(), ps, gs)


def test_gradients_of_a_parameter_that_has_changed_are_warned_about(model):
    ps = params(model)
    gs = loss_gradient(model, ps)
    model.weight[0, 1] += 0.5
    with pytest.warns(UserWarning, match=r"Since these Grads.* weight changed.*add"):
        update_(Descent(), ps, gs)


def test_one_of_two_gradients_is_out_of_date_after_the_other(model):
    ps = params(model)
    one, other = loss_gradient(model, ps), loss_gradient(model, ps)
    update_(Descent(0.1), ps, one)
    with pytest.warns(UserWarning, match="Since these Grads were computed, weight"):
        update_(Descent(0.1), ps, other)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update_(Descent(0.1), ps, loss_gradient(model, ps) + loss_gradient(model, ps))


def test_changes_that_are_none_are_not_warned_about():
    W = param(np.arange(6.0).reshape(2, 3).T)
    nan = param([np.nan])
    ps = params(W, nan)
    gs = gradient(lambda: (W**2).sum() + nan.sum(), ps)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update_(Descent(), ps, gs)


def test_the_warning_points_at_the_line_of_the_user(model):
    ps = params(model)
    gs = loss_gradient(model, ps)
    update_(Descent(), ps, gs)
    with pytest.warns(UserWarning) as caught:
        update_(Descent(), ps, gs)
    assert caught[0].filename == __file__


# --- What is refused -----------------------------------------------------------------


def test_replaced_arrays_are_refused_with_their_path(model):
    ps = params(model)
    gs = loss_gradient(model, ps)
    model.weight = model.weight.copy()
    with pytest.raises(ValueError, match="out of date: at weight of the model"):
        update_(Descent(), ps, gs)


def test_no_gradient_at_all_is_refused(model):
    with pytest.raises(mg.NoGradientError, match=r"all are None.*W = param"):
        update_(Descent(), params(model), gradient(lambda: 1.0, params(model)))


def test_inside_of_a_gradient_it_is_refused(model):
    ps, before = params(model), model.weight.copy()
    gs = loss_gradient(model, ps)
    with pytest.raises(mg.MutabilityError, match="inside of a gradient"):
        gradient(lambda: update_(Descent(), ps, gs), ps)
    with pytest.raises(mg.MutabilityError, match="writes into an array"):
        tree = mg.setup(mg.Descent(), model)
        dmodel = mg.gradient(lambda m: m.weight.sum(), model)[0]
        gradient(lambda: mg.update_(tree, model, dmodel), ps)
    assert np.array_equal(model.weight, before)


def test_arrays_that_cannot_change_are_refused(model):
    gs = loss_gradient(model)
    model.weight.flags.writeable = False
    with pytest.raises(mg.MutabilityError, match=r"weight is read-only.*x.copy"):
        update_(Descent(), params(model), gs)
    with pytest.raises(mg.MutabilityError, match=r"array of shape \(2,\) is read-only"):
        update_(np.broadcast_to(1.0, 2), np.ones(2))
    with pytest.raises(TypeError, match=r"dtype int64.*x.astype"):
        update_(np.array([1]), np.ones(1))


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (
            lambda x, ps, gs: (),
            TypeError,
            "two or three arguments.*update_.opt, ps",
        ),
        (
            lambda x, ps, gs: (Adam(), ps, x),
            TypeError,
            "needs Grads .* an ndarray",
        ),
        (lambda x, ps, gs: (ps, gs), TypeError, "needs an optimiser for Params"),
        (lambda x, ps, gs: (x, gs), TypeError, "was given Grads of several"),
        (lambda x, ps, gs: (Adam(), x, gs), TypeError, "was given Grads of several"),
        (
            lambda x, ps, gs: (Adam(), 1.0, x),
            TypeError,
            "a float in its place",
        ),
        (lambda x, ps, gs: (Adam(), x, None), TypeError, "gradient is None, because"),
        (
            lambda x, ps, gs: (Adam(), x, np.ones(3)),
            mg.ShapeError,
            r"\(3,\).* \(1, 2\)",
        ),
        (lambda x, ps, gs: (Adam(), x, "text"), mg.ShapeError, "dtype <U4"),
        (lambda x, ps, gs: (Adam(), params(np.ones(1)), gs), KeyError, "none of the"),
    ],
)
def test_mistakes_are_explained(model, arguments, error, sentence):
    given = arguments(model.weight, params(model), loss_gradient(model))
    with pytest.raises(error, match=sentence):
        update_(*given)


def test_the_gradient_is_left_as_it_is(model):
    gs = loss_gradient(model)
    update_(Adam(), params(model), gs)
    assert np.array_equal(gs[model.weight], [[2, 4]])
    assert legacy.update_ is update_
