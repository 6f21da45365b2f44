"""Activations: the functions that make a network more than one matrix.

Each takes a number or an array of any shape and returns the same shape; floats
keep their dtype, integers count as float64. Each is safe: at inputs of +-10,000
neither value nor gradient overflows, in float32 and in float64. Each is one
operation on the tape, and its derivative stands directly below it, so this file
is also the example to follow for a function of your own.

The definitions are those of Flux's NNlib, "Activation Functions".
"""

from math import pi, sqrt

import numpy as np

from ..autodiff.recording import primitive
from ..autodiff.registry import elementwise, vjp
from ..autodiff.vjps.reductions import restore

# --- Straight lines, bent at 0 -------------------------------------------------


def identity(x):
    """identity(x) = x: what a layer without an activation uses.

    >>> identity(2.0)
    2.0
    """
    return x


@primitive
def relu(x):
    """relu(x) = max(x, 0), the rectified linear unit; integers stay integers.

    Its slope at 0 is taken to be 0. See Glorot et al., "Deep sparse rectifier
    neural networks" (2011).

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


elementwise(relu, lambda g, ans, x: g * (ans > 0))  # x itself need not be kept


def leakyrelu(x, a=0.01):
    """leakyrelu(x) = x for x > 0, and a x elsewhere.

    Its slope at 0 is taken to be `a`. See Maas et al., "Rectifier nonlinearities
    improve neural network acoustic models" (2013).

    Args:
        x: number or array.
        a: the slope below 0; it may be an array, and trained.

    >>> leakyrelu(np.array([-1.0, 0.0, 2.0]))
    array([-0.01,  0.  ,  2.  ])
    """
    return _leakyrelu(x, a)


# Sums of both sides, here and in elu: np.where is several times slower, since the
# processor cannot predict which side comes next.
@primitive
def _leakyrelu(x, a):
    return np.maximum(x, 0.0) + a * np.minimum(x, 0.0)


elementwise(_leakyrelu, lambda g, ans, x, a: g * (x > 0) + a * g * (x <= 0),
                        lambda g, ans, x, a: g * np.minimum(x, 0))  # fmt: skip


# --- Smooth steps between two values -------------------------------------------


@primitive
def sigmoid(x):
    """sigmoid(x) = 1 / (1 + exp(-x)), the logistic function: between 0 and 1.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # exp(-x) = inf makes the right answer, 0
        return 1 / (1 + np.exp(-1.0 * x))  # -x would wrap around unsigned integers


elementwise(sigmoid, lambda g, ans, x: g * ans * (1 - ans))


tanh = np.tanh
"""tanh(x), between -1 and 1: NumPy's own function, which has its vjp already."""


# --- Smooth relatives of relu --------------------------------------------------


@primitive
def softplus(x):
    """softplus(x) = log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(-|x|)).

    log(sigmoid(x)) is -softplus(-x).

    >>> softplus(np.array([-1e4, 1e4]))
    array([    0., 10000.])
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-1.0 * np.abs(x)))


elementwise(softplus, lambda g, ans, x: g * sigmoid(x))


def elu(x, alpha=1.0):
    """elu(x) = x for x > 0, and alpha (exp(x) - 1) elsewhere.

    Its slope at 0 is taken to be `alpha`, which for the default 1 is what it is.
    See Clevert et al., "Fast and accurate deep network learning by exponential
    linear units" (2015).

    Args:
        x: number or array.
        alpha: minus the value far below 0; it may be an array, and trained.

    >>> elu(np.array([-1e4, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """
    return _elu(x, alpha)


@primitive
def _elu(x, alpha):
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0))


elementwise(_elu, lambda g, ans, x, alpha: g * ((x > 0) + (x <= 0) * (ans + alpha)),
                  lambda g, ans, x, alpha: g * np.expm1(np.minimum(x, 0)))  # fmt: skip


@primitive
def gelu(x):
    """gelu(x) = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))).

    This is Flux's `gelu`, the tanh approximation; x times the normal distribution
    function, which it approximates, differs by less than 0.0005. See Hendrycks
    and Gimpel, "Gaussian error linear units" (2016).

    >>> gelu(np.array([-1e4, 0.0, 1.0])).round(4)
    array([-0.    ,  0.    ,  0.8412])
    """
    return 0.5 * x * (1 + np.tanh(_gelu_argument(x)))


def _gelu_argument(x):
    return sqrt(2 / pi) * x * (1 + 0.044715 * x * x)


def gelu_vjp(g, ans, x):
    """With t = tanh(u(x)): gelu' = (1 + t) / 2 + x/2 (1 - t²) u'."""
    t = np.tanh(_gelu_argument(x))
    slope = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
    return g * 0.5 * (1 + t + x * (1 - t * t) * slope)


elementwise(gelu, gelu_vjp)


@primitive
def swish(x):
    """swish(x) = x sigmoid(x), also called SiLU.

    See Ramachandran et al., "Searching for activation functions" (2017).

    >>> swish(np.array([-1e4, 0.0, 1e4]))
    array([   -0.,     0., 10000.])
    """
    return x * sigmoid(x)


def swish_vjp(g, ans, x):
    """With s = sigmoid(x): swish' = s + x s (1 - s)."""
    s = sigmoid(x)
    return g * (s + ans * (1 - s))


