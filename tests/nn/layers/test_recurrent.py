import copy
import json
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell, initialstates

PATH = Path(__file__).parents[1] / "data" / "sequences.json"
REFERENCE = json.loads(PATH.read_text())
LAYERS = {RNN: RNNCell, LSTM: LSTMCell, GRU: GRUCell}
every_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda cls: cls.__name__)
every_cell = pytest.mark.parametrize(
    "cell", LAYERS.values(), ids=lambda cls: cls.__name__
)


def normal(rng):
    """An initialiser of numbers large enough for the gates to move."""
    return lambda shape: rng.normal(size=shape)


def made(cls, seed=0, features_in=3, features_out=2, **options):
    """A cell or layer in float64, with a bias that is not 0."""
    init = normal(np.random.default_rng(seed))
    model = cls(
        features_in,
        features_out,
        init_kernel=init,
        init_recurrent_kernel=init,
        **options,
    )
    cell = getattr(model, "cell", model)
    if cell.bias is not False:
        cell.bias[:] = init(cell.bias.shape)
    return model


def states_of(state):
    return list(state) if isinstance(state, tuple) else [state]


def a_state(model, rng, *lead):
    """A random state in the form of `initialstates`."""
    arrays = [
        rng.normal(size=(*lead, *h.shape)) for h in states_of(initialstates(model))
    ]
    return tuple(arrays) if len(arrays) == 2 else arrays[0]


def weighted(results):
    """As in make_sequences.py."""
    return sum((np.cos(np.arange(y.size)).reshape(y.shape) * y).sum() for y in results)


# --- Against PyTorch ---------------------------------------------------------------


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("name", ["RNN", "RNN relu", "LSTM", "GRU"])
def test_values_and_gradients_are_those_of_pytorch(name, fast):
    case = REFERENCE[name]
    args = {key: np.array(x) for key, x in case["args"].items()}
    layer = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}[name.split()[0]]
    options = {"act": mg.relu} if "relu" in name else {}
    model = layer(2, 2, init_kernel=np.ones, return_state=True, **options)
    vars(model.cell).update({key: args[key] for key in ("Wi", "Wh", "bias")})
    state = (args["h"], args["c"]) if layer is LSTM else args["h"]

    def results(model, x, state):
        y, last = model(x, state)
        return [y, *states_of(last)]

    def compare():
        for y, expected in zip(
            results(model, args["x"], state), case["results"], strict=True
        ):
            np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-14)
        loss = lambda *args: weighted(results(*args))
        g, x, h = mg.gradient(loss, model, args["x"], state)
        found = {**g.cell._asdict(), "x": x}
        found.update(zip("hc", states_of(h), strict=False))
        for key, expected in case["gradients"].items():
            np.testing.assert_allclose(found[key], expected, rtol=1e-12, atol=1e-13)

    if fast:
        compare()
    else:
        with mg.plain():
            compare()


# --- The equations -----------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_equations_of_the_cells():
    rng = np.random.default_rng(1)
    x, h, c = rng.normal(size=3), rng.normal(size=2), rng.normal(size=2)
    cell = made(RNNCell)
    expected = np.tanh(cell.Wi @ x + cell.Wh @ h + cell.bias)
    for found in cell(x, h):
        np.testing.assert_allclose(found, expected, rtol=1e-14)

    cell = made(LSTMCell)
    i, f, g, o = (cell.Wi @ x + cell.Wh @ h + cell.bias).reshape(4, 2)
    c_next = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h_next = sigmoid(o) * np.tanh(c_next)
    out, state = cell(x, (h, c))
    for found, expected in zip((out, *state), (h_next, h_next, c_next), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)

    cell = made(GRUCell)
    (xr, xz, xn), (hr, hz, hn) = (
        (cell.Wi @ x).reshape(3, 2),
        (cell.Wh @ h).reshape(3, 2),
    )
    br, bz, bn = cell.bias.reshape(3, 2)
    r, z = sigmoid(xr + hr + br), sigmoid(xz + hz + bz)
    expected = (1 - z) * np.tanh(xn + r * hn + bn) + z * h
    for found in cell(x, h):
        np.testing.assert_allclose(found, expected, rtol=1e-13)


@every_layer
@pytest.mark.parametrize("lead", [(), (4,)])
def test_a_layer_is_a_loop_over_its_cell(layer, lead):
    model, rng = made(layer, return_state=True), np.random.default_rng(2)
    x, state = rng.normal(size=(*lead, 5, 3)), a_state(model, rng, *lead)
    y, last = model(x, state)
    assert y.shape == (*lead, 5, 2)
    for t in range(5):
        out, state = model.cell(x[..., t, :], state)
        np.testing.assert_allclose(y[..., t, :], out, rtol=1e-12, atol=1e-14)
    for found, expected in zip(states_of(last), states_of(state), strict=True):
        assert found.shape == (*lead, 2)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@every_layer
