"""Attention with several heads: the layer that transformers are made of."""

import numpy as np

from ...errors import ShapeError
from ...marking import functor
from ...random import generator
from ..attention import dot_product_attention
from ..initialisers import glorot_uniform
from .dense import Dense
from .dropout import Dropout, check_probability


@functor(children=("q_proj", "k_proj", "v_proj", "attn_drop", "out_proj"))
class MultiHeadAttention:
    """Attention whose queries, keys and values are parts of learnt projections.

        q, k, v = Wq q_in, Wk k_in, Wv v_in,  each cut into `nheads` parts
        head_i = drop(softmax(q_i k_iᵀ / sqrt(d))) v_i,  with d numbers in a part of q
        y = Wo (head_1, ..., head_n one after the other)

    Args:
        dims: the sizes. A number for one size everywhere; or `(in, qkv, out)`, where
            `in` may be a triple `(q_in, k_in, v_in)` and `qkv` a pair `(qk, v)`.
        nheads: the number of heads, which divides `qk` and `v`.
        bias: whether the projections add a bias.
        init: makes the weights of the projections, as in `Dense`.
        dropout_prob: the probability of a score to become 0 while the layer is
            trained, by the rules of `Dropout`.
        rng: a `numpy.random.Generator` or a seed, handed on to `init`, and to the
            `Dropout` if there is one.

    Called as `mha(q_in, k_in, v_in, bias, mask=mask)` with arrays of shape
    (batch, time, features) or (time, features). `mha(x)` is `mha(x, x, x)`,
    self-attention; `mha(x, y)` is `mha(x, y, y)`. `bias` and `mask` are those of
    `dot_product_attention`, and fit (batch, nheads, queries, keys).

    A call returns `(y, scores)`, of shapes (batch, queries, out) and (batch, nheads,
    queries, keys). The scores are those that the values were weighted with, after
    dropout.

    Attributes:
        nheads: as given.
        q_proj, k_proj, v_proj, out_proj: `Dense` layers without activation.
        attn_drop: `Dropout(dropout_prob)`.

    Raises:
        ShapeError: `nheads` does not divide a size; called with unfitting shapes.
        TypeError: `dims` is of no known form; the mask is not boolean.
        ValueError: `dropout_prob` is no probability.

    Source: Vaswani et al., "Attention is all you need" (2017), section 3.2.2.

    >>> from minigrad import make_causal_mask
    >>> mha = MultiHeadAttention(64, nheads=8)
    >>> x = np.ones((32, 10, 64), np.float32)
    >>> y, scores = mha(x, mask=make_causal_mask(x))
    >>> y.shape, scores.shape
    ((32, 10, 64), (32, 8, 10, 10))
    """

    def __init__(
        self,
        dims,
        *,
        nheads=8,
        bias=False,
        init=glorot_uniform,
        dropout_prob=0.0,
        rng=None,
    ):
        where = f"MultiHeadAttention({dims}, dropout_prob={dropout_prob!r})"
        check_probability(where, "dropout_prob", dropout_prob)
        (q_in, k_in, v_in), (qk, v), out = _sizes(dims)
        for name, size in (("queries and keys", qk), ("values", v)):
            if nheads < 1 or size % nheads:
                raise ShapeError(
                    f"MultiHeadAttention({dims}, nheads={nheads}): the {size} features "
                    f"of {name} cannot be cut into {nheads} equal parts."
                )
        options = {"bias": bias, "init": init}
        options["rng"] = None if rng is None else generator(rng)  # one for all four
        self.nheads = nheads
        self.q_proj = Dense(q_in, qk, **options)
        self.k_proj = Dense(k_in, qk, **options)
        self.v_proj = Dense(v_in, v, **options)
        # A generator that never draws would only have to be saved.
        self.attn_drop = Dropout(
            dropout_prob, rng=options["rng"] if dropout_prob else None
        )
        self.out_proj = Dense(v, out, **options)

    def __call__(self, q_in, k_in=None, v_in=None, bias=None, *, mask=None):
        """`(y, scores)`."""
        k_in = q_in if k_in is None else k_in
        v_in = k_in if v_in is None else v_in
        q = self._heads(self._projected("q_proj", q_in))
        k = self._heads(self._projected("k_proj", k_in))
        v = self._heads(self._projected("v_proj", v_in))
        y, scores = dot_product_attention(q, k, v, bias, mask, fdrop=self.attn_drop)
        y = np.swapaxes(y, -3, -2)  # the heads beside their features again
        return self.out_proj(y.reshape(*y.shape[:-2], -1)), scores

    def _projected(self, name, x):
        if np.ndim(x) < 2:
            raise ShapeError(
                f"MultiHeadAttention takes arrays of shape (batch, time, features) or "
                f"(time, features), and was given one of shape {np.shape(x)}."
            )
        try:
            return getattr(self, name)(x)
        except ShapeError as error:
            raise error.at(name) from None

    def _heads(self, x):
        """(..., time, features) as (..., nheads, time, features of a head)."""
        parts = x.reshape(*x.shape[:-1], self.nheads, x.shape[-1] // self.nheads)
        return np.swapaxes(parts, -3, -2)


def _sizes(dims):
    """`((q_in, k_in, v_in), (qk, v), out)` from its shorter forms."""
    match dims:
        case int() | np.integer():
            return (dims,) * 3, (dims,) * 2, dims
        case [sizes_in, sizes, int() | np.integer() as out]:
            sizes_in = sizes_in if isinstance(sizes_in, tuple) else (sizes_in,) * 3
            sizes = sizes if isinstance(sizes, tuple) else (sizes,) * 2
            if len(sizes_in) == 3 and len(sizes) == 2:
                return sizes_in, sizes, out
    raise TypeError(
        f"MultiHeadAttention was given dims={dims!r}. Write MultiHeadAttention(64) for "
        f"64 features everywhere, or MultiHeadAttention((in, qkv, out)), where in may "
        f"be (q_in, k_in, v_in) and qkv may be (qk, v)."
    )