elementwise(swish, swish_vjp)


# --- From scores to probabilities ----------------------------------------------


@primitive
def softmax(x, axis=-1):
    """softmax(x)_i = exp(x_i) / sum_j exp(x_j): positive, with sum 1 along `axis`.

    A score of -inf (a masked class) gets probability 0; where all are -inf there
    is no distribution, and the result is NaN.

    Args:
        x: scores, of shape (..., classes) for the default axis.
        axis: the axis, or tuple of axes, of the classes; None for all.

    Returns:
        An array of the shape of `x`.

    >>> softmax(np.array([[0.0, 0.0], [1e4, -np.inf]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    e = np.exp(_shifted(x, axis))
    return e / e.sum(axis=axis, keepdims=True)


def _shifted(x, axis):
    """`x` minus its largest: softmax is the same, and exp cannot overflow."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    return x - x.max(axis=axis, keepdims=True)


def softmax_vjp(g, ans, x, axis=-1):
    """d softmax_i / dx_j = softmax_i ([i = j] - softmax_j)."""
    return ans * (g - (g * ans).sum(axis=axis, keepdims=True))


vjp(softmax, softmax_vjp)


@primitive
def logsoftmax(x, axis=-1):
    """logsoftmax(x)_i = x_i - log(sum_j exp(x_j)), without leaving the logarithm.

    Where softmax would round to 0, its logarithm here is still exact.

    Args:
        x: scores, of shape (..., classes) for the default axis.
        axis: as in `softmax`.

    Returns:
        An array of the shape of `x`.

    >>> logsoftmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    x = _shifted(x, axis)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def logsoftmax_vjp(g, ans, x, axis=-1):
    """d logsoftmax_i / dx_j = [i = j] - softmax_j."""
    return g - np.exp(ans) * g.sum(axis=axis, keepdims=True)


vjp(logsoftmax, logsoftmax_vjp)


@primitive
def logsumexp(x, axis=-1, keepdims=False):
    """logsumexp(x) = log(sum_i exp(x_i)) along `axis`: a smooth maximum.

    Entries of -inf are ignored; of nothing but those the result is -inf.

    Args:
        x: an array.
        axis: the axis or tuple of axes to sum over; None for all.
        keepdims: whether the summed axes stay, with size 1.

    Returns:
        An array without these axes, or a number.

    >>> logsumexp(np.array([[1e4, -np.inf], [-1e4, -1e5]]))
    array([ 10000., -10000.])
    """
    largest = 1.0 * np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore"):  # log(0) = -inf is the answer then
        total = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True))
    result = total + largest
    return result if keepdims else np.squeeze(result, axis)[()]


def logsumexp_vjp(g, ans, x, axis=-1, keepdims=False):
    """d logsumexp / dx_i = softmax_i."""
    return restore(g, x, axis, keepdims) * softmax(x, axis)


vjp(logsumexp, logsumexp_vjp)
