"""The fused entries do what their formulas do: values, gradients, higher orders."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.autodiff.operations import full_name
from minigrad.nn.fused import slope_needs_result_only

ACTIVATIONS = [mg.identity, mg.tanh, mg.relu, mg.sigmoid, np.exp, mg.gelu, mg.softplus]
DTYPES = {np.float32: 2e-6, np.float64: 1e-14}


def names(back):
    return [full_name(entry[0].function) for entry in back.tape[back.tape.inputs :]]


def close(found, expected, rtol):
    mg.fmap(lambda x, y: close_arrays(x, y, rtol), found, expected)


def close_arrays(x, y, rtol):
    if y is None:
        assert x is None
        return
    x, y = np.asarray(x), np.asarray(y)
    assert x.dtype == y.dtype and x.shape == y.shape
    size = np.max(np.abs(y), initial=1.0)
    np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol * size)


def both(call):
    """The result of `call()` by the fast paths, and without them."""
    fast = call()
    with mg.plain():
        return fast, call()


# --- Dense -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("act", ACTIVATIONS, ids=lambda act: act.__name__)
@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (0, 3), (3,), (2, 4, 3)])
def test_a_layer(shape, act, dtype):
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(4, 3)).astype(dtype), np.ones(4, dtype) / 8
    layer = mg.Dense(weight, bias, act)
    x = rng.normal(size=shape).astype(dtype)
    w = rng.normal(size=(*shape[:-1], 4)).astype(dtype)

    def step():
        y, back = mg.pullback(lambda m, x: m(x), layer, x)
        return y, back(w), mg.gradient(lambda m: (m(x) * w).sum(), layer), layer(x)

    close(*both(step), DTYPES[dtype])


@pytest.mark.parametrize("act", ACTIVATIONS[:4], ids=lambda act: act.__name__)
def test_second_and_third_derivatives(act):
    rng = np.random.default_rng(1)
    layer = mg.Dense(rng.normal(size=(2, 3)), rng.normal(size=2), act)
    x = rng.normal(size=(4, 3))

    def loss(m):
        return (m(x) ** 3).sum()

    def order_2(m):
        g = mg.gradient(loss, m)[0]
        return (g.weight**2).sum() + (g.bias**2).sum()

    def order_3(m):
        return (mg.gradient(order_2, m)[0].weight ** 2).sum()

    for f in (loss, order_2, order_3):
        close(*both(lambda f=f: mg.gradient(f, layer)), 1e-12)


def test_second_derivatives_where_only_ybar_is_tracked():
    """`back` is linear in `ybar`, and then goes through the vjps one by one."""
    layer = mg.Dense(np.ones((2, 3)), np.ones(2), np.tanh)
    x = np.linspace(-1, 1, 12).reshape(4, 3)

    def call():
        _, back = mg.pullback(lambda m: m(x), layer)
        return mg.gradient(lambda v: (back(v)[0].weight ** 2).sum(), np.ones((4, 2)))

    close(*both(call), 1e-13)


def test_a_layer_is_one_entry():
    layer, x = mg.Dense(3, 2, np.tanh), np.ones((1, 3), np.float32)
    dense = ["minigrad.nn.fused.dense_layers"]
    formula = ["minigrad.autodiff.vjps.matrices.affine", "numpy.tanh"]
    record = lambda m, *args: names(mg.pullback(lambda m: m(*args), m)[1])
    assert record(layer, x) == dense
    assert record(mg.Dense(3, 2), x) == dense
    with mg.plain():
        assert record(layer, x) == formula
    assert record(layer, x[0]) == formula  # a single sample
    assert record(layer, x[None]) == formula  # a batch of batches
    assert record(mg.Dense(3, 2, mg.gelu), x)[0] == formula[0]  # needs its argument
    without = ["minigrad.autodiff.vjps.matrices.linear"]
    assert record(mg.Dense(3, 2, bias=False), x) == without
    with mg.debugging():
        assert record(layer, x) == formula


def test_what_nobody_asked_about_is_not_computed():
    layer, x = mg.Dense(3, 2, np.tanh), np.ones((1, 3), np.float32)
    grads = mg.gradient(lambda x: layer(x).sum(), x)
    assert grads[0].shape == x.shape
    back = mg.pullback(lambda m: m(x), layer)[1]
    (entry,) = back.tape[back.tape.inputs :]
    assert [position for position, _ in entry[4]] == [1, 2]


def test_which_activations_suit():
    suits = {f for f in ACTIVATIONS if slope_needs_result_only(f)}
    assert suits == {mg.identity, mg.tanh, mg.relu, mg.sigmoid, np.exp}
    assert not slope_needs_result_only(lambda x: x)
    assert not slope_needs_result_only(np.sign)


def test_an_activation_that_is_registered_later():
    """What is known of an activation is looked up in every call."""

    @mg.primitive
    def act(x):
        return 3.0 * x

    layer = mg.Dense(np.ones((1, 1)), np.zeros(1), act)
    slope = lambda: mg.gradient(lambda m: m(np.ones((1, 1)))[0, 0], layer)[0].bias[0]
    mg.vjp(act, lambda g, ans, x: g * 3.0)
    assert slope() == 3.0
    mg.vjp(act, lambda g, ans, x: g * 5.0)
    assert slope() == 5.0
    mg.vjp(act, lambda g, ans, x: g * 7.0 + 0 * x)
    assert slope() == 7.0


def test_parameters_and_data_are_not_changed():
    layer, x = mg.Dense(3, 2, np.tanh), np.ones((4, 3), np.float32)
    before = layer.weight.copy(), layer.bias.copy(), x.copy()
    first = mg.gradient(lambda m: m(x).sum(), layer)[0]
    kept = first.weight.copy()
    mg.gradient(lambda m: (m(2 * x) ** 2).sum(), layer)
    np.testing.assert_array_equal(first.weight, kept)
    for now, then in zip((layer.weight, layer.bias, x), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_result_that_the_user_changes_does_not_change_the_gradient():
    layer, x = mg.Dense(3, 2, np.tanh), np.ones((4, 3), np.float32)
    y, back = mg.pullback(lambda m: m(x), layer)
    before = back(np.ones_like(y))[0].weight
    y[:] = 0
    np.testing.assert_array_equal(back(np.ones_like(y))[0].weight, before)


# --- The cross entropy ---------------------------------------------------------------

SCORES = np.random.default_rng(2).normal(size=(6, 4)) * 3
ONE_HOT = np.eye(4)[[0, 1, 2, 3, 0, 0]]
TARGETS = {
    "one-hot": ONE_HOT,
    "probabilities": np.full((6, 4), 0.25),
    "weights": np.arange(24.0).reshape(6, 4),
    "booleans": ONE_HOT > 0,
    "integers": ONE_HOT.astype(int),
    "float32": ONE_HOT.astype(np.float32),
    "column-major": np.asfortranarray(ONE_HOT),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("axis", [-1, 1, 0])
def test_cross_entropy(y, axis, dtype):
    scores = SCORES.astype(dtype)
    f = lambda scores: mg.logitcrossentropy(scores, y, axis=axis)
    close(*both(lambda: (f(scores), mg.withgradient(f, scores))), 3 * DTYPES[dtype])


@pytest.mark.parametrize(
    "scores",
    [
        SCORES * 1e4,
        SCORES - 1e30,
        np.where(ONE_HOT > 0, SCORES, -np.inf),  # masked where y is 0
        np.where(ONE_HOT > 0, -np.inf, SCORES),
        np.where(ONE_HOT > 0, np.nan, SCORES),
        SCORES[:1],
        SCORES[:, :1] * np.ones(4),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_cross_entropy_of_extreme_scores(scores):
    y = ONE_HOT[: len(scores)]
    f = lambda scores: mg.logitcrossentropy(scores, y)
    fast, formula = both(lambda: (f(scores), mg.withgradient(f, scores)))
    for x, expected in zip(fast[1].grad, formula[1].grad, strict=True):
        np.testing.assert_allclose(x, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([fast[0], fast[1].val], [formula[0], formula[1].val])


@pytest.mark.parametrize("dtype", ["f2", "g", ">f4", ">f8"])
def test_cross_entropy_of_numbers_that_numba_does_not_know(dtype):
    scores = SCORES.astype(dtype)
    f = lambda: mg.logitcrossentropy(scores, ONE_HOT)
    fast, formula = both(f)
    assert fast == formula and fast.dtype == formula.dtype


def test_cross_entropy_is_one_entry():
    mine = ["minigrad.nn.fused.cross_entropy_of_scores"]
    record = lambda f: names(mg.pullback(f, SCORES)[1])
    assert record(lambda x: mg.logitcrossentropy(x, ONE_HOT)) == mine
    assert record(lambda x: mg.logitcrossentropy(x, ONE_HOT, agg=np.sum)) != mine
    assert record(lambda x: mg.logitcrossentropy(x, ONE_HOT.tolist())) != mine
    assert record(lambda x: mg.logitcrossentropy(x[0], ONE_HOT[0])) != mine
    with mg.plain():
        assert record(lambda x: mg.logitcrossentropy(x, ONE_HOT)) != mine


def test_cross_entropy_towards_its_targets_and_twice():
    f = lambda x, y: mg.logitcrossentropy(x, y)
    close(*both(lambda: mg.gradient(f, SCORES, ONE_HOT)), 1e-13)
    to_x = lambda x: (mg.gradient(f, x, ONE_HOT)[0] ** 2).sum()
    close(*both(lambda: mg.gradient(to_x, SCORES)), 1e-13)


def test_wrong_shapes_are_said_by_the_formula():
    with pytest.raises(mg.ShapeError, match="onehotbatch"):
        mg.logitcrossentropy(SCORES, np.arange(6))
    with pytest.raises(mg.ShapeError, match="expects 3 features"):
        mg.Dense(3, 2)(np.ones((2, 4), np.float32))
    layer = mg.Dense(3, 2)
    layer.bias = np.zeros(1, np.float32)
    with pytest.raises(mg.ShapeError, match="bias of shape"):
        layer(np.ones((4, 3), np.float32))


# --- All of a training ---------------------------------------------------------------


def test_training_is_the_same_without_the_fast_paths():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(8, 5)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(3, size=8)]

    def train():
        model = mg.Chain(mg.Dense(5, 7, mg.relu, rng=0), mg.Dense(7, 3, np.tanh, rng=1))
        state = mg.setup(mg.OptimiserChain(mg.WeightDecay(), mg.Adam(0.01)), model)
        data = [(x, y)] * 20
        mg.train_(lambda m, x, y: mg.logitcrossentropy(m(x), y), model, data, state)
        return [layer.weight for layer in model], state.layers[0].weight.state

    (fast, state), (slow, plain_state) = both(train)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)
    assert type(state) is type(plain_state)


def test_plain_ends_with_its_block_also_after_an_error():
    from minigrad.fastpaths import are_on

    with pytest.raises(RuntimeError), mg.plain():
        assert not are_on()
        raise RuntimeError
    assert are_on()


def test_an_update_within_plain_compiles_nothing(monkeypatch):
    from minigrad.optimise import kernels

    def refuse(*args):
        raise AssertionError("a kernel was asked for")

    model = {"w": np.ones(3)}
    state = mg.setup(mg.Adam(), model)
    mg.update_(state, model, {"w": np.ones(3)})  # ready for its loop from here on
    monkeypatch.setattr(kernels.Kernel, "run", refuse)
    with mg.plain():
        mg.update_(state, model, {"w": np.ones(3)})
    np.testing.assert_allclose(model["w"], 0.998, rtol=1e-9)