def test_a_sequence_may_be_read_in_two_parts(layer):
    model, x = (
        made(layer, return_state=True),
        np.random.default_rng(3).normal(size=(2, 6, 3)),
    )
    whole, last = model(x)
    first, state = model(x[:, :4])
    second, end = model(x[:, 4:], state)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=1e-13)
    for found, expected in zip(states_of(end), states_of(last), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)


@every_layer
def test_the_state_starts_at_zeros_and_nothing_is_kept(layer):
    model, x = made(layer), np.random.default_rng(4).normal(size=(2, 6, 3))
    first = model(x)
    np.testing.assert_array_equal(model(x), first)
    np.testing.assert_array_equal(model(x, initialstates(model)), first)
    zeros = tuple(np.zeros((2, 2)) for _ in states_of(initialstates(model)))
    state = zeros if len(zeros) == 2 else zeros[0]
    np.testing.assert_array_equal(model(x, state), first)


@every_cell
def test_a_cell_starts_at_zeros(cell):
    cell, x = made(cell), np.random.default_rng(4).normal(size=(5, 3))
    np.testing.assert_array_equal(cell(x)[0], cell(x, initialstates(cell))[0])


@every_layer
def test_without_bias(layer):
    model, same = made(layer, bias=False), made(layer)
    same.cell.Wi, same.cell.Wh = model.cell.Wi, model.cell.Wh
    same.cell.bias[:] = 0
    x = np.random.default_rng(5).normal(size=(2, 4, 3))
    np.testing.assert_array_equal(model(x), same(x))
    g = mg.gradient(lambda m: m(x).sum(), model)[0].cell
    assert g.bias is None
    np.testing.assert_array_equal(
        g.Wh, mg.gradient(lambda m: m(x).sum(), same)[0].cell.Wh
    )


# --- Gradients ---------------------------------------------------------------------


def loss(model, x, state):
    y, last = model(x, state)
    return (y**2).sum() + sum((h**3).sum() for h in states_of(last))


@every_layer
@pytest.mark.parametrize("lead", [(), (2,)])
def test_gradients_against_differences(layer, lead):
    model, rng = made(layer, return_state=True), np.random.default_rng(6)
    x, state = rng.normal(size=(*lead, 3, 3)), a_state(model, rng)
    report = mg.check_gradient(loss, model, x, state)
    assert report, str(report)


@every_layer
def test_second_derivatives_against_differences(layer):
    model, rng = made(layer, return_state=True), np.random.default_rng(7)
    x, state = rng.normal(size=(2, 2, 3)), a_state(model, rng, 2)

    def slope(model, x):
        g, to_x = mg.gradient(lambda m, x: loss(m, x, state), model, x)
        return (g.cell.Wh**2).sum() + (g.cell.bias**3).sum() + (to_x**2).sum()

    report = mg.check_gradient(slope, model, x)
    assert report, str(report)


@every_layer
def test_a_training_step_changes_the_three_arrays_only(layer):
    model = layer(3, 2, rng=0)
    assert [str(path) for path, _ in mg.trainables(model, path=True)] == [
        "cell.Wi", "cell.Wh", "cell.bias"
    ]  # fmt: skip
    before = copy.deepcopy(model)
    state = mg.setup(mg.Descent(0.1), model)
    x = np.ones((2, 4, 3), np.float32)
    mg.update_(state, model, mg.gradient(lambda m: m(x).sum(), model)[0])
    for name in ("Wi", "Wh", "bias"):
        new, old = getattr(model.cell, name), getattr(before.cell, name)
        assert new.dtype == np.float32
        assert (new != old).any(), name
    assert getattr(model.cell, "act", None) is getattr(before.cell, "act", None)


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_weights_decide_the_dtype(layer, dtype):
    model = mg.fmap(lambda x: x.astype(dtype) if mg.is_parameter(x) else x, layer(3, 2))
    model.return_state = True
    x = np.ones((2, 4, 3), int)
    y, state = model(x)
    assert {y.dtype, *(h.dtype for h in states_of(state))} == {np.dtype(dtype)}
    g = mg.gradient(lambda m: m(x)[0].sum(), model)[0].cell
    assert g.Wi.dtype == g.Wh.dtype == g.bias.dtype == dtype


# --- How they are made, printed, and refuse ----------------------------------------


