"""What can be compared, and the sentences about what cannot."""

import warnings

import numpy as np

from ...arrays import plain
from ...autodiff.tracked import Tracked
from ...errors import DomainError, ShapeError


def comparable(loss, yhat, y, axis=None):
    """`yhat` and `y` as arrays of one shape and of the dtype of `yhat`.

    The prediction decides the dtype (integers count as float64): a float64 target
    must not turn loss and gradients of a float32 model into float64.
    """
    yhat, y = as_array(yhat), as_array(y)
    if yhat.shape != y.shape and y.ndim:
        raise ShapeError(
            f"{loss}(yhat, y) compares each prediction with its own target: yhat has "
            f"shape {yhat.shape}, y has shape {y.shape}. {_advice(yhat, y, axis)}"
        )
    for name, x in (("yhat", yhat), ("y", y)):
        if x.dtype.kind not in "fiub":
            raise TypeError(
                f"{loss}(yhat, y) compares real numbers, and {name} has the dtype "
                f"{x.dtype}. Compare the real and imaginary parts of complex numbers; "
                f"turn labels into numbers with onehotbatch."
            )
    if yhat.dtype.kind != "f":
        yhat = yhat.astype(np.float64)
    return yhat, y if y.dtype == yhat.dtype else y.astype(yhat.dtype)


def as_array(x):
    """`x` if it is an array, tracked or not; numbers and lists as an array."""
    return x if isinstance(x, (np.ndarray, Tracked)) else np.asarray(x)


def _advice(yhat, y, axis):
    """The line that makes the two shapes equal, as far as they tell."""
    if y.ndim == yhat.ndim > 1 and y.shape == yhat.shape[::-1]:
        return "Did you mean y.T?"
    if y.size == yhat.size and yhat.shape == (*y.shape, 1):
        return "Write y.reshape(yhat.shape), or take yhat[..., 0]."
    if y.size == yhat.size:
        return "Write y.reshape(yhat.shape)."
    if _are_labels(yhat, y, axis):
        return f"For class labels, write onehotbatch(y, range({yhat.shape[axis]}))."
    return "Bring both to the same shape."


def _are_labels(yhat, y, axis):
    """Whether `y` has one entry for each row of classes along `axis`."""
    if axis is None or y.ndim != yhat.ndim - 1:
        return False
    return y.shape == tuple(np.delete(yhat.shape, axis))


def epsilon_for(yhat, epsilon):
    """`epsilon` as a number of the dtype of `yhat`, which then stays what it is."""
    dtype = yhat.dtype
    return np.finfo(dtype).eps if epsilon is None else dtype.type(epsilon)


def number(yhat, x):
    """`x` as a number of the dtype of `yhat`."""
    return yhat.dtype.type(x)


# --- Values that a loss cannot take ----------------------------------------------


def check_values(loss, meaning, advice, *, low=0, high=np.inf, **arrays):
    """Raise if an array has values that are not what `loss` takes, its `meaning`."""
    for name, x in arrays.items():
        values = plain(x)
        if np.any((values < low) | (values > high)):
            raise DomainError(
                f"{loss} takes {meaning}, and {name} has values from {np.min(values)} "
                f"to {np.max(values)}. {advice}"
            )


# --- Values that a loss can take, but hardly means -------------------------------

_doubted = set()  # the losses whose warning has been given


def doubt_scores(loss, yhat, axis):
    """Warn, once, about probabilities in the place of scores."""
    if loss in _doubted:
        return
    p = plain(yhat)
    # Two numbers tell that nearly all scores are none, in no time.
    if not (p.size and 0 <= p.item(0) <= 1 and 0 <= p.item(-1) <= 1):
        return
    if p.min() >= 0 and np.all(np.abs(p.sum(axis=axis) - 1) < 1e-3):
        _warn_once(
            loss,
            f"{loss} takes scores, and yhat looks like probabilities: it has no "
            f"negative number, and sums to 1 along axis {axis}. Leave out the softmax "
            f"before {loss}, which has its own; or take "
            f"{loss.removeprefix('logit')}.",
        )


def doubt_signs(loss, y):
    """Warn, once, about the labels 0 and 1 in the place of -1 and 1."""
    if loss not in _doubted and not np.all(plain(y)):
        _warn_once(
            loss,
            f"{loss} takes the labels 1 and -1, and y contains 0, which costs 1 "
            f"whatever yhat is, and has no gradient. Of the labels 0 and 1, write "
            f"2 * y - 1.",
        )


def _warn_once(loss, sentence):
    _doubted.add(loss)
    warnings.warn(f"{sentence} (This is said once.)", stacklevel=4)
