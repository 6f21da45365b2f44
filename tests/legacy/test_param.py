import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad.legacy import Param, gradient, param, params


@pytest.fixture
def W():
    return param(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))


def explicit(f, W):
    """The gradient of `f(w)`, taken explicitly."""
    return mg.gradient(f, W.array)[0]


# --- An ordinary array, outside ------------------------------------------------------


def test_it_has_the_memory_of_the_array():
    x = np.array([1.0, 2.0])
    W = param(x)
    W[0] = 5
    x[1] = 7
    assert np.array_equal(W.array, [5, 7])
    assert np.array_equal(x, [5, 7])
    assert np.shares_memory(W, x)


def test_what_is_computed_from_it_is_plain_and_a_view_of_it_is_not(W):
    for computed in (W + 1, 2 / W, W @ W.T, np.exp(W), W.sum(0), W.copy(), W > 2):
        assert type(computed) is np.ndarray
    for view in (W.T, W[0], W[:, 1:], W.reshape(-1), np.transpose(W), W.ravel()):
        assert type(view) is Param
        assert np.shares_memory(view, W)
    assert type(W[0, 0]) is np.float64


def test_it_can_be_changed_in_place(W):
    before, same = W.array.copy(), W
    W += 1
    W *= 2
    np.add(W, 1, out=W)
    W[0] = 0
    assert W is same
    assert np.array_equal(W.array[1], 2 * (before[1] + 1) + 1)
    assert np.array_equal(W.array[0], np.zeros(3))


def test_it_prints_as_what_makes_it():
    assert repr(param([1.0, 2.0])) == "param([1., 2.])"
    assert f"{param(np.array(0.5)):.2f} {param([1.0])}" == "0.50 [1.]"


def test_conversions_comparisons_and_loops_are_those_of_the_array(W):
    assert float(param(np.array(2.5))) == 2.5
    assert W.tolist()[0] == [1, 2, 3]
    assert [row.sum() for row in W] == [6, 15]
    assert np.array_equal(W == W.array, np.ones((2, 3), bool))
    assert 2.0 in W
    assert len(W) == 2
    assert divmod(param(np.array(7.0)), 2) == (3.0, 1.0)
    assert np.array_equal(2 - W, 2 - W.array)
    assert np.array_equal(np.ones(2) @ W, [5, 7, 9])


def test_copies_are_parameters_of_their_own(W):
    for twin in (copy.copy(W), copy.deepcopy(W), pickle.loads(pickle.dumps(W))):
        assert type(twin) is Param
        assert np.array_equal(twin.array, W.array)
        assert not np.shares_memory(twin, W)


def test_numbers_and_lists_become_arrays_and_a_parameter_stays_itself(W):
    assert param(2.0).shape == ()
    assert param([1.0, 2.0]).dtype == np.float64
    assert param(W) is W


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (np.array([1, 2]), "dtype int64, and only floats have .* param.x.astype.float"),
        (True, "dtype bool, and only floats"),
        ("text", "param needs an array, and was given a str"),
        (mg.Dense(1, 1), "was given a Dense. For all arrays .* params.model"),
        ([[1.0], [1.0, 2.0]], "was given a list"),
    ],
)
def test_what_has_no_gradient_is_refused(given, sentence):
    with pytest.raises(TypeError, match=sentence):
        param(given)


def test_unknown_attributes_are_missing(W):
    with pytest.raises(AttributeError, match="no attribute 'grad'"):
        W.grad  # noqa: B018


# --- Recorded, inside ----------------------------------------------------------------

