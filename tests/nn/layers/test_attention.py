import json
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import MultiHeadAttention, make_causal_mask

from .test_recurrent import weighted

PATH = Path(__file__).parents[1] / "data" / "sequences.json"
REFERENCE = json.loads(PATH.read_text())
RNG = np.random.default_rng(0)
PROJECTIONS = "q_proj", "k_proj", "v_proj", "out_proj"


def normal(shape, rng=RNG):
    return rng.normal(size=shape)


@pytest.mark.parametrize(
    "name", ["self-attention", "causal self-attention", "cross-attention"]
)
def test_values_and_gradients_are_those_of_pytorch(name):
    case = REFERENCE[name]
    args = {key: np.array(x) for key, x in case["args"].items()}
    inputs = [args[key] for key in "qkv" if key in args]
    sizes = tuple(args[key].shape[1] for key in PROJECTIONS[:3])
    mha = MultiHeadAttention((sizes, 4, 4), nheads=2)
    for key in PROJECTIONS:
        getattr(mha, key).weight = args[key]
    mask = make_causal_mask(args["q"]) if "causal" in name else None
    for found, expected in zip(mha(*inputs, mask=mask), case["results"], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    loss = lambda mha, *inputs: weighted(mha(*inputs, mask=mask))
    g, *to_inputs = mg.gradient(loss, mha, *inputs)
    found = {key: getattr(g, key).weight for key in PROJECTIONS}
    found.update(zip("qkv", to_inputs, strict=False))
    for key, expected in case["gradients"].items():
        np.testing.assert_allclose(found[key], expected, rtol=1e-11, atol=1e-13)


def test_shapes_of_all_forms_of_dims():
    x = RNG.normal(size=(3, 5, 8)).astype(np.float32)
    for dims, out in ((8, 8), ((8, 16, 4), 4), (((8, 8, 8), (16, 24), 3), 3)):
        y, scores = MultiHeadAttention(dims, nheads=4)(x)
        assert (y.shape, scores.shape) == ((3, 5, out), (3, 4, 5, 5))
        assert y.dtype == scores.dtype == np.float32
    mha = MultiHeadAttention(((8, 6, 7), (16, 24), 3), nheads=4)
    shapes = [getattr(mha, name).weight.shape for name in PROJECTIONS]
    assert shapes == [(16, 8), (16, 6), (24, 7), (3, 24)]
    k, v = np.ones((3, 9, 6), np.float32), np.ones((3, 9, 7), np.float32)
    y, scores = mha(x, k, v)
    assert (y.shape, scores.shape) == ((3, 5, 3), (3, 4, 5, 9))


def test_a_single_sequence_is_a_batch_of_one():
    mha, x = MultiHeadAttention(4, nheads=2, init=normal), RNG.normal(size=(5, 4))
    for one, many in zip(mha(x), mha(x[None]), strict=True):
        np.testing.assert_allclose(one, many[0], rtol=1e-13)


def test_left_out_inputs():
    mha = MultiHeadAttention(4, nheads=2, init=normal)
    x, y = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 5, 4))
    np.testing.assert_array_equal(mha(x)[0], mha(x, x, x)[0])
    np.testing.assert_array_equal(mha(x, y)[0], mha(x, y, y)[0])


def test_a_bias_for_the_scores_and_biases_of_the_projections():
    mha = MultiHeadAttention(4, nheads=2, init=normal, bias=True)
    x, bias = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(3, 3))
    assert mha.q_proj.bias.shape == (4,)
    assert MultiHeadAttention(4, nheads=2).q_proj.bias is False
    mask = make_causal_mask(x)
    expected = mha(x, mask=mask)[1]
    found = mha(x, x, x, np.where(mask, 0, -1e9))[1]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    report = mg.check_gradient(
        lambda m, x, b: (m(x, x, x, b)[0] ** 2).sum(), mha, x, bias
    )
    assert report, str(report)


def test_second_derivatives():
    mha, x = MultiHeadAttention(2, nheads=2, init=normal), RNG.normal(size=(3, 2))
    loss = lambda m, x: (m(x, mask=make_causal_mask(x))[0] ** 2).sum()
    slope = lambda m, x: (mg.gradient(loss, m, x)[0].q_proj.weight ** 2).sum()
    report = mg.check_gradient(slope, mha, x)
    assert report, str(report)


def test_the_projections_are_what_is_trained():
    mha = MultiHeadAttention(4, nheads=2, rng=0)
    paths = [str(path) for path, _ in mg.trainables(mha, path=True)]
    assert paths == [f"{name}.weight" for name in PROJECTIONS]
    weights = [getattr(mha, name).weight for name in PROJECTIONS]
    assert (weights[0] != weights[1]).all()  # one generator for all
    again = MultiHeadAttention(4, nheads=2, rng=0)
    assert (again.out_proj.weight == mha.out_proj.weight).all()


# --- Dropout of the scores ---------------------------------------------------------


def test_dropout_of_the_scores_is_on_while_the_layer_is_trained():
    """What is left of the scores is doubled, and weights the values."""
    mha = MultiHeadAttention(4, nheads=2, init=normal, dropout_prob=0.5)
    x = RNG.normal(size=(3, 5, 4))
    mask = make_causal_mask(x)
    y, scores = mha(x, mask=mask)
    (_, seen), _ = mg.withgradient(
        lambda m: ((out := m(x, mask=mask))[0].sum(), out), mha
    )
    trained_y, trained = seen
    kept = trained != 0
    assert 0.2 < kept[..., mask].mean() < 0.8 and not kept[..., ~mask].any()
    np.testing.assert_allclose(trained[kept], 2 * scores[kept], rtol=1e-13)
    v = mha.v_proj(x).reshape(3, 5, 2, 2).swapaxes(1, 2)
    by_hand = (trained @ v).swapaxes(1, 2).reshape(3, 5, 4)
    np.testing.assert_allclose(trained_y, mha.out_proj(by_hand), rtol=1e-12)
    np.testing.assert_array_equal(mha(x, mask=mask)[0], y)


