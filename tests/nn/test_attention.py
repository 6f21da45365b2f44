import numpy as np
import pytest

import minigrad as mg
from minigrad import dot_product_attention, make_causal_mask

RNG = np.random.default_rng(0)
Q, K, V = (RNG.normal(size=shape) for shape in ((2, 3, 4), (2, 5, 4), (2, 5, 6)))
MASK = np.array([[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 1, 0, 0]], bool)


def test_the_formula():
    y, scores = dot_product_attention(Q, K, V)
    assert (y.shape, scores.shape) == ((2, 3, 6), (2, 3, 5))
    for n in range(2):
        for i in range(3):
            weights = np.exp(K[n] @ Q[n, i] / 2)  # sqrt(4)
            weights /= weights.sum()
            np.testing.assert_allclose(scores[n, i], weights, rtol=1e-13)
            np.testing.assert_allclose(y[n, i], weights @ V[n], rtol=1e-12)


def test_a_bias_is_added_before_the_softmax():
    bias = RNG.normal(size=(3, 5))
    _, scores = dot_product_attention(Q, K, V, bias)
    logits = Q @ np.swapaxes(K, 1, 2) / 2 + bias
    np.testing.assert_allclose(scores, mg.softmax(logits), rtol=1e-13)


def test_what_is_masked_plays_no_part():
    y, scores = dot_product_attention(Q, K, V, mask=MASK)
    assert (scores[:, ~MASK] == 0).all()
    kept = MASK[0]
    expected = dot_product_attention(Q[:, :1], K[:, kept], V[:, kept])
    np.testing.assert_allclose(y[:, :1], expected[0], rtol=1e-13)
    np.testing.assert_allclose(scores[:, :1, kept], expected[1], rtol=1e-13)
    np.testing.assert_allclose(y[:, 2], V[:, 2], rtol=1e-13)


def test_a_query_that_may_look_nowhere_gets_zeros_and_no_gradient():
    y, scores = dot_product_attention(Q, K, V, mask=MASK)
    assert (y[:, 1] == 0).all() and (scores[:, 1] == 0).all()
    loss = lambda q, k, v: (dot_product_attention(q, k, v, mask=MASK)[0] ** 2).sum()
    q, k, v = mg.gradient(loss, Q, K, V)
    assert (q[:, 1] == 0).all()
    assert (k[:, 3] == 0).all() and (v[:, 3] == 0).all()  # at which nobody looks
    assert np.isfinite(q).all() and (q[:, 0] != 0).all()
    nothing = mg.gradient(
        lambda *qkv: dot_product_attention(*qkv, mask=MASK & False)[0].sum(), Q, K, V
    )
    assert all((g == 0).all() for g in nothing)


@pytest.mark.parametrize("mask", [None, MASK, MASK[None]])
def test_gradients(mask):
    bias = RNG.normal(size=(2, 3, 5))

    def loss(q, k, v, bias):
        y, scores = dot_product_attention(q, k, v, bias, mask)
        return (y**2).sum() + (scores**3).sum()

    report = mg.check_gradient(loss, Q, K, V, bias)
    assert report, str(report)
    slope = lambda *args: sum((g**2).sum() for g in mg.gradient(loss, *args))
    report = mg.check_gradient(slope, Q, K, V, bias)
    assert report, str(report)


def test_a_huge_score_among_the_masked_ones():
    k = K.copy()
    k[:, 3] = 1e200
    with np.errstate(over="ignore"):
        y, _ = dot_product_attention(Q, k, V, mask=MASK)
    np.testing.assert_array_equal(y, dot_product_attention(Q, K, V, mask=MASK)[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mask", [None, MASK])
def test_dtypes(dtype, mask):
    y, scores = dot_product_attention(*(x.astype(dtype) for x in (Q, K, V)), mask=mask)
    assert y.dtype == scores.dtype == dtype


def test_the_causal_mask():
    mask = make_causal_mask(np.zeros((2, 3, 8)))
    np.testing.assert_array_equal(mask, [[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    assert mask.dtype == bool
    inside = []
    mg.gradient(
        lambda x: (inside.append(make_causal_mask(x)), x.sum())[1], np.ones((3, 8))
    )
    np.testing.assert_array_equal(inside[0], mask)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: dot_product_attention(Q, V, V), mg.ShapeError,
         r"queries of shape \(2, 3, 4\) and keys of shape \(2, 5, 6\)"),
        (lambda: dot_product_attention(Q, K, V[:, :3]), mg.ShapeError,
         r"a value for each key.*\(2, 5, 4\).*\(2, 3, 6\)"),
        (lambda: dot_product_attention(Q[0, 0], K, V), mg.ShapeError,
         r"\(\.\.\., time, features\).*\(4,\)"),
        (lambda: dot_product_attention(Q, K, V, mask=MASK.T), mg.ShapeError,
         r"mask of shape \(5, 3\), and scores of shape \(2, 3, 5\)"),
        (lambda: dot_product_attention(Q, K, V, np.ones((4, 2, 3, 5))), mg.ShapeError,
         r"bias of shape \(4, 2, 3, 5\)"),
        (lambda: dot_product_attention(Q, K, V, mask=MASK * 1.0), TypeError,
         r"boolean.*dtype float64.*argument bias"),
        (lambda: make_causal_mask(np.ones(3)), mg.ShapeError, r"shape \(3,\)"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
