"""Attention: every query looks at all keys, and takes the mean of what they hold."""

from math import sqrt

import numpy as np

from ..arrays import plain
from ..errors import ShapeError
from .activations import identity, softmax


def dot_product_attention(q, k, v, bias=None, mask=None, *, fdrop=identity):
    """Scaled dot-product attention: means of values, weighted by likeness.

        scores = fdrop(softmax(q kᵀ / sqrt(d) + bias))
        y = scores v

    The softmax is over the keys, so the scores of a query add up to 1. Keys that are
    masked get the score 0; a query whose keys are all masked gets 0 everywhere, and
    sends no gradient back.

    Args:
        q: queries, of shape (..., queries, d).
        k: keys, of shape (..., keys, d).
        v: values, one for each key, of shape (..., keys, dv).
        bias: numbers added to the scores before the softmax; an array that fits
            (..., queries, keys) by broadcasting.
        mask: booleans, True where a query may look, that fit in the same way; see
            `make_causal_mask`.
        fdrop: a function applied to the scores, as a `Dropout` layer.

    Returns:
        `(y, scores)`, of shapes (..., queries, dv) and (..., queries, keys).

    Raises:
        ShapeError: the shapes do not fit each other.
        TypeError: the mask is not boolean.

    Source: Vaswani et al., "Attention is all you need" (2017), equation 1.

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> y, scores = dot_product_attention(x, x, x, mask=make_causal_mask(x))
    >>> scores.round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    _check_shapes(np.shape(q), np.shape(k), np.shape(v))
    logits = (q / sqrt(q.shape[-1])) @ np.swapaxes(k, -1, -2)
    if bias is not None:
        _check_fits("bias", bias, logits)
        logits = logits + bias
    scores = softmax(logits) if mask is None else masked_softmax(logits, mask)
    scores = fdrop(scores)
    return scores @ v, scores


def masked_softmax(logits, mask):
    """Softmax over the last axis of what the mask leaves; zeros where that is nothing.

    >>> mask = np.array([[True, True, False], [False, False, False]])
    >>> masked_softmax(np.zeros((2, 3)), mask)
    array([[0.5, 0.5, 0. ],
           [0. , 0. , 0. ]])
    """
    mask = np.asarray(plain(mask))
    if mask.dtype.kind != "b":
        raise TypeError(
            f"A mask is boolean, True where a query may look, and this one has dtype "
            f"{mask.dtype}. Write mask > 0 or mask.astype(bool); numbers to be added "
            f"to the scores are the argument bias."
        )
    _check_fits("mask", mask, logits)
    # Of finite numbers, so that a row without any key is no 0 / 0; the factor then
    # takes that row to 0, and its gradient with it.
    logits = np.where(mask, logits, np.finfo(logits.dtype).min)
    return softmax(logits) * mask


def make_causal_mask(x):
    """The mask with which each step looks at itself and at earlier steps only.

        mask[i, j] = j <= i

    Args:
        x: an array of shape (..., time, features), as given to the attention.

    Returns:
        A boolean array of shape (time, time), with the queries as rows.

    >>> make_causal_mask(np.zeros((3, 8)))
    array([[ True, False, False],
           [ True,  True, False],
           [ True,  True,  True]])
    """
    if np.ndim(x) < 2:
        raise ShapeError(
            f"make_causal_mask takes an array of shape (..., time, features), and was "
            f"given one of shape {np.shape(x)}."
        )
    time = np.shape(x)[-2]
    return np.tri(time, dtype=bool)


def _check_shapes(q, k, v):
    if min(map(len, (q, k, v))) < 2:
        raise ShapeError(
            f"Attention takes queries, keys and values of shape (..., time, features), "
            f"and was given the shapes {q}, {k} and {v}."
        )
    if q[-1] != k[-1]:
        raise ShapeError(
            f"Attention multiplies queries with keys, so their last axes have one "
            f"size; queries of shape {q} and keys of shape {k} were given."
        )
    if k[-2] != v[-2]:
        raise ShapeError(
            f"Attention needs a value for each key; keys of shape {k} and values of "
            f"shape {v} were given, which differ on axis -2."
        )


def _check_fits(name, x, logits):
    try:
        fits = np.broadcast_shapes(np.shape(x), logits.shape) == logits.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"Attention was given a {name} of shape {np.shape(x)}, and scores of shape "
            f"{logits.shape} (..., queries, keys). The {name} must fit these by "
            f"broadcasting."
        )
