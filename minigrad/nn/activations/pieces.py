"""Activations in pieces: straight lines, bent where they meet.

Where two pieces meet, the slope is the flatter one's, if nothing else is said.
"""

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise
from ...random import generator


def setting(a):
    """`a`, but a number of NumPy as one of Python: that leaves float32 what it is."""
    return float(a) if isinstance(a, np.number) else a


# --- Bent at 0 -----------------------------------------------------------------


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
    return _leakyrelu(x, setting(a))


# Sums of both sides, here and in elu: np.where is several times slower, since the
# processor cannot predict which side comes next.
@primitive
def _leakyrelu(x, a):
    return np.maximum(x, 0.0) + a * np.minimum(x, 0.0)


elementwise(_leakyrelu, lambda g, ans, x, a: g * (x > 0) + a * g * (x <= 0),
                        lambda g, ans, x, a: g * np.minimum(x, 0))  # fmt: skip


def rrelu(x, lo=1 / 8, hi=1 / 3, *, rng=None):
    """rrelu(x) = leakyrelu(x, a), with a new random slope `a` for each number.

    It is random whenever it is called, outside of training too; there, use
    `leakyrelu(x, (lo + hi) / 2)`. See Xu et al., "Empirical evaluation of rectified
    activations in convolutional network" (2015).

    Args:
        x: number or array.
        lo: the smallest slope,
        hi: and the largest; they are uniform in between.
        rng: None for the default generator (see `minigrad.seed`), a whole number
            as a seed, or a `numpy.random.Generator`.

    >>> y = rrelu(np.array([-1.0, -1.0, 2.0]), rng=0)
    >>> bool(np.all((-1 / 3 <= y[:2]) & (y[:2] <= -1 / 8))), float(y[2])
    (True, 2.0)
    """
    a = generator(rng).uniform(lo, hi, np.shape(x))
    kind = getattr(x, "dtype", a.dtype)
    return leakyrelu(x, a.astype(kind) if kind.kind == "f" else a)


@primitive
def _trelu(x, theta):
    return np.where(x <= theta, 0.0, x)[()]


# The jump itself has no slope, so there is none towards theta.
elementwise(_trelu, lambda g, ans, x, theta: g * (x > theta), None)


def trelu(x, theta=1.0):
    """trelu(x) = x for x > theta, and 0 elsewhere: it jumps at theta.

    See Konda et al., "Zero-bias autoencoders and the benefits of co-adapting
    features" (2014).

    >>> trelu(np.array([-2.0, 1.0, 1.5]))
    array([0. , 0. , 1.5])
    """
    return _trelu(x, setting(theta))


# --- Flat on both sides --------------------------------------------------------


@primitive
def relu6(x):
    """relu6(x) = min(max(x, 0), 6).

    See Krizhevsky, "Convolutional deep belief networks on CIFAR-10" (2010).

    >>> relu6(np.array([-1.0, 2.0, 10.0]))
    array([0., 2., 6.])
    """
    return np.minimum(np.maximum(x, 0.0), 6.0)


elementwise(relu6, lambda g, ans, x: g * ((ans > 0) & (ans < 6)))


@primitive
def hardtanh(x):
    """hardtanh(x) = min(max(x, -1), 1): a tanh of straight lines.

    See Collobert, "Large scale machine learning" (2004).

    >>> hardtanh(np.array([-3.0, 0.5, 3.0]))
    array([-1. ,  0.5,  1. ])
    """
    return np.minimum(np.maximum(x, -1.0), 1.0)


elementwise(hardtanh, lambda g, ans, x: g * ((ans > -1) & (ans < 1)))


@primitive
def hardsigmoid(x):
    """hardsigmoid(x) = min(max((x + 3) / 6, 0), 1): a sigmoid of straight lines.

    >>> hardsigmoid(np.array([-3.0, 0.0, 1.5, 4.0]))
    array([0.  , 0.5 , 0.75, 1.  ])
    """
    return np.minimum(np.maximum((x + 3.0) / 6, 0.0), 1.0)


elementwise(hardsigmoid, lambda g, ans, x: g / 6 * ((ans > 0) & (ans < 1)))


# --- Flat in the middle --------------------------------------------------------


def softshrink(x, lambda_=0.5):
    """softshrink(x) = x moved by lambda_ towards 0, and 0 if it would pass there.

    This is the proximal operator of lambda_ |x|, the step of sparse regression.

    Args:
        x: number or array.
        lambda_: how far, 0 or more; it may be an array, and trained.

    >>> softshrink(np.array([-2.0, 0.3, 1.0]))
    array([-1.5,  0. ,  0.5])
    """
    return _softshrink(x, setting(lambda_))


@primitive
def _softshrink(x, lambda_):
    return x - np.minimum(np.maximum(x, -1.0 * lambda_), lambda_)


elementwise(_softshrink, lambda g, ans, x, lambda_: g * (ans != 0),
                         lambda g, ans, x, lambda_: -g * np.sign(ans))  # fmt: skip