def test_printed_forms():
    assert repr(RNNCell(3, 5)) == "RNNCell(3 => 5, tanh)"
    assert repr(RNNCell(3, 5, mg.identity)) == "RNNCell(3 => 5)"
    assert repr(LSTMCell(3, 5)) == "LSTMCell(3 => 5)"
    assert repr(GRUCell(3, 5, bias=False)) == "GRUCell(3 => 5, bias=False)"
    assert repr(RNN(3, 5, mg.relu)) == "RNN(3 => 5, relu)"
    assert repr(LSTM(3, 5, return_state=True)) == "LSTM(3 => 5)"
    assert repr(GRU(3, 5)) == "GRU(3 => 5)"
    assert "LSTM(3 => 5),   # 180 parameters" in repr(
        mg.Chain(LSTM(3, 5), mg.Dense(5, 1))
    )


@every_cell
def test_weights_are_repeatable_and_differ_from_each_other(cell):
    first, second = cell(3, 3, rng=1), cell(3, 3, rng=1)
    assert first.Wi.dtype == first.Wh.dtype == first.bias.dtype == np.float32
    assert (first.Wi == second.Wi).all() and (first.Wh == second.Wh).all()
    assert (first.Wi != first.Wh).any()
    assert not first.bias.any()
    assert first.Wi.shape == (3 * cell.gates, 3)


def test_one_dtype_for_both_kernels():
    cell = GRUCell(3, 2, init_recurrent_kernel=np.ones)
    assert cell.Wh.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: RNNCell(3, 2)(np.ones(4)), mg.ShapeError,
         r"RNNCell\(3 => 2, tanh\) expects 3 features on the last axis.*\(4,\)"),
        (lambda: LSTM(3, 2)(np.ones((5, 4))), mg.ShapeError,
         r"LSTM\(3 => 2\) expects 3 features on the last axis.*\(5, 4\)"),
        (lambda: GRU(3, 2)(np.ones(3)), mg.ShapeError,
         r"GRU\(3 => 2\) reads sequences .*shape \(3,\).*single step there is GRUCell"),
        (lambda: GRU(3, 2)(np.ones((2, 0, 3))), mg.ShapeError, "at least one step"),
        (lambda: GRU(3, 2)(np.ones((2, 2, 5, 3))), mg.ShapeError, "reads sequences"),
        (lambda: GRU(3, 2)(np.ones((4, 5, 3)), np.ones((3, 2))), mg.ShapeError,
         r"state of shape \(3, 2\).*shape \(4, 5, 3\) it is of shape \(4, 2\), or "
         r"\(2,\)"),
        (lambda: GRUCell(3, 2)(np.ones((4, 3)), np.ones((4, 3))), mg.ShapeError,
         r"state of shape \(4, 3\).*of shape \(4, 2\)"),
        (lambda: LSTMCell(3, 2)(np.ones(3), np.ones(2)), TypeError,
         r"is a pair \(h, c\), and an ndarray was given.*initialstates"),
        (lambda: RNNCell(3, 2, 5), TypeError, r"activation of RNNCell must be .*5"),
        (lambda: LSTM(3, 2, bias=np.ones(2)), mg.ShapeError,
         r"LSTMCell: the bias has shape \(2,\).*need one of shape \(8,\)"),
        (lambda: LSTM(3, 2, init_kernel=lambda shape: np.ones(3)), mg.ShapeError,
         r"LSTMCell: init was asked for weights of shape \(8, 3\)"),
        (lambda: initialstates(mg.Dense(3, 2)), TypeError, "was given a Dense"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:A layer with float32")
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_a_chain_says_where():
    model = mg.Chain(mg.Dense(3, 4), LSTM(3, 2))
    with pytest.raises(mg.ShapeError, match=r"layers\[1\] LSTM\(3 => 2\) expects 3"):
        model(np.ones((2, 5, 3), np.float32))


# --- Learning ----------------------------------------------------------------------


@pytest.mark.parametrize("layer", [LSTM, GRU], ids=lambda cls: cls.__name__)
def test_it_learns_to_add_the_two_marked_numbers_of_a_sequence(layer):
    """The adding problem of Hochreiter and Schmidhuber (1997), with 8 steps.

    Who always says the mean, 1, has an error of 1/6.
    """
    rng = np.random.default_rng(0)

    def sequences(n):
        x = np.zeros((n, 8, 2), np.float32)
        x[..., 0] = rng.random((n, 8))
        first, second = rng.integers(4, size=n), rng.integers(4, 8, size=n)
        x[np.arange(n), first, 1] = x[np.arange(n), second, 1] = 1
        return x, (x[..., 0] * x[..., 1]).sum(axis=1, keepdims=True)

    model = mg.Chain(layer(2, 16, rng=0), lambda y: y[:, -1], mg.Dense(16, 1, rng=1))
    state = mg.setup(mg.Adam(0.02), model)
    data = [sequences(64) for _ in range(300)]
    mg.train_(lambda m, x, y: mg.mse(m(x), y), model, data, state)
    x, y = sequences(500)
    assert mg.mse(model(x), y) < 0.02