def test_modes_reach_the_dropout():
    mha, x = MultiHeadAttention(4, nheads=2, dropout_prob=1), np.ones((3, 4))
    x = x.astype(np.float32)
    assert mha(x)[1].all() and not mg.trainmode_(mha)(x)[1].any()
    mg.testmode_(mha)
    assert mg.withgradient(lambda m: ((y := m(x))[0].sum(), y[1]), mha).val[1].all()
    assert mg.trainmode_(mha, "auto").attn_drop.active is None


def test_a_seed_makes_weights_and_dropout_repeatable():
    x = np.ones((6, 4), np.float32)
    first, second = (
        mg.trainmode_(MultiHeadAttention(4, nheads=2, dropout_prob=0.5, rng=3))(x)[1]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    silent = MultiHeadAttention(4, nheads=2, rng=3)
    assert silent.attn_drop.rng is None  # nothing is drawn, and nothing to be saved
    layers = [mg.trainmode_(MultiHeadAttention(4, nheads=2, dropout_prob=0.5))] * 2
    masks = []
    for layer in layers:
        mg.seed(0)
        masks.append(layer(x)[1] == 0)
    assert (masks[0] == masks[1]).all() and masks[0].any()


def test_gradients_through_the_dropout():
    mha = MultiHeadAttention(4, nheads=2, init=normal, dropout_prob=0.4)
    x = RNG.normal(size=(2, 3, 4))

    def loss(m, x):
        mg.seed(1)  # the same mask each time
        return (m(x)[0] ** 2).sum()

    report = mg.check_gradient(loss, mg.trainmode_(mha), x)
    assert report, str(report)


def test_printed_form():
    assert str(MultiHeadAttention(4, nheads=2)).splitlines()[:2] == [
        "MultiHeadAttention(",
        "  q_proj = Dense(4 => 4, bias=False),    # 16 parameters",
    ]


def test_no_output_depends_on_later_inputs():
    """A block of a transformer, with its residual connections."""
    attention = MultiHeadAttention(8, nheads=2, rng=0)
    look_back = lambda x: attention(x, mask=make_causal_mask(x))[0]
    feed_forward = mg.Chain(mg.Dense(8, 16, mg.gelu, rng=1), mg.Dense(16, 8, rng=2))
    block = mg.Chain(
        mg.SkipConnection(look_back, np.add), mg.SkipConnection(feed_forward, np.add)
    )
    x = RNG.normal(size=(3, 6, 8)).astype(np.float32)
    y = block(x)
    for t in range(5):
        later = x.copy()
        later[:, t + 1 :] = RNG.normal(size=(3, 5 - t, 8)) * 100
        np.testing.assert_allclose(block(later)[:, : t + 1], y[:, : t + 1], rtol=2e-5)
        assert (block(later)[:, t + 1 :] != y[:, t + 1 :]).any()
        g = mg.gradient(lambda x, t=t: block(x)[:, t].sum(), x)[0]
        assert (g[:, t + 1 :] == 0).all() and (g[:, : t + 1] != 0).all()


def test_it_learns_to_look_at_the_first_step():
    """The answer at the last step is the first input, which only attention can see.

    Who does not look there has an error of 7/8: seven numbers with variance 1.
    """
    x = np.random.default_rng(1).normal(size=(64, 6, 8)).astype(np.float32)
    x[:, :, 0] = 0
    x[:, 0, 0] = 2  # marks the first step
    mha = MultiHeadAttention(8, nheads=2, rng=0)
    state = mg.setup(mg.Adam(0.02), mha)
    loss = lambda m: mg.mse(m(x)[0][:, -1], x[:, 0])
    for _ in range(150):
        mg.update_(state, mha, mg.gradient(loss, mha)[0])
    assert loss(mha) < 0.3


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: MultiHeadAttention(10), mg.ShapeError,
         r"MultiHeadAttention\(10, nheads=8\): the 10 features of queries and keys "
         r"cannot be cut into 8"),
        (lambda: MultiHeadAttention((4, (8, 9), 2)), mg.ShapeError, "9 features of v"),
        (lambda: MultiHeadAttention(8, nheads=0), mg.ShapeError, "into 0 equal parts"),
        (lambda: MultiHeadAttention(8, dropout_prob=1.5), ValueError,
         r"MultiHeadAttention\(8, dropout_prob=1\.5\): dropout_prob is the .*and 1"),
        (lambda: MultiHeadAttention("8"), TypeError, r"dims='8'\. Write"),
        (lambda: MultiHeadAttention((8, 8)), TypeError, r"dims=\(8, 8\)"),
        (lambda: MultiHeadAttention(8)(np.ones(8, np.float32)), mg.ShapeError,
         r"\(batch, time, features\).*shape \(8,\)"),
        (lambda: MultiHeadAttention(8)(np.ones((2, 7), np.float32)), mg.ShapeError,
         r"q_proj Dense\(8 => 8, bias=False\) expects 8 features"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