X = np.array([0.5, -1.0, 2.0])
FUNCTIONS = {
    "operators": lambda w: ((w @ X) ** 2 - 3 * w[:, 0] / (1 + w[:, 1])).sum(),
    "reflected": lambda w: (X - w).sum() + (2.0 / w).sum() + (X @ w.T).sum(),
    "scalars of NumPy": lambda w: (np.float64(3) * w).sum() - np.float32(2) ** w[0, 0],
    "ufuncs": lambda w: np.sum(np.tanh(w) * np.maximum(w, X)),
    "functions": lambda w: np.sum(np.concatenate([w, w[:1]]) ** 2) + np.mean(w),
    "dot": lambda w: np.dot(w, X).sum() + np.dot(X, w.T).sum(),
    "einsum": lambda w: np.einsum("ij,j->", w, X) + np.vdot(X, w[0]),
    "where": lambda w: np.where(w > 2, w, 0).sum(),
    "methods": lambda w: w.reshape(-1).max() + w.T.sum(axis=0)[1] + w.mean(),
    "attributes": lambda w: (w.T @ w).sum() + w.mT[0, 0] + w.real.sum() * w.size,
    "indexing": lambda w: w[0, 1] * w[1][2] + sum(row.sum() for row in w),
    "stacking": lambda w: np.stack([w[0], X]).prod(),
    "comparison": lambda w: w.sum() if w[0, 0] > 0 else 0 * w.sum(),
    "activations": lambda w: (mg.softmax(w) * mg.relu(w) * mg.sigmoid(w)).sum(),
    "losses": lambda w: mg.mse(w[0], X) + mg.logitcrossentropy(w, np.eye(3)[:2]),
    "dropout": lambda w: mg.Dropout(0.5, rng=1)(w).sum(),
    "checkpoint": lambda w: mg.checkpointed(lambda w: np.sin(w).sum(), w),
    "a constant": lambda w: (w * mg.stop_gradient(w)).sum(),
    "number": lambda w: round(int(w[0, 0])) * w.sum(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_whatever_is_done_with_it_has_its_gradient(W, name):
    f = FUNCTIONS[name]
    assert np.array_equal(gradient(lambda: f(W), params(W))[W], explicit(f, W))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_debugging_and_without_fast_paths_as_well(W, name):
    f = FUNCTIONS[name]
    with mg.plain(), mg.debugging():
        found = gradient(lambda: f(W), params(W))[W]
        assert np.array_equal(found, explicit(f, W))


def test_a_buffer_takes_it(W):
    def f():
        out = mg.Buffer(3)
        out[:] = W[0]
        return (out.copy() * X).sum()

    assert np.array_equal(gradient(f, params(W))[W], [X, np.zeros(3)])


def test_two_of_them_meet_in_one_operation(W):
    V = param(np.ones((2, 3)))
    gs = gradient(lambda: (W * V).sum() + np.multiply(V, W).sum(), params(W, V))
    assert np.array_equal(gs[W], 2 * V.array)
    assert np.array_equal(gs[V], 2 * W.array)


def test_one_that_was_not_asked_for_is_a_constant(W):
    V = param(np.ones((2, 3)))
    gs = gradient(lambda: (W * V).sum(), params(W))
    assert np.array_equal(gs[W], V.array)
    assert V not in gs


def test_all_of_it_seen_from_before_is_it(W):
    """A transposed view, or another `param` of the same memory, is the parameter."""
    turned, again = W.T, param(W.array[:])
    gs = gradient(lambda: (turned[:, 0] * again[0]).sum(), params(W))
    assert np.array_equal(gs[W], [2 * W.array[0], np.zeros(3)])


def test_a_part_of_it_taken_before_is_refused(W):
    row = W[0]
    with pytest.raises(
        mg.NoGradientError, match=r"part of a parameter.* before .*W\[0"
    ):
        gradient(lambda: row.sum(), params(W))


REFUSED = {
    "x.dot(W)": (lambda W: np.ones(2).dot(W).sum(), r"np.dot\(x, W\), x @ W"),
    "float(W)": (lambda W: float(W[0, 0]), "would cut x off the tape"),
    "W.tolist()": (lambda W: W.tolist(), "would cut x off the tape"),
    "np.array of parts": (lambda W: np.array([W[0], W[1]]), r"np.stack\(\[a, b\]\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_a_gradient_is_refused(W, name):
    f, sentence = REFUSED[name]
    with pytest.raises(mg.NoGradientError, match=sentence):
        gradient(lambda: f(W), params(W))


def assign(W):
    W[0] = 1


def add(W):
    W += 1


@pytest.mark.parametrize(
    "change", [assign, add, lambda W: W.sort(), lambda W: np.add(W, 1, out=W)]
)
def test_it_is_not_changed_inside(W, change):
    before = W.array.copy()
    with pytest.raises(mg.MutabilityError, match=r"in place|writes into"):
        gradient(lambda: change(W), params(W))
    assert np.array_equal(W.array, before)


UNSEEN = {
    "the plain array": lambda W: W.array.sum(),
    "np.asarray": lambda W: np.asarray(W).sum(),
    "np.array of several": lambda W: np.array([W, W]).sum(),
    "assignment": lambda W: np.empty((2, 3)).__setitem__(..., W),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_warned_about_once(W, name):
    V = param([1.0])
    f, ps = UNSEEN[name], params(W, V)
    with pytest.warns(UserWarning, match=r"No gradient .* shape \(2, 3\).* np.asarray"):
        gs = gradient(lambda: V.sum() + (f(W) or 0), ps)
    assert gs[W] is None
    assert gradient(lambda: V.sum() + (f(W) or 0), ps)[W] is None  # and no warning


def test_copies_made_inside_are_still_on_the_tape(W):
    f = lambda: (copy.deepcopy(W) * copy.copy(W)).sum()
    assert np.array_equal(gradient(f, params(W))[W], 2 * W.array)


def test_a_masked_array_has_rules_of_its_own():
    with pytest.raises(mg.NoGradientError, match="MaskedArray has rules of its own"):
        param(np.ma.masked_array([1.0]))
